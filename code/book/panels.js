// What the stepper says beside its drawing, as HTML: the equation, the question, the code,
// the way from the goal back to a number, and the table of all numbers.

import {
	key,
	parts,
	places,
	range,
	resultName,
	same,
	splitKey,
	unitsOf,
	valueAt,
} from "./engine.js";
import { formula, full, math, numberMath, shown, symbolMath, treeOf } from "./mathml.js";
import { elastic, examplesOf } from "./pass.js";

export const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

/** A name in plain text as HTML, with what follows "_" below: δ_o. */
export const low = (text) => escaped(text).replace(/_(\w+)/g, "<sub>$1</sub>");

export const button = (act, words, more = "") =>
	`<button type="button" data-do="${act}" ${more}>${words}</button>`;

const FEW = 6;
const is = (inner, sign = "=") => formula(`<mo>${sign}</mo>${inner}`);

// What its letters hide, an average or a sum over states, is not written out in numbers.
const hides = (t) =>
	Array.isArray(t) && (/^(states|mean|norm|arr)$/.test(t[0]) || t.some((part) => hides(part)));

// ---- the equation

const arrowOf = ({ relation }) => (relation === "=" ? "=" : "←");

/** The equation as its chapter has it, and where that is. */
export function general({ equation, model }, place) {
	const sides = [equation.lhs, equation.rhs].map((side) => math(side, model));
	const link = place?.number
		? `<a href="${place.chapter}">(${place.number})<span class="hid"> the equation in its chapter</span></a>`
		: "";
	return `<div class="scroll">${formula(sides.join(`<mo>${arrowOf(equation)}</mo>`))}</div>${link}`;
}

/** The same in the letters of each place, in numbers, and what results. */
export function lines(pass, open, changed) {
	const { equation, world, model, wrong, alone, stop } = pass;
	const few = stop.places.length <= FEW;
	const spelled = !hides(equation.rhs);
	const rows = [];
	const row = (left, right) => rows.push(`<div class="lhs">${left}</div><div>${right}</div>`);
	const result = (k, from, kind = "") =>
		`<span class="result ${kind} ${changed.has(k) ? "changed" : ""}">${is(
			numberMath(valueAt(k, from), k),
		)}</span>`;
	stop.places.forEach((place, n) => {
		const k = pass.results[n];
		const right = pass.bound(pass.right, place);
		const left = formula(symbolMath(pass.bound(equation.lhs, place), model, k));
		const numbers = spelled ? is(math(right, model, { world })) : "";
		const value = open ? result(k, world) : alone || few ? is("<mo>?</mo>") : "";
		if (alone) {
			row(left, is(math(right, model, { signs: world }), arrowOf(equation)));
			if (numbers) row("", numbers);
			row("", value);
		} else {
			row(left, (few ? numbers : "") + value);
		}
		if (!wrong || !open || same(valueAt(k, wrong.world), valueAt(k, world))) return;
		const tree = wrong.instead[stop.label];
		row("", `<span class="wrong">${low(pass.wrongName)}${tree ? "" : ", passed on"}:</span>`);
		const other = pass.bound(tree ?? equation.rhs, place);
		const how = alone && spelled ? `${is(math(other, model, { world: wrong.world }))} ` : "";
		row("", how + result(k, wrong.world, "wrong"));
	});
	return { html: rows.join(""), many: !few };
}

// ---- the question

/** What is asked for, in words: "the net input of hidden unit 1". */
export function asked(pass) {
	const { equation, stop, alone, book } = pass;
	const [said] = pass.model.words[equation.label];
	const words = /^(the|an?|half|what|how|each|up|down) /.test(said) ? said : `the ${said}`;
	if (!alone) return `${words}, for all of them`;
	return equation.letters.reduce(
		(text, letter, k) =>
			text.replace(
				new RegExp(`\\b(an?|each) ${book.nouns[letter]}( unit)?\\b`),
				pass.unit(letter, stop.places[0][k]),
			),
		words,
	);
}

/** The question, or what it was once it is answered. */
export function question(pass, open) {
	const { alone, results } = pass;
	const what = asked(pass);
	if (!alone) return open ? `This is ${what}.` : `What is ${what}? Press Show.`;
	const [k] = results;
	const symbol = `<b>${low(named(pass, k))}</b>`;
	return open
		? `${symbol} is ${shown(pass.value(k))}: ${what}.`
		: `What is ${symbol}, ${what}? Type it, or press Show.`;
}

// A quantity as a line of text with its units below: N_h1.
const named = (pass, k) => {
	const [letter, ...units] = pass.name(k).split(" ");
	return letter + (units.length ? `_${units.join("")}` : "") + (/_new/.test(k) ? " after" : "");
};

/** What can be asked instead of the number: a question, its answers, the right one or -1. */
export function quickQuestion(pass) {
	const { equation, alone, stop } = pass;
	const name = resultName(equation);
	const moves = name !== equation.name;
	const value = (place) =>
		pass.value(key(name, place)) - (moves ? pass.value(key(equation.name, place)) : 0);
	if (alone) {
		const signed = moves || /^(add|sub|neg|mul|sum)$/.test(equation.rhs[0]);
		return signed && equation.letters.length
			? {
					ask: moves ? "Which way does it move?" : "Which sign?",
					answers: moves ? ["up", "down"] : ["+", "−"],
					right: [1, -1].indexOf(Math.sign(value(stop.places[0]))),
				}
			: null;
	}
	const by = stop.places.map((place) => Math.abs(value(place)));
	return by.length > 8
		? null
		: {
				ask: moves ? "Which moves most?" : "Which is largest in size?",
				answers: stop.places.map((place) => pass.name(key(name, place))),
				right: by.indexOf(Math.max(...by)),
			};
}

/** The field for the answer; once it is there, the way on. */
export function askForm(pass, open, quick, last) {
	if (open) return last ? "" : button("on", "Go on →");
	const label = escaped(question(pass, false).replace(/<[^>]*>/g, ""));
	const field = `<input aria-label="${label}" placeholder="your prediction" autocomplete="off">
		<button>Check</button>`;
	const answers = quick?.answers
		.map((words, n) => button("guess", words, `data-n="${n}"`))
		.join("");
	const also = quick
		? `<span class="quick" role="group" aria-label="${quick.ask}">${quick.ask} ${answers}</span>`
		: "";
	return `${pass.alone ? field : ""}${button("show", "Show")}${also}`;
}

/** One sentence on the unit, or on all of them. */
export function sentence(pass) {
	const [, one, each] = pass.model.words[pass.equation.label];
	if (!pass.alone) return each;
	const [place] = pass.stop.places;
	const { letters } = pass.equation;
	return one.replace(/\{(\w)\}/g, (_, u) => place[letters.indexOf(u)] + 1);
}

// ---- code

export function code({ equation }, place) {
	const [[top, head], [n, text]] = equation.code;
	const names = new Set([...parts(equation.rhs)].map((k) => k.split(":")[0].replace(/^\w+'/, "")));
	const mark = (text) =>
		escaped(text).replace(/\b(?:(net|slope)\.)?([A-Za-z]\w*)/g, (word, of, name) => {
			const slope = [...names].find((own) => own.endsWith(`_d${name}`));
			const q = of === "slope" && slope ? slope : name;
			return names.has(q) || q === equation.name ? `<span data-q="${q}:">${word}</span>` : word;
		});
	const link = place?.code ? ` href="${place.code}" aria-label="line ${n}"` : "";
	return `<span class="n">${top}</span>${escaped(head)}\n<span class="runs"><a class="n"${link}>${n}</a>${mark(text)}</span>`;
}

export const codeTitle = ({ equation }) =>
	`${equation.module.split(".").at(-1)}.py, line ${equation.code[1][0]}`;

// ---- the way back

/** From the goal back to a quantity: each way there with its factors, and their sum. */
export function route(pass, k) {
	const { ways, more } = pass.ways(k);
	const rows = ways.map((way) => {
		let product = 1;
		const hops = way.map(([to, factor]) => {
			product *= factor;
			return `<span>× ${shown(factor)} →</span> ${pass.name(to)}`;
		});
		return `<li>${pass.name(k)} ${hops.join(" ")} <span>=</span> ${shown(product)}</li>`;
	});
	if (more) rows.push(`<li>and ${more} more</li>`);
	const goal = pass.book.goal;
	const left = symbolMath(["d", ["var", goal], treeOf(k, pass.model)], pass.model);
	return `<div class="general"><b>From ${goal} back to ${pass.name(k)}</b>${button("close", "Close")}</div>
		<ul>${rows.join("")}</ul><div>${ways.length > 1 ? "All ways together: " : ""}${formula(
			`${left}<mo>=</mo>${numberMath(pass.total(k))}`,
		)}</div>`;
}

export function plot(errors, goal) {
	const [W, H] = [200, 48];
	const most = Math.max(...errors, 1e-12);
	const points = errors.map((e, k) => [
		4 + (k * (W - 8)) / (errors.length - 1),
		H - 4 - ((H - 8) * e) / most,
	]);
	const last = errors.at(-1);
	return `<svg class="plot" width="${W}" height="${H}" role="img" aria-label="${goal} over ${
		errors.length - 1
	} updates, from ${shown(errors[0])} to ${shown(last)}"><line x1="4" x2="${W}" y1="${H - 4}" y2="${
		H - 4
	}"/><polyline points="${points.join(" ")}"/></svg> <span>${goal} is <b title="${full(last)}">${shown(
		last,
	)}</b> after ${errors.length - 1}</span>`;
}

// ---- the table of all numbers, the text twin of the drawing

export function table(pass) {
	const { model, world, s } = pass;
	const names = pass.names;
	const made = pass.order.slice(0, pass.stops.at(-1).n + 1);
	const results = [...new Set(made.map(({ label }) => resultName(pass.book.equations[label])))];
	const given = Object.keys(s.given).filter(
		(name) => names.has(name) && Array.isArray(s.given[name]),
	);
	const item = (k) => {
		const units = unitsOf(treeOf(k, model)).join(" ");
		return `<span class="item"><small>${units}</small> ${
			pass.editable(k)
				? `<input data-edit="${k}" data-q="${k}" aria-label="${pass.name(k)}">`
				: `<span data-q="${k}"></span>`
		}</span>`;
	};
	const row = (name) => {
		const old = name.replace(/_new$/, "");
		const { axes } = world.table(name);
		const sizes = axes.map(([first, last]) => last - first);
		const after = old === name ? "" : " <small>after the update</small>";
		const all = places(range(sizes.length), sizes);
		return `<tr><th scope="row">${formula(symbolMath(treeOf(`${old}:`, model), model))}${after}</th><td>${all
			.map((place) => item(key(name, place)))
			.join(" ")}</td></tr>`;
	};
	const rows = [...given, ...results].filter((name) => world.has(name)).map(row);
	return `<output role="alert"></output><table>${rows.join("")}</table>`;
}

// ---- the settings

export const sizesOf = ({ world, model }) => {
	const kinds = new Set(Object.values(model.indices));
	return [...kinds].filter((kind) => kind in world.axes).map((kind) => world.axes[kind]);
};

/** In a line, what is set: "2-2-2 logistic, α 1, η 0.5". */
export function summary(pass) {
	const { s, book } = pass;
	const sizes = sizesOf(pass)
		.map(([first, last]) => last - first)
		.join("-");
	const chosen = Object.entries(s.functions).map(
		([letter, { name }]) => book.functions[letter][name].said,
	);
	const plainNumbers = scalars(pass).map(
		(name) => `${pass.name(`${name}:`)} ${shown(pass.value(`${name}:`))}`,
	);
	return [`${sizes} ${chosen.join(", ")}`.trim(), ...plainNumbers].join(", ") || "Settings";
}

// The given quantities that are one number, those of the chosen functions first.
export function scalars({ s }) {
	const numbers = Object.values(s.functions).flatMap((own) =>
		Object.keys(own).filter((name) => name !== "name"),
	);
	const given = Object.keys(s.given).filter((name) => !Array.isArray(s.given[name]));
	return [...new Set([...numbers, ...given])];
}

export function settings(pass) {
	const { s, book } = pass;
	const label = (name, words, inner) => `<label data-for="${name}">${words} ${inner}</label>`;
	const select = (name, words, options) =>
		label(
			name,
			words,
			`<select data-set="${name}">${options
				.map(([value, text]) => `<option value="${value}">${text}</option>`)
				.join("")}</select>`,
		);
	const field = (name, words, said = "") =>
		label(
			name,
			words,
			`<input data-set="${name}"${said && ` title="${said}"`}><output role="alert"></output>`,
		);
	const numbered = (n) => range(n).map((k) => [k, k + 1]);
	const kinds = elastic(book, s).map((kind) => {
		const letter = Object.keys(pass.model.indices).find((u) => pass.model.indices[u] === kind);
		const size = pass.world.axes[kind][1] - pass.world.axes[kind][0];
		const options = range(Math.max(6, size)).map((k) => [k + 1, k + 1]);
		return select(`size ${kind}`, `${book.nouns[letter]}s`, options);
	});
	const functions = Object.keys(s.functions).map((letter) =>
		select(
			`function ${letter}`,
			book.names[letter] ?? letter,
			Object.entries(book.functions[letter]).map(([name, { said }]) => [name, said]),
		),
	);
	return [
		examplesOf(s) > 1 ? select("example", "example", numbered(examplesOf(s))) : "",
		...kinds,
		...functions,
		...scalars(pass).map((name) =>
			field(`number ${name}`, pass.name(`${name}:`), book.names[name]),
		),
		book.learned.length ? field("seed", "seed") + button("random", "Random start") : "",
		label("ask", "", '<input type="checkbox" data-set="ask"> ask before showing'),
		button("undo", "Undo"),
		button("reset", "Start again"),
	].join("");
}

/** The key of a scalar that a field is for. */
export const scalarKey = (field) => key(field.replace("number ", ""));

// ---- to take away

/** Python that makes the same pass and prints its numbers. */
export function python(pass) {
	const { s, book, model } = pass;
	const module = model.name.split(".")[0];
	const list = (value) =>
		JSON.stringify(value)
			.replace(/,/g, ", ")
			.replace(/\btrue\b/g, "True");
	const rest = new Map(
		Object.entries(s.given).map(([name, value]) => [
			name,
			list(s.rows.includes(name) ? [value[s.example]] : value),
		]),
	);
	for (const [letter, { name, ...numbers }] of Object.entries(s.functions)) {
		const own = Object.entries(numbers).map(([number, value]) => `${number}=${value}`);
		rest.set(letter, `${module}.${name}(${own.join(", ")})`);
	}
	const given = [];
	for (const [name, [of, partNames, fields]] of Object.entries(book.made)) {
		if (!partNames.every((part) => rest.has(part))) continue;
		const inner = partNames.map((part, k) => `        ${fields[k]}=${rest.get(part)},\n`).join("");
		for (const part of partNames) rest.delete(part);
		given.push(`    ${name}=${module}.${of}(\n${inner}    ),\n`);
	}
	for (const [name, text] of rest) given.push(`    ${name}=${text},\n`);
	if (Object.keys(s.ranges).length) given.push(`    ranges=${list(s.ranges)},\n`);
	return `import numpy as np
import ${module}
from book import Stepper

stepper = Stepper(
    "${model.name}",
${given.join("")})
for quantity in stepper.trace:
    print(quantity.name, *(f"{x:.4g}" for x in np.ravel(quantity.value)))
`;
}

/** What a screen reader is told on arriving at a stop. */
export function announcement(pass, open) {
	const { s, stops, stop } = pass;
	const found = pass.results.map((k) => `${pass.name(k)} is ${shown(pass.value(k))}`).join(", ");
	const words = escaped(question(pass, false).replace(/<[^>]*>/g, ""));
	return `Step ${s.step + 1} of ${stops.length}, ${stop.phase}. ${sentence(pass)} ${open ? found : words}`;
}

/** Whether two keys mean the same: "w:" is every w, in the code and in the general equation. */
export function meets(a, b) {
	const head = (k) => k.split(":")[0];
	return a === b || (head(a) === head(b) && (a.endsWith(":") || b.endsWith(":")));
}

/** Light what stands for one of some keys, and nothing else. */
export function lightUp(nodes, keys) {
	for (const node of nodes) {
		const own = node.dataset.q.split(" ").filter(Boolean);
		node.classList.toggle(
			"lit",
			own.some((a) => keys.some((b) => meets(a, b))),
		);
	}
}

/** Where the keys of a text are known, in full. */
export function inFull(pass, keys, open) {
	return keys
		.filter((k) => splitKey(k)[0] && pass.known(k, open) && Number.isFinite(pass.value(k)))
		.map(
			(k) => `${pass.name(k)}${/_new/.test(k) ? " after the update" : ""} = ${full(pass.value(k))}`,
		)
		.join("   ");
}

// One pass of backpropagation, to watch, to touch and to be asked about.
//
// The engine evaluates the equations of backprop.py, given as trees in model.get("book");
// this module knows no backpropagation of its own. Parts: model, mathematics (trees to
// MathML), questions, instrument (all of it on the page).
//
// The key of a quantity ("w:0,1") in data-q marks it in the drawing, the equation, the code
// and the table.

import {
	computed,
	differing,
	evaluate,
	exampleOf,
	instance,
	judge,
	key,
	keyOf,
	low,
	parts,
	places,
	range,
	resultName,
	same,
	splitKey,
	typed,
	unitsOf,
	valueAt,
	wrongValues,
} from "./engine.js";
import { full, picture, shown, sign } from "./pictures.js";

// ---- model

// What is given, and the letters of its indices.
const LETTERS = { X: "i", w: "ih", b: "h", v: "ho", c: "o", D: "o", eta: "", alpha: "" };
const STATE = [
	...Object.keys(LETTERS),
	"transfer",
	"example",
	"step",
	"view",
	"ask",
	"errors",
	"seed",
];
const LIMIT = 1000;

const isList = Array.isArray;
const copy = (value) => JSON.parse(JSON.stringify(value));
const equal = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function read(model) {
	const value = (name) => model.get(name) ?? (name === "errors" ? [] : 0);
	return copy(Object.fromEntries(STATE.map((name) => [name, value(name)])));
}

// The equations in order, each with what the screen adds to it.
function bookOf({ model, equations, ...more }) {
	const shown = model.equations
		.filter(({ label }) => label in equations)
		.map((equation) => {
			const { label, letters } = equation;
			return [
				label,
				{ ...equation, indices: letters, words: model.words[label], ...equations[label] },
			];
		});
	return { ...more, model, phases: model.phases, equations: Object.fromEntries(shown) };
}

// The world of one pass, of the example on show.
function pass({ model, functions }, s, instead = {}) {
	const given = exampleOf(model, s, s.example);
	return computed(model, { ...given, functions: { f: { name: functions[s.transfer] } } }, instead);
}

function stopsOf(book, phases, view, sizes) {
	return phases.flatMap((phase) => {
		const labels = [...book.phases[phase]];
		if (phase === "output delta" && !phases.includes("error")) labels.unshift(...book.phases.error);
		return labels.flatMap((label) => {
			const each = view === "unit" ? places(book.equations[label].indices, sizes) : [null];
			return each.map((place) => ({ phase, label, place }));
		});
	});
}

// What a reader may have typed as a number, or why it is none.
function number(text, name) {
	const value = typed(text);
	if (!text.trim()) return { why: "Type a number." };
	if (Number.isNaN(value)) return { why: `“${text.trim()}” is not a number.` };
	if (!(Math.abs(value) <= LIMIT)) return { why: `Too large: at most ${LIMIT} in size.` };
	if (name === "eta" && value <= 0) return { why: "η must be above 0: with 0 nothing is learned." };
	if (name === "alpha" && value <= 0) return { why: "α must be above 0." };
	if (name === "seed" && (value < 0 || value % 1)) return { why: "A whole number from 0." };
	return { value };
}

function meanError(book, s) {
	return (
		s.X.reduce((sum, _, example) => sum + pass(book, { ...s, example }).get("E"), 0) / s.X.length
	);
}

function generator(seed) {
	let a = Math.imul(seed + 1, 2654435769);
	return () => {
		a = (Math.imul(a ^ (a >>> 15), 2246822519) + 1013904223) >>> 0;
		return Math.round(a / 2147483.648 - 1000) / 1000;
	};
}

function randomStart({ w, b, v, c }, seed) {
	const random = generator(seed);
	const fill = (value) => (isList(value) ? value.map(fill) : random());
	return { w: fill(w), b: fill(b), v: fill(v), c: fill(c) };
}

// The same network with another number of hidden units: new ones start at random.
function resized({ w, b, v, c }, hidden) {
	const random = generator(hidden);
	const fit = (row) => range(hidden).map((k) => row[k] ?? random());
	return { w: w.map(fit), b: fit(b), v: range(hidden).map((k) => v[k] ?? c.map(random)) };
}

const address = {
	all: () => [...new URLSearchParams(location.hash.slice(1))],
	get(name) {
		try {
			return JSON.parse(Object.fromEntries(this.all())[name]);
		} catch {
			return null;
		}
	},
	set(name, changes) {
		const kept = this.all().filter(([n, value]) => n !== name && value);
		if (!equal(changes, {})) kept.push([name, JSON.stringify(changes)]);
		const hash = kept.map(([n, value]) => `${n}=${encodeURIComponent(value)}`).join("&");
		history.replaceState(null, "", `#${hash}`);
	},
};

// Whether a state out of an address is one a reader could have made from this start.
function sound(s, start, book) {
	const zero = (_, x) => (typeof x === "number" && Math.abs(x) < 1e6 ? 0 : x);
	const shape = ({ view, transfer, phases, errors, ask, ...rest }) => JSON.stringify(rest, zero);
	return (
		isList(s.b) &&
		s.b.length < 13 &&
		shape(s) === shape({ ...start, ...resized(start, s.b.length) }) &&
		isList(s.errors) &&
		Object.hasOwn(book.functions, s.transfer) &&
		/^(unit|layer)$/.test(s.view) &&
		s.example in s.X &&
		s.eta > 0 &&
		s.alpha > 0
	);
}

// ---- mathematics

const tag = (name, inner, q, kind) =>
	`<${name}${q ? ` data-q="${q}"` : ""}${kind ? ` class="${kind}"` : ""}>${inner}</${name}>`;
const fence = (inner) => `<mrow><mo>(</mo>${inner}<mo>)</mo></mrow>`;
const PRIME = '<mi>f</mi><mo lspace="0" rspace="0">′</mo>';

const letterOf = (name) => {
	const base = name.split("_")[0];
	return { delta: "δ", eta: "η", alpha: "α" }[base] ?? base;
};

function symbolMath(t, q, kind) {
	if (t[0] === "d") {
		const by = (inner) => `<mrow><mi>∂</mi>${symbolMath(inner)}</mrow>`;
		return tag("mfrac", by(t[1]) + by(t[2]), q, kind);
	}
	const letter = `<mi>${letterOf(t[1])}</mi>`;
	const units = t.slice(2).map((u) => `<mi>${u[0]}</mi>${u[1] ? `<mn>${u.slice(1)}</mn>` : ""}`);
	return units.length
		? tag("msub", `${letter}<mrow>${units.join("")}</mrow>`, q, kind)
		: tag("mrow", letter, q, kind);
}

function numberMath(x, q) {
	const minus = x < 0 ? '<mo form="prefix" lspace="0" rspace="0">−</mo>' : "";
	return tag("mrow", `${minus}<mn>${shown(Math.abs(x))}</mn>`, q, `value ${sign(x)}`);
}

// What binds looser than its surroundings is fenced.
const BINDS = { add: 1, sub: 1, neg: 2, mul: 3, sum: 3 };

// A tree as MathML. With `env` numbers stand for the symbols; `signs` colours symbols.
function math(t, env = null, level = 0, signs = null) {
	let binds = BINDS[t[0]] ?? 5;
	const write = (part, inner = 0) => math(part, env, inner, signs);
	const [, a, b] = t;
	const k = keyOf(t);
	let text;
	if (k && env) {
		if (valueAt(k, env) < 0) binds = 2;
		text = numberMath(valueAt(k, env), k);
	} else if (k) {
		const kind = signs ? sign(valueAt(k, signs)) : "";
		text = t[0] === "call" ? tag("mrow", PRIME + fence(write(b)), k, kind) : symbolMath(t, k, kind);
	} else {
		text = {
			num: () => `<mn>${a}</mn>`,
			neg: () => `<mo form="prefix">−</mo>${write(a, 3)}`,
			add: () =>
				t
					.slice(1)
					.map((part, n) => write(part, n ? 3 : 1))
					.join("<mo>+</mo>"),
			sub: () => `${write(a, 1)}<mo>−</mo>${write(b, 3)}`,
			mul: () =>
				t
					.slice(1)
					.map((part, n) => write(part, part[0] === "sum" && n < t.length - 2 ? 4 : 3))
					.join(env ? "<mo>×</mo>" : '<mspace width="0.17em"/>'),
			sum: () => `<munder><mo>∑</mo><mi>${a}</mi></munder>${write(b, 3)}`,
			frac: () => `<mfrac>${write(a)}${write(b)}</mfrac>`,
			pow: () => `<msup>${write(a, 5)}${write(b)}</msup>`,
			call: () => callMath(t, write, env),
		}[t[0]]();
	}
	return binds < level ? fence(text) : `<mrow>${text}</mrow>`;
}

function callMath([, name, ...values], write, env) {
	if (name === "exp") return `<msup><mi>e</mi>${write(values[0])}</msup>`;
	if (name === "f" && env) {
		// With numbers the transfer function itself is written out.
		const { argument, tree } = env.functions.f;
		const put = (part) =>
			equal(part, ["var", argument]) ? values[0] : isList(part) ? part.map(put) : part;
		return write(put(tree));
	}
	return (
		(name === "f'" ? PRIME : `<mi>${name}</mi>`) +
		fence(values.map((value) => write(value)).join("<mo>,</mo>"))
	);
}

const formula = (inner) => `<math><mrow>${inner}</mrow></math>`;

const SPOKEN = {
	"=": "equals",
	"+": "plus",
	"−": "minus",
	"×": "times",
	"(": "open paren",
	")": "close paren",
	"←": "becomes",
	"∂": "d",
	"′": "prime",
	δ: "delta",
	η: "eta",
	α: "alpha",
};

function spoken(node) {
	const [first, second] = node.children;
	switch (node.localName) {
		case "mi":
		case "mo":
		case "mn":
			return SPOKEN[node.textContent] ?? node.textContent;
		case "msup":
			return `${spoken(first)} to the power ${spoken(second)},`;
		case "mfrac":
			return `${spoken(first)} over ${spoken(second)},`;
		case "munder":
			return `sum over ${spoken(second)} of`;
		default:
			return [...node.children].map(spoken).join(" ");
	}
}

// A key as a tree, for the formula, and in a few letters: "δ h1", "w i1 h2".
function treeOf(k, letters) {
	const [name, place] = splitKey(k.replace("_new", ""));
	const units = place.map((n, j) => letters[name][j] + (n + 1));
	const slope = /^d(\w+)_d(\w+)$/.exec(name);
	return slope ? ["d", ["var", slope[1]], ["var", slope[2], ...units]] : ["var", name, ...units];
}

function plain(k, letters) {
	if (k.startsWith("f'")) return `f′(${plain(k.slice(2), letters)})`;
	const t = treeOf(k, letters);
	return [t[0] === "d" ? `∂E/∂${letterOf(t[2][1])}` : letterOf(t[1]), ...unitsOf(t)].join(" ");
}

// ---- drawing

// Put a drawing on the page, anew only where it differs from the one there.
function draw(box, { width, height, pieces }) {
	const frame = [width, height, ...pieces.keys()].join();
	if (box.frame !== frame) {
		box.innerHTML =
			`<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="group" ` +
			'aria-label="The network; the table of all numbers says the same"><g></g><g></g></svg>';
		[box.frame, box.there] = [frame, new Map()];
	}
	const [back, front] = box.firstChild.children;
	for (const [name, svg] of pieces) {
		const old = box.there.get(name);
		if (old?.svg === svg) continue;
		old?.node.remove();
		const layer = /^<g class="edge (?!.*(parts|results|path))/.test(svg.split(">")[0])
			? back
			: front;
		layer.insertAdjacentHTML("beforeend", svg);
		box.there.set(name, { svg, node: layer.lastChild });
	}
}

function plot(errors) {
	const [W, H] = [200, 48];
	const most = Math.max(...errors, 1e-12);
	const points = errors.map((e, k) => [
		4 + (k * (W - 8)) / (errors.length - 1),
		H - 4 - ((H - 8) * e) / most,
	]);
	return `<svg class="plot" width="${W}" height="${H}" role="img" aria-label="E over ${errors.length - 1} updates, from ${shown(
		errors[0],
	)} to ${shown(errors.at(-1))}"><line x1="4" x2="${W}" y1="${H - 4}" y2="${H - 4}"/><polyline points="${points.join(
		" ",
	)}"/></svg>`;
}

// ---- questions

const escaped = (text) => text.replace(/</g, "&lt;");

function answer({ right, near, found, hidden }, typed, value) {
	const names = (list) => list.map((m) => `“${low(m.name)}”`).join(" and ");
	if (right) {
		return `<b>Right</b>${near ? ", rounded on the way" : ""}.${
			found.length ? ` <em>To so few digits ${names(found)} looks the same.</em>` : ""
		}${
			hidden.length
				? ` <em>With these numbers ${names(hidden)} gives the same: this number cannot tell.</em>`
				: ""
		}`;
	}
	const told = found.map(
		(m) => `<b>${low(m.name)}.</b> ${low(m.sentence)} <code>${escaped(m.mend)}</code>`,
	);
	if (told.length)
		return (told.length > 1 ? "These numbers cannot tell which: " : "") + told.join("<br>or ");
	if (typed * value < 0) return "Not this: the sign is the other one.";
	return `Not this: it is too ${Math.abs(typed) > Math.abs(value) ? "large" : "small"} in size, and no mistake this book knows.`;
}

// What can be asked instead of the number: a question, its answers, the right one or -1.
function quickQuestion(equation, env, place, plain) {
	const name = resultName(equation);
	const moves = name.endsWith("_new");
	const value = (where) =>
		valueAt(key(name, where), env) - (moves ? valueAt(key(equation.name, where), env) : 0);
	if (place && !/^(N_|d)|_new/.test(name)) return null;
	if (place) {
		return {
			ask: moves ? "Which way does it move?" : "Which sign?",
			answers: moves ? ["up", "down"] : ["+", "−"],
			right: [1, -1].indexOf(Math.sign(value(place))),
		};
	}
	const all = places(equation.indices, env.sizes);
	const by = all.map((where) => Math.abs(value(where)));
	return all.length < 2 || all.length > 8
		? null
		: {
				ask: moves ? "Which moves most?" : "Which is largest in size?",
				answers: all.map((where) => plain(key(name, where))),
				right: by.indexOf(Math.max(...by)),
			};
}

// ---- instrument

const VIEWS = { unit: "one by one", layer: "by layer" };

const button = (act, words, more = "") =>
	`<button type="button" data-do="${act}" ${more}>${words}</button>`;
const walk = (act, sign, words) => button(act, sign, `aria-label="${words}"`);
const fold = (kind, words, inner) =>
	`<details class="${kind}"><summary>${words}</summary>${inner}</details>`;

const SHELL = `
<div class="bar"><div class="phases" role="group" aria-label="Phase"></div>${fold(
	"settings",
	"",
	'<div class="panel"></div>',
)}</div>
<div class="net"></div><div class="read" aria-hidden="true"></div>
<div class="route" hidden></div>
<div class="equation"><div class="general"></div><div class="lines scroll" tabindex="0"></div>
<form class="ask"></form></div><div class="reply" role="status"></div>
${fold("code", "", '<pre class="scroll"></pre>')}
<div class="say"><p></p>${fold("why", "Why each factor?", "<p></p>")}</div>
<div class="train" hidden>${button("train", "Update")}${button("train", "10 times", 'data-n="10"')}${button(
	"train",
	"100 times",
	'data-n="100"',
)}<div class="chart"></div></div>
<div class="walk"><div class="steps" role="group" aria-label="Steps">${walk(
	"first",
	"|←",
	"First step",
)}${walk("back", "←", "One step back")}<span class="count"></span>${walk(
	"next",
	"→",
	"Next step",
)}${walk("last", "→|", "Last step")}</div>
	<div class="views" role="group" aria-label="Show"></div>${fold(
		"more",
		"More",
		`<div class="panel">${button("python", "Copy as Python")}${button("picture", "Picture (SVG)")}
		<p>Keys: ← → Home End, 1–4 phase, Enter shows. The address keeps this screen.</p><p class="took" role="status"></p>
		<textarea readonly hidden aria-label="Python" rows="13"></textarea></div>`,
	)}</div>
${fold("all", "All numbers", '<div class="tables scroll"></div>')}
<div class="live hid" aria-live="polite"></div>
<form class="editor" hidden><label><span></span><input></label>
	<output role="alert"></output></form>`;

class Instrument {
	constructor(model, el) {
		Object.assign(this, { model, el, past: [], seen: new Set(), changed: new Set() });
		this.book = bookOf(model.get("book"));
		this.phases = model.get("phases");
		this.places = model.get("places") ?? {};
		// Without a widget manager the host is a page, and its address holds the state.
		this.page = !model.widget_manager;
		this.letters = { ...LETTERS };
		for (const { name, indices } of Object.values(this.book.equations))
			this.letters[name] ??= indices;
		this.plain = (k) => plain(k, this.letters);
		this.at = (selector) => el.querySelector(selector);
		this.every = (selector) => el.querySelectorAll(selector);
		this.value = (k) => valueAt(k, this.env);
		this.focus = (selector) => (this.at(selector) ?? el).focus({ preventScroll: true });
		this.s = read(model);
		this.start = copy(this.s);
		const all = [...document.querySelectorAll('[data-widget="stepper"]')];
		this.name = `s${all.findIndex((one) => one.contains(el) || one === el.previousElementSibling) + 1}`;
		const { open, chosen, ...changes } = (this.page && address.get(this.name)) || {};
		if (sound({ ...this.s, ...changes }, this.s, this.book)) Object.assign(this.s, changes);
		el.classList.add("stepper");
		el.tabIndex = -1;
		Object.assign(el, {
			role: "group",
			ariaLabel: "Stepper: one pass of backpropagation",
			innerHTML: SHELL,
		});
		this.at(".code").open = el.clientWidth > 480;
		this.compute();
		if (open) this.seen.add(this.stopKey);
		if (/^[wv]:/.test(chosen) && this.value(chosen) > -Infinity) this.chosen = chosen;
		this.buildControls();
		this.listen();
		this.show();
	}

	// ---- its state

	get stop() {
		return this.stops[this.s.step];
	}
	get stopKey() {
		return `${this.stop.label}:${this.stop.place ?? ""}`;
	}
	get equation() {
		return this.book.equations[this.stop.label];
	}
	get open() {
		return !this.s.ask || this.seen.has(this.stopKey);
	}
	get backward() {
		return this.phases.some((phase) => !/forward|error/.test(phase));
	}

	get here() {
		return this.stop.place ? [this.stop.place] : places(this.equation.indices, this.env.sizes);
	}
	get results() {
		return this.here.map((place) => key(resultName(this.equation), place));
	}

	indexOf(place, letters = this.equation.indices) {
		return Object.fromEntries([...letters].map((u, j) => [u, place[j]]));
	}

	compute() {
		const { s, book } = this;
		this.env = pass(book, s);
		this.stops = stopsOf(book, this.phases, s.view, this.env.sizes);
		s.step = Math.max(0, Math.min(s.step, this.stops.length - 1));
		const id = this.model.get("compare");
		if (!id) return;
		const instead = {};
		for (const [label, { mistakes }] of Object.entries(book.equations)) {
			const m = mistakes.find((one) => id === one.id || id === `${label}/${one.id}`);
			if (m) [instead[label], this.wrongName] = [m.tree, m.name];
		}
		this.wrong = { instead, env: pass(book, s, instead) };
	}

	// Take over changes: on the screen, into the model, into the address.
	take(changes, undo = true) {
		const before = this.env;
		if (undo) this.past = [...this.past.slice(-199), copy(this.s)];
		Object.assign(this.s, copy(changes));
		this.tell = "";
		this.compute();
		this.changed = differing(before, this.env);
		this.show();
		this.keep();
	}

	alter(changes) {
		this.take({ errors: [], ...changes });
	}

	keep() {
		this.own = true;
		for (const name of STATE) {
			if (!equal(this.model.get(name), this.s[name])) this.model.set(name, copy(this.s[name]));
		}
		this.own = false;
		this.model.save_changes();
		clearTimeout(this.timer);
		if (this.page) this.timer = setTimeout(() => this.write(), 250);
	}

	write() {
		if (!this.timer) return;
		clearTimeout(this.timer);
		this.timer = 0;
		const { s, start, chosen } = this;
		const short = { ...s, errors: s.errors.map((e) => Number(e.toPrecision(4))) };
		const changes = STATE.filter((name) => !equal(s[name], start[name])).map((name) => [
			name,
			short[name],
		]);
		if (s.ask && this.open) changes.push(["open", 1]);
		if (chosen) changes.push(["chosen", chosen]);
		address.set(this.name, Object.fromEntries(changes));
	}

	assign(k, value) {
		const [name, place] = splitKey(k);
		if (!place.length) return this.take({ [name]: value });
		if (name === "X" || name === "D") place.unshift(this.s.example);
		const array = copy(this.s[name]);
		place.slice(0, -1).reduce((inner, k) => inner[k], array)[place.at(-1)] = value;
		this.alter({ [name]: array });
	}

	go(step) {
		if (step > this.s.step) this.seen.add(this.stopKey);
		this.changed = new Set();
		this.s.step = Math.max(0, Math.min(step, this.stops.length - 1));
		this.arrive();
	}

	reveal(tell) {
		this.seen.add(this.stopKey);
		this.arrive(tell);
	}

	arrive(tell = "") {
		this.tell = tell;
		this.show();
		this.keep();
		this.announce();
	}

	setView(view) {
		const { label } = this.stop;
		const stops = stopsOf(this.book, this.phases, view, this.env.sizes);
		this.take({ view, step: stops.findIndex((stop) => stop.label === label) }, false);
		this.announce();
	}

	// New weights become the weights, once or several times.
	train(times) {
		const s = copy(this.s);
		if (!s.errors.length) s.errors = [meanError(this.book, s)];
		for (let k = 0; k < times; k++) {
			const env = pass(this.book, s);
			for (const name of "wbvc") s[name] = env.value(`${name}_new`);
			s.errors.push(meanError(this.book, s));
			if (![s.errors.at(-1), ...[s.w, s.b, s.v, s.c].flat(2)].every((x) => Math.abs(x) < 1e6)) {
				return this.reply("The step was too large: the numbers ran away. Try a smaller η.");
			}
			s.example = (s.example + 1) % s.X.length;
		}
		this.restart({ ...s, errors: s.errors.slice(-1000), step: 0 });
		this.announce(`Updated. E is now ${shown(s.errors.at(-1))}.`);
	}

	restart(s) {
		this.seen.clear();
		this.take(s);
	}

	// ---- what it shows

	show() {
		const focused = this.el.contains(document.activeElement) ? document.activeElement : null;
		this.width ??= this.widthNow();
		draw(this.at(".net"), picture(this.env, this.look(), this.width));
		this.showControls();
		this.showEquation();
		this.showWords();
		this.showPath();
		if (this.at(".all").open) this.showTables();
		for (const node of this.every("math:not([aria-label])")) {
			node.setAttribute("aria-label", spoken(node).replace(/\s+/g, " ").trim());
		}
		if (!focused || focused.isConnected) return;
		this.focus(`.net [data-edit="${focused.dataset.edit}"]`);
	}

	// Write a part of the page anew, if it says something new.
	put(selector, html) {
		const node = this.at(selector);
		if (node.html !== html) node.innerHTML = node.html = html;
	}

	reply(html) {
		this.at(".reply").innerHTML = html;
	}

	widthNow() {
		return Math.max(280, this.at(".net").clientWidth - 20);
	}

	look() {
		const { env, stop, equation, open } = this;
		const made = Object.values(this.book.equations).map(resultName);
		const now = made.indexOf(resultName(equation));
		const all = places(equation.indices, env.sizes).map(String);
		const known = (k) => {
			const [name, place] = k.replace("f'", "").split(":");
			const order = made.indexOf(name);
			if (order !== now || !stop.place) return order < now + open;
			return all.indexOf(place) < all.indexOf(String(stop.place)) + open;
		};
		const taking = new Set();
		for (const place of this.here) parts(instance(equation.rhs, this.indexOf(place), env), taking);
		for (const k of [...taking]) taking.add(k.replace("f'", ""));
		return {
			known,
			parts: taking,
			results: new Set(this.results),
			changed: this.changed,
			path: this.route(),
			plain: this.plain,
			lower: stop.label === "eq-hidden-delta",
			desired: this.phases.some((phase) => phase !== "forward"),
			backward: this.backward,
		};
	}

	// The equation as in its chapter, then symbols, numbers and result.
	showEquation() {
		const { equation, env, open, here, wrong, stop } = this;
		const arrow = equation.relation === "=" ? "=" : "←";
		const few = here.length <= 6;
		const is = (inner, sign = "=") => formula(`<mo>${sign}</mo>${inner}`);
		const result = (k, from, kind = "") =>
			`<span class="result ${kind} ${
				this.changed.has(k) ? "changed" : ""
			}">${is(numberMath(valueAt(k, from), k))}</span>`;
		const rows = [];
		const row = (left, right) => rows.push(`<div class="lhs">${left}</div><div>${right}</div>`);
		here.forEach((place, n) => {
			const k = this.results[n];
			const bound = (tree) => instance(tree, this.indexOf(place), env);
			const left = formula(symbolMath(bound(equation.lhs), k));
			const value = open ? result(k, env) : stop.place || few ? "" : is("<mo>?</mo>");
			const numbers = is(math(bound(equation.rhs), env));
			if (stop.place) {
				row(left, is(math(bound(equation.rhs), null, 0, env), arrow));
				row("", numbers);
				row("", value);
			} else {
				row(left, (few ? numbers : "") + value);
			}
			if (!wrong || !open || same(valueAt(k, wrong.env), valueAt(k, env))) return;
			const tree = wrong.instead[stop.label];
			row("", `<span class="wrong">${low(this.wrongName)}${tree ? "" : ", passed on"}:</span>`);
			row(
				"",
				(stop.place ? `${is(math(bound(tree ?? equation.rhs), wrong.env))} ` : "") +
					result(k, wrong.env, "wrong"),
			);
		});
		const { chapter, number } = this.places[stop.label] ?? {};
		const link = number
			? `<a href="${chapter}">(${number})<span class="hid"> the equation in its chapter</span></a>`
			: "";
		this.put(
			".equation .general",
			`<div class="scroll">${formula(
				`${math(equation.lhs)}<mo>${arrow}</mo>${math(equation.rhs)}`,
			)}</div>${link}`,
		);
		this.at(".equation .lines").classList.toggle("many", !few);
		this.put(".equation .lines", rows.join(""));
		this.put(".ask", open ? "" : this.askForm());
		this.reply(this.tell ?? "");
	}

	askForm() {
		const { stop } = this;
		const quick = (this.quick = quickQuestion(this.equation, this.env, stop.place, this.plain));
		const field = `<input aria-label="Your prediction for ${this.plain(this.results[0])}"
			placeholder="your prediction"><button>Check</button>`;
		const answers = quick?.answers
			.map((words, n) => button("guess", words, `data-n="${n}"`))
			.join("");
		return `${stop.place ? field : ""}${button("show", "Show")}${
			quick
				? `<span class="quick" role="group" aria-label="${quick.ask}">${quick.ask} ${answers}</span>`
				: ""
		}`;
	}

	showWords() {
		const { equation, stop, s } = this;
		const { errors } = s;
		const [say, why] = this.every(".say p");
		say.textContent = this.sentence();
		why.textContent = equation.words[3];
		this.at(".count").textContent = `step ${s.step + 1} of ${this.stops.length}`;
		const last = s.step === this.stops.length - 1;
		for (const [act, off] of Object.entries({ first: !s.step, back: !s.step, next: last, last })) {
			this.at(`[data-do="${act}"]`).ariaDisabled = off;
		}
		const names = new Set([...parts(equation.rhs)].map((k) => k.split(":")[0].replace("f'", "")));
		const mark = (text) =>
			escaped(text).replace(/\b(?:(net|slope)\.)?([A-Za-z]\w*)/g, (word, of, name) => {
				const q = of === "slope" ? `dE_d${name}` : name;
				return names.has(q) || q === equation.name ? `<span data-q="${q}:">${word}</span>` : word;
			});
		const [[top, head], [n, text]] = equation.code;
		const { code } = this.places[stop.label] ?? {};
		this.at(".code summary").textContent = `backprop.py, line ${n}`;
		this.put(
			"pre",
			`<span class="n">${top}</span>${escaped(head)}\n<span class="runs"><a class="n"${
				code ? ` href="${code}" aria-label="line ${n}"` : ""
			}>${n}</a>${mark(text)}</span>`,
		);
		this.at(".train").hidden =
			!this.phases.includes("update") || (stop.phase !== "update" && !errors.length);
		this.put(
			".chart",
			errors.length < 2
				? ""
				: `${plot(errors)} <span>E is <b title="${full(errors.at(-1))}">${shown(
						errors.at(-1),
					)}</b> after ${errors.length - 1}</span>`,
		);
	}

	sentence() {
		const [, one, each] = this.equation.words;
		const index = this.indexOf(this.stop.place ?? []);
		return this.stop.place ? one.replace(/\{(\w)\}/g, (_, u) => index[u] + 1) : each;
	}

	// Built once: nothing may vanish under the pointer.
	buildControls() {
		const choose = (act) => (name) =>
			button(
				act,
				VIEWS[name] ?? name[0].toUpperCase() + name.slice(1),
				`data-n="${name}" aria-pressed="false"`,
			);
		this.at(".phases").innerHTML = this.phases.map(choose("phase")).join("");
		this.at(".views").innerHTML = Object.keys(VIEWS).map(choose("view")).join("");
		const label = (name, words, inner) => `<label data-for="${name}">${words} ${inner}</label>`;
		const select = (name, words, options) =>
			label(
				name,
				words,
				`<select data-set="${name}">${options.map((value) => `<option>${value}</option>`).join("")}</select>`,
			);
		const field = (name, words) =>
			label(name, words, `<input data-set="${name}"><output role="alert"></output>`);
		this.at(".settings .panel").innerHTML =
			select(
				"example",
				"example",
				this.s.X.map((_, k) => k + 1),
			) +
			select("hidden", "hidden units", [1, 2, 3, 4, 5, 6]) +
			select("transfer", "transfer function", Object.keys(this.book.functions)) +
			field("alpha", "slope α") +
			field("eta", "learning rate η") +
			field("seed", "seed") +
			button("random", "Random start") +
			label("ask", "", '<input type="checkbox" data-set="ask"> ask before showing') +
			button("undo", "Undo") +
			button("reset", "Start again");
		this.at('[data-for="example"]').hidden = this.s.X.length < 2;
	}

	showControls() {
		const {
			s,
			env: { sizes },
			stop,
		} = this;
		for (const node of this.every("[aria-pressed]")) {
			node.ariaPressed = [stop.phase, s.view].includes(node.dataset.n);
		}
		const values = { ...s, hidden: sizes.h, example: s.example + 1 };
		for (const node of this.every("[data-set]")) {
			const value = values[node.dataset.set];
			if (node.type === "checkbox") node.checked = value;
			else if (node.ariaInvalid !== "true")
				node.value = typeof value === "number" ? full(value) : value;
		}
		const logistic = s.transfer === "logistic";
		this.at('[data-for="alpha"]').hidden = !logistic;
		this.at(".settings summary").textContent =
			`${[sizes.i, sizes.h, sizes.o].join("-")} ${s.transfer}${logistic ? `, α ${shown(s.alpha)}` : ""}, η ${shown(s.eta)}`;
	}

	route() {
		if (!this.chosen || !this.backward) return new Set();
		const [name, place] = splitKey(this.chosen);
		const to = place[1];
		const fed =
			name === "v"
				? [[key("delta_o", [to])]]
				: [
						[key("delta_h", [to])],
						...range(this.env.sizes.o).map((o) => [key("delta_o", [o]), key("dE_dv", [to, o])]),
					];
		return new Set(["E:", this.chosen, key(`dE_d${name}`, place), ...fed.flat()]);
	}

	showPath() {
		const box = this.at(".route");
		box.hidden = !this.chosen || !this.backward;
		if (box.hidden) return;
		const { env, chosen } = this;
		const [name, place] = splitKey(chosen);
		const index = this.indexOf(place, LETTERS[name]);
		// For w the factors that depend on o are summed: the path splits there.
		const splits = ([, rhs]) => name === "w" && JSON.stringify(rhs).includes('"o"');
		const factors = this.book.paths[name];
		const fan = factors.filter(splits),
			line = factors.filter((factor) => !splits(factor));
		const sum = fan.length ? [["sum", "o", ["mul", ...fan.map(([, rhs]) => rhs)]]] : [];
		const tree = ["mul", ...sum, ...line.map(([, rhs]) => rhs)];
		const hops = (list, o) =>
			list
				.map(([lhs, rhs], n) => {
					const where = { o, ...index };
					const [from, to] = instance(lhs, where, env)
						.slice(1)
						.map((t) => this.plain(keyOf(t)));
					return `${n ? "" : from} <span>× ${shown(evaluate(rhs, env, where))} →</span> ${to}`;
				})
				.join("");
		const rows = [...(fan.length ? range(env.sizes.o).map((o) => hops(fan, o)) : []), hops(line)];
		const bound = instance(tree, index, env);
		const left = formula(symbolMath(["d", ["var", "E"], treeOf(chosen, this.letters)]));
		const lines = [
			math(bound, null, 0, env),
			math(bound, env),
			numberMath(evaluate(tree, env, index)),
		];
		box.innerHTML = `<div class="general"><b>From E back to ${this.plain(chosen)}</b>${button("close", "Close")}</div>
			<ul>${rows.map((row) => `<li>${row}</li>`).join("")}</ul><div class="lines scroll" tabindex="0">${lines
				.map(
					(inner, n) =>
						`<div class="lhs">${n ? "" : left}</div><div>${formula(`<mo>=</mo>${inner}`)}</div>`,
				)
				.join("")}</div>`;
	}

	// The text twin of the drawing: fields first, then what is known.
	showTables() {
		const { known, desired } = this.look();
		const made = Object.values(this.book.equations);
		const last = made.indexOf(this.book.equations[this.stops.at(-1).label]);
		const names = [
			"X",
			"w",
			"b",
			"v",
			"c",
			...(desired ? ["D"] : []),
			...made.slice(0, last + 1).map(resultName),
		];
		const item = (k) =>
			`<span class="item"><small>${this.plain(k).split(" ").slice(1).join(" ")}</small> ${
				k.split(":")[0] in LETTERS
					? `<input data-edit="${k}" data-q="${k}" aria-label="${this.plain(k)}">`
					: `<span data-q="${k}"></span>`
			}</span>`;
		const row = (name) => {
			const old = name.replace("_new", "");
			const tree = treeOf(key(old), this.letters);
			(tree[2] ?? tree).push(...this.letters[old]);
			return `<tr><th scope="row">${formula(symbolMath(tree))}${old === name ? "" : " <small>after the update</small>"}</th><td>${places(
				this.letters[old],
				this.env.sizes,
			)
				.map((place) => item(key(name, place)))
				.join(" ")}</td></tr>`;
		};
		this.put(".tables", `<output role="alert"></output><table>${names.map(row).join("")}</table>`);
		for (const node of this.every(".tables [data-q]")) {
			const k = node.dataset.q,
				x = this.value(k);
			node.parentElement.classList.toggle("changed", this.changed.has(k));
			node.title = node.value = full(x);
			if (!node.dataset.edit) node.textContent = known(k) ? shown(x) : "·";
		}
	}

	announce(words) {
		const [, step] = this.at(".count").textContent.split("step");
		this.at(".live").textContent =
			words ??
			`Step${step}, ${this.stop.phase}. ${this.sentence()} ${
				this.open
					? this.results.map((k) => `${this.plain(k)} is ${shown(this.value(k))}`).join(", ")
					: "What is it?"
			}`;
	}

	// ---- what the reader does

	listen() {
		const { el, model } = this;
		const on = (type, act) => el.addEventListener(type, act);
		for (const type of ["click", "keydown", "submit", "change", "mousedown"])
			on(type, (event) => this[type](event));
		for (const type of ["pointerover", "focusin"]) on(type, (event) => this.light(event.target));
		on("pointerleave", () => this.light());
		this.at(".all").addEventListener("toggle", () => this.show());
		this.at(".editor input").addEventListener("blur", () => this.leaveEditor());
		const observer = new ResizeObserver(() => {
			const width = this.widthNow();
			if (width === this.width) return;
			this.width = width;
			this.show();
		});
		observer.observe(this.at(".net"));
		const flush = () => this.write();
		addEventListener("pagehide", flush);
		// Python, or another view of this widget, changes the state from outside.
		const outside = () => {
			clearTimeout(this.waiting);
			if (!this.own) this.waiting = setTimeout(() => this.take(read(model), false));
		};
		for (const name of STATE) model.on(`change:${name}`, outside);
		this.remove = () => {
			this.write();
			observer.disconnect();
			removeEventListener("pagehide", flush);
			for (const name of STATE) model.off(`change:${name}`, outside);
		};
	}

	// Leaving the editor draws anew: first let the click find what it was meant for.
	mousedown(event) {
		if (this.editing && !event.target.closest("input, select, textarea, summary"))
			event.preventDefault();
	}

	click({ target }) {
		if (!target.closest(".editor")) this.leaveEditor();
		const own = target.closest("[data-do]");
		if (own) return own.ariaDisabled !== "true" && this.act(own.dataset.do, own.dataset.n);
		const part = target.closest("[data-edit], .equation [data-q]");
		const k = part?.dataset.edit ?? part?.dataset.q;
		if (part && part.localName !== "input" && k.split(":")[0] in LETTERS) this.edit(k, part);
	}

	act(what, n) {
		const { s, stops } = this;
		({
			first: () => this.go(0),
			back: () => this.go(s.step - 1),
			next: () => this.go(s.step + 1),
			last: () => this.go(stops.length - 1),
			phase: () => this.go(stops.findIndex((stop) => stop.phase === n)),
			view: () => this.setView(n),
			show: () => this.reveal(),
			guess: () => this.guess(Number(n)),
			train: () => this.train(Number(n ?? 1)),
			random: () => this.randomise(s.seed + 1),
			reset: () => this.restart(this.start),
			undo: () => this.past.length && this.take(this.past.pop(), false),
			close: () => {
				this.chosen = null;
				this.show();
			},
			python: () => this.giveCode(),
			picture: () => this.givePicture(),
		})[what]();
	}

	randomise(seed) {
		this.restart({ ...randomStart(this.s, seed), seed, errors: [] });
	}

	keydown(event) {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const { target, key: pressed } = event;
		const typing = target.matches("input:not([type=checkbox]), textarea, select");
		const empty = target.matches(".ask input") && !target.value;
		const move =
			(!typing || empty) &&
			{ ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last" }[pressed];
		const phase = !typing && this.phases[pressed - 1];
		const part = !typing && pressed === "Enter" && target.closest("[data-edit]");
		let done = true;
		if (pressed === "Escape" && (this.chosen || this.editing)) {
			this.leaveEditor("cancel");
			this.act("close");
		} else if (move) {
			this.act(move);
			// Who answers by keyboard finds the next field under the fingers.
			if (empty || this.answering) this.focus(".ask input");
		} else if (phase) this.act("phase", phase);
		else if (part) this.edit(part.dataset.edit, part);
		else if (pressed === "Enter" && !typing && !target.closest("button, summary, a") && !this.open)
			this.reveal();
		else done = false;
		if (done) event.preventDefault();
		// A deck turns its pages at these keys: not while the reader is in here.
		if (done || !/^(Tab|Escape)$/.test(pressed)) event.stopPropagation();
	}

	submit(event) {
		event.preventDefault();
		if (event.target.matches(".editor")) return this.leaveEditor("entered");
		const input = this.at(".ask input");
		if (!input?.value.trim()) return this.reveal();
		this.answering = true;
		const { value, why } = number(input.value);
		const right = this.value(this.results[0]);
		const wrong = wrongValues(this.equation.mistakes, this.env, this.indexOf(this.stop.place));
		const found = why ? {} : judge(input.value, right, wrong);
		const told = why ? escaped(why) : answer(found, value, right);
		if (found.right) return this.reveal(`<span class="good">${told}</span>`);
		input.ariaInvalid = true;
		this.reply(`<span class="bad">${told}</span>`);
		input.select();
	}

	guess(n) {
		const { right, answers } = this.quick;
		const hint =
			right < 0
				? "it is exactly 0"
				: answers.length > 2
					? `it is ${answers[right]}`
					: "the other one";
		this.reply(
			n === right
				? '<span class="good"><b>Yes.</b> And the number?</span>'
				: `<span class="bad"><b>No</b>, ${hint}. Which factor decides?</span>`,
		);
	}

	// What a field will not take is said beside it.
	change({ target }) {
		const { set: name, edit: k } = target.dataset;
		if (name === "ask") return this.take({ ask: target.checked }, false);
		if (name === "hidden") return this.alter(resized(this.s, Number(target.value)));
		if (name === "transfer") return this.alter({ transfer: target.value });
		if (name === "example") return this.take({ example: target.value - 1 });
		if (!name && !k) return;
		const { value, why = "" } = number(target.value, name);
		target.ariaInvalid = Boolean(why);
		(name ? target.nextElementSibling : this.at(".tables output")).textContent = why;
		if (why) return;
		if (name === "seed") this.randomise(value);
		else this.assign(k ?? `${name}:`, value);
	}

	// A field where the number stands; a weight also shows its path.
	edit(k, part) {
		this.chosen = /^[wv]:/.test(k) && k;
		this.show();
		const form = this.at(".editor"),
			input = this.at(".editor input");
		const spot = part.isConnected ? part : (this.at(`.net [data-edit="${k}"]`) ?? this.el);
		const a = (spot.querySelector("text") ?? spot).getBoundingClientRect();
		const b = this.el.getBoundingClientRect();
		form.hidden = input.ariaInvalid = false;
		this.at(".editor span").textContent = this.plain(k);
		this.at(".editor output").textContent = "";
		input.value = full(this.value(k));
		const left = a.left - b.left + (a.width - form.offsetWidth) / 2;
		form.style.left = `${Math.max(4, Math.min(left, b.width - form.offsetWidth - 6))}px`;
		form.style.top = `${a.top - b.top + a.height / 2 - 22}px`;
		this.editing = k;
		this.focus(".editor input");
		input.select();
	}

	// By Enter ("entered"), by Escape ("cancel"), or by going elsewhere.
	leaveEditor(how) {
		const k = this.editing;
		if (!k) return;
		const input = this.at(".editor input");
		const { value, why } = number(input.value, k.split(":")[0]);
		if (why && how === "entered") {
			this.at(".editor output").textContent = why;
			input.ariaInvalid = true;
			return;
		}
		this.editing = null;
		this.at(".editor").hidden = true;
		if (!why && how !== "cancel" && value !== this.value(k)) this.assign(k, value);
		if (how) this.focus(`.net [data-edit="${k}"][tabindex]`);
	}

	// The same quantity lights up everywhere, and is read out in full.
	light(target) {
		const own = target?.closest("[data-q]");
		const keys = own ? own.dataset.q.split(" ").filter(Boolean) : [];
		if (keys.join() === this.lit) return;
		this.lit = keys.join();
		// "w:" is every w: in the code, in the general equation.
		const head = (k) => k.split(":")[0];
		const meets = (a, b) =>
			a === b || (head(a) === head(b) && (a.endsWith(":") || b.endsWith(":")));
		for (const node of this.every("[data-q]")) {
			node.classList.toggle(
				"lit",
				node.dataset.q.split(" ").some((a) => a && keys.some((b) => meets(a, b))),
			);
		}
		const { known } = this.look();
		this.at(".read").textContent = keys
			.filter((k) => known(k) && Number.isFinite(this.value(k)))
			.map(
				(k) =>
					`${this.plain(k)}${/_new/.test(k) ? " after the update" : ""} = ${full(this.value(k))}`,
			)
			.join("   ");
	}

	// ---- to take away

	python() {
		const { s } = this;
		const list = (value) => JSON.stringify(value).replace(/,/g, ", ");
		const f =
			s.transfer === "logistic"
				? `Logistic(alpha=${s.alpha})`
				: `transfer_function("${s.transfer}")`;
		return `import numpy as np
import backprop as bp

net = bp.Network(
${["w", "b", "v", "c"].map((name) => `    ${name}=${list(s[name])},`).join("\n")}
    f=bp.${f},
)
X = np.array(${list([s.X[s.example]])}, float)
D = np.array(${list([s.D[s.example]])}, float)
for step in bp.steps(net, X, D, eta=${s.eta}):
    print(step.name, *(f"{x:.4g}" for x in np.ravel(step.value)))
`;
	}

	giveCode() {
		const area = this.at("textarea");
		[area.hidden, area.value] = [false, this.python()];
		navigator.clipboard?.writeText(area.value).catch(() => area.select());
		this.at(".took").textContent = "Copied: it prints these numbers.";
	}

	givePicture() {
		const link = document.createElement("a");
		link.href = URL.createObjectURL(new Blob([this.picture()], { type: "image/svg+xml" }));
		link.download = `step-${this.s.step + 1}.svg`;
		link.click();
		this.at(".took").textContent = `Saved as ${link.download}.`;
	}

	picture() {
		const from = this.at(".net svg"),
			to = from.cloneNode(true);
		const originals = [...from.querySelectorAll("*")];
		to.querySelectorAll("*").forEach((node, n) => {
			const style = getComputedStyle(originals[n]);
			for (const { name } of [...node.attributes]) {
				if (/^(class|role|tabindex|aria|data)/.test(name)) node.removeAttribute(name);
			}
			for (const name of "fill stroke stroke-width stroke-dasharray opacity font text-anchor paint-order".split(
				" ",
			)) {
				node.style.setProperty(name, style.getPropertyValue(name));
			}
		});
		return new XMLSerializer().serializeToString(to);
	}
}

export default {
	render({ model, el }) {
		const instrument = new Instrument(model, el);
		return () => instrument.remove();
	},
};

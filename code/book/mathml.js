// How quantities are written: numbers, a line of text, MathML, and MathML in words.
//
//   math(tree, model, { world, signs })   a tree as MathML; with a world numbers stand for
//                                         its symbols, with signs symbols have their class
//   plain(key, model)                     a quantity in a few letters: "δ h1", "w i1 h2"
//   shown(x), full(x)                     a number to four digits, and to all of them
//
// The letters are those of the model. The key of a quantity ("w:0,1") is in data-q of what
// stands for it; "w:" stands for all of them.

import { evaluate, keyOf, nameOf, splitKey, unitsOf, valueAt } from "./engine.js";

// ---- numbers

export const full = (x) => String(x).replace("-", "−");
export const sign = (x) => (x < 0 ? "minus" : "plus");

export function shown(x, digits = 4) {
	const size = Math.abs(x);
	if (!(size && (size < 1e-4 || size >= 1e6))) return full(Number(x.toPrecision(digits)));
	const [mantissa, power] = x.toExponential(digits - 1).split("e");
	const raised = power
		.replace("+", "")
		.replace(/./g, (d) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(d)]);
	return `${full(Number(mantissa))}×10${raised}`;
}

// ---- symbols

/** The letter of a quantity, and what belongs to its name below and above: δ, "", "". */
function lettersOf(name, model) {
	const known = model.symbols[name.replace(/_new$/, "")];
	if (known) return [known.letter, known.below, known.above];
	const [letter, below = ""] = name.split("_");
	return [character(letter), below, ""];
}

/** A letter that has a name, by that name: σ for sigma. */
const character = (name) =>
	Object.keys(SPOKEN).find((sign) => /[α-ω]/.test(sign) && SPOKEN[sign] === name) ?? name;

/** A key as a tree: a symbol or a slope, with particular units if the key has a place. */
export function treeOf(k, model) {
	const [name, place] = splitKey(k.replace("_new:", ":"));
	const slope = model.equations.find((e) => e.name === name && e.lhs[0] !== "var")?.lhs;
	const letters = slope?.[0] === "d" ? unitsOf(slope) : (model.symbols[name]?.letters ?? []);
	const units = place.length ? place.map((n, k) => (letters[k] ?? "") + (n + 1)) : letters;
	if (slope?.[0] !== "d") return ["var", name, ...units];
	const cut = slope[1].length - 2;
	return [
		"d",
		["var", slope[1][1], ...units.slice(0, cut)],
		["var", slope[2][1], ...units.slice(cut)],
	];
}

/** A quantity in a few letters, as a name for the eye and the ear. */
export function plain(k, model) {
	const [, prime, rest] = /^(\w+')?(.*)$/.exec(k);
	if (prime) return `${prime.replace("'", "′")}(${plain(rest, model)})`;
	const t = treeOf(k, model);
	const letter = (part) => {
		const [own, below, above] = lettersOf(part[1], model);
		return own + above + (below && ` ${below}`);
	};
	return [
		t[0] === "d" ? `∂${letter(t[1])}/∂${letter(t[2])}` : letter(t),
		...unitsOf(t).filter((unit) => typeof unit === "string"),
	].join(" ");
}

// ---- MathML

const tag = (name, inner, q, kind) =>
	`<${name}${q ? ` data-q="${q}"` : ""}${kind ? ` class="${kind}"` : ""}>${inner}</${name}>`;
const row = (inner) => `<mrow>${inner}</mrow>`;
const fence = (inner, open = "(", close = ")") => row(`<mo>${open}</mo>${inner}<mo>${close}</mo>`);

export const formula = (inner) => `<math><mrow>${inner}</mrow></math>`;

export function numberMath(x, q) {
	const minus = x < 0 ? '<mo form="prefix" lspace="0" rspace="0">−</mo>' : "";
	return tag("mrow", `${minus}<mn>${shown(Math.abs(x))}</mn>`, q, `value ${sign(x)}`);
}

/** A symbol or a slope as MathML. */
export function symbolMath(t, model, q, kind) {
	if (t[0] === "d" || t[0] === "d2") {
		const by = (part) => `<mi>∂</mi>${symbolMath(part, model)}`;
		const power = t[0] === "d" ? "<mi>∂</mi>" : "<msup><mi>∂</mi><mn>2</mn></msup>";
		const above = row(power + symbolMath(t[1], model));
		return tag("mfrac", above + row(t.slice(2).map(by).join("")), q, kind);
	}
	const [letter, below, above] = lettersOf(t[1], model);
	const base = above ? `<msup><mi>${letter}</mi><mi>${above}</mi></msup>` : `<mi>${letter}</mi>`;
	const units = t.slice(2).map((unit) => unitMath(unit, model));
	if (below) units.unshift(word(below));
	return units.length
		? tag("msub", base + row(units.join(typeof t[2] === "object" ? "<mo>,</mo>" : "")), q, kind)
		: tag("mrow", base, q, kind);
}

const word = (text) => (/^\d+$/.test(text) ? `<mn>${text}</mn>` : `<mi>${text}</mi>`);

const unitMath = (unit, model) =>
	typeof unit === "string"
		? `<mi>${unit[0]}</mi>${unit[1] ? `<mn>${unit.slice(1)}</mn>` : ""}`
		: math(unit, model);

const RELATIONS = { lt: "&lt;", le: "≤", gt: ">", ge: "≥", ne: "≠", eq: "=" };
const TOTALS = { sum: "∑", prod: "∏", most: "max" };

// What binds looser than its surroundings is fenced.
const BINDS = { add: 1, sub: 1, neg: 2, mul: 3, odot: 3, sum: 3, prod: 3, most: 3, states: 3 };

export function math(tree, model, { world = null, signs = null } = {}, level = 0) {
	if (typeof tree === "string") return unitMath(tree); // a letter in index arithmetic
	const write = (t, inner = 0) => math(t, model, { world, signs }, inner);
	const list = (parts) => parts.map((part) => write(part)).join("<mo>,</mo>");
	const t = tree,
		[kind, a, b] = t;
	const k = keyOf(t);
	let binds = BINDS[kind] ?? 5,
		text;
	if (k && world) {
		const x = numberOf(t, k, world);
		if (x < 0) binds = 2;
		text = numberMath(x, k);
	} else if (k) {
		const q = /:\d|:$/.test(k) && !/,(,|$)/.test(k) ? k : `${k.split(":")[0]}:`;
		const sort = signs ? sign(numberOf(t, k, signs)) : "";
		text =
			kind === "call"
				? tag("mrow", nameMath(a) + fence(write(b)), q, sort)
				: symbolMath(t, model, q, sort);
	} else {
		text = {
			num: () => `<mn>${a}</mn>`,
			arr: () => `<mi mathvariant="bold">${lettersOf(a, model)[0]}</mi>`,
			neg: () => `<mo form="prefix">−</mo>${write(a, 3)}`,
			add: () =>
				t
					.slice(1)
					.map((part, n) => write(part, n && part[0] !== "add" ? 3 : 1))
					.join("<mo>+</mo>"),
			sub: () => `${write(a, 1)}<mo>−</mo>${write(b, 3)}`,
			mul: () =>
				t
					.slice(1)
					.map((part, n) => write(part, part[0] in TOTALS && n < t.length - 2 ? 4 : 3))
					.join(world ? "<mo>×</mo>" : '<mspace width="0.17em"/>'),
			odot: () => `${write(a, 3)}<mo>⊙</mo>${write(b, 3)}`,
			frac: () => `<mfrac>${write(a)}${write(b)}</mfrac>`,
			pow: () => `<msup>${write(a, 5)}${write(b)}</msup>`,
			gt: () => fence(`${write(a)}<mo>></mo>${write(b)}`, "[", "]"),
			norm: () => fence(write(a), "‖", "‖"),
			T: () => `<msup>${write(a, 5)}<mi>⊤</mi></msup>`,
			mean: () => {
				const inner = fence(write(a), "⟨", "⟩");
				return b ? `<msub>${inner}<mi>${b}</mi></msub>` : inner;
			},
			states: () =>
				`<munder><mo>∑</mo><mi mathvariant="bold">${lettersOf(a, model)[0]}</mi></munder>${write(b, 3)}`,
			call: () => callMath(t, write, list, world),
		}[kind]?.();
		text ??= totalMath(t, write);
	}
	return binds < level ? fence(text) : row(text);
}

function totalMath([kind, letter, body, condition], write) {
	const side = (unit) => (typeof unit === "string" ? `<mi>${unit}</mi>` : write(unit));
	const [relation, one, other] = condition ?? [];
	const sign = `<mo>${TOTALS[kind]}</mo>`;
	const from = `<mi>${letter}</mi>`;
	if (relation === "from")
		return `<munderover>${sign}${row(`${from}<mo>=</mo>${side(one)}`)}${side(other)}</munderover>${write(body, 3)}`;
	const below = condition ? row(`${side(one)}<mo>${RELATIONS[relation]}</mo>${side(other)}`) : from;
	return `<munder>${sign}${below}</munder>${write(body, 3)}`;
}

// What has no equation is a number all the same: a slope is found by nudging.
const numberOf = (t, k, world) =>
	/^\w+'/.test(k) || world.has(nameOf(t)) ? valueAt(k, world) : evaluate(t, world);

const nameMath = (name) =>
	`<mi>${character(name.replace("'", ""))}</mi>${name.endsWith("'") ? '<mo lspace="0" rspace="0">′</mo>' : ""}`;

function callMath([, name, ...values], write, list, world) {
	const own = world?.functions[name];
	if (name === "exp") return `<msup><mi>e</mi>${write(values[0])}</msup>`;
	if (name === "sqrt") return `<msqrt>${write(values[0])}</msqrt>`;
	if (name === "abs") return fence(write(values[0]), "|", "|");
	if (!own) return nameMath(name) + fence(list(values));
	// With numbers a function of the model is itself written out.
	const put = (part) => {
		if (!Array.isArray(part)) return part;
		if (part[0] !== "var" || part.length > 2) return part.map(put);
		if (part[1] === own.argument) return values[0];
		return part[1] in own.numbers ? ["num", full(own.numbers[part[1]])] : part;
	};
	return write(put(own.tree));
}

// ---- in words

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
	θ: "theta",
	σ: "sigma",
};

/** A formula on the page as a screen reader should say it. */
export function spoken(node) {
	const [first, second, third] = node.children;
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
		case "munderover":
			return `sum from ${spoken(second)} to ${spoken(third)} of`;
		default:
			return [...node.children].map(spoken).join(" ");
	}
}

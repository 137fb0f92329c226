// A typed answer, read and judged as judge.py does; see there for the rules.
//
//   read(text, said)                      {value, last, digits}, or {why}
//   suspects(label, place, world, mistakes)   what else could have been typed there
//   judge(text, right, suspects, said)    {kind, right, text, found}
//   upTo(places, page)                    which mistakes a chapter may name already
//   html(text)                            what is said as HTML: δ_o with its o below
//
// said is what judge.py says and measures with: {sentences, tolerance}. Texts are plain.

import { evaluate, places, resultName } from "./engine.js";

// ---- reading

const SPACES = /[\t\n\r\u00a0\u2000-\u200a\u202f\u205f\u3000]/g;
// What is written in several ways; each is one character, so that places stay.
const SAME = [
	[/[−–—‐‑﹣－]/g, "-"],
	[/[×·⋅∙]/g, "*"],
	[/[⁄∕÷]/g, "/"],
	[/[.,;!]$/, " "],
];
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const VULGAR = {
	"½": [1, 2],
	"⅓": [1, 3],
	"⅔": [2, 3],
	"¼": [1, 4],
	"¾": [3, 4],
	"⅕": [1, 5],
	"⅙": [1, 6],
	"⅛": [1, 8],
};
const POWER = "(?:(?:\\^|\\*\\*) *[({]? *([+-]? *[0-9]+) *[)}]?|([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)";
const NAME = /^.*[=≈≃≅~] */s;
const SIGN = /^(?:(minus|-)|plus|\+)? */i;
const RUN = /^(?:[0-9.,'’_]| (?=[0-9.,]))+/;
const TEN = new RegExp(`^10 *${POWER})`);
const EXPONENT = new RegExp(`^ *(?:e *([+-]? *[0-9]+)|[*x] *10 *${POWER}|([+-][0-9]+)))`, "i");
const PERCENT = /^ *%/;
const OVER = /^ *\/ */;
const UNIT = /^ *(?!e *(?:[+-]|$))[a-zµμω°å]+[²³]?(?: *\/ *[a-zµμω]+[²³]?)? *$/i;
const WHOLE = /^(?:[0-9]*|[0-9]{1,3}(?:([ '’_.,])[0-9]{3})(?:\1[0-9]{3})*)$/;
const AFTER = /^(?:[0-9]*|[0-9]{3}(?: [0-9]{3})*(?: [0-9]{1,3})?)$/;

const stripped = (text) => text.replace(/^ +| +$/g, "");

/** What was typed: the number, what its last digit counts, how many count; or {why}. */
export function read(text, { sentences }) {
	text = stripped(text.replace(SPACES, " "));
	if (!text) return { why: sentences.empty };
	const tidy = SAME.reduce((all, [pattern, one]) => all.replace(pattern, one), text);
	const start = NAME.exec(tidy)?.[0].length ?? 0;
	const [end, number] = quotient(tidy, start);
	if (!number) return { why: filled(sentences.unread, { text }) };
	if (stripped(tidy.slice(end)) && !UNIT.test(tidy.slice(end))) {
		const [head, rest] = [text.slice(start, end), text.slice(end)].map(stripped);
		return { why: filled(sentences.partly, { head, rest }) };
	}
	if (!Number.isFinite(number.value)) return { why: filled(sentences.large, { text }) };
	return number;
}

const filled = (sentence, parts) => sentence.replace(/\{(\w+)\}/g, (_, name) => parts[name]);

function quotient(text, start) {
	const [end, number] = plainNumber(text, start);
	const over = number && OVER.exec(text.slice(end));
	if (over) {
		const [after, below] = plainNumber(text, end + over[0].length);
		if (below?.value) return [after, { value: number.value / below.value, last: 0, digits: 99 }];
	}
	return [end, number];
}

function plainNumber(text, start) {
	const sign = SIGN.exec(text.slice(start));
	let at = start + sign[0].length,
		digits = "1",
		decimals = 0,
		exponent = 0;
	const vulgar = VULGAR[text[at]];
	if (vulgar) {
		const value = vulgar[0] / vulgar[1];
		return [at + 1, { value: sign[1] ? -value : value, last: 0, digits: 99 }];
	}
	let power = TEN.exec(text.slice(at));
	if (!power) {
		const run = RUN.exec(text.slice(at));
		const found = run && digitsOf(run[0]);
		if (!found) return [start, null];
		[digits, decimals] = found.slice(1);
		at += found[0];
		power = EXPONENT.exec(text.slice(at));
	}
	if (power) {
		at += power[0].length;
		exponent = powerOf(power.slice(1).find(Boolean));
	}
	const percent = PERCENT.exec(text.slice(at));
	if (percent) {
		at += percent[0].length;
		exponent -= 2;
	}
	const places = exponent - decimals;
	const value = Number(`${sign[1] ? "-" : ""}${digits}e${places}`);
	const counting = digits.replace(/^0+/, "").length;
	return [at, { value, last: Number(`1e${places}`), digits: counting }];
}

const powerOf = (text) =>
	Number(
		text
			.replace("⁻", "-")
			.replace(/[⁺ +]/g, "")
			.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (digit) => SUPERSCRIPTS.indexOf(digit)),
	);

// The longest beginning of a run that is a number: its length, its digits, how many of
// them stand after the point.
function digitsOf(run) {
	for (let end = run.length; end > 0; end--) {
		if (run[end - 1] === " " || (end < run.length && run[end] !== " ")) continue;
		const found = decimal(run.slice(0, end));
		if (found) return [end, ...found];
	}
	return null;
}

function decimal(run) {
	const points = run.match(/[.,]/g) ?? [];
	const last = points.at(-1);
	const grouped = points.length > 1 && new Set(points).size === 1; // 1,234,567
	if (points.length > 1 && !grouped && points.filter((point) => point === last).length > 1) {
		return null;
	}
	const at = grouped || !points.length ? run.length : run.lastIndexOf(last);
	const parts = [run.slice(0, at), run.slice(at + 1)];
	if (!WHOLE.test(parts[0]) || !AFTER.test(parts[1])) return null;
	const [whole, after] = parts.map((part) => part.replace(/[^0-9]/g, ""));
	return whole + after ? [whole + after, after.length] : null;
}

// ---- judging

// How well a typed number fits a value.
const [NOT, SHORT, WAY, ROUNDED, VERY] = [0, 1, 2, 3, 4];

const FEW = 5; // digits of a number that is written out in full

// What the last digit of a number counts that has few of them; of others, 0.
function ends(value) {
	const [digits, power] = value.toExponential(11).split("e");
	const count = digits.replace(/[-.]/g, "").replace(/0+$/, "").length;
	return value && count <= FEW ? Number(`1e${Number(power) - count + 1}`) : 0;
}

/** Whether two values are one, but for the last bits. */
export const same = (a, b, tolerance) =>
	Math.abs(a - b) <= tolerance.same * Math.max(Math.abs(a), Math.abs(b));

// How many of the digits typed count for a value: none if they do not reach it.
const shown = (typed, value) =>
	value && typed.last <= Number(`1e${value.toExponential().split("e")[1]}`) ? typed.digits : 0;

const rounded = (typed, value) => Math.abs(typed.value - value) <= 0.5 * typed.last * (1 + 1e-9);

function fit(typed, value, tolerance) {
	if (same(typed.value, value, tolerance)) return VERY;
	const digits = rounded(typed, value) && shown(typed, value);
	if (digits) return digits > 1 ? ROUNDED : SHORT;
	return Math.abs(typed.value - value) <= tolerance.way * Math.abs(value) ? WAY : NOT;
}

// Close by, or cut off after some digits.
function near(typed, value, tolerance) {
	const size = Math.abs(value),
		given = Math.abs(typed.value);
	const cut = typed.digits > 1 && given < size && size < given + typed.last;
	const by = Math.abs(typed.value - value) <= tolerance.near * size * (1 + 1e-9);
	return typed.value * value > 0 && (by || (cut && shown(typed, value) > 1));
}

/** The mistakes in an equation, each with what is said of it and the line that mends it. */
export function mistakesIn(label, book) {
	const { code, mistakes } = book.equations[label];
	const mend = code?.[1][1].trim();
	return mistakes.map((one) => ({ mend, ...book.mistakes[one.id], ...one }));
}

/**
 * What could be typed where a quantity is asked for, at a place counted from 0: {here,
 * made_of, never_negative, mistakes, neighbours, quantities}, each of a list {name, value}
 * and more.
 */
export function suspects(label, place, world, mistakes) {
	const { model, results } = world;
	const order = model.equations.map((one) => one.label);
	const own = model.equations[order.indexOf(label)];
	const written = (equation, where) => {
		const units = equation.letters.map((letter, k) => `${letter}${where[k] + 1}`).join("");
		const after = equation.relation === "=" ? "" : " after the update";
		return equation.written + (units && `_${units}`) + after;
	};
	const at = (equation, where) => ({
		name: written(equation, where),
		value: world.get(resultName(equation), where),
	});
	const index = Object.fromEntries(
		own.letters.map((letter, k) => [letter, world.range(letter)[0] + place[k]]),
	);
	const others = places(own.letters, world.sizes).filter((other) => `${other}` !== `${place}`);
	const before = results
		.map((result) => model.equations[order.indexOf(result.label)])
		.filter((other) => order.indexOf(other.label) < order.indexOf(label))
		.filter((other) => other.letters.length && `${other.letters}` === `${own.letters}`);
	return {
		here: written(own, place),
		made_of: madeOf(own.rhs),
		never_negative: neverNegative(own.rhs),
		mistakes: wrongValues(mistakes, world, index),
		neighbours: others.map((other) => at(own, other)),
		quantities: before.map((other) => at(other, place)),
	};
}

/** What a reader goes through in an equation: its "factors", "terms" or "parts". */
export function madeOf([kind, ...inner]) {
	if (/^(add|sub|sum)$/.test(kind)) return "terms";
	if (!/^(mul|odot|prod)$/.test(kind)) return "parts";
	const kept = kind === "prod" ? [] : inner.filter((part) => !constant(part));
	return kept.length === 1 ? madeOf(kept[0]) : "factors";
}

const constant = ([kind, ...inner]) => kind === "num" || (kind === "frac" && inner.every(constant));

// Whether it can be seen of a tree that no number it gives is below 0.
function neverNegative([kind, ...inner]) {
	if (kind === "pow") return `${inner[1]}` === "num,2";
	if (/^(sum|prod)$/.test(kind)) return neverNegative(inner[1]);
	if (/^(mul|add|frac)$/.test(kind)) return inner.every(neverNegative);
	return kind === "num";
}

// The mistakes that can be made here, each with the value it gives.
function wrongValues(mistakes, world, index) {
	const chosen = Object.values(world.functions).map(({ name }) => name);
	const square = (name) => new Set(world.table(name).axes.map(([a, b]) => b - a)).size === 1;
	return mistakes
		.filter((m) => (!m.only || chosen.includes(m.only)) && (!m.square || square(m.square)))
		.map((m) => ({ ...m, value: evaluate(m.tree, world, index) }))
		.filter((m) => Number.isFinite(m.value));
}

const TENS = [10, 0.1, 100, 0.01, 1000, 0.001];

// What a wrong number could be, the sign first. What has the right number itself is none; of
// another quantity with the number of a mistake, the mistake says more.
function readings(right, around, { sentences, tolerance }) {
	const { here, mistakes, neighbours, quantities } = around;
	const equal = (a, b) => same(a, b, tolerance);
	const found = mistakes.map((one) => ({ ...one, kind: "mistake" }));
	const say = (kind, name, sentence, value) =>
		found.push({ kind, id: kind, name, sentence, value });
	if (!found.some((one) => one.id === "sign" && equal(one.value, -right))) {
		const never = around.never_negative && filled(sentences.never, { here });
		say("sign", sentences.sign, never || sentences["sign sentence"], -right);
	}
	found.sort((a, b) => (b.id === "sign") - (a.id === "sign"));
	const asked = filled(sentences["neighbour sentence"], { here });
	for (const [kind, others] of [
		["neighbour", neighbours],
		["quantity", quantities],
	]) {
		for (const { name, value } of others) {
			if (found.some((other) => equal(value, other.value))) continue;
			say(kind, filled(sentences.neighbour, { there: name }), asked, value);
		}
	}
	for (const ten of TENS) {
		say("decimal", sentences.decimal, sentences["decimal sentence"], right * ten);
	}
	return found.filter((one) => !equal(one.value, right));
}

const NOTHING = {
	here: "",
	made_of: "factors",
	never_negative: false,
	mistakes: [],
	neighbours: [],
	quantities: [],
};

/** What a typed text is, where that number is asked for, and what is said of it. */
export function judge(text, right, suspects, said) {
	const { sentences, tolerance } = said;
	const around = { ...NOTHING, ...suspects };
	const typed = read(text, said);
	const answer = (kind, ok, said, found = []) => ({
		kind,
		right: ok,
		text: said.filter(Boolean).join(" "),
		found,
	});
	if (typed.why)
		return answer(typed.why === sentences.empty ? "empty" : "unread", false, [typed.why]);
	const fits = (value) => fit(typed, value, tolerance);
	const all = readings(right, around, said).map((one) => ({ one, level: fits(one.value) }));
	const best = Math.max(NOT, ...all.map(({ level }) => level));
	const found = all.filter(({ level }) => level === best).map(({ one }) => one);
	const fitting = fits(right);
	const exact = fitting === WAY && typed.last > 0 && typed.last < 0.5 * ends(right);
	const own = exact ? NOT : fitting;
	if (own && own >= best) {
		const kind = { [WAY]: "way", [SHORT]: "short" }[own] ?? "right";
		return answer(kind, true, [sentences[kind]]);
	}
	if (own === ROUNDED) {
		return answer("digit", false, [filled(sentences.either, { names: names(found) })], found);
	}
	if (best >= WAY) {
		const kind = found.length === 1 ? found[0].kind : "several";
		return answer(kind, false, [told(found, sentences)], found);
	}
	if (right && !typed.value && Math.abs(right) <= 0.5) {
		return answer("digit", false, [sentences.small]);
	}
	if (rounded(typed, right) && !shown(typed, right)) {
		return answer("digit", false, [sentences.digit]);
	}
	if (near(typed, right, tolerance)) {
		return answer("near", false, [sentences[exact ? "exact" : "near"]]);
	}
	if (around.never_negative && typed.value < 0) {
		return answer("sign", false, [filled(sentences.never, around)]);
	}
	if (fits(-right) === SHORT) return answer("sign", false, [`${sentences.sign}.`]);
	if (near(typed, -right, tolerance)) return answer("sign", false, [sentences["sign near"]]);
	if (TENS.some((ten) => fits(-right * ten) >= WAY)) {
		return answer("sign decimal", false, [sentences["sign decimal"]]);
	}
	const [kind, key] = seen(typed.value, right);
	return answer(kind, false, [sentences[key], sentences[around.made_of]]);
}

const names = (found) => found.map((one) => `“${one.name}”`).join(" and ");

// What readings are called, with what mends them; of more than two the first.
function told(found, sentences) {
	const [first, ...others] = found.filter(
		(one, k) => found.findIndex((other) => other.name === one.name) === k,
	);
	const full = (one) => `${one.name}. ${one.sentence}`;
	if (!others.length) return full(first);
	const end =
		others.length === 1
			? `${sentences.or} ${full(others[0])}`
			: filled(sentences.also, { names: others.map((one) => one.name).join("; ") });
	return `${sentences.several} ${full(first)} ${end}`;
}

// What can be seen of a number that nothing explains.
function seen(value, right) {
	if (!value) return ["size", "zero"];
	if (!right) return ["size", "too large"];
	const size = Math.abs(value) > Math.abs(right) ? "large" : "small";
	return value * right < 0 ? ["both", `both ${size}`] : ["size", `${size} size`];
}

/**
 * Whether a mistake speaks only of equations that a page may speak of: those of its own
 * chapter and of earlier ones. A page that is no chapter may speak of all.
 */
export function upTo(places, page) {
	const chapter = (address) => Number(/(\d\d)-[^/]*$/.exec(address)?.[1] ?? Number.NaN);
	const here = chapter(page);
	return ({ speaks = [] }) => !speaks.some((label) => chapter(places[label]?.chapter) > here);
}

/** A plain text as HTML; what follows "_" stands below. */
export const html = (text) =>
	text
		.replace(/&/g, "&amp;")
		.replace(/</g, "&lt;")
		.replace(/_(\w+)/g, "<sub>$1</sub>");

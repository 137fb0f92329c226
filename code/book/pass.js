// One pass of a model: what is given, in which order the rest is computed, what the reader
// changed. Nothing is drawn here, and no model is known by name.
//
//   new Pass(book, state)   book: the model as data, and what the screen adds to it
//   pass.stops              {phase, label, places}: what is computed together, in order
//   pass.look(open)         what a picture has to know of the stop it stands at
//   fitting(start, changes, book)   a state out of an address, or null
//
// A state is plain data: what is given, by name, with a row per example where `rows` says
// so; functions, ranges and phases; and where the reader is: example, step, view …

import {
	computed,
	differing,
	evaluate,
	instance,
	key,
	keyOf,
	partial,
	parts,
	places,
	range,
	resultName,
	splitKey,
	valueAt,
} from "./engine.js";
import { mistakesIn } from "./judge.js";
import { plain, treeOf } from "./mathml.js";

const isList = Array.isArray;
const LIMIT = 1e6;
const MOST = 12; // units of a layer that a reader may add to
export const copy = (value) => JSON.parse(JSON.stringify(value));
export const equal = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// ---- what a model has, whatever it is

/** The book with the equations that are computed, in order, and what follows from them. */
export function bookOf(book) {
	const { model, equations } = book;
	const found = model.equations
		.filter(({ label }) => label in equations)
		.map((equation) => [equation.label, { ...equation, ...equations[equation.label] }]);
	const slopes = [
		...model.equations.map(({ lhs }) => lhs),
		...model.laws.flatMap((law) => law.equations.map(([, , tree]) => tree)),
	].filter((tree) => tree[0] === "d");
	return {
		...book,
		equations: Object.fromEntries(found),
		// What a step changes for good, and what it is to make small.
		learned: found.map(([, e]) => e).filter((e) => e.relation !== "="),
		goal: slopes.length && slopes[0][1].length === 2 ? slopes[0][1][1] : null,
	};
}

function worldOf({ model }, s, instead) {
	const given = Object.entries(s.given).map(([name, value]) => [
		name,
		s.rows.includes(name) ? value[s.example] : value,
	]);
	const { functions, ranges } = s;
	return computed(model, { ...Object.fromEntries(given), functions, ranges }, instead);
}

/** How many examples a state has. */
export const examplesOf = (s) => (s.rows.length ? s.given[s.rows[0]].length : 1);

// The scan of what reads itself one step before or after: a delta through time.
function ownScan({ name, letters, rhs }, model) {
	let found = null;
	const walk = (t) => {
		if (!isList(t)) return;
		for (const unit of t[0] === "var" && t[1] === name ? t.slice(2) : []) {
			const scan = isList(unit) && letters.find((one) => one in model.scan && unit.includes(one));
			if (scan) found = { scan, backward: unit[0] === "add" };
		}
		t.forEach(walk);
	};
	walk(rhs);
	return found;
}

// What is computed together, in the order of computing; a scan goes step by step.
function orderOf({ model, equations }, view, world) {
	const scanOf = (equation) =>
		model.laws.find((law) => law.scan && law.equations.some(([own]) => own === equation.name)) ??
		ownScan(equation, model);
	const groups = [];
	for (const equation of Object.values(equations)) {
		const scan = scanOf(equation);
		if (scan && groups.at(-1)?.scan === scan) groups.at(-1).members.push(equation);
		else groups.push({ scan, members: [equation] });
	}
	const each = (equation, all) => {
		const split = view === "unit" ? all.map((place) => [place]) : [all];
		return split.map((together) => ({ label: equation.label, places: together }));
	};
	return groups.flatMap(({ scan, members }) => {
		const all = members.map((e) => [e, places(e.letters, world.sizes)]);
		if (!scan) return all.flatMap(([e, found]) => each(e, found));
		const turns = range(world.sizes[scan.scan]);
		if (scan.backward) turns.reverse();
		return turns.flatMap((turn) =>
			all.flatMap(([e, found]) =>
				each(
					e,
					found.filter((place) => place[e.letters.indexOf(scan.scan)] === turn),
				),
			),
		);
	});
}

// ---- random starts and sizes

function generator(seed) {
	let a = Math.imul(seed + 1, 2654435769);
	return () => {
		a = (Math.imul(a ^ (a >>> 15), 2246822519) + 1013904223) >>> 0;
		return Math.round(a / 2147483.648 - 1000) / 1000;
	};
}

const filled = (value, random) =>
	isList(value) ? value.map((inner) => filled(inner, random)) : random();

/** The kinds of units that nothing but what is learned has: they can come and go. */
export function elastic({ model, learned }, s) {
	const names = new Set(learned.map(({ name }) => name));
	const kinds = (name) => model.symbols[name]?.kinds ?? [];
	const fixed = new Set([
		...Object.keys(s.given)
			.filter((name) => !names.has(name))
			.flatMap(kinds),
		...Object.keys(s.ranges).map((letter) => model.indices[letter]),
	]);
	return [...new Set([...names].flatMap(kinds))].filter((kind) => !fixed.has(kind));
}

/** The same with another number of units of one kind: new ones start at random. */
export function resized({ model }, s, kind, size) {
	const random = generator(size);
	const fit = (value, kinds) => {
		if (!kinds.length) return value;
		const [own, ...inner] = kinds;
		if (own !== kind) return value.map((one) => fit(one, inner));
		return range(size).map((k) => (k in value ? fit(value[k], inner) : filled(value[0], random)));
	};
	const given = Object.entries(s.given).map(([name, value]) => {
		const kinds = model.symbols[name]?.kinds ?? [];
		return [name, kinds.includes(kind) ? fit(value, kinds) : value];
	});
	return Object.fromEntries(given);
}

/** What is learned, drawn anew. */
export function randomStart({ learned }, s, seed) {
	const random = generator(seed);
	const names = Object.keys(s.given).filter((name) => learned.some((e) => e.name === name));
	return { ...s.given, ...Object.fromEntries(names.map((n) => [n, filled(s.given[n], random)])) };
}

// ---- a state out of an address

const isWhole = (x, least = 0, most = 1e5) => Number.isInteger(x) && x >= least && x <= most;
const isNumber = (x) => typeof x === "number" && Math.abs(x) < LIMIT;
const isPlain = (x) => Boolean(x) && typeof x === "object" && !isList(x);

// Numbers nested alike.
const alike = (a, b) =>
	isList(b)
		? isList(a) && a.length === b.length && a.every((one, k) => alike(one, b[k]))
		: isNumber(a);

const CHECKS = {
	example: (x, s) => isWhole(x, 0, examplesOf(s) - 1),
	step: (x) => isWhole(x),
	seed: (x) => isWhole(x, 0, LIMIT),
	view: (x) => x === "unit" || x === "layer",
	ask: (x) => typeof x === "boolean",
	open: (x) => x === 1,
	errors: (x) => isList(x) && x.length <= 1000 && x.every(isNumber),
	chosen: (x) => typeof x === "string",
	functions: (x, s, book) =>
		isPlain(x) &&
		equal(Object.keys(x), Object.keys(s.functions)) &&
		Object.entries(x).every(([letter, { name, ...numbers } = {}]) => {
			const known = Object.hasOwn(book.functions[letter], name) && book.functions[letter][name];
			return (
				known &&
				equal(Object.keys(numbers), Object.keys(known.numbers)) &&
				Object.entries(numbers).every(([n, x]) => isNumber(x) && allowed(n, x, book))
			);
		}),
	given(x, s, book) {
		if (!isPlain(x)) return false;
		const sizes = elastic(book, s).map((kind) => [kind, sizeIn(x, kind, book)]);
		let like = s.given;
		for (const [kind, size] of sizes) {
			if (size === undefined) continue;
			if (!isWhole(size, 1, MOST)) return false;
			like = resized(book, { ...s, given: like }, kind, size);
		}
		const whole = { ...s.given, ...x };
		return (
			equal(Object.keys(whole), Object.keys(like)) &&
			Object.entries(whole).every(
				([name, value]) =>
					alike(value, like[name]) && (isList(value) || allowed(name, value, book)),
			)
		);
	},
};

// How many units of a kind there are in given quantities; undefined where none has it.
function sizeIn(given, kind, { model }) {
	for (const [name, value] of Object.entries(given)) {
		const axis = (model.symbols[name]?.kinds ?? []).indexOf(kind);
		if (axis < 0) continue;
		let inner = value;
		for (let k = 0; k < axis; k++) inner = inner?.[0];
		return isList(inner) ? inner.length : null;
	}
	return undefined;
}

const allowed = (name, x, { model }) => x > 0 || !model.positive.includes(name);

/** The state that changes out of an address make of a start; null if they make none. */
export function fitting(start, changes, book) {
	if (!isPlain(changes)) return null;
	for (const [name, value] of Object.entries(changes)) {
		if (!Object.hasOwn(CHECKS, name) || !CHECKS[name](value, start, book)) return null;
	}
	const { open, chosen, ...own } = changes;
	const given = { ...start.given, ...own.given };
	const s = { ...start, ...own, given };
	try {
		const pass = new Pass(book, { ...s });
		if (s.step !== pass.s.step || !pass.finite()) return null;
		if (chosen && !(pass.editable(chosen) && Number.isFinite(pass.value(chosen)))) return null;
	} catch {
		return null;
	}
	return { s, open, chosen };
}

// ---- the pass

export class Pass {
	constructor(book, s) {
		Object.assign(this, { book, s, model: book.model });
		this.world = worldOf(book, s);
		const chosen = Object.entries(s.phases).flatMap(([phase, labels]) =>
			labels.map((label) => [label, phase]),
		);
		const phaseOf = new Map(chosen);
		this.order = orderOf(book, s.view, this.world);
		this.at = new Map(); // key -> when in the whole pass it is computed
		this.stops = [];
		this.order.forEach((stop, n) => {
			const name = resultName(book.equations[stop.label]);
			for (const place of stop.places) this.at.set(key(name, place), n);
			const phase = phaseOf.get(stop.label);
			if (phase) this.stops.push({ ...stop, phase, n });
		});
		s.step = Math.max(0, Math.min(s.step, this.stops.length - 1));
		if (s.compare) this.compare(s.compare);
	}

	// Beside it, the pass with a mistake in it.
	compare(id) {
		const instead = {};
		for (const label of Object.keys(this.book.equations)) {
			const m = mistakesIn(label, this.book).find(
				(one) => id === one.id || id === `${label}/${one.id}`,
			);
			if (m) [instead[label], this.wrongName] = [m.tree, m.name];
		}
		this.wrong = { instead, world: worldOf(this.book, this.s, instead) };
	}

	get stop() {
		return this.stops[this.s.step];
	}
	get equation() {
		return this.book.equations[this.stop.label];
	}
	get results() {
		return this.stop.places.map((place) => key(resultName(this.equation), place));
	}
	get alone() {
		return this.stop.places.length === 1;
	}

	value(k) {
		// A function may have a number that the model has no symbol for.
		const [name] = k.split(":");
		const own = Object.values(this.s.functions).find((one) => Object.hasOwn(one, name));
		return own && !this.world.has(name) ? own[name] : valueAt(k, this.world);
	}
	name(k) {
		return plain(k, this.model);
	}
	finite() {
		return this.world.results.every(({ value }) => [value].flat(Infinity).every(Number.isFinite));
	}

	/** Which number each index letter of the equation has at a place. */
	index(place, { letters } = this.equation) {
		return Object.fromEntries(letters.map((u, j) => [u, place[j] + this.world.range(u)[0]]));
	}
	/** The right side as it is computed: what was updated before is read as it is afterwards. */
	get right() {
		const law = this.world.laws[resultName(this.equation)];
		return law?.label === this.equation.label ? law.tree : this.equation.rhs;
	}
	/** A tree of the equation for one place. */
	bound(tree, place, equation = this.equation) {
		return instance(tree, this.index(place, equation), this.world);
	}

	/** Names that have to do with this stepper: what its last stop and all before it read. */
	get names() {
		return (this.all ??= this.everyName());
	}

	everyName() {
		const last = this.stops.at(-1).n;
		const found = new Set();
		for (const { label } of this.order.slice(0, last + 1)) {
			const equation = this.book.equations[label];
			found.add(resultName(equation));
			const leaves = [...parts(equation.rhs)].map((k) => k.split(":")[0].replace(/^\w+'/, ""));
			for (const name of leaves) {
				found.add(name);
				const other = this.model.outside[name];
				if (typeof other === "string") found.add(other);
			}
			for (const { name, numbers } of Object.values(this.world.functions)) {
				if (name) for (const own of Object.keys(numbers)) found.add(own);
			}
		}
		return found;
	}

	known(k, open) {
		const at = this.at.get(k.replace(/^\w+'/, ""));
		return at === undefined || at < this.stop.n || (at === this.stop.n && open);
	}

	/** What a picture has to know. */
	look(open, more = {}) {
		const taking = new Set();
		for (const place of this.stop.places) parts(this.bound(this.equation.rhs, place), taking);
		for (const k of [...taking]) taking.add(k.replace(/^\w+'/, ""));
		return {
			known: (k) => this.known(k, open),
			names: this.names,
			parts: taking,
			results: new Set(this.results),
			changed: new Set(),
			path: new Set(),
			plain: (k) => this.name(k),
			unit: (letter, n) => this.unit(letter, n),
			editable: (k) => this.editable(k),
			equation: this.equation,
			...more,
		};
	}

	/** A unit in words: "hidden unit 1". */
	unit(letter, n) {
		return `${this.book.nouns[letter] ?? letter} ${n + 1}`;
	}

	/** A place of an equation in words: "of hidden unit 1 and output unit 2". */
	where(place, letters = this.equation.letters) {
		return place.map((n, k) => this.unit(letters[k], n)).join(", ");
	}

	// -- what the reader changes

	editable(k) {
		const name = k.split(":")[0];
		return (
			Object.hasOwn(this.s.given, name) ||
			Object.values(this.s.functions).some((own) => name !== "name" && Object.hasOwn(own, name))
		);
	}

	/** The changes that give a quantity another number; a sentence if it cannot be. */
	assigned(k, value) {
		const [name, place] = splitKey(k);
		if (!allowed(name, value, this.book)) return `${this.name(k)} must be above 0.`;
		const given = copy(this.s.given),
			functions = copy(this.s.functions);
		if (Object.hasOwn(given, name)) {
			const path = [name, ...(this.s.rows.includes(name) ? [this.s.example] : []), ...place];
			path.slice(0, -1).reduce((inner, at) => inner[at], given)[path.at(-1)] = value;
		} else {
			for (const own of Object.values(functions)) if (name in own) own[name] = value;
		}
		return this.tried({ given, functions, errors: [] });
	}

	// Changes that leave every number a number; else why they do not.
	tried(changes) {
		try {
			const next = new Pass(this.book, { ...this.s, ...changes });
			return next.finite() ? changes : "With this, what follows is no number.";
		} catch (error) {
			return `It cannot be: ${error.message}.`;
		}
	}

	/** The keys whose numbers another pass has otherwise. */
	differing(before) {
		return differing(before.world, this.world);
	}

	// -- learning

	meanGoal(s = this.s) {
		const all = range(examplesOf(s)).map((example) =>
			worldOf(this.book, { ...s, example }).get(this.book.goal),
		);
		return all.reduce((sum, x) => sum + x, 0) / all.length;
	}

	/** What is learned becomes what is given, so many times; null if numbers run away. */
	trained(times) {
		const s = copy(this.s);
		const { learned, goal } = this.book;
		if (goal && !s.errors.length) s.errors = [this.meanGoal(s)];
		for (let k = 0; k < times; k++) {
			const world = worldOf(this.book, s);
			for (const { name } of learned)
				if (name in s.given) s.given[name] = world.value(`${name}_new`);
			const now = learned.map(({ name }) => s.given[name]);
			if (goal) s.errors.push(this.meanGoal(s));
			if (![...now, s.errors].flat(Infinity).every(isNumber)) return null;
			s.example = (s.example + 1) % examplesOf(s);
		}
		return { ...s, errors: s.errors.slice(-1000), step: 0 };
	}

	// -- from the goal back to one quantity

	// key -> what is computed from it, towards the goal: [key, its tree].
	get feeds() {
		if (this.found) return this.found;
		this.found = new Map();
		for (const equation of Object.values(this.book.equations)) {
			if (equation.relation !== "=" || equation.lhs[0] !== "var") continue;
			for (const place of places(equation.letters, this.world.sizes)) {
				const tree = this.bound(equation.rhs, place, equation);
				for (const k of parts(tree)) {
					if (!this.found.has(k)) this.found.set(k, []);
					this.found.get(k).push([key(equation.name, place), tree]);
				}
			}
		}
		return this.found;
	}

	/**
	 * The ways from a quantity to the goal, each a list of [key, factor]: how much what it
	 * leads to changes with what it comes from. At most `most` of them, and how many more.
	 */
	ways(k, most = 6) {
		const goal = key(this.book.goal);
		const reaches = new Map([[goal, 1]]);
		const count = (one) => {
			if (reaches.has(one)) return reaches.get(one);
			reaches.set(one, 0);
			const all = (this.feeds.get(one) ?? []).reduce((sum, [next]) => sum + count(next), 0);
			reaches.set(one, all);
			return all;
		};
		const total = count(k);
		const found = [];
		const walk = (one, hops) => {
			if (found.length >= most) return;
			if (one === goal) return found.push(hops);
			for (const [next, tree] of this.feeds.get(one) ?? []) {
				if (reaches.get(next)) walk(next, [...hops, [next, partial(tree, one, this.world)]]);
			}
		};
		walk(k, []);
		return { ways: found, more: total - found.length };
	}

	/** Every key on the ways from a quantity to the goal, slopes and weights with them. */
	path(k) {
		const found = new Set([k]);
		const slopeOf = (one) => {
			const [name, place] = splitKey(one);
			const own = this.model.laws
				.flatMap((law) => law.equations)
				.find(([, , tree]) => tree[0] === "d" && tree.at(-1)[1] === name)?.[0];
			return [key(own ?? `d${this.book.goal}_d${name}`, place)];
		};
		for (const way of this.ways(k, 100).ways) {
			let from = k;
			for (const [to] of way) {
				const [, tree] = this.feeds.get(from).find(([one]) => one === to);
				for (const one of beside(tree, from)) found.add(one);
				found.add(to);
				from = to;
			}
		}
		for (const one of [...found]) for (const slope of slopeOf(one)) found.add(slope);
		return found;
	}

	/** How the goal changes with a quantity: the sum over all ways. */
	total(k) {
		return evaluate(["d", ["var", this.book.goal], treeOf(k, this.model)], this.world);
	}
}

// What a leaf is multiplied with.
function beside(tree, k, found = []) {
	if (!isList(tree)) return found;
	if (tree[0] === "mul" && tree.some((part) => isList(part) && keyOf(part) === k)) {
		for (const one of parts(tree)) if (one !== k) found.push(one);
	}
	for (const part of tree) beside(part, k, found);
	return found;
}

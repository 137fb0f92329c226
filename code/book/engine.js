// The one engine of trees: equations, given as data, to numbers.
//
// Stepper, exercise and descent import it, and a page loads it once. Parts: numbers (that
// may carry a slope), worlds (the quantities of a model, and a tree to a number), keys (a
// quantity by name and place).
// It draws nothing and knows no equation of its own.
//
//   computed(model, given, instead)   the world of an instance, every quantity computed
//   evaluate(tree, world, index)      the number that a tree stands for in a world
//
// A model is what Model.data() of book/model.py says; book/trees.py says what a tree is.

export const range = (n) => Array.from({ length: n }, (_, k) => k);

// ---- numbers, and numbers with a slope

// In ∂A/∂B and in f', a number carries how it changes with what is nudged. A slope within
// a slope has the larger tag and lies outside.
class Dual {
	constructor(value, slope, tag) {
		Object.assign(this, { value, slope, tag });
	}
}

let tags = 0;

const real = (a) => {
	while (typeof a !== "number") a = a.value;
	return a;
};

const slopeOf = (a, tag) => (a.tag === tag ? a.slope : 0);

const size = (a) => (typeof a === "number" ? Math.abs(a) : Math.max(size(a.value), size(a.slope)));

// An operation on plain numbers, and its slope by the first and by the second of them.
function binary(plain, byFirst, bySecond) {
	const apply = (a, b) => {
		if (typeof a === "number" && typeof b === "number") return plain(a, b);
		const tag = Math.max(a.tag ?? 0, b.tag ?? 0);
		const p = a.tag === tag ? a.value : a,
			dp = slopeOf(a, tag);
		const q = b.tag === tag ? b.value : b,
			dq = slopeOf(b, tag);
		const first = dp === 0 ? 0 : mul(dp, byFirst(p, q));
		const second = dq === 0 ? 0 : mul(dq, bySecond(p, q));
		return new Dual(apply(p, q), add(first, second), tag);
	};
	return apply;
}

function unary(plain, by) {
	const apply = (a) =>
		typeof a === "number" ? plain(a) : new Dual(apply(a.value), mul(a.slope, by(a.value)), a.tag);
	return apply;
}

const add = binary(
	(a, b) => a + b,
	() => 1,
	() => 1,
);
const sub = binary(
	(a, b) => a - b,
	() => 1,
	() => -1,
);
const mul = binary(
	(a, b) => a * b,
	(_, b) => b,
	(a) => a,
);
const neg = (a) => sub(0, a);
const div = binary(
	(a, b) => a / b,
	(_, b) => div(1, b),
	(a, b) => neg(div(a, mul(b, b))),
);
const pow = binary(
	(a, b) => a ** b,
	(a, b) => mul(b, pow(a, sub(b, 1))),
	(a, b) => mul(pow(a, b), log(a)),
);
const log = unary(Math.log, (a) => div(1, a));
const cosh = unary(Math.cosh, (a) => sinh(a));
const sinh = unary(Math.sinh, cosh);

const OPERATIONS = {
	neg,
	sub,
	pow,
	frac: div,
	add: (...terms) => terms.reduce(add),
	mul: (...factors) => factors.reduce(mul),
	odot: mul,
	gt: (a, b) => (real(a) > real(b) ? 1 : 0),
};

const FUNCTIONS = {
	log,
	exp: unary(Math.exp, (a) => FUNCTIONS.exp(a)),
	sqrt: unary(Math.sqrt, (a) => div(0.5, FUNCTIONS.sqrt(a))),
	// Not 1 − tanh²: where tanh is close to 1, that difference has no digits left.
	tanh: unary(Math.tanh, (a) => pow(div(1, cosh(a)), 2)),
	sin: unary(Math.sin, (a) => FUNCTIONS.cos(a)),
	cos: unary(Math.cos, (a) => neg(FUNCTIONS.sin(a))),
	sign: (a) => Math.sign(real(a)),
	abs: (a) => mul(a, Math.sign(real(a))),
	max: (a, b) => (real(a) >= real(b) ? a : b),
	min: (a, b) => (real(a) <= real(b) ? a : b),
};

const CONDITIONS = {
	lt: (a, b) => a < b,
	le: (a, b) => a <= b,
	gt: (a, b) => a > b,
	ge: (a, b) => a >= b,
	ne: (a, b) => a !== b,
	eq: (a, b) => a === b,
};

// ---- what a model says

const isTree = Array.isArray;

/** The name of a symbol, or of a slope that an equation gives: delta_h, dE_dv. */
export const nameOf = (t) =>
	({
		d: () => `d${t[1][1]}_d${t[2][1]}`,
		d2: () => `d2${t[1][1]}_d${t[2][1]}d${t[3][1]}`,
	})[t[0]]?.() ?? t[1];

/** The units of a symbol; of a slope, those of its parts. */
export const unitsOf = (t) =>
	t[0] === "var" ? t.slice(2) : t.slice(1).flatMap((part) => part.slice(2));

const isSlope = (t) => t[0] === "d" || t[0] === "d2";

/** The name that an equation's result goes by: an update leaves the old value in place. */
export const resultName = ({ relation, name }) => (relation === "=" ? name : `${name}_new`);

// A tree in which what was updated before is read as it is afterwards; slopes are not.
function updated(t, names) {
	if (!isTree(t) || isSlope(t)) return t;
	if (t[0] === "var" && names.has(t[1])) return ["var", `${t[1]}_new`, ...t.slice(2)];
	return t.map((part) => updated(part, names));
}

// Name -> how it is computed: the letters of its indices and the tree for each of them. An
// equation of the book comes before a definition; what is sought by going on until nothing
// changes has a state. `instead` gives other right sides, by label.
function lawsOf(model, instead) {
	const laws = {},
		done = {};
	for (const { equations, state, held } of model.laws) {
		for (const [name, letters, tree] of equations) laws[name] = { letters, tree, state, held };
	}
	for (const equation of model.equations) {
		const { label, letters, lhs, name, rhs } = equation;
		const tree = instead[label] ?? rhs;
		const result = resultName(equation);
		if (result !== name) {
			const earlier = (done[equation.function] ??= new Set());
			laws[result] = { letters, tree: instead[label] ?? updated(rhs, earlier), label };
			earlier.add(name);
		} else if (lhs[0] !== "call" && !laws[name]?.state && !laws[name]?.label) {
			const units = unitsOf(lhs);
			// A slope of each by its own is not that of each by every other.
			if (new Set(units).size === units.length) laws[name] = { letters, tree, label };
		}
	}
	return laws;
}

// Name -> every quantity that changes it when it changes.
function needsOf(model, laws) {
	let needs = {},
		before;
	const free = (found, taken) =>
		new Set(
			[...found].filter(
				(name) => !taken.has(name) && ![...(needs[name] ?? [])].some((other) => taken.has(other)),
			),
		);
	const ofTree = (t) => {
		if (t[0] === "states") return free(ofTree(t[2]), new Set([t[1]]));
		if (t[0] === "mean") {
			const [weight, enumerated] = model.averages[t[2]];
			return free(new Set([...ofTree(t[1]), ...ofTree(["var", weight])]), new Set(enumerated));
		}
		const found = new Set(t.filter(isTree).flatMap((part) => [...ofTree(part)]));
		const own = t[0] === "var" || t[0] === "arr" || isSlope(t) ? nameOf(t) : null;
		for (const name of [own, model.outside[own]]) {
			if (typeof name !== "string" || (isSlope(t) && !laws[name])) continue;
			found.add(name);
			for (const other of needs[name] ?? []) found.add(other);
		}
		return found;
	};
	const ofLaw = ({ tree, state, held }) =>
		state ? free(ofTree(tree), new Set([state, ...Object.keys(held)])) : ofTree(tree);
	// Until nothing is added: what is scanned together needs each other.
	const told = () => JSON.stringify(Object.values(needs).map((found) => [...found].sort()));
	do {
		before = told();
		needs = Object.fromEntries(Object.entries(laws).map(([name, law]) => [name, ofLaw(law)]));
	} while (told() !== before);
	return needs;
}

// ---- worlds

const PATIENCE = 20000; // steps that a state has to come to rest
const SOUGHT = Symbol("sought"); // an entry that is being computed

const EMPTY = { symbols: {}, indices: {}, equations: [], laws: [], outside: {}, functions: {} };

const shapeOf = (value) => (Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : []);

/** The quantities of a model. An entry is computed by its law when it is first read. */
class World {
	constructor(shared, tables, parent = null, fresh = new Set()) {
		Object.assign(this, shared, { shared, tables, parent, fresh });
	}

	// -- other worlds

	/** This world with other entries of some quantities; what they change is computed anew. */
	with(others) {
		const fresh = new Set(),
			tables = new Map();
		for (const [name, data] of others) {
			for (const other of this.after(name)) fresh.add(other);
			tables.set(name, { ...this.table(name), data });
		}
		return new World(this.shared, tables, this, fresh);
	}

	// This world with one entry nudged; in a scan, the entries that it changes move too.
	nudged(name, at, tag) {
		const scanned = this.after(name).has(name);
		const data = scanned ? [] : this.whole(name).data.slice();
		if (!scanned) data[at] = new Dual(data[at], 1, tag);
		const world = this.with([[name, data]]);
		if (scanned) world.tables.set(name, { ...world.empty(name), nudge: { at, tag } });
		return world;
	}

	after(name) {
		return (this.changes[name] ??= new Set(
			Object.keys(this.laws).filter(
				(other) => !this.given.has(other) && this.needs[other].has(name),
			),
		));
	}

	// -- entries

	/** First and one after the last number that an index letter runs over. */
	range(letter) {
		const found = this.axes[this.model.indices[letter]];
		if (!found) throw new Error(`the index ${letter} runs over nothing that is known here`);
		return found;
	}

	has(name) {
		return this.given.has(name) || name in this.laws;
	}

	table(name) {
		let table = this.tables.get(name);
		if (!table) {
			if (!this.has(name)) throw new Error(`${name} has no value here`);
			table = this.parent && !this.fresh.has(name) ? this.parent.table(name) : this.empty(name);
			this.tables.set(name, table);
		}
		return table;
	}

	empty(name) {
		const law = this.laws[name];
		const axes = law.letters.map((letter) => this.range(letter));
		const length = axes.reduce((all, [first, last]) => all * (last - first), 1);
		return { name, axes, data: new Array(length).fill(undefined), world: this, law };
	}

	/** A table with every entry computed. */
	whole(name) {
		const table = this.table(name);
		for (const [at, value] of table.data.entries()) {
			if (value === undefined) table.world.fill(table, at);
		}
		return table;
	}

	fill(table, at) {
		const { axes, data, law, nudge } = table;
		if (law.state) return this.rest(table)[at];
		let rest = at;
		const index = {};
		for (let k = axes.length - 1; k >= 0; k--) {
			const [first, last] = axes[k];
			index[law.letters[k]] = first + (rest % (last - first));
			rest = Math.floor(rest / (last - first));
		}
		data[at] = SOUGHT;
		const value = this.at(law.tree, index);
		return (data[at] = nudge?.at === at ? add(value, new Dual(0, 1, nudge.tag)) : value);
	}

	// Give the state a new value again and again, until nothing changes.
	rest(table) {
		const { letters, tree, state, held } = table.law;
		let old = this.whole(state).data;
		for (let step = 0; step < PATIENCE; step++) {
			const hold = Object.entries(held).map(([name, value]) => [name, [value]]);
			const now = this.with([[state, old], ...hold]).entries(tree, letters);
			const change = Math.max(...now.map((value, k) => size(sub(value, old[k]))));
			if (change <= 1e-15 * Math.max(1, ...now.map(size))) return Object.assign(table.data, now);
			old = now;
		}
		throw new Error(`${state} does not come to rest in ${PATIENCE} steps`);
	}

	// The values of a tree for every place of some letters, the last running fastest.
	entries(tree, letters) {
		let all = [{}];
		for (const letter of letters) {
			const [first, last] = this.range(letter);
			all = all.flatMap((index) =>
				range(last - first).map((k) => ({ ...index, [letter]: first + k })),
			);
		}
		return all.map((index) => this.at(tree, index));
	}

	// The whole number that a unit stands for.
	number(unit, index) {
		if (typeof unit === "string") {
			const found = index[unit];
			if (found !== undefined) return found;
			if (unit.length > 1) {
				const [first, last] = this.range(unit[0]);
				return unit.slice(1) === "0" ? last - 1 : first + Number(unit.slice(1)) - 1;
			}
			throw new Error(`the index ${unit} is neither summed nor on the left side`);
		}
		const [kind, ...parts] = unit;
		if (kind === "num" || kind === "var") {
			const value = real(this.at(unit, index));
			if (Number.isInteger(value)) return value;
			throw new Error(`${parts[0]} is ${value}; expected a whole number`);
		}
		return OPERATIONS[kind](...parts.map((part) => this.number(part, index)));
	}

	read(name, units, index) {
		const table = this.table(name),
			{ axes } = table;
		if (units.length !== axes.length) {
			throw new Error(`${name} has ${axes.length} indices here; found ${units.length}`);
		}
		let at = 0;
		for (let k = 0; k < axes.length; k++) {
			const axis = axes[k],
				number = this.number(units[k], index);
			if (number < axis[0] || number >= axis[1]) return this.beyond(table, units, index);
			at = at * (axis[1] - axis[0]) + number - axis[0];
		}
		return this.entry(table, at);
	}

	entry(table, at) {
		const value = table.data[at];
		if (value === SOUGHT) throw new Error(`${table.name} is computed from itself`);
		return value === undefined ? table.world.fill(table, at) : value;
	}

	// What is read outside the range of a quantity.
	beyond({ name, axes }, units, index) {
		const numbers = units.map((unit) => this.number(unit, index));
		const within = numbers.map((n, k) => n >= axes[k][0] && n < axes[k][1]);
		const other = this.model.outside[name];
		if (other === undefined) {
			const k = within.indexOf(false);
			throw new Error(
				`${name} is read at ${numbers[k]} of its index ${k + 1}, ` +
					`outside ${axes[k][0]} to ${axes[k][1] - 1}`,
			);
		}
		return typeof other === "number"
			? other
			: this.read(
					other,
					units.filter((_, k) => within[k]),
					index,
				);
	}

	// -- the value of a tree

	at(t, index, bound) {
		switch (t[0]) {
			case "num":
				return Number(t[1]);
			case "var":
				return bound && t.length === 2 && t[1] in bound
					? bound[t[1]]
					: this.read(t[1], t.slice(2), index);
			case "arr":
				return this.entry(this.whole(t[1]), index.entry);
			case "sum":
			case "prod":
			case "most":
				return this.total(t, index, bound);
			case "call":
				return this.call(
					t[1],
					t.slice(2).map((part) => this.at(part, index, bound)),
				);
			case "d":
			case "d2":
				return this.slope(t, index);
			case "states":
				return this.states(t[1], t[2], index, bound);
			case "mean":
				return this.at(this.spelled(t), index, bound);
			case "norm":
				return this.norm(t[1], index);
		}
		const operation = OPERATIONS[t[0]];
		if (!operation) throw new Error(`a tree of the kind ${t[0]} is not known`);
		if (t.length === 2) return operation(this.at(t[1], index, bound));
		if (t.length === 3) return operation(this.at(t[1], index, bound), this.at(t[2], index, bound));
		return operation(...t.slice(1).map((part) => this.at(part, index, bound)));
	}

	/** The numbers that the letter of a sum takes: those that meet its condition. */
	terms([, letter, , condition], index) {
		let [first, last] = this.range(letter);
		if (condition?.[0] === "from") [first, last] = this.bounds(letter, condition, first, last);
		const meets = CONDITIONS[condition?.[0]],
			inner = { ...index },
			found = [];
		for (let k = first; k < last; k++) {
			inner[letter] = k;
			const [, a, b] = meets ? condition : [];
			if (!meets || meets(this.number(a, inner), this.number(b, inner))) found.push(k);
		}
		return found;
	}

	bounds(letter, [, low, high], first, last) {
		const [from, to] = [low, high].map((side) => Math.trunc(real(this.at(side, {}))));
		// The text counts most letters from 1, the arrays from 0.
		const shift =
			this.said.has(this.model.indices[letter]) || (low[0] === "num" && low[1] === "0") ? 0 : 1;
		if (from - shift < first || to - shift >= last) {
			throw new Error(
				`the index ${letter} goes from ${from} to ${to}; ` +
					`it runs from ${first + shift} to ${last + shift - 1} here`,
			);
		}
		return [from - shift, to - shift + 1];
	}

	total(t, index, bound) {
		let found = { sum: 0, prod: 1, most: -Infinity }[t[0]];
		const inner = { ...index };
		for (const k of this.terms(t, index)) {
			inner[t[1]] = k;
			const value = this.at(t[2], inner, bound);
			if (t[0] === "sum") found = add(found, value);
			else if (t[0] === "prod") found = mul(found, value);
			else if (real(value) > real(found)) found = value;
		}
		return found;
	}

	call(name, values) {
		const own = this.functions[name.replace("'", "")];
		if (!own) {
			if (!Object.hasOwn(FUNCTIONS, name)) throw new Error(`the function ${name} is not known`);
			return FUNCTIONS[name](...values);
		}
		const { argument, tree, numbers } = own;
		if (!name.endsWith("'")) return this.at(tree, {}, { ...numbers, [argument]: values[0] });
		const tag = ++tags;
		const nudged = new Dual(values[0], 1, tag);
		return slopeOf(this.at(tree, {}, { ...numbers, [argument]: nudged }), tag);
	}

	// ∂A/∂B: what an equation gives, or else B is nudged, and A computed again.
	slope(t, index) {
		const name = nameOf(t);
		if (this.laws[name]) return this.read(name, unitsOf(t), index);
		const by = t.at(-1);
		const of = t[0] === "d" ? t[1] : ["d", t[1], t[2]];
		const { axes } = this.table(by[1]);
		let at = 0;
		by.slice(2).forEach((unit, k) => {
			const [first, last] = axes[k],
				number = this.number(unit, index);
			const within = number >= first && number < last;
			if (!within) throw new Error(`a slope by ${by[1]} outside its range`);
			at = at * (last - first) + number - first;
		});
		const tag = ++tags;
		return slopeOf(this.nudged(by[1], at, tag).at(of, index), tag);
	}

	states(name, body, index, bound) {
		const values = this.model.states[name],
			{ length } = this.table(name).data;
		let total = 0;
		for (let n = 0; n < values.length ** length; n++) {
			const digit = (k) => Math.floor(n / values.length ** k) % values.length;
			const data = range(length).map((k) => values[digit(k)]);
			total = add(total, this.with([[name, data]]).at(body, index, bound));
		}
		return total;
	}

	// ⟨A⟩ as the sum over states that it is.
	spelled([, body, tag]) {
		const [weight, enumerated] = this.model.averages[tag];
		return enumerated.reduceRight(
			(inner, name) => ["states", name, inner],
			["mul", ["var", weight], body],
		);
	}

	norm(body, index) {
		const names = JSON.stringify(body).match(/(?<="arr",")\w+/g) ?? [];
		const length = names.length ? this.table(names[0]).data.length : 1;
		const squares = range(length).map((entry) => {
			const value = this.at(body, { ...index, entry });
			return mul(value, value);
		});
		return FUNCTIONS.sqrt(squares.reduce(add));
	}

	// -- what others read

	/** Letter -> how many numbers it runs over. */
	get sizes() {
		return Object.fromEntries(
			Object.entries(this.model.indices)
				.filter(([, kind]) => this.axes[kind])
				.map(([letter, kind]) => [letter, this.axes[kind][1] - this.axes[kind][0]]),
		);
	}

	/** The number at a place, counted from 0 along each axis; NaN where there is none. */
	get(name, place = []) {
		if (!this.has(name)) return NaN;
		const table = this.table(name);
		const inside =
			place.length === table.axes.length &&
			table.axes.every(([first, last], k) => place[k] >= 0 && place[k] < last - first);
		return inside
			? this.entry(
					table,
					table.axes.reduce((at, [first, last], k) => at * (last - first) + place[k], 0),
				)
			: NaN;
	}

	/** A quantity as nested lists. */
	value(name) {
		const { axes, data } = this.whole(name);
		return nested(
			data,
			axes.map(([first, last]) => last - first),
		);
	}
}

function nested(data, sizes) {
	if (!sizes.length) return data[0];
	const step = data.length / sizes[0];
	return range(sizes[0]).map((k) => nested(data.slice(k * step, (k + 1) * step), sizes.slice(1)));
}

const KNOWN = new WeakMap(); // model -> its laws and their needs

function known(model, instead) {
	const plain = !Object.keys(instead).length;
	if (plain && KNOWN.has(model)) return KNOWN.get(model);
	const laws = lawsOf(model, instead);
	const found = { laws, needs: needsOf(model, laws) };
	if (plain) KNOWN.set(model, found);
	return found;
}

// The World of given quantities: name -> nested lists; "functions": letter -> {"name": that
// of its class, and its own numbers}; "ranges": letter -> [first, one after the last].
function begun(model, { functions = {}, ranges = {}, ...quantities }, instead = {}) {
	const axes = {},
		tables = new Map(),
		chosen = {};
	const values = { ...quantities };
	for (const [letter, { name, ...numbers }] of Object.entries(functions)) {
		const found = model.functions[letter]?.[name];
		if (!found) throw new Error(`${letter} is no ${name} in this model`);
		chosen[letter] = { ...found, name, numbers };
		for (const number of Object.keys(numbers).filter((own) => own in model.symbols)) {
			values[number] ??= numbers[number];
			delete numbers[number];
		}
	}
	// A world is one example: their number, where it is a quantity, is 1.
	for (const [name, { letters, tex }] of Object.entries(model.symbols)) {
		if (!letters.length && model.indices[tex] === "examples") values[name] ??= 1;
	}
	for (const [letter, span] of Object.entries(ranges)) axes[model.indices[letter]] = span;
	const said = new Set(Object.keys(axes));
	for (const [name, value] of Object.entries(values)) {
		const sizes = shapeOf(value),
			kinds = model.symbols[name]?.kinds ?? [];
		const spans = sizes.map((size, k) => (kinds[k] ? (axes[kinds[k]] ??= [0, size]) : [0, size]));
		spans.forEach(([first, last], k) => {
			if (last - first === sizes[k]) return;
			throw new Error(`${name} has ${sizes[k]} ${kinds[k]}; expected ${last - first}`);
		});
		tables.set(name, { name, axes: spans, data: [value].flat(Infinity) });
	}
	const shared = {
		model,
		axes,
		said,
		functions: chosen,
		given: new Set(tables.keys()),
		changes: {},
		...known(model, instead),
	};
	return new World(shared, tables);
}

/** The number that a tree stands for in a world, or among plain numbers by name. */
export function evaluate(tree, world, index = {}) {
	return (world instanceof World ? world : begun(EMPTY, world)).at(tree, index);
}

/**
 * The world of an instance, one example, with every quantity computed: `results` has
 * {label, name, value} for each equation in order. `instead` gives other right sides.
 */
export function computed(model, given, instead = {}) {
	const world = begun(model, given, instead);
	world.results = [];
	for (const equation of model.equations) {
		const { label, lhs, letters, of, rhs } = equation;
		const ours =
			!of ||
			!Object.values(model.functions).some((classes) => of in classes) ||
			Object.values(given.functions ?? {}).some(({ name }) => name === of);
		if (!ours || (lhs[0] === "call" && !world.has(lhs[2][1]))) continue;
		const name = resultName(equation);
		const sizes = letters.map((letter) => world.sizes[letter]);
		const own = world.laws[name]?.label === label || world.laws[name]?.state;
		const value = own
			? world.value(name)
			: nested(world.entries(instead[label] ?? rhs, letters), sizes);
		world.results.push({ label, name, value });
	}
	return world;
}

// ---- keys

// A quantity is called by a key: "w:0,1" is the weight from input 1 to hidden unit 2.

/** Every place of the index letters, the last letter running fastest. */
export function places(letters, sizes) {
	return [...letters].reduce(
		(all, letter) => all.flatMap((place) => range(sizes[letter]).map((k) => [...place, k])),
		[[]],
	);
}

export const key = (name, place = []) => `${name}:${place.join(",")}`;

/** The name and the place that a key tells. */
export function splitKey(k) {
	const [name, place] = k.split(":");
	return [name, place.split(",").filter(Boolean).map(Number)];
}

export function valueAt(k, world) {
	const [name, place] = splitKey(k);
	const [, slope, own] = /^(\w+')?(.*)$/.exec(name);
	const value = world.get(own, place);
	return slope ? world.call(slope, [value]) : value;
}

const WRITTEN_OUT = { sum: ["add"], prod: ["mul"], most: ["call", "max"] };

/**
 * A tree for one unit: letters bound, sums and products written out. What is read beyond
 * its range is what stands there instead.
 */
export function instance(t, index, world) {
	if (!isTree(t)) return t;
	if (WRITTEN_OUT[t[0]]) {
		const terms = world.terms(t, index).map((k) => instance(t[2], { ...index, [t[1]]: k }, world));
		const none = ["num", t[0] === "prod" ? "1" : "0"];
		return terms.length > 1 ? [...WRITTEN_OUT[t[0]], ...terms] : (terms[0] ?? none);
	}
	if (t[0] !== "var") return t.map((part) => instance(part, index, world));
	const { letters, kinds } = world.model.symbols[t[1]] ?? {};
	let beyond = false;
	const units = t.slice(2).map((unit, k) => {
		if (!isTree(unit) && !(unit in index)) return unit;
		const letter = isTree(unit) ? letters[k] : unit[0];
		const [first, last] = world.axes[isTree(unit) ? kinds[k] : world.model.indices[letter]];
		const number = world.number(unit, index);
		const out = number < first || number >= last;
		beyond ||= out;
		return out ? null : letter + (number - first + 1);
	});
	if (!beyond) return ["var", t[1], ...units];
	const other = world.model.outside[t[1]] ?? 0;
	return typeof other === "number"
		? ["num", String(other)]
		: ["var", other, ...units.filter(Boolean)];
}

/** How a tree changes with one quantity that it reads itself, the others held. */
export function partial(tree, k, world) {
	const tag = ++tags;
	const put = (t) => (!isTree(t) ? t : keyOf(t) === k ? ["var", "@"] : t.map(put));
	return slopeOf(world.at(put(tree), {}, { "@": new Dual(valueAt(k, world), 1, tag) }), tag);
}

// Where one particular unit stands: "h2" at 1.
const at = (unit) => (unit.length > 1 ? unit.slice(1) - 1 : undefined);

/** The key of a leaf of an instance; f'(N) counts as a leaf. */
export function keyOf(t) {
	if (t[0] === "call" && t[1].endsWith("'") && t[2][0] === "var") return t[1] + keyOf(t[2]);
	return t[0] === "var" || isSlope(t) ? key(nameOf(t), unitsOf(t).map(at)) : null;
}

/** The keys of all leaves of an instance. */
export function parts(t, found = new Set()) {
	const k = isTree(t) && keyOf(t);
	if (k) found.add(k);
	if (isTree(t) && !isSlope(t)) for (const part of t) parts(part, found);
	return found;
}

/** The keys whose numbers differ between two worlds. */
export function differing(before, after) {
	const names = [...after.given, ...Object.keys(after.laws)];
	const keys = names.flatMap((name) => {
		const sizes = after.table(name).axes.map(([first, last]) => last - first);
		return places(range(sizes.length), sizes).map((place) => key(name, place));
	});
	return new Set(keys.filter((k) => !Object.is(valueAt(k, before), valueAt(k, after))));
}

/** Whether two numbers are one, but for the last bits. */
export const same = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

// What a model's data says about how it looks: its units, what joins them, what stands
// where. No letter of any one model is known here.
//
//   anatomyOf(model, names)   the parts of a drawing; `names` are what it may show
//
// A column is a kind of unit: what an index letter runs over, if some quantity has that
// letter alone. A given quantity of two kinds of units joins them, from the first to the
// second; one of a single kind that is added to what comes in is a bias. What a scan runs
// along is a time: it is no column, a quantity has a value at each time.

import { nameOf, resultName } from "./engine.js";

const isTree = Array.isArray;

/** Every node of a tree that a test accepts. */
function nodes(t, test, found = []) {
	if (!isTree(t)) return found;
	if (test(t)) found.push(t);
	for (const part of t) nodes(part, test, found);
	return found;
}

const isSlope = (t) => t[0] === "d" || t[0] === "d2";
const namesIn = (t) =>
	nodes(t, (node) => node[0] === "var" || node[0] === "arr" || isSlope(node)).map(nameOf);

// What a letter bears above it, where there is a character for it.
const RAISED = {
	0: "⁰",
	1: "¹",
	2: "²",
	i: "ⁱ",
	f: "ᶠ",
	o: "ᵒ",
	g: "ᵍ",
	β: "ᵝ",
	"+": "⁺",
	"−": "⁻",
};

/** A name in code as it is written without its indices: δ, ∂E/∂w, wⁱ. */
export function letterOf(model, name) {
	const slope = /^d(\w+)_d(\w+)$/.exec(name);
	if (slope) return `∂${letterOf(model, slope[1])}/∂${letterOf(model, slope[2])}`;
	const { letter = name, above = "" } = model.symbols[name.replace(/_new$/, "")] ?? {};
	return letter + (RAISED[above] ?? above ?? "");
}

const FOUND = new WeakMap(); // names -> what was found of a model with them

export function anatomyOf(model, names) {
	if (!FOUND.has(names)) FOUND.set(names, dissected(model, names));
	return FOUND.get(names);
}

function dissected(model, names) {
	const times = new Set(Object.values(model.scan));
	const equations = model.equations.filter(
		(equation) => equation.lhs[0] !== "call" && names.has(resultName(equation)),
	);
	const results = new Set(equations.map((equation) => equation.name));
	const read = new Set(equations.flatMap(({ rhs }) => namesIn(rhs)));
	const laws = new Map(
		model.laws.flatMap((law) => law.equations.map(([name, , tree]) => [name, tree])),
	);

	// -- quantities: symbols, and the slopes that equations give

	const quantities = new Map();
	const add = (name, letters, more) => {
		const over = letters.map((letter) => model.indices[letter]);
		const timed = over.findIndex((kind) => times.has(kind));
		quantities.set(name, {
			name,
			letters,
			timed,
			kinds: over.filter((kind) => !times.has(kind)),
			letter: letterOf(model, name),
			...more,
		});
	};
	for (const [name, { letters, given }] of Object.entries(model.symbols)) {
		if (!results.has(name) && !read.has(name)) continue;
		const mean = laws.get(name);
		const [of, by] = mean && isSlope(mean) ? [mean[1], mean.at(-1)].map(nameOf) : [];
		add(name, letters, { given, of, by, computed: !given });
	}
	for (const { lhs, name, letters } of equations) {
		if (!isSlope(lhs)) continue;
		const [of, by] = [lhs[1], lhs.at(-1)].map(nameOf);
		add(name, letters, { given: false, of, by, computed: true });
	}
	const all = [...quantities.values()];
	const order = (name) => equations.findIndex((equation) => equation.name === name);

	// -- what needs what

	const reached = new Map();
	function needs(name) {
		if (reached.has(name)) return reached.get(name);
		const found = new Set();
		reached.set(name, found);
		const trees = equations.filter((e) => e.name === name && e.relation === "=").map((e) => e.rhs);
		for (const other of [...trees, laws.get(name)].filter(Boolean).flatMap(namesIn)) {
			found.add(other);
			for (const deeper of needs(other)) found.add(deeper);
		}
		return found;
	}

	// -- columns

	const single = all.filter(({ kinds }) => kinds.length === 1);
	const kinds = [...new Set(single.map((q) => q.kinds[0]))];
	const joins = (q) =>
		q.kinds.length === 2 && q.kinds.every((kind) => kinds.includes(kind)) && q.timed < 0 && !q.by;
	const pairs = all.filter(joins);
	const joined = new Set(pairs.map(({ name }) => name));
	const trees = [...equations.map(({ rhs }) => rhs), ...laws.values()];
	// Added to a sum of what comes in along edges; or, where units have states, weighed by them.
	const added = new Set(
		trees.flatMap((tree) =>
			nodes(tree, (t) => t[0] === "add" && namesIn(t).some((name) => joined.has(name))).flatMap(
				(t) =>
					t
						.slice(1)
						.filter((part) => part[0] === "var")
						.map(nameOf),
			),
		),
	);
	const stateful = Object.keys(model.states);
	const weighed = new Set(
		trees.flatMap((tree) =>
			nodes(
				tree,
				(t) => t[0] === "mul" && t.length === 3 && t.slice(1).every((part) => part[0] === "var"),
			)
				.filter((t) => t.slice(1).some((part) => stateful.includes(part[1])))
				.flatMap((t) => t.slice(1).map(nameOf)),
		),
	);
	const isBias = ({ name, given, timed }) =>
		given &&
		timed < 0 &&
		!model.rows.includes(name) &&
		!stateful.includes(name) &&
		(added.has(name) || weighed.has(name));

	const columns = kinds.map((kind) => {
		const own = single.filter((q) => q.kinds[0] === kind);
		const biases = own.filter(isBias);
		const biased = new Set(biases.map(({ name }) => name));
		const rest = own.filter((q) => !biased.has(q.name) && !biased.has(q.by));
		const made = rest.filter((q) => q.computed && !q.by);
		const late = (q) => (order(q.name) < 0 ? equations.length : order(q.name));
		made.sort((a, b) => late(a) - late(b));
		const given = rest.filter((q) => !q.computed);
		const used = (q) => made.some(({ name }) => needs(name).has(q.name));
		const wanted = made.length ? given.filter((q) => !used(q)) : [];
		const first = Math.min(...made.map(({ name }) => order(name)).filter((n) => n >= 0), Infinity);
		return {
			kind,
			letter: own.find((q) => q.letters.some((l) => model.indices[l] === kind)).letters.at(-1),
			biases: biases.map(({ name }) => name),
			rows: [...given.filter((q) => !wanted.includes(q)), ...made].map(({ name }) => name),
			made: made.length > 0,
			wanted: wanted.map(({ name }) => name),
			deltas: rest.filter((q) => q.by).map(({ name }) => name),
			first: made.length ? first : -1,
		};
	});
	columns.sort((a, b) => a.first - b.first);

	// -- what joins them, and the rest

	const place = (kind) => columns.findIndex((column) => column.kind === kind);
	const own = pairs.filter(({ given }) => given);
	const within = pairs.filter((q) => q.kinds[0] === q.kinds[1]);
	// Units of one kind that hear each other, and not a time later, hear each other both ways.
	const both = !times.size && within.length ? within.slice(0, 1) : [];
	// What a weight is multiplied with on the way forward.
	const carried = (q) =>
		trees
			.flatMap((tree) => nodes(tree, (t) => t[0] === "mul" && namesIn(t).includes(q.name)))
			.flatMap(namesIn)
			.find((name) => name !== q.name && quantities.get(name)?.kinds.join() === q.kinds[0]);
	const edges = (both.length ? both : own).map((q) => ({
		name: q.name,
		from: place(q.kinds[0]),
		to: place(q.kinds[1]),
		through: times.size > 0 && q.kinds[0] === q.kinds[1],
		carries: carried(q),
	}));
	const isEdge = new Set(edges.map(({ name }) => name));
	const tables = all.filter(
		(q) => q.kinds.length === 2 && !isEdge.has(q.name) && !isEdge.has(q.by),
	);
	const scalars = all.filter(({ kinds: over, timed }) => !over.length && timed < 0);
	return {
		quantities,
		equations,
		columns,
		edges,
		tables: tables.map(({ name }) => name),
		scalars: scalars.map(({ name }) => name),
		slopes: new Map(
			all
				.filter((q) => q.by && q.kinds.length === quantities.get(q.by)?.kinds.length)
				.map((q) => [q.by, q.name]),
		),
		updated: new Set(equations.filter((e) => e.relation !== "=").map((e) => e.name)),
		order,
		both: both.length > 0,
	};
}

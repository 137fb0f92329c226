// The one engine of trees: equations, given as data, to numbers.
//
// Stepper, exercise and descent import it, and a page loads it once. Parts: places (where
// the numbers of a quantity stand), evaluation (a tree to a number, a table, a whole pass),
// keys (a quantity by name and place), answers (what a reader typed against right and
// wrong). It draws nothing and knows no equation of its own.
//
// A quantity is called by a key: "w:0,1" is the weight from input 1 to hidden unit 2.

// ---- places

export const range = (n) => Array.from({ length: n }, (_, k) => k);

/** Every place of the index letters, the last letter running fastest. */
export function places(letters, sizes) {
  return [...letters].reduce((all, letter) =>
    all.flatMap((place) => range(sizes[letter]).map((k) => [...place, k])), [[]]);
}

/** The number at a place of nested lists, or NaN. */
export const entry = (value, place) => place.reduce((a, j) => a?.[j], value) ?? NaN;

// The place of a unit: "h2" is 1; the letter "h" is what the index says.
const at = (unit, index) => (unit.length > 1 ? unit.slice(1) - 1 : index[unit]);

// ∂A/∂B stands for a slope computed before: dE_dv.
const nameOf = (t) => (t[0] === "d" ? `d${t[1][1]}_d${t[2][1]}` : t[1]);

/** The units of a symbol, or of what a slope is taken by. */
export const unitsOf = (t) => (t[0] === "d" ? t[2] : t).slice(2);

// ---- evaluation

const OPERATIONS = {
  neg: (a) => -a,
  add: (...terms) => terms.reduce((a, b) => a + b),
  sub: (a, b) => a - b,
  mul: (...factors) => factors.reduce((a, b) => a * b),
  frac: (a, b) => a / b,
  pow: (a, b) => a ** b,
  gt: (a, b) => (a > b ? 1 : 0),
};

/** The number a tree stands for, given the quantities by name and the indices by letter. */
export function evaluate(t, env, index = {}) {
  const [kind, name] = t;
  const values = (list) => list.map((part) => evaluate(part, env, index));
  if (kind === "num") return Number(name);
  if (kind === "var" || kind === "d") {
    return entry(env[nameOf(t)], unitsOf(t).map((unit) => at(unit, index)));
  }
  if (kind === "call") return call(name, values(t.slice(2)), env);
  if (kind === "sum") {
    let total = 0;
    for (const k of range(env.sizes[name])) total += evaluate(t[2], env, { ...index, [name]: k });
    return total;
  }
  if (!Object.hasOwn(OPERATIONS, kind)) throw new Error(`a tree of the kind ${kind} is not known`);
  return OPERATIONS[kind](...values(t.slice(1)));
}

function call(name, values, { f, slope, alpha }) {
  const own = { f, "f'": slope }[name];
  return own ? evaluate(own, { f, slope, alpha, N: values[0] }) : Math[name](...values);
}

function tabulate(tree, letters, env, index = {}) {
  if (!letters) return evaluate(tree, env, index);
  return range(env.sizes[letters[0]]).map((k) =>
    tabulate(tree, letters.slice(1), env, { ...index, [letters[0]]: k }));
}

/** The index letters of what is given: a pass starts from these. */
export const LETTERS = {
  X: "i", w: "ih", b: "h", v: "ho", c: "o", D: "o", eta: "", alpha: "",
};

export const sizesOf = (s) => ({ i: s.w.length, h: s.b.length, o: s.c.length });

/** The name that an equation's result goes by: an update leaves the old value in place. */
export const resultName = ({ relation, name }) => (relation === "=" ? name : `${name}_new`);

/** Every quantity of one pass. `instead` gives other right sides, by label. */
export function pass(book, s, instead = {}) {
  const { value: f, slope } = book.functions[s.transfer];
  const given = Object.fromEntries(Object.keys(LETTERS).map((name) => [name, s[name]]));
  const [X, D] = [s.X[s.example], s.D[s.example]];
  const env = { ...given, X, D, f, slope, sizes: sizesOf(s) };
  for (const [label, equation] of Object.entries(book.equations)) {
    const tree = instead[label] ?? equation.rhs;
    env[resultName(equation)] = tabulate(tree, equation.indices, env);
  }
  return env;
}

// ---- keys

export const key = (name, place = []) => `${name}:${place.join(",")}`;

/** The name and the place that a key tells. */
export function splitKey(k) {
  const [name, place] = k.split(":");
  return [name, place.split(",").filter(Boolean).map(Number)];
}

export function valueOf(k, env) {
  const [name, place] = splitKey(k);
  if (!name.startsWith("f'")) return entry(env[name], place);
  return call("f'", [entry(env[name.slice(2)], place)], env);
}

/** A tree for one unit: letters bound, sums written out. */
export function instance(t, index, sizes) {
  if (!Array.isArray(t)) return t;
  if (t[0] === "sum") {
    const terms = range(sizes[t[1]]).map((k) => instance(t[2], { ...index, [t[1]]: k }, sizes));
    return terms.length > 1 ? ["add", ...terms] : terms[0];
  }
  if (t[0] === "var") {
    return [...t.slice(0, 2), ...t.slice(2).map((u) => (u in index ? u + (index[u] + 1) : u))];
  }
  return t.map((part) => instance(part, index, sizes));
}

/** The key of a leaf of an instance; f'(N) counts as a leaf. */
export function keyOf(t) {
  if (t[0] === "call" && t[1] === "f'" && t[2][0] === "var") return `f'${keyOf(t[2])}`;
  if (t[0] !== "var" && t[0] !== "d") return null;
  return key(nameOf(t), unitsOf(t).map((unit) => at(unit, {})));
}

/** The keys of all leaves of an instance. */
export function parts(t, found = new Set()) {
  const k = Array.isArray(t) && keyOf(t);
  if (k) found.add(k);
  if (Array.isArray(t) && t[0] !== "d") for (const part of t) parts(part, found);
  return found;
}

/** The keys whose numbers differ between two passes. */
export function differing(before, after, letters) {
  const keys = Object.keys(after).flatMap((name) => {
    const own = letters[name.replace("_new", "")];
    return own === undefined ? [] : places(own, after.sizes).map((place) => key(name, place));
  });
  return new Set(keys.filter((k) => valueOf(k, before) !== valueOf(k, after)));
}

// ---- answers

const tidy = (text) => text.trim().replace(/[−–]/g, "-").replace(",", ".").toLowerCase();

/** What was typed as a number, or NaN. */
export const typed = (text) =>
  (text.trim() ? Number(tidy(text).replace("infinity", "Infinity")) : NaN);

export const same = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

// How well a typed number fits a value: 3 the very number, 2 rounded to the digits typed,
// 1 rounded on the way, 0 not.
function fit(text, value) {
  const number = typed(text);
  if (same(number, value)) return 3;
  const [mantissa, power = 0] = tidy(text).split("e");
  const decimals = (mantissa.split(".")[1] ?? "").length - power;
  const significant = mantissa.replace(/[-+.]/g, "").replace(/^0+/, "").length;
  const off = Math.abs(number - value), size = Math.abs(value);
  const rounded = off <= 0.5 * 10 ** -decimals * (1 + 1e-9);
  const telling = significant > 1 || off <= 0.02 * size || (!number && decimals > 2);
  if (rounded && telling) return 2;
  return off <= 0.004 * size ? 1 : 0;
}

/** The mistakes that can be made at an equation here, each with the value it gives. */
export function wrongValues({ mistakes }, s, env, index) {
  const square = (name) => s[name].length === s[name][0].length;
  return mistakes
    .filter((m) => (!m.only || m.only === s.transfer) && (!m.square || square(m.square)))
    .map((m) => ({ ...m, value: evaluate(m.tree, env, index) }))
    .filter((m) => Number.isFinite(m.value));
}

/** Whether it is right, which mistakes it could be, which ones these numbers hide. */
export function judge(text, right, wrong) {
  const hidden = wrong.filter((m) => same(m.value, right));
  const others = wrong.filter((m) => !hidden.includes(m))
    .map((m) => ({ ...m, fits: fit(text, m.value) }));
  const own = fit(text, right);
  const best = Math.max(own, ...others.map((m) => m.fits));
  const found = best > 1 || !own ? others.filter((m) => m.fits && m.fits === best) : [];
  return { right: own > 0 && own === best, near: own === 1, found, hidden };
}

/** A name in plain text as HTML, with what follows "_" below: δ_o. */
export const low = (text) => text.replace(/_(\w)/g, "<sub>$1</sub>");

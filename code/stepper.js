// One pass of backpropagation, to watch, to touch and to be asked about.
//
// This module is an evaluator of equations and nothing more. It is given the equations of
// backprop.py as trees (model.get("book")), evaluates them, draws what takes part, writes
// them as mathematics, and writes them again with the numbers in them. Its parts:
//
//   model         what the reader can change, the stops of a pass, undo, the address
//   evaluation    a tree and the numbers it stands for
//   mathematics   a tree as MathML, in symbols or in numbers
//   drawing       the network as SVG
//   questions     what a typed number says about who typed it
//   instrument    the pieces on the page, and what happens when they are touched
//
// A quantity is called by a key: "w:0,1" is the weight from input 1 to hidden unit 2. The
// same key in data-q marks it in the drawing, in the equation and in the table.

// ---- model

const SETTINGS = ["X", "D", "w", "b", "v", "c", "transfer", "alpha", "eta", "example"];
const PLACE = ["step", "view", "ask", "errors", "seed"];
const LETTERS = { X: "i", w: "ih", b: "h", v: "ho", c: "o", D: "o", eta: "", alpha: "" };
const LIMIT = 1000;

const copy = (value) => JSON.parse(JSON.stringify(value));

function read(model, names) {
  return Object.fromEntries(names.map((name) => [name, copy(model.get(name) ?? (name === "errors" ? [] : 0))]));
}

// The sizes of the layers, by the letter that counts their units.
function sizesOf(s) {
  return { i: s.w.length, h: s.b.length, o: s.c.length };
}

// Every place of an array with these index letters, first index slowest.
function places(letters, sizes) {
  let all = [[]];
  for (const letter of letters) {
    all = all.flatMap((place) =>
      Array.from({ length: sizes[letter] }, (_, k) => [...place, k]));
  }
  return all;
}

// The stops of a pass: one for each number, or one for each layer.
function stopsOf(book, phases, view, sizes) {
  const stops = [];
  for (const phase of phases) {
    const labels = [...book.phases[phase]];
    if (phase === "output delta" && !phases.includes("error")) {
      labels.unshift(...book.phases.error);
    }
    for (const label of labels) {
      const { indices } = book.equations[label];
      const each = view === "unit" ? places(indices, sizes) : [null];
      for (const place of each) stops.push({ phase, label, place });
    }
  }
  return stops;
}

// What a reader may have typed as a number, or why it is none.
function number(text, name) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(",", ".");
  if (!plain) return { why: "Type a number." };
  const value = Number(plain);
  if (Number.isNaN(value)) return { why: `“${text.trim()}” is not a number.` };
  if (Math.abs(value) > LIMIT) return { why: `Too large: at most ${LIMIT} in size.` };
  if (name === "eta" && !(value > 0)) {
    return { why: "η must be above 0: with 0 nothing is learned." };
  }
  if (name === "alpha" && !(value > 0 && value <= 100)) {
    return { why: "α must be above 0, and at most 100." };
  }
  return { value };
}

// Random numbers that a visible seed brings back (mulberry32).
function generator(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const uniform = (random) => Math.round((2 * random() - 1) * 1000) / 1000;

function randomStart(s, seed) {
  const random = generator(seed);
  const fill = (value) => Array.isArray(value) ? value.map(fill) : uniform(random);
  return Object.fromEntries(["w", "b", "v", "c"].map((name) => [name, fill(s[name])]));
}

// The same network with another number of hidden units: the new ones start at random.
function resized(s, hidden) {
  const random = generator(hidden);
  const fit = (row) =>
    Array.from({ length: hidden }, (_, k) => row[k] ?? uniform(random));
  const v = Array.from({ length: hidden },
    (_, k) => s.v[k] ?? s.c.map(() => uniform(random)));
  return { w: s.w.map(fit), b: fit(s.b), v };
}

// The address holds what differs from the page as it was written, each stepper its own.
const address = {
  all: () => new URLSearchParams(location.hash.slice(1)),
  get(key) {
    try { return JSON.parse(this.all().get(key)); } catch { return null; }
  },
  set(key, changes) {
    const kept = [...this.all()].filter(([name, value]) => name !== key && value);
    if (Object.keys(changes).length) kept.push([key, JSON.stringify(changes)]);
    const hash = kept.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    history.replaceState(history.state, "", `#${hash.join("&")}`);
  },
};

// ---- evaluation

const isList = Array.isArray;

function at(unit, index) {
  return unit.length > 1 ? Number(unit.slice(1)) - 1 : index[unit];
}

function quantity(name, units, env, index) {
  let value = env[name];
  for (const unit of units) value = value?.[at(unit, index)];
  return value ?? NaN;
}

// The tree of ∂A/∂B stands for a slope computed before: dE_dv.
const nameOf = (t) => (t[0] === "d" ? `d${t[1][1]}_d${t[2][1]}` : t[1]);
const unitsOf = (t) => (t[0] === "d" ? t[2].slice(2) : t.slice(2));

function evaluate(t, env, index = {}) {
  const value = (part) => evaluate(part, env, index);
  switch (t[0]) {
    case "num": return Number(t[1]);
    case "var":
    case "d": return quantity(nameOf(t), unitsOf(t), env, index);
    case "neg": return -value(t[1]);
    case "add": return t.slice(1).map(value).reduce((a, b) => a + b);
    case "sub": return value(t[1]) - value(t[2]);
    case "mul": return t.slice(1).map(value).reduce((a, b) => a * b);
    case "frac": return value(t[1]) / value(t[2]);
    case "pow": return value(t[1]) ** value(t[2]);
    case "gt": return value(t[1]) > value(t[2]) ? 1 : 0;
    case "sum": {
      let total = 0;
      for (let k = 0; k < env.sizes[t[1]]; k++) {
        total += evaluate(t[2], env, { ...index, [t[1]]: k });
      }
      return total;
    }
    case "call": return call(t[1], t.slice(2).map(value), env);
  }
  throw new Error(`cannot evaluate ${t[0]}`);
}

function call(name, values, env) {
  const inner = { "f": env.f, "f'": env.slope }[name];
  if (inner) {
    return evaluate(inner, { f: env.f, slope: env.slope, alpha: env.alpha, N: values[0] });
  }
  return Math[name](...values);
}

function tabulate(tree, letters, env, index = {}) {
  if (!letters) return evaluate(tree, env, index);
  return Array.from({ length: env.sizes[letters[0]] }, (_, k) =>
    tabulate(tree, letters.slice(1), env, { ...index, [letters[0]]: k }));
}

// The name under which an equation's result is kept: v after the update is v_new.
const resultName = (equation) =>
  equation.relation === "=" ? equation.name : `${equation.name}_new`;

// Every quantity of one pass. `instead` gives other right sides, by label.
function pass(book, s, instead = {}) {
  const env = {
    X: s.X[s.example], D: s.D[s.example], w: s.w, b: s.b, v: s.v, c: s.c,
    eta: s.eta, alpha: s.alpha, sizes: sizesOf(s),
    f: book.functions[s.transfer].value, slope: book.functions[s.transfer].slope,
  };
  for (const [label, equation] of Object.entries(book.equations)) {
    const tree = instead[label] ?? equation.rhs;
    env[resultName(equation)] = tabulate(tree, equation.indices, env);
  }
  return env;
}

// E as the mean over all examples: what training brings down.
function meanError(book, s) {
  const each = s.X.map((_, example) => pass(book, { ...s, example }).E);
  return each.reduce((a, b) => a + b) / each.length;
}

const key = (name, place = []) => `${name}:${place.join(",")}`;

function splitKey(k) {
  const [name, place] = k.split(":");
  return [name, place ? place.split(",").map(Number) : []];
}

function valueOf(k, env) {
  const [name, where] = splitKey(k);
  if (name.startsWith("f'")) {
    return call("f'", [where.reduce((a, j) => a?.[j], env[name.slice(2)])], env);
  }
  return where.reduce((a, j) => a?.[j], env[name]) ?? NaN;
}

// A tree for one particular unit: its letters bound, its sums written out.
function instance(t, index, sizes) {
  if (!isList(t)) return t;
  if (t[0] === "sum") {
    const terms = Array.from({ length: sizes[t[1]] }, (_, k) =>
      instance(t[2], { ...index, [t[1]]: k }, sizes));
    return terms.length > 1 ? ["add", ...terms] : terms[0];
  }
  if (t[0] === "var") {
    return ["var", t[1], ...t.slice(2).map((u) => (u in index ? u + (index[u] + 1) : u))];
  }
  return t.map((part) => instance(part, index, sizes));
}

// The key of a leaf of an instance; f'(N) counts as a leaf.
function keyOf(t) {
  const where = (units) => units.map((unit) => at(unit, {}));
  if (t[0] === "var" || t[0] === "d") return key(nameOf(t), where(unitsOf(t)));
  if (t[0] === "call" && t[1] === "f'" && t[2][0] === "var") {
    return key(`f'${t[2][1]}`, where(t[2].slice(2)));
  }
  return null;
}

// The keys of all quantities that take part in an instance.
function parts(t, found = new Set()) {
  if (!isList(t)) return found;
  const k = keyOf(t);
  if (k) found.add(k);
  if (t[0] === "d") return found;
  for (const part of t.slice(1)) parts(part, found);
  return found;
}

// ---- mathematics

// Four significant digits, a true minus sign, and powers of ten for the very small.
function shown(x, digits = 4) {
  if (Number.isNaN(x)) return "?";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  let text = String(Number(x.toPrecision(digits)));
  const size = Math.abs(x);
  if (size && (size < 1e-4 || size >= 1e6)) {
    const [mantissa, power] = x.toExponential(digits - 1).split("e");
    const raised = power.replace("+", "")
      .replace(/./g, (d) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(d)]);
    text = `${Number(mantissa)}×10${raised}`;
  }
  return text.replace("-", "−");
}

const full = (x) => String(x).replace("-", "−");
const sign = (x) => (x < 0 ? "minus" : "plus");
const GREEK = { delta: "δ", eta: "η", alpha: "α" };

const tag = (name, inner, q = "", extra = "") =>
  `<${name}${q ? ` data-q="${q}"` : ""}${extra}>${inner}</${name}>`;

function unitMath(unit) {
  return unit.length > 1 ? `<mi>${unit[0]}</mi><mn>${unit.slice(1)}</mn>` : `<mi>${unit}</mi>`;
}

function letterOf(name) {
  const base = name.replace("_new", "").split("_")[0];
  return GREEK[base] ?? base;
}

function symbolMath(t, q = "", tone = "") {
  if (t[0] === "d") {
    const by = (inner) => `<mrow><mi>∂</mi>${symbolMath(inner)}</mrow>`;
    return tag("mfrac", by(t[1]) + by(t[2]), q, tone);
  }
  const letter = `<mi>${letterOf(t[1])}</mi>`;
  const units = t.slice(2).map(unitMath).join("");
  return units
    ? tag("msub", `${letter}<mrow>${units}</mrow>`, q, tone)
    : tag("mrow", letter, q, tone);
}

const PRIME = '<mo lspace="0" rspace="0">′</mo>';
const fence = (inner) => `<mrow><mo>(</mo>${inner}<mo>)</mo></mrow>`;

// How tightly each kind binds: what binds looser than its surroundings is fenced.
const BINDS = { add: 1, sub: 1, neg: 2, mul: 3, sum: 3 };

// A tree as MathML. `env` present: numbers stand in for the symbols.
function math(t, env = null, level = 0, signs = null) {
  let binds = BINDS[t[0]] ?? 5;
  const write = (part, inner = 0) => math(part, env, inner, signs);
  const join = (items, operator) => items.join(operator);
  const k = keyOf(t);
  let text;
  if (k && env) {
    const x = valueOf(k, env);
    if (x < 0) binds = 2;
    text = numberMath(x, k);
  } else if (k) {
    const tone = signs ? ` class="${sign(valueOf(k, signs))}"` : "";
    text = t[0] === "call"
      ? tag("mrow", `<mi>f</mi>${PRIME}${fence(write(t[2]))}`, k, tone)
      : symbolMath(t, k, tone);
  } else {
    switch (t[0]) {
      case "num": text = `<mn>${t[1]}</mn>`; break;
      case "neg": text = `<mo form="prefix">−</mo>${write(t[1], 3)}`; break;
      case "add":
        text = join(t.slice(1).map((part, n) => write(part, n ? 3 : 1)), "<mo>+</mo>");
        break;
      case "sub": text = `${write(t[1], 1)}<mo>−</mo>${write(t[2], 3)}`; break;
      case "mul": text = productMath(t, write, env); break;
      case "sum":
        text = `<munder><mo>∑</mo><mi>${t[1]}</mi></munder>${write(t[2], 3)}`;
        break;
      case "frac":
        text = `<mfrac><mrow>${write(t[1])}</mrow><mrow>${write(t[2])}</mrow></mfrac>`;
        break;
      case "pow": text = `<msup>${write(t[1], 5)}${write(t[2])}</msup>`; break;
      case "gt":
        text = `<mo>[</mo>${write(t[1])}<mo>&gt;</mo>${write(t[2])}<mo>]</mo>`;
        break;
      case "call": text = callMath(t, write, env); break;
    }
  }
  return binds < level ? fence(text) : `<mrow>${text}</mrow>`;
}

function productMath(t, write, env) {
  const factors = t.slice(1);
  const items = factors.map((part, n) =>
    write(part, part[0] === "sum" && n < factors.length - 1 ? 4 : 3));
  return items.join(env ? "<mo>×</mo>" : '<mspace width="0.17em"/>');
}

function callMath(t, write, env) {
  const [, name, ...values] = t;
  if (name === "exp") return `<msup><mi>e</mi><mrow>${write(values[0])}</mrow></msup>`;
  if (name === "f" && env) {
    // With numbers the transfer function itself is written out.
    const put = (part) => !isList(part) ? part
      : part[0] === "var" && part[1] === "N" ? values[0] : part.map(put);
    return write(put(env.f));
  }
  const inner = values.map((value) => write(value)).join("<mo>,</mo>");
  return (name === "f'" ? `<mi>f</mi>${PRIME}` : `<mi>${name}</mi>`) + fence(inner);
}

function numberMath(x, q = "") {
  const digits = `<mn>${shown(Math.abs(x))}</mn>`;
  const inner = x < 0 ? `<mo form="prefix" lspace="0" rspace="0">−</mo>${digits}` : digits;
  return tag("mrow", inner, q, ` class="value ${sign(x)}"`);
}

// The whole <math>; its words are added when it is in the page.
const formula = (inner) => `<math display="inline"><mrow>${inner}</mrow></math>`;

const WORDS = {
  "=": "equals", "+": "plus", "−": "minus", "×": "times", "(": "open paren",
  ")": "close paren", "∑": "sum", "←": "becomes", "∂": "d", "′": "prime", "δ": "delta",
  "η": "eta", "α": "alpha", "[": "one if", "]": "else zero", ">": "above", ",": ",",
};

// A formula in words, for those who hear it.
function spoken(node) {
  const inner = () => [...node.children].map(spoken).join(" ");
  const [first, second] = node.children;
  switch (node.localName) {
    case "mi": case "mo": case "mn": return WORDS[node.textContent] ?? node.textContent;
    case "msub": return `${spoken(first)} ${spoken(second)}`;
    case "msup": {
      const power = spoken(second);
      return `${spoken(first)} ${power === "2" ? "squared" : `to the power ${power},`}`;
    }
    case "mfrac": return `${spoken(first)} over ${spoken(second)},`;
    case "munder": return `sum over ${spoken(second)} of`;
    default: return inner();
  }
}

// A key as a tree, for the formula, and in a few letters: "δ h1", "w i1 h2".
function treeOf(k, lettersOf) {
  const [name, place] = k.split(":");
  const plain = name.replace("_new", "");
  const units = place ? place.split(",").map((n, j) => lettersOf(plain)[j] + (Number(n) + 1)) : [];
  const slope = /^d(\w+)_d(\w+)$/.exec(plain);
  return slope ? ["d", ["var", slope[1]], ["var", slope[2], ...units]] : ["var", plain, ...units];
}

function plain(k, lettersOf) {
  if (k.startsWith("f'")) return `f′(${plain(k.slice(2), lettersOf)})`;
  const t = treeOf(k, lettersOf);
  const name = t[0] === "d" ? `∂E/∂${letterOf(t[2][1])}` : letterOf(t[1]);
  return [name, ...unitsOf(t)].join(" ");
}

// ---- drawing

// Where everything stands, for a width in pixels.
function layout(sizes, width, { desired, backward }) {
  const narrow = width < 520;
  const W = Math.min(width, 740);
  const [cell, unit] = narrow ? [42, 62] : [58, 92];
  const most = Math.max(sizes.i, sizes.h, sizes.o);
  const pitch = most < 3 ? 84 : most < 4 ? 74 : 62;
  const lowPitch = most < 3 ? 52 : most < 4 ? 44 : 36;
  const x = { i: cell / 2 + 1, d: W - cell / 2 - 1 };
  x.o = (desired ? W - cell - (narrow ? 6 : 26) : W) - unit / 2 - 1;
  x.h = (x.i + cell / 2 + x.o - unit / 2) / 2;
  const turn = 26 + most * pitch;
  const row = (letter, k, top, gap) => top + (most / 2 + k - (sizes[letter] - 1) / 2) * gap;
  return {
    W, narrow, cell, unit, x, turn,
    y: (letter, k) => row(letter, k, 22, pitch),
    low: (letter, k) => row(letter, k, turn + 16, lowPitch),
    height: backward ? turn + 22 + most * lowPitch : turn + (desired ? 18 : -16),
  };
}

// The network at one stop, as SVG text. `look` says what is known, active and changed.
function drawing(env, width, look) {
  const { sizes } = env;
  const g = layout(sizes, width, look);
  const back = [], front = [];
  const brief = (k) => shown(valueOf(k, env), g.narrow ? 3 : 4);
  const number = (k) => look.known(k) ? brief(k) : look.results.has(k) ? "?" : "";
  const state = (...keys) => ["parts", "results", "path", "changed"]
    .filter((set) => keys.some((k) => look[set].has(k))).join(" ");
  // What takes part is a stop of the Tab key.
  const touch = (k) => `data-edit="${k}" role="button" aria-label="${look.plain(k)} is ${
    full(valueOf(k, env))}: change it"${state(k).match(/parts|path/) ? ' tabindex="0"' : ""}`;
  const text = (x, y, kind, words) =>
    `<text class="${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}">${words}</text>`;
  const box = (x, y, w, h) =>
    `<rect class="box" x="${x - w / 2}" y="${y - h / 2}" width="${w}" height="${h}" rx="7"/>`;
  const group = (kind, keys, inner, more = "") =>
    front.push(`<g class="${kind}" data-q="${keys.join(" ")}" ${more}>${inner}</g>`);
  // A parameter, and in the update the arrow to its new value.
  const moving = (k, next) => !look.results.has(next) ? number(look.known(next) ? next : k)
    : `${g.narrow ? "" : brief(k)}→${number(next)}`;

  function edge(name, place, low, [x1, y1], [x2, y2]) {
    const [k, slope, next] = [key(name, place), key(`dE_d${name}`, place), key(`${name}_new`, place)];
    const carries = look.lower === low || look.path.has(k);
    const kind = low ? state(slope, ...(carries ? [k] : [])) : state(next, ...(carries ? [k] : []));
    const active = /parts|results|path/.test(kind);
    const asSlope = low && (look.results.has(slope) || look.parts.has(slope));
    const value = valueOf(asSlope && look.known(slope) ? slope : k, env);
    const few = sizes[LETTERS[name][0]] * sizes[LETTERS[name][1]] <= 6;
    const words = low ? active && number(asSlope ? slope : k) : (active || few) && moving(k, next);
    const t = g.narrow ? 0.2 : 0.27;
    const spot = g.narrow ? x1 + 3 : x1 + t * (x2 - x1);
    const line = `x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"`;
    const thick = 0.8 + 2.4 * Math.min(1, Math.abs(value) / 1.5);
    (active ? front : back).push(
      `<g class="edge ${sign(value)} ${kind}" data-q="${low ? `${slope} ${look.lower ? k : ""}` : `${k} ${next}`}" ${
        low ? "" : touch(k)}><line class="reach" ${line}/><line class="stroke" ${line} stroke-width="${
        thick.toFixed(2)}"/>${words ? text(spot, y1 + t * (y2 - y1) + 4, g.narrow ? "left" : "", words) : ""}</g>`);
  }

  for (const low of look.backward ? [false, true] : [false]) {
    const y = low ? g.low : g.y;
    const [left, right] = [-g.unit / 2, g.unit / 2];
    for (const [i, h] of places("ih", sizes)) {
      edge("w", [i, h], low, [g.x.i + (low ? 7 : g.cell / 2), y("i", i)], [g.x.h + left, y("h", h)]);
    }
    for (const [h, o] of places("ho", sizes)) {
      edge("v", [h, o], low, [g.x.h + right, y("h", h)], [g.x.o + left, y("o", o)]);
    }
  }

  const cell = (name, letter, y, k) => group(`cell ${state(k)}`, [k],
    box(g.x[letter], y, g.cell, 30) + text(g.x[letter], y + 5, "", brief(k)), touch(k));
  const row = (k, letter, x, y, strong = "") =>
    `<g class="row ${state(k)}" data-q="${k}">${text(x - g.unit / 2 + 8, y, "name", letter)}${
      text(x + 10, y, strong, number(k))}</g>`;
  function unit(letter, k, bias, N, out, delta) {
    const [x, y] = [g.x[letter], g.y(letter, k)];
    const [b, next, slope] = [key(bias, [k]), key(`${bias}_new`, [k]), key(`dE_d${bias}`, [k])];
    const [kN, kO, kD] = [N, out, delta].map((name) => key(name, [k]));
    group(`unit ${state(kN, kO)}`, [], box(x, y, g.unit, 46) + row(kN, "N", x, y - 5) +
      row(kO, out, x, y + 15, "strong"));
    group(`bias ${sign(valueOf(b, env))} ${state(b, next)}`, [b, next, slope],
      text(x, y - 29, "", `${bias} ${moving(b, next)}`), touch(b));
    if (look.backward) {
      const low = g.low(letter, k);
      group(`pill ${state(kD, slope)}${look.known(kD) ? " known" : ""}`, [kD],
        box(x, low, g.unit, 28) + row(kD, "δ", x, low + 5, "strong"));
    }
  }
  for (let k = 0; k < sizes.i; k++) {
    cell("X", "i", g.y("i", k), key("X", [k]));
    if (look.backward) front.push(`<circle cx="${g.x.i}" cy="${g.low("i", k)}" r="4"/>`);
  }
  for (let k = 0; k < sizes.h; k++) unit("h", k, "b", "N_h", "H", "delta_h");
  for (let k = 0; k < sizes.o; k++) {
    unit("o", k, "c", "N_o", "O", "delta_o");
    if (look.desired) cell("D", "d", g.y("o", k), key("D", [k]));
  }
  if (look.desired) {
    group(`pill ${state("E:")}${look.known("E:") ? " known" : ""}`, ["E:"],
      box(g.x.o, g.turn, g.unit, 26) + text(g.x.o, g.turn + 5, "strong", `E ${number("E:")}`));
  }
  const heads = { i: ["X", "inputs"], h: ["H", "hidden"], o: ["O", "outputs"] };
  if (look.desired) heads.d = ["D", "desired"];
  for (const [letter, words] of Object.entries(heads)) {
    front.push(text(g.x[letter], 11, "head", words[g.narrow ? 0 : 1]));
  }
  if (look.backward) front.push(text(2, g.turn + 5, "head left", "← slopes of E"));
  return `<svg viewBox="0 0 ${g.W} ${g.height}" width="${g.W}" height="${g.height}" role="group" aria-label="${
    "The network; the table of all numbers says the same"}">${back.join("")}${front.join("")}</svg>`;
}

// The error over the updates.
function plot(errors) {
  const [W, H] = [200, 48];
  const most = Math.max(...errors, 1e-12);
  const points = errors.map((e, k) =>
    `${(4 + k * (W - 8) / (errors.length - 1)).toFixed(1)},${(H - 4 - (H - 8) * e / most).toFixed(1)}`);
  const words = `E over ${errors.length - 1} updates, from ${shown(errors[0])} to ${shown(errors.at(-1))}`;
  return `<svg class="plot" width="${W}" height="${H}" role="img" aria-label="${words}">` +
    `<line x1="4" x2="${W}" y1="${H - 4}" y2="${H - 4}"/><polyline points="${points.join(" ")}"/></svg>`;
}

// ---- questions

// How a typed number was rounded: its decimals and its significant digits.
function digitsOf(text) {
  const [mantissa, power] = text.trim().replace(/[−–]/g, "-").replace(",", ".").toLowerCase().split("e");
  const decimals = (mantissa.split(".")[1] ?? "").length - Number(power ?? 0);
  const significant = mantissa.replace(/[-+.]/g, "").replace(/^0+/, "").length;
  return { decimals, significant };
}

// How well a typed number fits a value: 3 the very number, 2 rounded to the digits typed,
// 1 rounded on the way, 0 not.
function fit(text, typed, value) {
  const { decimals, significant } = digitsOf(text);
  const off = Math.abs(typed - value), size = Math.abs(value);
  if (same(typed, value)) return 3;
  const rounded = off <= 0.5 * 10 ** -decimals * (1 + 1e-9);
  if (rounded && (significant > 1 || off <= 0.02 * size || (!typed && decimals > 2))) return 2;
  return off <= 0.004 * size ? 1 : 0;
}

// The mistakes one could make here, each with the value it gives.
function wrongValues(equation, s, env, index) {
  return equation.mistakes
    .filter((m) => !m.only || m.only === s.transfer)
    .filter((m) => !m.square || env[m.square].length === env[m.square][0].length)
    .map((m) => ({ ...m, value: evaluate(m.tree, env, index) }))
    .filter((m) => Number.isFinite(m.value));
}

const same = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

// Whether it is right, which mistakes it could be, and which of them these numbers hide.
function judge(text, typed, right, wrong) {
  const hidden = wrong.filter((m) => same(m.value, right));
  const others = wrong.filter((m) => !hidden.includes(m))
    .map((m) => ({ ...m, fits: fit(text, typed, m.value) }));
  const own = fit(text, typed, right);
  const best = Math.max(own, ...others.map((m) => m.fits));
  const found = others.filter((m) => m.fits && m.fits === best);
  return { right: own > 0 && own === best, near: own === 1, found: best > 1 || !own ? found : [], hidden };
}

// The answer to a typed number, as HTML.
function answer({ right, near, found, hidden }, typed, value) {
  const names = (list) => list.map((m) => `“${low(m.name)}”`).join(" and ");
  if (right) {
    return `<b>Right</b>${near ? ", rounded on the way" : ""}.${
      found.length ? ` <em>To so few digits ${names(found)} looks the same.</em>` : ""}${
      hidden.length ? ` <em>With these numbers ${names(hidden)} gives the same: this number cannot tell.</em>` : ""}`;
  }
  if (found.length) {
    const told = found.map((m) => `<b>${low(m.name)}.</b> ${low(m.sentence)} <code>${escape(m.mend)}</code>`);
    return (told.length > 1 ? "These numbers cannot tell which: " : "") + told.join("<br>or ");
  }
  if (typed * value < 0) return "Not this: the sign is the other one.";
  return `Not this: it is too ${Math.abs(typed) > Math.abs(value) ? "large" : "small"} in size, and no mistake this book knows.`;
}

// N_h in running text.
const low = (text) => text.replace(/_(\w)/g, "<sub>$1</sub>");
const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

// What can be asked instead of the number itself: a question, its answers, the right one.
function quickQuestion(equation, env, stop, plain) {
  const name = resultName(equation);
  if (stop.place) {
    const x = valueOf(key(name, stop.place), env);
    if (name.endsWith("_new")) {
      const before = valueOf(key(equation.name, stop.place), env);
      return { ask: "Which way does it move?", answers: ["up", "down"], right: x > before ? 0 : x < before ? 1 : -1 };
    }
    if (/^(N_|d)/.test(name)) {
      return { ask: "Which sign?", answers: ["+", "−"], right: x > 0 ? 0 : x < 0 ? 1 : -1 };
    }
    return null;
  }
  const all = places(equation.indices, env.sizes);
  if (all.length < 2 || all.length > 8) return null;
  const size = (place) => {
    const before = name.endsWith("_new") ? valueOf(key(equation.name, place), env) : 0;
    return Math.abs(valueOf(key(name, place), env) - before);
  };
  const sizes = all.map(size);
  const right = sizes.indexOf(Math.max(...sizes));
  const ask = name.endsWith("_new") ? "Which moves most?" : "Which is largest in size?";
  return { ask, answers: all.map((place) => plain(key(name, place))), right };
}

// ---- instrument

const NAMES = {
  "forward": "Forward", "error": "Error", "output delta": "Output delta",
  "hidden delta": "Hidden delta", "update": "Update", "unit": "one by one", "layer": "by layer",
};
const STATE = [...SETTINGS, ...PLACE];

const button = (act, words, more = "") =>
  `<button type="button" data-do="${act}" ${more}>${words}</button>`;
const walker = (act, sign, words) =>
  button(act, `<span aria-hidden="true">${sign}</span><span class="hid">${words}</span>`, `title="${words}"`);

const SHELL = `
<div class="bar"><div class="phases" role="group" aria-label="Phase"></div>
  <details class="settings"><summary></summary><div class="panel"></div></details></div>
<div class="net"></div>
<div class="read" aria-hidden="true"></div>
<div class="route" hidden></div>
<div class="equation"></div>
<div class="reply" role="status"></div>
<details class="code" open><summary></summary><pre class="scroll"></pre></details>
<div class="say"><p></p><details><summary>Why each factor?</summary><p></p></details></div>
<div class="train" hidden>${button("train", "Update")}${button("train", "10 times", 'data-n="10"')}${
  button("train", "100 times", 'data-n="100"')}<div class="chart"></div></div>
<div class="walk"><div class="steps" role="group" aria-label="Steps">${
  walker("first", "|←", "First step")}${walker("back", "←", "One step back")}<span class="count"></span>${
  walker("next", "→", "Next step")}${walker("last", "→|", "Last step")}</div>
  <div class="views" role="group" aria-label="Show"></div>
  <details class="more"><summary>More</summary><div class="panel">${
    button("python", "Copy as Python")}${button("picture", "Picture (SVG)")}${
    button("share", "Copy address")}<p>Keys: ← → step, Home End, 1–4 phase, Enter shows</p>
    <p class="took" role="status"></p><textarea readonly hidden aria-label="Python" rows="13"></textarea>
  </div></details></div>
<details class="all"><summary>All numbers</summary><div class="tables scroll"></div></details>
<div class="live hid" aria-live="polite"></div>
<form class="editor" hidden novalidate><label><span></span><input autocomplete="off"
  spellcheck="false"></label><output role="alert"></output></form>`;

class Instrument {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.book = model.get("book");
    this.phases = model.get("phases");
    // Where the book has each equation; only a page of the book knows.
    this.places = model.get("places") ?? {};
    // Without a widget manager the host is a page, and its address holds the state.
    this.page = !model.widget_manager;
    this.s = read(model, STATE);
    this.start = copy(this.s);
    this.past = [];
    this.seen = new Set();
    this.changed = new Set();
    const all = [...document.querySelectorAll('[data-widget="stepper"]')];
    this.name = `s${all.findIndex((one) => one.contains(el) || one === el.previousElementSibling) + 1}`;
    const kept = this.page && address.get(this.name);
    if (kept && sound({ ...this.s, ...kept }, this.book)) Object.assign(this.s, kept);
    this.at = (selector) => el.querySelector(selector);
    el.classList.add("stepper");
    el.tabIndex = -1;
    el.setAttribute("role", "group");
    el.setAttribute("aria-label", "Stepper: one pass of backpropagation");
    el.innerHTML = SHELL;
    this.at(".code").open = el.clientWidth > 480;
    this.width = Math.max(280, this.at(".net").clientWidth - 20 || 680);
    this.compute();
    if (kept?.open) this.seen.add(this.stopKey);
    if (/^[wv]:/.test(kept?.chosen) && valueOf(kept.chosen, this.env) > -Infinity) this.chosen = kept.chosen;
    this.buildControls();
    this.listen();
    this.show();
  }

  // ---- its state

  lettersOf = (name) => LETTERS[name] ??
    Object.values(this.book.equations).find((e) => e.name === name)?.indices ?? "";
  plain = (k) => plain(k, this.lettersOf);

  get stop() { return this.stops[this.s.step]; }
  get stopKey() { return `${this.stop.label}:${this.stop.place ?? ""}`; }
  get equation() { return this.book.equations[this.stop.label]; }
  get open() { return !this.s.ask || this.seen.has(this.stopKey); }
  get backward() { return this.phases.some((phase) => !/forward|error/.test(phase)); }

  // The places shown at this stop, and the keys of their results.
  get here() {
    return this.stop.place ? [this.stop.place] : places(this.equation.indices, this.env.sizes);
  }
  get results() { return this.here.map((place) => key(resultName(this.equation), place)); }

  indexOf(place) {
    return Object.fromEntries([...this.equation.indices].map((u, j) => [u, place[j]]));
  }

  compute() {
    const { s, book } = this;
    this.stops = stopsOf(book, this.phases, s.view, sizesOf(s));
    s.step = Math.max(0, Math.min(s.step, this.stops.length - 1));
    this.env = pass(book, s);
    this.wrong = null;
    const id = this.model.get("compare");
    if (!id) return;
    const instead = {};
    for (const [label, { mistakes }] of Object.entries(book.equations)) {
      const m = mistakes.find((m) => id === m.id || id === `${label}/${m.id}`);
      if (m) [instead[label], this.wrongName] = [m.tree, m.name];
    }
    this.wrong = { instead, env: pass(book, s, instead) };
  }

  // Take over changes: on the screen, into the model, into the address.
  take(changes, { undo = true, mark = true } = {}) {
    const before = this.env;
    if (undo) this.past = [...this.past.slice(-199), copy(this.s)];
    Object.assign(this.s, copy(changes));
    this.compute();
    if (mark) this.changed = differing(before, this.env);
    this.show();
    this.keep();
  }

  change(changes) { this.take({ errors: [], ...changes }); }

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
    const changed = STATE.filter((name) => !equal(this.s[name], this.start[name]));
    const changes = Object.fromEntries(changed.map((name) => [name, this.s[name]]));
    if (changes.errors) changes.errors = changes.errors.map((e) => Number(e.toPrecision(4)));
    if (this.s.ask && this.open) changes.open = 1;
    if (this.chosen) changes.chosen = this.chosen;
    address.set(this.name, changes);
  }

  assign(k, value) {
    const [name, where] = splitKey(k);
    if (!where.length) return this.take({ [name]: value });
    if (name === "X" || name === "D") where.unshift(this.s.example);
    const array = copy(this.s[name]);
    let row = array;
    for (const j of where.slice(0, -1)) row = row[j];
    row[where.at(-1)] = value;
    this.change({ [name]: array });
  }

  go(step) {
    if (step > this.s.step) this.seen.add(this.stopKey);
    this.changed.clear();
    this.tell = "";
    this.s.step = Math.max(0, Math.min(step, this.stops.length - 1));
    this.show();
    this.keep();
    this.announce();
  }

  toPhase(phase) { this.go(this.stops.findIndex((stop) => stop.phase === phase)); }

  reveal(tell = "") {
    this.seen.add(this.stopKey);
    this.tell = tell;
    this.show();
    this.keep();
    this.announce();
  }

  setView(view) {
    const { label } = this.stop;
    const stops = stopsOf(this.book, this.phases, view, this.env.sizes);
    this.take({ view, step: stops.findIndex((stop) => stop.label === label) }, { undo: false });
    this.announce();
  }

  // New weights become the weights, once or several times.
  train(times) {
    const s = copy(this.s);
    if (!s.errors.length) s.errors = [meanError(this.book, s)];
    for (let k = 0; k < times; k++) {
      const env = pass(this.book, s);
      for (const name of "wbvc") s[name] = env[`${name}_new`];
      s.errors.push(meanError(this.book, s));
      if (![s.errors.at(-1), ...[s.w, s.b, s.v, s.c].flat(2)].every((x) => Math.abs(x) < 1e6)) {
        this.at(".reply").textContent = "The step was too large: the numbers ran away. Try a smaller η.";
        return;
      }
      s.example = (s.example + 1) % s.X.length;
    }
    this.seen.clear();
    this.tell = "";
    this.take({ ...s, errors: s.errors.slice(-1000), step: 0 });
    this.announce(`Updated. E is now ${shown(s.errors.at(-1))}.`);
  }

  randomise(seed) {
    this.seen.clear();
    this.change({ ...randomStart(this.s, seed), seed });
  }

  // ---- what it shows

  show() {
    const focused = this.el.contains(document.activeElement) ? document.activeElement : null;
    this.showControls();
    this.at(".net").innerHTML = drawing(this.env, this.width, this.look());
    this.showEquation();
    this.showWords();
    this.showPath();
    if (this.at(".all").open) this.showTables();
    for (const node of this.el.querySelectorAll("math:not([aria-label])")) {
      node.setAttribute("aria-label", spoken(node).replace(/\s+/g, " ").trim());
    }
    this.refocus(focused);
  }

  // Focus stays where it was, though the page around it is written anew.
  refocus(was) {
    if (!was || was.isConnected) return;
    const { edit, set, do: act } = was.dataset;
    const same = edit ? `${was.localName}[data-edit="${edit}"]` : set ? `[data-set="${set}"]` : act && `[data-do="${act}"]`;
    ((same && this.at(same)) || this.el).focus({ preventScroll: true });
  }

  look() {
    const { env, stop, equation, stops, open } = this;
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
    for (const place of this.here) parts(instance(equation.rhs, this.indexOf(place), env.sizes), taking);
    for (const k of [...taking]) if (k.startsWith("f'")) taking.add(k.slice(2));
    return {
      known, parts: taking, results: new Set(this.results), changed: this.changed,
      path: this.route(), plain: this.plain, lower: stop.label === "eq-hidden-delta",
      desired: this.phases.some((phase) => phase !== "forward"), backward: this.backward,
    };
  }

  // The equation as in its chapter; below it symbols, numbers, result of what is here.
  showEquation() {
    const { equation, env, open, here } = this;
    const arrow = equation.relation === "=" ? "=" : "←";
    const single = Boolean(this.stop.place);
    const few = here.length <= 6;
    const is = (inner, sign = "=") => formula(`<mo>${sign}</mo>${inner}`);
    const result = (k, from = env, kind = "") =>
      `<span class="result ${kind} ${this.changed.has(k) ? "changed" : ""}">${is(numberMath(valueOf(k, from), k))}</span>`;
    const rows = [];
    const row = (left, right) => rows.push(`<div class="lhs">${left}</div><div>${right}</div>`);
    here.forEach((place, n) => {
      const k = this.results[n];
      const index = this.indexOf(place);
      const write = (tree, ...how) => math(instance(tree, index, env.sizes), ...how);
      const left = formula(symbolMath(instance(equation.lhs, index, env.sizes), k));
      const value = open ? result(k) : single || few ? "" : is("<mo>?</mo>");
      const numbers = is(write(equation.rhs, env));
      if (single) {
        row(left, is(write(equation.rhs, null, 0, env), arrow));
        row("", numbers);
        if (open) row("", value);
      } else {
        row(left, (few ? numbers : "") + value);
      }
      if (!this.wrong || !open || same(valueOf(k, this.wrong.env), valueOf(k, env))) return;
      const tree = this.wrong.instead[this.stop.label];
      row("", `<span class="wrong">${this.wrongName}${tree ? "" : ", passed on"}:</span>`);
      row("", (single ? is(write(tree ?? equation.rhs, this.wrong.env)) : "") + result(k, this.wrong.env, "wrong"));
    });
    const place = this.places[this.stop.label];
    const link = place?.number
      ? `<a href="${place.chapter}">(${place.number})<span class="hid"> the equation in its chapter</span></a>` : "";
    this.at(".equation").innerHTML =
      `<div class="general"><div class="scroll">${formula(`${math(equation.lhs)}<mo>${arrow}</mo>${
        math(equation.rhs)}`)}</div>${link}</div><div class="lines scroll${few ? "" : " many"}">${
        rows.join("")}</div>${open ? "" : this.askForm()}`;
    this.at(".reply").innerHTML = this.tell ?? "";
  }

  askForm() {
    const quick = quickQuestion(this.equation, this.env, this.stop, this.plain);
    this.quick = quick;
    const field = this.stop.place
      ? `<input aria-label="Your prediction for ${this.plain(this.results[0])}" placeholder="your prediction"
          autocomplete="off" spellcheck="false"><button>Check</button>` : "";
    const answers = quick?.answers.map((words, n) => button("guess", words, `data-n="${n}"`));
    return `<form class="ask" novalidate>${field}${button("show", "Show")}${quick
      ? `<span class="quick" role="group" aria-label="${quick.ask}">${quick.ask} ${answers.join("")}</span>` : ""}</form>`;
  }

  showWords() {
    const { equation, stop, s } = this;
    const [say, why] = this.el.querySelectorAll(".say p");
    say.textContent = this.sentence();
    why.textContent = equation.words[3];
    this.at(".count").textContent = `step ${s.step + 1} of ${this.stops.length}`;
    const last = s.step === this.stops.length - 1;
    for (const [act, off] of Object.entries({ first: !s.step, back: !s.step, next: last, last })) {
      this.at(`[data-do="${act}"]`).setAttribute("aria-disabled", off);
    }
    const names = new Set([...parts(equation.rhs)].map((k) => k.split(":")[0].replace("f'", "")));
    const mark = (text) => escape(text).replace(/\b(?:(net|slope)\.)?([A-Za-z]\w*)/g, (word, of, name) => {
      const q = of === "slope" ? `dE_d${name}` : name;
      return names.has(q) || q === equation.name ? `<span data-q="${q}:">${word}</span>` : word;
    });
    const target = this.places[stop.label]?.code;
    this.at(".code summary").textContent = `backprop.py, line ${equation.code[1][0]}`;
    this.at("pre").innerHTML = equation.code.map(([n, text], j) => j
      ? `<span class="runs"><a class="n"${target ? ` href="${target}" aria-label="line ${n}"` : ""}>${n}</a>${mark(text)}</span>`
      : `<span class="n">${n}</span>${escape(text)}`).join("\n");
    const { errors } = s;
    this.at(".train").hidden = !this.phases.includes("update") || (stop.phase !== "update" && !errors.length);
    this.at(".chart").innerHTML = errors.length < 2 ? "" : `${plot(errors)} <span>E${
      s.X.length > 1 ? ", mean of the examples," : ""} is <b title="${full(errors.at(-1))}">${
      shown(errors.at(-1))}</b> after ${errors.length - 1}</span>`;
  }

  sentence() {
    const [, one, each] = this.equation.words;
    const index = this.indexOf(this.stop.place ?? []);
    return this.stop.place ? one.replace(/\{(\w)\}/g, (_, u) => index[u] + 1) : each;
  }

  // Built once, so that nothing vanishes under the pointer; then only filled.
  buildControls() {
    const { s, book } = this;
    const choose = (act) => (name) => button(act, NAMES[name], `data-n="${name}"`);
    this.at(".phases").innerHTML = this.phases.map(choose("phase")).join("");
    this.at(".views").innerHTML = ["unit", "layer"].map(choose("view")).join("");
    const label = (name, words, inner) => `<label data-for="${name}">${words} ${inner}</label>`;
    const select = (name, words, options) => label(name, words, `<select data-set="${name}">${
      options.map((value) => `<option>${value}</option>`).join("")}</select>`);
    const field = (name, words) => label(name, words,
      `<input data-set="${name}" autocomplete="off"><output role="alert"></output>`);
    this.at(".settings .panel").innerHTML =
      select("example", "example", s.X.map((_, k) => k + 1)) +
      select("hidden", "hidden units", [1, 2, 3, 4, 5, 6]) +
      select("transfer", "transfer function", Object.keys(book.functions)) +
      field("alpha", "slope α") + field("eta", "learning rate η") +
      field("seed", "seed") + button("random", "Random start") +
      label("ask", "", '<input type="checkbox" data-set="ask"> ask before showing') +
      button("undo", "Undo") + button("reset", "Start again");
    this.at('[data-for="example"]').hidden = s.X.length < 2;
    this.at('[data-do="share"]').hidden = !this.page;
  }

  showControls() {
    const { s, env: { sizes }, stop } = this;
    for (const node of this.el.querySelectorAll("[data-n]")) {
      if (node.dataset.n in NAMES) node.ariaPressed = [stop.phase, s.view].includes(node.dataset.n);
    }
    const values = { ...s, hidden: sizes.h, example: s.example + 1 };
    for (const node of this.el.querySelectorAll("[data-set]")) {
      const value = values[node.dataset.set];
      if (node.type === "checkbox") node.checked = value;
      else if (node.ariaInvalid !== "true") node.value = typeof value === "number" ? full(value) : value;
    }
    const logistic = s.transfer === "logistic";
    this.at('[data-for="alpha"]').hidden = !logistic;
    this.at(".settings summary").textContent =
      `${Object.values(sizes).join("-")} ${s.transfer}${logistic ? `, α ${shown(s.alpha)}` : ""}, η ${shown(s.eta)}`;
  }

  // What lights up from E back to the chosen weight.
  route() {
    if (!this.chosen || !this.backward) return new Set();
    const [name, [a, b]] = splitKey(this.chosen);
    const found = ["E:", this.chosen, key(`dE_d${name}`, [a, b])];
    if (name === "v") return new Set([...found, key("delta_o", [b])]);
    const fed = places("o", this.env.sizes).flatMap(([o]) => [key("delta_o", [o]), key("dE_dv", [b, o])]);
    return new Set([...found, key("delta_h", [b]), ...fed]);
  }

  showPath() {
    const box = this.at(".route");
    box.hidden = !this.chosen || !this.backward;
    if (box.hidden) return;
    const { env } = this;
    const [name, where] = splitKey(this.chosen);
    const index = Object.fromEntries([...LETTERS[name]].map((u, j) => [u, where[j]]));
    const factors = this.book.paths[name];
    // For w the factors that depend on o are summed: the path splits there.
    const splits = ([, rhs]) => name === "w" && JSON.stringify(rhs).includes('"o"');
    const fan = factors.filter(splits), line = factors.filter((f) => !splits(f));
    const product = (list) => list.map(([, rhs]) => rhs);
    const tree = ["mul", ...(fan.length ? [["sum", "o", ["mul", ...product(fan)]]] : []), ...product(line)];
    const hops = (list, more) => list.map(([lhs, rhs], n) => {
      const at = { ...index, ...more };
      const [from, to] = [lhs[1], lhs[2]].map((t) => this.plain(keyOf(instance(t, at, env.sizes))));
      return `${n ? "" : from} <span class="hop">× ${shown(evaluate(rhs, env, at))} →</span> ${to}`;
    }).join("");
    const rows = fan.length ? places("o", env.sizes).map(([o]) => hops(fan, { o })) : [];
    const bound = instance(tree, index, env.sizes);
    const slope = symbolMath(["d", ["var", "E"], treeOf(this.chosen, this.lettersOf)]);
    const lines = [math(bound, null, 0, env), math(bound, env), numberMath(evaluate(tree, env, index))];
    box.innerHTML = `<div class="head"><b>From E back to ${this.plain(this.chosen)}</b>${
      button("close", "Close")}</div><ul>${[...rows, hops(line)].map((row) => `<li>${row}</li>`).join("")}</ul>
      <div class="lines scroll">${lines.map((inner, n) => `<div class="lhs">${n ? "" : formula(slope)}</div><div>${
        formula(`<mo>=</mo>${inner}`)}</div>`).join("")}</div>`;
  }

  // The text twin of the drawing: fields for what may be changed, then what is known.
  showTables() {
    const { known, desired } = this.look();
    const made = Object.entries(this.book.equations);
    const last = made.findIndex(([label]) => label === this.stops.at(-1).label);
    const names = ["X", "w", "b", "v", "c", ...(desired ? ["D"] : []),
      ...made.slice(0, last + 1).map(([, equation]) => resultName(equation))];
    const item = (k) => `<span class="item"><small>${this.plain(k).split(" ").slice(1).join(" ")}</small> ${
      k.split(":")[0] in LETTERS ? `<input data-edit="${k}" data-q="${k}" aria-label="${this.plain(k)}" autocomplete="off">`
        : `<span data-q="${k}"></span>`}</span>`;
    const row = (name) => {
      const letters = this.lettersOf(name.replace("_new", ""));
      const tree = treeOf(key(name), this.lettersOf);
      (tree[2] ?? tree).push(...letters);
      return `<tr><th scope="row">${formula(symbolMath(tree))}${
        name.endsWith("_new") ? " <small>after the update</small>" : ""}</th><td>${
        places(letters, this.env.sizes).map((place) => item(key(name, place))).join(" ")}</td></tr>`;
    };
    const shape = names + JSON.stringify(this.env.sizes);
    if (shape !== this.shape) {
      this.at(".tables").innerHTML = `<output role="alert"></output><table>${names.map(row).join("")}</table>`;
    }
    this.shape = shape;
    for (const node of this.el.querySelectorAll(".tables [data-q]")) {
      const k = node.dataset.q, x = valueOf(k, this.env);
      node.parentElement.classList.toggle("changed", this.changed.has(k));
      node.title = full(x);
      if (node.dataset.edit) node.value = full(x);
      else node.textContent = known(k) ? shown(x) : "·";
    }
  }

  announce(words) {
    const values = this.results.slice(0, 8).map((k) => `${this.plain(k)} is ${shown(valueOf(k, this.env))}`);
    this.at(".live").textContent = words ?? `Step ${this.s.step + 1} of ${this.stops.length}, ${
      this.stop.phase}. ${this.sentence()} ${this.open ? values.join(", ") : "What is it?"}`;
  }

  // ---- what the reader does

  listen() {
    const { el, model } = this;
    const handlers = {
      click: (event) => this.click(event), keydown: (event) => this.keydown(event),
      submit: (event) => this.submit(event), change: (event) => this.typed(event.target),
      // Leaving the editor draws anew: first let the click find what it was meant for.
      mousedown: (event) => {
        if (this.editing && !event.target.closest("input, select, textarea, summary")) event.preventDefault();
      },
      pointerover: (event) => this.light(event.target), pointerleave: () => this.light(null),
      focusin: (event) => this.light(event.target),
    };
    for (const [type, handler] of Object.entries(handlers)) el.addEventListener(type, handler);
    this.at(".all").addEventListener("toggle", () => this.show());
    this.at(".editor input").addEventListener("blur", () => this.leaveEditor());
    const observer = new ResizeObserver(() => {
      const width = Math.max(280, this.at(".net").clientWidth - 20);
      if (Math.abs(width - this.width) < 2) return;
      this.width = width;
      this.show();
    });
    observer.observe(this.at(".net"));
    const flush = () => this.write();
    addEventListener("pagehide", flush);
    // Python, or another view of this widget, changes the state from outside.
    const outside = () => {
      if (this.own || this.waiting) return;
      this.waiting = true;
      queueMicrotask(() => {
        this.waiting = false;
        this.take(read(model, STATE), { undo: false });
      });
    };
    for (const name of STATE) model.on(`change:${name}`, outside);
    this.remove = () => {
      this.write();
      observer.disconnect();
      removeEventListener("pagehide", flush);
      for (const name of STATE) model.off(`change:${name}`, outside);
    };
  }

  click(event) {
    if (!event.target.closest(".editor")) this.leaveEditor();
    const own = event.target.closest("[data-do]");
    if (own) {
      if (own.getAttribute("aria-disabled") !== "true") this.act(own.dataset.do, own.dataset.n);
      return;
    }
    const part = event.target.closest("[data-edit], .equation [data-q]");
    const k = part?.dataset.edit ?? part?.dataset.q;
    if (part && part.localName !== "input" && k.split(":")[0] in LETTERS) this.edit(k, part);
  }

  act(what, n) {
    const { s, stops } = this;
    ({
      first: () => this.go(0), back: () => this.go(s.step - 1),
      next: () => this.go(s.step + 1), last: () => this.go(stops.length - 1),
      phase: () => this.toPhase(n), view: () => this.setView(n),
      show: () => this.reveal(), guess: () => this.guess(Number(n)),
      train: () => this.train(Number(n ?? 1)), random: () => this.randomise(s.seed + 1),
      undo: () => this.past.length && this.take(this.past.pop(), { undo: false }),
      reset: () => { this.seen.clear(); this.tell = ""; this.take(this.start); },
      close: () => { this.chosen = null; this.show(); },
      python: () => this.giveCode(), picture: () => this.givePicture(), share: () => this.giveAddress(),
    })[what]();
  }

  keydown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target, key: pressed } = event;
    const typing = target.matches("input:not([type=checkbox]), textarea, select");
    const empty = target.matches(".ask input") && !target.value;
    const move = (!typing || empty) &&
      { ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last" }[pressed];
    const phase = !typing && this.phases[pressed - 1];
    const part = !typing && pressed === "Enter" && target.closest("[data-edit]");
    let done = true;
    if (pressed === "Escape" && (this.chosen || this.editing)) {
      this.leaveEditor("cancel");
      this.chosen = null;
      this.show();
    } else if (move) {
      this.act(move);
      // Who answers by keyboard finds the next field under the fingers.
      if (empty || this.answering) (this.at(".ask input") ?? this.el).focus({ preventScroll: true });
    } else if (phase) {
      this.toPhase(phase);
    } else if (part) {
      this.edit(part.dataset.edit, part);
    } else if (pressed === "Enter" && !typing && !target.closest("button, summary, a") && !this.open) {
      this.reveal();
    } else {
      done = false;
    }
    if (done) event.preventDefault();
    // A deck turns its pages at these keys: not while the reader is in here.
    if (pressed !== "Tab" && pressed !== "Escape" || done) event.stopPropagation();
  }

  submit(event) {
    event.preventDefault();
    if (event.target.matches(".editor")) return this.leaveEditor("entered");
    const input = this.at(".ask input");
    if (!input?.value.trim()) return this.reveal();
    this.answering = true;
    const { value, why } = number(input.value);
    const right = valueOf(this.results[0], this.env);
    const index = this.indexOf(this.stop.place);
    const found = why ? null
      : judge(input.value, value, right, wrongValues(this.equation, this.s, this.env, index));
    const told = why ? escape(why) : answer(found, value, right);
    if (found?.right) return this.reveal(`<span class="good">${told}</span>`);
    input.setAttribute("aria-invalid", "true");
    this.at(".reply").innerHTML = `<span class="bad">${told}</span>`;
    input.select();
  }

  guess(n) {
    const { right, answers } = this.quick;
    const hint = right < 0 ? "it is exactly 0" : answers.length > 2 ? `it is ${answers[right]}` : "the other one";
    this.at(".reply").innerHTML = n === right
      ? '<span class="good"><b>Yes.</b> And the number?</span>'
      : `<span class="bad"><b>No</b>, ${hint}. Which factor decides?</span>`;
  }

  // A field or a choice was changed; what it will not take is said beside it.
  typed(target) {
    const { set: name, edit: k } = target.dataset;
    if (name === "ask") return this.take({ ask: target.checked }, { undo: false });
    if (name === "hidden") return this.change(resized(this.s, Number(target.value)));
    if (name === "transfer") return this.change({ transfer: target.value });
    if (name === "example") return this.take({ example: target.value - 1 });
    if (!name && !k) return;
    const { value, why } = number(target.value, name);
    const wrong = why ?? (name === "seed" && (value < 0 || value % 1) ? "A whole number from 0." : "");
    target.setAttribute("aria-invalid", Boolean(wrong));
    (name ? target.nextElementSibling : this.at(".tables output")).textContent = wrong;
    if (wrong) return;
    if (name === "seed") this.randomise(value);
    else this.assign(k ?? `${name}:`, value);
  }

  // A field where the number stands; a weight also shows its path.
  edit(k, part) {
    this.chosen = /^[wv]:/.test(k) ? k : null;
    this.show();
    const form = this.at(".editor"), input = this.at(".editor input");
    const spot = (part.isConnected ? part : this.at(`.net [data-edit="${k}"]`));
    const a = (spot?.querySelector?.("text") ?? spot ?? this.el).getBoundingClientRect();
    const b = this.el.getBoundingClientRect();
    form.hidden = false;
    form.querySelector("span").textContent = this.plain(k);
    form.querySelector("output").textContent = "";
    input.removeAttribute("aria-invalid");
    input.value = full(valueOf(k, this.env));
    const left = a.left - b.left + (a.width - form.offsetWidth) / 2;
    form.style.left = `${Math.max(4, Math.min(left, b.width - form.offsetWidth - 6))}px`;
    form.style.top = `${a.top - b.top + a.height / 2 - 22}px`;
    this.editing = k;
    input.focus({ preventScroll: true });
    input.select();
  }

  // By Enter ("entered"), Escape ("cancel") or by going elsewhere.
  leaveEditor(how) {
    const k = this.editing;
    if (!k) return;
    const input = this.at(".editor input");
    const { value, why } = number(input.value, k.split(":")[0]);
    if (why && how === "entered") {
      this.at(".editor output").textContent = why;
      input.setAttribute("aria-invalid", "true");
      return;
    }
    this.editing = null;
    this.at(".editor").hidden = true;
    if (!why && how !== "cancel" && value !== valueOf(k, this.env)) this.assign(k, value);
    if (how) (this.at(`.net [data-edit="${k}"][tabindex]`) ?? this.el).focus({ preventScroll: true });
  }

  // The same quantity lights up everywhere, and is read out in full.
  light(target) {
    const own = target?.closest?.("[data-q]");
    const keys = own && this.el.contains(own) ? own.dataset.q.split(" ").filter(Boolean) : [];
    if (keys.join() === this.lit) return;
    this.lit = keys.join();
    // "w:" is every w: in the code, in the general equation.
    const meets = (a, b) => a === b || (a.split(":")[0] === b.split(":")[0] && (a.endsWith(":") || b.endsWith(":")));
    for (const node of this.el.querySelectorAll("[data-q]")) {
      node.classList.toggle("lit", node.dataset.q.split(" ").some((k) => k && keys.some((q) => meets(k, q))));
    }
    const { known } = this.look();
    const told = keys.filter((k) => known(k) && typeof valueOf(k, this.env) === "number");
    this.at(".read").textContent = told.map((k) =>
      `${this.plain(k)}${k.includes("_new") ? " after the update" : ""} = ${full(valueOf(k, this.env))}`).join("   ");
  }

  // ---- to take away

  python() {
    const { s } = this;
    const list = (value) => JSON.stringify(value).replace(/,/g, ", ");
    const f = s.transfer === "logistic" ? `Logistic(alpha=${s.alpha})` : `transfer_function("${s.transfer}")`;
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

  async clip(text, words) {
    const told = this.at(".took");
    try {
      await navigator.clipboard.writeText(text);
      told.textContent = words;
    } catch {
      told.textContent = `Copy this: ${text === location.href ? text : ""}`;
    }
  }

  giveCode() {
    const area = this.at("textarea");
    area.hidden = false;
    area.value = this.python();
    return this.clip(area.value, "Copied: it prints these numbers.");
  }

  giveAddress() {
    this.keep();
    this.write();
    return this.clip(location.href, "Copied: it opens this very screen.");
  }

  givePicture() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([this.picture()], { type: "image/svg+xml" }));
    link.download = `step-${this.s.step + 1}.svg`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    this.at(".took").textContent = `Saved as ${link.download}.`;
  }

  // The drawing as it looks now, with what it shows in words below it.
  picture() {
    const from = this.at(".net svg"), to = from.cloneNode(true);
    const copies = to.querySelectorAll("*");
    const kept = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size",
      "font-weight", "font-style", "text-anchor", "paint-order"];
    from.querySelectorAll("*").forEach((node, n) => {
      const style = getComputedStyle(node);
      for (const { name } of [...copies[n].attributes]) {
        if (/^(class|role|tabindex|aria|data)/.test(name)) copies[n].removeAttribute(name);
      }
      copies[n].setAttribute("style", kept.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
    });
    const { width, height } = from.viewBox.baseVal;
    const words = document.createElementNS(to.namespaceURI, "text");
    const values = this.results.slice(0, 4).map((k) => `${this.plain(k)} = ${shown(valueOf(k, this.env))}`);
    words.textContent = this.open ? values.join(",  ") : this.sentence();
    words.setAttribute("style", `fill:${getComputedStyle(this.el).color};font:14px sans-serif;text-anchor:middle`);
    words.setAttribute("x", width / 2);
    words.setAttribute("y", height + 24);
    to.append(words);
    to.setAttribute("viewBox", `-8 -8 ${width + 16} ${height + 46}`);
    to.setAttribute("height", height + 46);
    return new XMLSerializer().serializeToString(to);
  }
}

const equal = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// The keys whose numbers differ between two passes.
function differing(before, after) {
  const found = new Set();
  const walk = (name, a, b, place) => {
    if (isList(b)) b.forEach((part, j) => walk(name, a?.[j], part, [...place, j]));
    else if (typeof b === "number" && a !== b) found.add(key(name, place));
  };
  for (const name of Object.keys(after)) {
    if (!/^(f|slope|sizes)$/.test(name)) walk(name, before[name], after[name], []);
  }
  return found;
}

// Whether a state out of an address is one a reader could have made.
function sound(s, book) {
  const fits = (value, ...shape) => shape.length
    ? isList(value) && value.length === shape[0] && value.every((part) => fits(part, ...shape.slice(1)))
    : typeof value === "number" && Math.abs(value) < 1e6;
  try {
    const { i, h, o } = sizesOf(s), n = s.X.length;
    return h < 13 && fits(s.w, i, h) && fits(s.b, h) && fits(s.v, h, o) && fits(s.c, o) && fits(s.X, n, i) &&
      fits(s.D, n, o) && fits(s.errors, s.errors.length) && Object.hasOwn(book.functions, s.transfer) && s.example in s.X &&
      [s.eta, s.alpha, s.seed + 1, s.step + 1].every((x) => x > 0 && x <= 1e6) && /^(unit|layer)$/.test(s.view);
  } catch {
    return false;
  }
}

export default {
  render({ model, el }) {
    const instrument = new Instrument(model, el);
    return () => instrument.remove();
  },
};

export { pass, judge, wrongValues };

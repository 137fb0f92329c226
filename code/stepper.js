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
  return Object.fromEntries(names.map((name) => [name, copy(model.get(name) ?? 0)]));
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

function valueOf(k, env) {
  const [name, place] = k.split(":");
  const where = place ? place.split(",").map(Number) : [];
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
  const W = Math.min(width, 760);
  const most = Math.max(sizes.i, sizes.h, sizes.o);
  const wide = { cell: narrow ? 46 : 58, unit: narrow ? 66 : 92 };
  const pitch = most <= 2 ? 84 : most === 3 ? 74 : 62;
  const lowPitch = most <= 2 ? 56 : most === 3 ? 46 : 38;
  const top = 24;
  const x = { i: wide.cell / 2 + 1, d: W - wide.cell / 2 - 1 };
  x.o = (desired ? W - wide.cell - (narrow ? 10 : 26) : W) - wide.unit / 2 - 1;
  x.h = (x.i + wide.cell / 2 + x.o - wide.unit / 2) / 2;
  const turn = top + most * pitch + 12;
  const low = turn + 30;
  const column = (letter, start, gap) => (k) =>
    start + (most * gap) / 2 + (k - (sizes[letter] - 1) / 2) * gap;
  const y = {}, yLow = {};
  for (const letter of "iho") {
    y[letter] = column(letter, top, pitch);
    yLow[letter] = column(letter, low, lowPitch);
  }
  const bottom = backward ? low + most * lowPitch + 4 : desired ? turn + 24 : turn - 10;
  return { W, narrow, ...wide, x, y, yLow, top, turn, low, bottom };
}

// The network of one stop as SVG text. `look` says what is known, active and changed.
function drawing(env, width, look) {
  const { sizes } = env;
  const g = layout(sizes, width, look);
  const few = { w: sizes.i * sizes.h <= 6, v: sizes.h * sizes.o <= 6 };
  const out = [];
  const state = (k) => [
    look.parts.has(k) && "on", look.results.has(k) && "now", look.path.has(k) && "way",
    look.changed.has(k) && "changed",
  ].filter(Boolean).join(" ");
  const number = (k) => !look.known(k) ? (look.results.has(k) ? "?" : "") :
    shown(valueOf(k, env), g.narrow ? 3 : 4);
  // What takes part can be reached by the Tab key; so can what is a number to change.
  const touch = (k, words) => {
    const reach = look.parts.has(k) || look.results.has(k) ? ' tabindex="0"' : "";
    return `data-q="${k}" data-edit="${k}" role="button"${reach} aria-label="${words}"`;
  };
  const named = (k) => `${look.plain(k)} is ${full(valueOf(k, env))}: change it`;

  const edge = (name, from, to, place, low) => {
    const k = key(name, place);
    const slope = key(`dE_d${name}`, place), next = key(`${name}_new`, place);
    const value = valueOf(k, env);
    const lit = low ? `${state(slope)} ${look.lower ? state(k) : ""}`
      : `${look.lower ? (look.path.has(k) ? "way" : "") : state(k)} ${state(next)}`;
    const active = /on|now|way/.test(lit);
    const thick = (0.8 + 2.4 * Math.min(1, Math.abs(low && look.known(slope)
      ? 8 * valueOf(slope, env) : value) / 1.5)).toFixed(2);
    const tone = sign(low && look.known(slope) && !look.lower ? valueOf(slope, env) : value);
    const [x1, y1, x2, y2] = [from[0], from[1], to[0], to[1]];
    const line = `x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"`;
    const q = low ? slope : `${k} ${next}`;
    let text = "";
    if (low) {
      if (active) text = look.results.has(slope) || look.parts.has(slope) ? number(slope) : number(k);
    } else if (active || few[name]) {
      text = number(k);
      if (look.results.has(next)) text += `→${look.known(next) ? number(next) : "?"}`;
      else if (look.known(next)) text = number(next);
    }
    const t = low ? 0.42 : look.results.has(next) ? 0.45 : Math.max(0.27, 17 / (x2 - x1));
    const label = text && `<text class="edge-label ${tone}" x="${(x1 + t * (x2 - x1)).toFixed(1)}" y="${
      (y1 + t * (y2 - y1) + 4).toFixed(1)}">${text}</text>`;
    const who = low ? `data-q="${look.lower ? `${k} ${slope}` : slope}"`
      : touch(k, named(k)).replace(`data-q="${k}"`, `data-q="${q}"`);
    const svg = `<g class="edge ${tone} ${lit}" ${who}><line class="reach" ${line}/>` +
      `<line class="stroke" ${line} stroke-width="${thick}"/>${label}</g>`;
    out.push([active ? 1 : 0, svg]);
  };
  const each = (name, from, to, low) => {
    for (const [a, b] of places(LETTERS[name], sizes)) edge(name, from(a), to(b), [a, b], low);
  };
  const { x, y, yLow } = g;
  each("w", (k) => [x.i + g.cell / 2, y.i(k)], (k) => [x.h - g.unit / 2, y.h(k)], false);
  each("v", (k) => [x.h + g.unit / 2, y.h(k)], (k) => [x.o - g.unit / 2, y.o(k)], false);
  if (look.backward) {
    each("w", (k) => [x.i + 8, yLow.i(k)], (k) => [x.h - g.unit / 2, yLow.h(k)], true);
    each("v", (k) => [x.h + g.unit / 2, yLow.h(k)], (k) => [x.o - g.unit / 2, yLow.o(k)], true);
  }
  // What takes part is drawn over what does not.
  out.sort((a, b) => a[0] - b[0]);
  const edges = out.splice(0).map(([, svg]) => svg);

  const box = (cx, cy, w, h, extra = "") =>
    `<rect class="box" x="${cx - w / 2}" y="${cy - h / 2}" width="${w}" height="${h}" rx="${Math.min(8, h / 2)}"${extra}/>`;
  const cell = (name, cx, cy, k) => out.push(
    `<g class="cell ${state(k)}" ${touch(k, named(k))}>${box(cx, cy, g.cell, 30)}` +
    `<text class="number" x="${cx}" y="${cy + 5}">${shown(valueOf(k, env), g.narrow ? 3 : 4)}</text></g>`);
  const line = (k, letter, cx, cy, strong) =>
    `<g class="row ${state(k)}" data-q="${k}"><text class="name" x="${cx - g.unit / 2 + 8}" y="${cy}">${letter}</text>` +
    `<text class="number${strong ? " strong" : ""}" x="${cx + (g.narrow ? 9 : 10)}" y="${cy}">${number(k)}</text></g>`;
  const unit = (letter, k, N, out1, bias) => {
    const cx = x[letter], cy = y[letter](k);
    const [kN, kO, kB, kNew] = [key(N, [k]), key(out1, [k]), key(bias, [k]), key(`${bias}_new`, [k])];
    const lit = /now/.test(state(kN) + state(kO)) ? "now" : /on/.test(state(kN) + state(kO)) ? "on" : "";
    let b = number(kB);
    if (look.results.has(kNew)) b += `→${look.known(kNew) ? number(kNew) : "?"}`;
    else if (look.known(kNew)) b = number(kNew);
    out.push(`<g class="unit ${lit}">${box(cx, cy, g.unit, 46)}${
      line(kN, "N", cx, cy - 5, false)}${line(kO, out1, cx, cy + 15, true)}</g>` +
      `<g class="bias ${sign(valueOf(kB, env))} ${state(kB)} ${state(kNew)}" ${touch(kB, named(kB))
        .replace(`data-q="${kB}"`, `data-q="${kB} ${kNew} ${key(`dE_d${bias}`, [k])}"`)}>` +
      `<text x="${cx}" y="${cy - 29}">${bias} ${b}</text></g>`);
  };
  for (let k = 0; k < sizes.i; k++) cell("X", x.i, y.i(k), key("X", [k]));
  for (let k = 0; k < sizes.h; k++) unit("h", k, "N_h", "H", "b");
  for (let k = 0; k < sizes.o; k++) unit("o", k, "N_o", "O", "c");
  if (look.desired) {
    for (let k = 0; k < sizes.o; k++) cell("D", x.d, y.o(k), key("D", [k]));
    const k = "E:";
    const wE = g.narrow ? 78 : 104;
    out.push(`<g class="pill ${state(k)}" data-q="${k}">${box(x.o, g.turn, wE, 26)}` +
      `<text class="number" x="${x.o}" y="${g.turn + 5}">E ${number(k)}</text></g>`);
  }
  const pill = (name, letter, k) => {
    const q = key(name, [k]), cx = x[letter], cy = yLow[letter](k);
    out.push(`<g class="pill ${state(q)}" data-q="${q}">${box(cx, cy, g.unit, 28)}` +
      line(q, "δ", cx, cy + 5, true) + "</g>");
  };
  if (look.backward) {
    for (let k = 0; k < sizes.h; k++) pill("delta_h", "h", k);
    for (let k = 0; k < sizes.o; k++) pill("delta_o", "o", k);
    for (let k = 0; k < sizes.i; k++) {
      out.push(`<circle class="dot" cx="${x.i}" cy="${yLow.i(k)}" r="4"/>`);
    }
  }
  const titles = [["i", "X", "inputs"], ["h", "H", "hidden"], ["o", "O", "outputs"]];
  if (look.desired) titles.push(["d", "D", "desired"]);
  const heads = titles.map(([letter, short, long]) =>
    `<text class="head" x="${x[letter]}" y="12">${g.narrow ? short : long}</text>`);
  if (look.backward) {
    heads.push(`<text class="head left" x="2" y="${g.turn + 5}">← slopes of E</text>`);
  }
  return `<svg viewBox="0 0 ${g.W} ${g.bottom}" width="${g.W}" height="${g.bottom}" role="group" ` +
    `aria-label="The network. The table “All numbers” says the same.">${heads.join("")}${
      edges.join("")}${out.join("")}</svg>`;
}

// The error over the updates, as a small line.
function plot(errors) {
  const [W, H] = [220, 56];
  const most = Math.max(...errors, 1e-12);
  const step = (W - 12) / Math.max(1, errors.length - 1);
  const points = errors.map((e, k) =>
    `${(6 + k * step).toFixed(1)},${(H - 6 - (H - 12) * (e / most)).toFixed(1)}`);
  const [x, y] = points.at(-1).split(",");
  return `<svg class="plot" viewBox="0 0 ${W} ${H}" width="${W}" height="${H}" role="img" aria-label="E over ${
    errors.length - 1} updates: from ${shown(errors[0])} to ${shown(errors.at(-1))}">` +
    `<line class="axis" x1="6" x2="${W - 6}" y1="${H - 6}" y2="${H - 6}"/>` +
    `<polyline points="${points.join(" ")}"/><circle cx="${x}" cy="${y}" r="3"/></svg>`;
}

// ---- questions

// How a typed number was rounded: its decimals and its significant digits.
function digitsOf(text) {
  const [mantissa, power] = text.trim().replace(/[−–]/g, "-").replace(",", ".").toLowerCase().split("e");
  const decimals = (mantissa.split(".")[1] ?? "").length - Number(power ?? 0);
  const significant = mantissa.replace(/[-+.]/g, "").replace(/^0+/, "").length;
  return { decimals, significant };
}

// "exact": the value rounded to the digits typed. "near": rounded on the way. Or "".
function closeness(text, typed, value) {
  if (!Number.isFinite(value)) return "";
  const { decimals, significant } = digitsOf(text);
  const off = Math.abs(typed - value);
  const half = 0.5 * 10 ** -decimals * (1 + 1e-9) + 1e-12;
  const close = off <= 0.02 * Math.abs(value);
  if (off <= half && (significant > 1 || close || (typed === 0 && decimals > 2))) return "exact";
  return off <= 0.004 * Math.abs(value) ? "near" : "";
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

// {verdict: "right" | "near" | "mistake" | "unknown", found, twins}
function judge(text, typed, right, wrong) {
  const twins = wrong.filter((m) => same(m.value, right));
  const others = wrong.filter((m) => !same(m.value, right));
  const found = (how) => others.filter((m) => closeness(text, typed, m.value) === how);
  const own = closeness(text, typed, right);
  if (own === "exact") return { verdict: "right", found: found("exact"), twins };
  const exact = found("exact");
  if (exact.length) return { verdict: "mistake", found: exact, twins };
  if (own === "near") return { verdict: "near", found: [], twins };
  const near = found("near");
  if (near.length) return { verdict: "mistake", found: near, twins };
  return { verdict: "unknown", found: [], twins };
}

// The answer to a typed number, as HTML.
function answer({ verdict, found, twins }, typed, right) {
  const names = (list) => list.map((m) => `“${m.name}”`).join(" and ");
  const blind = twins.length
    ? ` <em>With these numbers ${names(twins)} gives the same: this number cannot tell.</em>` : "";
  if (verdict === "right") {
    const vague = found.length
      ? ` <em>To so few digits ${names(found)} looks the same.</em>` : "";
    return `<b>Right.</b>${vague}${blind}`;
  }
  if (verdict === "near") return `<b>Right</b>, rounded on the way.${blind}`;
  if (verdict === "mistake") {
    const told = found.map((m) =>
      `<b>${m.name}.</b> ${m.sentence} <code>${escape(m.mend)}</code>`).join("<br>or ");
    return found.length > 1 ? `With these numbers that is one of two things. ${told}` : told;
  }
  if (typed * right < 0) return "Not this: the sign is the other one.";
  return `Not this: it is ${Math.abs(typed) > Math.abs(right) ? "too large" : "too small"} in size, and not a mistake this book knows.`;
}

const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

// What can be asked instead of the number itself: a question, its answers, the right one.
function quickQuestion(equation, env, stop, lettersOf) {
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
  return { ask, answers: all.map((place) => plain(key(name, place), lettersOf)), right };
}

// ---- instrument

const PHASE_NAMES = {
  "forward": "Forward", "error": "Error", "output delta": "Output delta",
  "hidden delta": "Hidden delta", "update": "Update",
};

const SHELL = `
<div class="bar">
  <div class="phases" role="group" aria-label="Phase"></div>
  <details class="settings"><summary></summary><div class="panel"></div></details>
</div>
<div class="net"></div>
<div class="read" aria-hidden="true"></div>
<div class="path" hidden></div>
<div class="equation"></div>
<div class="reply" role="status"></div>
<div class="code"></div>
<div class="say"><p></p><details class="why"><summary>Why each factor?</summary><p></p></details></div>
<div class="train" hidden></div>
<div class="walk">
  <div class="steps" role="group" aria-label="Steps">
    <button type="button" data-do="first" title="First step (Home)"><span aria-hidden="true">⏮</span><span class="hid">First step</span></button>
    <button type="button" data-do="back" title="One step back (←)"><span aria-hidden="true">◀</span><span class="hid">One step back</span></button>
    <span class="count"></span>
    <button type="button" data-do="next" title="Next step (→)"><span aria-hidden="true">▶</span><span class="hid">Next step</span></button>
    <button type="button" data-do="last" title="Last step (End)"><span aria-hidden="true">⏭</span><span class="hid">Last step</span></button>
  </div>
  <div class="views" role="group" aria-label="Show"></div>
  <details class="more"><summary>More</summary><div class="panel"></div></details>
</div>
<details class="all"><summary>All numbers</summary><div class="tables"></div></details>
<div class="live hid" aria-live="polite"></div>
<form class="editor" hidden novalidate>
  <label><span></span><input autocomplete="off" spellcheck="false"></label>
  <output role="alert"></output>
</form>`;

class Instrument {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.book = model.get("book");
    this.phases = model.get("phases");
    // Where the book has each equation: only a page of the book knows.
    this.places = model.get("places") ?? {};
    // Without a widget manager the host is a page, and the address is ours to write.
    this.page = !model.widget_manager;
    this.s = read(model, [...SETTINGS, ...PLACE]);
    this.start = copy(this.s);
    this.key = `s${this.number()}`;
    this.past = [];
    this.seen = new Set();
    this.changed = new Set();
    this.chosen = null;
    if (this.page) this.recall();
    el.classList.add("stepper");
    el.tabIndex = -1;
    el.setAttribute("role", "group");
    el.setAttribute("aria-label", "Stepper: one pass of backpropagation");
    el.innerHTML = SHELL;
    this.at = (selector) => el.querySelector(selector);
    this.listen();
    this.compute();
    this.showControls();
    this.show();
  }

  // Which stepper of the page this is: its name in the address.
  number() {
    const all = [...document.querySelectorAll('[data-widget="stepper"]')];
    const own = this.el.closest('[data-widget="stepper"]') ?? this.el.previousElementSibling;
    return all.indexOf(own) + 1;
  }

  recall() {
    const kept = address.get(this.key);
    if (!kept) return;
    const s = { ...this.s, ...kept };
    if (!sound(s, this.book)) return;
    this.s = s;
    this.recalled = Boolean(kept.shown);
    delete this.s.shown;
  }

  remember() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), 250);
  }

  write() {
    clearTimeout(this.timer);
    if (!this.page || !this.dirty) return;
    this.dirty = false;
    const changes = {};
    for (const name of [...SETTINGS, ...PLACE]) {
      if (JSON.stringify(this.s[name]) !== JSON.stringify(this.start[name])) changes[name] = this.s[name];
    }
    if (this.s.ask && this.isShown()) changes.shown = 1;
    address.set(this.key, changes);
  }

  // ---- state

  lettersOf = (name) => LETTERS[name] ??
    Object.values(this.book.equations).find((e) => e.name === name)?.indices ?? "";
  plain = (k) => plain(k, this.lettersOf);

  get stop() { return this.stops[this.s.step]; }
  get equation() { return this.book.equations[this.stop.label]; }
  get index() {
    const place = this.stop.place ?? [];
    return Object.fromEntries([...this.equation.indices].map((u, j) => [u, place[j]]));
  }

  compute() {
    const { s, book } = this;
    this.stops = stopsOf(book, this.phases, s.view, sizesOf(s));
    s.step = Math.max(0, Math.min(s.step, this.stops.length - 1));
    this.env = pass(book, s);
    if (this.recalled) this.seen.add(this.stopKey());
    this.recalled = false;
    const compare = this.model.get("compare");
    this.wrong = null;
    if (compare) {
      const instead = {};
      for (const [label, equation] of Object.entries(book.equations)) {
        const m = equation.mistakes.find((m) => compare === m.id || compare === `${label}/${m.id}`);
        if (m) instead[label] = m.tree;
        if (m) this.wrongName = m.name;
      }
      this.wrong = { instead, env: pass(book, s, instead) };
    }
  }

  stopKey(stop = this.stop) { return `${stop.label}:${stop.place ?? ""}`; }
  isShown() { return !this.s.ask || this.seen.has(this.stopKey()); }

  results(stop = this.stop) {
    const name = resultName(this.book.equations[stop.label]);
    const all = stop.place ? [stop.place]
      : places(this.book.equations[stop.label].indices, this.env.sizes);
    return new Set(all.map((place) => key(name, place)));
  }

  // Take over changes: into the model, into the address, on the screen.
  commit(changes, { undoable = true, keepErrors = false } = {}) {
    const before = copy(this.s);
    const env = this.env;
    if (undoable) this.past = [...this.past.slice(-199), before];
    if (undoable && !keepErrors && !("errors" in changes)) changes.errors = [];
    Object.assign(this.s, changes);
    this.compute();
    if (undoable) {
      this.changed = differing(env, this.env);
      this.sync([...SETTINGS, ...PLACE]);
      this.showControls();
    } else {
      this.sync([...PLACE, "example"]);
    }
    this.dirty = true;
    this.show();
    this.remember();
  }

  sync(names) {
    this.own = true;
    for (const name of names) {
      if (JSON.stringify(this.model.get(name)) !== JSON.stringify(this.s[name])) {
        this.model.set(name, copy(this.s[name]));
      }
    }
    this.own = false;
    this.model.save_changes();
  }

  assign(k, value) {
    const [name, place] = k.split(":");
    if (!place) return this.commit({ [name]: value }, { keepErrors: name === "eta" });
    const where = place.split(",").map(Number);
    if (name === "X" || name === "D") where.unshift(this.s.example);
    const array = copy(this.s[name]);
    let row = array;
    for (const j of where.slice(0, -1)) row = row[j];
    row[where.at(-1)] = value;
    this.commit({ [name]: array });
  }

  inputOf(k) {
    const [name, place] = k.split(":");
    return place === undefined || !(name in LETTERS) ? null : valueOf(k, this.env);
  }

  go(step) {
    step = Math.max(0, Math.min(step, this.stops.length - 1));
    if (step > this.s.step) this.seen.add(this.stopKey());
    this.changed = new Set();
    this.tell = "";
    this.commit({ step }, { undoable: false });
    this.announce();
  }

  toPhase(phase) {
    const step = this.stops.findIndex((stop) => stop.phase === phase);
    if (step >= 0) this.go(step);
  }

  reveal(tell = "") {
    this.seen.add(this.stopKey());
    this.tell = tell;
    this.dirty = true;
    this.show();
    this.remember();
    this.announce();
  }

  setView(view) {
    const { phase, label } = this.stop;
    const stops = stopsOf(this.book, this.phases, view, sizesOf(this.s));
    const step = stops.findIndex((stop) => stop.phase === phase && stop.label === label);
    this.tell = "";
    this.commit({ view, step }, { undoable: false });
    this.showControls();
    this.announce();
  }

  // New weights become the weights, once or several times.
  train(times) {
    const s = copy(this.s);
    const errors = s.errors.length ? s.errors : [meanError(this.book, s)];
    for (let k = 0; k < times; k++) {
      const env = pass(this.book, s);
      for (const name of "wbvc") s[name] = env[`${name}_new`];
      const e = meanError(this.book, s);
      if (![e, ...[s.w, s.b, s.v, s.c].flat(2)].every((x) => Math.abs(x) < 1e6)) {
        this.tell = "The step was too large: the numbers ran away. Undo, and try a smaller η.";
        this.show();
        return;
      }
      errors.push(e);
      s.example = (s.example + 1) % s.X.length;
    }
    this.seen.clear();
    this.tell = "";
    const { w, b, v, c, example } = s;
    this.commit({ w, b, v, c, example, errors: errors.slice(-2000), step: 0 });
    this.announce(`Updated. E is now ${shown(errors.at(-1))}.`);
  }

  undo() {
    if (!this.past.length) return;
    const env = this.env;
    this.s = this.past.pop();
    this.after(env);
  }

  reset() {
    const env = this.env;
    this.past.push(copy(this.s));
    this.s = copy(this.start);
    this.seen.clear();
    this.after(env);
  }

  after(env) {
    this.tell = "";
    this.compute();
    this.changed = differing(env, this.env);
    this.sync([...SETTINGS, ...PLACE]);
    this.dirty = true;
    this.showControls();
    this.show();
    this.remember();
  }

  // ---- what the page shows

  show() {
    const focused = this.el.contains(document.activeElement) ? document.activeElement : null;
    const back = focused?.dataset.edit && !focused.closest(".tables") &&
      `.net [data-edit="${focused.dataset.edit}"]`;
    const cell = focused?.closest?.(".tables") && `.tables [data-edit="${focused.dataset.edit}"]`;
    const lost = focused?.closest(".equation");
    this.showNetwork();
    this.showEquation();
    this.showCode();
    this.showWords();
    this.showTraining();
    this.showPath();
    if (this.at(".all").open) this.showTables();
    for (const node of this.el.querySelectorAll("math:not([aria-label])")) {
      node.setAttribute("aria-label", spoken(node).replace(/\s+/g, " ").trim());
    }
    const to = back || cell ? this.at(back || cell) : null;
    if (to) to.focus({ preventScroll: true });
    else if (lost || back || cell) this.el.focus({ preventScroll: true });
  }

  look() {
    const { env, stop, equation } = this;
    const order = Object.keys(this.book.equations);
    const now = order.indexOf(stop.label);
    const made = Object.fromEntries(order.map((label, n) => [resultName(this.book.equations[label]), n]));
    const own = resultName(equation);
    const all = places(equation.indices, env.sizes).map((place) => key(own, place));
    const here = stop.place ? all.indexOf(key(own, stop.place)) : all.length - 1;
    const open = this.isShown();
    const known = (k) => {
      const name = k.split(":")[0].replace("f'", "");
      const n = made[name] ?? -1;
      if (n !== now) return n < now;
      const j = all.indexOf(k);
      return stop.place ? j < here || (j === here && open) : open;
    };
    const parted = new Set();
    for (const place of stop.place ? [stop.place] : places(equation.indices, env.sizes)) {
      const index = Object.fromEntries([...equation.indices].map((u, j) => [u, place[j]]));
      parts(instance(equation.rhs, index, env.sizes), parted);
    }
    for (const k of [...parted]) if (k.startsWith("f'")) parted.add(k.slice(2));
    return {
      known, parts: parted, results: this.results(), changed: this.changed,
      path: this.route(), plain: this.plain, lower: stop.label === "eq-hidden-delta",
      desired: this.phases.some((phase) => phase !== "forward"), backward: this.backward,
    };
  }

  get backward() { return this.phases.some((phase) => !["forward", "error"].includes(phase)); }

  showNetwork() {
    const width = this.width ?? (this.width = Math.max(280, this.at(".net").clientWidth || 680));
    this.at(".net").innerHTML = drawing(this.env, width, this.look());
  }

  // The three lines: symbols, numbers, result; above them the equation as in its chapter.
  showEquation() {
    const { equation, env, stop } = this;
    const arrow = equation.relation === "=" ? "=" : "←";
    const general = formula(`${math(equation.lhs)}<mo>${arrow}</mo>${math(equation.rhs)}`);
    const lines = stop.place ? this.unitLines(arrow) : this.layerLines();
    this.at(".equation").innerHTML =
      `<div class="general"><div class="scroll">${general}</div>${this.link()}</div>${lines}`;
    this.at(".reply").innerHTML = this.tell ?? "";
  }

  link() {
    const place = this.places[this.stop.label];
    if (!place?.number) return "";
    return `<a class="number" href="${place.chapter}">(${place.number})<span class="hid"> the equation in its chapter</span></a>`;
  }

  unitLines(arrow) {
    const { equation, env, stop, index } = this;
    const [result] = this.results();
    const bound = instance(equation.rhs, index, env.sizes);
    const lhs = instance(equation.lhs, index, env.sizes);
    const left = formula(symbolMath(lhs, result));
    const row = (a, b) => `<div class="lhs">${a}</div><div class="rhs">${b}</div>`;
    const right = (inner) => formula(`<mo>=</mo>${inner}`);
    let rows = row(left, formula(`<mo>${arrow}</mo>${math(bound, null, 0, env)}`));
    rows += row("", right(math(bound, env)));
    rows += this.isShown()
      ? row("", `<span class="result${this.changed.has(result) ? " changed" : ""}">${right(numberMath(valueOf(result, env), result))}</span>`)
      : row("", this.askForm(result));
    rows += this.wrongRow(result, index, row, right);
    return `<div class="lines scroll">${rows}</div>`;
  }

  askForm(result) {
    const quick = quickQuestion(this.equation, this.env, this.stop, this.lettersOf);
    return `<form class="ask" novalidate><span aria-hidden="true">=</span>
      <input aria-label="Your prediction for ${this.plain(result)}" placeholder="your prediction"
        autocomplete="off" spellcheck="false">
      <button type="submit">Check</button>
      <button type="button" data-do="show">Show</button>${quick ? this.quickHtml(quick) : ""}</form>`;
  }

  quickHtml(quick) {
    this.quick = quick;
    const buttons = quick.answers.map((text, n) =>
      `<button type="button" data-do="guess" data-n="${n}">${text}</button>`);
    return `<span class="quick" role="group" aria-label="${quick.ask}"><span>${quick.ask}</span>${buttons.join("")}</span>`;
  }

  wrongRow(result, index, row, right) {
    if (!this.wrong) return "";
    const { env, instead } = this.wrong;
    if (same(valueOf(result, env), valueOf(result, this.env))) return "";
    const tree = instance(instead[this.stop.label] ?? this.equation.rhs, index, env.sizes);
    return row("", `<p class="versus">With the mistake “${this.wrongName}”${
      instead[this.stop.label] ? "" : ", passed on"}:</p>`) +
      row("", right(math(tree, env))) +
      row("", `<span class="result wrong">${right(numberMath(valueOf(result, env)))}</span>`);
  }

  layerLines() {
    const { equation, env } = this;
    const all = [...this.results()];
    const open = this.isShown();
    const few = all.length <= 6;
    const rows = all.map((k) => {
      const place = k.split(":")[1];
      const where = place ? place.split(",").map(Number) : [];
      const index = Object.fromEntries([...equation.indices].map((u, j) => [u, where[j]]));
      const bound = instance(equation.rhs, index, env.sizes);
      const number = open ? `<mo>=</mo>${numberMath(valueOf(k, env), k)}` : few ? "" : "<mo>=</mo><mo>?</mo>";
      const steps = few ? `<mo>=</mo>${math(bound, env)}` : "";
      const wrong = this.wrong && open && !same(valueOf(k, this.wrong.env), valueOf(k, env))
        ? ` <span class="wrong">${this.wrongName}: ${formula(numberMath(valueOf(k, this.wrong.env)))}</span>` : "";
      return `<div class="lhs">${formula(symbolMath(instance(equation.lhs, index, env.sizes), k))}</div>` +
        `<div class="rhs">${formula(steps + number)}${wrong}</div>`;
    });
    const quick = open ? null : quickQuestion(equation, env, this.stop, this.lettersOf);
    const ask = open ? "" : `<form class="ask">${quick ? this.quickHtml(quick) : ""}<button type="button" data-do="show">Show</button></form>`;
    return `<div class="lines scroll${few ? "" : " many"}">${rows.join("")}</div>${ask}`;
  }

  showCode() {
    const { code } = this.equation;
    const last = code.length - 1;
    const names = new Set([...parts(this.equation.rhs)].map((k) => k.split(":")[0].replace("f'", "")));
    names.add(this.equation.name);
    const mark = (text) => escape(text).replace(/\b(?:(net|slope)\.)?([A-Za-z]\w*)\b/g, (word, of, name) => {
      const q = of === "slope" ? `dE_d${name}` : name;
      return names.has(q) ? `<span data-q="${q}:">${word}</span>` : word;
    });
    const rows = code.map(([n, text], j) =>
      `<span class="line${j === last ? " runs" : ""}"><span class="n">${n}</span>${j === last ? mark(text) : escape(text)}</span>`);
    const target = this.places[this.stop.label]?.code;
    const name = target ? `<a href="${target}">backprop.py</a>` : "backprop.py";
    this.at(".code").innerHTML = `<div class="file">${name}</div><pre class="scroll">${rows.join("\n")}</pre>`;
  }

  showWords() {
    const [, one, each, why] = this.equation.words;
    const { stop, index } = this;
    const text = stop.place ? one.replace(/\{(\w)\}/g, (_, u) => index[u] + 1) : each;
    const [say, because] = this.el.querySelectorAll(".say p");
    say.textContent = text;
    because.textContent = why;
    this.at(".count").textContent = `step ${this.s.step + 1} of ${this.stops.length}`;
    for (const button of this.el.querySelectorAll(".phases button")) {
      button.setAttribute("aria-pressed", String(button.dataset.phase === stop.phase ||
        (button.dataset.phase === "output delta" && stop.phase === "error" && !this.phases.includes("error"))));
    }
    for (const [name, off] of [["first", !this.s.step], ["back", !this.s.step],
      ["next", this.s.step === this.stops.length - 1], ["last", this.s.step === this.stops.length - 1]]) {
      this.at(`[data-do="${name}"]`).setAttribute("aria-disabled", String(off));
    }
  }

  showTraining() {
    const box = this.at(".train");
    box.hidden = !this.phases.includes("update") ||
      (this.stop.phase !== "update" && !this.s.errors.length);
    if (box.hidden) return;
    const focus = document.activeElement?.dataset?.do;
    const inside = box.contains(document.activeElement);
    const { errors } = this.s;
    const several = this.s.X.length > 1;
    const about = errors.length
      ? `${plot(errors)}<span>E${several ? ", the mean of all examples," : ""} after ${errors.length - 1} update${errors.length === 2 ? "" : "s"}: <b title="${full(errors.at(-1))}">${shown(errors.at(-1))}</b></span>`
      : "<span>Make the new weights the weights, and watch E.</span>";
    box.innerHTML = `<button type="button" data-do="train" data-n="1">Update</button>
      <button type="button" data-do="train" data-n="10">10 times</button>
      <button type="button" data-do="train" data-n="100">100 times</button>${about}`;
    if (inside) box.querySelector(`[data-do="${focus}"]`)?.focus({ preventScroll: true });
  }

  showControls() {
    const { s } = this;
    const sizes = sizesOf(s);
    this.at(".phases").innerHTML = this.phases.map((phase, n) =>
      `<button type="button" data-do="phase" data-phase="${phase}" aria-pressed="false" title="${
        PHASE_NAMES[phase]} (${n + 1})">${PHASE_NAMES[phase]}</button>`).join("");
    this.at(".views").innerHTML = [["unit", "per number"], ["layer", "per layer"]].map(([view, words]) =>
      `<button type="button" data-do="view" data-view="${view}" aria-pressed="${s.view === view}">${words}</button>`).join("");
    const steep = s.transfer === "logistic" ? ` α ${shown(s.alpha)}` : "";
    this.at(".settings summary").textContent =
      `${sizes.i}-${sizes.h}-${sizes.o} · ${s.transfer}${steep} · η ${shown(s.eta)}`;
    const option = (value, chosen, words = value) =>
      `<option value="${value}"${String(value) === String(chosen) ? " selected" : ""}>${words}</option>`;
    const select = (name, words, options) =>
      `<label>${words} <select data-set="${name}">${options.join("")}</select></label>`;
    const field = (name, words, value) =>
      `<label>${words} <input data-set="${name}" data-edit="${name}:" value="${full(value)}" autocomplete="off"><output role="alert"></output></label>`;
    const panel = this.at(".settings .panel");
    const focus = panel.contains(document.activeElement) && document.activeElement.dataset;
    panel.innerHTML = [
      select("hidden", "hidden units", [1, 2, 3, 4, 5, 6].map((n) => option(n, sizes.h))),
      select("transfer", "transfer function", Object.keys(this.book.functions).map((f) => option(f, s.transfer))),
      s.transfer === "logistic" ? field("alpha", "slope α", s.alpha) : "",
      field("eta", "learning rate η", s.eta),
      s.X.length > 1 ? select("example", "example", s.X.map((row, k) => option(k, s.example, `${k + 1}: ${row.map(full).join(", ")}`))) : "",
      field("seed", "seed", s.seed),
      '<button type="button" data-do="random">Random start</button>',
      `<label><input type="checkbox" data-set="ask"${s.ask ? " checked" : ""}> ask before showing</label>`,
      '<button type="button" data-do="undo">Undo</button>',
      '<button type="button" data-do="reset">Start again</button>',
    ].join("");
    if (focus) {
      panel.querySelector(focus.set ? `[data-set="${focus.set}"]` : `[data-do="${focus.do}"]`)
        ?.focus({ preventScroll: true });
    }
    if (!this.at(".more .panel").firstChild) {
      this.at(".more .panel").innerHTML =
        '<button type="button" data-do="python">Copy as Python</button>' +
        '<button type="button" data-do="svg">Picture (SVG)</button>' +
        (this.page ? '<button type="button" data-do="share">Copy address</button>' : "") +
        '<p class="keys">← → step · Home End · 1–4 phase · Enter shows</p><p class="took" role="status"></p>' +
        '<textarea readonly hidden aria-label="Python" rows="14"></textarea>';
    }
  }

  // The keys that light up along the way from E back to the chosen weight.
  route() {
    const found = new Set();
    if (!this.chosen || !this.backward) return found;
    const [name, place] = this.chosen.split(":");
    const [a, b] = place.split(",").map(Number);
    found.add("E:").add(this.chosen).add(key(`dE_d${name}`, [a, b]));
    if (name === "v") return found.add(key("delta_o", [b]));
    found.add(key("delta_h", [b]));
    for (let o = 0; o < this.env.sizes.o; o++) {
      found.add(key("delta_o", [o])).add(key("dE_dv", [b, o]));
    }
    return found;
  }

  showPath() {
    const box = this.at(".path");
    box.hidden = !this.chosen || !this.backward;
    if (box.hidden) return;
    const { env, chosen } = this;
    const [name, place] = chosen.split(":");
    const where = place.split(",").map(Number);
    const index = Object.fromEntries([...LETTERS[name]].map((u, j) => [u, where[j]]));
    const factors = this.book.paths[name];
    const summed = (t) => name === "w" && JSON.stringify(t).includes('"o"');
    const inner = ["mul", ...factors.map(([, rhs]) => rhs).filter(summed)];
    const tree = name === "w"
      ? ["mul", ["sum", "o", inner], ...factors.map(([, rhs]) => rhs).filter((t) => !summed(t))]
      : ["mul", ...factors.map(([, rhs]) => rhs)];
    const bound = instance(tree, index, env.sizes);
    const slope = ["d", ["var", "E"], instance(["var", name, ...LETTERS[name]], index, env.sizes)];
    const link = ([lhs, rhs], more) => {
      const at = { ...index, ...more };
      const [a, b] = [lhs[1], lhs[2]].map((t) => plain(keyOf(instance(t, at, env.sizes)), this.lettersOf));
      return { a, b, x: shown(evaluate(rhs, env, at)) };
    };
    const chain = (list, more = {}) => list.map((factor) => link(factor, more))
      .map(({ a, b, x }, n) => `${n ? "" : a} <span class="hop">× ${x} →</span> ${b}`).join("");
    const outer = factors.filter(([, rhs]) => summed(rhs));
    const rows = name === "w"
      ? [...places("o", env.sizes).map(([o]) => chain(outer, { o })), chain(factors.filter(([, rhs]) => !summed(rhs)))]
      : [chain(factors)];
    box.innerHTML = `<div class="head"><b>From E back to ${this.plain(chosen)}</b>
      <button type="button" data-do="close" aria-label="Close the path">✕</button></div>
      <ul>${rows.map((row) => `<li>${row}</li>`).join("")}</ul>
      <div class="lines scroll"><div class="lhs">${formula(symbolMath(slope))}</div><div class="rhs">${
        formula(`<mo>=</mo>${math(bound, null, 0, env)}`)}</div><div class="lhs"></div><div class="rhs">${
        formula(`<mo>=</mo>${math(bound, env)}`)}</div><div class="lhs"></div><div class="rhs">${
        formula(`<mo>=</mo>${numberMath(evaluate(tree, env, index))}`)}</div></div>`;
  }

  // The text twin of the drawing: what may be changed as fields, the rest as it is known.
  showTables() {
    const { env } = this;
    const { known, desired } = this.look();
    const given = ["X", "w", "b", "v", "c", ...(desired ? ["D"] : [])];
    const last = Object.keys(this.book.equations).indexOf(this.stops.at(-1).label);
    const made = Object.values(this.book.equations).slice(0, last + 1).map(resultName);
    const cells = (name) => places(this.lettersOf(name.replace("_new", "")), env.sizes).map((place) => {
      const k = key(name, place);
      const words = this.plain(k).split(" ").slice(1).join(" ");
      const x = valueOf(k, env);
      const body = LETTERS[name] !== undefined
        ? `<input data-edit="${k}" data-q="${k}" aria-label="${this.plain(k)}" value="${full(x)}" autocomplete="off">`
        : `<span data-q="${k}" title="${full(x)}">${known(k) ? shown(x) : "·"}</span>`;
      return `<span class="item${this.changed.has(k) ? " changed" : ""}"><small>${words}</small> ${body}</span>`;
    }).join(" ");
    const row = (name, words) => {
      const t = treeOf(key(name, []), this.lettersOf);
      return `<tr><th scope="row">${formula(symbolMath(t))} <span>${words}</span></th><td>${cells(name)}</td></tr>`;
    };
    const names = { X: "inputs", w: "weights", b: "biases", v: "weights", c: "biases", D: "desired" };
    this.at(".tables").innerHTML = `<output role="alert"></output><table><tbody>${
      given.map((name) => row(name, names[name])).join("")}${
      made.map((name) => row(name, name.endsWith("_new") ? "after the update" : "")).join("")}</tbody></table>`;
  }

  announce(text = "") {
    const [, one, each] = this.equation.words;
    const { index } = this;
    const words = this.stop.place ? one.replace(/\{(\w)\}/g, (_, u) => index[u] + 1) : each;
    const values = this.isShown() ? [...this.results()].slice(0, 8)
      .map((k) => `${this.plain(k)} is ${shown(valueOf(k, this.env))}`).join(", ") : "What is it?";
    this.at(".live").textContent = text ||
      `Step ${this.s.step + 1} of ${this.stops.length}, ${this.stop.phase}. ${words} ${values}`;
  }

  // ---- what the reader does

  listen() {
    const { el } = this;
    const on = (type, handler, target = el) => target.addEventListener(type, handler);
    on("click", (event) => this.click(event));
    on("keydown", (event) => this.keydown(event));
    on("submit", (event) => this.submit(event));
    on("change", (event) => this.change(event));
    on("pointerover", (event) => this.light(event.target));
    on("pointerleave", () => this.light(null));
    on("focusin", (event) => this.light(event.target));
    this.at(".all").addEventListener("toggle", () => { if (this.at(".all").open) { this.showTables(); this.show(); } });
    this.at(".editor input").addEventListener("blur", () => this.closeEditor());
    this.observer = new ResizeObserver(() => {
      const width = Math.max(280, this.at(".net").clientWidth);
      if (width !== this.width && this.at(".net").clientWidth) { this.width = width; this.showNetwork(); }
    });
    this.observer.observe(this.at(".net"));
    this.flush = () => this.write();
    addEventListener("pagehide", this.flush);
    // Python, or another view of the same widget, may change the state.
    this.outside = () => {
      if (this.own || this.waiting) return;
      this.waiting = true;
      queueMicrotask(() => {
        this.waiting = false;
        const env = this.env;
        this.s = read(this.model, [...SETTINGS, ...PLACE]);
        this.compute();
        this.changed = differing(env, this.env);
        this.showControls();
        this.show();
      });
    };
    for (const name of [...SETTINGS, ...PLACE]) this.model.on(`change:${name}`, this.outside);
  }

  remove() {
    this.write();
    this.observer.disconnect();
    removeEventListener("pagehide", this.flush);
    for (const name of [...SETTINGS, ...PLACE]) this.model.off(`change:${name}`, this.outside);
  }

  click(event) {
    const button = event.target.closest("[data-do]");
    if (button) {
      if (button.getAttribute("aria-disabled") !== "true") this.act(button.dataset);
      return;
    }
    const part = event.target.closest("[data-edit], .equation [data-q]");
    if (!part || part.localName === "input") return;
    const k = part.dataset.edit ?? part.dataset.q;
    if (this.inputOf(k) !== null) this.edit(k, part);
  }

  act({ do: what, phase, view, n }) {
    const last = this.stops.length - 1;
    const acts = {
      first: () => this.go(0), back: () => this.go(this.s.step - 1),
      next: () => this.go(this.s.step + 1), last: () => this.go(last),
      phase: () => this.toPhase(phase), view: () => this.setView(view),
      show: () => this.reveal(), guess: () => this.guess(Number(n)),
      train: () => this.train(Number(n)), undo: () => this.undo(), reset: () => this.reset(),
      random: () => this.randomise(), close: () => { this.chosen = null; this.show(); },
      python: () => this.offerPython(), svg: () => this.offerPicture(), share: () => this.share(),
    };
    acts[what]?.();
  }

  keydown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    const typing = target.matches("input:not([type=checkbox]), textarea, select");
    const empty = target.matches(".ask input") && !target.value;
    if (event.key === "Escape" && (this.chosen || !this.at(".editor").hidden)) {
      this.closeEditor(true);
      this.chosen = null;
      this.show();
      event.stopPropagation();
      return;
    }
    if (event.key === "Enter" && target.matches("[data-edit]") && !typing) {
      event.preventDefault();
      event.stopPropagation();
      this.edit(target.dataset.edit, target);
      return;
    }
    const moves = { ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last" };
    let done = false;
    if (moves[event.key] && (!typing || empty)) {
      const asked = empty || this.answering;
      this.act({ do: moves[event.key] });
      if (asked) (this.at(".ask input") ?? this.el).focus({ preventScroll: true });
      done = true;
    } else if (!typing && this.phases[Number(event.key) - 1]) {
      this.toPhase(this.phases[Number(event.key) - 1]);
      done = true;
    } else if (event.key === "Enter" && !typing && !target.closest("button, summary, a") && !this.isShown()) {
      this.reveal();
      done = true;
    }
    if (done) event.preventDefault();
    // A deck turns its page at these keys: not while the reader is in here.
    if (done || typing || moves[event.key] || event.key === " ") event.stopPropagation();
  }

  submit(event) {
    event.preventDefault();
    if (event.target.matches(".editor")) return this.closeEditor(false, true);
    const input = event.target.querySelector("input");
    if (!input || !input.value.trim()) return this.reveal();
    const [result] = this.results();
    const typed = number(input.value);
    const reply = this.at(".reply");
    this.answering = true;
    if (typed.why) {
      input.setAttribute("aria-invalid", "true");
      reply.innerHTML = escape(typed.why);
      return;
    }
    const right = valueOf(result, this.env);
    const found = judge(input.value, typed.value, right,
      wrongValues(this.equation, this.s, this.env, this.index));
    const told = answer(found, typed.value, right);
    if (found.verdict === "right" || found.verdict === "near") {
      this.reveal(`<span class="good">${told}</span>`);
    } else {
      input.setAttribute("aria-invalid", "true");
      reply.innerHTML = `<span class="bad">${told}</span>`;
      input.select();
    }
  }

  guess(n) {
    const { right, answers } = this.quick;
    this.at(".reply").innerHTML = right < 0 ? "Neither: it is exactly 0."
      : n === right ? '<span class="good"><b>Yes.</b> Now the number?</span>'
        : `<span class="bad"><b>No</b>, ${this.stop.place ? "the other one" : `it is ${answers[right]}`}. Look at the factors: which decides?</span>`;
  }

  change(event) {
    const { target } = event;
    const name = target.dataset.set;
    if (name === "ask") return this.commit({ ask: target.checked }, { undoable: false });
    if (name === "hidden") return this.commit(resized(this.s, Number(target.value)));
    if (name === "transfer") return this.commit({ transfer: target.value });
    if (name === "example") return this.commit({ example: Number(target.value) }, { keepErrors: true });
    if (!target.dataset.edit) return;
    const k = target.dataset.edit;
    const { value, why } = number(target.value, name);
    const says = target.parentElement.querySelector("output") ?? this.at(".tables output");
    const wrong = why ?? (name === "seed" && (value < 0 || value % 1) ? "A whole number from 0." : "");
    target.setAttribute("aria-invalid", String(Boolean(wrong)));
    says.textContent = wrong;
    if (wrong) return;
    if (name === "seed") return this.randomise(value);
    this.assign(k, value);
  }

  randomise(seed = this.s.seed + 1) {
    this.seen.clear();
    this.commit({ ...randomStart(this.s, seed), seed });
  }

  edit(k, element) {
    this.chosen = /^[wv]:/.test(k) ? k : null;
    this.show();
    const form = this.at(".editor");
    const input = form.querySelector("input");
    const place = this.at(`.net [data-edit="${k}"] text:last-of-type`) ?? this.at(`.net [data-edit="${k}"]`) ?? element;
    const shownAt = element.isConnected && element.getBoundingClientRect().width ? element : place;
    const label = shownAt.querySelector?.("text.edge-label, text.number") ?? shownAt;
    const from = this.el.getBoundingClientRect();
    const spot = label.getBoundingClientRect();
    form.hidden = false;
    form.querySelector("span").textContent = this.plain(k);
    form.querySelector("output").textContent = "";
    input.value = full(this.inputOf(k));
    input.removeAttribute("aria-invalid");
    this.editing = k;
    const left = spot.left - from.left + spot.width / 2 - form.offsetWidth / 2;
    form.style.left = `${Math.max(4, Math.min(left, from.width - form.offsetWidth - 4))}px`;
    form.style.top = `${spot.top - from.top + spot.height / 2 - 20}px`;
    input.focus({ preventScroll: true });
    input.select();
  }

  // Leave the field: taken over if it is a number, kept open to say why if not.
  closeEditor(cancel = false, entered = false) {
    const form = this.at(".editor");
    if (form.hidden) return;
    const input = form.querySelector("input");
    const k = this.editing;
    const { value, why } = number(input.value, k.split(":")[0]);
    if (why && !cancel && entered) {
      form.querySelector("output").textContent = why;
      input.setAttribute("aria-invalid", "true");
      return;
    }
    form.hidden = true;
    if (!cancel && !why && value !== this.inputOf(k)) this.assign(k, value);
    if (cancel || entered) (this.at(`.net [data-edit="${k}"][tabindex]`) ?? this.el).focus({ preventScroll: true });
  }

  // The same quantity lights up everywhere.
  light(target) {
    const own = target?.closest?.("[data-q]");
    const keys = own && this.el.contains(own) ? own.dataset.q.split(" ") : [];
    if (keys.join(" ") === this.lit) return;
    this.lit = keys.join(" ");
    for (const node of this.el.querySelectorAll(".lit")) node.classList.remove("lit");
    const read = this.at(".read");
    read.textContent = "";
    if (!keys.length) return;
    const wide = keys.map((k) => k.endsWith(":") && this.lettersOf(k.slice(0, -1)) ? k : null);
    for (const node of this.el.querySelectorAll("[data-q]")) {
      const its = node.dataset.q.split(" ");
      if (its.some((k) => keys.includes(k) || wide.some((w) => w && k.startsWith(w))
        || keys.some((q) => k === `${q.split(":")[0]}:`))) node.classList.add("lit");
    }
    const { known } = this.look();
    read.textContent = keys.filter((k) => !wide.includes(k) && known(k))
      .map((k) => [k, valueOf(k, this.env)]).filter(([, x]) => !Number.isNaN(x))
      .map(([k, x]) => `${this.plain(k)}${k.includes("_new") ? " after the update" : ""} = ${full(x)}`).join("   ");
  }

  // ---- to take away

  python() {
    const { s } = this;
    const f = s.transfer === "logistic"
      ? `bp.Logistic(alpha=${s.alpha})` : `bp.transfer_function("${s.transfer}")`;
    const list = (value) => JSON.stringify(value).replace(/,/g, ", ");
    return `import numpy as np\nimport backprop as bp\n\nnet = bp.Network(\n${["w", "b", "v", "c"]
      .map((name) => `    ${name}=${list(s[name])},`).join("\n")}\n    f=${f},\n)\n` +
      `X, D = np.array(${list([s.X[s.example]])}, float), np.array(${list([s.D[s.example]])}, float)\n` +
      `for step in bp.steps(net, X, D, eta=${s.eta}):\n` +
      '    print(step.name, *(f"{x:.4g}" for x in np.ravel(step.value)))\n';
  }

  async clip(text, words) {
    const told = this.at(".took");
    try {
      await navigator.clipboard.writeText(text);
      told.textContent = words;
    } catch {
      told.textContent = "Select and copy:";
    }
  }

  async offerPython() {
    const area = this.at(".more textarea");
    area.hidden = false;
    area.value = this.python();
    await this.clip(area.value, "Copied. It prints every number on show, by backprop.py.");
  }

  async share() {
    this.dirty = true;
    this.write();
    await this.clip(location.href, "Copied: it opens this very screen.");
  }

  offerPicture() {
    const link = document.createElement("a");
    const blob = new Blob([this.picture()], { type: "image/svg+xml" });
    link.href = URL.createObjectURL(blob);
    link.download = `step-${this.s.step + 1}.svg`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    this.at(".took").textContent = `Saved as ${link.download}.`;
  }

  // The drawing with the styles it has on the screen, and the step in words below it.
  picture() {
    const from = this.at(".net svg");
    const to = from.cloneNode(true);
    const kept = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity",
      "font-family", "font-size", "font-weight", "font-style", "text-anchor", "paint-order", "stroke-linejoin"];
    const targets = to.querySelectorAll("*");
    from.querySelectorAll("*").forEach((node, n) => {
      const style = getComputedStyle(node);
      targets[n].setAttribute("style", kept.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
      for (const name of ["role", "tabindex", "aria-label", "data-q", "data-edit", "class"]) targets[n].removeAttribute(name);
    });
    const [, , w, h] = from.getAttribute("viewBox").split(" ").map(Number);
    const words = this.isShown()
      ? [...this.results()].slice(0, 4).map((k) => `${this.plain(k)} = ${shown(valueOf(k, this.env))}`).join(",  ")
      : this.at(".say p").textContent;
    const { color, fontFamily } = getComputedStyle(this.el);
    to.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    to.setAttribute("viewBox", `-8 -8 ${w + 16} ${h + 46}`);
    to.setAttribute("height", h + 46);
    to.setAttribute("width", w + 16);
    to.insertAdjacentHTML("beforeend",
      `<text x="${w / 2}" y="${h + 26}" text-anchor="middle" fill="${color}" font-size="15"></text>`);
    to.lastChild.textContent = words;
    to.lastChild.style.fontFamily = fontFamily;
    return new XMLSerializer().serializeToString(to);
  }
}

// The keys whose numbers differ between two passes.
function differing(before, after) {
  const found = new Set();
  const walk = (name, a, b, place) => {
    if (isList(b)) b.forEach((part, j) => walk(name, a?.[j], part, [...place, j]));
    else if (typeof b === "number" && a !== b) found.add(key(name, place));
  };
  for (const name of Object.keys(after)) {
    if (name !== "f" && name !== "slope" && name !== "sizes") walk(name, before[name], after[name], []);
  }
  return found;
}

// Whether a state out of an address is one a reader could have made.
function sound(s, book) {
  try {
    const { i, h, o } = sizesOf(s);
    const fits = (value, ...shape) => shape.length
      ? isList(value) && value.length === shape[0] && value.every((part) => fits(part, ...shape.slice(1)))
      : typeof value === "number" && Math.abs(value) < 1e6;
    return fits(s.w, i, h) && fits(s.b, h) && fits(s.v, h, o) && fits(s.c, o) && h <= 12 &&
      fits(s.X, s.X.length, i) && fits(s.D, s.X.length, o) && s.transfer in book.functions &&
      s.eta > 0 && s.eta <= LIMIT && s.alpha > 0 && s.alpha <= 100 && s.example in s.X &&
      Number.isInteger(s.step) && ["unit", "layer"].includes(s.view) && fits(s.errors, s.errors.length);
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

export { evaluate, pass, judge, wrongValues, stopsOf, sizesOf, Instrument };

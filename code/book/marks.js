// The marks that every picture is made of: numbers, boxes, lines, labels, pieces, pulses.

import { anatomyOf, letterOf } from "./anatomy.js";
import { evaluate, key, resultName, splitKey, valueAt } from "./engine.js";
import { full, shown, sign } from "./mathml.js";

// ---- how large

/** How thick a line is for a value: 0.8 for 0, 2 for 0.75, 3.2 for 1.5 and all beyond. */
export const thickness = (value) => 0.8 + 2.4 * Math.min(1, Math.abs(value) / 1.5);

/** How wide a pulse is for what it carries: twice as wide as the line of that value. */
export const pulseWidth = (value) => 2 * thickness(value);

// ---- marks

const FONT = 12.5;
const HIGH = 15; // of a line of text

const WIDTHS = { ".": 0.28, "−": 0.6, "×": 0.6, "→": 0.9, " ": 0.28, "?": 0.5 };

/** How wide a text is, about, as SVG writes it. */
export const breadth = (words, size = FONT) =>
	[...words].reduce((sum, letter) => sum + (WIDTHS[letter] ?? 0.56) * size, 0);

/** How high a box with so many lines is. */
export const unitHeight = (rows) => 8 + 19 * rows;

const round = (x) => Number(x.toFixed(1));

export const text = (x, y, kind, words) =>
	`<text class="${kind}" x="${round(x)}" y="${round(y)}">${words}</text>`;

export const box = (x, y, w, h, more = 'class="box" rx="7"') =>
	`<rect x="${round(x - w / 2)}" y="${round(y - h / 2)}" width="${round(w)}" height="${round(h)}" ${more}/>`;

/** A square shaded from not at all, 0, to the most, 1. */
export const shade = (x, y, side, amount) =>
	box(x, y, side, side, 'class="box"') +
	box(x, y, side, side, `class="shade" fill-opacity="${(0.45 * amount).toFixed(3)}"`);

// ---- labels

const apart = (a, b) => a[0] > b[2] || b[0] > a[2] || a[1] > b[3] || b[1] > a[3];

// Whether a line runs through a rectangle: it reaches so far, and has corners on both sides.
function crosses(line, spot) {
	const [x1, y1, x2, y2] = line,
		[left, top, right, bottom] = spot;
	if (Math.max(x1, x2) < left || Math.min(x1, x2) > right) return false;
	if (Math.max(y1, y2) < top || Math.min(y1, y2) > bottom) return false;
	const across = x2 - x1,
		down = y2 - y1;
	const a = across * (top - y1) - down * (left - x1);
	const b = across * (top - y1) - down * (right - x1);
	const c = across * (bottom - y1) - down * (left - x1);
	const d = across * (bottom - y1) - down * (right - x1);
	return Math.min(a, b, c, d) <= 0 && Math.max(a, b, c, d) >= 0;
}

// Where along a line a label may stand, the best place first.
const BEST = 0.3;
const STEPS = Array.from({ length: 31 }, (_, n) => 0.05 + n * 0.03).sort(
	(a, b) => Math.abs(a - BEST) - Math.abs(b - BEST),
);

/**
 * Where labels of edges stand: each on its own line, none on another or on a box, on as few
 * other lines as can be. labels: [{ line, width }]; the middle of each, or null where
 * there is no room for it.
 */
export function placed(labels, boxes = []) {
	const asked = JSON.stringify([labels, boxes]);
	if (!PLACED.has(asked)) {
		if (PLACED.size > 40) PLACED.clear();
		PLACED.set(asked, sought(labels, boxes));
	}
	return PLACED.get(asked);
}

const PLACED = new Map(); // from stop to stop most labels stay where they are
const ROUNDS = 60;
const WEIGHTS = [1, 0.1, 0.03, 0, 0.3];

function sought(labels, boxes) {
	const lines = labels.map(({ line }) => line);
	let order = labels.map((_, n) => n);
	let best = null;
	// What found no room has the first choice in the next round.
	for (let round = 0; round < ROUNDS; round++) {
		const taken = boxes.map(([x, y, w, h]) => [x - w / 2, y - h / 2, x + w / 2, y + h / 2]);
		const spots = labels.map(() => null);
		// Where it is crowded, other lines count for less and less.
		const weight = WEIGHTS[round % WEIGHTS.length];
		for (const n of order) spots[n] = spotOf(labels[n], lines, taken, weight);
		const left = order.filter((n) => !spots[n]);
		if (!best || left.length < best.left) best = { left: left.length, spots };
		if (!left.length) break;
		order = [...left, ...order.filter((n) => spots[n])];
	}
	return best.spots;
}

function spotOf({ line, width }, lines, taken, weight) {
	const [x1, y1, x2, y2] = line;
	let best = null;
	for (const t of STEPS) {
		const off = Math.abs(t - BEST);
		if (best && best.cost <= off) break; // no place that follows can be better
		const [x, y] = [x1 + t * (x2 - x1), y1 + t * (y2 - y1)];
		const spot = [x - width / 2, y - HIGH / 2, x + width / 2, y + HIGH / 2];
		if (!taken.every((other) => apart(spot, other))) continue;
		const through = lines.filter((other) => other !== line && crosses(other, spot));
		const cost = weight * through.length + off;
		if (!best || cost < best.cost) best = { cost, x, y, spot };
	}
	if (!best) return null;
	taken.push(best.spot);
	return [best.x, best.y];
}

// ---- a drawing in the making

/** What every picture draws with: a world, what to look at, and the pieces so far. */
export class Drawing {
	constructor(world, look, width) {
		this.scale = look.scale ?? 1;
		this.width = Math.max(280, width / this.scale);
		this.narrow = this.width < 520;
		this.height = 0;
		Object.assign(this, { world, look, model: world.model });
		this.anatomy = anatomyOf(world.model, look.names);
		this.pieces = new Map();
		this.spans = []; // edges, for what runs along them
		this.lines = []; // drawn before everything else
		this.covered = [...look.parts];
		this.read = new Map(); // what an equation read, also beyond the range of a quantity
	}

	// -- numbers

	value(k) {
		return valueAt(k, this.world);
	}

	size(kind) {
		const { axes } = this.world;
		return axes[kind][1] - axes[kind][0];
	}

	/** A number, to fewer digits where there is no room for four, or three if narrow. */
	brief(k, room = Infinity) {
		const value = this.value(k);
		let digits = this.narrow ? 3 : 4;
		while (digits > 1 && breadth(shown(value, digits)) > room) digits--;
		return shown(value, digits);
	}

	/** The same if it is known; "?" for what is asked; nothing before. */
	number(k, room) {
		if (this.look.known(k)) return this.brief(k, room);
		return this.look.results.has(k) ? "?" : "";
	}

	state(...keys) {
		return ["parts", "results", "path", "changed"]
			.filter((set) => keys.some((k) => this.look[set].has(k)))
			.join(" ");
	}

	/** Whether a slope of this value, as it is now known, is to be drawn as below 0. */
	sign(k) {
		return this.look.known(k) ? sign(this.value(k)) : "unknown";
	}

	// -- words

	letter(name) {
		return this.anatomy.quantities.get(name)?.letter ?? letterOf(this.model, name);
	}

	/** "net input 0.85": what a quantity is, in words where the model has them. */
	said(name, place) {
		const k = key(name, place);
		const equation = this.anatomy.equations.find((one) => resultName(one) === name);
		const words = this.model.words[equation?.label]?.[0].split(" of ")[0] ?? this.letter(name);
		return `${words} ${this.look.known(k) ? shown(this.value(k)) : "not known yet"}`;
	}

	// -- pieces

	put(kind, id, keys, inner, more = "") {
		this.pieces.set(
			id,
			`<g class="${kind.trim().replace(/ +/g, " ")}" data-q="${keys.join(" ")}"${more && ` ${more}`}>${inner}</g>`,
		);
	}

	/** What makes a piece a number to be changed; one that takes part is a stop of Tab. */
	touch(k) {
		const taking = /parts|path/.test(this.state(k));
		return `data-edit="${k}" role="button" tabindex="${taking ? 0 : -1}" aria-label="${this.look.plain(
			k,
		)} is ${full(this.value(k))}: change it"`;
	}

	/** Whether the reader may change a quantity. */
	given(name) {
		return this.look.editable(key(name));
	}

	/** A box with one number: an input, a wanted output, a pixel. */
	cell(k, x, y, w, h = 30) {
		const given = this.given(splitKey(k)[0]);
		this.put(
			`cell ${given ? "" : "made"} ${this.state(k)}`,
			`cell ${k}`,
			[k],
			box(x, y, w, h) + text(x, y + 5, "", this.number(k, w - 6)),
			given ? this.touch(k) : `role="img" aria-label="${this.look.plain(k)} ${this.number(k)}"`,
		);
	}

	/** A line of a box: a letter and its number. */
	row(name, place, x, y, w, strong = "") {
		const k = key(name, place);
		const updated = this.anatomy.updated.has(name);
		const keys = updated ? [k, key(`${name}_new`, place)] : [k];
		const letter = this.letter(name);
		const room = w - 18 - breadth(letter);
		const given = this.given(name) ? ` ${this.touch(k)}` : "";
		const words = updated && this.look.known(k) ? this.moving(k, room) : this.number(k, room);
		return `<g class="row ${this.state(...keys)}" data-q="${keys.join(" ")}"${given}>${text(
			x - w / 2 + 8,
			y,
			"name",
			letter,
		)}${text(x + w / 2 - 8 - room / 2, y, strong, words)}</g>`;
	}

	/** The name of a unit, small: h1. */
	name({ letter }, k, x, y, kind = "") {
		this.pieces.set(
			`name ${letter}${k} ${x}`,
			text(x, y, `unit-name ${kind}`, `${letter}${k + 1}`),
		);
	}

	/**
	 * A unit: a box with its name, its biases, and a line for each quantity. `place` is its
	 * own number, and that of the time before it where there is one.
	 */
	unit(column, place, rows, x, y, w, { named = true, on = null } = {}) {
		const { kind, letter, biases, deltas } = column;
		const strongs = [...deltas, column.rows.length > 1 ? column.rows.at(-1) : ""];
		const k = place.at(-1);
		const high = unitHeight(rows.length);
		const keys = rows.map((name) => key(name, this.placeOf(name, place)));
		const lines = rows.map((name, n) => {
			const strong = strongs.includes(name) ? "strong" : "";
			return this.row(name, this.placeOf(name, place), x, y - high / 2 + 17 + 19 * n, w, strong);
		});
		const said = rows.map((name) => this.said(name, this.placeOf(name, place))).join(", ");
		const mark = named
			? text(
					x - w / 2 + 2,
					y - high / 2 - 4,
					"unit-name left",
					`${letter}${k + 1}${on === null ? "" : on ? " ●" : " ○"}`,
				)
			: "";
		const filled = on === null ? "" : on ? "on" : "off";
		this.put(
			`unit ${filled} ${this.state(...keys)}`,
			`unit ${kind} ${[k, ...place.slice(0, -1)].join(" ")}`,
			[],
			box(x, y, w, high) + mark + lines.join(""),
			`role="group" aria-label="${this.look.unit(letter, k)}: ${said}"`,
		);
		if (!named) return;
		const room = w - 2 - breadth(`${letter}${k + 1}`);
		// Where there are several, the line has room for the one that takes part.
		const taking = (name) =>
			/parts|results|path/.test(this.state(key(name, [k]), key(`${name}_new`, [k])));
		for (const name of biases.length > 1 ? biases.filter(taking).slice(0, 1) : biases) {
			const id = [key(name, [k]), ...place.slice(0, -1)].join(" ");
			// A bias is used at every time; it takes part where its unit does.
			const here = place.length < 2 || keys.some((one) => this.look.results.has(one));
			this.bias(name, [k], x + w / 2 - 1, y - high / 2 - 4, room, id, here);
		}
	}

	/** Where a quantity of a unit has its value: with the time where its letters say so. */
	placeOf(name, place) {
		const { timed } = this.anatomy.quantities.get(name);
		if (timed < 0) return place.slice(-1);
		return timed ? [place.at(-1), place[0]] : place;
	}

	/** A number with its letter in a box of its own: E, a temperature. */
	pill(name, place, x, y, w) {
		const k = key(name, place);
		const given = this.given(name);
		const keys = this.anatomy.updated.has(name) ? [k, key(`${name}_new`, place)] : [k];
		this.put(
			`pill ${this.look.known(k) ? "known" : ""} ${this.state(...keys)}`,
			`pill ${k}`,
			keys,
			box(x, y, w, 27) + this.row(name, place, x, y + 5, w, "strong"),
			given ? "" : `role="img" aria-label="${this.said(name, place)}"`,
		);
	}

	/** What a scan begins with: the value of `name` before the first time. */
	start(name, other, k, x, y, w) {
		const own = key(other, [k]);
		this.put(
			`cell ${this.state(own, key(name, [-1, k]))}`,
			`cell ${own}`,
			[own, key(name, [-1, k])],
			box(x, y, w, 30) + text(x, y + 5, "", this.brief(own, w - 6)),
			`role="img" aria-label="${this.letter(name)} before the first time: ${this.brief(own)}"`,
		);
	}

	/** Pills of the scalars, in rows from the left; how high they are together. */
	tiles(names, top, w = 104) {
		const across = Math.max(1, Math.floor((this.width + 8) / (w + 8)));
		names.forEach((name, n) => {
			const [row, column] = [Math.floor(n / across), n % across];
			this.pill(name, [], w / 2 + 1 + column * (w + 8), top + 14 + row * 35, w);
		});
		return Math.ceil(names.length / across) * 35;
	}

	/** A parameter; in an update the way to its new value, then that. */
	moving(k, room) {
		const [name, place] = splitKey(k);
		const next = key(`${name}_new`, place);
		if (!this.anatomy.updated.has(name)) return this.brief(k, room);
		if (this.look.results.has(next)) {
			if (this.look.known(next)) return `→${this.brief(next, room - 11)}`;
			const old = this.brief(k);
			return breadth(old) > room - 22 ? "→?" : `${old}→?`;
		}
		return this.brief(this.look.known(next) ? next : k, room);
	}

	/** A bias above its unit, and all that is said of it. */
	bias(name, place, x, y, room, id, here) {
		const k = key(name, place);
		const also = [`${name}_new`, this.anatomy.slopes.get(name)].filter(Boolean);
		const keys = [k, ...also.map((other) => key(other, place))];
		const now = this.anatomy.updated.has(name) && this.look.known(keys[1]) ? keys[1] : k;
		// On a phone a new value needs the room of its letter.
		const letter = this.narrow && this.look.results.has(keys[1]) ? "" : `${this.letter(name)} `;
		this.put(
			`bias ${sign(this.value(now))} ${here || this.look.results.has(keys[1]) ? this.state(k, keys[1]) : ""}`,
			`bias ${id}`,
			keys,
			text(x, y, "right", letter + this.moving(k, room - breadth(letter))),
			this.given(name)
				? this.touch(k)
				: `role="img" aria-label="${this.look.plain(k)} ${this.brief(k)}"`,
		);
	}

	/**
	 * A line between two units. `ends` are their names, `weights` its number
	 * (and that of the way back), `slope` that
	 * of its slope. The line is drawn first, its label where the reading comes to it.
	 */
	line(id, keys, { from, to, value, kind, ends, weights, slope, low = false, bend = 0 }) {
		const [[x1, y1], [x2, y2]] = [from, to].map((end) => end.map(round));
		const shape = (name, more) =>
			bend
				? `<path class="${name}" d="M${x1} ${y1}Q${round((x1 + x2) / 2)} ${round((y1 + y2) / 2 + bend)} ${x2} ${y2}" ${more}/>`
				: `<line class="${name}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" ${more}/>`;
		const [weight] = weights;
		const edit = this.given(splitKey(weight)[0]) && !low ? `data-edit="${weight}" ` : "";
		this.lines.push([
			id,
			`<g class="edge ${kind}" data-q="${keys.join(" ")}" ${edit}aria-hidden="true">` +
				`${shape("stroke", `stroke-width="${thickness(value).toFixed(2)}"`)}` +
				`${edit ? shape("reach", "") : ""}</g>`,
		]);
		this.spans.push({ id, ends, weights, slope, low });
		return [x1, y1, x2, y2];
	}

	// -- what runs along the edges

	// How much each weight brings to a result: the term of the sum that it stands in.
	shares(tree, index) {
		const { world } = this;
		const found = new Map();
		const walk = (t, at, factor) => {
			const [kind, ...parts] = t;
			const value = (part) => evaluate(part, world, at);
			if (kind === "var") {
				const { axes } = world.table(t[1]);
				const place = t.slice(2).map((unit, n) => world.number(unit, at) - axes[n][0]);
				const k = key(t[1], place);
				found.set(k, (found.get(k) ?? 0) + factor * value(t));
				this.read.set(k, value(t));
			} else if (kind === "sum") {
				for (const n of world.terms(t, at)) walk(t[2], { ...at, [t[1]]: n }, factor);
			} else if (kind === "add") for (const part of parts) walk(part, at, factor);
			else if (kind === "sub") {
				walk(parts[0], at, factor);
				walk(parts[1], at, -factor);
			} else if (kind === "neg") walk(parts[0], at, -factor);
			else if (kind === "frac") walk(parts[0], at, factor / value(parts[1]));
			else if (kind === "call") walk(parts[1], at, factor);
			else if (kind === "mul") {
				parts.forEach((part, n) => {
					const others = parts.filter((_, m) => m !== n).map(value);
					walk(
						part,
						at,
						others.reduce((product, x) => product * x, factor),
					);
				});
			}
		};
		walk(tree, index, 1);
		return found;
	}

	/** The unit that a quantity belongs to, as the ends of edges name it, or null. */
	unitOf(k) {
		const [name, place] = splitKey(k.replace(/^\w+'/, ""));
		const [inner] = Object.entries(this.model.outside).find(([, other]) => other === name) ?? [];
		// What a scan begins with stands before the first time.
		if (inner) return `${this.anatomy.quantities.get(inner)?.kinds[0]} ${place[0]} -1`;
		const q = this.anatomy.quantities.get(name);
		if (q?.kinds.length !== 1 || q.letters.length > 2) return null;
		const unit = place[q.timed < 0 ? 0 : 1 - q.timed];
		return q.timed < 0 ? `${q.kinds[0]} ${unit}` : `${q.kinds[0]} ${unit} ${place[q.timed]}`;
	}

	/** How much each quantity brings to some results of the equation on show, in all. */
	sharesOf(results) {
		const { look, world } = this;
		const { equation } = look;
		const found = new Map();
		for (const k of results) {
			const place = splitKey(k)[1];
			const index = Object.fromEntries(
				equation.letters.map((letter, n) => [letter, world.range(letter)[0] + place[n]]),
			);
			for (const [part, share] of this.shares(equation.rhs, index)) {
				found.set(part, (found.get(part) ?? 0) + share);
			}
		}
		return found;
	}

	/** Which pulses run when the results are revealed: what a unit is told comes from the
	 * other end of each edge; what is a weight's own comes from both of its ends. */
	motion() {
		const { look, anatomy } = this;
		const keysOf = (svg) => [...svg.matchAll(/data-q="([^"]*)"/g)].flatMap(([, q]) => q.split(" "));
		const settles = [...this.pieces]
			.filter(([, svg]) => keysOf(svg).some((k) => look.results.has(k)))
			.map(([id]) => id);
		const pulses = [];
		for (const k of look.results) {
			const shares = this.sharesOf([k]);
			const at = this.unitOf(k);
			const back = anatomy.quantities.get(look.equation.name)?.by !== undefined;
			for (const { id, ends, weights, slope, low } of this.spans) {
				const weight = weights.find((one) => shares.has(one));
				const add = (from, value) =>
					pulses.push({ edge: id, from, value, width: pulseWidth(value), sign: sign(value) });
				if (at && weight && ends.includes(at) && low === Boolean(back && this.low)) {
					const from = ends[0] === at ? "end" : "start";
					const other = ends[from === "end" ? 1 : 0];
					const fed = [...shares.keys()].some((part) => this.unitOf(part) === other);
					if (fed) add(from, shares.get(weight));
				} else if (slope === k && low === Boolean(this.low)) {
					for (const [n, from] of ["start", "end"].entries()) {
						const parts = [...shares.keys()].filter((part) => this.unitOf(part) === ends[n]);
						for (const part of parts.slice(0, 1)) add(from, this.read.get(part));
					}
				}
			}
		}
		return { pulses, settles };
	}

	// -- done

	done() {
		const { scale, width, height } = this;
		return {
			width: width * scale,
			height: height * scale,
			box: [0, 0, width, height],
			focus: (this.focus ?? width / 2) * scale,
			pieces: new Map([...this.lines, ...this.pieces]),
			motion: this.motion(),
		};
	}
}

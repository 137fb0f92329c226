// The graph of a calculation, to walk: every value on the way there, every slope on the way
// back, each asked for before it is shown. The tape comes from Python; only the way back,
// and what a wrong number could have been, is computed here.

import { Canvas } from "./canvas.js";
import { html, judge } from "./judge.js";
import { box, text } from "./marks.js";
import { shown } from "./mathml.js";

// ---- the numbers

/** name -> {slope, terms}: of each term of a slope the use, which operand, and both factors. */
export function back(lines) {
	const found = Object.fromEntries(lines.map(({ name }) => [name, { slope: 0, terms: [] }]));
	found[lines.at(-1).name].slope = 1;
	for (const line of [...lines].reverse()) {
		line.operands.forEach((name, operand) => {
			if (!name) return;
			const [own, came] = [line.slopes[operand], found[line.name].slope];
			found[name].terms.push({ use: line.name, operand, own, came });
			found[name].slope += own * came;
		});
	}
	return found;
}

/** The stops of a walk: each computed value, then each slope from the end on. */
export const stops = (lines) => [
	...lines.filter(({ operation }) => operation).map(({ name }) => ({ name, way: "there" })),
	...[...lines].reverse().map(({ name }) => ({ name, way: "back" })),
];

const OTHER = {
	add: ["They are multiplied", "Here two numbers are added.", (u, v) => u * v],
	multiply: ["They are added", "Here two numbers are multiplied.", (u, v) => u + v],
	subtract: ["They are added", "Here one is taken from the other.", (u, v) => u + v],
	divide: ["It is upside down", "The first is divided by the second.", (u, v) => v / u],
	tanh: ["It is what goes in", "Its tanh is still to be taken.", (u) => u],
	exp: ["It is what goes in", "The power of e is still to be taken.", (u) => u],
	log: ["It is what goes in", "Its logarithm is still to be taken.", (u) => u],
};

/** What could be typed in the place of a value or of a slope: {name, sentence, value}. */
export function slips(lines, { name, way }) {
	const line = lines.find((one) => one.name === name);
	if (way === "there") {
		const [words, sentence, value] = OTHER[line.operation] ?? [];
		return words ? [{ id: "other", name: words, sentence, value: value(...line.numbers) }] : [];
	}
	const { terms } = back(lines)[name];
	const total = (value) => terms.reduce((sum, term) => sum + value(term), 0);
	const share = ({ own, came }) => own * came;
	const found = [];
	const say = (id, name, sentence, value) => found.push({ id, name, sentence, value });
	if (terms.length > 1) {
		for (const term of terms) {
			say(
				"one road",
				"One road only",
				`${name} is used ${terms.length} times. What comes back along each use is added.`,
				share(term),
			);
		}
		const once = terms.filter(
			(term, k) => terms.findIndex((other) => other.use === term.use) === k,
		);
		const twice = once.reduce((sum, term) => sum + share(term), 0);
		say("twin", "A use is forgotten", `${name} stands twice in one line: it counts twice.`, twice);
		say(
			"product",
			"The roads are multiplied",
			"One after another multiplies; side by side adds.",
			terms.reduce((product, term) => product * share(term), 1),
		);
	}
	if (!terms.length) {
		// The end, to which nothing has come back.
		say("end", "Here the way back begins", `If ${name} moves, ${name} moves by as much.`, 0);
		return found;
	}
	say(
		"own",
		"What came back is left out",
		"Each slope on an edge is multiplied by what has come back to its end.",
		total(({ own }) => own),
	);
	say(
		"came",
		"The slope of the operation is left out",
		"What comes back is multiplied by the slope on the edge.",
		total(({ came }) => came),
	);
	for (const { use, operand, came } of terms) {
		const { operation, value, numbers } = lines.find((one) => one.name === use);
		if (operation === "multiply")
			say(
				"factor",
				"It is the wrong factor",
				"The slope of a product by one factor is the other factor.",
				numbers[operand] * came,
			);
		if (operation === "tanh") {
			const u = numbers[0];
			say(
				"in",
				"It is taken at what goes in",
				`It is 1 − ${use}², of the result.`,
				(1 - u * u) * came,
			);
			say(
				"square",
				"The square is missing",
				`It is 1 − ${use}², not 1 − ${use}.`,
				(1 - value) * came,
			);
			say(
				"tanh",
				"It is the result that is multiplied",
				"The slope of tanh is 1 − tanh².",
				value * came,
			);
		}
	}
	return found;
}

/** Who has yet to hand back before a value may: the uses of it that have not spoken. */
export const awaited = (lines, name, spoken) =>
	lines
		.filter((line) => line.operands.includes(name) && !spoken.includes(line.name))
		.map((line) => line.name);

// ---- the drawing

// How wide all is; a box; from one to the next along the shorter way; room above a box.
const WIDE = { across: 700, w: 108, h: 52, pitch: 104, name: 17 };
const TALL = { across: 340, w: 100, h: 72, pitch: 126, name: 0 };

// Where the curve from one point to the next is at t: it leaves and enters along one axis.
function along([[x1, y1], [x2, y2]], narrow, t) {
	const s = 1 - t;
	const straight = 1.5 * s * s * t + 1.5 * s * t * t + t ** 3; // controls half way
	const bent = 3 * s * t * t + t ** 3; // one control at each end
	const [a, b] = narrow ? [bent, straight] : [straight, bent];
	return [x1 + (x2 - x1) * a, y1 + (y2 - y1) * b];
}

/** The pieces of the drawing: what is known of values and slopes, what takes part. */
export function picture({ lines, edges, bare }, look, narrow) {
	const { across, w, h, pitch, name: over } = narrow ? TALL : WIDE;
	const last = Math.max(...lines.map(({ at }) => at[0]));
	const rows = [
		...lines.map(({ at }) => at[1]),
		...edges.flatMap(({ via }) => via.map((v) => v[1])),
	];
	const spread = Math.max(...rows.map(Math.abs));
	const step = narrow ? Math.min(118, (across - w - 4) / (2 * spread || 1)) : pitch;
	const wide = narrow ? across : Math.max(across, (last + 1) * (w + 42));
	const between = narrow ? pitch : (wide - w - 4) / Math.max(1, last);
	const top = over + h / 2 + 4;
	const spot = ([column, row]) =>
		narrow
			? [across / 2 + row * step, top + column * between]
			: [2 + w / 2 + column * between, top + (row + spread) * step];
	const height = top + h / 2 + 4 + (narrow ? last * between : 2 * spread * step);
	const pieces = new Map();
	const at = Object.fromEntries(lines.map((line) => [line.name, spot(line.at)]));
	const labels = [];
	for (const { from, to, operand, via, bend } of edges) {
		const id = `${from}>${to}:${operand}`;
		// Where an edge leaves a box and enters one, from the middle of a side.
		const out = narrow ? [0, h / 2] : [w / 2, 0];
		const aside = narrow ? [bend * 44, 0] : [0, bend * 24];
		const [x1, y1] = at[from].map((v, k) => v + out[k] + aside[k] * 0.6);
		const [x2, y2] = at[to].map((v, k) => v - out[k] + aside[k]);
		const points = [[x1, y1], ...via.map(spot), [x2, y2]];
		const path = points
			.map(([x, y], k) => {
				if (!k) return `M${x},${y}`;
				const [u, v] = points[k - 1];
				const half = narrow ? [u, (v + y) / 2, x, (v + y) / 2] : [(u + x) / 2, v, (u + x) / 2, y];
				return `C${half[0]},${half[1]} ${half[2]},${half[3]} ${x},${y}`;
			})
			.join("");
		const state = look.active.has(id) ? ` active ${look.way}` : "";
		pieces.set(`edge ${id}`, `<g class="edge${state}"><path class="stroke" d="${path}"/></g>`);
		const line = lines.find(({ name }) => name === to);
		if (!bare && look.values.has(to)) {
			const [x, y] = along(points.slice(-2), narrow, via.length ? 0.3 : 0.55);
			labels.push([id, x, y, shown(line.slopes[operand]), state]);
		}
	}
	for (const [id, x, y, words, state] of labels) {
		const width = 12 + 7.6 * words.length;
		pieces.set(
			`slope ${id}`,
			`<g class="own${state}">${box(x, y, width, 20, 'rx="10"')}${text(x, y + 4.5, "", words)}</g>`,
		);
	}
	for (const { name, value, said, operation } of lines) {
		const [x, y] = at[name];
		const asked = look.asked?.name === name ? look.asked.way : "";
		const known = look.values.has(name);
		const number = (has, way, n) => (has ? shown(n) : asked === way ? "?" : "");
		const slope = look.slopes.get(name);
		const title = operation ? `${name} = ${said}` : name;
		// On a phone edges come from above, so the title stands within the box.
		const [head, upper, rule, lower] = narrow ? [-20, 0, 9, 28] : [-h / 2 - 5, -8, 0, 19];
		pieces.set(
			`unit ${name}`,
			`<g class="unit ${asked && "asked"}">${box(x, y, w, h)}${text(x, y + head, "title", title)}<path class="rule" d="M${
				x - w / 2
			},${y + rule}h${w}"/>${text(x, y + upper, "value", number(known, "there", value))}${text(
				x,
				y + lower,
				"slope",
				number(slope !== undefined, "back", slope),
			)}</g>`,
		);
	}
	return { width: wide, height, pieces };
}

// ---- the instrument

const OWN = {
	add: "A sum grows as each of its terms: 1.",
	subtract: "A difference grows with the first, 1, and falls with the second, −1.",
	multiply: "The slope of a product by one factor is the other factor.",
	divide: "A quotient grows by 1 over what it is divided by.",
	tanh: "The slope of tanh is 1 − tanh², of its result.",
	exp: "The slope of e to a power is that power of e itself.",
	log: "The slope of a logarithm is 1 over what went in.",
	negative: "Its slope is −1.",
};

let made = 0;

class View {
	constructor(model, el) {
		Object.assign(this, { el, ...model.get("graph"), said: model.get("said") });
		this.id = `graph-${++made}`;
		this.end = this.lines.at(-1).name;
		this.found = back(this.lines);
		this.line = (name) => this.lines.find((one) => one.name === name);
		el.classList.add("graph-view");
		el.innerHTML = this.frame();
		this.canvas = new Canvas(el.querySelector(".drawing"));
		this.stops = this.mode === "walk" ? stops(this.lines) : [];
		const first = this.stops.findIndex(({ way }) => way === this.begin);
		[this.at, this.shown] = [Math.max(0, first), false];
		this.spoken = [];
		this.right = new Set();
		this.listen();
		this.show();
		this.watch = new ResizeObserver(() => this.draw());
		this.watch.observe(el);
	}

	get(selector) {
		return this.el.querySelector(selector);
	}

	frame() {
		const { id, mode, end } = this;
		const drawing = `<div class="drawing"></div>`;
		const button = (what, words, more = "") =>
			`<button type="button" data-do="${what}" ${more}>${words}</button>`;
		const form = (key, label) => `<form data-key="${key}"><label for="${id}-${key}">${label}</label>
<input id="${id}-${key}" inputmode="text" autocomplete="off" size="9"><button>Check</button>
${mode === "walk" ? button("reveal", "Show") : ""}</form>`;
		if (mode === "walk") {
			const steps = `${button("first", "◀◀", 'aria-label="to the start"')}${button("back", "◀", 'aria-label="one step back"')}
<span class="count"></span>${button("next", "▶", 'aria-label="one step on"')}${button("last", "▶▶", 'aria-label="to the end"')}`;
			return `<div class="bar">${button("there", "Forward: values")}${button("backward", "Backward: slopes")}</div>
${drawing}${form("walk", "")}<p role="status"></p><p class="sum"></p><div class="walk">${steps}</div>
<p class="hint">In each box: above, the value; below, how fast ${end} grows with it. On each edge: the slope of that one operation.</p>`;
		}
		if (mode === "order") {
			const names = this.lines.filter(({ operation }) => operation).map(({ name }) => name);
			return `${drawing}<p>Who hands back first, who next?</p><div class="bar">${names
				.map((name) => button(`speak:${name}`, name))
				.join("")}${button("again", "Start again")}</div><p role="status"></p>`;
		}
		return `${drawing}<ol>${this.asked
			.map((name) => `<li>${form(name, `slope of ${end} by ${name} =`)}<p role="status"></p></li>`)
			.join("")}</ol>`;
	}

	// ---- what is known, and what takes part

	look() {
		const all = this.lines.map(({ name }) => name);
		const look = { values: new Set(all), slopes: new Map(), active: new Set(), way: "back" };
		const into = (name) =>
			this.edges.filter((edge) => edge.to === name).map((e) => `${e.from}>${e.to}:${e.operand}`);
		const outOf = (name) =>
			this.edges.filter((edge) => edge.from === name).map((e) => `${e.from}>${e.to}:${e.operand}`);
		if (this.mode === "ask") {
			for (const name of all) {
				if (!this.asked.includes(name) || this.right.has(name))
					look.slopes.set(name, this.found[name].slope);
			}
			look.asked = { name: this.focus, way: "back" };
			if (this.focus) look.active = new Set(outOf(this.focus));
			return look;
		}
		if (this.mode === "order") {
			for (const { name, operation } of this.lines) {
				const heard = operation
					? this.spoken.includes(name)
					: !awaited(this.lines, name, this.spoken).length;
				if (heard) look.slopes.set(name, this.found[name].slope);
			}
			if (this.spoken.length) look.active = new Set(into(this.spoken.at(-1)));
			return look;
		}
		const known = this.stops.slice(0, this.at + (this.shown ? 1 : 0));
		const there = known.filter(({ way }) => way === "there").map(({ name }) => name);
		const given = this.lines.filter(({ operation }) => !operation).map(({ name }) => name);
		look.values = new Set([...given, ...there]);
		for (const { name, way } of known) {
			if (way === "back") look.slopes.set(name, this.found[name].slope);
		}
		const now = this.stops[this.at];
		look.way = now.way;
		look.active = new Set(now.way === "there" ? into(now.name) : outOf(now.name));
		if (!this.shown) look.asked = now;
		else look.fresh = now.name;
		return look;
	}

	draw() {
		const look = this.look();
		const room = this.el.clientWidth; // 0 while nobody can see it
		const narrow = room > 0 && room < 540;
		const { width, height, pieces } = picture(this, look, narrow);
		const words = this.lines.map(({ name, value }) => {
			const slope = look.slopes.get(name);
			const known = look.values.has(name) ? shown(value) : "not known yet";
			return `${name} ${known}${slope === undefined ? "" : `, slope ${shown(slope)}`}`;
		});
		const pulses = [...look.active].map((id) => {
			const from = look.way === "back" ? "end" : "start";
			return { edge: `edge ${id}`, from, width: 5, sign: look.way };
		});
		const motion = look.fresh ? { pulses, settles: [`unit ${look.fresh}`] } : {};
		this.canvas.show(
			{ width, height, pieces, motion },
			`Graph of ${this.end}: ${words.join("; ")}`,
		);
	}

	// ---- what it says

	show() {
		this.draw();
		if (this.mode !== "walk") return;
		const { name, way } = this.stops[this.at];
		const line = this.line(name);
		const form = this.get("form");
		const asked =
			way === "there" ? `${name} = ${line.said} =` : `slope of ${this.end} by ${name} =`;
		form.querySelector("label").textContent = asked;
		form.querySelector("input").value = "";
		form.querySelector("input").ariaInvalid = null;
		form.classList.toggle("done", this.shown);
		for (const one of form.querySelectorAll("input, button")) one.disabled = this.shown;
		this.get(".sum").textContent = this.shown ? this.told(name, way) : "";
		this.get(".count").textContent = `step ${this.at + 1} of ${this.stops.length}`;
		const ends = { first: !this.at && !this.shown, back: !this.at && !this.shown };
		const over = this.at === this.stops.length - 1 && this.shown;
		for (const [what, no] of Object.entries({ ...ends, next: over, last: over }))
			this.get(`[data-do="${what}"]`).disabled = no;
		for (const what of ["there", "backward"]) {
			const on = (what === "there") === (way === "there");
			this.get(`[data-do="${what}"]`).ariaPressed = String(on);
		}
	}

	/** A step in numbers, and its reason. */
	told(name, way) {
		const line = this.line(name);
		if (way === "there")
			return `${name} = ${line.said} = ${shown(line.value)}. ${OWN[line.operation] ?? ""}`;
		const { slope, terms } = this.found[name];
		if (!terms.length) return `As ${name} grows by so much, ${name} grows by as much: 1.`;
		const bracketed = (x) => (x < 0 ? `(${shown(x)})` : shown(x));
		const sum = terms.map(({ own, came }) => `${bracketed(own)} × ${bracketed(came)}`).join(" + ");
		const uses = terms.map(({ use }) => use);
		const why =
			terms.length > 1
				? `${name} is used ${terms.length} times, by ${uses.slice(0, -1).join(", ")} and ${uses.at(-1)}: what comes back is added.`
				: `${name} is used once, by ${uses[0]}.`;
		return `${sum} = ${shown(slope)}. ${why}`;
	}

	say(words, place = this.el) {
		place.querySelector('[role="status"]').innerHTML = words;
	}

	// ---- what the reader does

	judged(stop, typed) {
		const { name, way } = stop;
		const here = way === "there" ? name : `the slope of ${this.end} by ${name}`;
		const right = way === "there" ? this.line(name).value : this.found[name].slope;
		const others = this.lines.filter((line) => line.name !== name);
		const around = {
			here,
			made_of: way === "there" ? "parts" : "terms",
			mistakes: slips(this.lines, stop).filter(({ value }) => value !== right),
			neighbours: others.map((other) =>
				way === "there"
					? { name: other.name, value: other.value }
					: { name: `the slope by ${other.name}`, value: this.found[other.name].slope },
			),
			quantities: way === "back" ? [{ name: `${name} itself`, value: this.line(name).value }] : [],
		};
		return judge(typed, right, around, this.said);
	}

	go(at, open) {
		this.say("");
		[this.at, this.shown] = [Math.max(0, Math.min(at, this.stops.length - 1)), open];
		const within = this.el.contains(document.activeElement);
		this.show();
		if (open) this.canvas.play();
		// Who types goes on typing; and nobody loses their place to a button that is switched off.
		if (!open && this.typing) this.get("form input").focus();
		else if (within && document.activeElement.disabled !== false) this.wait();
	}

	wait() {
		const next = this.get('[data-do="next"]');
		(next.disabled ? this.get('[data-do="back"]') : next).focus();
	}

	next() {
		if (!this.shown) this.go(this.at, true);
		else if (this.at < this.stops.length - 1) this.go(this.at + 1, false);
	}

	speak(name) {
		const waiting = awaited(this.lines, name, this.spoken);
		if (this.spoken.includes(name)) return this.say(`${name} has handed back already.`);
		if (waiting.length) {
			const heard = this.found[name].terms
				.filter(({ use }) => this.spoken.includes(use))
				.reduce((sum, { own, came }) => sum + own * came, 0);
			return this.say(
				`Too early: ${name} has not heard from ${waiting.join(" and ")}. Now it would hand back ${shown(heard)}, which is not yet its slope.`,
			);
		}
		this.spoken.push(name);
		this.get(`[data-do="speak:${name}"]`).textContent = `${name}: ${this.spoken.length}`;
		const left = this.lines.filter((line) => line.operation && !this.spoken.includes(line.name));
		this.say(
			left.length
				? `Yes: ${name} has heard from all that use it.`
				: `All have handed back, none too early: ${this.spoken.join(", ")}.`,
		);
		this.draw();
		const answered = { text: this.spoken.join(" "), right: !left.length };
		this.tell("answered", "order", answered);
	}

	restart() {
		this.spoken = [];
		for (const one of this.el.querySelectorAll('[data-do^="speak:"]'))
			one.textContent = one.dataset.do.slice(6);
		this.say("");
		this.draw();
	}

	// To the page, which may keep what was answered, and gives it back.
	tell(what, key, more) {
		const asked = `graph ${this.lines.map((line) => line.name).join("")} ${key}`;
		this.el.dispatchEvent(new CustomEvent(what, { bubbles: true, detail: { asked, ...more } }));
	}

	answer(form) {
		const input = form.querySelector("input");
		const stop =
			this.mode === "walk" ? this.stops[this.at] : { name: form.dataset.key, way: "back" };
		const found = this.judged(stop, input.value);
		if (this.mode === "walk") {
			this.typing = true;
			if (found.right) this.go(this.at, true);
			else input.select();
			this.say(html(found.text));
			if (found.right) this.wait();
		} else {
			const item = form.closest("li");
			item.className = found.right ? "right" : "";
			this.say(html(found.text), item);
			if (found.right) this.right.add(stop.name);
			else input.select();
			this.draw();
			this.tell("answered", stop.name, { text: input.value, right: Boolean(found.right) });
		}
		input.ariaInvalid = found.right || found.kind === "empty" ? null : "true";
	}

	listen() {
		const { el } = this;
		el.addEventListener("submit", (event) => {
			event.preventDefault();
			this.answer(event.target);
		});
		el.addEventListener("click", ({ target }) => {
			const what = target.closest("[data-do]")?.dataset.do;
			const end = this.stops.length - 1;
			const turn = this.stops.findIndex(({ way }) => way === "back");
			if (what === "reveal" || what === "next") this.next();
			if (what === "back") this.shown ? this.go(this.at, false) : this.go(this.at - 1, true);
			if (what === "first" || what === "there") this.go(0, false);
			if (what === "backward") this.go(turn, false);
			if (what === "last") this.go(this.at < turn - 1 ? turn - 1 : end, true);
			if (what === "again") this.restart();
			if (what?.startsWith("speak:")) this.speak(what.slice(6));
		});
		el.addEventListener("focusin", ({ target }) => {
			if (this.mode !== "ask" || !target.matches("input")) return;
			this.focus = target.closest("form").dataset.key;
			this.draw();
		});
		// A deck turns its pages at PageUp and PageDown alone while the reader is in here.
		el.addEventListener("keydown", (event) => {
			if (event.ctrlKey || event.metaKey || event.altKey) return;
			if (/^(Page|Tab|Escape)/.test(event.key)) return;
			event.stopPropagation();
			if (this.mode !== "walk" || event.target.value) return;
			this.typing = this.typing && event.key === "Enter";
			if (event.key === "ArrowRight") this.next();
			else if (event.key === "ArrowLeft") this.get('[data-do="back"]').click();
			else if (event.key === "Home") this.go(0, false);
			else if (event.key === "End") this.go(this.stops.length - 1, true);
			else return;
			event.preventDefault();
		});
		const again = (typed) => {
			for (const name of typed.split(" ")) if (this.line(name)?.operation) this.speak(name);
		};
		if (this.mode === "order") this.tell("asked", "order", { restore: again });
		for (const name of this.asked) {
			this.tell("asked", name, {
				restore: (typed) => {
					if (!this.judged({ name, way: "back" }, typed).right) return;
					const form = [...el.querySelectorAll("form")].find((one) => one.dataset.key === name);
					form.querySelector("input").value = typed;
					form.closest("li").className = "right";
					this.say(this.said.sentences.before, form.closest("li"));
					this.right.add(name);
					this.draw();
				},
			});
		}
	}
}

export default {
	render({ model, el }) {
		const view = new View(model, el);
		return () => view.watch.disconnect();
	},
};

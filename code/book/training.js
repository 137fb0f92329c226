// Training to watch: what the network says of every input, what its hidden units make of
// the examples, and its error. The engine evaluates; nothing else computes here.

import { crossings } from "./crossings.js";
import { computed, range, resultName } from "./engine.js";

const MOST = 4000; // epochs remembered
const CELLS = 25; // of a map, along a side
const MARGIN = 0.3; // what a map shows beside the examples, in parts of their span
const SIDE = 220; // a drawing's own units

// ---- the numbers

const isList = Array.isArray;
const mean = (values) =>
	isList(values[0])
		? values[0].map((_, k) => mean(values.map((value) => value[k])))
		: values.reduce((sum, value) => sum + value, 0) / values.length;
const sound = (value) =>
	isList(value) ? value.every(sound) : Number.isFinite(value) && Math.abs(value) < 1e6;

/** What is updated: name of a parameter -> name of what it becomes. */
const updates = (model) =>
	Object.fromEntries(
		model.equations
			.filter(({ relation }) => relation !== "=")
			.map((equation) => [equation.name, resultName(equation)]),
	);

/** The network at one moment: E, and the hidden units and outputs of every example. */
export function moment(model, given) {
	const worlds = given.X.map((X, row) => computed(model, { ...given, X, D: given.D[row] }));
	const each = (name) => worlds.map((world) => world.value(name));
	const next = Object.entries(updates(model)).map(([name, to]) => [name, mean(each(to))]);
	return {
		E: mean(each("E")),
		H: each("H"),
		O: each("O"),
		next: Object.fromEntries(next),
	};
}

// The part of a model from what follows one quantity to another: all that a map asks of it.
function between(model, after, last) {
	const at = (name) => model.equations.findIndex((equation) => equation.name === name);
	return { ...model, equations: model.equations.slice(at(after) + 1, at(last) + 1) };
}

/** Rows of the first output over a square, low y first; `put` makes of (x, y) what is given. */
export function map(model, given, [low, high], put) {
	const at = range(CELLS).map((k) => low + ((high - low) * k) / (CELLS - 1));
	return at.map((y) => at.map((x) => computed(model, { ...given, ...put(x, y) }).value("O")[0]));
}

// ---- the drawings

const shown = (x, digits = 2) => x.toFixed(digits).replace("-", "−");

/** The two colours of an output, 0 to 1: which one, and how much of it. */
export const colour = (O) =>
	O < 0.5 ? [0, 114, 178, 2 * (0.5 - O)] : [213, 94, 0, 2 * (Math.min(O, 1) - 0.5)];

// A square of coloured cells under lines and marks, in the units of what it shows.
class Plane {
	constructor(window) {
		this.window = window;
		this.canvas = Object.assign(document.createElement("canvas"), {
			width: CELLS,
			height: CELLS,
		});
		this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
		this.svg.setAttribute("viewBox", `0 0 ${SIDE} ${SIDE}`);
		this.svg.setAttribute("role", "img");
	}

	place([x, y]) {
		const [low, high] = this.window;
		const part = (v) => ((v - low) / (high - low)) * SIDE;
		return [part(x), SIDE - part(y)];
	}

	paint(rows) {
		const paper = this.canvas.getContext("2d");
		const picture = paper.createImageData(CELLS, CELLS);
		rows.forEach((row, j) => {
			row.forEach((O, i) => {
				const [r, g, b, a] = colour(O);
				picture.data.set([r, g, b, 217 * a], 4 * ((CELLS - 1 - j) * CELLS + i));
			});
		});
		paper.putImageData(picture, 0, 0);
		const spot = ([i, j]) => {
			const [low, high] = this.window;
			const step = (high - low) / (CELLS - 1);
			return this.place([low + i * step, low + j * step]).map((v) => v.toFixed(1));
		};
		this.half = crossings(rows, 0.5)
			.map(([from, to]) => `M${spot(from)}L${spot(to)}`)
			.join("");
	}

	// The examples where they stand, a square where 1 is desired and a circle where 0 is,
	// each with its name, and on which way they came. Where several meet, one says all names.
	show(points, desired, names, trails, label) {
		const spots = points.map((point) => this.place(point));
		const said = [];
		const marks = spots.map(([x, y], k) => {
			const near = spots.map(([a, b]) => Math.hypot(a - x, b - y) < 12);
			const words = near.indexOf(true) < k ? "" : names.filter((_, n) => near[n]).join(" and ");
			// A name makes room for one that stands there.
			let high = y + 4;
			while (said.some(([a, b]) => Math.abs(a - x) < 50 && Math.abs(b - high) < 13)) high -= 13;
			if (words) said.push([x, high]);
			const [side, anchor] = x > 0.5 * SIDE ? [-11, "end"] : [11, "start"];
			const form =
				desired[k] > 0.5
					? `<rect class="mark" x="${x - 6}" y="${y - 6}" width="12" height="12"/>`
					: `<circle class="mark" cx="${x}" cy="${y}" r="6.5"/>`;
			return `${form}<text class="name" x="${x + side}" y="${high}" text-anchor="${anchor}">${words}</text>`;
		});
		const lines = trails.map((trail) => {
			const spots = trail.map((p) => this.place(p).map((v) => v.toFixed(1)));
			return `<path class="trail" d="M${spots.join("L")}"/>`;
		});
		this.svg.innerHTML = `<path class="half" d="${this.half}"/>${lines.join("")}${marks.join("")}`;
		this.svg.setAttribute("aria-label", label);
	}
}

/** The error curve as a path in a box, and where its last epoch is. */
export function curve(errors, wide, high) {
	const most = Math.max(...errors) || 1;
	const x = (k) => (k / Math.max(errors.length - 1, 1)) * wide;
	const y = (E) => high - (E / most) * high;
	const step = Math.max(1, Math.floor(errors.length / 400));
	const kept = errors.map((_, k) => k).filter((k) => k % step === 0 || k === errors.length - 1);
	return {
		most,
		x,
		y,
		path: `M${kept.map((k) => `${x(k).toFixed(1)},${y(errors[k]).toFixed(1)}`).join("L")}`,
	};
}

// ---- the instrument

let made = 0;

class View {
	constructor(model, el) {
		this.id = `training-${++made}`;
		this.model = model.get("book").model;
		this.forward = between(this.model, "X", "O");
		this.outward = between(this.model, "H", "O");
		this.start = model.get("given");
		this.parameters = Object.keys(updates(this.model));
		this.el = el;
		el.classList.add("training-view");
		el.innerHTML = this.frame();
		const xs = this.start.X.flat();
		const [low, high] = [Math.min(...xs), Math.max(...xs)];
		const more = MARGIN * (high - low || 1);
		this.inputs = new Plane([low - more, high + more]);
		this.hidden = new Plane([-0.08, 1.08]);
		this.at(".inputs").prepend(this.stack(this.inputs));
		this.at(".units").prepend(this.stack(this.hidden));
		this.listen();
		this.begin(this.start);
	}

	at(selector) {
		return this.el.querySelector(selector);
	}

	stack({ canvas, svg }) {
		const box = document.createElement("div");
		box.className = "plane";
		box.append(canvas, svg);
		return box;
	}

	frame() {
		const { id } = this;
		const button = (what, words) => `<button type="button" data-do="${what}">${words}</button>`;
		const units = range(this.start.b.length)
			.map((k) => `<option value="${k}">h${k + 1}</option>`)
			.join("");
		const choice = (axis) =>
			`<label>${axis} <select data-axis="${axis}" aria-label="Hidden unit along ${axis}">${units}</select></label>`;
		const { symbols } = this.model;
		const fields = this.parameters.map((name) => {
			const unit = (place) => place.map((k, n) => symbols[name].letters[n] + (k + 1)).join("");
			const inner = (value, place) =>
				isList(value)
					? value.map((part, k) => inner(part, [...place, k])).join(" ")
					: `<label><small>${unit(place)}</small> <input data-weight="${name}:${place}" inputmode="decimal" aria-label="${name} ${unit(place)}"></label>`;
			return `<tr><th scope="row">${name}</th><td>${inner(this.start[name], [])}</td></tr>`;
		});
		return `<div class="bar">${button("play", "Train")}${button("one", "1 epoch")}${button("ten", "10 epochs")}
<label for="${id}-eta">η</label><input id="${id}-eta" class="eta" inputmode="decimal">
${button("draw", "Other weights")}${button("reset", "Start again")}</div>
<div class="panels">
<figure class="inputs"><figcaption>What it says of every input</figcaption></figure>
<figure class="units"><figcaption>What the hidden units make of the examples <span ${this.start.b.length > 2 ? "" : "hidden"}>${choice("across")} ${choice("up")}</span></figcaption></figure>
<figure class="error"><svg viewBox="-4 -12 ${SIDE + 8} ${SIDE + 12}" role="img"></svg><figcaption>The error E, epoch by epoch</figcaption></figure>
</div>
<div class="time"><label for="${id}-time">epoch</label><input id="${id}-time" type="range" min="0" value="0"></div>
<p role="status"></p>
<p class="hint">Squares should get 1 (vermilion), circles 0 (blue). The line is where it says one half; thin lines are the ways the examples came.</p>
<details class="weights"><summary>Your own weights</summary><table>${fields.join("")}</table></details>`;
	}

	// ---- the course of it

	begin(given) {
		this.pause();
		this.given = given;
		this.steps = [];
		this.now = 0;
		this.ended = "";
		this.remember(Object.fromEntries(this.parameters.map((name) => [name, given[name]])));
		this.show();
	}

	remember(weights) {
		this.steps.push({ weights, ...moment(this.model, { ...this.given, ...weights }) });
	}

	/** So many epochs from the last one known; false where it ends. */
	train(times) {
		for (let k = 0; k < times; k++) {
			const { next } = this.steps.at(-1);
			if (!Object.values(next).every(sound)) this.ended = "The numbers ran away: try a smaller η.";
			else if (this.steps.length > MOST) this.ended = `${MOST} epochs are enough here.`;
			if (this.ended) break;
			this.remember(next);
		}
		this.now = this.steps.length - 1;
		return !this.ended;
	}

	play() {
		this.now = this.steps.length - 1;
		this.at('[data-do="play"]').textContent = "Stop";
		let frame = 0;
		const go = () => {
			const on = this.train(1 + Math.floor(this.now / 100));
			this.show(frame++ % 4 > 0);
			if (on) this.playing = requestAnimationFrame(go);
			else this.pause();
		};
		this.playing = requestAnimationFrame(go);
	}

	pause() {
		if (this.playing) cancelAnimationFrame(this.playing);
		this.playing = 0;
		this.at('[data-do="play"]').textContent = "Train";
		if (this.steps) this.show();
	}

	// ---- what it shows; `briefly` leaves the maps and words for another frame

	show(briefly = false) {
		const { steps, now, given } = this;
		const { weights, H, O, E } = steps[now];
		const desired = given.D.map((d) => d[0]);
		const all = { ...given, ...weights };
		const [across, up] = ["across", "up"].map((axis, k) => {
			const chosen = this.at(`[data-axis="${axis}"]`);
			if (!chosen.dataset.set) [chosen.value, chosen.dataset.set] = [k, 1];
			return Number(chosen.value);
		});
		if (!briefly) {
			const { D, ...only } = all;
			this.inputs.paint(map(this.forward, only, this.inputs.window, (x, y) => ({ X: [x, y] })));
			const { X, ...known } = only;
			this.hidden.paint(
				map(this.outward, known, this.hidden.window, (x, y) => ({
					H: H[0].map((_, k) => (k === across ? x : k === up ? y : 0.5)),
				})),
			);
		}
		const answers = given.X.map((x, k) => `${x.join(", ")} gets ${shown(O[k][0])}`).join("; ");
		const names = given.X.map((x) => x.join(", "));
		this.inputs.show(given.X, desired, names, [], `Answers over both inputs: ${answers}`);
		const spots = H.map((h) => [h[across], h[up]]);
		const way = steps.slice(0, now + 1);
		const step = Math.max(1, Math.floor(way.length / 60));
		const trails = spots.map((_, k) =>
			way.filter((_, n) => n % step === 0 || n === now).map((m) => [m.H[k][across], m.H[k][up]]),
		);
		this.hidden.show(
			spots,
			desired,
			names,
			trails,
			`Hidden outputs of the examples: ${spots.map((spot) => spot.map((v) => shown(v)).join(", ")).join("; ")}`,
		);
		const errors = steps.map((m) => m.E);
		const { path, x, y, most } = curve(errors, SIDE, SIDE - 20);
		const chart = this.at(".error svg");
		chart.innerHTML = `<path class="axis" d="M0,0V${SIDE - 20}H${SIDE}"/><path class="curve" d="${path}"/>
<circle class="now" cx="${x(now)}" cy="${y(E)}" r="5"/><text x="10" y="-1">${shown(most, 3)}</text>
<text x="${SIDE}" y="${SIDE - 5}" text-anchor="end">${errors.length - 1}</text>`;
		chart.setAttribute(
			"aria-label",
			`E against epochs 0 to ${errors.length - 1}, now ${shown(E, 4)}`,
		);
		const time = this.at(".time input");
		[time.max, time.value] = [steps.length - 1, now];
		if (document.activeElement !== this.at(".eta")) this.at(".eta").value = String(given.eta);
		for (const field of this.el.querySelectorAll("[data-weight]")) {
			if (field === document.activeElement) continue;
			const [name, place] = field.dataset.weight.split(":");
			const value = place.split(",").reduce((part, k) => part[k], weights[name]);
			field.value = String(Number(value.toPrecision(5))).replace("-", "−");
		}
		if (briefly) return;
		const right = O.filter((o, k) => o[0] > 0.5 === desired[k] > 0.5).length;
		this.at('[role="status"]').textContent =
			`Epoch ${now}: E = ${shown(E, 4)}, ${right} of ${O.length} on the right side of one half. ${this.ended}`;
	}

	// ---- what the reader does

	listen() {
		this.el.addEventListener("click", ({ target }) => {
			const what = target.closest("[data-do]")?.dataset.do;
			if (what === "play" && !this.playing) return this.play();
			if (!what) return;
			this.pause();
			if (what === "one") this.train(1);
			if (what === "ten") this.train(10);
			if (what === "reset") this.begin(this.start);
			if (what === "draw") this.begin({ ...this.given, ...this.drawn() });
			this.show();
		});
		this.at(".time input").addEventListener("input", ({ target }) => {
			const epoch = Number(target.value);
			this.pause();
			this.now = epoch;
			this.show();
		});
		this.el.addEventListener("change", ({ target }) => {
			if (target.matches("select")) return this.show();
			const number = Number(target.value.trim().replace("−", "-").replace(",", "."));
			const wrong =
				!target.value.trim() || !sound(number) || (target.matches(".eta") && number <= 0);
			if (!target.matches("input:not([type=range])")) return;
			target.ariaInvalid = wrong;
			const words = target.matches(".eta") ? "η is a number above 0." : "A weight is a number.";
			if (wrong) {
				this.at('[role="status"]').textContent = words;
				return;
			}
			if (target.matches(".eta"))
				return this.begin({ ...this.given, ...this.steps[0].weights, eta: number });
			const [name, place] = target.dataset.weight.split(":");
			const weights = structuredClone(this.steps[this.now].weights);
			const path = place.split(",").map(Number);
			const last = path.pop();
			path.reduce((part, k) => part[k], weights[name])[last] = number;
			this.begin({ ...this.given, ...weights });
		});
		// A deck turns its pages at PageUp and PageDown alone while the reader is in here.
		this.el.addEventListener("keydown", (event) => {
			if (!/^(Page|Tab|Escape)/.test(event.key)) event.stopPropagation();
		});
	}

	drawn() {
		const fill = (value) =>
			isList(value) ? value.map(fill) : Math.round(2000 * Math.random() - 1000) / 1000;
		return Object.fromEntries(this.parameters.map((name) => [name, fill(this.start[name])]));
	}
}

export default {
	render({ model, el }) {
		const view = new View(model, el);
		return () => view.pause();
	},
};

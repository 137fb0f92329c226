// The drawing beside the text, at the step that the passage in view speaks of.
//
// Which passage speaks of which step stands in data-step (beside.py); the pass is that of
// the page's first stepper. A letter of the text lights what stands for it here, and what
// is pointed at here lights its letters in the text. Where there is no room beside the
// text, the drawing is folded into it.

import { Canvas } from "./canvas.js";
import { key, places } from "./engine.js";
import { spoken, symbolMath, treeOf } from "./mathml.js";
import * as panels from "./panels.js";
import { bookOf, copy, Pass } from "./pass.js";
import { picture } from "./pictures.js";

const { lettersOf } = window.bookReading; // reading.js
const kept = window.bookKept; // progress.js
const root = document.documentElement;
const FROM_TOP = 0.4; // of the window: a passage speaks from here on

// ---- the pass that the text speaks of

/** The pass of a stepper with all that is computed before, by view. */
function passesOf(table, shared) {
	const { state, book: own } = JSON.parse(table.dataset.state);
	const book = bookOf(own ?? shared);
	const order = Object.keys(book.equations);
	const last = Object.values(state.phases).at(-1).at(-1);
	const phases = { pass: order.slice(0, order.indexOf(last) + 1) };
	const start = { ...state, example: 0, step: 0, seed: 0, errors: [], compare: "", phases };
	const pass = (view) => new Pass(book, { ...copy(start), view });
	return { unit: pass("unit"), layer: pass("layer") };
}

/** The pass at a step: "eq-output-delta:0", or "eq-output-delta:" for all its units. */
function at(passes, step) {
	const [label, place] = step.split(":");
	for (const pass of [passes.unit, passes.layer]) {
		const found = pass.stops.findIndex(
			(stop) => stop.label === label && (place === "" || stop.places.join() === place),
		);
		const all = place || pass === passes.layer || !pass.equation.letters.length;
		if (found < 0 || !(all || !pass.stops[found].places[0].length)) continue;
		pass.s.step = found;
		return pass;
	}
	throw new Error(`no step ${step}`);
}

// ---- what is shown of it

class View {
	constructor(el, passes, addresses) {
		Object.assign(this, { el, passes, addresses });
		el.innerHTML = `<p class="what"></p><div class="net"></div><div class="equation">
			<div class="general"></div>
			<div class="lines scroll" role="group" aria-label="The equation in letters and in numbers"></div>
			</div><p class="file"></p><pre class="scroll"></pre>`;
		this.canvas = new Canvas(this.at(".net"));
	}

	at(selector) {
		return this.el.querySelector(selector);
	}

	show(step) {
		this.step = step;
		this.pass = at(this.passes, step);
		const { pass } = this;
		const place = this.addresses[pass.stop.label];
		this.at(".what").innerHTML = panels.question(pass, true);
		this.draw();
		this.at(".general").innerHTML = panels.general(pass, place);
		const lines = panels.lines(pass, true, new Set());
		this.at(".lines").classList.toggle("many", lines.many);
		this.at(".lines").innerHTML = lines.html;
		this.at(".file").textContent = panels.codeTitle(pass);
		this.at("pre").innerHTML = panels.code(pass, place);
		for (const math of this.el.querySelectorAll("math")) {
			math.setAttribute("aria-label", spoken(math).replace(/\s+/g, " ").trim());
		}
		for (const box of this.el.querySelectorAll(".scroll")) {
			if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
			else box.removeAttribute("tabindex");
		}
	}

	draw() {
		this.width = this.at(".net").clientWidth;
		const scale = Number.parseFloat(getComputedStyle(root).fontSize) / 16;
		const look = this.pass.look(true, { scale, editable: () => false });
		const drawn = picture(this.pass.world, look, this.width);
		this.canvas.show(drawn, "The model at the step that the text speaks of");
	}

	light(keys) {
		panels.lightUp(this.el.querySelectorAll("[data-q]"), keys);
	}
}

// ---- the letters of the text

/** What the text can write -> [name, its key if it is of one unit]: "δ_o", "δ_o1". */
function spelling(pass) {
	const { model, world } = pass;
	const found = new Map();
	const holder = document.createElement("div");
	const add = (k, meant) => {
		holder.innerHTML = `<math>${symbolMath(treeOf(k, model), model)}</math>`;
		found.set(lettersOf(holder.firstChild.firstChild), meant);
	};
	for (const name of pass.names) {
		if (!world.has(name)) continue;
		const { axes } = world.table(name);
		const sizes = axes.map(([first, last]) => last - first);
		add(`${name}:`, [name]);
		for (const place of places([...sizes.keys()], sizes)) {
			if (place.length) add(key(name, place), [name, key(name, place)]);
		}
	}
	return found;
}

/** The keys that a letter means at a step: of units that the step names, only those. */
function meant([name, k], pass) {
	if (k) return [k];
	const { stop, alone, world, model } = pass;
	const letters = treeOf(`${name}:`, model)
		.flat(9)
		.filter((u) => u in model.indices);
	const own = alone ? pass.equation.letters : [];
	if (!letters.some((letter) => own.includes(letter))) return [`${name}:`];
	return places(letters, world.sizes)
		.filter((place) =>
			letters.every((u, n) => !own.includes(u) || place[n] === stop.places[0][own.indexOf(u)]),
		)
		.map((place) => key(name, place));
}

class Letters {
	constructor(pass) {
		this.spelt = spelling(pass);
	}

	/** The largest part of a formula around a token that stands for a quantity. */
	around(token) {
		let found = null;
		for (let node = token; node && node.localName !== "math"; node = node.parentElement) {
			const own = this.spelt.get(lettersOf(node));
			if (own) found = [node, own];
		}
		return found;
	}

	/** Every letter of the text that stands for a quantity: [node, what it means]. */
	get all() {
		return (this.found ??= [...document.querySelectorAll("article math")]
			.filter((math) => !math.closest(".widget, [data-widget]"))
			.flatMap((math) => [...new Map(this.within(math)).entries()]));
	}

	within(part) {
		return [...part.querySelectorAll("mi")].map((mi) => this.around(mi)).filter(Boolean);
	}
}

// ---- beside the text, or folded into it

class Beside {
	constructor(el, passes, addresses) {
		this.el = el;
		Object.assign(el, { role: "region", ariaLabel: "The drawing beside the text" });
		el.innerHTML = `<button type="button" aria-expanded="true"></button><div class="shown"></div>`;
		[this.button, this.box] = el.children;
		this.view = new View(this.box, passes, addresses);
		this.letters = new Letters(passes.unit);
		this.lit = [];
		this.passages = [...document.querySelectorAll("article section section, article [data-step]")]
			// A section within a section goes on with its step.
			.filter(
				(one) => one.dataset.step || !one.parentElement.parentElement.closest("section section"),
			);
		this.fold(kept?.get("beside") === false);
		this.listen();
		this.go(this.passages.find((one) => one.dataset.step));
	}

	/** A passage begins: its step is shown; where none is spoken of, nothing. */
	go(passage) {
		const { step } = passage.dataset;
		this.el.classList.toggle("away", !step);
		if (step && step !== this.view.step) {
			this.view.show(step);
			this.light([]);
		}
	}

	fold(folded) {
		this.folded = folded;
		if (folded) root.dataset.beside = "folded";
		else delete root.dataset.beside;
		this.button.ariaExpanded = !folded;
		this.button.textContent = folded ? "Show the drawing" : "Fold away";
		this.box.hidden = folded;
	}

	listen() {
		this.button.addEventListener("click", () => {
			this.fold(!this.folded);
			kept?.set("beside", !this.folded);
		});
		// What began above the line: the window reaches up without end.
		const above = new Set();
		const observer = new IntersectionObserver(
			(entries) => {
				for (const { target, isIntersecting } of entries) {
					if (isIntersecting) above.add(target);
					else above.delete(target);
				}
				const now = this.passages.findLast((one) => above.has(one));
				this.go(now ?? this.passages.find((one) => one.dataset.step));
			},
			{ rootMargin: `10000000px 0px ${-100 * (1 - FROM_TOP)}% 0px` },
		);
		for (const one of this.passages) observer.observe(one);
		new ResizeObserver(() => {
			const wide = this.box.querySelector(".net").clientWidth;
			if (wide && wide !== this.view.width) this.view.draw();
		}).observe(this.box);
		const article = this.el.closest("article");
		article.addEventListener("pointerover", ({ target }) => this.pointed(target));
		article.addEventListener("focusin", ({ target }) => this.pointed(target));
		article.addEventListener("pointerleave", () => this.light([]));
	}

	/** Something is pointed at or focused, in the text or here. */
	pointed(target) {
		if (target.closest(".widget") === this.el) {
			const keys = target.closest("[data-q]")?.dataset.q.split(" ").filter(Boolean) ?? [];
			return this.light(keys);
		}
		if (target.closest(".widget, [data-widget]")) return this.light([]);
		const token = target.closest("math *");
		const number = target.closest(".math-number > .number");
		const found = token
			? [this.letters.around(token)].filter(Boolean)
			: number
				? this.letters.within(number.closest(".math-block"))
				: [];
		const keys = found.flatMap(([, own]) => meant(own, this.view.pass));
		this.light(keys, new Set(found.map(([node]) => node)));
	}

	/** Light some keys here and in the text: there the letters for them, or those given. */
	light(keys, nodes) {
		for (const node of this.lit) node.classList.remove("lit");
		this.view.light(keys);
		const same = ([, own]) =>
			meant(own, this.view.pass).some((a) => keys.some((b) => panels.meets(a, b)));
		this.lit = nodes ?? (keys.length ? this.letters.all.filter(same).map(([node]) => node) : []);
		for (const node of this.lit) node.classList.add("lit");
	}
}

// Each fold draws when it is first opened.
function folds(passes, addresses) {
	for (const fold of document.querySelectorAll("details.step-drawing")) {
		const step = fold.closest("[data-step]").dataset.step;
		fold.addEventListener("toggle", () => {
			if (!fold.open || fold.children.length > 1 || !fold.checkVisibility()) return;
			const box = document.createElement("div");
			box.className = "widget beside";
			fold.append(box);
			new View(box, passes, addresses).show(step);
		});
	}
}

export default {
	render({ model, el }) {
		const table = document.querySelector('[data-widget="stepper"]');
		const passes = passesOf(table, model.get("book"));
		const addresses = model.get("places");
		folds(passes, addresses);
		new Beside(el, passes, addresses);
	},
};

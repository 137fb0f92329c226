// A descent: the walk, the map, and what the reader can move. The engine evaluates.

import { crossings } from "./crossings.js";
import { evaluate } from "./engine.js";

// ---- the walk

/** The points of a descent; it ends early where a coordinate stops being a number. */
export function walk(shared, { surface, rule, eta, start, steps }) {
	const trees = shared.surfaces[surface].trees;
	const memory = [
		{ m: 0, s: 0 },
		{ m: 0, s: 0 },
	];
	const points = [start];
	for (let t = 1; t <= steps; t++) {
		const [x, y] = points[points.length - 1];
		const slopes = [trees[1], trees[2]].map((tree) => evaluate(tree, { x, y }));
		const next = [x, y].map((theta, k) => {
			const decay = evaluate(shared.decay, { t, T: steps });
			const env = {
				...shared.settings,
				...memory[k],
				theta,
				g: slopes[k],
				eta,
				t,
				decay,
				epsilon: shared.epsilon[rule],
			};
			for (const [name, tree] of shared.rules[rule]) env[name] = evaluate(tree, env);
			memory[k] = { m: env.m, s: env.s };
			return env.theta;
		});
		if (!next.every(Number.isFinite)) break;
		points.push(next);
	}
	return points;
}

// ---- the map

const WIDE = 640,
	HIGH = 400,
	CELLS = 96,
	LEVELS = 14;

/** From parameters to places on the map, and back. */
function scales([x0, x1, y0, y1]) {
	return {
		px: (x) => ((x - x0) / (x1 - x0)) * WIDE,
		py: (y) => HIGH - ((y - y0) / (y1 - y0)) * HIGH,
		at: (px, py) => [x0 + (px / WIDE) * (x1 - x0), y0 + ((HIGH - py) / HIGH) * (y1 - y0)],
	};
}

/** Lines of equal height as one SVG path: each cell's edges that a level crosses. */
function contours(tree, window) {
	const { px, py } = scales(window),
		[x0, x1, y0, y1] = window;
	const xs = Array.from({ length: CELLS + 1 }, (_, i) => x0 + ((x1 - x0) * i) / CELLS);
	const ys = Array.from({ length: CELLS + 1 }, (_, j) => y0 + ((y1 - y0) * j) / CELLS);
	const E = ys.map((y) => xs.map((x) => evaluate(tree, { x, y })));
	const low = Math.min(...E.flat()),
		high = Math.max(...E.flat());
	const spot = ([i, j]) =>
		[px(x0 + ((x1 - x0) * i) / CELLS), py(y0 + ((y1 - y0) * j) / CELLS)].map((v) => v.toFixed(1));
	let path = "";
	for (let k = 1; k < LEVELS; k++) {
		const level = low + (high - low) * (k / LEVELS) ** 3; // close together at the bottom
		for (const [from, to] of crossings(E, level)) path += `M${spot(from)}L${spot(to)}`;
	}
	return path;
}

const short = (value) =>
	Math.abs(value) < 1e-9 ? "0" : Number(value.toPrecision(4)).toString().replace("-", "−");

// ---- what the reader can move

const SVG = "http://www.w3.org/2000/svg";
let made = 0;

function make(name, attributes = {}, ...children) {
	const svg = ["svg", "path", "circle", "title", "g"].includes(name);
	const node = svg ? document.createElementNS(SVG, name) : document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
	node.append(...children);
	return node;
}

function render({ model, el }) {
	const shared = model.get("descent");
	const id = `descent-${++made}`;
	const choice = (name, options) => {
		const select = make(
			"select",
			{ id: `${id}-${name}` },
			...options.map((o) => make("option", { value: o }, o.replace("_", " "))),
		);
		select.value = model.get(name);
		const label = make("label", { for: `${id}-${name}` }, name);
		return [make("span", { class: "choice" }, label, select), select];
	};
	const [surfaceChoice, surface] = choice("surface", shared.offered);
	const [ruleChoice, rule] = choice("rule", Object.keys(shared.rules));
	const eta = make("input", { type: "range", id: `${id}-eta`, min: -4, max: 0.5, step: 0.02 });
	const etaLabel = make("label", { for: eta.id });
	const again = make("button", { type: "button" }, "start again");
	const lines = make("path", { class: "level" });
	const track = make("path", { class: "track" });
	const dots = make("g", { class: "dots" });
	const handle = make("circle", { class: "start", tabindex: 0, role: "button" });
	const grip = make("circle", { class: "grip" }); // what a finger takes hold of
	const map = make(
		"svg",
		{ viewBox: `0 0 ${WIDE} ${HIGH}`, role: "group" },
		lines,
		track,
		dots,
		handle,
		grip,
	);
	// Beside the map, not in it: there they would shrink with it.
	const across = make("div", { class: "across", "aria-hidden": "true" });
	const up = make("div", { class: "up", "aria-hidden": "true" });
	const words = make("p", { role: "status" });
	const choices = model.get("choose") === false ? [] : [surfaceChoice, ruleChoice];
	const first = { start: [...model.get("start")], eta: model.get("eta") };
	const root = make(
		"div",
		{ class: "descent-view" },
		make("div", { class: "bar" }, ...choices, etaLabel, eta, again),
		make("div", { class: "plane" }, up, map, across),
		words,
		make(
			"p",
			{ class: "hint" },
			"Drag the ringed start, or focus it and use the arrow keys (Shift: farther). " +
				"Thin lines join points of equal height; E is the height.",
		),
	);
	el.append(root);

	const state = () =>
		Object.fromEntries(
			["surface", "rule", "eta", "start", "steps"].map((name) => [name, model.get(name)]),
		);
	let drawn = "";

	function draw() {
		const now = state(),
			found = shared.surfaces[now.surface];
		const { px, py } = scales(found.window);
		if (drawn !== now.surface) {
			lines.setAttribute("d", contours(found.trees[0], found.window));
			const [x0, x1, y0, y1] = found.window.map(short);
			const ends = (name, ...at) => [at[0], make("i", {}, name), at[1]];
			const [right, above] = found.names;
			across.replaceChildren(...ends(right, x0, x1).map((part) => make("span", {}, part)));
			up.replaceChildren(...ends(above, y1, y0).map((part) => make("span", {}, part)));
			map.setAttribute(
				"aria-label",
				`Map of the surface with the path; ${right} from ${x0} to ${x1} across, ${above} from ${y0} to ${y1} up`,
			);
			drawn = now.surface;
		}
		surface.value = now.surface;
		rule.value = now.rule;
		eta.value = Math.log10(now.eta);
		eta.setAttribute("aria-valuetext", short(now.eta));
		etaLabel.textContent = `rate η = ${short(now.eta)}`;
		const points = walk(shared, now);
		const inside = ([x, y]) => Math.abs(px(x)) < 20 * WIDE && Math.abs(py(y)) < 20 * HIGH;
		const shown = points.slice(0, points.findIndex((p) => !inside(p)) + 1 || undefined);
		const clip = (v) => Math.max(-4000, Math.min(4000, v)).toFixed(1);
		track.setAttribute("d", `M${shown.map(([x, y]) => `${clip(px(x))},${clip(py(y))}`).join("L")}`);
		dots.replaceChildren(
			...shown
				.slice(1)
				.map(([x, y]) => make("circle", { cx: clip(px(x)), cy: clip(py(y)), r: 2.5 })),
		);
		for (const circle of [handle, grip]) {
			circle.setAttribute("cx", px(now.start[0]));
			circle.setAttribute("cy", py(now.start[1]));
		}
		const place = now.start.map(short).join(", ");
		handle.setAttribute("aria-label", `start at ${place}; move it with the arrow keys`);
		const [x, y] = points[points.length - 1],
			E = evaluate(found.trees[0], { x, y });
		words.textContent =
			points.length <= now.steps
				? `From (${place}) the numbers run out of bounds after ${points.length - 1} steps: ` +
					"the rate is too large here."
				: `From (${place}), ${now.steps} steps lead to (${short(x)}, ${short(y)}), height ${short(E)}. ` +
					`The surface: ${found.words}.`;
	}

	const set = (changes) => {
		for (const [name, value] of Object.entries(changes)) model.set(name, value);
		model.save_changes();
		draw();
	};
	surface.onchange = () =>
		set({ surface: surface.value, start: [...shared.surfaces[surface.value].start] });
	rule.onchange = () => set({ rule: rule.value, eta: shared.eta[rule.value] });
	eta.oninput = () => set({ eta: Number((10 ** Number(eta.value)).toPrecision(3)) });
	again.onclick = () => {
		if (!choices.length) return set(first);
		const now = state();
		set({ start: [...shared.surfaces[now.surface].start], eta: shared.eta[now.rule] });
	};
	const move = (px, py) => {
		const { at } = scales(shared.surfaces[model.get("surface")].window);
		const inside = (v, most) => Math.max(0, Math.min(most, v));
		set({ start: at(inside(px, WIDE), inside(py, HIGH)).map((v) => Number(v.toFixed(3))) });
	};
	// From where on the screen to where on the map.
	const onMap = (event) => {
		const box = map.getBoundingClientRect();
		return [
			((event.clientX - box.left) / box.width) * WIDE,
			((event.clientY - box.top) / box.height) * HIGH,
		];
	};
	grip.onpointerdown = (event) => {
		event.preventDefault(); // else the ring would lose the keys' focus again
		handle.focus();
		grip.setPointerCapture(event.pointerId);
		const [x, y] = onMap(event);
		const off = [Number(grip.getAttribute("cx")) - x, Number(grip.getAttribute("cy")) - y];
		grip.onpointermove = (drag) => {
			const [px, py] = onMap(drag);
			move(px + off[0], py + off[1]);
		};
	};
	grip.onpointerup = grip.onpointercancel = () => {
		grip.onpointermove = null;
	};
	// Where the map is small, the ring is not: 22 px to hold it by, on every screen.
	const resized = new ResizeObserver(([{ contentRect }]) => {
		const pixel = WIDE / (contentRect.width || WIDE);
		handle.setAttribute("r", 11 * Math.sqrt(Math.max(1, pixel)));
		grip.setAttribute("r", 22 * pixel);
		dots.style.setProperty("--dot", `${2.5 * Math.sqrt(Math.max(1, pixel))}px`);
	});
	resized.observe(map);
	handle.onkeydown = (event) => {
		const by = event.shiftKey ? 40 : 8;
		const step = {
			ArrowLeft: [-by, 0],
			ArrowRight: [by, 0],
			ArrowUp: [0, -by],
			ArrowDown: [0, by],
		};
		if (!step[event.key]) return;
		event.preventDefault();
		event.stopPropagation(); // a deck would turn its page
		const [dx, dy] = step[event.key];
		move(Number(handle.getAttribute("cx")) + dx, Number(handle.getAttribute("cy")) + dy);
	};
	// A deck has PageUp and PageDown even while the reader is in here, and Escape leads out.
	root.addEventListener("keydown", (event) => {
		if (!/^(Page|Tab|Escape)/.test(event.key)) event.stopPropagation();
	});
	const names = ["surface", "rule", "eta", "start"].map((name) => `change:${name}`);
	for (const name of names) model.on(name, draw);
	draw();
	return () => {
		resized.disconnect();
		for (const name of names) model.off(name, draw);
	};
}

export default { render };

// A descent: the walk, the map, and what the reader can move. The engine evaluates.

import { crossings } from "./crossings.js";
import { evaluate } from "./engine.js";

// ---- the walk

/** The value of a tree of a surface where its two parameters are these. */
const valued = ({ axes: [across, up] }, tree, [x, y]) => evaluate(tree, { [across]: x, [up]: y });

/** The points of a descent; it ends early where a coordinate stops being a number. */
export function walk(shared, { surface, rule, eta, start, steps }) {
	const found = shared.surfaces[surface];
	const memory = [
		{ m: 0, s: 0 },
		{ m: 0, s: 0 },
	];
	const points = [start];
	for (let t = 1; t <= steps; t++) {
		const last = points[points.length - 1];
		const slopes = found.trees.slice(1).map((tree) => valued(found, tree, last));
		const next = last.map((theta, k) => {
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

/** The heights at which there are lines, and for each the pieces of its line. */
function contours(found) {
	const [x0, x1, y0, y1] = found.window;
	const { px, py } = scales(found.window);
	const xs = Array.from({ length: CELLS + 1 }, (_, i) => x0 + ((x1 - x0) * i) / CELLS);
	const ys = Array.from({ length: CELLS + 1 }, (_, j) => y0 + ((y1 - y0) * j) / CELLS);
	const E = ys.map((y) => xs.map((x) => valued(found, found.trees[0], [x, y])));
	const low = Math.min(...E.flat()),
		high = Math.max(...E.flat());
	const spot = ([i, j]) => [px(x0 + ((x1 - x0) * i) / CELLS), py(y0 + ((y1 - y0) * j) / CELLS)];
	return Array.from({ length: LEVELS - 1 }, (_, k) => {
		const height = low + (high - low) * ((k + 1) / LEVELS) ** 3; // close together at the bottom
		return { height, pieces: crossings(E, height).map((ends) => ends.map(spot)) };
	});
}

/** Some of the lines with a place for their height on each, away from the others. */
function heighted(lines) {
	const taken = [];
	for (const { height, pieces } of lines.filter((_, k) => k % 3 === 2)) {
		const room = ([x, y]) => Math.min(...taken.map(({ at }) => Math.hypot(at[0] - x, at[1] - y)));
		const inside = pieces
			.map(([at]) => at)
			.filter(([x, y]) => x > 60 && x < WIDE - 60 && y > 25 && y < HIGH - 25);
		if (!inside.length) continue;
		// The first stands as far to the right as there is room, the others keep their distance.
		const worth = (at) => (taken.length ? Math.min(room(at), 150) : at[0]);
		const at = inside.reduce((best, one) => (worth(one) > worth(best) ? one : best));
		taken.push({ height, at });
	}
	return taken;
}

const short = (value) =>
	Math.abs(value) < 1e-9 ? "0" : Number(value.toPrecision(4)).toString().replace("-", "−");

// ---- what the reader can move

const SVG = "http://www.w3.org/2000/svg";
let made = 0;

function make(name, attributes = {}, ...children) {
	const svg = ["svg", "path", "circle", "text", "g"].includes(name);
	const node = svg ? document.createElementNS(SVG, name) : document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
	node.append(...children);
	return node;
}

function render({ model, el }) {
	const shared = model.get("descent");
	const id = `descent-${++made}`;
	const known = (name) => shared.names[name] ?? name;
	const choice = (name, word, options) => {
		const select = make(
			"select",
			{ id: `${id}-${name}` },
			...options.map((o) => make("option", { value: o }, known(o))),
		);
		select.value = model.get(name) ?? "";
		const label = make("label", { for: `${id}-${name}` }, word);
		return [make("span", { class: "choice" }, label, select), select];
	};
	const slider = (name) => {
		const input = make("input", {
			type: "range",
			id: `${id}-${name}`,
			min: -4,
			max: 0.5,
			step: 0.02,
		});
		const label = make("label", { for: input.id });
		return [make("span", { class: "choice rate" }, label, input), input, label];
	};
	const rules = model.get("rules") ?? Object.keys(shared.rules);
	// A surface of its own stands alone.
	const surfaces = shared.menu.includes(model.get("surface"))
		? shared.menu
		: [model.get("surface")];
	const [surfaceChoice, surface] = choice("surface", "surface", surfaces);
	const [ruleChoice, rule] = choice("rule", "rule", rules);
	const [rivalChoice, rival] = choice("rival", "against", ["", ...rules]);
	rival.options[0].textContent = "nobody";
	const [etaBar, eta, etaLabel] = slider("eta");
	const [rivalBar, rivalEta, rivalLabel] = slider("rival_eta");
	const again = make("button", { type: "button" }, "start again");
	surfaceChoice.hidden = surfaces.length < 2;
	ruleChoice.hidden = rivalChoice.hidden = rules.length < 2;
	const lines = make("path", { class: "level" });
	const marks = make("g", { class: "heights", "aria-hidden": "true" });
	const bottom = make("path", { class: "bottom" });
	const rivalTrack = make("path", { class: "track rival" });
	const track = make("path", { class: "track own" });
	const dots = make("g", { class: "dots" });
	const handle = make("circle", { class: "start", tabindex: 0, role: "button" });
	const grip = make("circle", { class: "grip" }); // what a finger takes hold of
	const map = make(
		"svg",
		{ viewBox: `0 0 ${WIDE} ${HIGH}`, role: "group" },
		lines,
		marks,
		bottom,
		rivalTrack,
		track,
		dots,
		handle,
		grip,
	);
	// Beside the map, not in it: there they would shrink with it.
	const across = make("div", { class: "across", "aria-hidden": "true" });
	const up = make("div", { class: "up", "aria-hidden": "true" });
	const words = make("p", { role: "status" });
	const root = make(
		"div",
		{ class: "descent-view" },
		make("div", { class: "bar" }, surfaceChoice, ruleChoice, etaBar),
		make("div", { class: "bar" }, rivalChoice, rivalBar, again),
		make("div", { class: "plane" }, up, map, across),
		words,
		make(
			"p",
			{ class: "hint" },
			"Drag the ringed start, or focus it and use the arrow keys (Shift: farther). " +
				"Thin lines join points of equal height, E, which some of them say; the cross is the bottom.",
		),
	);
	el.append(root);

	const own = "surface rule eta rival rival_eta start steps goal".split(" ");
	const state = () => Object.fromEntries(own.map((name) => [name, model.get(name)]));
	let drawn = "";

	function drawMap(found) {
		const { px, py } = scales(found.window),
			all = contours(found);
		const said = (place) => place.map((v) => v.toFixed(1)).join(",");
		lines.setAttribute(
			"d",
			all
				.flatMap(({ pieces }) => pieces)
				.map(([from, to]) => `M${said(from)}L${said(to)}`)
				.join(""),
		);
		marks.replaceChildren(
			...heighted(all).map(({ height, at: [x, y] }) =>
				make("text", { x: x.toFixed(1), y: y.toFixed(1) }, short(Number(height.toPrecision(2)))),
			),
		);
		const [cx, cy] = found.low ? [px(found.low[0]), py(found.low[1])] : [-99, -99];
		bottom.setAttribute("d", `M${cx - 9},${cy - 9}l18,18m0,-18l-18,18`);
		const [x0, x1, y0, y1] = found.window.map(short),
			[a, b] = found.axes;
		const ends = (name, ...at) => [at[0], make("i", {}, name), at[1]];
		across.replaceChildren(...ends(a, x0, x1).map((part) => make("span", {}, part)));
		up.replaceChildren(...ends(b, y1, y0).map((part) => make("span", {}, part)));
		map.setAttribute(
			"aria-label",
			`Map of the surface with the path; ${a} from ${x0} to ${x1} across, ${b} from ${y0} to ${y1} up`,
		);
	}

	/** A path as far as it can be drawn: its line, and where its dots are. */
	function onPaper(found, points) {
		const { px, py } = scales(found.window);
		const inside = ([x, y]) => Math.abs(px(x)) < 20 * WIDE && Math.abs(py(y)) < 20 * HIGH;
		const clip = (v) => Math.max(-4000, Math.min(4000, v)).toFixed(1);
		return points
			.slice(0, points.findIndex((p) => !inside(p)) + 1 || undefined)
			.map(([x, y]) => [clip(px(x)), clip(py(y))]);
	}

	/** What became of a path, in words. */
	function outcome(found, { goal, steps }, points) {
		const heights = points.map((point) => valued(found, found.trees[0], point));
		const away = heights.findIndex((E) => !(E < shared.away));
		if (away >= 0 || points.length <= steps)
			return `runs away, off every map after ${away >= 0 ? away : points.length - 1} steps: the rate is too large here`;
		const [x, y] = points[steps].map(short);
		const first = heights.findIndex((E) => E < goal);
		const end = `${steps} steps lead to (${x}, ${y}), height ${short(heights[steps])}`;
		if (!goal) return end;
		return `${end}; ${first < 0 ? "never" : `after ${first} it is`} below ${short(goal)}`;
	}

	function draw() {
		const now = state(),
			found = shared.surfaces[now.surface];
		const { px, py } = scales(found.window);
		if (drawn !== now.surface) drawMap(found);
		drawn = now.surface;
		surface.value = now.surface;
		rule.value = now.rule;
		rival.value = now.rival ?? "";
		rivalBar.hidden = !now.rival;
		const rates = [
			[eta, etaLabel, now.eta, now.rule],
			[rivalEta, rivalLabel, now.rival_eta, now.rival],
		];
		for (const [input, label, rate, name] of rates) {
			if (!name) continue;
			input.value = Math.log10(rate);
			input.setAttribute("aria-valuetext", short(rate));
			label.textContent = `rate η = ${short(rate)}`;
		}
		const points = walk(shared, now);
		const shown = onPaper(found, points);
		track.setAttribute("d", `M${shown.join("L")}`);
		dots.replaceChildren(...shown.slice(1).map(([cx, cy]) => make("circle", { cx, cy, r: 2.5 })));
		for (const circle of [handle, grip]) {
			circle.setAttribute("cx", px(now.start[0]));
			circle.setAttribute("cy", py(now.start[1]));
		}
		const place = now.start.map(short).join(", ");
		handle.setAttribute("aria-label", `start at ${place}; move it with the arrow keys`);
		const told = `From (${place}), ${known(now.rule)}: ${outcome(found, now, points)}.`;
		let against = "";
		rivalTrack.setAttribute("d", "");
		if (now.rival) {
			const theirs = walk(shared, { ...now, rule: now.rival, eta: now.rival_eta });
			rivalTrack.setAttribute("d", `M${onPaper(found, theirs).join("L")}`);
			against = ` Dashed, ${known(now.rival)}: ${outcome(found, now, theirs)}.`;
		}
		words.textContent = `${told}${against} The surface: ${found.words}.`;
	}

	const set = (changes) => {
		for (const [name, value] of Object.entries(changes)) model.set(name, value);
		model.save_changes();
		draw();
	};
	surface.onchange = () =>
		set({ surface: surface.value, start: [...shared.surfaces[surface.value].start] });
	// The rate stays: what another rule does at the same rate is what one wants to see.
	rule.onchange = () => set({ rule: rule.value });
	rival.onchange = () =>
		set({ rival: rival.value, rival_eta: shared.eta[rival.value] ?? model.get("rival_eta") });
	const rateOf = (input) => Number((10 ** Number(input.value)).toPrecision(3));
	eta.oninput = () => set({ eta: rateOf(eta) });
	rivalEta.oninput = () => set({ rival_eta: rateOf(rivalEta) });
	const first = { start: [...model.get("start")], eta: model.get("eta") };
	again.onclick = () => {
		const now = state();
		if (!shared.menu.includes(now.surface)) return set(first);
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
		marks.style.fontSize = `${13 * Math.max(1, pixel)}px`;
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
	const names = own.map((name) => `change:${name}`);
	for (const name of names) model.on(name, draw);
	draw();
	return () => {
		resized.disconnect();
		for (const name of names) model.off(name, draw);
	};
}

export default { render };

// The drawings of the stepper, as data: pieces of SVG by name.
//
//   picture(world, look, width) -> { width, height, pieces, motion }

import { key, places, range, valueAt } from "./engine.js";

// ---- numbers

export function shown(x, digits = 4) {
	const size = Math.abs(x);
	if (!(size && (size < 1e-4 || size >= 1e6))) return full(Number(x.toPrecision(digits)));
	const [mantissa, power] = x.toExponential(digits - 1).split("e");
	const raised = power
		.replace("+", "")
		.replace(/./g, (d) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(d)]);
	return `${full(Number(mantissa))}×10${raised}`;
}

export const full = (x) => String(x).replace("-", "−");
export const sign = (x) => (x < 0 ? "minus" : "plus");

// ---- drawing

function layout(sizes, width, { desired, backward }) {
	const narrow = width < 520;
	const W = Math.min(width, 740);
	const [cell, unit] = narrow ? [42, 62] : [58, 92];
	const most = Math.max(...Object.values(sizes));
	const pitch = most < 3 ? 84 : most < 4 ? 74 : 62;
	const lowPitch = most < 3 ? 52 : most < 4 ? 44 : 36;
	const x = { i: cell / 2 + 1, d: W - cell / 2 - 1 };
	x.o = (desired ? W - cell - (narrow ? 6 : 26) : W) - unit / 2 - 1;
	x.h = (x.i + cell / 2 + x.o - unit / 2) / 2;
	const turn = 26 + most * pitch;
	const row = (top, gap) => (letter, k) => top + (most / 2 + k - (sizes[letter] - 1) / 2) * gap;
	return {
		W,
		narrow,
		cell,
		unit,
		x,
		turn,
		y: row(22, pitch),
		low: row(turn + 16, lowPitch),
		height: backward ? turn + 22 + most * lowPitch : turn + (desired ? 18 : -16),
	};
}

const text = (x, y, kind, words) =>
	`<text class="${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}">${words}</text>`;

// The network at one stop, as pieces of SVG by name. `look` says what is known, what
// takes part, what results and what an edit changed.
export function picture(env, look, width) {
	const { sizes } = env;
	const g = layout(sizes, width, look);
	const pieces = new Map();
	const brief = (k) => shown(valueAt(k, env), g.narrow ? 3 : 4);
	const number = (k) => (look.known(k) ? brief(k) : look.results.has(k) ? "?" : "");
	const state = (...keys) =>
		["parts", "results", "path", "changed"]
			.filter((set) => keys.some((k) => look[set].has(k)))
			.join(" ");
	// What takes part is a stop of the Tab key.
	const touch = (k) =>
		`data-edit="${k}" role="button" aria-label="${look.plain(k)} is ${full(
			valueAt(k, env),
		)}: change it"${/parts|path/.test(state(k)) ? ' tabindex="0"' : ""}`;
	const box = (x, y, w, h) =>
		`<rect class="box" x="${x - w / 2}" y="${y - h / 2}" width="${w}" height="${h}" rx="7"/>`;
	const piece = (kind, keys, inner, more = "") =>
		pieces.set(
			`${kind.split(" ")[0]} ${keys[0]}`,
			`<g class="${kind}" data-q="${keys.join(" ")}" ${more}>${inner}</g>`,
		);
	// A parameter, and in the update the arrow to its new value.
	const moving = (k, next) =>
		look.results.has(next)
			? `${g.narrow ? "" : brief(k)}→${number(next)}`
			: number(look.known(next) ? next : k);

	function edge(name, place, low, [x1, y1], [x2, y2]) {
		const [k, slope, next] = [name, `dE_d${name}`, `${name}_new`].map((each) => key(each, place));
		const carries = look.lower === low || look.path.has(k) ? [k] : [];
		const kind = state(low ? slope : next, ...carries);
		const active = /parts|results|path/.test(kind);
		const asSlope = low && /parts|results/.test(state(slope));
		const value = valueAt(asSlope && look.known(slope) ? slope : k, env);
		const few = places(env.model.symbols[name].letters, sizes).length <= 6;
		const words = low ? active && number(asSlope ? slope : k) : (active || few) && moving(k, next);
		const t = g.narrow ? 0.2 : 0.27;
		const label = words
			? text(
					g.narrow ? x1 + 3 : x1 + t * (x2 - x1),
					y1 + t * (y2 - y1) + 4,
					g.narrow ? "left" : "",
					words,
				)
			: "";
		const line = (kind, more) =>
			`<line class="${kind}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" ${more}/>`;
		const thick = (0.8 + 2.4 * Math.min(1, Math.abs(value) / 1.5)).toFixed(2);
		piece(
			`edge ${sign(value)} ${kind}`,
			low ? [slope, ...carries] : [k, next],
			line("stroke", `stroke-width="${thick}"`) + (low ? "" : line("reach", "")) + label,
			low ? "" : touch(k),
		);
	}

	for (const low of look.backward ? [false, true] : [false]) {
		const y = low ? g.low : g.y;
		const [left, right] = [-g.unit / 2, g.unit / 2];
		for (const [i, h] of places("ih", sizes)) {
			edge(
				"w",
				[i, h],
				low,
				[g.x.i + (low ? 0 : g.cell / 2), y("i", i)],
				[g.x.h + left, y("h", h)],
			);
		}
		for (const [h, o] of places("ho", sizes)) {
			edge("v", [h, o], low, [g.x.h + right, y("h", h)], [g.x.o + left, y("o", o)]);
		}
	}

	const cell = (letter, y, k) =>
		piece(
			`cell ${state(k)}`,
			[k],
			box(g.x[letter], y, g.cell, 30) + text(g.x[letter], y + 5, "", brief(k)),
			touch(k),
		);
	const row = (k, letter, x, y, strong = "") =>
		`<g class="row ${state(k)}" data-q="${k}">${text(
			x - g.unit / 2 + 8,
			y,
			"name",
			letter,
		)}${text(x + 10, y, strong, number(k))}</g>`;
	const pill = (k, more, x, y, inner) =>
		piece(
			`pill ${state(k, ...more)} ${look.known(k) ? "known" : ""}`,
			[k],
			box(x, y, g.unit, 27) + inner,
		);
	function unit(letter, k, bias, ...names) {
		const [x, y, low] = [g.x[letter], g.y(letter, k), g.low(letter, k)];
		const [b, next, slope] = [bias, `${bias}_new`, `dE_d${bias}`].map((each) => key(each, [k]));
		const [N, out, delta] = names.map((name) => key(name, [k]));
		piece(
			`unit ${state(N, out)}`,
			[`unit:${letter}${k}`],
			box(x, y, g.unit, 46) + row(N, "N", x, y - 5) + row(out, names[1], x, y + 15, "strong"),
		);
		piece(
			`bias ${sign(valueAt(b, env))} ${state(b, next)}`,
			[b, next, slope],
			text(x, y - 29, "", `${bias} ${moving(b, next)}`),
			touch(b),
		);
		if (look.backward) pill(delta, [slope], x, low, row(delta, "δ", x, low + 5, "strong"));
	}
	for (const k of range(sizes.i)) cell("i", g.y("i", k), key("X", [k]));
	for (const k of range(sizes.h)) unit("h", k, "b", "N_h", "H", "delta_h");
	range(sizes.o).forEach((k) => {
		unit("o", k, "c", "N_o", "O", "delta_o");
		if (look.desired) cell("d", g.y("o", k), key("D", [k]));
	});
	if (look.desired)
		pill("E:", [], g.x.o, g.turn, text(g.x.o, g.turn + 5, "strong", `E ${number("E:")}`));
	const heads = {
		i: "X inputs",
		h: "H hidden",
		o: "O outputs",
		...(look.desired && { d: "D desired" }),
	};
	for (const [letter, words] of Object.entries(heads)) {
		pieces.set(letter, text(g.x[letter], 11, "head", words.split(" ")[g.narrow ? 0 : 1]));
	}
	if (look.backward) pieces.set("low", text(2, g.turn + 5, "head left", "← slopes of E"));
	return { width: g.W, height: g.height, pieces, motion: { pulses: [], settles: [] } };
}

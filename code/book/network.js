// A network: a column for each kind of unit, edges from column to column, and below it,
// mirrored, the slopes that go back.

import { key, places, range, splitKey } from "./engine.js";
import { box, breadth, placed, text, unitHeight } from "./marks.js";

const NAME = 17; // what the line above a box takes: its name and its bias

export function network(d) {
	if (!d.anatomy.edges.length) return flow(d);
	const { anatomy, narrow } = d;
	const { columns, edges } = anatomy;
	// Between many columns there is little room for labels.
	const many = columns.length > 3 && !narrow;
	const [cell, wide] = narrow ? [44, 66] : [58, many ? 86 : 96];

	// -- where everything stands

	const boxed = columns.map((column) => column.made || column.rows.length > 1);
	const widths = columns.map((_, n) => (boxed[n] ? wide : cell));
	const last = columns.at(-1);
	const aside = last.wanted.length;
	const margin = aside ? aside * (cell + (narrow ? 6 : many ? 12 : 22)) : 0;
	const least = narrow ? 40 : 62;
	const needed = widths.reduce((sum, w) => sum + w, 2) + margin + (columns.length - 1) * least;
	d.width = Math.max(d.width, needed);
	const gap = (d.width - 2 - margin - widths.reduce((sum, w) => sum + w, 0)) / (columns.length - 1);
	const x = widths.map(
		(w, n) => 1 + w / 2 + widths.slice(0, n).reduce((sum, v) => sum + v + gap, 0),
	);
	const sizes = columns.map(({ kind }) => d.size(kind));
	const most = Math.max(...sizes);
	const rowsOf = (column) => (column === last ? column.rows : [...column.rows, ...column.wanted]);
	const heights = columns.map((column, n) => (boxed[n] ? unitHeight(rowsOf(column).length) : 30));
	const close = many ? 14 : 0;
	const roomy = (most < 3 ? 22 : most < 4 ? 12 : 4) + close;
	const pitch = Math.max(...heights) + NAME + roomy;
	const top = 20 + NAME;
	const y = (n, k) =>
		top + (most / 2 + k - (sizes[n] - 1) / 2 - 0.5) * pitch + Math.max(...heights) / 2;
	const turn = top + most * pitch + 4;
	const back = columns.some(({ deltas }) => deltas.length);
	const deep = Math.max(1, ...columns.map(({ deltas }) => deltas.length));
	const lowPitch = deep * 27 + (most < 3 ? 25 : most < 4 ? 17 : 11) + 2 * close;
	const low = (n, k) => turn + 20 + (most / 2 + k - (sizes[n] - 1) / 2) * lowPitch;
	const scalars = anatomy.scalars.filter((name) => anatomy.quantities.get(name).computed);
	d.low = back;
	d.height = back
		? turn + 23 + (most - 0.5) * lowPitch + 13.5 * deep
		: turn + (scalars.length ? 20 : -14);

	// -- edges: lines first, labels where the reading comes to them

	const upper = edges.flatMap((edge) => edgesOf(d, edge, { x, y, widths, low: false }));
	const lower = back
		? edges.flatMap((edge) => edgesOf(d, edge, { x, y: low, widths, low: true }))
		: [];
	const boxes = columns.flatMap((_, n) =>
		range(sizes[n]).map((k) => [x[n], y(n, k) - NAME / 2, widths[n], heights[n] + NAME]),
	);
	label(d, upper, boxes);
	const lowBoxes = columns.flatMap((_, n) =>
		range(sizes[n]).map((k) => [x[n], low(n, k), widths[n], 27 * deep]),
	);
	label(d, lower, [...lowBoxes, [40, turn, 110, 22]]);

	// -- forward, in reading order

	columns.forEach((column, n) => {
		for (const one of upper.filter(({ edge }) => edge.to === n)) one.write?.();
		d.pieces.set(`head ${column.kind}`, text(x[n], 12, "head", headOf(d, column, n)));
		for (const k of range(sizes[n])) {
			if (boxed[n]) d.unit(column, [k], rowsOf(column), x[n], y(n, k), widths[n]);
			else {
				d.cell(key(column.rows[0], [k]), x[n], y(n, k), cell);
				if (!narrow || most < 5) d.name(column, k, x[n], y(n, k) - 19);
			}
		}
		if (column !== last) return;
		column.wanted.forEach((name, m) => {
			const at = d.width - cell / 2 - 1 - (aside - 1 - m) * (cell + 4);
			d.pieces.set(`head ${name}`, text(at, 12, "head", d.letter(name)));
			for (const k of range(sizes[n])) d.cell(key(name, [k]), at, y(n, k), cell);
		});
	});
	// Beside the words that stand to the left of them there is room for a few.
	const few = scalars.slice(0, Math.max(1, Math.floor((x.at(-1) + wide / 2 - 110) / (wide + 8))));
	for (const [n, name] of few.entries()) d.pill(name, [], x.at(-1) - n * (wide + 8), turn, wide);
	d.height += d.tiles(scalars.slice(few.length), d.height + 2);

	// -- and back, from the last column to the first

	if (!back) return;
	const of = [...new Set(columns.flatMap(({ deltas }) => deltas))].map(
		(name) => anatomy.quantities.get(name).of,
	);
	d.pieces.set("low", text(2, turn + 5, "head left", `← slopes of ${d.letter(of[0])}`));
	for (let n = columns.length - 1; n >= 0; n--) {
		const { kind, deltas } = columns[n];
		for (const one of lower.filter(({ edge }) => edge.from === n)) one.write?.();
		for (const k of range(sizes[n])) {
			if (deltas.length) {
				for (const [m, name] of deltas.entries()) {
					d.pill(name, [k], x[n], low(n, k) + (m - (deltas.length - 1) / 2) * 27, widths[n]);
				}
			} else {
				d.put(
					"ghost",
					`ghost ${kind} ${k}`,
					[],
					box(x[n], low(n, k), 30, 21) +
						text(x[n], low(n, k) + 4.5, "head", `${columns[n].letter}${k + 1}`),
					'aria-hidden="true"',
				);
			}
		}
	}
}

const headOf = (d, { kind, rows }, n) =>
	d.narrow || !rows.length ? kind : `${n ? "" : `${d.letter(rows[0])} `}${kind}`;

// The edges of one quantity, each drawn as a line; `write` puts its label where it has one.
function edgesOf(d, edge, { x, y, widths, low }) {
	const { look, anatomy } = d;
	const { columns } = anatomy;
	const { name, from, to } = edge;
	const slopeName = anatomy.slopes.get(name);
	const forward = from < to;
	const sizes = [d.size(columns[from].kind), d.size(columns[to].kind)];
	return places([0, 1], sizes).map(([a, b]) => {
		const place = [a, b];
		const k = key(name, place);
		const next = key(`${name}_new`, place);
		const slope = slopeName && key(slopeName, place);
		// On its way back, a delta is carried by the weights that it came through.
		const carries =
			low &&
			(look.path.has(k) ||
				(look.parts.has(k) &&
					[...look.results].some((r) => columns[from].deltas.includes(splitKey(r)[0]))));
		const kind = low
			? d.state(slope, ...(carries ? [k] : []))
			: d.state(k, ...(anatomy.updated.has(name) ? [next] : []));
		const asSlope = low && slope && (!carries || /parts|results/.test(d.state(slope)));
		const now = anatomy.updated.has(name) && look.known(next) ? next : k;
		const own = asSlope ? slope : !low ? now : carries ? k : null;
		const known = own !== null && look.known(own);
		const half = (n) => (low && !columns[n].deltas.length ? 15 : widths[n] / 2);
		const start = [x[from] + (forward ? 1 : -1) * half(from), y(from, a)];
		const end = [x[to] + (forward ? -1 : 1) * half(to), y(to, b)];
		const signed = low && !known ? "unknown" : d.sign(own);
		const keys = low ? [slope, ...(carries ? [k] : [])].filter(Boolean) : [k, next];
		const id = `${low ? "back" : "edge"} ${k}`;
		const line = d.line(id, keys, {
			from: start,
			to: end,
			value: known ? d.value(own) : 0,
			kind: `${signed} ${kind}`,
			ends: [`${columns[from].kind} ${a}`, `${columns[to].kind} ${b}`],
			weights: [k],
			slope: slope ?? "",
			low,
		});
		const room = d.narrow ? 34 : 70;
		const words = asSlope
			? d.number(slope, room)
			: !low
				? d.moving(k, room)
				: carries
					? d.brief(k, room)
					: "";
		const active = /parts|results|path/.test(kind);
		return { id, edge, k, line, keys, words, active, kind: `${signed} ${kind}`, low, own };
	});
}

/**
 * Give edges the labels that there is room for. All have their places from the start, so that
 * none moves as others come; where one that takes part found none, it is given the choice.
 */
export function label(d, all, boxes) {
	const size = (words) => Math.max(breadth(words) + 5, d.narrow ? 0 : 50);
	const put = (some) => {
		const spots = placed(
			some.map(({ line, words }) => ({ line, width: size(words) })),
			boxes,
		);
		return some.map((one, n) => [one, spots[n]]);
	};
	const active = all.filter((one) => one.active);
	let found = d.narrow ? put(active) : put(all);
	if (!d.narrow && found.some(([one, spot]) => one.active && !spot))
		found = put([...active, ...all.filter((one) => !one.active)]);
	// On a phone, labels for some of a crowd would hide its lines: all of them, or none.
	if (d.narrow && found.some(([one, spot]) => one.words && !spot)) return;
	for (const [one, spot] of found) {
		if (!spot || !one.words) continue;
		one.write = () =>
			d.put(
				`label ${one.kind}`,
				`label ${one.id}`,
				one.keys,
				text(spot[0], spot[1] + 4.5, "", one.words),
				one.low || !d.given(splitKey(one.k)[0])
					? `role="img" aria-label="${d.look.plain(one.own)} ${one.words}"`
					: d.touch(one.k),
			);
	}
}

// Units that nothing joins: side by side, all that is known of each in its box.
function flow(d) {
	const { columns, scalars } = d.anatomy;
	const wide = d.narrow ? 92 : 104;
	const across = Math.max(1, Math.floor((d.width + 10) / (wide + 10)));
	let top = 0;
	for (const column of columns) {
		const rows = [...column.rows, ...column.wanted, ...column.deltas];
		const high = unitHeight(rows.length);
		const size = d.size(column.kind);
		const start = (d.width - Math.min(size, across) * (wide + 10) + 10) / 2;
		for (const k of range(size)) {
			const at = start + wide / 2 + (k % across) * (wide + 10);
			const y = top + NAME + high / 2 + Math.floor(k / across) * (high + NAME + 6);
			d.unit(column, [k], rows, at, y, wide);
		}
		top += Math.ceil(size / across) * (high + NAME + 6) + 6;
	}
	d.height = top + d.tiles(scalars, top + 4);
}

// Quantities over pixels: pictures of squares, each shaded by its value. What was computed
// from a window frames that window; under each picture stand the slopes by its pixels.

import { key, places, range, splitKey } from "./engine.js";
import { breadth, shade, text, unitHeight } from "./marks.js";

const GAP = 22;
const HEAD = 20;
const OVER = 7; // how far a frame reaches over the edge, if its window does

export function grid(d) {
	const { anatomy } = d;
	// What a window does not cover, though the sum goes over it, takes no part.
	d.look = { ...d.look, parts: bearing(d) };
	const slopeOf = (name) => anatomy.quantities.get(name).by;
	const tops = anatomy.tables.filter((name) => !anatomy.tables.includes(slopeOf(name)));
	const met = (name) => {
		const made = anatomy.order(name);
		const read = anatomy.equations.findIndex(({ rhs }) =>
			JSON.stringify(rhs).includes(`"${name}"`),
		);
		return made < 0 ? read : made + 0.5;
	};
	tops.sort((one, other) => met(one) - met(other));
	const under = (name) =>
		anatomy.tables.filter((other) => anatomy.quantities.get(other).by === name);
	const blocks = tops.map((name) => [name, ...under(name)]);
	let y = tables(d, blocks, 0);
	// Units that stand for a whole row or column of pixels.
	for (const column of anatomy.columns) {
		const rows = [...column.rows, ...column.wanted, ...column.deltas];
		const w = 80;
		for (const k of range(d.size(column.kind))) {
			d.unit(column, [k], rows, 1 + w / 2 + k * (w + 8), y + HEAD + unitHeight(rows.length) / 2, w);
		}
		y += HEAD + unitHeight(rows.length) + 6;
	}
	d.height = y + d.tiles(anatomy.scalars, y + 4);
}

/** Blocks of grids, one below the other in a block, from left to right; where they end. */
export function tables(d, blocks, top) {
	const { quantities } = d.anatomy;
	const spread = (name) => quantities.get(name).kinds.map((kind) => d.size(kind));
	const across = blocks.map((block) => Math.max(...block.map((name) => spread(name)[1])));
	const room = d.width - 2 - (blocks.length - 1) * GAP;
	const fit = room / across.reduce((sum, n) => sum + n, 0);
	// Where they do not fit beside each other, they stand in several rows.
	const side = Math.min(40, Math.max(fit, 32));
	let [x, y, end] = [1, top, top];
	blocks.forEach((block, n) => {
		const w = across[n] * side;
		if (x > 1 && x + w > d.width) [x, y] = [1, end + 6];
		let under = y;
		for (const name of block) {
			one(d, name, x, under, side);
			under += HEAD + spread(name)[0] * side + 8;
		}
		end = Math.max(end, under);
		x += w + GAP;
	});
	return end;
}

// One picture of squares with its letter above, and the frame around what takes part.
function one(d, name, left, top, side) {
	const { look } = d;
	const { kinds, letter } = d.anatomy.quantities.get(name);
	const sizes = kinds.map((kind) => d.size(kind));
	d.width = Math.max(d.width, left + sizes[1] * side + 1);
	d.pieces.set(`head ${name}`, text(left + 1, top + 14, "head left", letter));
	const all = places([0, 1], sizes);
	const known = all.map((place) => key(name, place)).filter((k) => look.known(k));
	const most = Math.max(...known.map((k) => Math.abs(d.value(k))), 1e-12);
	const given = d.given(name);
	const middle = ([a, b]) => [left + (b + 0.5) * side, top + HEAD + (a + 0.5) * side];
	for (const place of all) {
		const k = key(name, place);
		const [x, y] = middle(place);
		const whole = d.number(k, side - 3);
		// Where the number has no room, its sign has.
		const words = breadth(whole) > side - 2 ? whole.replace(/[^−]+.*/, "") : whole;
		d.put(
			`pixel ${look.known(k) ? d.sign(k) : "unknown"} ${d.state(k)}`,
			`pixel ${k}`,
			[k],
			`${shade(x, y, side, look.known(k) ? Math.abs(d.value(k)) / most : 0)}${text(x, y + 4.5, "", words)}`,
			given
				? d.touch(k)
				: `role="img" aria-label="${look.plain(k)} ${d.number(k) || "not known yet"}"`,
		);
	}
	const own = (keys) =>
		[...keys]
			.map(splitKey)
			.filter(([other, place]) => other === name && place.length === 2)
			.map(([, place]) => place);
	const within = own(look.parts).filter((place) =>
		place.every((at, n) => at >= 0 && at < sizes[n]),
	);
	if (!within.length || within.length === all.length) return;
	const [from, to] = spanOf(within);
	const filled = (to[0] - from[0] + 1) * (to[1] - from[1] + 1) === within.length;
	if (!filled) return; // a window that is moved in strides leaves gaps
	// A window may reach over the edge, where nothing stands.
	const [before, after] = spanOf(own(d.covered));
	const whole = own(d.covered).length === (after[0] - before[0] + 1) * (after[1] - before[1] + 1);
	const over = (n) => (whole && before[n] < from[n] && from[n] === 0 ? OVER : 0);
	const beyond = (n) => (whole && after[n] > to[n] && to[n] === sizes[n] - 1 ? OVER : 0);
	const [x1, y1] = middle(from).map((at, n) => at - side / 2 - over(1 - n));
	const [x2, y2] = middle(to).map((at, n) => at + side / 2 + beyond(1 - n));
	d.pieces.set(
		`frame ${name}`,
		`<g aria-hidden="true"><rect class="frame" x="${x1}" y="${y1}" width="${x2 - x1}" height="${y2 - y1}" rx="3"/></g>`,
	);
}

// The first and the last row and column of some places.
function spanOf(all) {
	const each = (pick) => [0, 1].map((n) => pick(...all.map((place) => place[n])));
	return [each(Math.min), each(Math.max)];
}

// Of what takes part, what counts for the result: nothing does that is multiplied by 0.
function bearing(d) {
	const shares = d.sharesOf([...d.look.results]);
	return new Set(d.covered.filter((k) => !shares.has(k) || shares.get(k) !== 0));
}

// A net unrolled in time: a row of columns, one for each time. In each stand the units that
// hear each other through time, in the middle; what feeds them below, to the left; what they
// feed above, to the right. Edges through time run from column to column, and the deltas
// stand in the boxes, to be followed back.

import { key, places, range } from "./engine.js";
import { label } from "./network.js";
import { tables } from "./grid.js";
import { text, unitHeight } from "./marks.js";

const NAME = 17;

export function unrolled(d) {
	const { anatomy, narrow, world, model } = d;
	const { columns, edges } = anatomy;
	const [letter] = Object.keys(model.scan);
	const [first, after] = world.range(letter);
	const times = after - first;
	const through = edges.filter((edge) => edge.through);
	const middle = columns[through[0].from];
	const order = columns.indexOf(middle);
	const below = columns.slice(0, order);
	const above = columns.slice(order + 1);

	// -- where everything stands

	const rowsOf = ({ rows, wanted, deltas }) => [...rows, ...wanted, ...deltas];
	const high = (column) => (rowsOf(column).length > 1 ? unitHeight(rowsOf(column).length) : 30);
	const [wide, cell, aside, way] = narrow ? [80, 48, 74, 22] : [82, 56, 74, 24];
	const widthOf = (column) => (column === middle ? wide : rowsOf(column).length > 1 ? aside : cell);
	const most = (list) => Math.max(-way, ...list.map(widthOf)) + way;
	const start = Math.max(most(below), cell + 40) + 1;
	const end = most(above) + 1;
	const gap = Math.max((d.width - start - end - times * wide) / Math.max(1, times - 1), 62);
	d.width = Math.max(d.width, start + times * wide + (times - 1) * gap + end);
	const centre = (t) => start + wide / 2 + t * (wide + gap);
	const spots = new Map();
	function stand(list, top, x) {
		let y = top;
		for (const column of list) {
			for (const k of range(d.size(column.kind))) {
				y += NAME;
				for (const t of range(times)) {
					spots.set(`${column.kind} ${k} ${t}`, [x(t, widthOf(column)), y + high(column) / 2]);
				}
				y += high(column) + 5;
			}
		}
		return y;
	}
	let bottom = stand(above, 20, (t, w) => centre(t) + wide / 2 + way + w / 2);
	bottom = stand([middle], bottom + (above.length ? 6 : 0), centre);
	bottom = stand(below, bottom + 2, (t, w) => centre(t) - wide / 2 - way - w / 2);
	// Before the first time stands what the scan begins with.
	const before = Object.entries(model.outside).filter(
		([name, other]) =>
			typeof other === "string" && anatomy.quantities.get(name)?.kinds[0] === middle.kind,
	);
	for (const k of range(d.size(middle.kind))) {
		spots.set(`${middle.kind} ${k} -1`, [1 + cell / 2, spots.get(`${middle.kind} ${k} 0`)[1]]);
	}
	const startOf = (name, y) =>
		y + (before.findIndex(([one]) => one === name) - (before.length - 1) / 2) * 36;
	const widthAt = (column, t) => (t < 0 ? cell : widthOf(column));

	// -- edges

	const lines = [];
	for (const edge of edges) {
		const ends = [columns[edge.from], columns[edge.to]];
		const sizes = ends.map(({ kind }) => d.size(kind));
		// Edges of several quantities between the same units run side by side.
		const same = edges.filter((other) => other.from === edge.from && other.to === edge.to);
		const offset = (same.indexOf(edge) - (same.length - 1) / 2) * 4;
		for (const t of range(times)) {
			if (edge.through && t === 0 && !before.length) continue;
			for (const place of places([0, 1], sizes)) {
				lines.push(join(d, edge, place, t, ends, { spots, widthAt, startOf, offset }));
			}
		}
	}
	const boxes = [...spots].map(([name, [x, y]]) => {
		const column = columns.find(({ kind }) => name.startsWith(`${kind} `));
		const first = name.endsWith(" -1");
		return [x, y - NAME / 2, first ? cell : widthOf(column), high(column) + NAME];
	});
	const taking = lines.filter(({ active }) => active);
	label(d, taking, boxes);

	// -- what there is before the first time, then time by time

	for (const [name, other] of before) {
		for (const k of range(d.size(middle.kind))) {
			const [x, y] = spots.get(`${middle.kind} ${k} -1`);
			d.start(name, other, k, x, startOf(name, y), cell);
		}
	}
	for (const t of range(times)) {
		d.pieces.set(`head ${t}`, text(centre(t), 12, "head", `${letter} = ${t + first}`));
		for (const column of [...below, middle, ...above]) {
			for (const one of taking)
				if (one.time === t && one.edge.to === columns.indexOf(column)) one.write?.();
			for (const k of range(d.size(column.kind))) {
				const [x, y] = spots.get(`${column.kind} ${k} ${t}`);
				if (rowsOf(column).length > 1)
					d.unit(column, [t, k], rowsOf(column), x, y, widthOf(column));
				else {
					const [name] = rowsOf(column);
					d.cell(key(name, d.placeOf(name, [t, k])), x, y, cell);
					d.name(column, k, x, y - 19);
				}
			}
		}
	}
	const scalars = anatomy.scalars.filter((name) => anatomy.quantities.get(name).computed);
	// A weight is used at every time and has one slope: those of each kind in a table.
	const slopes = edges.map(({ name }) => anatomy.slopes.get(name)).filter(Boolean);
	if (slopes.length)
		bottom = tables(
			d,
			slopes.map((name) => [name]),
			bottom + 2,
		);
	d.height = bottom + 6 + d.tiles(scalars, bottom + 6);
	d.focus = focus(d, spots);
}

function join(d, edge, place, t, [from, to], { spots, widthAt, startOf, offset }) {
	const { look, anatomy } = d;
	const [a, b] = place;
	const then = edge.through ? t - 1 : t;
	const names = [`${from.kind} ${a} ${then}`, `${to.kind} ${b} ${t}`];
	const [start, end] = names.map((name) => spots.get(name));
	const k = key(edge.name, place);
	const next = key(`${edge.name}_new`, place);
	const slopeName = anatomy.slopes.get(edge.name);
	const slope = slopeName ? key(slopeName, place) : "";
	const updated = anatomy.updated.has(edge.name);
	// A weight is used at every time: it takes part where both of its units do.
	const touched = [...look.parts, ...look.results].map((one) => d.unitOf(one));
	const kind = d.state(k, slope, ...(updated ? [next] : []));
	const here =
		look.path.has(k) || look.results.has(next) || names.every((name) => touched.includes(name));
	const now = updated && look.known(next) ? next : k;
	const taking = here && /parts|results|path/.test(kind);
	const state = taking ? kind : "";
	const id = `edge ${k} ${t}`;
	const keys = [k, next, slope].filter(Boolean);
	const line = d.line(id, keys, {
		from: [
			start[0] + widthAt(from, then) / 2,
			(then < 0 ? startOf(edge.carries, start[1]) : start[1]) + offset,
		],
		to: [end[0] - widthAt(to, t) / 2, end[1] + offset],
		value: d.value(now),
		kind: `${d.sign(now)} ${state || "faint"}`,
		ends: names,
		weights: [k],
		slope,
	});
	const own = look.results.has(slope) ? slope : now;
	return {
		id,
		edge,
		time: t,
		k,
		line,
		keys,
		words: own === slope ? d.number(slope) : d.moving(k, 70),
		active: taking,
		kind: `${own === slope ? d.sign(slope) : d.sign(now)} ${state}`,
		own,
	};
}

// Where on the drawing it happens, for a page that has no room for all of it.
function focus(d, spots) {
	const units = [...d.look.results, ...d.look.parts].map((k) => d.unitOf(k)).filter(Boolean);
	const x = units.map((name) => spots.get(name)?.[0]).filter((one) => one !== undefined);
	return x.length ? (Math.min(...x) + Math.max(...x)) / 2 : d.width / 2;
}

// A machine without direction: what is between two units works both ways, so an edge has
// no arrow. Two kinds of units stand in two rows, the first below; one kind stands in a ring.
// A unit that can be on or off is filled when it is on, and says so.

import { key, places, range } from "./engine.js";
import { tables } from "./grid.js";
import { unitHeight } from "./marks.js";
import { label } from "./network.js";

const NAME = 17;

export function ways(d) {
	const { anatomy, narrow } = d;
	const { columns } = anatomy;
	const [edge] = anatomy.edges;
	const ends = [columns[edge.from], columns[edge.to]];
	const others = columns.filter((column) => !ends.includes(column));
	const rowsOf = ({ rows, wanted, deltas }) => [...rows, ...wanted, ...deltas];
	const wide = narrow ? 84 : 96;
	const high = (column) => unitHeight(rowsOf(column).length);
	const spots = new Map();
	let bottom;
	if (ends[0] === ends[1]) bottom = ring(d, ends[0], high(ends[0]), wide, spots);
	else bottom = rows(d, [ends[1], ends[0]], high, wide, spots);

	// -- edges

	const lines = [];
	for (const place of places(
		[0, 1],
		ends.map(({ kind }) => d.size(kind)),
	)) {
		if (ends[0] === ends[1] && place[0] >= place[1]) continue;
		lines.push(join(d, edge, place, ends, { spots, wide, high }));
	}
	const boxes = [...spots].map(([name, [x, y]]) => {
		const column = columns.find(({ kind }) => name.startsWith(`${kind} `));
		return [x, y - NAME / 2, wide, high(column) + NAME];
	});
	label(d, lines, boxes);

	// -- units, from the first kind on

	const stand = (column) => {
		for (const k of range(d.size(column.kind))) {
			const [x, y] = spots.get(`${column.kind} ${k}`);
			d.unit(column, [k], rowsOf(column), x, y, wide, { on: isOn(d, column, k) });
		}
	};
	stand(ends[0]);
	for (const one of lines) one.write?.();
	if (ends[1] !== ends[0]) stand(ends[1]);
	for (const column of others) {
		const across = Math.max(1, Math.floor((d.width + 8) / (wide + 8)));
		for (const k of range(d.size(column.kind))) {
			const x = 1 + wide / 2 + (k % across) * (wide + 8);
			const y =
				bottom + NAME + high(column) / 2 + Math.floor(k / across) * (high(column) + NAME + 4);
			d.unit(column, [k], rowsOf(column), x, y, wide);
		}
		bottom += Math.ceil(d.size(column.kind) / across) * (high(column) + NAME + 4) + 4;
	}
	// What is computed for each pair, and what there is one of.
	const computed = anatomy.quantities.get(edge.name).given ? [] : [edge.name];
	const pairs = [
		...computed,
		...anatomy.tables,
		...[anatomy.slopes.get(edge.name)].filter(Boolean),
	];
	if (pairs.length)
		bottom = tables(
			d,
			pairs.map((name) => [name]),
			bottom + 2,
		);
	d.height = bottom + 4 + d.tiles(anatomy.scalars, bottom + 4);
}

// The larger of the states that a unit can be in is "on".
function isOn(d, column, k) {
	const name = [...column.rows, ...column.wanted].find(
		(one) => d.model.states[one] || twofold(d, one),
	);
	return name ? d.value(key(name, [k])) > 0 : null;
}

const twofold = (d, name) =>
	d.given(name) && [d.world.value(name)].flat(2).every((value) => Math.abs(value) === 1);

function rows(d, [upper, lower], high, wide, spots) {
	const count = Math.max(d.size(upper.kind), d.size(lower.kind));
	d.width = Math.max(d.width, count * (wide + 10));
	const gap = d.narrow ? 130 : 150;
	const y = { [upper.kind]: NAME + high(upper) / 2 };
	y[lower.kind] = NAME + high(upper) + gap + high(lower) / 2;
	for (const { kind } of [upper, lower]) {
		const size = d.size(kind);
		const pitch = Math.min(d.width / size, 190);
		for (const k of range(size)) {
			spots.set(`${kind} ${k}`, [d.width / 2 + (k - (size - 1) / 2) * pitch, y[kind]]);
		}
	}
	return y[lower.kind] + high(lower) / 2 + 8;
}

function ring(d, { kind }, high, wide, spots) {
	const size = d.size(kind);
	const across = (d.width - wide - 2) / 2;
	const up = Math.max(120, (size * (high + NAME + 16)) / 4);
	for (const k of range(size)) {
		const angle = (2 * Math.PI * k) / size - Math.PI / 2;
		spots.set(`${kind} ${k}`, [
			d.width / 2 + Math.min(across, 290) * Math.cos(angle),
			NAME + high / 2 + up + up * Math.sin(angle),
		]);
	}
	return NAME + high + 2 * up + 8;
}

function join(d, edge, place, [from, to], { spots, wide, high }) {
	const { look, anatomy } = d;
	const names = [`${from.kind} ${place[0]}`, `${to.kind} ${place[1]}`];
	const [a, b] = names.map((name) => spots.get(name));
	const weights = [key(edge.name, place)];
	if (from === to) weights.push(key(edge.name, [place[1], place[0]]));
	const next = key(`${edge.name}_new`, place);
	const slopeName = anatomy.slopes.get(edge.name);
	const slope = slopeName ? key(slopeName, place) : "";
	const now = anatomy.updated.has(edge.name) && look.known(next) ? next : weights[0];
	const kind = `${d.sign(now)} ${d.state(...weights, next, slope)}`;
	const id = `edge ${weights[0]}`;
	const line = d.line(id, [...weights, next, slope].filter(Boolean), {
		from: rim(a, b, wide, high(from)),
		to: rim(b, a, wide, high(to)),
		value: look.known(now) ? d.value(now) : 0,
		kind,
		ends: names,
		weights,
		slope,
	});
	return {
		id,
		edge,
		k: weights[0],
		line,
		keys: [...weights, next].filter(Boolean),
		words: look.known(now) ? d.moving(weights[0], 70) : d.number(weights[0], 70),
		active: /parts|results|path/.test(kind),
		kind,
		own: now,
	};
}

// Where the way from one box to another leaves the first.
function rim([x, y], [toX, toY], wide, high) {
	const [dx, dy] = [toX - x, toY - y];
	const part = Math.min(wide / 2 / Math.abs(dx || 1e-9), high / 2 / Math.abs(dy || 1e-9));
	return [x + dx * part, y + dy * part];
}

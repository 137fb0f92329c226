// Where a map crosses a level, as pieces of a line.

import { range } from "./engine.js";

/**
 * The pieces, each from [x, y] to [x, y] in cells; rows are the heights at the corners of
 * square cells, and each cell's edges that the level crosses are joined.
 */
export function crossings(rows, level) {
	const found = [];
	for (const j of range(rows.length - 1)) {
		for (const i of range(rows.length - 1)) {
			const corners = [
				[i, j],
				[i + 1, j],
				[i + 1, j + 1],
				[i, j + 1],
			];
			const ends = corners.flatMap(([a, b], side) => {
				const [c, d] = corners[(side + 1) % 4];
				const [e, f] = [rows[b][a], rows[d][c]];
				if (e < level === f < level) return [];
				const part = (level - e) / (f - e);
				return [[a + part * (c - a), b + part * (d - b)]];
			});
			for (let n = 0; n + 1 < ends.length; n += 2) found.push([ends[n], ends[n + 1]]);
		}
	}
	return found;
}

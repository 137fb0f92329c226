// The drawings of the stepper, for any model, as data: pieces of SVG by name.
//
//   picture(world, look, width) -> { width, height, box, focus, pieces, motion }
//
// It touches no page. `world` is what the engine computed. `look` says what is to be seen
// (pass.look() of pass.js makes it): equation, the one on show; the sets of keys parts,
// results, path and changed; known(key); editable(key); what is called how, plain(key) and
// unit(letter, number); names, the set of what may be drawn at all; and scale, how many times
// larger than in a page everything is, if it is. `width` is the room in pixels; a drawing
// that needs more is wider, and `focus` is the middle of what it is about.
//
// `pieces` maps a name to the text of one <g>, in the order in which it is painted and read;
// a piece keeps its name from stop to stop. `box` is the viewBox. `motion` is what moves as
// the results are revealed: `pulses`, {edge, from, value, width, sign}, run along the piece
// `edge` from its "start" or its "end"; then the pieces in `settles` have their numbers.

import * as grid from "./grid.js";
import { Drawing, pulseWidth, thickness } from "./marks.js";
import * as network from "./network.js";
import * as unrolled from "./unrolled.js";
import * as ways from "./ways.js";

export { pulseWidth, thickness };

// A page brings those that its models have; the others are empty there.
const PICTURES = { network, unrolled, grid, ways };

export function picture(world, look, width) {
	const drawing = new Drawing(world, look, width);
	const name = world.model.picture;
	PICTURES[name][name](drawing);
	return drawing.done();
}

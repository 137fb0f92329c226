// A drawing on the page. Its nodes stay from step to step and only what changed in them is
// changed, so that style sheets can let it move; and what runs along its edges runs here.

const NS = "http://www.w3.org/2000/svg";
export const LONGEST = 600; // milliseconds, from the first pulse to the last number

// Make a node like another one of its kind.
function become(node, like) {
	if (node.nodeType === Node.TEXT_NODE) {
		if (node.data !== like.data) node.data = like.data;
		return;
	}
	const [own, others] = [[...node.childNodes], [...like.childNodes]];
	const alike = own.length === others.length && own.every((child, k) => sameKind(child, others[k]));
	if (!alike) node.replaceChildren(...others);
	for (const [k, child] of alike ? own.entries() : []) become(child, others[k]);
	for (const { name, value } of [...like.attributes]) {
		if (node.getAttribute(name) !== value) node.setAttribute(name, value);
	}
	for (const { name } of [...node.attributes]) {
		if (!like.hasAttribute(name)) node.removeAttribute(name);
	}
}

const sameKind = (a, b) => a.nodeType === b.nodeType && a.localName === b.localName;

export class Canvas {
	constructor(box) {
		box.innerHTML = `<svg role="group"><g></g><g class="pulses" aria-hidden="true"></g></svg>`;
		Object.assign(this, { box, svg: box.firstChild, there: new Map(), running: [] });
		[this.layer, this.pulses] = this.svg.children;
		this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
	}

	/** Put a picture on the page, changing what differs from the one there. */
	show({ width, height, box, pieces, motion }, label) {
		this.skip();
		const frame = [width, height].join();
		if (this.frame !== frame) {
			this.frame = frame;
			const sides = { width, height, viewBox: (box ?? [0, 0, width, height]).join(" ") };
			for (const [name, value] of Object.entries(sides)) this.svg.setAttribute(name, value);
		}
		this.svg.setAttribute("aria-label", label);
		for (const [id, { node }] of this.there) {
			if (pieces.has(id)) continue;
			node.remove();
			this.there.delete(id);
		}
		let before = null;
		for (const [id, svg] of pieces) {
			const old = this.there.get(id);
			const node = old?.node ?? document.createElementNS(NS, "g");
			if (old?.svg !== svg) {
				const like = this.parsed(svg);
				if (old && sameKind(node, like)) become(node, like);
				else if (old) node.replaceWith(like);
				const own = old && sameKind(node, like) ? node : like;
				this.there.set(id, { svg, node: own });
			}
			const own = this.there.get(id).node;
			const place = before ? before.nextSibling : this.layer.firstChild;
			if (place !== own) this.layer.insertBefore(own, place);
			before = own;
		}
		this.motion = motion;
	}

	parsed(svg) {
		const holder = document.createElementNS(NS, "g");
		holder.innerHTML = svg;
		return holder.firstChild;
	}

	/** Let what takes part run to what results, then let the number settle. */
	play() {
		this.skip();
		const { pulses = [], settles = [] } = this.motion ?? {};
		if (this.reduced.matches) return;
		const run = pulses.length ? LONGEST * 0.62 : 0;
		for (const pulse of pulses) this.run(pulse, run);
		for (const id of settles) {
			const node = this.there.get(id)?.node;
			if (node) this.settle(node, run, LONGEST - run);
		}
	}

	run({ edge, from, width, sign }, duration) {
		const line = this.there.get(edge)?.node.querySelector(".stroke");
		if (!line) return;
		const length = line.getTotalLength();
		const pulse = line.cloneNode();
		const dash = Math.max(8, Math.min(26, length / 3));
		pulse.setAttribute("class", `pulse ${sign}`);
		pulse.setAttribute("stroke-width", width);
		pulse.setAttribute("stroke-dasharray", `${dash} ${2 * length + dash}`);
		this.pulses.append(pulse);
		const ends = [dash, -length];
		if (from === "end") ends.reverse();
		const frames = ends.map((strokeDashoffset) => ({ strokeDashoffset }));
		this.running.push([
			pulse.animate(frames, { duration, easing: "ease-in-out", fill: "both" }),
			() => pulse.remove(),
		]);
		this.running.at(-1)[0].onfinish = () => pulse.remove();
	}

	settle(node, delay, duration) {
		node.classList.add("settling");
		const frames = [
			{ opacity: 0.15, transform: "scale(1.25)" },
			{ opacity: 1, transform: "none" },
		];
		const texts = [...node.querySelectorAll("text")];
		for (const text of texts) {
			const moving = text.animate(frames, {
				delay,
				duration,
				easing: "ease-out",
				fill: "backwards",
			});
			this.running.push([moving, () => node.classList.remove("settling")]);
		}
		const last = this.running.at(-1);
		if (texts.length) last[0].onfinish = last[1];
	}

	/** End at once what still moves. */
	skip() {
		for (const [moving, end] of this.running) {
			moving.cancel();
			end();
		}
		this.running = [];
	}

	/** The drawing as a file of its own. */
	whole() {
		this.skip();
		const to = this.svg.cloneNode(true);
		const originals = [...this.svg.querySelectorAll("*")];
		const names =
			"fill stroke stroke-width stroke-dasharray opacity font text-anchor paint-order".split(" ");
		to.querySelectorAll("*").forEach((node, n) => {
			const style = getComputedStyle(originals[n]);
			for (const { name } of [...node.attributes]) {
				if (/^(class|role|tabindex|aria|data)/.test(name)) node.removeAttribute(name);
			}
			for (const name of names) node.style.setProperty(name, style.getPropertyValue(name));
		});
		to.setAttribute("xmlns", NS);
		return new XMLSerializer().serializeToString(to);
	}
}

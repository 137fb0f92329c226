// One pass of a model, to watch, to touch and to be asked about.
//
// What there is to compute is said by pass.js, what it looks like by pictures.js and
// panels.js, what a typed answer is by judge.js. Here are the instrument, which puts it on
// the page and listens, its editor and its player.
//
// The key of a quantity ("w:0,1") in data-q marks it in the drawing, the equation, the code
// and the table; in data-edit it marks a number that can be changed.

import { Canvas, LONGEST } from "./canvas.js";
import { html, judge, madeOf, mistakesIn, read, suspects, upTo } from "./judge.js";
import { full, shown, spoken } from "./mathml.js";
import * as panels from "./panels.js";
import { bookOf, copy, equal, fitting, Pass, randomStart, resized } from "./pass.js";
import { picture } from "./pictures.js";

const { button } = panels;
const LIMIT = 1000; // the size of a number that is typed
const VIEWS = { unit: "one by one", layer: "by layer" };
// What an address and a kernel are told of a state; the rest is how it began.
const WHERE = ["given", "functions", "example", "step", "view", "ask", "errors", "seed"];

// ---- the address

const address = {
	// What is no pair is the anchor of a section, or the slide of a deck: it stays first.
	all: () =>
		location.hash
			.slice(1)
			.split("&")
			.filter(Boolean)
			.map((part) => [part, ...part.split(/=(.*)/s)]),
	anchor() {
		const [first] = this.all();
		return first && first.length < 3 ? first[0] : "";
	},
	get(name) {
		try {
			const [, , value] = this.all().find(([, own]) => own === name) ?? [];
			return JSON.parse(decodeURIComponent(value));
		} catch {
			return null;
		}
	},
	set(name, changes) {
		const kept = this.all().filter(([, own]) => own !== name);
		const parts = kept.map(([part]) => part);
		if (!equal(changes, {})) parts.push(`${name}=${encodeURIComponent(JSON.stringify(changes))}`);
		const { pathname, search } = location;
		history.replaceState(
			history.state,
			"",
			parts.length ? `#${parts.join("&")}` : pathname + search,
		);
	},
};

// ---- what is on the page

const walk = (act, sign, words) => button(act, sign, `aria-label="${words}"`);
const fold = (kind, words, inner) =>
	`<details class="${kind}"><summary>${words}</summary>${inner}</details>`;

const SHELL = `
<div class="bar"><div class="phases" role="group" aria-label="Phase"></div>${fold(
	"settings",
	"",
	'<div class="panel"></div>',
)}</div>
<div class="net"></div><div class="read" aria-hidden="true"></div>
<div class="walk"><div class="steps" role="group" aria-label="Steps">${walk(
	"first",
	"|←",
	"First step",
)}${walk("back", "←", "One step back")}<span class="count"></span>${walk(
	"next",
	"→",
	"Show, then the next step",
)}${walk("last", "→|", "Last step")}${walk("play", "▶\ufe0e", "Play")}</div>
	<div class="views" role="group" aria-label="Show"></div>${fold(
		"more",
		"More",
		`<div class="panel">${button("python", "Copy as Python")}${button("picture", "Picture (SVG)")}
		<p>Keys: → shows, then goes on; ← Home End; 1, 2 … phase; Enter shows. A number in the
		drawing can be dragged sideways, or changed with ↑ and ↓. The address keeps this screen.</p>
		<p class="took" role="status"></p>
		<textarea readonly hidden aria-label="Python" rows="13"></textarea></div>`,
	)}</div>
<div class="route" role="region" aria-label="The way back" hidden></div>
<div class="asked"><p class="question"></p><form class="ask"></form>
<div class="reply" role="status"></div></div>
<div class="equation"><div class="general"></div>
<div class="lines scroll" role="group" aria-label="The equation in letters and in numbers"></div></div>
<div class="say"><p></p>${fold("why", "Why each factor?", "<p></p>")}</div>
${fold("code", "", '<pre class="scroll"></pre>')}
<div class="train" hidden>${button("train", "Update")}${button("train", "10 times", 'data-n="10"')}${button(
	"train",
	"100 times",
	'data-n="100"',
)}<div class="chart"></div></div>
${fold("all", "All numbers", '<div class="tables scroll"></div>')}
<div class="live hid" aria-live="polite"></div>
<form class="editor" hidden><label><span></span><input></label>
	<output role="alert"></output></form>`;

// ---- the instrument

class Instrument {
	constructor(model, el) {
		Object.assign(this, { model, el, past: [], seen: new Set(), changed: new Set() });
		this.book = bookOf(model.get("book"));
		this.places = model.get("places") ?? {};
		// Without a widget manager the host is a page, and its address holds the state.
		this.page = !model.widget_manager;
		this.deck = this.page && Boolean(el.closest(".reveal"));
		this.at = (selector) => el.querySelector(selector);
		this.every = (selector) => el.querySelectorAll(selector);
		this.s = this.read();
		this.start = copy(this.s);
		this.name = this.ownName();
		const kept = this.page && fitting(this.s, address.get(this.name), this.book);
		if (kept) this.s = copy(kept.s);
		this.build();
		this.compute();
		if (kept?.open) this.seen.add(this.stopKey);
		this.chosen = kept?.chosen ?? null;
		this.buildControls();
		this.listen();
		this.show();
		if (kept) this.comeHere();
	}

	read() {
		const start = { example: 0, step: 0, seed: 0, errors: [], compare: "" };
		return { ...start, ...copy(this.model.get("state")) };
	}

	ownName() {
		const all = [...document.querySelectorAll('[data-widget="stepper"]')];
		const own = (one) => one.contains(this.el) || one === this.el.previousElementSibling;
		return `s${all.findIndex(own) + 1}`;
	}

	build() {
		const { el } = this;
		el.classList.add("stepper");
		el.tabIndex = -1;
		const ariaLabel = `Stepper: one pass of ${this.book.model.name}`;
		Object.assign(el, { role: "group", ariaLabel, innerHTML: SHELL });
		this.at(".code").open = el.clientWidth > 480;
		this.canvas = new Canvas(this.at(".net"));
		this.editor = new Editor(this);
		this.player = new Player(this);
	}

	// A link that carries the state leads here, unless it leads to a section.
	comeHere() {
		if (address.anchor() || this.deck) return;
		const scroll = () => this.el.scrollIntoView({ block: "start" });
		requestAnimationFrame(scroll);
		document.fonts?.ready.then(scroll);
	}

	focus(selector) {
		(this.at(selector) ?? this.el).focus({ preventScroll: true });
	}

	// -- its state

	get stopKey() {
		const { label, places } = this.pass.stop;
		return `${label}:${places.join(";")}`;
	}
	get open() {
		return !this.s.ask || this.seen.has(this.stopKey);
	}
	get last() {
		return this.s.step === this.pass.stops.length - 1;
	}

	compute() {
		this.pass = new Pass(this.book, this.s);
	}

	// Take over changes: on the screen, into the model, into the address.
	take(changes, undo = true) {
		const before = this.pass;
		if (undo) this.past = [...this.past.slice(-199), copy(this.s)];
		Object.assign(this.s, copy(changes));
		this.tell = "";
		this.compute();
		this.changed = this.pass.differing(before);
		this.show();
		this.keep();
	}

	alter(changes) {
		this.take({ errors: [], ...changes });
	}

	keep() {
		if (!equal(this.model.get("state"), this.s)) {
			this.own = true;
			this.model.set("state", copy(this.s));
			this.own = false;
			this.model.save_changes();
		}
		clearTimeout(this.timer);
		if (this.page && !this.deck) this.timer = setTimeout(() => this.write(), 250);
	}

	write() {
		if (!this.timer) return;
		clearTimeout(this.timer);
		this.timer = 0;
		const { s, start, chosen } = this;
		const short = { ...s, errors: s.errors.map((e) => Number(e.toPrecision(4))) };
		const differ = WHERE.filter((name) => !equal(s[name], start[name]));
		const changes = Object.fromEntries(differ.map((name) => [name, short[name]]));
		if (changes.given) {
			const own = Object.entries(s.given).filter(([n, value]) => !equal(value, start.given[n]));
			changes.given = Object.fromEntries(own);
		}
		if (s.ask && this.open) changes.open = 1;
		if (chosen) changes.chosen = chosen;
		address.set(this.name, changes);
	}

	/** Give a quantity another number; returns why not, if not. */
	assign(k, value, undo = true) {
		const changes = this.pass.assigned(k, value);
		if (typeof changes === "string") return changes;
		this.take(changes, undo);
		return "";
	}

	go(step) {
		if (step > this.s.step) this.seen.add(this.stopKey);
		this.changed = new Set();
		this.chosen = null;
		this.s.step = Math.max(0, Math.min(step, this.pass.stops.length - 1));
		this.arrive();
	}

	reveal(tell) {
		this.seen.add(this.stopKey);
		this.arrive(tell);
		this.canvas.play();
	}

	next() {
		if (!this.open) this.reveal();
		else if (!this.last) this.go(this.s.step + 1);
	}

	arrive(tell = "") {
		this.tell = tell;
		this.show();
		this.keep();
		// What is said of an answer is heard already.
		if (!tell && !this.player.on) this.announce();
	}

	setView(view) {
		const { label } = this.pass.stop;
		const { stops } = new Pass(this.book, { ...this.s, view });
		this.take({ view, step: stops.findIndex((stop) => stop.label === label) }, false);
		this.announce();
	}

	// What is learned becomes what is given, once or several times.
	train(times) {
		const s = this.pass.trained(times);
		if (!s) return this.reply("The step was too large: the numbers ran away. Try a smaller η.");
		this.restart(s);
		const goal = this.book.goal;
		this.announce(goal ? `Updated. ${goal} is now ${shown(s.errors.at(-1))}.` : "Updated.");
	}

	restart(s) {
		this.seen.clear();
		this.take(s);
	}

	// -- what it shows

	show() {
		const focused = this.el.contains(document.activeElement) ? document.activeElement : null;
		const asking = focused?.closest(".ask");
		this.width ??= this.widthNow();
		this.draw();
		this.showControls();
		this.showEquation();
		this.showWords();
		this.showPath();
		if (this.at(".all").open) this.showTables();
		this.scrolls ??= requestAnimationFrame(() => this.scrolling());
		for (const node of this.every("math:not([aria-label])")) {
			node.setAttribute("aria-label", spoken(node).replace(/\s+/g, " ").trim());
		}
		if (!focused || focused.isConnected) return;
		if (asking) this.focus(this.open ? ".ask button" : ".ask input, .ask button");
		else this.focus(`.net [data-edit="${focused.dataset.edit}"]`);
	}

	draw() {
		this.canvas.show(
			picture(this.pass.world, this.look(), this.width),
			"The model at this step; the table of all numbers says the same",
		);
	}

	// Write a part of the page anew, if it says something new.
	put(selector, html) {
		const node = this.at(selector);
		if (node.html !== html) node.innerHTML = node.html = html;
	}

	reply(html) {
		this.at(".reply").innerHTML = html;
	}

	// The drawing grows with the reader's letters.
	get scale() {
		return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
	}

	widthNow() {
		const net = this.at(".net");
		const { paddingLeft, paddingRight } = getComputedStyle(net);
		// Out of the page, as while a deck is laid out, it has no padding and no width.
		const beside = (Number.parseFloat(paddingLeft) || 0) + (Number.parseFloat(paddingRight) || 0);
		return Math.max(280, net.clientWidth - beside);
	}

	// Draw anew where the room is another one than it was drawn for.
	fit() {
		const width = this.widthNow();
		if (width === this.width) return;
		this.width = width;
		this.show();
	}

	look() {
		const { pass, changed, open, printing } = this;
		const path = this.chosen && this.book.goal ? pass.path(this.chosen) : new Set();
		const more = { changed, path, scale: this.scale, ...(printing && { known: () => true }) };
		return pass.look(open, more);
	}

	showEquation() {
		const { pass, open } = this;
		const { label } = pass.stop;
		this.put(".equation .general", panels.general(pass, this.places[label]));
		const lines = panels.lines(pass, open || this.printing, this.changed);
		this.at(".equation .lines").classList.toggle("many", lines.many);
		this.put(".equation .lines", lines.html);
		this.put(".question", panels.question(pass, open));
		this.quick = open ? null : panels.quickQuestion(pass);
		this.put(".ask", panels.askForm(pass, open, this.quick, this.last));
		this.reply(this.tell ?? "");
	}

	showWords() {
		const { pass, s } = this;
		const [say, why] = this.every(".say p");
		say.textContent = panels.sentence(pass);
		why.textContent = this.book.model.words[pass.stop.label][3];
		this.at(".why").hidden = !why.textContent;
		this.at(".count").textContent = `step ${s.step + 1} of ${pass.stops.length}`;
		const end = this.last && this.open;
		for (const [act, off] of Object.entries({
			first: !s.step,
			back: !s.step,
			next: end,
			last: this.last,
		})) {
			this.at(`[data-do="${act}"]`).ariaDisabled = off;
		}
		const { errors } = s;
		this.at(".code summary").textContent = panels.codeTitle(pass);
		this.put("pre", panels.code(pass, this.places[pass.stop.label]));
		const updates = this.pass.stops.some(
			({ label }) => this.book.equations[label].relation !== "=",
		);
		const here = pass.equation.relation !== "=";
		this.at(".train").hidden = !updates || !(here || errors.length);
		this.put(".chart", errors.length < 2 ? "" : panels.plot(errors, this.book.goal));
	}

	// Built once: nothing may vanish under the pointer.
	buildControls() {
		const choose = (act) => (name) =>
			button(
				act,
				VIEWS[name] ?? name[0].toUpperCase() + name.slice(1),
				`data-n="${name}" aria-pressed="false"`,
			);
		const phases = Object.keys(this.s.phases);
		this.phases = phases;
		this.at(".phases").innerHTML = equal(phases, ["pass"])
			? ""
			: phases.map(choose("phase")).join("");
		this.at(".views").innerHTML = Object.keys(VIEWS).map(choose("view")).join("");
		// Nothing to walk through where there is one number.
		const one = this.pass.stops.length === 1 && this.pass.alone;
		this.at(".steps").hidden = one;
		this.buildSettings();
	}

	buildSettings() {
		this.put(".settings .panel", panels.settings(this.pass));
	}

	showControls() {
		const { s, pass } = this;
		for (const node of this.every("[aria-pressed]")) {
			node.ariaPressed = [pass.stop.phase, s.view].includes(node.dataset.n);
		}
		// A layer of one unit is that unit.
		const single = panels.sizesOf(pass).every(([first, last]) => last - first === 1);
		this.at(".views").hidden = single || this.at(".steps").hidden;
		this.buildSettings();
		for (const node of this.every("[data-set]")) {
			const value = this.setting(node.dataset.set);
			if (node.type === "checkbox") node.checked = value;
			else if (node.ariaInvalid !== "true" && node !== document.activeElement) {
				node.value = node.localName === "input" ? full(value) : value;
			}
		}
		this.at(".settings summary").textContent = panels.summary(pass);
	}

	setting(name) {
		const [kind, own] = name.split(/ (.*)/);
		if (kind === "size") return this.pass.world.axes[own].reduce((a, b) => b - a);
		if (kind === "function") return this.s.functions[own].name;
		if (kind === "number") return this.pass.value(panels.scalarKey(name));
		return this.s[name];
	}

	showPath() {
		const box = this.at(".route");
		box.hidden = !this.chosen || !this.book.goal;
		if (!box.hidden) this.put(".route", panels.route(this.pass, this.chosen));
	}

	// The text twin of the drawing: fields first, then what is known.
	showTables() {
		this.put(".tables", panels.table(this.pass));
		for (const node of this.every(".tables [data-q]")) {
			const k = node.dataset.q,
				x = this.pass.value(k);
			node.parentElement.classList.toggle("changed", this.changed.has(k));
			node.title = node.value = full(x);
			if (node.dataset.edit) continue;
			node.textContent = this.printing || this.pass.known(k, this.open) ? shown(x) : "·";
		}
	}

	// Only what does scroll is a stop of the Tab key.
	// A drawing wider than its box is moved so far that what results is in view.
	scrolling() {
		this.scrolls = null;
		this.fit();
		const net = this.at(".net"),
			result = net.querySelector(".results");
		if (result && net.scrollWidth > net.clientWidth + 1) {
			const [a, b] = [result, net].map((node) => node.getBoundingClientRect());
			net.scrollLeft += a.left + a.width / 2 - b.left - b.width / 2;
		}
		this.fade();
		for (const box of this.every(".scroll")) {
			if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
			else box.removeAttribute("tabindex");
		}
	}

	// A drawing too wide for its box fades out where there is more of it.
	fade() {
		const net = this.at(".net");
		const left = net.scrollLeft > 1;
		const right = net.scrollLeft + net.clientWidth < net.scrollWidth - 1;
		net.classList.toggle("more-left", left);
		net.classList.toggle("more-right", right);
	}

	announce(words) {
		this.at(".live").textContent = words ?? panels.announcement(this.pass, this.open);
	}

	// -- what the reader does

	listen() {
		const { el, model } = this;
		const on = (type, act) => el.addEventListener(type, act);
		for (const type of ["click", "keydown", "submit", "change", "mousedown"])
			on(type, (event) => this[type](event));
		for (const type of ["pointerover", "focusin"]) on(type, (event) => this.light(event.target));
		on("pointerleave", () => this.light());
		on("pointerdown", (event) => this.editor.grasp(event));
		this.at(".all").addEventListener("toggle", () => this.show());
		this.at(".net").addEventListener("scroll", () => this.fade(), { passive: true });
		const observer = new ResizeObserver(() => this.fit());
		document.fonts?.ready.then(() => this.fit());
		observer.observe(this.at(".net"));
		const flush = () => this.write();
		addEventListener("pagehide", flush);
		// On paper nothing is asked: every number is there.
		const paper = matchMedia("print");
		const print = () => {
			this.printing = paper.matches;
			if (this.printing) this.at(".all").open = true;
			this.show();
		};
		paper.addEventListener("change", print);
		// Python, or another view of this widget, changes the state from outside.
		const outside = () => {
			clearTimeout(this.waiting);
			if (!this.own) this.waiting = setTimeout(() => this.take(this.read(), false));
		};
		model.on("change:state", outside);
		this.remove = () => {
			this.write();
			this.player.stop();
			observer.disconnect();
			removeEventListener("pagehide", flush);
			paper.removeEventListener("change", print);
			model.off("change:state", outside);
		};
	}

	// Leaving the editor draws anew: first let the click find what it was meant for.
	mousedown(event) {
		if (this.editor.key && !event.target.closest("input, select, textarea, summary"))
			event.preventDefault();
	}

	click({ target }) {
		if (!target.closest(".editor")) this.editor.leave();
		const own = target.closest("[data-do]");
		if (own?.dataset.do !== "play") this.player.stop();
		this.closeOthers(target);
		if (own) return own.ariaDisabled !== "true" && this.act(own.dataset.do, own.dataset.n);
		if (this.editor.dragged) return;
		const part = target.closest("[data-edit], .equation [data-q]");
		const k = part?.dataset.edit ?? part?.dataset.q;
		if (part && part.localName !== "input" && this.pass.editable(k)) this.editor.open(k, part);
	}

	// What lies above the rest goes when the reader turns elsewhere.
	closeOthers(target) {
		for (const open of this.every(".settings[open], .more[open]")) {
			if (!open.contains(target)) open.open = false;
		}
		if (this.chosen && !target.closest(".route, .editor, .net")) this.act("close");
	}

	act(what, n) {
		const { s, pass } = this;
		({
			first: () => this.go(0),
			back: () => this.go(s.step - 1),
			next: () => this.next(),
			on: () => this.next(),
			last: () => this.go(pass.stops.length - 1),
			play: () => this.player.toggle(),
			phase: () => this.go(pass.stops.findIndex((stop) => stop.phase === n)),
			view: () => this.setView(n),
			show: () => this.reveal(),
			guess: () => this.guess(Number(n)),
			train: () => this.train(Number(n ?? 1)),
			random: () => this.randomNext(),
			reset: () => this.restart(this.start),
			undo: () => this.past.length && this.take(this.past.pop(), false),
			close: () => {
				this.chosen = null;
				this.show();
				this.keep();
			},
			python: () => this.giveCode(),
			picture: () => this.givePicture(),
		})[what]();
	}

	// A seed that cannot be taken is mended first.
	randomNext() {
		const field = this.at('[data-set="seed"]');
		if (field.ariaInvalid === "true") field.focus();
		else this.randomise(this.s.seed + 1);
	}

	randomise(seed) {
		this.restart({ given: randomStart(this.book, this.s, seed), seed, errors: [] });
	}

	keydown(event) {
		const { target, key: pressed } = event;
		// A deck turns its pages at these, wherever the reader is.
		if (event.ctrlKey || event.metaKey || event.altKey || /^Page/.test(pressed)) return;
		this.canvas.skip();
		if (!(target.closest('[data-do="play"]') && /^(Enter| )$/.test(pressed))) this.player.stop();
		const done = this.pressed(pressed, target, event);
		if (done) event.preventDefault();
		if (done || !/^(Tab|Escape)$/.test(pressed)) event.stopPropagation();
	}

	// What a key does; whether it did anything.
	pressed(pressed, target, { shiftKey }) {
		const typing = target.matches("input:not([type=checkbox]), textarea, select");
		const empty = target.matches(".ask input") && !target.value;
		const move =
			(!typing || empty) &&
			{ ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last" }[pressed];
		const part = !typing && target.closest("[data-edit]");
		const phase = !typing && this.phases.length > 1 && this.phases[pressed - 1];
		if (pressed === "Escape") return this.escape();
		if (move) {
			this.act(move);
			// Who answers by keyboard finds the next field under the fingers.
			if (empty || this.answering) this.focus(".ask input, .ask button");
		} else if (phase) this.act("phase", phase);
		else if (part && /^(Enter| )$/.test(pressed)) this.editor.open(part.dataset.edit, part);
		else if (part && /^Arrow(Up|Down)$/.test(pressed)) {
			this.editor.nudge(part.dataset.edit, pressed === "ArrowUp" ? 1 : -1, shiftKey);
		} else if (pressed === "Enter" && !typing && !target.closest("button, summary, a")) this.next();
		else return false;
		return true;
	}

	escape() {
		const open = this.at(".settings[open], .more[open]");
		if (open) {
			open.open = false;
			open.firstElementChild.focus();
		}
		const field = this.at('.ask [aria-invalid="true"]');
		if (field) {
			field.ariaInvalid = null;
			this.reply("");
		}
		const busy = this.chosen || this.editor.key;
		this.editor.leave("cancel");
		if (this.chosen) this.act("close");
		return Boolean(open || field || busy);
	}

	submit(event) {
		event.preventDefault();
		if (event.target.matches(".editor")) return this.editor.leave("entered");
		const input = this.at(".ask input");
		if (!input) return this.open && this.next();
		this.answering = true;
		const { book, world, stop, results } = this.pass;
		const mistakes = mistakesIn(stop.label, book);
		const met = mistakes.filter(upTo(this.places, location.pathname));
		const around = suspects(stop.label, stop.places[0], world, met);
		const found = judge(input.value, this.pass.value(results[0]), around, this.model.get("said"));
		const told = this.told(found);
		if (found.right) return this.reveal(`<span class="good">${told}</span>`);
		input.ariaInvalid = true;
		this.reply(`<span class="bad">${told}</span>`);
		input.select();
	}

	// What is said of an answer, with the line that mends it.
	told({ text, found }) {
		const mend = found.find((one) => one.mend)?.mend;
		const code = mend ? ` <code>${panels.escaped(mend)}</code>` : "";
		const [first, ...rest] = html(text).split(/(?<=\.) /);
		return `<b>${first}</b> ${rest.join(" ")}${code}`;
	}

	guess(n) {
		const { right, answers } = this.quick;
		const other = answers.length > 2 ? `it is ${answers[right]}` : "the other one";
		const decides = madeOf(this.pass.equation.rhs).slice(0, -1);
		const hint = right < 0 ? "it is exactly 0" : other;
		this.reply(
			n === right
				? '<span class="good"><b>Yes.</b> And the number?</span>'
				: `<span class="bad"><b>No</b>, ${hint}. Which ${decides} decides?</span>`,
		);
	}

	/** What was typed as a number, or why it is none. */
	number(text) {
		const { value, why } = read(text, this.model.get("said"));
		if (why) return { why };
		return Math.abs(value) <= LIMIT ? { value } : { why: `Too large: at most ${LIMIT} in size.` };
	}

	// What a field will not take is said beside it.
	change({ target }) {
		const { set: name, edit: k } = target.dataset;
		if (!name && !k) return;
		const { s, book } = this;
		const [kind, own] = (name ?? "").split(/ (.*)/);
		if (kind === "ask") return this.take({ ask: target.checked }, false);
		if (kind === "example") return this.take({ example: Number(target.value) });
		if (kind === "size") return this.alter({ given: resized(book, s, own, Number(target.value)) });
		if (kind === "function") {
			const chosen = { name: target.value, ...book.functions[own][target.value].numbers };
			return this.alter({ functions: { ...s.functions, [own]: { ...chosen } } });
		}
		let { value, why = "" } = this.number(target.value);
		if (!why && kind === "seed") {
			if (value < 0 || value % 1) why = "A whole number from 0.";
			else this.randomise(value);
		} else if (!why) why = this.assign(k ?? panels.scalarKey(name), value);
		target.ariaInvalid = Boolean(why);
		(name ? target.nextElementSibling : this.at(".tables output")).textContent = why;
		if (!why) this.showControls();
	}

	// The same quantity lights up everywhere, and is read out in full.
	light(target) {
		const own = target?.closest("[data-q]");
		const keys = own ? own.dataset.q.split(" ").filter(Boolean) : [];
		if (keys.join() === this.lit) return;
		this.lit = keys.join();
		panels.lightUp(this.every("[data-q]"), keys);
		this.at(".read").textContent = panels.inFull(this.pass, keys, this.open);
	}

	// -- to take away

	giveCode() {
		const area = this.at("textarea");
		[area.hidden, area.value] = [false, panels.python(this.pass)];
		navigator.clipboard?.writeText(area.value).catch(() => area.select());
		this.at(".took").textContent = "Copied: it prints these numbers.";
	}

	givePicture() {
		const link = document.createElement("a");
		link.href = URL.createObjectURL(new Blob([this.canvas.whole()], { type: "image/svg+xml" }));
		link.download = `step-${this.s.step + 1}.svg`;
		link.click();
		this.at(".took").textContent = `Saved as ${link.download}.`;
	}
}

// ---- the editor: a number is typed over, dragged, or nudged

class Editor {
	constructor(stepper) {
		Object.assign(this, { stepper, key: null, dragged: false });
		this.form = stepper.at(".editor");
		this.input = stepper.at(".editor input");
		this.input.addEventListener("blur", () => this.leave());
	}

	// A field where the number stands; a number that leads to the goal shows its ways.
	open(k, part) {
		const { stepper, form, input } = this;
		const leads = stepper.book.goal && stepper.pass.ways(k, 1).ways.length;
		const learned = stepper.book.learned.some(({ name }) => k.startsWith(`${name}:`));
		stepper.chosen = leads && (learned || !stepper.book.learned.length) ? k : null;
		stepper.show();
		const spot = part.isConnected ? part : (stepper.at(`.net [data-edit="${k}"]`) ?? stepper.el);
		const a = (spot.querySelector("text") ?? spot).getBoundingClientRect();
		const b = stepper.el.getBoundingClientRect();
		form.hidden = input.ariaInvalid = false;
		form.querySelector("span").textContent = stepper.pass.name(k);
		form.querySelector("output").textContent = "";
		input.value = full(stepper.pass.value(k));
		// A slide may be drawn larger than it is laid out.
		const by = stepper.el.offsetWidth / b.width || 1;
		const left = (a.left - b.left + a.width / 2) * by - form.offsetWidth / 2;
		const most = stepper.el.offsetWidth - form.offsetWidth - 6;
		form.style.left = `${Math.max(4, Math.min(left, most))}px`;
		form.style.top = `${(a.top - b.top + a.height / 2) * by - 22}px`;
		this.key = k;
		stepper.focus(".editor input");
		input.select();
	}

	// By Enter ("entered"), by Escape ("cancel"), or by going elsewhere.
	leave(how) {
		const { stepper, form, input, key: k } = this;
		if (!k) return;
		let { value, why } = stepper.number(input.value);
		const changes = !why && how !== "cancel" && value !== stepper.pass.value(k);
		if (changes) {
			const found = stepper.pass.assigned(k, value);
			if (typeof found === "string") why = found;
		}
		if (why && how === "entered") {
			form.querySelector("output").textContent = why;
			input.ariaInvalid = true;
			return;
		}
		this.key = null;
		form.hidden = true;
		if (changes && !why) stepper.assign(k, value);
		if (how) stepper.focus(`.net [data-edit="${k}"][tabindex]`);
	}

	nudge(k, way, fine) {
		const { stepper } = this;
		const by = fine ? 0.01 : 0.1;
		const value = Math.round((stepper.pass.value(k) + way * by) * 1e6) / 1e6;
		if (Math.abs(value) <= LIMIT) stepper.announce(stepper.assign(k, value) || this.said(k));
	}

	said(k) {
		return `${this.stepper.pass.name(k)} is ${shown(this.stepper.pass.value(k))}`;
	}

	// From pointerdown on: a number follows the pointer sideways, a hundredth each pixel.
	grasp(event) {
		this.dragged = false;
		const part = event.target.closest(".net [data-edit]");
		if (!part || event.button) return;
		const { stepper } = this;
		const k = part.dataset.edit;
		const from = stepper.pass.value(k);
		const before = copy(stepper.s);
		let asked = 0;
		let x = event.clientX;
		const follow = () => {
			asked = 0;
			const value = Math.round((from + (x - event.clientX) / 100) * 100) / 100;
			if (value !== stepper.pass.value(k) && Math.abs(value) <= LIMIT)
				stepper.assign(k, value, false);
		};
		const move = (moved) => {
			if (moved.pointerId !== event.pointerId) return;
			if (!this.dragged && Math.abs(moved.clientX - event.clientX) < 4) return;
			this.dragged = true;
			moved.preventDefault();
			x = moved.clientX;
			asked ||= requestAnimationFrame(follow);
		};
		const end = () => {
			removeEventListener("pointermove", move);
			for (const type of ["pointerup", "pointercancel"]) removeEventListener(type, end);
			if (!this.dragged) return;
			cancelAnimationFrame(asked);
			follow();
			stepper.past = [...stepper.past.slice(-199), before];
			stepper.announce(this.said(k));
		};
		addEventListener("pointermove", move, { passive: false });
		for (const type of ["pointerup", "pointercancel"]) addEventListener(type, end);
	}
}

// ---- the player: a whole pass, shown and gone on with by itself

const DWELL = 700; // after what was shown
const BEFORE = 300; // before it is shown

class Player {
	constructor(stepper) {
		Object.assign(this, { stepper, on: false });
	}

	toggle() {
		if (this.on) return this.stop();
		const { stepper } = this;
		this.on = true;
		this.show();
		if (stepper.last && stepper.open) {
			stepper.seen.clear();
			stepper.go(0);
		}
		this.turn();
	}

	turn() {
		const { stepper } = this;
		if (!stepper.open) {
			stepper.reveal();
			this.wait(stepper.canvas.running.length ? LONGEST + DWELL / 2 : DWELL);
		} else if (stepper.last) this.stop();
		else {
			stepper.go(stepper.s.step + 1);
			this.wait(stepper.open ? DWELL : BEFORE);
		}
	}

	wait(time) {
		this.timer = setTimeout(() => this.turn(), time);
	}

	stop() {
		if (!this.on) return;
		clearTimeout(this.timer);
		this.on = false;
		this.show();
		this.stepper.announce();
	}

	show() {
		const own = this.stepper.at('[data-do="play"]');
		own.textContent = this.on ? "❚❚" : "▶\ufe0e";
		own.ariaLabel = this.on ? "Pause" : "Play";
	}
}

export default {
	render({ model, el }) {
		const instrument = new Instrument(model, el);
		return () => instrument.remove();
	},
};

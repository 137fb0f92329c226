// Plays a deck: fits every slide to the screen, then hands over to reveal.js.
(() => {
	const root = document.documentElement;
	const asked = new URLSearchParams(location.search);
	const WIDTH = 1280;
	const HEIGHT = 720;
	const ROOMY = 0; // text of 36 px
	const TIGHTEST = 3; // text of 28 px
	const SMALLEST_CODE = 22;

	// ---- theme: as early.js found it, or ?theme=dark; paper is white

	const printing = asked.has("print-pdf");
	root.dataset.theme = asked.get("theme") ?? (printing ? "light" : root.dataset.theme);

	function otherTheme() {
		root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
		try {
			localStorage.setItem("theme", root.dataset.theme);
		} catch {
			/* shut */
		}
	}

	// ---- fitting: no text under 28 px, nothing outside the slide

	const overfull = (slide) =>
		slide.scrollHeight > HEIGHT + 1 ||
		[...slide.children].some(
			(block) => block.offsetTop + block.offsetHeight - slide.offsetTop > HEIGHT - 24,
		);

	const shown = (slide) => [...slide.children].filter((block) => !block.matches("aside.notes"));

	function fit(slide) {
		for (let step = ROOMY; step <= TIGHTEST; step += 1) {
			slide.dataset.fit = step;
			shrinkWideBlocks(slide);
			if (!overfull(slide)) return scalePictures(slide, GROWING);
		}
		scalePictures(slide, SHRINKING);
		shrinkCode(slide);
		if (!overfull(slide)) return;
		slide.dataset.fit = TIGHTEST - 1;
		carryOver(slide);
	}

	// Code, tables and equations wider than the slide get smaller letters.
	function shrinkWideBlocks(slide) {
		for (const box of slide.querySelectorAll("pre, .math-scroll, .table-scroll, .output")) {
			const inner = box.querySelector("math, table") ?? box;
			inner.style.fontSize = "";
			box.style.whiteSpace = "";
			for (
				let size = parseFloat(getComputedStyle(inner).fontSize);
				size > SMALLEST_CODE;
				size -= 1
			) {
				if (box.scrollWidth <= box.clientWidth + 1) break;
				inner.style.fontSize = `${size - 1}px`;
			}
			if (box.scrollWidth > box.clientWidth + 1) box.style.whiteSpace = "pre-wrap";
		}
	}

	function shrinkCode(slide) {
		for (let size = 24; size >= SMALLEST_CODE && overfull(slide); size -= 1) {
			for (const code of slide.querySelectorAll("pre")) {
				code.style.fontSize = `${Math.min(size, parseFloat(getComputedStyle(code).fontSize))}px`;
			}
		}
	}

	function scalePictures(slide, scales) {
		for (const picture of slide.querySelectorAll("img")) {
			const { width, height } = picture.getBoundingClientRect();
			for (const by of scales.filter((by) => width * by <= picture.parentElement.clientWidth)) {
				picture.style.width = `${Math.floor(width * by)}px`;
				picture.style.height = `${Math.floor(height * by)}px`;
				if (!overfull(slide)) break;
			}
		}
	}

	// A picture takes the room that the text leaves it, and gives way to it.
	const GROWING = Array.from({ length: 17 }, (_, n) => 1.8 - n / 20);
	const SHRINKING = Array.from({ length: 8 }, (_, n) => 0.95 - n / 20);

	// The blocks that do not fit go on a slide of their own, below this one.
	function carryOver(slide) {
		const next = document.createElement("section");
		next.className = "page";
		const heading = shown(slide)[0]?.matches("h2, h3, h4, .under") ? shown(slide)[0] : null;
		const blocks = shown(slide).filter((block) => block !== heading);
		if (heading) {
			const again = heading.cloneNode(true);
			for (const anchor of again.querySelectorAll("[id]")) anchor.remove();
			if (!again.querySelector(".continued")) {
				again.insertAdjacentHTML("beforeend", ' <span class="continued">(continued)</span>');
			}
			next.append(again);
		}
		const kept = heading ? 1 : 0;
		const overflow = document.createDocumentFragment();
		while (overfull(slide) && shown(slide).length > kept) {
			const last = shown(slide).at(-1);
			if (!splitBlock(slide, last, overflow)) overflow.prepend(last);
		}
		// A line that leads to what follows, or asks what it answers, goes with it.
		const last = shown(slide).at(-1);
		const leads = /[:?]\s*$/.test(last?.textContent) && !last.querySelector("math[display]");
		if (overflow.firstElementChild && leads && shown(slide).length > kept + 1) {
			overflow.prepend(last);
		}
		if (!overflow.childElementCount || shown(slide).length === kept) {
			// One block fills more than a slide: it stays where it is, as small as may be.
			slide.append(...overflow.childNodes);
			slide.dataset.fit = TIGHTEST;
			if (blocks.length > 1) {
				next.append(...blocks.slice(1));
				slide.after(next);
				carryNotes(slide, next);
				fit(next);
			}
			return;
		}
		next.append(...overflow.childNodes);
		slide.after(next);
		carryNotes(slide, next);
		fit(next);
	}

	// Moves the tail of a block to `overflow`, if that is enough to make room.
	function splitBlock(slide, block, overflow) {
		const tail = block.cloneNode(false);
		tail.removeAttribute("id");
		if (block.matches("pre")) splitCode(slide, block, tail);
		else if (block.matches("table")) splitTable(slide, block, tail);
		else if (
			// A widget is one whole.
			!block.closest(".widget") &&
			block.matches(".fragment, ul, ol, .cell, .cell *, .table-scroll, [class*=highlight]")
		) {
			const count = block.children.length;
			const inner = document.createDocumentFragment();
			while (overfull(slide) && block.lastElementChild) {
				const last = block.lastElementChild;
				if (splitBlock(slide, last, inner)) break;
				inner.prepend(last);
			}
			tail.append(inner);
			if (tail.matches("ol")) tail.start = (block.start || 1) + count - tail.childElementCount;
		}
		if (overfull(slide) || !block.hasChildNodes() || !tail.hasChildNodes()) {
			block.append(...tail.childNodes);
			block.normalize();
			return false;
		}
		overflow.prepend(tail);
		return true;
	}

	// Between lines, where a blank line parts them if there is one in the lower half.
	function splitCode(slide, code, tail) {
		const lines = code.textContent.replace(/\n$/, "").split("\n");
		const all = code.cloneNode(true);
		const keep = (count) => {
			code.replaceChildren(...all.cloneNode(true).childNodes);
			tail.replaceChildren();
			if (count < lines.length) tail.append(afterLine(code, count));
			return !overfull(slide);
		};
		let most = lines.length;
		while (most > 3 && !keep(most)) most -= 1;
		const blank = lines.slice(0, most).lastIndexOf("");
		if (blank > most / 2 && most < lines.length) keep(blank + 1);
		if (lines.length - most > 0 && lines.length - most < 2 && most > 4) keep(most - 2);
	}

	// What follows a number of lines, cut out; marked pieces of a line stay marked.
	function afterLine(code, count) {
		const range = document.createRange();
		const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
		for (let left = count; walker.nextNode(); ) {
			for (let at = -1; (at = walker.currentNode.data.indexOf("\n", at + 1)) !== -1; ) {
				left -= 1;
				if (left > 0) continue;
				range.setStart(walker.currentNode, at + 1);
				range.setEndAfter(code.lastChild);
				return range.extractContents();
			}
		}
		return "";
	}

	function splitTable(slide, table, tail) {
		const rows = document.createElement("tbody");
		const body = table.tBodies[0];
		while (overfull(slide) && body?.rows.length > 1) rows.prepend(body.rows[body.rows.length - 1]);
		if (!rows.rows.length) return;
		if (table.tHead) tail.append(table.tHead.cloneNode(true));
		tail.append(rows);
	}

	function carryNotes(slide, next) {
		const notes = slide.querySelector(":scope > aside.notes");
		if (notes) next.append(notes.cloneNode(true));
	}

	// A widget takes the room that the text leaves it, at its tightest; it is never cut.
	function fitWidget(slide, widget) {
		slide.dataset.fit = TIGHTEST;
		for (const code of widget.querySelectorAll("details.code")) code.open = true;
		zoomOut(slide, widget, 1.3);
	}

	function zoomOut(slide, widget, from) {
		for (let zoom = from; zoom >= 0.5; zoom -= 0.02) {
			widget.style.zoom = zoom.toFixed(2);
			if (!overfull(slide)) return;
		}
	}

	// It grows when it answers or opens something: then it makes itself smaller.
	function keepWidgetsOnTheirSlides() {
		const observer = new ResizeObserver((entries) => {
			for (const { target } of entries) {
				const slide = target.closest(".page");
				if (overfull(slide)) zoomOut(slide, target, parseFloat(target.style.zoom) || 1);
			}
		});
		for (const widget of document.querySelectorAll(".page .widget")) observer.observe(widget);
	}

	function fitAll() {
		root.classList.add("fitting");
		const slides = [...document.querySelectorAll(".page")];
		for (const slide of slides) {
			if (slide.querySelector("h1")) slide.classList.add("title");
			const widget = slide.querySelector(".widget");
			if (widget) fitWidget(slide, widget);
			if (!widget || overfull(slide)) fit(slide);
		}
		root.classList.remove("fitting");
	}

	// Widgets come to life by their own scripts; a table that stays one is waited for in vain.
	async function alive() {
		const waiting = () => [...document.querySelectorAll("[data-widget]:not([hidden])")];
		for (let tries = 0; waiting().length && tries < 60; tries += 1) {
			await new Promise((next) => {
				setTimeout(next, 50);
			});
		}
	}

	// ---- playing

	// A key pressed inside a widget is the widget's; Escape gives the keys back. One pressed
	// in the speaker's window comes without a target, and is meant for the deck.
	function keysAreOurs(event) {
		if (!event.target) {
			document.activeElement.blur();
			return true;
		}
		const inside = event.target.closest?.(".widget");
		if (inside && event.key === "Escape") document.activeElement.blur();
		if (inside) return false;
		return !(event.target.closest?.("a, button, summary") && [" ", "Enter"].includes(event.key));
	}

	// Page turners send these two: they turn the deck wherever the focus is, and take it
	// out of what is left behind. Reveal would not hear them in a field.
	function turnPages(event) {
		const turn = { PageDown: Reveal.next, PageUp: Reveal.prev }[event.key];
		if (!turn || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
		if (Reveal.isPaused() || event.target.closest?.("dialog")) return;
		event.preventDefault();
		event.stopPropagation();
		document.activeElement.blur();
		turn();
	}

	function showKeys() {
		const here = ["In slides", "In a stepper", "In an exercise"];
		const table = new Map(window.bookKeyTable);
		window.bookKeys.show(
			null,
			here.map((part) => [part, table.get(part)]),
		);
	}

	async function play() {
		await Promise.all([...document.fonts].map((face) => face.load()));
		await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
		await alive();
		fitAll();
		await Reveal.initialize({
			width: WIDTH,
			height: HEIGHT,
			margin: 0,
			center: false,
			minScale: 0.1,
			maxScale: 4,
			hash: true,
			respondToHashChanges: true,
			navigationMode: "linear",
			slideNumber: "c/t",
			transition: "none",
			viewDistance: 100,
			help: false,
			pdfSeparateFragments: false,
			pdfMaxPagesPerSlide: 1,
			keyboardCondition: keysAreOurs,
			keyboard: { 84: otherTheme, 191: showKeys },
			plugins: [RevealNotes],
		});
		addEventListener("keydown", turnPages, { capture: true });
		if (!printing) keepWidgetsOnTheirSlides();
		root.dataset.ready = "yes";
	}

	play();
})();

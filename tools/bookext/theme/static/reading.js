// What helps a reader along on a page: "On this page" follows the text, links and letters
// show what they lead to, and a few keys. What is big is loaded when it is asked for.
(() => {
	const root = document.documentElement;
	const kept = window.bookKept; // progress.js

	// Loads a script or a style sheet of the book, once.
	const loading = new Map();
	function load(name) {
		if (!loading.has(name)) {
			const address = `${root.dataset.content_root}_static/${name}`;
			const element = name.endsWith(".css")
				? Object.assign(document.createElement("link"), { rel: "stylesheet", href: address })
				: Object.assign(document.createElement("script"), { src: address });
			loading.set(name, new Promise((done) => (element.onload = done)));
			document.head.append(element);
		}
		return loading.get(name);
	}
	const loadAll = (...names) => Promise.all(names.map(load));

	// ---- on this page

	// The sections of the page in their order, less those that the level hides.
	const sections = [...document.querySelectorAll("article section[id]")].slice(1);
	const shown = () => sections.filter((section) => section.getClientRects().length);
	const links = new Map(
		[...document.querySelectorAll(".sections a")].map((link) => [
			decodeURIComponent(link.hash.slice(1)),
			link,
		]),
	);
	let here; // the section that is being read

	// The last section that begins above a line. The line lies near the top of the window,
	// and goes down to its end as the page comes to its own, so that each has its turn.
	function current() {
		const left = root.scrollHeight - innerHeight - scrollY;
		const rest = Math.max(0, 1 - left / (innerHeight / 2));
		const line = 130 + Math.min(1, rest) * (innerHeight - 130);
		return shown().findLast((section) => section.getBoundingClientRect().top <= line);
	}

	function follow() {
		const now = current();
		if (now !== here) {
			here = now;
			mark();
		}
		kept?.at(here, shown());
	}

	function mark() {
		for (const link of links.values()) link.removeAttribute("aria-current");
		const link = links.get(here?.id);
		const said = document.querySelector(".sections .now");
		if (said) said.textContent = link?.textContent ?? "";
		if (!link) return;
		link.setAttribute("aria-current", "location");
		const list = link.closest(".sections > *, .sections");
		for (const box of [list, list.parentElement]) {
			if (box.scrollHeight <= box.clientHeight) continue;
			const at = link.getBoundingClientRect().top - box.getBoundingClientRect().top;
			if (at < 0 || at > box.clientHeight - 60) box.scrollTop += at - box.clientHeight / 2;
		}
	}

	let waiting = false;
	function soon() {
		if (waiting) return;
		waiting = true;
		requestAnimationFrame(() => {
			waiting = false;
			follow();
		});
	}

	function outline() {
		const button = document.querySelector(".sections button");
		const list = document.getElementById("outline");
		const open = (yes) => button.setAttribute("aria-expanded", String(yes));
		const isOpen = () => button.getAttribute("aria-expanded") === "true";
		button.addEventListener("click", () => {
			open(!isOpen());
			if (isOpen()) mark();
		});
		list.addEventListener("click", (event) => event.target.closest("a") && open(false));
		document.addEventListener("click", (event) => {
			if (!event.target.closest(".sections")) open(false);
		});
		button.parentElement.addEventListener("focusout", (event) => {
			if (event.relatedTarget && !button.parentElement.contains(event.relatedTarget)) open(false);
		});
		document.addEventListener("keydown", (event) => {
			if (event.key !== "Escape" || !isOpen()) return;
			open(false);
			button.focus();
		});
	}

	// ---- what links and letters stand for

	// Loads previews.js at the first thing that could be shown, and hands that over.
	function previews() {
		const kinds = ["pointerover", "focusin", "click"];
		let touched = false;
		const touch = ({ pointerType }) => {
			touched = pointerType === "touch";
		};
		async function first(event) {
			const target = event.target.closest?.("article a[href], article math *");
			const kind = event.type;
			if (!target || (kind === "click") !== touched) return;
			if (kind === "focusin" && !target.matches(":focus-visible")) return;
			// On a touch screen the first tap shows, and it must not go before it can.
			if (touched) event.preventDefault();
			for (const kind of kinds) removeEventListener(kind, first);
			for (const kind of ["pointerover", "pointerdown"]) removeEventListener(kind, touch);
			await loadAll("asked.css", "previews.js");
			const pointerType = touched ? "touch" : "mouse";
			const again = { bubbles: true, cancelable: true, pointerType };
			event.target.dispatchEvent(new PointerEvent(kind, again));
		}
		for (const kind of ["pointerover", "pointerdown"]) addEventListener(kind, touch);
		for (const kind of kinds) addEventListener(kind, first);
	}

	// A part of a formula in one line, as previews.py writes it: "δ_h", "∂E/∂v_ho", "f′"; a
	// bold letter as the letter it is.
	function lettersOf(node) {
		const parts = [...node.children].map(lettersOf);
		const between = { msub: "_", msup: "^", mover: "^", mfrac: "/" }[node.localName];
		if (between) return parts.join(between);
		if (node.localName === "msubsup") return `${parts[0]}_${parts[1]}^${parts[2]}`;
		return parts.length ? parts.join("") : node.textContent.trim().normalize("NFKC");
	}
	window.bookReading = { lettersOf };

	// ---- keys

	async function showKeys() {
		await loadAll("asked.css", "keys.js");
		window.bookKeys.show(kept);
	}

	const KEYS = {
		"?": showKeys,
		"/": () => document.querySelector(".top input[name=q]").focus(),
		n: () => document.querySelector("a[rel=next]")?.click(),
		p: () => document.querySelector("a[rel=prev]")?.click(),
	};

	function keys() {
		document.querySelector("button.keys").addEventListener("click", showKeys);
		document.addEventListener("keydown", (event) => {
			const { key, target } = event;
			if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
			if (target.closest("input, textarea, select, dialog, [contenteditable]")) return;
			if (!Object.hasOwn(KEYS, key) || kept?.get("keys") === false) return;
			event.preventDefault();
			KEYS[key]();
		});
	}

	if (links.size) outline();
	follow();
	addEventListener("scroll", soon, { passive: true });
	addEventListener("resize", soon);
	// Another level shows other sections.
	document.addEventListener("change", soon);
	previews();
	keys();
})();

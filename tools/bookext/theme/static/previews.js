// Shows what a link leads to, or what a letter of a formula is, beside it.
//
// reading.js loads this when a reader first points at, tabs to or taps something that can
// be shown. What is shown comes from the scripts of previews.py, loaded when asked for.
(() => {
	const OPEN = 250; // milliseconds of pointing before it opens, and before it shuts
	const SHUT = 250;
	const GAP = 8;

	const root = new URL(document.documentElement.dataset.content_root, location.href).href;
	const data = new Map();
	window.bookPreviews = { set: (name, value) => data.set(name, value) };

	const loading = new Map();
	function load(name) {
		if (!loading.has(name)) {
			const script = document.createElement("script");
			script.src = `${root}_static/previews/${name}.js`;
			loading.set(name, new Promise((done) => (script.onload = script.onerror = done)));
			document.head.append(script);
		}
		return loading.get(name);
	}

	// ---- links

	const place = (address) => address.href.slice(root.length).split(/[?#]/)[0] || "index.html";
	// The pages of the book: those that the contents list, this one and the front page.
	const known = new Set(["index.html", place(location)]);
	for (const link of document.querySelectorAll(".contents a")) known.add(place(link));

	const canShow = (link) =>
		link.href.startsWith(root) && known.has(place(link)) && !link.matches(".headerlink");

	async function ofLink(link) {
		const page = place(link);
		await load(page.replace(/\.html$/, "").replaceAll("/", "."));
		const found = data.get(page)?.[decodeURIComponent(link.hash.slice(1))];
		if (!found || (page === place(location) && !link.hash)) return undefined;
		const [name, said, shown, where] = found;
		return { name, said, shown, where, href: link.href };
	}

	// ---- letters

	const written = window.bookReading.lettersOf; // reading.js
	const isBold = (node) => /^[\u{1d400}-\u{1d7ff}]/u.test(node.textContent.trim());

	// The parts of a formula that a token may be meant as part of, the largest first.
	function around(token) {
		const found = [token];
		for (let node = token; node.parentElement && node.localName !== "math"; ) {
			const script = /^(msub|msup|msubsup|mfrac|mover)$/.test(node.parentElement.localName);
			const prime = node.nextElementSibling?.textContent === "′" && node.parentElement;
			node = node.parentElement;
			if (script || prime) found.unshift(node);
		}
		return found;
	}

	// The marks of the page that say which module its formulas are about from there on.
	function marks() {
		const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
		const found = [];
		while (walker.nextNode()) if (named(walker.currentNode)) found.push(walker.currentNode);
		return found;
	}
	const named = (mark) => mark.data.match(/^\s*model:\s*(\w+)/)?.[1];
	function moduleOf(node) {
		const before = marks().findLast(
			(mark) => mark.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING,
		);
		return before ? named(before) : (data.get("about")?.[place(location)] ?? "backprop");
	}

	// The letters that this page writes with an index.
	let indexed;
	function isIndexed(name) {
		indexed ??= new Set([...document.querySelectorAll("article msub")].map(written));
		return indexed.has(name);
	}

	// The entry of a letter: as it is written, without numbers in its indices, or one of
	// whose indices some or all are left out, as they are of a whole array.
	function row(rows, node, own) {
		const name = written(node);
		const plain = name.replace(/\d/g, "");
		for (const one of [name, plain]) if (Object.hasOwn(rows, one)) return [one, rows[one]];
		const [base, indices = ""] = plain.split("^")[0].split("_");
		if (!own || !/\p{L}/u.test(base)) return undefined;
		const alike = Object.keys(rows).filter((one) => one.split("_")[0] === base);
		const [one] = alike;
		if (alike.length !== 1 || [...indices].some((letter) => !one.split("_")[1]?.includes(letter)))
			return undefined;
		return one === base || isBold(node) || isIndexed(one) ? [one, rows[one]] : undefined;
	}

	// "slope of E, the error, by N_o, net input of output unit o": of a fraction that has no
	// words of its own.
	function slope(rows, node, own) {
		if (node.localName !== "mfrac") return undefined;
		const parts = [...node.children].map((part) => {
			const [sign, letter, ...more] = part.children;
			const found = sign?.textContent === "∂" && letter && !more.length && row(rows, letter, own);
			return found && `${asMath(letter)}, ${found[1][0]}`;
		});
		return parts.every(Boolean) && [`slope of ${parts.join(", by ")}`, "", "", "", ""];
	}

	// "h = 2", of the letter w_ih written w_{i1h2}.
	function which(name, plain) {
		const [, indices = ""] = plain.split("_");
		const numbers = [
			...name
				.split("_")
				.at(-1)
				.matchAll(/(\p{L})(\d+)/gu),
		];
		const said = numbers.filter(([, letter]) => indices.includes(letter));
		return said.map(([, letter, number]) => `${letter} = ${number}`).join(", ");
	}

	async function letter(token) {
		await Promise.all([load("letters"), load("about")]);
		const all = data.get("letters") ?? {};
		const module = moduleOf(token);
		// What another module of the page calls exactly so may be meant as well.
		const others = [...new Set([...marks().map(named), "backprop"])].filter((m) => m !== module);
		for (const [rows, own] of [
			[all[module], true],
			...others.map((other) => [all[other], false]),
		]) {
			for (const node of rows ? around(token) : []) {
				const name = written(node);
				const [plain, found] = row(rows, node, own) ?? [name, slope(rows, node, own)];
				if (!found) continue;
				const [words, size, code, number, address] = found;
				return { node, name, plain, words, size, code, number, address };
			}
		}
		return undefined;
	}

	const asMath = (...nodes) => {
		const math = document.createElementNS("http://www.w3.org/1998/Math/MathML", "math");
		math.append(...nodes.map((node) => node.cloneNode(true)));
		for (const marked of math.querySelectorAll(".explained")) marked.classList.remove("explained");
		return math.outerHTML;
	};

	async function ofLetter(token) {
		const found = await letter(token);
		if (!found) return undefined;
		const { node, name, plain, words, size, code, number, address } = found;
		const here = which(name, plain);
		const facts = [
			here && `here ${here}`,
			size && (size.startsWith("(") ? `array of size ${size}` : size),
			code && `in code <code>${code}</code>`,
		];
		return {
			label: `The letter ${name}`,
			name: asMath(node),
			said: words,
			shown: `<p>${facts.filter(Boolean).join("; ")}</p>`,
			where: number && `first in ${number}`,
			href: address && root + address,
			node,
		};
	}

	// All letters of a displayed formula, each once: what its own number shows.
	async function ofFormula(block) {
		const rows = new Map();
		for (const token of block.querySelectorAll("math mi")) {
			const found = await letter(token);
			const index = found?.words.startsWith("index:");
			if (found && !index && !rows.has(found.plain)) rows.set(found.plain, found);
		}
		if (!rows.size) return undefined;
		const lines = [...rows.values()].map(
			({ node, words, size }) => `<dt>${asMath(node)}</dt><dd>${words}${size && `, ${size}`}</dd>`,
		);
		const number = block.querySelector(".number").textContent;
		return { name: `The letters of ${number}`, said: "", shown: `<dl>${lines.join("")}</dl>` };
	}

	// ---- the box

	const box = document.createElement("div");
	box.className = "preview";
	box.id = "preview";
	box.setAttribute("role", "dialog");
	box.hidden = true;
	document.body.append(box);
	let asked; // the element it is open for
	let marked; // the letter that is marked
	let timer;
	let tabbed = false; // it is, or will be, open for a reader who tabs: the mouse leaves it
	let turn = 0; // what is loaded too late is not shown

	function shut() {
		clearTimeout(timer);
		turn++;
		if (!asked) return;
		if (box.contains(document.activeElement)) asked.focus?.();
		asked.removeAttribute("aria-describedby");
		if (asked.dataset.title) asked.title = asked.dataset.title;
		marked?.classList.remove("explained");
		box.hidden = true;
		asked = marked = undefined;
	}

	function fill({ label, name, said, shown, where, href }) {
		const title = href ? `<a href="${href}">${name}</a>` : name;
		box.innerHTML =
			`<p class="name">${title}${where ? ` <span>${where}</span>` : ""}</p>` +
			`${said ? `<p>${said}</p>` : ""}<div class="what">${shown}</div>`;
		box.setAttribute("aria-label", label ?? name);
		// What is shown has its addresses from the book's root.
		for (const link of box.querySelectorAll(".what a, .what + p a")) {
			link.href = new URL(link.getAttribute("href"), root).href;
		}
		for (const image of box.querySelectorAll("img")) {
			image.src = new URL(image.getAttribute("src"), root).href;
			image.onload = () => asked && put();
		}
	}

	function put() {
		const at = (marked ?? asked).getClientRects()[0];
		if (!at) return;
		const wide = document.documentElement.clientWidth;
		box.style.left = "0";
		const left = Math.max(GAP, Math.min(at.left, wide - box.offsetWidth - GAP));
		const below = innerHeight - at.bottom - GAP >= box.offsetHeight;
		const above = !below && at.top - GAP - 60 >= box.offsetHeight;
		const top = above ? at.top - GAP - box.offsetHeight : at.bottom + GAP;
		box.style.left = `${left + scrollX}px`;
		box.style.top = `${top + scrollY}px`;
	}

	async function open(element) {
		if (asked === element) return true;
		const mine = ++turn;
		const own = element.matches(".math-number > .number") && element.closest(".math-block");
		const found = own
			? await ofFormula(own)
			: element.localName === "a"
				? await ofLink(element)
				: await ofLetter(element);
		if (!found) return false;
		if (mine !== turn) return true;
		shut();
		asked = element;
		marked = found.node;
		marked?.classList.add("explained");
		fill(found);
		box.hidden = false;
		put();
		asked.setAttribute("aria-describedby", "preview");
		// Else the browser would lay its own box over this one.
		if (asked.title) {
			asked.dataset.title = asked.title;
			asked.removeAttribute("title");
		}
		return true;
	}

	// ---- pointing, tabbing, tapping

	// What can be shown at a place of the page: a link or a token of a formula.
	function showable(target) {
		if (!target.closest?.("article")) return undefined;
		const link = target.closest("a[href]");
		if (link) return canShow(link) ? link : undefined;
		// A widget has its own to say of its formulas.
		if (target.closest("[data-widget] + *")) return undefined;
		return target.closest("math mi, math mn, math mo");
	}

	function soon(act, after) {
		clearTimeout(timer);
		timer = setTimeout(act, after);
	}

	addEventListener("pointerover", (event) => {
		if (event.pointerType === "touch") return;
		if (box.contains(event.target)) return tabbed || clearTimeout(timer);
		const element = showable(event.target);
		if (element) {
			tabbed = false;
			soon(() => open(element), OPEN);
		} else if (!tabbed) soon(shut, SHUT);
	});
	addEventListener("focusin", ({ target }) => {
		if (box.contains(target)) return clearTimeout(timer);
		const element = target.matches(":focus-visible") && showable(target);
		tabbed = Boolean(element);
		if (element) soon(() => open(element), OPEN);
		else soon(shut, 0);
	});

	// A first tap shows, a second goes.
	let touched = false;
	addEventListener("pointerdown", (event) => {
		touched = event.pointerType === "touch";
	});
	addEventListener("click", (event) => {
		if (!(touched || event.pointerType === "touch") || box.contains(event.target)) return;
		const element = showable(event.target);
		if (!element || element === asked) return element || shut();
		event.preventDefault();
		open(element).then((shown) => {
			if (shown) return;
			shut();
			if (element.localName === "a") location.href = element.href;
		});
	});

	// Escape shuts it; Tab goes into it and comes back to where it was.
	addEventListener("keydown", (event) => {
		if (box.hidden) return;
		if (event.key === "Escape") {
			event.preventDefault();
			return shut();
		}
		if (event.key !== "Tab") return;
		const stops = [...box.querySelectorAll("a")];
		const at = stops.indexOf(document.activeElement);
		if (document.activeElement === asked && !event.shiftKey && stops.length) {
			event.preventDefault();
			stops[0].focus();
		} else if (at === 0 && event.shiftKey) {
			event.preventDefault();
			asked.focus();
		} else if (at >= 0 && at === stops.length - 1 && !event.shiftKey) {
			shut(); // and the key goes on from where it was opened
			clearTimeout(timer);
		}
	});
	addEventListener("hashchange", shut);
	addEventListener("beforeprint", shut);
})();

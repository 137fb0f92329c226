// What a page does besides lying there: theme, contents on a phone, copy buttons, and
// scrolling boxes that the keyboard can reach. Every page reads well without it.
(() => {
	const root = document.documentElement;

	function showTheme() {
		const button = document.querySelector("button.theme");
		const other = root.dataset.theme === "dark" ? "Light theme" : "Dark theme";
		button.querySelector("span").textContent = other;
		button.title = other;
	}

	function themeButton() {
		showTheme();
		document.querySelector("button.theme").addEventListener("click", () => {
			root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
			try {
				localStorage.setItem("theme", root.dataset.theme);
			} catch {
				/* shut */
			}
			showTheme();
		});
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
			let chosen = null;
			try {
				chosen = localStorage.getItem("theme");
			} catch {
				/* shut */
			}
			if (!chosen) root.dataset.theme = event.matches ? "dark" : "light";
			showTheme();
		});
	}

	function contentsButton() {
		const button = document.querySelector("button.menu");
		const contents = document.getElementById("contents");
		const open = (yes) => {
			button.setAttribute("aria-expanded", String(yes));
			contents.classList.toggle("open", yes);
		};
		button.addEventListener("click", () => {
			open(button.getAttribute("aria-expanded") !== "true");
		});
		document.addEventListener("keydown", (event) => {
			if (event.key !== "Escape" || !contents.classList.contains("open")) return;
			open(false);
			button.focus();
		});
		const here = contents.querySelector("a.current");
		if (here) {
			here.setAttribute("aria-current", "page");
			contents.scrollTop = here.offsetTop - contents.clientHeight / 2;
		}
	}

	// Only a box that does scroll becomes a stop of the Tab key.
	function scrollingBoxes() {
		const names = [
			[".math-scroll:not(.math-inline)", "Wide equation"],
			["article pre", "Wide code"],
			[".table-scroll", "Wide table"],
			["[data-widget]", "Table of numbers"],
			[".cell_output .output, .cell_output", "Wide output"],
			["figure", "Wide figure"],
		];
		const mark = (box, name) => {
			const scrolls = box.scrollWidth > box.clientWidth + 1;
			box.classList.toggle("scrolls", scrolls);
			if (scrolls) {
				box.tabIndex = 0;
				box.setAttribute("role", "group");
				box.setAttribute("aria-label", `${name}, scrolls sideways`);
			} else if (box.getAttribute("aria-label")?.endsWith("scrolls sideways")) {
				for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
			}
		};
		// Inline mathematics does not break. Where it is wider than a phone's column, it too
		// becomes a box; measured without, for a box's baseline is not the line's.
		const inline = [...document.querySelectorAll(".math-inline")];
		const column = "p, li, dd, td, th, h1, h2, h3, figcaption, summary";
		const fitInline = () => {
			for (const formula of inline) formula.classList.remove("math-scroll");
			const wide = inline.map((formula) => {
				const room = formula.closest(column)?.clientWidth;
				return formula.firstElementChild.getBoundingClientRect().width > room;
			});
			for (const [k, formula] of inline.entries()) {
				formula.classList.toggle("math-scroll", wide[k]);
				if (wide[k] || formula.tabIndex === 0) mark(formula, "Wide equation");
			}
		};
		let width;
		new ResizeObserver(([{ contentRect }]) => {
			if (contentRect.width !== width) fitInline();
			width = contentRect.width;
		}).observe(document.querySelector("article"));
		const boxes = new Map();
		const observer = new ResizeObserver((entries) => {
			for (const { target } of entries) mark(target, boxes.get(target));
		});
		for (const [selector, name] of names) {
			for (const box of document.querySelectorAll(selector)) {
				boxes.set(box, name);
				observer.observe(box);
			}
		}
	}

	function copyButtons() {
		if (!navigator.clipboard) return;
		for (const block of document.querySelectorAll("article .highlight")) {
			const code = block.querySelector("pre");
			if (!code || block.closest(".cell_output, .annotated")) continue;
			const button = document.createElement("button");
			button.type = "button";
			button.className = "copy";
			button.textContent = "Copy";
			button.addEventListener("click", async () => {
				await navigator.clipboard.writeText(code.innerText.replace(/\n$/, ""));
				button.textContent = "Copied";
				setTimeout(() => {
					button.textContent = "Copy";
				}, 1500);
			});
			block.append(button);
		}
	}

	// The level the reader chose is shown, the others make room; book.css hides them.
	function levels() {
		const buttons = [...document.querySelectorAll(".levels input")];
		if (!buttons.length) return;
		const choose = (level) => {
			root.dataset.level = level;
			for (const button of buttons) button.checked = button.value === level;
			try {
				localStorage.setItem("level", level);
			} catch {
				/* shut */
			}
		};
		choose(root.dataset.level);
		for (const button of buttons) {
			button.addEventListener("change", () => choose(button.value));
		}
		// A link to a level, or into one, chooses it.
		const follow = () => {
			const target = document.getElementById(location.hash.slice(1));
			const level = target?.closest("section[data-level]")?.dataset.level;
			if (level && root.dataset.level !== "all") choose(level);
		};
		follow();
		addEventListener("hashchange", follow);
	}

	// On paper everything is open but code and widgets, and afterwards as it was.
	function printing() {
		let shut = [];
		addEventListener("beforeprint", () => {
			shut = [...document.querySelectorAll("details:not([open], .hide, .widget *)")];
			for (const details of shut) details.open = true;
		});
		addEventListener("afterprint", () => {
			for (const details of shut) details.open = false;
		});
	}

	// A link into a folded answer opens it.
	function unfold() {
		const target = location.hash && document.getElementById(location.hash.slice(1));
		for (let at = target; at; at = at.parentElement) {
			if (at.tagName === "DETAILS") at.open = true;
		}
		if (target) target.scrollIntoView();
	}

	themeButton();
	contentsButton();
	scrollingBoxes();
	copyButtons();
	printing();
	levels();
	unfold();
	addEventListener("hashchange", unfold);
})();

// What a reader has done, kept in this browser under one name and nowhere else: the
// sections read, the answers given, and the place to go on from.
//
// It runs where it stands, before the text is drawn, so that what it adds moves nothing.
//   bookKept.get(name), set(name, value)   one thing that is kept; undefined if it is not
//   bookKept.at(section, sections)         reading.js says where the reader is
// An exercise that is judged sends "answered", with what was asked and typed and whether
// that is right; one that comes to life sends "asked", and is told what was typed before.
(() => {
	const NAME = "backpropagation-line-by-line";
	const root = new URL(document.documentElement.dataset.content_root, location.href).href;
	const pageOf = (link) => link.href.slice(root.length).split(/[?#]/)[0] || "index.html";
	const page = pageOf(location);
	const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

	// Whatever is stored there, by whomever, gives an object; nothing is trusted in it.
	function stored() {
		try {
			const found = JSON.parse(localStorage.getItem(NAME));
			return isObject(found) ? found : {};
		} catch {
			return {};
		}
	}
	function store(all) {
		try {
			localStorage.setItem(NAME, JSON.stringify(all));
		} catch {
			/* shut, or full */
		}
	}
	const get = (name) => stored()[name];
	const set = (name, value) => store({ ...stored(), [name]: value });
	// Of a page: a list of names, or an object of texts.
	function of(name, page) {
		const pages = get(name);
		return isObject(pages) && Object.hasOwn(pages, page) ? pages[page] : undefined;
	}
	const put = (name, page, value) => {
		const pages = get(name);
		set(name, { ...(isObject(pages) ? pages : {}), [page]: value });
	};

	// ---- sections read

	const texts = (list) => (Array.isArray(list) ? list.filter((id) => typeof id === "string") : []);
	const read = new Set(texts(of("read", page)?.ids));
	const seconds = new Map(); // that the reader was in a section
	const words = (section) => section.textContent.split(/\s+/).length;
	let now = { section: undefined, sections: [] };
	let forgotten = false;

	// How far each chapter has been read, beside its name in the contents.
	function marks() {
		for (const link of document.querySelectorAll(".contents a")) {
			const { ids, of: all } = of("read", pageOf(link)) ?? {};
			const done = Math.min(texts(ids).length, all);
			link.querySelector(".done")?.remove();
			if (!(done > 0)) continue;
			const mark = document.createElement("span");
			mark.className = "done";
			mark.textContent = done === all ? "read" : `${done}/${all}`;
			mark.title = `${done} of ${all} sections read`;
			link.append(" ", mark);
		}
		for (const link of document.querySelectorAll(".sections a")) {
			link.classList.toggle("read", read.has(decodeURIComponent(link.hash.slice(1))));
		}
	}

	// The section that has its end in view and in which the reader has been for as long as
	// a quick one needs.
	function tick() {
		const { section, sections } = now;
		if (!section || document.hidden || forgotten) return;
		seconds.set(section, (seconds.get(section) ?? 0) + 1);
		if (read.has(section.id)) return;
		const next = sections[sections.indexOf(section) + 1];
		const end = (next ?? document.querySelector("footer")).getBoundingClientRect().top;
		if (end > innerHeight || seconds.get(section) < Math.min(15, words(section) / 20)) return;
		read.add(section.id);
		keep();
	}

	function keep() {
		const shown = new Set(now.sections.map(({ id }) => id));
		const ids = [...read].filter((id) => shown.has(id));
		put("read", page, { ids, of: shown.size });
		marks();
	}

	function at(section, sections) {
		if (section && section !== now.section && page !== "index.html" && !forgotten) {
			const title = document.querySelector("h1");
			const named = (heading) => heading.textContent.replace(/#$/, "").replace(/\s+/g, " ").trim();
			set("place", {
				page,
				anchor: section.id,
				title: named(title),
				section: named(section.querySelector("h2, h3, h4")),
			});
		}
		now = { section, sections };
	}

	// ---- on the front page: go on where you were

	function goOn() {
		const place = get("place");
		const names = ["page", "anchor", "title", "section"];
		if (!isObject(place) || names.some((name) => typeof place[name] !== "string")) return;
		const known = [...document.querySelectorAll(".contents a")].find(
			(link) => pageOf(link) === place.page,
		);
		if (!known) return;
		const link = document.createElement("a");
		link.href = `${known.href.split("#")[0]}#${encodeURIComponent(place.anchor)}`;
		link.textContent = `Go on where you were: ${place.title}, “${place.section}”`;
		const line = document.createElement("p");
		line.className = "resume";
		line.append(link);
		document.getElementById("main").prepend(line);
	}

	// ---- answers

	const answers = of("answers", page);
	const given = new Map(isObject(answers) ? Object.entries(answers) : []);
	// Which of the page's widgets asks, and what: two may ask for a quantity of one name.
	function asked({ target, detail }) {
		const widgets = [...document.querySelectorAll("[data-widget]")];
		return `${widgets.indexOf(target.previousElementSibling)} ${detail.asked}`;
	}
	document.addEventListener("answered", (event) => {
		if (!event.detail.right || forgotten) return;
		given.set(asked(event), event.detail.text);
		put("answers", page, Object.fromEntries(given));
	});
	document.addEventListener("asked", (event) => {
		const text = given.get(asked(event));
		if (typeof text === "string") event.detail.restore(text);
	});

	// ---- what is kept, and how to be rid of it

	function forgetting() {
		const button = document.querySelector("button.forget");
		button?.addEventListener("click", () => {
			forgotten = true;
			for (const name of [NAME, "theme", "level"]) {
				try {
					localStorage.removeItem(name);
				} catch {
					/* shut */
				}
			}
			read.clear();
			given.clear();
			marks();
			document.querySelector(".resume")?.remove();
			button.closest("p").querySelector("[role=status]").textContent = "All of it is forgotten.";
		});
	}

	window.bookKept = { get, set, at };
	// The drawing beside the text (theme/beside.js) was folded away.
	if (get("beside") === false) document.documentElement.dataset.beside = "folded";
	marks();
	if (page === "index.html") goOn();
	document.addEventListener("DOMContentLoaded", () => {
		marks();
		forgetting();
		setInterval(tick, 1000);
	});
})();

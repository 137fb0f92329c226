// Looks for the words of ?q=… in SECTIONS: [address, title of the page, title, text].
(() => {
	const MOST = 20;
	const BEFORE = 70;
	const AFTER = 170;

	const query = new URLSearchParams(location.search).get("q")?.trim() ?? "";
	for (const input of document.querySelectorAll("input[name=q]")) input.value = query;
	if (!query) return;

	// A pattern for what begins as a word does without its -s, -ed or -ing.
	const beginning = (word) => {
		const stem = word.replace(/(?<=\p{L}{3})s$|(?<=\p{L}{4})(?:ed|ing)$/iu, "");
		return `(?<![\\p{L}\\p{N}])${stem.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}`;
	};
	const stems = query
		.split(/[\s"“”]+/)
		.filter(Boolean)
		.map(beginning);
	const words = stems.map((stem) => new RegExp(stem, "giu"));
	const phrase = new RegExp(stems.join("[\\p{L}\\p{N}]*[\\s-]+"), "iu");
	const any = new RegExp(`(?:${stems.join("|")})[\\p{L}\\p{N}]*`, "giu");

	// How well a section answers: 0 where a word is missing.
	function score([address, page, title, text]) {
		const name = `${page} ${address.split("#")[0]}`;
		let sum = 0;
		for (const word of words) {
			const times = (text.match(word) ?? []).length;
			const named = (title.match(word) ?? []).length;
			if (!times && !named) return 0;
			sum += Math.log2(1 + Math.min(times, 7)) + (named ? 8 : 0);
		}
		if (phrase.test(text)) sum += 4;
		if (phrase.test(title)) sum += 6;
		if (phrase.test(name)) sum += title === page ? 20 : 8;
		return sum;
	}

	// The piece of a text around the words, cut between words.
	function excerpt(text) {
		const found = text.search(phrase);
		const at = found < 0 ? Math.max(0, text.search(words[0])) : found;
		const start = at > BEFORE ? text.indexOf(" ", at - BEFORE) + 1 : 0;
		const more = text.length > at + AFTER;
		const end = more ? text.lastIndexOf(" ", at + AFTER) : text.length;
		const piece = text.slice(start, end > at ? end : at + AFTER);
		return `${start ? "… " : ""}${piece}${more ? " …" : ""}`;
	}

	// Puts a text into an element, with its words marked.
	function fill(element, text) {
		let end = 0;
		for (const found of text.matchAll(any)) {
			const mark = document.createElement("mark");
			mark.textContent = found[0];
			element.append(text.slice(end, found.index), mark);
			end = found.index + found[0].length;
		}
		element.append(text.slice(end));
		return element;
	}

	function item([address, page, title, text]) {
		const link = document.createElement("a");
		link.href = address;
		link.textContent = title;
		const entry = document.createElement("li");
		entry.append(link);
		if (title !== page) {
			const where = document.createElement("span");
			where.textContent = page;
			entry.append(" ", where);
		}
		entry.append(fill(document.createElement("p"), excerpt(text)));
		return entry;
	}

	const best = SECTIONS.map((section) => [score(section), section])
		.filter(([points]) => points > 0)
		.sort(([a], [b]) => b - a)
		.map(([, section]) => section);
	const counted = best.length === 1 ? "One section" : `${best.length} sections`;
	document.getElementById("found").textContent = best.length
		? counted + (best.length > MOST ? `. These are the best ${MOST}.` : ".")
		: `No section holds all the words of “${query}”.`;
	document.getElementById("results").append(...best.slice(0, MOST).map(item));
})();

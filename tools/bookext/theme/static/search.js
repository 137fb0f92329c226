// Looks for the words of ?q=… in SECTIONS: [address, title of the page, title, text,
// equations it gives, each as [number, name, left side]].
//
// An equation that is asked for comes before the sections: by its number, (4.2); as a
// slope, dE/dw; or as a derivative, function or formula by its name, "ReLU derivative".
//
// A word is found by its beginning, without its ending, in any accents and case; a Greek
// letter by its name too. Where no section holds all the words, a word that none has is
// read as one that some have, and then the sections come that hold most.
(() => {
	const MOST = 20; // results
	const WORDS = 12; // of a query
	const BEFORE = 70; // characters of an excerpt before the first word, and after it
	const AFTER = 190;

	const COMMON = new Set(
		"a an and are as at be by can do does for from how i in is it its me my of on or that the there this to was what when where which who why with you".split(
			" ",
		),
	);
	const GREEK =
		"alpha α beta β gamma γ delta δ epsilon ε eta η theta θ lambda λ mu μ pi π rho ρ sigma σ phi φ".split(
			" ",
		);
	// What others call it -> what this book does.
	const CALLED = new Map(
		[
			["slope", "derivative derivatives partial gradient"],
			["error", "cost loss objective"],
			["logistic", "sigmoid"],
			["instructor", "teacher teachers teaching lecturer lecturers"],
		].flatMap(([ours, others]) => others.split(" ").map((other) => [other, ours])),
	);
	// "Cost function" and "error signal" are one word here, and "equation" says only what is looked for.
	const spoken = (query) =>
		query
			.replace(/\berror signals?\b/giu, "delta")
			.replace(/\b(cost|loss|objective|error)\s+functions?\b/giu, "$1")
			.replace(/\b(?:equations?|eq\.?)(?=\s*\(?\d+\.\d)/giu, "");
	const EDGE = "(?<![\\p{L}\\p{N}])";

	// Small letters without accents, each character in its place.
	const folded = (text) =>
		text
			.replace(/[^\0-\x7f]/g, (c) =>
				"′’‘".includes(c) ? "'" : c.normalize("NFD")[0].toLowerCase()[0],
			)
			.toLowerCase();

	const MODULE = / \(\w+\.py[^)]*\)$/;

	// ---- what is asked

	function words(query) {
		const all =
			folded(spoken(query.slice(0, 400))).match(
				/\d+\.\d+|[\p{L}\p{N}∂∇]+(?:[-_'][\p{L}\p{N}]+)*'?/gu,
			) ?? [];
		const telling = all.filter((word) => !COMMON.has(word));
		return [...new Set(telling.length ? telling : all)].slice(0, WORDS);
	}

	// What a word, or ours for it, looks like in a text, as the source of a pattern.
	function pattern(word) {
		const ours = CALLED.get(word);
		return ours ? `(?:${form(word)}|${form(ours)})` : form(word);
	}

	function form(word) {
		if (word.includes(".")) return `${EDGE}${word.replace(".", "\\.")}(?!\\p{N})`;
		const [letter, index] = word.split("_");
		const named = GREEK.indexOf(letter);
		if (named >= 0) {
			const [name, sign] = GREEK.slice(named - (named % 2), named - (named % 2) + 2);
			return index === undefined
				? `${EDGE}(?:${name}|${sign})`
				: `${EDGE}(?:${name}_${index}|${sign}${index})`;
		}
		if (index !== undefined) return `${EDGE}${letter}_?${index}(?![\\p{L}\\p{N}])`;
		if (word.includes("-")) return EDGE + word.split("-").join("[-‐‑–\\s]?");
		if (word.length < 3) return `${EDGE}${word}(?![\\p{L}\\p{N}])`;
		const stem = word.replace(/(?<=\p{L}{3})s$|(?<=\p{L}{4})(?:ed|ing)$/u, "");
		return EDGE + [...stem].join("-?");
	}

	// ---- what there is

	const named = (equations) =>
		equations.map(([, name, side]) => `${name.replaceAll("-", " ")} ${side}`).join(". ");
	const places = SECTIONS.map(([address, page, title, text, equations = []]) => ({
		address,
		page,
		title,
		text,
		words: folded(text),
		name: folded(`${title}. ${named(equations)}`),
		equations,
		isList: MODULE.test(title),
		above: title === page ? "" : folded(page),
	}));
	const usual = places.reduce((sum, place) => sum + place.words.length, 0) / places.length;

	function count(text, found) {
		let times = 0;
		for (const _ of text.matchAll(found)) if (++times > 20) break;
		return times;
	}

	// How often each place has a word; what stands in its title, or above it, weighs more.
	function weights(source) {
		const found = new RegExp(source, "gu");
		return places.map((place) => {
			const times = count(place.words, found) + 6 * Math.min(1, count(place.name, found));
			return times && times + 2 * Math.min(1, count(place.above, found));
		});
	}

	// Two words that stand together somewhere and begin as the two halves of a word do:
	// "gradient check" of "gradcheck".
	function halves(word) {
		for (let cut = 3; cut <= word.length - 3; cut++) {
			const source = `${EDGE}${word.slice(0, cut)}\\p{L}*[-‐‑–\\s]${word.slice(cut)}`;
			const pair = new RegExp(source, "u");
			if (places.some((place) => pair.test(place.words))) return source;
		}
		return undefined;
	}

	// A word of the book that is spelt nearly so, the most frequent of the nearest.
	function nearest(word) {
		const times = new Map();
		for (const place of places) {
			for (const [known] of place.words.matchAll(/\p{L}{4,}/gu)) {
				times.set(known, (times.get(known) ?? 0) + 1);
			}
		}
		let best;
		for (const [known, often] of times) {
			const away = distance(word, known, word.length < 6 ? 1 : 2);
			const points = away * 1000 - Math.min(often, 999);
			if (away < Infinity && !(best?.points <= points)) best = { known, points };
		}
		return best?.known;
	}

	// How many letters to change, leave out, put in or swap; Infinity if more than `most`.
	function distance(a, b, most) {
		if (Math.abs(a.length - b.length) > most) return Infinity;
		let [older, old] = [[], Array.from({ length: b.length + 1 }, (_, k) => k)];
		for (let i = 1; i <= a.length; i++) {
			const row = [i];
			for (let j = 1; j <= b.length; j++) {
				row[j] = Math.min(old[j] + 1, row[j - 1] + 1, old[j - 1] + (a[i - 1] !== b[j - 1]));
				if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
					row[j] = Math.min(row[j], older[j - 2] + 1);
				}
			}
			if (Math.min(...row) > most) return Infinity;
			[older, old] = [old, row];
		}
		return old[b.length] <= most ? old[b.length] : Infinity;
	}

	// The equations that a query asks for, as places.
	function equationsFor(query, asked) {
		const number = query.match(/(?<![\d.])\d+\.\d+(?![\d.])/)?.[0];
		const [, above, below] = query.match(/[d∂](\p{L})\s*\/\s*[d∂](\p{L})/u) ?? [];
		const isFormula = /\b(?:slope|derivative|function|formula|equation)/i.test(query);
		const sources = asked
			.filter((word) => !/^(?:formula|equation)/.test(word))
			.map((word) => new RegExp(pattern(word), "u"));
		const isNamed = (name) => {
			const parts = folded(name).split("-");
			return (
				parts.every((part) => sources.some((source) => source.test(part))) &&
				sources.every((source) => parts.some((part) => source.test(part)))
			);
		};
		const isAsked = ([own, name, side]) => {
			if (number) return own === number;
			return above
				? side.startsWith(`∂${above}∂${below}`)
				: isFormula && sources.length && isNamed(name);
		};
		return places.flatMap((place) =>
			place.equations.filter(isAsked).map(([own, name]) => ({
				...place,
				address: `${place.address.split("#")[0]}#equation-eq-${name}`,
				title: `Equation (${own}), ${name.replaceAll("-", " ")}`,
			})),
		);
	}

	// The places that hold a query, best first, and how it was read.
	function search(query) {
		const asked = words(query);
		const read = asked.map((word) => {
			const source = pattern(word);
			const held = weights(source);
			const texts = held.filter((times, k) => times && !places[k].isList).length;
			if (texts > 2 || !/^\p{L}{4,}$/u.test(word)) return { source, held };
			const pair = halves(word);
			if (pair) return { source: `(?:${source}|${pair})`, held: weights(`${source}|${pair}`) };
			const other = held.some(Boolean) ? undefined : nearest(word);
			if (!other) return { source, held };
			return { word, other, source: pattern(other), held: weights(pattern(other)) };
		});
		const phrase = read.map(({ source }) => source).join("[\\p{L}\\p{N}]*[^\\p{L}\\p{N}]+");
		const together = new RegExp(phrase, "u");
		const rated = places.map((place, k) => {
			let points = 0;
			let missing = 0;
			for (const { held } of read) {
				if (!held[k]) {
					missing++;
					continue;
				}
				const rare = Math.log(1 + places.length / held.filter(Boolean).length);
				const long = 1.2 * (0.5 + (0.5 * place.words.length) / usual);
				points += (rare * held[k]) / (held[k] + long);
			}
			if (points && read.length > 1 && together.test(place.words)) points *= 1.25;
			if (points && together.test(place.name)) points *= 1.5;
			// What comes earlier introduces; the lists of each module at the back come last.
			if (place.isList) points /= 2;
			points *= 1.3 - (0.3 * k) / places.length;
			return { place, points, missing };
		});
		const least = Math.min(read.length - 1, ...rated.map(({ missing }) => missing));
		const found = rated
			.filter(({ points, missing }) => points > 0 && missing === least)
			.sort((a, b) => b.points - a.points)
			.map(({ place }) => place);
		const equations = equationsFor(query, asked);
		return {
			read,
			found: [...equations, ...found],
			whole: equations.length > 0 || least === 0,
		};
	}

	// ---- what is shown

	// The piece of a text with the most of the words, cut between words.
	function excerpt({ text, words }, read) {
		const hits = read.flatMap(({ source }, k) =>
			[...words.matchAll(new RegExp(source, "gu"))].slice(0, 50).map(({ index }) => [index, k]),
		);
		let [at, most] = [0, 0];
		for (const [start] of hits) {
			const near = hits.filter(([index]) => index >= start && index < start + AFTER - 20);
			const different = new Set(near.map(([, k]) => k)).size;
			if (different > most || (different === most && start < at)) [at, most] = [start, different];
		}
		const from = at > BEFORE ? text.indexOf(" ", at - BEFORE) + 1 : 0;
		const more = text.length > at + AFTER;
		const to = more ? text.lastIndexOf(" ", at + AFTER) : text.length;
		const piece = text.slice(from, to > at ? to : at + AFTER);
		return `${from ? "… " : ""}${piece}${more ? " …" : ""}`;
	}

	// Puts a text into an element, with the words marked in it.
	function fill(element, text, read) {
		const any = new RegExp(
			`(?:${read.map(({ source }) => source).join("|")})[\\p{L}\\p{N}]*`,
			"gu",
		);
		let end = 0;
		for (const { 0: found, index } of folded(text).matchAll(any)) {
			element.append(text.slice(end, index), make("mark", text.slice(index, index + found.length)));
			end = index + found.length;
		}
		element.append(text.slice(end));
		return element;
	}

	function make(tag, text = "", rest = {}) {
		const element = Object.assign(document.createElement(tag), rest);
		element.textContent = text;
		return element;
	}

	function item(place, read) {
		const entry = make("li");
		entry.append(fill(make("a", "", { href: place.address }), place.title, read));
		if (place.title !== place.page) entry.append(" ", make("span", place.page));
		entry.append(fill(make("p"), excerpt(place, read), read));
		return entry;
	}

	function said({ read, found, whole }, query) {
		const shown = query.length > 60 ? `${query.slice(0, 60)} …` : query;
		if (!found.length) return `No section holds “${shown}”.`;
		const held = found.length === 1 ? "One place" : `${found.length} places`;
		const others = read.filter(({ other }) => other);
		const instead = others.map(({ word, other }) => `“${word}” is nowhere; shown is “${other}”. `);
		const most = whole ? "" : "No section holds all the words; these hold most of them. ";
		const best = found.length > MOST ? `. These are the best ${MOST}.` : ".";
		return `${instead.join("")}${most}${held}${best}`;
	}

	const query = new URLSearchParams(location.search).get("q")?.trim() ?? "";
	for (const input of document.querySelectorAll("input[name=q]")) input.value = query;
	if (!query) return;
	const answer = search(query);
	document.getElementById("found").textContent = said(answer, query);
	document.getElementById("nothing").hidden = answer.found.length > 0;
	const best = answer.found.slice(0, MOST).map((place) => item(place, answer.read));
	document.getElementById("results").append(...best);
})();

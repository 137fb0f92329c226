// Numbers to compute, each answer checked where it is typed.
//
// The numbers and the mistakes come from the engine. This module only asks, and says what
// the judge found; it never shows the answer.

import { computed, resultName } from "./engine.js";
import { html, judge, mistakesIn, suspects, upTo } from "./judge.js";

// What is asked about: a world of the model, and the mistakes in an equation.
function subject(model) {
	const book = model.get("book");
	const mistakes = (label) => mistakesIn(label, book);
	return { world: computed(book.model, model.get("given")), mistakes };
}

// Of these verdicts the equation does not help: the number is nearly there, or elsewhere.
const FINE = ["empty", "unread", "digit", "near", "neighbour", "decimal"];

let count = 0;

export default {
	render({ model, el }) {
		const about = subject(model);
		const places = model.get("places") ?? {};
		const met = upTo(places, location.pathname);
		const said = model.get("said");
		el.classList.add("exercise");
		const list = document.createElement("ol");
		for (const [label, place, symbol, given] of model.get("rows")) {
			const item = document.createElement("li");
			const id = `exercise-${++count}`;
			if (given !== null) {
				item.innerHTML = `<span>${symbol} =</span> <span class="given">${given}</span>`;
				list.append(item);
				continue;
			}
			item.innerHTML = `<form><label for="${id}">${symbol} =</label>
        <input id="${id}" inputmode="text" autocomplete="off" size="11">
        <button>Check</button></form>
        <p id="${id}-said" role="status"></p>`;
			const input = item.querySelector("input"),
				reply = item.querySelector("p");
			const { world, mistakes } = about;
			const equation = world.model.equations.find((one) => one.label === label);
			const right = world.get(resultName(equation), place);
			const around = suspects(label, place, world, mistakes(label).filter(met));
			// To the page, which may keep what was answered, and gives it back.
			const tell = (what, more) => {
				const detail = { asked: `${label} ${place}`, ...more };
				el.dispatchEvent(new CustomEvent(what, { bubbles: true, detail }));
			};
			const clear = () => {
				item.className = reply.textContent = "";
				input.ariaInvalid = null;
			};
			item.querySelector("form").addEventListener("submit", (event) => {
				event.preventDefault();
				const found = judge(input.value, right, around, said);
				item.className = found.right ? "right" : "";
				input.ariaInvalid = found.right || found.kind === "empty" ? null : "true";
				const link = found.right || FINE.includes(found.kind) ? "" : again(label, places, met);
				reply.innerHTML = html(found.text) + link;
				if (!found.right) input.select();
				tell("answered", { text: input.value, right: Boolean(found.right) });
			});
			// Who comes back to a field hears the verdict with it; who has just asked hears
			// it once, from the reply itself.
			input.addEventListener("blur", () => {
				input.setAttribute("aria-describedby", reply.id);
			});
			input.addEventListener("input", () => {
				input.removeAttribute("aria-describedby");
				clear();
			});
			input.addEventListener("keydown", (event) => {
				if (event.key !== "Escape" || !(input.value || reply.textContent)) return;
				input.value = "";
				clear();
				event.stopPropagation(); // a deck would show its overview
			});
			tell("asked", {
				restore(text) {
					if (!judge(text, right, around, said).right) return;
					input.value = text;
					item.className = "right";
					reply.textContent = said.sentences.before;
				},
			});
			list.append(item);
		}
		// What is typed here is for nobody else: in a notebook Enter would be the cell's.
		list.addEventListener("keydown", (event) => {
			if (event.ctrlKey || event.metaKey || event.altKey) return;
			if (!/^(Tab|Escape|Page)/.test(event.key)) event.stopPropagation();
		});
		el.append(list);
		return () => list.remove();
	},
};

// Where the equation stands, if that has been read.
function again(label, places, met) {
	const { chapter, number } = places[label] ?? {};
	if (!met({ speaks: [label] })) return "";
	return chapter ? ` Read again: <a href="${chapter}">(${number})</a>.` : ` Read again: ${label}.`;
}

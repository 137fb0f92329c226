// Numbers to compute, each answer checked where it is typed.
//
// The numbers and the mistakes come from the engine. This module only asks, and says what
// the judge found; it never shows the answer.

import { computed, exampleOf, judge, low, resultName, typed, wrongValues } from "./engine.js";

// What is asked about: a world of the model, and the mistakes in an equation. What is
// given is named by the exercise, or it is a network as a stepper has it.
function subject(model) {
	const book = model.get("book");
	const mistakes = (label) => book.equations[label].mistakes;
	const given = model.get("given");
	if (given) return { world: computed(book.model, given), mistakes };
	const s = Object.fromEntries(
		["X", "D", "w", "b", "v", "c", "transfer", "alpha", "eta"].map((name) => [
			name,
			model.get(name),
		]),
	);
	const functions = { f: { name: book.functions[s.transfer] } };
	const world = computed(book.model, { ...exampleOf(book.model, s, 0), functions });
	return { world, mistakes };
}

// One sentence on what was typed, as HTML.
function feedback(text, label, place, { world, mistakes }) {
	const value = typed(text);
	if (!text.trim()) return { text: "Type a number, then press Enter." };
	if (!Number.isFinite(value)) return { text: "That is not a number." };
	const equation = world.model.equations.find((one) => one.label === label);
	const right = world.get(resultName(equation), place);
	const index = Object.fromEntries(
		equation.letters.map((letter, k) => [letter, world.range(letter)[0] + place[k]]),
	);
	const judged = judge(text, right, wrongValues(mistakes(label), world, index));
	if (judged.right) {
		return { right: true, text: judged.near ? "Right, rounded on the way." : "Right." };
	}
	if (judged.found.length) {
		const [first, ...others] = judged.found;
		const also = others.map((m) => low(m.name)).join("; ");
		return {
			again: true,
			text:
				`${others.length ? "Most likely: " : ""}<b>${low(first.name)}.</b> ${low(first.sentence)}` +
				(also ? ` (It could also be: ${also}.)` : ""),
		};
	}
	const seen =
		value * right < 0
			? "Its sign is the other one."
			: `It is too ${Math.abs(value) > Math.abs(right) ? "large" : "small"} in size.`;
	return {
		again: true,
		text: `None of the mistakes this book can name. ${seen} Go through the factors one by one.`,
	};
}

let count = 0;

export default {
	render({ model, el }) {
		const about = subject(model);
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
        <input id="${id}" inputmode="text" autocomplete="off" size="11" aria-describedby="${id}-said">
        <button>Check</button></form>
        <p id="${id}-said" role="status"></p>`;
			const input = item.querySelector("input"),
				said = item.querySelector("p");
			const equation = model.get("places")?.[label];
			item.querySelector("form").addEventListener("submit", (event) => {
				event.preventDefault();
				const found = feedback(input.value, label, place, about);
				item.className = found.right ? "right" : "";
				const again = !found.again
					? ""
					: equation?.chapter
						? ` Read again: <a href="${equation.chapter}">(${equation.number})</a>.`
						: ` Read again: ${label}.`;
				said.innerHTML = found.text + again;
			});
			input.addEventListener("input", () => {
				item.className = "";
				said.textContent = "";
			});
			list.append(item);
		}
		el.append(list);
		return () => list.remove();
	},
};

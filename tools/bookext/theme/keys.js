// The sheet of keys: each part of the book that has some, in a dialog. Its table, of
// [part, [[keys, what they do], …]], stands before it as bookKeyTable: see keys.py.
(() => {
	function part([name, rows]) {
		const lines = rows.map(([pressed, does]) => {
			const each = pressed.split(" ").map((key) => `<kbd>${key.replace("<", "&lt;")}</kbd>`);
			return `<dt>${each.join(" ")}</dt><dd>${does}</dd>`;
		});
		return `<section><h3>${name}</h3><dl>${lines.join("")}</dl></section>`;
	}

	// With a switch for the page's own keys, where what is kept is at hand.
	function show(kept, parts = window.bookKeyTable) {
		const dialog = document.createElement("dialog");
		dialog.className = "keys";
		dialog.setAttribute("aria-labelledby", "keys-name");
		const on = kept?.get("keys") !== false;
		const choice = kept
			? `<p><label><input type="checkbox" ${on ? "checked" : ""}> The page listens to its keys</label></p>`
			: "";
		dialog.innerHTML =
			`<form method="dialog"><h2 id="keys-name">Keys</h2><button>Close</button></form>` +
			`<div class="parts">${parts.map(part).join("")}</div>${choice}`;
		dialog.querySelector("input")?.addEventListener("change", ({ target }) => {
			kept.set("keys", target.checked);
		});
		dialog.addEventListener("close", () => dialog.remove());
		// A deck would turn its slides under it.
		dialog.addEventListener("keydown", (event) => event.stopPropagation());
		document.body.append(dialog);
		dialog.showModal();
	}

	window.bookKeys = { show };
})();

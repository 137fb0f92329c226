// Before anything is drawn: the reader's theme and level, and the faces of fonts.css,
// which else would load after a first layout without them.
(() => {
	const root = document.documentElement;
	const stored = (name) => {
		try {
			return localStorage.getItem(name);
		} catch {
			return null; // storage may be shut
		}
	};
	const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
	root.dataset.theme = stored("theme") || system;
	if (!root.classList.contains("deck")) {
		const level = stored("level");
		root.dataset.level = /^[1-5]$/.test(level) ? level : "all";
	}
	for (const face of document.fonts) face.load();
})();

function host(addresses, written) {
	// Addresses are stored from the book's root, with * for the label; this page may lie deeper.
	const root = document.documentElement.dataset.content_root ?? "./";
	const address = (label, n) => addresses[n] && root + addresses[n].replace("*", label);
	const places = {};
	for (const [label, [number, chapter, code]] of Object.entries(written)) {
		places[label] = { number, chapter: address(label, chapter), code: address(label, code) };
	}
	// What the page's widgets have in common.
	const shared = { places };

	// What widgets import has one address for all of them, so it is one module.
	const carried = {};
	const module = (text) => {
		const whole = text.replace(/(?<=\bfrom )"\.\/(\w+)\.js"/g, (_, name) =>
			JSON.stringify(carried[name] ?? nothing),
		);
		return URL.createObjectURL(new Blob([whole], { type: "text/javascript" }));
	};
	const nothing = module(""); // for what this page does without

	// The part of anywidget's model that a widget without a kernel can have.
	function model(state) {
		const listeners = new Map();
		const tell = (name, event) => {
			for (const listener of [...(listeners.get(name) ?? [])]) listener(event);
		};
		const self = {
			get: (key) => (key in state ? state[key] : shared[key]),
			set(key, value) {
				const pairs = typeof key === "object" ? Object.entries(key) : [[key, value]];
				for (const [name, to] of pairs) {
					if (state[name] === to) continue;
					state[name] = to;
					tell(`change:${name}`, to);
				}
				tell("change", self);
			},
			on(names, listener) {
				for (const name of names.split(" ")) {
					if (!listeners.has(name)) listeners.set(name, new Set());
					listeners.get(name).add(listener);
				}
			},
			off(names, listener) {
				const all = names ? names.split(" ") : [...listeners.keys()];
				for (const name of all) {
					if (listener) listeners.get(name)?.delete(listener);
					else listeners.delete(name);
				}
			},
			save_changes() {},
			send() {},
			widget_manager: null,
		};
		return self;
	}

	async function enliven(stem, place, widget) {
		const el = document.createElement("div");
		el.className = `widget ${stem}`;
		const own = { model: model(JSON.parse(place.dataset.state ?? "{}")), el };
		await widget.initialize?.({ model: own.model });
		place.after(el);
		try {
			await widget.render(own);
		} catch (error) {
			el.remove();
			throw error;
		}
		// The table stays in the page for print and for those who look for it there.
		place.hidden = true;
	}

	async function bring(stem, source) {
		const address = module(source);
		try {
			let { default: widget } = await import(address);
			if (typeof widget === "function") widget = await widget();
			for (const place of document.querySelectorAll(`[data-widget="${stem}"]`)) {
				try {
					await enliven(stem, place, widget);
				} catch (error) {
					console.error(`The ${stem} stays a table:`, error);
				}
			}
		} catch (error) {
			console.error(`The ${stem} stays a table:`, error);
		} finally {
			URL.revokeObjectURL(address);
		}
	}

	return {
		bring,
		carry: (name, text) => {
			carried[name] = module(text);
		},
		share: (name, data) => {
			shared[name] = data;
		},
	};
}

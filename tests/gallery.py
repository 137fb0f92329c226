"""The drawings of every model, in one page that is loaded once and asked often.

    hang(page, changes)        the modules of the drawings, some with another text
    Room(model, seed, sizes)   an instance, its numbers, and where it can stop
    drawn(page, room, stops)   the drawings of some stops, read back from the page

A drawing is drawn in the browser, by pictures.js and what it imports, and read out of
the SVG that the browser made of it; what it should show comes from the trees in Python.
"""

import json
import re
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from book.trees import Laws, World, names
from conftest import ROOT

FOLDER = ROOT / "code" / "book"
IMPORT = re.compile(r'(?<= from )"\./(\w+)\.js"')


def modules(stem="pictures"):
    """The stems of the modules that a module imports, each after what it needs."""
    text = (FOLDER / f"{stem}.js").read_text("utf-8")
    found = {}
    for other in IMPORT.findall(text):
        found |= dict.fromkeys(modules(other))
    return [*found, stem]


HANG = """async (texts) => {
  const address = {};
  const whole = (text) =>
    text.replace(/(?<= from )"\\.\\/(\\w+)\\.js"/g, (_, stem) => `"${address[stem]}"`);
  for (const [stem, text] of texts) {
    const blob = new Blob([whole(text)], { type: "text/javascript" });
    address[stem] = URL.createObjectURL(blob);
  }
  window.book = { ...await import(address.engine), ...await import(address.pictures) };
}"""

# What the stepper says of a stop, and the drawing of it, as a reader would find it.
DRAW = """([model, given, stops, width, scale]) => JSON.stringify(stops.map((stop) => {
  const { computed, places, key, parts, instance, resultName, picture } = window.book;
  const id = JSON.stringify([model.name, model.picture, given]);
  window.worlds ??= new Map();
  if (window.worlds.book !== window.book) {
    window.worlds.clear();
    window.worlds.book = window.book;
  }
  if (!window.worlds.has(id)) {
    const found = model.equations.filter((e) => e.lhs[0] !== "call").map(resultName);
    const names = new Set([...found, ...Object.keys(model.symbols)]);
    window.worlds.set(id, [computed(model, given), names]);
  }
  const [world, names] = window.worlds.get(id);
  const shownOf = (e) => e.lhs[0] !== "call";
  const made = model.equations.filter(shownOf).map(resultName);
  const equation = model.equations.find((e) => e.label === stop.label);
  const result = resultName(equation);
  const now = made.indexOf(result);
  const all = places(equation.letters, world.sizes);
  const here = stop.place ? [stop.place] : all;
  const known = (k) => {
    const [name, place] = k.replace(/^\\w+'/, "").split(":");
    const order = made.indexOf(name);
    if (order !== now || !stop.place) return order < now + stop.open;
    const inTurn = all.map(String);
    return inTurn.indexOf(place) < inTurn.indexOf(`${stop.place}`) + stop.open;
  };
  const taking = new Set();
  for (const place of here) {
    const index = Object.fromEntries(
      equation.letters.map((u, n) => [u, world.range(u)[0] + place[n]]));
    parts(instance(equation.rhs, index, world), taking);
  }
  for (const k of [...taking]) taking.add(k.replace(/^\\w+'/, ""));
  const look = {
    known, parts: taking, results: new Set(here.map((place) => key(result, place))),
    path: new Set(stop.path), changed: new Set(), equation, scale,
    names,
    editable: (k) => Object.hasOwn(given, k.split(":")[0]),
    plain: (k) => k.replace(":", " "),
    unit: (letter, n) => `unit ${letter} ${n + 1}`,
  };
  const { pieces, box, motion, ...size } = picture(world, look, width);
  let net = document.querySelector(".net");
  if (!net) {
    document.body.innerHTML = '<div class="stepper"><div class="net"></div></div>';
    net = document.querySelector(".net");
  }
  net.innerHTML =
    `<svg viewBox="${box.join(" ")}" width="${size.width}" height="${size.height}">` +
    `${[...pieces.values()].join("")}</svg>`;
  const rect = (node) =>
    ["x", "y", "width", "height"].map((name) => Number(node.getAttribute(name)));
  const drawn = [...net.firstChild.children].map((node, n) => ({
    id: [...pieces.keys()][n],
    classes: [...node.classList],
    keys: (node.dataset.q ?? "").split(" ").filter(Boolean),
    edit: node.dataset.edit ?? "",
    label: node.getAttribute("aria-label") ?? "",
    role: node.getAttribute("role") ?? "",
    tag: node.localName,
    box: node.querySelector("rect.box") ? rect(node.querySelector("rect.box")) : null,
    line: (() => {
      const stroke = node.querySelector(".stroke");
      if (!stroke) return null;
      const ends = [0, stroke.getTotalLength()];
      const points = ends.map((at) => stroke.getPointAtLength(at));
      return points.flatMap(({ x, y }) => [x, y]);
    })(),
    thick: Number(node.querySelector(".stroke")?.getAttribute("stroke-width")),
    dash: node.querySelector(".stroke")
      ? getComputedStyle(node.querySelector(".stroke")).strokeDasharray : "",
    amount: Number(node.querySelector(".shade")?.getAttribute("fill-opacity")),
    frame: node.querySelector(".frame") ? rect(node.querySelector(".frame")) : null,
    texts: [node, ...node.querySelectorAll("text")].flatMap((text) => {
      if (text.localName !== "text") return [];
      const { x, y, width, height } = text.getBBox();
      const row = text.closest("[data-q]");
      return {
        words: text.textContent, at: [x, y, width, height],
        classes: [...text.classList],
        key: row && row !== node ? row.dataset.q : "",
      };
    }),
  }));
  return { ...size, box, drawn, motion };
}))"""


SHEETS = "tools/bookext/theme/static/book.css", "code/book/stepper.css"


def source(stem):
    """The text of a module, or of the style of the page."""
    if stem == "style":
        return "".join((ROOT / sheet).read_text("utf-8") for sheet in SHEETS)
    return (FOLDER / f"{stem}.js").read_text("utf-8")


def hang(page, changes=None):
    """Load the drawings into a page, with the style that it has in its first <style>.

    changes gives other texts: stem of a module, or "style" -> text.
    """
    texts = {stem: source(stem) for stem in [*modules(), "style"]} | (changes or {})
    page.evaluate(
        "text => { document.querySelector('style').textContent = text; }",
        texts.pop("style"),
    )
    page.evaluate(HANG, list(texts.items()))


class Stop(NamedTuple):
    """Where a pass stands: a label, a place or None for all of them, and whether the
    result is shown; path as the reader may have asked for it."""

    label: str
    place: tuple | None = None
    open: bool = True
    path: tuple = ()

    def data(self):
        place = None if self.place is None else list(self.place)
        return self._asdict() | {"place": place, "open": int(self.open)}


class Room:
    """One instance of a model, and the numbers that its drawings may show."""

    def __init__(self, model, seed=0, **sizes):
        self.model = model
        self.one = model.instance(seed, **sizes)
        self.data = json.loads(json.dumps(model.data()))

    @property
    def world(self):
        return self.one.world

    @cached_property
    def given(self):
        """What is given of the first example, as the engine takes it."""
        said = self.world.setting
        functions = {
            letter: {"name": type(f).__name__, **said.functions[letter][2]}
            for letter, f in self.one.functions.items()
        }
        counted = {k: v for k, v in said.ranges.items() if k not in said.from_one}
        values = {n: v[..., 0].tolist() for n, v in self.world.values.items()}
        return values | {"functions": functions, "ranges": counted}

    @cached_property
    def numbers(self):
        """key -> its value, of everything given and computed."""
        found = {n: v[..., 0] for n, v in self.world.values.items()}
        for name in self.world.setting.laws:
            found[name] = self.world.value(name)[..., 0]
        for label, equation in self.equations.items():
            update = equation.relation != "="
            world = self.model.before(label, self.one) if update else self.world
            name = f"{equation.name}_new" if update else equation.name
            found[name] = world.table(equation.rhs, equation.letters)[..., 0]
        return {
            key(name, place): float(np.asarray(value)[place])
            for name, value in found.items()
            for place in np.ndindex(np.shape(value))
        }

    @cached_property
    def equations(self):
        """label -> equation, of those that a drawing can show the result of."""
        found = self.model.equations.items()
        return {label: e for label, e in found if e.lhs[0] != "call"}

    def places(self, label):
        spans = [self.world.range(letter) for letter in self.equations[label].letters]
        return list(np.ndindex(*(stop - start for start, stop in spans)))

    def stops(self):
        """Of each quantity the first before it is shown, the last after, and all."""
        for label in self.equations:
            places = self.places(label)
            yield Stop(label, places[0], False)
            yield Stop(label, places[-1], True)
            yield Stop(label, None, True)

    def known(self, k, stop):
        """Whether a number may be seen at a stop."""
        name, place = k.split(":")
        made = [
            e.name + ("" if e.relation == "=" else "_new")
            for e in self.equations.values()
        ]
        now = list(self.equations).index(stop.label)
        order = made.index(name) if name in made else -1
        if order != now or stop.place is None:
            return order < now + stop.open
        here = [",".join(map(str, p)) for p in self.places(stop.label)]
        at = here.index(",".join(map(str, stop.place)))
        return here.index(place) < at + stop.open

    def results(self, stop):
        """The keys that a stop computes."""
        equation = self.equations[stop.label]
        name = equation.name + ("" if equation.relation == "=" else "_new")
        places = self.places(stop.label) if stop.place is None else [stop.place]
        return [key(name, place) for place in places]

    def without(self, label, k):
        """What an equation gives where one of its weights is 0, all else as it is."""
        equation, (name, place) = self.equations[label], k.split(":")
        values = {
            n: self.world.value(n)[..., :1]
            for n in {*self.reads(label), *self.world.values}
            if n in self.world
        }
        values[name] = values[name].copy()
        values[name][tuple(map(int, place.split(",")))] = 0.0
        said = self.model.declaration.get
        laws = Laws([], said("outside", {}), said("states", {}), self.model.averages)
        world = World(values, replace(self.world.setting, laws=laws))
        return world.table(equation.rhs, equation.letters)[..., 0]

    def reads(self, label):
        return names(self.equations[label].rhs)


def key(name, place=()):
    return f"{name}:{','.join(map(str, place))}"


def drawn(page, room, stops, width=700, scale=1):
    """What the page shows at each stop: the size, the pieces in order, what moves."""
    asked = [stop.data() for stop in stops]
    said = page.evaluate(DRAW, [room.data, room.given, asked, width, scale])
    return json.loads(said)

"""What mathml.js writes reads back as what it was written of.

Every equation of every model is written as MathML in a page, read back as LaTeX, and
compared with its tree; with a world, its numbers stand for themselves and give what the
equation gives. Names and words are those that Python has.
"""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

import gallery
import test_pictures
from book import latex, trees
from book.writing import shown as four_digits
from book.writing import text
from conftest import ROOT

GREEK = {"∂": r"\partial", **{
    chr(code): name for name, code in {
        r"\alpha": 945, r"\beta": 946, r"\gamma": 947, r"\delta": 948,
        r"\epsilon": 949, r"\eta": 951, r"\theta": 952, r"\lambda": 955, r"\mu": 956,
        r"\kappa": 954, r"\xi": 958, r"\pi": 960, r"\rho": 961, r"\sigma": 963,
        r"\tau": 964, r"\phi": 966,
    }.items()
}, "η\u0304": r"\bar{\eta}"}  # fmt: skip
SIGNS = {
    "−": "-", "×": r"\times ", "⊙": r"\odot ", "∑": r"\sum", "∏": r"\prod", "′": "'",
    "max": r"\max", "⟨": r"\langle ", "⟩": r"\rangle ", "≤": r"\le ", "≥": r"\ge ",
    "≠": r"\ne ", "‖": r"\| ", "⊤": r"\top",
    "tanh": r"\tanh", "log": r"\log", "sign": r"\operatorname{sign}", "min": r"\min",
    "cos": r"\cos", "sin": r"\sin",
}  # fmt: skip

WRITE = """async ([source, engine, asked]) => {
  const address = (text) =>
    URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const trees = address(engine);
  const { computed, evaluate, instance, key, places, resultName } = await import(trees);
  const { math, plain, spoken, symbolMath, treeOf } =
    await import(address(source.replace('"./engine.js"', `"${trees}"`)));
  const read = (text) => {
    const math = document.createElement("math");
    math.innerHTML = text;
    return spoken(math);
  };
  return asked.map(([model, given, keys]) => {
    const world = computed(model, given);
    const equations = model.equations.map((e) => {
      const found = {
        left: math(e.lhs, model), right: math(e.rhs, model),
        said: [math(e.lhs, model), "<mo>=</mo>", math(e.rhs, model)]
          .map(read).join(" "),
      };
      if (e.lhs[0] === "call" || !world.has(resultName(e))) return found;
      const place = places(e.letters, world.sizes).at(-1);
      const index = Object.fromEntries(
        e.letters.map((u, n) => [u, world.range(u)[0] + place[n]]));
      // As the stepper does: what was updated before is read as it is afterwards.
      const law = world.laws[resultName(e)];
      const own = instance(law?.label === e.label ? law.tree : e.rhs, index, world);
      return { ...found, place, here: math(own, model),
        numbers: math(own, model, { world }),
        signed: math(own, model, { signs: world }) };
    });
    return {
      equations,
      names: keys.map((k) => plain(k, model)),
      symbols: keys.map((k) => symbolMath(treeOf(k, model), model, k, "some")),
      primes: keys.map((k) => plain(`f'${k}`, model)),
    };
  });
}"""
SHOW = """async ([source, engine, values]) => {
  const address = (text) =>
    URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const own = source.replace('"./engine.js"', `"${address(engine)}"`);
  const { full, numberMath, shown, sign } = await import(address(own));
  return values.map((x) =>
    [shown(x), shown(x, 2), full(x), sign(x), numberMath(x, "w:0")]);
}"""


def tex(node):
    """The LaTeX that a node of MathML shows."""
    parts = [tex(child) for child in node]
    words, kind = (node.text or "").strip(), node.tag
    if kind in ("mi", "mo", "mn"):
        if node.get("mathvariant") == "bold":
            return rf"\mathbf{{{GREEK.get(words, words)}}}"
        found = GREEK.get(words) or SIGNS.get(words) or words
        return found + " " if found.startswith("\\") and found[-1:].isalpha() else found
    if kind == "mfrac":
        return r"\frac{{{}}}{{{}}}".format(*parts)
    if kind == "msub":
        return "{}_{{{}}}".format(*parts)
    if kind == "msup":
        base, over = parts
        return rf"\exp({over})" if base == "e" else f"{base}^{{{over}}}"
    if kind == "munder":
        return "{}_{{{}}}".format(*parts)
    if kind == "munderover":
        return "{}_{{{}}}^{{{}}}".format(*parts)
    if kind == "msqrt":
        return rf"\sqrt{{{''.join(parts)}}}"
    if kind == "mspace":
        return r"\cdot "
    if [child.text for child in node[:1]] == ["max"] and len(node) == 2:
        *first, last = "".join(parts[1:])[1:-1].split(",")  # of two at a time
        return "".join(rf"\max({one}," for one in first) + last + ")" * len(first)
    return "".join(parts)


def nodes(text):
    """MathML as a tree; a browser takes a bare > as well."""
    return ElementTree.fromstring(f"<math>{text.replace('>></', '>&gt;</')}</math>")


HIDDEN = {"states", "mean", "norm", "T"}  # sums over what no one number shows


def equation_faults(room, equation, found):
    """What is wrong with one equation as it is written, in sentences."""
    model, notation = room.model, room.model.notation
    sign = "=" if equation.relation == "=" else r"\leftarrow "
    whole = tex(nodes(found["left"])) + sign + tex(nodes(found["right"]))
    back = latex.parse(whole, notation)
    if (back.lhs, back.rhs) != (equation.lhs, equation.rhs):
        yield f"reads {whole}"
    for node in (n for side in ("left", "right") for n in nodes(found[side]).iter()):
        if node.get("data-q") and named(node, notation) != node.get("data-q")[:-1]:
            yield f"{tex(node)} is marked {node.get('data-q')}"
    if "place" not in found:
        return
    name = equation.name + ("" if equation.relation == "=" else "_new")
    right = room.numbers[gallery.key(name, found["place"])]
    before = equation.relation != "="
    world = model.before(equation.label, room.one) if before else room.world
    if HIDDEN & {node[0] for node in trees.nodes(equation.rhs)}:
        return  # shown in letters alone
    if not set(room.data["outside"]) & trees.names(equation.rhs):
        here = tex(nodes(found["here"]))
        value = world.table(latex.expression(here, notation), ())[0]
        if not np.isclose(value, right, rtol=1e-7, atol=1e-12):
            yield f"of one unit, {here} is {value}; expected {right}"
    numbers, wrong = exact(nodes(found["numbers"]), room)
    yield from wrong
    value = world.table(latex.expression(tex(numbers), notation), ())[0]
    if not np.isclose(value, right, rtol=1e-7, atol=1e-9):
        yield f"in numbers, {tex(numbers)} is {value}; expected {right}"
    for node in nodes(found["signed"]).iter():
        if k := node.get("data-q"):
            below = known(room, k) < 0
            if node.get("class") != ("minus" if below else "plus"):
                yield f"{k} is drawn as {node.get('class')}"


def known(room, k):
    """The number of a key, f'N:0 too."""
    if "'" in k:
        letter, name = k.split("'")
        f = room.one.functions[letter]
        return float(f.slope(np.array(room.numbers[name])))
    slope = re.fullmatch(r"d([^_]+)_d(\w+):(.*)", k)
    if k in room.numbers or not slope:
        return room.numbers[k]
    units = [int(n) + 1 for n in slope[3].split(",") if n]
    symbols = [room.model.symbols[name] for name in slope.groups()[:2]]
    letters = [(s, letter) for s in symbols for letter in s.letters]
    parts = [
        ("var", s.name, *(f"{u}{n}" for (of, u), n in zip(letters, units) if of is s))
        for s in symbols
    ]
    return float(room.world.table(("d", *parts), ())[0])


def named(node, notation):
    """The name of the quantity that a node shows, as a key begins with it."""
    tree = latex.expression(tex(node), notation)
    if tree[0] == "call":
        return tree[1] + tree[2][1]
    if tree[0] == "d":
        return f"d{tree[1][1]}_d{tree[2][1]}"
    if tree[0] == "d2":
        return f"d2{tree[1][1]}_d{tree[2][1]}d{tree[3][1]}"
    return tree[1]


def exact(tree, room):
    """A formula in which each number has all its digits; and what was wrong of it."""
    wrong = []
    for node in tree.iter():
        k = node.get("data-q")
        if not k:
            continue
        value, number = known(room, k), node.find("mn")
        if number.text != four_digits(abs(value)):
            wrong.append(f"{k} is shown as {number.text}; it is {value}")
        signs = ["−"] if value < 0 else []
        if [mo.text for mo in node.findall("mo")] != signs:
            wrong.append(f"{k} is {value}, and has the signs {signs}")
        if node.get("class") != f"value {'minus' if value < 0 else 'plus'}":
            wrong.append(f"{k} is {value}, and {node.get('class')}")
        number.text = f"{abs(value):.17f}"
    return tree, wrong


def name_faults(room, k, name, prime, symbol):
    """What is wrong with a quantity in a few letters, and alone as MathML."""
    own, place = k.split(":")
    units = [int(n) + 1 for n in place.split(",") if n]
    given = room.model.symbols.get(own)
    made = [e for e in room.equations.values() if e.name == own and e.lhs[0] == "d"]
    if given:
        tree = ("var", own, *(f"{u}{n}" for u, n in zip(given.letters, units)))
    elif made:
        of, by = made[0].lhs[1:]
        numbers = iter(units)
        of = (*of[:2], *(f"{u}{next(numbers)}" for u in of[2:]))
        by = (*by[:2], *(f"{u}{next(numbers)}" for u in by[2:]))
        tree = ("d", of, by)
    else:
        return  # of a parameter after its update, or a slope of a slope
    right = re.sub("[_^]", "", text(tree, room.model))
    if name.replace(" ", "") != right or name.count(" ") < len(units):
        yield f"{k} is called {name}; expected {right}"
    if prime != f"f′({name})":
        yield f"its f′ is called {prime}"
    node = nodes(symbol)[0]
    if (node.get("data-q"), node.get("class")) != (k, "some"):
        yield f"{k} is marked {node.attrib}"
    if latex.expression(tex(node), room.model.notation) != tree:
        yield f"{k} is written {tex(node)}"


# A number, to four digits and to two.
VALUES = {
    0: ("0", "0"), 1: ("1", "1"), -1: ("−1", "−1"), -0.02602: ("−0.02602", "−0.026"),
    12345.678: ("12350", "12000"), -9999.96: ("−10000", "−10000"),
    999999.4: ("1000000", "1000000"), 1e6: ("1×10⁶", "1×10⁶"),
    -1234567: ("−1.235×10⁶", "−1.2×10⁶"), 1e-4: ("0.0001", "0.0001"),
    9.96e-5: ("9.96×10⁻⁵", "1×10⁻⁴"), -3.2e-7: ("−3.2×10⁻⁷", "−3.2×10⁻⁷"),
    1.5e21: ("1.5×10²¹", "1.5×10²¹"), 0.1 + 0.2: ("0.3", "0.3"), 0.5: ("0.5", "0.5"),
}  # fmt: skip
SPOKEN = {
    ("backprop", "eq-net-hidden"):
        "N h equals sum over i of X i w i h plus b h",
    ("backprop", "eq-hidden-delta"):
        "delta h equals open paren sum over o of v h o delta o close paren f prime "
        "open paren N h close paren",
    ("fruit", "eq-fruit-error"):
        "E equals 1 over 2 n, sum over s of open paren D s minus O s close paren "
        "to the power 2,",
}  # fmt: skip


def number_faults(page, own, engine):
    shown = page.evaluate(SHOW, [own, engine, list(VALUES)])
    for (x, right), found in zip(VALUES.items(), shown, strict=True):
        short, two, whole, sign, number = found
        if (short, two) != right:
            yield f"{x} is shown as {short} and {two}; expected {right}"
        if float(whole.replace("−", "-")) != x or "-" in whole.replace("e-", ""):
            yield f"{x} in full is {whole}"
        if sign != ("minus" if x < 0 else "plus"):
            yield f"the sign of {x} is {sign}"
        node = nodes(number)[0]
        if "".join(node.itertext()) != short or node.get("data-q") != "w:0":
            yield f"{x} is written {number}"


def written_otherwise(page, source):
    """What a page with this mathml.js writes and should not, in sentences."""
    engine = (ROOT / "code/book/engine.js").read_text("utf-8")
    faults = read_back("a number", number_faults(page, source, engine))
    rooms = list(test_pictures.rooms().values())
    asked = [[r.data, r.given, list(r.numbers)] for r in rooms]
    for room, found in zip(rooms, page.evaluate(WRITE, [source, engine, asked])):
        name, equations = room.model.full_name, room.model.equations.items()
        for (label, equation), one in zip(equations, found["equations"], strict=True):
            where = f"{name} {label}"
            said = SPOKEN.get((room.model.name, label))
            if said and one["said"] != said:
                faults.append(f"{where} is spoken {one['said']!r}; expected {said!r}")
            faults += read_back(where, equation_faults(room, equation, one))
        every = zip(room.numbers, found["names"], found["primes"], found["symbols"])
        for quantity in every:
            faults += read_back(name, name_faults(room, *quantity))
    return faults


def read_back(where, faults):
    """Some faults with where they are; what cannot be read at all is one."""
    found = []
    try:
        for fault in faults:
            found.append(f"{where}: {fault}")
    except (ValueError, LookupError, TypeError, AttributeError, SyntaxError) as error:
        found.append(f"{where}: cannot be read back: {error!r}")
    return found


@pytest.fixture(scope="module")
def desk(browser):
    """A page in which mathml.js is loaded by itself."""
    page = browser.new_page()
    yield page
    page.close()


def test_what_is_written_reads_back_as_what_it_was_written_of(desk):
    source = (ROOT / "code/book/mathml.js").read_text("utf-8")
    found = written_otherwise(desk, source)
    assert not found, "\n".join(found[:12]) + f"\n{len(found)} in all"

"""Typed answers: how they are read and what is said, in Python and in a page."""

import json
import random
import re
from functools import cache

import pytest

import gallery
from book import ideas, mistakes
from book.exercise import exercise
from book.judge import (
    DATA,
    SAID,
    TOLERANCE,
    Suspects,
    apart,
    fit,
    judge,
    read,
    shown,
    suspects,
)
from bookext.widgets import scripts
from conftest import ROOT, stored

MODEL = ideas.model("backprop")
# Where the numbers come from: the running example, and two others.
GIVEN = {"": {}, "one input": {"X": [[1, 0]]}, "no first input": {"X": [[0, 1]]}}

# Question: label, place and example -> rows of what is typed, the kind of verdict, and
# something of what is said.
TABLE = {
    # −0.02602; δ_h2 is 0.02211.
    ("eq-hidden-delta", "h1", ""): [
        # Right in any usual writing; what is said in full stands in judge.py.
        ("−0.02602", "right", "Right."),
        ("-0.02602", "right", "Right."),
        ("–0.02602", "right", "Right."),
        ("−0,02602", "right", "Right."),
        ("−.02602", "right", "Right."),
        ("−2.602×10⁻²", "right", "Right."),
        ("−2,602 × 10⁻²", "right", "Right."),
        ("-2.602e-2", "right", "Right."),
        ("-2.602E-02", "right", "Right."),
        ("-2.602*10^-2", "right", "Right."),
        ("-2.602x10^(-2)", "right", "Right."),
        ("−2.602·10**−2", "right", "Right."),
        ("- 0.026", "right", "Right."),
        ("−0.026 02", "right", "Right."),
        ("δ_h1 = −0.026", "right", "Right."),
        ("≈ −0.026", "right", "Right."),
        ("minus 0.026", "right", "Right."),
        ("−2.6 %", "right", "Right."),
        ("−0.026 V", "right", "Right."),
        ("−0.0260.", "right", "Right."),
        ("−0.02604", "way", "Right, rounded on the way."),
        # Right so far.
        ("−0.03", "short", "Right, to one digit. One more digit"),
        ("0", "digit", "It is small, but not 0."),
        ("−0.0", "digit", "It is small, but not 0."),
        # Close.
        ("−1/38", "near", "Close"),
        ("−0.0255", "near", "Close"),
        ("−0.0265", "near", "Close"),
        # The sign, the point, both.
        ("0.02602", "mistake", "The sign is the other one. A delta"),
        ("0.03", "sign", "The sign is the other one."),
        ("0.0255", "sign", "The sign is the other one, and the size is close"),
        ("−0.2602", "decimal", "the decimal point"),
        ("−2.602×10⁻³", "decimal", "the decimal point"),
        ("0.2602", "sign decimal", "Look at the sign and at the decimal point"),
        ("7", "both", "The sign is the other one, and it is too large"),
        ("0.001", "both", "The sign is the other one, and it is too small"),
        ("−7", "size", "The sign is right, but it is too large in size."),
        ("−0.02", "size", "The sign is right, but it is too small in size."),
        # Another number of the pass.
        ("0.0221", "neighbour", "That is δ_h2. Here it is δ_h1"),
        ("0.7006", "quantity", "That is H_h1. Here it is δ_h1"),
        ("0.85", "quantity", "That is N_h1. Here it is δ_h1"),
        # Mistakes.
        ("−0.1240", "mistake", "The slope f′(N_h) is left out."),
        ("−0.1095", "mistake", "The raw difference O − D"),
        ("−0.0275", "mistake", "f′(f(N))"),
        # Not a number: what was read, and where it stops.
        ("", "empty", "Type a number."),
        ("   ", "empty", "Type a number."),
        ("five", "unread", "“five” cannot be read as a number."),
        ("−", "unread", "“−” cannot be read"),
        ("1.2.3", "unread", "“1.2.3” cannot be read"),
        ("−0.124*0.21", "unread", "read up to “−0.124”, but not “*0.21”"),
        ("−0.026 or 0.026", "unread", "read up to “−0.026”, but not “or 0.026”"),
        ("0.62 0.72", "unread", "read up to “0.62”, but not “0.72”"),
        ("δ = −0.02x2", "unread", "read up to “−0.02”, but not “x2”"),
        ("2e", "unread", "read up to “2”, but not “e”"),
        ("1/0", "unread", "read up to “1”, but not “/0”"),
        ("<b>1</b>", "unread", "“<b>1</b>” cannot be read"),
        ("1e999", "unread", "“1e999” is too large a number."),
    ],
    # 0.85
    ("eq-net-hidden", "h1", ""): [
        (".85", "right", "Right."),
        ("0.850", "right", "Right."),
        ("85 %", "right", "Right."),
        ("17/20", "right", "Right."),
        ("850e-3", "right", "Right."),
        ("0.849", "near", "Close, but nothing has to be rounded here."),
        ("0.853", "near", "Close, but nothing has to be rounded here."),
        ("0", "size", "It is not 0. Go through the terms one by one."),
        ("0.8", "short", "One more digit"),
        ("0.7", "size", "too small in size"),
        ("0.9", "short", "One more digit"),
        ("1", "digit", "One more digit"),
        ("0.86", "near", "Close"),
        ("8.5", "decimal", "the decimal point"),
        ("0.75", "mistake", "The bias is left out."),
        ("−0.09", "neighbour", "That is N_h2."),
        ("1,234", "size", "too large in size"),
        ("1 234.5", "size", "too large in size"),
    ],
    # −0.7, which is also what its weights left out would give, but for the sign.
    ("eq-net-hidden", "h2", "one input"): [
        ("−0.7", "right", "Right."),
        ("0.7", "several", "The sign is the other one. The size is right"),
        ("0.7", "several", "Or: The weights are left out."),
        ("0.3", "neighbour", "That is N_h1."),
    ],
    # 0.12013; f′ alone is 0.2398, twice as much 0.2403.
    ("eq-output-delta", "o2", ""): [
        ("0.12", "right", "Right."),
        ("0.1", "short", "One more digit"),
        ("0.2398", "mistake", "The difference O − D is left out."),
        ("0.2403", "mistake", "Twice as much"),
        ("0.24", "several", "The difference O − D is left out."),
        ("0.24", "several", "Twice as much"),
        ("−0.0650", "neighbour", "That is δ_o1."),
        ("0.6009", "quantity", "That is O_o2."),
    ],
    # −0.6421, from −0.6
    ("eq-update-v", "h1o2", ""): [
        ("−0.64", "right", "Right."),
        ("−0.6", "mistake", "It was not updated."),
        ("−0.0421", "mistake", "That is the change, not the new value."),
        ("0.6421", "sign", "The sign is the other one. The size is right"),
        ("0.0842", "quantity", "That is ∂E/∂v_h1o2."),
    ],
    # E is 0.2016, a sum.
    ("eq-error", "", ""): [
        ("−0.5", "sign", "E is never negative: all"),
        ("7", "size", "Go through the terms one by one."),
    ],
    # 0
    ("eq-slope-w", "i1h1", "no first input"): [
        ("0", "right", "Right."),
        ("0,00", "right", "Right."),
        ("0.1", "size", "It is too large in size."),
        ("-3", "size", "It is too large in size."),
    ],
}  # fmt: skip
ROWS = [(*question, *row) for question, rows in TABLE.items() for row in rows]


def asked(label, unit, example):
    """What a question is about: the right number and its Suspects."""
    place = tuple(int(k) - 1 for k in re.findall(r"\d", unit))
    instance = ideas.given(MODEL, **GIVEN[example])
    right = mistakes.right_value(label, instance, place)
    return right, suspects(label, instance, place)


def verdict(label, unit, example, text):
    return judge(text, *asked(label, unit, example))


def test_the_table_is_long():
    assert len({row[:4] for row in ROWS}) >= 60


@pytest.mark.parametrize("label, unit, example, text, kind, said", ROWS)
def test_a_typed_answer_is_told_what_it_is(label, unit, example, text, kind, said):
    found = verdict(label, unit, example, text)
    assert found.kind == kind and said in found.text, found
    assert found.right == (kind in ("right", "way", "short"))


@pytest.fixture(scope="module")
def judged(browser, tmp_path_factory):
    """What the page says to every row of the table: one page, with an exercise for each
    example, opened once."""
    folder = tmp_path_factory.mktemp("judge")
    net, X, D = (ideas.given(MODEL).raw[name] for name in ("net", "X", "D"))
    body, fields = "", {}
    for example, given in GIVEN.items():
        questions = [(label, unit) for label, unit, of in TABLE if of == example]
        one = exercise([" ".join(q) for q in questions], net, given.get("X", X), D)
        body += stored(one)
        ordered = sorted(questions, key=lambda q: MODEL.order.index(q[0]))
        for question in ordered:
            fields[(*question, example)] = len(fields)
    made = "".join(scripts(ROOT / "code/book/exercise.js", {}).values())
    (folder / "widgets.js").write_text(made, "utf-8")
    (folder / "page.html").write_text(
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Judge</title>'
        f'<main>{body}</main><script src="widgets.js"></script></html>',
        "utf-8",
    )
    context = browser.new_context()
    page = context.new_page()
    page.goto((folder / "page.html").as_uri())
    page.locator(".exercise li form").nth(len(fields) - 1).wait_for()
    told = {}
    for label, unit, example, text, *_ in ROWS:
        item = page.locator(".exercise li").nth(fields[label, unit, example])
        item.locator("input").fill(text)
        item.locator("input").press("Enter")
        reply = re.sub(r" Read again: .*$", "", item.locator("p").inner_text())
        told[label, unit, example, text] = reply
    context.close()
    return told


def test_the_page_says_to_every_answer_what_python_says(judged):
    for label, unit, example, text, *_ in ROWS:
        said = verdict(label, unit, example, text).text
        below = re.sub(r"_(\w+)", r"\1", said)
        assert judged[label, unit, example, text] == below, (label, text)


# ---- judge.js by itself: everything that judge.py gives, of many answers

ASK = """async ([source, engine, said, questions, strings, tables]) => {
  const address = (text) =>
    URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const trees = address(engine);
  const { computed } = await import(trees);
  const own = source.replace('"./engine.js"', `"${trees}"`);
  const { judge, mistakesIn, read, suspects, html, upTo } = await import(address(own));
  const ids = (list) => list.map(({ id, kind }) => `${kind ?? "mistake"} ${id}`);
  return {
    read: strings.map((text) => {
      const { why = "", value = null, last = 0, digits = 0 } = read(text, said);
      return [value, last, digits, why];
    }),
    html: strings.map(html),
    tables: tables.map(([typed, right, around]) => {
      const found = judge(typed, right, around, said);
      return [found.kind, found.right, found.text, ids(found.found)];
    }),
    speaks: ["04-d.html", "../05-h.html", "index.html"].map((page) =>
      [["a"], ["b"], ["a", "b"], [], ["none"]].map((speaks) =>
        upTo({ a: { chapter: "04-d.html#a" }, b: { chapter: "x/05-h.html#b" } },
          page)({ speaks }))),
    asked: questions.map(([model, given, label, place, told, texts, right]) => {
      const around = suspects(
        label, place, computed(model, given), mistakesIn(label, told));
      const { here, made_of, never_negative, ...lists } = around;
      const named = ([name, list]) =>
        [name, list.map((one) => [one.name, one.value])];
      return {
        here,
        equation: [made_of, never_negative],
        ...Object.fromEntries(Object.entries(lists).map(named)),
        told: texts.map((text) => {
          const found = judge(text, right, around, said);
          return [found.kind, found.right, found.text, ids(found.found)];
        }),
      };
    }),
  };
}"""
PIECES = (
    ["", "", "-", "− ", "+", "minus ", "plus ", "–", "δ = ", "x ≈ "],
    ["", *"½⅓⅔¼¾⅕⅙⅛", "10^-2", "10⁻²", "10**3 ", "1", "12", "0", "007", "1 234",
     "1,234", "1,234,567", "1.234,5", "12 34", "1'000", "1_000", "5.", "12,", "1,2,3.4",
     "4"],
    ["", "", "", ".5", ",25", ".602", ".123 456", ".00", ".12 3", "."],
    ["", "", "", "e-3", "E+2", "e 1", "×10⁻³", "*10^(2)", " x 10**-1", "⁻¹", "e400"],
    ["", "", "", " %", "/4", " / 0", "/ −3", "/½", "⁄8", "/2.50e1"],
    ["", "", "", "", " V", " m/s", "kg²", " e", " or", "!", ".", ";", " s / s", "<b_a"],
)  # fmt: skip
# Where a page may speak of what chapters 4, 5, both, none and no chapter derive.
SPEAKS = [
    [True, False, False, True, True],
    [True, True, True, True, True],
    [True, True, True, True, True],
]


@cache
def strings():
    """What may be typed, of all kinds, readable or not."""
    rng = random.Random(0)
    return ["".join(map(rng.choice, PIECES)) for _ in range(1500)]


@cache
def tables():
    """(typed, right, Suspects) with few different values, so that many are the same."""
    rng, found = random.Random(0), []
    values = [0.12, 0.13, 0.125, -0.12, -0.13, 1.2, -0.012, 12, 0.1205, 0.1, 0.9, 1, 0]
    names = ["A", "B", "sign", "C"]
    for _ in range(1500):
        wrong = [
            {"id": name, "name": rng.choice("xyz"), "sentence": f"Mend {name}.",
             "value": rng.choice(values)}
            for name in rng.sample(names, rng.randrange(4))
        ]  # fmt: skip
        others = [
            tuple(
                {"name": f"{name} {n}", "value": rng.choice(values)}
                for n in range(rng.randrange(3))
            )
            for name in "NQ"
        ]
        made_of = rng.choice(["factors", "terms", "parts"])
        never = rng.random() < 0.2
        around = Suspects("δ_h", tuple(wrong), *others, made_of, never)
        typed = rng.choice(
            ["0.12", "0.13", "0.1", "-0.12", "1.2", "0.120", "0", "−0.01"]
        )
        found.append((typed, rng.choice(values), around))
    return found


def rounded_otherwise(rng, right, around):
    """What may be typed for a number: it, and all it may be taken for, to some digits,
    a little off, with another sign or point."""
    others = (*around.mistakes, *around.neighbours, *around.quantities)
    values = [right, *rng.sample([one["value"] for one in others], min(8, len(others)))]
    for value in values:
        for share in (0, 0, 0.0039, 0.0041, 0.015, 0.0249, 0.0251, 0.3, 1.2):
            off = value * (1 + rng.choice((-1, 1)) * share)
            sign, ten = rng.choice((1, 1, -1)), rng.choice((1, 1, 1, 0.1, 100, 7))
            yield f"{sign * ten * off:.{rng.choice((1, 2, 3, 4, 9))}g}"
        size = 10 ** rng.choice((1, 2, 3))
        yield repr(int(value * size) / size)  # cut off


@cache
def questions():
    """(what a page is told and asked, what Python finds there), for each quantity of
    some networks at its last place."""
    rng, found = random.Random(0), []
    for seed, sizes in (0, {}), (1, {}), (2, {"inputs": 2, "hidden": 2, "outputs": 2}):
        room = gallery.Room(MODEL, seed, **sizes)
        room.one = room.one.alone(0)
        for label in room.equations:
            place = room.places(label)[-1]
            right = float(mistakes.right_value(label, room.one, place))
            around = suspects(label, room.one, place)
            wrong = json.loads(json.dumps(mistakes.told([label], MODEL)))
            texts = [*rounded_otherwise(rng, right, around), "0", "0.0"]
            data = [room.data, room.given, label, list(place), wrong, texts, right]
            ids = [told(judge(text, right, around)) for text in texts]
            found.append((data, around, ids))
    return found


def told(found):
    """A Verdict as the page gives it."""
    ids = [f"{m.get('kind', 'mistake')} {m['id']}" for m in found.found]
    return [found.kind, found.right, found.text, ids]


def judged_otherwise(page, source):
    """What a page with this judge.js finds that Python does not, in sentences."""
    every = questions()
    data = [data for data, _, _ in every]
    text = (ROOT / "code/book/engine.js").read_text("utf-8")
    asked = [(typed, right, around._asdict()) for typed, right, around in tables()]
    got = page.evaluate(ASK, [source, text, DATA, data, strings(), asked])
    faults = []
    for (typed, right, around), ours in zip(tables(), got["tables"], strict=True):
        if ours != (found := told(judge(typed, right, around))):
            faults.append(f"judged {typed} for {right} as {ours}; expected {found}")
    for typed, ours in zip(strings(), got["read"], strict=True):
        value, last, digits, why = read(typed)
        right = [None if why else value, last, digits, why]
        if ours != right:
            faults.append(f"read {typed!r} as {ours}; expected {right}")
    for typed, ours in zip(strings(), got["html"], strict=True):
        below = re.sub(r"_(\w+)", r"<sub>\1</sub>", typed.replace("<", "&lt;"))
        if ours != below:
            faults.append(f"wrote {typed!r} as {ours!r}; expected {below!r}")
    if got["speaks"] != SPEAKS:
        faults.append(f"speaks of {got['speaks']}; expected {SPEAKS}")
    for ((_, _, label, place, _, texts, _), around, ids), ours in zip(
        every, got["asked"], strict=True
    ):
        where = f"{label} at {place}"
        if ours["here"] != around.here:
            faults.append(f"{where} is {ours['here']!r}; expected {around.here!r}")
        if ours["equation"] != (said := [around.made_of, around.never_negative]):
            faults.append(f"{where} is {ours['equation']}; expected {said}")
        for name in "mistakes", "neighbours", "quantities":
            right = [(one["name"], one["value"]) for one in getattr(around, name)]
            if [n for n, _ in ours[name]] != [n for n, _ in right]:
                faults.append(f"{where}: the {name} are {ours[name]}; expected {right}")
            elif [v for _, v in ours[name]] != pytest.approx(
                [v for _, v in right], rel=1e-7, abs=1e-12
            ):
                faults.append(f"{where}: the {name} are {ours[name]}; expected {right}")
        for typed, said, right in zip(texts, ours["told"], ids, strict=True):
            if said != right:
                faults.append(f"{where}: of {typed!r} {said}; expected {right}")
    return faults


@pytest.fixture(scope="module")
def desk(browser):
    """A page in which judge.js is loaded by itself."""
    page = browser.new_page()
    yield page
    page.close()


def test_the_judge_of_a_page_finds_what_python_finds(desk):
    found = judged_otherwise(desk, (ROOT / "code/book/judge.js").read_text("utf-8"))
    assert not found, "\n".join(found[:12]) + f"\n{len(found)} in all"


def test_nothing_that_is_said_of_a_wrong_number_holds_the_right_one():
    for (label, unit, example), rows in TABLE.items():
        right, around = asked(label, unit, example)
        if not right:
            continue
        digits = f"{abs(right):.4f}".strip("0").strip(".")
        for text, *_ in rows:
            found = judge(text, right, around)
            if not found.right and digits not in text.replace(",", "."):
                assert digits not in found.text, found


# ---- the rules, by numbers


def test_a_fraction_has_no_last_digit_and_a_whole_number_ends_at_the_point():
    assert read("−1/38").value == -1 / 38 and read("½").value == 0.5
    assert read("1,234").value == 1.234 and read("1.234.567").value == 1234567
    assert read("12.").last == 1 and read("12.0").last == 0.1
    assert read("2.60e-2")[:3] == (0.026, 1e-4, 3) and read("10⁻²").value == 0.01


@pytest.mark.parametrize(
    "text, right, digits",
    [("0.62", 0.6225, 2), ("0.6", 0.6225, 1), ("1", 0.6225, 0), ("−0.03", -0.026, 1),
     ("0.10", 0.097, 2), ("0.1", 0.097, 0), ("0", 0.0038, 0), ("-0.026", -0.02602, 2)],
)  # fmt: skip
def test_digits_count_from_the_first_of_the_true_number(text, right, digits):
    typed = read(text)
    assert shown(typed, right) == digits
    kind = {0: "digit", 1: "short"}.get(digits, "right")
    assert judge(text, right).kind == kind


def test_each_tolerance_ends_where_it_says():
    way, near = TOLERANCE["way"], TOLERANCE["near"]
    assert (way, near) == (0.004, 0.025)
    for right in 0.123456789, -45.6789:
        for share, kinds in (
            (0.98 * way, "way"), (1.02 * way, "near"), (0.98 * near, "near"),
            (1.02 * near, "size"),
        ):  # fmt: skip
            for side in 1 + share, 1 - share:
                assert judge(repr(right * side), right).kind == kinds
    assert judge("0.12", 0.1289).kind == "near"  # cut off, not rounded
    assert judge("0.1", 0.19).kind == "size"


def test_the_right_number_wins_a_tie_and_a_very_number_wins_a_rounding():
    wrong = {"id": "x", "name": "Wrong", "sentence": "Mend it.", "value": 0.6193}
    found = judge("0.62", 0.6225, Suspects("O", (wrong,)))
    assert found.right and found.text == "Right." and not found.found
    found = judge("0.62", 0.6225, Suspects("O", (wrong | {"value": 0.62},)))
    assert found.kind == "digit" and "“Wrong”" in found.text
    found = judge("0.6193", 0.6193 * 1.003, Suspects("O", (wrong,)))
    assert found.kind == "mistake"
    more = [wrong | {"id": name, "name": name} for name in ("A", "B", "sign")]
    found = judge("0.6193", -0.6193, Suspects("O", tuple(more)))
    assert [one["id"] for one in found.found] == ["sign", "A", "B"]
    assert found.text.startswith(SAID["several"]) and "A; B" in found.text


def test_values_that_one_typed_number_could_be_are_not_apart():
    assert not apart(0.2398, 0.2403) and apart(0.2398, 0.2450) and apart(1, -1)
    for a, b in (1.0, 1.01), (0.5, 0.505):
        if apart(a, b):
            for k in range(1000):
                typed = read(f"{a + (b - a) * k / 1000:.5f}")
                assert not (fit(typed, a) and fit(typed, b))


def test_a_page_measures_with_the_same_numbers():
    assert DATA == {"sentences": SAID, "tolerance": TOLERANCE}
    text = (ROOT / "code/book/judge.js").read_text("utf-8")
    assert "0.004" not in text and "0.025" not in text

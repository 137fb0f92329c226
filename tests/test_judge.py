"""Typed answers: how they are read and what is said, in Python and in a page."""

import re

import pytest

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
        ("0", "digit", "It fits so far. One more digit"),
        ("−0.0", "digit", "It fits so far. One more digit"),
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
        ("0.849", "way", "Right, rounded on the way."),
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
        ("−0.7", "right", "cannot tell it from “Only the first term"),
        ("0.7", "several", "The sign is the other one. The size is right"),
        ("0.7", "several", "Or: The weights are left out."),
        ("0.3", "neighbour", "That is N_h1."),
    ],
    # 0.12013; f′ alone is 0.2398, twice as much 0.2403.
    ("eq-output-delta", "o2", ""): [
        ("0.12", "right", "So few digits cannot tell it from “The short form of f′"),
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
    assert found.right and "cannot tell it from “Wrong”" in found.text
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

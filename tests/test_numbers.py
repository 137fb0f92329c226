"""Each number in a sentence is what the quantity is that it is bound to."""

import json
import re

import pytest

import bind
import refresh
import student
from book import bound, execution

PAGES = {path.stem: path for path in bound.pages()}
MOST_FREE = 5  # in 100
each_page = pytest.mark.parametrize("page", PAGES)


def listed(faults):
    return "\n".join(["", *faults])


@each_page
def test_every_number_in_a_sentence_is_bound(page):
    faults = [
        f"{one}: {wrong}"
        for one in bound.said(PAGES[page])
        if (wrong := bound.unbound(one))
    ]
    assert not faults, listed(faults)


@each_page
def test_a_number_is_what_its_mark_gives(page, executions):
    faults = [
        f"{one}: {wrong}"
        for one in bound.said(PAGES[page])
        if one.number.mark and not one.free and not bound.unbound(one)
        if (wrong := bound.differs(one, executions(one.chapter).answers[one.asked]))
    ]
    assert not faults, listed(faults)


def test_few_numbers_are_free():
    every = [one for path in PAGES.values() for one in bound.said(path)]
    free = [f"{one}: {one.free}" for one in every if one.free]
    assert len(free) <= MOST_FREE / 100 * len(every), listed(free)


# ---- what has to be bound


@pytest.mark.parametrize("text, words", [
    ("about 0.62 of it", ["0.62"]),
    ("from −0.3 to -0.4 and minus 0.5", ["−0.3", "-0.4", "minus 0.5"]),
    ("| a | 0.1, 1.25 |", ["0.1", "1.25"]),
    ("**0.5** and *0.25*.", ["0.5", "0.25"]),
    ("15 % or 15% or 2.5 per cent", ["15 %", "15%", "2.5 per cent"]),
    ("Fifteen per cent, one\nper cent", ["Fifteen per cent", "one per cent"]),
    ("a 95 per cent interval", ["95 per cent"]),
    ("5 to 10 per cent", ["5 to 10 per cent"]),
    ("in 83 of 100 starts", ["83 of 100"]),
    ("26 and 30 of the 1,000", ["26 and 30 of the 1,000"]),
    ("nineteen of twenty", ["nineteen of twenty"]),
    ("one in a hundred, 5 in 100", ["one in a hundred", "5 in 100"]),
    ("$0.5$ and $-0.25$ and $15\\,\\%$", ["0.5", "-0.25", "15\\,\\%"]),
    ("$(0.1, -0.2)$", ["(0.1, -0.2)"]),
    ("## A rate of 0.5", ["0.5"]),
    (":::{admonition} At 0.5\n:class: a\nor 0.7\n:::\n0.2", ["0.5", "0.7", "0.2"]),
    ("1. 0.5\n2. 2.0", ["0.5", "2.0"]),
    ("(They are −2, -12 and minus 4.)", ["−2", "-12", "minus 4"]),
    ("> It is 4.2 times 10,000.5.", ["4.2", "10,000.5"]),
])  # fmt: skip
def test_a_decimal_a_percentage_and_a_count_are_to_be_bound(text, words):
    assert [number.words for number in bound.numbers(text)] == words


@pytest.mark.parametrize("text", [
    "a net of 2-2-2, 784 inputs and 30 epochs, the 3rd of them, in 1986",
    "Chapter 5, section 4.2, figure 3.1, tables 4.1 and 4.2, equation (2.3)",
    "Python 3.10, version 2.0.1, CC BY 4.0, arXiv:1711.10561",
    "one of two, two of them, one of ten reasons",
    "from −1 to 1, 2-3-2, 1986-1990, pages 586–594, NIPS-29",
    "`0.5` and ``0.5`` and {eq}`eq-0.5`",
    "[page](https://a.org/0.5) https://a.org/1.5 <a href='0.5'>",
    "```python\n0.5\n```",
    "````{code-block} python\n0.5\n```\n0.5\n````",
    "$$\n0.5\n$$ (eq-half)",
    "$N = 0.5 \\times 2$ and $x_i < 0.5$",
    "<!-- model: losses 0.5 -->",
    ":::{figure} x.png\n:width: 0.5em\n:::",
])  # fmt: skip
def test_what_is_a_name_a_size_or_code_is_not(text):
    assert bound.numbers(text) == []


@pytest.mark.parametrize("text, values, mark", [
    ("0.62<!--= O[0] -->", (0.62,), "O[0]"),
    ("$-0.5$<!--= a -->.", (-0.5,), "a"),
    ("$\\delta \\approx -0.026$<!--= a -->", (-0.026,), "a"),
    ("$H \\approx (0.57, 0.33)$<!--= a -->", (0.57, 0.33), "a"),
    ("**0.5**<!--= a -->", (0.5,), "a"),
    ("fifteen per cent<!--= 100 * a -->", (15,), "100 * a"),
    ("57 of 100<!--= a, n -->", (57, 100), "a, n"),
    ("It took 207<!--= n --> updates", (207,), "n"),
    ("Three<!--= n --> of them", (3,), "n"),
    ("one of ten<!--= a, n -->", (1, 10), "a, n"),
])  # fmt: skip
def test_a_mark_belongs_to_the_number_before_it(text, values, mark):
    (number,) = bound.numbers(text)
    assert (number.values, number.mark) == (values, mark)


@pytest.mark.parametrize("source, words", [
    ("figure(fig, alt='from 0.5 to 1')", ["0.5"]),
    ("figure(fig, alt=f'from {a:.1f} to 0.25')", ["0.25"]),
    ("figure(fig, alt=f'from {0.5} to {a:0.1f}')", ["0.5"]),
    ("ax.set_title('15 % of 57 of 100')\nfigure(fig, alt='a')", ["15 %", "57 of 100"]),
    ("words = 'it is 0.5'\nfigure(fig, alt=words)", ["0.5"]),
    ("ax.plot(x, color='0.5')\nfigure(fig, alt=f'{len(x)} of {n}')", []),
    ("print('0.5')", []),
])  # fmt: skip
def test_what_is_drawn_takes_its_numbers_from_the_data(tmp_path, source, words):
    cell = {"cell_type": "code", "source": [source]}
    path = tmp_path / "01-x.ipynb"
    path.write_text(json.dumps({"cells": [cell]}))
    found = bound.said(path)
    assert [one.number.words for one in found] == words
    assert all("f-string" in bound.unbound(one) for one in found)


# ---- what a mark may say


@pytest.mark.parametrize("expression", [
    "O[0, 1]", "net.w[0, -1]", "off['new v']", "curve[1:].max()", "100 * (1 - share)",
    "abs(E - before)", "solved, starts", "len(runs)", "(E < a).sum()", "(E > 0).sum()",
    "X[0] @ w[:, 0]", "w.mean(axis=0)[1]", "bp.error(O, D)", "1 / np.e", "x ** 2 / 2",
    "below: E",
])  # fmt: skip
def test_a_mark_names_a_quantity(expression):
    assert bound.refused(expression) == ""


@pytest.mark.parametrize("expression, why", [
    ("0.6193", "names no quantity"),
    ("57, 100", "names no quantity"),
    ("O[0] + 0.002", "0.002 could bring the result"),
    ("0 * O[0] + 15", "could bring the result"),
    ("n + 15", "15 could bring the result"),
    ("1, n", "1 could bring the result"),
    ("f(2)", "2 could bring the result"),
    ("[0.5, n][0]", "List cannot stand"),
    ("(15, n)[0]", "15 could bring the result"),
    ("float('0.6') * n", "float makes another number"),
    ("f('0.6')", "'0.6' could bring the result"),
    ("round(O[0], 2)", "round makes another number"),
    ("O.round(2)[0]", "round makes another number"),
    ("np.floor(O[0])", "floor makes another number"),
    ("O[0] if O[0] > 1 else D", "IfExp cannot stand"),
    ("(n := O[0])", "NamedExpr cannot stand"),
    ("O._mask", "_mask is nobody's affair"),
    ("O[0", "no expression of Python"),
    ("a | b", "'|' would end a cell"),
    (" + ".join("abcdefghijklmnopqrstuvwxyz"), "at most 72 characters"),
])  # fmt: skip
def test_a_mark_cannot_bring_its_own_result(expression, why):
    assert why in bound.refused(expression)


@pytest.mark.parametrize("path, text, why", [
    ("chapters/02-forward-pass.ipynb", "0.5", "is bound to nothing"),
    ("chapters/02-forward-pass.ipynb", "it is<!--= O[0] -->", "stands after no number"),
    ("chapters/02-forward-pass.ipynb", "0.5<!--= free: so -->", "without a reason"),
    ("chapters/02-forward-pass.ipynb", "0.5<!--= 99: x -->", "names no chapter"),
    ("back/page.md", "0.5<!--= x -->", "names no chapter"),
    ("back/page.md", "## At 0.5<!--= 02: x -->", "in a heading"),
    ("chapters/02-forward-pass.ipynb", "0.5<!--= free: by the author's leave -->", ""),
    ("chapters/02-forward-pass.ipynb", "0.5<!--= x[0] -->", ""),
    ("back/page.md", "0.5<!--= 02: x[0] -->", ""),
])  # fmt: skip
def test_what_is_wrong_with_a_mark_is_said(path, text, why):
    (number,) = bound.numbers(text)
    said = bound.unbound(bound.Said(path, 0, text, number))
    assert why in said and bool(why) == bool(said)


# ---- what it is compared with


@pytest.mark.parametrize("text, value", [
    ("0.62", 0.6249), ("0.62", 0.615), ("-0.50", -0.4951), ("15 %", 15.4),
    ("fifteen per cent", 14.6), ("1,024", 1024), ("0.125", 0.1245),
])  # fmt: skip
def test_a_number_is_the_rounding_of_its_quantity(text, value):
    (number,) = bound.numbers(f"{text}<!--= x -->")
    one = bound.Said("chapters/02-forward-pass.ipynb", 0, text, number)
    assert bound.differs(one, (value,)) == ""
    step = 2.5 * number.halves[0]
    for other in value + step, value - step, -value, float("nan"), float("inf"):
        assert "but x is" in bound.differs(one, (other,))
    assert "gives 2 numbers, not 1" in bound.differs(one, (value, value))
    assert "no cell says what x is" in bound.differs(one, "no cell says what x is")


def test_each_number_of_several_is_compared():
    (number,) = bound.numbers("in 57 of 100<!--= solved, n --> starts")
    one = bound.Said("chapters/02-forward-pass.ipynb", 0, "57 of 100", number)
    assert bound.differs(one, (57, 100)) == ""
    assert bound.differs(one, (58, 100)) and bound.differs(one, (57, 101))


# ---- where its quantity is looked up

CELLS = [
    (
        "markdown",
        "x is 0.5<!--= x --> and 0.5<!--= below: x -->, y 0.9<!--= y -->",
    ),
    ("code", "x = 0.5"),
    ("markdown", "0.5<!--= x --> and 0.7<!--= below: x --> and 0.9<!--= y -->"),
    ("code", "x += 0.2"),
    ("markdown", "0.7<!--= x --> and 0.9<!--= y --> and 1.4<!--= 2 * f(x) -->"),
    ("code", "y = 0.9\ndef f(x): return x"),
    ("code", "x = 8"),
]


def notebook(folder, cells=CELLS, name="02-x.ipynb"):
    path = folder / name
    kinds = {"markdown": {}, "code": {"outputs": []}}
    cells = [
        {"cell_type": kind, "metadata": {}, "source": text.splitlines(True)}
        | kinds[kind]
        for kind, text in cells
    ]
    path.write_text(json.dumps({"cells": cells}))
    return path


def test_a_mark_has_the_values_above_it_or_the_first_that_come(tmp_path):
    path = notebook(tmp_path)
    asked = {(one.cell, one.number.mark): one for one in bound.said(path)}
    questions = [execution.Asked(*place) for place in asked]
    answers = execution.executed(path, questions).answers
    assert len(answers) == 9
    for place, one in asked.items():
        assert bound.differs(one, answers[place]) == "", place


def test_what_no_cell_knows_and_what_fails_is_said(tmp_path):
    path = notebook(tmp_path)
    questions = [
        execution.Asked(4, said) for said in ("z + x", "x[0]", "f", "below: z")
    ]
    answers = execution.executed(path, questions).answers
    assert answers[questions[0]] == answers[questions[3]] == "no cell says what z is"
    assert answers[questions[1]].startswith("TypeError: ")
    assert answers[questions[2]].startswith("TypeError: ")


def test_a_notebook_that_does_not_run_says_where(tmp_path):
    path = notebook(tmp_path, [("code", "x = 1"), ("code", "x / 0")])
    with pytest.raises(execution.Failed, match="02-x: cell 1: ZeroDivisionError: divi"):
        execution.executed(path)


def test_a_number_is_sought_among_what_the_cell_knows(tmp_path):
    path = notebook(tmp_path)
    numbers = 0.5, 0.7, 0.9, 0.25, 5.1
    sought = [execution.Sought(2, number, 0.005) for number in numbers]
    found = execution.executed(path, sought=sought).found
    assert [found[one][:1] for one in sought] == [
        ["x"], ["below: x"], ["y"], ["x * x"], []
    ]  # fmt: skip


# ---- who sees a mark


def test_no_page_deck_or_search_shows_a_mark(pages):
    shown = [path for path in pages.rglob("*") if path.suffix in (".html", ".js")]
    assert {"chapters", "back", "slides"} <= {path.parent.name for path in shown}
    for path in shown:
        text = path.read_text("utf-8")
        assert not re.search(r"(?:<|&lt;|\\u003c)!--=", text), path.name
    marked = bound.said(PAGES["02-forward-pass"])
    line = next(one.line for one in marked if re.fullmatch(r"[\w ,.:−]+", one.line))
    assert line in (pages / "chapters" / "02-forward-pass.html").read_text("utf-8")


def test_no_students_copy_holds_a_mark():
    for path in bound.pages():
        if path.suffix == ".ipynb":
            copy = student.without_answers(refresh.read(path))
            assert "<!--=" not in refresh.canonical(copy)


# ---- the tool that lists what is open


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """A book of one chapter, with two numbers that nothing binds."""
    cells = [
        ("code", "x = 0.5"),
        ("markdown", "It is 0.5, not 0.25.\nOr 0.5<!--= x -->."),
    ]
    path = notebook(tmp_path, cells)
    monkeypatch.setattr(bound, "pages", lambda: [path])
    monkeypatch.setattr(bound, "chapters", lambda: [path])
    monkeypatch.setattr(bound.Said, "chapter", path.stem)
    return path


def test_what_is_open_is_listed_with_what_fits(chapter, capsys):
    assert bind.plan(chapter) == []
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "",
        "# cell 1: It is 0.5, not 0.25.",
        "1.1 0.5 = ",
        "    # x",
        "    # 1 - x",
        "1.2 0.25 = ",
        "    # x * x",
        "",
        "# 2 unbound, 1 marked, 0 at fault",
    ]


def test_a_mark_that_is_wrong_is_listed(chapter, capsys):
    chapter.write_text(chapter.read_text().replace("Or 0.5", "Or 0.6"))
    (fault,) = bind.plan(chapter)
    assert fault.endswith("“Or 0.6.”: 0.6: but x is 0.5")
    assert capsys.readouterr().out.endswith(f"1 at fault\n# {fault}\n")


def test_a_plan_that_is_filled_in_is_written_as_marks(chapter):
    plan = "# cell 1: It is …\n1.1 0.5 = x\n    # x\n1.2 0.25 = x * x\n"
    assert bind.take(chapter, plan) == 2
    (cell,) = [c for c in json.loads(chapter.read_text())["cells"] if "It" in str(c)]
    assert "".join(cell["source"]) == (
        "It is 0.5<!--= x -->, not 0.25<!--= x * x -->.\nOr 0.5<!--= x -->."
    )
    assert [bound.unbound(one) for one in bound.said(chapter)] == ["", "", ""]


@pytest.mark.parametrize("plan, why", [
    ("1.1 0.7 = x", "1.1 is not '0.7' now: make the plan again"),
    ("1.3 0.5 = x", "1.3 is not '0.5' now: make the plan again"),
    ("1.1 0.5 = 0.5", "it names no quantity"),
])  # fmt: skip
def test_a_plan_that_does_not_fit_writes_nothing(chapter, plan, why):
    before = chapter.read_text()
    with pytest.raises(SystemExit, match=re.escape(why)):
        bind.take(chapter, f"1.2 0.25 = x * x\n{plan}")
    assert chapter.read_text() == before

"""The worksheet: short numbers, every quantity of the pass, and a key that is right."""

import re

import numpy as np
import pytest

import backprop as bp
from book import check, ideas, worksheet
from book.model import models
from book.trees import difference


@pytest.mark.parametrize("seed", range(5))
def test_the_key_holds_every_number_of_the_pass(seed):
    net, X, D = worksheet.example(seed)
    lines = list(worksheet.key(seed).lines())
    wanted = list(bp.steps(net, X, D, worksheet.ETA))
    assert len(lines) == sum(np.size(s.value) for s in wanted)
    for step in wanted:
        found = [value for _, label, _, value in lines if label == step.label]
        assert np.allclose(found, np.ravel(step.value), rtol=1e-12)


def test_the_numbers_are_short_and_never_nothing():
    for seed in range(50):
        net, X, D = worksheet.example(seed)
        for a in (net.w, net.b, net.v, net.c, X, D):
            assert np.allclose(a * 10, np.round(a * 10)) and (a != 0).all()


def test_a_seed_is_always_the_same_sheet_and_another_seed_another_one():
    assert repr(worksheet.sheet(3)) == repr(worksheet.sheet(3))
    assert repr(worksheet.sheet(3)) != repr(worksheet.sheet(4))


def test_no_number_of_a_pass_is_too_small_to_write_down():
    for seed in range(20):
        values = [abs(value) for *_, value in worksheet.key(seed).lines()]
        assert min(values) >= worksheet.SMALLEST


def test_the_drawing_has_every_number_that_is_given():
    net, X, D = worksheet.example(5)
    said = re.findall(r">([^<]+)</text>", worksheet.drawn(net, X, D))
    numbers = sorted(
        float(t.split()[-1].replace("−", "-"))
        for t in said
        if "." in t or t[-1].isdigit() and t[0] not in "iho"
    )
    given = np.concatenate([np.ravel(a) for a in (net.w, net.b, net.v, net.c, X, D)])
    assert numbers == sorted(given)


def test_a_class_gets_a_sheet_for_each_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class.txt").write_text("Ada <L.>\n\nGrace H.\n", "utf-8")
    worksheet.main(["--names", "class.txt"])
    assert capsys.readouterr().out.startswith("2 sheets")
    folder = tmp_path / "_build" / "worksheets"
    assert "Name: Ada &lt;L.&gt;" in (folder / "sheet-1.html").read_text("utf-8")
    assert "Name: Grace H." in (folder / "key-2.html").read_text("utf-8")
    for words in (["--names"], ["--names", "nowhere"]):
        with pytest.raises(SystemExit):
            worksheet.main(words)


@pytest.mark.parametrize("seed", (1, 2))
def test_a_sheet_is_one_page_of_a4(browser, tmp_path, seed):
    folder = worksheet.write([seed], tmp_path)
    for kind in "sheet", "key":
        page = browser.new_page()
        page.goto((folder / f"{kind}-{seed}.html").as_uri())
        printed = page.pdf(prefer_css_page_size=True)
        page.close()
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
        assert b"595" in printed and b"842" in printed or b"841" in printed


def test_the_sheet_does_not_hold_its_key(tmp_path):
    folder = worksheet.write([1], tmp_path)
    sheet, key = ((folder / f"{name}-1.html").read_text() for name in ("sheet", "key"))
    cells = re.findall(r"<td>(.*?)</td>", sheet)
    assert cells and not any(cells)
    assert all(re.findall(r"<td>(.*?)</td>", key))


def test_a_number_of_the_key_is_what_the_checker_calls_right():
    net, X, D = worksheet.example(1)
    for _, label, place, value in worksheet.key(1).lines():
        letters = next(s.indices for s in bp.steps(net, X, D) if s.label == label)
        unit = "".join(f"{letter}{k + 1}" for letter, k in zip(letters, place))
        said = check(label, float(f"{value:.4g}"), unit, net=net, X=X, D=D)
        assert said.verdict == "right", (label, unit, value, said)


MODELS = [
    *(m for m in ideas.everywhere() if ideas.computed(m)),
    *models("models.recurrent").values(), *models("models.boltzmann").values(),
]  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.full_name)
@pytest.mark.parametrize("seed", (1, 7))
def test_the_key_of_any_model_holds_what_its_functions_compute(model, seed):
    found = worksheet.instance(seed, model)
    lines = list(worksheet.key(seed, model).lines())
    assert list(dict.fromkeys(label for _, label, _, _ in lines)) == ideas.computed(
        model
    )
    for label in ideas.computed(model):
        values = [value for _, other, _, value in lines if other == label]
        computed = model.call(label, found)
        if model.has_rows(model.equations[label].lhs):
            computed = computed[0]
        assert difference(np.reshape(values, np.shape(computed)), computed) < 1e-9, (
            label
        )


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.full_name)
def test_all_that_the_equations_read_is_on_the_sheet_and_short(model):
    """From what is printed alone, every number can be computed."""
    found, printed = worksheet.instance(3, model), repr(worksheet.sheet(3, model))
    heads = printed.splitlines()[1]
    numbers = list(worksheet._numbers(found))
    assert numbers
    for tree, place, value in numbers:
        text = worksheet.text(tree, model, place)
        assert f"{text} = {worksheet.shown(value)}" in heads
        assert value == np.pi or value == pytest.approx(float(f"{value:.2g}")), text
    given = {tree[1] for tree, _, _ in numbers} | {"alpha"}
    if "H_t0h1 = " in heads:
        given.add("H_0")
    assert ("H_t0h1 = " in heads) == (model.name == "recurrent")
    for name in found.given:
        world = model.given(**_nudged(found, name)).world if name not in given else None
        if world:
            for label in ideas.computed(model):
                tree, letters = (
                    model.equations[label].rhs,
                    model.equations[label].letters,
                )
                assert np.allclose(
                    world.table(tree, letters), found.world.table(tree, letters)
                )


def _nudged(found, name):
    """What is given in an instance, with one quantity another."""
    moved = (
        {name: np.asarray(found.raw[name], float) + 0.01} if name in found.raw else {}
    )
    return {**found.raw, "ranges": found.ranges, **moved}


def test_a_sheet_of_another_model_says_so_and_has_its_phases():
    fruit = repr(worksheet.sheet(7, "fruit")).splitlines()
    assert fruit[0] == "Worksheet 7, fruit" and fruit[-1] == "θ after the update = ……"
    assert worksheet.sheet(7, "fruit").phases() == {
        "Fruit": ideas.computed(ideas.model("fruit"))
    }
    assert list(worksheet.sheet(7).phases()) == [
        "Forward", "Error", "Output delta", "Hidden delta", "Update",
    ]  # fmt: skip
    html = worksheet.key(7, "losses.softmax")._repr_html_()
    assert "<caption>Softmax</caption>" in html and "<mi>δ</mi>" in html

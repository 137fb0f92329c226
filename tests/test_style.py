"""Python, JavaScript and CSS are tidy; `make tidy` mends what a program can mend."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import optimisers
from book import source

ROOT = Path(__file__).parent.parent
CHECKS = {
    "Python and notebooks have no finding": ("ruff", "check", "--quiet", "--no-cache"),
    "Python and notebooks are formatted": ("ruff", "format", "--check", "--no-cache"),
    "JavaScript and CSS": (
        "biome",
        "check",
        "--error-on-warnings",
        "--max-diagnostics=50",
    ),
}


def run(program, *arguments, cwd=ROOT):
    command = [Path(sys.executable).with_name(program), *arguments, "."]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_is_tidy(check):
    done = run(*check)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "name, text",
    [
        ("code/long.py", f"x = {'1 + ' * 30}1\n"),
        ("code/unused.py", "import os\n"),
        ("code/book/unused.js", "function f() {\n  const x = 1;\n}\nf();\n"),
        ("slides/unknown.css", "a {\n  colour: red;\n}\n"),
        ("tools/bookext/theme/spaces.js", "f( 1 )\n"),
    ],
)
def test_what_is_not_tidy_is_found(tmp_path, name, text):
    for settings in ("pyproject.toml", "biome.json"):
        (tmp_path / settings).write_bytes((ROOT / settings).read_bytes())
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(text)
    assert any(run(*check, cwd=tmp_path).returncode for check in CHECKS.values())
    (tmp_path / name).write_text("")
    found = [run(*check, cwd=tmp_path) for check in CHECKS.values()]
    assert not [done.stdout + done.stderr for done in found if done.returncode]


def test_a_listing_leaves_out_what_is_said_to_the_linter(pages):
    assert "# noqa: E501" in inspect.getsource(optimisers.adam)
    assert "noqa" not in source(optimisers.adam).text
    shown = (pages / "back" / "source.html").read_text("utf-8")
    assert "noqa" not in shown and "fmt: skip" not in shown

"""What a person types, and what the files at the root promise."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TARGET = re.compile(r"^([a-z][a-z-]*):", re.M)


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def make(*arguments):
    """Run make, but let no recipe run that would set anything up."""
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "MAKEFLAGS": ""},
    )


def tracked_files():
    """The files a clone has; also where the tests run outside a clone."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git clone")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_bare_make_lists_every_verb_and_no_other():
    listed = re.findall(r"^  ([a-z-]+) +\S", make().stdout, re.M)
    there = TARGET.findall(read("Makefile"))
    assert sorted(listed) == sorted(set(there) - {"help"})
    assert {"book", "test", "refresh", "lab", "bench", "lock", "clean"} <= set(listed)


@pytest.mark.parametrize("verb", TARGET.findall(read("Makefile")))
def test_make_knows_how_to_do_the_verb(verb):
    done = make("--dry-run", verb)
    assert done.returncode == 0, done.stderr


def test_every_command_in_the_readme_is_a_verb():
    mentioned = re.findall(r"`?make ([a-z][a-z-]*)", read("README.md"))
    assert {"book", "test"} <= set(mentioned)
    assert set(mentioned) <= set(TARGET.findall(read("Makefile")))


def test_every_folder_and_file_in_the_readme_is_there():
    for name in re.findall(r"`([\w./-]+(?:/|\.\w+))`", read("README.md")):
        if not name.startswith("_build"):
            assert list(ROOT.glob(name)) or list(ROOT.glob(f"*/{name}")), name


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")))
def test_workflow_runs_the_verbs_and_nothing_else(path):
    runs = re.findall(r"^\s*-? ?run: *(.*)$", path.read_text(), re.M)
    verbs = TARGET.findall(read("Makefile"))
    assert runs
    for run in runs:
        assert run.split()[0] == "make" and run.split()[1] in verbs, run


def test_ci_runs_the_tests_with_their_peers():
    path = ROOT / ".ci" / "run"
    assert path.read_text() == "#!/bin/sh\nmake test PEERS=1\n"
    assert os.access(path, os.X_OK)


def test_requirements_begin_with_the_book_itself_and_are_bounded():
    first, *others = read("requirements.txt").split("\n")
    assert first == "-e ."
    for line in filter(None, others):
        assert re.fullmatch(r"[\w-]+>=[\d.]+,<[\d.]+", line), line


def test_constraints_pin_everything_for_every_python_but_pytorch():
    pinned = set()
    for line in read("constraints.txt").splitlines():
        if not line.startswith("#"):
            assert re.match(r"[a-z0-9.-]+==\S+( ;|$)", line), line
            pinned.add(line.split("==")[0])
    wanted = re.findall(r"^([\w-]+)>=", read("requirements.txt"), re.M)
    wanted += re.findall(r'^ +"([\w-]+)>=', read("pyproject.toml"), re.M)
    assert {name.lower() for name in wanted} <= pinned
    assert "torch" not in pinned


def test_no_tracked_file_names_a_machine_or_a_registry():
    machine = re.compile(
        r"(?<![\w.~$])/(home|Users|root|work|opt|builds)/\w"
        r"|file:///[\w]|--(extra-)?index-url[ =]\S|--find-links[ =]\S"
        r"|https?://(localhost|127\.|10\.|192\.168\.)"
    )
    here = Path(__file__).name
    for name in tracked_files():
        if Path(name).name == here:
            continue
        text = (ROOT / name).read_text("utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            found = machine.search(line)
            assert not found, f"{name}:{number}: {found.group()}"


def test_no_derived_file_is_tracked():
    derived = re.compile(r"(^|/)(_build|__pycache__|\.venv|\.ipynb_checkpoints)/|\.egg-info/|\.pyc$")
    assert not [name for name in tracked_files() if derived.search(name)]


def test_setup_refuses_an_unknown_step_and_changes_nothing():
    done = subprocess.run(
        [sys.executable, "tools/setup.py", "kitchen"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode and "kitchen" in done.stderr
    assert not (ROOT / ".venv" / "ready-kitchen").exists()


def test_setup_says_what_is_missing_where_no_browser_can_be_had(tmp_path):
    lame = tmp_path / "python"
    lame.write_text("#!/bin/sh\nexit 1\n")
    lame.chmod(0o755)
    code = f"import setup, pathlib; setup.PYTHON = pathlib.Path({str(lame)!r}); setup.browser()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "tools",
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode and "install Chromium" in done.stderr


def test_make_says_what_is_missing_where_there_is_no_python(tmp_path):
    done = make("--always-make", "--dry-run", "PYTHON=", "book")
    assert done.returncode and "No Python 3.10 or newer found" in done.stderr

"""What a person types, and what the files at the root promise."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import bind
import chromium

ROOT = Path(__file__).parent.parent
TARGET = re.compile(r"^([a-z][a-z-]*):", re.M)


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def make(*arguments, cwd=ROOT):
    """Run make there, without the options of the make that runs the tests."""
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "MAKEFLAGS": "", "PEERS": ""},
    )


def tracked_files():
    """The files a clone has; also where the tests run outside a clone."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git clone")
    return [
        name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()
    ]


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


@pytest.mark.parametrize("variable", ["CI", "PEERS", "OTHER"])
def test_a_skip_that_is_not_listed_fails_where_all_is_to_be_run(tmp_path, variable):
    listed = "no Firefox on this machine"
    for name, reason in (("new", "no reason"), ("other_browsers", listed)):
        test = f"import pytest\ndef test_it():\n    pytest.skip({reason!r})\n"
        (tmp_path / "tests").mkdir(exist_ok=True)
        (tmp_path / "tests" / f"test_{name}.py").write_text(test, "utf-8")
    env = {k: v for k, v in os.environ.items() if k not in ("CI", "PEERS")}
    path = f"{ROOT / 'tests'}:{env.get('PYTHONPATH', '')}"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider",
         "--rootdir", tmp_path, "tests"],
        cwd=tmp_path, capture_output=True, text=True,
        env={**env, "PYTHONPATH": path, variable: "1"},
    )  # fmt: skip
    refused = variable != "OTHER"
    assert run.returncode == refused, run.stdout + run.stderr
    assert ("tests/test_new.py: no reason" in run.stdout) == refused
    assert listed not in run.stdout


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
    derived = re.compile(
        r"(^|/)(_build|__pycache__|\.venv|\.ipynb_checkpoints)/|\.egg-info/|\.pyc$"
    )
    assert not [name for name in tracked_files() if derived.search(name)]


def a_copy(folder):
    """A folder with what setting up reads, and nothing set up."""
    for name in ("Makefile", "requirements.txt", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def a_program(path, *lines):
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def test_setting_up_is_done_again_when_what_it_reads_changes(tmp_path):
    home = a_copy(tmp_path)
    (home / ".venv").mkdir()
    (home / ".venv" / "ready-book").touch()
    assert "pip install" not in make("--dry-run", "book", cwd=home).stdout
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        again = make("--dry-run", f"--what-if={name}", "book", cwd=home)
        assert "-r requirements.txt -c constraints.txt" in again.stdout, name


def test_peers_are_set_up_only_when_asked_for(tmp_path):
    home = a_copy(tmp_path)
    (home / "tools").mkdir()
    (home / "tools" / "chromium.py").touch()
    assert "[peers]" not in make("--dry-run", "test", cwd=home).stdout
    assert "[peers]" in make("--dry-run", "test", "PEERS=1", cwd=home).stdout


def test_make_says_what_is_missing_where_python_cannot_make_an_environment(tmp_path):
    lame = a_program(tmp_path / "lame", "exit 1")
    done = make("book", f"PYTHON={lame}", cwd=a_copy(tmp_path))
    assert done.returncode and "lacks venv or ensurepip" in done.stderr
    assert not (tmp_path / ".venv" / "ready-book").exists()


def test_make_says_so_where_pip_fails_and_tries_again_next_time(tmp_path):
    home = a_copy(tmp_path)
    (home / ".venv" / "bin").mkdir(parents=True)
    a_program(home / ".venv" / "bin" / "python", '[ "$3" = --version ]')
    done = make("book", cwd=home)
    assert done.returncode and "pip could not install" in done.stderr
    assert not (home / ".venv" / "ready-book").exists()


@pytest.fixture
def no_browser(tmp_path, monkeypatch):
    """An empty PATH for a machine with no Chromium, Playwright's neither."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "starts", lambda: bool(chromium.installed()))
    fails = (sys.executable, "-c", "raise SystemExit(1)")
    monkeypatch.setattr(chromium, "DOWNLOAD", fails)
    return tmp_path


def test_what_is_missing_is_said_where_no_browser_can_be_had(no_browser):
    with pytest.raises(SystemExit, match="install Chromium"):
        chromium.main()


@pytest.mark.parametrize("user", [0, 1000])
def test_only_root_gets_a_browser_from_the_package_manager(
    no_browser, monkeypatch, user
):
    said = no_browser / "said"
    a_program(
        no_browser / "apt-get",
        f"echo $@ >> {said}",
        f"[ $1 = update ] || echo '#!/bin/sh' > {no_browser / 'chromium'}",
        f"[ $1 = update ] || /bin/chmod +x {no_browser / 'chromium'}",
    )
    monkeypatch.setattr(os, "geteuid", lambda: user)
    if user:
        with pytest.raises(SystemExit):
            chromium.main()
        assert not said.exists()
    else:
        chromium.main()
        assert "chromium fonts-urw-base35" in said.read_text()


def test_a_browser_that_is_there_is_left_alone(monkeypatch):
    def refused():
        raise AssertionError("installed another")

    monkeypatch.setattr(chromium, "install", refused)
    with ThreadPoolExecutor(1) as pool:  # the tests' own browser has a loop in this one
        pool.submit(chromium.main).result()


def test_make_says_what_is_missing_where_there_is_no_python(tmp_path):
    done = make("--always-make", "--dry-run", "PYTHON=", "book")
    assert done.returncode and "No Python 3.10 or newer found" in done.stderr


@pytest.mark.parametrize(
    "command, said",
    [
        ("tools/refresh.py 99", "'99'"),
        ("tools/refresh.py ''", "expected a beginning"),
        ("tools/bind.py 99", "'99'"),
        ("tools/bind.py 03 --take nowhere", "nowhere cannot be read as a plan"),
        ("tools/bind.py 03 --take chapters", "chapters cannot be read as a plan"),
        ("slides/make_decks.py 99", "No deck begins with '99'"),
        ("slides/make_decks.py ''", "No deck begins with ''"),
        ("-m book.worksheet abc", "seed is 'abc': expected a whole number"),
        ("-m book.worksheet 1 -2", "seed is '-2': expected a whole number"),
    ],
)
def test_a_tool_says_in_one_line_what_it_cannot_do(command, said):
    done = subprocess.run(
        [sys.executable, *shlex.split(command)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": "code:tools"},
    )
    assert done.returncode and said in done.stderr
    assert done.stderr.count("\n") == 1 and not done.stdout


def test_the_marks_of_a_broken_notebook_are_not_looked_for(tmp_path, monkeypatch):
    broken = tmp_path / "13-broken.ipynb"
    broken.write_text("{", encoding="utf-8")
    monkeypatch.setattr(bind, "page", lambda word: broken)
    with pytest.raises(SystemExit, match=r"13-broken.ipynb: not a readable notebook"):
        bind.main(["13"])

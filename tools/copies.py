"""Run the tests of a copy of the project, in a fresh process for each run.

    with Copy() as copy:
        copy.write({path: text})             what is changed; the rest is as it was
        copy.run(["tests/test_x.py"])        (exit code, what pytest said)

A process waits that has imported what the tests need of other packages, and nothing of
ours. Each run is a fork of it: what lies on disk is what is tested, and importing NumPy
sixty times is saved.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = (
    "code tests chapters tools slides benchmarks back index.md pyproject.toml"
).split()
OTHERS = "numpy pytest sklearn.datasets hypothesis anywidget matplotlib.figure".split()
OPTIONS = "-q --tb=short -p no:cacheprovider --continue-on-collection-errors".split()


class Copy:
    """A copy of the project in a folder of its own, and what runs its tests."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name).resolve()
        for name in COPIED:
            if (ROOT / name).is_dir():
                skipped = shutil.ignore_patterns("__pycache__", "_build", ".*")
                shutil.copytree(ROOT / name, self.root / name, ignore=skipped)
            else:
                shutil.copy2(ROOT / name, self.root / name)
        self.written = {}
        foreign = "PYTHONPATH", "PYTEST"  # of the tests that this may be a part of
        own = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        own["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # no plugin is needed here
        self.process = subprocess.Popen(
            [sys.executable, "-B", str(Path(__file__).resolve())],
            cwd=self.root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=own,
        )  # fmt: skip
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()

    def write(self, texts):
        """Put texts into files, and back into others what was in them before."""
        for path, before in self.written.items():
            path.write_text(before, "utf-8")
        self.written = {}
        for name, text in texts.items():
            path = self.root / name
            self.written[path] = path.read_text("utf-8")
            path.write_text(text, "utf-8")

    def run(self, tests):
        """The exit code of pytest for these tests, and all that it said."""
        self.process.stdin.write(json.dumps(tests) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def forked(tests, heard):
    """The exit code of pytest in a fork of this process; it speaks into a file."""
    import pytest

    child = os.fork()
    if not child:
        os.dup2(heard.fileno(), 1)
        os.dup2(heard.fileno(), 2)
        code = pytest.main([*OPTIONS, *tests])
        sys.stdout.flush()
        os._exit(int(code))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main():
    for name in OTHERS:
        import_module(name)
    for line in sys.stdin:
        with tempfile.TemporaryFile("w+") as heard:
            code = forked(json.loads(line), heard)
            heard.seek(0)
            print(json.dumps([code, heard.read()]), flush=True)


if __name__ == "__main__":
    main()

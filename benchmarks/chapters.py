"""Seconds to refresh and to check each chapter, and to build the whole book."""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import refresh  # noqa: E402


def timed(act):
    """The seconds `act` takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def command(*words):
    """An act: run a command of .venv; stop here if it fails."""
    tool = Path(sys.executable).with_name(words[0])

    def act():
        done = subprocess.run(
            [tool, *words[1:]], cwd=ROOT, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(done.stdout[-3000:] + done.stderr[-3000:])

    return act


def main():
    """Print the seconds; return what limits.py asks for."""
    slowest = 0
    print("Seconds, each measured alone.")
    print(f"{'':<36}{'refresh':>9}{'check':>9}")
    for path in refresh.notebooks():
        nb = refresh.read(path)
        ran = timed(lambda nb=nb, path=path: asyncio.run(refresh.run(nb, path)))
        slowest = max(slowest, ran)
        checked = timed(
            command("pytest", "-q", "--nbval", "--nbval-current-env", str(path))
        )
        print(f"{refresh.name(path):<36}{ran:>9.1f}{checked:>9.1f}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        build = command("jupyter-book", "build", "-q", ".", "--path-output", scratch)
        print(f"building the book from nothing: {timed(build):.1f}")
    return {"seconds to run the slowest notebook alone": slowest}


if __name__ == "__main__":
    main()

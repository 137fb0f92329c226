"""Make .venv and put into it what the book needs; `make` calls this.

    python tools/setup.py book     what a reader needs: requirements.txt
    python tools/setup.py tests    what the tests need besides, a browser with it
    python tools/setup.py peers    PyTorch, the tests' other opinion

Nothing is asked and nothing outside .venv is changed, save that a browser that is missing
comes from the package manager, or from Playwright into its own cache. What cannot be had
is said in one sentence. Runs before anything is installed, so it imports nothing that is.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TORCH = "torch==2.13.0"


def make_venv():
    """Make .venv, unless there is one whose Python runs."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-m", "pip", "-V"], capture_output=True).returncode == 0:
        return
    print(f"Making .venv with Python {sys.version.split()[0]}.", flush=True)
    try:
        venv.create(VENV, clear=True, with_pip=True)
    except (Exception, SystemExit):
        sys.exit(
            "This Python cannot make a virtual environment: it lacks venv or ensurepip. "
            "On Debian and Ubuntu: apt-get install python3-venv"
        )


def pip(what, *arguments):
    """Install, a dot for every package; pip's own words only if it fails."""
    print(f"Installing {what} ", end="", flush=True)
    command = [PYTHON, "-m", "pip", "install", "--progress-bar=off", *arguments]
    said = []
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for line in process.stdout:
            said.append(line)
            if line.startswith("Collecting"):
                print(".", end="", flush=True)
            elif line.startswith("Installing collected"):
                print(" unpacking", end="", flush=True)
    print(" done." if process.returncode == 0 else " FAILED.", flush=True)
    if process.returncode:
        sys.exit("".join(said[-15:]) + f"pip could not install {what}: see above.")


def book():
    pip("what the book needs", "-r", "requirements.txt", "-c", "constraints.txt")


def tests():
    pip("what the tests need", "-e", ".[tests]", "-c", "constraints.txt")
    browser()


def peers():
    pip("PyTorch (large)", TORCH)


def browser():
    """See to it that there is a Chromium: installed, the package manager's, Playwright's."""
    if any(map(shutil.which, BROWSERS)) or playwright_has_one():
        return
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        print("Installing a browser: apt-get install chromium", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run([apt, "update"], **quiet)
        # Times-like fonts with it: a page that jumps as it loads is seen to jump with them.
        packages = ["chromium", "fonts-urw-base35"]
        subprocess.run([apt, "install", "-y", "--no-install-recommends", *packages], **quiet)
        if any(map(shutil.which, BROWSERS)):
            return
    print("Installing a browser: playwright install chromium", flush=True)
    subprocess.run([PYTHON, "-m", "playwright", "install", "chromium"])
    if not playwright_has_one():
        sys.exit("The tests need a browser, and none could be installed: install Chromium.")


def playwright_has_one():
    """Whether Playwright has downloaded a Chromium that starts here."""
    start = (
        "from playwright.sync_api import sync_playwright as play\n"
        "with play() as p: p.chromium.launch(args=['--no-sandbox']).close()"
    )
    return subprocess.run([PYTHON, "-c", start], capture_output=True).returncode == 0


STEPS = {"book": book, "tests": tests, "peers": peers}


def main(steps):
    for step in steps:
        if step not in STEPS:
            sys.exit(f"There is no step {step!r}; there are: {', '.join(STEPS)}")
    make_venv()
    for step in steps:
        STEPS[step]()
        (VENV / f"ready-{step}").touch()


if __name__ == "__main__":
    main(sys.argv[1:])

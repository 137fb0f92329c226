"""The one Chromium that tests, slides and benchmarks use: find it, start it, get it.

    chromium.launch(play)        start it, without a window
    python tools/chromium.py     see to it that there is one; `make test` does

The installed one comes first, then Playwright's own. Where there is neither, root gets
it from apt-get, anyone else from Playwright; what is missing is said in one sentence.
"""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# With Times-like fonts, by which a test sees whether a page jumps as its own arrive.
PACKAGES = ("chromium", "fonts-urw-base35")
DOWNLOAD = (sys.executable, "-m", "playwright", "install", "chromium")


def installed():
    """The path of the machine's Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch(play):
    """A Chromium without a window. Raises playwright's Error where there is none."""
    return play.chromium.launch(
        executable_path=installed(),
        # As root, in a container, Chromium refuses to start with its sandbox.
        args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    )


def starts():
    """Whether there is a Chromium, and it starts."""
    with sync_playwright() as play:
        try:
            launch(play).close()
        except Error:
            return False
    return True


def install():
    """Get a Chromium from Debian's packages as root, or else from Playwright."""
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        print(f"Installing a browser: apt-get install {' '.join(PACKAGES)}", flush=True)
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (
            ["update"],
            ["install", "-y", "--no-install-recommends", *PACKAGES],
        ):
            subprocess.run([apt, *step], stdout=subprocess.DEVNULL, env=env)
    if not installed():
        print("Installing a browser: playwright install chromium", flush=True)
        subprocess.run(DOWNLOAD)


def main():
    if not starts():
        install()
        if not starts():
            sys.exit("The tests need a browser that starts: install Chromium.")


if __name__ == "__main__":
    main()

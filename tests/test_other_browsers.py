"""Firefox and WebKit, wherever the machine has them: a page, a stepper, an exercise."""

import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import websocket

HERE = "127.0.0.1"
CHAPTER = "chapters/05-hidden-delta.html"


class Firefox:
    """Driven by WebDriver BiDi, over the socket that Firefox itself opens."""

    def __init__(self, folder: Path):
        program = shutil.which("firefox-esr") or shutil.which("firefox")
        if not program:
            pytest.skip("no Firefox on this machine")
        said = folder / "said"
        options = ["--headless", "--no-remote", "--remote-debugging-port", "0"]
        with open(said, "wb") as sink:
            self.process = subprocess.Popen(
                [program, *options, "--profile", str(folder)],
                env={**os.environ, "HOME": str(folder)},
                stdout=sink, stderr=subprocess.STDOUT,
            )  # fmt: skip
        listening = r"BiDi listening on (ws://\S+)"
        address = awaited(lambda: re.search(listening, said.read_text("utf-8")))[1]
        self.socket = websocket.create_connection(
            f"{address}/session", timeout=60, suppress_origin=True
        )
        self.numbers, self.complaints = itertools.count(1), []
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])
        (first,) = self.ask("browsingContext.getTree")["contexts"]
        self.tab = first["context"]

    def ask(self, method, **params):
        number = next(self.numbers)
        command = {"id": number, "method": method, "params": params}
        self.socket.send(json.dumps(command))
        while True:
            heard = json.loads(self.socket.recv())
            if heard.get("method") == "log.entryAdded":
                entry = heard["params"]
                if entry["level"] in ("warn", "error"):
                    self.complaints.append(entry["text"])
            elif heard.get("id") == number:
                assert heard["type"] == "success", heard
                return heard["result"]

    def open(self, url):
        self.ask("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    def run(self, expression):
        got = self.ask(
            "script.evaluate", target={"context": self.tab}, awaitPromise=True,
            expression=f"JSON.stringify({expression})",
        )  # fmt: skip
        assert got["type"] == "success", got
        return json.loads(got["result"].get("value", "null"))

    def press(self, keys):
        self.ask("input.performActions", context=self.tab, actions=[hand(keys)])

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(20)


class WebKit:
    """Driven by WebKitWebDriver, on a screen that nobody sees."""

    def __init__(self, folder: Path):
        driver, screen = shutil.which("WebKitWebDriver"), shutil.which("xvfb-run")
        places = Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser")
        browser = next((str(path) for path in places), None)
        if not (driver and browser):
            pytest.skip("no WebKit on this machine")
        if not screen and "DISPLAY" not in os.environ:
            pytest.skip("no screen for WebKit: neither DISPLAY nor xvfb-run")
        self.complaints = []
        port = free_port()
        before = [] if "DISPLAY" in os.environ else [screen, "-a"]
        self.process = subprocess.Popen(
            [*before, driver, f"--port={port}"],
            env={**os.environ, "HOME": str(folder)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self.address = f"http://{HERE}:{port}/session"
        options = {"binary": browser, "args": ["--automation"]}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        made = awaited(lambda: self.ask("", capabilities=wanted))
        self.address += f"/{made['sessionId']}"

    def ask(self, path, **body):
        request = urllib.request.Request(
            self.address + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, url):
        self.ask("/url", url=url)

    def run(self, expression):
        return self.ask("/execute/sync", script=f"return {expression}", args=[])

    def press(self, keys):
        self.ask("/actions", actions=[hand(keys)])

    def close(self):
        request = urllib.request.Request(self.address, method="DELETE")
        urllib.request.urlopen(request, timeout=60).close()
        os.killpg(self.process.pid, 15)
        self.process.wait(20)


def hand(keys) -> dict:
    """Keys pressed one after the other, as both protocols say it."""
    ups_and_downs = ("keyDown", "keyUp")
    actions = [{"type": kind, "value": key} for key in keys for kind in ups_and_downs]
    return {"type": "key", "id": "hand", "actions": actions}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return probe.getsockname()[1]


def awaited(found, seconds=60):
    """What `found` finds as soon as it finds something."""
    end = time.monotonic() + seconds
    while True:
        try:
            if got := found():
                return got
        except (OSError, urllib.error.URLError):
            pass
        assert time.monotonic() < end, "it never came"
        time.sleep(0.2)


@pytest.fixture(scope="module", params=[Firefox, WebKit], ids=["firefox", "webkit"])
def other(request, tmp_path_factory):
    started = request.param(tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


def test_page_stepper_and_exercise_play(other, pages):
    other.open((pages / CHAPTER).as_uri())
    awaited(
        lambda: other.run(
            "[...document.querySelectorAll('[data-widget]')].every((e) => e.hidden)"
        )
    )
    # The page: its faces, its theme, its mathematics, its width.
    assert other.run("[...document.fonts].some((face) => face.status === 'loaded')")
    assert other.run("document.documentElement.scrollWidth <= innerWidth")
    assert other.run("document.querySelector('math').getBoundingClientRect().width")
    paper = "getComputedStyle(document.body).backgroundColor"
    before = other.run(paper)
    other.run("document.querySelector('button.theme').click()")
    assert other.run(paper) != before
    # The stepper: the next key shows what was asked.
    stepper = "document.querySelector('.widget.stepper')"
    other.run(f"{stepper}.querySelector('[data-do=next]').focus()")
    asked = other.run(f"{stepper}.textContent")
    other.press(["\ue014"])
    awaited(lambda: other.run(f"{stepper}.textContent") != asked)
    # The exercise: what is typed is judged.
    form = "document.querySelector('.widget.exercise form')"
    verdict = "document.querySelector('.widget.exercise [role=status]').textContent"
    other.run(f"{form}.querySelector('input').focus()")
    other.press([*"99", "\ue007"])
    awaited(lambda: other.run(verdict))
    assert "Right" not in other.run(verdict)
    assert not other.complaints

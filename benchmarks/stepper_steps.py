"""How long the stepper takes for a step, in milliseconds of the page's main thread.

A 4-5-3 network in a page of its own, every step from first to last and back. Beside it,
as a yardstick from the same run, what the browser needs to parse and lay out that
stepper once from its HTML. A frame of a screen with 60 of them a second is 16.7 ms.

And how many of its frames come late, by more than 32 ms, while a whole pass of the
running example plays by itself.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

import backprop as bp
from book.stepper import Stepper

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import chromium  # noqa: E402
from bookext.widgets import scripts  # noqa: E402

PRESS = """key => {
  const stepper = document.querySelector(".stepper");
  stepper.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  stepper.getBoundingClientRect();
}"""
LAY_OUT = """() => {
  const twin = document.createElement("div");
  twin.innerHTML = document.querySelector(".widget.stepper").outerHTML;
  document.body.append(twin);
  twin.getBoundingClientRect();
  twin.remove();
}"""


def four_five_three():
    """The stepper that is measured."""
    net = bp.network(np.random.default_rng(6), (4, 5, 3))
    return Stepper("backprop", net=net, X=np.ones((1, 4)), D=np.zeros((1, 3)))


def step_times(page, rounds=2, steps=110):
    """Milliseconds for each step to and fro, and for laying the stepper out once.

    Processor time of the main thread, layout and painting included, the least of the
    rounds: what else the machine does at the time does not count.
    """
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy():
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "TaskDuration")

    def milliseconds(*act):
        before = busy()
        page.evaluate(*act)
        return 1000 * (busy() - before)

    keys = ["ArrowRight"] * steps + ["ArrowLeft"] * steps
    took = [[milliseconds(PRESS, key) for key in keys] for _ in range(rounds)]
    laid_out = min(milliseconds(LAY_OUT) for _ in range(10))
    return np.min(took, axis=0), laid_out


PLAY = """() => new Promise((done) => {
  const stepper = document.querySelector(".stepper");
  const button = stepper.querySelector('[data-do="play"]');
  const times = [];
  const frame = (now) => {
    times.push(now);
    if (button.ariaLabel === "Pause") requestAnimationFrame(frame);
    else done(times);
  };
  button.click();
  requestAnimationFrame(frame);
})"""


def late_frames(page):
    """The share of frames later than 32 ms while a whole pass plays, and how many."""
    page.set_default_timeout(120_000)
    gaps = np.diff(page.evaluate(PLAY))
    return np.mean(gaps > 32), len(gaps)


def opened(browser, folder, stepper):
    """A page of its own for a stepper."""
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    style = (ROOT / "code" / "book" / "stepper.css").read_text("utf-8")
    table = stepper._repr_mimebundle_()[0]["text/html"]
    code = "".join(scripts(ROOT / "code" / "book" / "stepper.js", {}).values())
    Path(folder, "stepper.js").write_text(code, "utf-8")
    Path(folder, "page.html").write_text(
        f"<!DOCTYPE html><meta charset=utf-8><style>{style}</style>{table}"
        '<script src="stepper.js"></script>',
        "utf-8",
    )
    page.goto(Path(folder, "page.html").as_uri())
    page.locator(".stepper svg").first.wait_for()
    return page


def main():
    """Print the times; return what limits.py asks for."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = opened(browser, folder, four_five_three())
        took, laid_out = step_times(page)
        page.close()
        late, frames = late_frames(opened(browser, folder, Stepper("backprop")))
        browser.close()
    median, high = np.median(took), np.percentile(took, 95)
    print(f"a step at 4-5-3: median {median:.1f} ms, 95th percentile {high:.1f} ms")
    print(
        f"laying the stepper out once: {laid_out:.1f} ms, "
        f"so {high / laid_out:.2f} of it"
    )
    print(f"a pass that plays: {100 * late:.1f} of 100 frames late, of {frames}")
    return {
        "a step of the stepper by laying it out once": high / laid_out,
        "late frames in 100 while a pass plays": 100 * late,
    }


if __name__ == "__main__":
    main()

"""Pages in a real browser: Chromium without a window, driven from here. Whatever a page says of errors, or asks of a network,
fails the test that opened it.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]

READY = "window.explorable !== undefined"

STICKS_OUT = """() => [document.documentElement, ...document.body.querySelectorAll("*")].filter(each => {
  for (let around = each.parentElement; around && around !== document.body; around = around.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(around).overflowX)) return false; // one scrolls there
  }
  const { left, right, width } = each.getBoundingClientRect(), hidden = each.closest("[hidden], dialog:not([open]), #spoken");
  return !hidden && width > 0 && (left < -1 || right > innerWidth + 1);
}).map(each => each.outerHTML.slice(0, 90))
  .concat(document.documentElement.scrollWidth > innerWidth ? ["it scrolls sideways"] : [])"""


def chromium() -> str | None:
    return next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


LATER = """<script>
const all = Promise.all.bind(Promise), told = new Promise(begin => addEventListener("message", begin));
Promise.all = parts => all([...parts, told]); // what is packed in the page waits with the rest
</script>
<script id="packed\""""


class Opened:
    """A page that was opened from disk."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.troubles: list[str] = []
        self.heard = {
            "console": lambda message: self.troubles.append(message.text) if message.type in ("error", "warning") else None,
            "pageerror": lambda error: self.troubles.append(str(error)),
            "request": lambda r: None if r.url.startswith(("file:", "about:", "data:")) else self.troubles.append(r.url),
        }
        for event, hear in self.heard.items():
            page.on(event, hear)

    def leave(self) -> list[str]:
        """Leaves an empty tab; gives what the page complained about."""
        self.page.mouse.move(0, 0)
        self.page.goto("about:blank")
        for event, hear in self.heard.items():
            self.page.remove_listener(event, hear)
        return self.troubles

    def go(self, path: Path, fragment: str = "", ready: str = READY) -> "Opened":
        self.page.goto(f"{path.as_uri()}{fragment}")
        return self.until(ready)

    def until(self, condition: str, frame: Any = None) -> "Opened":
        """Waits until a condition holds, here or in a frame.

        (What Playwright has for this evaluates texts, which the page's policy forbids.)
        """
        for _ in range(1500):
            if (frame or self.page).evaluate(condition):
                return self
            self.page.wait_for_timeout(20)
        raise AssertionError(f"it never came to {condition}")

    def ask(self, script: str, given: Any = None) -> Any:
        return self.page.evaluate(script, given)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector))

    def drag(self, selector: str, by: int) -> None:
        box = self.page.locator(selector).first.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + by, y, steps=4)
        self.page.mouse.up()
        self.frame()

    def sticks_out(self) -> list[str]:
        """What reaches beyond the window at its sides, where nobody scrolls."""
        return list(self.ask(STICKS_OUT))

    def frame(self) -> None:
        """Waits until what was asked for is drawn."""
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


class Browser:
    """One browser for many pages."""

    def __init__(self) -> None:
        from playwright.sync_api import sync_playwright

        self.driver = sync_playwright().start()
        self.browser = self.driver.chromium.launch(executable_path=chromium(), args=QUIET)
        self.opened: list[tuple[Opened, list[Any]]] = []
        self.left: dict[str, list[Any]] = {}  # by their settings, tabs to open pages in: a new one costs more than most tests

    def open(
        self, path: Path, fragment: str = "", *, width: int = 1280, height: int = 800, ready: str = READY, **context: Any
    ) -> Opened:
        context = {"viewport": {"width": width, "height": height}, "reduced_motion": "reduce"} | context
        left = self.left.setdefault(repr(sorted(context.items())), [])
        tab = left.pop() if left else self.browser.new_context(**context).new_page()
        opened = Opened(tab)
        self.opened.append((opened, left))
        return opened.go(path, fragment, ready)

    def begun_in_hiding(self, page: Path, begun: str) -> tuple[Opened, Any]:
        """A page in a frame that has got its room, is hidden before the page begins, and shown after it has: and that frame."""
        around = page.with_name("around.html")
        page.with_name("later.html").write_text(page.read_text().replace('<script id="packed"', LATER))
        around.write_text('<iframe src="later.html" style="border: 0; width: 1200px; height: 640px"></iframe>')
        opened = self.open(around, ready="document.readyState === 'complete'")
        frame = opened.page.query_selector("iframe").content_frame()
        opened.until("innerWidth === 1200", frame)
        opened.ask("""() => {
            const frame = document.querySelector("iframe");
            frame.style.display = "none";
            frame.contentWindow.postMessage("begin", "*");
        }""")
        opened.until(f"{begun} && !document.documentElement.getBoundingClientRect().width", frame)
        opened.ask("document.querySelector('iframe').style.display = ''")
        return opened, frame

    def close_pages(self) -> None:
        troubles = []
        for opened, left in self.opened:
            troubles += opened.leave()
            left.append(opened.page)
        self.opened.clear()
        assert not troubles

    def close(self) -> None:
        self.browser.close()
        self.driver.stop()


def running_browser() -> Iterator[Browser]:
    if chromium() is None:
        assert not os.environ.get("BROWSER_REQUIRED"), "BROWSER_REQUIRED is set, and there is no Chromium on this machine"
        pytest.skip("there is no Chromium on this machine: apt-get install chromium, or the like")
    browser = Browser()
    yield browser
    browser.close()

"""The blocks of the built site, run in its pages by a real browser: `make test-docs`, after `make docs`.

make test-docs                              prints which blocks do not run there, and why, and how long the first takes
make test-docs TESTS='not all_blocks'       whether blocks run at all, which takes seconds
"""

import functools
import http.server
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from browser import QUIET, chromium
from builds import ROOT

HTML = ROOT / "build" / "docs" / "html"
DIFFERS = {
    ("docs/explanations/why-it-is-fast.html", 1): "about the compiled engine; a page has that of plain Python",
    ("docs/howto/render-where-scripts-are-stripped.html", 0): "a page has no PNG",
    ("docs/howto/speed-up-a-loop.html", 2): "runs for minutes where nothing is compiled",
}
"""Blocks that put out something else in a page, or come to no end there, and why."""

LACKING = ("which the Python of this page has not got", "the plots of this page have no", "training needs NumPy")
"""What a block says that asks for more than a page has."""

SECONDS = int(os.environ.get("BLOCK_SECONDS", "40"))
"""How long a block may take, once Python is there. On a busy machine: BLOCK_SECONDS=200 make test-docs."""

# The page that asks a worker for the blocks of all others, one page after the other, each with nothing of the one before.
WORKER = """seconds => {
  let worker = null, ready = null, count = 0;
  const begin = () => {
    worker = new Worker(new URL("_static/run_worker.mjs", location.origin + "/"), { type: "module" });
    ready = new Promise((tell, fail) => worker.addEventListener(
      "message", ({ data }) => data.ready ? tell() : fail(new Error(data.failed)), { once: true }));
  };
  window.runBlock = async (source, module, fresh) => {
    if (!worker) begin();
    await ready;
    const id = count++, here = worker;
    return new Promise(answer => {
      const slow = setTimeout(() => {
        here.terminate();
        worker = null;
        answer({ agrees: false, shown: [{ kind: "error", text: "takes too long" }] });
      }, 1000 * seconds);
      here.addEventListener("message", function hear({ data }) {
        if (data.id !== id) return;
        clearTimeout(slow);
        here.removeEventListener("message", hear);
        answer(data);
      });
      here.postMessage({ id, source, module, fresh });
    });
  };
}"""
BLOCKS = "() => page.blocks.map(code)"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    assert HTML.exists(), "make docs builds the site first"
    if not (HTML / "_static" / "library.zip").exists():
        pytest.skip("npm could not install what runs Python in pages")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=HTML)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def tab(site: str) -> Iterator[Any]:
    """A tab that may ask nobody but the site."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=QUIET)
        page = browser.new_page()
        page.set_default_timeout(120_000)
        asked: list[str] = []
        page.on(
            "request", lambda request: None if request.url.startswith((site, "data:", "blob:")) else asked.append(request.url)
        )
        yield page
        assert not asked
        browser.close()


def test_a_block_runs_where_it_stands(site: str, tab: Any) -> None:
    tab.goto(f"{site}/docs/index.html")
    began = time.monotonic()
    tab.click("button.run >> nth=0")
    tab.wait_for_selector(".runs[data-agrees]")
    print(f"\nthe first result after {time.monotonic() - began:.1f} s")
    assert tab.get_attribute(".runs", "data-agrees") == "true"
    assert tab.inner_text(".ran pre").startswith("result = 6.909  (+)  grad 1\n├── v1 = 6  (×)  grad 1")
    code, out = (tab.query_selector(part).bounding_box() for part in (".runs pre", ".ran"))
    assert out["y"] >= code["y"] + code["height"] and abs(out["width"] - code["width"]) < 10  # below it, and as wide


def test_code_can_be_changed_and_stopped(site: str, tab: Any) -> None:
    tab.goto(f"{site}/docs/index.html")
    change = "([pre, text]) => { pre.textContent = text; }"
    pre = tab.query_selector(".runs pre")
    tab.evaluate(change, [pre, ">>> while True:\n...     pass\n"])
    tab.click("button.run >> nth=0")
    tab.wait_for_function("document.documentElement.dataset.python === 'ready'")
    tab.click("button.run >> nth=0")
    tab.wait_for_selector(".ran pre.error")
    assert tab.inner_text(".ran pre.error") == "It was stopped."
    tab.evaluate(
        change, [pre, ">>> from autograd import Value\n>>> x = Value(3.0)\n>>> (x * x).backward()\n>>> x.grad\n>>> x / 'a'"]
    )
    tab.click("button.run >> nth=0")
    tab.wait_for_selector(".ran pre.text")
    assert tab.inner_text(".ran pre.text").strip() == "6.0"
    assert tab.inner_text(".ran pre.error").startswith("TypeError: ")


def test_a_block_that_was_stopped_holds_up_no_other(site: str, tab: Any) -> None:
    tab.goto(f"{site}/docs/guide.html")
    texts = ["while True:\n    pass\n", "1 + 1\n"]
    for pre, text in zip(tab.query_selector_all(".runs pre[contenteditable]"), texts, strict=False):
        tab.evaluate("([pre, text]) => { pre.textContent = text; }", [pre, text])
    tab.click("button.run >> nth=0")
    tab.wait_for_function("document.documentElement.dataset.python === 'ready'")
    tab.click("button.run >> nth=0")
    tab.wait_for_selector(".ran pre.error")
    tab.click("button.run >> nth=1")
    tab.wait_for_selector(".ran pre.text")
    assert tab.inner_text(".ran pre.text").strip() == "2"


def test_plots_are_drawn(site: str, tab: Any) -> None:
    tab.goto(f"{site}/docs/index.html")
    source = "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\naxes.set_title('two numbers')\naxes.plot([1, 2])"
    tab.evaluate("([pre, text]) => { pre.textContent = text; }", [tab.query_selector(".runs pre"), source])
    tab.click("button.run >> nth=0")
    tab.wait_for_selector(".ran svg")
    assert "two numbers" in tab.text_content(".ran svg")


def test_packages_are_brought(site: str, tab: Any) -> None:
    """NumPy and what is built on it, by the block that first asks for them; other blocks need not wait for them."""
    if not list((HTML / "_static" / "packages").iterdir()):
        pytest.skip("PyPI could not give NumPy for pages")
    brought: list[str] = []
    tab.on("request", lambda request: brought.append(request.url.rpartition("/")[2]) if "/packages/" in request.url else None)
    tab.goto(f"{site}/docs/index.html")
    change = "([pre, text]) => { pre.textContent = text; }"
    tab.evaluate(change, [tab.query_selector(".runs pre"), "1 + 1\n"])
    tab.click("button.run >> nth=0")
    tab.wait_for_selector(".ran pre.text")
    assert not brought
    source = "import numpy, sklearn.linear_model\nfrom scipy.optimize import brentq\nround(brentq(numpy.cos, 1.0, 2.0), 6)\n"
    tab.evaluate(change, [tab.query_selector(".runs pre"), source])
    tab.click("button.run >> nth=0")
    tab.wait_for_function("document.querySelector('.ran pre.text, .ran pre.error')?.textContent !== '2\\n'")
    tab.wait_for_function("document.querySelector('button.run').textContent !== 'Stop'")
    assert tab.inner_text(".ran").strip() == "1.570796"
    assert {name.partition("-")[0] for name in brought} >= {"numpy", "scipy", "openblas", "scikit_learn"}


def test_pictures_and_pages_are_shown(site: str, tab: Any) -> None:
    tab.goto(f"{site}/docs/index.html")
    source = "from autograd import Value, explore\ndisplayed = Value(2.0) * 3\nexplore(lambda x: x * x, 2.0)"
    tab.evaluate("([pre, text]) => { pre.textContent = text; }", [tab.query_selector(".runs pre"), source])
    tab.click("button.run >> nth=0")
    frame = tab.wait_for_selector(".ran .text-html iframe").content_frame()
    frame.wait_for_function("window.explorable !== undefined")
    assert frame.evaluate("explorable.steps") > 2


LED_TO = {
    "slope": "notebooks/01_slopes",
    "learning rate": "notebooks/04_one_weight",
    "neuron": "notebooks/05_neurons",
    "xor": "notebooks/05_neurons",
    "overfitting": "notebooks/08_training",
    "softmax": "docs/reference/autograd/softmax",
    "hessian": "docs/reference/autograd/hessian",
    "cos": "docs/reference/autograd/cos",
    "draw": "docs/reference/autograd/draw",
    "Draw": "docs/reference/autograd.course/Draw",
    "Value": "docs/reference/autograd/Value",
    "zeros": "docs/reference/nn.init/zeros",
}
"""The page that a search shows first: the notebook that explains a word, or what has the very name."""


@pytest.mark.parametrize("words", LED_TO)
def test_a_search_leads_first_to(words: str, site: str, tab: Any) -> None:
    tab.goto(f"{site}/search.html?q={quote(words)}")
    tab.wait_for_selector("ul.search li a")
    assert tab.locator("ul.search li a").first.get_attribute("href").partition("?")[0].startswith(f"{LED_TO[words]}.html")


@pytest.mark.timeout(3600)
def test_all_blocks_put_out_what_stands_below_them(site: str, tab: Any) -> None:
    """All blocks of all pages but the sources; where one asks for a package that no page has, those that go on from it, too."""
    runner = tab.context.browser.new_page()
    runner.goto(f"{site}/docs/index.html")
    runner.evaluate(WORKER, SECONDS)
    run, good, wrong = Counter[str](), Counter[str](), []
    for file in sorted(HTML.rglob("*.html")):
        kind, page = kind_of(file), file.relative_to(HTML).as_posix()
        if kind is None:
            continue
        tab.goto(f"{site}/{page}", wait_until="domcontentloaded")
        module = tab.evaluate("() => document.querySelector('meta[name=\"runs-in\"]')?.content ?? ''")
        lacks, ended = False, list[str]()
        for k, source in enumerate(tab.evaluate(BLOCKS)):
            got = runner.evaluate("given => runBlock(...given)", [source, module, k == 0])
            said = " ".join(part["text"] for part in got["shown"] if part["kind"] in ("text", "error"))
            slow = said == "takes too long"
            if slow:  # a reader stops it, and goes on: all before it runs anew
                for j, earlier in enumerate(ended):
                    runner.evaluate("given => runBlock(...given)", [earlier, module, j == 0])
            else:
                ended.append(source)
            lacks = lacks or any(words in said for words in LACKING)
            lacks = lacks or (slow and kind in ("notebooks", "gallery"))  # which train for minutes here and there
            run[kind] += 1
            good[kind] += got["agrees"]
            if not got["agrees"]:
                print(f"{page}#{k}: {said[-150:]!r}")
                wrong += [] if lacks else [(page, k)]
    for kind in run:
        print(f"{kind}: {good[kind]} of {run[kind]}")
    print(f"all: {good.total()} of {run.total()}, {good.total() / run.total():.1%}")
    assert [block for block in wrong if block not in DIFFERS] == []


def kind_of(file: Path) -> str | None:
    """Of a page with blocks, the part of the site it is in."""
    parts = file.relative_to(HTML).parts
    if parts[0] not in ("docs", "notebooks", "README.html"):
        return None
    return parts[1] if len(parts) > 2 else parts[0].removesuffix(".html")

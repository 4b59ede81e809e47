"""The site's own style, beside its theme's: what stands in a page that is shown dark."""

import io
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, Opened
from builds import ROOT

from autograd import Value, explore
from autograd.pictures.colours import DARK, LIGHT

plt = pytest.importorskip("matplotlib.pyplot")
STYLE = ROOT / "docs" / "_static" / "site.css"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture = Value(2.0, label="x")._repr_mimebundle_()["image/svg+xml"]
    (tmp_path / "graph.svg").write_text(picture)
    return tmp_path


def opened(browser: Browser, folder: Path, theme: str, html: str) -> Opened:
    style = f"<style>{STYLE.read_text()}</style>"
    (folder / "page.html").write_text(f'<!doctype html><meta charset="utf-8">{style}<body data-theme="{theme}">{html}')
    ready = "[...document.images].every(each => each.complete)"
    return browser.open(folder / "page.html", ready=ready, color_scheme="null")


@pytest.mark.parametrize(("theme", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_the_picture_of_a_graph_is_as_dark_as_the_page(browser: Browser, folder: Path, theme: str, colours: Any) -> None:
    """It was a white box: the theme does not say that it is dark."""
    page = opened(browser, folder, theme, '<div class="cell_output"><img src="graph.svg"></div>')
    pixels = plt.imread(io.BytesIO(page.page.locator("img").screenshot()))
    assert "#" + "".join([f"{round(255 * share):02x}" for share in pixels[2, 2, :3]]) == colours.paper


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_in_a_frame_is_as_dark_as_what_is_around_it(browser: Browser, folder: Path, theme: str) -> None:
    page = opened(browser, folder, theme, explore(Value(2.0) * 3.0)._repr_mimebundle_()["text/html"])
    frame = page.page.query_selector("iframe").content_frame()
    page.until(f"!!window.explorable && document.documentElement.dataset.theme === '{theme}'", frame)


def test_why_a_cell_is_to_be_read_stands_below_its_code(browser: Browser, folder: Path) -> None:
    """It ran over the last line."""
    cell = '<div class="cell_input"><pre style="margin: 0">x = 1</pre><p class="why-to-read">To be read.</p></div>'
    page = opened(browser, folder, "light", cell)
    code, why = (page.page.locator(f".cell_input > {tag}").bounding_box() for tag in ("pre", "p"))
    assert why["y"] >= code["y"] + code["height"]


@pytest.mark.parametrize("width", [390, 1440])
def test_the_button_that_runs_a_block_covers_none_of_its_lines(browser: Browser, folder: Path, width: int) -> None:
    style = f"<style>{STYLE.read_text()} pre {{ padding: 0.625rem 0.875rem; margin: 2rem 0; overflow: auto }}</style>"
    block = f'<div class="runs"><pre contenteditable>{"x" * 400}</pre><button class="run">Run</button></div>'
    (folder / "page.html").write_text(f'<!doctype html><meta charset="utf-8">{style}<article>{block}</article>')
    page = browser.open(folder / "page.html", ready="true", width=width).page
    lines = """() => {
        const range = document.createRange();
        range.selectNodeContents(document.querySelector("pre").firstChild);
        return range.getBoundingClientRect().top;
    }"""
    button = page.locator("button").bounding_box()
    assert button["y"] + button["height"] <= page.evaluate(lines) + 3  # of the space above the letters

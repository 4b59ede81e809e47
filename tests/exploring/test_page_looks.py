"""How the page looks: legible in every theme, told apart without colour, nothing on top of anything else, all of it in view."""

import io
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest
from browser import Browser
from small_function import energy, f

import nn
from autograd import explore

THEMES = ("light", "dark", "projector")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "page.html"
    explore(f, 0.5, -1.5, 1.25).save(path)
    return path


def luminance(colour: str) -> float:
    parts = [int(x) / 255 for x in re.findall(r"\d+", colour)[:3]]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted([luminance(a), luminance(b)], reverse=True)
    return (high + 0.05) / (low + 0.05)


COLOURS_OF_TEXTS = """
[...document.querySelectorAll('body *')]
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .filter(e => e.getClientRects().length && getComputedStyle(e).visibility === 'visible')
  .filter(e => !e.closest('#spoken, dialog, noscript, script, style, title'))
  .map(e => {
    const style = getComputedStyle(e), around = e.closest('.now .sign, mark, .now, .operand, .receiver, .on, .chosen');
    return [e instanceof SVGElement ? style.fill : style.color, e.textContent, around?.matches('.now') && e.matches('.symbol')];
  })
"""
TINTS = """
(() => {
  const probe = document.createElement('i');
  document.body.append(probe);
  const names = ['--paper', '--violet-tint', '--warm-tint', '--teal-tint', '--derivative', '--derivative-2', '--violet'];
  const found = names.map(name => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return found;
})()
"""


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_legible_in_every_theme(browser: Browser, tmp_path: Path, theme: str) -> None:
    """On paper, and on every tint that may lie below it; the symbol of a step is paper on violet."""
    explore(energy, 0.7, 1.5).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html", f"#theme={theme}")
    paper, *tints, violet = page.ask(TINTS)
    assert page.ask("getComputedStyle(document.body).backgroundColor") == paper
    for step in (4, 25):
        page.ask("step => explorable.seek(step)", step)
        colours = page.ask(COLOURS_OF_TEXTS)
        assert len(colours) > 40
        for colour, text, filled in colours:
            assert min(contrast(colour, below) for below in ([violet] if filled else [paper, *tints])) >= 4.5, text
    bands = tints[-2:]
    for a, b in pairwise([paper, *bands]):  # also where only grey is left
        assert contrast(a, b) > 1.1


def test_forward_and_backward_are_told_apart_by_shape(browser: Browser, saved: Path) -> None:
    page = browser.open(saved, "#step=3")
    shapes = "[document.querySelectorAll('.now .sign').length, document.querySelectorAll('.tip').length]"
    tip = "document.querySelector('.tip').getAttribute('d').includes('l9') ? 'into the operand' : 'into the sign'"
    assert page.ask(shapes) == [1, 1] and page.ask(tip) == "into the sign"
    page.ask("explorable.seek(12)")
    assert page.ask(shapes) == [0, 1] and page.ask(tip) == "into the operand"


TEXTS_THAT_MEET = """
() => {
  const boxes = [...document.querySelectorAll('#graph text')]
    .filter(text => text.textContent.trim() && getComputedStyle(text).visibility === 'visible')
    .map(text => [text.textContent, text.getBoundingClientRect(), text.matches('.slope')]);
  const met = [];
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  for (const [slope, a, is] of boxes) if (is) for (const [text, b] of boxes) if (a !== b && meet(a, b)) met.push([slope, text]);
  return [met, boxes.filter(([, , is]) => is).length];
}
"""
AT_EACH_STEP = "[...Array(explorable.steps + 1).keys()].map(step => { explorable.seek(step); return (%s)(); })"


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768)])
def test_slopes_stand_on_no_other_text(browser: Browser, saved: Path, size: tuple[int, int]) -> None:
    page = browser.open(saved, width=size[0], height=size[1])
    found = page.ask(AT_EACH_STEP % TEXTS_THAT_MEET)
    assert not [met for met, _ in found if met]
    assert sum(slopes for _, slopes in found) > 15
    for ends in ("0-9", "1-9", "1-4"):
        page.ask("ends => { location.hash = `#step=21&paths=${ends}`; }", ends)
        page.frame()
        met, slopes = page.ask(f"({TEXTS_THAT_MEET})()")
        assert slopes > 1 and not met


@pytest.mark.parametrize("theme", ["light", "projector"])
def test_a_step_fits_into_a_small_window(browser: Browser, saved: Path, theme: str) -> None:
    """Every sentence, and every line of source, with nothing to scroll for."""
    page = browser.open(saved, f"#theme={theme}", width=1024, height=768)
    beyond = """() => ['inspector', 'source'].map(id => document.getElementById(id)).flatMap(e =>
      [e.scrollHeight - e.clientHeight, e.scrollWidth - e.clientWidth])"""
    for step, (down, across, _, source_across) in enumerate(page.ask(AT_EACH_STEP % beyond)):
        assert down <= 1 and across <= 0 and source_across <= 0, step


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path, model = tmp_path_factory.mktemp("pages") / "page.html", nn.MLP(2, [4, 4, 1], activation="tanh", rng=1)

    def loss(x: Any, y: Any) -> Any:
        return (model(x) - y) ** 2

    explore(loss, [0.8, -0.6], 0.5).save(path)
    return path


def test_a_small_network_is_read_without_zooming(browser: Browser, network: Path) -> None:
    """All of it is in sight at every step, its numbers are no smaller than small print, and those of leaves do not meet."""
    page = browser.open(network, width=1440, height=900)
    boxes = """selector => {
      const around = document.getElementById("graph").getBoundingClientRect();
      return [...document.querySelectorAll(selector)].filter(text => text.textContent).map(text => {
        const { left, right, top, bottom } = text.getBoundingClientRect();
        const inside = left > around.left && right < around.right && top > around.top && bottom < around.bottom;
        return [left, right, top, bottom, inside];
      });
    }"""
    for step in (0, 14, page.ask("explorable.steps")):
        page.ask("step => explorable.seek(step)", step)
        numbers = page.ask(boxes, "#graph :is(.value, .adjoint)")
        assert all(inside and bottom - top > 10.5 for _, _, top, bottom, inside in numbers), step
    leaves = page.ask(boxes, "#graph .leaf :is(.value, .adjoint)")
    assert len(leaves) == 2 * (3 + 37)
    for k, (left, right, top, bottom, _) in enumerate(leaves):  # (a box has room above and below its digits)
        meeting = [x for x in leaves[k + 1 :] if x[0] < right and left < x[1] and x[2] < bottom - 4 and top < x[3] - 4]
        assert not meeting, (left, top)


def test_names_that_appear_lie_on_no_number(browser: Browser, network: Path) -> None:
    """Above the value where there is room, else left of it."""
    page = browser.open(network, width=1440, height=900)
    names_on_numbers = """() => {
      const seen = text => text.textContent && getComputedStyle(text).visibility === "visible";
      const texts = of => [...document.querySelectorAll(of)].filter(seen).map(text => text.getBoundingClientRect());
      const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
      const names = texts("#graph .bare .label"), numbers = texts("#graph .number");
      return [names.length, names.filter(name => numbers.some(box => meet(name, box))).map(({ x, y }) => [x, y])];
    }"""
    found = page.ask(AT_EACH_STEP % names_on_numbers)
    assert sum(names for names, _ in found) > 50
    assert not [name for _, names in found for name in names]
    assert page.ask("document.querySelectorAll('#graph .label.beside').length") > 3


def test_a_graph_too_small_to_read_is_followed(browser: Browser, network: Path) -> None:
    page = browser.open(network, width=1024, height=768)
    size = "document.querySelector('#graph .now .value')?.getBoundingClientRect().height"
    inside = """(() => {
      const box = of => document.querySelector(of).getBoundingClientRect(), a = box('#graph .now .sign'), b = box('#graph');
      return a.left > b.left && a.right < b.right && a.top > b.top && a.bottom < b.bottom;
    })()"""
    for step in (3, 11, 20):
        page.ask("step => explorable.seek(step)", step)
        assert page.ask(size) > 10 and page.ask(inside), step
    page.press("0")  # all of it was asked for: so it stays
    page.ask("explorable.seek(4)")
    assert page.ask(size) < 10


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
def test_the_rail_is_whole(browser: Browser, saved: Path, width: int, height: int) -> None:
    page = browser.open(saved, width=width, height=height)
    around, rail = (page.page.locator(each).first.bounding_box() for each in ("#scrub", "#scrub .rail"))
    assert around["x"] <= rail["x"] and rail["x"] + rail["width"] <= around["x"] + around["width"] <= width
    assert rail["width"] > 0.7 * around["width"] and page.sticks_out() == []


def test_a_theme_that_comes_late_is_followed_unless_another_was_chosen(browser: Browser, saved: Path, tmp_path: Path) -> None:
    """A notebook may go dark only after the pages in it have begun; and a system at dusk."""
    page = browser.open(saved)
    shown = "document.documentElement.dataset.theme === '{}'"
    try:
        page.page.emulate_media(color_scheme="dark")
        page.until(shown.format("dark"))
        assert "theme" not in page.ask("explorable.link ?? location.hash")  # nobody chose it
        page.ask("document.getElementById('theme').click()")
        page.until(shown.format("projector"))
        page.page.emulate_media(color_scheme="light")
        assert page.ask("document.documentElement.dataset.theme") == "projector"
        page.ask("document.getElementById('theme').click()")
        page.until(shown.format("light"))
        model, film = nn.MLP(1, [1], rng=0), nn.Film()
        nn.fit(
            model,
            [[0.0], [1.0]],
            [0.0, 1.0],
            optimizer=nn.SGD(model.parameters(), lr=0.1),
            epochs=2,
            callbacks=[film],
            progress=False,
        )
        film.save(tmp_path / "film.html")
        page.go(tmp_path / "film.html", ready="window.film !== undefined")
        page.page.emulate_media(color_scheme="dark")
        page.until(shown.format("dark"))
    finally:
        page.page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_graph_that_is_small_on_the_page_is_seen_before_the_first_step(browser: Browser, tmp_path: Path, scheme: str) -> None:
    """Its lines were as much thinner as the whole was smaller: fractions of a pixel, nearly the colour of the paper."""

    def chain(a: Any, b: Any) -> Any:
        for _ in range(14):
            a, b = a * b + 1.0, b - a
        return a

    explore(chain, 0.5, 0.25).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html", width=640, height=640, color_scheme=scheme).page
    pixels = matplotlib.image.imread(io.BytesIO(page.locator("#graph").screenshot()))[..., :3].mean(axis=-1)
    paper = pixels[2, 2]
    inked = abs(pixels - paper)[abs(pixels - paper) > 0.02]
    assert np.median(inked) > 0.06  # of the distance from black to white, most of it at the soft edges of lines

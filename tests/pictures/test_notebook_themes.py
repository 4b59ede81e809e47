"""Pictures in notebooks that are light or dark: in an <img>, as JupyterLab shows them, and among HTML, as others do."""

import base64
import io
import re
from pathlib import Path
from typing import Any

import pytest
from browser import Browser

import autograd
import nn
from autograd.pictures.colours import DARK, LIGHT
from autograd.pictures.pages import framed

plt = pytest.importorskip("matplotlib.pyplot")


def bundled(what: Any) -> str:
    return str(what._repr_mimebundle_()["image/svg+xml"])


def neuron() -> autograd.Value:
    x, w = autograd.Value(2.0, label="x"), autograd.Value(-0.5, label="w")
    out = (x * w + 1.0).tanh()
    out.backward()
    return out


def corner(browser: Browser, page: Path, html: str) -> str:
    """The colour in the upper left corner of what stands in a page, as pixels show it."""
    page.write_text(f"<!doctype html><meta charset='utf-8'><body style='margin: 0'>{html}")
    opened = browser.open(page, ready="[...document.images].every(each => each.complete)")
    pixels = plt.imread(io.BytesIO(opened.page.screenshot()))
    browser.close_pages()
    return "#" + "".join([f"{round(255 * share):02x}" for share in pixels[3, 3, :3]])


@pytest.mark.parametrize("draw", [neuron, lambda: nn.draw_network(nn.MLP(2, [3, 1], rng=0))], ids=["graph", "network"])
def test_a_picture_is_dark_where_the_notebook_is(browser: Browser, tmp_path: Path, draw: Any) -> None:
    """It was a white box there."""
    svg = bundled(draw())
    data = base64.b64encode(svg.encode()).decode()
    for scheme, theme in (("light", LIGHT), ("dark", DARK)):
        image = f'<img style="color-scheme: {scheme}" src="data:image/svg+xml;base64,{data}">'
        assert corner(browser, tmp_path / "page.html", image) == theme.paper
        assert corner(browser, tmp_path / "page.html", f'<div style="color-scheme: {scheme}">{svg}</div>') == LIGHT.paper


def test_every_colour_has_its_dark_one_of_the_same_meaning() -> None:
    svg = bundled(neuron())
    rules = dict(re.findall(r"svg:root \[(?:fill|stroke)=\"(#\w+)\"\]{(?:fill|stroke):(#\w+)}", svg))
    meant = dict(zip(LIGHT, DARK, strict=True))
    assert rules == {colour: meant[colour] for colour in rules}
    assert set(rules) == set(re.findall(r' (?:fill|stroke)="(#\w+)"', svg)) and len(rules) >= 6


def test_pictures_with_colours_of_their_own_and_files_are_as_they_were_asked_for(tmp_path: Path) -> None:
    for picture in (autograd.draw(neuron(), color="data"), autograd.draw(neuron(), theme="dark")):
        assert "prefers-color-scheme" not in bundled(picture)
    autograd.draw(neuron()).save(tmp_path / "graph.svg")
    assert "prefers-color-scheme" not in (tmp_path / "graph.svg").read_text()


@pytest.mark.parametrize("offset", [0, 0.5])
def test_a_frame_covers_the_picture_beside_it_wherever_it_stands(browser: Browser, tmp_path: Path, offset: float) -> None:
    """A white picture as high as the frame was a white line below it: the frame's border lets through what is behind."""
    still = io.BytesIO()
    plt.imsave(still, [[[1.0, 1.0, 1.0]] * 100] * 200, format="png")
    covered = framed("<body style='background: #000'>", base64.b64encode(still.getvalue()).decode())
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><meta charset='utf-8'><style>img { width: 100% }</style>"
        f"<body style='margin: 0; background: #000'><div style='height: {offset}px'></div>{covered}"
    )
    opened = browser.open(page, width=600, height=700, ready="[...document.images].every(each => each.complete)")
    pixels = plt.imread(io.BytesIO(opened.page.screenshot()))
    browser.close_pages()
    assert pixels.shape[0] == 700 and pixels[:, :, :3].max() < 0.6  # the border is grey

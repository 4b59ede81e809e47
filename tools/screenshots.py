"""Takes the pictures of pages that README and docs show, in a real browser: python tools/screenshots.py [name ...]

They go to docs/pictures. Look at every one after it is made.
"""

import sys
import tempfile
from pathlib import Path

import autograd
import nn
from autograd import explore
from nn.__main__ import main as nn_main

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "helpers"))
from browser import Browser  # noqa: E402
from small_function import energy, f  # noqa: E402

model = nn.MLP(2, [4, 4, 1], activation="tanh", rng=1)


def loss(x, y):
    p = model(x)
    return (p - y) ** 2


network = nn.MLP(2, [16, 16, 1], rng=1)


def margin(rows, targets):
    total = 0.0
    for x, y in zip(rows, targets, strict=True):
        total = total + (1.0 - y * network(x)).relu()
    return total / len(rows)


ROWS = [[0.1 * k - 1.0, (-0.3) ** (k % 5)] for k in range(20)]
TARGETS = [1.0 if k % 2 else -1.0 for k in range(20)]

SMALL = (f, 0.5, -1.5, 1.25)
PICTURES = {
    "start": (SMALL, "", 1440, 900),
    "shares_add": (SMALL, "#step=20", 1440, 680),
    "shares_add_dark": (SMALL, "#step=20&theme=dark", 1440, 900),
    "shares_add_projector": (SMALL, "#step=20&theme=projector", 1440, 900),
    "shares_add_small": (SMALL, "#step=20", 1024, 768),
    "paths": (SMALL, "#step=21&paths=1-9", 1440, 900),
    "predict": (SMALL, "#predict=1&step=5", 1440, 900),
    "second_derivative": ((energy, 0.7, 1.5), "#step=16", 1440, 900),
    "other_branch": (SMALL, "#step=6&~c=-0.2", 1440, 900),
    "network": ((loss, [0.8, -0.6], 0.5), "#step=60", 1440, 900),
    "network_dark": ((loss, [0.8, -0.6], 0.5), "#step=60&theme=dark", 1440, 900),
    "batch_folded": ((margin, ROWS, TARGETS), "#step=900", 1440, 900),
}
"""What is explored, the fragment of the link, and the size of the window."""


def neuron(theme):
    one = nn.Neuron(2, "tanh", rng=5)
    output = one([autograd.Value(0.5, label="height"), autograd.Value(-1.0, label="weight")])
    output.label = "output"
    output.backward()
    return autograd.draw(output, theme=theme)


def batch(theme):
    return autograd.draw(margin, ROWS[:3], TARGETS[:3], theme=theme)


STILLS = {"draw_neuron": (neuron, "light"), "draw_neuron_dark": (neuron, "dark"), "draw_batch": (batch, "light")}
"""Still pictures: what is drawn, and the theme."""


def film_of_moons():
    two_moons, film = nn.MLP(2, [16, 16, 1], rng=1), nn.Film(title="Two moons")
    optimizer = nn.SGD(two_moons.parameters(), lr=0.1, momentum=0.9)
    settings = {"loss": nn.binary_cross_entropy_with_logits, "epochs": 300, "batch_size": None, "progress": False}
    nn.fit(two_moons, *nn.data.moons(100, seed=0), optimizer=optimizer, callbacks=[film], **settings)
    return film.html()


def drawn_digit():
    with tempfile.TemporaryDirectory() as folder:
        nn_main(["demo", "--out", folder])
        return (Path(folder) / "index.html").read_text(encoding="utf-8")


FILMS = {
    "film_fork": (film_of_moons, "#step=40", "film.fork({rate: 1}); film.seek(120)", 1440, 900),
    "film_fork_dark": (
        film_of_moons,
        "#step=40&theme=dark",
        "film.fork({rate: 1}); film.seek(120); film.example(3)",
        1440,
        900,
    ),
    "film_small": (film_of_moons, "#step=12", "film.example(60)", 1024, 768),
    "digit_error": (drawn_digit, "", "digits.show(7); digits.mean(8)", 1440, 900),
    "digit_dark": (drawn_digit, "#theme=dark", "digits.show(12)", 1024, 768),
}
"""Trainings: what makes the page, the fragment of the link, what is done there, and the size of the window."""


def take_films(browser: Browser, folder: Path, names: list[str]) -> None:
    pages: dict = {}
    for name in names:
        make, fragment, script, width, height = FILMS[name]
        page = pages.setdefault(make, folder / f"{make.__name__}.html")
        if not page.exists():
            page.write_text(make(), encoding="utf-8")
        ready = "window.digits !== undefined || !!window.film?.ready"
        opened = browser.open(page, fragment, width=width, height=height, ready=ready)
        opened.ask(f"() => {{ {script}; }}")
        opened.until(ready)
        opened.frame()
        opened.page.screenshot(path=ROOT / "docs" / "pictures" / f"{name}.png")
        browser.close_pages()
        print(ROOT / "docs" / "pictures" / f"{name}.png")


def main(names: list[str]) -> None:
    wanted = {*names} or {*STILLS, *FILMS, *PICTURES}
    target = ROOT / "docs" / "pictures"
    target.mkdir(parents=True, exist_ok=True)
    for name in STILLS.keys() & wanted:
        make, theme = STILLS[name]
        make(theme).save(target / f"{name}.png", dpi=144)
    browser = Browser()
    with tempfile.TemporaryDirectory() as folder:
        take_films(browser, Path(folder), [name for name in FILMS if name in wanted])
        page = Path(folder) / "page.html"
        for name in [name for name in PICTURES if name in wanted]:
            (what, *args), fragment, width, height = PICTURES[name]
            explore(what, *args).save(page)
            opened = browser.open(page, fragment, width=width, height=height)
            opened.frame()
            opened.page.screenshot(path=target / f"explore_{name}.png")
            browser.close_pages()
            print(target / f"explore_{name}.png")
    browser.close()


if __name__ == "__main__":
    assert autograd.build == "compiled", "build the extensions first"
    main(sys.argv[1:])

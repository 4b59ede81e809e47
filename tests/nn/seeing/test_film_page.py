"""The page of a film, in a real browser, opened from disk."""

import base64
import functools
import itertools
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, Opened
from builds import ROOT

import nn

READY = "window.film !== undefined && window.film.ready"
ROWS, LABELS = nn.data.moons(50, seed=4)
HOSTILE = '<img src=x onerror="alert(1)">&amp;</script>\u202e"\''


@pytest.fixture(scope="module")
def moons() -> nn.Film:
    film = nn.Film(title="Two moons")
    model = nn.MLP(2, [8, 6, 1], "relu", rng=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nn.seeing.film.MOST_NUMBERS", 4000)  # so that the page has to make most steps itself
        nn.fit(
            model,
            ROWS,
            LABELS,
            loss=nn.binary_cross_entropy_with_logits,
            optimizer=nn.SGD(model.parameters(), lr=0.1, momentum=0.9),
            epochs=120,
            batch_size=None,
            callbacks=[film],
            progress=False,
        )
    assert len(film.kept) < 30
    return film


@pytest.fixture(scope="module")
def page_of_moons(moons: nn.Film, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "moons.html"
    moons.save(path)
    return path


def opened(browser: Browser, path: Path, fragment: str = "", **settings: Any) -> Opened:
    return browser.open(path, fragment, ready=READY, **settings)


def test_any_step_both_ways(browser: Browser, moons: nn.Film, page_of_moons: Path) -> None:
    page = opened(browser, page_of_moons)
    assert page.ask("film.step") == page.ask("film.steps") == 120
    for step in (33, 119, 0, 34, 120):
        page.ask("k => film.seek(k)", step)
        assert page.ask("film.weights()") == pytest.approx([*moons.weights(step).values()], rel=1e-12, abs=1e-13)
        assert page.text("#now").startswith(f"step {step} of 120")
    losses = moons.known.history["loss"]
    assert [page.ask("k => film.loss(k)", k) for k in (0, 50, 119)] == pytest.approx(
        [losses[k] for k in (0, 50, 119)], rel=1e-12
    )


def test_the_border_and_an_example_are_the_networks(browser: Browser, moons: nn.Film, page_of_moons: Path) -> None:
    page = opened(browser, page_of_moons, "#step=64")
    model = nn.MLP(2, [8, 6, 1], "relu", rng=1)
    for p, x in zip(model.parameters(), moons.weights(64).values(), strict=True):
        p.data = x
    given = [model(row) for row in ROWS]
    assert page.ask("film.outputs[0]") == pytest.approx([y.data for y in given], rel=1e-12, abs=1e-13)
    right = sum((y.data > 0) == (label == 1) for y, label in zip(given, LABELS, strict=True))
    assert f"{right} of 50 right" in page.text("#now")
    one = page.ask("film.example(7)")
    loss = nn.binary_cross_entropy_with_logits([model(ROWS[7])], [LABELS[7]])
    loss.backward()
    assert one["loss"] == pytest.approx(loss.data, rel=1e-12)
    assert one["weights"] == pytest.approx([p.grad for p in model.parameters()], rel=1e-11, abs=1e-14)
    deltas = nn.deltas(model, ROWS[7], LABELS[7], nn.binary_cross_entropy_with_logits)
    assert one["deltas"][0] == pytest.approx(deltas[0].deltas, rel=1e-11, abs=1e-14)
    assert "Its loss is" in page.text("#tip")
    silent = [[all(unit(row).data == 0.0 for row in ROWS) for unit in model.layers[0].neurons]]
    assert page.ask("film.silent.slice(0, 1)") == silent


def test_how_the_numbers_of_a_layer_spread(browser: Browser, moons: nn.Film, page_of_moons: Path) -> None:
    page = opened(browser, page_of_moons, "#step=30")
    model = nn.MLP(2, [8, 6, 1], "relu", rng=1)
    for p, x in zip(model.parameters(), moons.weights(30).values(), strict=True):
        p.data = x
    nn.binary_cross_entropy_with_logits([model(row) for row in ROWS], LABELS).backward()
    assert page.ask("film.gradient") == pytest.approx([p.grad for p in model.parameters()], rel=1e-10, abs=1e-14)
    assert page.page.locator("#spread figure").count() == 9
    for k, (layer, found) in enumerate(zip(model.layers, page.ask("film.spread"), strict=True)):
        first = [unit for before in model.layers[:k] for unit in before.neurons]
        at = sum(len(unit.parameters()) for unit in first)
        own = slice(at, at + len(layer.parameters()))
        for numbers, spread in (
            ([p.data for p in layer.parameters()], found["weights"]),
            (page.ask("film.gradient")[own], found["gradient"]),
        ):
            low, high = min(0.0, *numbers), max(0.0, *numbers)
            assert (spread["low"], spread["high"], spread["all"]) == (low, high, len(numbers))
            assert spread["zeros"] == numbers.count(0.0)
            bins = [0] * len(spread["bins"])
            for x in numbers:
                if x:
                    bins[min(len(bins) - 1, int((x - low) / (high - low) * len(bins)))] += 1
            assert spread["bins"] == bins
    given = [[unit(row).data for row in ROWS] for unit in model.layers[0].neurons]
    assert page.ask("film.spread[0].gives.zeros") == sum(lane.count(0.0) for lane in given) > 0
    page.ask("film.fork({penalty: 'l2', strength: 10})")
    page.until(READY)
    (nn.l2_penalty(model, 10.0)).backward()
    assert page.ask("film.gradient") == pytest.approx([p.grad for p in model.parameters()], rel=1e-10, abs=1e-14)


def test_forks_by_hand_and_back(browser: Browser, moons: nn.Film, page_of_moons: Path) -> None:
    page = opened(browser, page_of_moons, "#step=40")
    as_trained = page.ask("film.weights(90)")
    page.page.locator("#rate").focus()
    page.press("ArrowRight", "ArrowRight", "ArrowRight")
    page.until(READY)
    assert page.ask("film.courses") == 2 and page.ask("film.course") == 1
    rate = float(page.text("#rate-is"))
    assert rate > 0.1
    model = nn.MLP(2, [8, 6, 1], "relu", rng=1)
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def faster(training: nn.Training) -> None:
        training.optimizer.lr = rate if training.epoch >= 40 else 0.1

    loss = nn.binary_cross_entropy_with_logits
    settings: dict[str, Any] = {"epochs": 90, "batch_size": None, "progress": False, "callbacks": [faster]}
    nn.fit(model, ROWS, LABELS, loss=loss, optimizer=optimizer, **settings)
    assert page.ask("film.weights(90)") == pytest.approx([p.data for p in model.parameters()], rel=1e-9, abs=1e-11)
    assert page.ask("film.weights(90, 0)") == as_trained
    page.ask("film.seek(90)")
    assert f"Learning rate {page.text('#rate-is')} from step 40 on" in page.text("#why")
    page.page.select_option("#optimizer", "adam")
    page.page.select_option("#penalty", "l2")
    page.until(READY)
    assert page.ask("film.courses") == 3 and "adam" in page.ask("document.getElementById('scrub').textContent")
    for courses in (3, 2, 1):  # the penalty, the optimiser, the rate
        page.press("u")
        page.until(READY)
        assert page.ask("film.courses") == courses
    assert page.ask("film.weights(90)") == as_trained


def test_points_are_added_moved_and_removed_by_hand(browser: Browser, page_of_moons: Path) -> None:
    page = opened(browser, page_of_moons, "#step=20")
    assert page.ask("film.points().length") == 50
    page.page.locator("#tools button").nth(1).click()
    x, y = page.ask("film.where(0.4, -1.1)")
    page.page.mouse.click(x, y)
    page.until(READY)
    added = page.ask("film.points()")
    assert len(added) == 51 and added[50][:2] == pytest.approx([0.4, -1.1], abs=0.02) and added[50][2] == 1
    x, y = page.ask("film.where(...film.points()[50].slice(0, 2))")
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + 40, y, steps=3)
    page.page.mouse.up()
    page.until(READY)
    moved = page.ask("film.points()")
    assert moved[50][0] > added[50][0] and moved[:50] == added[:50]
    model = nn.MLP(2, [8, 6, 1], "relu", rng=1)
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for step in range(45):
        points = added[:50] if step < 20 else moved
        optimizer.zero_grad()
        nn.binary_cross_entropy_with_logits([model(p[:2]) for p in points], [p[2] for p in points]).backward()
        optimizer.step()
    assert page.ask("film.weights(45)") == pytest.approx([p.data for p in model.parameters()], rel=1e-9, abs=1e-11)
    page.ask("film.remove(0)")
    assert page.ask("film.points().length") == 50
    page.ask("film.seek(10)")
    assert page.ask("film.points().length") == 50 and page.ask("film.points()")[0] == added[0]  # before the fork: as they were
    page.ask("film.more(30)")
    page.until(READY)
    assert page.ask("film.steps") == 150 and math.isfinite(page.ask("film.loss(150)"))


def test_by_keyboard_alone(browser: Browser, page_of_moons: Path) -> None:
    page = opened(browser, page_of_moons, "#step=20")
    page.press("ArrowRight", "j", "j", "k")
    assert page.ask("film.step") == 22
    page.press("Shift+ArrowRight", "Home")
    assert page.ask("film.step") == 0
    page.press("End", "ArrowLeft", ".")
    page.until(READY)
    assert page.ask("film.courses") == 2
    page.press("o")
    page.until(READY)
    assert page.ask("film.course") == 0
    page.page.locator("#view").focus()
    page.press("ArrowRight", "ArrowUp", "1")
    page.until(READY)
    assert page.ask("film.points().length") == 51
    page.press("e")
    assert "Its loss is" in page.text("#tip")
    before = page.text("#weight .teal")
    page.page.locator("#network canvas").first.focus()
    page.press("ArrowLeft")
    assert page.text("#weight .teal") != before
    page.press("?")
    assert page.ask("document.getElementById('sheet').open")
    page.press("Escape", "t")
    assert page.ask("document.documentElement.dataset.theme") in ("dark", "projector")
    page.press("Home", " ")
    page.until("film.step > 0")


def test_on_a_telephone(browser: Browser, page_of_moons: Path) -> None:
    page = opened(browser, page_of_moons, width=390, height=844)
    assert page.sticks_out() == []
    assert page.ask("document.getElementById('view').clientWidth") > 340
    for scrolled in (0, 10_000):  # the rail stays in sight
        page.page.mouse.wheel(0, scrolled)
        page.frame()
        box = page.page.locator("#scrub").bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 844
        page.page.mouse.click(box["x"] + 200, box["y"] + 38)
        assert 0 < page.ask("film.step") < 120
        page.press("End")
    page.ask("scrollTo(0, 0)")
    page.page.mouse.click(*page.ask("film.where(...film.points()[7].slice(0, 2))"))
    assert "Its loss is" in page.text("#tip") and page.sticks_out() == []
    page.press("Home", ".")
    page.until(READY)
    assert page.ask("film.courses") == 2 and page.sticks_out() == []


@pytest.mark.parametrize("width", [880, 1296])
def test_in_the_frame_of_a_notebook_nothing_is_cut(browser: Browser, page_of_moons: Path, width: int) -> None:
    page = opened(browser, page_of_moons, width=width, height=638)
    assert page.ask("document.querySelectorAll('#spread svg').length") >= 9
    assert page.ask("(e => e.scrollHeight - e.clientHeight)(document.querySelector('#right'))") == 0


APART = """() => {
    const box = each => each.getBoundingClientRect(), all = selector => [...document.querySelectorAll(selector)];
    const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
    const units = all(".unit"), said = all(".unit span, .head"), room = box(document.querySelector("#network"));
    const onUnit = each => units.some(unit => !unit.contains(each) && !apart(box(each), box(unit)));
    const isCut = each => box(each).left < room.left || box(each).right > room.right;
    const onCurve = chart => {
        const figures = all(`${chart} text[x="0"]`), from = Math.min(...all(`${chart} .curve`).map(each => box(each).left));
        return !figures.length || figures.some(each => box(each).right > from);
    };
    return [
        ...said.filter(onUnit).map(each => `${each.textContent} lies on a unit`),
        ...said.filter(isCut).map(each => `${each.textContent} is cut`),
        ...all("#signs").filter(onUnit).map(() => "what colours mean lies on a unit"),
        ...["#losses", "#life"].filter(onCurve).map(chart => `figures of ${chart} lie on its curve`),
    ];
}"""


@pytest.mark.parametrize("width", [822, 1238])
def test_in_the_frame_of_a_notebook_nothing_lies_on_another(browser: Browser, tmp_path: Path, width: int) -> None:
    """Names of inputs lay on the units of all layers, and figures on curves; what colours mean was said nowhere."""
    images, digits = nn.data.load_digits()
    flowers, kinds = nn.data.load_iris()
    lengths = ["sepal length", "sepal width", "petal length", "petal width"]
    classes = ["setosa", "versicolor", "virginica"]
    films = {
        "flowers": (nn.MLP(4, [8, 3], "tanh", rng=0), flowers, kinds, nn.Film(inputs=lengths, classes=classes)),
        "digits": (nn.MLP(64, [12, 10], "relu", rng=0), images[:200], digits[:200], nn.Film()),
    }
    for name, (model, X, y, film) in films.items():  # noqa: N806
        nn.fit(model, X, y, epochs=3, batch_size=20, loss=nn.cross_entropy, callbacks=[film], progress=False)
        film.save(tmp_path / f"{name}.html")
        page = opened(browser, tmp_path / f"{name}.html", width=width, height=638)
        assert page.ask(APART) == [], name
        assert page.ask("document.getElementById('optimizer').offsetWidth") > 120  # room for "SGD, as trained"
        assert page.text("#signs").split("\n") == ["above 0", "below 0", "weight above 0", "below 0"]
        assert width < 1000 or page.ask(
            "[...document.querySelectorAll('.unit span')].every(e => e.scrollWidth <= e.clientWidth)"
        )


def test_every_kind_of_view(browser: Browser, tmp_path: Path) -> None:
    """Images, classes, a curve, a table, dropout, and steps by hand: each opens, and shows the numbers that there are."""
    images, digits = nn.data.load_digits()
    rows, kinds = nn.data.load_iris()
    xs = [[x / 10 - 1.0] for x in range(21)]
    of_dropout = nn.Sequential(nn.Layer(2, 4, rng=0), nn.Dropout(0.2, rng=0), nn.Layer(4, 1, "linear", rng=1))
    blobs = nn.data.blobs(40, classes=3, seed=1)
    cross_entropy = {"loss": nn.cross_entropy}
    views: dict[str, tuple[Any, Any, Any, dict[str, Any], str]] = {
        "images": (nn.MLP(64, [12, 10], "relu", rng=0), images[:200], digits[:200], cross_entropy, "#images button"),
        "table": (nn.MLP(4, [5, 3], "tanh", rng=0), rows, kinds, cross_entropy, "#rows tbody tr"),
        "curve": (nn.MLP(1, [6, 1], "tanh", rng=0), xs, [math.sin(3 * x) for [x] in xs], {}, "#view .fit"),
        "blobs": (nn.MLP(2, [6, 3], "tanh", rng=0), *blobs, cross_entropy, "#view .point.class"),
        "dropout": (of_dropout, ROWS, LABELS, {"loss": nn.binary_cross_entropy_with_logits}, "#view .point"),
    }
    for name, (model, X, y, settings, there) in views.items():  # noqa: N806
        film = nn.Film(title=HOSTILE, inputs=[HOSTILE] * len(X[0]), classes=[HOSTILE, *"bcdefghij"])
        nn.fit(model, X, y, epochs=3, callbacks=[film], progress=False, **settings)
        film.save(tmp_path / f"{name}.html")
        page = opened(browser, tmp_path / f"{name}.html", "#theme=dark", width=1024, height=768)
        assert page.page.locator(there).count() > 0, name
        assert HOSTILE.replace("\u202e", "") in page.text("h1").replace("\u202e", ""), name
        assert page.page.locator("img").count() == 0
        assert page.ask("film.weights()") == pytest.approx([p.data for p in model.parameters()], rel=1e-12, abs=1e-13), name
        given = [model(row) for row in X[:5]]
        shown = page.ask("film.outputs.map(xs => xs.slice(0, 5))")
        assert next(zip(*shown, strict=True)) == pytest.approx(
            [v.data for v in (given[0] if isinstance(given[0], list) else [given[0]])], rel=1e-11, abs=1e-13
        ), name
        page.ask("film.example(1)")
        assert "is wanted" in page.text("#tip")
        page.page.set_viewport_size({"width": 390, "height": 844})
        page.frame()
        assert page.sticks_out() == [], (name, page.sticks_out())
        assert name == "table" or page.ask("(e => e.scrollWidth <= e.clientWidth)(document.getElementById('view'))"), name
        page.page.set_viewport_size({"width": 1024, "height": 768})
        if name == "dropout":
            assert "random" in page.text("#why") and not page.page.locator("#fork").is_visible()


@pytest.mark.parametrize("width", [1024, 1440])
def test_a_deep_network_of_many_inputs(browser: Browser, tmp_path: Path, width: int) -> None:
    """Heads of columns stand apart, the settings stand before what may scroll away, and an input has one name everywhere."""
    rows = [[math.sin(7 * r + k) for k in range(5)] for r in range(20)]
    film, model = nn.Film(title="deep"), nn.MLP(5, [8] * 6 + [1], "relu", rng=1)
    nn.fit(model, rows, [sum(row) for row in rows], loss=nn.mse_loss, epochs=3, callbacks=[film], progress=False)
    film.save(tmp_path / "film.html")
    page = opened(browser, tmp_path / "film.html", width=width, height=768)
    heads = page.ask(
        "[...document.querySelectorAll('.head')].map(e => e.getBoundingClientRect()).map(({left, right}) => [left, right])"
    )
    assert len(heads) == 8
    assert all(right < left for (_, right), (left, _) in itertools.pairwise(heads)), heads
    assert "train 100 steps more" in page.text("#fork")
    fork, footer = (page.ask("e => document.querySelector(e).getBoundingClientRect().toJSON()", e) for e in ("#fork", "footer"))
    assert fork["bottom"] < footer["top"]
    named = page.ask("[...document.querySelectorAll('.unit[data-layer=\"-1\"] span')].map(e => e.textContent)")
    assert named == ["x1", "x2", "x3", "x4", "x5"]
    assert page.ask("[...document.querySelectorAll('#rows th')].map(e => e.textContent)") == [
        *named[:4],
        "…",
        "wanted",
        "given",
    ]


def test_without_its_rows(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows than a page has room for: what is left are the weights, at the moments that were kept."""
    monkeypatch.setattr("nn.seeing.film.MOST_OF_ROWS", 60)
    film, model = nn.Film(), nn.MLP(2, [3, 1], "tanh", rng=0)
    nn.fit(model, ROWS, LABELS, loss=nn.binary_cross_entropy_with_logits, epochs=4, callbacks=[film], progress=False)
    assert film.reason == "its 50 rows have more numbers than a page has room for"
    film.save(tmp_path / "film.html")
    page = opened(browser, tmp_path / "film.html")
    assert page.ask("film.weights()") == pytest.approx([p.data for p in model.parameters()], rel=1e-15)
    page.press("ArrowLeft", "ArrowLeft")
    assert "50 rows" in page.text("#why") and "layers." in page.text("#weight")


def test_sizes(moons: nn.Film, page_of_moons: Path) -> None:
    model = nn.MLP(2, [16, 16, 1], "relu", rng=1)
    film = nn.Film()
    rows, labels = nn.data.moons(100, seed=0)
    settings: dict[str, Any] = {"epochs": 1000, "batch_size": None, "callbacks": [film], "progress": False}
    optimizer = functools.partial(nn.SGD, lr=0.1, momentum=0.9)
    nn.fit(model, rows, labels, loss=nn.binary_cross_entropy_with_logits, optimizer=optimizer, **settings)
    assert len(film.html()) < 1_000_000


def test_in_a_notebook(moons: nn.Film) -> None:
    bundle = moons._repr_mimebundle_()
    assert bundle["text/plain"] == "<film of 120 steps, 85 parameters>"
    assert 'sandbox="allow-scripts"' in bundle["text/html"] and "<iframe" in bundle["text/html"]
    assert f' src="data:image/png;base64,{bundle["image/png"]}"><p>This is a training to travel in.' in bundle["text/html"]
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert nn.Film()._repr_mimebundle_() == {"text/plain": repr(nn.Film())}


def test_a_film_is_shown_without_numpy() -> None:
    """As in the Python of a web page, which has none: there the page of the film is all the same."""
    program = """
import subprocess
import sys
for name in ("numpy", "matplotlib"):
    sys.modules[name] = None
import nn
film = nn.Film()
model, (rows, labels) = nn.MLP(2, [3, 1], "tanh", rng=0), nn.data.xor()
nn.fit(model, rows, labels, epochs=4, batch_size=None, callbacks=[film], progress=False)
data, bundle = film.data, film._repr_mimebundle_()
print(list(data["rows"]), list(data["targets"]), data["counts"], sorted(bundle))
"""
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    rows = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    assert answer.stdout == f"{rows} {[0.0, 1.0, 1.0, 0.0]} 1.0 {['text/html', 'text/plain']}\n"


def test_in_a_notebook_without_matplotlib(moons: nn.Film, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "nn.seeing.film_movie", raising=False)
    monkeypatch.delattr("nn.seeing.film_movie", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    bundle = moons._repr_mimebundle_()
    assert bundle.keys() == {"text/plain", "text/html"} and "<img" not in bundle["text/html"].rpartition("sandbox")[2]


def test_a_film_that_begins_in_hiding_is_laid_out_when_it_is_shown(browser: Browser, page_of_moons: Path) -> None:
    """A notebook hides what it has shown while it puts itself together. All units lay in a corner, and so did all points."""
    around, frame = browser.begun_in_hiding(page_of_moons, "!!window.film")
    around.until("document.querySelector('#network .unit:last-child').offsetLeft > 300", frame)
    assert (
        frame.evaluate("Math.max(...[...document.querySelectorAll('.point')].map(point => point.getBoundingClientRect().left))")
        > 200
    )

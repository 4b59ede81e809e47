"""The page on which digits are drawn, in a real browser: it reads what Python reads, and its error is the gradient."""

import math
from pathlib import Path

import pytest
from browser import Browser, Opened

import nn
from autograd import Value, no_grad
from nn.seeing.drawn_digits import drawn_digits

READY = "window.digits !== undefined"


@pytest.fixture(scope="module")
def trained() -> tuple[nn.MLP, nn.Film, list[list[float]], list[int]]:
    images, digits = nn.data.load_digits()
    model, film = nn.MLP(64, [12, 10], "relu", rng=0), nn.Film()
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
    settings = {
        "loss": nn.cross_entropy,
        "epochs": 4,
        "validation": (images[400:460], digits[400:460]),
        "metrics": ["accuracy"],
    }
    nn.fit(model, images[:400], digits[:400], optimizer=optimizer, callbacks=[film], progress=False, **settings)  # type: ignore[arg-type]
    return model, film, images[400:460], digits[400:460]


@pytest.fixture(scope="module")
def page_file(trained: tuple[nn.MLP, nn.Film, list[list[float]], list[int]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    _, film, images, digits = trained
    path = tmp_path_factory.mktemp("digits") / "index.html"
    path.write_text(drawn_digits(film, images, digits), encoding="utf-8")
    return path


def drawn(page: Opened, *strokes: list[tuple[float, float]]) -> None:
    """Strokes of the mouse over the pad; places are shares of its side."""
    box = page.page.locator("#pad").bounding_box()
    for stroke in strokes:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.page.mouse.move(*places[0])
        page.page.mouse.down()
        for place in places[1:]:
            page.page.mouse.move(*place, steps=4)
        page.page.mouse.up()
    page.frame()


SEVEN = [(0.2, 0.12), (0.8, 0.12), (0.45, 0.9)]


def test_a_drawing_is_read_as_python_reads_it(
    browser: Browser, page_file: Path, trained: tuple[nn.MLP, nn.Film, list[list[float]], list[int]]
) -> None:
    model, _, images, digits = trained
    page = browser.open(page_file, ready=READY, width=1440, height=900)
    assert page.text("#big") == "" and "Draw a digit" in page.text("#why")
    drawn(page, SEVEN)
    ink = page.ask("digits.ink")
    assert sum(x > 0 for x in ink) > 12 and {x * 16 for x in ink} <= {*range(17)}
    scores = model(ink)
    shares = [math.exp(s.data) for s in scores]
    assert page.ask("digits.scores") == pytest.approx([s.data for s in scores], rel=1e-11, abs=1e-12)
    assert page.ask("digits.shares") == pytest.approx([x / sum(shares) for x in shares], rel=1e-11)
    answer = shares.index(max(shares))
    assert page.text("#big") == str(answer) and page.text("#sure") == f"{100 * max(shares) / sum(shares):.1f} %"

    meant = (answer + 1) % 10
    page.press(str(meant))
    pixels = [Value(x) for x in ink]
    loss = nn.cross_entropy(model(pixels), meant)
    loss.backward()
    assert page.ask("digits.step") == 7 and page.ask("digits.loss") == pytest.approx(loss.data, rel=1e-11)
    assert page.ask("digits.slopes") == pytest.approx([p.grad for p in pixels], rel=1e-10, abs=1e-13)
    assert f"you meant {meant}" in page.text("#word")

    page.press("h")  # a little less where the loss would grow, a little more where it would fall
    most = max(abs(p.grad) for p in pixels)
    followed = [min(1.0, max(0.0, x - 0.14 * p.grad / most)) for x, p in zip(ink, pixels, strict=True)]
    assert page.ask("digits.ink") == pytest.approx(followed, rel=1e-9, abs=1e-12)
    loss_now = nn.cross_entropy(model(followed), meant)
    assert page.ask("digits.loss") == pytest.approx(loss_now.data, rel=1e-9) and loss_now.data < loss.data
    model.zero_grad()
    loss_now.backward()
    page.press("l")
    learnt = [p.data - 0.05 * p.grad for p in model.parameters()]
    assert page.ask("digits.weights()") == pytest.approx(learnt, rel=1e-10, abs=1e-13)
    assert "one step down the slope of your drawing alone" in page.text("#why")
    twin = nn.MLP(64, [12, 10], "relu", rng=0)
    for p, x in zip(twin.parameters(), learnt, strict=True):
        p.data = x
    assert page.ask("digits.right") == right_of(twin, images, digits)


def right_of(model: nn.MLP, images: list[list[float]], digits: list[int]) -> int:
    with no_grad():
        read = [max(range(10), key=[s.data for s in model(image)].__getitem__) for image in images]
    return sum(a == b for a, b in zip(read, digits, strict=True))


def test_younger_networks_and_confusions(
    browser: Browser, page_file: Path, trained: tuple[nn.MLP, nn.Film, list[list[float]], list[int]]
) -> None:
    model, film, images, digits = trained
    page = browser.open(page_file, "#theme=dark", ready=READY, width=1024, height=768)
    assert page.ask("digits.moments") == 5 and page.ask("digits.right") == right_of(model, images, digits)
    page.press("n", "[", "[")
    twin = nn.MLP(64, [12, 10], "relu", rng=0)
    for p, x in zip(twin.parameters(), film.weights(2 * film.steps_of_epoch).values(), strict=True):
        p.data = x
    assert page.ask("digits.right") == right_of(twin, images, digits)
    image = page.ask("digits.ink")
    assert image in [[float(x) for x in each] for each in images]
    scores = [s.data for s in twin(image)]
    assert page.ask("digits.scores") == pytest.approx(scores, rel=1e-11, abs=1e-12)
    assert page.ask("digits.reading(2)") == scores.index(max(scores))
    cell = page.page.locator(".cell.wrong").first
    said = cell.get_attribute("aria-label")
    cell.focus()
    page.press("Enter")
    assert page.ask("document.getElementById('shelf').open")
    shown = page.page.locator("#shelf .all button")
    assert said.startswith(f"{shown.count()} written as ")
    shown.first.click()
    written, read = int(said.split()[3].rstrip(",")), int(said.split()[-1])
    assert page.ask("digits.answer") == read and digits[images.index(page.ask("digits.ink"))] == written


def test_on_a_telephone(
    browser: Browser, page_file: Path, trained: tuple[nn.MLP, nn.Film, list[list[float]], list[int]]
) -> None:
    page = browser.open(page_file, ready=READY, width=390, height=844)
    drawn(page, SEVEN)
    scores = [s.data for s in trained[0](page.ask("digits.ink"))]
    answer = scores.index(max(scores))
    assert page.text("#big") == str(answer) and page.sticks_out() == []
    page.page.locator(".digit").nth((answer + 1) % 10).click()
    assert page.ask("digits.step") == 7 and page.ask("digits.loss") > 0
    boxes = [each.bounding_box() for each in page.page.locator("#pad, .tile, .digit, #answer, #under").all()]
    for i, a in enumerate(boxes):  # nothing lies on anything else
        for b in boxes[:i]:
            assert max(a["x"], b["x"]) >= min(a["x"] + a["width"], b["x"] + b["width"]) - 1 or (
                max(a["y"], b["y"]) >= min(a["y"] + a["height"], b["y"] + b["height"]) - 1
            )
    wires = page.page.locator("#wires path.backward")
    assert wires.count() > 4 and page.sticks_out() == []
    page.page.locator("#follow").click()
    assert page.ask("digits.ink") != [0.0] * 64
    page.page.mouse.wheel(0, 10_000)
    page.frame()
    footer, matrix = (page.page.locator(each).bounding_box() for each in ("footer", "#confusion"))
    assert matrix["y"] + matrix["height"] <= footer["y"] + 1 and footer["y"] + footer["height"] <= 845


def test_by_keyboard_alone(browser: Browser, page_file: Path) -> None:
    page = browser.open(page_file, ready=READY)
    page.page.locator("#pad").focus()
    for _ in range(4):
        page.press("Space", "Space", "ArrowDown")
    assert sum(page.ask("digits.ink")) == 4.0
    page.press("x")
    assert page.text("#big") == str(page.ask("digits.answer"))
    page.page.locator(".digit").first.focus()
    page.press("ArrowDown", "ArrowDown", "Enter")
    assert page.ask("digits.step") == 7 and page.ask("digits.loss") == pytest.approx(
        -math.log(page.ask("digits.shares[2]")), rel=1e-9
    )
    page.press("ArrowLeft", "k")
    assert page.ask("digits.step") == 5
    page.press("Home")
    assert page.ask("digits.step") == 0 and "64 cells" in page.text("#why")
    for step in range(1, 8):
        page.press("j")
        assert page.ask("digits.step") == step and page.text("#why") and page.text("#equation")
    page.press("Escape")
    assert page.ask("digits.step") == 3 and page.ask("digits.loss") is None
    page.press("c")
    assert page.text("#big") == ""
    page.press("t", "?")
    assert page.ask("document.getElementById('sheet').open")


def test_other_networks_are_refused() -> None:
    film, (rows, labels) = nn.Film(), nn.data.xor()
    nn.fit(nn.MLP(2, [2, 1], rng=0), rows, labels, epochs=1, callbacks=[film], progress=False)
    with pytest.raises(ValueError, match="64 inputs, one hidden layer and 10 classes, and this is of <film of 1 steps"):
        drawn_digits(film, [], [])

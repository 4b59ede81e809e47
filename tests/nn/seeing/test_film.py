"""Films of trainings: any moment is had again, here and in the page, and so is what another course would have come to."""

import copy
import functools
import json
import math
import re
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from page_in_node import in_node

import nn
from autograd import Value, primitive
from autograd.pictures.figures import new_figure
from nn.seeing.film_movie import _Scene, ffmpeg
from nn.seeing.replay import described_optimizer
from nn.training.compiled import CompiledSteps
from nn.training.eager import EagerSteps

ROWS, LABELS = nn.data.moons(60, seed=3)
SIGNS = [1 if label else -1 for label in LABELS]
PAGE = Path(nn.__file__).parent / "seeing" / "page"
FILES = ("rules.js", "runtime.js", "rows.js", str(PAGE / "training.js"))

REPLAYED = """
    const found = {};
    for (const [name, {film, steps}] of Object.entries(given)) {
      const training = new Training(film);
      found[name] = {weights: steps.map(step => [...training.main.at(step).weights]), loss: training.main.loss(steps[0])};
    }
    return found;"""

Step = Callable[..., Any]


def trained(monkeypatch: pytest.MonkeyPatch, **settings: Any) -> tuple[nn.Film, list[list[float]]]:
    """The film of a training, and the weights before the first step and after each of the same training, watched."""
    given = {"loss": nn.binary_cross_entropy_with_logits, "epochs": 8, "batch_size": 16} | settings
    rows, targets = given.pop("rows", ROWS), given.pop("targets", LABELS)
    model = given.pop("model", None) or nn.MLP(2, [6, 5, 1], "tanh", rng=1)
    make, scheduled = given.pop("make", nn.SGD), given.pop("schedule", lambda _: None)

    def train(model: nn.Module, callback: Any) -> None:
        optimizer = make(model.parameters())
        nn.fit(
            model,
            rows,
            targets,
            optimizer=optimizer,
            schedule=scheduled(optimizer),
            callbacks=[callback],
            progress=False,
            **given,
        )

    film = nn.Film()
    train(copy.deepcopy(model), film)
    seen = [[p.data for p in model.parameters()]]
    for steps, weights in (
        (CompiledSteps, lambda steps: steps.weights.tolist()),
        (EagerSteps, lambda steps: [p.data for p in steps.task.optimizer.parameters]),
    ):

        def one(self: Any, start: int, size: int, most: Any, asked: Any, real: Step = steps.steps, look: Step = weights) -> Any:
            found = real(self, start, size, 1, asked)
            seen.append(look(self))
            return found

        monkeypatch.setattr(steps, "steps", one)
    train(model, lambda training: None)
    monkeypatch.undo()
    return film, seen


TRAININGS: dict[str, dict[str, Any]] = {
    "full batch": {"batch_size": None, "epochs": 45, "make": functools.partial(nn.SGD, lr=0.1, momentum=0.9)},
    "nesterov": {"make": functools.partial(nn.SGD, lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-3)},
    "adagrad": {"make": functools.partial(nn.Adagrad, lr=0.05, lr_decay=0.01, initial_accumulator_value=0.1)},
    "rmsprop": {"make": functools.partial(nn.RMSprop, lr=0.003, centered=True, momentum=0.5)},
    "adam": {"make": functools.partial(nn.Adam, lr=0.01, weight_decay=1e-3), "batch_size": 7},
    "adamw": {"make": functools.partial(nn.AdamW, lr=0.01), "clip_norm": 0.3},
    "step": {"make": functools.partial(nn.SGD, lr=0.1), "schedule": lambda optimizer: nn.StepLR(optimizer, 3, 0.5)},
    "plateau": {"make": functools.partial(nn.Adam, lr=0.3), "schedule": lambda o: nn.ReduceLROnPlateau(o, patience=0)},
    "penalty": {"make": functools.partial(nn.SGD, lr=0.1), "penalty": lambda model: nn.l2_penalty(model, 1e-2)},
    "per example": {
        "make": functools.partial(nn.SGD, lr=0.1),
        "penalty": nn.PerExample(lambda model: nn.l1_penalty(model, 0.5)),
        "batch_size": 25,
    },
    "eager": {"compile": False, "epochs": 3},
    "unshuffled": {"shuffle": False},
    "hinge": {"loss": nn.hinge_loss, "targets": SIGNS},
    "classes": {"loss": nn.cross_entropy, "model": nn.MLP(2, [5, 2], "relu", rng=2), "clip_norm": 1.0},
    "sum": {"loss": functools.partial(nn.mse_loss, reduction="sum"), "make": functools.partial(nn.SGD, lr=0.01)},
    "weighted": {
        "loss": functools.partial(nn.cross_entropy, weight=[1.0, 3.0]),
        "model": nn.MLP(2, [4, 2], "relu", rng=2),
    },
    "recurrent": {
        "model": nn.Sequential(nn.Layer(2, 3, "tanh", rng=0), nn.Layer(3, 1, rng=1)),
        "loss": functools.partial(nn.huber_loss, delta=0.5),
    },
}


def test_every_step_is_had_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Here to the last bit, in the page to 1e-12: between moments that were kept, too, and over every optimiser."""
    monkeypatch.setattr("nn.seeing.film.MOST_NUMBERS", 700)  # so that few moments are kept
    films, asked = {}, {}
    for name, settings in TRAININGS.items():
        film, seen = trained(monkeypatch, **settings)
        monkeypatch.setattr("nn.seeing.film.MOST_NUMBERS", 700)
        assert film.reason == "" and film.steps == len(seen) - 1, name
        steps = sorted({0, 1, film.steps // 2, film.steps // 2 + 1, film.steps - 1, film.steps})
        assert film.steps_of_epoch == 1 or len(film.kept) < film.steps
        for step in steps if name in ("adam", "eager", "plateau") else steps[2:3]:
            assert [*film.weights(step).values()] == seen[step], (name, step)
        films[name] = {"film": film.data, "steps": steps}
        asked[name] = [seen[step] for step in steps]
    found = in_node(tmp_path, REPLAYED, films, *FILES)
    for name, weights in asked.items():
        for there, here in zip(found[name]["weights"], weights, strict=True):
            assert there == pytest.approx(here, rel=1e-12, abs=1e-13), name
    kinds = {json.dumps(described_optimizer(make([Value(0.0)]))["graph"]["ops"]) for make in nn.optim.BY_NAME.values()}
    assert len(kinds) > 4


FORKED = """
    const training = new Training(given.film), main = training.main;
    const rate = main.fork(20, {factor: 4});
    const other = rate.fork(25, {optimizer: "adam", factor: 0.01 / training.rateAt(25)});
    const penal = main.fork(20, {penalty: "l2", strength: 0.01});
    const points = {...training.points, targets: [training.points.targets[0].map((t, r) => r === 0 ? 1 - t : t)]};
    const moved = main.fork(20, {points});
    training.steps = 60;
    const ends = [rate.at(45), other.at(45), penal.at(45), moved.at(45), main.at(60)].map(({weights}) => [...weights]);
    const before = [...rate.at(12).weights];
    rate.amend({factor: 1});
    const [amended, unchanged, at12] = [rate.at(45), main.at(45), main.at(12)].map(({weights}) => [...weights]);
    return {ends, before, amended, main: unchanged, main12: at12};"""


def test_forks_are_what_a_training_by_hand_comes_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = {"batch_size": None, "epochs": 45, "make": functools.partial(nn.SGD, lr=0.05, momentum=0.8)}
    film, seen = trained(monkeypatch, **settings)
    found = in_node(tmp_path, FORKED, {"film": film.data}, *FILES)

    def by_hand(change: Callable[[int, list[Any], nn.Optimizer], Any], steps: int = 45) -> list[float]:
        model = nn.MLP(2, [6, 5, 1], "tanh", rng=1)
        optimizer: nn.Optimizer = nn.SGD(model.parameters(), lr=0.05, momentum=0.8)
        targets = [*LABELS]
        penalty = 0.0
        for step in range(steps):
            changed = change(step, targets, optimizer)
            if isinstance(changed, nn.Optimizer):
                optimizer = changed
            elif changed:
                penalty = changed
            optimizer.zero_grad()
            loss = nn.binary_cross_entropy_with_logits([model(row) for row in ROWS], targets)
            (loss + nn.l2_penalty(model, penalty) if penalty else loss).backward()
            optimizer.step()
        return [p.data for p in model.parameters()]

    def faster(step: int, targets: list[Any], optimizer: nn.Optimizer) -> Any:
        if step == 20:
            optimizer.lr = 0.2

    def then_adam(step: int, targets: list[Any], optimizer: nn.Optimizer) -> Any:
        faster(step, targets, optimizer)
        return nn.Adam(optimizer.parameters, lr=0.01) if step == 25 else None

    def penalised(step: int, targets: list[Any], optimizer: nn.Optimizer) -> Any:
        return 0.01 if step == 20 else None

    def another_answer(step: int, targets: list[Any], optimizer: nn.Optimizer) -> Any:
        if step == 20:
            targets[0] = 1 - targets[0]

    def nothing(step: int, targets: list[Any], optimizer: nn.Optimizer) -> Any:
        return None

    expected = [by_hand(change) for change in (faster, then_adam, penalised, another_answer)] + [by_hand(nothing, 60)]
    for there, here in zip(found["ends"], expected, strict=True):
        assert there == pytest.approx(here, rel=1e-11, abs=1e-12)
    assert found["before"] == found["main12"] and found["main12"] == pytest.approx(seen[12], rel=1e-12)
    assert found["amended"] == pytest.approx(found["main"], rel=1e-12)  # the fork that changes nothing any more


def test_a_film_that_goes_on_from_a_checkpoint(tmp_path: Path) -> None:
    def model_and_film() -> tuple[nn.MLP, nn.Film]:
        return nn.MLP(2, [4, 1], "tanh", rng=0), nn.Film()

    settings: dict[str, Any] = {"loss": nn.binary_cross_entropy_with_logits, "progress": False, "batch_size": 20}
    model, _ = model_and_film()
    nn.fit(model, ROWS, LABELS, epochs=4, callbacks=[nn.Checkpoint(tmp_path / "checkpoint")], **settings)
    model, film = model_and_film()
    callbacks = [nn.Checkpoint(tmp_path / "checkpoint"), film]
    nn.fit(model, ROWS, LABELS, epochs=10, callbacks=callbacks, resume=tmp_path / "checkpoint", **settings)
    assert film.steps == 3 * 6  # from the fifth epoch on: nobody saw the first four
    assert [*film.weights(18).values()] == [p.data for p in model.parameters()]
    in_page = in_node(tmp_path, REPLAYED, {"a": {"film": film.data, "steps": [7]}}, *FILES)["a"]["weights"][0]
    assert in_page == pytest.approx([*film.weights(7).values()], rel=1e-12)


def test_long_films_keep_fewer_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nn.seeing.film.MOST_NUMBERS", 500)
    film, seen = trained(monkeypatch, batch_size=None, epochs=400, make=functools.partial(nn.SGD, lr=0.1))
    assert len(film.states) <= 500 and film.kept[0] == 0 and len({b - a for a, b in pairwise(film.kept)}) == 1
    assert [*film.weights(311).values()] == seen[311]


def test_a_film_looks_seldom_and_has_what_one_that_looks_often_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made again for the page, too; also where a call makes fewer epochs than the film could do without."""
    settings: dict[str, Any] = {"loss": nn.binary_cross_entropy_with_logits, "progress": False, "batch_size": None}
    films: list[nn.Film] = []
    looks: dict[int, list[int]] = {0: [], 1: [], 2: []}

    class Watched(nn.Film):
        looks_at_model = False

        def __call__(self, training: Any) -> None:
            looks[len(films)].append(training.epoch)
            super().__call__(training)

    for k, watchers in enumerate(([], [lambda training: None], [])):
        film, model = Watched(), nn.MLP(2, [6, 1], "tanh", rng=0)
        monkeypatch.setattr("nn.training.epochs.MOST_ROWS", 4 * len(ROWS) if k == 2 else 1 << 20)
        nn.fit(model, ROWS, LABELS, epochs=100, callbacks=[film, *watchers], **settings)
        films.append(film)
    assert looks == {
        0: [*range(6, 97, 6), 100],
        1: [*range(1, 101)],
        2: [x for k in range(0, 97, 6) for x in (k + 4, k + 6)][:-1],
    }
    weights = [[film.weights(step) for step in (1, 5, 6, 7, 50, 99, 100)] for film in films]
    assert weights[0] == weights[1] == weights[2]
    data = [film.data for film in films]
    assert data[0]["kept"] == data[1]["kept"] == data[2]["kept"] == [*range(101)]
    assert data[0]["states"] == data[1]["states"] == data[2]["states"]
    assert [films[0].weights(step) for step in (1, 5, 6, 7, 50, 99, 100)] == weights[0]  # which are moments now


def test_steps_by_hand(tmp_path: Path) -> None:
    model, (rows, labels) = nn.MLP(2, [4, 1], "tanh", rng=0), nn.data.xor()
    optimizer, film = nn.SGD(model.parameters(), lr=0.5), nn.Film()
    with pytest.raises(ValueError, match=re.escape("film.frame(model, rows, targets)")):
        film.frame(model)
    film.frame(model, rows, labels)
    seen = [[p.data for p in model.parameters()]]
    for _ in range(5):
        optimizer.zero_grad()
        nn.mse_loss([model(row) for row in rows], labels).backward()
        optimizer.step()
        film.frame(model)
        seen.append([p.data for p in model.parameters()])
    assert [[*film.weights(k).values()] for k in range(6)] == seen
    assert film.reason == "its steps were made by hand"
    found = in_node(tmp_path, REPLAYED, {"a": {"film": film.data, "steps": [3, 0, 5]}}, *FILES)["a"]
    assert found["weights"] == [seen[3], seen[0], seen[5]]
    model_then = nn.MLP(2, [4, 1], "tanh", rng=0)
    for p, x in zip(model_then.parameters(), seen[3], strict=True):
        p.data = x
    assert found["loss"] == pytest.approx(nn.mse_loss([model_then(row) for row in rows], labels).data, rel=1e-12)


class OneByOne(nn.Optimizer):
    def update(self, i: Any, data: Any, grad: Any) -> Any:
        return math.copysign(self.lr, grad)


def test_what_cannot_be_made_again_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    softsign = primitive("softsign_of_a_film", lambda x: x / (1.0 + abs(x)), lambda x, out: 1.0 / (1.0 + abs(x)) ** 2)

    class Own(nn.Module):
        def __init__(self) -> None:
            self.w = Value(0.5)

        def __call__(self, row: list[Any]) -> Any:
            return softsign(self.w * row[0]) + row[1]

    class Branching(Own):
        def __call__(self, row: list[Any]) -> Any:
            return self.w * row[0] if row[0] > 0.1 else self.w * row[1]

    dropout = nn.Sequential(nn.Layer(2, 4, rng=0), nn.Dropout(0.5, rng=0), nn.Layer(4, 1, rng=1))
    squared = {"loss": nn.mse_loss, "epochs": 2}
    for settings, why in (
        ({"model": dropout}, "random"),
        ({"model": dropout, "compile": False}, "its model has dropout"),
        ({"model": Own(), **squared}, "primitive of your own"),
        ({"model": Branching(), **squared}, "branches on numbers"),
        ({"make": functools.partial(OneByOne, lr=0.01)}, "one parameter at a time"),
        ({"loss": lambda p, t: nn.mse_loss(p, t)}, "rowwise"),
        ({"penalty": nn.PerExample(lambda m: nn.l2_penalty(m, 0.1), count=lambda t: 2.0 * len(t))}, "function of its own"),
    ):
        film, seen = trained(monkeypatch, **({"epochs": 2} | settings))
        assert why in film.reason
        assert [*film.weights(film.steps).values()] == seen[-1]
        assert film.data["reason"] == film.reason and film.html()
        between = next(step for step in range(film.steps) if step not in film.kept)
        with pytest.raises(ValueError, match=f"step {between} was not kept"):
            film.weights(between)


def test_refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = nn.Film()
    assert repr(empty) == "<film of nothing yet: give it to fit, as callbacks=[film]>"
    for use in (lambda: empty.steps, lambda: empty.weights(0), lambda: empty.save(tmp_path / "a.html"), lambda: empty.names):
        with pytest.raises(ValueError, match="nothing yet"):
            assert use() is None or empty.known
    film, _ = trained(monkeypatch, epochs=1)
    for step in (-1, 5):
        with pytest.raises(IndexError, match=f"steps 0 to 4, and this is {step}"):
            film.weights(step)
    with pytest.raises(ValueError, match=r"\.html, \.gif or \.mp4, and this is .*'.*film\.avi'"):
        film.save(tmp_path / "film.avi")
    assert not [*tmp_path.iterdir()]
    monkeypatch.setattr("shutil.which", lambda *_: None)
    monkeypatch.setattr("nn.seeing.film_movie.get_ffmpeg_exe", None)
    with pytest.raises(ValueError, match=r"ffmpeg, which is not on this machine: pip install imageio-ffmpeg, .* save a \.gif"):
        film.save(tmp_path / "film.mp4")
    assert not [*tmp_path.iterdir()]


def test_moving_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image, ImageChops

    film, _ = trained(monkeypatch, batch_size=None, epochs=60, make=functools.partial(nn.SGD, lr=0.5, momentum=0.9))
    film.save(tmp_path / "film.gif", frames=3)
    with Image.open(tmp_path / "film.gif") as pictures:
        assert 2 <= pictures.n_frames <= 4
        left = (0, 0, pictures.width // 2, pictures.height)
        first = pictures.convert("RGB").crop(left)
        pictures.seek(pictures.n_frames - 1)
        last = pictures.convert("RGB").crop(left)
    changed = ImageChops.difference(first, last).convert("L").point(lambda x: 255 * (x > 60)).getbbox()
    assert changed and changed[2] - changed[0] > 100  # the plane, not the cursor or the palette alone


def drawn(film: nn.Film) -> Any:
    """The axes of the left half of the last picture."""
    _, (left, right) = new_figure(9.6, 4.4, 2)
    _Scene(film, left, right).draw(film.steps)
    return left


def test_a_picture_of_classes_told_from_more_than_two_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the rows of each class, the share that is taken for each."""
    rows = [[math.sin(3.0 * i + k) for k in range(3)] for i in range(12)]
    classes = [i % 3 for i in range(12)]
    model = nn.MLP(3, [4, 3], "tanh", rng=2)
    film, _ = trained(monkeypatch, rows=rows, targets=classes, model=model, loss=nn.cross_entropy)
    axes = drawn(film)
    taken_for = [[x.data for x in model(row)] for row in rows]
    shares = [[0.0] * 3 for _ in range(3)]
    for c, logits in zip(classes, taken_for, strict=True):
        shares[c][logits.index(max(logits))] += 0.25
    assert axes.images[0].get_array().tolist() == shares
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("read as", "is")


@pytest.mark.parametrize("inputs", [1, 3])
def test_a_picture_of_numbers_beside_their_targets(monkeypatch: pytest.MonkeyPatch, inputs: int) -> None:
    """A line over the one input; of several inputs, a point for each row over its target."""
    rows = [[math.sin(3.0 * i + k) for k in range(inputs)] for i in range(12)]
    targets = [sum(row) ** 2 for row in rows]
    model = nn.MLP(inputs, [3, 1], "tanh", rng=1)
    film, _ = trained(monkeypatch, rows=rows, targets=targets, model=model, loss=nn.mse_loss)
    axes = drawn(film)
    wanted, given = axes.lines
    assert (wanted.get_linestyle(), given.get_linestyle()) == ("None", "-" if inputs == 1 else "None")
    across = [row[0] for row in rows] if inputs == 1 else targets
    order = sorted(range(12), key=across.__getitem__)
    last = [model(rows[i]).data for i in order]
    assert [*given.get_xdata()] == [*wanted.get_xdata()] == [across[i] for i in order]
    assert [*wanted.get_ydata()] == [targets[i] for i in order] and [*given.get_ydata()] == pytest.approx(last)


@pytest.mark.skipif(ffmpeg() is None, reason="no ffmpeg on this machine: pip install imageio-ffmpeg, or the like")
def test_a_film_for_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film, _ = trained(monkeypatch, batch_size=None, epochs=60, make=functools.partial(nn.SGD, lr=0.5, momentum=0.9))
    film.save(tmp_path / "film.mp4", frames=6)
    command = [str(ffmpeg()), "-hide_banner", "-i", str(tmp_path / "film.mp4"), "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert b"h264" in done.stderr and b"960x440" in done.stderr and b"12 fps" in done.stderr
    size = 960 * 440
    first, last = done.stdout[:size], done.stdout[-size:]
    assert 5 * size <= len(done.stdout) <= 7 * size and len(done.stdout) % size == 0
    changed = [i % 960 for i in range(0, size, 7) if abs(first[i] - last[i]) > 30]
    assert min(changed) < 300 and len({x // 20 for x in changed if x < 480}) > 6  # the plane, not the cursor alone


def test_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    film, seen = trained(monkeypatch)
    lines = film.compare(3, 20, most=2).splitlines()
    by = [abs(b - a) for a, b in zip(seen[3], seen[20], strict=True)]
    assert f"{math.dist(seen[3], seen[20]):.4g}" in lines[0] and len(lines) == 3
    most = by.index(max(by))
    assert (
        lines[1] == f"  {film.names[most]}: {seen[3][most]:.6g} -> {seen[20][most]:.6g} ({seen[20][most] - seen[3][most]:+.4g})"
    )

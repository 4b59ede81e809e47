"""Films and explorables go where Python sends objects: what comes out shows what went in, without training and function."""

import copy
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from processes import run_file

import autograd
import nn

WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
    "pickle of a pickle": lambda thing: pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(thing, 2)))),
}


def bent(a: Any, b: Any) -> Any:
    c = a * b if a > 0.0 else a - b
    return inner(c) + a


def inner(x: Any) -> Any:
    y = x.tanh()
    return y * sys.modules[type(x).__module__.partition(".")[0]].grad(lambda v: v**3)(x)


def cut(x: Any) -> Any:
    if x > 1.0:
        return x.log()
    return x * 2.0


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("f, args", [(bent, (2.0, 3.0)), (cut, (0.5,)), (lambda x: x[0] * x[1], ([2.0, 3.0],))])
def test_an_explorable(ag: ModuleType, way: str, f: Any, args: Any) -> None:
    """With its names, its lines of source, its steps, and the recordings that took other branches."""
    one = ag.explore(f, *args)
    one.step = 2
    page, text, code = one.html(), one.text(), repr(one)
    for copied in (WAYS[way](one), WAYS[way](ag.explore(f, *args))):
        copied.step = 2
        assert copied.text() == text and repr(copied) == code and copied.html() == page
        assert [len(other.nodes) for other in copied.recordings] == [len(other.nodes) for other in one.recordings]
    assert one.html() == page


@pytest.mark.parametrize("way", WAYS)
def test_an_explorable_of_values_and_its_picture(ag: ModuleType, way: str) -> None:
    x = ag.Value(2.0, label="x")
    with ag.detect_anomaly():
        y = (x * 3.0).sin() * x
    one = ag.explore(y)
    copied = WAYS[way](one)
    assert copied.html() == one.html() and copied.text() == one.text()
    picture = ag.draw(bent, 2.0, 3.0)
    assert WAYS[way](picture).source == picture.source
    assert WAYS[way](picture).page() == picture.page()


def filmed(**how: Any) -> nn.Film:
    film = nn.Film(title="exclusive or")
    rows, labels = nn.data.xor()
    options = {"epochs": 6, "batch_size": 2, "progress": False, **how}
    nn.fit(nn.MLP(2, [3, 1], "tanh", rng=0), rows, labels, callbacks=[film], **options)
    return film


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("how", [{}, {"compile": False}, {"metrics": ["r2"], "loss": nn.huber_loss, "clip_norm": 1.0}])
def test_a_film(way: str, how: dict[str, Any]) -> None:
    """With all its steps, which can be made again to the last bit, and its page."""
    film = filmed(**how)
    copied = WAYS[way](film)
    assert repr(copied) == repr(film) and copied.reason == film.reason and copied.kept == film.kept
    for step in range(film.steps + 1):
        assert copied.weights(step) == film.weights(step)
    assert copied.html() == film.html() and copied.compare(0, 3) == film.compare(0, 3)


@pytest.mark.parametrize("way", WAYS)
def test_a_film_by_hand_and_one_that_is_still_taken(way: str) -> None:
    assert repr(WAYS[way](nn.Film())) == repr(nn.Film())
    model, (rows, labels) = nn.MLP(2, [2, 1], "tanh", rng=0), nn.data.xor()
    film = nn.Film()
    film.frame(model, rows, labels)
    model.parameters()[0].data = 7.0
    film.frame(model)
    assert WAYS[way](film).weights(1) == film.weights(1)
    seen: list[Any] = []
    live = nn.Film()
    nn.fit(
        model,
        rows,
        labels,
        epochs=4,
        progress=False,
        callbacks=[live, lambda training: seen.append(copy.deepcopy(WAYS[way](live)))],
    )
    assert [film.steps for film in seen] == [1, 2, 3, 4] and live.steps == 4
    assert [film.weights(film.steps) for film in seen] == [live.weights(step) for step in (1, 2, 3, 4)]


SCRIPT = """
import pickle, sys
from pathlib import Path
import autograd as ag, nn

def f(a, b):
    c = a * b
    return c.sin() + a

if sys.argv[1] == "write":
    film = nn.Film()
    rows, labels = nn.data.xor()
    nn.fit(nn.MLP(2, [3, 1], "tanh", rng=0), rows, labels, epochs=3, progress=False, callbacks=[film])
    explorable = ag.explore(f, 2.0, 3.0)
    print(hash(film.html()), hash(explorable.html()))
    Path("both.pickle").write_bytes(pickle.dumps([film, explorable]))
else:
    film, explorable = pickle.loads(Path("both.pickle").read_bytes())
    print(hash(film.html()), hash(explorable.html()))
"""


def test_in_another_process_without_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown of the source is what was there: its file may be another by then."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    file = tmp_path / "script.py"
    file.write_text(SCRIPT)
    written = run_file(autograd, file, "write")
    file.write_text("#\n" * 20 + SCRIPT)
    assert run_file(autograd, file, "read") == written

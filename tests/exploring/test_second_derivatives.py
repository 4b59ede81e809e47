"""Derivatives inside what is explored: which part of the graph they are, and their own derivatives at every choice."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser import Browser
from page_in_node import in_node
from small_function import energy

import autograd
from autograd import Value, explore, grad


def second(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: grad(f)(x)


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": second(lambda x: (x * x).tanh()),
    "gelu": second(lambda x: (x * 1.5).gelu() + x.silu()),
    "kinks": second(lambda x: (x * x).relu() + abs(x * x * x) + autograd.clip(x * x, 0.1, 9.0)),
    "powers": second(lambda x: (x * x) ** x + x.log()),
    "lists": second(lambda x: autograd.logsumexp([x, x * x]) + autograd.softmax([x, x * x, 1.0], 0) + autograd.max([x * x, x])),
    "twice": second(second(lambda x: (x * x).tanh())),
    "where": lambda x: autograd.where(x > 1.0, (x - 1.0).log() * x, x * x) + autograd.where(x < 1.0, 1.0, (x - 1.0).sqrt()),
}

PLAY = """
    const graph = new Graph(given.graph), frames = new Frames(graph, [], graph.outputs[0]);
    return given.numbers.map(x => {
      graph.set(given.place, x);
      graph.forward();
      graph.backward();
      return [graph.values[graph.outputs[0]], graph.adjoints[given.place], frames.adjoints[given.place]];
    });"""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_numbers_follow_on_every_side(name: str, tmp_path: Path) -> None:
    f = FUNCTIONS[name]
    numbers = [0.7, 1.3, 2.0, 0.25]
    explored = explore(f, numbers[0])
    described = explored.data["graph"]
    place = explored.names.index("x")
    given = {"graph": described, "place": place, "numbers": numbers}
    want = []
    for x in map(Value, numbers):
        y = f(x)
        y.backward()
        want.append([y.data, x.grad, x.grad])
    assert not explored._guards and all(map(math.isfinite, want[0]))
    assert in_node(tmp_path, PLAY, given, "rules.js", "runtime.js", "frames.js") == [
        pytest.approx(right, rel=1e-10, abs=1e-12) for right in want
    ]
    last = {frame.node: frame.after for frame in explored.frames if frame.kind == "edge"}
    assert last[place] == pytest.approx(want[0][1], rel=1e-10)


# ------------------------------------------------------------------------------------------------ which part they are


FIRST_LINE = energy.__code__.co_firstlineno


def test_a_pass_marks_what_it_made_and_knows_where_it_was_asked_for() -> None:
    explored = explore(energy, 0.7, 1.5)
    data = explored.data
    of, passes = data["derivatives"]["of"], data["derivatives"]["passes"]
    source = data["source"]
    asked = [source[line][1][start:end] for line, start, _, end in (data["spans"][each["at"]] for each in passes)]
    assert asked == ["gradients(y, [x])", "gradients(z, [w])"] and [each["order"] for each in passes] == [1, 2]
    part = dict(zip(explored.names, of, strict=True))
    assert {name: part[name] for name in ("x", "w", "y", "dy", "dw", "energy")} == {
        **{"x": 0, "w": 0, "y": 0, "dy": 1, "dw": 2, "energy": 0}
    }
    for v, mark, span in zip(explored.nodes, of, data["at"], strict=True):
        assert bool(mark) is (span >= 0 and "gradients" in source[data["spans"][span][0]][1]), v


def test_two_passes_over_the_same_are_both_first_derivatives() -> None:
    def f(x: Any) -> Any:
        y, z = x.sin(), x.tanh()
        return autograd.gradients(y, [x])[0] * autograd.gradients(z, [x])[0]

    assert [each["order"] for each in explore(f, 0.7).data["derivatives"]["passes"]] == [1, 1]
    assert explore(lambda x: x.sin(), 0.7).data["derivatives"] is None


def test_a_transform_itself_is_explored_and_its_order_is_that_of_what_it_went_over() -> None:
    """Also where nothing of the first derivative is left in the second: of x**2 y the mixed one is 2 x."""

    def f(v: Any) -> Any:
        return v[0] * v[0] * v[1]

    for transform, order in ((autograd.grad, 1), (autograd.hessian, 2)):
        explored = explore(transform(f), [0.7, 0.3])
        assert {each["order"] for each in explored.data["derivatives"]["passes"]} == {order}
        assert any(explored.data["derivatives"]["of"])
        assert [text.strip() for _, text, _ in explored.data["source"]] == [
            "def f(v: Any) -> Any:",
            "return v[0] * v[0] * v[1]",
        ]


def test_the_page_shows_each_derivatives_part(browser: Browser, tmp_path: Path) -> None:
    """On a band in the picture, in a tone for each order; the line that asked for it, too; and in words."""
    explored = explore(energy, 0.7, 1.5)
    explored.save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html")
    of = explored.data["derivatives"]["of"]
    said = [f"first derivative, line {FIRST_LINE + 2}", f"second derivative, line {FIRST_LINE + 4}"]
    assert page.ask("[...document.querySelectorAll('#legend li')].map(item => item.textContent)") == said
    assert page.ask("document.querySelectorAll('#graph .ring').length") == sum(map(bool, of))
    for order in (1, 2):
        assert page.ask(f"document.querySelectorAll('rect.band.order{order}').length") == of.count(order)
        assert page.ask(f"document.querySelector('#source [data-order=\"{order}\"]').textContent").count("gradients") == 1
    steps = {frame.node: step for step, frame in enumerate(explored.frames) if frame.kind == "value"}
    for name, words in {"dy": "first", "dw": "second"}.items():
        page.ask("step => explorable.seek(step)", steps[explored.names.index(name)])
        assert page.text("#brow").endswith(f": part of the {words} derivative")
        for spoken in (
            "document.getElementById('spoken').textContent",
            "document.querySelector('.now').getAttribute('aria-label')",
        ):
            assert page.ask(spoken).endswith(f", part of the {words} derivative")
    page.ask("step => explorable.seek(step)", steps[explored.names.index("y")])
    assert "derivative" not in page.text("#brow")

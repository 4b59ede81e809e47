"""Loops whose state is a dict: a step may write its keys in another order, and the state stays in the order it began in."""

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

START = {"u": 1.0, "w": (2.0, {"p": 3.0, "q": 4.0})}


def turned(s: Any, x: Any) -> Any:
    product, inner = s["w"]
    return {"w": (product * x, {"q": inner["q"] - x, "p": inner["p"] * inner["q"]}), "u": s["u"] + x}


def by_scan(ag: ModuleType, x: Any) -> Any:
    return ag.scan(lambda s, t: (turned(s, t), {"y": s["u"]}), START, [x, 2.0, x * x])


def by_chunks(ag: ModuleType, x: Any) -> Any:
    return ag.scan(lambda s, t: (turned(s, t), s["u"]), START, [x, 2.0, x * x, 1.0, x], checkpoint=True)


def by_fori(ag: ModuleType, x: Any) -> Any:
    return ag.fori_loop(0, 3, lambda i, s: turned(s, x + i), START)


def by_while(ag: ModuleType, x: Any) -> Any:
    return ag.while_loop(lambda s: s["u"] < 4.0, lambda s: turned(s, x), START, max_steps=5)


def by_hand(kind: Callable[..., Any], x: float) -> Any:
    state: Any = START
    steps = {"by_scan": [x, 2.0, x * x], "by_chunks": [x, 2.0, x * x, 1.0, x], "by_fori": [x, x + 1.0, x + 2.0]}
    for t in steps.get(kind.__name__, [x] * math.ceil(3.0 / x)):
        state = turned(state, t)
    return state


@pytest.mark.parametrize("kind", [by_scan, by_chunks, by_fori, by_while], ids=lambda kind: kind.__name__)
def test_keys_in_another_order(ag: ModuleType, kind: Callable[..., Any]) -> None:
    def last(x: Any) -> Any:
        found = kind(ag, x)
        return found[0] if isinstance(found, tuple) else found

    for f in (last, ag.compile(last)):
        found = f(1.5)
        assert found == by_hand(kind, 1.5)
        assert [*found] == ["u", "w"] and [*found["w"][1]] == ["p", "q"]
    slope = ag.grad(lambda x: last(x)["w"][1]["p"] * last(x)["u"])
    assert ag.compile(slope)(1.5) == pytest.approx(slope(1.5), rel=1e-13)
    rows = ag.compile(lambda x: last(x)["w"][1]["q"], in_axes=0)([1.5, 1.25])
    assert rows.tolist() == [by_hand(kind, x)["w"][1]["q"] for x in (1.5, 1.25)]


def test_other_keys_are_told_of(ag: ModuleType) -> None:
    with pytest.raises(TypeError, match="became"):
        ag.scan(lambda s, x: ({"v": s["u"]}, None), {"u": 0.0}, [1.0, 2.0])

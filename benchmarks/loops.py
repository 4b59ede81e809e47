"""Loops in programs: `scan` and `fori_loop` beside the same steps recorded one by one, as ratios.

    python benchmarks/loops.py

Each work is one function that is given its loop: a program with a loop in it, or all of its steps. Values and gradients agree.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from engine import check, heading, line, measure, print_versions

from autograd import compile, dot, fori_loop, log, scan, sigmoid, sin, take, tanh, value_and_grad

PAIRS = 15
READY = (200, 200_000)
"""Steps of the integration that is to be ready soon: recorded and made ready to run, with its gradient."""

Loop = Callable[[Callable[[Any, Any], Any], Any, Sequence[Any]], Any]


def by_scan(step: Callable[[Any, Any], Any], state: Any, xs: Sequence[Any]) -> Any:
    return scan(step, state, xs)


def one_by_one(step: Callable[[Any, Any], Any], state: Any, xs: Sequence[Any]) -> Any:
    ys = []
    for x in xs:
        state, y = step(state, x)
        ys.append(y)
    return state, ys


def runge_kutta(loop: Loop, p: Any, steps: int = 200) -> Any:
    """A damped pendulum."""
    h = 4.0 / steps

    def slope(angle: Any, speed: Any) -> tuple[Any, Any]:
        return speed, -p[0] * sin(angle) - p[1] * speed

    def step(state: Any, _: Any) -> Any:
        angle, speed = state
        a1, s1 = slope(angle, speed)
        a2, s2 = slope(angle + h / 2 * a1, speed + h / 2 * s1)
        a3, s3 = slope(angle + h / 2 * a2, speed + h / 2 * s2)
        a4, s4 = slope(angle + h * a3, speed + h * s3)
        return (angle + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4), speed + h / 6 * (s1 + 2 * s2 + 2 * s3 + s4)), None

    (angle, speed), _ = loop(step, (1.0, 0.0), [0.0] * steps)
    return angle * angle + speed * speed


RETURNS = np.random.default_rng(1).normal(size=400).tolist()


def garch(loop: Loop, p: Any) -> Any:
    def step(variance: Any, r: Any) -> Any:
        return p[0] + p[1] * r * r + p[2] * variance, log(variance) + r * r / variance

    _, terms = loop(step, 1.0, RETURNS)
    return sum(terms)


LETTERS = [7 * k % 5 for k in range(200)]


def looked_up(loop: Loop, p: Any, letters: Sequence[Any] = LETTERS) -> Any:
    """A table of states, in which each step looks one up by its letter. Of constants the steps one by one need no look-ups."""

    def step(state: Any, letter: Any) -> Any:
        return tanh(take(p, letter) * state + 0.1), None

    return loop(step, 0.5, letters)[0]


HIDDEN = 4


def lstm(loop: Loop, p: Any, xs: Any) -> Any:
    """A sequence of a row, by a layer of some units."""
    width = HIDDEN + 2
    weights = [p[k * width : (k + 1) * width] for k in range(4 * HIDDEN)]

    def step(state: Any, x: Any) -> Any:
        hidden, cell = state
        sums = [dot(list(row), [*hidden, x, 1.0]) for row in weights]
        i, f, o, g = (sums[k * HIDDEN : (k + 1) * HIDDEN] for k in range(4))
        cell = [sigmoid(b) * c + sigmoid(a) * tanh(d) for a, b, c, d in zip(i, f, cell, g, strict=True)]
        return ([sigmoid(a) * tanh(c) for a, c in zip(o, cell, strict=True)], cell), None

    return sum(loop(step, ([0.0] * HIDDEN, [0.0] * HIDDEN), list(xs))[0][0])


def seconds(action: Callable[[], Any]) -> float:
    begin = time.process_time()
    action()
    return time.process_time() - begin


def turns(*actions: Callable[[], Any]) -> Iterator[tuple[float, ...]]:
    """What each takes of the processor, in turns, by as many calls as take some milliseconds."""
    calls = max(1, round(0.005 / max(min(seconds(action) for action in actions for _ in range(3)), 1e-7)))

    def several(action: Callable[[], Any]) -> None:
        for _ in range(calls):
            action()

    for _ in range(PAIRS):
        yield tuple([seconds(lambda action=action: several(action)) / calls for action in actions])  # type: ignore[misc]


def beside(what: str, f: Callable[..., Any], *args: Any, **settings: Any) -> None:
    """A line for the gradient of a work: a loop beside its steps one by one."""
    made = [compile(value_and_grad(lambda *given, way=way: f(way, *given)), **settings) for way in (by_scan, one_by_one)]
    (value, slopes), (same, as_steep) = [fast(*args) for fast in made]
    check(np.allclose(value, same, rtol=1e-10) and np.allclose(slopes, as_steep, rtol=1e-8, atol=1e-11), f"{what} agrees")
    taken = [*turns(*[lambda fast=fast: fast(*args) for fast in made])]
    ratio = statistics.median(loop / steps for loop, steps in taken)
    line(what, f"{min(loop for loop, _ in taken) * 1e6:,.0f} us", f"{ratio:.2f}x", "<= 1.20x", ratio <= 1.2)


def running() -> None:
    heading("A value and its gradient by a loop, beside all its steps", "a call", "ratio", "target")
    weights = np.random.default_rng(3).normal(size=4 * HIDDEN * (HIDDEN + 2)) * 0.4
    rows = np.random.default_rng(4).normal(size=(256, 20))
    beside("Runge and Kutta, 200 steps", runge_kutta, [2.0, 0.1])
    beside("GARCH, 400 returns", garch, [0.1, 0.1, 0.8])
    beside("200 look-ups in a table, by an argument", looked_up, [0.5, -0.3, 0.8, 1.1, -0.9], [*map(float, LETTERS)])
    beside("200 look-ups in a table, by constants", looked_up, [0.5, -0.3, 0.8, 1.1, -0.9])
    beside("an LSTM of 4 units over 20 numbers", lstm, weights, rows[0])
    beside("the same over 256 rows, their mean", lstm, weights, rows, in_axes=(None, 0), reduce="mean")


def ready() -> None:
    heading("A loop of Runge and Kutta: its first gradient, less a later one", "", "", "target")

    def loop(step: Any, state: Any, xs: Sequence[Any]) -> Any:
        return fori_loop(0, len(xs), lambda _, s: step(s, None)[0], state), None

    for steps in READY:
        taken = []
        for _ in range(PAIRS):
            fast = compile(value_and_grad(lambda p, steps=steps: runge_kutta(loop, p, steps)))  # type: ignore[misc]
            first, *later = [seconds(lambda fast=fast: fast([2.0, 0.1])) for _ in range(3)]  # type: ignore[misc]
            taken.append(first - min(later))
        least = statistics.median(taken)
        line(f"{steps:,} steps", f"{least * 1e3:.0f} ms", "", "<= 20 ms", least <= 0.02)


def main() -> None:
    print_versions()
    measure(running)
    measure(ready)


if __name__ == "__main__":
    sys.exit(main())

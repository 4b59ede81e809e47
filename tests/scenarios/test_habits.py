"""What people write by habit is compiled as it stands: the bits of eager execution, and true derivatives."""

import copy
import random
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from habits import HABITS
from loop_habits import LOOP_HABITS
from rows import bits

from autograd import Value, compile, grad, hessian, value_and_grad
from autograd.derivatives.trees import flatten

PROGRAMS = HABITS | LOOP_HABITS
every_habit = pytest.mark.parametrize("name", PROGRAMS)
pytestmark = pytest.mark.filterwarnings("error")


def points_of(name: str, count: int = 4) -> list[Any]:
    """The start of a program, and points around it."""
    numbers, tree = flatten(PROGRAMS[name][1])
    rng = random.Random(name)
    return [tree.of([x * rng.uniform(1.0 - spread, 1.0 + spread) for x in numbers]) for spread in [0.0, 0.1, 0.2, 0.2][:count]]


def numbers_of(thing: Any) -> list[float]:
    return [float(getattr(x, "data", x)) for x in flatten(thing)[0]]


def columns(points: list[Any]) -> Any:
    """The points as rows: a table of lists, or the first one's structure, with a column for each number."""
    first = points[0]
    if isinstance(first, dict):
        return {key: columns([p[key] for p in points]) for key in first}
    if is_dataclass(first):
        return type(first)(**{f.name: columns([getattr(p, f.name) for p in points]) for f in fields(first)})
    if hasattr(first, "_fields"):
        return type(first)(*[columns([*parts]) for parts in zip(*points, strict=True)])
    if isinstance(first, (tuple, list)) and not isinstance(first[0], float):
        return type(first)(columns([*parts]) for parts in zip(*points, strict=True))
    return np.array(points)


@every_habit
def test_at_a_point_it_has_the_bits_of_eager_execution(name: str) -> None:
    """Each call after the first runs a program, or records another way through the branches."""
    f = PROGRAMS[name][0]
    fast, with_slopes = compile(f), compile(value_and_grad(f))
    for p in [*points_of(name), *points_of(name)]:
        numbers, tree = flatten(p)
        want, slopes = value_and_grad(f)(copy.deepcopy(p))
        assert bits(fast(p)) == bits(want) == bits(f(tree.of([Value(x) for x in numbers])).data)
        got, got_slopes = with_slopes(p)
        assert bits(got) == bits(want)
        assert numbers_of(got_slopes) == pytest.approx(numbers_of(slopes), rel=1e-13, abs=1e-14)
    assert len(fast.programs) <= 4


@every_habit
def test_second_derivatives_are_those_of_eager_execution(name: str) -> None:
    f = PROGRAMS[name][0]
    fast = compile(hessian(f))
    for p in points_of(name, 3):
        want = numbers_of(hessian(f)(p))
        assert numbers_of(fast(p)) == pytest.approx(want, rel=1e-11, abs=1e-12 * max(map(abs, want)))


@every_habit
def test_rows_are_points(name: str) -> None:
    f = PROGRAMS[name][0]
    points = points_of(name)
    values, slopes = compile(value_and_grad(f), in_axes=0)(columns(points))
    each = np.array([numbers_of(column) for column in _leaves(slopes)]).reshape(-1, len(points)).T
    for p, value, got in zip(points, values, each, strict=True):
        want, wanted = value_and_grad(f)(p)
        assert value == pytest.approx(want, rel=1e-12)
        assert got == pytest.approx(numbers_of(wanted), rel=1e-11, abs=1e-12)


@pytest.mark.parametrize(
    "name", [name for name, (_, start) in PROGRAMS.items() if isinstance(start, list) and type(start[0]) is float]
)
def test_second_derivatives_of_rows_are_those_of_points(name: str) -> None:
    f, points = PROGRAMS[name][0], points_of(name, 3)
    found = compile(hessian(f), in_axes=0)(np.array(points))
    for p, got in zip(points, found, strict=True):
        want = numbers_of(hessian(f)(p))
        assert got.ravel().tolist() == pytest.approx(want, rel=1e-10, abs=1e-11 * max(map(abs, want)))


def _leaves(thing: Any) -> list[Any]:
    """Columns, from left to right; a table of lists has them side by side."""
    if isinstance(thing, dict):
        return [leaf for part in thing.values() for leaf in _leaves(part)]
    if is_dataclass(thing):
        return [leaf for f in fields(thing) for leaf in _leaves(getattr(thing, f.name))]
    if isinstance(thing, (list, tuple)):
        return [leaf for part in thing for leaf in _leaves(part)]
    return [thing] if thing.ndim == 1 else [*thing.T]


@every_habit
def test_derivatives_are_those_of_central_differences(name: str) -> None:
    """The gradient of the numbers the program itself gives for floats; the Hessian of the compiled gradient."""
    f = PROGRAMS[name][0]
    numbers, tree = flatten(points_of(name, 2)[1])
    slope, second = compile(grad(f)), compile(hessian(f))

    def difference(of: Callable[[Any], Any], k: int, h: float) -> Any:
        ahead, behind = [*numbers], [*numbers]
        ahead[k], behind[k] = numbers[k] + h, numbers[k] - h
        return (np.array(of(tree.of(ahead))) - np.array(of(tree.of(behind)))) / (ahead[k] - behind[k])

    point, n = tree.of(numbers), len(numbers)
    slopes, curves = numbers_of(slope(point)), np.array(numbers_of(second(point))).reshape(n, n)
    for k, x in enumerate(numbers):
        h = 1e-5 * max(abs(x), 0.1)
        assert difference(lambda p: float(f(p)), k, h) == pytest.approx(slopes[k], rel=1e-6, abs=1e-7)
        assert difference(lambda p: numbers_of(slope(p)), k, h) == pytest.approx(curves[:, k], rel=1e-5, abs=1e-6)

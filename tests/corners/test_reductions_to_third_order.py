"""Second and third derivatives of what is computed over lists, against arithmetic of many digits: eager, compiled, by rows."""

import functools
import gc
import itertools
import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import higher
import jets
import pytest
from corners import plain

import autograd
import nn

EXPONENTIAL = ("logsumexp", "softmax", "log_softmax")
NAMES = (*EXPONENTIAL, "fsum", "dot", "prod", "max", "min")

POINTS: list[tuple[float, ...]] = [
    *[(gap, 0.0) for gap in (0.0, 0.1, 5.0, 36.0, 700.0)],
    *[(0.0, gap) for gap in (1.0, 20.0, 40.0, 300.0)],
    (0.1, 0.3, 0.2),
    (0.001, 0.0, -1.0),
    (40.0, 0.0, 0.0),
    (0.0, 40.0, -1.0),
    (0.0, -40.0, -80.0),
    (-700.0, 0.0, 1.0),
    (700.25, 0.125, -0.5),
    (0.0, -1.0, -2.0, -3.0),
    (1e300, 2.0, 1e-300, 3.0),
    (1e-300, 1e-300, 1e300, 0.5),
]
CLOSE_TO_A_TIE: list[tuple[float, ...]] = [
    (1e-300, 0.0),
    (0.0, 1e-17),
    (1e-9, 0.0),
    (1e-9, 0.0, -40.0),
    (0.0, 0.0, -40.0),
    (-700.0, 0.0, 0.0),
    (36.0, 36.0, 0.0, 0.0),
    (0.0, -700.0, -700.0, 0.0),
]
"""Of two that have nearly all between them."""


def points(name: str) -> list[tuple[float, ...]]:
    if name == "dot":
        return [p for p in POINTS if len(p) % 2 == 0]
    return [p for p in POINTS if name not in ("max", "min") or len({*p}) == len(p)]  # ties have kinks


@functools.cache
def wanted(name: str, point: tuple[float, ...], by: tuple[int, ...]) -> Any:
    return jets.wanted(higher.formula_of(name), point, by)


@functools.cache
def felt(name: str, point: tuple[float, ...], by: tuple[int, ...]) -> Any:
    return jets.felt(higher.formula_of(name), point, by)


def check(name: str, point: tuple[float, ...], order: int, found: Any) -> None:
    """All derivatives of an order, as nested lists or an array."""
    for by, got in zip(itertools.product(range(len(point)), repeat=order), plain(found), strict=True):
        alike = tuple(sorted(by))
        want = wanted(name, point, alike)
        off = jets.error(got, want)
        assert off <= 1e-13 or jets.error(got, want, felt(name, point, alike)) <= 1e-13, (name, by, point, got, want)


def third(ag: ModuleType, f: Any) -> Any:
    return ag.jacobian(ag.hessian(f))


@pytest.mark.parametrize("name", NAMES)
def test_eager(ag: ModuleType, name: str) -> None:
    f = higher.of_engine(ag, name)
    for point in points(name):
        check(name, point, 2, ag.hessian(f)([*point]))
        check(name, point, 3, third(ag, f)([*point]))


@pytest.mark.parametrize("name", NAMES)
def test_compiled(ag: ModuleType, name: str) -> None:
    """Each length is recorded once, at its first point, and runs at all."""
    for point in [*points(name), *(CLOSE_TO_A_TIE if name in EXPONENTIAL else [])]:
        second, third = programs(ag, name)
        check(name, point, 2, second([*point]))
        if name != "softmax" or point not in CLOSE_TO_A_TIE:
            check(name, point, 3, third([*point]))
    assert len(programs(ag, name)[1].programs) == len({len(p) for p in points(name)})


@functools.cache
def programs(ag: ModuleType, name: str) -> tuple[Any, Any]:
    f = higher.of_engine(ag, name)
    return ag.compile(ag.hessian(f)), ag.compile(third(ag, f))


@pytest.mark.parametrize("name", NAMES)
def test_over_rows(name: str) -> None:
    f = higher.of_engine(autograd, name)
    all_points = [*points(name), *(CLOSE_TO_A_TIE if name in EXPONENTIAL else [])]
    for count in {len(p) for p in all_points}:
        rows = [p for p in all_points if len(p) == count]
        found = autograd.compile(autograd.hessian(f), in_axes=0)([[*p] for p in rows])
        for point, hessian in zip(rows, found, strict=True):
            check(name, point, 2, hessian)


# ------------------------------------------------------------------------------------------------ what else holds


@pytest.mark.parametrize("name", EXPONENTIAL)
def test_hessians_are_symmetric(ag: ModuleType, name: str) -> None:
    f = higher.of_engine(ag, name)
    for point in [*points(name), *CLOSE_TO_A_TIE]:
        for hessian in (ag.hessian(f)([*point]), programs(ag, name)[0]([*point])):
            for i, j in itertools.combinations(range(len(point)), 2):
                assert hessian[i][j] == pytest.approx(hessian[j][i], rel=1e-13, abs=0.0 if point in POINTS else 1e-16)


@pytest.mark.parametrize("name", EXPONENTIAL)
def test_slopes_that_are_graphs_have_the_numbers_of_slopes_that_are_numbers(ag: ModuleType, name: str) -> None:
    """To the last bit, though another formula stands behind them."""
    for point in [*POINTS, *CLOSE_TO_A_TIE, (3.0,), (0.3, 0.1, 0.2, 0.7, -0.9), (math.inf, 0.0), (-math.inf, 1.0, 0.5)]:
        xs = [ag.Value(x) for x in point]
        y = higher.of_engine(ag, name)(xs)
        y.backward()
        assert [g.data for g in ag.gradients(y, xs)] == [x.grad for x in xs], point


@pytest.mark.parametrize("name", EXPONENTIAL)
def test_graphs_of_slopes_grow_with_the_number_of_operands(ag: ModuleType, name: str) -> None:
    def edges(count: int) -> int:
        xs = [ag.Value(math.sin(k)) for k in range(count)]
        slopes = ag.gradients(higher.of_engine(ag, name)(xs), xs)
        return sum(len(v.parents) for v in ag.topological_order(ag.fsum(slopes)))

    assert edges(200) < 2.2 * edges(100)


@pytest.mark.parametrize("name", EXPONENTIAL)
def test_graphs_of_slopes_are_free_of_cycles(ag: ModuleType, name: str) -> None:
    gc.collect()
    gc.disable()
    try:
        higher.derivatives(ag, higher.of_engine(ag, name), (0.0, 0.5, -40.0), 2)
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("name", EXPONENTIAL)
def test_infinite_operands_and_nan(ag: ModuleType, name: str) -> None:
    """The limit of a derivative is 0 where an operand is infinite; of a NaN all derivatives are NaN."""
    f = higher.of_engine(ag, name)
    for point in ([math.inf, 1.0, 0.0], [math.inf, math.inf, 0.0], [1.0, -math.inf, -math.inf]):
        for hessian in (ag.hessian(f)(point), programs(ag, name)[0](point)):
            assert plain(hessian) == [0.0] * 9, point
    masked = [0.5, 0.25, -math.inf]
    for hessian in (ag.hessian(f)(masked), programs(ag, name)[0](masked)):
        assert plain(hessian[2]) == [0.0] * 3
        check(name, (0.5, 0.25), 2, [row[:2] for row in hessian[:2]])
    for hessian in (ag.hessian(f)([math.nan, 1.0, 0.0]), programs(ag, name)[0]([math.nan, 1.0, 0.0])):
        assert all(map(math.isnan, plain(hessian)))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_constants_among_the_operands(ag: ModuleType, count: int) -> None:
    """The second derivative by one operand is p (1 - p), whichever of them are numbers."""
    for k, place in itertools.product(range(count), range(count)):
        others = [math.cos(j) for j in range(count)]

        def f(x: Any, others: Sequence[float] = others, k: int = k, place: int = place) -> Any:
            return -ag.log_softmax([*others[:k], x, *others[k + 1 :]], place)

        point = (*others[:k], 0.75, *others[k + 1 :])
        want = float(jets.wanted(higher.formula_of("logsumexp"), point, (k, k)))
        assert [ag.derivative(f, 2)(0.75), ag.compile(ag.derivative(f, 2))(0.75)] == [pytest.approx(want, rel=1e-14)] * 2


@pytest.mark.parametrize("settings", [{}, {"label_smoothing": 0.25}, {"weight": [1.0, 2.0, 0.5]}])
@pytest.mark.parametrize("target", [0, 1, 2, [0.25, 0.75, 0.0]])
def test_cross_entropy_of_three_classes(target: Any, settings: dict[str, Any]) -> None:
    """A factor times the Hessian of logsumexp, whichever class is asked for: they differ by a plane."""
    shares = target if isinstance(target, list) else [float(k == target) for k in range(3)]
    smoothing, weights = settings.get("label_smoothing", 0.0), settings.get("weight", [1.0] * 3)
    factor = math.fsum(((1.0 - smoothing) * q + smoothing / 3.0) * w for q, w in zip(shares, weights, strict=True))
    f = lambda v: nn.cross_entropy(v, target, reduction="sum", **settings)  # noqa: E731
    fast = autograd.compile(autograd.hessian(f))
    for point in ((-40.0, 0.0, 0.0), (0.0, 40.0, -1.0), (0.5, 0.25, 0.125), (0.0, -700.0, 1.0)):
        for found in (autograd.hessian(f)([*point]), fast([*point])):
            check("logsumexp", point, 2, [[x / factor for x in row] for row in found])

"""What NumPy chooses among the elements of an array is one program, or one for each place, and gives what it gives eagerly."""

import functools
import math
import random
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from rows import bits


def sorted_in_place(z: Any) -> Any:
    z = z * 1.0
    z.sort()
    return z


def into(z: Any) -> Any:
    out = z * 2.0
    np.maximum(z, 0.5, out=out)
    return out


CHOICES: dict[str, Callable[[Any], Any]] = {
    "max": lambda z: np.max(z) * 2.0,
    "min of a method": lambda z: z.min() * z[0],
    "maximum.reduce": lambda z: np.maximum.reduce(z) ** 2,
    "along an axis": lambda z: np.max(z.reshape(2, 3), axis=0),
    "the last of three": lambda z: z.reshape(1, 2, 3).min(axis=-1),
    "axes that stay": lambda z: (z.reshape(2, 3) - z.reshape(2, 3).max(axis=1, keepdims=True)).ravel(),
    "several axes": lambda z: np.amax(z.reshape(1, 3, 2), axis=(0, 2)),
    "of a table": lambda z: np.min(z.reshape(3, 2).T) * 2.0,
    "range": np.ptp,
    "relu": lambda z: np.maximum(z, 0.0) * z,
    "relu, the other way round": lambda z: np.maximum(0, z),
    "into an array": into,
    "one array or another": lambda z: np.minimum(z[:3], z[3:]),
    "by a Value": lambda z: np.fmin(z, z[0] * 0.5),
    "fmax": lambda z: np.fmax(z, 0.25),
    "clip": lambda z: np.clip(z, -0.5, 0.5) * z,
    "clip of a method": lambda z: z.clip(-0.5, z[1]),
    "the largest so far": np.maximum.accumulate,
    "sort": lambda z: np.sort(z) * np.arange(6.0),
    "sort of rows": lambda z: np.sort(z.reshape(2, 3)).ravel() * np.arange(6.0),
    "sort in place": lambda z: sorted_in_place(z)[2] * 2.0,
    "stable sort": lambda z: np.sort(np.concatenate([z, z * 0.5, z * 2.0]), kind="stable")[7],
    "softmax": lambda z: np.exp(z - np.max(z)) / np.exp(z - np.max(z)).sum(),
    "two layers": lambda z: np.maximum(np.array([[1.0, -1.0], [0.5, 2.0]]) @ np.maximum(z[:2], 0.0), z[2]),
}
PLACES: dict[str, Callable[[Any], Any]] = {
    "argmax": lambda z: z[np.argmax(z)] * 2.0,
    "argmin of a method": lambda z: z[(z * 1.0).argmin()] ** 2,
    "argmax of a table": lambda z: z.reshape(2, 3).argmax() * z[0],
    "the place of the largest": lambda z: z[max(range(len(z)), key=lambda i: z[i])],
    "the nearest": lambda z: z[min(range(6), key=lambda i: abs(z[i] - 0.5))],
    "the name of the smallest": lambda z: z[0] * len(min(["a", "bb", "ccc"], key=lambda name: z[len(name)])),
}
RANDOM = random.Random(5)
POINTS = [np.array([RANDOM.uniform(-1.0, 1.0) for _ in range(6)]) for _ in range(30)]
ODD = [
    np.array(x)
    for x in (
        [0.0, -0.0, 0.0, -0.0, 1.0, 1.0],
        [-0.0, 0.0, 0.5, 0.5, 0.5, -0.5],
        [math.nan, 1.0, 2.0, 0.5, 1.0, 3.0],
        [1.0, math.nan, -math.inf, math.inf, math.nan, 0.0],
        [0.5] * 6,
    )
]


@pytest.fixture(autouse=True)
def without_warnings() -> Iterator[None]:
    """Which NumPy gives where objects are compared that are NaN."""
    with np.errstate(all="ignore"):
        yield


def of_values(ag: ModuleType, x: Any) -> Any:
    return np.array([ag.Value(n) for n in x], dtype=object)


def written(thing: Any) -> list[Any]:
    return [bits(y.data if hasattr(y, "parents") else float(y)) for y in np.ravel(thing)]


@pytest.mark.parametrize("name", CHOICES)
def test_choices_are_one_program(ag: ModuleType, name: str) -> None:
    f = CHOICES[name]
    at_point, rows = ag.compile(f), ag.compile(f, in_axes=0, stack=True)
    for x in POINTS:
        assert written(at_point(x)) == written(f(of_values(ag, x)))
    assert len(at_point.programs) == 1 and ("sort" in name or at_point.programs[0].guards == ())  # which asks for NaN
    assert np.ravel(rows(np.array(POINTS))) == pytest.approx(np.ravel([at_point(x) for x in POINTS]), rel=1e-14)
    assert len(rows.programs) == 1
    for x in ODD:
        assert written(at_point(x)) == written(f(of_values(ag, x))), x


@pytest.mark.parametrize("name", [*CHOICES, *PLACES])
def test_their_derivatives_are_those_of_what_is_chosen(ag: ModuleType, name: str) -> None:
    """Of equal ones NumPy chooses one."""

    def f(z: Any) -> Any:
        found = np.ravel((CHOICES | PLACES)[name](z))
        return sum([y * (i + 1.0) ** 2 for i, y in enumerate(found)])

    for transform in (ag.grad, ag.hessian):
        compiled = ag.compile(transform(f))
        for x in [*POINTS[:3], ODD[0], ODD[1], ODD[4]]:
            assert compiled(x) == pytest.approx(transform(f)(x), rel=1e-13, abs=1e-13), (transform, x)


@pytest.mark.parametrize("name", PLACES)
def test_places_are_a_program_each(ag: ModuleType, name: str) -> None:
    f = PLACES[name]
    compiled = ag.compile(f)
    found = set()
    for x in [*POINTS, *ODD]:
        want = f(of_values(ag, x))
        assert written(compiled(x)) == written(want), x
        if not np.isnan(x).any():
            found.add(written(f(of_values(ag, np.argsort(np.argsort(x)) + 1.0)))[0])
    assert sum(w.made for w in compiled._recorded.values()) <= 6 + 2  # and the two points with NaN


def test_what_a_key_gives_is_asked_once_for_each(ag: ModuleType) -> None:
    asked: list[int] = []

    def f(x: Any) -> Any:
        def key(i: int) -> Any:
            asked.append(i)
            return [x, x * x, 1][i] if i < 3 else "text"

        return x * max([0, 1, 2], key=key) + min([2], key=key) + max([3], key=key)

    with pytest.raises(TypeError):
        max([0, 3], key=lambda i: "text" if i else 1.0)
    assert ag.compile(f)(3.0) == 3.0 * 1 + 2 + 3
    assert asked == [0, 1, 2, 2, 3]
    assert ag.compile(lambda x: x * max([], default=2.0, key=abs))(3.0) == 6.0


def test_arrays_are_no_others_outside(ag: ModuleType) -> None:
    """Neither what a compiled function gives, nor what its function gets eagerly."""
    seen: list[Any] = []

    def f(z: Any) -> Any:
        seen.append(type(z))
        return np.maximum(z, 0.0)

    compiled = ag.compile(f)
    assert type(compiled(POINTS[0])) is np.ndarray and issubclass(seen[0], np.ndarray)
    f(of_values(ag, POINTS[0]))
    ag.jacobian(f)(POINTS[0])
    assert seen[1:] == [np.ndarray, np.ndarray]


def test_an_array_that_a_function_has_kept_is_as_any_other_afterwards(ag: ModuleType) -> None:
    kept: list[Any] = []

    def f(z: Any) -> Any:
        kept.append(z * 1.0)
        return z[0]

    ag.compile(f)(POINTS[0])
    z = kept[0]
    for g in (np.max, np.argmax, np.sort, lambda z: np.maximum(z, 0.5)):
        assert written(g(z)) == written(g(np.array([*z], dtype=object)))


def test_what_is_no_choice_goes_as_ever(ag: ModuleType) -> None:
    """Reductions that NumPy alone does, empty arrays, arrays of other things, and what it refuses."""
    x = POINTS[0]
    for f in (
        lambda z: np.maximum.reduce(z, initial=0.75),
        lambda z: np.max(z, initial=0.75, where=np.arange(6) > 2),
        lambda z: np.maximum.outer(z, z[:2]).sum(),
        lambda z: np.sort(z.reshape(2, 3), axis=0).ravel() @ np.arange(6.0),
        lambda z: z.reshape(2, 3).argmax(axis=1).sum() * z[0],
        lambda z: np.sort(np.concatenate([z] * 3))[0] if z[0] > -2.0 else z[0],
        lambda z: np.maximum(z[:0], 0.0).sum() + z[0],
        lambda z: (z > 0.0).sum() * z[0],
        lambda z: np.where(z > 0.0, z, 0.1).sum(),
        lambda z: np.array([z[0], z[1]]).max(),
    ):
        assert written(ag.compile(f)(x)) == written(f(of_values(ag, x)))
    with pytest.raises(ValueError, match="to use a where mask one has to specify 'initial'"):
        ag.compile(lambda z: np.max(z, where=np.arange(6) > 2))(x)
    with pytest.raises(ValueError, match="zero-size array to reduction operation maximum"):
        ag.compile(lambda z: z[0] * np.max(z[:0]))(x)


def of_an_array(x: Any) -> float:
    return 2.0 if type(x) is np.ndarray else 3.0


class Asking:
    @staticmethod
    def of(x: Any) -> float:
        return of_an_array(x)


def test_what_asks_for_the_type_of_an_array_gets_that_of_numpy(ag: ModuleType) -> None:
    """By `type()`, `__class__` or isinstance(), in functions of functions, too, and in those that a function calls."""
    asks = [
        lambda x: x[0] * of_an_array(x),
        lambda x: Asking.of(x) * x[0],
        lambda x: x[0] * (2.0 if type(x) is np.ndarray else 3.0),
        lambda x: x[0] * (2.0 if x.__class__ is np.ndarray else 3.0),
        lambda x: x[0] * (2.0 if isinstance(x, np.ndarray) else 3.0),
        lambda x: (lambda y: y[0] * (2.0 if type(y) is np.ndarray else 3.0))(x),
    ]
    for f in asks:
        for g in (f, functools.partial(f), ag.grad(f)):
            compiled, at = ag.compile(g), np.array([5.0, 7.0])
            assert np.array_equal(compiled(at), g(at)) and np.array_equal(compiled(at + 1.0), g(at + 1.0))

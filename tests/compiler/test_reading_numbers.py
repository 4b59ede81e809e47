"""compile(): numbers that are read by `.data`, and Python's own max, min and sorted, are computed anew in each run."""

import builtins
import copy
import math
import pickle
import random
import statistics
import threading
from collections.abc import Callable
from types import BuiltinFunctionType, ModuleType
from typing import Any

import numpy as np
import pytest

LINE = [-3.0, -1.5, -0.0, 0.0, 0.25, 1.0, 2.0, 2.5, 700.0, math.inf, -math.inf, math.nan]


def softmax_by_max(z: Any, largest: Callable[[Any], Any]) -> list[Any]:
    top = largest(z)
    shares = [(v - top).exp() for v in z]
    return [share / sum(shares) for share in shares]


def loop(z: Any) -> Any:
    total = z[0].data * 0.0
    for v in z:
        total += v.data
    return total / len(z)


LARGEST: dict[str, Callable[[Any], Any]] = {
    "max of data": lambda z: max(v.data for v in z),
    "max of a list of data": lambda z: max([v.data for v in z]),
    "data of max": lambda z: max(z).data,
    "max by a key": lambda z: max(z, key=lambda v: v.data),
    "max of arguments": lambda z: max(*z, -1e300),
    "max with a default": lambda z: max((v.data for v in z), default=0.0),
    "min of the negative": lambda z: -min(-v.data for v in z),
    "last of sorted": lambda z: sorted(v.data for v in z)[-1],
    "first of sorted, reversed": lambda z: sorted(z, reverse=True)[0].detach(),
    "sorted by a key": lambda z: sorted(z, key=lambda v: -v.data)[0].data,
    "the mean": loop,
    "the median": lambda z: statistics.median(v.data for v in z),
}


@pytest.mark.parametrize("name", LARGEST)
def test_softmax_less_the_largest_is_one_program(ag: ModuleType, name: str) -> None:
    """The classic idiom: at a thousand points and over rows, values and derivatives to second order."""

    def first(z: Any) -> Any:
        return softmax_by_max(z, LARGEST[name])[0]

    rng = random.Random(0)
    points = [[rng.uniform(-20.0, 20.0) for _ in range(4)] for _ in range(1000 if name == "max of data" else 50)]
    transforms = [lambda z: first([ag.Value(x) if isinstance(x, float) else x for x in z]), ag.grad(first), ag.hessian(first)]
    for f, some in zip(transforms, (points, points[:20], points[:6]), strict=True):
        fast, by_rows = ag.compile(f), ag.compile(lambda z, f=f: f([*z]), in_axes=0)
        rows = by_rows(np.array(some))
        rows = np.stack([np.asarray(part) for part in rows], axis=1) if isinstance(rows, list) else rows
        for i, z in enumerate(some):
            want = f([*z])
            got = fast([*z])
            assert np.allclose(got, getattr(want, "data", want), rtol=1e-12, atol=1e-300), (z, got, want)
            if f is not transforms[2]:
                assert np.allclose(rows[i], getattr(want, "data", want), rtol=1e-12, atol=1e-300)
        assert len(fast.programs) == len(by_rows.programs) == 1


def whole(x: Any) -> int:
    return int(x.data) if math.isfinite(x.data) else -7


READING: dict[str, Callable[[Any], Any]] = {
    "arithmetic": lambda x: x * (x.data + 1.0) * (2.0 - x.data) * -x.data + abs(x.data) * +x.data,
    "division": lambda x: x / x.data + 1.0 / x.data,
    "division by a number": lambda x: x * (x.data / 4.0),
    "whole division": lambda x: x * (x.data // 2.0) + x.data % 2.0 + 7.0 // x.data + 7.5 % x.data,
    "divmod": lambda x: x + sum(divmod(x.data, 1.5)) + sum(divmod(1.5, x.data)),
    "powers": lambda x: x * x.data**2 + x.data**0 + x.data**3,
    "power of a power": lambda x: x * (x.data**2) ** 2,
    "a large power": lambda x: x * x.data**200,
    "other powers": lambda x: x * abs(x.data) ** 0.5 + 2.0 ** min(x.data, 3.0) + x.data**-1,
    "comparison": lambda x: x if x.data > 1.0 else -x,
    "comparison of two": lambda x: x if x.data > (x * 0.5 + 1.0).data else -x,
    "with a Value": lambda x: x if x.data >= x * x else x.data - x * x.data,
    "truth": lambda x: x if x.data else x + 1.0,
    "int": lambda x: x * whole(x),
    "floor and ceil": lambda x: x * math.floor(x.data) + math.ceil(x.data) * math.trunc(x.data),
    "round": lambda x: x * round(x.data) + round(x.data, 1),
    "float": lambda x: x * float(x.data),
    "math": lambda x: x + math.exp(min(x.data, 1.0)) + math.copysign(1.0, x.data),
    "isfinite": lambda x: x if math.isfinite(x.data) else x * 0.0 + 1.0,
    "format": lambda x: x * float(f"{x.data:.2f}") + float(str(x.data)) + float("%.1f" % x.data),  # noqa: UP031
    "hash": lambda x: x + {1.0: 10.0, 2.0: 20.0}.get(x.data, 0.0) + (x.data in {0.25, 1.0}),
    "methods of floats": lambda x: x * x.data.is_integer() + float(x.data.hex()[2:3] == "1") + x.data.real - x.data.conjugate(),
    "copies": lambda x: x * copy.copy(x.data) + copy.deepcopy([x.data])[0] * pickle.loads(pickle.dumps(x.data)),
    "kind": lambda x: x * isinstance(x.data, float) * (1.0 + isinstance(x.data, int)),
    "a new Value": lambda x: x * type(x)(x.data),
    "a sum": lambda x: x * sum([x.data, 1.0, x.data * 2.0]) + math.fsum([x.data, 1.0]),
    "max and min": lambda x: max(x.data, 0.5) * x + min(x, 2.0) * max(1, x.data),
    "sorted": lambda x: sorted([x.data, 0.3, x * 2.0, 1.0])[1] * x + sorted([x, 1.0, 2.0], reverse=True)[0],
    "by a key": lambda x: min([x, x * 2.0, x - 1.0], key=abs) * x,
    "an index by a key": lambda x: x * min(range(4), key=lambda k: abs(x.data - k)),
    "an array of data": lambda x: x * np.array([x.data, 2.0]).sum() + np.exp(-np.array([abs(x.data)]))[0],
    "beside an array": lambda x: x * (np.array([1.0, 2.0]) * x.data).sum() + (x.data - np.array([1.0, 2.0]))[1],
    "NumPy's scalars": lambda x: x * (np.float64(2.0) * x.data) + np.float64(1.0) + x.data * np.float32(0.5),
    "NumPy's functions": lambda x: x * np.tanh(x.data) + np.maximum(x.data, 0.5),
    "of a node": lambda x: (x * x).data * x + x.tanh().detach().data,
    "compared with None": lambda x: x if x.data == None or x.data in (None, "a") else x * 2.0,  # noqa: E711
    "compared with a complex number": lambda x: x * 2.0 if x.data == 2 + 0j else x,
    "compared by a way of its own": lambda x: x * 2.0 if x == pytest.approx(2.1, abs=0.2) else x,
}
ONE_PROGRAM = ("arithmetic", "division by a number", "max and min", "by a key", "beside an array", "of a node")


@pytest.mark.parametrize("name", READING)
def test_reading_is_as_in_f(ag: ModuleType, name: str) -> None:
    """Values, first and second derivatives, and errors, at every number, whichever was met first."""
    f = READING[name]
    transforms = [lambda x: f(ag.Value(x) if isinstance(x, float) else x), ag.derivative(f), ag.derivative(f, order=2)]
    for g in transforms:
        for line in (LINE, LINE[::-1])[: 1 if g is transforms[2] else 2]:
            fast = ag.compile(g)
            for x in line:
                try:
                    want = g(x)
                except (ArithmeticError, ValueError) as problem:
                    with pytest.raises(type(problem)):
                        fast(x)
                    continue
                assert same(fast(x), want), (x, fast(x), want)
            assert name not in ONE_PROGRAM or len(fast.programs) == 1
        good = [x for x in LINE[:9] if not raises(g, x)]
        assert all(map(same, ag.compile(g, in_axes=0)(good), map(g, good)))


def raises(f: Callable[[float], Any], x: float) -> bool:
    try:
        f(x)
    except (ArithmeticError, ValueError):
        return True
    return False


def same(got: float, want: Any) -> bool:
    want = getattr(want, "data", want)
    return bool(got == want or (got != got and want != want) or abs(got - want) <= 1e-13 * abs(want))


def test_whole_numbers_are_told_apart_and_no_others(ag: ModuleType) -> None:
    for f in (lambda x: x * int(x.data), lambda x: x * round(x.data), lambda x: x + math.floor(x.data)):
        fast = ag.compile(f)
        rng = random.Random(0)
        for _ in range(100):
            x = rng.uniform(0.0, 4.0)
            assert fast(x) == f(ag.Value(x)).data
        assert len(fast.programs) <= 5


def test_ties_and_nan_are_as_python_has_them(ag: ModuleType) -> None:
    """The first of the largest gets the derivative; where a NaN stands decides what max and sorted give."""
    rng = random.Random(0)
    for f in (
        lambda z: max(z) * 2.0 + min(z),
        lambda z: sum(k * v for k, v in enumerate(sorted(z))),
        lambda z: sum(k * v for k, v in enumerate(sorted(z, key=abs, reverse=True))),
        lambda z: max(z, key=lambda v: v * v),
    ):
        slow = ag.value_and_grad(f)
        fast = ag.compile(slow)
        for _ in range(200):
            z = [rng.choice([1.0, -1.0, 0.0, -0.0, 2.0, math.nan]) for _ in range(4)]
            (got, slopes), (want, true) = fast([*z]), slow([*z])
            assert same(got, want) and all(map(same, slopes, true)), (z, slopes, true)


def test_what_is_no_choice_among_numbers_is_left_to_python(ag: ModuleType) -> None:
    f = lambda z: max([(z[0], "a"), (z[1], "b")])[0] * len(max(["aa", "b"])) + sorted([3, 1, 2])[0] * z[0]  # noqa: E731
    fast = ag.compile(f)
    assert fast([1.0, 2.0]) == 3.0 and fast([3.0, 2.0]) == 6.0
    for call in (lambda: max([]), lambda: max(), lambda: max(1), lambda: sorted(1), lambda: max([1], nokey=1)):
        with pytest.raises((TypeError, ValueError)):
            ag.compile(lambda x, call=call: call())(1.0)


def test_more_than_nodes_are_for_is_sorted_by_branches(ag: ModuleType) -> None:
    fast = ag.compile(lambda z: sorted(z)[0] * 2.0)
    z = [float(k) for k in range(40)]
    assert fast(z) == 0.0 and fast([x - 5.0 for x in z]) == -10.0 and fast(z[::-1]) == 0.0


def test_elsewhere_the_names_of_python_are_pythons(ag: ModuleType) -> None:
    own = builtins.max, builtins.min, builtins.sorted
    assert {*map(type, own)} == {BuiltinFunctionType}  # as all recordings before have left them
    started, go_on = threading.Event(), threading.Event()
    seen: list[Any] = []

    def f(x: Any) -> Any:
        started.set()
        go_on.wait(10.0)
        return max(x, 2.0)

    thread = threading.Thread(target=lambda: seen.append(ag.compile(f)(1.0)))
    thread.start()
    assert started.wait(10.0)
    v = ag.Value(1.0)
    assert max(v, ag.Value(0.0)) is v and sorted([3, 1]) == [1, 3] and min([], default=7) == 7
    go_on.set()
    thread.join()
    assert seen == [2.0] and (builtins.max, builtins.min, builtins.sorted) == own
    with pytest.raises(ZeroDivisionError):
        ag.compile(lambda x: 1 / 0)(1.0)
    assert (builtins.max, builtins.min, builtins.sorted) == own


def test_a_number_that_is_kept_is_a_float_afterwards(ag: ModuleType) -> None:
    seen: list[Any] = []
    fast = ag.compile(lambda x: seen.append(x.data) or x * 2.0)
    assert fast(3.0) == 6.0 and fast(4.0) == 8.0
    kept = seen[-1]
    assert kept == 3.0 and kept + 1.0 == 4.0 and type(kept * 2.0) is float and f"{kept}" == "3.0" and {3.0: 1}[kept] == 1
    assert np.array([kept]).dtype == float and pickle.loads(pickle.dumps(kept)) == 3.0 and kept < ag.Value(4.0)

"""Which arguments are constants, and which are inputs: by how they are given, by how they are used, and by what was said."""

import itertools
import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from builds import BUILDS

import autograd


def test_numbers_by_name_are_inputs(ag: ModuleType) -> None:
    fast = ag.compile(ag.value_and_grad(lambda x, lr=0.1, *, bias=0.0: (x * lr + bias) ** 2))
    eager = fast.f
    for k in range(2000):
        assert fast(3.0, lr=k / 7) == eager(3.0, lr=k / 7)
    assert len(fast.programs) == 1
    assert fast(3.0, bias=2, lr=0.5) == eager(3.0, bias=2, lr=0.5) == (12.25, 3.5)
    over_rows = ag.compile(lambda x, w: x * w[0] + w[1], in_axes=0)
    for w in ([2.0, 1.0], np.array([2.0, 1.0]), (2, 1)):
        assert over_rows([1.0, 2.0], w=w).tolist() == [3.0, 5.0]
    slope = ag.compile(ag.grad(lambda x, rate: rate * x**2, argnames="rate"))
    assert [slope(3.0, rate=r) for r in (0.5, 0.25)] == [9.0, 9.0] and len(slope.programs) == 1


def test_other_things_by_name_are_constants(ag: ModuleType) -> None:
    def f(x: Any, how: Any = None, flag: Any = False) -> Any:
        y = x.sin() if how == "sin" else how(x) if callable(how) else x
        return -y if flag else y

    fast = ag.compile(f)
    double: Callable[[Any], Any] = lambda x: 2 * x  # noqa: E731
    for _ in range(2):
        assert fast(1.0, how="sin") == math.sin(1.0) and fast(1.0, how="cos") == 1.0 == fast(1.0, how=None)
        assert fast(1.0, flag=True) == -1.0 and fast(1.0, flag=False) == 1.0 and fast(3.0, how=double) == 6.0
    assert len(fast.programs) == 6
    assert ag.compile(f)(1.0, "sin", True) == -math.sin(1.0)
    with pytest.raises(TypeError, match=r"argument 'how' is not made of numbers.*has none"):
        fast(1.0, how=bytearray(b"a"))


def count(x: Any, n: Any) -> Any:
    return sum([x * k for k in range(n)])


USES: dict[str, Callable[[Any, Any], Any]] = {
    "range": count,
    "an index": lambda x, n: (x, x * 2, x * 3, x * 4)[n],
    "a slice": lambda x, n: sum([x, x * 2, x * 3, x * 4][:n]),
    "times a list": lambda x, n: len([x] * n) * x,
    "times a text": lambda x, n: len("ab" * n) * x,
    "an array's shape": lambda x, n: x * np.ones(n).sum(),
    "an array's index": lambda x, n: x * float(np.arange(10.0)[n]),
    "an array's axis": lambda x, n: x * np.ones((1, 2, 3, 4)).sum(axis=n).size,
    "combinations": lambda x, n: x * math.comb(5, n),
    "bits": lambda x, n: x * int(bin(n)[2:], 2),
    "range after int": lambda x, n: sum([x for _ in range(int(n))]),
}


@pytest.mark.parametrize("name", USES)
def test_integers_are_constants_where_a_function_counts_with_them(ag: ModuleType, name: str) -> None:
    f = USES[name]
    for over_rows, by_name in itertools.product((False, True), repeat=2):
        fast = ag.compile(ag.value_and_grad(f), in_axes=(0, None) if over_rows else None)
        for _ in range(3):
            for n in (1, 3, np.int64(2)):
                x = [0.5, 2.0] if over_rows else 0.5
                value, slope = fast(x, n=n) if by_name else fast(x, n)
                want = ag.value_and_grad(f)(0.5, int(n))
                assert (value[0], slope[0]) == want if over_rows else (value, slope) == want
        assert len(fast.programs) == 3


def test_an_integer_in_a_dict_beside_numbers_that_vary(ag: ModuleType) -> None:
    fast = ag.compile(lambda x, settings: count(x, settings["n"]) * settings["rate"])
    for k in range(20):
        assert fast(2.0, {"n": 3, "rate": k / 4}) == 6.0 * k / 4
    assert fast(2.0, {"n": 4, "rate": 1}) == 12.0 and len(fast.programs) == 2
    with pytest.raises(TypeError, match="'float' object cannot be interpreted as an integer"):
        fast(2.0, {"n": 3.0, "rate": 1.0})
    assert fast(2.0, {"n": 3, "rate": 1.0}) == 6.0


def test_numbers_that_cannot_count(ag: ModuleType) -> None:
    with pytest.raises(TypeError, match=r"to be an integer, .*autograd\.take.*static_argnums or static_argnames"):
        ag.compile(count)(1.0, 2.0)
    twice = ag.compile(lambda x, n: count(x, n * 2))
    assert [twice(1.0, n) for n in (2, 1, 2)] == [count(1.0, n * 2) for n in (2, 1, 2)]
    with pytest.raises(TypeError, match="to be an integer"):
        ag.compile(count, in_axes=0)([1.0], [2])
    with pytest.raises(TypeError, match=r"autograd\.take"):
        [1.0, 2.0][ag.Value(1.0)]
    with pytest.raises(TypeError, match="would cut the graph"):
        ag.compile(lambda x: math.exp(x))(1.0)
    assert ag.compile(lambda x, rate: x * math.sqrt(rate))(3.0, rate=4.0) == 6.0


def test_static_by_number_and_by_name(ag: ModuleType) -> None:
    def f(x: Any, sizes: Any, how: Any = "sum") -> Any:
        return sum([x * k for size in sizes for k in range(size)]) if how == "sum" else x * len(sizes)

    for settings in (
        {"static_argnums": 1},
        {"static_argnums": (-1,)},
        {"static_argnames": "sizes"},
        {"static_argnames": ["sizes"]},
    ):
        fast = ag.compile(f, **settings)
        for sizes, want in (([2, 3], 8.0), ([3, 3], 12.0), ((2, 3), 8.0), (np.array([2, 3]), 8.0), ({2: 0, 3: 0}, 8.0)):
            for _ in range(2):
                assert fast(2.0, sizes) == want
        assert len(fast.programs) == 5
    assert (
        ag.compile(f, static_argnums=1)(2.0, sizes=[2, 3]) == 8.0 == ag.compile(f, static_argnames="sizes")(2.0, sizes=[2, 3])
    )
    kinds = ag.compile(lambda x, w: x * w if type(w) is float else x, static_argnames="w")
    assert kinds(2.0, w=3.0) == 6.0 == kinds(2.0, 3.0) and kinds(2.0, w=4.0) == 8.0 and len(kinds.programs) == 3
    kept = [2, 3]
    fast = ag.compile(f, static_argnums=1, in_axes=0)
    assert fast([2.0, 1.0], kept).tolist() == [8.0, 4.0]
    kept[0] = 3
    assert fast([2.0, 1.0], kept).tolist() == [12.0, 6.0]  # told apart by what is in it, and not by which list it is
    for wrong in ({"static_argnums": "x"}, {"static_argnums": True}, {"static_argnames": 1}, {"stack": 2}):
        with pytest.raises(ValueError, match=r"static_arg|stack"):
            ag.compile(f, **wrong)


def test_programs_of_constants_are_let_go(ag: ModuleType) -> None:
    fast = ag.compile(lambda x, n: x * len(range(n)))
    for n in range(1, 200):
        assert fast(2.0, n) == 2.0 * n
    assert len(fast.programs) <= 129 and fast(2.0, 5) == 10.0


# Of each of these a call like it is answered without the long way in, whatever its numbers.
LIKE: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "float": ((2.0,), {}),
    "int": ((2,), {}),
    "bool": ((True,), {}),
    **{f"np.{kind.__name__}": ((kind(2),), {}) for kind in (np.float64, np.float32, np.float16, np.int64, np.uint8, np.bool_)},
    "a list with one int": (([1.0, 2],), {}),
    "a list of np.float64": (([np.float64(1.0)] * 3,), {}),
    "a tuple": (((1, 2.0),), {}),
    "nested": (([[1, 2.0], (3.0,)],), {}),
    **{f"{code} array": ((np.arange(4).astype(code),), {}) for code in "dfilqbBhHILQ?"},
    "every other": ((np.arange(6.0)[::2],), {}),
    "0-d": ((np.array(2),), {}),
    "turned": ((np.arange(6).reshape(2, 3).T,), {}),
    "dict of arrays": (({"W": np.ones((2, 2)), "b": np.arange(2)},), {}),
    "names": ((2.0,), {"rate": 1, "table": np.arange(2), "how": "a", "flag": None}),
}


def numbers_in(*args: Any, **named: Any) -> list[Any]:
    things = [*args, *[x for x in named.values() if not isinstance(x, (str, type(None)))]]
    return list(autograd.derivatives.trees.flatten(things)[0])


def total(*args: Any, **named: Any) -> Any:
    numbers = numbers_in(*args, **named)
    return autograd.fsum([x * (k + 1.0) for k, x in enumerate(numbers)])


@pytest.mark.skipif("compiled" not in BUILDS, reason="calls go one way there")
@pytest.mark.parametrize("name", LIKE)
def test_every_kind_of_number_enters_by_the_fast_way(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    args, kwargs = LIKE[name]
    fast = autograd.compile(total)
    want = fast(*args, **kwargs)
    numbers = numbers_in(*args, **kwargs)
    assert want == sum(x * (k + 1.0) for k, x in enumerate(numbers))
    monkeypatch.setattr(type(fast), "called", None)
    assert fast(*args, **kwargs) == want


@pytest.mark.skipif("compiled" not in BUILDS, reason="calls go one way there")
def test_rows_of_every_kind_enter_by_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = autograd.compile(lambda x, w=1.0: x * w, in_axes=0)
    table = autograd.compile(lambda row: row["a"] * row["b"], in_axes=0)
    fast([1.0, 2.0]), fast([1.0], w=2.0), table({"a": [1.0], "b": [2]})
    monkeypatch.setattr(type(fast), "called", None)
    for rows in ([1.0, 2, 3.0], (4, 5), np.arange(3), np.arange(3, dtype=np.float32), np.arange(6.0)[::2], np.ones(2, bool)):
        assert fast(rows).tolist() == [float(x) for x in rows] and fast(rows, w=3).tolist() == [3.0 * x for x in rows]
        assert table({"a": rows, "b": np.array(rows)}).tolist() == [float(x) * x for x in rows]


@pytest.mark.skipif("compiled" not in BUILDS, reason="calls go one way there")
@pytest.mark.parametrize("reduce", [None, "sum"])
def test_rows_that_are_matrices_enter_by_the_fast_way(reduce: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """However they stand in memory: a row of a sequence is a matrix, its numbers in C's order."""
    weights = np.arange(1.0, 7.0).reshape(2, 3)
    fast = autograd.compile(lambda row, y: autograd.dot(row.ravel(), weights.ravel()) - y, in_axes=0, reduce=reduce)
    rows = np.arange(60.0).reshape(10, 2, 3)
    y = np.arange(10.0)
    fast(rows, y)
    monkeypatch.setattr(type(fast), "called", None)
    turned = np.ascontiguousarray(rows.transpose(2, 0, 1)).transpose(1, 2, 0)
    backwards = rows[::-1, ::-1, ::-1]
    for given in (rows, np.asfortranarray(rows), turned, backwards, rows.astype(np.float32), rows.astype(int), rows[:3]):
        want = np.sum(given * weights, axis=(1, 2)) - y[: len(given)]
        found = fast(given, y[: len(given)])
        assert np.array_equal(found, want if reduce is None else want.sum())

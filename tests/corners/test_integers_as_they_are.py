"""An integer that a compiled function is given is a number of each run, until the function needs it as it is: then it has it.

So it has where the function asks for a text, a hash, bits or a method of it. A Value has others, and was taken for the integer.
Numbers that are read by `.data` are floats to whatever asks for one, C code among them that knows no number but Python's.
"""

import ctypes
import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any

import numpy as np
import pytest

Case = Callable[[Any, Any], Any]

ASKED: dict[str, Case] = {
    "str": lambda x, n: x * len(str(n)),
    "f-string": lambda x, n: x * len(f"{n}"),
    "f-string with a format": lambda x, n: x * len(f"{n:03d}"),
    "a text of a list": lambda x, n: x * len(repr([n])),
    "a name put together": lambda x, n: x * {"w0": 1.0, "w1": 5.0, "w3": 2.0, "w4": 3.0, "wTrue": 7.0, "wFalse": 9.0}[f"w{n}"],
    "among a set": lambda x, n: x * 2.0 if n in {1, 4} else x,
    "a key": lambda x, n: x * {0: 1.0, 1: 2.0, 3: 4.0, 4: 8.0}[n],
    "get of a dict": lambda x, n: x * {4: 8.0}.get(n, 1.0),
    "hash": lambda x, n: x * hash(n),
    "bits": lambda x, n: x * (n & 5) + (n << 1) + (n ^ 3),
    "a method": lambda x, n: x * n.bit_count() + n.numerator,
    "of a sum with it": lambda x, n: x * {0: 1.0, 1: 2.0, 7: 4.0, 9: 8.0}.get(2 * n + 1, 16.0),
    "a text of a quotient": lambda x, n: x * len(f"{n // 2}{n / 4}"),
    "an index": lambda x, n: [x, x * 2.0, x * 3.0, x * 4.0, x * 5.0][n],
    "a count": lambda x, n: sum([x] * n, 0.0 * x),
}
NUMBERS: list[Any] = [3, 4, True, 1, 0, False, 4, np.int64(3), True]


@pytest.mark.parametrize("ask", ASKED)
def test_an_integer_is_itself_where_it_is_asked_what_a_value_is_not(ag: ModuleType, ask: str) -> None:
    f = ASKED[ask]
    for numbers in (NUMBERS, NUMBERS[::-1]):
        fast, by_name = ag.compile(f), ag.compile(f)
        for n in numbers:
            want = f(ag.Value(1.5), n).data
            assert fast(1.5, n) == want
            if not isinstance(n, (bool, np.integer)):  # a bool by name is a constant from the first
                assert by_name(1.5, n=n) == want


@pytest.mark.parametrize("ask", ASKED)
def test_so_it_is_over_rows_and_in_derivatives(ag: ModuleType, ask: str) -> None:
    f = ASKED[ask]
    over_rows, slope = ag.compile(f, in_axes=(0, None)), ag.compile(ag.grad(f))
    for n in (4, True, 3):
        assert over_rows([1.5, -2.0], n).tolist() == [f(ag.Value(x), n).data for x in (1.5, -2.0)]
        assert slope(1.5, n) == ag.grad(f)(1.5, n)


@pytest.mark.parametrize("ask", ["str", "among a set", "get of a dict", "hash", "a name put together", "of a sum with it"])
def test_one_that_has_to_stay_a_number_of_each_run_is_refused(ag: ModuleType, ask: str) -> None:
    """It was taken for one that is in no set and no dict."""
    f = ASKED[ask]
    calls: list[Callable[[], Any]] = [
        lambda: ag.compile(f, in_axes=0)([1.5, 2.5], [4, 3]),
        lambda: ag.compile(f, in_axes=0)([1.5, 2.5], np.array([4, 3])),
        lambda: ag.compile(f, in_axes=0)([1.5, 2.5], [True, False]),
        lambda: ag.compile(lambda x, ns: f(x, ns[1]))(1.5, np.array([3, 4])),
        lambda: ag.compile(lambda x, given: f(x, given["n"][1]))(1.5, {"w": np.ones(2), "n": np.array([3, 4])}),
        lambda: ag.compile(lambda x, ns: f(x, ns[1]), in_axes=(0, None))([1.5], np.array([3, 4])),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"is an integer of an array or a row, .* static_argnums"):
            call()
    static = ag.compile(lambda x, ns: f(x, ns[1]), static_argnums=1)
    assert static(1.5, (3, 4)) == f(ag.Value(1.5), 4).data
    floats = ag.compile(lambda x, v: f(x, 4) + len({v[0], v[1]}) + v[0])  # by what they are, as Values are elsewhere
    assert floats(1.5, np.ones(2)) == f(ag.Value(1.5), 4).data + 3.0


def _loop(ag: ModuleType, name: str) -> Callable[..., Any]:
    def step(state: Any, k: Any) -> Any:
        return (state[0] + 1, state[1] + state[2] * (3.0 if k in {1, 3} else 1.0), state[2]), None

    def of_state(state: Any, k: Any) -> Any:
        return (state[0] + 1, state[1] + state[2] * len(f"{10 ** state[0]}"), state[2]), None

    def of_next(state: Any, k: Any) -> Any:
        return (state[0] + 1, state[1] + state[2] * {1: 2.0, 2: 5.0}.get(k + 1, 1.0), state[2]), None

    def counted(k: Any, state: Any) -> Any:
        return state + (2.0 if k in {1, 3} else 1.0)

    def awhile(state: Any) -> Any:
        return state[0] + 1, state[1] * (2.0 if state[0] in {1, 3} else 1.0)

    loops: dict[str, Callable[..., Any]] = {
        "integers": lambda x: ag.scan(step, (0, 0.0 * x, x), [1, 2, 3])[0][1],
        "an array of integers": lambda x: ag.scan(step, (0, 0.0 * x, x), np.array([1, 2, 3]))[0][1],
        "numbers": lambda x: ag.scan(step, (0, 0.0 * x, x), [1.0, 2.0, 3.0])[0][1],
        "a state": lambda x: ag.scan(of_state, (0, 0.0 * x, x), [1, 2, 3])[0][1],
        "the next number": lambda x: ag.scan(of_next, (0, 0.0 * x, x), [0, 1, 2])[0][1],
        "a counter": lambda x: x * ag.fori_loop(0, 5, counted, 0.0 * x),
        "a while": lambda x: ag.while_loop(lambda state: state[0] < 5, awhile, (0, x), max_steps=9)[1],
    }
    return loops[name]


@pytest.mark.parametrize(
    "name", ["integers", "an array of integers", "numbers", "a state", "the next number", "a counter", "a while"]
)
def test_a_number_of_a_loop_is_looked_up_in_each_step(ag: ModuleType, name: str) -> None:
    """It was found in no set and no dict, by the Value that stood for it in all steps."""
    f = _loop(ag, name)
    assert ag.compile(f)(2.0) == f(ag.Value(2.0)).data
    assert ag.compile(ag.grad(f))(2.0) == ag.grad(f)(2.0)
    assert ag.compile(f, in_axes=0)([2.0, 3.0]).tolist() == [f(ag.Value(x)).data for x in (2.0, 3.0)]


def test_what_only_computes_with_it_is_one_program(ag: ModuleType) -> None:
    fast = ag.compile(lambda x, n: x * n + (n > 2) * x + n**2)
    assert [fast(1.5, n) for n in (1, 2, True, 0)] == [2.5, 7.0, 2.5, 0.0]
    assert len(fast.programs) == 1


def test_an_error_of_the_function_is_its_own(ag: ModuleType) -> None:
    def f(x: Any, n: Any) -> Any:
        if n > 2:
            raise TypeError(f"{type(n).__name__} {n} is too much")
        return x * n

    fast = ag.compile(f)
    assert fast(1.5, 2) == 3.0
    with pytest.raises(TypeError, match=r"^int 3 is too much$"):
        fast(1.5, 3)
    assert fast(1.5, 1) == 1.5


READ: dict[str, Callable[[Any], Any]] = {
    "Decimal": lambda x: x * float(Decimal(x.data)),
    "JSON": lambda x: x * float(json.dumps(x.data)),
    "C": lambda x: x * ctypes.c_double(x.data).value,
    "a span of time": lambda x: x * timedelta(days=x.data).days,
    "np.isclose": lambda x: x * 2.0 if np.isclose(x.data, 1.5) else x,
    "np.select": lambda x: x * np.select([x > 2.0, x > 1.0], [2.0, 3.0], 4.0),
    "np.bool with a comparison": lambda x: x * 2.0 if np.True_ & (x > 1.0) else x,
    "np.logical_and": lambda x: x * 2.0 if np.logical_and(x > 1.0, x.data < 2.0) else x,
    "a mask with a comparison": lambda x: x * (np.array([True, False]) | (x > 1.0)).sum(),
}


@pytest.mark.parametrize("read", READ)
def test_a_number_read_is_a_float_to_whatever_takes_it(ag: ModuleType, read: str) -> None:
    f = READ[read]
    fast, points = ag.compile(f), [1.5, 3.0, -2.0, 0.5, 1.5]
    want = [float(f(ag.Value(x)).data) for x in points]
    assert [fast(x) for x in points] == want
    assert ag.compile(f, in_axes=0)(points).tolist() == want


# ------------------------------------------------------------------------------------------------ bools by name

FLAGS: dict[str, Callable[[Any], Any]] = {
    "a tuple": lambda flag: (flag,),
    "a list": lambda flag: [flag],
    "a dict": lambda flag: {0: flag},
    "beside a number": lambda flag: (flag, 2.5),
    "several": lambda flag: [flag, flag, 1],
}
LOOKED_AT: dict[str, Callable[[Any, Any], Any]] = {
    "is": lambda x, s: x * 2.0 if s[0] is True else x,
    "type": lambda x, s: x * 2.0 if type(s[0]) is bool else x,
    "isinstance": lambda x, s: x * 2.0 if isinstance(s[0], bool) else x,
    "match": lambda x, s: x * {True: 2.0}.get(s[0], 1.0) if isinstance(s[0], bool) else x,
}


@pytest.mark.parametrize("look", LOOKED_AT)
@pytest.mark.parametrize("place", FLAGS)
def test_a_bool_by_name_is_one_wherever_it_stands(ag: ModuleType, place: str, look: str) -> None:
    """As a lone one is: it was taken for the number 1."""
    f, make = LOOKED_AT[look], FLAGS[place]
    for flags in ((1, True, 1, False, 0, 1.0, True), (True, 1, False), (False, 0, True, 2)):
        fast, slope, over_rows = ag.compile(f), ag.compile(ag.grad(f)), ag.compile(f, in_axes={"x": 0})
        for flag in [*flags, *flags]:
            want = f(1.5, make(flag))
            assert fast(1.5, s=make(flag)) == want and slope(1.5, s=make(flag)) == want / 1.5
            assert over_rows([1.5, 3.0], s=make(flag)).tolist() == [want, 2.0 * want]
    numbers = ag.compile(lambda x, s: x * s[0])
    for number in (1, 2.5, 3, np.float64(4.0), 1):
        assert numbers(1.5, s=(number,)) == 1.5 * number
    assert len(numbers.programs) == 1


# ------------------------------------------------------------------------------------------------ integers that are no floats

LARGE = 2**53 + 1

EXACTLY: dict[str, Case] = {
    "a difference": lambda x, n: x * (n - 2**53),
    "a remainder": lambda x, n: x * (n % 2),
    "a comparison": lambda x, n: x if n == LARGE else -x,
    "an equal float": lambda x, n: x if n == 2**53 else -x,
    "a text": lambda x, n: x * len(str(n)),
    "a quotient": lambda x, n: x * (n // 3) - x * (LARGE // 3),
}


@pytest.mark.parametrize("ask", EXACTLY)
def test_an_integer_that_is_no_float_is_itself(ag: ModuleType, ask: str) -> None:
    """It was rounded to one that is."""
    f = EXACTLY[ask]
    fast, by_name, slope = ag.compile(f), ag.compile(f), ag.compile(ag.grad(f))
    in_list, over_rows = ag.compile(lambda x, ns: f(x, ns[1])), ag.compile(f, in_axes=(0, None))
    for n in (3, LARGE, 2**53, LARGE, -LARGE, 2**60, np.int64(LARGE), np.uint64(2**64 - 1), 10**30 + 1, LARGE):
        want = f(1.5, int(n))
        for _ in range(2):
            assert fast(1.5, n) == by_name(1.5, n=int(n)) == in_list(1.5, [2, n]) == want
            assert slope(1.5, n) == ag.grad(f)(1.5, int(n))
            assert over_rows([1.5, 3.0], n).tolist() == [want, f(3.0, int(n))]


REFUSED: dict[str, Callable[[ModuleType], Any]] = {
    "an array": lambda ag: ag.compile(lambda v: v[0] - v[1])(np.array([1, LARGE])),
    "an array of objects": lambda ag: ag.compile(lambda v: v[0] - v[1])(np.array([1, LARGE], dtype=object)),
    "an unsigned array by name": lambda ag: ag.compile(lambda x, v: x - v[1])(1.0, v=np.array([1, LARGE], dtype=np.uint64)),
    "an array in a dict": lambda ag: ag.compile(lambda p: p["a"][0])({"a": np.array([LARGE])}),
    "rows": lambda ag: ag.compile(lambda n: n - 1.0, in_axes=0)([1, LARGE]),
    "rows of an array": lambda ag: ag.compile(lambda n: n - 1.0, in_axes=0)(np.array([1, -LARGE])),
    "rows of lists": lambda ag: ag.compile(lambda n: n[0] - n[1], in_axes=0)([[1, 2], [LARGE, 3]]),
    "rows of both kinds": lambda ag: ag.compile(lambda n: n - 1.0, in_axes=0)([0.5, LARGE]),
    "reduced": lambda ag: ag.compile(lambda n: n - 1.0, in_axes=0, reduce="sum")(np.array([LARGE])),
}


@pytest.mark.parametrize("case", REFUSED)
def test_where_it_has_to_be_a_float_it_is_refused(ag: ModuleType, case: str) -> None:
    with pytest.raises(
        ValueError, match=rf"has -?{LARGE}, and a compiled function computes with floats, to which that is -?{2**53}: "
    ):
        REFUSED[case](ag)


def test_it_is_refused_in_a_later_call_too(ag: ModuleType) -> None:
    at_point, over_rows = ag.compile(lambda v: v[0] - v[1]), ag.compile(lambda n: n - 1.0, in_axes=0)
    for kind in (np.int64, np.uint64, np.longlong, np.ulonglong, int):
        for _ in range(2):
            assert at_point(np.array([2, 1], dtype=kind)) == 1.0
            assert over_rows(np.array([2, 1], dtype=kind)).tolist() == [1.0, 0.0] == over_rows([2, 1]).tolist()
            assert at_point(np.array([2**60, 0], dtype=kind)) == 2.0**60  # which is a float
            assert over_rows(np.array([2**53, 2**60], dtype=kind)).tolist() == [2.0**53 - 1.0, 2.0**60]
        for wrong in (lambda kind=kind: at_point(np.array([LARGE, 1], dtype=kind)), lambda: over_rows([1, LARGE])):
            with pytest.raises(ValueError, match="computes with floats"):
                wrong()
        with pytest.raises(ValueError, match="computes with floats"):
            over_rows(np.array([1, LARGE], dtype=kind))
    assert over_rows(np.array([1.0, float(LARGE)])).tolist() == [0.0, 2.0**53 - 1.0]
    assert np.isnan(over_rows([1.0, float("nan"), 1e300, float("inf")])).tolist() == [False, True, False, False]

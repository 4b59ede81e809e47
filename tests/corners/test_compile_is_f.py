"""A compiled function is the function: whatever way it reads its numbers, whatever equal keywords it is given, on any numbers.

What cannot be recorded may be refused, by an error; a number of the first call may never be used for the second.
"""

import array
import bisect
import copy
import io
import json
import math
import pickle
import random
import statistics
import string
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from numbers import Number
from types import ModuleType
from typing import Any, NamedTuple

import mpmath
import numpy as np
import pytest
from builds import BUILDS
from rows import bits

import autograd

REFUSED = (TypeError, ValueError, RuntimeError, AttributeError)
POINTS = [2.0, 3.0, -1.5, 2.0, 0.0, 0.2500049]

READ: dict[str, Callable[[ModuleType, Any, Any], Any]] = {
    "data": lambda ag, x, v: v.data,
    "format": lambda ag, x, v: float(f"{v:.3f}"),
    "str.format": lambda ag, x, v: float("{:.2e}".format(v)),  # noqa: UP032
    "format()": lambda ag, x, v: float(format(v, "g")),
    "repr": lambda ag, x, v: float(repr(v).split("data=")[1].split(",")[0]),
    "str": lambda ag, x, v: float(str(v).split("data=")[1].split(",")[0]),
    "f-string without a format": lambda ag, x, v: float(f"{v}".split("data=")[1].split(",")[0]),
    "percent s": lambda ag, x, v: float(("%s" % v).split("data=")[1].split(",")[0]),  # noqa: UP031
    "local_derivatives": lambda ag, x, v: v.local_derivatives[0],
    "local derivatives of a parent": lambda ag, x, v: (v + 1.0).parents[0].local_derivatives[0],
    "parents": lambda ag, x, v: v.parents[0].data,
    "parents, as Values": lambda ag, x, v: v.parents[0] * 2.0,
    "how many parents": lambda ag, x, v: len(v.parents),
    "op": lambda ag, x, v: len(v.op),
    "grad": lambda ag, x, v: v.grad,
    "bool": lambda ag, x, v: 10.0 if v - 4.0 else 20.0,
    "comparison": lambda ag, x, v: 10.0 if v > 4.0 else 20.0,
    "equality": lambda ag, x, v: 10.0 if v == 9.0 else 20.0,
    "is it in a list": lambda ag, x, v: 10.0 if v in [9.0, 2.25] else 20.0,
    "sorted": lambda ag, x, v: sorted([v, x, ag.Value(3.5)])[1],
    "Python's max": lambda ag, x, v: max(v, x, 3.5),
    "round": lambda ag, x, v: round(v),
    "round to digits": lambda ag, x, v: round(v, 1),
    "floor, trunc": lambda ag, x, v: ag.floor(v) + v.trunc(),
    "divmod": lambda ag, x, v: sum(divmod(v, 1.5)),
    "int of data": lambda ag, x, v: int(v.data),
    "detach": lambda ag, x, v: v.detach().data,
    "copy": lambda ag, x, v: copy.copy(v).data,
    "deepcopy": lambda ag, x, v: copy.deepcopy(v).data,
    "pickle": lambda ag, x, v: pickle.loads(pickle.dumps(v)).data,
    "gradients": lambda ag, x, v: ag.gradients(v, [x])[0].data,
    "topological_order": lambda ag, x, v: ag.topological_order(v)[-1].data,
    "explain": lambda ag, x, v: float(str(ag.explain(v, x)).rsplit("= ", 1)[1]),
    "float": lambda ag, x, v: float(v),
    "int": lambda ag, x, v: int(v),
    "math.exp": lambda ag, x, v: math.exp(v),
    "an array of floats": lambda ag, x, v: np.array([v], dtype=float)[0],
    "astype": lambda ag, x, v: np.array([v], dtype=object).astype(float)[0],
    "hash": lambda ag, x, v: float(hash(v) == hash(v)),
    "a label": lambda ag, x, v: len(v.label),
    "data of no_grad": lambda ag, x, v: _without_graph(ag, v),
    "its own attributes": lambda ag, x, v: vars(v)["data"],
    "is it among keys": lambda ag, x, v: 10.0 if v in {9.0: 1, 4.0: 2} else 20.0,
    "is it in a set": lambda ag, x, v: 10.0 if 9.0 in {v, x} else 20.0,
    "key of a dict": lambda ag, x, v: {v: x}[v],
    "index": lambda ag, x, v: [ag.Value(4.0), 9.0, v].index(v),
    "count": lambda ag, x, v: [4.0, 9.0, v].count(v),
    "sorted by a key": lambda ag, x, v: sorted([3.5, v, x], key=lambda y: -abs(y - 2.0))[0],
    "min and max by a key": lambda ag, x, v: max([3.5, v, x], key=lambda y: -y) + min(v, 3.5, key=lambda y: (y - 1.0) ** 2),
    "order of tuples": lambda ag, x, v: 10.0 if (v, 1) < (4.5, 0) else 20.0,
    "any and all": lambda ag, x, v: float(any([v - 4.0, v > 8.0])) + all([v, x]),
    "bisect": lambda ag, x, v: bisect.bisect([1.0, 4.0, 8.0], v),
    "range": lambda ag, x, v: len(range(v)),
    "an index": lambda ag, x, v: [1.0, 2.0, 3.0][v],
    "divided into whole parts": lambda ag, x, v: v // 1.5 + 7.0 // (abs(v) + 1.0),
    "remainder": lambda ag, x, v: v % 1.5 + 7.5 % (v + 1.0),
    "percent f": lambda ag, x, v: float("%.2f" % v),  # noqa: UP031
    "percent d": lambda ag, x, v: float("%d" % v),  # noqa: UP031
    "percent r": lambda ag, x, v: float(("%r" % v).split("data=")[1].split(",")[0].rstrip(")")),  # noqa: UP031
    "a template": lambda ag, x, v: float(string.Template("$v").substitute(v=v).split("data=")[1].split(",")[0].rstrip(")")),
    "print": lambda ag, x, v: float(_printed(v).split("data=")[1].split(",")[0].rstrip(")")),
    "json": lambda ag, x, v: float(json.dumps(v)),
    "ceil of math": lambda ag, x, v: math.ceil(v),
    "floor of math": lambda ag, x, v: math.floor(v),
    "trunc of math": lambda ag, x, v: math.trunc(v),
    "fsum of math": lambda ag, x, v: math.fsum([v, x]),
    "isclose": lambda ag, x, v: math.isclose(v, 9.0),
    "copysign of math": lambda ag, x, v: math.copysign(1.0, v),
    "isfinite of math": lambda ag, x, v: float(math.isfinite(v)),
    "fmean": lambda ag, x, v: statistics.fmean([v, x]),
    "mean": lambda ag, x, v: statistics.mean([v, x]),
    "median": lambda ag, x, v: statistics.median([v, x, 3.5]),
    "sum": lambda ag, x, v: sum([v, x, 3.5]),
    "Fraction": lambda ag, x, v: float(Fraction(v)),
    "Decimal": lambda ag, x, v: float(Decimal(v)),
    "complex": lambda ag, x, v: complex(v).real,
    "array of the standard library": lambda ag, x, v: array.array("d", [v])[0],
    "np.float64": lambda ag, x, v: np.float64(v),
    "np.asarray": lambda ag, x, v: float(np.asarray([v, x]).astype(float)[0]),
    "np.array of floats by fill": lambda ag, x, v: _filled(v),
    "np.sum": lambda ag, x, v: np.sum(np.array([v, x], dtype=object)),
    "np.argmax": lambda ag, x, v: np.argmax(np.array([v, x, 3.5], dtype=object)),
    "np.sort": lambda ag, x, v: np.sort(np.array([v, x, 3.5], dtype=object))[0],
    "np.max": lambda ag, x, v: np.max(np.array([v, x, 3.5], dtype=object)),
    "np.where": lambda ag, x, v: np.where(np.array([v], dtype=object) > 4.0, 1.0, 2.0)[0],
    "np.sign": lambda ag, x, v: np.sign(v),
    "np.floor": lambda ag, x, v: np.floor(v),
    "np.isnan": lambda ag, x, v: float(np.isnan(v)),
    "np.nonzero": lambda ag, x, v: len(np.nonzero(np.array([v, x], dtype=object))[0]),
    "np.unique": lambda ag, x, v: len(np.unique(np.array([v, x], dtype=object))),
    "np.allclose": lambda ag, x, v: float(np.allclose(np.array([v], dtype=object), 9.0)),
    "np.clip": lambda ag, x, v: np.clip(np.array([v], dtype=object), 1.0, 3.0)[0],
    "a random seed": lambda ag, x, v: random.Random(v).random(),
    "a deep copy in a list": lambda ag, x, v: copy.deepcopy([v, x])[0].data,
    "a pickle of a list": lambda ag, x, v: pickle.loads(pickle.dumps([x, v]))[1] * 2.0,
    "a copy of a leaf": lambda ag, x, v: copy.copy(x) * copy.deepcopy(x) + copy.copy(v) * x,
    "a new Value of data": lambda ag, x, v: ag.Value(v.data) * x,
    "a pattern": lambda ag, x, v: _matched(v),
}


def _printed(v: Any) -> str:
    out = io.StringIO()
    print(v, file=out)
    return out.getvalue()


def _filled(v: Any) -> Any:
    found = np.zeros(2)
    found[0] = v
    return found[0]


def _matched(v: Any) -> float:
    match v:
        case 9.0:
            return 1.0
        case 4.0:
            return 2.0
    return 3.0


def _without_graph(ag: ModuleType, v: Any) -> Any:
    with ag.no_grad():
        return (v * 3.0).data


@pytest.mark.parametrize("rows", [False, True], ids=["point", "rows"])
@pytest.mark.parametrize(
    "way",
    [*READ],
)
def test_every_way_of_reading_a_number(ag: ModuleType, way: str, rows: bool) -> None:
    def f(x: Any) -> Any:
        return x * 0.5 + READ[way](ag, x, x * x)

    fast = ag.compile(f, in_axes=0 if rows else None)
    for x in POINTS:
        try:
            got = fast([x, x])[1] if rows else fast(x)
        except REFUSED:
            continue
        want = f(ag.Value(x)).data
        assert got == want, (x, got, want)
    if rows:
        with suppress(*REFUSED):
            assert fast(POINTS).tolist() == [f(ag.Value(x)).data for x in POINTS]


# What every attribute of a Value gives, whatever attributes it has: of a property what it is, of a method what it returns for
# the operands that it takes. A new attribute is held to this too.

OPERANDS: list[Callable[[Any, Any], tuple[Any, ...]]] = [
    lambda x, v: (),
    lambda x, v: (3.0,),
    lambda x, v: (x,),
    lambda x, v: (1, 2.5),
    lambda x, v: ("g",),
    lambda x, v: ({},),
    lambda x, v: ("data",),
    lambda x, v: (4,),
]


def _number_in(thing: Any) -> Any:
    """A number, or a Value, that hangs on all that can be read of a thing; nothing of what is another in each call of f."""
    if isinstance(thing, (list, tuple)):
        return sum((k + 2.0) * _number_in(part) for k, part in enumerate(thing))
    if isinstance(thing, str):
        return float(sum(map(ord, thing.replace(", grad=0.0", ""))))
    try:
        return thing * 1.0
    except TypeError:
        return 0.0


WITHOUT_A_NUMBER = {
    "__class__",
    "__dir__",
    "__doc__",
    "__hash__",
    "__init_subclass__",
    "__subclasshook__",
    "__new__",
    "__sizeof__",
    "__getstate__",
    "__setattr__",
    "__delattr__",
    "__signature__",
    "__array_ufunc__",
    "origin",
}
"""Which say nothing of a number: what belongs to the class, and the identity of an object. (Lines are kept while recording.)"""


@pytest.mark.parametrize("operands", range(len(OPERANDS)))
def test_every_attribute_of_a_value_reads_as_in_f(ag: ModuleType, operands: int) -> None:
    for name in {*dir(ag.Value)} - WITHOUT_A_NUMBER - {*ag.Value.__slots__}:

        def f(x: Any, name: str = name) -> Any:
            v = x * x
            found = getattr(v, name)
            if callable(found):
                found = found(*OPERANDS[operands](x, v))
            elif operands:
                raise TypeError("it takes no operands")
            return x * 0.5 + _number_in(found)

        fast = ag.compile(f)
        for x in POINTS:
            try:
                want = f(ag.Value(x)).data
            except Exception:  # it takes no such operands
                want = None
            try:
                got = fast(x)
            except Exception:
                continue
            assert want is not None and (got == want or got != got != want != want), (name, x, got, want)


def test_what_attributes_are_left_out() -> None:
    """Each that is left out is there; so whoever adds one that is read decides about it."""
    import autograd

    assert {*dir(autograd.Value)} >= WITHOUT_A_NUMBER


# ------------------------------------------------------------------------------------------------ keywords


class Text(str):
    """A text that says it is one of another kind."""


def _told_apart(x: Any, k: Any) -> Any:
    """A number that hangs on every part of a keyword: its kinds, but for those of numbers, and its signs."""

    def numeric(k: Any) -> bool:
        """Whether there are numbers alone in a tuple, which then are inputs, True and False too."""
        return all(numeric(part) if isinstance(part, tuple) else not isinstance(part, str) for part in k)

    def code(k: Any, alone: bool = True) -> Any:
        if isinstance(k, (tuple, list)):
            return sum((i + 2.0) * code(part, not numeric(k)) for i, part in enumerate(k))
        if isinstance(k, frozenset):
            return 3.0 * sum(map(code, k))
        if isinstance(k, dict):
            return sum(code(key) * 5.0 + code(part) for key, part in k.items())
        if hasattr(k, "data") or (isinstance(k, Number) and not (alone and isinstance(k, bool))):  # inputs, of whatever kind
            return 7.0 + autograd.copysign(1.0, k)
        return float(sum(map(ord, type(k).__name__))) + (k == 1)

    return x * code(k)


EQUAL: dict[str, list[Any]] = {
    "zeros": [0.0, -0.0, 0, False],
    "ones": [1, 1.0, True, Fraction(1), Decimal(1), np.float64(1.0), np.int64(1), np.True_],
    "zeros in tuples": [(0.0,), (-0.0,), (0,), (False,)],
    "ones in tuples": [(1,), (True,), (1.0,), (np.float64(1.0),), (Fraction(1),)],
    "deeper": [((1,), 2), ((True,), 2), ((1.0,), 2), ((1,), 2.0)],
    "frozensets": [frozenset([1]), frozenset([True]), frozenset([1.0])],
    "signs deep in a tuple": [(1.0, (0.0, "a")), (1.0, (-0.0, "a"))],
    "texts": ["a", Text("a")],
    "texts in tuples": [("a",), (Text("a"),)],
}


@pytest.mark.parametrize("rows", [False, True], ids=["point", "rows"])
@pytest.mark.parametrize(
    "kind",
    [*EQUAL],
)
def test_keywords_that_are_equal_and_not_the_same(ag: ModuleType, kind: str, rows: bool) -> None:
    fast = ag.compile(lambda x, *, k: _told_apart(x, k), in_axes=0 if rows else None)
    for k in [*EQUAL[kind], *EQUAL[kind][::-1]]:
        want = _told_apart(2.0, k)
        got = fast([2.0, 2.0], k=k)[0] if rows else fast(2.0, k=k)
        assert got == want, (k, got, want)


def test_a_keyword_of_minus_zero(ag: ModuleType) -> None:
    fast = ag.compile(lambda x, *, s: ag.copysign(x, s))
    assert [fast(1.0, s=s) for s in (0.0, -0.0, 0.0)] == [1.0, -1.0, 1.0]


@pytest.mark.parametrize("keys", [[0.0, -0.0], [1, True, 1.0], ["a", Text("a")], [(1,), (True,)], [(0.0,), (-0.0,)]], ids=str)
def test_keys_of_a_dict_that_are_equal(ag: ModuleType, keys: list[Any]) -> None:
    f = lambda p: sum(_told_apart(x, key) for key, x in p.items())  # noqa: E731
    fast = ag.compile(f)
    for key in [*keys, *keys[::-1]]:
        assert fast({key: 2.0}) == f({key: 2.0}), key
        assert [*ag.compile(lambda p: p)({key: 2.0})] == [key]


def test_programs_for_keywords_are_bounded(ag: ModuleType) -> None:
    """A number that changes from call to call, as a learning rate, fills no memory: old programs go, or the call is refused."""
    fast = ag.compile(lambda x, *, k: x * k)
    for k in range(400):
        with suppress(RuntimeError):
            assert fast(2.0, k=float(k)) == 2.0 * k
    assert len(fast.programs) <= 256


def test_a_nan_for_a_keyword_is_recorded_once(ag: ModuleType) -> None:
    fast = ag.compile(lambda x, *, k: ag.where(x > 0.0, x, k))
    for _ in range(5):
        assert fast(2.0, k=float("nan")) == 2.0 and math.isnan(fast(-2.0, k=float("nan")))
    assert len(fast.programs) == 1


def test_the_order_of_keywords_is_no_matter(ag: ModuleType) -> None:
    fast = ag.compile(lambda x, *, a, b: x * a + b)
    assert fast(2.0, a=3.0, b=1.0) == fast(2.0, b=1.0, a=3.0) == 7.0 and len(fast.programs) == 1


# ------------------------------------------------------------------------------------------------ plans


@pytest.mark.parametrize("rows", [False, True], ids=["point", "rows"])
@pytest.mark.parametrize("wide", [5, 8, 64])
def test_a_partial_sum_that_is_a_result_too(ag: ModuleType, wide: int, rows: bool) -> None:
    """A sum of which a beginning is an output, a guard's operand, or both: no run may write over it."""

    def both(xs: Any) -> Any:
        total, kept = xs[0], None
        for i, x in enumerate(xs[1:], 1):
            total = total + x
            if i == len(xs) // 2:
                kept = total
        return kept, total

    def guarded(xs: Any) -> Any:
        kept, total = both(xs)
        return (kept * 2.0, total) if kept > 3.0 else (kept, total * 2.0)

    def hidden(xs: Any) -> Any:  # the beginning is asked for by a branch alone
        kept, total = both(xs)
        return [total, xs[0]] if kept > 3.0 else [xs[0], total]

    def products(xs: Any) -> Any:
        total, kept = xs[0] * xs[-1], None
        for i in range(1, len(xs)):
            total = total + xs[i] * xs[-1 - i]
            kept = total if i == 2 else kept
        return [kept, total] if kept < 1e3 else [total, kept]

    xs = [float(i + 1) for i in range(wide)]
    others = [[-x for x in xs], *([float((i * k) % 7) for i in range(wide)] for k in range(1, 5))]
    for f in (both, guarded, hidden, products):
        for g in (f, ag.jacobian(lambda v, f=f: [*f(v)])):
            fast = ag.compile(g, in_axes=0 if rows else None)
            for given in [xs, *others, xs]:
                want = g([*given])
                if rows:
                    got = fast([given, given, given])
                    assert np.array_equal([np.asarray(part)[1] for part in got], want), (f, given)
                else:
                    assert np.array_equal(fast(given), want), (f, given)
            assert len(fast.programs) <= 2


def test_an_ndarray_of_results_of_other_lengths(ag: ModuleType) -> None:
    """Results whose shape hangs on a branch: at a point each is as it is; over rows they have one shape, or it is an error."""
    f = lambda x: [x, x * 2.0] if x > 0.0 else [x]  # noqa: E731
    fast = ag.compile(f)
    assert [fast(1.0), fast(-1.0), fast(2.0)] == [[1.0, 2.0], [-1.0], [2.0, 4.0]]
    for xs in ([1.0, -1.0], [-1.0, 1.0]):
        with pytest.raises(ValueError, match="different shapes"):
            ag.compile(f, in_axes=0)(xs)
        with pytest.raises(ValueError, match="different shapes"):
            ag.compile(f, in_axes=0, reduce="sum")(xs)
    assert [part.tolist() for part in ag.compile(f, in_axes=0)([1.0, 2.0])] == [[1.0, 2.0], [2.0, 4.0]]


@pytest.mark.parametrize("name", ["logsumexp", "log_softmax", "softmax"])
def test_higher_derivatives_over_a_list_of_one(ag: ModuleType, name: str) -> None:
    """A number less itself, and the logarithm of its exponential: nothing is left of them in a second derivative."""
    f = lambda x: getattr(ag, name)(*([[x]] if name == "logsumexp" else [[x], 0]))  # noqa: E731
    for order in (1, 2, 3):
        g = ag.derivative(f, order)
        want = 1.0 if name == "logsumexp" and order == 1 else 0.0
        assert g(0.7) == ag.compile(g)(0.7) == want
        assert ag.compile(g, in_axes=0)([0.7, -800.0]).tolist() == [want, want]


def test_hypot_is_one_function(ag: ModuleType) -> None:
    """In both builds, compiled and over rows, to the last bit; and it is as near to the true root as a double can be."""
    rng = random.Random(7)
    near = [(x, x * 2.0 ** -rng.uniform(0.0, 60.0)) for x in (2.0 ** rng.uniform(-1000.0, 1020.0) for _ in range(300))]
    points = [*near, *((rng.uniform(-5.0, 5.0), rng.uniform(-5.0, 5.0)) for _ in range(600)), (3.0, 4.0), (5e-324, -5e-324)]
    points += [(1.5e308, 1.5e308), (1.7e308, 1e300), (0.0, -5e-324), (-0.0, -0.0), (math.nan, -math.inf), (math.nan, 1.0)]
    wants = [[bits(m.hypot(m.Value(x), y).data) for x, y in points] for m in BUILDS.values()]
    assert all(want == wants[0] for want in wants)
    table = np.array(points)
    assert [bits(x) for x in ag.compile(ag.hypot, in_axes=0)(*table.T).tolist()] == wants[0]
    assert [bits(ag.compile(ag.hypot)(x, y)) for x, y in points[:20]] == wants[0][:20]
    with mpmath.workprec(2_400):
        for x, y in points:
            true, found = mpmath.hypot(x, y), ag.hypot(x, y)
            if math.isfinite(found) and found > 1e-300:
                assert abs(found - true) <= mpmath.mpf(0.501) * math.ulp(found), (x, y)


# ------------------------------------------------------------------------------------------------ constants, and what is kept


class Point(NamedTuple):
    x: Any


@dataclass(frozen=True)
class Setting:
    rate: Any


TOLD_APART: dict[str, list[Any]] = {
    "complex numbers": [0j, -0j, complex(0.0, -0.0), complex(-0.0, 0.0)],
    "named tuples": [Point("0.0"), Point("-0.0"), ("0.0",)],
    "frozen dataclasses": [Setting("0.0"), Setting("-0.0"), Setting("0")],
    "moments": [datetime(2020, 1, 1, 12, tzinfo=UTC), datetime(2020, 1, 1, 13, tzinfo=timezone(timedelta(hours=1)))],
    "ranges": [range(0), range(3, 3)],
    "texts and bytes": ["0", b"0"],
}


@pytest.mark.parametrize("kind", TOLD_APART)
def test_keywords_of_every_kind_are_told_apart(ag: ModuleType, kind: str) -> None:
    fast = ag.compile(lambda x, *, k: x * float(sum(map(ord, repr(k)))))
    wants = [float(sum(map(ord, repr(k)))) for k in TOLD_APART[kind]]
    for _ in range(2):
        assert [fast(1.0, k=k) for k in TOLD_APART[kind]] == wants
    assert len(fast.programs) == len(wants)


@pytest.mark.parametrize(
    "numbers",
    [
        [Decimal("0"), Decimal("-0"), Decimal("1.0"), Decimal("1.00"), -0.0, 0, Fraction(-1, 3)],
        [np.float32(0.0), np.float32(-0.0), np.float64(0.0), np.float64(-0.0), np.int32(0)],
        [Point(0.0), Point(-0.0), Point(Decimal("-0"))],
        [Setting(0.0), Setting(-0.0), Setting(0)],
    ],
    ids=["of Python", "of NumPy", "in named tuples", "in dataclasses"],
)
def test_numbers_by_name_are_inputs_of_whatever_kind(ag: ModuleType, numbers: list[Any]) -> None:
    def number(k: Any) -> Any:
        return k.x if isinstance(k, Point) else k.rate if isinstance(k, Setting) else k

    fast = ag.compile(lambda x, *, k: ag.copysign(x, number(k)) + number(k))
    for _ in range(2):
        for k in numbers:
            assert fast(1.0, k=k) == ag.copysign(1.0, number(k)) + float(number(k))
    assert len(fast.programs) == 1


@pytest.mark.parametrize(
    "k", [math.nan, 1.5, (1, "a", (2.0,)), None, Point(2.0), Setting(0.5), Fraction(1, 3), b"a", 10**30], ids=str
)
def test_keywords_that_are_the_same_have_one_program(ag: ModuleType, k: Any) -> None:
    fast = ag.compile(lambda x, *, k: x)
    for _ in range(3):
        fast(1.0, k=copy.deepcopy(k))
    assert len(fast.programs) == 1


def test_functions_for_keywords(ag: ModuleType) -> None:
    class Scale:
        def __init__(self, factor: float) -> None:
            self.factor = factor

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Scale)

        def __hash__(self) -> int:
            return 0

        def of(self, x: Any) -> Any:
            return x * self.factor

    two, three = Scale(2.0), Scale(3.0)
    fast = ag.compile(lambda x, *, g: g(x))
    for _ in range(3):
        assert [fast(5.0, g=g) for g in (two.of, three.of, ag.square, abs)] == [10.0, 15.0, 25.0, 5.0]
    assert len(fast.programs) == 4


def test_programs_for_forms_are_bounded_and_those_used_last_stay(ag: ModuleType) -> None:
    met = []
    fast = ag.compile(lambda xs: met.append(len(xs)) or sum(xs))
    for n in range(1, 300):
        assert fast([1] * n) == n
        assert fast((1, 2)) == 3  # asked for all the time
    assert len(fast.programs) <= 128 and met.count(2) == 2
    assert fast([1] * 299) == 299 and met.count(299) == 1 and fast([1, 1]) == 2 and met.count(2) == 3


def test_a_slope_of_a_node_with_many_parents(ag: ModuleType) -> None:
    f = lambda xs: xs[0] + ag.prod(xs).local_derivatives[0] + ag.dot(xs, xs).local_derivatives[1]  # noqa: E731
    fast = ag.compile(f)
    for xs in ([1.0, 2.0, 3.0], [1.0, 5.0, 3.0], [1.0, 2.0, 4.0], [1.0, 2.0, 3.0]):
        assert fast(xs) == f([*map(ag.Value, xs)]).data

"""compile(): branches on data, which are recorded as they are met, are never the wrong ones."""

import itertools
import math
import operator
import random
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from agreement import agree, check, same
from builds import Counted

LINE = [-3.0, -1.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, math.nan, math.inf, -math.inf]


def collatz(x: Any) -> Any:
    steps = 0
    while x > 1.0 and steps < 20:
        x = x / 2 if x % 2 == 0 else 3 * x + 1
        steps += 1
    return x * steps


def by_match(x: Any) -> Any:
    match x:
        case 0.0:
            return x + 10
        case 1 | 2:
            return x * 20
        case _ if x < 0:
            return -x
        case _:
            return x**2


BRANCHES: dict[str, Callable[[Any], Any]] = {
    "if": lambda x: x * 2 if x > 0 else x * 3,
    "chained": lambda x: x * 2 if -1 < x <= 1.5 else x * 3,
    "not": lambda x: x * 2 if not x > 0 else x * 3,
    "and": lambda x: x * 2 if x > 0 and x < 2 else x * 3,
    "or": lambda x: x * 2 if x > 2 or x < -1 else x * 3,
    "&": lambda x: x * 2 if (x > 0) & (x < 2) else x * 3,
    "xor": lambda x: x * 2 if (x > 0) ^ (x > 2) else x * 3,
    "~": lambda x: x * (~(x > 0)),
    "truth": lambda x: x * 2 if x else x + 7,
    "in": lambda x: x * 2 if x in (0.5, 1.0, -3) else x * 3,
    "!=": lambda x: x * 2 if x != 1.5 else x * 3,
    "==": lambda x: x * 2 if x == 1 else x * 3,
    "none": lambda x: x * 2 if x == None else x * 3,  # noqa: E711
    "reflected": lambda x: x * 2 if 1 >= x else x * 3,  # noqa: SIM300
    "bool as a number": lambda x: x * (x > 0) + (x > 1) * 3.0,
    "sum of booleans": lambda x: x * sum(x > k for k in range(3)),
    "any": lambda x: x * 2 if any(x == k for k in (1, 2)) else x,
    "index by a comparison": lambda x: [x, x * 5][x > 1],
    "booleans compared": lambda x: x * 2 if (x > 0) == (x < 2) else x * 3,
    "negated boolean": lambda x: x * -(x > 1),
    "builtin max": lambda x: max(x, 1.0, x * x),
    "builtin min": lambda x: min(x, 1.0, key=lambda v: v * v - v),
    "sorted": lambda x: sorted([x, x * x, x - 1, 0.25 * x])[1],
    "loop": collatz,
    "match": by_match,
    "abs": lambda x: abs(x - 1),
    "divmod": lambda x: divmod(x * 7, 3)[0] * x + divmod(x * 7, 3)[1],
    "divmod of a number": lambda x: divmod(7, x)[0] * x + 7 % x,
    "floor": lambda x: math.floor(x * 1.3) * x,
    "ceil": lambda x: math.ceil(x * 1.3) * x + math.trunc(x * 1.7) * x,
    "round": lambda x: round(x * 1.3) * x,
    "round to digits": lambda x: round(x * 1.3, 1) * x + round(x * 13, -1) * x,
    "//": lambda x: (x * 7 // 2) * x + (5 // x) * x,
    "sign": lambda x: x.sign() * x,
    "detach": lambda x: x.detach() * x + x,
    "data": lambda x: x * 2 if x.data > 0 else x * 3,
    "data as a constant": lambda x: x.data * x,
    "sign of data": lambda x: math.copysign(1.0, x.data) * (x + 1),
    "int": lambda x: x * len(range(int(x.data))) if -5 < x.data < 5 else x,
    "fraction": lambda x: x * 2 if x < Fraction(1, 3) else x * 3,
}


@pytest.mark.filterwarnings("ignore:Bitwise inversion:DeprecationWarning")  # of a bool, from Python 3.12 on
@pytest.mark.parametrize("name", BRANCHES)
def test_a_branch_on_data_is_never_the_wrong_one(ag: ModuleType, name: str) -> None:
    check(ag, BRANCHES[name], LINE)
    check(ag, BRANCHES[name], LINE[::-1])


@pytest.mark.parametrize(
    "number", [Fraction(1, 3), Decimal("0.1"), 2**53 + 1, 10**400, -(10**400), True, np.float32(0.1), np.int8(3)], ids=repr
)
@pytest.mark.parametrize("relation", ["lt", "le", "gt", "ge", "eq", "ne"])
def test_comparisons_with_numbers_of_any_kind_are_exact(ag: ModuleType, relation: str, number: Any) -> None:
    compare = getattr(operator, relation)
    near = [-math.inf, math.inf, 0.0, 1.0, *([] if isinstance(number, Decimal) else [math.nan])]
    if abs(number) < 2**64:
        x = float(number)
        near += [x, math.nextafter(x, math.inf), math.nextafter(x, -math.inf)]
    for start in near:
        fast = ag.compile(lambda x: x * 2 if compare(x, number) else x * 3)
        fast(start)
        for x in near:
            assert agree(fast(x), x * 2 if compare(ag.Value(x), number) else x * 3), f"{x!r} {relation} {number!r}"


@pytest.mark.parametrize("name", ["and_", "or_", "xor", "add", "sub", "mul", "truediv", "floordiv", "mod", "pow"])
def test_a_function_that_computes_with_what_a_comparison_gives_is_called_once(ag: ModuleType, name: str) -> None:
    operation = getattr(operator, name)
    function = Counted(lambda x: x * operation(x > 0, 3) + operation(3, x > 0))
    assert ag.compile(function)(2.0) == 2.0 * operation(True, 3) + operation(3, True)
    assert function.calls == 1


def test_what_stands_in_for_pythons_own_functions_looks_like_them(ag: ModuleType) -> None:
    def looks(x: Any) -> Any:
        met.append([(f.__name__, f.__qualname__, f.__module__, f.__doc__) for f in (max, min, sorted)])
        return max(x, 1.0)

    met: list[Any] = []
    assert ag.compile(looks)(looks(2.0)) == 2.0 and len(met) == 2
    assert met[0] == met[1]


def test_comparison_with_what_is_no_number(ag: ModuleType) -> None:
    assert ag.compile(lambda x: x if x == "x" or x in [None, "y"] else x * 2)(3.0) == 6.0
    with pytest.raises(TypeError, match="compares with Values and numbers"):
        ag.compile(lambda x: x if x < "x" else x * 2)(3.0)


def test_comparisons_in_arrays(ag: ModuleType) -> None:
    def f(a: Any) -> Any:
        positive = a > 0
        return (
            np.where(positive, a * 2, a * 3).sum() + np.maximum(a, 0.5).sum() + positive.sum() * a[0] + a.max() + sorted(a)[1]
        )

    fast = ag.compile(ag.value_and_grad(f))
    for a in itertools.product([-1.0, 0.0, 0.7], repeat=3):
        assert agree(fast(np.array(a)), ag.value_and_grad(f)(np.array(a)))


def test_choices_are_no_branches(ag: ModuleType) -> None:
    """A hundred of each kind are one program."""

    def f(xs: Any) -> Any:
        total = 0.0
        for k in range(100):
            x = xs[k % 7] - 0.03 * k
            total += ag.where(x > 0, x * x, x.sin()) + ag.maximum(x, 0.1) + ag.minimum(x, xs[0]) + abs(x) + ag.relu(x)
            total += ag.clip(x, -0.5, 0.5) + ag.max([x, 0.2]) + x.sign() + ag.leaky_relu(x) + ag.where(x == 0, 1.0, x)
        return total

    rng = random.Random(0)
    points = [[rng.uniform(-3, 3) for _ in range(7)] for _ in range(10)]
    fast = check(ag, f, points, programs=1)
    assert not fast.programs[0].guards


def test_hessian_of_activations_is_one_program(ag: ModuleType) -> None:
    smooth = [name for name in ("tanh", "sigmoid", "softplus", "gelu", "silu", "mish", "elu", "relu", "erf", "logsigmoid")]

    def f(x: Any) -> Any:
        return ag.fsum([getattr(ag, name)(x[k % 3] * (0.5 + k)) for k, name in enumerate(smooth)])

    fast, slow = ag.compile(ag.hessian(f)), ag.hessian(f)
    for x in ([0.1, -0.2, 0.3], [-1.0, 0.0, 2.0], [30.0, -40.0, 0.0]):
        for line, true_line in zip(fast(x), slow(x), strict=True):
            assert all(map(same, line, true_line))
    assert len(fast.programs) == 1


def test_a_comparison_is_met_once_on_each_way(ag: ModuleType) -> None:
    """The rule of silu asks twice whether x >= 0; asked again, it would double the ways, and the program."""
    fast = ag.compile(ag.derivative(ag.silu, order=2))
    fast(1.0)
    assert len(fast.programs[0]) < 150


def test_third_derivatives(ag: ModuleType) -> None:
    for name in ("tanh", "sigmoid", "gelu", "erf", "log", "sqrt", "arctan", "softplus", "cbrt", "mish"):
        slow = ag.derivative(lambda x, name=name: getattr(ag, name)(x) * x, order=3)
        fast = ag.compile(slow)
        for x in (0.3, 1.0, 2.5, 0.01, 7.0):
            assert math.isclose(fast(x), slow(x), rel_tol=1e-9, abs_tol=1e-12), f"{name} at {x}"


def test_what_was_not_chosen_does_no_harm(ag: ModuleType) -> None:
    """The slope of log is infinite at 0, its value NaN below: neither reaches the result."""

    def f(x: Any) -> Any:
        safe = x.sqrt() * x.log()
        inner = ag.where(x > 1, safe * 2, safe)
        return ag.where(x > 0, inner + safe, x * 3) + ag.where(x < 0, x, safe.detach() * 0 if x > 0 else 0.0)

    check(ag, f, [-1.0, 0.0, -0.0, 0.5, 2.0, 1.0])
    for part in (
        lambda x, y: y + ag.where(x > 0, y * 2, 1.0),
        lambda x, y: ag.where(x > 0, y * 2, 1.0) + y,
        lambda x, y: ag.where(x > 0, y, ag.where(x > -1, y * 3, 1.0)),
    ):
        check(ag, lambda x, part=part: part(x, x.tanh() * x), [-2.0, -0.5, 0.5], programs=1)
    fast, slow = ag.compile(ag.derivative(f, order=2)), ag.derivative(f, order=2)
    for x in (2.0, -1.0, 0.0, 0.5, 1.0):
        assert same(fast(x), slow(x), 1e-14)


def test_a_function_that_fails_where_a_comparison_is_no_bool_is_called_with_bools(ag: ModuleType) -> None:
    """Neither branch is taken by an object that stands for either, and then there is no y."""

    def f(x: Any) -> Any:
        above = x > 0.0
        if above is True:
            y = x * 2.0
        if above is False:
            y = x * 3.0
        return y

    compiled = ag.compile(f)
    assert [compiled(x) for x in (2.0, -2.0, 3.0)] == [4.0, -6.0, 6.0]

"""Vectors, dual numbers and the like that a program has of its own, beside a Value in an operator: as beside a float."""

import operator
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from types import ModuleType
from typing import Any, NamedTuple

import pytest


class Dual:
    """a + b ε, with ε² = 0."""

    def __init__(self, a: Any, b: Any = 0.0) -> None:
        self.a, self.b = a, b

    def __add__(self, other: Any) -> Any:
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.a + other.a, self.b + other.b)

    def __mul__(self, other: Any) -> Any:
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.a * other.a, self.a * other.b + self.b * other.a)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Any) -> Any:
        return Dual(other - self.a, -self.b)

    def __rtruediv__(self, other: Any) -> Any:
        return Dual(other / self.a, -other * self.b / (self.a * self.a))

    def __rpow__(self, other: Any) -> Any:
        return Dual(other**self.a, other**self.a * abs(other) * self.b)

    def __rmod__(self, other: Any) -> Any:
        return Dual(other % self.a)

    def __rfloordiv__(self, other: Any) -> Any:
        return Dual(other // self.a)


class DualAsFloat(Dual):
    """Which is no reason to forget b."""

    def __float__(self) -> float:
        return 0.0


class Pair(NamedTuple):
    x: Any
    y: Any

    def __rmul__(self, factor: Any) -> Any:
        return Pair(factor * self.x, factor * self.y)


OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod, operator.floordiv]


@pytest.mark.parametrize("kind", [Dual, DualAsFloat])
@pytest.mark.parametrize("operation", OPERATORS, ids=lambda operation: operation.__name__)
def test_an_operator_is_left_to_them(ag: ModuleType, operation: Callable[[Any, Any], Any], kind: Any) -> None:
    def f(x: Any) -> Any:
        found = operation(x, kind(x * x, 3.0 * x))
        return found.a + 10.0 * found.b

    def by_hand(x: Any) -> Any:
        found = operation(Dual(x), kind(x * x, 3.0 * x)) if operation in (operator.add, operator.mul) else None
        found = found or getattr(Dual(x * x, 3.0 * x), f"__r{operation.__name__.rstrip('_')}__")(x)
        return found.a + 10.0 * found.b

    assert ag.value_and_grad(f)(1.75) == ag.value_and_grad(by_hand)(1.75)
    assert f(1.75) == pytest.approx(f(ag.Value(1.75)).data, rel=1e-14)
    fast = ag.compile(ag.value_and_grad(f))
    assert fast(1.75) == ag.value_and_grad(f)(1.75) and fast(1.25) == pytest.approx(ag.value_and_grad(f)(1.25), rel=1e-14)


def test_a_step_of_a_vector(ag: ModuleType) -> None:
    def travelled(dt: Any) -> Any:
        step = dt * Pair(1.0, dt)
        return step.x * step.y

    assert ag.grad(travelled)(2.0) == ag.compile(ag.grad(travelled))(2.0) == 12.0
    assert ag.compile(travelled, in_axes=0)([2.0, 3.0]).tolist() == [8.0, 27.0]


class Bound:
    def __init__(self, a: Any) -> None:
        self.a = a

    def __gt__(self, other: Any) -> Any:
        return self.a > other

    def __le__(self, other: Any) -> Any:
        return self.a <= other

    def __eq__(self, other: object) -> Any:
        return self.a == other

    __hash__ = None  # type: ignore[assignment]


RELATIONS = [operator.lt, operator.ge, operator.eq, operator.ne]


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.__name__)
def test_a_comparison_is_left_to_them(ag: ModuleType, relation: Callable[[Any, Any], Any]) -> None:
    """They ask the Value: where they were given its number, a program held for that number alone."""

    def f(x: Any) -> Any:
        return x * 2.0 if relation(x, Bound(x * x)) else x * 3.0

    fast = ag.compile(f)
    for x in (-2.0, 0.5, 1.0, 3.0, 0.25, 1.0, -1.0):
        assert fast(x) == f(ag.Value(x)).data == f(x), x
    assert len(fast.programs) == 2


def test_what_has_no_answer_is_told_of_as_before(ag: ModuleType) -> None:
    class Silent:
        def __rmul__(self, other: Any) -> Any:
            return NotImplemented

    for other in (Silent(), object(), timedelta(1), None, "a", [1.0], {1.0}, 1j):
        with pytest.raises(TypeError):
            ag.Value(2.0) * other
    with pytest.raises(TypeError, match="unsupported operand"):
        ag.Value(2.0) * Silent()
    with pytest.raises(TypeError, match="a Silent is not a real number"):
        ag.Value(2.0) + Silent()
    with pytest.raises(TypeError, match="a Dual is not a real number"):
        ag.hypot(ag.Value(2.0), Dual(1.0))
    assert (ag.Value(2.0) * Fraction(1, 2)).data == 1.0 and ag.Value(2.0) != Silent() and ag.Value(0.5) == Fraction(1, 2)


class Constant:
    """As sympy's pi: it has a float, and operators for its own kind alone."""

    def __float__(self) -> float:
        return 1.5

    def __mul__(self, other: Any) -> Any:
        return "symbol" if isinstance(other, Constant) else NotImplemented

    __rmul__ = __rsub__ = __rpow__ = __rfloordiv__ = __mul__

    def __rtruediv__(self, other: Any) -> Any:
        return float(other)  # which would cut the graph


def test_what_has_a_float_and_refuses_a_value_is_that_float(ag: ModuleType) -> None:
    x, c = ag.Value(3.0), Constant()
    assert [y.data for y in (x * c, x - c, x**c, x // c, x / c, x + c)] == [4.5, 1.5, 3.0**1.5, 2.0, 2.0, 4.5]
    assert ag.grad(lambda x: x * c - x / c)(3.0) == 1.5 - 1 / 1.5
    assert ag.compile(lambda x: x * c)(3.0) == 4.5

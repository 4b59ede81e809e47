"""What `.data` gives while a function is recorded: a float to Python, and to the recording a number that each run has anew.

Arithmetic and comparisons with it are recorded, without a gradient. Whatever else asks for the number itself (`float()`, a
format, a hash, a function of `math`) gets it, and the recording holds for that number alone; `int()` and its like hold for all
numbers that give the same whole number. So a run is never given a number of another.

Where a float would raise an error, as in a division by 0, so does this: a guard keeps the recording to the numbers that do not.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from ..engine.modes import trace_here
from ..engine.numbers import of_numpy
from ..engine.value import Value, plain
from .comparisons import Comparison
from .trace import Trace


class TracedFloat:
    """A number that was read by `.data` inside a trace, or computed of such numbers alone. `node` has it in the recording.

    It says that it is a float, and C code that reads numbers asks it by `__float__`. (Of a subclass of float it would not ask.)
    When the recording is over it is as any float.

    numpys  whether it was computed with a number or an array of NumPy's, and so is one itself: 1.0 / 0.0 is infinite
    """

    __slots__ = ("node", "numpys", "trace")

    def __init__(self, trace: Trace, node: Value, numpys: bool = False) -> None:
        self.trace = trace
        self.node = node
        self.numpys = numpys

    __class__ = property(lambda self: float)  # for isinstance()

    def live(self) -> bool:
        """Whether what is done with it is being recorded."""
        return trace_here() is self.trace and self.trace.way is None

    def fixed(self) -> float:
        """The number itself: what is recorded holds for it alone."""
        if self.live():
            self.trace.fix(self.node)
        return plain(self.node)

    def whole(self, convert: Callable[[float], int], step: str) -> int:
        """The whole number that `convert` gives: what is recorded holds for all numbers that give the same."""
        data = plain(self.node)
        if not self.live() or not math.isfinite(data):
            return convert(self.fixed())
        found = convert(data)
        node = round(self.node) if step == "round" else getattr(self.node, step)()
        self.trace.keep(Comparison(self.trace, "==", node, float(found)))
        return found

    def as_numpys(self) -> TracedFloat:
        """The same number, as it comes out of what is done with numbers of NumPy's."""
        return TracedFloat(self.trace, self.node, True)

    # ---- what is asked of a float

    def __float__(self) -> float:
        return self.fixed()

    def __complex__(self) -> complex:
        return complex(self.fixed())

    def __int__(self) -> int:
        return self.whole(int, "trunc")

    def __trunc__(self) -> int:
        return self.whole(math.trunc, "trunc")

    def __floor__(self) -> int:
        return self.whole(math.floor, "floor")

    def __ceil__(self) -> int:
        return self.whole(math.ceil, "ceil")

    def __round__(self, digits: Any = None) -> Any:
        return self.whole(round, "round") if digits is None else round(self.fixed(), digits)

    def __bool__(self) -> bool:
        return bool(_compared(operator.ne)(self, 0.0))

    def __hash__(self) -> int:
        return hash(self.fixed())

    def __repr__(self) -> str:
        return repr(self.fixed())

    def __format__(self, spec: str) -> str:
        return format(self.fixed(), spec)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return float, (self.fixed(),)

    def __getattr__(self, name: str) -> Any:
        getattr(_as_numpys(0.0) if self.numpys else 0.0, name)  # an AttributeError is no question about the number
        return getattr(_number(self), name)

    def __neg__(self) -> Any:
        return self._of_one(operator.neg)

    def __pos__(self) -> Any:
        return self._of_one(operator.pos)

    def __abs__(self) -> Any:
        return self._of_one(operator.abs)

    def _of_one(self, operation: Callable[[Any], Any]) -> Any:
        return TracedFloat(self.trace, operation(self.node), self.numpys) if self.live() else operation(_number(self))

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    # ---- NumPy

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return of_numpy("array")(self.fixed(), dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        operation = _OPERATIONS.get(ufunc.__name__)
        if method == "__call__" and operation is not None and not options and self.live():
            numbers = [x.item() if isinstance(x, of_numpy("generic")) else x for x in operands]
            numbers = [x.as_numpys() if type(x) is TracedFloat else x for x in numbers]
            return _applied(operation, *numbers) if len(numbers) == 2 else operation(*numbers)
        return getattr(ufunc, method)(*map(_number, operands), **options)


def node_of(x: Any) -> Any:
    """The node of a number that was read; anything else as it is."""
    return x.node if type(x) is TracedFloat else x


def _number(x: Any) -> Any:
    if type(x) is not TracedFloat:
        return x
    return _as_numpys(x.fixed()) if x.numpys else x.fixed()


def _as_numpys(x: float) -> Any:
    return of_numpy("float64")(x)


def _is_array(x: Any) -> bool:
    return isinstance(x, of_numpy("ndarray")) and x.ndim > 0


def _by_element(x: Any) -> Any:
    """An array of objects, of no dimensions for a TracedFloat: so NumPy asks it beside each element of another array."""
    if _is_array(x):
        return x.astype(object)
    box = of_numpy("empty")((), dtype=object)
    box[()] = x.as_numpys()
    return box


def _applied(operation: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """What an operator gives, of which one side is a TracedFloat."""
    read: TracedFloat = left if type(left) is TracedFloat else right
    other = right if read is left else left
    if read.live():
        if type(other) is Value:
            return operation(node_of(left), node_of(right))
        if _is_array(other):
            return operation(_by_element(left), _by_element(right))
        found = _recorded(read.trace, operation, left, right) if type(other) in (float, int, bool, TracedFloat) else None
        if found is not None:
            return TracedFloat(read.trace, found, any(type(x) is TracedFloat and x.numpys for x in (left, right)))
    return operation(_number(left), _number(right))


def _recorded(trace: Trace, operation: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """The node of an operation; None where floats have an error for a result, or might have in another run.

    Nodes know no errors: a guard keeps the recording to the numbers that have none.
    """
    if operation in (operator.truediv, operator.floordiv, operator.mod) and right == 0.0:
        return None
    if operation is operator.pow and not (type(right) is int and right >= 0):
        return None
    found = operation(node_of(left), node_of(right))
    if operation is operator.pow and not trace.compared(abs(found), math.inf, operator.lt):
        return None
    return found


def _compared(relation: Callable[[Any, Any], Any]) -> Any:
    def compare(self: TracedFloat, other: Any) -> Any:
        if not self.live():
            return relation(self.fixed(), _number(other))
        if _is_array(other):
            return relation(_by_element(self), _by_element(other))
        return self.trace.compared(self.node, node_of(other), relation)

    return compare


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "remainder": operator.mod,
    "power": operator.pow,
    "negative": operator.neg,
    "absolute": operator.abs,
}
"""What NumPy calls the operators that are recorded."""

for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    _operation = getattr(operator, _name)
    setattr(TracedFloat, f"__{_name}__", lambda self, other, operation=_operation: _applied(operation, self, other))
    setattr(TracedFloat, f"__r{_name}__", lambda self, other, operation=_operation: _applied(operation, other, self))
for _name in ("lt", "le", "eq", "ne", "gt", "ge"):
    setattr(TracedFloat, f"__{_name}__", _compared(getattr(operator, _name)))
TracedFloat.__name__ = TracedFloat.__qualname__ = "float"  # for who asks `type(v.data).__name__`, and in messages of Python's

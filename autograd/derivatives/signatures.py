"""What the functions that `grad` and `value_and_grad` make take and give, for type checkers and editors.

A gradient has the type of the argument it is by: floats for floats, Values for Values, an array for an array. What the function
itself says it takes does not matter: one that is written for Values is called with floats too.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar, overload

from ..engine.value import Value

T = TypeVar("T")


class Gradient(Protocol):
    """A function that gives the gradient by its first argument."""

    @overload
    def __call__(self, x: float, /, *args: Any, **kwargs: Any) -> float: ...
    @overload
    def __call__(self, x: list[float], /, *args: Any, **kwargs: Any) -> list[float]: ...
    @overload
    def __call__(self, x: T, /, *args: Any, **kwargs: Any) -> T: ...


class ValueAndGradient(Protocol):
    """A function that gives a value, and the gradient by its first argument."""

    @overload
    def __call__(self, x: float, /, *args: Any, **kwargs: Any) -> tuple[float, float]: ...
    @overload
    def __call__(self, x: list[float], /, *args: Any, **kwargs: Any) -> tuple[float, list[float]]: ...
    @overload
    def __call__(self, x: Value, /, *args: Any, **kwargs: Any) -> tuple[Value, Value]: ...
    @overload
    def __call__(self, x: T, /, *args: Any, **kwargs: Any) -> tuple[Any, T]: ...

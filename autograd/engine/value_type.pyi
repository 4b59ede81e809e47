"""Types for checkers and editors, of a module whose source has the types of C."""

from collections.abc import Callable, Sequence
from typing import Any

from .primitives import Primitive
from .value import Value

def attach(name: str, function: Callable[..., Any]) -> None: ...
def restored(
    data: float,
    grad: float,
    row: Primitive,
    operands: Sequence[Value | float],
    slopes: Sequence[float | None],
    label: str,
    origin: tuple[str, int] | None = None,
) -> Value: ...

"""Types for checkers and editors, of a module whose source has the types of C."""

from collections.abc import Callable
from typing import Any

class Primitive:
    name: str
    code: int
    arity: int | None
    symbol: str
    domain: tuple[Any, ...]
    kinks: tuple[float, ...]
    defaults: dict[str, float]
    inline: bool
    flat: bool
    hidden: bool
    doc: str
    advice: str
    forward: Callable[..., float] | None
    slopes: Any
    def __init__(
        self,
        name: str,
        arity: int | None,
        domain: tuple[Any, ...],
        doc: str,
        *,
        symbol: str = "",
        kinks: tuple[float, ...] = (),
        defaults: dict[str, float] | tuple[()] = (),
        inline: bool = False,
        flat: bool = False,
        hidden: bool = False,
        forward: Callable[..., float] | None = None,
        slopes: Any = None,
    ) -> None: ...

PRIMITIVES: list[Primitive]
BY_NAME: dict[str, Primitive]

def slope_of(row: Primitive, i: int) -> Callable[..., float]: ...

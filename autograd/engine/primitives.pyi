"""Types for checkers and editors; written by tools/stubs.py."""

from collections.abc import Callable
from typing import Any

class Primitive:
    name: str
    code: int
    arity: int | None
    symbol: str
    domain: tuple[Any, ...]
    kinks: tuple[float, ...]
    defaults: tuple[float, ...]
    inline: bool
    flat: bool
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
        defaults: tuple[float, ...] = (),
        inline: bool = False,
        flat: bool = False,
    ) -> None: ...

PRIMITIVES: list[Primitive]
BY_NAME: dict[str, Primitive]
FLAT_PARTS: dict[str, Callable[..., float]]

def slope_of(row: Primitive, i: int) -> Callable[..., float]: ...

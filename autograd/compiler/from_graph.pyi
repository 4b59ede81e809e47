"""Types for checkers and editors, of a module whose source has the types of C."""

from array import array
from collections.abc import Sequence
from typing import Any

from ..engine.value import Value
from .instructions import Listing

def listing_of(
    outputs: Sequence[Value],
    inputs: Sequence[Value],
    guards: Sequence[Any] = (),
    arguments: int | None = None,
    loops: Sequence[Any] = (),
) -> Listing: ...
def data_of(values: list[Value]) -> array[float]: ...
def from_outside(ends: Sequence[Value], made: Sequence[Value]) -> list[Value]: ...
def is_any_held(made: list[Value]) -> bool: ...

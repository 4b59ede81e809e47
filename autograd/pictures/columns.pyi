"""Types for checkers and editors, of a module whose source has the types of C."""

from array import array
from collections.abc import Iterable

from ..engine.value import Value

class Columns:
    nodes: list[Value]
    ends: list[int]
    made: array[int]
    ops: list[str]
    op: array[int]
    counts: array[int]
    operands: array[int]
    constants: array[float]
    leaves: array[float]
    frozen: list[int]
    labels: dict[int, str]
    places: list[list[object]]
    place: array[int]

def columns_of(ends: Iterable[Value | float], order: Iterable[Value] = ()) -> Columns: ...
def same(a: float, b: float) -> bool: ...

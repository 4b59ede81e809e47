"""Types for checkers and editors, of a module whose source has the types of C."""

from array import array
from collections.abc import Sequence

from ..runtime.python_rules import LoopCall, PythonRule
from .instructions import Guard, Listing

WITH_SHARED: dict[int, int]
SHARED_WITH: dict[int, int]

def shared_part(
    listing: Listing, varies: Sequence[int], guards: Sequence[Guard]
) -> tuple[list[array[int] | PythonRule | LoopCall], array[int], int, list[tuple[int, float]]]: ...

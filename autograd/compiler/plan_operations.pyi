"""Types for checkers and editors, of a module whose source has the types of C."""

from array import array
from collections.abc import Sequence

from .columns import Columns
from .instructions import Listing

LONG_SUM: int
NONE: int

def varying(listing: Listing, per_row: Sequence[bool]) -> array[int]: ...
def vary_on(columns: Columns, found: array[int]) -> None: ...

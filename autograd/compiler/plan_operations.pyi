"""Types for checkers and editors, of a module whose source has the types of C."""

from array import array
from collections.abc import Sequence

from .instructions import Listing

LONG_SUM: int
NONE: int

def varying(listing: Listing, per_row: Sequence[bool]) -> array[int]: ...

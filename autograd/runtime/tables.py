"""Tables of rows are read where they stand, in memory of whoever passed them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any


def check_in_place(tables: Sequence[Any]) -> None:
    """RuntimeError for an array that is a view of another, and stands in memory which that one has given up since.

    NumPy resizes an array under its views if it is told not to look (`refcheck=False`). A rule of one's own may do so, and any
    number that is read by its `__float__`: after these, tables are looked at again before anything is read from them.
    """
    if not tables:
        return
    np = sys.modules["numpy"]  # whoever has arrays has it
    bounds = np.lib.array_utils.byte_bounds
    for table in tables:
        owner = table
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        if owner is not table and table.size:
            (first, end), (start, stop) = bounds(table), bounds(owner)
            if not start <= first <= end <= stop:
                raise RuntimeError("an array with rows was resized while a compiled function was at work on it")

"""Chunks of Dask's for tests: arrays parted at given rows, and blocks that tell when they are loaded."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np


def chunked(array: Any, *borders: int) -> Any:
    """The array, parted before these rows."""
    sizes = tuple(np.diff([0, *sorted(borders), len(array)]).tolist())
    return da.from_array(array, chunks=(sizes, *[-1] * (array.ndim - 1)))


def bits(thing: Any) -> Any:
    """The numbers in nested lists, arrays and tuples of them."""
    if isinstance(thing, (list, tuple)):
        return [bits(part) for part in thing]
    return np.asarray(thing, dtype=float).tobytes()


def loaded_slowly(block: Any, folder: str, seconds: float) -> Any:
    """The block, after a while, and a file in the folder that tells of it."""
    with tempfile.NamedTemporaryFile(dir=folder, delete=False):
        time.sleep(seconds)
    return block


def loads(folder: Path) -> int:
    """How often a block was loaded, or begun to be."""
    return len([*folder.iterdir()])

"""Which executor runs a program: the native one by a plan, or NumPy where that was not built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import _native
from . import numpy_executor
from .instructions import Listing
from .plan import Plan

NATIVE = _native.build == "compiled"

if NATIVE:
    from ..runtime.executor import Runner


def runner_of(program: Listing, per_row: Sequence[bool], reduced: bool = False) -> Any:
    """A program made ready to run.

    per_row     for each input whether each row has its own number
    reduced     whether the outputs are summed over the rows
    """
    if NATIVE:
        return Runner(Plan(program, per_row, reduced))
    return numpy_executor.Runner(program, per_row, reduced)

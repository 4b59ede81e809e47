"""Calls into Python between a plan's native instructions."""

from __future__ import annotations

from typing import Any, NamedTuple


class PythonRule(NamedTuple):
    """An instruction that runs a Python function: the rule of a primitive that you made, or of one over a list.

    rule        takes a list of floats and gives a float
    out         the place of the register for its result
    operands    the places of the registers it reads
    """

    rule: Any
    out: int
    operands: list[int]

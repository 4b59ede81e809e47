"""What stands between a plan's instructions: functions of Python."""

from __future__ import annotations

from typing import Any, NamedTuple


class PythonRule(NamedTuple):
    """An instruction that is a Python function: that of a primitive of the user's own, some over lists.

    rule        of a list of floats
    out         the place of the register it gives
    operands    the places of those it reads
    """

    rule: Any
    out: int
    operands: list[int]

"""Types for checkers and editors; written by tools/stubs.py."""

from collections.abc import Sequence
from typing import Any

from ..engine.value import Value
from .program import Program

def flatten(outputs: Sequence[Value], inputs: Sequence[Value], guards: Sequence[Any] = ()) -> Program: ...
def from_outside(ends: Sequence[Value], made: Sequence[Value]) -> list[Value]: ...

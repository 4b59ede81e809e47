"""Types for checkers and editors; written by tools/stubs.py."""

from collections.abc import Callable, Sequence
from typing import Any

from .program import Program

NATIVE: bool

class Plan:
    def __init__(
        self, program: Program, per_row: Sequence[bool], op_named: Callable[[str], Callable[[list[float]], float]]
    ) -> None: ...

def run(plan: Plan, numbers: Sequence[Any], rows: int) -> tuple[Any, Any]: ...
def run_once(plan: Plan, numbers: Sequence[float]) -> tuple[list[float], bool]: ...

"""Types for checkers and editors; written by tools/stubs.py."""

from typing import Any

from ..compiler.plan import Plan

NATIVE: bool

def use(instructions: str) -> None: ...
def processors() -> int: ...

class Runner:
    plan: Plan
    guarded: bool
    reduced: bool
    sums: int
    inputs: int
    outputs: int
    def __init__(self, plan: Plan) -> None: ...
    def at_point(self, pieces: list[Any]) -> tuple[list[float], bool]: ...
    def over_rows(
        self, pieces: list[Any], tables: list[Any], rows: int, results: Any, holds: Any, threads: int = 0, anyway: bool = False
    ) -> bool: ...

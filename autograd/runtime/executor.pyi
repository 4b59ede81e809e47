"""Types for checkers and editors, of a module whose source has the types of C."""

from array import array
from typing import Any, Protocol

class Plan(Protocol):
    code: array[int]
    before: list[Any]
    setup: tuple[int, int]
    body: list[Any]
    constants: list[Any]
    shared: int
    rows: int
    sums: int
    guarded: bool
    per_row: list[bool]
    outputs: list[Any]
    input_columns: array[int]
    input_places: array[int]
    output_places: array[int]
    summed: Any
    fixed: array[int]
    varying: array[int]
    factors: array[int]
    more: array[int]

def use(instructions: str) -> None: ...

class Runner:
    plan: Plan
    guarded: bool
    sums: int
    inputs: int
    calls_python: bool
    outputs: int
    summed: int
    def __init__(self, plan: Plan, threads: int = 0) -> None: ...
    def at_point(self, pieces: list[Any]) -> tuple[list[float], bool]: ...
    def over_rows(
        self,
        pieces: list[Any],
        tables: list[Any],
        rows: int,
        results: Any,
        holds: Any,
        threads: int = 0,
        anyway: bool = False,
        sums: Any = None,
    ) -> bool: ...
    def grouping(self, rows: int) -> tuple[int, int]: ...

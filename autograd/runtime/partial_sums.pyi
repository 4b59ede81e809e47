"""Types for checkers and editors, of a module whose source has the types of C."""

from typing import Any

from .executor import Runner

def over_part(
    runner: Runner,
    pieces: list[Any],
    tables: list[Any],
    rows: int,
    results: Any,
    holds: Any,
    first: int,
    total: int,
    partial: Any,
    carried: Any = None,
) -> None: ...
def add_segments(runner: Runner, pieces: list[Any], partial: Any, sums: Any) -> None: ...

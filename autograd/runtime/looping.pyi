"""Types for checkers and editors, of a module whose source has the types of C."""

from typing import Any

class LoopStep:
    def __init__(
        self, layout: Any, kept: int, runner: Any, out: int, places: list[int], columns: list[tuple[int, int]], in_rows: bool
    ) -> None: ...
    def alone(self, pieces: list[Any], size: int) -> tuple[Any, bool]: ...

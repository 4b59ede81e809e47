"""Types for checkers and editors, of a module whose source has the types of C."""

from collections.abc import Sequence
from typing import Any

class Looping:
    def alone(self, pieces: list[Any], size: int) -> tuple[Any, bool]: ...

class LoopStep(Looping):
    def __init__(
        self,
        layout: Any,
        kept: int,
        out: int,
        places: list[int],
        columns: list[tuple[int, int]],
        runner: Any,
        in_rows: bool,
        first: int,
        added: Sequence[int],
        within: Any,
    ) -> None: ...

class LoopInParts(Looping):
    def __init__(
        self,
        layout: Any,
        kept: int,
        out: int,
        places: list[int],
        columns: list[tuple[int, int]],
        parts: Any,
        before: Any,
        each: Any,
        after: Any,
    ) -> None: ...

"""Types for checkers and editors; written by tools/stubs.py."""

from array import array
from collections.abc import Sequence
from typing import Any

from .program import Guard, Program

WITH_SHARED: dict[int, int]
SHARED_WITH: dict[int, int]

class SharedPart:
    place: list[int]
    constants: list[tuple[int, float]]
    def __init__(self, program: Program, varies: Sequence[bool], guards: Sequence[Guard]) -> None: ...
    def total(self) -> int: ...
    def encode(self, code: array[int]) -> list[Any]: ...

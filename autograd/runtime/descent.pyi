"""Types for checkers and editors, of a module whose source has the types of C."""

import random
from array import array
from collections.abc import Callable
from typing import Any

class Descent:
    made: int
    at: int
    def __init__(
        self,
        gradient: tuple[Any, list[float]],
        penalty: tuple[Any, list[float]] | None,
        update: Any,
        tables: list[Any],
        states: Any,
        slopes: Any,
        mean: bool = False,
    ) -> None: ...
    def run(
        self,
        order: Any,
        begins: Any,
        ends: Any,
        divisors: Any,
        shares: Any,
        rates: Any,
        before: int,
        losses: Any,
        outputs: Any,
        clip: Callable[[Any], float] | None,
        asked: list[bool],
    ) -> None: ...

def shuffled(generator: random.Random, n: int) -> array[int]: ...

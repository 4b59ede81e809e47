"""Types for checkers and editors, of a module whose source has the types of C."""

from collections.abc import Sequence

from .value import Value

def pushforward(order: list[Value], xs: Sequence[Value], seeds: Sequence[float], ys: Sequence[Value]) -> list[float]: ...

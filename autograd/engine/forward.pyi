"""Types for checkers and editors; written by tools/stubs.py."""

from collections.abc import Sequence

from .value import Value

def pushforward(order: list[Value], xs: Sequence[Value], seeds: Sequence[float], ys: Sequence[Value]) -> list[float]: ...

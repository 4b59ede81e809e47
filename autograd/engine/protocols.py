"""What compile() gives the engine to report to, method by method. The engine knows no more of it than this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from .value import Value


class ReversePass(Protocol):
    """A pass of `gradients()` inside a trace."""

    chooses: bool
    """Whether some term must be changed by `sent`. As long as none must, it is not called."""

    def slopes(self, v: Value, operands: Sequence[Any], wanted: list[int]) -> list[tuple[int, Any]]:
        """(i, slope) for each operand number i of `wanted` that an adjoint is sent to, as a trace records slopes."""

    def sent(self, v: Value, i: int, operands: Sequence[Any], term: Any, first: bool) -> Any:
        """The term for operand i of v, `first` or not: `term`, or 0 in the runs that do not come by this edge."""


class Trace(Protocol):
    """What is told, inside `tracing(trace)`, of all that a graph alone does not show."""

    made: list[Value]
    """Every leaf and node that was made inside; the engine appends to it."""

    def compared(self, v: Value, other: Any, relation: Callable[[Any, Any], bool]) -> Any:
        """The result of comparing v with another number by a function of `operator`."""

    def read(self, v: Value) -> None:
        """Python takes the number out of a Value, by `.data`."""

    def flat(self, data: float, op: str, x: Any, y: Any) -> Value:
        """The node of an operation of slope 0 on x, and y if it is not None; `data` is its result."""

    def reverse_pass(self) -> ReversePass:
        """What a pass of `gradients()` that begins now reports to."""

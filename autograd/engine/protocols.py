"""What compile() gives the engine to report to, method by method. The engine knows no more of it than this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

Node = Any
"""A Value. It has another name here, since value.py is built on modes.py, and that on this file."""


class ReversePass(Protocol):
    """A pass of `gradients()` inside a trace."""

    chooses: bool
    """Whether some term must be changed by `sent`. As long as none must, it is not called."""

    known: dict[Any, tuple[Any, ...]]
    """By `kind_of_node`, how slopes are recorded for which `slopes` need not be called.

    Each as one node, whose row is here by the number of the operand; or, where it is empty, by the rules run on Values."""

    def slopes(self, v: Node, operands: Sequence[Any], wanted: list[int]) -> list[tuple[int, Any]]:
        """(i, slope) for each operand number i of `wanted` that an adjoint is sent to, as a trace records slopes."""

    def sent(self, v: Node, i: int, operands: Sequence[Any], term: Any, first: bool) -> Any:
        """The term for operand i of v, `first` or not: `term`, or 0 in the runs that do not come by this edge."""


class Notes(Protocol):
    """What is told, inside `noting(notes)`, of what a program does that runs as everywhere else."""

    def made(self, v: Node) -> tuple[Any, ...] | None:
        """Where a new leaf or node comes from: (filename, line), and whatever else is to be kept with it. None if unknown."""

    def compared(self, v: Node, other: Any, relation: Callable[[Any, Any], bool]) -> None:
        """v is compared with another number by a function of `operator`."""

    def differentiated(self, v: Node) -> None:
        """v.backward() is called."""


class Trace(Protocol):
    """What is told, inside `tracing(trace)`, of all that a graph alone does not show."""

    made: list[Node]
    """Every leaf and node that was made inside; the engine appends to it."""

    def compared(self, v: Node, other: Any, relation: Callable[[Any, Any], bool]) -> Any:
        """The result of comparing v with another number by a function of `operator`."""

    def read(self, v: Node) -> Any:
        """What `.data` gives: the number of v, or what stands for it in the recording."""

    def asked_for_number(self, v: Node | None, whole: bool) -> None:
        """Python asks for the float, or (`whole`) the integer that a Value stands for, which is an error as a rule.

        None for a Value that is not known: one that a list or a text was multiplied by.
        """

    def asked_for_gradient(self, v: Node) -> None:
        """Python reads or sets the `.grad` of a Value."""

    def flat(self, data: float, op: str, x: Any, y: Any) -> Node:
        """The node of an operation of slope 0 on x, and y if it is not None; `data` is its result."""

    def written_out(self, results: Callable[[], list[Any]], operands: Sequence[Any], rows: Sequence[Any]) -> list[Node] | None:
        """The nodes of a function with a rule of its own, as the arithmetic it does; None for nodes as everywhere.

        results     gives what it gives
        rows        one of the table for each result, which has the slopes
        """

    def as_traced(self, array: Any) -> Any:
        """An array with Values in it, as what is recorded gets it."""

    def loop(self, step: Callable[[Any, Any], Any], state: Any, entries: list[Any] | None, count: int, **how: Any) -> Any:
        """(the last state, the ys) of a loop that is recorded as one; None where its steps are to be recorded one by one."""

    def reverse_pass(self) -> ReversePass:
        """What a pass of `gradients()` that begins now reports to."""

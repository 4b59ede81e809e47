"""Trace: what a recording must know beyond the graph, so that it can be run again on other numbers.

Inside `tracing(trace)`, comparisons give a Comparison. Where Python branches on one, the outcome is kept as a guard; where
`where()` is given one, the choice becomes a node that chooses anew in each run. Operations of slope 0 (floor, sign, //, ...),
for which a graph has no edges, get nodes with edges that carry no gradient. A number that Python takes out of a Value becomes a
guard too: the recording holds for that number alone. `function_trace.py` has what compile() knows to do better.

How derivatives are recorded is in `reverse_pass.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..engine.functions import apply_many
from ..engine.modes import calling_line
from ..engine.value import Value, plain
from .comparisons import Comparison, Way, comparison
from .loop_recording import Made, NumbersNeededError, recorded
from .ops import CUSTOM, FLATS
from .reverse_pass import ReversePass

SORTED = 32
"""How many numbers are sorted by nodes: the work is their square."""


class Branch(NamedTuple):
    """A Comparison that Python branched on, and the line of the branch. It does not point back to the trace, which keeps it."""

    relation: str
    left: Value | float
    right: Value | float
    outcome: bool
    origin: tuple[str, int] | None


class Trace:
    """The guards of a recording, and how what happens in it is recorded.

    chooses     whether nodes choose where Python's `max`, `sorted` and NumPy's functions ask which number is larger
    """

    chooses = False

    def __init__(self, runs_loops: bool = True, plain_answers: bool = False) -> None:
        self.runs_loops = runs_loops  # when they are made; else what they give is NaN, and no question may hang on that
        self.plain_answers = plain_answers  # True, False and floats, each with a guard, where else objects stand for them
        self.doubts = 0  # how many of those objects Python may have looked at in a way that no object sees: `is`, `type()`
        self.guards: list[Branch] = []
        self.made: list[Value] = []  # every leaf and node made inside: others may change between runs
        self.asked_plain: list[tuple[Value | None, bool]] = []  # Values that a float was asked of, or (True) an integer
        self.rules: dict[int, Any] = {}  # by the id of a node of CUSTOM, the row that has its slopes
        self.loops: list[Made] = []  # those of scan and its kin; their nodes have them by number
        self.way: Way | None = None  # through the branches of a rule that is being recorded

    def branched(self, comparison: Comparison) -> bool:
        """Which way a branch goes."""
        if self.way is not None:
            return self.way.branch(comparison)
        self.keep(comparison)
        return comparison.outcome

    def keep(self, comparison: Comparison) -> None:
        """Makes a guard of a comparison: the recording holds as long as it comes out in the same way."""
        c = comparison
        if not self.runs_loops and any(x != x for x in (plain(c.left), plain(c.right))):
            raise NumbersNeededError
        line = calling_line()
        self.guards.append(Branch(c.relation, c.left, c.right, c.outcome, line and line[:2]))

    def compared(self, v: Value, other: Any, relation: Any) -> Any:
        """A Comparison; or the outcome itself, where it is the same for every number v could have."""
        found = comparison(self, v, other, relation)
        if type(found) is not Comparison or self.way is not None:
            return found
        if self.plain_answers:
            return self.branched(found)
        found.waits = True
        self.doubts += 1
        return found

    def read(self, v: Value) -> Any:
        """What `.data` gives: the number, and what is recorded holds for this number only."""
        self.fix(v)
        return plain(v)

    def fix(self, v: Value) -> None:
        """Python took the number out of a Value: what is recorded holds for this number only."""
        if self.way is not None:
            self.way.straight = False
            return
        data = plain(v)
        self.keep(Comparison(self, *(("==", v, data) if data == data else ("!=", v, v))))
        if data == 0.0:
            self.keep(Comparison(self, "<", Value._flat("unit", v), 0.0))

    def asked_for_number(self, v: Value | None, whole: bool) -> None:
        """Python asked for the float, or (`whole`) the integer that a Value stands for, which is an error as a rule.

        None for a Value that is not known: one that a list or a text was multiplied by.
        """
        self.asked_plain.append((v, whole))

    def asked_for_gradient(self, v: Value) -> None:
        """TypeError for the `.grad` of a Value from outside: another in each run, which a program knows nothing of."""
        if not any(v is made for made in self.made):
            raise TypeError(
                "a compiled function runs again without its Python code, so it can neither read nor set the .grad of a Value "
                "from outside, as zero_grad() does: do that outside, and pass what it needs as an argument"
            )

    def flat(self, data: float, op: str, x: Any, y: Any) -> Value:
        """The node of an operation of slope 0; `data` is what it gave."""
        if self.way is not None:
            self.way.straight = False
        operands = [x] if y is None else [x, y]
        return apply_many(FLATS[op].row, operands) if any(isinstance(o, Value) for o in operands) else Value(data)

    def written_out(self, results: Callable[[], list[Any]], operands: Sequence[Any], rows: Sequence[Any]) -> list[Value] | None:
        """The nodes of a function with a rule of its own, as the arithmetic that it does: `rows` have the rule.

        None if it branches on numbers or reads them, as solvers do: then it is to be called back in each run.
        """
        outs = self.without_guards(results)
        if outs is None:
            return None
        nodes: list[Value] = [apply_many(CUSTOM.row, [out, *operands]) for out in outs]
        self.rules |= {id(node): row for node, row in zip(nodes, rows, strict=True)}
        return nodes

    def without_guards(self, compute: Callable[[], Any]) -> Any:
        """What a function computes; None if it branched on numbers or read them, which is forgotten."""
        before = len(self.guards)
        found = compute()
        if len(self.guards) == before:
            return found
        del self.guards[before:]
        return None

    def as_traced(self, array: Any) -> Any:
        """An array of Values as what is recorded gets it."""
        return array

    def reverse_pass(self) -> ReversePass:
        """What a pass of `gradients()` that begins now asks."""
        return ReversePass(self)

    def loop(
        self, step: Callable[[Any, Any], Any], state: Any, entries: list[Any] | None, count: int, **how: Any
    ) -> tuple[Any, list[Any]] | None:
        """What scan gives, as nodes of a loop; None where each step is to be recorded."""
        return recorded(self, step, state, entries, count, **how)

    def let_go(self) -> None:
        """Lets go of all nodes that it keeps for derivatives: to be called when the program is written."""
        for made in self.loops:
            if made.loop.graph is not None:
                made.loop.graph.trace.let_go()
                made.loop.graph = None
        self.loops.clear()
        self.guards.clear()  # which have nodes, and the trace itself
        self.asked_plain.clear()

    def follow(self, way: Way, rule: Callable[..., Any], *operands: Any) -> Any:
        """What a rule gives, on a way through its branches."""
        outside = self.way
        self.way = way
        try:
            return rule(*operands)
        finally:
            self.way = outside

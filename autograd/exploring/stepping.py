"""Both passes over a graph as one row of steps, in words and numbers: what every face of an explorable plays."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple, overload

from ..cached import cached_property
from ..engine.backward import topological_order
from ..engine.value import Value, operands_and_slopes, plain, row_of
from ..pictures.naming import told_apart
from ..pictures.writing import Text, formula
from .recording import Question

SCRIPT = Text()

TURNED = {"<": ">", "<=": ">=", "==": "==", "!=": "!="}


class Frame(NamedTuple):
    """What happens in one step.

    kind        "start", "value", "branch", "read", "seed", "edge" or "end"
    text        the step in a line: "e = c × d = 3 × 2 = 6", "∂L/∂b: 2 += 3 × 1 -> 5"
    node        the number of the node that is made, or that a share is sent to; None where there is none
    user        of an edge: the number of the node that sends the share
    before, share, after    of an edge: the adjoint so far, what is added, and what it becomes
    nth, of     of an edge: which share of its node's adjoint this is, and of how many
    """

    kind: str
    text: str
    node: int | None = None
    user: int | None = None
    before: float = 0.0
    share: float = 0.0
    after: float = 0.0
    nth: int = 0
    of: int = 0


class Share(NamedTuple):
    """What one edge sends back: from which node to which, by which slope, and the adjoint before and after it."""

    user: int
    operand: int
    slope: float
    before: float
    share: float
    after: float
    nth: int


class Back:
    """The pass back, edge by edge, in the order in which `backward()` adds up; at its end, each adjoint, and its shares."""

    def __init__(self, nodes: Sequence[Value], number: dict[int, int], output: int) -> None:
        self.adjoints = [0.0] * len(nodes)
        self.arrived = [0] * len(nodes)
        self.shares: list[Share] = []
        self.adjoints[output] = 1.0
        self.arrived[output] = 1
        reached = {output}  # a choice sends to what it chose alone: 0 times what is infinite beside it would be NaN
        for v in reversed(topological_order(nodes[output])):
            i = number[id(v)]
            chooses = row_of(v).name.startswith("select ")
            for operand, slope in operands_and_slopes(v):
                if isinstance(operand, Value) and slope is not None:
                    p = number[id(operand)]
                    sent = i in reached and not (chooses and slope != 1.0)
                    if sent:
                        reached.add(p)
                    before, share = self.adjoints[p], self.adjoints[i] * slope if sent else 0.0
                    self.adjoints[p] = before + share
                    self.arrived[p] += 1
                    self.shares.append(Share(i, p, slope, before, share, self.adjoints[p], self.arrived[p]))


class Frames(Sequence[Frame]):
    """The steps of both passes: numbers are given, nodes are made and questions are asked in order, then `backward()` sends a
    share along each edge. Frame 0 is the start, the last is the end. Any one is had at once.
    """

    def __init__(self, nodes: Sequence[Value], output: Value, names: Sequence[str], questions: Sequence[Question]) -> None:
        self._nodes = nodes
        self._names = names
        self._number = {id(v): i for i, v in enumerate(nodes)}
        self._output = self._number[id(output)]
        self._questions = questions
        self._events = list(self._forward())
        self.seed = len(self._events) + 1

    def _forward(self) -> Iterator[int | Question]:
        waiting = list(self._questions)[::-1]
        for i, v in enumerate(self._nodes):
            while waiting and waiting[-1].before <= i:
                yield waiting.pop()
            if v.op:
                yield i
        yield from waiting[::-1]

    @cached_property
    def _back(self) -> Back:
        return Back(self._nodes, self._number, self._output)

    @property
    def first_share_not_finite(self) -> int:
        """The step in which an adjoint first becomes infinite or NaN; the last step, if none does."""
        bad = (k for k, sent in enumerate(self._back.shares) if not math.isfinite(sent.after))
        return self.seed + 1 + next(bad, len(self._back.shares))

    @property
    def adjoints(self) -> list[float]:
        """What the pass back gives each node."""
        return self._back.adjoints

    def __len__(self) -> int:
        return self.seed + len(self._back.shares) + 2

    @overload
    def __getitem__(self, step: int) -> Frame: ...
    @overload
    def __getitem__(self, step: slice) -> Sequence[Frame]: ...
    def __getitem__(self, step: int | slice) -> Frame | Sequence[Frame]:
        if isinstance(step, slice):
            return [self[k] for k in range(*step.indices(len(self)))]
        if not -len(self) <= step < len(self):
            raise IndexError(f"there are {len(self)} steps, and {step} is none of them")
        step %= len(self)
        if step == 0:
            leaves = [i for i, v in enumerate(self._nodes) if not v.op]
            shown = [f"{self.name(i)} = {self.number(i)}" for i in leaves[:8]] + ["…"] * (len(leaves) > 8)
            return Frame("start", ", ".join(shown))
        if step < self.seed:
            event = self._events[step - 1]
            return self._made(event) if isinstance(event, int) else self._asked(event)
        y = self.name(self._output)
        if step == self.seed:
            return Frame("seed", f"∂{y}/∂{y} = 1", self._output, after=1.0, nth=1, of=1)
        if step == len(self) - 1:
            leaves = [i for i, v in enumerate(self._nodes) if not v.op]
            adjoints = self._back.adjoints
            shown = [f"∂{y}/∂{self.name(i)} = {SCRIPT.number(adjoints[i])}" for i in leaves[:8]] + ["…"] * (len(leaves) > 8)
            return Frame("end", ", ".join(shown))
        sent = self._back.shares[step - self.seed - 1]
        product = f"{SCRIPT.number(self._back.adjoints[sent.user])} × {_inside(sent.slope)}"
        text = f"∂{y}/∂{self.name(sent.operand)}: {SCRIPT.number(sent.before)} += {product} -> {SCRIPT.number(sent.after)}"
        of = self._back.arrived[sent.operand]
        return Frame("edge", text, sent.operand, sent.user, sent.before, sent.share, sent.after, sent.nth, of)

    # ---- in words

    def name(self, i: int) -> str:
        return self._called[i]

    @cached_property
    def _called(self) -> list[str]:
        """The name of each node; for those without v and a number, that of the operation."""
        operations = accumulate([bool(v.op) for v in self._nodes])
        return told_apart([name or f"v{made}" for name, made in zip(self._names, operations, strict=True)])

    def number(self, i: int) -> str:
        return SCRIPT.number(plain(self._nodes[i]))

    def _made(self, i: int) -> Frame:
        v = self._nodes[i]
        operands = [operand for operand, _ in operands_and_slopes(v)]

        def in_names(infix: bool) -> list[str]:
            return [self.name(self._number[id(o)]) if isinstance(o, Value) else SCRIPT.number(o) for o in operands]

        apart = 0 if v.op in ("neg", "pow") else 1  # -(-2) and (-2) ** 2, but -2 + 3

        def in_numbers(infix: bool) -> list[str]:
            return [_inside(plain(o)) if infix and k >= apart else SCRIPT.number(plain(o)) for k, o in enumerate(operands)]

        def shown(parts: list[str]) -> list[str]:
            if v.op == "dot":
                half = len(parts) // 2
                parts = [f"{a} × {b}" for a, b in zip(parts[:half], parts[half:], strict=True)]
            return parts if len(parts) < 9 else [*parts[:4], "…", parts[-1]]

        if v.op == "where" and len(operands) == 1:  # what was chosen, or a variable of its own for a derivative
            return Frame("value", f"{self.name(i)} = {in_names(False)[0]} = {self.number(i)}", i)
        symbols = formula(SCRIPT, row_of(v), lambda infix: shown(in_names(infix)))
        numbers = formula(SCRIPT, row_of(v), lambda infix: shown(in_numbers(infix)))
        return Frame("value", f"{self.name(i)} = {symbols} = {numbers} = {self.number(i)}", i)

    def _asked(self, question: Question) -> Frame:
        left, relation, right = question.comparison.left, question.comparison.relation, question.comparison.right
        if question.read:
            return Frame("read", f"{self._end(left)} was read: {SCRIPT.number(plain(left))}")
        if not isinstance(left, Value):  # 0 < x was written x > 0
            left, relation, right = right, TURNED[relation], left
        answer = "yes" if question.comparison.outcome else "no"
        return Frame("branch", f"is {self._end(left)} {relation} {self._end(right)}? {answer}")

    def _end(self, x: Value | float) -> str:
        return self.name(self._number[id(x)]) if isinstance(x, Value) else SCRIPT.number(x)


def _inside(x: float) -> str:
    return f"({SCRIPT.number(x)})" if x < 0.0 else SCRIPT.number(x)

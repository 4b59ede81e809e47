"""Slips that are found by the graph of a question: what each of them would give, and in words what it is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from ..engine.gradients import gradients
from ..engine.value import Value, operands_and_slopes, operands_of, plain, row_of
from ..pictures.paths import Between
from ..pictures.writing import Text, formula
from .answers import apart
from .exercise import Mistake

SCRIPT = Text()

MOST_PATHS = 12
"""Up to how many paths the slips of missing one are looked for."""

FIRST_THE_PRODUCT = "Brackets are missing: without them, Python multiplies first, and adds afterwards."
IN_PERCENT = "That is in percent. A probability lies between 0 and 1: divide by 100."


def gradient_of(y: Value, x: Value) -> float:
    """∂y/∂x, by the engine.

    >>> x = Value(3.0)
    >>> gradient_of(x * x, x)
    6.0
    """
    return gradients(y, [x])[0].data


def called(v: Value | float) -> str:
    """What a node is called: its label, or its formula.

    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> called((a + b) * a)
    '(a + b) × a'
    """
    if not isinstance(v, Value):
        return SCRIPT.number(v)
    if v.label or not v.op:
        return v.label or SCRIPT.number(v.data)

    def written(infix: bool) -> list[str]:
        return [f"({called(o)})" if infix and _needs_brackets(o, v) else called(o) for o in operands_of(v)]

    return formula(SCRIPT, row_of(v), written)


def _needs_brackets(operand: Value | float, by: Value) -> bool:
    """Whether a formula needs brackets inside another one."""
    if not isinstance(operand, Value):
        return operand < 0.0
    if operand.label or not operand.op or by.op in ("add", "fsum"):
        return False
    return not row_of(operand).symbol.isidentifier() and not (operand.op == "mul" and by.op in ("mul", "sub"))


class Path(NamedTuple):
    """A way from x to y: the nodes after x, and the slope of each in the one before."""

    nodes: list[Value]
    slopes: list[float]

    @property
    def share(self) -> float:
        return math.prod(self.slopes)

    @property
    def through(self) -> str:
        return " and ".join(called(v) for v in self.nodes[:-1]) or "the direct way"


def paths(y: Value, x: Value) -> list[Path]:
    """Every way from x to y; [] where there are more than MOST_PATHS."""
    graph = Between(y, x)
    found: list[Path] = []
    waiting: list[tuple[int, Path]] = [(0, Path([], []))] if graph.nodes else []
    while waiting:
        node, path = waiting.pop()
        if node == graph.last:
            found.append(path)
            if len(found) > MOST_PATHS:
                return []
            continue
        for edge in reversed(graph.leaving(node)):
            end = graph.end(edge)
            waiting.append((end, Path([*path.nodes, graph.nodes[end]], [*path.slopes, graph.slope(edge)])))
    return found


def mistakes_of_gradient(y: Value, x: Value, at: Any = None, before: Iterable[tuple[float, str]] = ()) -> list[Mistake]:
    """The usual slips in ∂y/∂x, of those that the graph leaves room for: each with what it gives, and what it is.

    Those that give what is right, or what another one gives, are left out.

    at          the key or place of this gradient, where it is a part of the answer
    before      slips of this question, what they give and what they are: they come before the usual ones

    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> for mistake in mistakes_of_gradient(a * b, a)[:2]:
    ...     print(mistake.diagnosis)
    6 is the value of a × b, not how much it moves with a.
    2 is the value of a itself. In a product, the slope is the other factor.
    """
    return told_apart(gradient_of(y, x), chain(before, _of_gradient(y, x)), at)


def _of_gradient(y: Value, x: Value) -> Iterator[tuple[float, str]]:
    number = SCRIPT.number
    truth, ways = gradient_of(y, x), paths(y, x)
    to, of = called(y), called(x)
    yield y.data, f"{number(y.data)} is the value of {to}, not how much it moves with {of}."
    beside = " In a product, the slope is the other factor." if y.op == "mul" else ""
    yield x.data, f"{number(x.data)} is the value of {of} itself.{beside}"
    if len(ways) > 1:
        for path in ways:
            alike = [one for one in ways if not apart({(): path.share}, {(): one.share})]
            through = " or through ".join(one.through for one in alike)
            brings = f"{'that path brings' if len(alike) == 1 else 'each of these brings'} {number(path.share)}"
            yield (
                truth - path.share,
                f"One path is missed: {of} reaches {to} through {through} too, and {brings}.",
            )
        for path in ways:
            yield (
                path.share,
                f"{number(path.share)} is what the path through {path.through} brings, alone: the others are added.",
            )
        shares = " × ".join(number(path.share) for path in ways)
        yield (
            math.prod(path.share for path in ways),
            f"The paths were multiplied: {shares}. Shares of different paths are added.",
        )
        for together in (sum(sum(path.slopes) for path in ways), sum(sum(_without_1(path.slopes)) for path in ways)):
            yield together, "All slopes were added: along one path they are multiplied."
    for path in ways:
        if len(path.slopes) > 1:
            rest, first, step = truth - path.share, called(path.nodes[0]), number(path.slopes[0])
            for slopes in (path.slopes, _without_1(path.slopes)):
                edges = " + ".join(map(number, slopes))
                if len(slopes) > 1:
                    yield rest + sum(slopes), f"The slopes along a path were added: {edges}. Along a path, multiply."
            yield (
                rest + path.slopes[0],
                f"Only the first step was taken, from {of} to {first}: its slope is {step}. "
                f"It is multiplied by how much {to} moves with {first}.",
            )
            so_far = (
                f"That is how much {to} moves with {first}: " if len(ways) == 1 else f"On the path through {path.through}, "
            )
            yield (
                rest + math.prod(path.slopes[1:]),
                f"{so_far}the step from {of} to {'it' if len(ways) == 1 else first}, {step}, is still to be multiplied in.",
            )
    for path in ways:
        for before, node, slope in zip([x, *path.nodes[:-1]], path.nodes, path.slopes, strict=True):
            if slope not in (0.0, 1.0):
                rest, others = truth - path.share, path.share / slope
                for v in (before, node):
                    yield (
                        rest + others * v.data,
                        f"The value of {called(v)}, {number(v.data)}, was taken for a slope: "
                        f"that of {called(node)} in {called(before)} is {number(slope)}.",
                    )
    yield -truth, "The size is right, and the sign is not."
    yield 2.0 * truth, "That is twice as much: as if two passes had been added up, and the first gradient never set back to 0."
    if truth:
        yield 1.0 / truth, f"That is upside down: how much {of} would have to move, for {to} to move by 1."


def _without_1(slopes: list[float]) -> list[float]:
    """Those that are seen: who adds the slopes of a path, instead of multiplying them, leaves out that of a sum."""
    return [slope for slope in slopes if slope != 1.0]


def mistakes_of_value(y: Value, at: Any = None, before: Iterable[tuple[float, str]] = ()) -> list[Mistake]:
    """The usual slips in computing y from its operands, as those of `mistakes_of_gradient`.

    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> mistakes_of_value(a * b)[0].diagnosis
    '5 is the sum of a and b, and a × b is none.'
    """
    return told_apart(y.data, chain(before, _of_value(y)), at)


def _of_value(y: Value) -> Iterator[tuple[float, str]]:
    number = SCRIPT.number
    operands = operands_of(y)
    numbers = [plain(operand) for operand in operands]
    names = " and ".join(called(operand) for operand in operands)
    if len(operands) > 1:
        sums, product = sum(numbers), math.prod(numbers)
        if y.op not in ("add", "fsum"):
            yield sums, f"{number(sums)} is the sum of {names}, and {called(y)} is none."
        if y.op not in ("mul", "prod"):
            yield product, f"{number(product)} is the product of {names}, and {called(y)} is none."
    if len(operands) == 2:
        yield numbers[1] - numbers[0], "That is the difference the other way round."
        yield numbers[0] - numbers[1], "That is the difference."
        if numbers[0]:
            yield numbers[1] / numbers[0], "That is the quotient the other way round."
    slopes = [
        (v, slope)
        for v, slope in operands_and_slopes(y)
        if slope is not None and isinstance(v, Value) and slope == gradient_of(y, v)  # and it moves y in no other way
    ]
    for operand, x in zip(operands, numbers, strict=True):
        moves = [
            f", and how much {called(y)} moves with {called(v)}; its value is asked for." for v, slope in slopes if slope == x
        ]
        yield x, f"{number(x)} is {called(operand)} itself{moves[0] if moves else ': the operation is still to be done.'}"
    for v, slope in slopes:
        yield slope, f"{number(slope)} is how much {called(y)} moves with {called(v)}; its value is asked for."
    yield -y.data, "The size is right, and the sign is not."


def told_apart(truth: Any, slips: Iterable[tuple[Any, str]], at: Any = None) -> list[Mistake]:
    """Mistakes of (number, diagnosis) pairs, without those that give what is right, or what one before gives."""
    taken = [truth]
    kept = []
    for x, diagnosis in slips:
        if math.isfinite(x) and all(apart({(): x}, {(): other}) for other in taken):
            taken.append(x)
            kept.append(Mistake(x, diagnosis, at=at))
    return kept

"""detect_anomaly: the first NaN or infinity becomes an error that says where it came from, and what is usually done about it.

Every new node is looked at. Before a pass, its adjoints are worked out edge by edge (before a sweep of forward mode, the
tangents), and it begins only if all of them are finite.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..texts import source_name
from .modes import Switch
from .primitives import BY_NAME
from .value import Value, examine_with, operands_and_slopes, plain

Pairs = Sequence[tuple[Any, "float | None"]]
"""The operands of an operation, each with its local derivative; None for a constant."""

Place = tuple[Any, ...] | None
"""What made a node, (filename, line, ...); None where that was not recorded."""

MOST_OPERANDS = 6
"""How many operands a message shows; of more, the largest."""

OVERFLOW = "Along a path, local derivatives multiply: scale the numbers (the data, the loss) so that these stay moderate."
SEE_IT = "To see its graph: python -m autograd explore THE_SCRIPT.py, or autograd.explore(error).show()"
OUTSIDE = "made outside detect_anomaly(): make the graph inside it, and the line will be named"


class AnomalyError(ArithmeticError):
    """A NaN or an infinity, met inside `detect_anomaly()`. The message says where it came from.

    A notebook shows the page of its graph, at the step where it arose; so does `explore(error).show()`.

    value       the Value that is not finite, or has such a local derivative; or the one that a pass began at. None where the
                error was not raised by detect_anomaly()
    backward    whether it arose on the way back from that Value

    >>> try:
    ...     with detect_anomaly():
    ...         Value(0.0, label="p").log()
    ... except AnomalyError as error:
    ...     print(error.value.data, error.backward)
    -inf False
    """

    __module__ = __name__.partition(".")[0]  # so that a traceback gives the name to import it by

    def __init__(self, message: str, value: Value | None = None, backward: bool = False) -> None:
        super().__init__(message)
        self.value, self.backward = value, backward
        if value is not None:
            self.add_note(SEE_IT)


class detect_anomaly(Switch):  # noqa: N801 (the field's name)
    """Inside, the first NaN or infinity is an error: AnomalyError, which names the operation, its operands and the line.

    Forward, it is raised by the operation whose value or local derivative is not finite, whether or not that result is used
    later; in `backward()`, `gradients()` and the passes and sweeps of `grad`, `jacobian` and their kin, by the first adjoint or
    tangent that is not finite, before any gradient is changed.
    A leaf or a constant may be infinite: what is computed from it is looked at. It is used, and holds, as `no_grad()`. Inside,
    nodes also keep the line that made them (`Value.origin`); all this makes them several times slower to make. Outside, it
    costs nothing.

    >>> p = Value(0.0, label="p")
    >>> with detect_anomaly():  # doctest: +ELLIPSIS
    ...     loss = -p.log()
    Traceback (most recent call last):
    autograd.AnomalyError: log gave -inf: its operand is 0.0 (label 'p'), at ... line 2: loss = -p.log()
    A logarithm is -inf at 0 and NaN below: keep its operand positive (log(x + 1e-12)), or take log_softmax, ...
    """

    def change(self, modes: Any) -> None:
        modes.watched = True


# ------------------------------------------------------------------------------------------------ what is looked at


def examine(v: Value, op: str, pairs: Pairs, origin: Place) -> None:
    """AnomalyError where a new node has data or a local derivative that is not finite."""
    if not math.isfinite(plain(v)):
        raise AnomalyError(f"{_made(v, op, pairs, origin)}\n{_advice(op, pairs)}".rstrip(), _shown(v, pairs))
    for i, (_, slope) in enumerate(pairs):
        if slope is not None and not math.isfinite(slope):
            which = f" with respect to operand {i + 1}" if len(pairs) > 1 else ""
            but = f", but its local derivative{which} is {slope!r}"
            raise AnomalyError(f"{_made(v, op, pairs, origin, but)}\n{_advice(op, pairs)}".rstrip(), v)


def _shown(v: Value, pairs: Pairs) -> Value:
    """The node whose graph shows what happened: of an operation whose result is a leaf, as floor, an operand."""
    return v if v.op else next((operand for operand, _ in pairs if isinstance(operand, Value)), v)


def examine_adjoints(order: Sequence[Value]) -> None:
    """AnomalyError where `backward()` of the last Value of a topological order would meet an adjoint that is not finite."""
    adjoints = {id(order[-1]): 1.0}
    for v in reversed(order):
        adjoint = adjoints.get(id(v), 0.0)
        for i, (operand, slope) in enumerate(operands_and_slopes(v)):
            if slope is not None:
                before = adjoints.get(id(operand), 0.0)
                examine_edge("backward()", order[-1], v, i, adjoint, slope, adjoint * slope, before)
                adjoints[id(operand)] = before + adjoint * slope
    for v in order:
        if not v.op and not math.isfinite(v.grad + adjoints[id(v)]):
            raise AnomalyError(
                f"backward() would make the gradient of the leaf {_operand(v)} {v.grad + adjoints[id(v)]!r}: it is {v.grad!r} "
                f"from before, and this pass adds {adjoints[id(v)]!r}\n"
                "Leaves accumulate over calls of backward(): set .grad = 0 (an optimiser's zero_grad()) before each.",
                order[-1],
                backward=True,
            )


def examine_tangents(order: Sequence[Value], xs: Sequence[Value], seeds: Sequence[float], ys: Sequence[Value]) -> None:
    """AnomalyError where a sweep of forward mode would meet a tangent that is not finite on its way to `ys`."""
    leads_to_ys = {id(y) for y in ys}
    for v in reversed(order):
        if id(v) in leads_to_ys:
            leads_to_ys.update(id(operand) for operand, slope in operands_and_slopes(v) if slope is not None)
    given = {id(x) for x in xs}
    tangents = {id(x): seed for x, seed in zip(xs, seeds, strict=True) if seed}
    for v in order:
        if id(v) in given or id(v) not in leads_to_ys:
            continue
        for i, (operand, slope) in enumerate(operands_and_slopes(v)):
            if slope is not None and id(operand) in tangents:
                before, tangent = tangents.get(id(v), 0.0), tangents[id(operand)]
                tangents[id(v)] = before + tangent * slope
                if not math.isfinite(tangents[id(v)]):
                    to = f"the tangent of {v.op}" + (f" (label {v.label!r})" if v.label else "")
                    factors = (
                        f"{tangent!r} (the tangent of {_which(v, i)}, {_operand(operand)}) × {slope!r} (the local derivative)"
                    )
                    raise AnomalyError(_met("forward mode", v, to, tangents[id(v)], factors, before, slope), v)


def examine_edge(who: str, root: Value, v: Value, i: int, adjoint: float, slope: float, term: float, before: float) -> None:
    """AnomalyError where the adjoint of the i-th operand of `v`, so far `before`, is not finite once `term` is added.

    root    what the pass began at
    """
    total = before + term
    if not math.isfinite(total):
        to = f"the adjoint of {_which(v, i)}, {_operand(operands_and_slopes(v)[i][0])},"
        factors = f"{adjoint!r} (the adjoint of {v.op}) × {slope!r} (the local derivative)"
        raise AnomalyError(_met(who, v, to, total, factors, before, slope), root, backward=True)


def _met(who: str, v: Value, what: str, total: float, factors: str, before: float, slope: float) -> str:
    pairs = operands_and_slopes(v)
    added = f", added to {before!r}" if before else ""
    advice = OVERFLOW if math.isfinite(slope) else _advice(v.op, pairs)
    return f"{who} met {total!r}: {what} became {factors}{added}\n{_made(v, v.op, pairs, v.origin)}\n{advice}".rstrip()


# ------------------------------------------------------------------------------------------------ how it reads


def _made(v: Value, op: str, pairs: Pairs, origin: Place, but: str = "") -> str:
    """What an operation made of what, and the line that it stands on."""
    label = f" (label {v.label!r})" if v.label else ""
    return f"{op} gave {plain(v)!r}{label}{but}: {_operands(pairs)}, {_at(origin)}"


def _at(origin: Place) -> str:
    if origin is None:
        return OUTSIDE
    import linecache

    file, line = origin[:2]
    source = linecache.getline(file, line).strip()
    return f"at {source_name(file)} line {line}" + (f": {source}" if source else "")


def _operand(x: Value | float) -> str:
    if not isinstance(x, Value):
        return repr(x)
    known = [f"label {x.label!r}"] if x.label else []
    if x.op:
        known.append(f"made by {x.op}" + (f" on line {x.origin[1]}" if x.origin else ""))
    return repr(plain(x)) + (f" ({', '.join(known)})" if known else "")


def _which(v: Value, i: int) -> str:
    return f"operand {i + 1} of {v.op}" if len(operands_and_slopes(v)) > 1 else f"the operand of {v.op}"


def _number(x: Value | float) -> float:
    return plain(x)


def _operands(pairs: Pairs) -> str:
    operands = [operand for operand, _ in pairs]
    if len(operands) == 1:
        return f"its operand is {_operand(operands[0])}"
    if len(operands) <= MOST_OPERANDS:
        texts = [_operand(x) for x in operands]
        return f"its operands are {', '.join(texts[:-1])} and {texts[-1]}"
    sizes = [abs(_number(x)) for x in operands]
    largest = sorted(range(len(operands)), key=lambda i: (sizes[i] == sizes[i], -sizes[i]))[:MOST_OPERANDS]
    texts = [f"operand {i + 1} is {_operand(operands[i])}" for i in sorted(largest)]
    return f"of its {len(operands)} operands these are the largest: {', '.join(texts)}"


def _advice(op: str, pairs: Pairs) -> str:
    """Where to look: at an operand that was not finite already, else at what the operation cannot do."""
    culprits = [operand for operand, _ in pairs if not math.isfinite(_number(operand))]
    if culprits:
        culprit = next((x for x in culprits if math.isnan(_number(x))), culprits[0])
        return f"The {_number(culprit)!r} came in with an operand: {_history(culprit)}."
    row = BY_NAME.get("div" if op == "//" else op)
    return row.advice if row else ""


def _history(operand: Value | float) -> str:
    if not isinstance(operand, Value):
        return "it is a constant in the expression"
    if not operand.op:
        return "it is a leaf, so look where its number came from"
    return "its .data was changed since" if operand.origin else f"it was {OUTSIDE}"


examine_with(examine)

"""Which registers of a listing decide: on them hangs which number is computed, not only how exactly."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from .columns import columns_of
from .instructions import Listing
from .ops import PART

NOTHING: frozenset[int] = frozenset()


def decisive(listing: Listing) -> frozenset[int]:
    """The registers behind guards, choices, steps and kinks.

    An executor must give these to the last bit: a number that is off by one there is another branch.
    """
    return frozenset(deciding(listing))


def deciding(listing: Listing, more: Iterable[int] = ()) -> dict[int, frozenset[int]]:
    """The decisive registers, and those that `more` registers are computed from; of a loop with what of it is decisive, outputs
    of its body, and of all others with nothing."""
    columns = columns_of(listing.instructions)
    op, start, operands = columns.op, columns.start, columns.operands
    alike = [not (of.kind == "loop" or of is PART or of.jumps) for of in columns.ops]
    found: dict[int, frozenset[int]] = {k: NOTHING for g in listing.guards for k in (g.left, g.right)}
    found |= dict.fromkeys(more, NOTHING)
    for i in range(len(op) - 1, -1, -1):
        if not alike[op[i]]:
            for k, outputs in _behind(columns, i, found):
                found[k] = found.get(k, NOTHING).union(outputs) if outputs else found.get(k, NOTHING)
        elif i in found:
            for k in operands[start[i] : start[i + 1]]:
                found.setdefault(k, NOTHING)
    return found


def _behind(columns: Any, i: int, found: dict[int, frozenset[int]]) -> Iterable[tuple[int, Collection[int]]]:
    """What the registers found so far ask of the operands of a loop, of what is read of one, and of what jumps."""
    op, operands, *_ = columns[i]
    if op.kind == "loop":
        behind: Iterable[tuple[int, Collection[int]]] = op.deciding_operands(found.get(i, ()), operands, columns)
        return behind
    if op is PART and i in found:
        of = columns[operands[0]].op
        return [(operands[0], of.outputs_at(int(columns.numbers[operands[1]])) if of.kind == "loop" else ())]
    if i in found or op.jumps:
        return [(k, ()) for k in (operands if i in found else op.choosing(operands))]
    return ()

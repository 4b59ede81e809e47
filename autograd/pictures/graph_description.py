"""A graph as plain data, for a page that runs it again: what `page/runtime.js` takes.

The description has numbers only where no rule gives them: of leaves and constants, and of nodes that are not what their rule
gives, because their `data` was set since or because their primitive is one of your own, of which a page knows nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from ..engine.value import Value, operands_and_slopes, plain
from .columns import Columns, columns_of


def graph_description(
    outputs: Sequence[Value], *, guards: Sequence[Any] = (), order: Iterable[Value] = (), columns: Columns | None = None
) -> dict[str, Any]:
    """What `outputs` were computed from, as a dict that `pages.packed` takes: lists, texts, numbers, and arrays of numbers.

    guards      comparisons that were branched on, each with `relation`, `left`, `right` (Values or numbers) and `outcome`
    order       Values in the order in which they were made, as far as that is known
    columns     what `described_columns` gives for these, where somebody has asked for that before

    Nodes are numbered from 0, each after its operands. The dict has the `Columns` ops, op, counts, operands, constants, leaves,
    labels, places and place; and

    frozen      nodes whose numbers no rule gives: [{"node": 5, "value": 2.0, "slopes": [1.0, ...]}, ...]
    outputs     the numbers of the outputs
    guards      [{"relation": "<", "left": 3, "right": ~0, "outcome": True, "place": 2}, ...], where ~k is constant k

    Where NaN and infinities are in lists, they are texts, since JSON has no numbers for them: "NaN", "Infinity", "-Infinity".

    >>> x = Value(2.0, label="x")
    >>> found = graph_description([x * x + 1.0])
    >>> found["ops"], list(found["op"]), list(found["operands"]), list(found["constants"]), found["labels"]
    (['', 'mul', 'add'], [0, 1, 2], [1, 1, 1, 0], [1.0], {0: 'x'})
    >>> list(found["leaves"]), found["outputs"], found["frozen"]
    ([2.0], [2], [])
    """
    columns = columns or described_columns(outputs, guards=guards, order=order)
    places = {(file, line): i for i, (file, line) in enumerate(columns.places)}
    ends = iter(columns.ends[len(outputs) :])

    def place(guard: Any) -> int:
        origin = getattr(guard, "origin", None)
        return -1 if origin is None else places.setdefault(origin, len(places))

    return {
        "ops": columns.ops,
        "op": columns.op,
        "counts": columns.counts,
        "operands": columns.operands,
        "leaves": columns.leaves,
        "frozen": [frozen(i, columns.nodes[i]) for i in columns.frozen],
        "outputs": columns.ends[: len(outputs)],
        "guards": [
            {
                "relation": guard.relation,
                "left": next(ends),
                "right": next(ends),
                "outcome": guard.outcome,
                "place": place(guard),
            }
            for guard in guards
        ],
        "labels": columns.labels,
        "places": [list(each) for each in places],
        "place": columns.place,
        "constants": columns.constants,
    }


def described_columns(outputs: Sequence[Value], *, guards: Sequence[Any] = (), order: Iterable[Value] = ()) -> Columns:
    """The columns of what `graph_description` describes: the outputs are the first of the ends, then come those of guards."""
    return columns_of([*outputs, *(x for guard in guards for x in (guard.left, guard.right))], order)


def frozen(node: int, v: Value) -> dict[str, Any]:
    slopes = [written(math.nan if slope is None else slope) for _, slope in operands_and_slopes(v)]
    return {"node": node, "value": written(plain(v)), "slopes": slopes}


def written(x: float) -> float | str:
    return x if math.isfinite(x) else "NaN" if x != x else "Infinity" if x > 0.0 else "-Infinity"

"""The place of the largest score: of one output, and of the outputs for many rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def largest(scores: Sequence[float]) -> int:
    """The place of the largest score, the first of equal ones.

    >>> largest([0.5, 2.0, 2.0])
    1
    """
    return max(range(len(scores)), key=scores.__getitem__)


def places_of_largest(outputs: Any) -> Any:
    """`outputs.argmax(axis=1)`, several times as quick where each column lies in one piece, as programs give them.

    >>> import numpy as np
    >>> places_of_largest(np.array([[0.5, 2.0, 2.0], [1.0, 0.0, -1.0]], order="F"))
    array([1, 0])
    """
    import numpy as np

    count, top = outputs.shape[1], outputs.max(axis=1, keepdims=True)
    if not outputs.flags.f_contiguous or np.isnan(top).any():
        return outputs.argmax(axis=1)
    small = np.min_scalar_type(2 * count)
    behind = (outputs < top) * small.type(count)  # no place of an output that is not the largest comes before the others
    return (behind + np.arange(count, dtype=small)).min(axis=1).astype(np.intp)

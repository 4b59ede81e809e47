"""Examples as arrays for compiled steps, and which of them each step takes."""

from __future__ import annotations

import copy
import random
from array import array
from collections.abc import Sequence
from typing import Any

from autograd.compiler.rows import InChunks
from autograd.compiler.running import shuffled
from autograd.derivatives.trees import refuse_more_than_numbers

from ..losses import ByRows
from .replacing import NotCompilableError
from .rows import Examples


class Table:
    """Examples as arrays: the rows, their targets, and what each row counts for in the mean (None for a loss that is a sum)."""

    def __init__(self, examples: Examples, loss: ByRows, output: Any) -> None:
        self.rows: Any = examples.rows if isinstance(examples.rows, InChunks) else as_floats(examples.rows, "rows")
        self.targets = as_floats(examples.targets, "targets")
        counts = None if loss.counts is None else loss.counts(output, examples.targets)
        self.counts: Any = as_floats(counts, "weights") if isinstance(counts, list) else counts
        self._whole: Any = None

    def whole(self) -> tuple[Any, Any]:
        """All rows and their targets; where rows are Dask's, the targets beside them."""
        in_chunks = isinstance(self.rows, InChunks)
        if self._whole is None:
            self._whole = (self.rows.array, self.rows.beside(self.targets)) if in_chunks else (self.rows, self.targets)
        return self._whole  # type: ignore[no-any-return]

    def batch(self, order: Any, start: int, end: int, as_given: bool) -> tuple[Any, Any, float]:
        """The rows at some places of an order, their targets, and what the sum of their losses is to be divided by.

        as_given    whether the order is that of the rows
        """
        batch = slice(start, end) if as_given else order[start:end]  # a slice copies nothing
        divisor = self.divisor(batch, end - start)
        if as_given and end - start == len(self.rows):
            return *self.whole(), divisor
        in_chunks = isinstance(self.rows, InChunks)
        rows = self.rows.of_step(order, start, end) if in_chunks else self.rows[batch]
        return rows, self.targets[batch], divisor

    def divisor(self, batch: Any, size: int) -> float:
        """What the sum of the losses of a batch, of so many rows, is to be divided by."""
        if self.counts is None:
            return 1.0
        total = float(self.counts[batch].sum()) if hasattr(self.counts, "sum") else self.counts * size
        if not total:
            raise NotCompilableError("the rows of a batch count for nothing in its mean")
        return total


class Batches:
    """The rows of steps: of each step the places from `begins` up to `ends`, arrays, in `order`: None for rows as they stand.

    orders      the order of the rows in each epoch; None for as they stand
    rows        how many rows an epoch has
    size        how many a step takes
    start       the place where the first step begins
    steps       how many steps there are at most
    epochs      how many epochs they are of
    """

    def __init__(
        self,
        orders: Sequence[Any] | None,
        rows: int,
        size: int,
        start: int = 0,
        steps: int | None = None,
        epochs: int = 1,
    ) -> None:
        import numpy as np

        begins = np.arange(start, rows, size, dtype=np.int64)[:steps]
        ends = np.minimum(begins + size, rows)
        if epochs > 1:
            of_epochs = np.zeros((epochs, 1), dtype=np.int64) if orders is None else rows * np.arange(epochs)[:, None]
            begins, ends = (begins + of_epochs).ravel(), (ends + of_epochs).ravel()
        self.order = None if orders is None else np.concatenate(orders)
        self.begins, self.ends = begins, ends

    def __len__(self) -> int:
        return len(self.begins)

    def after(self, steps: int) -> Batches:
        """Without the first steps."""
        rest = copy.copy(self)
        rest.begins, rest.ends = self.begins[steps:], self.ends[steps:]
        return rest

    def batch(self, k: int) -> Any:
        """The rows of step k: their numbers, or a slice, which copies nothing."""
        places = slice(int(self.begins[k]), int(self.ends[k]))
        return places if self.order is None else self.order[places]


def order_of_epoch(seed: int, epoch: int, count: int) -> array[int]:
    """The order of so many rows in an epoch, counted from 0: it depends on the seed and on that number alone.

    >>> order_of_epoch(0, epoch=1, count=5)
    array('q', [1, 0, 2, 3, 4])
    """
    return shuffled(random.Random(f"{seed}, epoch {epoch}"), count)


def as_floats(things: Any, what: str) -> Any:
    """An array of floats. NotCompilableError for what is no table of numbers, TypeError for one that has a mask beside them.

    >>> as_floats([1, 2], "rows")
    array([1., 2.])
    """
    import numpy as np

    refuse_more_than_numbers(things)
    try:
        array = np.asarray(things)
        if array.dtype.kind not in "biufO":  # not what NumPy would read out of texts
            raise TypeError(f"{array.dtype} is no type of numbers")
        return array.astype(float, copy=False)
    except (TypeError, ValueError, OverflowError) as problem:
        raise NotCompilableError(f"the {what} are no table of numbers: {problem}") from None

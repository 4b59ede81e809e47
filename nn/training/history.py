"""The history of a training: a column of numbers, one an epoch, for each figure."""

from __future__ import annotations

import csv
import io
import json
import os
from typing import Any

from ..storage import write_whole


class History(dict[str, list[float]]):
    """Columns by name: "loss", "lr", "val_loss", "val_accuracy", ... `stopped` says why the training ended, `interrupted`
    whether that was Ctrl-C, and `eager` why its steps were not compiled ("" if they were).

    >>> history = History()
    >>> history.add({"loss": 0.5, "lr": 0.1})
    >>> history.add({"loss": 0.25, "lr": 0.1})
    >>> history["loss"], history.epochs
    ([0.5, 0.25], 2)
    """

    stopped: str = ""
    interrupted: bool = False
    eager: str = ""

    @property
    def epochs(self) -> int:
        """How many epochs it has."""
        return len(next(iter(self.values()), []))

    @classmethod
    def of(cls, columns: Any) -> History:
        """A history of these columns. ValueError if they are not lists of numbers, all as long.

        >>> History.of({"loss": [0.5, 0.25], "lr": [0.1]})
        Traceback (most recent call last):
        ...
        ValueError: the columns of a history are as long as each other
        """
        history = cls(columns)
        if not all(
            isinstance(column, list) and all(isinstance(x, (int, float)) for x in column) for column in history.values()
        ):
            raise ValueError("the columns of a history are lists of numbers")
        if len(set(map(len, history.values()))) > 1:
            raise ValueError("the columns of a history are as long as each other")
        try:
            return cls({name: [*map(float, column)] for name, column in history.items()})
        except OverflowError:
            raise ValueError("the columns of a history have a number that is too large for a float") from None

    def add(self, figures: dict[str, float]) -> None:
        """Takes note of an epoch. ValueError if it has other figures than those before it."""
        self.extend({name: [figure] for name, figure in figures.items()})

    def extend(self, columns: dict[str, list[float]]) -> None:
        """Takes note of several epochs, of columns that are as long as each other. ValueError as of `add`."""
        if self and self.keys() != columns.keys():
            raise ValueError(f"the history has the columns {', '.join(self)}, and this epoch has {', '.join(columns)}")
        for name, column in columns.items():
            self.setdefault(name, []).extend(column)

    def last(self, name: str) -> float:
        """The figure of the last epoch. ValueError for a column that there is not."""
        if name not in self:
            raise ValueError(
                f"the history has no column {name!r}, only {', '.join(self)}: is the validation or the metric missing?"
            )
        return self[name][-1]

    def shown(self) -> dict[str, str]:
        """The last epoch in few digits, for a progress bar."""
        return {name: f"{column[-1]:.4g}" for name, column in self.items() if name != "lr"}

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Writes a table with a line for each epoch and a header, wholly or not at all."""
        text = io.StringIO()
        table = csv.writer(text)
        table.writerow(["epoch", *self])
        table.writerows([epoch, *figures] for epoch, figures in enumerate(zip(*self.values(), strict=True), start=1))
        write_whole(path, text.getvalue().encode())

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Writes {"stopped": ..., "columns": {name: [...]}}, wholly or not at all."""
        write_whole(path, (json.dumps({"stopped": self.stopped, "columns": self}, indent=1) + "\n").encode())

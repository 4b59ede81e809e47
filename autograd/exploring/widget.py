"""An explorable in a running notebook, bound to its Values: its step and its numbers go both ways.

The page is the one of `Explorable.html`, in a frame of its own; `page/widget.js` passes its messages on to the kernel. They are
data, and are looked at before anything is done by them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import anywidget
import traitlets

from ..engine.value import Value
from ..pictures.columns import same
from ..pictures.graph_description import written
from ..pictures.pages import FRAME, part
from .stepping import Frames


class Explored(Protocol):
    """What the widget asks of an `Explorable`."""

    nodes: list[Value]

    @property
    def frames(self) -> Frames: ...
    @property
    def step(self) -> int: ...
    @property
    def recordings(self) -> Sequence[Explored]: ...
    def html(self) -> str: ...
    def _repr_mimebundle_(self) -> dict[str, str]: ...


NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""What JSON has no numbers for, as a page writes them."""


def _read(given: Any, _: Any) -> Any:
    if not isinstance(given, dict):
        raise traitlets.TraitError(f"the page sent {given!r} for its numbers, and no dict of them")
    return {name: NOT_FINITE.get(x, x) if isinstance(x, str) else x for name, x in given.items()}


class ExplorableWidget(anywidget.AnyWidget):
    """`explore(...).widget()`: the page of an explorable in a running notebook, and the Values that it is of, bound together.

    step        where the page stands: from 0, the start, to the last step
    numbers     the numbers that are not as they were recorded, by name
    leaves      the Values that numbers are put into, by name

    A number that is dragged on the page becomes the `.data` of its leaf, at once. What was computed from it keeps its number
    then, as after any change of `.data`: the page has the new ones, and Python computes them anew. A number that is put into
    the middle of the graph, on the page, is in `numbers` alone. The other way, `set` puts a number into a leaf and on the page,
    and `update` shows there what was changed by `.data = `; `step` can be set. `widget.observe(f, "numbers")` has f called
    whenever something changes, on either side.

    TraitError for a step or a number that there cannot be, whether it comes from here or from a page: then nothing changes.

    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> w = explore(a * b).widget()
    >>> w.set("a", 5.0)
    >>> a.data, w.numbers, (a * b).data
    (5.0, {'a': 5.0}, 15.0)
    >>> b.data = 4.0
    >>> w.update()
    >>> w.numbers
    {'a': 5.0, 'b': 4.0}
    >>> w.step = 2
    """

    _esm = part("widget.js")
    _page = traitlets.Unicode().tag(sync=True)
    _style = traitlets.Unicode(FRAME).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    numbers = traitlets.Dict().tag(
        sync=True, from_json=_read, to_json=lambda numbers, _: {name: written(x) for name, x in numbers.items()}
    )

    def __init__(self, explorable: Explored) -> None:
        self.explorable = explorable
        self.leaves: dict[str, Value] = {}
        self._names: set[str] = set()
        self._steps = 0
        for one in explorable.recordings:
            called = [one.frames.name(i) for i in range(len(one.nodes))]
            self._names.update(called)
            self._steps = max(self._steps, len(one.frames) - 1)
            self.leaves = {name: v for name, v in zip(called, one.nodes, strict=True) if not v.op} | self.leaves
        self._recorded = {name: v.data for name, v in self.leaves.items()}
        super().__init__(_page=explorable.html(), step=explorable.step)

    def set(self, what: str | Value, x: Any) -> None:
        """Puts a number into a leaf, or into any node of the page, by name or as the Value itself."""
        if isinstance(what, Value):
            name = next((name for name, v in self.leaves.items() if v is what), None)
            if name is None:
                raise ValueError(f"{what!r} is no leaf of this graph; by its name, any node of the page can be set")
        else:
            name = what
        self.numbers = {**self.numbers, name: Value(x).data}

    def update(self) -> None:
        """Shows what was put into leaves by `.data = ` since."""
        held = {name: x for name, x in self.numbers.items() if name not in self.leaves}
        self.numbers = held | {name: v.data for name, v in self.leaves.items() if not same(v.data, self._recorded[name])}

    @traitlets.validate("step")
    def _check_step(self, proposal: Any) -> int:
        if not 0 <= proposal.value <= self._steps:
            raise traitlets.TraitError(f"there are steps 0 to {self._steps}, and {proposal.value} is none of them")
        return int(proposal.value)

    @traitlets.validate("numbers")
    def _check_numbers(self, proposal: Any) -> dict[str, float]:
        for name, x in proposal.value.items():
            if name not in self._names:
                raise traitlets.TraitError(f"no node is called {name!r}; leaves are {', '.join([*self.leaves][:20])}")
            if isinstance(x, bool) or not isinstance(x, (int, float)):
                raise traitlets.TraitError(f"{name} is to be a number, and not {x!r}")
        return {name: float(x) for name, x in proposal.value.items()}

    @traitlets.observe("numbers")
    def _put(self, change: Any) -> None:
        """Puts the numbers that changed into their leaves: only these, as others may have been given other data meanwhile."""
        for name in change.old.keys() | change.new.keys():
            if name in self.leaves:
                x = change.new.get(name, self._recorded[name])
                if not same(x, change.old.get(name, self._recorded[name])):
                    self.leaves[name].data = x

    def __repr__(self) -> str:
        return f"<widget of {repr(self.explorable)[1:]}"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget; and what the explorable shows, for notebooks in which no kernel runs."""
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return self.explorable._repr_mimebundle_() | data, metadata

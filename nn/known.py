"""What was found in a model, for as long as the model has the very same parts: so that a prediction need not walk through it.

A network of some thousand parameters is walked through in a thousandth of a second, which is ten times what a prediction takes.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from autograd import Value
from autograd.compiler.unchanged import KnownParts, same


class Known:
    """The parameters and the modules of a model, and its architecture.

    It holds no reference to the model itself, which would then never be freed.

    parameters      in their order
    inner           the modules in it, without itself
    architecture    what a recording of it hangs on
    without         those of the parameters that do not have a name, by that name, as far as they were asked for
    trusted         the compiled functions that gave what the model itself gives
    """

    def __init__(self, model: Any, parameters: list[Value], things: Sequence[Any], architecture: Hashable) -> None:
        inside = [thing for thing in things if thing is not model]
        self.parameters, self.architecture = parameters, architecture
        self.inner = [thing for thing in inside if not isinstance(thing, (list, tuple, dict))]
        self.without: dict[str, list[Value]] = {}
        self.trusted: WeakSet[Any] = WeakSet()
        self._kind, self._attributes = type(model), vars(model)
        self._parts = KnownParts([vars(model), *[thing for thing in inside if type(thing) is not tuple]], "training")
        classes = {base for kind in {*map(type, [model, *self.inner])} for base in kind.__mro__ if base is not object}
        self._classes = [(base, _contents(base)) for base in classes]

    def holds(self, model: Any) -> bool:
        """Whether the model, and the classes of its modules, are what they were."""
        return (
            type(model) is self._kind
            and vars(model) is self._attributes
            and self._parts.holds()
            and all(same(_contents(base), before) for base, before in self._classes)
        )

    def set_training(self, model: Any, mode: bool) -> None:
        """Puts the model and all modules in it in training mode, or out of it."""
        for module in (model, *self.inner):
            module.training = mode


def _contents(kind: type) -> list[Any]:
    return [*vars(kind).values()]


_known: WeakKeyDictionary[Any, Known] = WeakKeyDictionary()


def is_own(kind: type) -> bool:
    """Whether a class is one of nn's own."""
    return kind.__module__.partition(".")[0] == "nn"


def known_of(model: Any) -> Known | None:
    """What is known of a model that is as it was; None where nothing is.

    >>> from nn import MLP
    >>> known_of(MLP(2, [1]))
    """
    if not is_own(type(model)):
        return None
    found = _known.get(model)
    if found is not None and not found.holds(model):
        _known.pop(model, None)
        return None
    return found


def remember(model: Any, parameters: list[Value], things: Sequence[Any], architecture: Hashable) -> None:
    """Has what was found in a model known from now on, where its parts are such as tell by themselves that they are the same.

    things  its modules, and the lists, tuples and dicts in it
    """
    for thing in things:
        inside = (
            thing.values() if isinstance(thing, dict) else thing if isinstance(thing, (list, tuple)) else vars(thing).values()
        )
        if any(part is model or (type(part) is FunctionType and not _is_ours(part)) for part in inside):
            return  # something would hold the model, or may
    _known[model] = Known(model, parameters, things, architecture)


def _is_ours(function: FunctionType) -> bool:
    return (function.__module__ or "").partition(".")[0] in ("nn", "autograd")

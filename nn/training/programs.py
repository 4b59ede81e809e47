"""Compiled functions of models: the outputs for a row, its loss, the gradient; and what is kept of them.

A recording of a model hangs on its architecture, not on the numbers of its parameters, which are inputs of the program. So what
was recorded is kept by architecture and loss: the second of two models alike, as in a cross-validation, records nothing.
"""

from __future__ import annotations

import functools
import random
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import autograd
from autograd import Value, gradients, is_anomaly_enabled
from autograd.cached import cached_property
from autograd.compiler.compiled import Compiled
from autograd.compiler.surroundings import ATTEMPTS
from autograd.compiler.unchanged import same

from ..known import Known, known_of, remember
from ..losses import ByRows, Loss, rowwise
from ..module import PLAIN, Module
from ..nested import all_parameters, as_lists, shape
from ..watching import watcher_here
from .replacing import DrawnError, NotCompilableError, check_reached, replaced

KEPT = 32
"""How many compiled functions are kept, of those used last."""

_kept: dict[tuple[Any, ...], Compiled[Any]] = {}


_subject: ContextVar[Programs] = ContextVar("_subject")
"""Whose model a function records, should it be recorded now: a kept function holds none."""


class Programs:
    """The compiled functions of a model, its loss and its penalty: of its parameters as an array, and of many rows at once.

    They are recorded when they are first called, if that was not done for another model of the same architecture.
    NotCompilableError, with the reason, where there can be none.

    parameters      in the order of the array
    loss, of_row    a loss, and how it comes of its rows; None to ask for outputs alone
    penalty         a function of the model, or None
    known           what is known of the model, for a caller who has just looked
    """

    def __init__(
        self,
        model: Any,
        parameters: Sequence[Value],
        loss: Loss | None = None,
        of_row: ByRows | None = None,
        penalty: Callable[[Module], Any] | None = None,
        known: Known | None = None,
    ) -> None:
        if watcher_here() is not None:
            raise NotCompilableError("watch() is to see every call of the model")
        if is_anomaly_enabled():
            raise NotCompilableError("detect_anomaly() is to see every operation")
        self.model, self.of_row, self.penalty = model, of_row, penalty
        self.parameters = parameters
        known = known_of(model) if known is None else known
        if known is not None and (known.parameters is parameters or same(known.parameters, parameters)):
            self._architecture = known.architecture
        else:
            self._architecture = _architecture(model, self.places)
        # Recorded through `_subject`, these are not seen in what is compiled: so that it looks at what they have from outside.
        self._watched = (loss, penalty, None if self._architecture is not None else model)
        self._of_loss, self._of_penalty = key_of(loss), key_of(getattr(penalty, "penalty", penalty))

    @cached_property
    def places(self) -> dict[int, int]:
        """Where in the array a parameter is, by its id."""
        return {id(p): i for i, p in enumerate(self.parameters)}

    @cached_property
    def losses_and_outputs(self) -> OfModel:
        return self._compiled(Programs._losses_and_outputs, (None, 0, 0), None, self._of_loss)

    @cached_property
    def loss_and_gradient(self) -> OfModel:
        """Of the loss, its gradient and the outputs: one run gives all three."""
        return self._compiled(Programs._loss_and_gradient, (None, 0, 0), ("sum", "sum", None), self._of_loss)

    @cached_property
    def penalty_and_gradient(self) -> OfModel:
        return self._compiled(Programs._penalty_and_gradient, None, None, self._of_penalty)

    def outputs(self, then: Callable[[Any], Any]) -> OfModel:
        """A function of the weights and of rows: what `then` makes of the outputs for each row."""
        return self._compiled(Programs._outputs, (None, 0), None, key_of(then), then)

    def outputs_of_one(self, then: Callable[[Any], Any]) -> OfModel:
        """A function of the weights and of a row: what `then` makes of its outputs, to the last bit what the model gives."""
        return self._compiled(Programs._outputs, None, None, key_of(then), then)

    def remember(self) -> Known | None:
        """Has the parameters and the architecture of the model known from now on, where they are those of all parameters."""
        things: list[Any] = []
        if self._architecture is not None and _architecture(self.model, self.places, things) == self._architecture:
            remember(self.model, [*self.parameters], things, self._architecture)
        return known_of(self.model)

    def forget(self) -> None:
        """Has what is kept for such a model recorded anew, by whoever asks for it next."""
        for keys in [keys for keys in _kept if keys[2] == self._architecture]:
            _kept.pop(keys, None)

    def _compiled(self, f: Callable[..., Any], in_axes: Any, reduce: Any, key: Hashable, *first: Any) -> OfModel:
        keys = (f, in_axes, self._architecture, key)
        compiled = None if None in keys[2:] else _kept.pop(keys, None)
        if compiled is None:
            work = functools.partial(_of_subject, (f, *first), self._watched)
            compiled = autograd.compile(work, in_axes=in_axes, reduce=reduce)
        if None not in keys[2:]:
            _kept[keys] = compiled
            if len(_kept) > KEPT:
                _kept.pop(next(iter(_kept)), None)

        return OfModel(self, compiled)

    # ---- what is recorded

    def _outputs(self, then: Callable[[Any], Any], weights: Any, row: Any) -> Any:
        return _array_of(self._with(weights, lambda: _nested(then(self._prediction(row))), False))

    def _losses_and_outputs(self, weights: Any, row: Any, target: Any) -> tuple[Value, Any]:
        return self._loss_and_output(weights, row, target, False)

    def _loss_and_gradient(self, weights: Any, row: Any, target: Any) -> tuple[Any, ...]:
        loss, output = self._loss_and_output(weights, row, target, True)
        return (*self._with_gradient(loss, weights), output)

    def _penalty_and_gradient(self, weights: Any) -> tuple[Value, Any]:
        assert self.penalty is not None
        penalty = self._with(weights, functools.partial(self.penalty, self.model), True)
        return self._with_gradient(penalty + Value(0.0), weights)

    def _with(self, weights: Sequence[Value], f: Callable[[], Any], training: bool) -> Any:
        """What f() gives where the model has other parameters.

        Another thread may draw random numbers meanwhile. Then f() is called again, until once nobody has drawn.
        """
        replacements = {name: weights[i] for name, i in self.places.items()}
        for left in reversed(range(ATTEMPTS)):
            alone = threading.active_count() == 1
            try:
                with in_mode(self.model, training), replaced(self.model, replacements):
                    return f()
            except DrawnError:
                if alone or not left:
                    raise

    def _with_gradient(self, y: Value, weights: Any) -> tuple[Value, Any]:
        check_reached(y, self.model, self.places)
        return y, _array_of(gradients(y, weights.tolist()))

    def _loss_and_output(self, weights: Any, row: Any, target: Any, training: bool) -> tuple[Value, Any]:
        loss, output = self._with(weights, lambda: self._call(row, target), training)
        return loss, _array_of(output)

    def _call(self, row: Any, target: Any) -> tuple[Any, Any]:
        assert self.of_row is not None
        prediction = self._prediction(row)
        return self.of_row.row(prediction, as_lists(target)), _nested(prediction)

    def _prediction(self, row: Any) -> Any:
        return self.model(as_lists(row))


class OfModel:
    """A compiled function of the model of some Programs. NotCompilableError where it is not to be had.

    compiled    the function, which may be kept for other models too
    """

    def __init__(self, programs: Programs, compiled: Compiled[Any]) -> None:
        self.programs, self.compiled = programs, compiled

    def __call__(self, *arguments: Any) -> Any:
        token = _subject.set(self.programs)
        try:
            return self.compiled(*arguments)
        except (NotCompilableError, MemoryError):
            raise
        except Exception as problem:
            raise NotCompilableError(f"{type(problem).__name__}: {problem}") from problem
        finally:
            _subject.reset(token)


def _of_subject(f: tuple[Any, ...], watched: tuple[Any, ...], *arguments: Any) -> Any:
    """What a method of Programs, with its first arguments, gives of the subject; it works with what is `watched`."""
    return f[0](_subject.get(), *f[1:], *arguments)


@contextmanager
def in_mode(model: Module, training: bool) -> Iterator[None]:
    """Inside, the model is in training mode or in evaluation mode.

    >>> from nn import Dropout
    >>> dropout = Dropout().eval()
    >>> with in_mode(dropout, True):
    ...     dropout.training
    True
    >>> dropout.training
    False
    """
    before = model.training
    if before != training:
        model.train(training)
    try:
        yield
    finally:
        if before != training:
            model.train(before)


def _nested(output: Any) -> Any:
    return [_nested(part) for part in output] if hasattr(output, "__len__") else output


def _array_of(values: Any) -> Any:
    """An array of Values, of nested lists of them; a lone one stays what it is."""
    import numpy as np

    if not isinstance(values, list):
        return values
    if shape(values) is None:
        raise NotCompilableError("the model gives lists of unequal lengths for a row")
    return np.array(values, dtype=object)


# ------------------------------------------------------------------------------------------------ keys


def key_of(function: Callable[..., Any] | None) -> Hashable:
    """What tells a function from others: itself, and the settings that functools.partial gave it; None for one without a hash.

    >>> from nn import huber_loss
    >>> key_of(functools.partial(huber_loss, delta=2.0)) == key_of(functools.partial(huber_loss, delta=2.0))
    True
    """
    if isinstance(function, functools.partial):
        settings = sorted(function.keywords.items())
        found: Hashable = (
            key_of(function.func),
            *((type(x), x) for x in function.args),
            *((name, type(x), x) for name, x in settings),
        )
    elif isinstance(function, rowwise):
        found = (rowwise, key_of(function.loss), function.reduction, key_of(function.weight))
    else:
        found = "" if function is None else function
    try:
        hash(found)
    except TypeError:
        return None
    return found


def know(model: Module) -> Known | None:
    """What is known of a model that will be asked for its parameters again and again; None where nothing can be."""
    found = known_of(model)
    if found is None:
        with suppress(NotCompilableError):
            return Programs(model, model.train().parameters()).remember()
    return found


class Architecture:
    """A description of an architecture, with its hash: that of a thousand numbers is not to be taken each time."""

    def __init__(self, description: Hashable) -> None:
        self.description, self.hash = description, hash(description)

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Architecture) and self.description == other.description)


def _architecture(model: Module, places: Mapping[int, int], things: list[Any] | None = None) -> Architecture | None:
    description = architecture(model, places, things)
    return None if description is None else Architecture(description)


def architecture(model: Module, places: Mapping[int, int], things: list[Any] | None = None) -> Hashable:
    """All that a recording of a model hangs on, but for the numbers of its parameters and its mode.

    None where that is not known: for a Module that is not one of nn's own, for an attribute that may be anything, and for
    parameters that have no place.

    things  gets the modules, lists, tuples and dicts that there are in the model

    >>> from nn import MLP
    >>> def of(model):
    ...     return architecture(model, {id(p): i for i, p in enumerate(model.parameters())})
    >>> of(MLP(2, [3, 1], rng=0)) == of(MLP(2, [3, 1], rng=1)), of(MLP(2, [3, 1])) == of(MLP(2, [3, 1], "tanh"))
    (True, False)
    """
    visited: dict[int, int] = {}

    def described(thing: Any) -> Hashable:
        kind = type(thing)
        if kind is Value:
            return places[id(thing)]
        if kind in PLAIN:
            return (kind, thing)
        if kind is random.Random:
            return (kind,)
        if id(thing) in visited:
            return ("again", visited[id(thing)])
        visited[id(thing)] = len(visited)
        if things is not None:
            things.append(thing)
        if isinstance(thing, Module) and kind.__module__.partition(".")[0] == "nn":
            return (kind, *[(name, described(part)) for name, part in vars(thing).items() if name != "training"])
        if (kind is list or kind is tuple) and all_parameters(thing):
            return (kind, *map(places.__getitem__, map(id, thing)))
        if kind is list or kind is tuple:
            return (kind, *map(described, thing))
        if kind is dict:
            return (kind, *[(described(key), described(part)) for key, part in thing.items()])
        raise KeyError(kind)

    try:
        return described(model)
    except KeyError:
        return None

"""Trainings step by numbers, so no derivative goes through one: that of a transform around it is refused, and not lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from autograd import Value
from autograd.engine.backward import depends_on_older
from autograd.engine.modes import Call, is_part_of_a_graph

CUT = (
    "the model, its loss or its penalty uses Values from outside, within a transform such as grad(), and no derivative goes "
    "through a training: give it their numbers, v.data, or call it inside no_grad()"
)


@contextmanager
def no_derivative_lost(parameters: Iterable[Value]) -> Iterator[Callable[[Any], None]]:
    """Inside, losses are computed of the parameters; what it gives takes one of them, and raises TypeError where a transform
    around would have derivatives of it by more than the parameters.

    >>> from autograd import grad
    >>> w = Value(1.0)
    >>> def f(v):
    ...     with no_derivative_lost([w]) as check:
    ...         check(w * v)
    >>> f(Value(2.0))
    >>> grad(f)(2.0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    TypeError: the model, its loss or its penalty uses Values from outside, within a transform such as grad(), ...
    """
    if not is_part_of_a_graph():
        yield lambda y: None
        return
    own = [p for p in parameters if not p.parents]

    def check(y: Any) -> None:
        if isinstance(y, Value) and depends_on_older(y, own, call):
            raise TypeError(CUT)

    with Call() as call:
        yield check

"""Optimisers: they step parameters along their gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from autograd import Value


def _at_least_zero(x: Any, what: str) -> float:
    if isinstance(x, bool) or not isinstance(x, (int, float)) or not math.isfinite(x) or x < 0:
        raise ValueError(f"{what} is a finite number of at least 0, and this is {x!r}")
    return float(x)


class SGD:
    """Stochastic gradient descent, with momentum as in PyTorch: v = momentum * v + g; p = p - lr * v.

    parameters      Values; one given twice is stepped once
    lr              the learning rate, which may be changed between steps
    momentum        0 for none

    ValueError for no parameters, or a rate or momentum that is negative, infinite or NaN.

    >>> p = Value(1.0)
    >>> (p * p).backward()
    >>> SGD([p], lr=0.25).step()
    >>> p.data
    0.5
    """

    def __init__(self, parameters: Iterable[Value], lr: float = 0.01, *, momentum: float = 0.0) -> None:
        if not hasattr(parameters, "__iter__"):
            raise TypeError(f"parameters are a list of Values, and this is {parameters!r}: give model.parameters()")
        self.parameters = list({id(p): p for p in parameters}.values())
        if not self.parameters:
            raise ValueError("an optimiser needs parameters to step: give model.parameters()")
        for i, p in enumerate(self.parameters):
            if not isinstance(p, Value):
                raise TypeError(f"parameters are Values, and number {i} is {p!r}")
        self.lr = _at_least_zero(lr, "the learning rate")
        self.momentum = _at_least_zero(momentum, "the momentum")
        self._velocity = [0.0] * len(self.parameters)

    def zero_grad(self) -> None:
        """Sets the gradients of the parameters to 0."""
        for p in self.parameters:
            p.grad = 0.0

    def step(self) -> None:
        """Moves every parameter once along its gradient."""
        lr, momentum, velocity = self.lr, self.momentum, self._velocity
        for i, p in enumerate(self.parameters):
            velocity[i] = v = momentum * velocity[i] + p.grad
            p.data -= lr * v

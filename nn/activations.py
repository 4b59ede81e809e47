"""The activations: what a neuron can apply to its weighted sum. One row says all that is known about one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd


@dataclass(frozen=True)
class Traits:
    """What initial weights, and the counts of dead and saturated units, go by.

    half_silent     for inputs far below 0 it gives nearly nothing, and so it passes about half of its inputs on
    flat_at_zero    its slope at 0 is 0: a unit of a half silent one whose weighted sums are all 0 is dead, too
    saturates       (low, high) where it is bounded: a unit whose outputs all lie outside of these hardly learns
    """

    half_silent: bool = False
    flat_at_zero: bool = False
    saturates: tuple[float, float] | None = None


TRAITS = {
    "relu": Traits(half_silent=True, flat_at_zero=True),
    "leaky_relu": Traits(half_silent=True),
    "elu": Traits(half_silent=True),
    "gelu": Traits(half_silent=True),
    "silu": Traits(half_silent=True),
    "mish": Traits(half_silent=True),
    "softplus": Traits(half_silent=True),
    "tanh": Traits(saturates=(-0.99, 0.99)),
    "sigmoid": Traits(saturates=(0.01, 0.99)),
    "arctan": Traits(),
    "sin": Traits(),
    "exp": Traits(),
    "log1p": Traits(),
}
"""A row for each activation, which is the function of `autograd` with its name."""


def _linear(x: Any) -> Any:
    return x


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {name: getattr(autograd, name) for name in TRAITS}
"""What a neuron can apply to its weighted sum, by name; "linear" applies nothing. A function put in by hand works too.

>>> import nn
>>> nn.ACTIVATIONS["relu"](-2.0), nn.ACTIVATIONS["linear"](-2.0)
(0.0, -2.0)
"""
ACTIVATIONS["linear"] = _linear  # named, since a lambda cannot be pickled


def traits_of(name: str) -> Traits:
    """The traits of an activation; those of one that has no row, "linear" or put into `ACTIVATIONS` by hand, are all absent.

    >>> traits_of("relu").half_silent, traits_of("linear").half_silent
    (True, False)
    """
    return TRAITS.get(name, Traits())


def find_activation(name: str) -> Callable[[Any], Any]:
    """The function of a name. ValueError for an unknown one, with all there are.

    >>> find_activation("tanh")(0.0)
    0.0
    """
    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise ValueError(f"there is no activation named {name!r}: choose one of {', '.join(sorted(ACTIVATIONS))}")
    return ACTIVATIONS[name]

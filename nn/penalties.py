"""Penalties on large weights, to be added to a loss. Biases are left out unless asked for: they do not make a fit wigglier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograd import Value, dot, fsum

from .arguments import whole
from .module import Module, parameters_without


def penalised(model: Module, biases: bool) -> list[Value]:
    """The parameters a penalty is on: all but those called "bias", or all."""
    chosen = model.parameters() if biases else parameters_without(model, "bias")
    if not chosen:
        raise ValueError(f"there is nothing to penalise: {model!r} has no weights")
    return chosen


def l2_penalty(model: Module, strength: float, *, biases: bool = False, examples: int | None = None) -> Any:
    """strength * Σ w² (ridge, weight decay); with `examples=m` the textbooks' strength / (2 m) * Σ w².

    model       any Module; Σ goes over its parameters
    biases      True counts those called "bias", too

    Gives a Value, to be added to a loss, or for `fit(..., penalty=lambda model: l2_penalty(model, 1e-4))`. ValueError for a
    model without weights.

    >>> from nn import Neuron, init
    >>> l2_penalty(Neuron(2, init=init.constant(3.0)), 0.5).data
    9.0
    """
    factor = strength if examples is None else strength / (2.0 * whole(examples, "examples, the m of the textbooks,"))
    weights = penalised(model, biases)
    return factor * dot(weights, weights)


def l1_penalty(model: Module, strength: float, *, biases: bool = False) -> Any:
    """strength * Σ |w| (lasso), which drives weights to 0. Where one is 0, its slope is 0.

    model, biases, and the error are those of `l2_penalty`.

    >>> from nn import Neuron, init
    >>> l1_penalty(Neuron(2, init=init.constant(-3.0)), 0.5).data
    3.0
    """
    return strength * fsum([abs(p) for p in penalised(model, biases)])


def elastic_net_penalty(model: Module, l1: float, l2: float, *, biases: bool = False) -> Any:
    """l1 * Σ |w| + l2 * Σ w² (Zou and Hastie 2005).

    model, biases, and the error are those of `l2_penalty`.

    >>> from nn import Neuron, init
    >>> elastic_net_penalty(Neuron(2, init=init.constant(-3.0)), 0.5, 0.5).data
    12.0
    """
    return l1_penalty(model, l1, biases=biases) + l2_penalty(model, l2, biases=biases)


@dataclass(frozen=True)
class PerExample:
    """A penalty that `fit` is to divide by the number of rows in each batch, as scikit-learn does.

    count   what to divide by instead: a function of the targets of a batch, as a sum of weights that they have

    >>> from nn import MLP, fit
    >>> history = fit(
    ...     MLP(1, [1], rng=0), [[1.0], [2.0]], [1.0, 2.0], penalty=PerExample(lambda model: l2_penalty(model, 0.5)),
    ...     epochs=3, progress=False)
    >>> history.epochs
    3
    """

    penalty: Callable[[Module], Any]
    count: Callable[[Any], float] = len

    def __call__(self, model: Module) -> Any:
        return self.penalty(model)

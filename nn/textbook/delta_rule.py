"""The delta rule: how one layer learned before there was backpropagation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Value, gradients, is_grad_enabled

from ..activations import ACTIVATIONS
from ..arguments import real
from ..cutting import no_derivative_lost
from ..layers import Layer, Neuron


def delta_rule(layer: Layer | Neuron, x: Sequence[Any], target: Any, lr: float) -> list[float]:
    """Teaches one layer one example: delta_j = (t_j - y_j) f'(z_j), then w_ji += lr * delta_j * x_i, and b_j += lr * delta_j.

    layer   a Layer, or a Neuron; z_j is its weighted sum, y_j = f(z_j) its output
    x       its inputs
    target  t_j, what each neuron should give: a list for a Layer, a number for a Neuron
    lr      the learning rate

    Returns the deltas. With a linear layer f' is 1, and this is the rule of Widrow and Hoff (1960); with a sigmoid one f' is
    y (1 - y) (Rumelhart, Hinton and Williams 1986); the slopes of other activations autograd knows as well. It is a step of SGD
    on mse_loss(layer(x), target, reduction="half_sum"), whose derivative with respect to z_j is -delta_j.

    TypeError for anything but one layer, and inside a transform for Values from outside, since no derivative goes through it.
    ValueError for another number of inputs or targets, with both sizes, and RuntimeError inside no_grad(), where slopes are not
    recorded.

    >>> neuron = Neuron(2, "linear", init="zeros")
    >>> delta_rule(neuron, [1.0, 2.0], 1.0, lr=0.5)
    [1.0]
    >>> [w.data for w in neuron.weights], neuron.bias.data
    ([0.5, 1.0], 0.5)
    """
    if not isinstance(layer, (Layer, Neuron)):
        raise TypeError(f"the delta rule teaches one Layer or Neuron, and this is {layer!r}: networks learn by backward()")
    if not is_grad_enabled():
        raise RuntimeError("inside no_grad() autograd does not know the activation's slope: call delta_rule outside of it")
    lr = real(lr, "the learning rate lr")
    if isinstance(layer, Neuron):
        neurons, targets = [layer], [target]
    else:
        neurons, targets = layer.neurons, _one_for_each(layer.neurons, target)
    deltas = [_delta(neuron, x, t) for neuron, t in zip(neurons, targets, strict=True)]
    for neuron, delta in zip(neurons, deltas, strict=True):
        for weight, number in zip(neuron.weights, x, strict=True):
            weight.data = (weight + lr * (delta * number)).data
        if neuron.bias is not None:
            neuron.bias.data += lr * delta
    return deltas


def _one_for_each(neurons: list[Neuron], target: Any) -> list[Any]:
    if not hasattr(target, "__len__"):
        raise TypeError(f"the target of a Layer is a list of one number for each of its {len(neurons)} neurons, not {target!r}")
    if len(target) != len(neurons):
        raise ValueError(f"this layer has {len(neurons)} neurons, and was given {len(target)} targets")
    return list(target)


def _delta(neuron: Neuron, x: Sequence[Any], target: Any) -> float:
    with no_derivative_lost(neuron.parameters()) as check:
        z = neuron.weighted_sum(x)
        y = ACTIVATIONS[neuron.activation](z)
        (slope,) = gradients(y, [z])
        error: Value = target - y
        check(error)
    return error.data * slope.data

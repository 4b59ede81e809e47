"""Neurons, layers and multilayer perceptrons."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import autograd
from autograd import Value, dot

from .init import Initialiser, find
from .module import Dropout, Module
from .watching import report_layer, report_neuron, watchers

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    name: getattr(autograd, name)
    for name in (
        "relu", "leaky_relu", "elu", "gelu", "silu", "mish", "softplus", "tanh", "sigmoid", "arctan", "sin", "exp", "log1p",
    )
}  # fmt: skip
"""What a neuron can apply to its weighted sum, by name; "linear" applies nothing."""
ACTIVATIONS["linear"] = lambda x: x

_default_rng = random.Random(0)


def manual_seed(seed: int) -> None:
    """Starts the generator that modules take their initial weights from, when they are given no `rng`, anew from `seed`.

    >>> manual_seed(1)
    >>> first = Neuron(2)
    >>> manual_seed(1)
    >>> Neuron(2).weights == first.weights
    True
    """
    _default_rng.seed(seed)


def _generator(rng: random.Random | int | None) -> random.Random:
    if rng is None:
        return _default_rng
    if isinstance(rng, random.Random):
        return rng
    if isinstance(rng, int):
        return random.Random(rng)
    raise TypeError(f"rng is a seed (an int) or a random.Random, and this is {rng!r}")


def _activation(name: str) -> Callable[[Any], Any]:
    if name not in ACTIVATIONS:
        raise ValueError(f"there is no activation named {name!r}: choose one of {', '.join(sorted(ACTIVATIONS))}")
    return ACTIVATIONS[name]


def _count(n: Any, what: str) -> int:
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"{what} is a whole number of at least 1, and this is {n!r}")
    return n


class Neuron(Module):
    """activation(w . x + b): the weighted sum of `nin` inputs, plus a bias, through an activation. Its sum is one dot node.

    activation      a name of `ACTIVATIONS`
    nout            how many neurons stand beside it in its layer, itself included: some initialisers ask
    bias            False for none
    init            how weights start: a name of `nn.init.INITIALISERS` or a function; by default what suits the activation.
                    The bias starts at 0
    rng             a seed or a random.Random; without it, weights come from one generator that starts the same in every run
                    (see `manual_seed`)

    >>> n = Neuron(2, activation="tanh", rng=0)
    >>> n([1.0, -1.0]).op
    'tanh'
    """

    def __init__(
        self, nin: int, activation: str = "relu", *, nout: int = 1, bias: bool = True, init: str | Initialiser | None = None,
        rng: random.Random | int | None = None,
    ) -> None:  # fmt: skip
        nin, nout = _count(nin, "the number of inputs"), _count(nout, "the number of outputs")
        self._activate = _activation(activation)
        self.activation = activation
        weight = find(init, activation)
        generator = _generator(rng)
        self.weights = [Value(weight(nin, nout, generator)) for _ in range(nin)]
        self.bias = Value(0.0) if bias else None

    def weighted_sum(self, x: Sequence[Value | float]) -> Value:
        """w . x + b, which the activation has yet to be applied to."""
        if len(x) != len(self.weights):
            raise ValueError(f"this neuron takes {len(self.weights)} inputs, and was given {len(x)}")
        total = dot(self.weights, x)
        return total if self.bias is None else total + self.bias

    def __call__(self, x: Sequence[Value | float]) -> Value:
        z = self.weighted_sum(x)
        out: Value = self._activate(z)
        if watchers:
            report_neuron(self, x, z, out)
        return out

    def config(self) -> dict[str, Any]:
        return {"nin": len(self.weights), "activation": self.activation, "bias": self.bias is not None}

    def state(self) -> dict[str, Any]:
        return {"weight": self.weights, "bias": self.bias}

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, activation={self.activation!r})"


class Layer(Module):
    """`nout` neurons with the same `nin` inputs. Called with a list of numbers or Values, it gives a list of Values.

    The other arguments are a Neuron's.

    >>> len(Layer(3, 4, rng=0)([1.0, 2.0, 3.0]))
    4
    """

    def __init__(
        self, nin: int, nout: int, activation: str = "relu", *, bias: bool = True, init: str | Initialiser | None = None,
        rng: random.Random | int | None = None,
    ) -> None:  # fmt: skip
        generator = _generator(rng)
        self.neurons = [
            Neuron(nin, activation, nout=nout, bias=bias, init=init, rng=generator)
            for _ in range(_count(nout, "the number of outputs"))
        ]

    def __call__(self, x: Sequence[Value | float]) -> list[Value]:
        width = len(self.neurons[0].weights)
        if len(x) != width:
            raise ValueError(f"this layer takes {width} inputs, and was given {len(x)}")
        inputs = tuple(x)
        if watchers:
            report_layer(self, inputs)
        return [neuron(inputs) for neuron in self.neurons]

    def config(self) -> dict[str, Any]:
        return {**self.neurons[0].config(), "nout": len(self.neurons)}

    def state(self) -> dict[str, Any]:
        biases = [neuron.bias for neuron in self.neurons]
        return {"weight": [neuron.weights for neuron in self.neurons], "bias": None if None in biases else biases}

    def __repr__(self) -> str:
        first = self.neurons[0]
        return f"Layer({len(first.weights)}, {len(self.neurons)}, activation={first.activation!r})"


class MLP(Module):
    """A multilayer perceptron: layers of the widths `nouts` one after the other.

    activation      the hidden layers' (the last is linear then), or a list of one for each layer, the last included
    bias, init, rng as for Neuron, for all layers
    dropout         the probability to drop each output of a hidden layer in training (see `Dropout`); 0 for none

    Called with a list of `nin` numbers or Values, it gives a Value if its last layer has one neuron, else a list of Values.
    Parameters come in the order layer, neuron, weights then bias. ValueError for an input of another width, with both sizes.

    >>> MLP(2, [16, 16, 1], rng=0)
    MLP(2, [16, 16, 1], activation='relu')
    >>> MLP(2, [3, 1], activation=["tanh", "sigmoid"], rng=0)
    MLP(2, [3, 1], activation=['tanh', 'sigmoid'])
    """

    def __init__(
        self, nin: int, nouts: Sequence[int], activation: str | Sequence[str] = "relu", *, bias: bool = True,
        dropout: float = 0.0, init: str | Initialiser | None = None, rng: random.Random | int | None = None,
    ) -> None:  # fmt: skip
        if isinstance(nouts, int):
            raise TypeError(f"nouts is the list of the layers' widths: give [{nouts}] for one layer")
        widths = [nin, *nouts]
        if len(widths) < 2:
            raise ValueError("a network needs at least one layer: give its width in nouts")
        if isinstance(activation, str):
            _activation(activation)
            activations = [activation] * (len(nouts) - 1) + ["linear"]
        else:
            activations = list(activation)
            if len(activations) != len(nouts):
                raise ValueError(f"there are {len(nouts)} layers and {len(activations)} activations: give one for each layer")
        generator = _generator(rng)
        self.layers = [
            Layer(before, width, name, bias=bias, init=init, rng=generator)
            for before, width, name in zip(widths[:-1], widths[1:], activations, strict=True)
        ]
        self.activation = activation if isinstance(activation, str) else activations
        self.dropout = Dropout(dropout, rng=generator.getrandbits(64)) if dropout else None

    def __call__(self, x: Sequence[Value | float]) -> Any:
        values: Any = self.layers[0](x)
        for layer in self.layers[1:]:
            values = layer(values if self.dropout is None else self.dropout(values))
        return values[0] if len(values) == 1 else values

    def config(self) -> dict[str, Any]:
        first = self.layers[0].neurons[0]
        return {
            "nin": len(first.weights), "nouts": [len(layer.neurons) for layer in self.layers], "activation": self.activation,
            "bias": first.bias is not None, "dropout": 0.0 if self.dropout is None else self.dropout.p,
        }  # fmt: skip

    def __repr__(self) -> str:
        config = self.config()
        dropout = f", dropout={config['dropout']!r}" if self.dropout else ""
        return f"MLP({config['nin']}, {config['nouts']}, activation={self.activation!r}{dropout})"

"""Neurons, layers and multilayer perceptrons."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

from autograd import Value, dot

from .activations import find_activation
from .arguments import generator as generator_of
from .arguments import whole
from .init import Initialiser, find
from .module import PLAIN, Dropout, Module
from .nested import all_parameters
from .watching import watcher_here


def _misfit(x: Any, width: int, what: str) -> Exception:
    if not hasattr(x, "__len__"):
        return TypeError(f"this {what} takes a list of {width} inputs, and was given {x!r}: put numbers in a list, as [0.5]")
    if _is_batch(x):
        return _rows(x, width, what)
    return ValueError(f"this {what} takes {width} inputs, and was given {len(x)}")


def _is_batch(x: Any) -> bool:
    return isinstance(x, Iterable) and any(hasattr(part, "__len__") and not isinstance(part, str) for part in x)


def _rows(x: Any, width: int, what: str) -> Exception:
    return ValueError(
        f"this {what} takes one example, {width} inputs, and these are {len(x)} lists: for a batch, [model(x) for x in rows]"
    )


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
        self,
        nin: int,
        activation: str = "relu",
        *,
        nout: int = 1,
        bias: bool = True,
        init: str | Initialiser | None = None,
        rng: random.Random | int | None = None,
    ) -> None:
        nin, nout = whole(nin, "the number of inputs"), whole(nout, "the number of outputs")
        self._activate = find_activation(activation)
        self.activation = activation
        weight = find(init, activation)
        generator = generator_of(rng)
        self.weights = [Value(weight(nin, nout, generator)) for _ in range(nin)]
        self.bias = Value(0.0) if bias else None

    def weighted_sum(self, x: Sequence[Value | float]) -> Value:
        """w . x + b, the input of the activation."""
        if not hasattr(x, "__len__") or len(x) != len(self.weights):
            raise _misfit(x, len(self.weights), "neuron")
        try:
            total = dot(self.weights, x)
        except TypeError:
            if _is_batch(x):
                raise _rows(x, len(self.weights), "neuron") from None
            raise
        return total if self.bias is None else total + self.bias

    def __call__(self, x: Sequence[Value | float]) -> Value:
        z = self.weighted_sum(x)
        out: Value = self._activate(z)
        if (watcher := watcher_here()) is not None:
            watcher.neuron_fired(self, x, z, out)
        return out

    def config(self) -> dict[str, Any]:
        return {"nin": len(self.weights), "activation": self.activation, "bias": self.bias is not None}

    def _named_state(self) -> dict[str, Any]:
        own = vars(self)
        return own if "weight" in own else {"weight": self.weights} | {key: own[key] for key in own if key != "weights"}

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)}, activation={self.activation!r})"


class Layer(Module):
    """`nout` neurons with the same `nin` inputs. Called with a list of numbers or Values, it gives a list of Values.

    activation, bias, init, rng     as for Neuron

    ValueError, when it is called, for another number of inputs than `nin`.

    >>> len(Layer(3, 4, rng=0)([1.0, 2.0, 3.0]))
    4
    """

    _consists_of = ("neurons",)

    def __init__(
        self,
        nin: int,
        nout: int,
        activation: str = "relu",
        *,
        bias: bool = True,
        init: str | Initialiser | None = None,
        rng: random.Random | int | None = None,
    ) -> None:
        generator = generator_of(rng)
        self.neurons = [
            Neuron(nin, activation, nout=nout, bias=bias, init=init, rng=generator)
            for _ in range(whole(nout, "the number of outputs"))
        ]

    def __call__(self, x: Sequence[Value | float]) -> list[Value]:
        width = len(self.neurons[0].weights)
        if not hasattr(x, "__len__") or len(x) != width:
            raise _misfit(x, width, "layer")
        inputs = tuple(x)
        if (watcher := watcher_here()) is not None:
            watcher.layer_begins(self, inputs)
        return [neuron(inputs) for neuron in self.neurons]

    def config(self) -> dict[str, Any]:
        if any(type(neuron) is not Neuron or neuron.config() != self.neurons[0].config() for neuron in self.neurons):
            raise TypeError("the neurons of this layer are not alike, so no arguments make another")
        return {**self.neurons[0].config(), "nout": len(self.neurons)}

    def _named_state(self) -> dict[str, Any]:
        own, neurons = vars(self), self.neurons
        usual = all(map(_has_its_own_alone, neurons)) and len({n.bias is None for n in neurons}) < 2
        if not usual or "weight" in own or "bias" in own:
            return own  # a layer changed by hand, or a subclass with more parameters, is described neuron by neuron
        matrix = {"weight": [n.weights for n in neurons], "bias": [n.bias for n in neurons]}
        return matrix | {key: own[key] for key in own if key != "neurons"}

    def __repr__(self) -> str:
        first = self.neurons[0]
        return f"Layer({len(first.weights)}, {len(self.neurons)}, activation={first.activation!r})"


_OF_A_NEURON = {"_activate", "activation", "weights", "bias", "training"}


def _has_its_own_alone(neuron: Any) -> bool:
    """Whether its weights and its bias, each once, are all the parameters of a neuron."""
    if not isinstance(neuron, Neuron):
        return False
    own = neuron.weights if neuron.bias is None else [*neuron.weights, neuron.bias]
    known = vars(neuron).keys() <= _OF_A_NEURON and type(neuron.weights) is list and type(neuron._activate) in PLAIN
    if known:  # nothing else can be in it: its parameters need not be looked for
        return all_parameters(own) and len({*map(id, own)}) == len(own)
    return len(neuron.parameters()) == len(own)


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

    _consists_of = ("dropout", "layers")

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        activation: str | Sequence[str] = "relu",
        *,
        bias: bool = True,
        dropout: float = 0.0,
        init: str | Initialiser | None = None,
        rng: random.Random | int | None = None,
    ) -> None:
        if isinstance(nouts, int):
            given = f"[{nouts}, {activation}]" if isinstance(activation, int) else f"[{nouts}] for one layer"
            raise TypeError(f"nouts is the list of the layers' widths: give {given}")
        widths = [nin, *nouts]
        if len(widths) < 2:
            raise ValueError("a network needs at least one layer: give its width in nouts")
        if isinstance(activation, str):
            find_activation(activation)  # an unknown name is an error even where the only layer is the last
        activations = _one_each(activation, len(nouts))
        if len(activations) != len(nouts):
            raise ValueError(f"there are {len(nouts)} layers and {len(activations)} activations: give one for each layer")
        generator = generator_of(rng)
        self.layers = [
            Layer(before, width, name, bias=bias, init=init, rng=generator)
            for before, width, name in zip(widths[:-1], widths[1:], activations, strict=True)
        ]
        self.activation = activation if isinstance(activation, str) else activations
        self.dropout = Dropout(dropout, rng=generator.getrandbits(64)) if dropout else None

    def __call__(self, x: Sequence[Value | float]) -> Value | list[Value]:
        values: list[Value] = self.layers[0](x)
        for layer in self.layers[1:]:
            values = layer(values if self.dropout is None else self.dropout(values))
        return values[0] if len(values) == 1 else values

    def config(self) -> dict[str, Any]:
        if any(type(layer) is not Layer for layer in self.layers):
            raise TypeError("the layers of this MLP are not all of the class Layer, so no arguments make another")
        layers = [layer.config() for layer in self.layers]
        activations = [layer["activation"] for layer in layers]
        return {
            "nin": layers[0]["nin"],
            "nouts": [layer["nout"] for layer in layers],
            "bias": layers[0]["bias"],
            "activation": self.activation if _one_each(self.activation, len(layers)) == activations else activations,
            "dropout": 0.0 if self.dropout is None else self.dropout.p,
        }

    def __repr__(self) -> str:
        if not all(isinstance(layer, Layer) for layer in self.layers):
            return super().__repr__()
        nin, nouts = len(self.layers[0].neurons[0].weights), [len(layer.neurons) for layer in self.layers]
        dropout = f", dropout={self.dropout.p!r}" if self.dropout else ""
        return f"MLP({nin}, {nouts}, activation={self.activation!r}{dropout})"


def _one_each(activation: str | Sequence[str], layers: int) -> list[str]:
    """The activation of each layer. A single name is that of the hidden layers; the last layer is linear then."""
    if isinstance(activation, str):
        return [activation] * (layers - 1) + ["linear"]
    if not isinstance(activation, Iterable):
        raise TypeError(
            f"activation is a name, or a list of one for each layer, and this is {activation!r}: see nn.ACTIVATIONS"
        )
    return list(activation)

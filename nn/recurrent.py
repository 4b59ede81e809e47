"""Recurrent cells, and sequences unrolled through them: backpropagation through time is backward() on the graph of that.

Names and conventions are those of torch.nn.RNNCell and LSTMCell: a cell takes an input and its last state.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd import Value, tanh
from autograd.derivatives.structures import unframed

from .arguments import generator as generator_of
from .arguments import whole
from .init import Initialiser
from .layers import Layer
from .module import Module

Numbers = Sequence[Value | float]
Pair = tuple[Numbers, Numbers]


def _of_width(numbers: Any, width: int, what: str) -> list[Value | float]:
    """The numbers as a list, if there are `width` of them; else an error that says what was given."""
    if not hasattr(numbers, "__len__"):
        raise TypeError(f"{what} of this cell is a list of {width} numbers or Values, and this is {numbers!r}")
    if len(numbers) != width:
        raise ValueError(f"{what} of this cell has {width} numbers, and this one has {len(numbers)}")
    return list(numbers)


class RNNCell(Module):
    """h = activation(W [x, h] + b), the new state from an input and the old state (Rumelhart et al. 1986, Elman 1990).

    nin, nhidden    how many numbers the input x and the state h have
    activation      a name of `ACTIVATIONS`
    bias, init, rng as for Neuron. There is one bias for a neuron, where PyTorch's cells have two, which are added

    Called with x and h, lists of numbers or Values, it gives the new h; without an h, it starts from zeros. ValueError for an x
    or h of another width, with both sizes.

    >>> cell = RNNCell(1, 2, rng=0)
    >>> h = cell([0.5])
    >>> h = cell([-1.0], h)
    >>> len(h), len(cell.parameters())
    (2, 8)
    """

    _consists_of = ("layer",)

    def __init__(
        self,
        nin: int,
        nhidden: int,
        activation: str = "tanh",
        *,
        bias: bool = True,
        init: str | Initialiser | None = None,
        rng: random.Random | int | None = None,
    ) -> None:
        self.nin, self.nhidden = whole(nin, "the number of inputs"), whole(nhidden, "the number of hidden units")
        self.layer = Layer(nin + nhidden, nhidden, activation, bias=bias, init=init, rng=rng)
        self._config = {"nin": nin, "nhidden": nhidden, "activation": activation, "bias": bias}

    def __call__(self, x: Numbers, h: Numbers | None = None) -> list[Value]:
        before = [0.0] * self.nhidden if h is None else h
        return self.layer([*_of_width(x, self.nin, "the input x"), *_of_width(before, self.nhidden, "the state h")])

    def config(self) -> dict[str, Any]:
        """The arguments that make a cell of the same shape: RNNCell(**cell.config())."""
        return dict(self._config)

    def __repr__(self) -> str:
        return f"RNNCell({self.nin}, {self.nhidden}, activation={self._config['activation']!r})"


class LSTMCell(Module):
    """Long short-term memory (Hochreiter and Schmidhuber 1997), with the forget gate of Gers, Schmidhuber and Cummins (2000).

    Beside its output h it keeps memories c, which a step changes only as far as its gates open:

        c = forget * c + write * candidate        h = output * tanh(c)

    where the gates forget, write and output (sigmoid) and the candidate (tanh) are each a Layer over [x, h].

    nin, nhidden    how many numbers the input x has, and h and c each
    bias, init, rng as for Neuron, but the forget gates' biases start at 1, so that new cells remember (Jozefowicz et al. 2015).
                    PyTorch's cell has two biases where this has one, and starts them all near 0

    Called with x and (h, c), it gives the new (h, c); without, it starts from zeros. ValueError for an x, h or c of another
    width, with both sizes.

    >>> cell = LSTMCell(1, 2, rng=0)
    >>> h, c = cell([0.5])
    >>> h, c = cell([-1.0], (h, c))
    >>> len(h), len(c), len(cell.parameters())
    (2, 2, 32)
    """

    _consists_of = ("candidate", "forget_gate", "output_gate", "write_gate")

    def __init__(
        self,
        nin: int,
        nhidden: int,
        *,
        bias: bool = True,
        init: str | Initialiser | None = None,
        rng: random.Random | int | None = None,
    ) -> None:
        self.nin, self.nhidden = whole(nin, "the number of inputs"), whole(nhidden, "the number of hidden units")
        generator = generator_of(rng)

        def layer(activation: str) -> Layer:
            return Layer(nin + nhidden, nhidden, activation, bias=bias, init=init, rng=generator)

        self.write_gate, self.forget_gate = layer("sigmoid"), layer("sigmoid")
        self.candidate, self.output_gate = layer("tanh"), layer("sigmoid")
        for neuron in self.forget_gate.neurons:
            if neuron.bias is not None:
                neuron.bias.data = 1.0
        self._config = {"nin": nin, "nhidden": nhidden, "bias": bias}

    def __call__(self, x: Numbers, state: Pair | None = None) -> tuple[list[Value], list[Value]]:
        h, c = self._parted(state)
        inputs = [*_of_width(x, self.nin, "the input x"), *h]
        write, forget = self.write_gate(inputs), self.forget_gate(inputs)
        candidate, output = self.candidate(inputs), self.output_gate(inputs)
        memories = [f * old + w * new for f, old, w, new in zip(forget, c, write, candidate, strict=True)]
        return [o * tanh(memory) for o, memory in zip(output, memories, strict=True)], memories

    def _parted(self, state: Any) -> tuple[list[Value | float], list[Value | float]]:
        if state is None:
            return [0.0] * self.nhidden, [0.0] * self.nhidden
        if not isinstance(state, (tuple, list)) or len(state) != 2:
            raise TypeError(f"the state of an LSTMCell is a pair (h, c), and this is {state!r}")
        return _of_width(state[0], self.nhidden, "the state h"), _of_width(state[1], self.nhidden, "the memory c")

    def config(self) -> dict[str, Any]:
        """The arguments that make a cell of the same shape: LSTMCell(**cell.config())."""
        return dict(self._config)

    def __repr__(self) -> str:
        return f"LSTMCell({self.nin}, {self.nhidden})"


def unroll(cell: Callable[[Any, Any], Any], xs: Iterable[Any], state: Any = None) -> tuple[list[Any], Any]:
    """Calls `cell` with one input after the other: (its output at every step, the state it ends in).

    cell    an RNNCell, an LSTMCell, or anything called as cell(x, state) that gives the next state; where that is a tuple, as
            an LSTM's (h, c), the first part is the output
    xs      the inputs of the steps
    state   what the cell starts from; None is handed to it too, and means zeros to the cells here

    The graph reaches back to the first step, so a loss on the outputs is differentiated through time (Werbos 1990). Truncate it
    by giving the next piece of a long sequence a state of detached Values.

    >>> outputs, h = unroll(RNNCell(1, 2, rng=0), [[1.0], [0.0], [0.0]])
    >>> len(outputs), outputs[-1] is h
    (3, True)
    >>> unroll(lambda x, total: total + x, [1.0, 2.0, 3.0], 0.0)
    ([1.0, 3.0, 6.0], 6.0)
    """
    outputs = []
    for x in unframed(xs):
        state = cell(x, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return outputs, state

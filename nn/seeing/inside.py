"""Seeing inside a network: the error signal of every layer, and how weights and gradients fare while it trains."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from autograd import Value, gradients, is_grad_enabled, no_grad
from autograd.derivatives.structures import unframed
from autograd.pictures.colours import GRID
from autograd.pictures.figures import File, in_legend, new_figure, saved

from ..activations import traits_of
from ..layers import Layer
from ..losses import mse_loss
from ..module import Module
from ..watching import Call, watch

# ------------------------------------------------------------------------------------------------ error signals


@dataclass(frozen=True, repr=False)
class LayerDeltas:
    """The numbers of one call of a layer, one for each of its neurons; printed, a table. Made by `deltas`.

    name            the layer's, as in `model.named_modules()`
    inputs          the inputs of the layer
    z               the weighted sums, w . x + b
    activations     the outputs: the activation function of z
    deltas          the error signals dE/dz

    >>> LayerDeltas("hidden", [1.0, 2.0], [0.5, -1.0], [0.5, 0.0], [0.25, 0.0])
    hidden, inputs 1, 2
    neuron    z  activation  delta
    0       0.5         0.5   0.25
    1        -1           0      0
    """

    name: str
    inputs: list[float]
    z: list[float]
    activations: list[float]
    deltas: list[float]

    def __repr__(self) -> str:
        columns = zip(self.z, self.activations, self.deltas, strict=True)
        rows = [[str(i), *[f"{x:.6g}" for x in numbers]] for i, numbers in enumerate(columns)]
        title = f"{self.name or 'the model'}, inputs {_listed(self.inputs)}"
        return f"{title}\n{_table(['neuron', 'z', 'activation', 'delta'], rows)}"


class Deltas(list[LayerDeltas]):
    """The LayerDeltas of one pass in the order the layers were called: a list, printed as one table after the other."""

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self))


def deltas(model: Module, x: Any, y: Any, loss: Callable[[Any, Any], Value] | None = None) -> Deltas:
    """The error signal dE/dz of every neuron, E being the loss of the model on one example, beside its z and activation.

    Backpropagation computes them from the last layer to the first, and the gradient of a weight is the delta of its neuron
    times the weight's input; a bias has the delta itself. (Rumelhart, Hinton and Williams 1986, where δ is -dE/dz.)

    model           any Module made of Layers and Neurons. Each call of a Layer is one record, so a layer that is used
                    several times has several, and so has each call of a Neuron outside a Layer
    x, y            one example: what the model is called with, and its target
    loss            a function of the prediction and y; by default half the sum of squares, the textbooks' E

    No `.grad` is touched. TypeError for a model that is no Module or a loss that is no Value; ValueError if no neuron was
    called; RuntimeError inside `no_grad()`.

    >>> from nn import MLP, init
    >>> model = MLP(2, [2, 1], activation=["tanh", "linear"], init=init.constant(0.5))
    >>> deltas(model, [1.0, 1.0], 0.0)
    layers.0, inputs 1, 1
    neuron  z  activation     delta
    0       1    0.761594  0.159925
    1       1    0.761594  0.159925
    <BLANKLINE>
    layers.1, inputs 0.761594, 0.761594
    neuron         z  activation     delta
    0       0.761594    0.761594  0.761594
    """
    forward = _forward_pass(model, "deltas()")
    if not is_grad_enabled():
        raise RuntimeError("deltas() differentiates, and inside no_grad() nothing is recorded: call it outside")
    with watch() as calls:
        prediction = forward(x)
    error = (loss or _half_squared_error)(prediction, y)
    if not isinstance(error, Value):
        raise TypeError(f"the loss of a prediction is a Value, and this is {error!r}: let it return one number, not its .data")
    if not calls:
        raise ValueError(f"no Layer or Neuron was called, so there are no deltas: this model is {type(model).__name__}")
    names = {id(module): name for name, module in model.named_modules()}
    slopes = iter(gradients(error, [z for call in calls for z in _sums(call)]))
    return Deltas(
        LayerDeltas(
            names.get(id(call.module), repr(call.module)),
            _data(call.inputs),
            _data(call.sums),
            _data(call.activations),
            [next(slopes).data for _ in call.sums],
        )
        for call in calls
    )


def _forward_pass(model: Any, who: str) -> Callable[[Any], Any]:
    """The model, as a function. TypeError if it is no Module, or cannot be called."""
    if not isinstance(model, Module):
        raise TypeError(f"{who} looks into a model, a Module, and this is {model!r}")
    if not callable(model):
        raise TypeError(f"{who} calls the model, and {type(model).__name__} has no __call__(self, x)")
    return model


def _half_squared_error(prediction: Any, target: Any) -> Any:
    return mse_loss(prediction, target, reduction="half_sum")


def _sums(call: Call) -> list[Value]:
    if not call.complete:
        raise ValueError(
            f"{call.module!r} has {len(call.neurons)} neurons, and {len(call.sums)} of them said what their weighted sum was: "
            "in a subclass of Neuron, compute it by super().__call__(x)"
        )
    return call.sums


def _data(numbers: Iterable[Value | float]) -> list[float]:
    return [x.data if isinstance(x, Value) else float(x) for x in numbers]


def _listed(numbers: Sequence[float], most: int = 8) -> str:
    """The first few numbers, and how many there are if those are not all."""
    text = ", ".join(f"{x:.6g}" for x in numbers[:most])
    return text if len(numbers) <= most else f"{text}, ... ({len(numbers)} of them)"


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of text under titles, in columns as wide as their contents: the first flush left, the others flush right."""
    lines = [titles, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *[cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True)]]).rstrip()
        for line in lines
    )


# ------------------------------------------------------------------------------------------------ weights and gradients


@dataclass(frozen=True, repr=False)
class LayerSummary:
    """The weights of one layer (without biases) and their gradients, in numbers; printed, a table. By `layer_statistics`.

    name            the layer's, as in `model.named_modules()`
    weights         how many there are
    weight_mean, weight_std, weight_norm, weight_max
                    their mean, standard deviation, Euclidean norm, and the largest |w|
    grad_norm, grad_mean, grad_max
                    the Euclidean norm of their gradients, the mean and the largest |dE/dw|
    dead            relu-like units that gave 0 for every row; None where no row was seen
    saturated       sigmoid units outside 0.01 ... 0.99 and tanh units beyond ±0.99 for every row; None likewise

    >>> from nn import MLP, init
    >>> (layer,) = layer_statistics(MLP(2, [1], init=init.constant(3.0)))
    >>> layer.weights, layer.weight_mean, layer.weight_std, layer.dead
    (2, 3.0, 0.0, None)
    """

    name: str
    weights: int
    weight_mean: float
    weight_std: float
    weight_norm: float
    weight_max: float
    grad_norm: float
    grad_mean: float
    grad_max: float
    dead: int | None = None
    saturated: int | None = None

    @property
    def ratio(self) -> float:
        """The norm of the gradients over that of the weights; NaN for 0 / 0."""
        if self.weight_norm:
            return self.grad_norm / self.weight_norm
        return math.inf if self.grad_norm else math.nan

    def __repr__(self) -> str:
        return repr(LayerSummaries([self]))


class LayerSummaries(list[LayerSummary]):
    """A LayerSummary for each layer: a list, printed as a table."""

    def __repr__(self) -> str:
        titles = ["layer", "weights", "mean w", "std w", "norm w", "max |w|", "norm g", "mean |g|", "max |g|", "g / w"]
        rows = [
            [s.name or "the model", f"{s.weights}"]
            + [f"{x:.3g}" for x in (s.weight_mean, s.weight_std, s.weight_norm, s.weight_max)]
            + [f"{x:.3g}" for x in (s.grad_norm, s.grad_mean, s.grad_max, s.ratio)]
            for s in self
        ]
        if any(s.dead is not None for s in self):
            titles += ["dead", "saturated"]
            for row, s in zip(rows, self, strict=True):
                row += ["" if units is None else str(units) for units in (s.dead, s.saturated)]
        return _table(titles, rows)


def layer_statistics(model: Module, rows: Iterable[Any] | None = None) -> LayerSummaries:
    """The size of the weights of every layer, and of their gradients as they are now in `.grad`.

    Gradients that shrink by a factor from layer to layer vanish before they reach the first one, or, growing, explode
    (Hochreiter 1991; Glorot and Bengio 2010 for what initial weights have to do with it).

    model           any Module. Biases are left out. Weights outside Layers count for the module whose attributes they are
    rows            inputs on which dead and saturated units are counted; the model is called with each, in eval mode and
                    under no_grad(), and left in the mode it was in

    TypeError for a model that is no Module, ValueError for one without weights or for no rows.

    >>> from nn import MLP, init
    >>> layer_statistics(MLP(2, [3, 1], init=init.constant(-1.0)), rows=[[1.0, 2.0]])
    layer     weights  mean w  std w  norm w  max |w|  norm g  mean |g|  max |g|  g / w  dead  saturated
    layers.0        6      -1      0    2.45        1       0         0        0      0     3          0
    layers.1        3      -1      0    1.73        1       0         0        0      0     0          0
    """
    if not isinstance(model, Module):
        raise TypeError(f"layer_statistics() looks into a model, a Module, and this is {model!r}")
    layers = _weights_by_layer(model)
    if not layers:
        raise ValueError(f"{model!r} has no weights to look at")
    units = None if rows is None else _Units(model, rows)
    modules = dict(model.named_modules())
    return LayerSummaries(
        _summary(name, weights, *((None, None) if units is None else units.counts(modules[name])))
        for name, weights in layers.items()
    )


def _weights_by_layer(model: Module) -> dict[str, list[Value]]:
    """The weights of every layer by its name: those of a Layer, or else of the module that has them itself."""
    modules = dict(model.named_modules())
    found: dict[str, list[Value]] = {}
    for name, parameter in model.named_parameters():
        pieces = name.split(".")
        if pieces[-1] == "bias":
            continue
        owners = [above for i in range(len(pieces)) if (above := ".".join(pieces[:i])) in modules]
        layer = next((above for above in owners if isinstance(modules[above], Layer)), owners[-1])
        found.setdefault(layer, []).append(parameter)
    return found


def _summary(name: str, weights: list[Value], dead: int | None, saturated: int | None) -> LayerSummary:
    w = [p.data for p in weights]
    g = [abs(p.grad) for p in weights]
    mean = _mean(w)
    return LayerSummary(
        name=name,
        weights=len(w),
        weight_mean=mean,
        weight_std=math.hypot(*[x - mean for x in w]) / math.sqrt(len(w)),
        weight_norm=math.hypot(*w),
        weight_max=_largest(map(abs, w)),
        grad_norm=math.hypot(*g),
        grad_mean=_mean(g),
        grad_max=_largest(g),
        dead=dead,
        saturated=saturated,
    )


def _mean(numbers: list[float]) -> float:
    if not all(map(math.isfinite, numbers)):
        return sum(numbers) / len(numbers)
    return math.fsum(x / len(numbers) for x in numbers)  # divided first: the sum of huge ones could overflow


def _largest(numbers: Iterable[float]) -> float:
    """The largest number; NaN if there is one among them, which max() finds in the first place only."""
    numbers = list(numbers)
    return math.nan if any(map(math.isnan, numbers)) else max(numbers)


class _Units:
    """The neurons that were called on some rows, those that were alive for one, and those not saturated for one, by id()."""

    def __init__(self, model: Module, rows: Iterable[Any]) -> None:
        forward = _forward_pass(model, "layer_statistics() with rows")
        self.called: set[int] = set()
        self.alive: set[int] = set()
        self.unsaturated: set[int] = set()
        rows = list(unframed(rows))
        if not rows:
            raise ValueError("rows are the inputs on which dead units are counted, and there are none: give at least one")
        modes = [(module, module.training) for _, module in model.named_modules()]
        model.eval()
        try:
            with no_grad():
                for row in rows:
                    with watch() as calls:
                        forward(row)
                    for call in calls:
                        self._note(call)
        finally:
            for module, mode in modes:
                module.training = mode

    def _note(self, call: Call) -> None:
        for neuron, z, out in zip(call.neurons, _sums(call), call.activations, strict=True):
            self.called.add(id(neuron))
            if not _silent(neuron.activation, z.data, out.data):
                self.alive.add(id(neuron))
            if not _saturated(neuron.activation, out.data):
                self.unsaturated.add(id(neuron))

    def counts(self, layer: Module) -> tuple[int | None, int | None]:
        """How many neurons of a layer are dead, and how many saturated."""
        neurons = layer.neurons if isinstance(layer, Layer) else [layer]
        called = [id(neuron) for neuron in neurons if id(neuron) in self.called]
        if not called:
            return None, None
        return sum(i not in self.alive for i in called), sum(i not in self.unsaturated for i in called)


def _silent(activation: str, z: float, out: float) -> bool:
    """Whether a unit gives nothing and passes no gradient on."""
    traits = traits_of(activation)
    return out == 0.0 and traits.half_silent and (traits.flat_at_zero or z < 0.0)


def _saturated(activation: str, out: float) -> bool:
    low, high = traits_of(activation).saturates or (-math.inf, math.inf)
    return out < low or out > high


# ------------------------------------------------------------------------------------------------ while it trains


class _Training(Protocol):
    """What a callback is given after every epoch."""

    @property
    def model(self) -> Module: ...

    @property
    def epoch(self) -> int: ...


class LayerStatistics:
    """A training callback that keeps the `layer_statistics` of every epoch, to see gradients vanish, explode, or units die.

    Called with the state of the training, which has `.model` and `.epoch`, after every epoch, while the gradients of its last
    batch are still there.

    rows            as for `layer_statistics`; without them no units are counted

    `.records` is the list of (epoch, statistics).

    >>> from types import SimpleNamespace
    >>> from nn import MLP
    >>> watching = LayerStatistics(rows=[[0.0, 1.0], [1.0, 0.0]])
    >>> watching(SimpleNamespace(model=MLP(2, [3, 1], rng=0), epoch=1))
    >>> [(epoch, [layer.name for layer in statistics]) for epoch, statistics in watching.records]
    [(1, ['layers.0', 'layers.1'])]
    """

    def __init__(self, rows: Iterable[Any] | None = None) -> None:
        self.rows = None if rows is None else list(unframed(rows))
        self.records: list[tuple[int, LayerSummaries]] = []

    def __call__(self, state: _Training) -> None:
        self.records.append((state.epoch, layer_statistics(state.model, self.rows)))

    def __repr__(self) -> str:
        return f"<LayerStatistics of {len(self.records)} epochs>"

    def plot(self, file: File = None) -> Any:
        """The norms of the gradients and of the weights of every layer over the epochs, as a matplotlib Figure.

        The layers go from dark (the first) to light. Gradients are on a logarithmic scale; a norm of 0 is not on it.

        file        where to write the picture, if anywhere

        ValueError before the first epoch.
        """
        if not self.records:
            raise ValueError("there is nothing to plot yet: this is a callback, to be called after every epoch of a training")
        figure, (left, right) = new_figure(9.6, 4.2, columns=2)
        lines = _norms(left, self.records, "grad_norm")
        _norms(right, self.records, "weight_norm")
        left.set_title("norm of the gradients")
        right.set_title("norm of the weights")
        right.set_ylim(bottom=0.0)
        figure.legend(handles=lines, loc="outside right center", frameon=False)
        return saved(figure, file)


def _norms(axes: Any, records: list[tuple[int, LayerSummaries]], what: str) -> list[Any]:
    from matplotlib import colormaps

    epochs = [epoch for epoch, _ in records]
    names = [layer.name for layer in records[0][1]]
    lines = []
    for i, name in enumerate(names):
        norms = [next((getattr(layer, what) for layer in layers if layer.name == name), math.nan) for _, layers in records]
        colour = colormaps["viridis"](0.9 * i / max(1, len(names) - 1))
        marker = "o" if len(epochs) == 1 else ""
        lines += axes.plot(epochs, norms, color=colour, linewidth=2, marker=marker, label=in_legend(name or "the model"))
    if what == "grad_norm" and any(0.0 < y < math.inf for line in lines for y in line.get_ydata()):
        axes.set_yscale("log", nonpositive="mask")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("epoch")
    axes.grid(True, which="major", color=GRID)
    return lines

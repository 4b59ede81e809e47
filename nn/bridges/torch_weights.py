"""Weights to and from the state dict of a torch.nn.Sequential, or of a recurrent cell, as NumPy arrays, without PyTorch.

In PyTorch a Linear and its activation are two modules of a Sequential, so the layers of `MLP(2, [16, 16, 1])` are number 0, 2
and 4 of

    torch.nn.Sequential(
        torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1)
    ).double()

and the keys of its weights "0.weight", "0.bias", "2.weight" and so on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..activations import find_activation
from ..layers import MLP, Layer
from ..module import Module, Sequential
from ..recurrent import LSTMCell, RNNCell

LINEAR_KEY = re.compile(r"(0|[1-9][0-9]*)\.(weight|bias)")


def to_torch(model: Module) -> dict[str, Any]:
    """The weights of an MLP, a Layer or a Sequential of these, as the state dict of a torch.nn.Sequential of the same layers;
    of an RNNCell or LSTMCell, as that of PyTorch's cell of the same name.

    A Layer takes one number of the keys and its activation, unless "linear", another. Dropout, functions and whatever else has
    no parameters take one, as modules of PyTorch do, and an MLP or Sequential inside has keys such as "0.2.weight". Of the two
    biases of PyTorch's cells, which are added, the second is 0 then. (An RNNCell's activation is "tanh" or "relu" there.)

    To load them: `torch_model.load_state_dict({key: torch.from_numpy(array) for key, array in to_torch(model).items()})`.

    TypeError for a model or a part of one that is none of these and has parameters. ImportError without NumPy.

    >>> {key: array.shape for key, array in to_torch(MLP(2, [16, 1], rng=0)).items()}
    {'0.weight': (16, 2), '0.bias': (16,), '2.weight': (1, 16), '2.bias': (1,)}
    """
    if isinstance(model, (RNNCell, LSTMCell)):
        return _arrays_of_cell(model)
    arrays = {}
    for name, layer in _linear_layers(model):
        arrays[f"{name}.weight"], bias = _arrays_of_layer(layer)
        if len(bias):
            arrays[f"{name}.bias"] = bias
    return arrays


def from_torch(state_dict: Mapping[str, Any], activation: str | Sequence[str] = "relu") -> MLP:
    """The MLP of the state dict of a torch.nn.Sequential of Linear layers, activations and dropout.

    state_dict      keys as "0.weight" and "0.bias"; tensors, arrays or nested lists
    activation      is not in a state dict: give the hidden layers' (the last is linear then), or a list of one for each layer.
                    A Linear that the next one follows at once has none

    Without any bias in it, the MLP has none. Dropout, which does nothing once trained, is left out.

    ValueError for what no MLP has, with all that is wrong in one message. ImportError without NumPy.

    >>> model = from_torch({"0.weight": [[1.0, 2.0], [3.0, 4.0]], "2.weight": [[1.0, -1.0]]}, "tanh")
    >>> model
    MLP(2, [2, 1], activation='tanh')
    >>> [p.data for p in model.parameters()]
    [1.0, 2.0, 3.0, 4.0, 1.0, -1.0]
    """
    arrays, problems = _arrays(state_dict)
    problems += [
        f"{key!r} is not a Linear layer's, as '0.weight' and '0.bias' are" for key in state_dict if not _is_of_linear(key)
    ]
    indices = sorted({int(key.split(".")[0]) for key in state_dict if _is_of_linear(key)})
    for i in indices:
        problems += _problems_of_linear(f"{i}.weight", f"{i}.bias", state_dict, arrays)
    problems += _problems_of_chain(indices, arrays)
    problems += _problems_of_biases(indices, state_dict)
    problems += _problems_of_activations(indices, activation)
    _refuse(problems, "no MLP has this state dict")
    weights = [arrays[f"{i}.weight"] for i in indices]
    model = MLP(
        weights[0].shape[1],
        [len(weight) for weight in weights],
        _activations(indices, activation),
        bias=f"{indices[0]}.bias" in arrays,
        init="zeros",
    )
    for i, layer in zip(indices, model.layers, strict=True):
        _fill(layer, arrays[f"{i}.weight"], arrays.get(f"{i}.bias"))
    return model


def load_torch(model: Module, state_dict: Mapping[str, Any]) -> None:
    """Sets the weights of a model from a state dict with the keys and shapes of `to_torch(model)`, all or none.

    For models that `from_torch` does not make: with dropout, or with biases in some layers only, and for recurrent cells.

    ValueError for other keys or shapes and for NaN, with all that is wrong in one message. ImportError without NumPy.

    >>> from nn import Dropout
    >>> model = Sequential(Layer(1, 2, rng=0), Dropout(0.5), Layer(2, 1, "linear", bias=False, rng=0))
    >>> load_torch(model, {"0.weight": [[1.0], [2.0]], "0.bias": [3.0, 4.0], "3.weight": [[5.0, 6.0]]})
    >>> [p.data for p in model.parameters()]
    [1.0, 3.0, 2.0, 4.0, 5.0, 6.0]
    """
    arrays, problems = _arrays(state_dict)
    wanted = to_torch(model)
    problems += [f"{key!r} is missing" for key in wanted if key not in state_dict]
    problems += [f"{key!r} is not among the model's keys" for key in state_dict if key not in wanted]
    problems += [
        f"{key!r} has shape {array.shape}, and the model's has {wanted[key].shape}"
        for key, array in arrays.items()
        if key in wanted and array.shape != wanted[key].shape
    ]
    _refuse(problems, f"the model has the keys {list(wanted)}, and this state dict is not its own")
    if isinstance(model, (RNNCell, LSTMCell)):
        _fill_cell(model, arrays)
        return
    for name, layer in _linear_layers(model):
        _fill(layer, arrays[f"{name}.weight"], arrays.get(f"{name}.bias"))


# ------------------------------------------------------------------------------------------------ models


def _linear_layers(model: Module, above: str = "") -> list[tuple[str, Layer]]:
    """The layers of a model, each with the name that its Linear has in a torch.nn.Sequential."""
    found = []
    index = 0
    for step in _steps(model):
        name = f"{above}{index}"
        index += 1
        if isinstance(step, Layer):
            found.append((name, step))
            index += _activation_of(step) != "linear"
        elif isinstance(step, (MLP, Sequential)):
            found += _linear_layers(step, f"{name}.")
        elif isinstance(step, Module) and step.parameters():
            raise TypeError(
                f"there is no Linear for the parameters of {step!r}: only an MLP, a Sequential and a Layer have one"
            )
    return found


def _steps(model: Any) -> Sequence[Any]:
    if isinstance(model, MLP):
        *hidden, last = model.layers
        after = [] if model.dropout is None else [model.dropout]
        return [*(step for layer in hidden for step in (layer, *after)), last]
    if isinstance(model, Sequential):
        return model.steps
    if isinstance(model, Layer):
        return [model]
    raise TypeError(f"weights go to and from an MLP, a Sequential, a Layer or a recurrent cell, and this is {model!r}")


def _activation_of(layer: Layer) -> str:
    first = layer.neurons[0]
    for neuron in layer.neurons:
        if neuron.activation != first.activation or (neuron.bias is None) != (first.bias is None):
            raise ValueError(
                f"a Linear and its activation treat all outputs alike, and these two differ: {first!r}, {neuron!r}"
            )
    return first.activation


def _arrays_of_layer(layer: Layer) -> tuple[Any, Any]:
    """The weights of a layer, (outputs, inputs), and its biases, of which there may be none."""
    np = _numpy()
    weight = np.array([[weight.data for weight in neuron.weights] for neuron in layer.neurons])
    return weight, np.array([neuron.bias.data for neuron in layer.neurons if neuron.bias is not None])


def _gates(cell: RNNCell | LSTMCell) -> list[Layer]:
    """The layers of a cell, in the order in which PyTorch's has their rows."""
    if isinstance(cell, LSTMCell):
        return [cell.write_gate, cell.forget_gate, cell.candidate, cell.output_gate]
    return [cell.layer]


def _arrays_of_cell(cell: RNNCell | LSTMCell) -> dict[str, Any]:
    np = _numpy()
    weights, biases = zip(*map(_arrays_of_layer, _gates(cell)), strict=True)
    of_inputs, of_state = np.hsplit(np.concatenate(weights), [cell.nin])
    arrays = {"weight_ih": of_inputs, "weight_hh": of_state}
    bias = np.concatenate(biases)
    if len(bias):
        arrays |= {"bias_ih": bias, "bias_hh": np.zeros(len(bias))}
    return arrays


def _fill_cell(cell: RNNCell | LSTMCell, arrays: Mapping[str, Any]) -> None:
    np = _numpy()
    gates = _gates(cell)
    weights = np.split(np.hstack([arrays["weight_ih"], arrays["weight_hh"]]), len(gates))
    biases = np.split(arrays["bias_ih"] + arrays["bias_hh"], len(gates)) if "bias_ih" in arrays else [None] * len(gates)
    for gate, weight, bias in zip(gates, weights, biases, strict=True):
        _fill(gate, weight, bias)


def _fill(layer: Layer, weight: Any, bias: Any) -> None:
    for neuron, numbers in zip(layer.neurons, weight.tolist(), strict=True):
        for parameter, number in zip(neuron.weights, numbers, strict=True):
            parameter.data = number
    if bias is not None:
        for neuron, number in zip(layer.neurons, bias.tolist(), strict=True):
            assert neuron.bias is not None
            neuron.bias.data = number


def _activations(indices: list[int], activation: str | Sequence[str]) -> str | list[str]:
    """The `activation` of the MLP. A hidden layer whose next one follows at once is linear."""
    if not isinstance(activation, str):
        return list(activation)
    find_activation(activation)  # an unknown name is an error even where no layer has room for it
    hidden = [activation if after > before + 1 else "linear" for before, after in pairwise(indices)]
    return activation if set(hidden) <= {activation} else [*hidden, "linear"]


# ------------------------------------------------------------------------------------------------ state dicts


def _arrays(state_dict: Any) -> tuple[dict[str, Any], list[str]]:
    """The state dict as arrays of float64, and a message for each item that cannot be one."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"a state dict maps names to arrays, and this is {state_dict!r}: give model.state_dict()")
    np = _numpy()
    arrays, problems = {}, []
    for key, given in state_dict.items():
        try:
            array = np.asarray(_on_its_own(given))
        except (TypeError, ValueError, RuntimeError) as error:
            problems.append(f"{key!r} cannot be read as an array: {error}")
            continue
        if array.dtype.kind not in "fiub":
            problems.append(f"{key!r} is not an array of real numbers: its elements are of the type {array.dtype}")
            continue
        arrays[key] = array.astype(np.float64)
        bad = np.argwhere(~np.isfinite(arrays[key]))
        if len(bad):
            where = tuple(bad[0].tolist())
            others = f", and {len(bad) - 1} more are not finite" if len(bad) > 1 else ""
            problems.append(f"{key!r} has {arrays[key][where]} at {where}{others}")
    return arrays, problems


def _on_its_own(tensor: Any) -> Any:
    """A tensor without its graph and its device, as a NumPy array; anything else as it is."""
    for method in ("detach", "cpu", "numpy"):
        if hasattr(tensor, method):
            tensor = getattr(tensor, method)()
    return tensor


def _is_of_linear(key: Any) -> bool:
    return isinstance(key, str) and LINEAR_KEY.fullmatch(key) is not None


def _problems_of_linear(weight: str, bias: str, given: Mapping[str, Any], arrays: dict[str, Any]) -> list[str]:
    if weight not in given:
        return [f"{bias!r} has no {weight!r} beside it"]
    if weight not in arrays:
        return []
    shape = arrays[weight].shape
    if len(shape) != 2 or 0 in shape:
        return [f"{weight!r} has shape {shape}, and a Linear layer's is (outputs, inputs)"]
    if bias in arrays and arrays[bias].shape != shape[:1]:
        return [
            f"{bias!r} has shape {arrays[bias].shape}, and {weight!r} has shape {shape}: a bias has one number for each output"
        ]
    return []


def _problems_of_chain(indices: list[int], arrays: dict[str, Any]) -> list[str]:
    shapes = {i: arrays[f"{i}.weight"].shape for i in indices if f"{i}.weight" in arrays}
    return [
        f"'{after}.weight' takes {shapes[after][1]} inputs, and '{before}.weight' gives {shapes[before][0]} outputs"
        for before, after in pairwise(indices)
        if len(shapes.get(before, ())) == len(shapes.get(after, ())) == 2 and shapes[after][1] != shapes[before][0]
    ]


def _problems_of_biases(indices: list[int], given: Mapping[str, Any]) -> list[str]:
    with_bias = [i for i in indices if f"{i}.bias" in given]
    without = [i for i in indices if i not in with_bias]
    if not indices:
        return [
            "there is no Linear layer in it: if the module has names of its own, give its layers the keys '0.weight', "
            "'0.bias', '2.weight', ..., in the order in which it calls them; an RNNCell or LSTMCell takes its own by load_torch"
        ]
    if with_bias and without:
        return [
            f"Linear layers {with_bias} have a bias and {without} have none, and an MLP has all or none: make the model of "
            "nn.Layer in an nn.Sequential and use nn.load_torch"
        ]
    return []


def _problems_of_activations(indices: list[int], activation: str | Sequence[str]) -> list[str]:
    if isinstance(activation, str):
        return []
    return [
        f"Linear layer {after} follows {before} at once, so there is no {name!r} between them: say 'linear'"
        for (before, after), name in zip(pairwise(indices), activation, strict=False)
        if after == before + 1 and name != "linear"
    ]


def _refuse(problems: list[str], summary: str) -> None:
    if problems:
        raise ValueError("\n".join([f"{summary}:", *(f"  {problem}" for problem in problems)]))


def _numpy() -> Any:
    try:
        import numpy
    except ImportError as missing:
        raise ImportError("weights are exchanged with PyTorch as NumPy arrays: pip install numpy") from missing
    return numpy

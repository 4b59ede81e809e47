"""Weights to and from PyTorch: state dicts, outputs and gradients recorded by tools/torch_reference.py; mismatches named."""

import json
import math
import sys

import numpy as np
import pytest
from builds import ROOT
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, tanh

RECORDED = json.loads((ROOT / "tests" / "data" / "torch_sequential.json").read_text())["sequentials"]


def record_id(record):
    return "-".join(name for name, *_ in record["modules"])


def linear(*shapes, step=2):
    """A state dict of zeros for these (outputs, inputs)."""
    arrays = {}
    for i, (nout, nin) in enumerate(shapes):
        arrays |= {f"{step * i}.weight": np.zeros((nout, nin)), f"{step * i}.bias": np.zeros(nout)}
    return arrays


def same_bits(one, other):
    assert list(one) == list(other)
    for key in one:
        assert np.asarray(one[key]).shape == np.asarray(other[key]).shape
        assert np.asarray(one[key], float).tobytes() == np.asarray(other[key], float).tobytes()
    return True


# ------------------------------------------------------------------------------------------------ against PyTorch


@pytest.mark.parametrize("record", RECORDED, ids=record_id)
def test_outputs_and_gradients_are_pytorchs(record):
    model = nn.from_torch(record["state_dict"], record["activation"])
    inputs = [[Value(x) for x in row] for row in record["inputs"]]
    outputs = [out if isinstance(out, list) else [out] for out in map(model, inputs)]
    for ours, theirs in zip(outputs, record["outputs"], strict=True):
        assert [v.data for v in ours] == pytest.approx(theirs, rel=1e-12, abs=1e-15)
    flat = [v for row in outputs for v in row]
    loss = nn.mse_loss(flat, [0.0] * len(flat))
    assert loss.data == pytest.approx(record["loss"], rel=1e-12)
    loss.backward()
    gradients = [
        number
        for layer, (weight, bias) in zip(model.layers, recorded_layers(record["gradients"]), strict=True)
        for i in range(len(layer.neurons))
        for number in [*weight[i], *([] if bias is None else [bias[i]])]
    ]
    assert [p.grad for p in model.parameters()] == pytest.approx(gradients, rel=1e-12, abs=1e-15)
    for ours, theirs in zip(inputs, record["input_gradients"], strict=True):
        assert [x.grad for x in ours] == pytest.approx(theirs, rel=1e-12, abs=1e-15)


def recorded_layers(arrays):
    return [(arrays[key], arrays.get(key.replace("weight", "bias"))) for key in arrays if key.endswith("weight")]


@pytest.mark.parametrize("record", RECORDED, ids=record_id)
def test_there_and_back_changes_no_bit(record):
    back = nn.to_torch(nn.from_torch(record["state_dict"], record["activation"]))
    if "Dropout" in record_id(record):
        assert list(back) == ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"]
        back = dict(zip(record["state_dict"], back.values(), strict=True))
    assert same_bits(back, record["state_dict"])


def test_a_sequential_with_dropout_has_pytorchs_keys_and_takes_its_weights():
    (record,) = [record for record in RECORDED if "Dropout" in record_id(record)]
    model = nn.Sequential(
        nn.Layer(3, 5, "tanh", rng=0), nn.Dropout(0.5), nn.Layer(5, 4, "tanh", rng=0), nn.Layer(4, 2, "linear", rng=0)
    ).eval()
    assert list(nn.to_torch(model)) == list(record["state_dict"])
    nn.load_torch(model, record["state_dict"])
    assert same_bits(nn.to_torch(model), record["state_dict"])
    for row, theirs in zip(record["inputs"], record["outputs"], strict=True):
        assert [v.data for v in model(row)] == pytest.approx(theirs, rel=1e-12)


# ------------------------------------------------------------------------------------------------ keys and numbers


def test_an_mlp_has_the_keys_and_shapes_of_a_sequential():
    arrays = nn.to_torch(nn.MLP(2, [16, 16, 1], "relu", rng=0))
    assert {key: array.shape for key, array in arrays.items()} == {
        "0.weight": (16, 2),
        "0.bias": (16,),
        "2.weight": (16, 16),
        "2.bias": (16,),
        "4.weight": (1, 16),
        "4.bias": (1,),
    }
    assert {array.dtype for array in arrays.values()} == {np.dtype("float64")}
    assert all(array.flags.c_contiguous for array in arrays.values())


def test_rows_of_the_weight_are_neurons():
    model = nn.MLP(2, [3, 1], rng=0)
    arrays = nn.to_torch(model)
    assert arrays["0.weight"][1].tolist() == [w.data for w in model.layers[0].neurons[1].weights]
    model.layers[0].neurons[2].bias.data = 7.0
    assert nn.to_torch(model)["0.bias"].tolist() == [0.0, 0.0, 7.0]
    assert arrays["0.bias"].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("model", "keys"),
    [
        (lambda: nn.MLP(2, [2, 2, 1], ["linear", "tanh", "sigmoid"], bias=False, rng=0), ["0.weight", "1.weight", "3.weight"]),
        (lambda: nn.Layer(2, 1, "sin", rng=0), ["0.weight", "0.bias"]),
        (
            lambda: nn.Sequential(nn.Layer(2, 2, bias=False, rng=0), nn.Layer(2, 1, rng=0), nn.Layer(1, 1, rng=0)),
            ["0.weight", "2.weight", "2.bias", "4.weight", "4.bias"],
        ),
        (
            lambda: nn.Sequential(lambda x: x, nn.Dropout(), nn.Layer(2, 2, "linear", rng=0), tanh, nn.MLP(2, [2, 1], rng=0)),
            ["2.weight", "2.bias", "4.0.weight", "4.0.bias", "4.2.weight", "4.2.bias"],
        ),
        (lambda: nn.Sequential(nn.Sequential(nn.Layer(1, 1, rng=0)), nn.Dropout()), ["0.0.weight", "0.0.bias"]),
    ],
    ids=["linear", "layer", "biases", "functions", "nested"],
)
def test_each_part_of_a_model_takes_the_numbers_that_pytorch_gives_it(model, keys):
    model = model()
    arrays = nn.to_torch(model)
    assert list(arrays) == keys
    for p in model.parameters():
        p.data = 0.5
    nn.load_torch(model, arrays)
    assert same_bits(nn.to_torch(model), arrays)


@given(
    widths=st.lists(st.integers(1, 4), min_size=2, max_size=5),
    activation=st.sampled_from(["relu", "tanh", "linear"]),
    bias=st.booleans(),
    data=st.data(),
)
def test_any_mlp_goes_there_and_back(widths, activation, bias, data):
    activations = [activation] * (len(widths) - 1)
    model = nn.MLP(widths[0], widths[1:], activations, bias=bias, rng=0)
    for p in model.parameters():
        p.data = data.draw(st.floats(allow_nan=False, allow_infinity=False))
    arrays = nn.to_torch(model)
    again = nn.from_torch(arrays, activations)
    assert same_bits(nn.to_torch(again), arrays)
    assert [math.copysign(1.0, p.data) for p in again.parameters()] == [math.copysign(1.0, p.data) for p in model.parameters()]
    assert [p.data for p in again.parameters()] == [p.data for p in model.parameters()]
    assert repr(again) == repr(model)


class Tensor:
    """What PyTorch's tensors ask for before they give their numbers."""

    def __init__(self, numbers, steps=("detach", "cpu", "numpy")):
        self.numbers, self.steps = numbers, steps

    def step(self, name):
        if self.steps[0] != name:
            raise RuntimeError(f"Can't call {name}() on a Tensor that wants {self.steps[0]}() first")
        return Tensor(self.numbers, self.steps[1:]) if self.steps[1:] else np.array(self.numbers, np.float32)

    def detach(self):
        return self.step("detach")

    def cpu(self):
        return self.step("cpu")

    def numpy(self):
        return self.step("numpy")


class OnlyAnArray:
    def __array__(self, dtype=None, copy=None):
        return np.array([[1.0, 0.1]], dtype)


@pytest.mark.parametrize(
    "weight",
    [
        [[1.0, 0.1]],
        ((1, 0.1),),
        np.array([[1.0, 0.1]]),
        np.asfortranarray([[1.0, 0.1]]),
        OnlyAnArray(),
        Tensor([[1.0, 0.1]]),
        np.array([[1.0, 0.1]], np.float32),
    ],
    ids=lambda weight: type(weight).__name__,
)
def test_weights_come_as_arrays_lists_and_tensors(weight):
    model = nn.from_torch({"0.weight": weight})
    exact = isinstance(weight, Tensor) or getattr(weight, "dtype", None) == np.float32
    assert [p.data for p in model.parameters()] == [1.0, float(np.float32(0.1)) if exact else 0.1]


def test_from_torch_takes_no_random_numbers_from_others():
    nn.manual_seed(5)
    expected = nn.Neuron(3).weights[0].data
    nn.manual_seed(5)
    nn.from_torch(linear((3, 2), (1, 3)))
    assert nn.Neuron(3).weights[0].data == expected


# ------------------------------------------------------------------------------------------------ activations


@pytest.mark.parametrize(
    ("keys", "activation", "model"),
    [
        ("02", "relu", "MLP(2, [2, 2], activation='relu')"),
        ("0", "tanh", "MLP(2, [2], activation='tanh')"),
        ("14", "gelu", "MLP(2, [2, 2], activation='gelu')"),
        ("013", "relu", "MLP(2, [2, 2, 2], activation=['linear', 'relu', 'linear'])"),
        ("01", "relu", "MLP(2, [2, 2], activation=['linear', 'linear'])"),
        ("02", ("tanh", "sigmoid"), "MLP(2, [2, 2], activation=['tanh', 'sigmoid'])"),
        ("02", ["linear", "sigmoid"], "MLP(2, [2, 2], activation=['linear', 'sigmoid'])"),
        ("01", ["linear", "sigmoid"], "MLP(2, [2, 2], activation=['linear', 'sigmoid'])"),
    ],
)
def test_the_numbers_of_the_keys_say_where_activations_are(keys, activation, model):
    assert repr(nn.from_torch({f"{key}.weight": np.eye(2) for key in keys}, activation)) == model


def test_layers_are_in_the_order_of_their_numbers():
    shapes = {"10.weight": (1, 4), "2.weight": (4, 3), "0.weight": (3, 2)}
    assert repr(nn.from_torch({key: np.zeros(shape) for key, shape in shapes.items()})).startswith("MLP(2, [3, 4, 1]")


@pytest.mark.parametrize(
    ("activation", "words"),
    [
        ("swish", "no activation named 'swish'"),
        (["linear"], "2 layers and 1 activations"),
        (["tanh", "tanh"], "Linear layer 1 follows 0 at once, so there is no 'tanh' between them"),
    ],
)
def test_activations_that_do_not_fit_are_refused(activation, words):
    with pytest.raises(ValueError, match=words):
        nn.from_torch(linear((3, 2), (1, 3), step=1), activation)


# ------------------------------------------------------------------------------------------------ errors


def test_everything_wrong_with_a_state_dict_is_in_one_message():
    wrong = {
        **linear((8, 4), (8, 9), (2, 8)),
        "0.bias": np.zeros(7),
        "4.weight": np.array([[0.0] * 8, [0.0, math.nan, math.inf] + [0.0] * 5]),
        "6.weight": np.zeros((16, 3, 3, 3)),
        "7.weight": np.zeros(16),
        "7.running_mean": np.zeros(16),
        "8.bias": np.zeros(3),
        "10.weight": [["a", "b"]],
        "11.weight": [[1.0, 2.0], [3.0]],
        "12.weight": np.zeros((0, 2)),
        "net.13.weight": np.zeros((2, 2)),
        "014.weight": np.zeros((2, 2)),
        15: np.zeros((2, 2)),
    }
    with pytest.raises(ValueError) as caught:
        nn.from_torch(wrong)
    message = str(caught.value)
    assert message.startswith("no MLP has this state dict:\n")
    for words in (
        "'0.bias' has shape (7,), and '0.weight' has shape (8, 4)",
        "'2.weight' takes 9 inputs, and '0.weight' gives 8 outputs",
        "'4.weight' has nan at (1, 1), and 1 more are not finite",
        "'6.weight' has shape (16, 3, 3, 3), and a Linear layer's is (outputs, inputs)",
        "'7.weight' has shape (16,), and a Linear layer's is (outputs, inputs)",
        "'7.running_mean' is not a Linear layer's",
        "'8.bias' has no '8.weight' beside it",
        "'10.weight' is not an array of real numbers",
        "'11.weight' cannot be read as an array",
        "'12.weight' has shape (0, 2), and a Linear layer's is (outputs, inputs)",
        "'net.13.weight' is not a Linear layer's",
        "'014.weight' is not a Linear layer's",
        "15 is not a Linear layer's",
        "Linear layers [0, 2, 4, 8] have a bias and [6, 7, 10, 11, 12] have none",
    ):
        assert message.count(words) == 1, words
    assert len(message.splitlines()) == 15


@pytest.mark.parametrize(
    ("state_dict", "words"),
    [
        ({}, "there is no Linear layer in it"),
        ({"0.weight": [[1.0 + 1j]]}, "type complex128"),
        ({"0.weight": [[None]]}, "type object"),
        ({"0.weight": [[Value(1.0)]]}, "'0.weight'"),
        ({"0.weight": Tensor([[1.0]], ("numpy",))}, r"'0\.weight' cannot be read as an array: .*Can't call"),
        ({**linear((2, 2), (1, 2)), "0.bias": [0.0, -math.inf]}, r"'0\.bias' has -inf at \(1,\)$"),
    ],
)
def test_what_is_wrong_is_named(state_dict, words):
    with pytest.raises(ValueError, match=words):
        nn.from_torch(state_dict)


def test_biases_in_some_layers_only_are_for_load_torch():
    mixed = linear((3, 2), (1, 3))
    del mixed["0.bias"]
    with pytest.raises(ValueError, match=r"layers \[2\] have a bias and \[0\] have none.*use nn\.load_torch"):
        nn.from_torch(mixed)
    model = nn.Sequential(nn.Layer(2, 3, bias=False, rng=0), nn.Layer(3, 1, "linear", rng=0))
    nn.load_torch(model, mixed)
    assert {p.data for p in model.parameters()} == {0.0}


def test_load_torch_lists_what_does_not_fit_and_changes_nothing():
    model = nn.MLP(2, [3, 1], rng=0)
    before = nn.to_torch(model)
    wrong = {**linear((2, 3), (1, 4)), "6.weight": np.zeros((1, 1)), "0.bias": [0.0, math.nan, 0.0]}
    del wrong["2.bias"]
    with pytest.raises(ValueError) as caught:
        nn.load_torch(model, wrong)
    assert str(caught.value).splitlines()[1:] == [
        "  '0.bias' has nan at (1,)",
        "  '2.bias' is missing",
        "  '6.weight' is not among the model's keys",
        "  '0.weight' has shape (2, 3), and the model's has (3, 2)",
        "  '2.weight' has shape (1, 4), and the model's has (1, 3)",
    ]
    assert same_bits(nn.to_torch(model), before)


@pytest.mark.parametrize("call", [nn.from_torch, lambda given: nn.load_torch(nn.Layer(1, 1, rng=0), given)])
@pytest.mark.parametrize("given", [None, [1.0], nn.MLP(1, [1], rng=0)])
def test_a_state_dict_is_asked_for(call, given):
    with pytest.raises(TypeError, match=r"give model\.state_dict\(\)"):
        call(given)


class Scaled(nn.Module):
    def __init__(self):
        self.factor = Value(1.0)

    def __call__(self, x):
        return [self.factor * v for v in x]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (nn.Neuron(2, rng=0), "an MLP, a Sequential, a Layer or a recurrent cell, and this is Neuron"),
        (Scaled(), "an MLP, a Sequential, a Layer or a recurrent cell, and this is Scaled"),
        (nn.Sequential(nn.Layer(2, 2, rng=0), Scaled()), "no Linear for the parameters of Scaled"),
        ([1.0], "an MLP, a Sequential, a Layer or a recurrent cell"),
    ],
)
def test_what_is_no_sequential_of_layers_is_refused(model, words):
    with pytest.raises(TypeError, match=words):
        nn.to_torch(model)


@pytest.mark.parametrize("change", ["activation", "bias"])
def test_neurons_of_a_layer_that_differ_are_no_linear(change):
    model = nn.MLP(2, [3, 1], rng=0)
    setattr(model.layers[0].neurons[1], change, {"activation": "tanh", "bias": None}[change])
    with pytest.raises(ValueError, match="treat all outputs alike"):
        nn.to_torch(model)


def test_without_numpy_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ImportError, match="pip install numpy"):
        nn.to_torch(nn.Layer(1, 1, rng=0))
    with pytest.raises(ImportError, match="pip install numpy"):
        nn.from_torch({})


def test_the_dropout_of_an_mlp_takes_a_number_of_its_own():
    assert list(nn.to_torch(nn.MLP(2, [3, 3, 1], dropout=0.5, rng=0))) == [
        f"{i}.{part}" for i in (0, 3, 6) for part in ("weight", "bias")
    ]

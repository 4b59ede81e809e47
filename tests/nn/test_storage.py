"""Model files: what is written comes back to the bit, and a write that fails leaves what was there."""

import json
import math
import os
import signal
import stat
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from processes import environment
from safetensors.numpy import load as read_safetensors

import autograd
import nn
from autograd import Value

MODEL = nn.MLP(2, [2, 1], "tanh", dropout=0.25, rng=0)


def weights(model):
    return [p.data for p in model.parameters()]


def outputs(model, width=2):
    row = [0.5 - 0.75 * i for i in range(width)]
    out = model.eval()(row)
    return [v.data for v in out] if isinstance(out, list) else out.data


# ------------------------------------------------------------------------------------------------ there and back

activations = st.sampled_from(sorted(nn.ACTIVATIONS))


@st.composite
def models(draw):
    """Networks and their widths of input, of all classes that files know."""
    widths = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    rng, bias = draw(st.integers(0, 99)), draw(st.booleans())
    kind = draw(st.sampled_from(["neuron", "layer", "mlp", "sequential"]))
    if kind == "neuron":
        model = nn.Neuron(widths[0], draw(activations), bias=bias, rng=rng)
    elif kind == "layer":
        model = nn.Layer(*widths[:2], draw(activations), bias=bias, rng=rng)
    elif kind == "mlp":
        activation = draw(activations | st.lists(activations, min_size=len(widths) - 1, max_size=len(widths) - 1))
        model = nn.MLP(widths[0], widths[1:], activation, bias=bias, dropout=draw(st.sampled_from([0.0, 0.25])), rng=rng)
    else:
        layers = [nn.Layer(a, b, draw(activations), bias=bias, rng=rng + b) for a, b in pairwise(widths)]
        model = nn.Sequential(nn.Sequential(layers[0], nn.Dropout(0.5)), *layers[1:])
    numbers = st.floats(allow_nan=False, allow_infinity=False)
    for p in model.parameters():
        p.data = draw(numbers)
    return model, widths[0]


@settings(max_examples=60)
@given(made=models())
def test_random_architectures_come_back_to_the_bit(made, tmp_path_factory):
    model, width = made
    path = tmp_path_factory.mktemp("models") / "model.safetensors"
    nn.save(model, path)
    loaded = nn.load(path)
    assert repr(loaded) == repr(model)
    assert [name for name, _ in loaded.named_parameters()] == [name for name, _ in model.named_parameters()]
    assert [x.hex() for x in weights(loaded)] == [x.hex() for x in weights(model)]
    assert repr(outputs(loaded, width)) == repr(outputs(model, width))
    nn.save(loaded, path.with_name("again"))
    assert path.with_name("again").read_bytes() == path.read_bytes()


def test_functions_between_modules(tmp_path):
    tanh = nn.ACTIVATIONS["tanh"]
    model = nn.Sequential(nn.Layer(2, 3, rng=0), nn.Neuron(3, "linear", rng=1), tanh)
    nn.save(model, tmp_path / "model")
    loaded = nn.load(tmp_path / "model")
    assert loaded[2] is tanh
    assert outputs(loaded) == outputs(model)


def test_a_loaded_model_is_ready_to_predict(tmp_path):
    model = nn.MLP(2, [8, 1], "tanh", dropout=0.5, rng=0)
    nn.save(model, tmp_path / "model")
    assert [nn.load(tmp_path / "model")([1.0, 2.0]).data for _ in range(2)] == [model.eval()([1.0, 2.0]).data] * 2
    assert nn.load(tmp_path / "model", model.train()).training


def test_the_file_is_safetensors_with_the_architecture_as_json(tmp_path):
    """Read with the format's own library, by what the documentation says."""
    path = tmp_path / "model.safetensors"
    model = nn.MLP(2, [3, 1], "tanh", dropout=0.5, rng=0)
    nn.save(model, path, metadata={"classes": ["nein", "ja, ü"]})
    tensors = read_safetensors(path.read_bytes())
    assert {name: (array.dtype, array.shape) for name, array in tensors.items()} == {
        "layers.0.weight": (np.float64, (3, 2)),
        "layers.0.bias": (np.float64, (3,)),
        "layers.1.weight": (np.float64, (1, 3)),
        "layers.1.bias": (np.float64, (1,)),
    }
    hidden = np.tanh(tensors["layers.0.weight"] @ [0.5, -0.25] + tensors["layers.0.bias"])
    assert tensors["layers.1.weight"] @ hidden + tensors["layers.1.bias"] == pytest.approx([outputs(model)], rel=1e-14)
    contents = path.read_bytes()
    header = json.loads(contents[8 : 8 + int.from_bytes(contents[:8], "little")])
    assert {key: value for key, value in header["__metadata__"].items() if key in ("format", "version")} == {
        "format": "scalar-autograd model",
        "version": "1",
    }
    assert json.loads(header["__metadata__"]["architecture"]) == {
        "class": "MLP",
        "config": {"nin": 2, "nouts": [3, 1], "activation": "tanh", "bias": True, "dropout": 0.5},
    }
    assert nn.load_metadata(path) == {"classes": ["nein", "ja, ü"]}


class Own(nn.Module):
    """What a user may write, attributes named like methods and parts of the format included."""

    def __init__(self, rng=0):
        self.state = {"weight": Value(1.0), "bias": [Value(2.0), Value(3.0)]}
        self.config = [[Value(4.0)], [Value(5.0), Value(6.0)]]
        self.weight = (Value(7.0), Value(8.0))
        self.training_rows = [[1.0, 2.0], "text", None]
        self.layer = nn.Layer(2, 2, rng=rng)
        self.result = Value(1.0) * 2

    def __call__(self, x):
        return self.layer(x)


def test_modules_of_users(tmp_path):
    model = Own()
    state = model.state_dict()
    assert list(state) == ["state.weight", "state.bias", "config.0", "config.1", "weight", "layer.weight", "layer.bias"]
    assert (state["state.bias"], state["config.1"], state["weight"]) == ([2.0, 3.0], [5.0, 6.0], [7.0, 8.0])
    for i, p in enumerate(model.parameters()):
        p.data = float(i)
    nn.save(model, tmp_path / "own", metadata={"a": 1})
    with pytest.raises(nn.StorageError, match=r"own: it has the weights alone.* and say load\(path, model\)"):
        nn.load(tmp_path / "own")
    other = Own(rng=1)
    assert nn.load(tmp_path / "own", other) is other
    assert weights(other) == [float(i) for i in range(len(weights(model)))]
    assert nn.load_metadata(tmp_path / "own") == {"a": 1}


def test_methods_named_like_those_of_modules(tmp_path):
    class Machine(nn.Module):
        def __init__(self):
            self.w = Value(3.0)

        def state(self, t):
            return self.w * t

        @property
        def config(self):
            return 1 / 0

    nn.save(Machine(), tmp_path / "machine")
    machine = Machine()
    machine.w.data = 0.0
    assert nn.load(tmp_path / "machine", machine).w.data == 3.0


class Doubling(nn.Layer):
    """A Layer in all but what it computes."""

    def __call__(self, x):
        return [2.0 * value for value in super().__call__(x)]


def changed(change):
    model = nn.MLP(2, [2, 2, 1], "tanh", rng=0)
    change(model)
    return model


CHANGES = {
    "a shared layer": lambda m: m.layers.__setitem__(1, m.layers[0]),
    "shared weights": lambda m: setattr(m.layers[1].neurons[0], "weights", m.layers[0].neurons[0].weights),
    "one shared weight": lambda m: m.layers[1].neurons[0].weights.__setitem__(0, m.layers[0].neurons[0].weights[0]),
    "one neuron of another kind": lambda m: m.layers[0].neurons.__setitem__(1, nn.Neuron(2, "relu", rng=9)),
    "one neuron without a bias": lambda m: setattr(m.layers[0].neurons[0], "bias", None),
    "a layer without a bias": lambda m: m.layers.__setitem__(2, nn.Layer(2, 1, "linear", bias=False, rng=1)),
    "a layer that computes otherwise": lambda m: m.layers.__setitem__(0, Doubling(2, 2, "tanh", rng=1)),
    "an own layer": lambda m: m.layers.__setitem__(0, Own()),
    "another parameter": lambda m: setattr(m, "scale", Value(2.0)),
    "another parameter in a layer": lambda m: setattr(m.layers[0], "scale", Value(2.0)),
    "another parameter in a neuron": lambda m: setattr(m.layers[0].neurons[1], "scale", Value(2.0)),
    "a parameter called weight": lambda m: setattr(m.layers[0], "weight", Value(2.0)),
    "a parameter called bias": lambda m: setattr(m.layers[0].neurons[0], "weight", Value(2.0)),
    "a frozen weight": lambda m: m.layers[0].neurons[0].weights.__setitem__(0, Value(2.0) * 1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_network_is_saved_whole_but_not_as_what_it_is_no_more(name, tmp_path):
    model = changed(CHANGES[name])
    nn.save(model, tmp_path / "model")
    with pytest.raises(nn.StorageError, match="it has the weights alone"):
        nn.load(tmp_path / "model")
    same = changed(CHANGES[name])
    for p in same.parameters():
        p.data = 0.0
    nn.load(tmp_path / "model", same)
    assert weights(same) == weights(model)
    assert repr(outputs(same)) == repr(outputs(model))


def test_a_layer_put_in_place_of_another_comes_back(tmp_path):
    model = nn.MLP(2, [3, 1], "tanh", rng=0)
    model.layers[1] = nn.Layer(3, 2, "sigmoid", rng=1)
    nn.save(model, tmp_path / "model")
    assert outputs(nn.load(tmp_path / "model")) == outputs(model)
    single = nn.MLP(2, [1], "relu", rng=0)
    nn.save(single, tmp_path / "model")
    assert repr(nn.load(tmp_path / "model")) == repr(single)


def test_subclasses_keep_all_their_parameters(tmp_path):
    class Scaled(nn.Layer):
        def __init__(self, rng=0):
            super().__init__(2, 2, rng=rng)
            self.scale = Value(5.0)

    assert Scaled().state_dict().keys() == {"weight", "bias", "scale"}
    nn.save(Scaled(), tmp_path / "scaled")
    assert weights(nn.load(tmp_path / "scaled", Scaled(rng=1))) == weights(Scaled())


# ------------------------------------------------------------------------------------------------ writing


def test_what_cannot_be_saved(tmp_path):
    path = tmp_path / "model"
    model = nn.MLP(2, [1], rng=0)
    cycle = []
    cycle.append(cycle)
    deep = []
    for _ in range(10**5):
        deep = [deep]
    wrong = [({"a": {1, 2}}, "set"), ({"a": cycle}, "ircular"), ({"a": deep}, "recursion"), ({(1, 2): 3}, "keys")]
    for metadata, words in wrong:
        with pytest.raises(ValueError, match=f"the metadata cannot be written as JSON: .*{words}"):
            nn.save(model, path, metadata=metadata)
    with pytest.raises(TypeError, match=r"metadata is a dict, and this is \[1\]"):
        nn.save(model, path, metadata=[1])
    with pytest.raises(TypeError, match=r"save\(model, path\) writes a Module, and this is "):
        nn.save(str(path), model)
    model.layers[0].neurons[0].bias.data = math.nan
    with pytest.raises(ValueError, match=r"the weights layers\.0\.bias are not all finite .*nothing was written"):
        nn.save(model, path)
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder").mkdir()
    for place, error in [
        ("missing/model", FileNotFoundError),
        ("file/model", NotADirectoryError),
        ("folder", IsADirectoryError),
        ("x" * 300, OSError),
    ]:
        for write in (lambda path: nn.save(MODEL, path), nn.History(loss=[1.0]).to_csv, nn.History(loss=[1.0]).to_json):
            with pytest.raises(error) as caught:
                write(tmp_path / place)
            assert caught.value.filename == str(tmp_path / place)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "a file"
    for place in ("missing", "folder"):
        with pytest.raises(OSError, match=place):
            nn.load(tmp_path / place)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match="model"):
        nn.save(MODEL, tmp_path / "model")


def test_names_as_long_as_the_system_takes(tmp_path):
    nn.save(MODEL, tmp_path / ("x" * 255))
    assert outputs(nn.load(tmp_path / ("x" * 255))) == outputs(MODEL)


def test_a_link_stays_a_link_and_a_private_file_private(tmp_path, monkeypatch):
    (tmp_path / "big disk").mkdir()
    target, link = tmp_path / "big disk" / "model", tmp_path / "link"
    link.symlink_to(target)
    nn.save(nn.MLP(2, [1], rng=0), link)
    target.chmod(0o600)
    nn.save(MODEL, link)
    assert link.is_symlink()
    assert outputs(nn.load(target)) == outputs(MODEL)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "big disk").iterdir()] == ["model"]
    monkeypatch.chdir(tmp_path)
    nn.save(nn.MLP(2, [1], rng=0), "link")
    assert link.is_symlink()


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    nn.save(MODEL, tmp_path / "model")
    before = (tmp_path / "model").read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        nn.save(nn.MLP(2, [9, 1], rng=0), tmp_path / "model")
    assert caught.value.filename == str(tmp_path / "model")
    assert (tmp_path / "model").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["model"]


SAVING = """
import sys
import nn
models = [nn.MLP(2, [width, 1], rng=width) for width in (40, 50)]
nn.save(models[0], sys.argv[1])
print("saving", flush=True)
while True:
    for model in models:
        nn.save(model, sys.argv[1])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL on this system")
def test_a_program_killed_while_saving_leaves_a_whole_file(tmp_path):
    path = tmp_path / "model"
    expected = {f"MLP(2, [{width}, 1], activation='relu')": weights(nn.MLP(2, [width, 1], rng=width)) for width in (40, 50)}
    for loads in (0, 1, 5, 20):
        with subprocess.Popen(
            [sys.executable, "-c", SAVING, str(path)], env=environment(autograd), stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline() == "saving\n"
            for _ in range(loads):  # while it is being written, too
                nn.load(path)
            process.kill()
        model = nn.load(path)
        assert weights(model) == expected[repr(model)]

"""Model files: what is written comes back to the bit; anything else is refused with its reason and changes nothing."""

import json
import math
import os
import pickle
import signal
import stat
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from processes import environment, run
from safetensors.numpy import load as read_safetensors
from safetensors.numpy import save as as_safetensors

import autograd
import nn
from autograd import Value


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


@settings(max_examples=60, deadline=None)
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
        "layers.0.weight": (np.float64, (3, 2)), "layers.0.bias": (np.float64, (3,)),
        "layers.1.weight": (np.float64, (1, 3)), "layers.1.bias": (np.float64, (1,)),
    }  # fmt: skip
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


# ------------------------------------------------------------------------------------------------ damaged files

MODEL = nn.MLP(2, [2, 1], "tanh", dropout=0.25, rng=0)


@pytest.fixture(scope="module")
def valid(tmp_path_factory):
    path = tmp_path_factory.mktemp("valid") / "model"
    nn.save(MODEL, path, metadata={"a": [1, "x"]})
    return path.read_bytes()


@pytest.fixture(scope="module")
def somewhere(tmp_path_factory):
    return tmp_path_factory.mktemp("damaged") / "model"


def loads_or_is_refused(path, contents):
    """Loading is a StorageError with the path and the model unchanged, or gives finite weights; never anything else."""
    path.write_bytes(contents)
    into = nn.MLP(2, [2, 1], "tanh", rng=5)
    before = weights(into)
    for model in (None, into):
        try:
            loaded = nn.load(path, model)
        except nn.StorageError as problem:
            assert problem.path == path
            assert str(problem) == f"{path}: {problem.reason}"
            assert model is None or weights(into) == before
        else:
            assert all(map(math.isfinite, weights(loaded)))
            assert model is None or loaded is into
    try:
        assert isinstance(nn.load_metadata(path), dict)
    except nn.StorageError as problem:
        assert problem.path == path


def test_every_truncation_is_refused(valid, somewhere):
    for length in range(len(valid)):
        somewhere.write_bytes(valid[:length])
        for call in (nn.load, nn.load_metadata, lambda path: nn.load(path, MODEL)):
            with pytest.raises(nn.StorageError, match=r"it is (empty|cut short|damaged)|it ends after"):
                call(somewhere)


def test_every_byte_may_be_wrong(valid, somewhere):
    for place in range(len(valid)):
        for flip in (0x01, 0x80, 0xFF):
            loads_or_is_refused(somewhere, valid[:place] + bytes([valid[place] ^ flip]) + valid[place + 1 :])


@settings(max_examples=150, deadline=None)
@given(contents=st.binary(max_size=60), data=st.data())
@example(contents=b"", data=None)
def test_garbage_and_garbage_in_the_middle(valid, somewhere, contents, data):
    loads_or_is_refused(somewhere, contents)
    if data is not None:
        start = data.draw(st.integers(0, len(valid)))
        loads_or_is_refused(somewhere, valid[:start] + contents + valid[start + data.draw(st.integers(0, 60)) :])


KEYS = ["class", "config", "nin", "nouts", "steps", "activation", "rng", "init", "x"]
ODD = [10**12, -1, 2, 1e308, math.nan, math.inf, "MLP", "tanh", ""]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)


def file_with(architecture, *, arrays=None, **metadata):
    texts = {"format": "scalar-autograd model", "version": "1", "architecture": architecture, "metadata": "{}", **metadata}
    arrays = {name: np.array(array) for name, array in MODEL.state_dict().items()} if arrays is None else arrays
    return as_safetensors(arrays, texts)


@settings(max_examples=200, deadline=None)
@given(key=st.text(max_size=3), value=json_values, data=st.data())
def test_architectures_that_make_no_sense(somewhere, key, value, data):
    configs = {
        "MLP": {"nin": 2, "nouts": [2, 1], "activation": "tanh", "bias": True, "dropout": 0.25},
        "Layer": {"nin": 2, "nout": 2, "activation": "tanh", "bias": True},
        "Neuron": {"nin": 2, "activation": "tanh", "bias": True},
        "Sequential": {"steps": [{"class": "Dropout", "config": {"p": 0.5}}, {"activation": "tanh"}]},
        "Dropout": {"p": 0.5},
    }
    name = data.draw(st.sampled_from(sorted(configs)))
    config = dict(configs[name])
    config[data.draw(st.sampled_from([*config, key]))] = value
    loads_or_is_refused(somewhere, file_with(json.dumps({"class": name, "config": config})))
    loads_or_is_refused(somewhere, file_with(json.dumps(value)))


def mlp(**config):
    return json.dumps({"class": "MLP", "config": {"nin": 2, "nouts": [2, 1], "activation": "tanh", **config}})


def of_class(name):
    return json.dumps({"class": name, "config": {}})


@pytest.mark.parametrize(
    ("architecture", "reason"),
    [
        (mlp(nin=10**12), "more weights than the 9 in the file"),
        (mlp(nouts=[10**12, 1]), "more weights than the 9 in the file"),
        (mlp(nouts=[1] * 10**5), "more weights than the 9 in the file"),
        (mlp(nin=10**4000), "more weights than the 9 in the file|OverflowError|too large|cannot fit"),
        (mlp(nin=2.0), "the number of inputs is a whole number of at least 1"),
        (mlp(nouts="ab"), "is a whole number"),
        (mlp(nouts=2), r"give \[2\] for one layer"),
        (mlp(nouts=[]), "at least one layer"),
        (mlp(activation="os.system"), "no activation named 'os.system'"),
        (mlp(activation=["tanh", "__import__"]), "no activation named '__import__'"),
        (mlp(activation={"activation": "exec"}), "has a part that is no module"),
        (mlp(dropout=2.0), "the probability to drop"),
        (mlp(rng=1), "multiple values"),
        (mlp(init="zeros"), "multiple values"),
        (mlp(more=1), "unexpected keyword"),
        (mlp(nouts=[3, 1]), r"more weights than|layers\.0\.weight has the shape \(3, 2\) here and \(2, 2\) there"),
        (mlp(nouts=[1, 1]), r"layers\.0\.weight has the shape \(1, 2\) here and \(2, 2\) there; .*layers\.1\.weight"),
        (of_class("os.system"), "names a class 'os.system', which is not one of MLP, Layer, Neuron, "),
        (of_class("__import__"), "names a class '__import__'"),
        (of_class("Module"), "names a class 'Module'"),
        (of_class("Value"), "names a class 'Value'"),
        (of_class("nn.layers.MLP"), "names a class 'nn.layers.MLP'"),
        (of_class(["MLP"]), "names a class"),
        (of_class("x" * 10**5), "names a class 'xxx"),
        (json.dumps({"class": "MLP"}), "has a part that is no module"),
        (json.dumps({"class": "MLP", "config": [2]}), "has a part that is no module"),
        (json.dumps({"class": "MLP", "config": {}, "code": "1/0"}), "has a part that is no module"),
        (json.dumps({"class": "Sequential", "config": {}}), "'steps'"),
        (json.dumps({"class": "Sequential", "config": {"steps": ["print"]}}), "number 0 is 'print'"),
        ("[]", r"\[\] is no module"),
        ('{"activation": "tanh"}', "is no module"),
        ("3", "3 is no module"),
        ("", "its architecture is not JSON"),
        ("MLP(2, [1])", "its architecture is not JSON"),
        ('{"class": "MLP", "class": "Layer"}', "its architecture has the key 'class' twice"),
        ('{"class": "MLP", "config": {"nin": 2, "nin": 3}}', "its architecture has the key 'nin' twice"),
        ("[" * 10**5 + "]" * 10**5, "nested too deeply"),
        ('{"a":' * 10**5 + "1" + "}" * 10**5, "nested too deeply"),
        ("[" * 600 + "]" * 600, "nested too deeply|makes no model"),
        ("9" * 10**5, "is not JSON"),
    ],
    ids=lambda text: text[:50],
)
def test_architectures_of_an_enemy(somewhere, architecture, reason):
    somewhere.write_bytes(file_with(architecture))
    with pytest.raises(nn.StorageError, match=reason) as caught:
        nn.load(somewhere)
    assert caught.value.path == somewhere
    assert len(str(caught.value)) < 2000


def with_header(text, body=b""):
    text = text.encode()
    return len(text).to_bytes(8, "little") + text + body


TEXTS = '{"__metadata__":{"format":"scalar-autograd model","version":"1","architecture":"null","metadata":"{}"}'


def tensor(shape, dtype="F64", offsets="0,8", name="w"):
    return f',"{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{offsets}]}}'.replace(" ", "")


def with_tensors(*tensors, body=bytes(8)):
    return with_header(TEXTS + "".join(tensors) + "}", body)


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (b"", "it is empty"),
        (b"PK\x03\x04", "it ends after 4 bytes, within the first number"),
        (pickle.dumps({"weights": [1.0] * 100}), "it is cut short, or no safetensors file: .* bytes of header"),
        ((2**63).to_bytes(8, "little") + b"{}", "9223372036854775808 bytes of header, 2 in the file"),
        ((2**64 - 1).to_bytes(8, "little"), "18446744073709551615 bytes of header, 0 in the file"),
        (with_header("[]"), "its header is not a JSON object"),
        (with_header("{"), "its header is not JSON"),
        ((1).to_bytes(8, "little") + b"\xff", "its header is not JSON"),
        (with_header("{}"), "its format is None, not 'scalar-autograd model'"),
        (with_header('{"__metadata__": 5}'), "its format is None"),
        (with_header('{"__metadata__": {"format": ["x"]}}'), r"its format is \['x'\]"),
        (with_header('{"__metadata__": {"format": "pt"}}'), "its format is 'pt', not 'scalar-autograd model'"),
        (with_header(TEXTS.replace('"1"', '"2"') + "}"), "it has version '2' of the format, and this package reads version 1"),
        (with_header(TEXTS.replace('"1"', "1") + "}"), "it has version 1 of the format"),
        (with_header(TEXTS.replace('"1"', '"1","version":"1"') + "}"), "its header has the key 'version' twice"),
        (with_header(TEXTS.replace('"{}"', '"["') + "}"), "its metadata is not JSON"),
        (with_header('{"a":' * 10**5 + "1" + "}" * 10**5), "its header is not JSON: it is nested too deeply"),
        (with_tensors(tensor([1]), tensor([1])), "its header has the key 'w' twice"),
        (with_tensors(tensor([1], offsets="0,16")), "it is damaged"),
        (with_tensors(tensor([1], offsets="8,0")), "it is damaged"),
        (with_tensors(tensor([1], offsets="0,8e400")), "it is damaged"),
        (with_tensors(tensor([2])), "it is damaged"),
        (with_tensors(tensor([-1])), "it is damaged"),
        (with_tensors(tensor([10**12])), "it is damaged"),
        (with_tensors(tensor([2**32, 2**32 + 1])), "it is damaged"),
        (with_tensors(tensor([1] * 100)), "it is damaged"),
        (with_tensors(tensor([1]), tensor([1], name="v")), "it is damaged"),
        (with_tensors(tensor([1], "F65")), "it is damaged"),
        (with_tensors(tensor([4], "BF16")), "it is damaged|weights are float64"),
        (with_tensors(tensor([10**12, 0], offsets="0,0"), body=b""), "'w' holds no numbers"),
    ],
    ids=lambda contents: repr(contents[:40]),
)  # fmt: skip
def test_files_of_an_enemy(somewhere, contents, reason):
    somewhere.write_bytes(contents)
    for call in (nn.load, nn.load_metadata, lambda path: nn.load(path, nn.Neuron(1))):
        with pytest.raises(nn.StorageError, match=reason) as caught:
            call(somewhere)
        assert caught.value.path == somewhere


def test_metadata_of_other_kinds(somewhere):
    somewhere.write_bytes(file_with("null", metadata="[1]"))
    with pytest.raises(nn.StorageError, match="its metadata are not a JSON object"):
        nn.load_metadata(somewhere)


def arrays_of(model):
    return {name: np.array(array) for name, array in model.state_dict().items()}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_weights_that_are_no_numbers(somewhere, number):
    arrays = arrays_of(MODEL)
    arrays["layers.0.weight"][1, 0] = number
    somewhere.write_bytes(file_with(mlp(), arrays=arrays))
    model = nn.MLP(2, [2, 1], rng=3)
    before = weights(model)
    for into in (None, model):
        with pytest.raises(nn.StorageError, match=rf"layers\.0\.weight\[1\]\[0\] is {number}"):
            nn.load(somewhere, into)
    assert weights(model) == before


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int64, np.uint8, np.bool_])
def test_weights_of_other_types(somewhere, dtype):
    somewhere.write_bytes(file_with(mlp(), arrays={name: array.astype(dtype) for name, array in arrays_of(MODEL).items()}))
    with pytest.raises(nn.StorageError, match="and weights are float64"):
        nn.load(somewhere)


def test_another_shape_lists_every_mismatch(tmp_path):
    nn.save(nn.MLP(2, [3, 1], rng=0), tmp_path / "model")
    model = nn.MLP(3, [4, 2, 1], bias=False, rng=1)
    before = weights(model)
    with pytest.raises(nn.StorageError) as caught:
        nn.load(tmp_path / "model", model)
    for mismatch in (
        "layers.2.weight is missing",
        "layers.0.bias is not known here",
        "layers.1.bias is not known here",
        "layers.0.weight has the shape (4, 3) here and (3, 2) there",
        "layers.1.weight has the shape (2, 4) here and (1, 3) there",
    ):
        assert mismatch in caught.value.reason
    assert weights(model) == before


def test_nothing_in_a_file_is_executed(tmp_path):
    """With every door to running code guarded by an audit hook."""
    nn.save(MODEL, tmp_path / "model", metadata={"a": 1})
    code = """
    import sys
    import nn
    nn.load(sys.argv[1])  # what it imports, it has imported now
    def guard(event, arguments):
        if event in ("exec", "compile", "import", "pickle.find_class", "os.system", "subprocess.Popen", "ctypes.dlopen"):
            raise SystemExit(f"{event} {arguments}")
    sys.addaudithook(guard)
    model = nn.load(sys.argv[1])
    nn.load(sys.argv[1], model)
    nn.load_metadata(sys.argv[1])
    print("quiet")
    """
    assert run(autograd, code, tmp_path / "model") == "quiet\n"


def test_storage_errors_can_be_pickled():
    error = pickle.loads(pickle.dumps(nn.StorageError("a/b", "it is empty")))
    assert (str(error), str(error.path), error.reason) == ("a/b: it is empty", "a/b", "it is empty")


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
        ("missing/model", FileNotFoundError), ("file/model", NotADirectoryError), ("folder", IsADirectoryError),
        ("x" * 300, OSError),
    ]:  # fmt: skip
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

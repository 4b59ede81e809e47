"""Files that are damaged, or made to do harm: each is refused with its reason, and changes nothing."""

import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from processes import run
from safetensors.numpy import save as as_safetensors

import autograd
import nn

MODEL = nn.MLP(2, [2, 1], "tanh", dropout=0.25, rng=0)


def weights(model):
    return [p.data for p in model.parameters()]


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


@settings(max_examples=150)
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


@settings(max_examples=200)
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
)
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
    fast = autograd.compile(lambda x, y: autograd.fsum([x.hypot(y), x * y]) if x > y else y)
    fast(2.0, 1.0)
    fast.programs[0].save(tmp_path / "program")
    (tmp_path / "table").write_text("a,b\n1,__import__('os')\n")
    code = """
    import sys
    import nn
    from autograd import Program
    from nn.command_line.tables import read_csv
    model, program, table = (f"{sys.argv[1]}/{name}" for name in ("model", "program", "table"))

    def read():
        nn.load(model, nn.load(model))
        nn.load_metadata(model)
        assert Program.load(program).run([2.0, 1.0]) == [5.0**0.5 + 2.0]
        assert read_csv(table).texts("b") == ["__import__('os')"]

    read()  # what it imports, it has imported now

    def guard(event, arguments):
        if event in ("exec", "compile", "import", "pickle.find_class", "os.system", "subprocess.Popen", "ctypes.dlopen"):
            raise SystemExit(f"{event} {arguments}")

    sys.addaudithook(guard)
    read()
    print("quiet")
    """
    assert run(autograd, code, tmp_path) == "quiet\n"


def test_storage_errors_can_be_pickled():
    error = pickle.loads(pickle.dumps(nn.StorageError("a/b", "it is empty")))
    assert (str(error), str(error.path), error.reason) == ("a/b: it is empty", "a/b", "it is empty")

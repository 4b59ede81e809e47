"""Weights of recurrent cells to and from PyTorch's, against what its cells gave with them (tools/torch_reference.py)."""

import json

import numpy as np
import pytest
from builds import ROOT

import nn

RECORDED = json.loads((ROOT / "tests" / "data" / "torch_recurrent.json").read_text())["cells"]


def cell_like(record):
    weights = record["parameters"]
    settings = {{"nonlinearity": "activation"}.get(name, name): given for name, given in record["settings"].items()}
    return getattr(nn, record["cell"])(len(weights["weight_ih"][0]), len(weights["weight_hh"][0]), rng=0, **settings)


@pytest.mark.parametrize("record", RECORDED, ids=lambda record: f"{record['cell']}-{record['settings']}")
def test_a_cell_with_the_weights_of_pytorchs_gives_what_it_gave(record):
    cell = cell_like(record)
    nn.load_torch(cell, record["parameters"])
    outputs, _ = nn.unroll(cell, record["xs"], tuple(record["start"]) if len(record["start"]) == 2 else record["start"][0])
    for got, wanted in zip(outputs, record["outputs"], strict=True):
        assert [v.data for v in got] == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize("record", RECORDED, ids=lambda record: f"{record['cell']}-{record['settings']}")
def test_the_state_dict_of_a_cell_is_that_of_pytorchs(record):
    cell = cell_like(record)
    nn.load_torch(cell, record["parameters"])
    arrays = nn.to_torch(cell)
    assert {key: array.shape for key, array in arrays.items()} == {
        key: np.shape(given) for key, given in record["parameters"].items()
    }
    assert all(arrays[key].tolist() == record["parameters"][key] for key in ("weight_ih", "weight_hh"))
    if "bias_ih" in arrays:
        both = np.array(record["parameters"]["bias_ih"]) + record["parameters"]["bias_hh"]
        assert arrays["bias_ih"].tolist() == both.tolist() and not arrays["bias_hh"].any()
    again = cell_like(record)
    nn.load_torch(again, arrays)
    assert again.state_dict() == cell.state_dict()


def test_what_does_not_fit_is_named_and_changes_nothing():
    cell = nn.LSTMCell(2, 3, rng=0)
    before, arrays = cell.state_dict(), nn.to_torch(nn.LSTMCell(2, 4, rng=1))
    del arrays["bias_hh"]
    with pytest.raises(ValueError, match=r"(?s)'bias_hh' is missing.*'weight_ih' has shape \(16, 2\), and the model's"):
        nn.load_torch(cell, arrays)
    assert cell.state_dict() == before
    with pytest.raises(ValueError, match=r"an RNNCell or LSTMCell takes its own by load_torch"):
        nn.from_torch(nn.to_torch(cell))


def test_of_names_of_its_own_an_error_says_what_to_do():
    arrays = nn.to_torch(nn.MLP(2, [3, 1], rng=0))
    own = {key.replace("0.", "fc1.").replace("2.", "fc2."): array for key, array in arrays.items()}
    with pytest.raises(ValueError, match=r"no Linear layer in it: .* give its layers the keys '0\.weight', '0\.bias'"):
        nn.from_torch(own)

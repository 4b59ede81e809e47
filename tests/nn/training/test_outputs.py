"""Outputs for many rows by programs: those of the model itself, and by the model itself where there can be no program."""

import logging

import numpy as np
import pytest

import nn
from autograd import primitive, softmax
from nn.training import programs
from nn.training.outputs import MANY, made_of_outputs, outputs_of

ROWS = np.random.default_rng(0).normal(size=(MANY, 2))


def reason(caplog, model, rows=ROWS):
    """Why the model is called row by row; "" if it is not."""
    caplog.clear()
    with caplog.at_level(logging.INFO, "nn"):
        found = outputs_of(model, rows)
    assert found == pytest.approx(np.array(outputs_of(model, rows[:1]) + outputs_of(model, rows[1:50]) + found[50:]), rel=1e-12)
    return " ".join(record.getMessage() for record in caplog.records)


def test_many_rows_give_what_each_gives(caplog):
    model = nn.MLP(2, [5, 3], ["tanh", "relu"], rng=0)
    by_rows = [output for i in range(MANY) for output in outputs_of(model, ROWS[i : i + 1])]
    found = made_of_outputs(model, ROWS)
    assert isinstance(found, np.ndarray) and found == pytest.approx(np.array(by_rows), rel=1e-13, abs=1e-15)
    assert made_of_outputs(model, ROWS, softmax) == pytest.approx(np.array([softmax(z) for z in by_rows]), rel=1e-12)
    assert reason(caplog, model) == ""


def test_weights_and_architectures_are_told_apart():
    """What is kept for one model serves another of the same architecture, and no other."""
    for make in (
        lambda rng: nn.MLP(2, [4, 1], "tanh", rng=rng),
        lambda rng: nn.MLP(2, [4, 1], "sin", rng=rng),
        lambda rng: nn.Sequential(nn.Layer(2, 3, rng=rng), nn.Dropout(0.5), nn.Layer(3, 2, rng=rng)),
        lambda rng: nn.Sequential(nn.Layer(2, 3, rng=rng), lambda x: x[::-1], nn.Layer(3, 2, rng=rng)),
    ):
        for rng in (0, 1):
            model = make(rng)
            assert made_of_outputs(model, ROWS)[:3] == pytest.approx(np.array(outputs_of(model, ROWS[:3])), rel=1e-13)


def test_a_second_model_of_an_architecture_records_nothing(monkeypatch):
    outputs_of(nn.MLP(2, [4, 4, 1], "tanh", rng=0), ROWS)
    monkeypatch.setattr(programs.Programs, "_outputs", None)
    outputs_of(nn.MLP(2, [4, 4, 1], "tanh", rng=1), ROWS)


def test_a_model_that_changed_its_way_is_recorded_anew():
    """Its class is the same, and so are its attributes: only the numbers tell."""
    factors = [2.0]
    model = nn.Sequential(nn.Neuron(2, "linear", rng=0), lambda z: factors[0] * z)
    once = made_of_outputs(model, ROWS)
    factors[0] = 3.0
    found = made_of_outputs(model, ROWS)
    assert isinstance(found, np.ndarray), "it is not compiled any more"
    assert found == pytest.approx(1.5 * once, rel=1e-13)


def test_shared_parameters_are_no_architecture_of_two():
    def key(model):
        return programs.architecture(model, {id(p): i for i, p in enumerate(model.parameters())})

    one, two = (nn.Sequential(nn.Layer(2, 2, "linear", rng=0), nn.Layer(2, 2, "linear", rng=0)) for _ in range(2))
    assert key(one) == key(two) is not None
    two.steps[1].neurons[0].weights[0] = two.steps[0].neurons[0].weights[0]
    assert key(one) != key(two) is not None
    assert key(Coin()) is None, "nobody knows what a class of somebody else's goes by"


class Coin(nn.Module):
    def __init__(self):
        self.neuron = nn.Neuron(2, "linear", rng=0)
        self.seen = 0

    def __call__(self, x):
        self.seen += 1
        return self.neuron(x)


def test_what_cannot_be_compiled_says_why(caplog):
    assert "it has a state" in reason(caplog, Coin())
    assert "no table" in reason(caplog, nn.Sequential(lambda row: row[0]), [[1.0, 2.0]] * 99 + [[1.0]])
    half = primitive("half_of_outputs", lambda x: 0.5 * x, (lambda x, out: 0.5,))
    assert reason(caplog, nn.Sequential(nn.Neuron(2, "linear", rng=0), half)) == ""


def test_branches_on_numbers_go_their_own_way_in_every_row():
    model = nn.Sequential(nn.Neuron(2, "linear", rng=0), lambda z: z if z > 0.0 else 10.0 * z)
    assert made_of_outputs(model, ROWS) == pytest.approx(np.array([outputs_of(model, [row])[0] for row in ROWS]), rel=1e-13)

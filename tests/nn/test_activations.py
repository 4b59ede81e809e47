"""Activations: each is one row, and what the row says of it is true of the function."""

import math

import pytest

import autograd
import nn
from autograd import Value
from nn.__main__ import make_parser
from nn.activations import TRAITS, traits_of

FAR = 30.0
"""As far from 0 as weighted sums are likely to be, and so far that what decays exponentially is gone."""


def number_and_slope(name, x):
    v = Value(x)
    out = nn.ACTIVATIONS[name](v)
    (slope,) = autograd.gradients(out, [v])
    return float(out.data), float(slope.data)


def test_an_activation_is_the_function_of_autograd_with_its_name():
    assert set(nn.ACTIVATIONS) == {*TRAITS, "linear"}
    assert all(nn.ACTIVATIONS[name] is getattr(autograd, name) for name in TRAITS)
    assert nn.ACTIVATIONS["linear"](3.0) == 3.0


@pytest.mark.parametrize("name", sorted(nn.ACTIVATIONS))
def test_its_row_tells_the_truth(name):
    traits = traits_of(name)
    (low, low_slope), (high, high_slope) = number_and_slope(name, -FAR), number_and_slope(name, FAR)
    passes_half = math.isclose(high, FAR, rel_tol=0.01) and abs(low) < 0.05 * FAR
    assert traits.half_silent == passes_half
    assert traits.flat_at_zero == (passes_half and number_and_slope(name, 0.0)[1] == 0.0)
    bounded = abs(low_slope) < 1e-9 and abs(high_slope) < 1e-9
    assert (traits.saturates is not None) == bounded
    if bounded:
        assert low < traits.saturates[0] < traits.saturates[1] < high


@pytest.mark.parametrize("name", sorted(nn.ACTIVATIONS))
def test_its_initial_weights_suit_it(name):
    wanted = nn.init.kaiming_uniform if traits_of(name).half_silent else nn.init.xavier_uniform
    assert nn.init.suited_to(name) is wanted


@pytest.mark.parametrize("name", sorted(nn.ACTIVATIONS))
def test_the_command_line_and_files_know_it(name, tmp_path):
    assert make_parser().parse_args(["train", "xor", "--activation", name]).activation == name
    nn.save(nn.MLP(2, [2, 1], name, rng=0), tmp_path / "model.safetensors")
    assert nn.load(tmp_path / "model.safetensors").layers[0].neurons[0].activation == name

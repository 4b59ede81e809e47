"""examples/scalar_gpt.py against NumPy's matrices and nn.Adam; compiled against eager; and its command line."""

import importlib.util
import random
import re

import numpy as np
import pytest
from builds import ROOT
from processes import run_file

import autograd
import nn

PROGRAM = ROOT / "examples" / "scalar_gpt.py"
TEXTS = ["emma", "olivia", "ava"]


def load():
    spec = importlib.util.spec_from_file_location("scalar_gpt", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


example = load()


def tokens(name):
    return [example.END, *(example.ALPHABET.index(letter) for letter in name), example.END]


@pytest.fixture
def weights():
    return np.random.default_rng(0).normal(0.0, 0.3, sum(height * width for height, width in example.SHAPES.values()))


def scores_by_matrices(weights, text):
    """What `gpt` gives, by products of matrices and with a mask for the places to come."""
    ends = np.cumsum([height * width for height, width in example.SHAPES.values()])
    blocks = zip(example.SHAPES.items(), np.split(weights, ends[:-1]), strict=True)
    w = {name: block.reshape(shape) for (name, shape), block in blocks}
    places, text = len(text), np.array(text, dtype=int)

    def norm(x):
        return x / np.sqrt(np.mean(x * x, axis=1, keepdims=True) + 1e-5)

    x = norm(w["token"][text] + w["place"][:places])
    y = norm(x)
    q, k, v = (np.moveaxis((y @ w[name].T).reshape(places, 4, 4), 1, 0) for name in ("query", "key", "value"))
    logits = np.where(np.tri(places, dtype=bool), q @ np.swapaxes(k, 1, 2) / 2.0, -np.inf)
    shares = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    x = x + np.moveaxis(shares @ v, 0, 1).reshape(places, 16) @ w["mix"].T
    x = x + np.maximum(norm(x) @ w["widen"].T, 0.0) @ w["narrow"].T
    return x @ w["score"].T


def loss_by_matrices(weights, text):
    scores = scores_by_matrices(weights, text[:-1])
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.mean(np.log(chances[np.arange(len(scores)), np.array(text[1:], dtype=int)]))


@pytest.mark.parametrize("name", [*TEXTS, "maximillianalexa"])
def test_scores_and_loss_are_those_by_matrices(weights, name):
    text = tokens(name)
    assert text[0] == text[-1] == 26 and len(text) == len(name) + 2
    text = text[: example.BLOCK + 1]
    np.testing.assert_allclose(example.gpt(weights, text[:-1]), scores_by_matrices(weights, text[:-1]), rtol=1e-12, atol=1e-13)
    assert example.loss(weights, text) == pytest.approx(loss_by_matrices(weights, text), rel=1e-12)


def test_gradient_is_that_of_the_loss_by_matrices(weights):
    text, step = tokens("olivia"), 1e-5
    gradient = np.array(autograd.grad(example.loss)(weights, text))
    for direction in np.random.default_rng(1).normal(size=(5, len(weights))):
        ahead, behind = (loss_by_matrices(weights + side * step * direction, text) for side in (1, -1))
        assert gradient @ direction == pytest.approx((ahead - behind) / (2 * step), rel=1e-6)


def test_a_step_is_one_of_adam(weights):
    text = tokens("ava")
    parameters = [autograd.Value(w) for w in weights]
    adam = nn.Adam(parameters, lr=example.RATE, betas=(example.BETA1, example.BETA2), eps=example.TINY)
    first = second = np.zeros(len(weights))
    for i in range(3):
        adam.zero_grad()
        value = example.loss(parameters, text)
        value.backward()
        adam.step()
        found, weights, first, second = example.adam(weights, first, second, i + 1.0, text)
        assert found == pytest.approx(value.data, rel=1e-12)
    np.testing.assert_allclose(weights, [p.data for p in parameters], rtol=1e-9)


def test_compiled_steps_are_the_eager_ones_to_the_bit(weights):
    compiled = autograd.compile(example.adam)
    states = [(weights, np.zeros(len(weights)), np.zeros(len(weights)))] * 2
    for i, name in enumerate([*TEXTS, "amelia", "mia"]):
        (eager_loss, *eager), (loss, *fast) = (
            step(*state, i + 1.0, tokens(name)) for step, state in zip((example.adam, compiled), states, strict=True)
        )
        assert loss == eager_loss
        for expected, found in zip(eager, fast, strict=True):
            np.testing.assert_array_equal(found, expected)
        states = [eager, fast]
    assert len(compiled.programs) == 3  # names of three lengths: which letters they have is data


def test_names_are_sampled_with_the_chances_of_the_scores():
    def scores(weights, text):
        return [[0.0 if token == weights[len(text) - 1] else -1000.0 for token in range(example.END + 1)]]

    assert example.sampled(tokens("emma")[1:], scores) == "emma"
    assert example.sampled([0] * 20, scores) == "a" * example.BLOCK
    random.seed(0)
    two = [0.0 if token < 2 else -1000.0 for token in range(example.END + 1)]
    two[1] = 0.6 * np.log(3.0)  # the temperature makes it three times as likely as the other
    letters = "".join(example.sampled(None, lambda weights, text: [[-1000.0, *two[1:]], two]) for _ in range(100))
    assert set(letters) == {"a", "b"}
    assert letters.count("b") / len(letters) == pytest.approx(0.75, abs=0.05)


def test_it_trains_and_samples_from_the_command_line():
    outputs = [run_file(autograd, PROGRAM, "--steps", 60, "--samples", 4, *how).splitlines() for how in ([], ["--eager"])]
    compiled, eager = ([line for line in output if " steps in " not in line] for output in outputs)
    assert compiled == eager and len(compiled) == 64
    losses = [float(re.fullmatch(r"step \d+ loss ([\d.]+)", line)[1]) for line in compiled[:60]]
    assert losses[0] == pytest.approx(np.log(27), rel=0.1)
    assert np.mean(losses[-20:]) < 0.9 * np.mean(losses[:10])
    assert all(re.fullmatch("[a-z]{0,16}", name) for name in compiled[60:])
    assert len(set(compiled[60:])) > 1

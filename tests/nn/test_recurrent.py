"""Recurrent cells: PyTorch's numbers (tools/torch_reference.py), unrolling, errors; learning to echo, to count, to spell."""

import json
import math
import random

import numpy as np
import pytest
from builds import ROOT

import nn
from autograd import Value, check_gradients, fsum, no_grad, topological_order

RECORDED = json.loads((ROOT / "tests" / "data" / "torch_recurrent.json").read_text())["cells"]
GATES = ["write_gate", "forget_gate", "candidate", "output_gate"]  # in the order of PyTorch's rows
EITHER = pytest.mark.parametrize("kind", [nn.RNNCell, nn.LSTMCell])


# ------------------------------------------------------------------------------------------------ PyTorch's numbers


def loaded(record):
    """Our cell with the recorded weights, and its neurons in the order of PyTorch's rows."""
    settings = dict(record["settings"])
    if "nonlinearity" in settings:
        settings["activation"] = settings.pop("nonlinearity")
    weights = record["parameters"]
    kind = getattr(nn, record["cell"])
    cell = kind(len(weights["weight_ih"][0]), len(weights["weight_hh"][0]), **settings)
    layers = [cell.layer] if kind is nn.RNNCell else [getattr(cell, gate) for gate in GATES]
    neurons = [neuron for layer in layers for neuron in layer.neurons]
    for j, neuron in enumerate(neurons):
        for weight, number in zip(neuron.weights, weights["weight_ih"][j] + weights["weight_hh"][j], strict=True):
            weight.data = number
        if neuron.bias is not None:
            neuron.bias.data = weights["bias_ih"][j] + weights["bias_hh"][j]
    return cell, neurons


def numbers(rows, of):
    return [getattr(value, of) for row in rows for value in row]


def flat(rows):
    return [number for row in rows for number in row]


@pytest.mark.parametrize("record", RECORDED, ids=lambda record: f"{record['cell']}-{record['settings']}")
def test_outputs_and_gradients_agree_with_pytorch(record):
    cell, neurons = loaded(record)
    xs = [[Value(number) for number in x] for x in record["xs"]]
    start = [[Value(number) for number in part] for part in record["start"]]
    outputs, state = nn.unroll(cell, xs, tuple(start) if len(start) == 2 else start[0])
    parts = list(state) if isinstance(state, tuple) else [state]
    weighted = [
        v * f for row, factors in zip(outputs, record["factors"], strict=True) for v, f in zip(row, factors, strict=True)
    ]
    loss = fsum(weighted + [v * v for part in parts for v in part])
    loss.backward()

    def close(expected):
        return pytest.approx(expected, rel=1e-12, abs=1e-14)

    assert len(outputs) == 5
    assert loss.data == close(record["loss"])
    assert numbers(outputs, "data") == close(flat(record["outputs"]))
    assert numbers(parts, "data") == close(flat(record["state"]))
    slopes = record["gradients"]
    rows = [ih + hh for ih, hh in zip(slopes["weight_ih"], slopes["weight_hh"], strict=True)]
    assert numbers([neuron.weights for neuron in neurons], "grad") == close(flat(rows))
    if "bias_ih" in slopes:
        assert slopes["bias_ih"] == slopes["bias_hh"]
        assert [neuron.bias.grad for neuron in neurons] == close(slopes["bias_ih"])
    assert numbers(xs, "grad") == close(flat(record["xs_gradient"]))
    assert numbers(start, "grad") == close(flat(record["start_gradients"]))
    assert any(abs(g) > 1e-3 for g in flat(record["start_gradients"])), "the gradients reach back to the start"


# ------------------------------------------------------------------------------------------------ cells


@EITHER
def test_a_cell_starts_from_zeros(kind):
    cell = kind(2, 3, rng=0)
    zeros = [0.0] * 3
    start = zeros if kind is nn.RNNCell else (zeros, zeros)
    xs = [[0.5, -1.0], [2.0, 0.25]]
    with_none, with_zeros = nn.unroll(cell, xs)[0], nn.unroll(cell, xs, start)[0]
    assert numbers(with_none, "data") == numbers(with_zeros, "data")


@EITHER
@pytest.mark.parametrize("bias", [True, False])
def test_a_cell_is_rebuilt_from_its_config(kind, bias):
    settings = {"activation": "relu"} if kind is nn.RNNCell else {}
    cell = kind(2, 3, bias=bias, rng=0, **settings)
    config = json.loads(json.dumps(cell.config()))
    assert config == {"nin": 2, "nhidden": 3, "bias": bias, **settings}
    again = kind(**config, rng=1)
    assert [name for name, _ in again.named_parameters()] == [name for name, _ in cell.named_parameters()]
    assert repr(again) == repr(cell)
    assert again.config() == cell.config()
    cell.config()["nin"] = 7
    assert cell.config() == config


def test_seeds_and_initialisers_decide_the_weights():
    def weights(**how):
        return [p.data for p in nn.LSTMCell(2, 2, **how).parameters()]

    assert weights(rng=3) == weights(rng=3) != weights(rng=4)
    assert set(weights(init="zeros")) == {0.0, 1.0}
    assert set(weights(init="zeros", bias=False)) == {0.0}


def test_only_the_forget_gates_start_open():
    cell = nn.LSTMCell(2, 3, rng=0)
    biases = {gate: [neuron.bias.data for neuron in getattr(cell, gate).neurons] for gate in GATES}
    assert biases == {"write_gate": [0.0] * 3, "forget_gate": [1.0] * 3, "candidate": [0.0] * 3, "output_gate": [0.0] * 3}


def test_a_plain_cell_is_the_formula():
    cell = nn.RNNCell(1, 1, rng=0)
    (neuron,) = cell.layer.neurons
    (w, u), b = (weight.data for weight in neuron.weights), 0.25
    neuron.bias.data = b
    h = 0.0
    for x, (out,) in zip([0.5, -1.0, 2.0], nn.unroll(cell, [[0.5], [-1.0], [2.0]])[0], strict=True):
        h = math.tanh(w * x + u * h + b)
        assert out.data == pytest.approx(h, rel=1e-15)


def test_arrays_are_inputs_and_states():
    cell = nn.LSTMCell(2, 3, rng=0)
    xs = [[0.5, -1.0], [2.0, 0.25]]
    from_lists, _ = nn.unroll(cell, xs, ([0.1, 0.2, 0.3], [0.0, 1.0, 2.0]))
    from_arrays, _ = nn.unroll(cell, np.array(xs), tuple(np.array([[0.1, 0.2, 0.3], [0.0, 1.0, 2.0]])))
    assert numbers(from_arrays, "data") == numbers(from_lists, "data")


RNN, LSTM = nn.RNNCell(2, 3, rng=0), nn.LSTMCell(2, 3, rng=0)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda: RNN([1.0]), ValueError, "the input x of this cell has 2 numbers, and this one has 1"),
        (lambda: RNN([1.0, 2.0], [0.0] * 2), ValueError, "the state h of this cell has 3 numbers, and this one has 2"),
        (lambda: RNN([1.0, 2.0, 3.0], [0.0] * 2), ValueError, "the input x of this cell has 2 numbers, and this one has 3"),
        (lambda: RNN(1.0), TypeError, "the input x of this cell is a list of 2 numbers or Values, and this is 1.0"),
        (lambda: nn.unroll(RNN, [1.0, 2.0]), TypeError, "the input x of this cell is a list of 2"),
        (lambda: LSTM([1.0] * 3), ValueError, "the input x of this cell has 2 numbers, and this one has 3"),
        (
            lambda: LSTM([1.0, 2.0], ([0.0], [0.0] * 3)),
            ValueError,
            "the state h of this cell has 3 numbers, and this one has 1",
        ),
        (lambda: LSTM([1.0, 2.0], ([0.0] * 3, [0.0] * 4)), ValueError, "the memory c of this cell has 3 numbers.* has 4"),
        (lambda: LSTM([1.0, 2.0], [0.0] * 3), TypeError, r"a pair \(h, c\), and this is \[0.0, 0.0, 0.0\]"),
        (lambda: LSTM([1.0, 2.0], Value(0.0)), TypeError, r"a pair \(h, c\), and this is Value"),
        (lambda: nn.LSTMCell(1, 2)([1.0], [0.0, 0.0]), TypeError, "the state h of this cell is a list of 2"),
        (lambda: nn.RNNCell(0, 3), ValueError, "the number of inputs is a whole number of at least 1, and this is 0"),
        (
            lambda: nn.LSTMCell(2, 2.5),
            ValueError,
            "the number of hidden units is a whole number.* this is 2.5",
        ),
        (lambda: nn.RNNCell(2, 3, "tnah"), ValueError, "no activation named 'tnah'"),
        (lambda: nn.LSTMCell(2, 3, init="he"), ValueError, "no initialiser named 'he'"),
        (lambda: nn.LSTMCell(2, 3, rng="x"), TypeError, "a seed"),
    ],
)
def test_errors_say_what_to_do(wrong, error, words):
    with pytest.raises(error, match=words):
        wrong()


# ------------------------------------------------------------------------------------------------ unrolling


@EITHER
def test_gradients_go_back_through_time(kind):
    cell = kind(1, 2, rng=0)

    def last(*xs):
        return fsum(nn.unroll(cell, [[x] for x in xs])[0][-1])

    check_gradients(last, [0.5, -1.0, 0.75, 2.0])
    first = Value(0.5)
    last(first, -1.0, 0.75, 2.0).backward()
    assert first.grad != 0.0


def test_unroll_goes_on_where_it_stopped_and_a_detached_state_truncates():
    cell = nn.LSTMCell(1, 2, rng=0)
    xs = [[Value(x)] for x in (0.5, -1.0, 0.75, 2.0)]
    whole, end = nn.unroll(cell, xs)
    first, middle = nn.unroll(cell, xs[:2])
    second, end_of_second = nn.unroll(cell, xs[2:], middle)
    assert numbers(first + second, "data") == numbers(whole, "data")
    assert numbers(end_of_second, "data") == numbers(end, "data")
    truncated, _ = nn.unroll(cell, xs[2:], tuple([value.detach() for value in part] for part in middle))
    assert numbers(truncated, "data") == numbers(second, "data")
    reached = {id(node) for node in topological_order(fsum(truncated[-1]))}
    assert [id(x) in reached for (x,) in xs] == [False, False, True, True]
    assert nn.unroll(cell, [], middle) == ([], middle)


def test_any_cell_is_unrolled():
    class Leaky(nn.Module):
        """An integrator that hands out its state and keeps the number of steps beside it."""

        def __init__(self):
            self.keep = Value(0.5)

        def __call__(self, x, state):
            total, steps = state or (0.0, 0)
            return self.keep * total + x, steps + 1

    cell = Leaky()
    outputs, (total, steps) = nn.unroll(cell, iter([1.0, 2.0, 4.0]))
    assert [out.data for out in outputs] == [1.0, 2.5, 5.25]
    assert (total.data, steps) == (5.25, 3)
    total.backward()
    assert cell.keep.grad == 2.0 + 2 * 0.5 * 1.0


# ------------------------------------------------------------------------------------------------ learning


class Reader(nn.Module):
    """A cell, and a linear layer that reads its output at every step."""

    def __init__(self, cell, nout, rng):
        self.cell, self.readout = cell, nn.Layer(cell.nhidden, nout, "linear", rng=rng)

    def __call__(self, xs):
        outputs, _ = nn.unroll(self.cell, xs)
        return [self.readout(h) for h in outputs]

    def scores(self, xs):
        """The first readout of every step, as numbers."""
        with no_grad():
            return [out[0].data for out in self(xs)]


def reader(kind, nin, nhidden, nout, seed, **settings):
    rng = random.Random(seed)
    return Reader(kind(nin, nhidden, rng=rng, **settings), nout, rng)


def learn(model, loss_of_example, *, steps, lr):
    """Adam with clipped gradients, its rate falling to 0."""
    optimizer = nn.Adam(model.parameters(), lr=lr)
    schedule = nn.CosineAnnealingLR(optimizer, T_max=steps)
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of_example().backward()
        nn.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model


def random_bits(rng, n):
    return [[float(rng.randrange(2))] for _ in range(n)]


@EITHER
@pytest.mark.parametrize("seed", range(4))
def test_learns_to_echo_what_it_was_told_three_steps_ago(kind, seed):
    """Trained on sequences of 12, tested on one of 200."""
    rng, model = random.Random(100 + seed), reader(kind, 1, 8, 1, seed)

    def loss():
        xs = random_bits(rng, 12)
        return nn.binary_cross_entropy_with_logits([y[0] for y in model(xs)[3:]], [x for (x,) in xs[:-3]])

    learn(model, loss, steps=600, lr=0.05)
    xs = random_bits(rng, 200)
    assert [score > 0.0 for score in model.scores(xs)[3:]] == [x > 0.5 for (x,) in xs[:-3]]


def test_a_linear_cell_learns_to_count_and_counts_on():
    """How many ones so far: trained up to 10 steps, tested over 50. A state that saturates could not."""
    for seed in range(4):
        rng, model = random.Random(100 + seed), reader(nn.RNNCell, 1, 2, 1, seed, activation="linear")

        def loss(rng=rng, model=model):
            xs = random_bits(rng, rng.randint(3, 10))
            counts = [sum(x for (x,) in xs[: i + 1]) for i in range(len(xs))]
            return nn.mse_loss([y[0] for y in model(xs)], counts)

        learn(model, loss, steps=1500, lr=0.05)
        xs = random_bits(rng, 50)
        assert [round(score) for score in model.scores(xs)] == [sum(x for (x,) in xs[: i + 1]) for i in range(50)]


def a_then_b(n):
    """n times a, n times b."""
    return [[1.0, 0.0]] * n + [[0.0, 1.0]] * n


def counted_up_to(model):
    """The largest n up to which every a^n b^n is told to end at its last letter, and not before."""
    n = 0
    while n < 30 and [score > 0.0 for score in model.scores(a_then_b(n + 1))] == [False] * (2 * n + 1) + [True]:
        n += 1
    return n


def taught_words(kind, nhidden, seed, *, longest, steps, lr):
    rng, model = random.Random(seed), reader(kind, 2, nhidden, 1, seed)

    def loss():
        n = rng.randint(1, longest)
        return nn.binary_cross_entropy_with_logits([y[0] for y in model(a_then_b(n))], [0.0] * (2 * n - 1) + [1.0])

    return learn(model, loss, steps=steps, lr=lr)


def test_an_lstm_learns_when_words_of_a_and_b_end_and_counts_beyond_those_it_has_seen():
    """As in Gers and Schmidhuber (2001): shown up to 10 of each letter, it knows the end of longer words too."""
    counts = [counted_up_to(taught_words(nn.LSTMCell, 3, seed, longest=10, steps=900, lr=0.05)) for seed in range(4)]
    assert min(counts) >= 12
    assert sum(count >= 15 for count in counts) >= 3


def test_a_plain_cell_learns_when_words_of_a_and_b_end():
    counts = [counted_up_to(taught_words(nn.RNNCell, 6, seed, longest=5, steps=1500, lr=0.02)) for seed in range(4)]
    assert min(counts) >= 5


WORDS = ["hello", "help", "held", "hole"]
LETTERS = ["d", "e", "h", "l", "o", "p", "."]
CODES = dict(zip(LETTERS, nn.data.one_hot(range(len(LETTERS)), len(LETTERS) + len(WORDS)), strict=True))


def told(index):
    """The input of the first step: which word. From then on the cell is only told the letter it is at."""
    return [float(i == len(LETTERS) + index) for i in range(len(LETTERS) + len(WORDS))]


def spelt(model, index):
    """What it writes, letter by letter, each the input of the next step."""
    text, x, state = "", told(index), None
    with no_grad():
        while len(text) < 10 and not text.endswith("."):
            (h,), state = nn.unroll(model.cell, [x], state)
            scores = [score.data for score in model.readout(h)]
            text += LETTERS[scores.index(max(scores))]
            x = CODES[text[-1]]
    return text


@EITHER
@pytest.mark.parametrize("seed", range(4))
def test_learns_to_spell(kind, seed):
    """Words that begin alike and have a letter twice: it must remember which word, and where in it it is."""
    model = reader(kind, len(LETTERS) + len(WORDS), 10, len(LETTERS), seed)

    def loss():
        examples = [([told(i), *(CODES[letter] for letter in word)], word + ".") for i, word in enumerate(WORDS)]
        return fsum(nn.cross_entropy(model(xs), [LETTERS.index(letter) for letter in text]) for xs, text in examples)

    assert [spelt(model, i) for i in range(len(WORDS))] != [word + "." for word in WORDS]
    learn(model, loss, steps=120, lr=0.05)
    assert [spelt(model, i) for i in range(len(WORDS))] == [word + "." for word in WORDS]

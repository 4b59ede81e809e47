"""This library: compiled once and called, and eagerly, a graph for each step."""

from __future__ import annotations

import contextlib
import functools
import itertools
from typing import Any

import numpy as np

import autograd
import nn
from autograd import compile, dot, exp, fsum, grad, log, logsumexp, relu, sqrt, tanh, value_and_grad

from .models import INPUTS, STEPS, UNITS, adam, example, trained_by
from .with_sklearn import makers as estimators
from .works import Data, Function, black_scholes, program, rosenbrock_by_elements, slices


def outputs(p: Any, x: Any, sizes: list[int]) -> list[Any]:
    """What a perceptron with the flat parameters `p` makes of one row."""
    p, start = list(p), 0
    for inputs, width in itertools.pairwise(sizes):
        biases = start + width * inputs
        x = [dot(p[start + j * inputs : start + (j + 1) * inputs], x) + p[biases + j] for j in range(width)]
        start = biases + width
        if start < len(p):
            x = [relu(v) for v in x]
    return x


def hinge(data: Data) -> Function:
    sizes, penalty = data["sizes"].tolist(), data["penalty"]

    def loss(p: Any, x: Any, y: Any) -> Any:
        (score,) = outputs(p, x, sizes)
        return relu(1.0 - y * score) + penalty * dot(p, p)

    return loss


def cross_entropy(data: Data) -> Function:
    sizes = data["sizes"].tolist()

    def loss(p: Any, x: Any, target: Any) -> Any:
        scores = outputs(p, x, sizes)
        return logsumexp(scores) - dot(target, scores)

    return loss


def mean_over_rows(loss: Function) -> Function:
    """The eager form of what compile does with in_axes=(None, 0, 0), reduce="mean"."""
    return lambda p, x, y: fsum([loss(p, *row) for row in zip(x, y, strict=True)]) / len(x)


def descend(step: Function, data: Data, target: str) -> Function:
    x, y, rate = data["x"], data[target], data["rate"]
    batches = [(x[part], y[part]) for part in slices(len(x), data.get("batch", len(x)))]

    def train(epochs: int) -> Any:
        p = data["p"].copy()
        for _ in range(epochs):
            for some_x, some_y in batches:
                _, gradient = step(p, some_x, some_y)
                p -= rate * gradient
        return p

    return train


def descended(loss: Function, data: Data, target: str) -> Function:
    step = compiled_over_rows(loss)

    def train(epochs: int) -> Any:
        p = data["p"].copy()
        steps = {"optimizer": functools.partial(nn.SGD, lr=data["rate"]), "epochs": epochs, "batch_size": data.get("batch")}
        nn.descend(step, p, data["x"], data[target], **steps)
        return p

    return train


def compiled_over_rows(loss: Function) -> Function:
    return compile(value_and_grad(loss), in_axes=(None, 0, 0), reduce="mean")


def eager_over_rows(loss: Function) -> Function:
    return value_and_grad(mean_over_rows(loss))


def rosenbrock(x: Any) -> Any:
    return rosenbrock_by_elements(x, len(x))


def price(s: Any, k: Any, t: Any, r: Any, v: Any) -> Any:
    return black_scholes(s, k, t, r, v, autograd)


price_and_derivatives = value_and_grad(price, argnums=(0, 1, 2, 3, 4))


def compiled_prices(data: Data) -> Function:
    fast = compile(price_and_derivatives, in_axes=0)
    return lambda: fast(*data["columns"])


def eager_prices(data: Data) -> Function:
    def prices() -> Any:
        found = [price_and_derivatives(*row) for row in data["columns"].T.tolist()]
        return [p for p, _ in found], list(zip(*[slopes for _, slopes in found], strict=True))

    return prices


def built(transform: Function, data: Data) -> Function:
    def f(x: Any) -> Any:
        return program(x, data["operations"], autograd.sin)

    def build() -> Function:
        fast = compile(transform(f))
        fast(data["x"])  # records
        return fast

    return build


# ------------------------------------------------------------------------------------------------ nn.fit


def network(data: Data) -> tuple[nn.MLP, list[autograd.Value]]:
    """A new model with the weights of `data`, and its parameters in the order of `layers`."""
    sizes = data["sizes"].tolist()
    model = nn.MLP(sizes[0], sizes[1:], "relu")
    parameters = []
    for layer in model.layers:
        parameters += [weight for neuron in layer.neurons for weight in neuron.weights]
        parameters += [neuron.bias for neuron in layer.neurons]
    for parameter, number in zip(parameters, data["p"].tolist(), strict=True):
        parameter.data = number
    return model, parameters


def fitted(data: Data, **how: Any) -> Function:
    def train(epochs: int) -> Any:
        model, parameters = network(data)
        steps = {"optimizer": nn.SGD(model.parameters(), lr=data["rate"]), "epochs": epochs, "batch_size": data.get("batch")}
        nn.fit(model, data["x"], data["y"], shuffle=False, progress=False, **steps, **how)
        return np.array([parameter.data for parameter in parameters])

    return train


def prepared(data: Data) -> Function:
    def prepare(epochs: int) -> Any:
        model, parameters = network(data)
        until_the_first_step(model, data["x"], data["y"], batch_size=data["batch"])
        return np.array([parameter.data for parameter in parameters])

    return prepare


def fitted_moons(data: Data) -> Function:
    def penalty(model: Any) -> Any:
        return nn.l2_penalty(model, data["penalty"], biases=True)

    return fitted(data, loss=nn.hinge_loss, penalty=penalty)


def fitted_digits(data: Data) -> Function:
    return fitted(data, loss=nn.cross_entropy)


class FirstStepError(Exception):
    """The training has come to its first step."""


class Stopping(nn.SGD):
    """An optimiser that stops the training instead of stepping."""

    buffers = ("_velocity",)

    def update(self, i: Any, data: Any, grad: Any) -> Any:
        raise FirstStepError


def until_the_first_step(model: nn.Module, x: Any, y: Any, **how: Any) -> None:
    with contextlib.suppress(FirstStepError):
        nn.fit(model, x, y, optimizer=Stopping, shuffle=False, progress=False, **how)
        raise AssertionError("the training stepped")


# ------------------------------------------------------------------------------------------------ a GPT


def compiled_gpt(data: Data) -> Function:
    """One text: the whole step. Several: their gradient; Adam's step is NumPy's."""
    texts, gpt = data["texts"].astype(float), example()
    if len(texts) == 1:
        whole = compile(gpt.adam)
        return trained_by(lambda p, first, second, k: whole(p, first, second, k, texts[0])[1:], data)
    both = compile(value_and_grad(gpt.loss), in_axes=(None, 0), reduce="mean")
    return trained_by(lambda p, first, second, k: adam(p, first, second, k, both(p, texts)[1], np.sqrt), data)


def eager_gpt(data: Data) -> Function:
    texts, loss = data["texts"].tolist(), example().loss
    both = value_and_grad(lambda p: fsum([loss(p, text) for text in texts]) / len(texts))
    return trained_by(lambda p, first, second, k: adam(p, first, second, k, np.array(both(p.tolist())[1]), np.sqrt), data)


# ------------------------------------------------------------------------------------------------ gradients at points


def squared_error(p: Any, x: Any, y: Any) -> Any:
    """Of the recurrent network, for one row."""
    p = list(p)
    inputs = [p[k : k + INPUTS] for k in range(0, UNITS * INPUTS, INPUTS)]
    states = [p[k : k + UNITS] for k in range(UNITS * INPUTS, UNITS * (INPUTS + UNITS), UNITS)]
    biases, answer = p[-2 * UNITS : -UNITS], p[-UNITS:]
    h: list[Any] = [0.0] * UNITS
    for k in range(STEPS):
        h = [tanh(dot(a, x[k]) + dot(b, h) + c) for a, b, c in zip(inputs, states, biases, strict=True)]
    return (dot(answer, h) - y) ** 2


def compiled_rnn(data: Data) -> Function:
    both = compile(value_and_grad(squared_error), in_axes=(None, 0, 0), reduce="mean")
    return lambda p: both(p, data["x"], data["y"])


def eager_rnn(data: Data) -> Function:
    both = value_and_grad(mean_over_rows(squared_error))
    x, y = data["x"].tolist(), data["y"].tolist()
    return lambda p: both(p.tolist(), x, y)


def likelihood(data: Data) -> Function:
    """By Cholesky's decomposition, number by number."""
    at, observed = data["at"].tolist(), data["observed"].tolist()

    def negative_log_likelihood(p: Any) -> Any:
        length, scale, noise = (exp(v) for v in p)
        rows: list[list[Any]] = []
        white: list[Any] = []
        for i, (a, y) in enumerate(zip(at, observed, strict=True)):
            row: list[Any] = []
            for j in range(i + 1):
                covariance = scale * exp(-0.5 * ((a - at[j]) / length) ** 2) + (noise if i == j else 0.0)
                rest = covariance - dot(row, rows[j][:j] if j < i else row) if j else covariance
                row.append(sqrt(rest) if i == j else rest / rows[j][j])
            rows.append(row)
            white.append((y - dot(row[:i], white) if i else y) / row[i])
        return 0.5 * dot(white, white) + fsum([log(row[-1]) for row in rows])

    return negative_log_likelihood


SECOND: dict[str, Function] = {
    "erf": autograd.erf,
    "gelu": autograd.gelu,
    "hypot": autograd.hypot,
    "logaddexp": autograd.logaddexp,
    "power": lambda x, y: x**y,
}


def compiled_second(data: Data) -> Function:
    fast = compile(grad(grad(SECOND[data["function"]])), in_axes=0)
    return lambda: (fast(*data["columns"]), ())


def eager_second(data: Data) -> Function:
    slope = grad(grad(SECOND[data["function"]]))
    return lambda: ([slope(*row) for row in data["columns"].T.tolist()], ())


CONTENDERS: dict[str, dict[str, Function]] = {
    "ours compiled": {
        "moons": lambda data: descend(compiled_over_rows(hinge(data)), data, "y"),
        "digits": lambda data: descend(compiled_over_rows(cross_entropy(data)), data, "one_hot"),
        "rosenbrock": lambda data: compile(value_and_grad(rosenbrock)),
        "black_scholes": compiled_prices,
        "fit_moons": fitted_moons,
        "fit_digits": fitted_digits,
        "fit_many": lambda data: fitted(data, loss=nn.mse_loss),
        "prepare": prepared,
        **estimators(lambda: nn.MLPClassifier),
        "gpt": compiled_gpt,
        "rnn": compiled_rnn,
        "gaussian_process": lambda data: compile(value_and_grad(likelihood(data))),
        "logsumexp": lambda data: compile(value_and_grad(logsumexp)),
        "second": compiled_second,
        "graph": lambda data: built(lambda f: f, data),
        "graph_gradient": lambda data: built(value_and_grad, data),
    },
    "ours nn.descend": {
        "moons": lambda data: descended(hinge(data), data, "y"),
        "digits": lambda data: descended(cross_entropy(data), data, "one_hot"),
    },
    "ours eager": {
        "moons": lambda data: descend(eager_over_rows(hinge(data)), data, "y"),
        "digits": lambda data: descend(eager_over_rows(cross_entropy(data)), data, "one_hot"),
        "rosenbrock": lambda data: value_and_grad(rosenbrock),
        "black_scholes": eager_prices,
        "gpt": eager_gpt,
        "rnn": eager_rnn,
        "gaussian_process": lambda data: value_and_grad(likelihood(data)),
        "logsumexp": lambda data: value_and_grad(logsumexp),
        "second": eager_second,
    },
}

"""PyTorch, by its autograd; and with torch.compile, which writes C++ and has it compiled."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from .models import adam, gpt_scores, matrices, rnn_parts
from .works import Data, Function, black_scholes, layers, rosenbrock, slices

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
torch.set_default_dtype(torch.float64)


def parameters(data: Data) -> list[torch.Tensor]:
    """The weights and biases of the layers, one after the other."""
    pairs = layers(data["p"].copy(), data["sizes"])
    return [torch.from_numpy(np.ascontiguousarray(array)).requires_grad_() for pair in pairs for array in pair]


def outputs(p: list[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    for k in range(0, len(p), 2):
        x = torch.nn.functional.linear(x, p[k], p[k + 1])
        if k + 2 < len(p):
            x = torch.relu(x)
    return x


def descend(loss: Function, data: Data, batches: list[tuple[Any, Any]]) -> Function:
    rate = data["rate"]

    def train(epochs: int) -> Any:
        p = parameters(data)
        for _ in range(epochs):
            for x, y in batches:
                slopes = torch.autograd.grad(loss(p, x, y), p)
                with torch.no_grad():
                    torch._foreach_add_(p, slopes, alpha=-rate)
        return torch.cat([tensor.detach().ravel() for tensor in p]).numpy()

    return train


def moons(data: Data, compiled: Function) -> Function:
    def loss(p: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        penalty = sum((tensor.square().sum() for tensor in p), start=torch.zeros(()))
        return torch.relu(1.0 - y * outputs(p, x)[:, 0]).mean() + data["penalty"] * penalty

    return descend(compiled(loss), data, [(torch.from_numpy(data["x"]), torch.from_numpy(data["y"]))])


def digits(data: Data, compiled: Function) -> Function:
    x, y = torch.from_numpy(data["x"]), torch.from_numpy(data["y"])
    batches = [(x[part], y[part]) for part in slices(len(x), data["batch"])]
    return descend(compiled(lambda p, x, y: cross_entropy(outputs(p, x), y)), data, batches)


def many(data: Data) -> Function:
    x, y = torch.from_numpy(data["x"]), torch.from_numpy(data["y"])
    batches = [(x[part], y[part]) for part in slices(len(x), data["batch"])]
    return descend(lambda p, x, y: torch.nn.functional.mse_loss(outputs(p, x)[:, 0], y), data, batches)


def prepared(data: Data) -> Function:
    """The rows as tensors, checked, and in batches."""

    def prepare(epochs: int) -> Any:
        x, y = torch.tensor(data["x"]), torch.tensor(data["y"])
        if not (x.isfinite().all() and y.isfinite().all()):
            raise ValueError("a row is not finite")
        list(zip(x.split(data["batch"]), y.split(data["batch"]), strict=True))
        return data["p"]

    return prepare


def rosenbrock_call(data: Data) -> Function:
    def call(x: Any) -> tuple[Any, Any]:
        point = (torch.tensor(x) if isinstance(x, list) else torch.from_numpy(x)).requires_grad_()
        value = rosenbrock(point)
        (gradient,) = torch.autograd.grad(value, point)
        return value.item(), gradient.numpy()

    return call


def prices(data: Data, compiled: Function) -> Function:
    f = compiled(lambda *columns: black_scholes(*columns, torch))

    def price() -> Any:
        columns = [torch.from_numpy(column).requires_grad_() for column in data["columns"]]
        value = f(*columns)
        return value.detach().numpy(), [slope.numpy() for slope in torch.autograd.grad(value.sum(), columns)]

    return price


def gpt(data: Data) -> Function:
    texts = torch.from_numpy(data["texts"])
    before, after = texts[:, :-1], texts[:, 1:]
    coming = torch.tril(torch.ones((before.shape[1],) * 2, dtype=torch.bool))
    lib = SimpleNamespace(
        relu=torch.relu, softmax=lambda x: torch.softmax(x, -1), masked=lambda x: x.masked_fill(~coming, -torch.inf)
    )

    def train(steps: int) -> Any:
        p = torch.from_numpy(data["p"].copy())
        first = second = torch.zeros(len(p))
        for k in range(steps):
            p.requires_grad_()
            scores = gpt_scores(matrices(p), before, lib)
            (gradient,) = torch.autograd.grad(cross_entropy(scores.flatten(0, 1), after.flatten()), p)
            p, first, second = adam(p.detach(), first, second, k + 1.0, gradient, torch.sqrt)
        return p.detach().numpy()

    return train


def called(loss: Function) -> Function:
    """Its value and gradient at points."""

    def call(p: Any) -> tuple[Any, Any]:
        point = torch.from_numpy(p).requires_grad_()
        value = loss(point)
        (gradient,) = torch.autograd.grad(value, point)
        return value.item(), gradient.numpy()

    return call


def rnn(data: Data) -> Function:
    x, y = torch.from_numpy(data["x"]), torch.from_numpy(data["y"])

    def loss(p: Any) -> Any:
        inputs, states, biases, answer = rnn_parts(p)
        h = torch.zeros((len(x), len(biases)))
        for k in range(x.shape[1]):
            h = torch.tanh(x[:, k] @ inputs.T + h @ states.T + biases)
        return ((h @ answer - y) ** 2).mean()

    return called(loss)


def gaussian_process(data: Data) -> Function:
    at, observed = torch.from_numpy(data["at"]), torch.from_numpy(data["observed"])
    squares, eye = (at[:, None] - at) ** 2, torch.eye(len(at))

    def negative_log_likelihood(p: Any) -> Any:
        length, scale, noise = torch.exp(p)
        root = torch.linalg.cholesky(scale * torch.exp(-0.5 * squares / length**2) + noise * eye)
        white = torch.linalg.solve_triangular(root, observed[:, None], upper=False)[:, 0]
        return 0.5 * white @ white + torch.log(torch.diagonal(root)).sum()

    return called(negative_log_likelihood)


SECOND = {
    "erf": torch.erf,
    "gelu": torch.nn.functional.gelu,
    "hypot": torch.hypot,
    "logaddexp": torch.logaddexp,
    "power": torch.pow,
}


def second(data: Data) -> Function:
    f = SECOND[data["function"]]

    def twice() -> Any:
        x, *others = (torch.from_numpy(column) for column in data["columns"])
        x.requires_grad_()
        (first,) = torch.autograd.grad(f(x, *others).sum(), x, create_graph=True)
        (found,) = torch.autograd.grad(first.sum(), x)
        return found.numpy(), ()

    return twice


def plain(f: Function) -> Function:
    return f


def makers(compiled: Function) -> dict[str, Function]:
    return {
        "moons": lambda data: moons(data, compiled),
        "digits": lambda data: digits(data, compiled),
        "black_scholes": lambda data: prices(data, compiled),
    }


CONTENDERS: dict[str, dict[str, Function]] = {
    "torch": makers(plain)
    | {
        "fit_moons": lambda data: moons(data, plain),
        "fit_digits": lambda data: digits(data, plain),
        "fit_many": many,
        "prepare": prepared,
        "rosenbrock": rosenbrock_call,
        "gpt": gpt,
        "rnn": rnn,
        "gaussian_process": gaussian_process,
        "logsumexp": lambda data: called(lambda x: torch.logsumexp(x, 0)),
        "second": second,
    },
    "torch.compile": makers(torch.compile),
}

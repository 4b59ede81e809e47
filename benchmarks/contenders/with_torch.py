"""PyTorch, by its autograd; and with torch.compile, which writes C++ and has it compiled."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

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


def plain(f: Function) -> Function:
    return f


def makers(compiled: Function) -> dict[str, Function]:
    return {
        "moons": lambda data: moons(data, compiled),
        "digits": lambda data: digits(data, compiled),
        "black_scholes": lambda data: prices(data, compiled),
    }


CONTENDERS: dict[str, dict[str, Function]] = {
    "torch": makers(plain) | {"rosenbrock": rosenbrock_call},
    "torch.compile": makers(torch.compile),
}

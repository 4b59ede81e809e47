"""Plain Python: on floats, derivatives by hand; and on Values of a small class, as minimal engines have it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .models import adam, example, trained_by
from .works import Data, Function


def rosenbrock(data: Data) -> Function:
    def value_and_gradient(x: Any) -> tuple[float, list[float]]:
        value, gradient = 0.0, [0.0] * len(x)
        for i in range(len(x) - 1):
            a = x[i]
            rise, rest = x[i + 1] - a * a, 1.0 - a
            value += 100.0 * rise * rise + rest * rest
            gradient[i] += -400.0 * a * rise - 2.0 * rest
            gradient[i + 1] += 200.0 * rise
        return value, gradient

    return lambda x: value_and_gradient(x if isinstance(x, list) else x.tolist())


# ------------------------------------------------------------------------------------------------ a class of Values


class Value:
    """A number that remembers what it was made of, and the slope in each of these."""

    __slots__ = ("data", "grad", "parents", "slopes")

    def __init__(self, data: float, parents: tuple[Value, ...] = (), slopes: tuple[float, ...] = ()) -> None:
        self.data, self.grad, self.parents, self.slopes = data, 0.0, parents, slopes

    def __add__(self, other: Any) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, power: float) -> Value:
        return Value(self.data**power, (self,), (power * self.data ** (power - 1.0),))

    def exp(self) -> Value:
        e = math.exp(self.data)
        return Value(e, (self,), (e,))

    def log(self) -> Value:
        return Value(math.log(self.data), (self,), (1.0 / self.data,))

    def relu(self) -> Value:
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0.0),))

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Any) -> Value:
        return self + -other

    def __truediv__(self, other: Any) -> Value:
        return self * other**-1.0

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        """Adjoints, each node after all that were made of it."""
        order: list[Value] = []
        seen, stack = {self}, [(self, iter(self.parents))]
        while stack:
            node, rest = stack[-1]
            parent = next((p for p in rest if p not in seen), None)
            if parent is None:
                order.append(node)
                stack.pop()
            else:
                seen.add(parent)
                stack.append((parent, iter(parent.parents)))
        self.grad = 1.0
        for node in reversed(order):
            for parent, slope in zip(node.parents, node.slopes, strict=True):
                parent.grad += slope * node.grad


def softmax(x: Sequence[Value]) -> list[Value]:
    top = max(v.data for v in x)
    raised = [(v - top).exp() for v in x]
    total = sum(raised)
    return [e / total for e in raised]


PLAIN: dict[str, Callable[..., Any]] = {
    "dot": lambda x, y: sum(a * b for a, b in zip(x, y, strict=True)),
    "fsum": sum,
    "logsumexp": lambda x: sum(v.exp() for v in x).log(),
    "relu": Value.relu,
    "softmax": softmax,
    "take": lambda rows, token: rows[token],
}
"""What the GPT takes from autograd, as one writes it for such a class."""


def gpt(data: Data) -> Function:
    """The GPT of the example, its functions on the class above."""
    texts, loss = data["texts"].tolist(), example(**PLAIN).loss

    def gradient(p: Any) -> Any:
        weights = [Value(w) for w in p.tolist()]
        (sum(loss(weights, text) for text in texts) / len(texts)).backward()
        return np.array([w.grad for w in weights])

    return trained_by(lambda p, first, second, k: adam(p, first, second, k, gradient(p), np.sqrt), data)


CONTENDERS: dict[str, dict[str, Function]] = {"python by hand": {"rosenbrock": rosenbrock}, "python Values": {"gpt": gpt}}

"""The works of benchmarks/peers.py: the data, what a contender's function has to do with them, and how it is timed.

Everything is in float64. The data are made once and handed to all contenders as the same arrays.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

Data = dict[str, Any]
Function = Callable[..., Any]

# ------------------------------------------------------------------------------------------------ what several contenders share


def layers(p: Any, sizes: Any) -> list[tuple[Any, Any]]:
    """The weights (outputs, inputs) and biases of each layer of a perceptron, as views into one flat vector of parameters."""
    found, start = [], 0
    for inputs, outputs in itertools.pairwise(int(n) for n in sizes):
        middle, end = start + outputs * inputs, start + outputs * (inputs + 1)
        found.append((p[start:middle].reshape(outputs, inputs), p[middle:end]))
        start = end
    return found


def slices(rows: int, batch: int) -> Iterator[slice]:
    """The batches of an epoch, in order; the last has what is left."""
    return (slice(start, start + batch) for start in range(0, rows, batch))


def rosenbrock(x: Any) -> Any:
    """For arrays, whatever library they are of."""
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def rosenbrock_by_elements(x: Any, n: int) -> Any:
    """For lists of numbers, whatever library they are of."""
    return sum(100.0 * (x[i + 1] - x[i] * x[i]) ** 2 + (1.0 - x[i]) ** 2 for i in range(n - 1))


def black_scholes(s: Any, k: Any, t: Any, r: Any, v: Any, lib: Any) -> Any:
    """The price of a call: spot, strike, years, interest, volatility."""
    spread = v * lib.sqrt(t)
    d1 = (lib.log(s / k) + (r + 0.5 * v * v) * t) / spread
    return s * normal(d1, lib) - k * lib.exp(-r * t) * normal(d1 - spread, lib)


def normal(x: Any, lib: Any) -> Any:
    return 0.5 * (1.0 + lib.erf(x * 0.7071067811865476))


OPERATIONS_A_TURN = 10


def program(x: Any, operations: int, sin: Function) -> Any:
    """A loop over scalars that leaves a graph of so many operations, none of them the same as another."""
    total = 0.0
    for turn in range(operations // OPERATIONS_A_TURN):
        u, v = x[turn % len_of(x)], x[(7 * turn + 3) % len_of(x)]
        a = u * v + (1.0 + 1e-3 * turn)
        b = sin(a - u)
        total = total + (b + v) / (a * a + 1.0) * b
    return total


def len_of(x: Any) -> int:
    return int(x.shape[0]) if hasattr(x, "shape") else len(x)


# ------------------------------------------------------------------------------------------------ the works


@dataclass(frozen=True)
class Work:
    """One work of the table.

    task        the maker a contender has for it
    size        of the data: rows, dimensions or operations
    threads     that a contender may use
    unit        that its time is shown in
    tolerance   up to which all contenders must agree
    batch       of those that train in batches

    runs_untimed of works that come in sizes: how often the function runs before it is timed. 0 for others.
    """

    runs_untimed = 0

    name: str
    title: str
    task: str
    size: int
    unit: str
    tolerance: float = 1e-9
    threads: int = 1
    batch: int = 0

    def data(self) -> Data:
        raise NotImplementedError

    def first(self, function: Function, data: Data) -> None:
        """After this the function is ready: what it does once, it has done."""
        self.repeated(function, data, 1)

    def numbers(self, function: Function, data: Data) -> np.ndarray:
        """What all contenders must agree on."""
        raise NotImplementedError

    def repeated(self, function: Function, data: Data, times: int) -> None:
        """What is timed."""
        raise NotImplementedError

    def units(self, data: Data) -> int:
        """How many units one repetition has."""
        return 1

    def fewer(self, data: Data) -> Data:
        """For a contender that is too slow for all: a part of the data, whose time for a unit stands for the whole."""
        return data

    def difference(self, numbers: np.ndarray, expected: np.ndarray) -> float:
        """The largest, relative to numbers above 1 and absolute below; infinite where one is no number."""
        if numbers.shape != expected.shape:
            return np.inf
        largest = float(np.max(np.abs(numbers - expected) / np.maximum(1.0, np.abs(expected))))
        return np.inf if np.isnan(largest) else largest


class Training(Work):
    """The function takes a number of steps (or epochs), starts from data["p"] and gives the parameters after them, flat.

    Plain gradient descent, with the rate data["rate"].
    """

    steps_checked = 5

    def numbers(self, function: Function, data: Data) -> np.ndarray:
        return np.asarray(function(self.steps_checked), dtype=float)

    def repeated(self, function: Function, data: Data, times: int) -> None:
        function(times)


class Moons(Training):
    """One step is over all rows: the mean hinge loss plus 1e-4 times the sum of squares of all parameters."""

    def data(self) -> Data:
        from nn.data import moons

        rows, labels = moons(self.size, noise=0.1, seed=0)
        x, y = np.array(rows), 2.0 * np.array(labels) - 1.0
        sizes = np.array([2, 16, 16, 1])
        return {"x": x, "y": y, "sizes": sizes, "p": initial(sizes), "rate": 0.05, "penalty": 1e-4}


class Digits(Training):
    """One epoch is over all rows in their order, in batches: the mean cross-entropy of the softmax."""

    steps_checked = 1

    def data(self) -> Data:
        from nn.data import load_digits, one_hot

        rows, labels = (part[: self.size] for part in load_digits())
        sizes = np.array([64, 32, 10])
        return {
            "x": np.array(rows),
            "y": np.array(labels),
            "one_hot": np.array(one_hot(labels, 10)),
            "sizes": sizes,
            "p": initial(sizes),
            "rate": 0.1,
            "batch": self.batch,
        }


class Calls(Work):
    """The function takes a point and gives (value, gradient). It is called at one point after the other."""

    kind: Function = staticmethod(np.asarray)

    def data(self) -> Data:
        return {"points": 1.0 + 0.5 * np.random.default_rng(0).standard_normal((16, self.size))}

    def points(self, data: Data) -> list[Any]:
        return [self.kind(x) for x in data["points"]]

    def numbers(self, function: Function, data: Data) -> np.ndarray:
        return np.concatenate([np.append(np.array(function(x)[1]), function(x)[0]) for x in self.points(data)])

    def repeated(self, function: Function, data: Data, times: int) -> None:
        points = self.points(data)
        for x in points * times:
            function(x)

    def units(self, data: Data) -> int:
        return len(data["points"])


class CallsWithLists(Calls):
    kind = staticmethod(np.ndarray.tolist)


class Columns(Work):
    """The function takes nothing and gives (price, derivatives), columns of as many rows as data["columns"] has."""

    def data(self) -> Data:
        rng = np.random.default_rng(0)
        ranges = [(50.0, 150.0), (50.0, 150.0), (0.1, 2.0), (0.0, 0.1), (0.1, 0.6)]
        return {"columns": np.array([rng.uniform(low, high, self.size) for low, high in ranges])}

    def numbers(self, function: Function, data: Data) -> np.ndarray:
        price, derivatives = function()
        return np.array([np.asarray(column).ravel() for column in (price, *derivatives)])

    def repeated(self, function: Function, data: Data, times: int) -> None:
        for _ in range(times):
            function()

    def units(self, data: Data) -> int:
        return int(data["columns"].shape[1])

    def fewer(self, data: Data) -> Data:
        return data | {"columns": data["columns"][:, :2000].copy()}


class Building(Work):
    """The function takes nothing, records the program of data["operations"] and makes it ready to call at a point."""

    runs_untimed = 1

    def data(self) -> Data:
        return {"operations": self.size, "x": np.random.default_rng(0).uniform(0.5, 1.5, 100)}

    def first(self, function: Function, data: Data) -> None:
        """To get ready is the work."""

    def numbers(self, function: Function, data: Data) -> np.ndarray:
        found = function()(data["x"])
        return np.array(found).ravel() if self.task == "graph" else np.append(np.array(found[1]), found[0])

    def repeated(self, function: Function, data: Data, times: int) -> None:
        for _ in range(times):
            function()(data["x"])


def initial(sizes: np.ndarray) -> np.ndarray:
    """The same first parameters for all: uniform, as wide as 1 / sqrt(inputs), biases 0."""
    rng = np.random.default_rng(0)
    p = np.zeros(sum((n + 1) * m for n, m in itertools.pairwise(sizes.tolist())))
    for weights, _ in layers(p, sizes):
        weights[:] = rng.uniform(-1.0, 1.0, weights.shape) / np.sqrt(weights.shape[1])
    return p


def first_works(quick: bool) -> list[Work]:
    """The first of the table; with less to do if `quick`."""
    rows, images, many, options = (20, 60, 50, 5_000) if quick else (100, 1_797, 1_000, 1_000_000)
    sizes = (100, 1_000) if quick else (1_000, 10_000, 100_000, 1_000_000)
    network, function = "digits, 64-32-10 ReLU, cross-entropy", "variables, value and gradient"
    return [
        Moons("moons", f"moons, 2-16-16-1 ReLU, hinge + L2, {rows} rows: a full-batch step", "moons", rows, "us"),
        Digits("digits-32", f"{network}, an epoch of {images:,} by 32", "digits", images, "ms", batch=32),
        *(
            []
            if quick
            else [Digits("digits-full", f"{network}, an epoch in one full batch", "digits", images, "ms", batch=images)]
        ),
        CallsWithLists("rosenbrock-10-list", f"Rosenbrock, 10 {function}: a list", "rosenbrock", 10, "ns", 1e-12),
        *(
            []
            if quick
            else [Calls("rosenbrock-10-array", f"Rosenbrock, 10 {function}: an array", "rosenbrock", 10, "ns", 1e-12)]
        ),
        Columns(
            "black-scholes", f"Black-Scholes and 5 derivatives, {options:,} rows, for a row", "black_scholes", options, "ns"
        ),
        Columns("black-scholes-2", "Black-Scholes, the same rows, on two threads", "black_scholes", options, "ns", threads=2),
        Calls("rosenbrock-1000", f"Rosenbrock, {many:,} {function}: an array", "rosenbrock", many, "us", 1e-12),
        *[
            Building(f"{task}-{size}", f"recording and compiling {size:,} operations: {what}", task, size, "s")
            for task, what in (("graph", "value"), ("graph_gradient", "value and gradient"))
            for size in sizes
        ],
    ]

"""Module: anything with parameters. Its attributes are its registration."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, Self

from autograd import Value


class Module:
    """The base of neurons, layers and networks.

    Every leaf Value that is an attribute of a module, or stands in a list, tuple or dict that is one, is a parameter, and so
    are those of modules among its attributes: in the order the attributes were set. A parameter found twice counts once.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.intercept = Value(1.0), Value(0.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.intercept
    >>> [name for name, _ in Line().named_parameters()]
    ['slope', 'intercept']
    """

    training: bool = True
    """Whether the module is being trained; dropout drops nothing when it is not. `train()` and `eval()` set it."""

    def parameters(self) -> list[Value]:
        """The parameters, each once, in a fixed order."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_parameters(self) -> list[tuple[str, Value]]:
        """(dotted name, parameter) in the order of `parameters()`, as "layers.0.neurons.2.bias"."""
        found: dict[int, tuple[str, Value]] = {}
        for name, part in _parts(self, "", set()):
            if isinstance(part, Value):
                found.setdefault(id(part), (name, part))
        return list(found.values())

    def named_modules(self) -> list[tuple[str, Module]]:
        """(dotted name, module) for this module, whose name is "", and all inside it, each once."""
        return [(name, part) for name, part in _parts(self, "", set()) if isinstance(part, Module)]

    def zero_grad(self) -> None:
        """Sets the gradient of every parameter to 0: backward() accumulates into leaves."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def train(self, mode: bool = True) -> Self:
        """Puts this module and all inside it in training mode (or out of it), and returns it."""
        for _, module in self.named_modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Takes this module and all inside it out of training mode, and returns it."""
        return self.train(False)

    def apply(self, function: Callable[[Module], Any]) -> Self:
        """Calls `function` with every module inside, and this one last; returns it."""
        for _, module in reversed(self.named_modules()):
            function(module)
        return self

    def __repr__(self) -> str:
        modules = dict(self.named_modules()[1:])
        outermost = {name: module for name, module in modules.items() if not any(above in modules for above in _above(name))}
        if not outermost:
            return f"{type(self).__name__}()"
        lines = [f"  ({name}): " + repr(module).replace("\n", "\n  ") for name, module in outermost.items()]
        return "\n".join([f"{type(self).__name__}(", *lines, f")  # {len(self.parameters()):,} parameters"])


def _above(name: str) -> list[str]:
    """The names above a dotted one: "a", "a.b" for "a.b.c"."""
    pieces = name.split(".")
    return [".".join(pieces[:i]) for i in range(1, len(pieces))]


def _parts(thing: Any, name: str, visited: set[int]) -> Iterator[tuple[str, Value | Module]]:
    """The leaf Values and the Modules in a thing, itself first, by their dotted names."""
    if isinstance(thing, Value):
        if not thing.op:
            yield name, thing
        return
    if id(thing) in visited:  # shared, or a module that refers back to itself
        return
    if isinstance(thing, Module):
        visited.add(id(thing))
        yield name, thing
        inside: Any = vars(thing).items()
    elif isinstance(thing, (list, tuple)):
        visited.add(id(thing))
        inside = enumerate(thing)
    elif isinstance(thing, dict):
        visited.add(id(thing))
        inside = thing.items()
    else:
        return
    for key, part in inside:
        yield from _parts(part, f"{name}.{key}" if name else str(key), visited)


class Sequential(Module):
    """Modules or functions, each called with what the one before it gave.

    >>> from nn import Layer
    >>> Sequential(Layer(2, 3, rng=0), Dropout(0.5, rng=0), Layer(3, 1, "linear", rng=1)).eval()
    Sequential(
      (steps.0): Layer(2, 3, activation='relu')
      (steps.1): Dropout(0.5)
      (steps.2): Layer(3, 1, activation='linear')
    )  # 13 parameters
    """

    def __init__(self, *steps: Callable[[Any], Any]) -> None:
        for i, step in enumerate(steps):
            if not callable(step):
                raise TypeError(f"the steps of a Sequential are modules and functions, and number {i} is {step!r}")
        self.steps = list(steps)

    def __call__(self, x: Any) -> Any:
        for step in self.steps:
            x = step(x)
        return x

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, i: int) -> Callable[[Any], Any]:
        return self.steps[i]


class Dropout(Module):
    """In training, sets each value to 0 with probability `p` and scales the others by 1 / (1 - p); otherwise changes nothing.

    (Srivastava et al. 2014, scaled in training so that nothing has to be scaled after it.) ValueError for a p outside [0, 1).

    rng     a seed or a random.Random

    >>> Dropout(0.5, rng=1)([Value(1.0), Value(1.0), Value(1.0)])[1].data
    2.0
    """

    def __init__(self, p: float = 0.5, *, rng: random.Random | int = 0) -> None:
        if isinstance(p, bool) or not isinstance(p, (int, float)) or not 0.0 <= p < 1.0:
            raise ValueError(f"p is the probability to drop a value, at least 0 and less than 1, and this is {p!r}")
        self.p = p
        self._rng = rng if isinstance(rng, random.Random) else random.Random(rng)

    def __call__(self, x: Any) -> Any:
        if not self.training or self.p == 0.0:
            return x
        if not isinstance(x, (list, tuple)):
            return self._drop(x)
        return [self._drop(value) for value in x]

    def _drop(self, value: Any) -> Any:
        return value * (0.0 if self._rng.random() < self.p else 1.0 / (1.0 - self.p))

    def __repr__(self) -> str:
        return f"Dropout({self.p!r})"

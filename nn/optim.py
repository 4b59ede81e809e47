"""Optimisers step parameters along their gradients; clipping bounds the gradients.

Names, defaults and update rules are PyTorch's (torch.optim, torch.nn.utils), so that a recipe carries over number for number.

A new optimiser is one class. It says how far a parameter moves (`update`), what it keeps for each parameter (`buffers`), and
its name on the command line (`named`); checkpoints and `fit` need nothing else.
"""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import autograd
from autograd import Value, minimum
from autograd.files import shortened

from .arguments import real, whole
from .nested import all_parameters, as_lists
from .state import Stateful

BY_NAME: dict[str, functools.partial[Optimizer]] = {}
"""The optimisers by the names the command line has for them, each with the settings usual for networks.

>>> BY_NAME["momentum"].keywords
{'lr': 0.03, 'momentum': 0.9}
>>> BY_NAME["momentum"]([Value(1.0)], lr=0.5).lr
0.5
"""


def distinct(parameters: Iterable[Value]) -> list[Value]:
    """The parameters an optimiser was given, each once. TypeError if they are not Values.

    ValueError if there are none, and for one that was computed: nothing would come of moving it.
    """
    if not hasattr(parameters, "__iter__"):
        raise TypeError(f"parameters are a list of Values, and this is {parameters!r}: give model.parameters()")
    given = list(parameters)
    found = list(dict(zip(map(id, given), given, strict=True)).values())
    if not found:
        raise ValueError("an optimiser needs parameters to step: give model.parameters()")
    for i, p in enumerate(() if all_parameters(found) else found):
        if not isinstance(p, Value):
            raise TypeError(f"parameters are Values, and number {i} is {p!r}")
        if p.op:
            raise ValueError(
                f"parameters are leaves, and number {i} ({p!r}) was computed, by {p.op!r}: give what it was computed from, "
                "or a leaf of its own, p.detach()"
            )
    return found


def _are_finite(numbers: list[float]) -> bool:
    return all(map(math.isfinite, numbers))


def _are_squares(numbers: list[float]) -> bool:
    return min(numbers, default=0.0) >= 0.0 and not any(map(math.isnan, numbers))


KEPT: dict[str, Callable[[list[float]], bool]] = {
    "_velocity": _are_finite,
    "_means": _are_finite,
    "_squares": _are_squares,
    "_sums": _are_squares,
}
"""What nn's own optimisers keep, and whether a list of it can come of steps: sums of squares may have become infinite."""


class Optimizer(Stateful):
    """What the optimisers share: their parameters, each stepped once however often it is given, and the learning rate `lr`.

    A subclass sets up its numbers for each parameter, says in `update` how far one moves, and may say in `check_state` what its
    settings have to be. With `nan_is_error=True` a gradient that is NaN raises ValueError and names the parameter, and none is
    moved.

    If `update` is arithmetic that works on arrays as well, the subclass sets `buffers`: the names of its lists with a number
    for each parameter, () for none. Then `fit` steps all parameters at once. Functions that `update` calls have to take arrays
    too, as `root` does.

    named   names for the command line, each with its usual settings: class SGD(Optimizer, named={"sgd": {"lr": 0.1}})

    >>> class SignDescent(Optimizer):
    ...     def update(self, i, data, grad):
    ...         return math.copysign(self.lr, grad)
    >>> p = Value(1.0)
    >>> (p * p).backward()
    >>> SignDescent([p], lr=0.25).step()
    >>> p.data
    0.75
    """

    buffers: ClassVar[tuple[str, ...] | None] = None
    schedules: Any = ()
    """The schedules that make `lr`, in the order in which each takes up the rate of the one before it."""

    def __init_subclass__(cls, named: Mapping[str, Mapping[str, Any]] | None = None, **others: Any) -> None:
        super().__init_subclass__(**others)
        BY_NAME.update({name: functools.partial(cls, **settings) for name, settings in (named or {}).items()})

    def __init__(
        self, parameters: Iterable[Value], lr: float, weight_decay: float = 0.0, *, nan_is_error: bool = False
    ) -> None:
        self.parameters = distinct(parameters)
        self.lr = lr
        self.weight_decay = weight_decay
        self.nan_is_error = nan_is_error
        self.steps = 0
        Optimizer.check_state(self)

    def check_state(self) -> None:
        self.lr = real(self.lr, "the learning rate lr")
        self.weight_decay = real(self.weight_decay, "weight_decay")
        self.steps = whole(self.steps, "steps", 0)
        for name in filter(functools.partial(hasattr, self), self.buffers or ()):  # not vars(): attributes are slower after it
            numbers = getattr(self, name)
            if (
                not isinstance(numbers, list)
                or len(numbers) != len(self.parameters)
                or not all(issubclass(kind, (int, float)) for kind in {*map(type, numbers)})
            ):
                raise ValueError(f"{name} is a list with a number for each parameter, and this is {shortened(numbers)}")
            if name in KEPT and not KEPT[name](numbers):
                raise ValueError(f"{name} has a number that no steps come to: {shortened(numbers)}")

    def zeros(self) -> list[float]:
        """One 0.0 for each parameter."""
        return [0.0] * len(self.parameters)

    def zero_grad(self) -> None:
        """Sets the gradients of the parameters to 0."""
        for p in self.parameters:
            p.grad = 0.0

    def step(self) -> None:
        """Moves every parameter once, by its gradient."""
        if self.nan_is_error:
            for i, p in enumerate(self.parameters):
                if math.isnan(p.grad):
                    raise ValueError(f"the gradient of parameter {i} ({p!r}) is NaN: nothing was stepped")
        self.steps += 1
        for i, p in enumerate(self.parameters):
            p.data -= self.update(i, p.data, p.grad)

    def update(self, i: Any, data: Any, grad: Any) -> Any:
        """What step() takes from parameter number `i`; where `i` is `...`, from all of them, `data` and `grad` being arrays."""
        raise TypeError(f"{type(self).__name__} does not say how it steps: define update(i, data, grad)")

    def decayed(self, data: Any, grad: Any) -> Any:
        """The gradient with the weight decay in it."""
        return grad + self.weight_decay * data if self.weight_decay else grad

    # ---- all parameters at once: the same `update`, of arrays

    @property
    def steps_arrays(self) -> bool:
        """Whether `update` takes arrays: the class that defines it has to say so by `buffers`, a class above it cannot."""
        kind = next(kind for kind in type(self).__mro__ if "update" in vars(kind))
        return type(self).step is Optimizer.step and vars(kind).get("buffers") is not None

    def as_function(self) -> Callable[..., list[Any]]:
        """A step of one parameter as a function: of its data, its gradient, the learning rate, the number of the step, and what
        is kept for it. It gives the data and what is kept after the step. The other settings are those of now.

        >>> SGD([Value(1.0)], momentum=0.5).as_function()(1.0, 0.25, 0.1, 1, 0.5)
        [0.95, 0.5]
        """
        names, template = self.buffers or (), copy.copy(self)
        template.parameters, template.schedules = [], ()  # which nothing here asks for, and which may be large

        def step(data: Any, grad: Any, rate: Any, steps: Any, *kept: Any) -> list[Any]:
            twin: Any = copy.copy(template)
            twin.lr, twin.steps = rate, steps
            for name, x in zip(names, kept, strict=True):
                setattr(twin, name, [x])
            return [data - twin.update(0, data, grad), *[getattr(twin, name)[0] for name in names]]

        for name in names:
            setattr(template, name, [])
        return step

    def to_arrays(self) -> None:
        """Turns the buffers into arrays, as `step_array` needs them."""
        import numpy as np

        for name in self.buffers or ():
            setattr(self, name, np.array(getattr(self, name), dtype=float))

    def to_lists(self) -> None:
        """Turns the buffers into lists again, as `step` and checkpoints need them."""
        for name in self.buffers or ():
            setattr(self, name, as_lists(getattr(self, name)))

    def step_array(self, data: Any, grad: Any) -> Any:
        """The parameters after a step, as an array. `data` and `grad` are arrays in their order, and so are the buffers.

        The updates of nn's own optimisers are compiled, to the same bits; those of other classes run on the arrays.
        """
        self.steps += 1
        compiled = self.compiled_update()
        if compiled is None:
            return data - self.update(..., data, grad)
        names = self.buffers or ()
        after, *kept = compiled(data, grad, self.lr, float(self.steps), *[getattr(self, name) for name in names])
        for name, numbers in zip(names, kept, strict=True):
            setattr(self, name, numbers)
        return after

    def compiled_update(self) -> Any:
        """`as_function()` compiled for arrays; None for optimisers that are not nn's own, and for settings that make it branch.

        >>> update = SGD([Value(1.0)]).compiled_update()
        >>> update([1.0, 2.0], [0.5, -0.5], 0.1, 1.0, [0.0, 0.0])
        [array([0.95, 2.05]), array([ 0.5, -0.5])]
        """
        kind, buffers = type(self), self.buffers or ()
        if kind.__module__.partition(".")[0] != "nn":
            return None
        apart = {"parameters", "lr", "steps", "schedules", "nan_is_error", *buffers}
        settings = kind, *[(name, setting) for name, setting in vars(self).items() if name not in apart]
        if settings not in _updates:
            compiled = autograd.compile(self.as_function(), in_axes=(0, 0, None, None, *[0] * len(buffers)))
            compiled([1.0], [1.0], 1.0, 1.0, *[[1.0] for _ in buffers])
            if len(_updates) > MOST_UPDATES:
                _updates.clear()
            _updates[settings] = None if compiled.programs[0].guards else compiled
        return _updates[settings]


_updates: dict[Any, Any] = {}
"""Compiled updates by the class and the settings of an optimiser."""

MOST_UPDATES = 100


def root(x: Any) -> Any:
    """The square root of a number, NaN below 0, or of each in an array.

    >>> root(4.0)
    2.0
    """
    if isinstance(x, float):
        return math.sqrt(x) if x >= 0.0 else math.nan
    import numpy as np

    return np.sqrt(x)


def quotient(x: Any, y: Any) -> Any:
    """x / y, of numbers or of arrays; 0 where both are 0: what was never seen to move is not moved.

    >>> quotient(0.0, 0.0), quotient(1.0, 2.0), quotient(-1.0, 0.0)
    (0.0, 0.5, -inf)
    """
    if isinstance(x, (int, float)):
        return x / y if y else x * math.inf if x else x
    import numpy as np

    with np.errstate(all="ignore"):
        return np.where((x == 0.0) & (y == 0.0), x, x / y)


class SGD(Optimizer, named={"sgd": {"lr": 0.1}, "momentum": {"lr": 0.03, "momentum": 0.9}}):
    """Stochastic gradient descent: v = momentum * v + g; p = p - lr * v, or p - lr * (g + momentum * v) with Nesterov.

    parameters      Values; one given twice is stepped once
    lr              the learning rate, which may be changed between steps
    momentum        0 for none (Polyak 1964)
    weight_decay    adds weight_decay * p to the gradient
    nesterov        needs a momentum (Nesterov 1983, as in Sutskever et al. 2013)
    nan_is_error    True: step() raises ValueError, and names the parameter, for a gradient that is NaN, and moves none

    ValueError for no parameters, or a number that is negative, infinite or NaN.

    >>> p = Value(1.0)
    >>> (p * p).backward()
    >>> SGD([p], lr=0.25).step()
    >>> p.data
    0.5
    """

    buffers = ("_velocity",)

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        momentum: float = 0.0,
        *,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        nan_is_error: bool = False,
    ) -> None:
        super().__init__(parameters, lr, weight_decay, nan_is_error=nan_is_error)
        self.momentum = momentum
        self.nesterov = nesterov
        self._velocity = self.zeros()
        SGD.check_state(self)

    def check_state(self) -> None:
        super().check_state()
        self.momentum = real(self.momentum, "momentum")
        if self.nesterov and not self.momentum:
            raise ValueError("Nesterov's method looks ahead along the momentum, and momentum is 0: give momentum=0.9, say")

    def update(self, i: Any, data: Any, grad: Any) -> Any:
        grad = self.decayed(data, grad)
        v = self._velocity[i] = self.momentum * self._velocity[i] + grad
        return self.lr * (grad + self.momentum * v if self.nesterov else v)


class Adagrad(Optimizer, named={"adagrad": {"lr": 0.1}}):
    """p = p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(sum of g²) + eps) (Duchi, Hazan and Singer 2011).

    lr_decay                    how much the rate falls with the number t of the step
    initial_accumulator_value   what the sum of g² begins at
    eps                         keeps the quotient finite while the sum is small
    parameters, weight_decay, nan_is_error      as of `SGD`

    ValueError for no parameters, or a number that is negative, infinite or NaN.

    >>> p = Value(1.0)
    >>> (p * p).backward()
    >>> Adagrad([p], lr=0.5).step()
    >>> round(p.data, 6)
    0.5
    """

    buffers = ("_sums",)

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        nan_is_error: bool = False,
    ) -> None:
        super().__init__(parameters, lr, weight_decay, nan_is_error=nan_is_error)
        self.lr_decay = lr_decay
        self.eps = eps
        self._sums = [real(initial_accumulator_value, "initial_accumulator_value")] * len(self.parameters)
        Adagrad.check_state(self)

    def check_state(self) -> None:
        super().check_state()
        self.lr_decay = real(self.lr_decay, "lr_decay")
        self.eps = real(self.eps, "eps")

    def update(self, i: Any, data: Any, grad: Any) -> Any:
        grad = self.decayed(data, grad)
        self._sums[i] += grad * grad
        step = self.lr / (1.0 + (self.steps - 1) * self.lr_decay) * grad
        return step / (root(self._sums[i]) + self.eps) if self.eps else quotient(step, root(self._sums[i]))


class RMSprop(Optimizer, named={"rmsprop": {"lr": 0.003}}):
    """p = p - lr * g / (sqrt(running mean of g²) + eps) (Tieleman and Hinton 2012); `centered` takes the variance of g instead.

    alpha           how much of the running mean stays from step to step, in [0, 1)
    eps             keeps the quotient finite while that is small
    momentum        of the quotient; 0 for none
    parameters, weight_decay, nan_is_error      as of `SGD`

    ValueError for no parameters, or a number out of its range.

    >>> p = Value(1.0)
    >>> (p * p).backward()
    >>> RMSprop([p], lr=0.1, alpha=0.0).step()
    >>> round(p.data, 6)
    0.9
    """

    buffers = ("_squares", "_means", "_velocity")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        *,
        centered: bool = False,
        nan_is_error: bool = False,
    ) -> None:
        super().__init__(parameters, lr, weight_decay, nan_is_error=nan_is_error)
        self.alpha = alpha
        self.eps = eps
        self.momentum = momentum
        self.centered = centered
        self._squares, self._means, self._velocity = self.zeros(), self.zeros(), self.zeros()
        RMSprop.check_state(self)

    def check_state(self) -> None:
        super().check_state()
        self.alpha = real(self.alpha, "alpha", below=1.0)
        self.eps = real(self.eps, "eps")
        self.momentum = real(self.momentum, "momentum")

    def update(self, i: Any, data: Any, grad: Any) -> Any:
        grad = self.decayed(data, grad)
        self._squares[i] = self.alpha * self._squares[i] + (1.0 - self.alpha) * grad * grad
        spread = self._squares[i]
        if self.centered:
            self._means[i] += (1.0 - self.alpha) * (grad - self._means[i])
            spread = spread - self._means[i] * self._means[i]
        step = grad / (root(spread) + self.eps) if self.eps else quotient(grad, root(spread))
        v = self._velocity[i] = self.momentum * self._velocity[i] + step
        return self.lr * v


class Adam(Optimizer, named={"adam": {"lr": 0.01}}):
    """p = p - lr * m / (sqrt(v) + eps), m and v the running means of g and g², freed of their start at 0 (Kingma and Ba 2015).

    betas           how much of the two running means stays from step to step, each in [0, 1)
    eps             keeps the quotient finite while v is small
    weight_decay    adds weight_decay * p to the gradient (AdamW takes it from the parameter instead)
    parameters, nan_is_error        as of `SGD`

    ValueError for no parameters, or a number out of its range.

    >>> p = Value(1.0)
    >>> (p * p).backward()
    >>> Adam([p], lr=0.1).step()
    >>> round(p.data, 6)
    0.9
    """

    buffers = ("_means", "_squares")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        nan_is_error: bool = False,
    ) -> None:
        super().__init__(parameters, lr, weight_decay, nan_is_error=nan_is_error)
        self.betas = betas
        self.eps = eps
        self._means, self._squares = self.zeros(), self.zeros()
        Adam.check_state(self)

    def check_state(self) -> None:
        super().check_state()
        if not isinstance(self.betas, (tuple, list)) or len(self.betas) != 2:
            raise ValueError(f"betas are two numbers, as (0.9, 0.999), and this is {shortened(self.betas)}")
        self.betas = (real(self.betas[0], "betas[0]", below=1.0), real(self.betas[1], "betas[1]", below=1.0))
        self.eps = real(self.eps, "eps")

    def update(self, i: Any, data: Any, grad: Any) -> Any:
        return self._adaptive(i, self.decayed(data, grad))

    def _adaptive(self, i: Any, grad: Any) -> Any:
        beta1, beta2 = self.betas
        m = self._means[i] = self._means[i] + (1.0 - beta1) * (grad - self._means[i])
        v = self._squares[i] = beta2 * self._squares[i] + (1.0 - beta2) * grad * grad
        step = self.lr / (1.0 - beta1**self.steps) * m
        spread = root(v) / root(1.0 - beta2**self.steps)
        return step / (spread + self.eps) if self.eps else quotient(step, spread)


class AdamW(Adam, named={"adamw": {"lr": 0.01}}):
    """Adam with the weight decay taken from the parameter, not added to the gradient (Loshchilov and Hutter 2019).

    p = p - lr * weight_decay * p, then Adam's step. The arguments and the errors are Adam's.

    >>> p = Value(1.0)
    >>> AdamW([p], lr=0.1, weight_decay=0.5).step()
    >>> p.data
    0.95
    """

    buffers = ("_means", "_squares")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        *,
        nan_is_error: bool = False,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay, nan_is_error=nan_is_error)

    def update(self, i: Any, data: Any, grad: Any) -> Any:
        return self.lr * self.weight_decay * data + self._adaptive(i, grad)


def clip_grad_norm_(parameters: Iterable[Value], max_norm: float) -> float:
    """Scales the gradients so that their Euclidean norm is at most `max_norm` (Pascanu et al. 2013); returns the norm before.

    parameters      Values; one given twice counts once

    ValueError for a max_norm that is negative or not finite. A gradient that is NaN or infinite makes the norm so: look at it.

    >>> p, q = Value(0.0), Value(0.0)
    >>> p.grad, q.grad = 3.0, 4.0
    >>> clip_grad_norm_([p, q], 1.0), round(p.grad, 5)
    (5.0, 0.6)
    """
    bound = real(max_norm, "max_norm")
    distinct = list({id(p): p for p in parameters}.values())
    norm = math.hypot(*[p.grad for p in distinct])
    scale = clip_scale(norm, bound)
    if scale < 1.0:
        for p in distinct:
            p.grad *= scale
    return norm


def clip_scale(norm: Any, max_norm: float) -> Any:
    """What a gradient of this norm, a number or a Value, is to be multiplied by to be no longer than `max_norm`; at most 1.

    >>> round(clip_scale(5.0, 1.0), 5)
    0.2
    """
    return minimum(1.0, max_norm / (norm + 1e-6))


def clip_grad_value_(parameters: Iterable[Value], clip_value: float) -> None:
    """Holds every gradient of the parameters, Values, within ±clip_value. One that is NaN stays so.

    ValueError for a clip_value that is negative or not finite.

    >>> p = Value(0.0)
    >>> p.grad = -3.0
    >>> clip_grad_value_([p], 1.0)
    >>> p.grad
    -1.0
    """
    bound = real(clip_value, "clip_value")
    for p in parameters:
        p.grad = max(-bound, min(bound, p.grad)) if not math.isnan(p.grad) else p.grad

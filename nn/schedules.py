"""Learning-rate schedules: each changes its optimiser's `lr` at every `step()`, by PyTorch's names and formulas.

Call `step()` once an epoch (or once a batch, if the numbers are meant so), after the optimiser's.
"""

from __future__ import annotations

import math

from .arguments import positive, whole
from .optim import Optimizer
from .state import Stateful


class Schedule(Stateful):
    """A learning rate that is a function of how often step() was called. `base_lr` is the optimiser's at the start.

    A subclass says in `rate(t)` what the rate is after `t` steps.

    >>> class Halving(Schedule):
    ...     def rate(self, t):
    ...         return self.base_lr / 2**t
    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> Halving(optimizer).step()
    >>> optimizer.lr
    0.5
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule changes an optimiser's lr, and this is {optimizer!r}")
        self.optimizer = optimizer
        self.base_lr = optimizer.lr
        self.steps = 0

    def start(self) -> None:
        """Sets the rate before the first step. A subclass calls it when its numbers are in place."""
        self.optimizer.lr = self.rate(0)

    def step(self) -> None:
        """Goes on by one step and sets the optimiser's lr."""
        self.steps += 1
        self.optimizer.lr = self.rate(self.steps)

    def rate(self, t: int) -> float:
        raise TypeError(f"{type(self).__name__} does not say how the rate goes: define rate(t)")


class StepLR(Schedule):
    """lr = base_lr * gamma ** (t // step_size): a fall every `step_size` steps.

    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> schedule = StepLR(optimizer, step_size=2, gamma=0.5)
    >>> schedule.step(), schedule.step(), optimizer.lr
    (None, None, 0.5)
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        super().__init__(optimizer)
        self.step_size = whole(step_size, "step_size")
        self.gamma = positive(gamma, "gamma")
        self.start()

    def rate(self, t: int) -> float:
        return float(self.base_lr * self.gamma ** (t // self.step_size))


class ExponentialLR(Schedule):
    """lr = base_lr * gamma ** t.

    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> ExponentialLR(optimizer, gamma=0.5).step()
    >>> optimizer.lr
    0.5
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        super().__init__(optimizer)
        self.gamma = positive(gamma, "gamma")
        self.start()

    def rate(self, t: int) -> float:
        return float(self.base_lr * self.gamma**t)


class CosineAnnealingLR(Schedule):
    """lr = eta_min + (base_lr - eta_min) * (1 + cos(π t / T_max)) / 2 (Loshchilov and Hutter 2017): down to eta_min at T_max.

    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> schedule = CosineAnnealingLR(optimizer, T_max=2)
    >>> schedule.step(), schedule.step(), optimizer.lr
    (None, None, 0.0)
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:  # noqa: N803 (PyTorch's name)
        super().__init__(optimizer)
        self.T_max = whole(T_max, "T_max")
        if not 0 <= eta_min < math.inf:
            raise ValueError(f"eta_min, the lowest rate, is a number of at least 0, and this is {eta_min!r}")
        self.eta_min = float(eta_min)
        self.start()

    def rate(self, t: int) -> float:
        return self.eta_min + (self.base_lr - self.eta_min) * (1.0 + math.cos(math.pi * t / self.T_max)) / 2.0


class LinearLR(Schedule):
    """A warm-up: the factor on base_lr goes evenly from start_factor to end_factor over total_iters steps, and stays.

    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> schedule = LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> optimizer.lr, schedule.step(), optimizer.lr
    (0.5, None, 0.75)
    """

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1.0 / 3.0, end_factor: float = 1.0, total_iters: int = 5
    ) -> None:
        super().__init__(optimizer)
        self.start_factor = positive(start_factor, "start_factor")
        self.end_factor = positive(end_factor, "end_factor")
        self.total_iters = whole(total_iters, "total_iters")
        self.start()

    def rate(self, t: int) -> float:
        done = min(t, self.total_iters) / self.total_iters
        return self.base_lr * (self.start_factor + (self.end_factor - self.start_factor) * done)


class ReduceLROnPlateau(Stateful):
    """Multiplies the rate by `factor` when a loss has not fallen for more than `patience` steps; step(loss) takes the loss.

    threshold       a fall counts when the loss is below best * (1 - threshold)
    cooldown        steps to wait after a reduction before counting again
    min_lr          the rate goes no lower

    ValueError for a factor that is not between 0 and 1.

    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> schedule = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in (1.0, 1.0, 1.0):
    ...     schedule.step(loss)
    >>> optimizer.lr
    0.5
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule changes an optimiser's lr, and this is {optimizer!r}")
        if not positive(factor, "factor") < 1.0:
            raise ValueError(f"factor makes the rate smaller, so it is less than 1, and this is {factor!r}")
        self.optimizer = optimizer
        self.factor = factor
        self.patience = whole(patience, "patience", 0)
        self.threshold = threshold
        self.cooldown = whole(cooldown, "cooldown", 0)
        self.min_lr = min_lr
        self.best = math.inf
        self.bad_steps = 0
        self.waiting = 0

    def step(self, loss: float) -> None:
        """Takes note of a loss, and reduces the optimiser's lr if it is time."""
        if loss < (self.best * (1.0 - self.threshold) if self.best < math.inf else math.inf):
            self.best, self.bad_steps = float(loss), 0
        else:
            self.bad_steps += 1
        if self.waiting > 0:
            self.waiting -= 1
            self.bad_steps = 0
        if self.bad_steps > self.patience:
            reduced = max(self.optimizer.lr * self.factor, self.min_lr)
            if self.optimizer.lr - reduced > 1e-8:
                self.optimizer.lr = reduced
            self.waiting, self.bad_steps = self.cooldown, 0

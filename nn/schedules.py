"""Learning-rate schedules: each changes its optimiser's `lr` at every `step()`, by PyTorch's names and formulas.

Call `step()` once an epoch (or once a batch, if the numbers are meant so), after the optimiser's.

Several schedules on one optimiser multiply: each takes for its base the rate that the ones made before it give. `SequentialLR`
has them one after the other instead, and `ChainedScheduler` steps them together.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable
from typing import Any

from autograd.files import shortened

from .arguments import positive, real, whole
from .optim import Optimizer
from .state import Stateful

SAME_RATE = 1e-9
"""How closely an optimiser's rate is that of its schedules, if nobody has set it by hand since."""


class _OfRates(Stateful):
    """What schedules and ReduceLROnPlateau share: a place among the schedules of an optimiser, and `lr` in their state."""

    _among: list[_OfRates] | None = None  # the schedules it stands among: None until it is made, then always the same list

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule changes an optimiser's lr, and this is {optimizer!r}")
        self.optimizer = optimizer
        self.base_lr = optimizer.lr

    def _rate(self, base_lr: float) -> float:
        """The rate it makes of the rate of those before it."""
        raise NotImplementedError

    def _join(self) -> None:
        """Takes the last place among the optimiser's schedules; the first, if lr was set by hand since it was theirs."""
        others = self.optimizer.schedules
        if not others or not math.isclose(_rate_of(others), self.optimizer.lr, rel_tol=SAME_RATE):
            others = self.optimizer.schedules = []
        self._among = others
        others.append(self)

    def _check_place(self) -> None:
        """Joins at the first step, where the constructor did not. ValueError where stepping it would do nothing."""
        if self._among is None:
            self._join()
        elif self._among is not self.optimizer.schedules:
            raise ValueError(
                f"this {type(self).__name__} does not set the rate any more: it is a part of another schedule (step that one), "
                "or lr was set by hand and a new schedule begun from there"
            )

    def state_dict(self) -> dict[str, Any]:
        """The plain attributes, and "lr", the rate of the optimiser."""
        return super().state_dict() | {"lr": self.optimizer.lr}

    def _put(self, state: dict[str, Any]) -> None:
        super()._put({name: value for name, value in state.items() if name != "lr"})
        self.optimizer.lr = state["lr"]

    def check_state(self) -> None:
        self.base_lr = real(self.base_lr, "base_lr")
        real(self.optimizer.lr, "lr")


def _rate_of(schedules: list[_OfRates]) -> float:
    """The rate that schedules give one after the other, from the base of the first; each has its base afterwards."""
    rate = schedules[0].base_lr
    for schedule in schedules:
        schedule.base_lr = rate
        rate = schedule._rate(rate)
    return rate


class Schedule(_OfRates):
    """A learning rate that is a function of how often step() was called, and of `base_lr`.

    `base_lr` is the optimiser's rate at the start; with other schedules before it on the same optimiser, what these make of it.
    A subclass says in `rate(t)` what the rate is after `t` steps. If it has an `__init__`, that calls `start()` when its
    numbers are in place, so that `rate(0)` holds before the first step.

    step() raises ValueError for a schedule that does not set the rate any more: a part of another one, or one from before `lr`
    was set by hand and a new schedule made.

    >>> class Halving(Schedule):
    ...     def rate(self, t):
    ...         return self.base_lr / 2**t
    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> Halving(optimizer).step()
    >>> optimizer.lr
    0.5
    """

    def __init__(self, optimizer: Optimizer) -> None:
        super().__init__(optimizer)
        self.steps = 0
        if type(self).__init__ is Schedule.__init__:  # no numbers of its own are to come
            self.start()

    def start(self) -> None:
        """Sets the rate before the first step. A subclass calls it when its numbers are in place."""
        self.check_state()
        self._join()
        self.optimizer.lr = _rate_of(self.optimizer.schedules)

    def step(self) -> None:
        """Goes on by one step and sets the optimiser's lr."""
        self._check_place()
        self.steps += 1
        self.optimizer.lr = _rate_of(self.optimizer.schedules)

    def rate(self, t: int) -> float:
        raise TypeError(f"{type(self).__name__} does not say how the rate goes: define rate(t)")

    def _rate(self, base_lr: float) -> float:
        return self.rate(self.steps)

    def check_state(self) -> None:
        super().check_state()
        self.steps = whole(self.steps, "steps", 0)


class StepLR(Schedule):
    """lr = base_lr * gamma ** (t // step_size): a fall every `step_size` steps.

    optimizer   whose rate this is; base_lr is its `lr` now
    step_size   in calls of step(), which t counts; `fit` makes one after every epoch
    gamma       what the rate is multiplied with, a positive number

    TypeError for what is no optimiser, ValueError for numbers out of their range.

    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> schedule = StepLR(optimizer, step_size=2, gamma=0.5)
    >>> schedule.step(), schedule.step(), optimizer.lr
    (None, None, 0.5)
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        super().__init__(optimizer)
        self.step_size = step_size
        self.gamma = gamma
        self.start()

    def check_state(self) -> None:
        super().check_state()
        self.step_size = whole(self.step_size, "step_size")
        self.gamma = positive(self.gamma, "gamma")

    def rate(self, t: int) -> float:
        return float(self.base_lr * self.gamma ** (t // self.step_size))


class ExponentialLR(Schedule):
    """lr = base_lr * gamma ** t, after t steps. The arguments and the errors are StepLR's.

    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> ExponentialLR(optimizer, gamma=0.5).step()
    >>> optimizer.lr
    0.5
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        super().__init__(optimizer)
        self.gamma = gamma
        self.start()

    def check_state(self) -> None:
        super().check_state()
        self.gamma = positive(self.gamma, "gamma")

    def rate(self, t: int) -> float:
        return float(self.base_lr * self.gamma**t)


class CosineAnnealingLR(Schedule):
    """lr = eta_min + (base_lr - eta_min) * (1 + cos(π t / T_max)) / 2 (Loshchilov and Hutter 2017): down to eta_min at T_max.

    T_max       after how many steps the rate is lowest; further steps lead up again, as in PyTorch
    eta_min     the lowest rate

    `optimizer`, t and the errors are StepLR's.

    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> schedule = CosineAnnealingLR(optimizer, T_max=2)
    >>> schedule.step(), schedule.step(), optimizer.lr
    (None, None, 0.0)
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:  # noqa: N803 (PyTorch's name)
        super().__init__(optimizer)
        self.T_max = T_max
        self.eta_min = eta_min
        self.start()

    def check_state(self) -> None:
        super().check_state()
        self.T_max = whole(self.T_max, "T_max")
        self.eta_min = real(self.eta_min, "eta_min, the lowest rate,")

    def rate(self, t: int) -> float:
        return self.eta_min + (self.base_lr - self.eta_min) * (1.0 + math.cos(math.pi * t / self.T_max)) / 2.0


class LinearLR(Schedule):
    """A warm-up: the factor on base_lr goes evenly from start_factor to end_factor over total_iters steps, and stays.

    `optimizer`, the steps and the errors are StepLR's; the factors are positive.

    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> schedule = LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> optimizer.lr, schedule.step(), optimizer.lr
    (0.5, None, 0.75)
    """

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1.0 / 3.0, end_factor: float = 1.0, total_iters: int = 5
    ) -> None:
        super().__init__(optimizer)
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        self.start()

    def check_state(self) -> None:
        super().check_state()
        self.start_factor = positive(self.start_factor, "start_factor")
        self.end_factor = positive(self.end_factor, "end_factor")
        self.total_iters = whole(self.total_iters, "total_iters")

    def rate(self, t: int) -> float:
        done = min(t, self.total_iters) / self.total_iters
        return self.base_lr * (self.start_factor + (self.end_factor - self.start_factor) * done)


# ------------------------------------------------------------------------------------------------ schedules of schedules


class _Composed(Schedule):
    """A schedule made of others, whose places it takes; they are not to be stepped any more, and have not been yet."""

    def __init__(self, optimizer: Optimizer, schedulers: Iterable[Schedule]) -> None:
        super().__init__(optimizer)
        self.schedules = list(schedulers)
        for i, part in enumerate(self.schedules):
            if not isinstance(part, Schedule):
                why = ", which needs a loss: step it beside this one" if isinstance(part, ReduceLROnPlateau) else ""
                raise TypeError(f"{type(self).__name__} is made of schedules, and number {i} is {part!r}{why}")
            if part.optimizer is not optimizer:
                raise ValueError(f"schedule {i} changes the lr of another optimizer")
            if part.steps:
                raise ValueError(f"schedule {i} has been stepped already: give one that is new")
        if not self.schedules or len({*map(id, self.schedules)}) < len(self.schedules):
            raise ValueError(f"{type(self).__name__} is made of one schedule or more, each given once")

    def start(self) -> None:
        """Takes the place of the first of its parts."""
        self.check_state()
        for part in self.schedules:
            part._check_place()
        others = self.optimizer.schedules
        place = min(others.index(part) for part in self.schedules)
        self.base_lr = others[place].base_lr
        parts: list[_OfRates] = [*self.schedules]
        for part in self.schedules:
            others.remove(part)
            part._among = parts
        others.insert(place, self)
        self._among = others
        self.optimizer.lr = _rate_of(others)

    def state_dict(self) -> dict[str, Any]:
        """The plain attributes, the rate, and the states of the schedules it is made of."""
        return super().state_dict() | {"schedules": [part.state_dict() for part in self.schedules]}

    def _fitting(self, state: Any) -> dict[str, Any]:
        fitting = super()._fitting(state)
        return fitting | {"schedules": [part._fitting(theirs) for part, theirs in self._with_parts(fitting)]}

    def _put(self, state: dict[str, Any]) -> None:
        for part, theirs in self._with_parts(state):
            part._put(theirs)
        super()._put({name: value for name, value in state.items() if name != "schedules"})

    def _with_parts(self, state: dict[str, Any]) -> Iterable[tuple[Schedule, Any]]:
        return zip(self.schedules, state["schedules"] or [None] * len(self.schedules), strict=True)

    def check_state(self) -> None:
        super().check_state()
        for part in self.schedules:
            part.check_state()


class SequentialLR(_Composed):
    """Schedules one after the other, each counting its own steps from 0, and all from the same base.

    schedulers      schedules of this optimiser, just made
    milestones      after how many steps the second one begins, the third, ...

    TypeError for a part that is no Schedule, ReduceLROnPlateau among them. ValueError for parts of another optimiser, or
    stepped already, and for milestones that do not rise, or are not one fewer than the schedules.

    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> parts = [LinearLR(optimizer, start_factor=0.5, total_iters=2), ExponentialLR(optimizer, gamma=0.5)]
    >>> schedule = SequentialLR(optimizer, parts, milestones=[2])
    >>> for _ in range(3):
    ...     schedule.step()
    >>> optimizer.lr
    0.5
    """

    def __init__(self, optimizer: Optimizer, schedulers: Iterable[Schedule], milestones: Iterable[int]) -> None:
        super().__init__(optimizer, schedulers)
        self.milestones = list(milestones)
        self.start()

    def check_state(self) -> None:
        super().check_state()
        self.milestones = [whole(step, "a milestone") for step in self.milestones]
        if len(self.milestones) != len(self.schedules) - 1 or sorted({*self.milestones}) != self.milestones:
            raise ValueError(
                f"{len(self.schedules)} schedules have {len(self.schedules) - 1} milestones, the steps at which the second one "
                f"begins, the third, ..., and these are {self.milestones}"
            )

    def rate(self, t: int) -> float:
        i = bisect.bisect_right(self.milestones, t)
        part = self.schedules[i]
        part.base_lr = self.base_lr
        return part.rate(t - [0, *self.milestones][i])


class ChainedScheduler(_Composed):
    """Schedules that multiply, stepped as one.

    schedulers      of one optimiser, just made
    optimizer       that optimiser; it may be left out where there is a schedule

    The errors are those of SequentialLR.

    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> schedule = ChainedScheduler([LinearLR(optimizer, 0.5, total_iters=2), ExponentialLR(optimizer, gamma=0.5)])
    >>> optimizer.lr, schedule.step(), optimizer.lr
    (0.5, None, 0.375)
    """

    def __init__(self, schedulers: Iterable[Schedule], optimizer: Optimizer | None = None) -> None:
        parts: list[Any] = list(schedulers)
        if optimizer is None and not parts:
            raise ValueError("ChainedScheduler is made of one schedule or more")
        super().__init__(getattr(parts[0], "optimizer", parts[0]) if optimizer is None else optimizer, parts)
        self.start()

    def rate(self, t: int) -> float:
        rate = self.base_lr
        for part in self.schedules:
            part.base_lr = rate
            rate = part.rate(t)
        return rate


# ------------------------------------------------------------------------------------------------ by what is measured


class ReduceLROnPlateau(_OfRates):
    """Multiplies the rate by `factor` when a loss has not fallen for more than `patience` steps; step(loss) takes the loss.

    threshold       a fall counts when it is by more than threshold * |best|
    cooldown        steps to wait after a reduction before counting again
    min_lr          the rate is not reduced below it
    mode            "max" for a figure that gets better by rising, such as an accuracy
    threshold_mode  "abs" for a fall by more than the threshold itself

    ValueError for a factor that is not between 0 and 1, and other numbers and modes that make no sense.

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
        *,
        mode: str = "min",
        threshold_mode: str = "rel",
    ) -> None:
        super().__init__(optimizer)
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.mode = mode
        self.threshold_mode = threshold_mode
        self.best = -math.inf if mode == "max" else math.inf
        self.bad_steps = 0
        self.waiting = 0
        self.reduced = 1.0  # what all reductions so far multiply the rate by
        self.check_state()
        self._join()

    def check_state(self) -> None:
        super().check_state()
        self.factor = positive(self.factor, "factor")
        if not self.factor < 1.0:
            raise ValueError(f"factor makes the rate smaller, so it is less than 1, and this is {self.factor!r}")
        self.patience, self.cooldown = whole(self.patience, "patience", 0), whole(self.cooldown, "cooldown", 0)
        self.threshold, self.min_lr = real(self.threshold, "threshold"), real(self.min_lr, "min_lr")
        if self.mode not in ("min", "max"):
            raise ValueError(f'mode is "min" or "max", and this is {shortened(self.mode)}')
        if self.threshold_mode not in ("rel", "abs"):
            raise ValueError(f'threshold_mode is "rel" or "abs", and this is {shortened(self.threshold_mode)}')
        if not isinstance(self.best, float):
            raise ValueError(f"best is a number, and this is {shortened(self.best)}")
        self.bad_steps, self.waiting = whole(self.bad_steps, "bad_steps", 0), whole(self.waiting, "waiting", 0)
        self.reduced = real(self.reduced, "reduced")

    def step(self, loss: float) -> None:
        """Takes note of a loss, and reduces the optimiser's lr if it is time."""
        self._check_place()
        if loss < self._bound() if self.mode == "min" else loss > self._bound():
            self.best, self.bad_steps = float(loss), 0
        else:
            self.bad_steps += 1
        if self.waiting > 0:
            self.waiting -= 1
            self.bad_steps = 0
        if self.bad_steps > self.patience:
            lr = self.optimizer.lr
            reduced = max(lr * self.factor, self.min_lr)
            if lr - reduced > 1e-8:
                self.optimizer.lr = reduced
                self.reduced *= reduced / lr
            self.waiting, self.bad_steps = self.cooldown, 0

    def _bound(self) -> float:
        """What a loss has to be better than; NaN never is."""
        if math.isinf(self.best):
            return self.best
        better = -1.0 if self.mode == "min" else 1.0
        if self.threshold_mode == "abs":
            return self.best + better * self.threshold
        return self.best * (1.0 + better * math.copysign(self.threshold, self.best))

    def _rate(self, base_lr: float) -> float:
        return base_lr * self.reduced

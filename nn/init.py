"""Initial weights: an initialiser gives one weight from the number of inputs and outputs and a random generator.

`INITIALISERS` has those that need no numbers of their own, by name; `uniform`, `normal` and `constant` make more.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from .activations import traits_of

Initialiser = Callable[[int, int, random.Random], float]
"""(number of inputs, number of outputs, generator) -> a weight"""


def uniform(low: float = 0.0, high: float = 1.0) -> Initialiser:
    """Weights uniform between `low` and `high`.

    >>> weight = uniform(-0.3, 0.3)(2, 1, random.Random(0))
    >>> -0.3 <= weight <= 0.3
    True
    """
    return lambda nin, nout, rng: rng.uniform(low, high)


def normal(mean: float = 0.0, std: float = 1.0) -> Initialiser:
    """Weights normal with this mean and standard deviation, `std`.

    >>> normal(5.0, 0.0)(2, 1, random.Random(0))
    5.0
    """
    return lambda nin, nout, rng: rng.gauss(mean, std)


def constant(value: float) -> Initialiser:
    """Every weight the same, which leaves all neurons of a layer alike: for biases, and to show why it does not work.

    >>> constant(0.5)(2, 1, random.Random(0))
    0.5
    """
    return lambda nin, nout, rng: value


def xavier_uniform(nin: int, nout: int, rng: random.Random) -> float:
    """Uniform within ±sqrt(6 / (nin + nout)) (Glorot and Bengio 2010): keeps variances alike through tanh layers.

    >>> bound = (6 / (100 + 50)) ** 0.5
    >>> abs(xavier_uniform(100, 50, random.Random(0))) <= bound == 0.2
    True
    """
    bound = math.sqrt(6.0 / (nin + nout))
    return rng.uniform(-bound, bound)


def xavier_normal(nin: int, nout: int, rng: random.Random) -> float:
    """Normal with standard deviation sqrt(2 / (nin + nout)) (Glorot and Bengio 2010).

    >>> rng = random.Random(0)
    >>> drawn = [xavier_normal(100, 100, rng) for _ in range(10_000)]
    >>> abs(sum(weight * weight for weight in drawn) / 10_000 - 0.01) < 0.0005
    True
    """
    return rng.gauss(0.0, math.sqrt(2.0 / (nin + nout)))


def kaiming_uniform(nin: int, nout: int, rng: random.Random) -> float:
    """Uniform within ±sqrt(6 / nin) (He et al. 2015): for relu and its kin, which pass about half of their input on.

    >>> bound = (6 / 150) ** 0.5
    >>> abs(kaiming_uniform(150, 50, random.Random(0))) <= bound == 0.2
    True
    """
    bound = math.sqrt(6.0 / nin)
    return rng.uniform(-bound, bound)


def kaiming_normal(nin: int, nout: int, rng: random.Random) -> float:
    """Normal with standard deviation sqrt(2 / nin) (He et al. 2015).

    >>> rng = random.Random(0)
    >>> drawn = [kaiming_normal(200, 10, rng) for _ in range(10_000)]
    >>> abs(sum(weight * weight for weight in drawn) / 10_000 - 0.01) < 0.0005
    True
    """
    return rng.gauss(0.0, math.sqrt(2.0 / nin))


def zeros(nin: int, nout: int, rng: random.Random) -> float:
    """Every weight 0, which leaves all neurons of a layer alike: for a last layer, or to show why.

    >>> zeros(2, 1, random.Random(0))
    0.0
    """
    return 0.0


INITIALISERS: dict[str, Initialiser] = {
    function.__name__: function for function in (xavier_uniform, xavier_normal, kaiming_uniform, kaiming_normal, zeros)
}


def suited_to(activation: str) -> Initialiser:
    """The initialiser of a layer that was given none: Kaiming's for relu and its kin, Xavier's for other activations.

    Relu and its kin pass about half of their inputs on, so the weights before them want twice the variance.

    >>> suited_to("relu").__name__, suited_to("tanh").__name__
    ('kaiming_uniform', 'xavier_uniform')
    """
    return kaiming_uniform if traits_of(activation).half_silent else xavier_uniform


def find(init: str | Initialiser | None, activation: str) -> Initialiser:
    """The initialiser of a name, a function, or None (the one suited to the activation). ValueError for an unknown name.

    >>> find("zeros", "relu") is zeros, find(None, "tanh") is xavier_uniform
    (True, True)
    """
    if init is None:
        return suited_to(activation)
    if callable(init):
        return init
    if init not in INITIALISERS:
        raise ValueError(
            f"there is no initialiser named {init!r}: choose one of {', '.join(sorted(INITIALISERS))}, "
            "or make one with nn.init.uniform, nn.init.normal or nn.init.constant"
        )
    return INITIALISERS[init]

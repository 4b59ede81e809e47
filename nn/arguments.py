"""Checks of arguments: numbers in their range, generators of random numbers. The errors name the argument."""

from __future__ import annotations

import math
import random
import sys
from numbers import Real
from operator import index
from typing import Any, SupportsIndex

from autograd.derivatives.structures import unframed
from autograd.files import shortened

LARGEST = sys.maxsize
"""Of the whole numbers that count something."""


def whole(x: Any, what: str, least: int = 1) -> int:
    """An int, from an int of Python's or NumPy's. ValueError for anything else and below `least`.

    >>> whole(3, "the width")
    3
    """
    is_whole = type(x) is int or (isinstance(x, SupportsIndex) and not isinstance(x, bool))  # first what costs less to ask
    if not is_whole or index(x) < least:
        raise ValueError(f"{what} is a whole number of at least {least}, and this is {shortened(x)}")
    if index(x) > LARGEST:
        raise ValueError(f"{what} is {shortened(x)}, which is too large")
    return index(x)


def real(x: Any, what: str, *, at_least: float = 0.0, below: float = math.inf) -> float:
    """A finite float, at_least <= x < below, from a number of Python's or NumPy's. ValueError for anything else.

    >>> real(0, "the learning rate")
    0.0
    """
    number = _float(x)
    if not math.isfinite(number) or not at_least <= number < below:
        bounds = f" of at least {at_least:g}" if at_least > -math.inf else ""
        bounds += f" and less than {below:g}" if below < math.inf else ""
        raise ValueError(f"{what} is a finite number{bounds}, and this is {shortened(x)}")
    return number


def positive(x: Any, what: str) -> float:
    """A finite float above 0. ValueError for anything else.

    >>> positive(2, "gamma")
    2.0
    """
    number = _float(x)
    if not 0.0 < number < math.inf:
        raise ValueError(f"{what} is a positive number, and this is {shortened(x)}")
    return number


def _float(x: Any) -> float:
    """The float that a number is, infinite where it is too large for one; NaN for anything else."""
    if isinstance(x, bool) or not isinstance(x, Real):
        return math.nan
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf  # type: ignore[operator]


_default_rng = random.Random(0)


def manual_seed(seed: int) -> None:
    """Starts the generator that modules take their initial weights from, when they are given no `rng`, anew from `seed`.

    >>> from nn import Neuron
    >>> manual_seed(1)
    >>> first = Neuron(2)
    >>> manual_seed(1)
    >>> Neuron(2).weights == first.weights
    True
    """
    _default_rng.seed(seed)


def generator(rng: random.Random | int | None) -> random.Random:
    """The generator that an `rng` argument stands for: a generator is itself, a seed starts a new one, and None is the one
    that `manual_seed` starts anew.

    >>> generator(3).random() == random.Random(3).random()
    True
    """
    if rng is None:
        return _default_rng
    if isinstance(rng, random.Random):
        return rng
    if isinstance(rng, SupportsIndex):
        return random.Random(index(rng))
    raise TypeError(f"rng is a seed (an int) or a random.Random, and this is {rng!r}")


def check_share(x: Any, what: str) -> None:
    """ValueError for what is no number from 0 to 1."""
    if not (isinstance(x, Real) and 0.0 <= float(x) <= 1.0):
        raise ValueError(f"{what} is a share, 0 to 1, and this is {x!r}")


def by_class(weight: Any) -> Any:
    """The weights of the classes, without labels. ValueError where the labels say another order than the places do."""
    plain, labels = unframed(weight), getattr(weight, "index", None)
    if plain is not weight and labels is not None and [*labels] != [*range(len(plain))]:
        raise ValueError(
            f"weight is a {type(weight).__name__} with the labels {[*labels]}, and has a factor for each class, from 0 on: "
            "give weight.sort_index().to_numpy() if the labels are the classes, else weight.to_numpy()"
        )
    return plain

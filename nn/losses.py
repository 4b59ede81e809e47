"""Losses, named as in torch.nn.functional; each takes one example or a batch (the mean over it) and gives one Value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, SupportsIndex

from autograd import fsum, log_softmax, primitive, relu, sigmoid, softplus


def mse_loss(prediction: Any, target: Any) -> Any:
    """The mean squared error of one prediction, or of a list against a list of targets. ValueError for unequal lengths.

    >>> mse_loss([Value(1.0), Value(3.0)], [0.0, 1.0]).data
    2.5
    """
    return _mean_over(lambda p, t: (p - t) ** 2, prediction, target)


def hinge_loss(score: Any, target: Any) -> Any:
    """max(0, 1 - target * score), the target being -1 or 1 (Cortes and Vapnik 1995); slope 0 at the corner.

    >>> hinge_loss(Value(0.0), 1).data
    1.0
    """
    return _mean_over(_hinge, score, target)


def _hinge(score: Any, target: Any) -> Any:
    if target not in (-1, 1):
        raise ValueError(f"the target of a hinge loss is -1 or 1, and this is {target!r}")
    return relu(1 - target * score)


def _bce(x: float, y: float) -> float:
    # A factor of 0 takes its term away, also where the term is infinite.
    return (y * softplus(-x) if y != 0.0 else 0.0) + ((1.0 - y) * softplus(x) if y != 1.0 else 0.0)


_bce_node = primitive(
    "binary_cross_entropy_with_logits",
    _bce,
    (lambda x, y, out: (1.0 - y) * sigmoid(x) - y * sigmoid(-x), lambda x, y, out: -x),
    symbol="BCE",
    doc="-y log σ(x) - (1 - y) log(1 - σ(x)), exact in both tails.",
)


def binary_cross_entropy_with_logits(logit: Any, target: Any) -> Any:
    """-y log σ(x) - (1 - y) log(1 - σ(x)) of a logit x and a target y in [0, 1], exact in both tails.

    >>> binary_cross_entropy_with_logits(Value(0.0), 1.0).data
    0.6931471805599453
    """
    return _mean_over(_binary_cross_entropy, logit, target)


def _binary_cross_entropy(logit: Any, target: Any) -> Any:
    if not 0 <= target <= 1:
        raise ValueError(f"the target is a probability, 0 to 1, and this is {target!r}")
    return _bce_node(logit, target)


def cross_entropy(logits: Sequence[Any], target: Any) -> Any:
    """-log softmax(logits)[target], of one example or the mean over a batch.

    logits      one example: a list of one number or Value per class; a batch: a list of such lists
    target      the index of the right class, from 0; for a batch a list of them

    ValueError for a target that is no class (-1 too) or a batch of unequal lengths.

    >>> cross_entropy([Value(0.0), Value(3.0), Value(-2.0), Value(1.0)], 3).data
    2.1755153626167147
    """
    if len(logits) and hasattr(logits[0], "__len__"):
        return _mean_over(_cross_entropy, logits, target)
    return _cross_entropy(logits, target)


def _cross_entropy(logits: Sequence[Any], target: Any) -> Any:
    if isinstance(target, bool) or not isinstance(target, SupportsIndex) or not 0 <= target.__index__() < len(logits):
        raise ValueError(f"the target is the index of a class, 0 to {len(logits) - 1} here, and this is {target!r}")
    return 0.0 - log_softmax(logits, target.__index__())  # not a minus sign: certainty costs 0.0, not -0.0


def _mean_over(loss: Callable[[Any, Any], Any], predictions: Any, targets: Any) -> Any:
    if not hasattr(predictions, "__len__"):
        return loss(predictions, targets)
    if not hasattr(targets, "__len__"):
        raise ValueError(f"there are {len(predictions)} predictions, and the targets are {targets!r}: give a list of as many")
    predictions, targets = list(predictions), list(targets)
    if len(predictions) != len(targets):
        raise ValueError(f"there are {len(predictions)} predictions and {len(targets)} targets: give one target for each")
    if not predictions:
        raise ValueError("the loss of an empty batch has no value: give at least one example")
    losses = [loss(p, t) for p, t in zip(predictions, targets, strict=True)]
    return fsum(losses) / len(losses)

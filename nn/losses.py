"""Losses, named as in torch.nn.functional where it has them; each takes one example or a batch and gives one Value.

For a batch, `reduction` says what becomes of the losses of its examples: "mean" (the default), "sum", or "none" for the list.
Where an example is a list of several outputs, each with a target of its own, the mean is over all of them.

Above each loss stands its row of `LOSSES`: its formula, what its targets may be, which class an output means. The checks of
`fit`, its compiled steps and its accuracy read all they know of a loss there, so a new loss is one function with its row.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, SupportsIndex, TypeVar

from autograd import Value, dot, fsum, log, log1p, log_softmax, logsumexp, primitive, relu, sigmoid, softplus, where
from autograd.derivatives.structures import unframed
from autograd.engine.modes import trace_here

from .arguments import by_class, check_share, positive, real
from .batches import HALF_SUM, REDUCTIONS, added, as_many, loss_of_each, reduction_of
from .nested import as_lists, each, flat, shape
from .places import largest, places_of_largest

Loss = Callable[..., Any]
"""Of predictions and targets, as lists of one for each row; gives a Value."""

Formula = Callable[[Any, Any], Any]
"""Of one output and its target."""

# ------------------------------------------------------------------------------------------------ what is known of a loss


class ByRows(NamedTuple):
    """How the loss of a batch comes of its rows: the sum of their losses; for a mean, divided by the sum of their counts.

    row     the loss of a row, of its prediction and target; in a recording these are Values, and a class is one too
    counts  a function of one output of the model and all targets, in an array or in nested lists. It gives how much each row
            counts for in the mean: an array or a list, or one number if all rows count alike. None if the loss is a sum
    """

    row: Callable[[Any, Any], Any]
    counts: Callable[[Any, Any], Any] | None


class Targets(NamedTuple):
    """What numbers the targets of a loss may be.

    words       in words
    outside     whether a number is none of these; of an array, for each of its numbers
    refusal     what the loss says to such a number
    """

    words: str
    outside: Callable[[Any], Any]
    refusal: str

    def checked(self, target: Any) -> Any:
        """The target. ValueError if it is outside."""
        if self.outside(target):
            raise ValueError(f"{self.refusal}, and this is {target!r}")
        return target


SIGNS = Targets("-1 or 1", lambda t: (t != -1) & (t != 1), "the target of a hinge loss is -1 or 1")
SHARES = Targets("0, 1, or between", lambda t: (t < 0) | (t > 1), "the target is a probability, 0 to 1")


@dataclass(frozen=True)
class LossRow:
    """What is known of a loss, beside the function itself.

    function    the loss
    formula     for a loss that compares number by number: given the settings of the loss, the formula of one output and its
                target, as arithmetic that a recording takes; None for a loss of classes
    whole       for a loss of classes: given the settings and whether the loss is a mean, how it comes of its rows
    node        the formula as one primitive, where there is one
    targets     what numbers the targets may be; None for any
    decision    the class that one output means, or the classes of an array of them; None if one output means none
    reductions  what may become of the losses of a batch
    """

    function: Loss
    formula: Callable[..., Formula] | None = None
    whole: Callable[..., ByRows] | None = None
    node: Formula | None = None
    targets: Targets | None = None
    decision: Callable[[Any], Any] | None = None
    reductions: Mapping[str, Callable[..., Any]] = field(default_factory=lambda: REDUCTIONS)

    def over(self, predictions: Any, targets: Any, reduction: str, **settings: Any) -> Any:
        """The loss of one prediction, or of a batch, number by number."""
        assert self.formula is not None
        reduce, predictions, targets = reduction_of(reduction, self.reductions), unframed(predictions), unframed(targets)
        formula, allowed = self.node or self.formula(**settings), self.targets
        losses = loss_of_each(formula if allowed is None else lambda p, t: formula(p, allowed.checked(t)), predictions, targets)
        if not hasattr(predictions, "__len__") or reduction == "none":
            return losses
        return reduce(flat(losses))

    def by_rows(self, reduction: str, **settings: Any) -> ByRows | None:
        """How the loss comes of its rows; None for a reduction that gives no number."""
        if reduction == "none" or reduction not in self.reductions:
            return None
        mean = reduction == "mean"
        if self.whole is not None:
            return self.whole(mean, **settings)
        assert self.formula is not None
        formula, reduce = self.formula(**settings), self.reductions["sum" if mean else reduction]

        def counts(output: Any, targets: Any) -> float:
            lengths = getattr(targets, "shape", None) or shape(targets) or ()
            return float(math.prod(lengths[1:]))

        return ByRows(
            lambda prediction, target: reduce(flat(loss_of_each(formula, [prediction], [target])), added),
            counts if mean else None,
        )


LOSSES: dict[str, LossRow] = {}
"""The losses by name, each with what is known of it. The line above a loss puts it here."""

F = TypeVar("F", bound=Loss)


def _row(**known: Any) -> Callable[[F], F]:
    """Puts the loss below it into `LOSSES`."""

    def enter(loss: F) -> F:
        LOSSES[loss.__name__] = LossRow(loss, **known)
        return loss

    return enter


def row_of(loss: Loss) -> LossRow | None:
    """What is known of a loss, also inside functools.partial and functools.wraps; None for one that is not nn's own.

    >>> row_of(functools.partial(hinge_loss, reduction="sum")).targets.words
    '-1 or 1'
    """
    loss = innermost(loss)
    row = LOSSES.get(getattr(loss, "__name__", ""))
    return row if row is not None and row.function is loss else None


def innermost(loss: Loss) -> Loss:
    """The function itself, of one that was given some of its arguments by functools.partial, or wrapped by functools.wraps.

    >>> innermost(functools.partial(huber_loss, delta=2.0)) is huber_loss
    True
    """
    while isinstance(loss, functools.partial) or hasattr(loss, "__wrapped__"):
        loss = loss.func if isinstance(loss, functools.partial) else loss.__wrapped__
    return loss


def decisions(loss: Loss, outputs: Any) -> Any:
    """The classes that a model's outputs mean: a list for a list of outputs, an array for an array.

    Of several outputs, the place of the largest; of one output, by the loss: its sign (hinge losses, logits), or whether it is
    above one half (probabilities).

    Under a loss of yes and no, several outputs are as many decisions. ValueError for one output under another loss.

    >>> decisions(cross_entropy, [[0.5, 2.0], [1.0, 0.0]]), decisions(hinge_loss, [-0.3, 2.0])
    ([1, 0], [-1, 1])
    """
    row = row_of(loss)
    if row is not None and row.decision is not None:
        decision = row.decision
        return decision(outputs) if hasattr(outputs, "argmax") else [each(decision, output) for output in outputs]
    if getattr(outputs, "ndim", 0) == 2 and outputs.shape[1] > 1:
        return places_of_largest(outputs)
    if all(hasattr(output, "__len__") and len(output) > 1 for output in outputs):
        return [largest(output) for output in outputs]
    name = getattr(innermost(loss), "__name__", repr(loss))
    raise ValueError(f"which class an output means under {name} is not known: give a metric that takes (targets, outputs)")


# ------------------------------------------------------------------------------------------------ number by number


def _squared_error(p: Any, t: Any) -> Any:
    return (p - t) ** 2


@_row(formula=lambda: _squared_error, reductions=REDUCTIONS | HALF_SUM)
def mse_loss(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The squared error (prediction - target)² of one prediction, or its mean over a list of predictions and one of targets.

    prediction      a number or a Value; a list of these, or of lists of them; the target has a number for each
    reduction       "mean", "sum", "none", or "half_sum": half the sum of squares, as textbooks like it, since its derivative is
                    the error itself (of one prediction, too)

    ValueError for unequal lengths or an unknown reduction.

    >>> mse_loss([Value(1.0), Value(3.0)], [0.0, 1.0]).data
    2.5
    >>> mse_loss([Value(1.0), Value(3.0)], [0.0, 1.0], reduction="half_sum").data
    2.5
    """
    if reduction == "half_sum" and not hasattr(prediction, "__len__"):
        prediction, target = [prediction], [target]
    return LOSSES["mse_loss"].over(prediction, target, reduction)


@_row(formula=lambda: lambda p, t: abs(p - t))
def l1_loss(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The absolute error |prediction - target|; slope 0 where they are equal.

    `reduction` is "mean", "sum", or "none" for the list of them; the other arguments and the errors are those of `mse_loss`.

    >>> l1_loss([Value(1.0), Value(3.0)], [0.0, 1.0]).data
    1.5
    """
    return LOSSES["l1_loss"].over(prediction, target, reduction)


def _huber(delta: float = 1.0) -> Formula:
    if delta != math.inf:
        delta = positive(delta, "delta, where the square becomes a line,")

    def huber(p: Any, t: Any) -> Any:
        error = p - t
        size = abs(error)  # not to be squared: its kink at 0 would show in the second derivative
        return where(size <= delta, 0.5 * error * error, delta * (size - 0.5 * delta))

    return huber


@_row(formula=_huber)
def huber_loss(prediction: Any, target: Any, *, delta: float = 1.0, reduction: str = "mean") -> Any:
    """Half the squared error up to an error of `delta`, delta * (|error| - delta / 2) beyond (Huber 1964).

    `delta` may be math.inf. ValueError for one that is not positive. The rest is as of `l1_loss`.

    >>> huber_loss([Value(0.5), Value(3.0)], [0.0, 0.0], reduction="none")[1].data
    2.5
    """
    return LOSSES["huber_loss"].over(prediction, target, reduction, delta=delta)


def _hinge(score: Any, target: Any) -> Any:
    return relu(1 - target * score)


def _sign(score: Any) -> Any:
    return 2 * (score > 0) - 1


def _above(bound: float) -> Callable[[Any], Any]:
    """1 for what is above a bound, 0 for the rest; of numbers and of arrays."""
    return lambda score: 1 * (score > bound)


@_row(formula=lambda: _hinge, targets=SIGNS, decision=_sign)
def hinge_loss(score: Any, target: Any, *, reduction: str = "mean") -> Any:
    """max(0, 1 - target * score), the target being -1 or 1 (Cortes and Vapnik 1995); slope 0 at the corner.

    A score above 0 means the class 1. ValueError for a target that is not -1 or 1. The rest is as of `l1_loss`.

    >>> hinge_loss(Value(0.0), 1).data
    1.0
    """
    return LOSSES["hinge_loss"].over(score, target, reduction)


@_row(formula=lambda: lambda s, t: _hinge(s, t) ** 2, targets=SIGNS, decision=_sign)
def squared_hinge_loss(score: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The square of the hinge loss, max(0, 1 - target * score)², smooth at the corner. All else is as of `hinge_loss`.

    >>> squared_hinge_loss(Value(-1.0), 1).data
    4.0
    """
    return LOSSES["squared_hinge_loss"].over(score, target, reduction)


# In both binary cross-entropies a factor of 0 takes its term away, also where the term is infinite.


def _bce(p: Any, y: Any) -> Any:
    return 0.0 - where(y != 0.0, y * log(p), 0.0) - where(y != 1.0, (1.0 - y) * log1p(-p), 0.0)  # 0.0, not -0.0


def _bce_slope(p: Any, y: Any, out: Any) -> Any:
    falling = y / p if y != 0.0 and p != 0.0 else (math.inf if y != 0.0 else 0.0)
    rising = (1.0 - y) / (1.0 - p) if y != 1.0 and p != 1.0 else (math.inf if y != 1.0 else 0.0)
    return rising - falling


_bce_node = primitive(
    "binary_cross_entropy",
    _bce,
    (_bce_slope, lambda p, y, out: log1p(-p) - log(p)),
    symbol="BCE",
    doc="-y log p - (1 - y) log(1 - p).",
)


def _no_logit(p: Any) -> Any:
    if p < 0 or p > 1:
        raise ValueError(f"this is no probability: {p!r}; for a logit there is binary_cross_entropy_with_logits")
    return p


@_row(
    formula=lambda: lambda p, y: _bce(_no_logit(p), y),
    node=lambda p, y: _bce_node(_no_logit(p), y),
    targets=SHARES,
    decision=_above(0.5),
)
def binary_cross_entropy(probability: Any, target: Any, *, reduction: str = "mean") -> Any:
    """-y log p - (1 - y) log(1 - p) of a probability p and a target y in [0, 1].

    Certain and wrong is inf (PyTorch stops at 100). ValueError for a p or y outside [0, 1]; the rest is as of `l1_loss`. From a
    logit, take `binary_cross_entropy_with_logits`, which is exact in both tails.

    >>> binary_cross_entropy(Value(0.5), 1.0).data
    0.6931471805599453
    """
    return LOSSES["binary_cross_entropy"].over(probability, target, reduction)


def _bce_with_logits(x: Any, y: Any) -> Any:
    return where(y != 0.0, y * softplus(-x), 0.0) + where(y != 1.0, (1.0 - y) * softplus(x), 0.0)


_bce_with_logits_node = primitive(
    "binary_cross_entropy_with_logits",
    _bce_with_logits,
    (lambda x, y, out: (1.0 - y) * sigmoid(x) - y * sigmoid(-x), lambda x, y, out: -x),
    symbol="BCE",
    doc="-y log σ(x) - (1 - y) log(1 - σ(x)), exact in both tails.",
)


@_row(formula=lambda: _bce_with_logits, node=_bce_with_logits_node, targets=SHARES, decision=_above(0.0))
def binary_cross_entropy_with_logits(logit: Any, target: Any, *, reduction: str = "mean") -> Any:
    """-y log σ(x) - (1 - y) log(1 - σ(x)) of a logit x and a target y in [0, 1], exact in both tails.

    `logit` is the score before the sigmoid σ, any number: above 0 it means the class 1. ValueError for a target outside [0, 1].
    The rest is as of `l1_loss`.

    >>> binary_cross_entropy_with_logits(Value(0.0), 1.0).data
    0.6931471805599453
    """
    return LOSSES["binary_cross_entropy_with_logits"].over(logit, target, reduction)


# ------------------------------------------------------------------------------------------------ of classes


def _cross_entropy_by_rows(mean: bool, weight: Sequence[float] | None = None, label_smoothing: float = 0.0) -> ByRows:
    check_share(label_smoothing, "label_smoothing")
    weight = by_class(weight)

    def counts(logits: Sequence[Any], targets: Any) -> Any:
        import numpy as np

        targets = np.asarray(targets)
        for target in targets[:1].tolist():
            _class_shares(logits, target, weight)  # for its errors alone: weights are checked once, by the first target
        if targets.ndim == 1 and weight is not None:
            return np.array(weight, dtype=float)[targets.astype(int)]
        if targets.ndim > 1 and SHARES.outside(targets).any():
            raise ValueError(SHARES.refusal)
        return 1.0

    return ByRows(lambda x, target: _cross_entropy(x, target, weight, label_smoothing), counts if mean else None)


@_row(whole=_cross_entropy_by_rows)
def cross_entropy(
    logits: Sequence[Any],
    target: Any,
    *,
    weight: Sequence[float] | None = None,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:
    """-log softmax(logits)[target], of one example or over a batch.

    logits          one example: a list of one number or Value per class; a batch: a list of such lists
    target          the index of the right class, from 0, or a list of one probability per class (one-hot, or softer); for a
                    batch a list of them
    weight          a factor for each class; "mean" then divides by the sum of the right classes' weights, as in PyTorch (for
                    targets given as probabilities, by the number of examples)
    label_smoothing how much of the target, in [0, 1], is spread evenly over all classes (Szegedy et al. 2016)
    reduction       as of `l1_loss`

    ValueError for a target that is no class (-1 too) or has a probability outside [0, 1], lists of unequal lengths, a weight
    that is negative or not finite, weights that make a mean 0 / 0, or a smoothing outside [0, 1].

    >>> cross_entropy([Value(0.0), Value(3.0), Value(-2.0), Value(1.0)], 3).data
    2.1755153626167147
    """
    reduce = reduction_of(reduction, REDUCTIONS)
    check_share(label_smoothing, "label_smoothing")
    logits, target, weight = unframed(logits), unframed(target), by_class(weight)
    if not hasattr(logits, "__len__"):
        raise TypeError(f"logits are a list of one number for each class, and this is {logits!r}")
    batch = len(logits) > 0 and hasattr(logits[0], "__len__")
    examples, targets = (list(logits), target) if batch else ([logits], [target])
    if not hasattr(targets, "__len__") or isinstance(targets, str):
        raise ValueError(
            f"there are {len(examples)} examples, and the targets are {targets!r}: give a list of as many, each the index of a "
            "class or a list of probabilities"
        )
    shares = [_class_shares(x, t, weight) for x, t in zip(examples, as_many(targets, examples), strict=True)]
    losses = [_cross_entropy(x, share, weight, label_smoothing) for x, (share, _) in zip(examples, shares, strict=True)]
    if not batch and (weight is None or reduction != "mean"):
        return losses[0]
    if reduction == "mean":
        total = fsum([size for _, size in shares])
        if not total:
            raise ValueError("the classes of these examples all have the weight 0, and that has no mean: take reduction='sum'")
        return fsum(losses) / total
    return reduce(losses)


def _class_shares(logits: Sequence[Any], target: Any, weight: Sequence[float] | None) -> tuple[int | list[float], float]:
    """The target (a class, or a probability for each), and what the example counts for in a mean."""
    count = len(logits)
    if not count:
        raise ValueError("these logits are an empty list: give one number for each class")
    if weight is not None and len(weight) != count:
        raise ValueError(f"there are {count} classes and {len(weight)} weights: give one weight for each class")
    for k, factor in enumerate([] if weight is None else weight):
        real(factor, f"weight[{k}]")
    if isinstance(target, str):
        raise ValueError(f"the target is the index of a class, 0 to {count - 1} here, and this is the text {target!r}")
    if hasattr(target, "__len__"):
        if len(target) != count:
            raise ValueError(f"there are {count} classes, and the target has {len(target)} probabilities: give one for each")
        return [share if _is_recorded(SHARES.checked(share)) else float(share) for share in target], 1.0
    if _is_recorded(target):  # another class in each row
        if not 0 <= target < count or target % 1 != 0:
            raise ValueError(f"the target is the index of a class, 0 to {count - 1} here, and this is {target.data!r}")
        return target, 1.0 if weight is None else _weight_of(target, weight)
    if isinstance(target, bool) or not isinstance(target, SupportsIndex) or not 0 <= target.__index__() < count:
        raise ValueError(f"the target is the index of a class, 0 to {count - 1} here, and this is {target!r}")
    right = target.__index__()
    return right, 1.0 if weight is None else float(weight[right])


def _is_recorded(target: Any) -> bool:
    """Whether a target is a number of each run of a program, which is being recorded."""
    return isinstance(target, Value) and trace_here() is not None


def _cross_entropy(logits: Sequence[Any], target: Any, weight: Sequence[float] | None, smoothing: float) -> Any:
    """Of one example. In a recording the target is a Value, or a list of them: the class is known when it runs."""
    count, recorded = len(logits), isinstance(target, Value)
    if not isinstance(target, list) and not smoothing:
        # From 0.0, not a minus sign: certainty costs 0.0, not -0.0.
        loss = _cross_entropy_of_one(logits, target) if recorded else 0.0 - log_softmax(logits, target)
        if weight is None:
            return loss
        return (_weight_of(target, weight) if recorded else weight[target]) * loss
    shares = target if isinstance(target, list) else [where(target == k, 1.0, 0.0) for k in range(count)]
    factors = [
        ((1.0 - smoothing) * q + smoothing / count) * (1.0 if weight is None else weight[k]) for k, q in enumerate(shares)
    ]
    if isinstance(factors[0], Value):
        return 0.0 - added([where(factor != 0.0, factor * log_softmax(logits, k), 0.0) for k, factor in enumerate(factors)])
    asked = [k for k in range(count) if factors[k] != 0.0]  # a class without a share may have a logit of -inf
    return 0.0 - dot([factors[k] for k in asked], [log_softmax(logits, k) for k in asked])


def _weight_of(right: Any, weight: Sequence[float]) -> Any:
    """Of the class `right`, in a recording."""
    return dot([where(right == k, 1.0, 0.0) for k in range(len(weight))], weight)


def _cross_entropy_of_one(logits: Sequence[Any], right: Any) -> Any:
    """Of the class `right`, in a recording: the log of the sum of exp(x - x_right).

    Every logit goes into a difference, whichever the class is. If it were there in some runs only, the gradient would ask at
    every parameter whether it is. The difference of the right one is a product with 0, so that its derivative is minus the sum
    of those of the others, with all digits also where the network is certain.
    """
    chosen = added([where(right == k, x, 0.0) for k, x in enumerate(logits)])
    return logsumexp([where(right == k, 0.0, 1.0) * (x - chosen) for k, x in enumerate(logits)])


# ------------------------------------------------------------------------------------------------ by rows


class rowwise:  # noqa: N801 (it makes a function, and decorates one)
    """A loss of a batch from one of a row: the mean, or the "sum", over the rows. `fit` runs such a loss compiled.

    loss    a function of a prediction and its target that gives a Value: computed from these two, and by nothing but numbers
    weight  a function of a target that gives what its row counts for: the loss of the row is multiplied by it, and a mean
            divided by the sum of the weights. A target may be a list that has the weight beside what is predicted

    ValueError for another reduction, for a batch without rows or with more targets than predictions, and for a mean of weights
    whose sum is 0.

    >>> fourth_power = rowwise(lambda prediction, target: (prediction - target) ** 4)
    >>> fourth_power([Value(1.0), Value(3.0)], [0.0, 1.0]).data
    8.5
    >>> weighted = rowwise(lambda p, target: (p - target[0]) ** 2, weight=lambda target: target[1])
    >>> weighted([Value(1.0), Value(3.0)], [[0.0, 1.0], [1.0, 3.0]]).data
    3.25
    """

    def __init__(
        self,
        loss: Callable[[Any, Any], Any],
        *,
        reduction: str = "mean",
        weight: Callable[[Any], Any] | None = None,
    ) -> None:
        if not callable(loss):
            raise TypeError(f"rowwise() takes a function of a prediction and its target, and this is {loss!r}")
        if reduction not in ("mean", "sum"):
            raise ValueError(f'the reduction is "mean" or "sum", and this is {reduction!r}')
        functools.update_wrapper(self, loss)
        self.loss = loss
        self.reduction = reduction
        self.weight = weight

    def __call__(self, predictions: Sequence[Any], targets: Sequence[Any]) -> Any:
        predictions, targets = unframed(predictions), unframed(targets)
        targets = as_many(targets, predictions)
        losses = [self.of_row(p, t) for p, t in zip(predictions, targets, strict=True)]
        if self.weight is None or self.reduction == "sum":
            return REDUCTIONS[self.reduction](losses)
        total = math.fsum(map(self.weight, targets))
        if not total:
            raise ValueError("the weights of the rows of a batch have the sum 0, and that has no mean")
        return fsum(losses) / total

    def of_row(self, prediction: Any, target: Any) -> Any:
        """The loss of a row, times its weight."""
        loss = self.loss(prediction, target)
        return loss if self.weight is None else self.weight(target) * loss

    def counts(self, output: Any, targets: Any) -> Any:
        """What each row counts for in a mean: see `ByRows`."""
        return 1.0 if self.weight is None else [float(self.weight(target)) for target in as_lists(targets)]


def by_rows(loss: Loss) -> ByRows | None:
    """How a loss comes of its rows: of nn's own, also with settings given by functools.partial, and of those made by `rowwise`.
    None for any other function.

    >>> by_rows(functools.partial(huber_loss, delta=2.0, reduction="sum")).row(5.0, 1.0)
    6.0
    >>> by_rows(lambda predictions, targets: mse_loss(predictions, targets))
    """
    if isinstance(loss, rowwise):
        return ByRows(loss.of_row, loss.counts if loss.reduction == "mean" else None)
    settings: dict[str, Any] = {}
    while isinstance(loss, functools.partial) and not loss.args:
        settings = loss.keywords | settings
        loss = loss.func
    row = row_of(loss)
    if row is None or row.function is not loss:  # wrapped, by whatever
        return None
    return row.by_rows(**{"reduction": "mean"} | settings)

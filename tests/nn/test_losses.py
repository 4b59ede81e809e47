"""Losses: PyTorch's numbers (recorded by tools/torch_reference.py), the edges, reductions, and the errors that help."""

import functools
import inspect
import json
import math

import numpy as np
import pytest
from builds import ROOT

import autograd
import nn
from autograd import Value, check_gradients, dot
from nn.losses import LOSSES, by_rows, decisions, row_of

RECORDED = json.loads((ROOT / "tests" / "data" / "torch_losses.json").read_text())["losses"]


def as_values(x):
    return [as_values(element) for element in x] if isinstance(x, list) else Value(x)


def flat(x):
    return [leaf for element in x for leaf in flat(element)] if isinstance(x, list) else [x]


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: f"{case['loss']}-{case['settings']}")
def test_values_and_gradients_agree_with_pytorch(case):
    x = as_values(case["prediction"])
    loss = getattr(nn, case["loss"])(x, case["target"], **case["settings"])
    loss.backward()
    assert loss.data == pytest.approx(case["value"], rel=1e-13)
    assert [leaf.grad for leaf in flat(x)] == pytest.approx(flat(case["gradient"]), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "huber_loss", "hinge_loss", "squared_hinge_loss"])
def test_gradients_are_right(name):
    loss = getattr(nn, name)
    check_gradients(lambda a, b: loss([a, b], [1.0, -1.0]), [0.3, 2.6])


def test_reductions_of_one_list():
    predictions, targets = [Value(1.0), Value(4.0)], [0.0, 2.0]
    assert nn.mse_loss(predictions, targets).data == 2.5
    assert nn.mse_loss(predictions, targets, reduction="sum").data == 5.0
    assert nn.mse_loss(predictions, targets, reduction="half_sum").data == 2.5
    assert nn.mse_loss(Value(3.0), 1.0, reduction="half_sum").data == 2.0
    assert [v.data for v in nn.mse_loss(predictions, targets, reduction="none")] == [1.0, 4.0]
    assert len(nn.cross_entropy([[Value(0.0)] * 2] * 3, [0, 1, 0], reduction="none")) == 3


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "huber_loss", "binary_cross_entropy"])
def test_lists_of_lists_are_as_one_long_list(name):
    loss, numbers, targets = getattr(nn, name), [0.25, 0.5, 0.75, 0.125], [1.0, 0.0, 0.0, 1.0]

    def nested(x):
        return [[[x[0]], [x[1], x[2]]], [[x[3]]]]

    deep, flat = [Value(x) for x in numbers], [Value(x) for x in numbers]
    out, same = loss(nested(deep), nested(targets)), loss(flat, targets)
    out.backward()
    same.backward()
    assert (out.data, [v.grad for v in deep]) == (same.data, [v.grad for v in flat])
    assert loss(nested(deep), nested(targets), reduction="sum").data == loss(flat, targets, reduction="sum").data
    each = loss(nested(deep), nested(targets), reduction="none")
    assert [[[v.data for v in row] for row in rows] for rows in each] == nested(
        [v.data for v in loss(flat, targets, reduction="none")]
    )


def test_half_the_sum_of_squares_of_lists_of_lists():
    assert nn.mse_loss([[Value(1.0), Value(2.0)], [Value(3.0)]], [[0.0, 0.0], [0.0]], reduction="half_sum").data == 7.0


def test_a_column_is_not_a_row():
    """(n, 1) against (n,): arrays would make an n x n table of it."""
    column, row = [[Value(1.0)], [Value(2.0)]], [1.0, 2.0]
    with pytest.raises(ValueError, match=r"there are 1 predictions, and the targets are 1\.0: give a list of as many"):
        nn.mse_loss(column, row)
    with pytest.raises(ValueError, match=r"the prediction is one number, and its target a list, \[1\.0\]"):
        nn.mse_loss([Value(1.0), Value(2.0)], [[1.0], [2.0]])
    with pytest.raises(ValueError, match="2 predictions and 1 targets"):
        nn.mse_loss([[Value(1.0)], [Value(2.0), Value(3.0)]], [[1.0], [2.0]])


def test_hinges():
    assert [nn.hinge_loss(Value(s), t).data for s, t in ((2.0, 1), (0.5, 1), (0.5, -1))] == [0.0, 0.5, 1.5]
    assert [nn.squared_hinge_loss(Value(s), t).data for s, t in ((2.0, 1), (0.5, 1), (0.5, -1))] == [0.0, 0.25, 2.25]
    at_the_corner = Value(1.0)
    nn.hinge_loss(at_the_corner, 1).backward()
    assert at_the_corner.grad == 0.0


@pytest.mark.parametrize(
    ("p", "y", "value", "slope"),
    [(0.0, 0.0, 0.0, 1.0), (1.0, 1.0, 0.0, -1.0), (0.0, 1.0, math.inf, -math.inf), (1.0, 0.0, math.inf, math.inf)],
)
def test_certain_probabilities(p, y, value, slope):
    x = Value(p)
    loss = nn.binary_cross_entropy(x, y)
    loss.backward()
    assert (loss.data, x.grad) == (value, slope)
    assert math.copysign(1.0, loss.data) == 1.0  # never -0.0


def test_a_class_without_a_share_may_be_impossible():
    logits = [Value(0.0), Value(-math.inf)]
    loss = nn.cross_entropy(logits, [1.0, 0.0])
    loss.backward()
    assert (loss.data, logits[0].grad, logits[1].grad) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: nn.mse_loss([1.0], [1.0], reduction="average"), "no reduction 'average': choose one of mean, sum, none, half"),
        (lambda: nn.l1_loss([1.0], [1.0], reduction="half_sum"), "no reduction 'half_sum'"),
        (lambda: nn.cross_entropy([1.0, 2.0], 0, reduction="average"), "no reduction"),
        (lambda: nn.huber_loss(1.0, 2.0, delta=0.0), "delta"),
        (
            lambda: nn.huber_loss(1.0, 2.0, delta="1"),
            "delta, .* is a positive number, and this is '1'",
        ),
        (lambda: nn.cross_entropy([1.0, 2.0], [-1.0, 2.0]), r"0 to 1, and this is -1\.0"),
        (lambda: nn.cross_entropy([1.0, 2.0], 0, label_smoothing="a"), "label_smoothing is a share, 0 to 1, and this is 'a'"),
        (
            lambda: nn.cross_entropy([1.0, 2.0], 0, weight=[1.0, -1.0]),
            r"weight\[1\] .* and this is -1",
        ),
        (lambda: nn.cross_entropy([1.0, 2.0], 0, weight=[math.nan, 1.0]), r"weight\[0\] .* and this is nan"),
        (lambda: nn.cross_entropy([1.0, 2.0], 0, weight=[0.0, 1.0]), "all have the weight 0, and that has no mean"),
        (lambda: nn.cross_entropy([], 0), "these logits are an empty list"),
        (lambda: nn.cross_entropy([[]], [0]), "these logits are an empty list"),
        (lambda: nn.hinge_loss(1.0, 0), "-1 or 1, and this is 0"),
        (lambda: nn.binary_cross_entropy(1.5, 1.0), r"no probability: 1\.5"),
        (lambda: nn.binary_cross_entropy(0.5, 2.0), r"0 to 1, and this is 2\.0"),
        (lambda: nn.binary_cross_entropy_with_logits(0.5, -1.0), "0 to 1"),
        (lambda: nn.cross_entropy([1.0, 2.0], 0, weight=[1.0]), "2 classes and 1 weights"),
        (lambda: nn.cross_entropy([1.0, 2.0], [1.0]), "2 classes, and the target has 1"),
        (lambda: nn.cross_entropy([1.0, 2.0], "10"), "the index of a class, 0 to 1 here, and this is the text '10'"),
        (lambda: nn.cross_entropy([1.0, 2.0], 0, label_smoothing=1.5), "label_smoothing"),
        (lambda: nn.cross_entropy([[1.0, 2.0]], 0), "give a list of as many"),
        (lambda: nn.mse_loss([1.0, 2.0], 0.0), "give a list of as many"),
    ],
)
def test_errors_say_what_to_do(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()


def test_logits_are_a_list():
    with pytest.raises(TypeError, match=r"logits are a list of one number for each class, and this is 0\.5"):
        nn.cross_entropy(0.5, 0)


def test_with_an_infinite_delta_huber_is_half_the_square():
    assert nn.huber_loss(Value(3.0), 0.0, delta=math.inf).data == 4.5


def test_a_weight_of_0_leaves_the_others_of_a_batch():
    logits = [[Value(0.0), Value(1.0)], [Value(1.0), Value(2.0)]]
    assert nn.cross_entropy(logits, [0, 1], weight=[0.0, 2.0]) == nn.cross_entropy(logits[1], 1)


def test_decisions():
    assert decisions(nn.cross_entropy, [[0.0, 1.0], [2.0, 2.0]]) == [1, 0]
    assert decisions(nn.hinge_loss, [0.1, -0.1, [0.1, -0.1]]) == [1, -1, [1, -1]]
    assert decisions(nn.binary_cross_entropy, [0.5, 0.6, [0.4]]) == [0, 1, [0]]
    assert decisions(nn.binary_cross_entropy_with_logits, [0.0, 0.6, -0.4]) == [0, 1, 0]
    for loss, outputs in [(nn.mse_loss, [0.5]), (nn.mse_loss, [[0.5]]), (functools.partial(max), [0.5])]:
        with pytest.raises(ValueError, match="give a metric that takes"):
            decisions(loss, outputs)


def test_every_loss_has_its_row():
    """fit, its checks and its metrics read there what they know of a loss."""
    ours = [function for function in vars(nn.losses).values() if getattr(function, "__module__", "") == "nn.losses"]
    functions = [function for function in ours if inspect.isfunction(function) and function.__name__[0] != "_"]
    assert {f.__name__ for f in functions if "reduction" in inspect.signature(f).parameters} == LOSSES.keys()
    assert {*LOSSES} < {*nn.__all__}
    for name, row in LOSSES.items():
        loss = getattr(nn, name)
        assert row.function is loss
        for known in (loss, functools.partial(functools.partial(loss, reduction="sum"), reduction="mean")):
            assert row_of(known) is row
            assert by_rows(known).counts is not None
        assert by_rows(functools.partial(loss, reduction="sum")).counts is None
        assert by_rows(functools.partial(loss, reduction="none")) is None
        assert (row.formula is None) != (row.whole is None)


def test_what_is_no_loss_of_nn_has_no_row():
    @functools.wraps(nn.mse_loss)
    def doubled(predictions, targets):
        return 2.0 * nn.mse_loss(predictions, targets)

    class Unhashable:
        __hash__ = None
        __name__ = "mse_loss"

        def __call__(self, predictions, targets):
            return nn.mse_loss(predictions, targets)

    assert row_of(doubled) is LOSSES["mse_loss"], "its targets are those of the loss inside"
    assert by_rows(doubled) is None, "its value need not be"
    for unknown in (Unhashable(), max, lambda predictions, targets: nn.mse_loss(predictions, targets)):
        assert row_of(unknown) is None
        assert by_rows(unknown) is None


@pytest.mark.parametrize(
    "loss", [nn.cross_entropy, nn.binary_cross_entropy_with_logits, functools.partial(nn.huber_loss, delta=0.5)]
)
def test_the_gradient_of_a_recorded_loss_makes_no_choice_for_each_parameter(loss):
    """Choices would have to be made row by row, where sums of products are one instruction."""
    rule, outputs = by_rows(loss), 3 if loss is nn.cross_entropy else 1

    def choices(width):
        def of_row(weights, row, target):
            logits = [dot(row, weights[k * width : (k + 1) * width]) for k in range(outputs)]
            return rule.row(logits if outputs > 1 else logits[0], target)

        compiled = autograd.compile(autograd.value_and_grad(of_row), in_axes=(None, 0, 0), reduce="sum")
        compiled([0.1] * width * outputs, np.ones((2, width)), np.array([0.0, 1.0]))
        (program,) = compiled.programs
        return sum(instruction.op.startswith("select") for instruction in program.instructions)

    assert choices(3) == choices(30) > 0


def test_a_recorded_gradient_of_cross_entropy_has_all_digits_where_the_network_is_certain():
    """The slope of the right class is minus the sum of the others, 1e-22 here, and not 1 - 1."""
    rule = by_rows(nn.cross_entropy)
    slopes = autograd.compile(autograd.grad(lambda x, t: rule.row(x.tolist(), t)), in_axes=(0, 0))
    (found,) = slopes(np.array([[0.0, 1.0, 50.0]]), np.array([2.0]))
    others = [math.exp(-50.0), math.exp(-49.0)]
    assert found == pytest.approx([*others, -sum(others)], rel=1e-13, abs=0.0)

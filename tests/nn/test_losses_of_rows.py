"""Losses in compiled functions of one's own, over rows whose targets differ: each row has the loss that it has by itself."""

import numpy as np
import pytest

import autograd
import nn

RNG = np.random.default_rng(0)
W, X = RNG.normal(size=(3, 4)), RNG.normal(size=(20, 4))
CLASSES = np.arange(20) % 3
SHARES = RNG.dirichlet([1.0, 1.0, 1.0], size=20)
WEIGHT = [1.0, 2.0, 0.5]
SETTINGS = [
    {},
    {"weight": WEIGHT},
    {"weight": WEIGHT, "reduction": "sum"},
    {"label_smoothing": 0.1},
    {"weight": WEIGHT, "label_smoothing": 0.1},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("targets", [CLASSES, SHARES], ids=["classes", "shares"])
def test_cross_entropy_of_a_target_in_each_row(settings, targets):
    def loss(weights, x, target):
        return nn.cross_entropy([autograd.dot(w, x) for w in weights], target, **settings)

    step = autograd.value_and_grad(loss)
    value, slopes = autograd.compile(step, in_axes=(None, 0, 0), reduce="mean")(W, X, targets)
    alone = [step(W, x, target) for x, target in zip(X, targets.tolist(), strict=True)]
    assert value == pytest.approx(np.mean([found for found, _ in alone]), rel=1e-14)
    np.testing.assert_allclose(slopes, np.mean([found for _, found in alone], axis=0), rtol=1e-12)


@pytest.mark.parametrize("wrong", [-1.0, 3.0, 1.5, float("nan")])
def test_a_target_that_is_no_class_is_refused_in_any_row(wrong):
    fast = autograd.compile(lambda x, target: nn.cross_entropy(list(x), target), in_axes=(0, 0))
    targets = CLASSES.astype(float)
    assert len(fast(X[:, :3], targets)) == 20
    targets[7] = wrong
    with pytest.raises(ValueError, match=rf"index of a class, 0 to 2 here, and this is {wrong}"):
        fast(X[:, :3], targets)
    with pytest.raises(ValueError, match="a probability"):
        autograd.compile(lambda x, target: nn.cross_entropy(x, target), in_axes=(0, 0))(X[:, :3], 2.0 * SHARES)


def test_a_batch_whose_targets_come_with_the_call():
    fast = autograd.compile(lambda x, targets: nn.cross_entropy(x, targets, weight=WEIGHT))
    for targets in (CLASSES, CLASSES[::-1]):
        assert fast(X[:, :3], targets.astype(float)) == pytest.approx(
            nn.cross_entropy(X[:, :3].tolist(), targets.tolist(), weight=WEIGHT), rel=1e-14
        )

"""Metrics: scikit-learn's numbers on random predictions, the borders, and the errors that help."""

import math
import random

import pytest
from sklearn import metrics as sklearn_metrics

from nn import metrics
from nn.data import means_and_deviations


@pytest.mark.parametrize("seed", range(5))
def test_classification_agrees_with_scikit_learn(seed):
    rng = random.Random(seed)
    true, predicted = [[rng.randrange(3) for _ in range(60)] for _ in range(2)]
    assert metrics.accuracy_score(true, predicted) == pytest.approx(sklearn_metrics.accuracy_score(true, predicted))
    assert metrics.confusion_matrix(true, predicted) == sklearn_metrics.confusion_matrix(true, predicted).tolist()
    for c in range(3):
        expected = sklearn_metrics.precision_recall_fscore_support(true, predicted, labels=[c], zero_division=0)
        assert metrics.precision_recall_f1(true, predicted, positive=c) == pytest.approx([float(x[0]) for x in expected[:3]])


@pytest.mark.parametrize("seed", range(5))
def test_regression_agrees_with_scikit_learn(seed):
    rng = random.Random(seed)
    true, predicted = [[rng.gauss(0, 3) for _ in range(40)] for _ in range(2)]
    assert metrics.r2_score(true, predicted) == pytest.approx(sklearn_metrics.r2_score(true, predicted), rel=1e-12)
    assert metrics.mean_absolute_error(true, predicted) == pytest.approx(
        sklearn_metrics.mean_absolute_error(true, predicted), rel=1e-12
    )


def test_borders():
    assert metrics.precision_recall_f1([0, 0], [0, 0]) == (0.0, 0.0, 0.0)
    assert metrics.r2_score([2.0, 2.0], [2.0, 2.0]) == 1.0
    assert metrics.r2_score([2.0, 2.0], [2.0, 3.0]) == 0.0
    assert metrics.confusion_matrix([0], [0], classes=2) == [[1, 0], [0, 0]]


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="1 true and 2 predicted"):
        metrics.accuracy_score([1], [1, 0])
    with pytest.raises(ValueError, match="no predictions"):
        metrics.mean_absolute_error([], [])
    with pytest.raises(ValueError, match=r"0 to 1 here, and pair 0 is \(2, 0\)"):
        metrics.confusion_matrix([2], [0], classes=2)


def test_numbers_whose_squares_or_sums_are_beyond_the_largest_float():
    assert metrics.r2_score([1e200, 2e200, 3e200], [1e200, 2e200, 2e200]) == pytest.approx(0.5, rel=1e-15)
    assert metrics.r2_score([2.0, 2.0], [1e200, 2.0]) == 0.0
    assert metrics.r2_score([1.0, 2.0, 3.0], [1e200, 2.0, 3.0]) == -math.inf
    assert metrics.mean_absolute_error([1e308] * 3, [0.0] * 3) == 1e308
    assert means_and_deviations([[1e308], [1.2e308]]) == ([1.1e308], [pytest.approx(1e307)])

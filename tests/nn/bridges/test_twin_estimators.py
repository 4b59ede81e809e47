"""MLPClassifier and MLPRegressor beside scikit-learn's: from the same weights they predict, step and stop as those do."""

import pickle
import warnings

import numpy as np
import pytest
from real_data import CANCER, COUNTS, DIABETES, IRIS, LABELS, WINE
from sklearn import neural_network
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

import nn
from nn import MLPClassifier, MLPRegressor

unconverged = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@unconverged
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize(("name", "data"), [("MLPClassifier", WINE), ("MLPClassifier", CANCER), ("MLPRegressor", DIABETES)])
def test_the_same_weights_give_the_same_predictions(name, data, activation):
    X, y = data
    how = {"hidden_layer_sizes": (7, 5), "activation": activation, "max_iter": 2, "random_state": 0}
    theirs, ours = getattr(neural_network, name)(**how).fit(X, y), getattr(nn, name)(**how).fit(X, y)
    ours.coefs_, ours.intercepts_ = theirs.coefs_, theirs.intercepts_
    assert all((a == b).all() for a, b in zip(ours.coefs_, theirs.coefs_, strict=True))
    if name == "MLPRegressor":
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-12, atol=1e-12)
    else:
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=0, atol=1e-12)
        np.testing.assert_allclose(ours.predict_log_proba(X), theirs.predict_log_proba(X), rtol=1e-9, atol=1e-12)
        assert (ours.predict(X) == theirs.predict(X)).all()
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y), rel=1e-12)


def twins(name, X, y, *, weights=None, **how):
    """Ours and scikit-learn's, trained from the same weights on the same batches."""
    how = {"shuffle": False, "random_state": 0, "hidden_layer_sizes": (4,), **how}
    theirs = getattr(neural_network, name)(**how, warm_start=True)
    first = {"solver": "sgd", "learning_rate_init": 1e-300, "max_iter": 1}  # which leaves the weights as they are drawn
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        untrained = clone(theirs).set_params(**first).fit(X, y)
        ours = getattr(nn, name)(**how | first, warm_start=True).fit(X, y)
    ours.coefs_, ours.intercepts_ = untrained.coefs_, untrained.intercepts_
    ours.set_params(**{parameter: getattr(theirs, parameter) for parameter in first}).fit(X, y, weights)
    ours.loss_curve_.pop(0)
    if theirs.early_stopping:  # going on, both hold out the rows that random_state says before anything else
        theirs = untrained.set_params(**theirs.get_params())
        theirs.best_validation_score_, theirs._no_improvement_count, theirs.loss_curve_ = -np.inf, 0, []
    return ours, theirs.fit(X, y, weights)


def assert_trained_alike(ours, theirs, *, rtol=1e-9):
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=rtol)
    assert (ours.n_iter_, ours.loss_) == (theirs.n_iter_, pytest.approx(theirs.loss_, rel=rtol))
    for mine, expected in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=rtol, atol=rtol * max(1.0, np.abs(expected).max()))


SGD = {"solver": "sgd", "learning_rate_init": 0.2}
SETTINGS = {
    "one epoch of the defaults": ("MLPClassifier", WINE, {"max_iter": 1}),
    "one epoch of the defaults, regressing": ("MLPRegressor", DIABETES, {"max_iter": 1}),
    "small batches": ("MLPRegressor", DIABETES, {"batch_size": 7, "max_iter": 5}),
    # The last batch has 28 rows, and weighs its penalty by them.
    "an odd last batch": ("MLPClassifier", WINE, {"batch_size": 50, "alpha": 2.0}),
    "logistic": ("MLPClassifier", CANCER, {"max_iter": 8, "alpha": 1.0, "activation": "logistic"}),
    "no penalty": ("MLPClassifier", CANCER, {"alpha": 0.0, "batch_size": 64}),
    "a large epsilon": ("MLPClassifier", IRIS, {"epsilon": 0.1, "beta_1": 0.5, "beta_2": 0.9}),
    "no epsilon to speak of": ("MLPClassifier", WINE, {"epsilon": 1e-100, "max_iter": 10}),
    "momentum": ("MLPClassifier", IRIS, SGD | {"momentum": 0.5, "batch_size": 40}),
    "not Nesterov's": ("MLPClassifier", IRIS, SGD | {"nesterovs_momentum": False}),
    "no momentum": ("MLPClassifier", IRIS, SGD | {"momentum": 0.0}),
    "invscaling": ("MLPClassifier", IRIS, SGD | {"learning_rate": "invscaling", "power_t": 0.3}),
    "invscaling, not Nesterov's": ("MLPClassifier", IRIS, SGD | {"learning_rate": "invscaling", "nesterovs_momentum": False}),
    "invscaling, no momentum": (
        "MLPClassifier",
        IRIS,
        SGD | {"learning_rate": "invscaling", "learning_rate_init": 2.0, "momentum": 0.0},
    ),
    "adaptive": (
        "MLPClassifier",
        IRIS,
        SGD | {"learning_rate": "adaptive", "tol": 1e-2, "n_iter_no_change": 2, "max_iter": 100, "activation": "tanh"},
    ),
    "converging": ("MLPClassifier", IRIS, {"max_iter": 200, "learning_rate_init": 0.5, "tol": 1e-2, "n_iter_no_change": 3}),
    "early stopping, two classes": ("MLPClassifier", CANCER, {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 60}),
    "early stopping, three classes": ("MLPClassifier", WINE, {"early_stopping": True, "learning_rate_init": 0.01}),
    "early stopping, regressing": ("MLPRegressor", DIABETES, {"early_stopping": True, "learning_rate_init": 0.1}),
    "counts": ("MLPRegressor", COUNTS, {"loss": "poisson", "learning_rate_init": 0.02}),
    "several labels": ("MLPClassifier", LABELS, {"alpha": 0.5, "batch_size": 100}),
}


@unconverged
@pytest.mark.parametrize("weights", ["", "weighted"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_the_same_start_gives_the_same_training(setting, weights):
    name, data, how = SETTINGS[setting]
    drawn = np.random.default_rng(0).integers(1, 5, len(data[1])) / 2.0 if weights else None
    ours, theirs = twins(name, *data, weights=drawn, **{"max_iter": 30, **how})
    assert_trained_alike(ours, theirs)
    assert ours.t_ == (theirs.t_ if how.get("early_stopping") else theirs.t_ + len(data[1]))
    if how.get("early_stopping"):
        np.testing.assert_allclose(ours.validation_scores_[1:], theirs.validation_scores_[1:], rtol=1e-9)


@unconverged
@pytest.mark.parametrize(
    "setting", ["momentum", "invscaling", "adaptive", "converging", "small batches", "counts", "several labels"]
)
def test_going_on_epoch_by_epoch_is_as_there(setting):
    """With one optimiser, whose rate goes on falling, over calls with other rows and weights."""
    name, (X, y), how = SETTINGS[setting]
    how = {"shuffle": False, "random_state": 0, "hidden_layer_sizes": (4,), "max_iter": 3, **how, "tol": 0.5}
    ours, theirs = getattr(nn, name)(**how), getattr(neural_network, name)(**how)
    first = {"solver": "sgd", "learning_rate_init": 1e-300, "max_iter": 1}
    ours.set_params(**first).fit(X, y).set_params(**theirs.get_params())
    untrained = clone(theirs).set_params(**first).fit(X, y)
    ours.coefs_, ours.intercepts_ = untrained.coefs_, untrained.intercepts_
    ours._left, ours.t_, ours.loss_curve_ = None, 0, []  # as after no training
    if name == "MLPClassifier":
        theirs.partial_fit(X, y, classes=ours.classes_), ours.partial_fit(X, y)
    weights = np.random.default_rng(1).integers(1, 4, len(y)).astype(float)
    for call in range(12):
        some = slice(call % 3, None, 2)
        for each in (ours, theirs):
            each.partial_fit(X[some], y[some], weights[some] if call % 2 else None)
        assert_trained_alike(ours, theirs)
        assert (ours.t_, ours.n_iter_) == (theirs.t_, theirs.n_iter_)
    assert ours.best_loss_ == pytest.approx(theirs.best_loss_, rel=1e-9)


@unconverged
def test_the_first_partial_fit_says_all_classes():
    X, y = IRIS
    names = np.array(["a", "b", "c"])[y]
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        MLPClassifier().partial_fit(X, names)
    classifier = MLPClassifier((8,), learning_rate_init=0.05, random_state=0)
    for _ in range(40):
        for part in (names == "a", names != "a"):
            classifier.partial_fit(X[part], names[part], classes=["c", "b", "a"])
    assert classifier.score(X, names) > 0.9 and list(classifier.classes_) == ["a", "b", "c"]
    assert len(classifier.loss_curve_) == 80 and classifier.n_iter_ == 1 and classifier.t_ == 40 * 150
    with pytest.raises(ValueError, match=r"say all at first"):
        classifier.partial_fit(X[:2], ["a", "d"])
    with pytest.raises(ValueError, match=r"in an earlier call, and are"):
        classifier.partial_fit(X[:2], ["a", "b"], classes=["a", "b"])
    with pytest.raises(AttributeError, match="has no attribute 'partial_fit'"):
        MLPRegressor(solver="lbfgs").partial_fit(X, y)
    with pytest.raises(ValueError, match="early_stopping holds some out"):
        MLPRegressor(early_stopping=True).partial_fit(X, y)


@unconverged
def test_a_training_goes_on_in_a_copy():
    classifier = MLPClassifier((4,), learning_rate_init=0.05, random_state=0, batch_size=32, max_iter=3).fit(*IRIS)
    copied = pickle.loads(pickle.dumps(classifier))
    assert classifier.partial_fit(*IRIS).loss_curve_ == copied.partial_fit(*IRIS).loss_curve_


@unconverged
@pytest.mark.parametrize(("name", "data"), [("MLPClassifier", IRIS), ("MLPRegressor", DIABETES)])
def test_a_weight_of_two_is_a_row_twice(name, data):
    X, y = data
    twice = np.concatenate([np.arange(len(y)), np.arange(10)])
    weights = np.ones(len(y))
    weights[:10], weights[-1] = 2.0, 0.0
    how = {
        "hidden_layer_sizes": (3,),
        "batch_size": len(y) + 10,
        "max_iter": 5,
        "random_state": 0,
        "solver": "sgd",
        "alpha": 3.0,
    }
    by_weight = getattr(nn, name)(**how).fit(X, y, sample_weight=weights)
    by_rows = getattr(nn, name)(**how).fit(X[twice][twice != len(y) - 1], y[twice][twice != len(y) - 1])
    np.testing.assert_allclose(by_weight.coefs_[0], by_rows.coefs_[0], rtol=1e-10)
    assert by_weight.score(X, y, sample_weight=weights) == pytest.approx(by_rows.score(X[twice][:-1], y[twice][:-1]), rel=0.05)
    with pytest.raises(ValueError, match=r"zero|the sum 0"):
        getattr(nn, name)(**how).fit(X, y, np.zeros(len(y)))
    with pytest.raises(ValueError, match="the weights of the rows of a batch have the sum 0"):
        getattr(nn, name)(**how | {"batch_size": 10, "shuffle": False}).fit(X, y, np.arange(len(y)) > 20)


@unconverged
@pytest.mark.parametrize(("name", "data"), [("MLPClassifier", IRIS), ("MLPRegressor", DIABETES)])
def test_sparse_rows_are_rows(name, data):
    from scipy import sparse

    X, y = data
    for matrix in (sparse.csr_array(X), sparse.csc_matrix(X), sparse.coo_array(X)):
        fitted = getattr(nn, name)(max_iter=2, random_state=0).fit(matrix, y)
        dense = getattr(nn, name)(max_iter=2, random_state=0).fit(X, y)
        assert (fitted.predict(matrix) == dense.predict(X)).all()


@unconverged
def test_counts_are_predicted_above_zero():
    X, y = COUNTS
    regressor = MLPRegressor("poisson", (4,), max_iter=50, learning_rate_init=0.05, random_state=0).fit(X, y)
    assert regressor.out_activation_ == "exp" and regressor.predict(X).min() > 0.0 and regressor.score(X, y) > 0.3
    with pytest.raises(ValueError, match=r'loss="poisson" is for counts, 0 or more, and the least in y is'):
        MLPRegressor("poisson").fit(X, -y)


@unconverged
def test_several_labels_are_as_many_decisions():
    X, y = LABELS
    ours, theirs = twins("MLPClassifier", X, y, max_iter=40, learning_rate_init=0.05)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(ours.predict_log_proba(X), theirs.predict_log_proba(X), rtol=1e-8, atol=1e-12)
    assert (ours.predict(X) == theirs.predict(X)).all() and ours.predict(X).dtype.kind == theirs.predict(X).dtype.kind
    assert ours.score(X, y) == theirs.score(X, y) > 0.5
    assert (ours.classes_ == theirs.classes_).all() and ours.out_activation_ == theirs.out_activation_
    with pytest.raises(ValueError, match="are learned by different networks"):
        ours.fit(*IRIS[:1], IRIS[1]) if X.shape[1] == 4 else ours.fit(X, y[:, 0])


@pytest.mark.parametrize(("name", "data"), [("MLPClassifier", WINE), ("MLPClassifier", CANCER), ("MLPRegressor", DIABETES)])
def test_lbfgs_finds_the_minimum_that_scikit_learn_finds(name, data):
    ours, theirs = twins(name, *data, hidden_layer_sizes=(), solver="lbfgs", alpha=5.0, tol=1e-6, max_iter=2000)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-8)  # convex, so there is one
    assert ours.n_iter_ == len(ours.loss_curve_) < 2000


@unconverged
@pytest.mark.parametrize(("name", "data"), [("MLPClassifier", IRIS), ("MLPRegressor", DIABETES)])
def test_lbfgs_steps_as_scikit_learns_does(name, data):
    ours, theirs = twins(name, *data, solver="lbfgs", max_iter=12)
    assert ours.n_iter_ == theirs.n_iter_ == 12
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-8)
    ours, theirs = twins(name, *data, solver="lbfgs", max_iter=1000, tol=1e-2 if name == "MLPClassifier" else 100.0)
    assert ours.n_iter_ == theirs.n_iter_ < 100


@unconverged
@pytest.mark.parametrize("how", [{"max_fun": 30}, {"alpha": 3.0, "max_iter": 10}, {"loss": "poisson", "max_iter": 8}])
def test_lbfgs_steps_with_weights_and_within_max_fun(how):
    weights = np.random.default_rng(0).integers(1, 5, len(COUNTS[1])) / 2.0
    ours, theirs = twins("MLPRegressor", *COUNTS, weights=weights, solver="lbfgs", **how)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-8)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], rtol=1e-5, atol=1e-7)


def test_lbfgs_cut_short_warns():
    with pytest.warns(ConvergenceWarning, match="ITERATIONS REACHED LIMIT"):
        MLPClassifier((3,), solver="lbfgs", max_iter=3).fit(*IRIS)
    with pytest.warns(ConvergenceWarning, match="EVALUATIONS EXCEEDS LIMIT"):
        MLPClassifier((3,), solver="lbfgs", max_fun=3).fit(*IRIS)


@unconverged
def test_several_outputs_train_along_the_same_gradients():
    X, y = DIABETES
    several = np.column_stack([y / 100.0, X[:, 0] * X[:, 1], -y / 50.0])
    ours, theirs = twins("MLPRegressor", X, several, max_iter=15, learning_rate_init=0.01, alpha=3.0, tol=0.0)
    assert ours.predict(X).shape == several.shape
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-8, atol=1e-10)

"""MLPClassifier and MLPRegressor: scikit-learn's own checks, its tools around them, and its own estimators as the oracle."""

import inspect
import pickle
import signal
import subprocess
import sys
import warnings
from itertools import pairwise

import numpy as np
import pytest
from sklearn import datasets, neural_network
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.estimator_checks import parametrize_with_checks

import nn
from autograd import draw, no_grad
from nn import MLPClassifier, MLPRegressor

SMALL = {"hidden_layer_sizes": (8,), "learning_rate_init": 0.02, "max_iter": 60}
unconverged = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def standardised(load):
    X, y = load(return_X_y=True)
    return StandardScaler().fit_transform(X), y


IRIS = standardised(datasets.load_iris)
WINE = standardised(datasets.load_wine)
CANCER = standardised(datasets.load_breast_cancer)
DIABETES = standardised(datasets.load_diabetes)


# ------------------------------------------------------------------------------------------------ the convention


@unconverged
@parametrize_with_checks([MLPClassifier(**SMALL), MLPRegressor(**SMALL)])
def test_scikit_learns_checks_of_estimators(estimator, check):
    check(estimator)


@pytest.mark.parametrize("ours", [MLPClassifier, MLPRegressor])
def test_parameters_are_scikit_learns_with_its_defaults(ours):
    theirs = {p.name: p.default for p in inspect.signature(getattr(neural_network, ours.__name__)).parameters.values()}
    mine = {p.name: p.default for p in inspect.signature(ours).parameters.values()}
    assert {name for name in mine if theirs[name] != mine[name]} == {"hidden_layer_sizes"}
    assert theirs.keys() - mine.keys() <= {"loss", "max_fun"}


@unconverged
@pytest.mark.parametrize(("name", "data"), [("MLPClassifier", IRIS), ("MLPClassifier", CANCER), ("MLPRegressor", DIABETES)])
def test_fitted_attributes_are_scikit_learns(name, data):
    ours = getattr(nn, name)((3, 2), max_iter=2).fit(*data)
    theirs = getattr(neural_network, name)(hidden_layer_sizes=(3, 2), max_iter=2).fit(*data)
    public = {attribute for attribute in vars(theirs) if attribute.endswith("_") and not attribute.startswith("_")}
    for attribute in public:
        expected, got = getattr(theirs, attribute), getattr(ours, attribute)
        assert type(got) is type(expected) or isinstance(expected, np.floating), attribute
    for attribute in ("n_features_in_", "n_iter_", "n_layers_", "n_outputs_", "out_activation_", "t_"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)
    assert [w.shape for w in ours.coefs_ + ours.intercepts_] == [w.shape for w in theirs.coefs_ + theirs.intercepts_]


def test_a_pipeline_learns_wine_and_names_its_classes():
    X, y = datasets.load_wine(return_X_y=True)
    growers = np.array(["Barolo", "Grignolino", "Barbera"], dtype=object)[y]
    X_train, X_test, y_train, y_test = train_test_split(X, growers, test_size=0.2, random_state=0, stratify=growers)
    classifier = MLPClassifier((16,), learning_rate_init=0.05, max_iter=100, random_state=0)
    pipeline = make_pipeline(StandardScaler(), classifier).fit(X_train, y_train)
    assert pipeline.score(X_test, y_test) >= 0.95
    assert list(classifier.classes_) == ["Barbera", "Barolo", "Grignolino"]
    assert set(pipeline.predict(X_test)) == set(growers)


@unconverged
def test_a_grid_search_finds_the_better_network():
    grid = {"mlpclassifier__alpha": [1e-4, 1e3], "mlpclassifier__hidden_layer_sizes": [(2,), (8,)]}
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(learning_rate_init=0.05, max_iter=40, random_state=0))
    search = GridSearchCV(pipeline, grid, cv=3).fit(*IRIS)
    assert search.best_params_["mlpclassifier__alpha"] == 1e-4
    assert search.best_score_ > 0.9
    assert search.best_estimator_["mlpclassifier"].alpha == 1e-4
    assert len(search.cv_results_["mean_test_score"]) == 4


@unconverged
def test_cross_validation_scores_both():
    classifier = MLPClassifier((8,), learning_rate_init=0.05, max_iter=40, random_state=0)
    assert cross_val_score(classifier, *IRIS, cv=3).min() > 0.9
    assert cross_val_score(classifier, *IRIS, cv=3, scoring="neg_log_loss").min() > -0.5
    regressor = MLPRegressor((8,), learning_rate_init=0.02, max_iter=60, random_state=0)
    X, y = DIABETES
    assert cross_val_score(regressor, X, (y - y.mean()) / y.std(), cv=3).min() > 0.3


@unconverged
def test_names_of_columns_are_kept_and_compared():
    pandas = pytest.importorskip("pandas")
    X, y = datasets.load_iris(return_X_y=True)
    frame = pandas.DataFrame(X, columns=["sepal length", "sepal width", "petal length", "petal width"])
    classifier = MLPClassifier((3,), max_iter=2).fit(frame, y)
    assert list(classifier.feature_names_in_) == list(frame)
    with pytest.raises(ValueError, match="feature names"):
        classifier.predict(frame[reversed(frame.columns)])
    with pytest.raises(ValueError, match="feature names"):
        classifier.predict(frame.iloc[:, :3])
    with pytest.warns(UserWarning, match="feature names"):
        classifier.predict(X)


# ------------------------------------------------------------------------------------------------ scikit-learn as the oracle


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


def twins(name, X, y, **how):
    """Ours and scikit-learn's, trained from the same weights on the same batches."""
    how = {"shuffle": False, "random_state": 0, "hidden_layer_sizes": (4,), **how}
    theirs = getattr(neural_network, name)(**how)
    first = {"solver": "sgd", "learning_rate_init": 1e-300, "max_iter": 1}  # which leaves the weights as they are drawn
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        untrained, ours = (
            clone(theirs).set_params(**first).fit(X, y),
            getattr(nn, name)(**how | first, warm_start=True).fit(X, y),
        )
    ours.coefs_, ours.intercepts_ = untrained.coefs_, untrained.intercepts_
    ours.set_params(**{parameter: getattr(theirs, parameter) for parameter in first}).fit(X, y)
    ours.loss_curve_.pop(0)
    return ours, theirs.fit(X, y)


@unconverged
@pytest.mark.parametrize(
    ("name", "data", "how"),
    [
        ("MLPClassifier", WINE, {"batch_size": 50, "alpha": 2.0}),  # the last batch has 28 rows, and weighs its penalty by them
        ("MLPClassifier", CANCER, {"max_iter": 8, "alpha": 1.0, "activation": "logistic"}),
        ("MLPClassifier", IRIS, {"solver": "sgd", "learning_rate_init": 0.2, "momentum": 0.5, "batch_size": 40}),
        ("MLPClassifier", IRIS, {"solver": "sgd", "learning_rate_init": 0.2, "nesterovs_momentum": False}),
        ("MLPClassifier", IRIS, {"solver": "sgd", "learning_rate_init": 0.2, "momentum": 0.0}),
        ("MLPClassifier", IRIS, {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 2.0, "momentum": 0.0}),
        ("MLPClassifier", IRIS, {"max_iter": 200, "learning_rate_init": 0.5, "tol": 1e-2, "n_iter_no_change": 3}),
        (
            "MLPClassifier",
            IRIS,
            {
                "solver": "sgd",
                "learning_rate": "adaptive",
                "learning_rate_init": 4.0,
                "momentum": 0.0,
                "tol": 1e-2,
                "n_iter_no_change": 2,
                "max_iter": 200,
                "activation": "tanh",
            },
        ),
        # Adam without its epsilon multiplies the rounding errors in nearly flat directions, tenfold every other epoch after 20.
        (
            "MLPRegressor",
            DIABETES,
            {"learning_rate_init": 0.5, "batch_size": 100, "alpha": 10.0, "activation": "tanh", "max_iter": 20},
        ),
    ],
)
def test_the_same_start_gives_the_same_training(name, data, how):
    ours, theirs = twins(name, *data, **{"max_iter": 30, "epsilon": 1e-100, **how})
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    assert (ours.n_iter_, ours.loss_) == (theirs.n_iter_, pytest.approx(theirs.loss_, rel=1e-9))
    for mine, expected in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-7, atol=1e-9)


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


def test_lbfgs_cut_short_warns():
    with pytest.warns(ConvergenceWarning, match="ITERATIONS REACHED LIMIT"):
        MLPClassifier((3,), solver="lbfgs", max_iter=3).fit(*IRIS)


@unconverged
def test_several_outputs_train_along_the_same_gradients():
    X, y = DIABETES
    several = np.column_stack([y / 100.0, X[:, 0] * X[:, 1], -y / 50.0])
    ours, theirs = twins("MLPRegressor", X, several, max_iter=15, learning_rate_init=0.01, alpha=3.0, epsilon=1e-100, tol=0.0)
    assert ours.predict(X).shape == several.shape
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-8, atol=1e-10)


# ------------------------------------------------------------------------------------------------ training


@unconverged
def test_the_same_random_state_gives_the_same_network():
    def trained(state, **how):
        return MLPClassifier((4,), max_iter=3, random_state=state, batch_size=32, **how).fit(*IRIS)

    same = [trained(3), trained(3), trained(np.int64(3))]
    assert all(a.loss_curve_ == same[0].loss_curve_ for a in same)
    assert trained(4).loss_curve_ != same[0].loss_curve_
    generator = np.random.RandomState(0)
    assert trained(generator).loss_curve_ != trained(generator).loss_curve_
    assert trained(None).loss_curve_ != trained(None).loss_curve_
    assert trained(3, shuffle=False).loss_curve_ != same[0].loss_curve_


@unconverged
def test_the_random_state_decides_the_order_of_the_rows():
    curves = []
    for state in (1, 2):
        classifier = MLPClassifier((3,), max_iter=1, batch_size=10, warm_start=True, random_state=state).fit(*IRIS)
        classifier.coefs_ = [np.eye(4, 3), np.eye(3)]
        classifier.intercepts_ = [np.zeros(3), np.zeros(3)]
        curves.append(classifier.fit(*IRIS).loss_curve_[1])
    assert curves[0] != curves[1]
    assert curves[0] == pytest.approx(curves[1], rel=0.1)


def test_the_loss_curve_falls_until_it_has_converged():
    classifier = MLPClassifier((8,), learning_rate_init=0.02, max_iter=400, tol=1e-3, random_state=0).fit(*IRIS)
    curve = classifier.loss_curve_
    assert classifier.n_iter_ == len(curve) < 400
    assert curve[-1] == classifier.loss_ < 0.2 < curve[0]
    assert classifier.best_loss_ == min(curve)
    assert all(b < a for a, b in pairwise(curve[:20]))
    assert classifier.t_ == len(curve) * 150


def test_training_cut_short_warns():
    with pytest.warns(ConvergenceWarning, match="not converged: all 2 epochs done"):
        MLPClassifier((2,), max_iter=2).fit(*IRIS)


@unconverged
def test_an_infinite_patience_never_stops():
    assert MLPClassifier((2,), max_iter=15, tol=1e9, n_iter_no_change=np.inf).fit(*IRIS).n_iter_ == 15
    assert MLPClassifier((2,), max_iter=15, tol=1e9, n_iter_no_change=3).fit(*IRIS).n_iter_ == 5


@pytest.mark.parametrize(("estimator", "data"), [(MLPClassifier, CANCER), (MLPRegressor, DIABETES)])
def test_early_stopping_ends_with_the_weights_of_the_best_score(estimator, data):
    X, y = data[0], data[1] if estimator is MLPClassifier else (data[1] - data[1].mean()) / data[1].std()
    fitted = estimator(
        (8,), learning_rate_init=0.05, early_stopping=True, n_iter_no_change=4, validation_fraction=0.25, random_state=0
    ).fit(X, y)
    generator = check_random_state(0)
    generator.randint(2**31 - 1)  # the seed of the network comes before the split
    strata = y if estimator is MLPClassifier else None
    _, held_rows, _, held_y = train_test_split(X, y, test_size=0.25, random_state=generator, stratify=strata)
    assert fitted.n_iter_ == len(fitted.validation_scores_) < 200
    assert fitted.best_validation_score_ == max(fitted.validation_scores_)
    assert fitted.best_validation_score_ != fitted.validation_scores_[-1]
    assert fitted.score(held_rows, held_y) == pytest.approx(fitted.best_validation_score_, rel=1e-12)
    assert fitted.best_loss_ is None


@unconverged
def test_warm_start_goes_on_and_a_fresh_fit_does_not():
    classifier = MLPClassifier((4,), max_iter=5, learning_rate_init=0.05, warm_start=True, random_state=0).fit(*IRIS)
    first, network = list(classifier.loss_curve_), classifier.model_
    classifier.fit(*IRIS)
    assert classifier.model_ is network
    assert classifier.loss_curve_[:5] == first
    assert len(classifier.loss_curve_) == 10 and classifier.n_iter_ == 5 and classifier.t_ == 10 * 150
    assert classifier.loss_curve_[5] < first[0]
    with pytest.raises(ValueError, match=r"warm_start goes on with the classes \[0 1 2\]"):
        classifier.fit(IRIS[0], IRIS[1] % 2)
    classifier.set_params(warm_start=False).fit(*IRIS)
    assert classifier.loss_curve_ == first
    regressor = MLPRegressor((2,), max_iter=2, warm_start=True).fit(*DIABETES)
    with pytest.raises(ValueError, match="warm_start goes on with 1 outputs, and y has 2"):
        regressor.fit(DIABETES[0], DIABETES[0][:, :2])


def test_ctrl_c_ends_the_training_with_what_was_learnt(monkeypatch):
    steps = []

    def step_and_interrupt(self, step=nn.Adam.step):
        step(self)
        steps.append(self)
        if len(steps) == 3:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(nn.Adam, "step", step_and_interrupt)
    classifier = MLPClassifier((2,), batch_size=75)  # two steps an epoch
    with pytest.warns(ConvergenceWarning, match="interrupted after 1 of 200 epochs"):
        classifier.fit(*IRIS)
    assert len(classifier.loss_curve_) == 1
    assert classifier.predict(IRIS[0]).shape == (150,)


def test_a_progress_bar_is_shown_only_when_asked_for(capsys):
    with pytest.warns(ConvergenceWarning):
        MLPRegressor((2,), max_iter=2).fit(*DIABETES)
    assert capsys.readouterr() == ("", "")
    with pytest.warns(ConvergenceWarning):
        MLPRegressor((2,), max_iter=2, verbose=True).fit(*DIABETES)
    assert "training: 100%" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------ what comes out


@unconverged
def test_the_network_inside_can_be_saved_drawn_and_looked_into(tmp_path):
    X, y = CANCER
    classifier = MLPClassifier((3,), max_iter=2, random_state=0).fit(X, y)
    nn.save(classifier.model_, tmp_path / "cancer.safetensors")
    loaded = nn.load(tmp_path / "cancer.safetensors")
    row = X[0].tolist()
    with no_grad():
        logit = loaded(row).data
    assert classifier.predict_proba(X[:1])[0, 1] == pytest.approx(1.0 / (1.0 + np.exp(-logit)), rel=1e-14)
    assert "dot" in draw(classifier.model_(row)).source


@unconverged
@pytest.mark.parametrize("estimator", [MLPClassifier(max_iter=2), MLPRegressor(max_iter=2, activation="mish")])
def test_pickles_predict_the_same_and_clones_are_new(estimator):
    X, y = IRIS
    fitted = clone(estimator).fit(X, y)
    copied = pickle.loads(pickle.dumps(fitted))
    assert (copied.predict(X) == fitted.predict(X)).all()
    assert copied.loss_curve_ == fitted.loss_curve_
    with pytest.raises(NotFittedError):
        clone(fitted).predict(X)
    with pytest.raises(NotFittedError):
        clone(fitted).coefs_  # noqa: B018


@pytest.mark.parametrize("activation", sorted(nn.ACTIVATIONS))
def test_networks_of_every_activation_pickle(activation):
    model = nn.MLP(2, [3, 1], activation, rng=0)
    assert pickle.loads(pickle.dumps(model))([0.5, 0.25]).data == model([0.5, 0.25]).data


@unconverged
def test_probabilities_are_exact_in_the_tails():
    X = np.array([[-1.0], [1.0]])
    two = MLPClassifier((), max_iter=1).fit(X, [0, 1])
    two.coefs_, two.intercepts_ = [[[800.0]]], [[0.0]]
    assert two.predict_proba(X).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert two.predict_log_proba(X).tolist() == [[0.0, -800.0], [-800.0, 0.0]]
    assert two.predict_proba([[0.05]])[0, 0] == pytest.approx(np.exp(-40.0), rel=1e-14, abs=0.0)
    X = np.array([[-1.0], [0.0], [1.0]])
    three = MLPClassifier((), max_iter=1).fit(X, ["a", "b", "c"])
    three.coefs_, three.intercepts_ = [[[-900.0, 0.0, 900.0]]], [[0.0, 1.0, 0.0]]
    assert three.predict_log_proba(X[2:]).tolist() == [[-1800.0, -899.0, 0.0]]
    assert three.predict(X).tolist() == ["a", "b", "c"]


# ------------------------------------------------------------------------------------------------ errors that help


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"activation": "softplux"}, r"activation is one of identity, logistic, relu.*, and this is 'softplux'"),
        ({"solver": "newton"}, "solver is one of adam, sgd, lbfgs, and this is 'newton'"),
        ({"learning_rate": 0.1}, "learning_rate is one of constant, invscaling, adaptive, and this is 0.1"),
        ({"alpha": -1.0}, "alpha == -1.0"),
        ({"learning_rate_init": 0.0}, "learning_rate_init == 0.0"),
        ({"hidden_layer_sizes": (3, 0)}, "hidden_layer_sizes == 0"),
        ({"hidden_layer_sizes": -1}, "hidden_layer_sizes == -1"),
        ({"batch_size": 0}, "batch_size == 0"),
        ({"max_iter": 0}, "max_iter == 0"),
        ({"validation_fraction": 1.0}, "validation_fraction == 1.0"),
        ({"n_iter_no_change": 0}, "n_iter_no_change == 0"),
        ({"beta_1": 1.0}, "beta_1 == 1.0"),
        ({"momentum": 1.5}, "momentum == 1.5"),
    ],
)
def test_parameters_out_of_range_are_refused(how, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifier(**how).fit(*IRIS)


@pytest.mark.parametrize(
    "how", [{"alpha": "much"}, {"max_iter": 2.5}, {"batch_size": "all"}, {"hidden_layer_sizes": (2.5,)}, {"tol": None}]
)
def test_parameters_of_another_type_are_refused(how):
    with pytest.raises(TypeError, match=next(iter(how))):
        MLPClassifier(**how).fit(*IRIS)


def test_data_that_make_no_sense_are_refused():
    X, y = IRIS
    with pytest.raises(ValueError, match="only one class: 'a'"):
        MLPClassifier().fit(X, ["a"] * len(X))
    with pytest.raises(ValueError, match="Unknown label type"):
        MLPClassifier().fit(X, X[:, 0])
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[150, 149\]"):
        MLPClassifier().fit(X, y[:-1])
    with pytest.raises(ValueError, match="holds out one row"):
        MLPRegressor(early_stopping=True).fit(X[:10], y[:10])
    with pytest.raises(ValueError, match=r"weight has the shape \(4, 4\) here and \(3, 4\) there"):
        fitted = MLPClassifier((4,), max_iter=300, tol=1.0).fit(X, y)
        fitted.coefs_ = [np.zeros((4, 3)), np.zeros((4, 3))]


@unconverged
@pytest.mark.parametrize("estimator", [MLPClassifier((2,), max_iter=1), MLPRegressor((2,), max_iter=1)])
def test_a_column_of_targets_is_taken_with_a_warning(estimator):
    X, y = IRIS
    with pytest.warns(DataConversionWarning, match="column-vector"):
        estimator.fit(X, y[:, np.newaxis])
    assert estimator.predict(X).shape == (150,)


def test_a_training_that_diverges_says_what_helps():
    X = np.full((20, 3), 1e200)
    with pytest.raises(ValueError, match=r"diverged after 0 epochs: standardise the inputs.*below 0\.5"):
        MLPRegressor((2,), activation="identity", learning_rate_init=0.5).fit(X, np.arange(20.0))


# ------------------------------------------------------------------------------------------------ imports


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_scikit_learn_and_numpy_are_imported_only_when_asked_for():
    loaded = "import sys; print([m for m in ('sklearn', 'scipy', 'numpy') if m in sys.modules])"
    assert run(f"import nn; dir(nn); {loaded}") == "[]"
    assert run(f"from nn import *; {loaded}") == "[]"
    assert run("from nn import MLPClassifier; import nn; print(nn.MLPClassifier is MLPClassifier)") == "True"
    assert {"MLPClassifier", "MLPRegressor", "MLP", "fit"} <= set(dir(nn))
    with pytest.raises(AttributeError, match="module 'nn' has no attribute 'MLPTransformer'"):
        nn.MLPTransformer  # noqa: B018


def test_without_scikit_learn_the_error_says_how_to_get_it():
    program = """
import sys
sys.modules["sklearn"] = None
import nn
print("MLPClassifier" in dir(nn))
try:
    nn.MLPRegressor
except ImportError as problem:
    print(problem)
"""
    assert run(program).splitlines() == [
        "False",
        "nn.MLPRegressor is built on scikit-learn 1.6 or newer: pip install scikit-learn",
    ]

"""MLPClassifier and MLPRegressor: scikit-learn's own checks, its tools around them, what is told and refused."""

import inspect
import pickle
import signal
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from real_data import CANCER, DIABETES, IRIS
from sklearn import datasets, neural_network
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.estimator_checks import parametrize_with_checks

import nn
from autograd import draw, no_grad
from nn import MLPClassifier, MLPRegressor
from nn.bridges import estimators, sklearn_rules
from nn.training.replacing import NotCompilableError

SMALL = {"hidden_layer_sizes": (8,), "learning_rate_init": 0.02, "max_iter": 60}
unconverged = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


# ------------------------------------------------------------------------------------------------ the convention


@unconverged
@parametrize_with_checks([MLPClassifier(**SMALL), MLPRegressor(**SMALL)])
def test_scikit_learns_checks_of_estimators(estimator, check):
    check(estimator)


@pytest.mark.parametrize("ours", [MLPClassifier, MLPRegressor])
def test_parameters_are_scikit_learns_with_its_defaults(ours):
    """In the same order, so that a script which gives them by position changes over, too."""
    theirs = inspect.signature(getattr(neural_network, ours.__name__)).parameters
    mine = inspect.signature(ours).parameters
    assert [(name, p.kind) for name, p in theirs.items()] == [(name, p.kind) for name, p in mine.items()]
    assert {name for name, p in mine.items() if theirs[name].default != p.default} == {"hidden_layer_sizes"}


@pytest.mark.parametrize("method", ["fit", "partial_fit", "score", "predict", "predict_proba", "predict_log_proba"])
@pytest.mark.parametrize("ours", [MLPClassifier, MLPRegressor])
def test_methods_take_what_scikit_learns_take(ours, method):
    theirs = getattr(getattr(neural_network, ours.__name__), method, None)
    assert (theirs is None) == (not hasattr(ours, method))
    if theirs is not None:
        assert [*inspect.signature(getattr(ours, method)).parameters] == [*inspect.signature(theirs).parameters]


def test_a_regressor_begins_with_its_loss():
    assert MLPRegressor("squared_error", (8,), "tanh").get_params()["hidden_layer_sizes"] == (8,)
    with pytest.raises(
        ValueError, match=r"loss is one of squared_error, poisson, and this is \(8,\).*hidden_layer_sizes=\.\.\."
    ):
        MLPRegressor((8,)).fit(*DIABETES)


@unconverged
@pytest.mark.parametrize(("name", "data"), [("MLPClassifier", IRIS), ("MLPClassifier", CANCER), ("MLPRegressor", DIABETES)])
def test_fitted_attributes_are_scikit_learns(name, data):
    ours = getattr(nn, name)(hidden_layer_sizes=(3, 2), max_iter=2).fit(*data)
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
    regressor = MLPRegressor(hidden_layer_sizes=(8,), learning_rate_init=0.02, max_iter=60, random_state=0)
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
    how = {"hidden_layer_sizes": (8,), "learning_rate_init": 0.05, "n_iter_no_change": 4, "random_state": 0}
    fitted = estimator(early_stopping=True, validation_fraction=0.25, **how).fit(X, y)
    generator = check_random_state(0)
    generator.randint(2**31 - 1)  # the seed of the network comes before the split
    strata = y if estimator is MLPClassifier else None
    _, held_rows, _, held_y = train_test_split(X, y, test_size=0.25, random_state=generator, stratify=strata)
    assert fitted.n_iter_ == len(fitted.validation_scores_) < 200
    assert fitted.best_validation_score_ == max(fitted.validation_scores_)
    assert fitted.best_validation_score_ != fitted.validation_scores_[-1]
    assert fitted.score(held_rows, held_y) == pytest.approx(fitted.best_validation_score_, rel=1e-12)
    assert fitted.best_loss_ is None


@pytest.mark.parametrize("labels", [1, 3])
@pytest.mark.parametrize("weighted", [True, False])
def test_the_accuracy_of_rows_held_out_is_scikit_learns(labels, weighted):
    drawn = np.random.default_rng(labels)
    truth, predicted = drawn.integers(0, 2, (2, 50, labels)).squeeze()
    weights = drawn.uniform(0.0, 2.0, 50) if weighted else None
    found = sklearn_rules.accuracy(truth.tolist(), predicted, sample_weight=weights)
    assert found == pytest.approx(accuracy_score(truth, predicted, sample_weight=weights), rel=1e-15)
    assert 0.0 < found < 1.0


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
    regressor = MLPRegressor(hidden_layer_sizes=(2,), max_iter=2, warm_start=True).fit(*DIABETES)
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
        MLPRegressor(hidden_layer_sizes=(2,), max_iter=2).fit(*DIABETES)
    assert capsys.readouterr() == ("", "")
    with pytest.warns(ConvergenceWarning):
        MLPRegressor(hidden_layer_sizes=(2,), max_iter=2, verbose=True).fit(*DIABETES)
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
        ({"max_fun": 0}, "max_fun == 0"),
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
@pytest.mark.parametrize("estimator", [MLPClassifier((2,), max_iter=1), MLPRegressor(hidden_layer_sizes=(2,), max_iter=1)])
def test_a_column_of_targets_is_taken_with_a_warning(estimator):
    X, y = IRIS
    with pytest.warns(DataConversionWarning, match="column-vector"):
        estimator.fit(X, y[:, np.newaxis])
    assert estimator.predict(X).shape == (150,)


def test_a_training_that_diverges_says_what_helps():
    X = np.full((20, 3), 1e200)
    with pytest.raises(ValueError, match=r"diverged after 0 epochs: standardise the inputs.*below 0\.5"):
        MLPRegressor(hidden_layer_sizes=(2,), activation="identity", learning_rate_init=0.5).fit(X, np.arange(20.0))


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


@unconverged
def test_lbfgs_runs_compiled_and_finds_what_it_finds_eagerly(monkeypatch):
    X, y = IRIS
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    calls = []

    class Counting(nn.MLP):
        def __call__(self, x):
            calls.append(isinstance(x[0], float))
            return super().__call__(x)

    monkeypatch.setattr(estimators, "MLP", Counting)

    def fitted():
        calls.clear()
        return MLPClassifier((4,), "tanh", solver="lbfgs", max_iter=15, random_state=0).fit(X, y)

    by_program, few = fitted(), len(calls)
    monkeypatch.setattr(estimators, "CompiledSteps", lambda task: (_ for _ in ()).throw(NotCompilableError("not here")))
    by_graphs, many = fitted(), len(calls)
    assert few < 10 < len(X) < many
    assert by_program.loss_curve_ == pytest.approx(by_graphs.loss_curve_, rel=1e-6)
    for ours, theirs in zip(by_program.coefs_, by_graphs.coefs_, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4, abs=1e-6)


@unconverged
def test_an_lbfgs_whose_programs_fail_on_the_way_begins_again(monkeypatch):
    """What it had found till then is in no curve."""
    evaluations = iter(range(6))

    def at(self, weights, real=estimators.CompiledSteps.at):
        if next(evaluations, None) is None:
            raise NotCompilableError("no further")
        return real(self, weights)

    monkeypatch.setattr(estimators.CompiledSteps, "at", at)
    network = MLPClassifier((3,), "tanh", solver="lbfgs", max_iter=8, random_state=0).fit(*IRIS)
    assert next(evaluations, None) is None
    assert len(network.loss_curve_) == network.n_iter_ == 8

"""MLPClassifier and MLPRegressor: the networks as scikit-learn estimators, for pipelines, grid searches and cross-validation.

Parameters, attributes and their meaning are those of the estimators of the same names in sklearn.neural_network, so a script
changes over by its import; the network inside is an `nn.MLP`, trained by `nn.fit`.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, check_scalar, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from autograd import Value, log_softmax, logsigmoid, sigmoid, softmax

from ..activations import ACTIVATIONS
from ..layers import MLP
from ..losses import Loss, binary_cross_entropy_with_logits, cross_entropy, decisions, mse_loss, rowwise
from ..module import Module
from ..optim import SGD, Adam, Optimizer
from ..penalties import PerExample, l2_penalty
from ..training import fit as training
from ..training.callbacks import EarlyStopping, Training
from ..training.history import History
from ..training.rows import outputs_of
from ..training.task import DivergedError
from .second_order import lbfgs

SKLEARN_NAMES = {"identity": "linear", "logistic": "sigmoid"}
"""What scikit-learn calls some of our activations."""

CHOICES = {
    "solver": ["adam", "sgd", "lbfgs"],
    "learning_rate": ["constant", "invscaling", "adaptive"],
}

SCIPYS_FTOL = 1e7 * sys.float_info.epsilon
"""What L-BFGS takes for no progress in scikit-learn, where `tol` is for the gradient alone."""

BOUNDS: dict[str, dict[str, Any]] = {
    "alpha": {"target_type": Real, "min_val": 0.0},
    "learning_rate_init": {"target_type": Real, "min_val": 0.0, "include_boundaries": "neither"},
    "power_t": {"target_type": Real, "min_val": 0.0},
    "max_iter": {"target_type": Integral, "min_val": 1},
    "tol": {"target_type": Real, "min_val": 0.0},
    "momentum": {"target_type": Real, "min_val": 0.0, "max_val": 1.0},
    "validation_fraction": {"target_type": Real, "min_val": 0.0, "max_val": 1.0, "include_boundaries": "neither"},
    "beta_1": {"target_type": Real, "min_val": 0.0, "max_val": 1.0, "include_boundaries": "left"},
    "beta_2": {"target_type": Real, "min_val": 0.0, "max_val": 1.0, "include_boundaries": "left"},
    "epsilon": {"target_type": Real, "min_val": 0.0, "include_boundaries": "neither"},
    "n_iter_no_change": {"target_type": Real, "min_val": 1},
}


class _MultilayerPerceptron(BaseEstimator):
    """What the two estimators share: the parameters, the training, and the attributes that tell of it."""

    model_: MLP
    n_features_in_: int
    n_outputs_: int
    n_iter_: int
    t_: int
    loss_curve_: list[float]
    validation_scores_: list[float] | None
    best_validation_score_: float | None
    best_loss_: float | None

    def __init__(
        self,
        hidden_layer_sizes: Any = (32,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 1e-4,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 1e-3,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change

    def fit(self, X: Any, y: Any) -> Self:
        """Trains a new network on the rows `X` and the targets `y` (with `warm_start`, the one there is) and returns self.

        ValueError for parameters out of range, data that make no sense, and a training that diverges.
        """
        self._check_parameters()
        going_on = self.warm_start and hasattr(self, "model_")
        rows, targets = self._validated(X, y, reset=not going_on)
        generator = check_random_state(self.random_state)
        seed = int(generator.randint(2**31 - 1))
        model = self.model_ if going_on else self._new_model(seed)
        if self.solver == "lbfgs":
            history, converged = self._minimise(model, rows, targets)
        else:
            held_out = None
            if self.early_stopping:
                rows, targets, held_out = self._split(rows, targets, generator)
            history, converged = self._descend(model, rows, targets, held_out, seed)
        self._conclude(model, history, len(rows), going_on)
        if not converged:
            warnings.warn(
                f"the training has not converged: {history.stopped}. A larger max_iter or learning_rate_init, or standardised "
                "inputs, help most often",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def _descend(
        self, model: MLP, rows: Any, targets: Any, held_out: tuple[Any, Any] | None, seed: int
    ) -> tuple[History, bool]:
        """Trains by gradient descent, and says whether it converged."""
        convergence = _Convergence(
            "loss" if held_out is None else self._score_column,
            patience=self._patience(),
            min_delta=float(self.tol),
            restore_best=held_out is not None,
            adaptive=self.solver == "sgd" and self.learning_rate == "adaptive",
        )
        try:
            history = training.fit(
                model,
                rows,
                targets,
                loss=self._loss,
                optimizer=self._optimizer,
                penalty=PerExample(self._penalty),
                epochs=int(self.max_iter),
                batch_size=200 if self.batch_size == "auto" else int(self.batch_size),
                shuffle=self.shuffle,
                validation=held_out,
                metrics=() if held_out is None else self._metrics,
                callbacks=[convergence, *self._schedules(len(rows))],
                seed=seed,
                progress=bool(self.verbose),
            )
        except DivergedError as problem:
            raise ValueError(
                f"the training diverged after {problem.history.epochs} epochs: standardise the inputs (a Pipeline with "
                f"StandardScaler), or take a learning_rate_init below {self.learning_rate_init!r}"
            ) from problem
        return history, convergence.converged

    def _minimise(self, model: MLP, rows: Any, targets: Any) -> tuple[History, bool]:
        """Trains by L-BFGS on all rows at once, and says whether it converged."""
        rows, targets, history = rows.tolist(), targets.tolist(), History()

        def objective() -> Any:
            return self._loss([model(row) for row in rows], targets) + self._penalty(model) / len(rows)

        result = lbfgs(
            model.parameters(),
            objective,
            max_iter=int(self.max_iter),
            tol=SCIPYS_FTOL,
            gtol=float(self.tol),
            callback=lambda loss: history.add({"loss": loss}),
        )
        history.stopped = result.message
        return history, bool(result.success)

    def _penalty(self, model: Module) -> Any:
        """To be divided by the number of rows."""
        return l2_penalty(model, float(self.alpha) / 2.0)

    def _check_parameters(self) -> None:
        for name, choices in {"activation": [*SKLEARN_NAMES, *ACTIVATIONS], **CHOICES}.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} is one of {', '.join(choices)}, and this is {getattr(self, name)!r}")
        for name, bounds in BOUNDS.items():
            check_scalar(getattr(self, name), name, **bounds)
        if self.batch_size != "auto":
            check_scalar(self.batch_size, "batch_size", Integral, min_val=1)
        for width in self._widths():
            check_scalar(width, "a width in hidden_layer_sizes", Integral, min_val=1)

    def _widths(self) -> list[Any]:
        sizes = self.hidden_layer_sizes
        return list(sizes) if isinstance(sizes, Iterable) else [sizes]

    def _patience(self) -> int:
        return sys.maxsize if self.n_iter_no_change == np.inf else int(self.n_iter_no_change)

    def _new_model(self, seed: int) -> MLP:
        activation = SKLEARN_NAMES.get(self.activation, self.activation)
        return MLP(self.n_features_in_, [*map(int, self._widths()), self.n_outputs_], activation, rng=seed)

    def _optimizer(self, parameters: list[Value]) -> Optimizer:
        rate = float(self.learning_rate_init)
        if self.solver == "adam":
            return Adam(parameters, rate, (float(self.beta_1), float(self.beta_2)), float(self.epsilon))
        return SGD(parameters, rate, float(self.momentum), nesterov=self.nesterovs_momentum and self.momentum > 0)

    def _schedules(self, count: int) -> list[Callable[[Training], None]]:
        if self.solver != "sgd" or self.learning_rate != "invscaling":
            return []

        def inverse_scaling(run: Training) -> None:
            run.optimizer.lr = self.learning_rate_init / (run.epoch * count + 1) ** self.power_t

        return [inverse_scaling]

    def _split(self, rows: Any, targets: Any, generator: Any) -> tuple[Any, Any, tuple[Any, Any]]:
        """The rows and targets to train on, and the pair of those held out."""
        rows, held_rows, targets, held_targets = train_test_split(
            rows, targets, test_size=self.validation_fraction, random_state=generator, stratify=self._strata(targets)
        )
        if len(held_rows) < 2:
            raise ValueError(
                f"validation_fraction={self.validation_fraction!r} of {len(rows) + 1} rows holds out one row, which gives no "
                "score: take a larger share, or more rows"
            )
        return rows, targets, (held_rows, held_targets)

    def _conclude(self, model: MLP, history: History, count: int, going_on: bool) -> None:
        """Sets the attributes that tell of the training."""
        if not going_on:
            self.t_, self.loss_curve_, self.validation_scores_ = 0, [], None
        self.model_ = model
        self.n_iter_ = history.epochs
        self.n_layers_ = len(model.layers) + 1
        self.t_ += history.epochs * count
        self.loss_curve_ = self.loss_curve_ + history.get("loss", [])
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else np.nan
        if self._score_column in history:
            self.validation_scores_ = (self.validation_scores_ or []) + history[self._score_column]
            self.best_validation_score_, self.best_loss_ = max(self.validation_scores_), None
        else:
            self.validation_scores_, self.best_validation_score_ = None, None
            self.best_loss_ = min(self.loss_curve_, default=np.nan)

    @property
    def coefs_(self) -> list[NDArray[np.float64]]:
        """The weights of every layer, a matrix of (inputs, outputs) each: copies. Assigning such a list sets the network's."""
        check_is_fitted(self)
        state = self.model_.state_dict()
        return [np.array(state[f"layers.{i}.weight"]).T for i in range(len(self.model_.layers))]

    @coefs_.setter
    def coefs_(self, coefs: list[Any]) -> None:
        self._load({f"layers.{i}.weight": np.asarray(weight, dtype=float).T for i, weight in enumerate(coefs)})

    @property
    def intercepts_(self) -> list[NDArray[np.float64]]:
        """The biases of every layer, a vector each: copies. Assigning such a list sets the network's."""
        check_is_fitted(self)
        state = self.model_.state_dict()
        return [np.array(state[f"layers.{i}.bias"]) for i in range(len(self.model_.layers))]

    @intercepts_.setter
    def intercepts_(self, intercepts: list[Any]) -> None:
        self._load({f"layers.{i}.bias": np.asarray(bias, dtype=float) for i, bias in enumerate(intercepts)})

    def _load(self, arrays: dict[str, Any]) -> None:
        check_is_fitted(self)
        self.model_.load_state_dict(self.model_.state_dict() | arrays)

    def _outputs(self, X: Any) -> list[Any]:
        """What the network gives for every row: a number, or a list of them."""
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=np.float64, reset=False).tolist()
        return outputs_of(self.model_, rows)


class MLPClassifier(ClassifierMixin, _MultilayerPerceptron):
    """A multilayer perceptron that tells classes apart, as a scikit-learn estimator.

    hidden_layer_sizes  the widths of the hidden layers (scikit-learn's default is 100, and the price here is per connection)
    activation          theirs: "relu", "tanh", "logistic", "identity"; or any other name of `nn.ACTIVATIONS`
    solver              "adam" (with beta_1, beta_2, epsilon), "sgd" (with momentum, nesterovs_momentum), or "lbfgs", on all
                        rows at once, often the best for small data
    alpha               the strength of the penalty on weights: a batch of m rows adds alpha / (2 m) * Σ w² to its mean loss
    batch_size          rows in a step; "auto" is 200, or all if there are fewer
    learning_rate       of "sgd": "constant"; "invscaling", learning_rate_init / t ** power_t after t rows; "adaptive", a fifth
                        whenever the training stands still
    max_iter            epochs (of "lbfgs", iterations) at most
    tol                 the training ends after more than n_iter_no_change epochs in a row in which the loss (with
                        early_stopping, the score of a validation_fraction held out) is not better than its best by this;
                        "lbfgs" ends when no derivative is larger
    early_stopping      hold rows out, stop by their score, and end with the weights that had the best
    random_state        of the weights, the order of the rows, and which are held out
    warm_start          fit() goes on from the weights there are
    verbose             show a progress bar

    Standardise the inputs, or it learns slowly or not at all: put a StandardScaler before it in a Pipeline. Labels may be
    anything that sorts; two classes share one output (sigmoid), more have one each (softmax). The initial weights are our
    own, suited to the activation (`nn.init.suited_to`). There is no partial_fit, no sample_weight, no sparse input and no
    multilabel target.

    Afterwards: `classes_`, `n_features_in_`, `feature_names_in_`, `coefs_`, `intercepts_`, `loss_curve_`, `loss_`,
    `best_loss_`, `n_iter_`, `t_`, `validation_scores_`, `best_validation_score_`, `n_layers_`, `n_outputs_`,
    `out_activation_`, and `model_`: the trained `nn.MLP`, to draw, save or look into.

    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_iris(return_X_y=True)
    >>> pipeline = make_pipeline(StandardScaler(), MLPClassifier((8,), learning_rate_init=0.1, random_state=0))
    >>> pipeline.fit(X, y).score(X, y) > 0.95
    True
    """

    classes_: NDArray[Any]
    _score_column = "val_accuracy"
    _metrics = ("accuracy",)

    def _validated(self, X: Any, y: Any, reset: bool) -> tuple[Any, Any]:
        X, y = validate_data(self, X, y, dtype=np.float64, reset=reset)
        check_classification_targets(y)
        classes, numbers = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"a classifier learns two classes or more, and y has only one class: {classes.tolist()[0]!r}")
        if not reset and not np.array_equal(classes, self.classes_):
            raise ValueError(f"warm_start goes on with the classes {self.classes_}, and y has {classes}: fit a new estimator")
        self.classes_ = classes
        self.n_outputs_ = 1 if len(classes) == 2 else len(classes)
        self.out_activation_ = "logistic" if len(classes) == 2 else "softmax"
        return X, numbers

    def _strata(self, targets: Any) -> Any:
        return targets

    @property
    def _loss(self) -> Loss:
        return binary_cross_entropy_with_logits if self.n_outputs_ == 1 else cross_entropy

    def predict(self, X: Any) -> NDArray[Any]:
        """The most likely class of every row."""
        outputs = self._outputs(X)
        predicted: NDArray[Any] = self.classes_[decisions(self._loss, outputs)]
        return predicted

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The probabilities of the classes, a row of them for each row, in the order of `classes_`."""
        outputs = self._outputs(X)
        if self.n_outputs_ == 1:
            return np.array([[sigmoid(-logit), sigmoid(logit)] for logit in outputs])
        return np.array([softmax(logits) for logits in outputs])

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """The logarithms of the probabilities, exact also where the probability is too small for a float."""
        outputs = self._outputs(X)
        if self.n_outputs_ == 1:
            return np.array([[logsigmoid(-logit), logsigmoid(logit)] for logit in outputs])
        return np.array([log_softmax(logits) for logits in outputs])


class MLPRegressor(RegressorMixin, MultiOutputMixin, _MultilayerPerceptron):
    """A multilayer perceptron that predicts one number, or several, as a scikit-learn estimator.

    Its parameters and attributes are those of `MLPClassifier`, without the classes. It minimises half the squared error, summed
    over the outputs and averaged over the rows, which is what scikit-learn's steps along too (the loss it tells is the mean
    over the outputs). The score, here and for early_stopping, is R².

    Standardise the inputs in a Pipeline, and targets that are large or tiny (sklearn.compose.TransformedTargetRegressor).

    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_diabetes(return_X_y=True)
    >>> y = (y - y.mean()) / y.std()
    >>> pipeline = make_pipeline(StandardScaler(), MLPRegressor((8,), learning_rate_init=0.05, random_state=0))
    >>> pipeline.fit(X, y).score(X, y) > 0.5
    True
    """

    _score_column = "val_r2"
    _metrics = {"r2": r2_score}  # noqa: RUF012
    out_activation_ = "identity"

    def _validated(self, X: Any, y: Any, reset: bool) -> tuple[Any, Any]:
        X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, reset=reset)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        outputs = 1 if y.ndim == 1 else y.shape[1]
        if not reset and outputs != self.n_outputs_:
            raise ValueError(f"warm_start goes on with {self.n_outputs_} outputs, and y has {outputs}: fit a new estimator")
        self.n_outputs_ = outputs
        return X, y.astype(np.float64)

    def _strata(self, targets: Any) -> Any:
        return None

    @property
    def _loss(self) -> Loss:
        return _half_squared_error

    def predict(self, X: Any) -> NDArray[np.float64]:
        """The prediction for every row: an array of numbers, or of rows with one for each output."""
        return np.array(self._outputs(X))


class _Convergence(EarlyStopping):
    """scikit-learn's rule: the training ends after more than `patience` epochs in a row of less than `min_delta` gained.

    With `adaptive` the learning rate falls to a fifth instead, until it is next to nothing.
    """

    def __init__(self, monitor: str, *, patience: int, min_delta: float, restore_best: bool, adaptive: bool) -> None:
        super().__init__(monitor, patience=patience, min_delta=min_delta, restore_best=restore_best)
        self.adaptive = adaptive
        self.waited = 0
        self.converged = False

    def __call__(self, training: Training) -> None:
        value = training.history.last(self.monitor)
        gain = self.gain(value)
        self.waited = 0 if gain >= self.min_delta else self.waited + 1
        if gain > 0.0:
            self.keep(value, training)
        if self.waited <= self.patience:
            return
        if self.adaptive and training.optimizer.lr > 1e-6:
            training.optimizer.lr /= 5.0
            self.waited = 0
        else:
            self.converged = True
            training.stop(f"{self.monitor} has not improved by {self.min_delta:g} for {self.patience} epochs")


@rowwise
def _half_squared_error(prediction: Any, target: Any) -> Any:
    return mse_loss(prediction, target, reduction="half_sum")

"""MLPClassifier and MLPRegressor: the networks as scikit-learn estimators, for pipelines, grid searches and cross-validation.

Parameters, attributes and their meaning are those of the estimators of the same names in sklearn.neural_network, so a script
changes over by its import; the network inside is an `nn.MLP`, trained by `nn.fit`, by the rules in `sklearn_rules.py`.
"""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from autograd import Value
from autograd.compiler.rows import from_dask
from autograd.derivatives.trees import refuse_more_than_numbers

from .. import optim
from ..init import constant
from ..layers import MLP
from ..losses import Loss, binary_cross_entropy_with_logits, cross_entropy, decisions
from ..module import arrays as arrays_of
from ..module import load
from ..nested import numbers_of
from ..optim import Optimizer
from ..penalties import PerExample, l2_penalty
from ..training import fit as training
from ..training.callbacks import Training
from ..training.compiled import CompiledSteps
from ..training.fit import output_of
from ..training.history import History
from ..training.outputs import made_of_outputs, same
from ..training.programs import know
from ..training.replacing import NotCompilableError
from ..training.rows import Examples
from ..training.task import DivergedError, Task
from . import sklearn_dask
from . import sklearn_rules as rules
from .second_order import lbfgs, lbfgs_by_gradient

FORMATS = ["csr", "csc"]
"""The sparse matrices that are taken; they are made dense."""


@dataclass(eq=False, repr=False, kw_only=True)
class _Settings(BaseEstimator):
    """The parameters that scikit-learn's two estimators share, with its defaults, all by name."""

    solver: str = "adam"
    alpha: float = 1e-4
    batch_size: Any = "auto"
    learning_rate: str = "constant"
    learning_rate_init: float = 1e-3
    power_t: float = 0.5
    max_iter: int = 200
    shuffle: bool = True
    random_state: Any = None
    tol: float = 1e-4
    verbose: bool = False
    warm_start: bool = False
    momentum: float = 0.9
    nesterovs_momentum: bool = True
    early_stopping: bool = False
    validation_fraction: float = 0.1
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    n_iter_no_change: float = 10
    max_fun: int = 15000


class _MultilayerPerceptron(_Settings):
    """What the two estimators share: the training, and the attributes that tell of it."""

    hidden_layer_sizes: Any
    activation: str
    _numeric = False  # whether targets are numbers

    model_: MLP
    n_features_in_: int
    n_outputs_: int
    n_iter_: int
    t_: int
    loss_curve_: list[float]
    validation_scores_: list[float] | None
    best_validation_score_: float | None
    best_loss_: float | None
    _left: dict[str, Any] | None
    """What partial_fit() goes on with, beside the network: the solver, the state of its optimiser, the epochs waited."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Trains a new network on the rows `X` and the targets `y` (with `warm_start`, the one there is) and returns self.

        sample_weight   how much each row counts for; by default all count alike

        ValueError for parameters out of range, data that make no sense, and a training that diverges.
        """
        self._check_parameters()
        going_on = self.warm_start and hasattr(self, "model_")
        rows, targets = self._validated(X, y, sample_weight, reset=not going_on)
        generator = check_random_state(self.random_state)
        model, seed = (self.model_, None) if going_on else self._new_model(generator)
        if self.solver == "lbfgs":
            history, converged = self._minimise(model, rows, targets, sample_weight is not None)
        else:
            held_out = None
            if self.early_stopping:
                rows, targets, held_out = self._split(rows, targets, generator)
            seed = _drawn(generator) if seed is None else seed
            convergence, optimizer = self._convergence(held_out is not None), self._optimizer(model.parameters())
            history = self._descend(
                model, rows, targets, sample_weight is not None, optimizer, convergence, seed, int(self.max_iter), held_out
            )
            converged = convergence.converged
        self._conclude(model, history, len(rows))
        if not converged:
            warnings.warn(
                f"the training has not converged: {history.stopped}. A larger max_iter or learning_rate_init, or standardised "
                "inputs, help most often",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def _one_epoch(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> Self:
        """Goes on for an epoch from where the last training left the network, its optimiser and the count of epochs waited."""
        self._check_parameters()
        if self.early_stopping:
            raise ValueError(
                "partial_fit() takes one epoch over all its rows, and early_stopping holds some out: set it to False"
            )
        first = not hasattr(self, "model_")
        rows, targets = self._validated(X, y, sample_weight, reset=first, partial=True, classes=classes)
        generator = check_random_state(self.random_state)
        model, seed = self._new_model(generator) if first else (self.model_, _drawn(generator))
        if not first:
            know(model)
        optimizer, before = self._optimizer(model.parameters()), {}
        left = getattr(self, "_left", None)
        if left is not None and left["solver"] == self.solver:
            optimizer.load_state_dict(left["optimizer"])
            before = {"best": self.best_loss_, "waited": left["waited"]}
        convergence = self._convergence(False, **before)
        history = self._descend(model, rows, targets, sample_weight is not None, optimizer, convergence, seed, 1, seen=self.t_)
        self._conclude(model, history, len(rows))
        return self

    def _convergence(self, held_out: bool, **before: Any) -> rules.Convergence:
        return rules.Convergence(
            "val_score" if held_out else "loss",
            "max" if held_out else "min",
            patience=sys.maxsize if self.n_iter_no_change == np.inf else int(self.n_iter_no_change),
            min_delta=float(self.tol),
            restore_best=held_out,
            adaptive=self.solver == "sgd" and self.learning_rate == "adaptive",
            **before,
        )

    def _optimizer(self, parameters: list[Value]) -> Optimizer:
        rate = float(self.learning_rate_init)
        if self.solver == "adam":
            return rules.Adam(parameters, rate, (float(self.beta_1), float(self.beta_2)), float(self.epsilon))
        return rules.SGD(parameters, rate, float(self.momentum), nesterov=self.nesterovs_momentum and self.momentum > 0)

    def _objective(self, weighted: bool) -> tuple[Loss, PerExample]:
        """What is minimised: the mean loss of the rows, and the penalty, divided by how many they are or what they weigh."""
        penalty = functools.partial(l2_penalty, strength=float(self.alpha) / 2.0)

        if weighted:
            return rules.weighted(self._loss), PerExample(penalty, rules.total_weight)
        return self._loss, PerExample(penalty)

    def _descend(
        self,
        model: MLP,
        rows: Any,
        targets: Any,
        weighted: bool,
        optimizer: Optimizer,
        convergence: rules.Convergence,
        seed: int,
        epochs: int,
        held_out: tuple[Any, Any] | None = None,
        seen: int = 0,
    ) -> History:
        """Trains by gradient descent, after `seen` rows that the learning rate has fallen by."""
        loss, penalty = self._objective(weighted)
        score = functools.partial(self._score_of, weighted)
        score.looks_at_model, score.held_out_alone = False, True  # type: ignore[attr-defined]
        callbacks: list[Callable[[Training], Any]] = [convergence]
        if self.solver == "sgd" and self.learning_rate == "invscaling":
            callbacks.append(rules.inverse_scaling(float(self.learning_rate_init), float(self.power_t), seen, len(rows)))
        try:
            history = training.fit(
                model,
                rows,
                targets,
                loss=loss,
                optimizer=optimizer,
                penalty=penalty,
                epochs=epochs,
                batch_size=200 if self.batch_size == "auto" else int(self.batch_size),
                shuffle=bool(self.shuffle),
                validation=held_out,
                metrics={} if held_out is None else {"score": score},
                callbacks=callbacks,
                seed=seed,
                progress=bool(self.verbose),
            )
        except DivergedError as problem:
            raise ValueError(
                f"the training diverged after {problem.history.epochs} epochs: standardise the inputs (a Pipeline with "
                f"StandardScaler), or take a learning_rate_init below {self.learning_rate_init!r}"
            ) from problem
        self._left = {"solver": self.solver, "optimizer": optimizer.state_dict(), "waited": convergence.waited}
        return history

    def _minimise(self, model: MLP, rows: Any, targets: Any, weighted: bool) -> tuple[History, bool]:
        """Trains by L-BFGS on all rows at once, and says whether it converged."""
        loss, penalty = self._objective(weighted)
        history = History()
        examples = Examples(rows, targets)
        output = output_of(model, examples.first_row())
        task = Task(model, optim.SGD(model.parameters()), history, examples, None, loss, penalty, None, {}, output)
        how: dict[str, Any] = {
            "max_iter": int(self.max_iter),
            "max_nfev": int(self.max_fun),
            "tol": rules.SCIPYS_FTOL,
            "gtol": float(self.tol),
            "callback": lambda loss: history.add({"loss": loss}),
        }
        try:
            steps = CompiledSteps(task)
            steps.begin(range(len(examples)))
            result = lbfgs_by_gradient(steps.parameters, steps.at, **how)
        except NotCompilableError as reason:
            history.clear()
            history.eager = str(reason)
            rows, targets = rows.tolist(), targets.tolist()
            total = penalty.count(targets)
            result = lbfgs(
                model.parameters(), lambda: loss([model(row) for row in rows], targets) + penalty(model) / total, **how
            )
        history.stopped = result.message
        return history, bool(result.success)

    def _check_parameters(self) -> None:
        rules.check_settings(self)

    def _widths(self) -> list[int]:
        return [*map(int, rules.widths(self.hidden_layer_sizes))]

    def _validated(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool, partial: bool = False, classes: Any = None
    ) -> tuple[Any, Any]:
        """The rows, and the targets as the loss takes them, with the weights of their rows if there are any."""
        for given in (X, y, sample_weight):
            refuse_more_than_numbers(given)
        if from_dask(X):
            X, y = sklearn_dask.checked_with_targets(self, X, y, reset=reset, numeric=self._numeric)
        else:
            y, how = sklearn_dask.here(y), {"dtype": np.float64, "accept_sparse": FORMATS, "multi_output": True}
            X, y = validate_data(self, X, y, reset=reset, y_numeric=self._numeric, **how)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        rows, targets = _dense(X), self._targets(_dense(y), reset, partial, classes)
        if reset:
            self.t_, self.loss_curve_, self.validation_scores_ = 0, [], None
            self._left = None
        if sample_weight is None:
            return rows, targets
        weights = _check_sample_weight(sklearn_dask.here(sample_weight), rows, dtype=np.float64)
        if not weights.sum():
            raise ValueError(
                "sample_weight has the sum 0, so there is nothing to learn from: give a row a weight, or leave it out"
            )
        return rows, rules.with_weights(targets, weights)

    def _new_model(self, generator: Any) -> tuple[MLP, int]:
        """A network, and the seed it was drawn by."""
        activation, seed = rules.SKLEARN_NAMES.get(self.activation, self.activation), _drawn(generator)
        return MLP(self.n_features_in_, [*self._widths(), self.n_outputs_], activation, rng=seed), seed

    def _split(self, rows: Any, targets: Any, generator: Any) -> tuple[Any, Any, tuple[Any, Any]]:
        """The rows and targets to train on, and the pair of those held out, of two classes equal shares."""
        two_classes = self.out_activation_ == "logistic" and self.n_outputs_ == 1
        places, held, targets, held_targets = train_test_split(
            np.arange(len(rows)),
            targets,
            test_size=self.validation_fraction,
            random_state=generator,
            stratify=(targets if targets.ndim == 1 else targets[:, 0]) if two_classes else None,
        )
        if len(held) < 2:
            raise ValueError(
                f"validation_fraction={self.validation_fraction!r} of {len(rows)} rows holds out one row, which gives no "
                "score: take a larger share, or more rows"
            )
        return rows[places], targets, (rows[held], held_targets)

    def _score_of(self, weighted: bool, targets: list[Any], outputs: list[Any]) -> float:
        """The score of rows held out; NaN if a prediction is not finite."""
        truth, weights = targets, None
        if weighted:
            truth, weights = [*map(rules.without_weight, targets)], [target[-1] for target in targets]
        predicted = self._decided(outputs)
        return float(self._score(truth, predicted, sample_weight=weights)) if np.isfinite(predicted).all() else np.nan

    def _conclude(self, model: MLP, history: History, count: int) -> None:
        """Sets the attributes that tell of the training."""
        self.model_ = model
        self.n_iter_ = history.epochs
        self.n_layers_ = len(model.layers) + 1
        self.t_ += history.epochs * count * (self.solver != "lbfgs")  # which has no steps of rows
        self.loss_curve_ = self.loss_curve_ + history.get("loss", [])
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else np.nan
        if "val_score" in history:
            self.validation_scores_ = (self.validation_scores_ or []) + history["val_score"]
            self.best_validation_score_, self.best_loss_ = max(self.validation_scores_), None
        else:
            self.validation_scores_, self.best_validation_score_ = None, None
            self.best_loss_ = min(self.loss_curve_, default=np.nan)

    @property
    def coefs_(self) -> list[NDArray[np.float64]]:
        """The weights of every layer, a matrix of (inputs, outputs) each: copies. Assigning such a list sets the network's."""
        check_is_fitted(self)
        return [matrix.T for matrix in self._numbers("weight")]

    @coefs_.setter
    def coefs_(self, coefs: list[Any]) -> None:
        self._load({f"layers.{i}.weight": np.asarray(weight, dtype=float).T for i, weight in enumerate(coefs)})

    @property
    def intercepts_(self) -> list[NDArray[np.float64]]:
        """The biases of every layer, a vector each: copies. Assigning such a list sets the network's."""
        check_is_fitted(self)
        return self._numbers("bias")

    @intercepts_.setter
    def intercepts_(self, intercepts: list[Any]) -> None:
        self._load({f"layers.{i}.bias": np.asarray(bias, dtype=float) for i, bias in enumerate(intercepts)})

    def _numbers(self, kind: str) -> list[NDArray[np.float64]]:
        """The weights or the biases of every layer, as the network has them."""
        arrays = arrays_of(self.model_)
        return [np.array(numbers_of(arrays[f"layers.{i}.{kind}"])) for i in range(len(self.model_.layers))]

    def _load(self, arrays: dict[str, Any]) -> None:
        check_is_fitted(self)
        load(arrays_of(self.model_), arrays)

    def _outputs(self, X: Any, then: Callable[[Any], Any] = same) -> Any:
        """What the network gives for every row, or what `then` makes of that: a number, or a list of them."""
        check_is_fitted(self)
        if from_dask(X):
            return made_of_outputs(self.model_, sklearn_dask.checked(self, X, reset=False), then)
        refuse_more_than_numbers(X)
        X = _dense(validate_data(self, X, dtype=np.float64, accept_sparse=FORMATS, reset=False))
        return np.asarray(made_of_outputs(self.model_, X, then))

    def __getstate__(self) -> dict[str, Any]:
        """The state for copies and pickles: arrays and plain data, the network as its shape and its weights."""
        state = dict(super().__getstate__())
        if "model_" in state:
            weights = {name: np.array(numbers) for name, numbers in self.model_.state_dict().items()}
            state["model_"] = {"config": self.model_.config(), "weights": weights}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        if "model_" in state:
            network = MLP.from_config(state["model_"]["config"], init=constant(0.0), rng=0).eval()
            network.load_state_dict(state["model_"]["weights"])
            state["model_"] = network
        super().__setstate__(state)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _drawn(generator: Any) -> int:
    """A seed."""
    return int(generator.randint(2**31 - 1))


def _dense(table: Any) -> Any:
    return table.toarray() if issparse(table) else table


def _has_steps(estimator: Any) -> bool:
    if estimator.solver == "lbfgs":
        raise AttributeError('partial_fit() makes the steps of an epoch, and solver="lbfgs" has none: take "adam" or "sgd"')
    return True


@dataclass(eq=False, repr=False)
class MLPClassifier(rules.Scored, ClassifierMixin, _MultilayerPerceptron):
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
    max_fun             of "lbfgs": evaluations of the loss at most
    random_state        of the weights, the order of the rows, and which are held out
    warm_start          fit() goes on from the weights there are
    verbose             show a progress bar

    Standardise the inputs, or it learns slowly or not at all: put a StandardScaler before it in a Pipeline. Labels may be
    anything that sorts; two classes share one output (sigmoid), more have one each (softmax). A target may also be a row of
    zeros and ones, one for each of several labels (sigmoid). The initial weights are our own, suited to the activation
    (`nn.init.suited_to`). Sparse rows are made dense.

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

    hidden_layer_sizes: Any = (32,)
    activation: str = "relu"

    _score = staticmethod(rules.accuracy)

    @available_if(_has_steps)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Trains for one epoch more on these rows and returns self.

        classes     all classes there are; needed in the first call, since a part of the rows may not have all of them

        ValueError as of `fit`, for classes that were not said, and with early_stopping.
        """
        return self._one_epoch(X, y, sample_weight, classes)

    def _targets(self, y: Any, reset: bool, partial: bool, classes: Any) -> Any:
        """The classes as numbers; of several labels, whether each is right."""
        check_classification_targets(y)
        several = type_of_target(y).startswith("multilabel")
        found = np.arange(y.shape[1]) if several else np.unique(y)
        given = found if several or classes is None else unique_labels(classes)
        if reset:
            self._take_classes(given, several, said=classes is not None or several or not partial)
        elif several != (self.out_activation_ == "logistic" and self.n_outputs_ > 1):
            raise ValueError("one label for a row, and several, are learned by different networks: fit a new estimator")
        elif classes is not None and not np.array_equal(given, self.classes_):
            raise ValueError(f"the classes were {self.classes_} in an earlier call, and are {given} now: fit a new estimator")
        if not partial and not np.array_equal(found, self.classes_):
            raise ValueError(f"warm_start goes on with the classes {self.classes_}, and y has {found}: fit a new estimator")
        if not np.isin(found, self.classes_).all():
            raise ValueError(f"y has the classes {found}, and the classes that were said are {self.classes_}: say all at first")
        return y.astype(np.float64) if several else np.searchsorted(self.classes_, y)

    def _take_classes(self, classes: Any, several: bool, said: bool) -> None:
        if not said:
            raise ValueError("classes must be passed on the first call to partial_fit: it may see a part of the classes alone")
        if len(classes) < 2:
            raise ValueError(f"a classifier learns two classes or more, and y has only one class: {classes.tolist()[0]!r}")
        self.classes_: NDArray[Any] = classes
        self.n_outputs_ = 1 if len(classes) == 2 and not several else len(classes)
        self.out_activation_ = "logistic" if several or len(classes) == 2 else "softmax"

    @property
    def _loss(self) -> Loss:
        return rules.log_loss(self.n_outputs_ if self.out_activation_ == "logistic" else 0)

    def _decided(self, outputs: Any) -> Any:
        """The numbers of the classes; of several labels, 1 for each that is right."""
        loss = binary_cross_entropy_with_logits if self.out_activation_ == "logistic" else cross_entropy
        return np.array(decisions(loss, outputs))

    def predict(self, X: Any) -> NDArray[Any]:
        """The most likely class of every row; of several labels, a row with 1 for each that is more likely than not."""
        predicted: NDArray[Any] = sklearn_dask.by_chunk(self._classes, self._outputs(X))
        return predicted

    def _classes(self, outputs: Any) -> Any:
        decided = self._decided(outputs)
        return decided if decided.ndim == 2 else self.classes_[decided]

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The probabilities of the classes, a row of them for each row, in the order of `classes_`."""
        return self._probabilities(X)

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """The logarithms of the probabilities, exact also where the probability is too small for a float."""
        return self._probabilities(X, log=True)

    def _probabilities(self, X: Any, *, log: bool = False) -> NDArray[np.float64]:
        check_is_fitted(self)
        found: NDArray[np.float64] = self._outputs(X, rules.probabilities(self.out_activation_, self.n_outputs_, log=log))
        return found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


@dataclass(eq=False, repr=False)
class MLPRegressor(rules.Scored, RegressorMixin, MultiOutputMixin, _MultilayerPerceptron):
    """A multilayer perceptron that predicts one number, or several, as a scikit-learn estimator.

    Its parameters and attributes are those of `MLPClassifier`, without the classes, and before them

    loss    "squared_error", half the squared error; or "poisson", for counts: exp(z) - y z of an output z that means exp(z)

    It is summed over the outputs and averaged over the rows, which is what scikit-learn's steps along too (the squared error it
    tells is the mean over the outputs). The score, here and for early_stopping, is R².

    Standardise the inputs in a Pipeline, and targets that are large or tiny (sklearn.compose.TransformedTargetRegressor).

    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_diabetes(return_X_y=True)
    >>> y = (y - y.mean()) / y.std()
    >>> regressor = MLPRegressor("squared_error", (8,), learning_rate_init=0.05, random_state=0)
    >>> pipeline = make_pipeline(StandardScaler(), regressor)
    >>> pipeline.fit(X, y).score(X, y) > 0.5
    True
    """

    loss: str = "squared_error"
    hidden_layer_sizes: Any = (32,)
    activation: str = "relu"

    _numeric = True
    _score = staticmethod(r2_score)

    @available_if(_has_steps)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Trains for one epoch more on these rows and returns self. ValueError as of `fit`, and with early_stopping."""
        return self._one_epoch(X, y, sample_weight)

    def _check_parameters(self) -> None:
        if self.loss not in [*rules.REGRESSION_LOSSES]:
            raise ValueError(
                f"loss is one of {', '.join(rules.REGRESSION_LOSSES)}, and this is {self.loss!r}. By position it comes first, "
                "and hidden_layer_sizes second, as in scikit-learn: give hidden_layer_sizes=... by name"
            )
        super()._check_parameters()

    def _targets(self, y: Any, reset: bool, partial: bool, classes: Any) -> Any:
        outputs = 1 if y.ndim == 1 else y.shape[1]
        if reset:
            self.n_outputs_ = outputs
            self.out_activation_ = "exp" if self.loss == "poisson" else "identity"
        elif outputs != self.n_outputs_:
            raise ValueError(f"warm_start goes on with {self.n_outputs_} outputs, and y has {outputs}: fit a new estimator")
        elif (self.loss == "poisson") != (self.out_activation_ == "exp"):
            raise ValueError(f"this network was trained with another loss than {self.loss!r}: fit a new estimator")
        if self.loss == "poisson" and (y < 0).any():
            raise ValueError(f'loss="poisson" is for counts, 0 or more, and the least in y is {y.min()!r}')
        return y.astype(np.float64)

    @property
    def _loss(self) -> Loss:
        return rules.REGRESSION_LOSSES[self.loss]

    def _decided(self, outputs: Any) -> Any:
        with np.errstate(over="ignore"):
            return np.exp(outputs) if self.out_activation_ == "exp" else np.array(outputs)

    def predict(self, X: Any) -> NDArray[np.float64]:
        """The prediction for every row: an array of numbers, or of rows with one for each output."""
        predicted: NDArray[np.float64] = sklearn_dask.by_chunk(self._decided, self._outputs(X))
        return predicted

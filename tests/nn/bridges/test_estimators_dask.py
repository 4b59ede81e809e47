"""The estimators on rows that are Dask's: fitted to the bit as on arrays, and with predictions that are Dask's."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from dask_chunks import bits, chunked
from sklearn.exceptions import ConvergenceWarning

import nn

ROWS = 600
RNG = np.random.default_rng(3)
X = RNG.normal(size=(ROWS, 4))
Y = np.sin(X[:, 0]) + X[:, 1]
THREE = np.array(["a", "b", "c"])[(X[:, 0] > 0).astype(int) + (X[:, 1] > 0)]
TWO = np.where(X[:, 0] > 0, "yes", "no")
SEVERAL = (X[:, :2] > 0).astype(int)
ROWS_OF_DASK = chunked(X, 150, 151, 400)


@pytest.fixture(autouse=True)
def in_this_thread() -> Iterator[None]:
    with dask.config.set(scheduler="synchronous"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def check_alike(there: Any, here: Any, targets: Any) -> None:
    assert bits([p.data for p in there.model_.parameters()]) == bits([p.data for p in here.model_.parameters()])
    assert there.loss_curve_ == here.loss_curve_
    assert there.t_ == here.t_
    for method in ("predict", "predict_proba", "predict_log_proba"):
        if hasattr(here, method):
            found = getattr(there, method)(ROWS_OF_DASK)
            assert isinstance(found, da.Array)
            assert found.chunks[0] == ROWS_OF_DASK.chunks[0]
            assert np.array_equal(found.compute(), getattr(here, method)(X))
    assert there.score(ROWS_OF_DASK, chunked(targets, 99)) == here.score(X, targets)


@pytest.mark.parametrize("settings", [{}, {"solver": "lbfgs"}, {"early_stopping": True}, {"solver": "sgd", "batch_size": ROWS}])
@pytest.mark.parametrize(
    ("kind", "targets"),
    [
        (nn.MLPClassifier, THREE),
        (nn.MLPClassifier, TWO),
        (nn.MLPClassifier, SEVERAL),
        (nn.MLPRegressor, Y),
        (nn.MLPRegressor, X[:, 1:3]),
    ],
)
def test_the_bits_are_those_of_arrays(kind: Any, targets: Any, settings: Any) -> None:
    here, there = [kind(hidden_layer_sizes=(6,), max_iter=3, random_state=0, **settings) for _ in range(2)]
    check_alike(there.fit(ROWS_OF_DASK, chunked(targets, 123)), here.fit(X, targets), targets)


def test_one_epoch_after_another() -> None:
    here, there = [nn.MLPClassifier(random_state=0) for _ in range(2)]
    for _ in range(3):
        here.partial_fit(X, THREE, classes=["a", "b", "c"])
        there.partial_fit(ROWS_OF_DASK, chunked(THREE, 5), classes=["a", "b", "c"])
    check_alike(there, here, THREE)


def test_weights_of_rows() -> None:
    weights = RNG.random(ROWS)
    here, there = [nn.MLPRegressor(max_iter=3, random_state=0) for _ in range(2)]
    check_alike(there.fit(ROWS_OF_DASK, Y, chunked(weights, 10)), here.fit(X, Y, weights), Y)


def test_columns_have_names() -> None:
    frame = pd.DataFrame(X, columns=[*"pqrs"])
    rows = dd.from_pandas(frame, npartitions=3)
    here, there = [nn.MLPRegressor(max_iter=3, random_state=0).fit(x, Y) for x in (frame, rows)]
    assert [*there.feature_names_in_] == [*"pqrs"]
    assert np.array_equal(there.predict(rows).compute(), here.predict(frame))
    with pytest.raises(ValueError, match="feature names should match"):
        there.predict(rows[[*"qprs"]])


def test_what_does_not_fit_is_refused() -> None:
    fitted = nn.MLPRegressor(max_iter=3, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match="X has 3 features, but MLPRegressor is expecting 4"):
        fitted.predict(ROWS_OF_DASK[:, :3])
    with pytest.raises(ValueError, match="X has 600 rows, and y 9 targets"):
        fitted.fit(ROWS_OF_DASK, Y[:9])
    with pytest.raises(ValueError, match="X has nan in row 0, column 0"):
        fitted.predict(ROWS_OF_DASK * np.nan)

"""nn.fit on rows that are Dask's: the steps that it makes of arrays, to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from dask_chunks import bits, chunked

import nn
from nn.training import dask_rows

ROWS = 1_500
RNG = np.random.default_rng(3)
X = RNG.normal(size=(ROWS, 3))
Y = np.sin(X[:, 0]) + X[:, 1]
CLASSES = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)


@pytest.fixture(autouse=True)
def in_this_thread() -> Iterator[None]:
    with dask.config.set(scheduler="synchronous"):
        yield


def trained(rows: Any, targets: Any, outputs: int = 1, **settings: Any) -> Any:
    model = nn.MLP(3, [5, outputs], "tanh", rng=0)
    history = nn.fit(model, rows, targets, epochs=3, progress=False, **settings)
    assert history.eager == ""
    return bits([p.data for p in model.parameters()]), dict(history)


@pytest.mark.parametrize(
    "settings",
    [
        {"batch_size": None},
        {"batch_size": 64},
        {"batch_size": 64, "shuffle": False},
        {"batch_size": ROWS, "optimizer": nn.SGD, "metrics": ["r2"]},
        {"batch_size": 100, "validation": 0.2, "metrics": ["mae"]},
        {"batch_size": None, "validation": 0.2, "clip_norm": 0.5, "penalty": lambda m: nn.l2_penalty(m, 1e-3)},
    ],
)
def test_the_bits_are_those_of_arrays(settings: Any) -> None:
    assert trained(chunked(X, 400, 401, 900), chunked(Y, 77), **settings) == trained(X, Y, **settings)


@pytest.mark.parametrize("size", [None, 50])
def test_classes(size: int | None) -> None:
    how: dict[str, Any] = {"outputs": 3, "loss": nn.cross_entropy, "metrics": ["accuracy"], "batch_size": size}
    assert trained(chunked(X, 700), chunked(CLASSES, 700), **how) == trained(X, CLASSES, **how)
    assert trained(chunked(X, 700), CLASSES, **how) == trained(X, CLASSES, **how)


def test_data_frames_and_a_pair_held_out() -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=Y)
    rows = dd.from_pandas(frame, npartitions=4)
    how: dict[str, Any] = {"batch_size": 300}
    found = trained(rows[["a", "b", "c"]], rows["y"], validation=(chunked(X[:90], 40), Y[:90]), **how)
    assert found == trained(X, Y, validation=(X[:90], Y[:90]), **how)


def test_rows_come_in_windows_of_whole_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_rows, "WINDOW", 3 * 64 * 5)  # of 5 steps
    for shuffle in (True, False):
        found = trained(chunked(X, 400, 900), Y, batch_size=64, shuffle=shuffle)
        assert found == trained(X, Y, batch_size=64, shuffle=shuffle)


def test_what_makes_no_sense_is_refused_with_its_place() -> None:
    wrong = X.copy()
    wrong[1_200, 2] = np.nan
    for rows, message in (
        (chunked(wrong, 700), "X has nan in row 1200, column 2: fill it in"),
        (chunked(X[:, 0], 700), "X has 1500 numbers in a row, and is to be of rows"),
        (chunked(X[:9], 2), "there are 9 rows and 1500 targets in y"),
        (chunked(X, 700)[:, None], r"X has the shape \(1500, 1, 3\), and an array of Dask's is to be one of rows and columns"),
        (chunked(X[:0]), "X has no rows"),
    ):
        with pytest.raises(ValueError, match=message):
            trained(rows, Y)


def test_a_model_that_is_not_compiled_is_refused() -> None:
    with pytest.raises(TypeError, match=r"X is Dask's, whose rows are run by compiled programs alone.*X.compute\(\)"):
        trained(chunked(X, 700), Y, compile=False)
    dropping = nn.Sequential(nn.Layer(3, 4), nn.Dropout(0.5), nn.Layer(4, 1))
    with pytest.raises(TypeError, match="compiled programs alone"):
        nn.fit(dropping, chunked(X, 700), Y, epochs=1, progress=False)

"""Rows beyond one machine, on a cluster of processes: the same bits as in one, also where a worker is killed in the middle."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dask_chunks import bits, chunked, loaded_slowly, loads
from distributed import Client, LocalCluster

import nn
from autograd import compile, dot, tanh, value_and_grad
from autograd.optimize import minimize

ROWS = 60_000
RNG = np.random.default_rng(1)
X = RNG.normal(size=(ROWS, 5))
Y = np.tanh(X[:, 0]) - X[:, 1]
BORDERS = [*range(7_001, ROWS, 7_001)]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with (
        LocalCluster(n_workers=2, threads_per_worker=2, processes=True, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield client


def loss(w: Any, x: Any, y: Any) -> Any:
    hidden = [tanh(dot(w[k : k + 5], x)) for k in (0, 5)]
    return (dot(w[10:12], hidden) + w[12] - y) ** 2


SLOPES = compile(value_and_grad(loss), in_axes=(None, 0, 0), reduce="mean")
W = RNG.normal(size=13)


def test_a_gradient(client: Client) -> None:
    rows, targets = client.persist([chunked(X, *BORDERS), chunked(Y, 100)])
    assert bits(SLOPES(W, rows, targets)) == bits(SLOPES(W, X, Y))


def test_each_row_and_branches(client: Client) -> None:
    f = compile(lambda p, x: x[0] * p if x[1] > 0.0 else x[2], in_axes=(None, 0))
    assert bits(f(2.0, chunked(X, *BORDERS))) == bits(f(2.0, X))


def test_a_search(client: Client) -> None:
    (rows,) = client.persist([chunked(X, *BORDERS)])
    mean = compile(loss, in_axes=(None, 0, 0), reduce="mean")
    here, there = [minimize(mean, W, args=(x, Y), options={"maxiter": 4}) for x in (X, rows)]
    assert bits(here.x) == bits(there.x)


@pytest.mark.parametrize("size", [None, 5_000])
def test_a_training(client: Client, size: int | None) -> None:
    rows, targets = client.persist([chunked(X, *BORDERS), chunked(Y, 100)])
    found = []
    for x, y in ((X, Y), (rows, targets)):
        model = nn.MLP(5, [4, 1], "tanh", rng=0)
        history = nn.fit(model, x, y, epochs=2, batch_size=size, progress=False)
        found.append((bits([p.data for p in model.parameters()]), history["loss"]))
    assert found[0] == found[1]


@pytest.mark.filterwarnings("ignore:the training has not converged")
def test_an_estimator(client: Client) -> None:
    labels = np.where(Y > 0.0, "up", "down")
    rows = chunked(X, *BORDERS)
    here, there = [nn.MLPClassifier((4,), solver="lbfgs", max_iter=3, random_state=0) for _ in range(2)]
    here.fit(X, labels)
    there.fit(rows, chunked(labels, 50))
    assert there.loss_curve_ == here.loss_curve_
    assert np.array_equal(there.predict(rows).compute(), here.predict(X))


def test_a_worker_killed_in_the_middle(client: Client, tmp_path: Path) -> None:
    slow = chunked(X, *BORDERS).map_blocks(loaded_slowly, str(tmp_path), 0.25, meta=X[:0])
    found: list[Any] = []
    run = threading.Thread(target=lambda: found.append(SLOPES(W, slow, Y)))
    run.start()
    deadline = time.monotonic() + 60.0
    while loads(tmp_path) < 5 and time.monotonic() < deadline:  # two workers of two threads: one has a chunk behind it
        time.sleep(0.01)
    victim = next(iter(client.run(os.getpid).values()))
    os.kill(victim, signal.SIGKILL)
    assert run.is_alive()
    run.join(60.0)
    assert bits(found[0]) == bits(SLOPES(W, X, Y))
    assert loads(tmp_path) > len(BORDERS) + 1  # what was lost was loaded again

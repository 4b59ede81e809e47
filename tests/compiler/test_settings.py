"""compile() with its settings: as a decorator, and on how many threads large batches run."""

import threading
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from builds import BUILDS

import autograd
from autograd.compiler.settings import Settings


def test_a_decorator_with_settings(ag: ModuleType) -> None:
    @ag.compile(in_axes=(None, 0), reduce="sum", max_branches=5, threads=2)
    def weighted(w: Any, x: Any) -> Any:
        return w * x

    assert weighted(2.0, [1.0, 2.0]) == 6.0 and weighted.__name__ == "compile(weighted)"
    assert weighted.settings == Settings((None, 0), "sum", max_branches=5, threads=2)
    assert ag.compile()(abs)(-2.0) == 2.0
    with pytest.raises(ValueError, match="max_branches"):  # where it is written, not where it is called
        ag.compile(max_branches=0)


@pytest.mark.parametrize("threads", [0, -1, 2.0, True, "2"])
def test_what_is_no_number_of_threads(ag: ModuleType, threads: Any) -> None:
    with pytest.raises(ValueError, match="whole number of at least 1"):
        ag.compile(abs, threads=threads)
    with pytest.raises(ValueError, match="whole number of at least 1"):
        ag.set_num_threads(threads)


@pytest.mark.skipif("compiled" not in BUILDS, reason="NumPy runs programs on one thread")
def test_threads_that_run_large_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as were asked for, and the same bits by each."""
    started: list[threading.Thread] = []
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda thread: (started.append(thread), start(thread))[1])
    rows = np.linspace(0.1, 2.0, 400_000)

    def f(x: Any) -> Any:
        return sum([(x * k).sin() for k in range(5)])

    def run(**settings: Any) -> tuple[int, bytes]:
        """With how many threads, and with what result."""
        started.clear()
        total = autograd.compile(autograd.value_and_grad(f), in_axes=0, reduce="sum", **settings)(rows)
        return 1 + len(started), np.array(total).tobytes()

    alone, bits = run(threads=1)
    assert alone == 1 and run(threads=3) == (3, bits)
    assert autograd.get_num_threads() >= 1
    try:
        autograd.set_num_threads(2)
        assert autograd.get_num_threads() == 2
        assert run() == (2, bits) and run(threads=3) == (3, bits)
    finally:
        autograd.set_num_threads(None)

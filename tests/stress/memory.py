"""Memory stays flat, with the collector off: over training graphs, compiled functions, errors in rules and interrupted builds.

    python tests/stress/memory.py SECONDS SEED [GRAPHS]

Counted are blocks of Python's memory, in which every Value and every list of edges is one, and the pages of the process. GRAPHS
is how many training graphs there are at least.
"""

import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import autograd
from autograd import Value

BLOCKS, BYTES = 500, 8 << 20
"""What may come on top: of blocks, caches that fill up; of bytes, what the C library keeps for itself."""

w = [Value(0.1 * i - 0.2) for i in range(5)]


def train(k: int) -> None:
    """A step of a neuron: a graph that is built, walked and let go."""
    x = (k % 7) * 0.1
    loss = (autograd.dot(w[:4], [x, x * x, 0.5, 1.0]).tanh() * w[4] - 0.3) ** 2
    loss.backward()
    for p in w:
        p.data -= 1e-3 * p.grad
        p.grad = 0.0


def compile_and_forget(k: int) -> None:
    f = autograd.compile(autograd.value_and_grad(lambda v: (v[0] * v[1]).tanh() if v[0] > 0.0 else v[1].exp()))
    f([1.0, 2.0])
    f([-1.0, 2.0])
    f([1.0, 2.5])


def failing(x: float) -> float:
    raise ZeroDivisionError


FAILING = autograd.primitive("fails", failing, lambda x, out: 1.0)


def error_in_a_rule(k: int) -> None:
    x = Value(2.0)
    y = x * x + x
    for f in (lambda: FAILING(y * y), lambda: autograd.compile(lambda v: FAILING(v * v))(2.0), lambda: y * "a"):
        try:
            f()
        except (ZeroDivisionError, TypeError):
            pass
        else:
            raise AssertionError("no error")


def interrupted_build(k: int) -> None:
    def stop(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1e-4 * (1 + k % 10))
        y = w[0]
        while True:
            y = (y * w[1]).tanh() + w[2]
            y.backward()
    except KeyboardInterrupt:
        for p in w:
            p.grad = 0.0


def pages() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def check_flat(work: Callable[[int], None], seconds: float, at_least: int) -> str:
    for k in range(at_least // 10):
        work(k)
    if autograd.build == "compiled":  # as many nodes as are kept for the next graphs when one is let go: see Value's freelist
        y = w[0]
        for _ in range(140_000):
            y = y + 1.0
        del y
    gc.collect()
    gc.disable()
    kept = [tuple([0.5] * size) for size in range(1, 21) for _ in range(2_000)]  # as many as Python keeps for the next tuples
    del kept
    blocks, before = sys.getallocatedblocks(), pages()
    end, k = time.monotonic() + seconds, 0
    while k < at_least or time.monotonic() < end:
        work(k)
        k += 1
    blocks, grown = sys.getallocatedblocks() - blocks, pages() - before
    gc.enable()
    assert blocks < BLOCKS and grown < BYTES, f"{work.__name__}: {blocks} blocks and {grown} bytes more after {k} times"
    return f"{k:,} times {work.__name__}: {blocks:+d} blocks, {grown / 1024:+.0f} KB"


def main(seconds: float, graphs: int) -> None:
    works = ((train, graphs), (compile_and_forget, 20), (error_in_a_rule, 50), (interrupted_build, 20))
    print("memory:", "; ".join(check_flat(work, seconds / 4, at_least) for work, at_least in works))


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[3]) if len(sys.argv) > 3 else 1000)

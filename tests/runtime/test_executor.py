"""The executor: threads, instruction sets, blocks and segments, recursion, exceptions, memory. Ctrl-C is scenario 33."""

import gc
import math
import threading
import weakref
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from processes import run
from random_formulas import Formula, all_bits, formulas, table
from recordings import program_of

import autograd
from autograd.compiler.plan import Plan

if autograd.build == "compiled":
    from autograd.runtime.executor import Runner, use
    from autograd.runtime.instruction_sets import available, chosen

native = pytest.mark.skipif(autograd.build != "compiled", reason="the engine is not compiled here")


def recorded(f: Callable[..., Any], shared: int, own: int) -> Any:
    """The program of f(w, x)."""
    xs = [0.5 + 0.1 * i for i in range(shared + own)]
    return program_of(f, xs[:shared], xs[shared:])


def runners(f: Callable[..., Any], shared: int, own: int) -> list[Any]:
    """One that gives rows, and one that gives sums."""
    program = recorded(f, shared, own)
    own_rows = [i >= shared for i in range(shared + own)]
    return [Runner(Plan(program, own_rows, summed)) for summed in (0, len(program.outputs))]


def results_of(runner: Any, w: Sequence[float], rows: Any, threads: int = 0) -> tuple[Any, bytes]:
    results, sums = np.empty((runner.outputs, len(rows))), np.zeros((2, runner.summed))
    holds = np.ones(len(rows), dtype=np.uint8)
    if not runner.over_rows([list(w)], [rows], len(rows), results, holds, threads, sums=sums):
        return [], b""
    return all_bits(results) + all_bits(sums), holds.tobytes()


def network(w: Any, x: Any) -> Any:
    hidden = [(autograd.dot(w[k : k + 3], x) + w[k + 3]).tanh() for k in range(0, 16, 4)]
    return (autograd.dot(hidden, w[16:20]) - x[0]) ** 2


SLOPES = autograd.value_and_grad(network)


@native
@pytest.mark.parametrize("rows", [1, 9, 513, 20_001])
def test_the_same_bits_by_any_number_of_threads(rows: int) -> None:
    xs = table(np.random.default_rng(0), rows, 3, 0.001)
    w = [math.sin(k) for k in range(20)]
    for runner in runners(SLOPES, 20, 3):
        once = results_of(runner, w, xs, 1)
        assert once[0]
        for threads in (0, 2, 3, 5, 64, 1):
            assert results_of(runner, w, xs, threads) == once


@native
@settings(max_examples=60)
@given(formula=formulas(widest=3), rows=st.sampled_from([1, 7, 65, 300]), seed=st.integers(0, 99))
def test_the_same_bits_by_every_instruction_set(formula: Formula, rows: int, seed: int) -> None:
    shared = formula.inputs // 2
    rng = np.random.default_rng(seed)
    w, xs = rng.uniform(-2, 2, shared).tolist(), table(rng, rows, formula.inputs - shared, 0.1)
    found = runners(lambda w, x: formula.run(autograd, [*w, *x]), shared, formula.inputs - shared)
    try:
        for runner in found:
            results = []
            for name in available():
                use(name)
                results.append(results_of(runner, w, xs))
            assert all(result == results[0] for result in results)
    finally:
        use(chosen())


@native
def test_an_instruction_set_may_be_chosen() -> None:
    code = "from autograd.runtime.instruction_sets import chosen; print(chosen())"
    for name in available():
        assert run(autograd, code, variables={"SCALAR_AUTOGRAD_INSTRUCTIONS": name}) == f"{name}\n"
    asked = "try:\n    import autograd.runtime.executor\nexcept ValueError as problem:\n    print(problem)"
    assert "'sse9', and here there is" in run(
        autograd, asked, variables={"SCALAR_AUTOGRAD_INSTRUCTIONS": "sse9"}, check_build=False
    )


@native
@pytest.mark.parametrize("rows", [*range(1, 20), 63, 64, 65, 511, 512, 513, 1023, 2049, 4097, 40_000])
def test_every_row_is_in_one_block_and_counted_once(rows: int) -> None:
    xs = np.arange(1.0, rows + 1.0).reshape(-1, 1)
    each, summed = runners(lambda w, x: [x[0], x[0] * x[0], w[0]], 1, 1)
    results, sums = np.empty((3, rows)), np.zeros((2, 3))
    assert each.over_rows([[3.0]], [xs], rows, results, np.ones(rows, np.uint8))
    assert np.array_equal(results, np.stack([xs[:, 0], xs[:, 0] ** 2, np.full(rows, 3.0)]))
    assert summed.over_rows([[3.0]], [xs], rows, None, np.ones(rows, np.uint8), sums=sums)
    assert sums[:, 0].tolist() == [0.0, rows * (rows + 1) / 2] and sums[:, 2].tolist() == [3.0, 0.0]
    assert sums[1, 1] == pytest.approx(sum(k * k for k in range(1, rows + 1)), rel=1e-15)


@native
def test_many_registers_make_small_blocks() -> None:
    xs = table(np.random.default_rng(1), 3_000, 600, 0.0)
    w = [math.cos(k) for k in range(600)]
    each, _ = runners(lambda w, x: [autograd.dot(w, x), *[a * b for a, b in zip(w, x, strict=True)]], 600, 600)
    results = np.empty((each.outputs, 3_000))
    assert each.over_rows([w], [xs], 3_000, results, np.ones(3_000, np.uint8))
    assert np.array_equal(results[1:], (xs * w).T)
    assert all_bits(results[0, :50]) == [float(autograd.dot(w, x)).hex() for x in xs[:50].tolist()]


def test_tables_are_read_where_they_are() -> None:
    """In any order of memory, backwards, every other column, read-only, 32 bits wide, whole numbers."""
    xs = np.round(table(np.random.default_rng(2), 200, 3, 0.0) * 8) + 0.0
    fast = autograd.compile(lambda x: [autograd.dot(x, [1.0, 2.0, 3.0]), x[0]], in_axes=0)
    want = all_bits(fast(xs))
    wide = np.repeat(xs, 2, axis=1)
    locked = xs.copy()
    locked.setflags(write=False)
    unaligned = np.frombuffer(bytearray(b" " + xs.tobytes()), dtype=float, count=600, offset=1).reshape(200, 3)
    for other in (
        np.asfortranarray(xs),
        wide[:, ::2],
        xs[::-1].copy()[::-1],
        xs[:, ::-1].copy()[:, ::-1],
        locked,
        unaligned,
        xs.astype(np.float32),
        xs.astype(int),
        xs.astype(">f8"),
        xs.astype(np.float16),
        xs.tolist(),
        xs.astype(object),
    ):
        for _ in range(2):
            assert all_bits(fast(other)) == want
    assert np.array_equal(locked, xs)


# ------------------------------------------------------------------------------------------------ calls inside calls


STANDING: dict[str, Callable[[Any], Any]] = {
    "in C's order": np.ascontiguousarray,
    "in Fortran's": np.asfortranarray,
    "backwards": lambda x: np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1],
    "rows backwards": lambda x: np.ascontiguousarray(x[::-1])[::-1],
    "in a wider table": lambda x: np.ascontiguousarray(np.pad(x, ((0, 0), (3, 2))))[:, 3 : 3 + x.shape[1]],
    "every other row": lambda x: np.repeat(x, 2, axis=0)[::2],
    "every other column": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "all rows one": lambda x: np.broadcast_to(x[0], x.shape),
    "at odd bytes": lambda x: np.rec.fromarrays([x[:, 0] > 0, x], dtype=[("b", "u1"), ("x", float, x.shape[1:])])["x"],
}


@native
@pytest.mark.parametrize("how", STANDING)
@pytest.mark.parametrize("columns", [1, 3, 4, 9, 24])
def test_columns_are_read_however_they_stand_in_memory(columns: int, how: str) -> None:
    """One by one, and several that stand one beside the other; those that are not read in between."""
    unread = {2, 17}
    own = [k for k in range(columns) if k not in unread]
    runner = Runner(Plan(recorded(lambda w, x: [x[k] + 0.0 for k in own], 0, columns), [True] * columns))
    for rows in (1, 5, 64, 65, 200, 1000):
        x = STANDING[how](np.random.default_rng(rows).normal(size=(rows, columns)))
        results = np.empty((len(own), rows))
        assert runner.over_rows([], [x], rows, results, np.ones(rows, dtype=np.uint8))
        assert np.array_equal(results, x[:, own].T)


def test_a_rule_may_call_the_function_it_is_in(ag: ModuleType) -> None:
    """The memory of the outer call is not touched by the inner ones."""
    depth = [0]

    def rule(x: float) -> float:
        if depth[0] == 3:
            return x
        depth[0] += 1
        try:
            return float(fast(x + 1.0))
        finally:
            depth[0] -= 1

    again = ag.primitive("again", rule, lambda x, out: 1.0)
    fast = ag.compile(lambda x: again(x * 2.0) * x + x)

    def eager(x: float, depth: int) -> float:
        y = x * 2.0
        return (y if depth == 3 else eager(y + 1.0, depth + 1)) * x + x

    for _ in range(2):
        assert [fast(x) for x in (1.5, -0.5, 2.5)] == [eager(x, 0) for x in (1.5, -0.5, 2.5)]
    in_rows = ag.compile(lambda x: again(x * 2.0) * x + x, in_axes=0)
    assert in_rows(np.array([1.5, -0.5])).tolist() == [eager(1.5, 0), eager(-0.5, 0)]


@pytest.mark.parametrize("how", ["point", "rows", "sum"])
def test_threads_call_one_function_at_once(ag: ModuleType, how: str) -> None:
    """With a rule in Python between, at which another thread may go on."""
    slow = ag.primitive("slowly doubled", lambda x: x + x, lambda x, out: 2.0)

    def f(w: Any, x: Any) -> Any:
        return slow(w * 3.0) + slow(x) * w

    fast = ag.compile(f) if how == "point" else ag.compile(f, in_axes=(None, 0), reduce="sum" if how == "sum" else None)
    rows = np.linspace(0.0, 1.0, 200)

    def expected(w: float) -> Any:
        if how == "point":
            return 6.0 * w + 2.0 * w
        return 6.0 * w + 2.0 * rows * w if how == "rows" else float(200 * 6.0 * w + 200.0 * w)

    fast(1.0, 1.0 if how == "point" else rows)
    problems: list[Any] = []
    start = threading.Barrier(6)

    def work(k: int) -> None:
        start.wait()
        for i in range(40):
            w = float(k * 100 + i)
            got = fast(w, 1.0 if how == "point" else rows)
            if not np.allclose(got, expected(w), rtol=1e-14):
                problems.append((w, got))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems


@pytest.mark.parametrize("reduce", [None, "sum"])
def test_an_exception_in_a_rule_is_the_callers_and_harms_nothing(ag: ModuleType, reduce: str | None) -> None:
    inverse = ag.primitive("inverse of mine", lambda x: 1.0 / x, lambda x, out: -out * out)
    at_point = ag.compile(lambda x: inverse(x) + x * 2)
    in_rows = ag.compile(lambda w, x: inverse(x) + w, in_axes=(None, 0), reduce=reduce)
    rows = np.ones(2_000)
    for _ in range(3):
        want = in_rows(1.0, rows)
        assert at_point(2.0) == 4.5
        with pytest.raises(ZeroDivisionError):
            at_point(0.0)
        rows[1_700] = 0.0
        with pytest.raises(ZeroDivisionError):
            in_rows(1.0, rows)
        rows[1_700] = 1.0
        assert np.array_equal(in_rows(1.0, rows), want)


@native
def test_an_exception_on_another_thread_is_the_callers() -> None:
    inverse = autograd.primitive("inverse by threads", lambda x: 1.0 / x, lambda x, out: -out * out)
    each, summed = runners(lambda w, x: inverse(x[0]) + w[0], 1, 1)
    rows = np.ones((60_000, 1))
    rows[59_999] = 0.0
    for runner in (each, summed):
        with pytest.raises(ZeroDivisionError):
            results_of(runner, [1.0], rows, threads=4)
        assert threading.active_count() < 4
        assert results_of(runner, [1.0], rows[:100], threads=4) == results_of(runner, [1.0], rows[:100], threads=1)


# ------------------------------------------------------------------------------------------------ memory


@native
def test_calls_leave_no_memory_behind() -> None:
    resource = pytest.importorskip("resource")
    rows = table(np.random.default_rng(0), 2_000, 3, 0.0)
    w = [math.sin(k) for k in range(20)]
    reduced = autograd.compile(SLOPES, in_axes=(None, 0), reduce="mean")
    each = autograd.compile(SLOPES, in_axes=(None, 0))
    at_point = autograd.compile(SLOPES)

    def once() -> None:
        reduced(w, rows)
        each(w, rows)
        at_point(w, [1.0, 2.0, 3.0])
        each(w, rows.tolist()[:3])
        with pytest.raises(ValueError, match="no table"):
            each(w, [[1.0], [1.0, 2.0]])

    for _ in range(20):
        once()
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(300):
        once()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 8_000, f"{grown} kilobytes, and one batch of results takes 400"


def test_a_function_that_is_gone_leaves_no_memory_behind() -> None:
    fast = autograd.compile(SLOPES, in_axes=(None, 0), reduce="mean")
    for _ in range(2):
        fast([0.1] * 20, np.ones((10, 3)))
    gone = weakref.ref(fast._recorded[next(iter(fast._recorded))][0].program)
    del fast
    gc.collect()
    assert gone() is None


@native
def test_guards_are_kept_for_every_row() -> None:
    """Of every block, on any number of threads; and a guard on what rows share is one for all."""
    rows = np.sin(np.arange(5_000.0)).reshape(-1, 1)
    each, _ = runners(lambda w, x: x[0] * w[0] if x[0] > 0.25 and w[0] > 0.0 else x[0], 1, 1)
    for threads in (1, 4):
        holds = np.ones(5_000, np.uint8)
        assert each.over_rows([[2.0]], [rows], 5_000, np.empty((1, 5_000)), holds, threads)
        assert np.array_equal(holds, rows[:, 0] > 0.25)
        assert not each.over_rows([[-2.0]], [rows], 5_000, np.empty((1, 5_000)), holds, threads)

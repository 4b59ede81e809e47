"""no_grad, enable_grad, detect_anomaly and what is being recorded belong to a context: of a task, a generator's user, a thread.

What the standard library does with `decimal.localcontext` and PyTorch with no_grad is the measure: a task keeps its own mode
over
an await; a block left on another thread than it was entered on changes nothing there; nothing stays switched afterwards.
"""

import asyncio
import concurrent.futures
import contextvars
import functools
import os
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from corners import known_fault, outcomes


def records(ag: ModuleType) -> bool:
    return bool((ag.Value(2.0) * 3.0).parents)


def alone(test: Callable[..., None]) -> Callable[..., None]:
    """Runs a test in a thread and a context of its own: a mode that it leaves switched on is not that of the tests after it."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            pool.submit(contextvars.Context().run, functools.partial(test, *args, **kwargs)).result()

    return run


# ------------------------------------------------------------------------------------------------ tasks


@known_fault("modes by context")
@alone
def test_a_task_in_no_block_records_while_another_awaits_in_one(ag: ModuleType) -> None:
    seen = {}

    async def inside(entered: asyncio.Event, left: asyncio.Event) -> None:
        with ag.no_grad():
            entered.set()
            await left.wait()
            seen["inside"] = records(ag)

    async def outside(entered: asyncio.Event, left: asyncio.Event) -> None:
        await entered.wait()
        seen["outside"] = records(ag)
        left.set()

    async def main() -> None:
        events = asyncio.Event(), asyncio.Event()
        await asyncio.gather(inside(*events), outside(*events))
        seen["after"] = records(ag)

    asyncio.run(main())
    assert seen == {"inside": False, "outside": True, "after": True} and records(ag)


@known_fault("modes by context")
@alone
def test_two_tasks_whose_blocks_overlap(ag: ModuleType) -> None:
    """enable_grad() and no_grad() entered and left crosswise, many times: each task sees its own, and nothing stays."""
    wrong = []

    async def one(k: int) -> None:
        for _ in range(5):
            with ag.no_grad():
                await asyncio.sleep(0)
                wrong.append(records(ag))
                with ag.enable_grad():
                    await asyncio.sleep(0)
                    wrong.append(not records(ag))
                await asyncio.sleep(0)
            await asyncio.sleep(0)
            wrong.append(not records(ag))

    async def main() -> None:
        await asyncio.gather(*[one(k) for k in range(7)])

    asyncio.run(main())
    assert not any(wrong) and records(ag) and ag.is_grad_enabled()


@known_fault("modes by context")
@alone
def test_anomalies_are_watched_by_the_task_that_asked(ag: ModuleType) -> None:
    found = {}

    async def watching(entered: asyncio.Event, left: asyncio.Event) -> None:
        with ag.detect_anomaly():
            entered.set()
            await left.wait()
            with pytest.raises(ag.AnomalyError):
                ag.Value(-1.0).log()
            found["enabled"] = ag.is_anomaly_enabled()

    async def other(entered: asyncio.Event, left: asyncio.Event) -> None:
        await entered.wait()
        try:
            found["other"] = repr(ag.Value(-1.0).log().data)
        except ag.AnomalyError:
            found["other"] = "raised"
        left.set()

    async def main() -> None:
        events = asyncio.Event(), asyncio.Event()
        await asyncio.gather(watching(*events), other(*events))

    asyncio.run(main())
    assert found == {"enabled": True, "other": "nan"} and not ag.is_anomaly_enabled()


@alone
def test_a_task_starts_in_the_mode_it_is_made_in(ag: ModuleType) -> None:
    """As with every ContextVar: a task made inside the block keeps the block's mode."""

    async def child() -> bool:
        return records(ag)

    async def main() -> tuple[bool, bool]:
        with ag.no_grad():
            inside = await asyncio.gather(child())
        return inside[0], await child()

    assert asyncio.run(main()) == (False, True)


@known_fault("modes by context")
@alone
def test_a_task_made_inside_keeps_its_mode_when_the_block_has_been_left(ag: ModuleType) -> None:
    async def child(go: asyncio.Event) -> bool:
        await go.wait()
        return records(ag)

    async def main() -> bool:
        go = asyncio.Event()
        with ag.no_grad():
            task = asyncio.create_task(child(go))
        go.set()
        return await task

    assert asyncio.run(main()) is False


@known_fault("modes by context")
@alone
def test_a_decorated_coroutine(ag: ModuleType) -> None:
    @ag.no_grad()
    async def computed() -> bool:
        await asyncio.sleep(0)
        return records(ag)

    async def main() -> tuple[bool, bool]:
        return await computed(), records(ag)

    assert asyncio.run(main()) == (False, True)


# ------------------------------------------------------------------------------------------------ generators


@known_fault("modes by context")
@alone
def test_a_decorated_generator_function(ag: ModuleType) -> None:
    """As PyTorch's: inside the generator nothing is recorded, between its items its user records."""

    @ag.no_grad()
    def items() -> Any:
        for _ in range(3):
            yield records(ag)

    found = []
    for inside in items():
        found.append((inside, records(ag)))
    assert found == [(False, True)] * 3


@known_fault("modes by context")
@alone
def test_a_decorated_generator_sends_throws_and_returns(ag: ModuleType) -> None:
    @ag.no_grad()
    def items() -> Any:
        got = yield records(ag)
        try:
            yield got
        except KeyError:
            yield records(ag)
        return "done"

    made = items()
    assert next(made) is False and made.send(5) == 5 and made.throw(KeyError()) is False and records(ag)
    with pytest.raises(StopIteration, match="done"):
        next(made)


@alone
def test_a_generator_that_is_inside_a_block_is_closed(ag: ModuleType) -> None:
    def items() -> Any:
        with ag.no_grad():
            yield 1
            yield 2

    made = items()
    next(made)
    made.close()
    assert records(ag) and ag.is_grad_enabled()


@known_fault("modes by context")
@alone
def test_a_generator_closed_inside_another_threads_block(ag: ModuleType) -> None:
    def items() -> Any:
        with ag.no_grad():
            yield 1

    made = items()
    next(made)
    seen = {}

    def other() -> None:
        with ag.no_grad():
            made.close()
            seen["in its block"] = records(ag)
        seen["after it"] = records(ag)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert seen == {"in its block": False, "after it": True}


@pytest.mark.parametrize("block", ["no_grad", "detect_anomaly", "enable_grad"])
@alone
def test_a_generator_closed_by_another_thread(ag: ModuleType, block: str) -> None:
    """That one is in no block afterwards."""

    def items() -> Any:
        with getattr(ag, block)():
            yield 1

    seen = {}

    def one() -> None:
        made = items()
        next(made)

        def other() -> None:
            made.close()
            seen["other"] = records(ag), ag.is_anomaly_enabled()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    thread = threading.Thread(target=contextvars.copy_context().run, args=(one,))
    thread.start()
    thread.join()
    assert seen == {"other": (True, False)}


# ------------------------------------------------------------------------------------------------ threads, contexts, executors


@alone
def test_a_thread_started_inside_a_block_records(ag: ModuleType) -> None:
    with ag.no_grad(), concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(records, ag).result() and not records(ag)


@known_fault("modes by context")
@alone
def test_a_context_carried_to_a_thread_carries_the_mode(ag: ModuleType) -> None:
    """What asyncio.to_thread does."""
    with ag.no_grad():
        context = contextvars.copy_context()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(context.run, records, ag).result() is False
        assert pool.submit(records, ag).result() is True
    assert context.run(records, ag) is False and records(ag)


@known_fault("modes by context")
@alone
def test_blocks_inside_a_context_stay_inside_it(ag: ModuleType) -> None:
    def enter() -> None:
        stay.append(ag.no_grad())
        stay[0].__enter__()

    stay: list[Any] = []
    context = contextvars.copy_context()
    context.run(enter)
    assert records(ag)
    context.run(stay[0].__exit__, None, None, None)
    assert records(ag) and context.run(records, ag)


@known_fault("modes by context")
@alone
def test_a_recording_in_one_task_is_not_told_of_another(ag: ModuleType) -> None:
    """An async function is not compiled, but a generator may be run inside one, and yield in the middle."""

    def part(x: Any) -> Any:
        made = half(x)
        next(made)
        found.append(records_nothing_of_trace())
        return next(made)

    def half(x: Any) -> Any:
        y = x * x
        yield y
        yield y + 1.0

    found: list[bool] = []

    def records_nothing_of_trace() -> bool:
        return contextvars.Context().run(lambda: type(ag.Value(1.0) < 2.0)) is bool

    assert ag.compile(part)(3.0) == 10.0 and found == [True]


@alone
def test_nested_blocks_and_exceptions(ag: ModuleType) -> None:
    with pytest.raises(ZeroDivisionError), ag.no_grad(), ag.enable_grad(), ag.no_grad():
        assert not records(ag)
        raise ZeroDivisionError
    assert records(ag) and ag.is_grad_enabled() and not ag.is_anomaly_enabled()


@alone
def test_one_block_object_used_twice_and_inside_itself(ag: ModuleType) -> None:
    block = ag.no_grad()
    with block, block:
        assert not records(ag)
    with block:
        assert not records(ag)
    assert records(ag)


@functools.cache
def forked(build: str) -> dict[str, str]:
    from builds import BUILDS

    return outcomes(BUILDS[build], FORKING, FORKS, seconds=10)


FORKING = """
import os, threading, time
from autograd import Value
compiled = autograd.compile(lambda x: x * x)
compiled(1.0)

def in_child(work):
    '''The exit code of a child that does some work; 99 if it hangs.'''
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    end = time.monotonic() + 3.0
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done: return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return 99

def while_another(busy, work):
    '''Forks while a thread is in the middle of `busy`, which is given a function that waits.'''
    inside, go = threading.Event(), threading.Event()
    def wait(*_):
        inside.set()
        go.wait(8.0)
        return 0.0
    thread = threading.Thread(target=busy, args=(wait,))
    thread.start()
    assert inside.wait(5.0)
    code = in_child(work)
    go.set()
    thread.join()
    assert code == 0, code

def graph():
    x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0

def call():
    assert compiled(4.0) == 16.0
    assert compiled([2.0, 3.0][0]) == 4.0

def record_anew():
    assert autograd.compile(autograd.grad(lambda x: x * x))(3.0) == 6.0
"""
_RECORDING = "lambda wait: autograd.compile(lambda x: x * x + wait())(3.0)"
FORKS = {
    "backward, while a thread records": f"while_another({_RECORDING}, graph)",
    "a known call, while a thread records": f"while_another({_RECORDING}, call)",
    "another recording, while a thread records": f"while_another({_RECORDING}, record_anew)",
    "the same function, while a thread records it": """
f = autograd.compile(lambda x: x * x + wait_here())
wait_here = lambda: 0.0
def busy(wait):
    global wait_here
    wait_here = wait
    f([1.0, 2.0][1])
def work():
    global wait_here
    wait_here = lambda: 0.0
    assert f(3.0) == 9.0
while_another(busy, work)
""",
    "over rows, while a thread runs over rows": """
import numpy as np
from autograd import primitive
armed = []
def rule(x):
    if armed: armed.pop()()
    return x * 1.0
own = primitive("waits", rule, lambda x, out: 1.0)
f = autograd.compile(lambda x: own(x) * 2.0, in_axes=0)
f(np.arange(3.0))
def busy(wait):
    armed.append(wait)
    f(np.arange(3.0))
def work():
    armed.clear()
    assert f(np.arange(5.0)).tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]
while_another(busy, work)
""",
    "backward, while a thread is in backward": """
def busy(wait):
    import sys
    x = Value(1.0)
    y = x * x
    if autograd.build == "pure":  # compiled, a pass keeps the interpreter to itself
        sys.setprofile(lambda frame, event, argument: wait() if frame.f_code.co_name == "whole_pass" else None)
    y.backward()
    sys.setprofile(None)
    wait()
while_another(busy, graph)
""",
    "every lock of the package held": """
import sys
kinds = type(threading.Lock()), type(threading.RLock())
locks = [v for name, m in [*sys.modules.items()] if name.startswith("autograd") for v in vars(m).values() if type(v) in kinds]
def busy(wait):
    for lock in locks: lock.acquire()
    wait()
    for lock in locks: lock.release()
def work():
    graph()
    call()
    record_anew()
    assert autograd.compile(autograd.derivative(lambda x: x.mish().arctan2(x.gelu()), 2))(0.3)  # of rows that are made for it
while_another(busy, work)
""",
    "a property that is computed once, while a thread computes it": """
from autograd import derivative, jvp, primitive
armed = []
def slope(x, out):
    if armed and isinstance(x, Value): armed.pop()()
    return 2.0 * x
own = primitive("waits", lambda x: x * x, slope)
def twice():
    return derivative(lambda x: jvp(own, (x,), (1.0,))[1])(3.0)
def busy(wait):
    armed.append(wait)
    twice()
def work():
    armed.clear()
    assert twice() == 2.0
while_another(busy, work)
""",
    "in a block of no_grad": """
with autograd.no_grad():
    def work():
        assert not (Value(1.0) * 2.0).parents
    assert in_child(work) == 0
assert in_child(graph) == 0
""",
    "the next pass of a graph made before": """
x = Value(3.0)
y = x * x
y.backward()
def work():
    y.backward()
    assert x.grad == 12.0
assert in_child(work) == 0 and x.grad == 6.0
""",
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize(
    "case",
    [*FORKS],
)
def test_a_fork(ag: ModuleType, case: str) -> None:
    assert forked(ag.build)[case] == ""

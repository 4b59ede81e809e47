"""no_grad, enable_grad, detect_anomaly and what is being recorded belong to a context: of a task, a generator's user, a thread.

What the standard library does with `decimal.localcontext` and PyTorch with no_grad is the measure: a task keeps its own mode
over an await; a block left on another thread than it was entered on changes nothing there; nothing stays switched afterwards.
"""

import asyncio
import concurrent.futures
import contextvars
from types import ModuleType
from typing import Any

import pytest
from contexts import alone, records

# ------------------------------------------------------------------------------------------------ tasks


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


@alone
def test_a_decorated_coroutine(ag: ModuleType) -> None:
    @ag.no_grad()
    async def computed() -> bool:
        await asyncio.sleep(0)
        return records(ag)

    async def main() -> tuple[bool, bool]:
        return await computed(), records(ag)

    assert asyncio.run(main()) == (False, True)


# ------------------------------------------------------------------------------------------------ threads, contexts, executors


@alone
def test_a_thread_started_inside_a_block_records(ag: ModuleType) -> None:
    with ag.no_grad(), concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(records, ag).result() and not records(ag)


@alone
def test_a_context_carried_to_a_thread_carries_the_mode(ag: ModuleType) -> None:
    """What asyncio.to_thread does."""
    with ag.no_grad():
        context = contextvars.copy_context()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(context.run, records, ag).result() is False
        assert pool.submit(records, ag).result() is True
    assert context.run(records, ag) is False and records(ag)


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

"""Modes where code runs in steps, as generators and coroutines, and what decorators make of them; blocks left elsewhere."""

import asyncio
import concurrent.futures
import contextvars
import copy
import functools
import gc
import inspect
import pickle
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from contexts import alone, records

# ------------------------------------------------------------------------------------------------ generators


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


@alone
def test_a_generator_that_yields_inside_a_block(ag: ModuleType) -> None:
    """As docs/guide.md says: its user is inside, too, until it leaves the block. Of generators Python has no contexts."""

    def items() -> Any:
        with ag.no_grad():
            yield 1
        yield 2

    made = items()
    assert [(next(made), records(ag)) for _ in range(2)] == [(1, False), (2, True)]
    for kind in (ag.no_grad, ag.enable_grad, ag.detect_anomaly):
        inside = kind()(items)()
        assert [(next(inside), records(ag), ag.is_anomaly_enabled()) for _ in range(2)] == [(1, True, False), (2, True, False)]


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


# ------------------------------------------------------------------------------------------------ kinds of functions

BLOCKS: dict[str, Callable[[ModuleType], bool]] = {
    "no_grad": lambda ag: not ag.is_grad_enabled() and not records(ag),
    "detect_anomaly": lambda ag: bool(ag.is_anomaly_enabled() and (ag.Value(2.0) * 3.0).origin),
}
"""Whether one is inside, by what becomes of a node."""


@pytest.mark.parametrize("block", BLOCKS)
@alone
def test_decorators_keep_the_kind_of_a_function(ag: ModuleType, block: str) -> None:
    decorator = getattr(ag, block)()

    def plain(a: int, b: int = 2) -> bool:
        """Says."""
        return BLOCKS[block](ag)

    def generator() -> Any:
        yield BLOCKS[block](ag)

    async def coroutine() -> bool:
        return BLOCKS[block](ag)

    async def items() -> Any:
        yield BLOCKS[block](ag)

    async def first(made: Any) -> Any:
        return await anext(made)

    kinds = inspect.isgeneratorfunction, inspect.iscoroutinefunction, inspect.isasyncgenfunction
    for function in (plain, generator, coroutine, items):
        made = decorator(function)
        assert [kind(made) for kind in kinds] == [kind(function) for kind in kinds]
        assert (made.__name__, made.__doc__, made.__wrapped__) == (function.__name__, function.__doc__, function)
        assert inspect.signature(made) == inspect.signature(function)
        partial = decorator(functools.partial(function))
        assert [kind(partial) for kind in kinds] == [kind(function) for kind in kinds]
    for _ in range(2):
        assert decorator(plain)(1) and [*decorator(generator)()] == [True]
        assert asyncio.run(decorator(coroutine)()) and asyncio.run(first(decorator(items)()))
        assert not BLOCKS[block](ag)


@alone
def test_a_decorated_method_of_each_kind(ag: ModuleType) -> None:
    class Model:
        @ag.no_grad()
        def __call__(self) -> bool:
            return records(ag)

        @ag.no_grad()
        def items(self) -> Any:
            yield records(ag)

        @ag.no_grad()
        async def later(self) -> bool:
            return records(ag)

    model = Model()
    assert (model(), [*model.items()], asyncio.run(model.later())) == (False, [False], False) and records(ag)


@alone
def test_what_a_decorated_generator_enters_itself_stays_inside_it(ag: ModuleType) -> None:
    """Its blocks are inside the decorator's also when it goes on, and its user is in none of them."""

    @ag.no_grad()
    def items() -> Any:
        yield records(ag)
        with ag.enable_grad():
            yield records(ag)
            with ag.detect_anomaly():
                yield records(ag) and ag.is_anomaly_enabled()
            yield records(ag) and not ag.is_anomaly_enabled()
        yield records(ag)

    found = []
    for inside in items():
        found.append(inside)
        assert records(ag) and not ag.is_anomaly_enabled()
    assert found == [False, True, True, True, False]


@alone
def test_a_decorated_generator_takes_on_the_blocks_of_whoever_runs_it(ag: ModuleType) -> None:
    @ag.enable_grad()
    def items() -> Any:
        while True:
            yield records(ag), ag.is_anomaly_enabled()

    made = items()
    with ag.no_grad(), ag.detect_anomaly():
        assert next(made) == (True, True) and not records(ag)
    assert next(made) == (True, False)
    with ag.no_grad():
        assert next(made) == (True, False) and not records(ag)
    assert not ag.is_anomaly_enabled() and records(ag)


@alone
def test_decorated_generators_inside_themselves_and_beside_others(ag: ModuleType) -> None:
    @ag.no_grad()
    def down(n: int) -> Any:
        yield records(ag)
        if n:
            with ag.enable_grad():
                yield not records(ag)
                yield from down(n - 1)
        yield records(ag)

    several = [down(k) for k in range(4)]
    while several:
        for made in [*several]:
            inside = next(made, None)
            assert not inside and records(ag)
            if inside is None:
                several.remove(made)


@pytest.mark.parametrize("ends", ["closed", "closed by another thread", "forgotten", "raises", "is thrown into"])
@alone
def test_a_decorated_generator_that(ag: ModuleType, ends: str) -> None:
    seen = []

    @ag.no_grad()
    def items() -> Any:
        try:
            yield 1
            raise ZeroDivisionError
        finally:
            seen.append(records(ag))

    made = items()
    next(made)
    if ends == "closed":
        made.close()
    elif ends == "forgotten":
        del made
    elif ends == "raises":
        with pytest.raises(ZeroDivisionError):
            next(made)
    elif ends == "is thrown into":
        with pytest.raises(KeyError):
            made.throw(KeyError())
    else:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            pool.submit(made.close).result()
            assert pool.submit(records, ag).result()
    assert seen == [False] and records(ag)


@alone
def test_a_decorated_async_generator_sends_throws_and_is_closed(ag: ModuleType) -> None:
    seen = []

    @ag.no_grad()
    async def items() -> Any:
        try:
            got = yield records(ag)
            await asyncio.sleep(0)
            try:
                yield got, records(ag)
            except KeyError:
                yield "caught", records(ag)
        finally:
            await asyncio.sleep(0)
            seen.append(records(ag))

    async def main() -> None:
        made = items()
        assert await made.asend(None) is False and records(ag)
        assert await made.asend(5) == (5, False) and records(ag)
        assert await made.athrow(KeyError()) == ("caught", False) and records(ag)
        await made.aclose()
        assert seen == [False] and records(ag)
        with pytest.raises(StopAsyncIteration):
            await made.asend(None)
        assert [item async for item in items()] == [False, (None, False)] and records(ag)

    asyncio.run(main())


@alone
def test_a_decorated_coroutine_run_by_hand(ag: ModuleType) -> None:
    """Without tasks there is no context of its own: whoever runs it is outside all the same."""

    class Pause:
        def __await__(self) -> Any:
            return (yield "pause")

    @ag.no_grad()
    async def computed() -> Any:
        return records(ag), await Pause(), records(ag)

    made = computed()
    assert made.send(None) == "pause" and records(ag)
    with pytest.raises(StopIteration) as end:
        made.send(7)
    assert end.value.value == (False, 7, False) and records(ag)


@alone
def test_a_cancelled_task_and_one_that_raises(ag: ModuleType) -> None:
    seen = []

    @ag.no_grad()
    async def decorated() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            seen.append(records(ag))

    async def in_block() -> None:
        with ag.no_grad():
            await decorated()

    async def raising() -> None:
        with ag.no_grad(), ag.detect_anomaly():
            await asyncio.sleep(0)
            raise ZeroDivisionError

    async def main() -> None:
        tasks = [asyncio.create_task(f()) for f in (decorated, in_block, raising)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(end) for end in found] == [asyncio.CancelledError, asyncio.CancelledError, ZeroDivisionError]
        assert records(ag) and not ag.is_anomaly_enabled()

    asyncio.run(main())
    assert seen == [False, False] and records(ag)


@alone
def test_executors(ag: ModuleType) -> None:
    """to_thread carries the context over, run_in_executor does not: as for every ContextVar."""

    async def main() -> list[bool]:
        loop = asyncio.get_running_loop()
        with ag.no_grad():
            found = [await asyncio.to_thread(records, ag), await loop.run_in_executor(None, records, ag)]
        return [*found, await asyncio.to_thread(records, ag), await loop.run_in_executor(None, records, ag)]

    assert asyncio.run(main()) == [False, True, True, True]


# ------------------------------------------------------------------------------------------------ blocks left elsewhere


@alone
def test_a_generator_closed_elsewhere_was_inside_here(ag: ModuleType) -> None:
    """Whoever ran it into its block is out of it again, when another thread has closed it."""

    def items() -> Any:
        with ag.no_grad(), ag.detect_anomaly():
            yield 1

    for _ in range(2):
        made = items()
        next(made)
        assert not records(ag)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            pool.submit(made.close).result()
            assert pool.submit(records, ag).result()
        assert records(ag) and not ag.is_anomaly_enabled()


@alone
def test_an_async_generator_that_is_left_in_the_middle(ag: ModuleType) -> None:
    """The event loop closes it later, in a context of its own."""

    async def items() -> Any:
        with ag.no_grad():
            for k in range(5):
                yield k

    async def main() -> None:
        async for _ in items():
            assert not records(ag)  # it is no decorated one
            break
        for _ in range(5):
            await asyncio.sleep(0)
        gc.collect()
        assert records(ag)

    asyncio.run(main())


@alone
def test_blocks_left_in_another_order(ag: ModuleType) -> None:
    def inside(block: Any) -> Any:
        with block:
            yield

    first, second, third = inside(ag.no_grad()), inside(ag.enable_grad()), inside(ag.detect_anomaly())
    for made in (first, second, third):
        next(made)
    assert records(ag) and ag.is_anomaly_enabled()
    second.close()
    assert not records(ag) and ag.is_anomaly_enabled()
    first.close()
    assert records(ag) and ag.is_anomaly_enabled()
    third.close()
    assert records(ag) and not ag.is_anomaly_enabled()


@alone
def test_one_block_for_many_threads_and_tasks(ag: ModuleType) -> None:
    block = ag.no_grad()
    barrier = threading.Barrier(4)

    def work(k: int) -> list[bool]:
        found = []
        for _ in range(20):
            barrier.wait(20)
            with block:
                barrier.wait(20)
                found.append(records(ag))
                with block:
                    found.append(records(ag))
                barrier.wait(20)
                found.append(records(ag))
            found.append(not records(ag))
        return found

    async def task() -> list[bool]:
        with block:
            await asyncio.sleep(0)
            found = [records(ag)]
        await asyncio.sleep(0)
        return [*found, not records(ag)]

    async def main() -> None:
        assert not any(map(any, await asyncio.gather(*[task() for _ in range(9)])))

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert not any(map(any, pool.map(work, range(4))))
    asyncio.run(main())
    assert records(ag)


@alone
def test_a_copy_of_a_block_is_one_nobody_is_inside(ag: ModuleType) -> None:
    block = ag.no_grad()
    with block:
        for other in (copy.copy(block), copy.deepcopy(block), pickle.loads(pickle.dumps(block))):
            with other, ag.enable_grad():
                assert records(ag)
            assert not records(ag)
    assert records(ag)


@alone
def test_a_task_made_while_a_function_is_recorded(ag: ModuleType) -> None:
    """It goes on when the recording is over, and no Value that it makes is a part of it."""
    tasks = []

    async def later() -> Any:
        await asyncio.sleep(0)
        x = ag.Value(3.0)
        y = x * x
        y.backward()
        x.data = 4.0
        return x.grad, type(y < 2.0), x.data

    def f(x: Any) -> Any:
        tasks.append(asyncio.get_running_loop().create_task(later()))
        return x * 2.0

    async def main() -> Any:
        assert ag.compile(f)(3.0) == 6.0
        return await tasks[0]

    assert asyncio.run(main()) == (6.0, bool, 4.0)


@pytest.mark.parametrize("block", ["no_grad", "detect_anomaly"])
@alone
def test_nodes_cost_nothing_more_when_all_blocks_are_left(ag: ModuleType, block: str) -> None:
    """While any block holds anywhere, each new node asks for its context; and no longer than that."""
    if ag.build != "pure":
        pytest.skip("compiled, the count is C's own")
    modes = ag.engine.modes
    gc.collect()
    before = modes.blocks_anywhere, modes.calls_anywhere

    def items() -> Any:
        with getattr(ag, block)():
            yield 1

    async def task() -> None:
        with getattr(ag, block)():
            await asyncio.sleep(0)

    async def main() -> None:
        with getattr(ag, block)():
            await asyncio.gather(task(), task())

    asyncio.run(main())
    made = items()
    next(made)
    assert modes.blocks_anywhere > before[0]
    thread = threading.Thread(target=made.close)
    thread.start()
    thread.join()
    assert ag.is_grad_enabled() and not ag.is_anomaly_enabled()
    ag.grad(lambda x: x * x)(3.0)
    ag.compile(ag.hessian(lambda x: x * x))(3.0)
    gc.collect()
    assert (modes.blocks_anywhere, modes.calls_anywhere) == before

"""What decorates: functions that give what runs later, callables, methods of a class, no parentheses."""

import asyncio
import functools
import inspect
import types
from types import ModuleType
from typing import Any

import pytest
from contexts import alone, records

KINDS = ("no_grad", "enable_grad", "detect_anomaly")


def inside(ag: ModuleType, kind: str) -> bool:
    """Whether code is inside a block of this kind and in no other."""
    return (ag.is_grad_enabled(), records(ag), ag.is_anomaly_enabled()) == (kind != "no_grad",) * 2 + (
        kind == "detect_anomaly",
    )


def passed_on(function: Any) -> Any:
    """As many decorators do, which give a plain function for one of any kind."""

    @functools.wraps(function)
    def passing(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return passing


async def all_of(made: Any) -> list[Any]:
    return [item async for item in made]


@pytest.mark.parametrize("kind", KINDS)
@alone
def test_a_plain_function_that_gives_what_runs_later(ag: ModuleType, kind: str) -> None:
    """A generator, a coroutine or an async generator that it made runs inside, as of a decorated function of that kind."""
    block = getattr(ag, kind)()

    def generator() -> Any:
        yield inside(ag, kind)

    async def coroutine() -> bool:
        await asyncio.sleep(0)
        return inside(ag, kind)

    async def several() -> Any:
        yield inside(ag, kind)
        await asyncio.sleep(0)
        yield inside(ag, kind)

    @types.coroutine
    def awaited() -> Any:
        yield
        return inside(ag, kind)

    async def of(made: Any) -> Any:
        return await made

    with ag.no_grad() if kind == "enable_grad" else ag.enable_grad():
        assert [*block(passed_on(generator))()] == [True]
        assert [*block(lambda: (inside(ag, kind) for _ in range(2)))()] == [True, True]
        assert asyncio.run(block(passed_on(coroutine))()) is True
        assert asyncio.run(all_of(block(passed_on(several))())) == [True, True]
        for function in (awaited, passed_on(awaited)):
            assert asyncio.run(of(block(function)())) is True
        assert not inside(ag, kind) or kind == "enable_grad"
    assert records(ag) and not ag.is_anomaly_enabled()


@alone
def test_what_runs_later_sends_throws_and_closes(ag: ModuleType) -> None:
    seen = []

    def generator() -> Any:
        try:
            got = yield records(ag)
            try:
                yield got
            except KeyError:
                yield records(ag)
        finally:
            seen.append(records(ag))

    made = ag.no_grad()(passed_on(generator))()
    assert next(made) is False and made.send(5) == 5 and made.throw(KeyError()) is False and records(ag)
    made.close()
    assert seen == [False] and records(ag)


@alone
def test_callables_that_are_no_functions(ag: ModuleType) -> None:
    class Generator:
        def __call__(self) -> Any:
            yield records(ag)

    class Coroutine:
        async def __call__(self) -> bool:
            return records(ag)

    class Several:
        async def __call__(self) -> Any:
            yield records(ag)

    block = ag.no_grad()
    assert [*block(Generator())()] == [False]
    assert asyncio.run(block(Coroutine())()) is False
    assert asyncio.run(all_of(block(Several())())) == [False]
    assert block(functools.lru_cache(lambda: records(ag)))() is False and records(ag)


@alone
def test_static_and_class_methods_in_either_order(ag: ModuleType) -> None:
    class Model:
        @ag.no_grad()
        @staticmethod
        def first(x: int) -> Any:
            return x, records(ag)

        @staticmethod
        @ag.no_grad()
        def second(x: int) -> Any:
            return x, records(ag)

        @ag.no_grad()
        @classmethod
        def third(cls, x: int) -> Any:
            yield cls, x, records(ag)

        @classmethod
        @ag.no_grad
        def fourth(cls, x: int) -> Any:
            yield cls, x, records(ag)

    for of in (Model, Model()):
        assert of.first(1) == of.second(1) == (1, False)
        assert [*of.third(2)] == [*of.fourth(2)] == [(Model, 2, False)]


@pytest.mark.parametrize("kind", KINDS)
@alone
def test_without_parentheses(ag: ModuleType, kind: str) -> None:
    """As PyTorch's."""
    decorator = getattr(ag, kind)

    @decorator
    def plain() -> bool:
        return inside(ag, kind)

    @decorator
    def generator() -> Any:
        yield inside(ag, kind)

    @decorator
    async def coroutine() -> bool:
        return inside(ag, kind)

    assert plain() and [*generator()] == [True] and asyncio.run(coroutine())
    assert inspect.isgeneratorfunction(generator) and inspect.iscoroutinefunction(coroutine)
    assert records(ag) and not ag.is_anomaly_enabled()


@pytest.mark.parametrize("kind", KINDS)
@alone
def test_what_is_no_function_is_refused(ag: ModuleType, kind: str) -> None:
    for thing in (False, 0, "f", [print], int, property(print), functools.partialmethod(print)):
        for decorate in (getattr(ag, kind), getattr(ag, kind)()):
            with pytest.raises(TypeError, match=rf"{kind}\(\) decorates functions and methods, and this is "):
                decorate(thing)
    assert records(ag)

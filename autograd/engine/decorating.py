"""Functions that run inside a block, by what kind of function they are: the decorators of modes.py.

A generator or a coroutine runs step by step, from one `yield` or `await` to the next, and other code runs between its steps. So
each step is taken inside the block, and what runs between the steps is not.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Generator
from typing import Any

Take = Callable[..., Any]
"""Takes a step: `take(step, *given)` gives step(*given)."""

# Of a function's code, as the module inspect names them; importing that takes longer than the engine does.
CO_GENERATOR, CO_COROUTINE, CO_ITERABLE_COROUTINE, CO_ASYNC_GENERATOR = 0x20, 0x80, 0x100, 0x200


def _flags(function: Any) -> int:
    """Of what kind a function is, also one that stands behind a method or a partial."""
    while isinstance(function, functools.partial):
        function = function.func
    function = getattr(function, "__func__", function)
    flags: int = getattr(getattr(function, "__code__", None), "co_flags", 0)
    return flags


def stepped(made: Any, take: Take) -> Generator[Any, Any, Any]:
    """What a generator or a coroutine gives, receives and returns, each of its steps taken by `take`."""
    step, given = made.send, None
    while True:
        try:
            item = take(step, given)
        except StopIteration as end:
            return end.value
        try:
            step, given = made.send, (yield item)
        except GeneratorExit:
            take(made.close)
            raise
        except BaseException as thrown:
            step, given = made.throw, thrown


@types.coroutine
def stepped_coroutine(made: Any, take: Take) -> Generator[Any, Any, Any]:
    """The same of a generator that is awaited: one of `types.coroutine`."""
    return (yield from stepped(made, take))


class Awaited:
    """What is awaited in the place of a coroutine, for its steps to be taken by `take`."""

    def __init__(self, made: Any, take: Take) -> None:
        self.made = made
        self.take = take

    def __await__(self) -> Generator[Any, Any, Any]:
        return stepped(self.made, self.take)


async def awaited(made: Any, take: Take) -> Any:
    """What a coroutine returns."""
    return await Awaited(made, take)


def items(make: Callable[..., Any], taking: Callable[[], Take]) -> Callable[..., Any]:
    """An async generator function that gives, receives and raises what the one that `make` makes does."""

    async def run(*args: Any, **kwargs: Any) -> Any:
        made, take = make(*args, **kwargs), taking()
        step, given = made.asend, None
        try:
            while True:
                item = await Awaited(step(given), take)
                try:
                    step, given = made.asend, (yield item)
                except GeneratorExit:
                    raise
                except BaseException as thrown:
                    step, given = made.athrow, thrown
        except StopAsyncIteration:
            return
        finally:
            await Awaited(made.aclose(), take)

    return run


def continued(made: Any, taking: Callable[[], Take]) -> Any:
    """What a function gave; of what goes on to run step by step, as a generator, the same with its steps taken."""
    if isinstance(made, types.GeneratorType):
        is_awaited = made.gi_code.co_flags & CO_ITERABLE_COROUTINE
        return stepped_coroutine(made, taking()) if is_awaited else stepped(made, taking())
    if isinstance(made, types.CoroutineType):
        return awaited(made, taking())
    return items(lambda: made, taking)() if isinstance(made, types.AsyncGeneratorType) else made


def decorated(function: Any, block: Any, taking: Callable[[], Take]) -> Any:
    """The function inside a block; of the same kind, so that whoever asks for a coroutine function is given one.

    A static or a class method stays one. What a plain function gives may run later, a generator that it made: its steps are
    taken, too. TypeError for what is no function.

    taking      gives what takes the steps of one generator or coroutine
    """
    if isinstance(function, (staticmethod, classmethod)):
        return type(function)(decorated(function.__func__, block, taking))
    if not callable(function) or isinstance(function, type):
        raise TypeError(f"{type(block).__name__}() decorates functions and methods, and this is {function!r}")
    flags = _flags(function)
    run: Callable[..., Any]
    if flags & CO_GENERATOR:

        def run(*args: Any, **kwargs: Any) -> Any:
            return (yield from stepped(function(*args, **kwargs), taking()))

        if flags & CO_ITERABLE_COROUTINE:
            run = types.coroutine(run)

    elif flags & CO_COROUTINE:

        async def run(*args: Any, **kwargs: Any) -> Any:
            return await Awaited(function(*args, **kwargs), taking())

    elif flags & CO_ASYNC_GENERATOR:
        run = items(function, taking)

    else:

        def run(*args: Any, **kwargs: Any) -> Any:
            with block:
                return continued(function(*args, **kwargs), taking)

    return functools.wraps(function)(run)

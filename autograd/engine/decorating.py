"""Functions that run inside a block, by what kind of function they are: the decorators of modes.py.

A generator or a coroutine runs step by step, from one `yield` or `await` to the next, and other code runs between its steps. So
each step is taken inside the block, and what runs between the steps is not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from typing import Any

Take = Callable[..., Any]
"""Takes a step: `take(step, *given)` gives step(*given)."""

# Of a function's code, as the module inspect names them; importing that takes longer than the engine does.
CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR = 0x20, 0x80, 0x200


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


class Awaited:
    """What is awaited in the place of a coroutine, for its steps to be taken by `take`."""

    def __init__(self, made: Any, take: Take) -> None:
        self.made = made
        self.take = take

    def __await__(self) -> Generator[Any, Any, Any]:
        return stepped(self.made, self.take)


def decorated(function: Callable[..., Any], block: Any, taking: Callable[[], Take]) -> Callable[..., Any]:
    """The function inside a block; of the same kind, so that whoever asks for a coroutine function is given one.

    taking      gives what takes the steps of one generator or coroutine
    """
    flags = _flags(function)
    run: Callable[..., Any]
    if flags & CO_GENERATOR:

        def run(*args: Any, **kwargs: Any) -> Any:
            return (yield from stepped(function(*args, **kwargs), taking()))

    elif flags & CO_COROUTINE:

        async def run(*args: Any, **kwargs: Any) -> Any:
            return await Awaited(function(*args, **kwargs), taking())

    elif flags & CO_ASYNC_GENERATOR:

        async def run(*args: Any, **kwargs: Any) -> Any:
            made, take = function(*args, **kwargs), taking()
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

    else:

        def run(*args: Any, **kwargs: Any) -> Any:
            with block:
                return function(*args, **kwargs)

    return functools.wraps(function)(run)

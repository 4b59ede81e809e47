"""What tests of modes share: whether anything is recorded here, and a context of its own for a test."""

import concurrent.futures
import contextvars
import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any


def records(ag: ModuleType) -> bool:
    return bool((ag.Value(2.0) * 3.0).parents)


def alone(test: Callable[..., None]) -> Callable[..., None]:
    """Runs a test in a thread and a context of its own: a mode that it leaves switched on is not that of the tests after it."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            pool.submit(contextvars.Context().run, functools.partial(test, *args, **kwargs)).result()

    return run

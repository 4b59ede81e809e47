"""functools.cached_property without a lock, which Python 3.11 holds while it computes the property of any instance of a class.

A child forked meanwhile, by another thread, would wait for that lock for ever. From Python 3.12 on there is none.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or sys.version_info >= (3, 12):
    from functools import cached_property as cached_property
else:

    class cached_property:  # noqa: N801 (as there)
        """A property that is computed once for each instance. Threads that ask for it at the same time may all compute it."""

        def __init__(self, compute: Callable[[Any], Any]) -> None:
            self.compute = compute
            self.__doc__ = compute.__doc__

        def __set_name__(self, owner: type, name: str) -> None:
            self.name = name

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            if instance is None:
                return self
            # From now on the attribute is found in the instance. The first result stays, if threads have made two.
            return vars(instance).setdefault(self.name, self.compute(instance))

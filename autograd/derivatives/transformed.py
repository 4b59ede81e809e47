"""What a transform makes of a function: a function with a name, that goes where functions go, and to workers."""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any

from .argument_names import name_of
from .sparse import ENTRIES

Function = Callable[..., Any]


class Transformed:
    """A function that a transform made of another one. Copies and pickles have the transform, the function and its settings."""

    def __init__(self, made: Function, name: str, transform: Function, f: Function, settings: dict[str, Any]) -> None:
        self.__name__ = self.__qualname__ = f"{name}({name_of(f)})"
        self.__doc__ = f"{name} of {name_of(f)}, made by autograd."
        self.__wrapped__ = f
        self._made = made
        self._again = transform, f, settings

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._made(*args, **kwargs)

    def __get__(self, thing: Any, kind: Any = None) -> Any:
        """In a class it is a method, as a function is."""
        return self if thing is None else MethodType(self, thing)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, self._again


def with_entries(f: Function) -> Function:
    """What is recorded of a function: of a sparse derivative its entries, of which a program makes the matrix."""
    if not isinstance(f, Transformed) or f._again[2].get("sparse") is not True:
        return f
    transform, of, settings = f._again
    made: Function = transform(of, **{**settings, "sparse": ENTRIES})
    return made


def _made_again(transform: Function, f: Function, settings: dict[str, Any]) -> Any:
    return transform(f, **settings)


def transformed(transform: Function, f: Function, name: str = "", **settings: Any) -> Callable[[Function], Function]:
    """Makes what `transform` gives of f, with these settings, of a function that computes it.

    What `compile` made knows itself what a transform gives of it: `f.transformed(transform, settings)`.
    """
    of_its_own = getattr(type(f), "transformed", None)
    if of_its_own is not None:
        return lambda _: of_its_own(f, transform, settings)
    return lambda made: Transformed(made, name or transform.__name__, transform, f, settings)

"""Types for checkers and editors, of a module whose source has the types of C."""

from typing import Any

from ..derivatives.trees import Tree
from ..engine.value import Value
from ..runtime.executor import Runner

class Caller:
    watched: Any
    by_order: bool

    def __init__(self) -> None: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any: ...
    def remember(
        self,
        runner: Runner,
        like: list[tuple[str | None, Any]],
        sums: Tree | None,
        each: Tree | None,
        captured: list[Value],
        mean: bool,
    ) -> None: ...
    def remember_crossing(self, ways: Any, like: list[tuple[str | None, Any]]) -> None: ...
    def forget(self) -> None: ...

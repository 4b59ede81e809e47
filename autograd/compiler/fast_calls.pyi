"""Types for checkers and editors; written by tools/stubs.py."""

from collections.abc import Callable
from typing import Any

from ..derivatives.trees import Tree
from ..engine.value import Value
from ..runtime.executor import Runner

KINDS: dict[str, int]
MISSED: object

class Entry:
    def __init__(
        self,
        runner: Runner,
        kinds: list[tuple[int, Any]],
        tree: Tree,
        captured: list[Value],
        reduce: str,
        many: Callable[[Tree, Any], Any] | None,
    ) -> None: ...
    def answer(self, args: tuple[Any, ...]) -> Any: ...

class Caller:
    def __init__(self) -> None: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any: ...
    def remember(self, entry: Entry) -> None: ...

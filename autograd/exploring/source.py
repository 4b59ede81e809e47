"""The source of what was recorded: which lines are shown beside the graph, where in them each node was made, and the names that
results were given there.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable, Sequence
from functools import cache

from .recording import Place

MOST_LINES = 400
"""How many lines of source stand beside a graph; of more, those of the functions met first."""

Span = tuple[int, int, int, int]
"""(line, column, last line, column after the end), lines from 0 among those shown, columns in characters."""


class Source:
    """The functions that some places lie in, in the order in which they were met.

    lines       (number, text, whether it ran) of each line that is shown; (0, "", True) between two functions
    spans       for each place where it stands in these lines; None where it does not
    names       for each place the variable that its result was assigned to; "" for none

    whole       a file that is shown from its first line to its last, if it has no more than may be shown
    """

    def __init__(self, places: Sequence[Place | None], ran: Iterable[tuple[str, int]], whole: str = "") -> None:
        self.lines: list[tuple[int, str, bool]] = []
        self._row: dict[tuple[str, int], int] = {}
        self._ran = set(ran)
        self._names: dict[tuple[str, int, int, int, int], str] = {}
        self._files: dict[str, ast.Module] = {}
        self._known: dict[Place, tuple[Span | None, str]] = {}
        if whole and len(linecache.getlines(whole)) <= MOST_LINES:
            self._put(whole, 1, len(linecache.getlines(whole)))
        found = [self._of(place) for place in places]
        self.spans = [span for span, _ in found]
        self.names = [name for _, name in found]
        if not self.lines:  # as in a derivative of a function: what remains of it was made on behalf of no line
            for file, line in sorted(self._ran):
                if linecache.getline(file, line):
                    self._show(file, line)

    def _of(self, place: Place | None) -> tuple[Span | None, str]:
        if place is None:
            return None, ""
        if place not in self._known:
            self._known[place] = self._look_up(place)
        return self._known[place]

    def _look_up(self, place: Place) -> tuple[Span | None, str]:
        span = place.span()
        if span is None:
            return None, ""
        line, column, last, end = span
        self._show(place.file, line)
        first, final = self._row.get((place.file, line)), self._row.get((place.file, last))
        if first is None or final is None:
            return None, ""
        shown = (first, characters(place.file, line, column), final, characters(place.file, last, end))
        return shown, self._names.get((place.file, *span), "")

    def _show(self, file: str, line: int) -> None:
        """Puts the function that a line lies in among the lines that are shown, if its text is known: that of exec() is not."""
        if (file, line) in self._row or len(self.lines) >= MOST_LINES or not linecache.getline(file, line):
            return
        if self.lines:
            self.lines.append((0, "", True))
        self._put(file, *enclosing(self._tree(file), line))

    def _tree(self, file: str) -> ast.Module:
        if file not in self._files:
            try:
                self._files[file] = ast.parse("".join(linecache.getlines(file)))
            except (SyntaxError, ValueError):
                self._files[file] = ast.Module([], [])
            self._names |= {(file, *span): name for span, name in assigned(self._files[file])}
        return self._files[file]

    def _put(self, file: str, first: int, last: int) -> None:
        code = statement_lines(self._tree(file))
        known = any(file == where for where, _ in self._ran)
        for number in range(first, last + 1):
            ran = not known or number == first or number not in code or (file, number) in self._ran
            self._row[file, number] = len(self.lines)
            self.lines.append((number, linecache.getline(file, number).rstrip("\n").expandtabs(4), ran))
        self._mark_else(file, first, last)

    def _mark_else(self, file: str, first: int, last: int) -> None:
        """An `else:` has run if what follows it has."""
        for number in range(first, last):
            row = self._row[file, number]
            no, text, _ = self.lines[row]
            if text.strip().split("#")[0].strip() in ("else:", "finally:"):
                self.lines[row] = (no, text, self.lines[row + 1][2])


@cache
def characters(file: str, line: int, column: int) -> int:
    """A column counted in bytes, in characters."""
    return len(linecache.getline(file, line).encode()[:column].decode(errors="ignore").expandtabs(4))


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def enclosing(tree: ast.Module, line: int) -> tuple[int, int]:
    """The first and last line of the function that a line lies in; outside of all, of its lambda, or of its statement."""
    nodes: list[ast.stmt | ast.Lambda] = [n for n in ast.walk(tree) if isinstance(n, (ast.stmt, ast.Lambda))]
    around = [node for node in nodes if node.lineno <= line <= (node.end_lineno or line)]
    functions = [node for node in around if isinstance(node, FUNCTIONS)]
    if functions:
        innermost = functions[-1]
        return min([innermost.lineno, *(d.lineno for d in innermost.decorator_list)]), innermost.end_lineno or line
    around.sort(key=lambda node: not isinstance(node, ast.Lambda))
    alone = [
        node for node in around if isinstance(node, ast.Lambda) or (node in tree.body and not isinstance(node, ast.ClassDef))
    ]
    return (alone[0].lineno, alone[0].end_lineno or line) if alone else (line, line)


def statement_lines(tree: ast.Module) -> set[int]:
    """The lines that statements begin on, but those of definitions and of texts, which do nothing when they are run."""
    return {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
        and not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Global, ast.Nonlocal))
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    }


def assigned(tree: ast.Module) -> Iterable[tuple[Span, str]]:
    """The span of each expression whose value is given to one variable, as Python counts it, and the variable."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for name, where in _pairs(target, node if isinstance(node, ast.AugAssign) else node.value):
                    yield (where.lineno, where.col_offset, where.end_lineno or 0, where.end_col_offset or 0), name


def _pairs(target: ast.expr, value: ast.expr | ast.AugAssign) -> list[tuple[str, ast.expr | ast.AugAssign]]:
    """(variable, expression) of an assignment: of `a, b = 1, 2` two."""
    if isinstance(target, ast.Name):
        return [(target.id, value)]
    if isinstance(target, (ast.Tuple, ast.List)) and len(target.elts) == 1 and not isinstance(value, (ast.Tuple, ast.List)):
        return _pairs(target.elts[0], value)  # (dy,) = gradients(...)
    if not (isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List))):
        return []
    if len(target.elts) != len(value.elts) or any(isinstance(x, ast.Starred) for x in (*target.elts, *value.elts)):
        return []
    return [pair for inner, given in zip(target.elts, value.elts, strict=True) for pair in _pairs(inner, given)]

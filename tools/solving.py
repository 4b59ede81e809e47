"""A learner's solution of an exercise, as a cell: for the notebook of solutions, and for assignments.

Of no package but the library itself: an environment for nbgrader need not make notebooks.
"""

import ast

from autograd.course.asking import EXERCISES


def solution(name: str, variant: int = 0) -> str:
    """A cell that solves an exercise, given its `question`."""
    posed = EXERCISES[name].variant(variant)
    source = posed.question.solution
    lines = ast.parse(source).body
    used = {node.id for line in lines for node in ast.walk(line) if isinstance(node, ast.Name)}
    given = [one for one in posed.given if one in used]
    taken = [f"{', '.join(given)} = {', '.join(f'question.{one}' for one in given)}"] if given else []
    last = lines[-1]
    if isinstance(last, ast.Expr):
        before = source.split("\n")[: last.lineno - 1]
        answer = ast.get_source_segment(source, last)
    else:
        before, answer = ["", "", source, "", ""], last.name
    return "\n".join([*taken, *before, f'check("{name}", {answer})'])

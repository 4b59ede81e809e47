"""Writes the Cython files of the kernels and of the plan's loops from their templates. The build (setup.py) calls it.

Both stand in the package as templates (`*.pyx.tp`), since the same loop is written many times: for each op, for two to eight
terms at once, and for each instruction set. What is written goes to the build's folder, and is never committed.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..engine import _libm, primitives, table
from . import instruction_kinds
from .kernel_table import KERNELS, WITH_SLOPE

Rule = Callable[..., float]

FOLDER = Path(__file__).parent
IN_C = ("abs", "copysign", "divide", "sqrt")
"""What a loop may call that is neither a formula nor a rule: one instruction of the processor each."""


def write(template: str, target: Path) -> None:
    """Fills a template ("kernels" or "loops") of this folder, and writes the result."""
    from Cython import Tempita  # it comes with Cython, which only the build needs

    fill: Any = Tempita.sub
    known = _kernels() if template == "kernels" else {"kinds": [*_kinds(), ("EXP_KERNEL", KERNELS["exp"])]}
    text: str = fill((FOLDER / f"{template}.pyx.tp").read_text(), **known)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or target.read_text() != text:  # so that an extension is compiled again only for a change
        target.write_text(text)


def _kinds() -> list[tuple[str, int]]:
    return [(name, number) for name, number in vars(instruction_kinds).items() if isinstance(number, int)]


def _kernels() -> dict[str, Any]:
    """What the template of the kernels asks for."""
    formulas = re.findall(r"^cdef inline [\w ]+? (\w+)\(", (FOLDER / "elementary.pxd").read_text(), re.MULTILINE)
    found = Rules(formulas)
    kernels, loops = [], {}
    for op in KERNELS:
        rule, arity = rule_of(op)
        name = found.name_of(rule)
        kernels.append((op, name))
        loops[name] = ", ".join(f"{operand}[i]" for operand in "xyz"[:arity])
    return {
        "formulas": formulas,
        "rules": found.sources,
        "kernels": kernels,
        "loops": loops.items(),
        "with_slope": [*WITH_SLOPE],
    }


def rule_of(op: str) -> tuple[Rule, int]:
    """The rule of an op, as a plain function of Python, and how many operands it has."""
    tables: Any = table  # the pure build's: in the compiled one they are C's
    if op in primitives.FLAT_PARTS and op not in primitives.BY_NAME:
        part = getattr(primitives, op)
        return part, part.__code__.co_argcount
    name, _, operand = op.removeprefix("slope ").partition(" ")
    row = primitives.BY_NAME[name]
    assert row.arity in (1, 2)
    if not operand:
        return (tables.FORWARD1 if row.arity == 1 else tables.FORWARD2)[row.code], row.arity
    slopes = (tables.SLOPE1,) if row.arity == 1 else (tables.SLOPE2_X, tables.SLOPE2_Y)
    return slopes[int(operand)][row.code], row.arity + 1


class Rules:
    """The rules that loops run, as Cython functions on doubles: `sources`, each after those it calls."""

    def __init__(self, formulas: list[str]) -> None:
        self.formulas = formulas
        self.sources: list[str] = []
        self._written: set[str] = set()
        self._in_libm = {id(function): name for name, function in vars(_libm).items()}

    def name_of(self, rule: Rule) -> str:
        """What a rule is called in the kernels' file. It is written there, unless it is a formula or C's own."""
        name = self._in_libm.get(id(rule), rule.__name__)
        if name in self.formulas or f"{name}_loop" in self.formulas or name in IN_C or name in self._written:
            return name
        if id(rule) in self._in_libm:
            raise LookupError(f"a kernel needs {name}, and elementary.pxd has no formula for it")
        self._written.add(name)
        definition = ast.parse(inspect.getsource(rule)).body[0]
        assert isinstance(definition, ast.FunctionDef)
        body = definition.body[ast.get_docstring(definition) is not None :]
        in_c = _InC(self, rule)
        lines = [line for part in body for line in ast.unparse(in_c.visit(part)).split("\n")]
        operands = ", ".join(f"double {argument.arg}" for argument in definition.args.args)
        self.sources.append("\n    ".join([f"cdef inline double {name}({operands}) noexcept nogil:", *lines]))
        return name


class _InC(ast.NodeTransformer):
    """A rule's constants as numbers, and the names of what it calls as they are in the kernels' file."""

    def __init__(self, rules: Rules, rule: Any) -> None:
        self.rules = rules
        self.known = rule.__globals__
        self.own = rule.__code__.co_varnames

    def visit_Call(self, node: ast.Call) -> ast.AST:
        assert isinstance(node.func, ast.Name)
        function, operands = node.func.id, node.args
        if function in ("flat1", "flat2", "node1", "node2"):  # flat1(rule, name, x), which is rule(x) for a double
            assert isinstance(operands[0], ast.Name)
            function, operands = operands[0].id, operands[2:]
        name = function if function == "abs" else self.rules.name_of(self.known[function])
        return ast.Call(ast.Name(name), [self.visit(operand) for operand in operands], keywords=[])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        assert node.value is not None
        return ast.copy_location(ast.Assign([node.target], self.visit(node.value)), node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        number = self.known.get(node.id)
        if node.id in self.own or not isinstance(number, float):
            return node
        if number != number:
            return ast.Name("NAN")
        return ast.Name("INFINITY") if number == float("inf") else ast.Constant(number)

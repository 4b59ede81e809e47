"""What holds for every graph, and how it is seen. ORACLES has each with the share of the graphs that it is asked for."""

import copy
import math
import pickle
import random
import warnings
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
from builds import BUILDS
from corners import plain
from rows import PURE, bits

import autograd
from autograd.compiler.program import Program

from . import graphs
from .batches import place
from .graphs import BESIDE, Case, applied, operand, points, run

EPS = 2.0**-53

CROSSING = {"slope gelu 0", "slope silu 0", "slope mish 0"}
"""Slopes that go through 0 where x is not 0: there they are as near as the rounding of x lets them."""

DIFFERING = {"hypot", "np.hypot", "arctan2", "arcsinh", "copysign", "np.copysign"}
"""Rows whose rules take a hypot, of which Python's is rounded more carefully than the C library's, or the sign of a NaN."""


def held(good: bool, what: str, *things: Any) -> None:
    assert good, f"{what}: " + ", ".join(map(repr, things))[:600]


def all_bits(numbers: Iterable[Any]) -> list[str]:
    return [bits(float(x)) for x in numbers]


def as_values(nodes: Sequence[Any]) -> list[float]:
    return [float(getattr(node, "data", node)) for node in nodes]


def recorded(case: Case, ag: ModuleType, xs: Sequence[float]) -> tuple[list[Any], list[Any]]:
    """The leaves, and all nodes."""
    leaves = [ag.Value(x) for x in xs]
    return leaves, run(case, ag, leaves)


def function(case: Case, ag: ModuleType) -> Callable[[Any], Any]:
    return lambda xs: run(case, ag, xs)[-1]


# ------------------------------------------------------------------------------------------------ eager


def builds(case: Case) -> None:
    """Both builds: every number, every adjoint, the gradient as Values, and the Hessian, to the last bit."""
    if any(name in DIFFERING for name, _ in case["steps"]):
        return
    for xs in points(case):
        found = []
        for ag in BUILDS.values():
            leaves, nodes = recorded(case, ag, xs)
            slopes = ag.gradients(nodes[-1], leaves)
            second = [x.data for slope in slopes for x in ag.gradients(slope, leaves)]
            nodes[-1].backward()
            adjoints = [getattr(node, "grad", 0.0) for node in nodes]
            found.append([all_bits(part) for part in (as_values(nodes), adjoints, as_values(slopes), second)])
        for what, *parts in zip(("values", "adjoints", "gradients", "second"), *found, strict=True):
            held(all(part == parts[0] for part in parts), f"builds differ in {what}", xs, *parts)


def numbers(case: Case) -> None:
    """Each function of numbers alone is that of Values, and a number of any type counts as its float."""
    for xs in points(case):
        _, nodes = recorded(case, autograd, xs)
        for (name, operands), node in zip(case["steps"], nodes[len(xs) :], strict=True):
            given = [operand(thing, nodes) for thing in operands]
            as_floats = [x if isinstance(x, autograd.Value) else float(x) for x in given]
            want = bits(float(getattr(node, "data", node)))
            got = applied(autograd, name, as_floats)
            held(bits(float(getattr(got, "data", got))) == want, f"numbers of other types in {name}", given, got, node)
            if name not in BESIDE and hasattr(autograd, name):
                got = applied(autograd, name, as_values(as_floats))
                held(type(got) is float and bits(got) == want, f"numbers alone in {name}", given, got, node)


def sums(case: Case) -> None:
    """backward() and gradients() and jvp() beside the exact sum over all paths of the products of the local derivatives."""
    for xs in points(case):
        leaves, nodes = recorded(case, autograd, xs)
        out = nodes[-1]
        exact, sizes = _exactly(out)
        if exact is None:
            continue
        order = len(autograd.topological_order(out))
        slopes = autograd.gradients(out, leaves)
        out.backward()
        for leaf, slope in zip(leaves, slopes, strict=True):
            want = exact.get(id(leaf), Fraction(0))
            most = 4 * EPS * (order + 4) * float(sizes.get(id(leaf), 0)) + 1e-300
            for what, got in (("backward", leaf.grad), ("gradients", slope.data)):
                near = math.isfinite(got) and abs(Fraction(got) - want) <= most
                held(near, f"{what} is no sum", xs, got, float(want))
        directions = [(-0.75) ** i for i in range(len(xs))]
        _, along = autograd.jvp(function(case, autograd), (list(xs),), (directions,))
        total = sum(exact.get(id(leaf), Fraction(0)) * Fraction(v) for leaf, v in zip(leaves, directions, strict=True))
        most = 4 * EPS * (order + 4) * sum(float(sizes.get(id(leaf), 0)) for leaf in leaves) + 1e-300
        held(math.isfinite(along) and abs(Fraction(along) - total) <= most, "jvp is not vjp", xs, along, float(total))


def _exactly(out: Any) -> tuple[dict[int, Fraction] | None, dict[int, Fraction]]:
    """The adjoint of every node, and the sum of the sizes of what it is a sum of; None where it leaves the range of floats."""
    ahead: dict[int, float] = {}
    for node in autograd.topological_order(out):
        steps = zip(node.parents, node.local_derivatives, strict=True)
        ahead[id(node)] = sum(abs(slope) * ahead[id(parent)] for parent, slope in steps) if node.parents else 1.0
        if not ahead[id(node)] < 1e280:
            return None, {}
    adjoints, sizes = {id(out): Fraction(1)}, {id(out): Fraction(1)}
    for node in reversed(autograd.topological_order(out)):
        if id(node) not in adjoints:
            continue
        for parent, slope in zip(node.parents, node.local_derivatives, strict=True):
            if not math.isfinite(slope):
                return None, {}
            through = adjoints[id(node)] * Fraction(slope)
            size = sizes[id(node)] * abs(Fraction(slope))
            if size and not 1e-280 < size < 1e280:
                return None, {}
            adjoints[id(parent)] = adjoints.get(id(parent), Fraction(0)) + through
            sizes[id(parent)] = sizes.get(id(parent), Fraction(0)) + size
    return adjoints, sizes


def copies(case: Case) -> None:
    """A deep copy and a pickle of a graph give the same numbers and gradients, and leave the first alone."""
    xs = points(case)[0]
    leaves, nodes = recorded(case, autograd, xs)
    want = None
    for other in ((leaves, nodes), copy.deepcopy((leaves, nodes)), pickle.loads(pickle.dumps((leaves, nodes)))):
        other[1][-1].backward()
        got = all_bits([*as_values(other[1]), *(leaf.grad for leaf in other[0])])
        want = want or got
        held(got == want, "a copy differs", xs, got, want)


def pictures(case: Case) -> None:
    """Drawings, explanations and listings are made of anything."""
    xs = points(case)[0]
    leaves, nodes = recorded(case, autograd, xs)
    held(len(autograd.draw(nodes[-1]).source) > 10, "no drawing")
    for leaf in leaves:
        held(bool(str(autograd.explain(nodes[-1], leaf))), "no explanation")
    repr(nodes), f"{nodes[-1]:.3g}"
    program = Program.from_graph([nodes[-1]], leaves)
    held(bool(str(program)) and bool(repr(program)), "no listing")
    held(len(program.draw().source) > 10, "no drawing of a program")


# ------------------------------------------------------------------------------------------------ compiled


def compiled(case: Case, ag: ModuleType = autograd) -> None:
    """compile(f) and compile(value_and_grad(f)) and compile(hessian(f)), recorded at one point and run at all."""
    f = function(case, ag)
    fast, sloped, curved = ag.compile(f), ag.compile(ag.value_and_grad(f)), ag.compile(ag.hessian(f))
    for xs in points(case):
        leaves, nodes = recorded(case, ag, xs)
        want = bits(nodes[-1].data)
        held(bits(float(fast(xs))) == want, "compiled value", xs, fast(xs), nodes[-1].data)
        value, slopes = sloped(xs)
        held(bits(float(value)) == want, "compiled value beside a gradient", xs, value, nodes[-1].data)
        nodes[-1].backward()
        eager = [leaf.grad for leaf in leaves]
        held(same(slopes, eager), "compiled gradient", xs, slopes, eager)
        got, true = plain(curved(xs)), plain(ag.hessian(f)(xs))
        size = sum(_size(slope, leaves, ag) for slope in ag.gradients(nodes[-1], leaves))
        for x, y in zip(got, true, strict=True):
            near = same([x], [y]) or abs(x - y) <= 1e-12 * size or not math.isfinite(size)
            held(near, "compiled Hessian", xs, got, true)


def _size(out: Any, leaves: Sequence[Any], ag: ModuleType) -> float:
    """Of the terms that the derivatives by the leaves are sums of; NaN where one is beyond what floats hold."""
    sizes = {id(out): 1.0}
    for node in reversed(ag.topological_order(out)):
        for parent, slope in zip(node.parents, node.local_derivatives, strict=True):
            sizes[id(parent)] = sizes.get(id(parent), 0.0) + sizes.get(id(node), 0.0) * abs(slope)
    return sum(sizes.get(id(leaf), 0.0) for leaf in leaves)


def same(got: Sequence[float], want: Sequence[float]) -> bool:
    """To the last bit, but for the sign of a zero."""
    return all_bits(x + 0.0 for x in got) == all_bits(x + 0.0 for x in want)


def over_rows(case: Case, ag: ModuleType = autograd) -> None:
    """The program of f and its gradient over rows, with every register looked at, and then with the outputs alone."""
    f = ag.compile(ag.value_and_grad(function(case, ag)))
    for xs in points(case):
        f(xs)
    for program in f.programs:
        registers_over_rows(ag, program, points(case))


def registers_over_rows(
    ag: ModuleType, program: Any, rows: Sequence[Sequence[float]], tolerance: float = 5.0, columns: Any = None
) -> None:
    """Each register is what its instruction gives of the registers before it, in every row, to a few units in the last place.

    Registers that decide are those of a run at the point, to the last bit; so are those of exact operations. Where a program
    holds for other rows than these, they are refused. The rows may be given as `columns` and numbers, too.
    """
    listings = ag.compiler.instructions
    listings.verify(program)
    wanted = [(program.registers_at(row), program.outcome(row)[1]) for row in rows]
    many = [row for row, (_, holds) in zip(rows, wanted, strict=True) if holds]
    if len(many) < len(rows) and program.inputs:
        try:
            program.over_rows(np.array(rows, dtype=float).T)
        except ValueError as problem:
            held("another branch" in str(problem), "rows of another branch", str(problem))
        else:
            held(False, "rows of another branch were taken", rows)
    if not many or not program.inputs:
        return
    tiled = np.array((many * 11)[:11], dtype=float).T if columns is None else columns
    count = max(map(np.size, tiled))
    every = type(program)(program.instructions, program.inputs, tuple(range(len(program))), program.guards)
    shown, only = every.over_rows(tiled), program.over_rows(tiled)
    for k, register in enumerate(program.outputs):
        held(all_bits(only[k]) == all_bits(shown[register]), f"an output is another register's, r{register}", *only[k][:3])
    exact = listings.decisive(program)
    for i, row in enumerate(many):
        at_point = program.registers_at(row)
        found = shown[:, i].tolist()
        for again in range(i, count, len(many)):
            held(all_bits(found) == all_bits(shown[:, again]), "a row hangs on its place", i, again)
        for k, (op, operands, number, *_) in enumerate(program.instructions):
            if op == "input" or op == "constant" or k in exact:
                want = row[k] if op == "input" else number if op == "constant" else at_point[k]
                held(bits(found[k]) == bits(want), f"r{k} = {op} decides, and is not exact", row, found[k], want)
            else:
                given = [found[o] for o in operands]
                want = op.evaluate(given)
                near = ulps(found[k], want) <= tolerance * max(1, len(operands) - 1)
                near = near or (op in CROSSING and abs(found[k] - want) <= tolerance * EPS)
                held(near, f"over rows {op}", given, found[k], want)


def ulps(got: float, want: float) -> float:
    if got == want or (got != got and want != want):
        return 0.0
    if not (math.isfinite(got) and math.isfinite(want)):
        return math.inf
    return abs(got - want) / max(math.ulp(want), 5e-324)


def files(case: Case) -> None:
    """A program written to a file and read again is the same program, and so is its file."""
    f = autograd.compile(autograd.value_and_grad(function(case, autograd)))
    f(points(case)[0])
    path = place("graph.jsonl")
    for program in f.programs:
        program.save(path)
        text, again = path.read_bytes(), Program.load(path)
        again.save(path)
        held(path.read_bytes() == text, "another file of the same program")
        for xs in points(case):
            held(all_bits(again.run(xs)) == all_bits(program.run(xs)), "another program", xs)


# ------------------------------------------------------------------------------------------------

Oracle = Callable[[Case], None]


def calmly(oracle: Oracle) -> Oracle:
    """With warnings as errors: Values neither raise nor warn."""

    def asked(case: Case) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            oracle(case)

    return asked


ORACLES: dict[str, tuple[float, Oracle]] = {
    "builds": (0.5, calmly(builds)),
    "numbers": (0.5, calmly(numbers)),
    "sums": (0.3, calmly(sums)),
    "compiled": (0.25, calmly(compiled)),
    "over_rows": (0.25, calmly(over_rows)),
    "compiled, pure": (0.05, calmly(lambda case: compiled(case, PURE))),
    "over_rows, pure": (0.05, calmly(lambda case: over_rows(case, PURE))),
    "copies": (0.1, calmly(copies)),
    "pictures": (0.05, calmly(pictures)),
    "files": (0.1, calmly(files)),
}


def make(rng: random.Random) -> Case:
    """A graph, and what is asked of it."""
    return graphs.make(rng) | {"oracles": [name for name, (share, _) in ORACLES.items() if rng.random() < share]}


def check(case: Case) -> None:
    for name in case["oracles"]:
        ORACLES[name][1](case)


smaller, shown = graphs.smaller, graphs.shown

"""What holds for every graph. ORACLES has each with the share of the graphs that it is asked for."""

import copy
import math
import pickle
import random
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from builds import BUILDS
from rows import PURE, bits

import autograd
from autograd.compiler.program import Program

from . import graphs, transforms
from .common import EPS, all_bits, as_values, function, held, recorded
from .compiled import compiled, files, over_rows
from .graphs import BESIDE, Case, applied, operand, points


def builds(case: Case) -> None:
    """Both builds: every number, every adjoint, the gradient as Values, and the Hessian, to the last bit."""
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
        if ahead[id(node)] and not 1e-280 < ahead[id(node)] < 1e280:
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
    "ways": (0.15, calmly(transforms.ways)),
    "many digits": (0.3, calmly(transforms.many_digits)),
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

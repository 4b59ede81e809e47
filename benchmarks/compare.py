"""The same functions in this package, in HIPS autograd and in JAX: equal results, and what each refuses.

    python benchmarks/compare.py [--hips PYTHON] [--jax PYTHON]

PYTHON is the interpreter of an environment that has the library (`pip install autograd scipy`, `pip install jax`): HIPS
autograd has this package's import name, so one environment cannot hold both. A library without one is left out. The tables
are printed as they stand in benchmarks/README.md; exit code 1 when results differ by more than 1e-12.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import textwrap
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

LIBRARIES = {"autograd": "this", "hips": "HIPS autograd", "jax": "JAX"}
ALLOWED = 1e-12


def load(name: str) -> Any:
    """The names of a library that the functions below use: `np`, elementary functions of numbers, and transforms."""
    if name == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)
        import jax.numpy as np
        from jax.scipy.special import erf, logsumexp

        transforms = {"grad": jax.grad, "jacobian": jax.jacobian, "hessian": jax.hessian}
    elif name == "hips":
        import autograd
        import autograd.numpy as np
        from autograd.scipy.special import erf, logsumexp

        transforms = {name: getattr(autograd, name) for name in ("grad", "jacobian", "hessian")}
    else:
        import numpy as np

        import autograd

        functions = {name: getattr(autograd, name) for name in ("sin", "exp", "tanh", "sqrt", "log1p", "arctan2", "hypot")}
        transforms = {name: getattr(autograd, name) for name in ("grad", "jacobian", "hessian")}
        return SimpleNamespace(np=np, erf=autograd.erf, logsumexp=autograd.logsumexp, **functions, **transforms)
    functions = {name: getattr(np, name) for name in ("sin", "exp", "tanh", "sqrt", "log1p", "arctan2")}
    hypot = getattr(np, "hypot", None) or (lambda x, y: np.sqrt(x * x + y * y))  # HIPS autograd has none
    return SimpleNamespace(np=np, erf=erf, logsumexp=logsumexp, hypot=hypot, **functions, **transforms)


# ------------------------------------------------------------------------------------------------ ten functions
# Each takes a library and gives derivatives. The docstring is its line in the table.


def loop(lib: Any) -> Any:
    """a loop over scalars, `for k in range(20)`"""

    def f(x: Any) -> Any:
        for k in range(20):
            x = lib.sin(x) + 0.5 * x / (k + 1)
        return x

    return lib.grad(f)(1.0)


def branches(lib: Any) -> Any:
    """branches on the data, with `abs` and `%`"""

    def f(x: Any, y: Any) -> Any:
        if x > y:
            return x**3 / y
        return abs(x - y) * (x % 0.7)

    return [lib.grad(f, (0, 1))(2.0, 1.5), lib.grad(f, (0, 1))(1.0, 1.5)]


def recursion(lib: Any) -> Any:
    """recursion: a continued fraction, 15 deep"""

    def f(x: Any, depth: int) -> Any:
        return x if depth == 0 else 1.0 + x / (2.0 + f(x, depth - 1))

    return lib.grad(f)(0.8, 15)


def vectors(lib: Any) -> Any:
    """NumPy code: `x @ A @ x + np.sum(np.exp(x)) / np.sqrt(np.dot(x, x))`"""
    np = lib.np
    a = np.array([[2.0, -1.0, 0.5], [0.0, 3.0, 1.0], [1.0, 0.0, 1.5]])
    return lib.grad(lambda x: x @ a @ x + np.sum(np.exp(x)) / np.sqrt(np.dot(x, x)))(np.array([0.3, -1.2, 0.7]))


def parameters(lib: Any) -> Any:
    """a network's parameters in a dict of lists of dicts"""
    np = lib.np

    def loss(params: Any, x: Any, target: float) -> Any:
        for layer in params["layers"]:
            x = np.tanh(layer["w"] @ x + layer["b"])
        return params["scale"] * (np.sum(x) - target) ** 2

    first = {"w": np.array([[0.1, -0.4], [0.3, 0.2], [-0.5, 0.6]]), "b": np.array([0.1, 0.0, -0.1])}
    second = {"w": np.array([[0.7, -0.2, 0.4]]), "b": np.array([0.3])}
    return lib.grad(loss)({"layers": [first, second], "scale": 1.5}, np.array([1.0, -2.0]), 0.25)


def rosenbrock(lib: Any) -> Any:
    """the Hessian of Rosenbrock's function of 5 variables"""

    def f(x: Any) -> Any:
        return lib.np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    return lib.hessian(f)(lib.np.array([1.3, 0.7, 0.8, 1.9, 1.2]))


def sixth(lib: Any) -> Any:
    """the sixth derivative of `exp(sin(x))`, as six nested `grad`s"""

    def f(x: Any) -> Any:
        return lib.exp(lib.sin(x))

    for _ in range(6):
        f = lib.grad(f)
    return f(0.9)


def newton(lib: Any) -> Any:
    """a `while` loop as long as its data asks: Newton's method for a square root"""

    def root(a: Any) -> Any:
        x = a
        while abs(x * x - a) > 1e-13 * a:
            x = 0.5 * (x + a / x)
        return x

    return [lib.grad(root)(2.0), lib.grad(root)(1e6)]


def elementary(lib: Any) -> Any:
    """elementary functions of scalars: `erf`, `log1p`, `arctan2`, `hypot`, `tanh`"""

    def f(x: Any, y: Any) -> Any:
        return lib.erf(x) * lib.log1p(y) + lib.arctan2(y, x) * lib.hypot(x, y) - lib.tanh(x / y)

    return lib.grad(f, (0, 1))(0.4, 2.5)


def building(lib: Any) -> Any:
    """the Jacobian of a list of results, built with `append` and changed in place"""

    def f(x: Any) -> Any:
        powers = [x[0]]
        for _ in range(4):
            powers.append(powers[-1] * x[1])
        powers[0] = lib.sqrt(powers[2])
        return lib.np.array(powers)

    return lib.jacobian(f)(lib.np.array([1.7, 0.6]))


FUNCTIONS = [loop, branches, recursion, vectors, parameters, rosenbrock, sixth, newton, elementary, building]


# ------------------------------------------------------------------------------------------------ what is refused


def integers(lib: Any) -> Any:
    """an array of integers to differentiate by"""
    return lib.grad(lambda x: lib.np.sum(x * x))(lib.np.array([1, 2, 3]))


def integer(lib: Any) -> Any:
    """a Python int to differentiate by, `grad(f)(3)`"""
    return lib.grad(lambda x: x * x)(3)


def complex_number(lib: Any) -> Any:
    """a complex number to differentiate by"""
    return lib.grad(lambda x: abs(x * x))(1.0 + 2.0j)


def of_math(lib: Any) -> Any:
    """`math.exp(x)` inside the function"""
    return lib.grad(lambda x: math.exp(x) * x)(1.0)


def assignment(lib: Any) -> Any:
    """assigning to an element of the argument, `x[0] = x[1] * 2`"""

    def f(x: Any) -> Any:
        x[0] = x[1] * 2.0
        return lib.np.sum(x * x)

    return lib.grad(f)(lib.np.array([3.0, 4.0]))


def float_buffer(lib: Any) -> Any:
    """assigning to an element of an array of floats, `z = np.zeros(2); z[0] = x`"""

    def f(x: Any) -> Any:
        z = lib.np.zeros(2)
        z[0] = x
        return lib.np.sum(z * z)

    return lib.grad(f)(3.0)


def several_results(lib: Any) -> Any:
    """`grad` of a function with two results"""
    return lib.grad(lambda x: lib.np.array([x, x * x]))(3.0)


def forgotten_return(lib: Any) -> Any:
    """`grad` of a function that returns None"""
    return lib.grad(lambda x: None)(3.0)


def text(lib: Any) -> Any:
    """a dict of parameters with a text in it"""
    return lib.grad(lambda p: p["w"] ** 2)({"w": 3.0, "name": "weight"})


def solve(lib: Any) -> Any:
    """linear algebra: `np.linalg.solve(A, b)` with A differentiated"""
    np = lib.np
    return lib.grad(lambda a: np.sum(np.linalg.solve(a, np.array([1.0, 2.0]))))(np.array([[2.0, 1.0], [0.0, 4.0]]))


def in_order(lib: Any) -> Any:
    """`np.sort(x)`"""
    return lib.grad(lambda x: lib.np.sum(lib.np.sort(x) * lib.np.array([1.0, 2.0, 3.0])))(lib.np.array([3.0, 1.0, 2.0]))


REQUESTS = [
    integers,
    integer,
    complex_number,
    of_math,
    assignment,
    float_buffer,
    several_results,
    forgotten_return,
    text,
    solve,
    in_order,
]


# ------------------------------------------------------------------------------------------------ running and printing


def flat(thing: Any) -> tuple[list[float], Any]:
    """The numbers of a result, and what holds them: arrays by their shapes, a lone number by ()."""
    if isinstance(thing, dict):
        parts = {key: flat(thing[key]) for key in sorted(thing)}
        return [x for numbers, _ in parts.values() for x in numbers], {key: held for key, (_, held) in parts.items()}
    if isinstance(thing, (list, tuple)):
        items = [flat(part) for part in thing]
        return [x for numbers, _ in items for x in numbers], [held for _, held in items]
    if hasattr(thing, "shape") and thing.shape:
        return [complex_or_float(x) for x in thing.ravel().tolist()], f"array{list(thing.shape)}"
    return [complex_or_float(thing)], "number"


def complex_or_float(x: Any) -> Any:
    number = complex(x)
    return str(number) if number.imag else number.real


def answers(name: str) -> dict[str, Any]:
    """For every function and request: its numbers and structure, or the error."""
    lib = load(name)
    found: dict[str, Any] = {}
    for program in [*FUNCTIONS, *REQUESTS]:
        try:
            numbers, held = flat(program(lib))
            found[program.__name__] = {"numbers": numbers, "held": held}
        except Exception as error:
            found[program.__name__] = {"error": f"{type(error).__name__}: {error}"}
    return found


def difference(ours: dict[str, Any], theirs: dict[str, Any]) -> float:
    """The largest relative one; infinite where the structures differ or one has no answer."""
    if "error" in ours or "error" in theirs or ours["held"] != theirs["held"]:
        return math.inf
    pairs = zip(ours["numbers"], theirs["numbers"], strict=True)
    return max(abs(a - b) / max(abs(a), abs(b)) if a != b else 0.0 for a, b in pairs)


def shown(answer: dict[str, Any]) -> str:
    if "error" in answer:
        words = textwrap.shorten(answer["error"], width=64, placeholder=" ...")
        return f"refuses: {words.replace('|', '/')}"
    numbers = [f"{x:.4g}" if isinstance(x, float) else x for x in answer["numbers"]]
    return "[" + ", ".join(numbers) + "]" if len(numbers) > 1 else numbers[0]


def table(header: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows])


def line(program: Callable[[Any], Any]) -> str:
    return (program.__doc__ or "").strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hips", metavar="PYTHON", help="the Python of an environment with HIPS autograd")
    parser.add_argument("--jax", metavar="PYTHON", help="the Python of an environment with JAX")
    parser.add_argument("--answer-for", choices=["hips", "jax"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.answer_for:
        print(json.dumps(answers(options.answer_for)))
        return
    found = {"autograd": answers("autograd")}
    for name in ("hips", "jax"):
        if python := getattr(options, name):
            child = [python, "-I", __file__, "--answer-for", name]  # isolated: this package must not pass for HIPS autograd
            found[name] = json.loads(subprocess.run(child, check=True, capture_output=True, text=True).stdout)
    others = [name for name in found if name != "autograd"]
    rows, worst = [], 0.0
    for program in FUNCTIONS:
        ours = found["autograd"][program.__name__]
        differences = [difference(ours, found[name][program.__name__]) for name in others]
        worst = max([worst, *differences])
        many = len(ours["numbers"]) - 1
        first = f"{ours['numbers'][0]!r}" + (f" and {many} more" if many else "")
        rows.append([line(program), first, *["equal" if d == 0.0 else f"{d:.1e}" for d in differences]])
    print(table(["function", "its derivative here", *[f"relative difference of {LIBRARIES[name]}" for name in others]], rows))
    print()
    rows = [[line(program), *[shown(found[name][program.__name__]) for name in found]] for program in REQUESTS]
    print(table(["asked for", *[LIBRARIES[name] for name in found]], rows))
    if not worst <= ALLOWED:
        sys.exit(f"the largest difference is {worst:.1e}, above {ALLOWED}")


if __name__ == "__main__":
    main()

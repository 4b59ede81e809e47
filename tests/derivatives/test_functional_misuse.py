"""The transforms misused: every mistake is named, with its place and what to do, and leaves nothing behind."""

import collections
import importlib
import math

import numpy as np
import pytest


def nothing_is_running(ag):
    with importlib.import_module(f"{ag.__name__}.engine.modes").Call() as call:
        return call.around is None


def product(p):
    return p["a"] * p["b"]


MISUSE = [
    (
        "a function with a list as its result",
        lambda ag: ag.grad(lambda x: [x, x])(2.0),
        TypeError,
        r"one number as its result, and <lambda> gave a list of 2: .*jacobian\(\)",
    ),
    (
        "a function with an array as its result",
        lambda ag: ag.grad(lambda x: x * x)(np.ones(3)),
        TypeError,
        r"gave an array of shape \(3,\)",
    ),
    ("a list of one", lambda ag: ag.grad(lambda x: [x])(2.0), TypeError, "a list of 1"),
    (
        "a forgotten return",
        lambda ag: ag.grad(lambda x: None)(2.0),
        TypeError,
        "the result of <lambda>: None .*return forgotten",
    ),
    ("text as a result", lambda ag: ag.grad(lambda x: "2")(2.0), TypeError, "the result of <lambda>: '2' is str"),
    (
        "a generator as a result",
        lambda ag: ag.jacobian(lambda x: (x for _ in range(2)))(2.0),
        TypeError,
        "the result of <lambda>: a generator .* give a list",
    ),
    (
        "None deep in a result",
        lambda ag: ag.jacobian(lambda x: {"a": [x, None]})(2.0),
        TypeError,
        r"<lambda>\['a'\]\[1\]: None",
    ),
    ("a complex number", lambda ag: ag.grad(lambda z: z)(2j), TypeError, r"^z: .*2j is complex: give x.real"),
    ("complex numbers in an array", lambda ag: ag.grad(lambda z: z[0])(np.array([1.0, 2j])), TypeError, r"^z: .*complex"),
    ("a complex result", lambda ag: ag.grad(lambda x: 2j)(1.0), TypeError, "the result of <lambda>: .*complex"),
    (
        "an array of integers",
        lambda ag: ag.grad(sum)(np.array([1, 2])),
        TypeError,
        r"argument 0: .*array of int64.*astype\(float\)",
    ),
    ("an array of booleans", lambda ag: ag.grad(lambda m: m[0])(np.array([True])), TypeError, r"^m: this is an array of bool"),
    (
        "integers deep inside",
        lambda ag: ag.grad(lambda p: p["i"][0])({"i": np.array([1])}),
        TypeError,
        r"^p\['i'\]: .*int64.*an argument that is not differentiated",
    ),
    ("integers to take derivatives at", lambda ag: ag.derivative(ag.exp)(np.array([1, 2])), TypeError, "array of int64"),
    (
        "text in a dict",
        lambda ag: ag.grad(lambda p: p["a"])({"a": 1.0, "name": "w"}),
        TypeError,
        r"^p\['name'\]: 'w' is str.*an argument that is not differentiated",
    ),
    ("text", lambda ag: ag.grad(lambda x: x)("3"), TypeError, r"^x: '3' is str, not a number: give float\('3'\)"),
    ("None", lambda ag: ag.grad(lambda x: x)([1.0, None]), TypeError, r"^x\[1\]: None is not a number"),
    (
        "a generator",
        lambda ag: ag.grad(sum)(x for x in [1.0]),
        TypeError,
        "argument 0: a generator has no lasting order.*give a list",
    ),
    ("a set", lambda ag: ag.grad(sum)({1.0, 2.0}), TypeError, "a set has no lasting order.*give a list"),
    (
        "an integer beyond all floats",
        lambda ag: ag.grad(lambda x: x)([10**400]),
        OverflowError,
        r"^x\[0\]: an integer of 1329 bits",
    ),
    ("an argument of a method", lambda ag: ag.grad(collections.UserList([1.0]).count)("s"), TypeError, r"^item: 's'"),
    ("an argument inside transforms", lambda ag: ag.hessian(lambda w: w[0])([None]), TypeError, r"^w\[0\]: None"),
    ("float(v)", lambda ag: ag.grad(lambda x: float(x) ** 2)(2.0), TypeError, r"would cut the graph.*v\.data"),
    ("math.exp(v)", lambda ag: ag.grad(lambda x: math.exp(x))(2.0), TypeError, r"v\.exp\(\) or autograd\.exp\(v\)"),
    (
        "a Value put into an array of floats",
        lambda ag: ag.grad(lambda x: np.zeros(2).__setitem__(0, x))(2.0),
        TypeError,
        "dtype=object",
    ),
    ("argnums out of range", lambda ag: ag.grad(lambda x: x, 1)(2.0), ValueError, "argument 1 of <lambda>, .* 1 were given"),
    ("argnums below", lambda ag: ag.grad(lambda x: x, -2)(2.0), ValueError, "argument -2 of <lambda>"),
    (
        "an argument by name",
        lambda ag: ag.grad(lambda x: x)(x=2.0),
        ValueError,
        "0 were given by position.*without their names",
    ),
    ("argnums twice", lambda ag: ag.grad(lambda x: x, (0, -1))(2.0), ValueError, "each argument once"),
    ("no argnums", lambda ag: ag.grad(lambda x: x, ())(2.0), ValueError, "at least one"),
    ("an argument in the place of argnums", lambda ag: ag.grad(lambda x: x, 2.0), TypeError, r"this is 2\.0: .*grad\(f\)\(x\)"),
    ("an argument in the place of argnums of a Hessian", lambda ag: ag.hessian(lambda x: x, [2.0]), TypeError, r"\[2\.0\]"),
    (
        "an array for a function of one number",
        lambda ag: ag.grad(lambda x: ag.erf(x).sum())(np.ones(2)),
        TypeError,
        r"an array \(ndarray\).*\[erf\(e\) for e in x\]",
    ),
    ("argnums None", lambda ag: ag.grad(lambda x: x, None)(2.0), TypeError, "argnums is the number of an argument.*None"),
    ("argnums of text", lambda ag: ag.grad(lambda x: x, "x")(2.0), TypeError, "argnums is the number of an argument.*'x'"),
    ("argnums True", lambda ag: ag.grad(lambda x: x, True)(2.0), TypeError, "argnums is the number of an argument.*True"),
    (
        "a number for a function",
        lambda ag: ag.grad(3.0),
        TypeError,
        r"grad\(\) takes a function, and this is 3\.0: give f, not f\(x\)",
    ),
    ("a number for the function of a Hessian", lambda ag: ag.hessian(3.0), TypeError, r"hessian\(\) takes a function"),
    ("a number for the function of a product", lambda ag: ag.hvp(3.0, 1.0, 1.0), TypeError, r"hvp\(\) takes a function"),
    ("an unknown mode", lambda ag: ag.jacobian(abs, mode="fwd"), ValueError, '"reverse", and this is .fwd'),
    ("an order of -1", lambda ag: ag.derivative(abs, -1), ValueError, "whole number of at least 0, and this is -1"),
    ("an order of 1.5", lambda ag: ag.derivative(abs, 1.5), ValueError, "whole number"),
    ("an order of True", lambda ag: ag.derivative(abs, True), ValueError, "whole number"),
    ("primals that are no tuple", lambda ag: ag.jvp(abs, 1.0, 1.0), TypeError, r"jvp\(f, \(x,\), \(v,\)\)"),
    (
        "tangents that are too few",
        lambda ag: ag.jvp(sum, ([1.0, 2.0],), ([1.0],)),
        ValueError,
        r"tangents\[0\] is a list of 1, where one of 2 is wanted",
    ),
    (
        "tangents with other keys",
        lambda ag: ag.jvp(product, ({"a": 1.0, "b": 2.0},), ({"a": 1.0, "c": 2.0},)),
        ValueError,
        r"tangents\[0\] has the keys \['a', 'c'\], where \['a', 'b'\] are wanted",
    ),
    (
        "tangents nested deeper",
        lambda ag: ag.jvp(sum, ([1.0, 2.0],), ([[1.0], [2.0]],)),
        ValueError,
        r"tangents\[0\]\[0\] is a list of 1, where a number is wanted",
    ),
    (
        "a v of another shape",
        lambda ag: ag.hvp(lambda x: x.sum(), np.ones(2), np.ones(3)),
        ValueError,
        r"v is an array of shape \(3,\), where an array of shape \(2,\) is wanted",
    ),
    (
        "a cotangent of another shape",
        lambda ag: ag.vjp(lambda x: [x, x], 1.0)[1](1.0),
        ValueError,
        "the cotangent is a number, where a list of 2 is wanted",
    ),
    ("text for a tangent", lambda ag: ag.jvp(abs, (1.0,), ("1",)), TypeError, r"^tangents\[0\]: '1' is str"),
    (
        "a sparse Jacobian inside a transform",
        lambda ag: ag.grad(lambda x: ag.jacobian(lambda y: [x * y], sparse=True)(1.0)[0, 0])(2.0),
        TypeError,
        "sparse=True gives floats.*transform further out",
    ),
    (
        "a sparse Jacobian by two arguments",
        lambda ag: ag.jacobian(lambda x, y: [x, y], (0, 1), sparse=True)(1.0, 2.0),
        ValueError,
        "one argument, and argnums names 2",
    ),
]


@pytest.mark.parametrize("what, misuse, error, message", MISUSE, ids=[what for what, *_ in MISUSE])
def test_misuse_gets_help(ag, what, misuse, error, message):
    with pytest.raises(error, match=message):
        misuse(ag)
    assert ag.is_grad_enabled() and nothing_is_running(ag)


def test_a_list_in_itself_is_an_error_and_no_hang(ag):
    endless = []
    endless.append(endless)
    with pytest.raises(RecursionError):
        ag.grad(sum)(endless)

"""What the inputs of a compiled function are called in listings: as in the function."""

import functools
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from autograd.derivatives.argument_names import input_names, name_of_argument


def names(f: Any, *args: Any, **how: Any) -> list[str]:
    """The labels of the inputs of the program that is recorded for a call."""
    fast = autograd.compile(f, **how)
    fast(*args)
    (program,) = fast.programs
    return [instruction.label for instruction in program.instructions[: program.inputs]]


def test_numbers_lists_dicts_and_arrays() -> None:
    def f(x: Any, p: Any, settings: Any, W: Any) -> Any:  # noqa: N803 (a matrix)
        return x * p[0] + settings["a"] + W.sum()

    assert names(f, 1.0, [2.0, (3.0,)], {"a": 1.0, 2: [1.0]}, np.ones((2, 2))) == [
        "x",
        "p[0]",
        "p[1][0]",
        "settings['a']",
        "settings[2][0]",
        "W[0, 0]",
        "W[0, 1]",
        "W[1, 0]",
        "W[1, 1]",
    ]


def test_arrays_of_any_dimension() -> None:
    assert names(lambda x: x.sum(), np.ones((1, 2, 2))) == ["x[0, 0, 0]", "x[0, 0, 1]", "x[0, 1, 0]", "x[0, 1, 1]"]
    assert names(lambda x, y: y * 2, np.ones((2, 0, 3)), np.array(3.0)) == ["y"]


def test_transforms_call_them_as_the_function_does() -> None:
    def loss(weight: Any, x: Any) -> Any:
        return (weight * x) ** 2

    for transform in (autograd.grad, autograd.value_and_grad, autograd.hessian, lambda f: autograd.grad(autograd.grad(f))):
        assert names(transform(loss), 1.0, 2.0) == ["weight", "x"]


def test_of_a_table_a_row_is_named() -> None:
    table = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert names(lambda p, x: p * x[0] + x[1], 1.0, table, in_axes=(None, 0)) == ["p", "x[0]", "x[1]"]


def test_where_the_function_does_not_tell() -> None:
    assert names(lambda *xs: xs[0] * xs[1][0], 1.0, [2.0]) == ["xs[0]", "xs[1][0]"]
    assert names(functools.partial(lambda a, b, c: a * b * c, 2.0), 3.0, 4.0) == ["b", "c"]
    assert input_names(max, [1.0, [2.0]]) == ["arg0", "arg1[0]"]


class Line:
    def __call__(self, slope: Any, *others: Any) -> Any:
        return slope

    def at(self, place: Any) -> Any:
        return place

    @staticmethod
    def of(this: Any) -> Any:
        return this


@pytest.mark.parametrize(
    ("f", "i", "name"),
    [
        (Line(), 0, "slope"),
        (Line(), 2, "others[1]"),
        (Line().at, 0, "place"),
        (Line().at, 1, ""),
        (Line.of, 0, "this"),
        (Line, 0, ""),
        (autograd.tanh, 0, "x"),
        (nn.MLP(2, [1], rng=0), 0, "x"),
        (functools.partial(Line().at), 0, "place"),
        (lambda x, /, y, *, z: x, 1, "y"),
        (lambda x, *, z: x, 1, ""),
        (lambda *a, z, **k: a, 0, "a[0]"),
    ],
)
def test_names_of_arguments(f: Any, i: int, name: str) -> None:
    assert name_of_argument(f, i) == name


def test_a_label_given_in_the_function_stays() -> None:
    def f(x: Any) -> Any:
        x.label = "height"
        return x * 2

    assert names(f, 1.0) == ["height"]


def test_values_from_outside_have_their_own_label_or_a_number() -> None:
    w, b, c = Value(2.0, label="w"), Value(1.0), Value(0.5)
    assert names(lambda x: x * w + b + c, 1.0) == ["x", "w", "captured 1", "captured 2"]
    assert (w.label, b.label, c.label) == ("w", "", ""), "the Values themselves are as they were"
    assert names(lambda x: x * b, 1.0) == ["x", "captured 0"]


def test_namedtuples_and_scalars_of_all_kinds() -> None:
    point = namedtuple("point", "x y")
    assert names(lambda p, n: p.x * n, point(1.0, 2), np.float64(3.0)) == ["p[0]", "p[1]", "n"]


def test_a_hundred_thousand_inputs() -> None:
    found = names(lambda x: autograd.fsum(x), [0.5] * 100_000)
    assert found[0] == "x[0]" and found[99_999] == "x[99999]" and len(set(found)) == 100_000


def test_the_line_of_code_is_the_user_s_even_in_a_transform() -> None:
    fast = autograd.compile(autograd.jacobian(lambda x: [x[0] * x[1], x[0].sin()]))
    fast([1.0, 2.0])
    places = {instruction.origin[0] for instruction in fast.programs[0].instructions if instruction.origin}
    assert places == {__file__}

"""Nodes over lists: the correctly rounded sum, and the components of a softmax, which share their operands."""

import copy
import gc
import math
import pickle
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import bits, row_of

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
HARD = st.builds(math.ldexp, st.sampled_from([1.0, -1.0, 1.5, 1.0 + 2.0**-52]), st.integers(-1074, 1000))


@given(xs=st.lists(st.one_of(FLOATS, HARD, st.sampled_from([1.0, -1.0, 2.0**-53, -(2.0**-53), 2.0**-106])), max_size=12))
def test_a_sum_is_rounded_once(ag: ModuleType, xs: list[float]) -> None:
    total = ag.fsum([ag.Value(x) for x in xs])
    exact = sum(map(Fraction, xs), Fraction(0))
    try:
        want = float(exact)
    except OverflowError:
        want = math.inf if exact > 0 else -math.inf
    assert (total.data if xs else total) == want
    assert ag.fsum(xs) == want


@pytest.mark.parametrize(
    "xs", [[1.0, 2.0**-53, 2.0**-106], [1e16, 1.0, 1e-16], [1e100, 1.0, -1e100, 1e-20], [2.0**-1074, 1.0, -1.0]]
)
def test_a_sum_whose_roundings_have_roundings(ag: ModuleType, xs: list[float]) -> None:
    assert ag.fsum([ag.Value(x) for x in xs]).data == float(sum(map(Fraction, xs)))


@pytest.mark.parametrize(
    ("xs", "want"),
    [
        ([math.inf, 1.0], math.inf),
        ([math.inf, -math.inf], math.nan),
        ([math.nan, 1.0], math.nan),
        ([1e308, 1e308, -1e308], 1e308),
        ([1e308, 1e308], math.inf),
        ([-0.0, -0.0], 0.0),
    ],
)
def test_sums_beyond_the_floats(ag: ModuleType, xs: list[float], want: float) -> None:
    got = ag.fsum([ag.Value(x) for x in xs]).data
    assert got == want or (got != got and want != want)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("mixed", [False, True])
def test_components_are_as_if_made_alone(ag: ModuleType, name: str, mixed: bool) -> None:
    """All at once share what they can; one alone, by its index, shares nothing."""
    numbers = [0.5, -1.25, 3.0, 3.0, -40.0]
    xs = [x if mixed and i == 2 else ag.Value(x, label=f"x{i}") for i, x in enumerate(numbers)]
    leaves = [x for x in xs if isinstance(x, ag.Value)]
    function = getattr(ag, name)
    for i, component in enumerate(function(xs)):
        alone = function(xs, i)
        assert component.data == alone.data
        assert component.parents == alone.parents
        assert component.local_derivatives == alone.local_derivatives
        assert [ag.gradients(component, leaves)[k].data for k in range(len(leaves))] == list(alone.local_derivatives)
        seconds = [
            [[s.data for s in ag.gradients(g, leaves)] for g in ag.gradients(whole, leaves)] for whole in (component, alone)
        ]
        assert seconds[0] == seconds[1]
        programs = [str(ag.Program.from_graph([y], leaves)) for y in (component, alone)]
        assert programs[0] == programs[1]
        assert ag.tree(component) == ag.tree(alone)
        twin = copy.deepcopy(component)
        assert twin.local_derivatives == component.local_derivatives
        assert [p.data for p in twin.parents] == [p.data for p in component.parents]


def test_components_travel(ag: ModuleType) -> None:
    if ag.__name__ != "autograd":
        pytest.skip("pickles go by the name of the package")
    ys = ag.softmax([ag.Value(0.25), 1.0, ag.Value(-2.0)])
    for y, twin in zip(ys, pickle.loads(pickle.dumps(ys)), strict=True):
        assert (twin.data, twin.local_derivatives) == (y.data, y.local_derivatives)


def test_a_gradient_past_components_meets_the_right_nodes(ag: ModuleType) -> None:
    """What stands after a component in the order of the graph is no operand of it."""
    xs = [ag.Value(0.5), ag.Value(-1.0)]
    parts = ag.softmax(xs)
    after = xs[0] * xs[1]
    total = ag.dot([*parts, after], [3.0, -1.0, 2.0])
    slopes = ag.gradients(total, xs)
    total.backward()
    assert [s.data for s in slopes] == pytest.approx([x.grad for x in xs], rel=1e-15)


SPECIAL = [0.0, -0.0, 1.0, 1.0 + 2.0**-52, 700.0, -745.0, 1e308, 5e-324, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("name", ["max", "min", "prod", "logsumexp", "softmax", "log_softmax"])
@given(data=st.data())
def test_nodes_have_the_bits_of_the_rules_over_lists(ag: ModuleType, name: str, data: st.DataObject) -> None:
    """Values are computed by C's numbers, and the rules are what a list of floats gives: ties, NaN and infinities included."""
    row = row_of(ag, name)
    xs = data.draw(st.lists(st.one_of(st.sampled_from(SPECIAL), st.floats(-30.0, 30.0)), min_size=1, max_size=9))
    constant = data.draw(st.sets(st.integers(0, len(xs) - 1), max_size=len(xs) - 1))
    places: list[Any] = [*range(len(xs))] if name.endswith("softmax") else [None]
    operands = [x if i in constant else ag.Value(x) for i, x in enumerate(xs)]
    for i in places:
        arguments = [] if i is None else [i]
        node = getattr(ag, name)(operands, *arguments)
        numbers = [*xs, *map(float, arguments)]
        want = row.forward(numbers)
        slopes = row.slopes(numbers, want)
        assert bits(node.data) == bits(want)
        assert bits(getattr(ag, name)(xs, *arguments)) == bits(want)
        got = [bits(slope) for slope in node.local_derivatives]
        assert got == [bits(slopes[k]) for k in range(len(xs)) if k not in constant]


@pytest.mark.parametrize("name", ["dot", "fsum", "prod", "max", "min", "logsumexp", "softmax", "log_softmax", "take"])
def test_without_a_graph_they_are_leaves_of_the_same_numbers(ag: ModuleType, name: str) -> None:
    xs = [ag.Value(0.5), 2.0, ag.Value(-1.0)]
    arguments = {"dot": [xs], "take": [2], "softmax": [1], "log_softmax": [1]}.get(name, [])
    recorded = getattr(ag, name)(xs, *arguments)
    with ag.no_grad():
        leaf = getattr(ag, name)(xs, *arguments)
    assert (leaf.data, leaf.op, leaf.parents) == (recorded.data, "", ())


def test_what_is_taken_of_a_table_is_a_node_for_each_number(ag: ModuleType) -> None:
    table = [[ag.Value(1.0), 2.0], [[ag.Value(3.0), 4.0], ag.Value(5.0)]]
    (three, four), five = ag.take(table, 1)
    assert (three.op, three.data, three.parents, three.local_derivatives) == ("take", 3.0, (table[1][0][0],), (1.0,))
    assert (type(four), four, five.data) == (float, 4.0, 5.0)


def test_the_collector_does_not_walk_the_operands_of_nodes() -> None:
    import autograd

    if autograd.build != "compiled":
        pytest.skip("the uncompiled classes are Python's own, which its collector knows")
    xs = [autograd.Value(0.5), autograd.Value(2.0)]
    for node in (autograd.dot(xs, xs), autograd.fsum(xs), autograd.max(xs), autograd.take(xs, 0)):
        assert not gc.is_tracked(autograd.engine.value.operands_of(node))


def test_a_transform_makes_a_leaf_of_each_number_and_notes_it(ag: ModuleType) -> None:
    """Also those inside of another transform, and of Values that were given."""
    a = ag.Value(3.0)
    value, slopes = ag.value_and_grad(lambda xs: xs[0] * ag.grad(lambda y: y[0] * xs[1] * y[1])([2.0, xs[0]])[1])([a, 4.0])
    assert value.data == 3.0 * 2.0 * 4.0
    assert [s.data for s in slopes] == [8.0, 6.0]
    slopes[0].backward()
    assert a.grad == 0.0

"""Nodes over lists: the correctly rounded sum, and the components of a softmax, which share their operands."""

import copy
import math
import pickle
from fractions import Fraction
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

"""explain(y, x): its paths against all paths of small graphs found one by one; large graphs; how it reads."""

import math
import re
from collections import Counter

import pytest
from builds import BUILDS
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn

many = settings(max_examples=200)
ALL = 10**6
INF, NAN = math.inf, math.nan

builds = st.sampled_from(list(BUILDS.values()))
slopes = st.sampled_from([1.0, -1.0, 2.0, 0.5, -3.0, 1.7, -0.25, 1e-3])
programs = st.lists(
    st.tuples(st.sampled_from(["add", "linear", "mul", "dot"]), *[st.integers(0, 50)] * 3, slopes), min_size=1, max_size=9
)


def graph_of(ag, program, factors=None):
    """Two leaves, and nodes made of the last few before them, so that paths divide and meet often; the first leaf is x."""
    nodes = [ag.Value(1.5), ag.Value(-0.5)]
    for i, (kind, *places, slope) in enumerate(program):
        recent = nodes[:1] + nodes[-4:]
        x, y, z = (recent[place % len(recent)] for place in places)
        factor = factors[i % len(factors)] if factors else slope
        if kind == "add":
            nodes.append(x * factor + y)
        elif kind == "linear":
            nodes.append(x * factor)
        elif kind == "mul":
            nodes.append(x * y * factor)
        else:
            nodes.append(ag.dot([x, y], [z, factor]))
    return nodes[0], nodes[-1]


def steps_into(v):
    """(parent, which of the parents, local derivative) for each edge into a node."""
    return [(p, i, s) for i, (p, s) in enumerate(zip(v.parents, v.local_derivatives, strict=True))]


def every_path(y, x):
    """All paths from x to y, by following each edge: lists of (node, which of its parents the path comes from, slope)."""
    if y is x:
        return [[]]
    return [[*path, (y, i, slope)] for parent, i, slope in steps_into(y) for path in every_path(parent, x)]


def product(path):
    """In the order in which backward() multiplies."""
    return math.prod([slope for _, _, slope in reversed(path)], start=1.0)


def undone(route):
    """The paths that a route stands for, each as the ids of its nodes."""
    paths = [(id(route.nodes[0]),)]
    for node, knot in zip(route.nodes[1:], route.knots, strict=True):
        ways = [(id(node),)] if knot is None else [way[1:] for inner in knot.routes for way in undone(inner)]
        paths = [(*before, *way) for before in paths for way in ways]
    return paths


def explanations_in(explanation):
    """The explanation and those of all knots, knots in knots included."""
    yield explanation
    for route in explanation.routes:
        for knot in route.knots:
            if knot is not None:
                yield from explanations_in(knot)


# ------------------------------------------------------------------------------------------------ against all paths


@many
@given(builds, programs)
def test_its_paths_are_all_the_paths(ag, program):
    x, y = graph_of(ag, program)
    brute = every_path(y, x)
    explanation = ag.explain(y, x, paths=ALL)
    assert explanation.number_of_paths == len(brute)
    assert explanation.left_out == explanation.routes_left_out == (0, 0.0)
    assert Counter(
        (tuple(map(id, path.nodes)), path.local_derivatives, path.contribution, path.number) for path in explanation.paths
    ) == Counter(
        ((id(x), *(id(v) for v, _, _ in path)), tuple(slope for _, _, slope in path), product(path), 1) for path in brute
    )
    assert all(set(path.knots) <= {None} for path in explanation.paths)


@many
@given(builds, programs)
def test_with_knots_undone_its_routes_are_all_the_paths(ag, program):
    x, y = graph_of(ag, program)
    brute = every_path(y, x)
    explanation = ag.explain(y, x, paths=ALL)
    assert sum(route.number for route in explanation.routes) == len(brute)
    shown = Counter(way for route in explanation.routes for way in undone(route))
    assert shown == Counter((id(x), *(id(v) for v, _, _ in path)) for path in brute)


@many
@given(builds, programs)
def test_contributions_add_up_to_the_gradient(ag, program):
    x, y = graph_of(ag, program)
    explanation = ag.explain(y, x, paths=ALL)
    scale = math.fsum(abs(product(path)) for path in every_path(y, x))
    (gradient,) = ag.gradients(y, [x])
    for paths in (explanation.paths, explanation.routes):
        assert abs(gradient.data - math.fsum(path.contribution for path in paths)) <= 1e-12 * scale
    x.grad = 0.0
    y.backward()
    assert explanation.derivative == x.grad  # to the last bit


@many
@given(builds, programs)
def test_every_knot_is_entered_and_left_at_its_ends_only(ag, program):
    x, y = graph_of(ag, program)
    brute = [[x, *(v for v, _, _ in path)] for path in every_path(y, x)]
    for knot in list(explanations_in(ag.explain(y, x, paths=ALL)))[1:]:
        across = every_path(knot.y, knot.x)
        scale = math.fsum(abs(product(path)) for path in across)
        assert abs(knot.derivative - math.fsum(map(product, across))) <= 1e-12 * scale
        assert knot.number_of_paths == len(across) > 1
        inside = {id(v) for path in across for v, _, _ in path} - {id(knot.y)}
        for path in brute:
            way = [*map(id, path)]  # two nodes may be equal
            places = [i for i, v in enumerate(way) if v in inside]
            assert not places or (way.index(id(knot.x)) < min(places) and max(places) < way.index(id(knot.y)))


@many
@given(builds, programs)
def test_nothing_more_could_be_merged(ag, program):
    """In a knot no node but its ends is on all its paths; and of two nodes that would be the ends of a knot, one is an end."""
    x, y = graph_of(ag, program)
    for part in explanations_in(ag.explain(y, x, paths=ALL)):
        ways = [[id(v) for v in route.nodes] for route in part.routes]
        if len(ways) < 2:
            continue
        assert set.intersection(*map(set, ways)) == {id(part.x), id(part.y)}
        for u, v in {(u, v) for way in ways for i, u in enumerate(way) for v in way[i + 1 :]} - {(id(part.x), id(part.y))}:
            with_u, with_v = ([w for w in ways if node in w] for node in (u, v))
            if with_u == with_v:  # whoever passes one passes the other: they all take the same way between
                assert len({tuple(way[way.index(u) : way.index(v) + 1]) for way in with_u}) == 1


@many
@given(builds, programs)
def test_where_all_paths_meet_there_is_one_route(ag, program):
    x, y = graph_of(ag, program)
    brute = every_path(y, x)
    if not brute or y is x:
        return
    common = set.intersection(*({id(v) for v, _, _ in path} for path in brute))
    explanation = ag.explain(y, x, paths=ALL)
    if len(common) > 1 or len(brute) == 1:
        (route,) = explanation.routes
        assert {id(v) for v in route.nodes[1:]} == common
        counts = [len(every_path(v, u)) for u, v in zip(route.nodes, route.nodes[1:], strict=False)]
        assert [1 if knot is None else knot.number_of_paths for knot in route.knots] == counts
    else:
        assert len(explanation.routes) > 1


@many
@given(builds, programs, st.integers(1, 6))
def test_the_largest_are_shown_and_the_rest_is_counted_and_summed(ag, program, most):
    x, y = graph_of(ag, program)
    whole, part = ag.explain(y, x, paths=ALL), ag.explain(y, x, paths=most)
    brute = every_path(y, x)
    assert part.derivative == whole.derivative
    for all_paths, shown, left_out in [
        (whole.paths, part.paths, part.left_out),
        (whole.routes, part.routes, part.routes_left_out),
    ]:
        sizes = [abs(path.contribution) for path in all_paths]
        assert sizes == sorted(sizes, reverse=True)
        assert [abs(path.contribution) for path in shown] == pytest.approx(sizes[:most], rel=1e-12)
        assert len({tuple(path.edges) for path in shown}) == len(shown)
        assert left_out.number == len(brute) - sum(path.number for path in shown)
        assert (left_out.number == 0) == (len(all_paths) <= most)
        rest = whole.derivative - math.fsum(path.contribution for path in shown) if left_out.number else 0.0
        assert abs(left_out.contribution - rest) <= 1e-12 * math.fsum(abs(product(path)) for path in brute)


@many
@given(st.data())
def test_meeting_points_are_the_last_nodes_that_all_paths_pass(data):
    count = data.draw(st.integers(2, 14))
    before = [[]] + [sorted(data.draw(st.sets(st.integers(0, v - 1), min_size=1, max_size=4))) for v in range(1, count)]
    always = [{0}]  # the nodes on every path from 0 to a node, by the definition
    for v in range(1, count):
        always.append(set.intersection(*(always[u] for u in before[v])) | {v})
    ends, starts = [v for v in range(count) for _ in before[v]], [u for v in range(count) for u in before[v]]
    found = autograd.pictures.paths.meeting_points(ends, starts, count)
    assert found[1:] == [max(always[v] - {v}) for v in range(1, count)]


of_any_size = st.lists(st.sampled_from([0.0, 1.0, -2.0, INF, -INF, NAN, 1e200, 1e-200]), min_size=1, max_size=5)


@many
@given(builds, programs, of_any_size)
def test_zeros_infinities_and_nan_along_the_paths(ag, program, factors):
    x, y = graph_of(ag, program, factors)
    explanation = ag.explain(y, x, paths=ALL)
    contributions = [path.contribution for path in explanation.paths]
    assert Counter(map(str, contributions)) == Counter(str(product(path)) for path in every_path(y, x))
    numbers = [abs(c) for c in contributions if not math.isnan(c)]
    assert [math.isnan(c) for c in contributions] == [True] * (len(contributions) - len(numbers)) + [False] * len(numbers)
    assert numbers == sorted(numbers, reverse=True)
    x.grad = 0.0
    y.backward()
    assert str(explanation.derivative) == str(x.grad)


@settings(max_examples=25)  # to ask all networks there are for names takes most of the time
@given(builds, programs, of_any_size)
def test_zeros_infinities_and_nan_are_written(ag, program, factors):
    x, y = graph_of(ag, program, factors)
    some = ag.explain(y, x, paths=2)
    assert str(some) and some._repr_markdown_()


def test_an_infinite_slope_outweighs_all_others(ag):
    zero, x = ag.Value(0.0), ag.Value(0.0, label="x")
    y = x * 1e300 + x.sqrt() + x * 2 + (x + zero) * 0.0
    explanation = ag.explain(y, x, paths=2)
    assert [path.contribution for path in explanation.paths] == [INF, 1e300]
    assert explanation.derivative == INF and explanation.left_out.number == 2 and math.isnan(explanation.left_out.contribution)
    assert "∂n2/∂x = inf" in str(explanation)


@pytest.mark.parametrize(
    "bad", [lambda x: x.sqrt() * 0.0, lambda x: 0.0 * (x * INF), lambda x: x * NAN, lambda x: x * NAN * 0.0]
)
def test_a_path_that_makes_the_sum_nan_comes_first(ag, bad):
    x = ag.Value(0.0)
    y = x * 2.0 + bad(x) + x * 1e300
    (path,) = ag.explain(y, x, paths=1).paths
    assert math.isnan(path.contribution) and ag.explain(y, x, paths=1).left_out.number == 2


# ------------------------------------------------------------------------------------------------ graphs with a shape


def diamonds(ag, count):
    x = ag.Value(1.0, label="x")
    y = x
    for _ in range(count):
        y = y * 1.5 + y * 0.5
    return x, y


def test_a_row_of_diamonds_is_a_row_of_knots(ag):
    x, y = diamonds(ag, 60)
    explanation = ag.explain(y, x)
    assert explanation.number_of_paths == 2**60 and explanation.derivative == 2.0**60
    (route,) = explanation.routes
    assert route.local_derivatives == (2.0,) * 60 and route.number == 2**60 and explanation.routes_left_out == (0, 0.0)
    assert [[path.contribution for path in knot.paths] for knot in route.knots] == [[1.5, 0.5]] * 60
    assert [path.contribution for path in explanation.paths] == pytest.approx([1.5**60] + [1.5**59 * 0.5] * 9)
    assert explanation.left_out.number == 2**60 - 10
    assert explanation.left_out.contribution == 2.0**60 - sum(path.contribution for path in explanation.paths)
    text = str(explanation)
    assert text.startswith("dy/dx: 1,152,921,504,606,846,976 paths lead from x to y")
    assert "(2.81475e+14 in 48 steps)" in text and "2 more knots on these paths" in text
    assert len(text.splitlines()) < 120


def test_knots_in_knots(ag):
    x = ag.Value(3.0, label="x")
    y = x
    for _ in range(20):
        z = y * 0.5
        y = (z * 2.0 + z * 3.0) + y
    explanation = ag.explain(y * 1.0, x)
    assert explanation.number_of_paths == 3**20
    outer = explanation.routes[0].knots[0]
    assert [route.contribution for route in outer.routes] == [2.5, 1.0] and outer.number_of_paths == 3
    (inner,) = [knot for route in outer.routes for knot in route.knots if knot]
    assert [path.contribution for path in inner.paths] == [3.0, 2.0] and inner.derivative == 5.0
    assert (inner.x, inner.y) == outer.routes[0].nodes[1:3]


def test_what_no_knots_can_undo_is_cut_to_the_largest(ag):
    x = ag.Value(1.0, label="x")
    a, b = x * 1.0, x * 0.5
    for _ in range(99):
        a, b = a * 1.0 + b * 0.25, a * 0.125 + b * 0.0625
    explanation = ag.explain(a + b, x, paths=4)
    assert explanation.number_of_paths == 2**100 and len(explanation.paths) == 4
    assert explanation.left_out.number == explanation.routes_left_out.number == 2**100 - 4
    assert [path.contribution for path in explanation.paths] == [1.0, 0.125, 0.125, 0.03125]
    assert explanation.left_out.contribution == explanation.derivative - 1.28125
    assert "(from about 1.27e30 more paths)" in str(explanation)


def test_the_same_operand_twice_is_two_paths(ag):
    x = ag.Value(3.0, label="x")
    explanation = ag.explain(x * x, x)
    assert [path.contribution for path in explanation.paths] == [3.0, 3.0] and explanation.derivative == 6.0
    assert "∂y/∂x = 3 and 3" in str(explanation)


def test_x_is_y_and_x_is_no_ancestor(ag):
    x, z = ag.Value(3.0, label="x"), ag.Value(1.0, label="z")
    same = ag.explain(x, x)
    assert (same.derivative, same.number_of_paths, same.left_out) == (1.0, 1, (0, 0.0)) and len(same.routes) == 1
    assert [(path.nodes, path.local_derivatives, path.contribution) for path in same.paths] == [((x,), (), 1.0)]
    assert str(same) == "dx/dx = 1: both are the same Value"
    y = x * 2
    for none in (ag.explain(y, z), ag.explain(x, y), ag.explain(y, x.detach())):
        assert (none.derivative, none.paths, none.routes, none.number_of_paths, none.left_out) == (0.0, (), (), 0, (0, 0.0))
    assert str(ag.explain(y, z)) == "dy/dz = 0: y was not computed from z"
    assert "= 0$: $y$ was not computed from $z$." in ag.explain(y, z)._repr_markdown_()
    assert ag.explain(ag.where(False, x, z) + x.floor(), x).derivative == 0.0


def test_x_may_be_inside_the_graph(ag):
    a = ag.Value(2.0, label="a")
    h = a * 3
    h.label = "h"
    y = h.exp() * h + a
    explanation = ag.explain(y, h)
    assert explanation.derivative == pytest.approx(math.exp(6.0) * 7.0)
    assert "h = 6\n" in str(explanation) and "a × 3" not in str(explanation)


def test_the_derivatives_are_those_that_were_recorded(ag):
    x = ag.Value(3.0)
    y = x * x
    x.data = 100.0
    x.grad = y.grad = 0.25
    assert ag.explain(y, x).derivative == 6.0
    assert (x.grad, y.grad) == (0.25, 0.25)


def test_large_graphs(ag):
    length = 50_000
    x = ag.Value(1.0, label="x")
    y = x
    for _ in range(length):
        y = y * 1.00001
    chain = ag.explain(y, x)
    assert chain.number_of_paths == 1 and len(chain.paths[0].nodes) == length + 1
    assert len(str(chain)) < 2000 and f"({length - 12:,} steps)" in str(chain)
    x, y = diamonds(ag, 10_000)
    row = ag.explain(y, x)
    assert row.number_of_paths == 2**10_000
    assert re.match(r"dy/dx: about 2\.00e3010 paths lead from x to y", str(row))
    w, h = ag.Value(0.5, label="w"), ag.Value(1.0)
    for _ in range(length // 2):
        h = h * w + 1.0
    recurrent = ag.explain(h, w, paths=3)
    assert recurrent.left_out.number == length // 2 - 3 and recurrent.derivative == pytest.approx(4.0)
    assert [path.contribution for path in recurrent.paths] == pytest.approx([2.0, 1.0, 0.5])
    assert "(from 24,997 more paths)" in str(recurrent)


def test_a_network():
    with_x = autograd.Value(0.5, label="x")
    model = nn.MLP(2, [4, 1], activation="tanh", rng=0)
    loss = nn.mse_loss(model([with_x, -1.0]), 1.0)
    explanation = autograd.explain(loss, with_x)
    assert explanation.number_of_paths == 4
    loss.backward()
    assert explanation.derivative == with_x.grad
    weight = next(iter(model.parameters()))
    assert autograd.explain(loss, weight).number_of_paths == 1 and autograd.explain(loss, weight).derivative == weight.grad


# ------------------------------------------------------------------------------------------------ how it reads


def test_the_text_of_a_knot(ag):
    x = ag.Value(1.0)
    y = x
    for _ in range(2):
        y = y * 1.5 + y * -0.5
    assert (
        str(ag.explain(y, x))
        == repr(ag.explain(y, x))
        == """\
dy/dx: 4 paths lead from x to y

  x = 1
  n1 = x × 1.5 = 1.5          ∂n1/∂x = 1.5
  n2 = x × (-0.5) = -0.5      ∂n2/∂x = -0.5
  n3 = n1 + n2 = 1            ∂n3/∂n1 = 1, ∂n3/∂n2 = 1
  n4 = n3 × 1.5 = 1.5         ∂n4/∂n3 = 1.5
  n5 = n3 × (-0.5) = -0.5     ∂n5/∂n3 = -0.5
  y = n4 + n5 = 1             ∂y/∂n4 = 1, ∂y/∂n5 = 1

  x ⇒ n3 ⇒ y     dn3/dx · dy/dn3 = 1 · 1 = 1

dy/dx = 1

A double arrow crosses a knot, where paths divide and meet again. Each knot by itself:

  x → n1 → n3     ∂n1/∂x · ∂n3/∂n1 = 1.5 · 1 = 1.5
  x → n2 → n3     ∂n2/∂x · ∂n3/∂n2 = -0.5 · 1 = -0.5

dn3/dx = 1.5 - 0.5 = 1

  n3 → n4 → y     ∂n4/∂n3 · ∂y/∂n4 = 1.5 · 1 = 1.5
  n3 → n5 → y     ∂n5/∂n3 · ∂y/∂n5 = -0.5 · 1 = -0.5

dy/dn3 = 1.5 - 0.5 = 1"""
    )


def test_operations_read_as_one_writes_them(ag):
    x, a = ag.Value(2.0, label="x"), ag.Value(3.0, label="a")
    cases = [
        (x + a, "x + a = 5"),
        (5.0 - x, "5 − x = 3"),
        (x / a, "x ÷ a = "),
        (x**-2, "x ** (-2) = "),
        (-x, "-x = -2"),
        (x.tanh(), "tanh(x) = "),
        (x.sigmoid(), "σ(x) = "),
        (ag.maximum(x, a), "max(x, a) = 3"),
        (x % a, "x % a = 2"),
        (ag.dot([x, a, 1.0], [a, 4.0, -2.0]), "x × a + a × 4 + 1 × (-2) = 16"),
        (ag.fsum([x, a, 1]), "x + a + 1 = 6"),
        (ag.prod([x, a]), "x × a = 6"),
        (ag.logsumexp([x, a]), "logsumexp(x, a) = "),
        (x.clip(0, 1), "clip(x, 0, 1) = 1"),
        (ag.hypot(x, 1), "hypot(x, 1) = "),
        (ag.leaky_relu(x), "leaky_relu(x, 0.01) = 2"),
        (ag.where(True, x, a), "where(x) = 2"),
        (ag.fsum([1.0] * 5 + [x] + [a] * 5), "… + x + … = "),
        (ag.dot([a] * 9, [a] * 8 + [x]), "… + a × x = "),
    ]
    for y, expected in cases:
        assert f"  y = {expected}" in str(ag.explain(y, x)), str(ag.explain(y, x))


def test_numbers_and_single_steps_read_well(ag):
    x = ag.Value(-0.0, label="x")
    text = str(ag.explain(x * 2.0, x))
    assert "  x = 0\n  y = x × 2 = 0     ∂y/∂x = 2\n\n  x → y     ∂y/∂x = 2\n\ndy/dx = 2" in text
    assert "∂n1/∂x · ∂y/∂n1 = 2 · (-3) = -6" in str(ag.explain(x * 2.0 * -3.0, x))
    x = ag.Value(1.0, label="in\nput")
    assert r"  in\nput = 1" in str(ag.explain(x * 2.0, x)).splitlines()


def test_a_knot_on_several_routes_is_written_once(ag):
    x = ag.Value(1.0, label="x")
    middle = x * 0.5
    middle = middle * 2.0 + middle * 3.0
    middle.label = "m"
    text = str(ag.explain(middle * 4.0 + middle.exp() * x, x))
    assert text.count("⇒ m") == 2
    assert len(re.findall(r"^dm/dn\d = ", text, re.M)) == 1


@pytest.mark.usefixtures("table_as_before")
def test_a_primitive_of_ones_own_reads_by_its_symbol(ag):
    blend = ag.primitive("blend", lambda x, y: x * y, [lambda x, y, out: y, lambda x, y, out: x], symbol="⊗")
    x = ag.Value(2.0, label="x")
    y = blend(x, 3.0)
    assert "  y = x ⊗ 3 = 6     ∂y/∂x = 3" in str(ag.explain(y, x))
    assert "x ⊗ 3" in ag.explain(y, x)._repr_markdown_()
    odd = ag.primitive("odd", lambda x: -x, lambda x, out: -1.0, symbol="⊖")
    assert "  y = ⊖(x) = -2" in str(ag.explain(odd(x), x))


def test_names_are_told_apart(ag):
    x = ag.Value(2.0, label="h")
    y = (x * 3.0).exp()
    y.parents[0].label = y.label = "h"
    text = str(ag.explain(y, x))
    assert "h1 → h2 → h3" in text and "dh3/dh1 = " in text
    n1 = ag.Value(1.0, label="n1")
    z = (n1 * 2 + n1) * n1
    assert "n2 = n1 × 2" in str(ag.explain(z, n1))
    y = ag.Value(1.0, label="y")
    assert "dy2/dy1" in str(ag.explain(y * 2.0, y)) and "y1 → n1 → y2" in str(ag.explain((y + 1) * 2.0, y))
    spaced = ag.Value(1.0, label=" the input\n")
    assert "dy/d(the input): 1 path leads from the input to y" in str(ag.explain(spaced * 2, spaced))
    assert "(the input) × 2" in str(ag.explain(spaced * 2, spaced))


def test_what_does_not_fit_beside_goes_below(ag):
    x = ag.Value(1.0, label="x" * 70)
    lines = str(ag.explain(x.exp(), x)).splitlines()
    assert all(len(line) < 250 for line in lines) and f"  y = exp({'x' * 70}) = 2.71828" in lines
    assert lines[lines.index(f"  y = exp({'x' * 70}) = 2.71828") + 1].strip().startswith("∂y/∂xxx")


STRANGE = "a_b $5 $$ {x} \\frac % # & ~ ^ `q` <b> | * ü"


def mathematics(markdown):
    """The formulas of a page, which hold no stray $."""
    unescaped = re.sub(r"\\\$", "", markdown)
    formulas = re.findall(r"\$\$(.*?)\$\$", unescaped, re.S) + re.findall(r"(?<!\$)\$([^$]+)\$(?!\$)", unescaped)
    assert unescaped.count("$") == 4 * len(re.findall(r"\$\$(.*?)\$\$", unescaped, re.S)) + 2 * len(
        re.findall(r"(?<!\$)\$([^$]+)\$(?!\$)", unescaped)
    )
    return formulas


@pytest.mark.parametrize("label", ["x", "w1", "x_1", "the input", STRANGE])
def test_the_mathematics_is_well_formed(ag, label):
    x = ag.Value(1.0, label=label)
    y = x
    for _ in range(20):
        y = (y * -1.5e-9 + y.sigmoid()) ** 2 + ag.fsum([x, 1.0, 2.0]) - ag.maximum(y, -x)
    whole = [ag.explain(y, x), ag.explain(y, x, paths=3), ag.explain(y * INF, x)]
    for explanation in [*whole, ag.explain(x * x, x), ag.explain(x, x)]:
        formulas = mathematics(explanation._repr_markdown_())
        assert formulas
        for formula in formulas:
            bare = re.sub(r"\\[{}$&#%_]", "", formula)
            assert bare.count("{") == bare.count("}") and not re.search(r"[#%~`<>|]", bare)
            assert formula.count(r"\left(") == formula.count(r"\right)")
            assert formula.count(r"\begin{aligned}") == formula.count(r"\end{aligned}") <= 1
            commands = set(re.findall(r"\\([A-Za-z]+)", formula))
            known = "begin end frac partial mathrm underbrace cdot to Rightarrow times div quad qquad operatorname left right "
            known += "sigma dots text infty displaystyle backslash wedge sim lt gt vert ast textstyle sum"
            assert commands <= {*known.split()}


def test_the_pieces_of_mathematics(ag):
    x, a = ag.Value(2.0, label="x"), ag.Value(3.0, label="a")
    page = ag.explain((x**a + x * -1.5e-7).sigmoid() / ag.dot([a] * 9 + [x], [a] * 10), x)._repr_markdown_()
    assert "{x}^{a} = 8" in page and r"x \times (-1.5 \times 10^{-7})" in page and r"\sigma\left(" in page
    assert r"\dots + x \times a = " in page and r"\div" in page
    wide = ag.fsum([x, a, a, a])
    for _ in range(3):
        wide = ag.dot([wide, 1.23456e-7, 2.34567e-7, 3.45678e-7], [1.25] * 4) * x
    page = ag.explain(wide, x, paths=3)._repr_markdown_()
    assert " && " not in page and r" \\[4pt] &\qquad \frac" in page and r"\qquad \frac" in page
    many = ag.fsum([x * float(i) for i in range(1, 8)])
    page = ag.explain(many, x, paths=4)._repr_markdown_()
    assert r"&\quad + \underbrace{6}_{\text{3 more paths}} \\[4pt]" in page and "&= 7 + 6 + 5 + 4 + 6 = 28" in page
    assert r"\frac{\mathrm{d}y}{\mathrm{d}x} &= \underbrace{7 \cdot 1}" in page
    assert r"{\mathrm{d}x} &= \underbrace{7 \cdot 1}" in ag.explain(many, x)._repr_markdown_()
    falling = ag.explain(ag.fsum([x * 4.0, x * -2.0, x * -1.0]), x, paths=1)
    assert "&= 4 - 3 = 1" in falling._repr_markdown_() and "dy/dx = 4 - 3 (from 2 more paths) = 1" in str(falling)
    few = ag.explain(ag.fsum([x * 1.0, x * 2.0]), x, paths=1)._repr_markdown_()
    assert r"{\mathrm{d}x} &= \underbrace{2 \cdot 1}_{x" in few


MATHEMATICS = r"""2 paths lead from $b$ to $\mathrm{loss}$:

$$\begin{aligned}
a &= 2 \\[4pt]
b &= 1 \\[4pt]
n_{1} &= a + b = 3 && \frac{\partial n_{1}}{\partial b} = 1 \\[4pt]
n_{2} &= b + 1 = 2 && \frac{\partial n_{2}}{\partial b} = 1 \\[4pt]
\mathrm{loss} &= n_{1} \times n_{2} = 6 && \frac{\partial \mathrm{loss}}{\partial n_{1}} = 2,\quad \frac{\partial \mathrm{loss}}{\partial n_{2}} = 3
\end{aligned}$$

$$\begin{aligned}
\frac{\mathrm{d}\mathrm{loss}}{\mathrm{d}b} &= \frac{\partial n_{2}}{\partial b} \cdot \frac{\partial \mathrm{loss}}{\partial n_{2}} + \frac{\partial n_{1}}{\partial b} \cdot \frac{\partial \mathrm{loss}}{\partial n_{1}} \\[4pt]
&= \underbrace{1 \cdot 3}_{b \to n_{2} \to \mathrm{loss}} \\[4pt]
&\quad + \underbrace{1 \cdot 2}_{b \to n_{1} \to \mathrm{loss}} \\[4pt]
&= 3 + 2 = 5
\end{aligned}$$"""  # noqa: E501


def test_the_mathematics_of_the_example(ag):
    a, b = ag.Value(2.0, label="a"), ag.Value(1.0, label="b")
    loss = (a + b) * (b + 1)
    loss.label = "loss"
    assert ag.explain(loss, b)._repr_markdown_() == MATHEMATICS


# ------------------------------------------------------------------------------------------------ what it refuses


@pytest.mark.parametrize("wrong", [3.0, "x", None, [1.0]])
def test_only_values_are_explained(ag, wrong):
    x = ag.Value(1.0)
    with pytest.raises(TypeError, match=rf"^explain\(y, x\) explains dy/dx for two Values, and y is {re.escape(repr(wrong))}"):
        ag.explain(wrong, x)
    with pytest.raises(TypeError, match=r"and x is .*give the Value, not its number"):
        ag.explain(x, wrong)


@pytest.mark.parametrize("wrong", [0, -1, 2.0, True, None, "all"])
def test_a_number_of_paths_is_asked_for(ag, wrong):
    x = ag.Value(1.0)
    with pytest.raises(ValueError, match=r"whole number of at least 1, and this is"):
        ag.explain(x * 2, x, paths=wrong)

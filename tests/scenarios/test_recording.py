"""What an engine is asked about recording: where it records and where not, leaving the graph, lists, looking at a graph."""

import math
import operator
import random
import threading
from fractions import Fraction

import pytest

# ------------------------------------------------------------------------------------------------ recording or not


def test_no_grad_records_nothing(ag):
    x = ag.Value(2.0)
    assert ag.is_grad_enabled()
    with ag.no_grad():
        assert not ag.is_grad_enabled()
        results = [
            x * x,
            x + 1,
            -x,
            2**x,
            x.exp(),
            ag.dot([x], [x]),
            ag.fsum([x, x]),
            ag.prod([x]),
            ag.max([x]),
            ag.softmax([x, 1], 0),
            ag.clip(x, 0, 1),
            ag.where(True, x, 0),
            x.maximum(1.0),
            ag.leaky_relu(x),
            abs(x),
        ]
    assert ag.is_grad_enabled()
    for result in results:
        assert isinstance(result, ag.Value) and result.parents == () and result.op == "" and result is not x
    assert [result.data for result in results[:5]] == [4.0, 3.0, -2.0, 4.0, math.exp(2.0)]
    for result in results:
        result.backward()
    assert x.grad == 0.0
    (x * x).backward()
    assert x.grad == 4.0


@pytest.mark.usefixtures("table_as_before")
def test_no_grad_computes_the_same_numbers_and_asks_for_no_slope(ag):
    asked = []
    cube = ag.primitive("cube", lambda x: x * x * x, lambda x, out: asked.append(x) or 3.0 * x * x)
    sized = ag.primitive(
        "sized", lambda xs: xs[0] * len(xs), lambda xs, out: asked.append(xs) or [1.0] * len(xs), over_list=True
    )
    xs = [ag.Value(x) for x in (0.3, -1.2, 2.5)]

    def results():
        made = [3 - xs[0], xs[0] - 3, xs[1] / xs[2], xs[1].tanh(), cube(xs[2]), sized(xs), ag.dot(xs, [2, xs[0], 0.1])]
        return [v.data for v in [*made, ag.logsumexp(xs), *ag.softmax(xs), *ag.log_softmax(xs)]]

    recorded = results()
    assert len(asked) == 2
    with ag.no_grad():
        assert results() == recorded
    assert len(asked) == 2


def test_no_grad_nests_and_survives_exceptions(ag):
    x = ag.Value(2.0)
    with ag.no_grad():
        with ag.no_grad():
            pass
        assert not ag.is_grad_enabled() and (x * 2).parents == ()
        with pytest.raises(ZeroDivisionError), ag.no_grad():
            raise ZeroDivisionError
        assert not ag.is_grad_enabled()
    assert ag.is_grad_enabled()
    with pytest.raises(KeyError), ag.no_grad():
        raise KeyError
    assert ag.is_grad_enabled() and (x * 2).parents == (x,)


def test_no_grad_as_a_decorator(ag):
    x = ag.Value(2.0)

    @ag.no_grad()
    def evaluate(n):
        """Doc."""
        assert not ag.is_grad_enabled()
        return evaluate(n - 1) if n else x * 3.0

    assert evaluate(3).parents == () and evaluate.__doc__ == "Doc." and ag.is_grad_enabled()

    @ag.no_grad()
    def fail():
        raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert ag.is_grad_enabled()


def test_no_grad_holds_for_its_own_thread_only(ag):
    x = ag.Value(2.0)
    inside, checked = threading.Event(), threading.Event()
    seen = []

    def pause():
        with ag.no_grad():
            inside.set()
            checked.wait(30)
            seen.append((x * 3).parents)
        seen.append((x * 3).parents)

    thread = threading.Thread(target=pause)
    thread.start()
    assert inside.wait(30)
    assert ag.is_grad_enabled() and (x * 2).parents == (x,)
    with ag.no_grad():
        assert (x * 2).parents == ()
    assert (x * 2).parents == (x,)
    checked.set()
    thread.join(30)
    assert seen == [(), (x,)] and ag.is_grad_enabled()


def test_backward_works_inside_no_grad(ag):
    x = ag.Value(3.0)
    y = x * x
    with ag.no_grad():
        y.backward()
        slope = ag.gradients(y, [x])[0]
    assert x.grad == 6.0 and slope.data == 6.0


def test_detach(ag):
    x = ag.Value(3.0, label="x")
    y = x * x
    cut = y.detach()
    assert cut.data == 9.0 and cut.parents == () and cut.grad == 0.0 and cut is not y
    (cut * x).backward()
    assert x.grad == 9.0 and cut.grad == 3.0 and y.grad == 0.0
    leaf = x.detach()
    leaf.data = 5.0
    assert x.data == 3.0


# ------------------------------------------------------------------------------------------------ leaving the graph


def test_conversions_that_would_cut_the_graph(ag):
    v = ag.Value(2.0, label="speed")
    for convert in (float, math.exp, math.sqrt, math.isnan, lambda x: math.hypot(x, 1.0)):
        with pytest.raises(TypeError, match=r"speed.*v\.data.*v\.exp\(\)"):
            convert(v)
    with pytest.raises(TypeError, match=r"int\(v\.data\).*v\.trunc\(\)"):
        int(v)
    with pytest.raises(TypeError, match=r"complex\(v\.data\)"):
        complex(v)
    with pytest.raises(TypeError):
        operator.getitem([1, 2, 3], v)
    with pytest.raises(TypeError):
        range(v)


# ------------------------------------------------------------------------------------------------ functions over lists


def test_dot_of_lists_of_different_length(ag):
    x = ag.Value(1.0)
    with pytest.raises(ValueError, match="2 and 3"):
        ag.dot([x, 1.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="0 and 1"):
        ag.dot([], [x])
    z = ag.dot((v for v in [x, 2.0]), iter([3.0, x]))
    z.backward()
    assert z.data == 5.0 and x.grad == 5.0


def test_empty_lists(ag):
    assert ag.dot([], []) == 0.0 and ag.fsum([]) == 0.0 and ag.prod([]) == 1.0
    assert type(ag.fsum([])) is float
    for name in ("max", "min", "logsumexp", "softmax", "log_softmax"):
        with pytest.raises(ValueError, match=rf"{name}\(\) of an empty list"):
            getattr(ag, name)([])
    with pytest.raises(ValueError, match="softmax"):
        ag.softmax([], 0)


def test_fsum_is_exact(ag):
    assert ag.fsum([ag.Value(0.1)] * 10).data == 1.0
    xs = [ag.Value(x) for x in (1e16, 1.0, -1e16, 1e-30)]
    z = ag.fsum(xs)
    assert z.data == 1.0
    z.backward()
    assert [x.grad for x in xs] == [1.0] * 4
    rng = random.Random(5)
    numbers = [rng.gauss(0, 10.0 ** rng.randint(-20, 20)) for _ in range(500)]
    exact = float(sum(map(Fraction, numbers)))
    assert ag.fsum([ag.Value(x) for x in numbers]).data == exact == ag.fsum(numbers)


def test_fsum_beyond_the_range(ag):
    big = ag.Value(1e308)
    assert ag.fsum([big, 1e308, -1e308]).data == 1e308
    assert ag.fsum([big, big, big]).data == math.inf
    assert ag.fsum([-big, -1e308, -1e308]).data == -math.inf
    assert math.isnan(ag.fsum([ag.Value(math.inf), -math.inf]).data)
    assert ag.fsum([ag.Value(math.inf), 1.0]).data == math.inf
    assert math.isnan(ag.fsum([big, math.nan]).data)


@pytest.mark.parametrize(
    "numbers, slopes",
    [([2.0, 3.0, 4.0], [12.0, 8.0, 6.0]), ([0.0, 3.0, 4.0], [12.0, 0.0, 0.0]), ([0.0, 0.0, 4.0], [0.0] * 3), ([5.0], [1.0])],
)
def test_prod_with_zeros(ag, numbers, slopes):
    xs = [ag.Value(x) for x in numbers]
    z = ag.prod(xs)
    z.backward()
    assert z.data == math.prod(numbers)
    assert [x.grad for x in xs] == slopes
    assert [g.data for g in ag.gradients(ag.prod(xs), xs)] == slopes
    if len(xs) == 3:
        mixed = ag.gradients(ag.gradients(ag.prod(xs), xs[:1])[0], xs[1:2])[0]
        assert mixed.data == numbers[2]


def test_softmax(ag):
    xs = [ag.Value(1.0), ag.Value(2.0), 3.0]
    all_of_them = ag.softmax(xs)
    total = sum(math.exp(k) for k in (1, 2, 3))
    assert [s.data for s in all_of_them] == pytest.approx([math.exp(k) / total for k in (1, 2, 3)], rel=1e-15)
    assert ag.softmax(xs, 1).data == all_of_them[1].data and ag.softmax(xs, -1).data == all_of_them[2].data
    ag.fsum(all_of_them).backward()
    assert abs(xs[0].grad) < 1e-16 and abs(xs[1].grad) < 1e-16
    assert ag.log_softmax(xs, 2).data == pytest.approx(math.log(math.exp(3) / total), rel=1e-14)
    for name in ("softmax", "log_softmax"):
        for index in (3, -4):
            with pytest.raises(IndexError, match=f"3 components.*{index}"):
                getattr(ag, name)(xs, index)
    assert ag.softmax([ag.Value(1000.0), 0.0], 0).data == 1.0
    assert ag.log_softmax([ag.Value(0.0), 1000.0], 0).data == -1000.0


# ------------------------------------------------------------------------------------------------ looking at a graph


def test_labels(ag):
    v = ag.Value(1.0)
    assert v.label == ""
    v.label = "speed"
    assert v.label == "speed" and ag.Value(1.0, "a").label == "a" and ag.Value(1.0, label="b").label == "b"
    for node in (v * 2, ag.dot([v], [v]), v.tanh(), ag.where(True, v, 0)):
        assert node.label == ""
        node.label = "n"
        assert node.label == "n" and node.parents[0] is v
        node.label = ""
        assert node.label == ""
    with pytest.raises(TypeError, match="str"):
        v.label = 3
    with pytest.raises(TypeError, match="str"):
        ag.Value(1.0, label=3)
    assert v.label == "speed"


def test_values_take_no_other_attributes(ag):
    """They could make a cycle, which reference counting alone would never free."""
    v = ag.Value(1.0)
    with pytest.raises(AttributeError):
        v.child = v
    with pytest.raises(AttributeError):
        v.parents = ()
    with pytest.raises(TypeError, match="already a node"):
        (v * 2).__init__(3.0)


def test_topological_order(ag):
    x, w = ag.Value(2.0, "x"), ag.Value(3.0, "w")
    a = x * w
    b = a + x
    y = ag.dot([a, b], [b, w])
    order = ag.topological_order(y)
    assert len(order) == 5 and order[-1] is y and {id(v) for v in order} == {id(v) for v in (x, w, a, b, y)}
    place = {id(v): i for i, v in enumerate(order)}
    assert all(place[id(p)] < place[id(v)] for v in order for p in v.parents)
    assert not any(v.op for v in order[:2]) and all(v.op for v in order[2:])
    assert ag.topological_order(x) == [x]
    assert x.grad == 0.0  # nothing was changed


def test_topological_order_of_random_graphs(ag):
    for seed in range(20):
        rng = random.Random(seed)
        nodes = [ag.Value(rng.random()) for _ in range(5)]
        for _ in range(60):
            some = rng.choices(nodes, k=rng.randint(1, 4))
            nodes.append(ag.fsum(some) if rng.random() < 0.5 else nodes[-1] * some[0])
        ancestors, todo = set(), [nodes[-1]]
        while todo:
            v = todo.pop()
            if id(v) not in ancestors:
                ancestors.add(id(v))
                todo.extend(v.parents)
        order = ag.topological_order(nodes[-1])
        assert len(order) == len(ancestors) and {id(v) for v in order} == ancestors
        place = {id(v): i for i, v in enumerate(order)}
        assert all(place[id(p)] < place[id(v)] for v in order for p in v.parents)


@pytest.mark.parametrize("thing", [3, None, "x", [1.0]], ids=repr)
def test_only_values_have_a_graph(ag, thing):
    x = ag.Value(1.0)
    for call in (
        ag.topological_order,
        ag.Value.backward,
        ag.draw,
        lambda y: ag.gradients(y, [x]),
        lambda y: ag.gradients(x, [x, y]),
    ):
        with pytest.raises(TypeError):
            call(thing)
    (x * x).backward()
    assert x.grad == 2.0


def test_fsum_of_infinities_among_numbers_that_overflow(ag):
    assert ag.fsum([1e308, 1e308, math.inf]) == ag.fsum([1e308] * 3 + [math.inf, -1e308]) == math.inf
    assert ag.fsum([1e308, 1e308, -math.inf]) == -math.inf and ag.fsum([1e308] * 3 + [-1e308] * 2) == 1e308
    assert math.isnan(ag.fsum([1e308, 1e308, math.inf, -math.inf])) and math.isnan(ag.fsum([1e308, 1e308, math.nan]))
    x = ag.Value(math.inf)
    y = ag.fsum([x, 1e308, 1e308])
    y.backward()
    assert y.data == math.inf and x.grad == 1.0

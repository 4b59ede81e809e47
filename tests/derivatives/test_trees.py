"""Trees: what is taken apart is put together again, number by number, in the same kinds of containers."""

import collections
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from processes import run

import autograd
from autograd import Value
from autograd.derivatives.trees import as_array, description, flatten, holds_values, in_order_of, names

Point = collections.namedtuple("Point", "x y")


class Row(list):
    pass


NUMBERS = st.floats(allow_nan=False) | st.integers(-(10**6), 10**6) | st.booleans()
ARRAYS = arrays.arrays(float, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3), elements=st.floats(-9, 9))
TREES = st.recursive(
    NUMBERS | ARRAYS,
    lambda children: st.one_of(
        st.lists(children, max_size=4),
        st.lists(children, max_size=4).map(tuple),
        st.lists(children, max_size=4).map(Row),
        st.dictionaries(st.integers() | st.text(max_size=3), children, max_size=4),
        st.dictionaries(st.text(max_size=3), children, max_size=4).map(collections.OrderedDict),
        st.tuples(children, children).map(Point._make),
    ),
    max_leaves=10,
)


def alike(got, tree):
    """Same containers and places; numbers as floats."""
    if isinstance(tree, dict):
        assert type(got) is type(tree) and [*got] == [*tree]
        return all(alike(got[key], tree[key]) for key in tree)
    if isinstance(tree, (list, tuple)):
        assert type(got) is type(tree) and len(got) == len(tree)
        return all(map(alike, got, tree))
    if isinstance(tree, np.ndarray):
        return got.shape == tree.shape and got.dtype == float and (got == tree).all()
    return type(got) is float and got == tree


@given(tree=TREES)
def test_taken_apart_and_put_together(tree):
    numbers, around = flatten(tree)
    assert all(type(number) is float for number in numbers)
    assert len(numbers) == around.size == sum(leaf.size for leaf in around.leaves)
    assert alike(around.of(numbers), tree)
    again, _ = flatten(around.of(numbers))
    assert again == numbers


@given(tree=TREES)
def test_every_number_has_a_name_that_leads_to_it(tree):
    numbers, around = flatten(tree)
    values = [Value(number) for number in numbers]
    called = names(tree, "x")
    assert len(called) == len(values) == len(set(called))
    x = around.of(values)
    for value, name in zip(values, called, strict=True):
        found = eval(name, {"x": x})
        assert (found.item() if isinstance(found, np.ndarray) else found) is value


@given(tree=TREES)
def test_a_tree_fits_itself_with_its_dicts_in_any_order(tree):
    def turned(thing):
        if isinstance(thing, dict):
            return {key: turned(thing[key]) for key in reversed([*thing])}
        if isinstance(thing, (list, tuple)):
            return [*map(turned, thing)]
        return thing

    assert flatten(in_order_of(tree, turned(tree), "v"))[0] == flatten(tree)[0]


def test_values_are_found():
    v = Value(1.0)
    for thing in (v, [1.0, v], (v,), {"a": v}, np.array([[1.0, v]], dtype=object), np.array(v), Point(1.0, v)):
        assert holds_values(thing)
    for thing in (1.0, [], [1.0], {"a": 1.0}, np.ones(2), np.array([1, None]), "text", None, {v}, [[v]]):
        assert not holds_values(thing)


def test_numbers_of_many_kinds():
    things = [1, True, np.float32(0.5), np.int8(3), Fraction(1, 4), Decimal("0.5"), np.array(2), np.array([1, 2], np.int8)]
    assert flatten(things)[0] == [1.0, 1.0, 0.5, 3.0, 0.25, 0.5, 2.0, 1.0, 2.0]
    v = Value(3.0)
    numbers, around = flatten({"a": v, "b": np.array([v, 1], dtype=object)})
    assert numbers[0] is numbers[1] is v and numbers[2] == 1.0
    assert around.of(numbers)["b"].dtype == object and around.of([1.0, 2.0, 3.0])["b"].dtype == float
    assert flatten(np.array([[np.longdouble(1.5)]]))[0] == [1.5]


def test_containers_keep_what_is_special_about_them():
    counts = collections.defaultdict(int, a=1.0)
    _, around = flatten([counts, collections.Counter("aab"), Row([1.0]), Point(1.0, 2.0)])
    made = around.of([10.0, 20.0, 30.0, 40.0, 50.0, 60.0])
    assert made[0] == {"a": 10.0} and made[0]["new"] == 0
    assert made[1] == collections.Counter(a=20.0, b=30.0) and made[1]["new"] == 0
    assert type(made[2]) is Row and made[3] == Point(50.0, 60.0)
    assert counts == {"a": 1.0}  # nothing was added to what was given


def test_what_is_taken_apart_may_change_afterwards():
    thing = {"a": 1.0, "b": [2.0]}
    numbers, around = flatten(thing)
    thing["c"] = 3.0
    thing["b"].append(4.0)
    assert around.of(numbers) == {"a": 1.0, "b": [2.0]}


def test_parts_in_the_place_of_leaves():
    _, around = flatten({"a": 1.0, "b": [np.ones(3), 2.0]})
    assert around.rebuilt(["x", "y", "z"]) == {"a": "x", "b": ["y", "z"]}
    assert [leaf.shape for leaf in around.leaves] == [None, (3,), None]
    assert not around.is_number and flatten(1.0)[1].is_number and flatten(np.array(1.0))[1].is_number
    assert not flatten([1.0])[1].is_number and not flatten(np.array([1.0]))[1].is_number


@pytest.mark.parametrize(
    "thing, message",
    [
        ("a", r"^x: 'a' is str"),
        ([1.0, [2.0, None]], r"^x\[1\]\[1\]: None"),
        ({"k": [b"1"]}, r"^x\['k'\]\[0\]: b'1' is bytes"),
        (iter([1.0]), r"^x: a list_iterator has no lasting order"),
        (frozenset([1.0]), "^x: a frozenset has no lasting order"),
        (np.array(["a"]), r"^x: 'a' is str"),
        (np.array([1j]), "^x: .*complex"),
        (object(), "^x: a object is not a real number"),
        ({"a": {"b": 1j}}, r"^x\['a'\]\['b'\]: .*complex"),
        (collections.deque([1.0]), "^x: a deque is not a real number"),
    ],
    ids=lambda part: part if isinstance(part, str) else type(part).__name__,
)
def test_what_is_no_number_is_named_with_its_place(thing, message):
    with pytest.raises(TypeError, match=message):
        flatten(thing)


@pytest.mark.parametrize("kind", [int, np.int8, np.uint64, bool])
def test_arrays_that_count_or_choose_are_no_variables(kind):
    array = np.zeros(3, dtype=kind)
    assert flatten([array])[0] == [0.0] * 3
    with pytest.raises(
        TypeError, match=rf"^p\[0\]: this is an array of {array.dtype}.*astype\(float\); what counts or chooses"
    ):
        flatten([array], "p", variable=True)
    assert flatten(kind(1), variable=True)[0] == [1.0]


@pytest.mark.parametrize(
    "model, thing, message",
    [
        ([1.0, 2.0], [1.0], r"^v is a list of 1, where one of 2 is wanted"),
        ([1.0, [2.0]], [1.0, 2.0], r"^v\[1\] is a number, where a list of 1 is wanted"),
        ({"a": 1.0}, {"b": 1.0}, r"^v has the keys \['b'\], where \['a'\] are wanted"),
        ({"a": [1.0]}, {"a": np.ones(1)}, r"^v\['a'\] is an array of shape \(1,\), where a list of 1 is wanted"),
        (np.ones((2, 3)), np.ones((3, 2)), r"^v is an array of shape \(3, 2\), where an array of shape \(2, 3\) is wanted"),
        (1.0, {"a": 1.0}, "^v is a dict of 1, where a number is wanted"),
        (np.ones(2), [1.0, 1.0], r"^v is a list of 2, where an array of shape \(2,\) is wanted"),
    ],
    ids=repr,
)
def test_what_does_not_fit_is_named_with_its_place(model, thing, message):
    with pytest.raises(ValueError, match=message):
        in_order_of(model, thing, "v")


def test_what_fits_well_enough():
    assert in_order_of((1.0, 2.0), [1, 2], "v") == [1, 2]
    assert in_order_of(1.0, np.array(2.0), "v") == in_order_of(np.array(1.0), 2.0, "v") == 2.0
    assert description([1.0]) == "a list of 1" and description(3) == "a number"


def test_arrays_are_made_of_floats_or_of_values():
    assert as_array([], (0, 2)).shape == (0, 2) and as_array([], (0,)).dtype == float
    assert as_array([1.0, Value(2.0)], (2, 1)).dtype == object
    assert as_array([1.0], ()).shape == ()


def test_numpy_is_loaded_only_for_arrays():
    code = "import sys; autograd.hessian(lambda x: x[0] * x[1])([1.0, 2.0]); print('numpy' in sys.modules)"
    assert run(autograd, code).strip() == "False"

"""Arguments and results as people shape them: numbers, arrays, and lists, tuples and dicts of them, flattened and put back.

`flatten` parts a thing into its numbers and a Tree, which remembers everything else. The leaves of a Tree are lone numbers and
arrays.
"""

from __future__ import annotations

import copy
import itertools
import math
import struct
import sys
from collections.abc import Callable, Iterator, Sequence, Set
from types import MethodType
from typing import Any, NamedTuple

from ..cached import cached_property
from ..engine.functions import are_operands, has_value
from ..engine.modes import trace_here
from ..engine.numbers import is_rounded, of_numpy
from ..engine.value import Value
from .structures import Fields, Registered, opened, unframed


class Leaf(NamedTuple):
    """A lone number (its shape is None) or an array of them."""

    shape: tuple[int, ...] | None
    size: int


NUMBER = Leaf(None, 1)


class Number:
    """The place of a leaf: of a lone number, or of an array."""

    def build(self, parts: Iterator[Any]) -> Any:
        """The thing itself, from an iterator over its leaves: here the next leaf."""
        return next(parts)

    def form(self, leaves: Iterator[Leaf]) -> Any:
        """What stands around the numbers, as a key of a dict, from an iterator over the Leafs: see `Tree.form`."""
        return next(leaves).shape

    def __reduce__(self) -> str:
        """There is one of it, in pickles too."""
        return "LONE"


LONE = Number()


class Several(NamedTuple):
    """A list or tuple of `size` lone numbers, made by `make`."""

    make: Callable[[Any], Any]
    size: int

    def build(self, parts: Iterator[Any]) -> Any:
        return self.make(list(itertools.islice(parts, self.size)))

    def form(self, leaves: Iterator[Leaf]) -> Any:
        for _ in itertools.islice(leaves, self.size):
            pass
        return self.make, self.size


class Nested(NamedTuple):
    """A list or tuple of things, made by `make`."""

    make: Callable[[Any], Any]
    nodes: list[Any]

    def build(self, parts: Iterator[Any]) -> Any:
        return self.make([node.build(parts) for node in self.nodes])

    def form(self, leaves: Iterator[Leaf]) -> Any:
        inside = [node.form(leaves) for node in self.nodes]
        return (self.make, len(inside)) if {None}.issuperset(inside) else (self.make, *inside)


class Mapping(NamedTuple):
    """A dict: `given`, a copy of it without its values, is copied for every new one, and `nodes` says what they are."""

    given: dict[Any, Any]
    nodes: list[Any]

    def build(self, parts: Iterator[Any]) -> Any:
        return self.make([node.build(parts) for node in self.nodes])

    def make(self, values: Sequence[Any]) -> Any:
        """The dict with these values."""
        made = copy.copy(self.given)
        for key, value in zip(self.given, values, strict=True):
            made[key] = value
        return made

    def form(self, leaves: Iterator[Leaf]) -> Any:
        inside = [node.form(leaves) for node in self.nodes]
        return type(self.given), *zip(map(told_apart, self.given), inside, strict=True)


class Structure(NamedTuple):
    """A dataclass, or a thing of a registered type: `recipe` makes it again."""

    recipe: Registered | Fields
    nodes: list[Any]

    def build(self, parts: Iterator[Any]) -> Any:
        return self.make([node.build(parts) for node in self.nodes])

    def make(self, values: Sequence[Any]) -> Any:
        return self.recipe.make(values)

    def form(self, leaves: Iterator[Leaf]) -> Any:
        return told_apart(self.recipe), *[node.form(leaves) for node in self.nodes]


ELSEWHERE = "what counts or chooses, or is no number, goes into an argument that is not differentiated"


class Tree:
    """What stands around the numbers of a thing: its leaves, from left to right, and nested nodes that build it again.

    whole   the lone integers and bools among the numbers of the thing that was flattened, as they were, each under its place
    counted the places of those that stood in arrays
    rounded an integer of an array that is no float; None where there is none
    """

    rounded: int | None = None

    def __init__(
        self, leaves: list[Leaf], node: Any, whole: dict[int, Any] | None = None, counted: Sequence[range] = ()
    ) -> None:
        self.whole = whole or {}
        self.counted = counted
        self.leaves = leaves
        self.node = node
        self._of_lone_numbers = leaves.count(NUMBER) == len(leaves)
        self.size = len(leaves) if self._of_lone_numbers else sum([leaf.size for leaf in leaves])

    def __reduce__(self) -> Any:
        return _tree_of, ([leaf.shape for leaf in self.leaves], self.node, self.whole)

    @property
    def is_number(self) -> bool:
        """Whether it is one number, with nothing around it but perhaps an array of no dimensions."""
        return self.node is LONE and not self.leaves[0].shape

    @property
    def form(self) -> Any:
        """What stands around the numbers, as a key of a dict: lists, tuples, the keys of dicts, the shapes of arrays.

        >>> one, two, three = [flatten(x)[1].form for x in ([1.0, (2.0, 3.0)], [4.0, (5, 6)], [1.0, [2.0, 3.0]])]
        >>> one == two != three
        True
        """
        return self.node.form(iter(self.leaves))

    def stacked(self) -> Tree:
        """The tree with an array in the place of each list of numbers, and of each list of arrays of one shape.

        >>> numbers, tree = flatten([[1.0, 2.0], [3.0, 4.0]])
        >>> tree.stacked().of(numbers)
        array([[1., 2.],
               [3., 4.]])
        """
        leaves: list[Leaf] = []
        node = _stacked(self.node, iter(self.leaves), leaves)
        return Tree(leaves, node)

    def rebuilt(self, parts: Sequence[Any]) -> Any:
        """The tree with `parts` for its leaves."""
        return self.node.build(iter(parts))

    @cached_property
    def parts(self) -> list[tuple[Leaf, int, int]]:
        """Each leaf, and where its numbers begin and end among all of them."""
        ends = itertools.accumulate([leaf.size for leaf in self.leaves])
        return [(leaf, end - leaf.size, end) for leaf, end in zip(self.leaves, ends, strict=True)]

    def of(self, numbers: Sequence[Any]) -> Any:
        """The tree with these numbers, from left to right; arrays of Values where there are Values."""
        if self._of_lone_numbers:
            return self.rebuilt(numbers)
        return self.rebuilt(
            [
                numbers[start] if leaf.shape is None else as_array(numbers[start:end], leaf.shape)
                for leaf, start, end in self.parts
            ]
        )

    def of_array(self, numbers: Any) -> Any:
        """The tree with the numbers of an array of one dimension."""
        return self.rebuilt(
            [
                float(numbers[start]) if leaf.shape is None else numbers[start:end].reshape(leaf.shape).copy()
                for leaf, start, end in self.parts
            ]
        )

    def of_rows(self, numbers: Any) -> Any:
        """The tree with arrays for its leaves, one entry for each row; `numbers` is an array (numbers, rows)."""
        return self.rebuilt(
            [
                numbers[start] if leaf.shape is None else numbers[start:end].T.reshape(numbers.shape[1], *leaf.shape)
                for leaf, start, end in self.parts
            ]
        )


def _tree_of(shapes: list[tuple[int, ...] | None], node: Any, whole: dict[int, Any]) -> Tree:
    """The tree of a pickle."""
    return Tree([NUMBER if shape is None else Leaf(shape, math.prod(shape)) for shape in shapes], node, whole)


def put_back(trees: Sequence[Tree], numbers: Sequence[Any]) -> list[Any]:
    """Each tree with its numbers; `numbers` has those of the first tree, then those of the second, and so on."""
    found, start = [], 0
    for tree in trees:
        found.append(tree.of(numbers[start : start + tree.size]))
        start += tree.size
    return found


def _stacked(node: Any, leaves: Iterator[Leaf], into: list[Leaf]) -> Any:
    """A node of a stacked tree, of a node and the leaves from there on; its leaves go `into` a list."""
    if node is LONE:
        into.append(next(leaves))
        return LONE
    mine: list[Leaf] = []
    if isinstance(node, Several):
        mine += itertools.islice(leaves, node.size)
        inside = [LONE] * node.size
    else:
        inside = [_stacked(part, leaves, mine) for part in node.nodes]
    alike = len({leaf.shape for leaf in mine}) == 1 and inside == [LONE] * len(mine)
    if getattr(node, "make", None) is list and alike:
        into.append(Leaf((len(mine), *(mine[0].shape or ())), sum([leaf.size for leaf in mine])))
        return LONE
    into += mine
    return node if isinstance(node, Several) else node._replace(nodes=inside)


class MisfitError(Exception):
    """Something that is no number was met; `place` says where, as "[0]['a']"."""

    def __init__(self, problem: Exception) -> None:
        self.place = ""
        self.problem = problem


def flatten(thing: Any, name: str = "x", *, variable: bool = False, result: bool = False) -> tuple[list[Any], Tree]:
    """The floats and Values in a thing, from left to right, and its Tree.

    Reading a number may run code that changes the thing. So each list, dict and array is copied before anything in it is read,
    and the numbers and the Tree are both of these copies.

    name        what a message calls the thing
    variable    True for what is to be differentiated by: then arrays of integers and booleans are refused
    result      True for what a function gave: then a column or a table of pandas' is an array. (An argument is not, since the
                function may ask it for its labels.)

    TypeError, with the place, for anything that is no number and holds none.

    >>> numbers, tree = flatten({"a": 1.0, "b": [2.0, 3.0]})
    >>> numbers, tree.of([10.0, 20.0, 30.0])
    ([1.0, 2.0, 3.0], {'a': 10.0, 'b': [20.0, 30.0]})
    """
    taking = _Taking(variable, result)
    try:
        node = taking.apart(thing)
    except MisfitError as misfit:
        advice = f"; {ELSEWHERE}" if variable and misfit.place and isinstance(misfit.problem, TypeError) else ""
        raise type(misfit.problem)(f"{name}{misfit.place}: {misfit.problem}{advice}") from None
    tree = Tree(taking.leaves, node, taking.whole, taking.counted)
    tree.rounded = taking.rounded
    return taking.numbers, tree


class _Taking:
    """The numbers and leaves of a thing that were met so far. Each method takes a part of it apart and gives its node."""

    def __init__(self, variable: bool, result: bool) -> None:
        self.variable = variable
        self.result = result
        self.whole: dict[int, Any] = {}
        self.counted: list[range] = []
        self.rounded: int | None = None
        self.numbers: list[Any] = []
        self.leaves: list[Leaf] = []

    def apart(self, thing: Any) -> Any:
        kind = type(thing)
        if kind is float or kind is Value:
            self.numbers.append(thing)
            self.leaves.append(NUMBER)
            return LONE
        structure = opened(thing)
        if structure is not None:
            return Structure(structure[0], self._inside(structure[1]))
        if isinstance(thing, (list, tuple)):
            return self._list_apart(thing)
        if isinstance(thing, dict):
            return self._dict_apart(thing)
        try:
            if _is_array(thing):
                refuse_more_than_numbers(thing)
                array = sys.modules["numpy"].array(thing)
                found = self._numbers_of_array(array)
                if array.dtype.kind in "biu":
                    self.counted.append(range(len(self.numbers), len(self.numbers) + len(found)))
                self.numbers += found
                self.leaves.append(Leaf(array.shape, len(found)))
            elif self.result and unframed(thing) is not thing:
                return self.apart(unframed(thing))
            else:
                if kind is int or kind is bool or isinstance(thing, (of_numpy("integer"), of_numpy("bool"))):
                    self.whole[len(self.numbers)] = thing
                self.numbers.append(_number(thing))
                self.leaves.append(NUMBER)
        except (TypeError, OverflowError) as problem:
            raise MisfitError(problem) from None
        return LONE

    def _list_apart(self, thing: list[Any] | tuple[Any, ...]) -> Any:
        make: Callable[[Any], Any] = getattr(type(thing), "_make", type(thing))  # a namedtuple takes its fields one by one
        parts = [*thing]
        if are_operands(parts):
            self.numbers += parts
            self.leaves += [NUMBER] * len(parts)
            return Several(make, len(parts))
        return Nested(make, self._inside([(f"[{i}]", part) for i, part in enumerate(parts)]))

    def _dict_apart(self, thing: dict[Any, Any]) -> Any:
        given = copy.copy(thing)  # of its own kind: an OrderedDict, a defaultdict with its factory
        try:
            parts = pairs_of(given)
        except TypeError as problem:
            raise MisfitError(problem) from None
        return Mapping(emptied(given), self._inside([(f"[{key!r}]", part) for key, part in parts]))

    def _inside(self, parts: list[tuple[str, Any]]) -> list[Any]:
        inside = []
        for place, part in parts:
            try:
                inside.append(self.apart(part))
            except MisfitError as misfit:
                misfit.place = place + misfit.place
                raise
        return inside

    def _numbers_of_array(self, array: Any) -> list[Any]:
        if self.variable and array.dtype.kind in "biu" and array.ndim:
            raise TypeError(f"this is an array of {array.dtype}, and derivatives are by real numbers: give .astype(float)")
        flat = array.ravel().tolist()
        if array.dtype.kind in "iuO":
            self.rounded = next(filter(is_rounded, flat), self.rounded)
        return [x if type(x) is float or type(x) is Value else _number(x) for x in flat]


def pairs_of(thing: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """The items of a dict. TypeError where they are others than its keys, as a class of its own may have it.

    >>> pairs_of({"a": 1.0, "b": 2.0})
    [('a', 1.0), ('b', 2.0)]
    """
    if type(thing) is dict:
        return [*thing.items()]
    keys, pairs = [*thing], [*thing.items()]
    if [*map(id, keys)] != [id(key) for key, _ in pairs]:
        raise TypeError(
            f"this is a {type(thing).__name__} whose items() have other keys, or another order, than it has itself: give a dict"
        )
    return pairs


def emptied(given: dict[Any, Any]) -> dict[Any, Any]:
    """The dict itself, without its values, so that a Tree keeps no graph alive."""
    for key in given:
        given[key] = None
    return given


def _number(thing: Any) -> float | Value:
    if isinstance(thing, Value):
        return thing
    if isinstance(thing, (Iterator, Set)):
        raise TypeError(f"a {type(thing).__name__} has no lasting order for its derivatives to stand in: give a list")
    if unframed(thing) is not thing:
        or_dict = ", or a dict of its columns, {name: x[name].to_numpy() for name in x}" if hasattr(thing, "columns") else ""
        raise TypeError(f"this is a {type(thing).__name__}, which has labels beside its numbers: give x.to_numpy(){or_dict}")
    return Value(thing).data


def _is_array(thing: Any) -> bool:
    return isinstance(thing, of_numpy("ndarray"))


def told_apart(constant: Any) -> Any:
    """A key of a dict that stands for a constant, and for no other that Python says is equal: 0.0 is not -0.0, nor 1 True.

    A thing of a kind that is not known here, with an `__eq__` of its own, stands for itself alone. TypeError for what has no
    hash.

    >>> told_apart((1.0, "a")) == told_apart((1.0, "a")), told_apart(0.0) == told_apart(-0.0), told_apart(1) == told_apart(True)
    (True, False, False)
    """
    kind = type(constant)
    if kind is str or constant is None:
        return constant
    if kind is float:
        return kind, struct.pack("d", constant)
    if kind in (int, bool, bytes):
        return kind, constant
    if kind is frozenset or kind is set:
        return kind, frozenset(map(told_apart, constant))
    if kind is dict:
        return kind, *[(told_apart(key), told_apart(value)) for key, value in constant.items()]
    if kind is of_numpy("ndarray") and constant.dtype.kind in "biuf":
        return kind, constant.dtype.str, constant.shape, constant.tobytes()
    if kind is list or kind is tuple or (isinstance(constant, tuple) and hasattr(kind, "_fields")):
        return kind, *map(told_apart, constant)
    if kind is complex or _is_exact(kind) or isinstance(constant, of_numpy("generic")):
        return kind, repr(constant)
    if hasattr(kind, "__dataclass_params__") and kind.__dataclass_params__.frozen:
        import dataclasses  # slow to import, and there already if this line runs

        return kind, *[told_apart(getattr(constant, field.name)) for field in dataclasses.fields(constant)]
    if kind is MethodType:  # a new one each time it is asked for
        return kind, Itself(constant.__self__), constant.__func__
    hash(constant)
    by_identity: Any = object.__eq__
    return constant if kind.__eq__ is by_identity else Itself(constant)


class Itself:
    """A thing as a key that no other thing is equal to."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and self.thing is other.thing

    def __hash__(self) -> int:
        return id(self.thing)


def _is_exact(kind: type) -> bool:
    """Whether a type is Fraction or Decimal. Their modules are slow to import, and there already if such a number is."""
    return any(kind is getattr(sys.modules.get(module), kind.__name__, None) for module in ("fractions", "decimal"))


def refuse_more_than_numbers(thing: Any) -> None:
    """TypeError for an array, or arrays in a list or in its rows, of a class of its own, whose mask, units or rules would be
    lost unsaid.

    A class that has no more than numbers says so: `only_numbers`.
    """
    kinds = {type(thing)}
    if isinstance(thing, (list, tuple)):
        rows = [row for row in thing if isinstance(row, (list, tuple))]
        kinds = {*map(type, itertools.chain(thing, itertools.chain.from_iterable(rows)))}
    for kind in kinds:
        if not issubclass(kind, of_numpy("ndarray")) or kind in (of_numpy("ndarray"), of_numpy("memmap")):
            continue
        if getattr(kind, "only_numbers", False):
            continue
        if hasattr(kind, "mask"):
            raise TypeError(
                f"this is a {kind.__name__}, and its mask would be lost: give x.compressed() for the numbers that are not "
                "masked, or x.filled(...), or plain arrays of numbers and of weights that are 0 and 1"
            )
        raise TypeError(
            f"this is a {kind.__name__}, and what it has beyond numbers would be lost: give numpy.asarray(x) if only those "
            "count"
        )


def with_values(thing: Any, replace: Callable[[Value], Any]) -> Any:
    """A thing with something else in the place of each Value in its lists, tuples, dicts and arrays; all else as it is.

    >>> with_values({"a": [Value(2.0), "text"]}, lambda v: v.data)
    {'a': [2.0, 'text']}
    """
    if isinstance(thing, Value):
        return replace(thing)
    structure = opened(thing)
    if structure is not None:
        recipe, parts = structure
        return recipe.make([with_values(part, replace) for _, part in parts])
    if isinstance(thing, (list, tuple)):
        make: Callable[[Any], Any] = getattr(type(thing), "_make", type(thing))
        return make([with_values(part, replace) for part in thing])
    if isinstance(thing, dict):
        made = copy.copy(thing)
        for key, part in thing.items():
            made[key] = with_values(part, replace)
        return made
    if _is_array(thing) and holds_values(thing):
        made = thing.copy()
        made.flat = [with_values(part, replace) for part in thing.ravel().tolist()]
        return made.astype(float) if {float}.issuperset(map(type, made.ravel().tolist())) else made
    return thing


def holds_values(thing: Any) -> bool:
    """Whether a thing is a Value, or a list, tuple, dict or array of them. No deeper: data may be large."""
    structure = opened(thing)
    if structure is not None:
        thing = [part for _, part in structure[1]]
    elif isinstance(thing, dict):
        thing = [*thing.values()]
    elif _is_array(thing):
        thing = thing.ravel().tolist() if thing.dtype == object else []
    return has_value(tuple(thing) if isinstance(thing, (list, tuple)) else (thing,))


def in_order_of(model: Any, thing: Any, name: str) -> Any:
    """The thing with its dicts in the order of those in `model`, so that both flatten alike. ValueError if they do not fit."""
    if isinstance(model, dict) and isinstance(thing, dict):
        if set(model) != set(thing):
            raise ValueError(f"{name} has the keys {[*thing]}, where {[*model]} are wanted")
        return {key: in_order_of(part, thing[key], f"{name}[{key!r}]") for key, part in model.items()}
    if isinstance(model, (list, tuple)) and isinstance(thing, (list, tuple)):
        if len(model) != len(thing):
            raise ValueError(f"{name} is a {type(thing).__name__} of {len(thing)}, where one of {len(model)} is wanted")
        if {float, int, Value}.issuperset(map(type, [*model, *thing])):
            return thing
        return [in_order_of(m, t, f"{name}[{i}]") for i, (m, t) in enumerate(zip(model, thing, strict=True))]
    structure, given = opened(model), opened(thing)
    if structure is not None and given is not None and structure[0] == given[0]:
        pairs = zip(structure[1], given[1], strict=True)
        return [in_order_of(m, t, name + place) for (place, m), (_, t) in pairs]
    if _shape(thing) != _shape(model):
        raise ValueError(f"{name} is {description(thing)}, where {description(model)} is wanted")
    return thing


def _shape(thing: Any) -> Any:
    """An array's shape, () for a number too; the type of what holds numbers otherwise, or all there is besides them."""
    structure = opened(thing)
    if structure is not None:
        return structure[0]
    if isinstance(thing, (list, tuple, dict)):
        return type(thing)
    thing = unframed(thing)
    return thing.shape if _is_array(thing) else ()


def description(thing: Any) -> str:
    """What a thing is, for a message."""
    if isinstance(thing, (list, tuple, dict)):
        return f"a {type(thing).__name__} of {len(thing)}"
    if _is_array(unframed(thing)):
        return f"an array of shape {thing.shape}"
    return "a number" if opened(thing) is None else f"a {type(thing).__name__}"


def as_array(numbers: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """A NumPy array of floats; of objects if there are Values among them."""
    import numpy as np

    of_values = has_value(tuple(numbers))
    array = np.empty(len(numbers), dtype=object if of_values else float)
    array[:] = numbers
    trace = trace_here() if of_values else None
    return (array if trace is None else trace.as_traced(array)).reshape(shape)


def names(thing: Any, name: str) -> list[str]:
    """What each number in a thing is called, in the order of `flatten`: x[0]["a"], x[1, 2] in an array.

    >>> names([1.0, {"a": 2.0}], "x")
    ['x[0]', "x[1]['a']"]
    """
    structure = opened(thing)
    if structure is not None:
        return [found for place, part in structure[1] for found in names(part, name + place)]
    if isinstance(thing, dict):
        return [found for key, part in thing.items() for found in names(part, f"{name}[{key!r}]")]
    if isinstance(thing, (list, tuple)):
        if are_operands(thing):
            return [f"{name}[{i}]" for i in range(len(thing))]
        return [found for i, part in enumerate(thing) for found in names(part, f"{name}[{i}]")]
    if _is_array(thing):
        rows = [name + "["] if thing.ndim else [name]
        for width in thing.shape[:-1]:
            rows = [f"{row}{i}, " for row in rows for i in range(width)]
        return [f"{row}{i}]" for row in rows for i in range(thing.shape[-1])] if thing.ndim else rows
    return [name]

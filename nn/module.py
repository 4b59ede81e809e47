"""Module: anything with parameters. Its attributes are its registration."""

from __future__ import annotations

import gc
import math
import random
import reprlib
import sys
from collections import UserList, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set, ValuesView
from contextlib import suppress
from itertools import islice
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any, ClassVar, Self

from autograd import Value, relu
from autograd.engine.numbers import of_numpy
from autograd.pictures.naming import ask

from .known import known_of
from .nested import Place, all_parameters, flat, indexed, leaves, numbers_of, shape


class Module:
    """The base of neurons, layers and networks.

    Every leaf Value that is an attribute of a module, or stands in a list, tuple or dict that is one, is a parameter, and so
    are those of modules among its attributes: in the order the attributes were set. A parameter found twice counts once.
    TypeError for one that is found in another place: in a NumPy array or a set (keep it in a list: `array.tolist()`), in an
    attribute of an object that is no module, a dataclass for one (make that a Module), in the class, or in `__slots__`.

    A module is called by its `__call__`, or, where it has none, by its `forward`. `super().__init__()` may be left out.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.intercept = Value(1.0), Value(0.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.intercept
    >>> [name for name, _ in Line().named_parameters()]
    ['slope', 'intercept']
    """

    _consists_of: ClassVar[tuple[str, ...]] = ()
    """Of nn's own modules: the attributes that have the parts called, and what they are called by. A compiled function looks
    whether these are as they were; the code of classes written elsewhere says it itself."""

    training: bool = True
    """Whether the module is being trained; dropout drops nothing when it is not. `train()` and `eval()` set it."""

    def __init_subclass__(cls, **how: Any) -> None:
        """A class with a `forward` and no `__call__` of its own is called by that, as in PyTorch."""
        super().__init_subclass__(**how)
        forward = vars(cls).get("forward")
        called = [base for base in cls.__mro__ if "__call__" in vars(base)]
        if forward is not None and all(vars(base)["__call__"] is vars(base).get("forward") for base in called):
            cls.__call__ = forward  # type: ignore[method-assign]

    def parameters(self) -> list[Value]:
        """The parameters, each once, in a fixed order."""
        if (known := known_of(self)) is not None:
            return [*known.parameters]
        others: list[tuple[str, Any]] = []
        found = _parameters_by_id(self, others)
        _check_found(self, others)
        return list(found.values())

    def named_parameters(self) -> list[tuple[str, Value]]:
        """(dotted name, parameter) in the order of `parameters()`, as "layers.0.neurons.2.bias"."""
        found: dict[int, tuple[str, Value]] = {}
        others: list[tuple[str, Any]] = []
        for name, part in _parts(self, others):
            if type(part) is Value:
                found.setdefault(id(part), (name, part))
            elif not isinstance(part, Module):
                for i, parameter in enumerate(part):
                    found.setdefault(id(parameter), (f"{name}.{i}", parameter))
        _check_found(self, others)
        return list(found.values())

    def named_modules(self) -> list[tuple[str, Module]]:
        """(dotted name, module) for this module, whose name is "", and all inside it, each once."""
        return [(name, part) for name, part in _parts(self) if isinstance(part, Module)]

    def _named_state(self) -> dict[str, Any]:
        """What belongs to this module, by the names it has in files: Values, lists and dicts of them, and modules.

        Its attributes, unless a class presents them otherwise: a Layer gives the matrix "weight" and the list "bias".
        """
        return vars(self)

    def config(self) -> dict[str, Any]:
        """The arguments to make another of the same shape with, by which model files describe nn's own classes.

        TypeError where a class does not say, or no arguments would do.
        """
        raise TypeError(f"{type(self).__name__} does not say how to make another one: define config()")

    @classmethod
    def from_config(cls, config: dict[str, Any], **how: Any) -> Self:
        """A new module of that shape. `how` has `rng` and `init`, for a class that draws weights."""
        return cls(**config, **how)

    def state_dict(self) -> dict[str, Any]:
        """The data of the parameters as numbers and nested lists of them, by dotted name: "layers.0.weight" of rows, ...

        >>> from nn import Layer, init
        >>> Layer(2, 1, init=init.constant(0.5)).state_dict()
        {'weight': [[0.5, 0.5]], 'bias': [0.0]}
        """
        return {name: numbers_of(array) for name, array in arrays(self).items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Sets the parameters from numbers and nested lists or arrays of them, by the names of `state_dict()`.

        ValueError with everything that does not fit: names that are missing or unknown, other shapes, numbers that are not
        finite. Then nothing is changed.

        >>> from nn import Layer
        >>> layer = Layer(2, 1)
        >>> layer.load_state_dict({"weight": [[3.0, 4.0]], "bias": [5.0]})
        >>> layer([1.0, 1.0])[0].data
        12.0
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"a state is a dict of names and numbers, as state_dict() gives it, and this is {state!r}")
        own = arrays(self)
        load(own, state, [f"{name} is missing" for name in own if name not in state])

    def zero_grad(self) -> None:
        """Sets the gradient of every parameter to 0: backward() accumulates into leaves."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def train(self, mode: bool = True) -> Self:
        """Puts this module and all inside it in training mode (or out of it), and returns it."""
        if (known := known_of(self)) is not None:
            known.set_training(self, mode)
            return self
        for module in walk(self):
            if isinstance(module, Module):
                module.training = mode
        return self

    def eval(self) -> Self:
        """Takes this module and all inside it out of training mode, and returns it."""
        return self.train(False)

    def apply(self, function: Callable[[Module], Any]) -> Self:
        """Calls `function` with every module inside, and this one last; returns it."""
        for _, module in reversed(self.named_modules()):
            function(module)
        return self

    def __repr__(self) -> str:
        modules = dict(self.named_modules()[1:])
        outermost = {name: module for name, module in modules.items() if not any(above in modules for above in _above(name))}
        if not outermost:
            return f"{type(self).__name__}()"
        lines = [f"  ({name}): " + repr(module).replace("\n", "\n  ") for name, module in outermost.items()]
        return "\n".join([f"{type(self).__name__}(", *lines, f")  # {len(self.parameters()):,} parameters"])


def parameters_by_name() -> Iterator[tuple[str, Value]]:
    """(name, parameter) of each network there is, where a picture or an explanation has to call a parameter something.

    Modules do not tell anybody that they are made: whoever asks looks through what the garbage collector knows. It is asked for
    what refers to their classes, and not for all there is: among that are tuples that other threads have not finished, which
    Python cannot finish (SystemError) as long as somebody else has them.
    """
    classes = [Module]
    for known in classes:
        classes += [each for each in type.__subclasses__(known) if each not in classes]
    modules = [thing for thing in gc.get_referrers(*classes) if issubclass(type(thing), Module)]
    inside = {id(part) for module in modules for name, part in module.named_modules() if name}
    for module in modules:
        if id(module) not in inside:
            with suppress(TypeError):  # one whose parameters cannot be found
                yield from module.named_parameters()


ask(parameters_by_name)


def _above(name: str) -> list[str]:
    """The names above a dotted one: "a", "a.b" for "a.b.c"."""
    pieces = name.split(".")
    return [".".join(pieces[:i]) for i in range(1, len(pieces))]


def _parts(model: Module, others: list[tuple[str, Any]] | None = None) -> Iterator[tuple[str, Any]]:
    """The Modules in a model, itself first, its parameters, and lists and tuples of parameters alone, by their dotted names.

    They come in the order of the attributes; `others` gets what is not looked in.
    """
    yield "", model
    visited = {id(model)}
    known: dict[type, dict[str, Any]] = {}
    if others is not None:
        others += _beside("", model, known)
    levels: list[tuple[str, Iterator[tuple[Any, Any]]]] = [("", iter([*vars(model).items()]))]
    while levels:
        above, items = levels[-1]
        for key, thing in items:
            kind = type(thing)
            if kind is Value:
                if not thing.op:
                    yield f"{above}{key}", thing
                continue
            if kind in PLAIN:
                continue
            if id(thing) in visited:  # shared, or a module that refers back to itself
                continue
            visited.add(id(thing))
            name = f"{above}{key}"
            inside: Any
            if isinstance(thing, Module):
                yield name, thing
                inside = vars(thing).items()
                if others is not None:
                    others += _beside(name, thing, known)
                levels.append((f"{name}.", iter([*inside])))
                break
            if others is not None and kind not in CONTAINERS and isinstance(thing, (list, tuple, dict)):
                others.append((name, getattr(thing, "__dict__", {})))  # of a class of its own
            if isinstance(thing, (list, tuple)):
                if all_parameters(thing):
                    yield name, thing
                    continue
                if PLAIN.issuperset(map(type, thing)):  # rows of data, which may be long
                    continue
                inside = enumerate(thing)
            elif isinstance(thing, dict):
                inside = thing.items()
                if others is not None and not PLAIN.issuperset(map(type, thing)):
                    others.append((name, thing.keys()))
            else:
                if others is not None:
                    others.append((name, thing))
                continue
            levels.append((f"{name}.", iter([*inside])))
            break
        else:
            levels.pop()


def _parameters_by_id(
    model: Module, others: list[tuple[str, Any]] | None = None, without: str | None = None
) -> dict[int, Value]:
    """The parameters of a model by their ids, but those of which the name ends with `without`."""
    found: dict[int, Value] = {}
    left: set[int] = set()
    for name, part in _parts(model, others):
        if type(part) is Value:
            if without is not None and id(part) not in found and name.rpartition(".")[2] == without:
                left.add(id(part))  # a parameter in two places is called what it is called in the first
            found[id(part)] = part
        elif not isinstance(part, Module):
            found.update(zip(map(id, part), part, strict=True))
    for one in left:
        del found[one]
    return found


def parameters_without(model: Module, name: str) -> list[Value]:
    """The parameters that are not called `name` in whatever has them.

    >>> from nn import Neuron
    >>> len(parameters_without(Neuron(2, rng=0), "bias"))
    2
    """
    known = known_of(model)
    if known is not None and name in known.without:
        return [*known.without[name]]
    others: list[tuple[str, Any]] = []
    found = _parameters_by_id(model, others, name)
    _check_found(model, others)
    if known is not None:
        known.without[name] = [*found.values()]
    return list(found.values())


PLAIN = {str, int, float, bool, type(None), FunctionType, BuiltinFunctionType, type(relu)}
"""What most attributes are that hold no parameters."""


CONTAINERS = {list, tuple, dict}
"""What has no attributes of its own beside what is in it."""


_LEAVES = PLAIN | {Value}


class _InClass(dict[str, Any]):
    """What a module has from its class."""

    where = "its class"
    advice = "set them in __init__, self.w = Value(0.0), so that each has its own"


class _InSlots(dict[str, Any]):
    """What a module has in `__slots__`."""

    where = "__slots__"
    advice = "leave __slots__ out"


def _beside(name: str, module: Module, known: dict[type, dict[str, Any]]) -> Sequence[tuple[str, Any]]:
    """What a module has, and not among its attributes, where parameters are looked for; with what the module is called.

    known   what classes have, as far as that has been asked
    """
    kind = type(module)
    if kind not in known:
        above = kind.__mro__[: kind.__mro__.index(Module)]
        of_all = {key: part for base in reversed(above) for key, part in vars(base).items() if not key.startswith("__")}
        known[kind] = {key: part for key, part in of_all.items() if type(part) not in PLAIN}
    shared = known[kind]
    if not shared:
        return ()
    called, own = name or kind.__name__, vars(module)
    in_class = _InClass({key: part for key, part in shared.items() if key not in own})
    return [(called, in_class), (called, _InSlots(_slots(module)))]


def _slots(thing: Any) -> list[tuple[str, Any]]:
    """What stands in the `__slots__` of a thing, each with its name."""
    found = [
        (key, slot) for base in type(thing).__mro__ for key, slot in vars(base).items() if type(slot) is MemberDescriptorType
    ]
    return [(key, slot.__get__(thing)) for key, slot in found if hasattr(thing, key)]


def _inside(thing: Any) -> Iterable[tuple[Any, Any]]:
    """What is in a thing where parameters are not looked for, each with its name there; nothing of what is Python's own."""
    if isinstance(thing, MethodType):
        return [("__self__", thing.__self__)]
    beside = () if type(thing) in CONTAINERS else getattr(thing, "__dict__", {}).items()
    if isinstance(thing, Mapping):
        return [*thing.items(), *[(key, key) for key in thing], *beside]
    if isinstance(thing, (list, tuple, Set, ValuesView, deque, UserList)):
        return () if PLAIN.issuperset(map(type, thing)) and not beside else [*enumerate(thing), *beside]
    if hasattr(thing, "tolist"):
        holds = getattr(getattr(thing, "dtype", None), "hasobject", False)
        return enumerate(flat(sys.modules["numpy"].array(thing).tolist())) if holds else ()  # what is masked, too
    if isinstance(thing, (type, ModuleType)) or type(thing).__module__.partition(".")[0] in LIBRARY:
        return ()
    return [*beside, *_slots(thing)]


LIBRARY = sys.stdlib_module_names - {"__main__", "types", "argparse", "functools"}
"""Modules in whose objects nobody keeps parameters: but for namespaces and partials."""


def _check_found(model: Module, others: list[tuple[str, Any]]) -> None:
    """TypeError for parameters and modules in these things, however deep, that are nowhere else in the model."""
    visited = {id(thing): thing for _, thing in others}  # which keeps things, and so their ids
    waiting = [(name, thing, thing) for name, thing in {id(thing): (name, thing) for name, thing in reversed(others)}.values()]
    found: set[int] | None = None
    while waiting:
        name, thing, outermost = waiting.pop()
        for key, part in _inside(thing):
            if isinstance(part, Module) or (type(part) is Value and not part.op):
                found = found or {*_parameters_by_id(model), *[id(module) for _, module in model.named_modules()]}
                if id(part) not in found:
                    where, advice = getattr(outermost, "where", ""), getattr(outermost, "advice", "")
                    if not isinstance(outermost, (_InClass, _InSlots)):
                        kind = type(thing).__name__
                        where = f"a {kind}"
                        advice = (
                            f"keep them in a list, a tuple or the values of a dict (of an array, in array.tolist()), or make "
                            f"{kind} an nn.Module; what is not to be trained may be held by a function"
                        )
                    raise TypeError(f"{name} has parameters in {where}, where they are not found ({key!r}): {advice}")
            elif type(part) is not Value and type(part) not in PLAIN and id(part) not in visited:
                visited[id(part)] = part
                waiting.append((f"{name}.{key}", part, outermost))


def walk(model: Module) -> Iterator[Any]:
    """A module, and the modules, lists, tuples and dicts inside it, each once; the quick way where names are not asked for."""
    waiting: list[Any] = [model]
    visited: set[int] = set()
    while waiting:
        thing = waiting.pop()
        if id(thing) in visited:
            continue
        visited.add(id(thing))
        yield thing
        inside = vars(thing).values() if isinstance(thing, Module) else thing.values() if isinstance(thing, dict) else thing
        if not _LEAVES.issuperset(map(type, inside)):
            waiting += [part for part in inside if type(part) not in _LEAVES and isinstance(part, (list, tuple, dict, Module))]


def arrays(module: Module) -> dict[str, Any]:
    """The parameters as arrays: a Value, or a list (of lists) of Values in which all rows are as long, by dotted name.

    >>> from nn import Layer
    >>> [*arrays(Layer(2, 1))]
    ['weight', 'bias']
    """
    module.parameters()  # which refuses parameters in places where they are not found
    found: dict[str, Any] = {}
    waiting: list[tuple[str, Any]] = [("", module)]
    visited: dict[int, Any] = {}
    while waiting:
        name, thing = waiting.pop()
        if _is_array(thing):
            if name in found:
                raise ValueError(f"two parameters are called {name!r}: rename one")
            found[name] = thing
        elif isinstance(thing, (Module, dict, list, tuple)) and id(thing) not in visited:
            visited[id(thing)] = thing  # keeps it, so that no other gets its id
            if isinstance(thing, Module):
                thing = thing._named_state()
            inside = thing.items() if isinstance(thing, dict) else enumerate(thing)
            waiting += reversed([(f"{name}.{key}" if name else str(key), part) for key, part in inside])
    return found


def load(own: dict[str, Any], state: Mapping[str, Any], problems: Sequence[str] = ()) -> None:
    """Sets parameters, as `arrays()` gives them, from numbers by the same names; ValueError with everything that does not fit.

    problems    what does not, as is known already
    """
    plain = {name: array.tolist() if hasattr(array, "tolist") else array for name, array in state.items()}
    problems = [*problems, *[f"{name} is not known here" for name in plain if name not in own]]
    changes: dict[int, tuple[Value, float]] = {}
    for name in [name for name in own if name in plain]:
        have, given = shape(own[name]), shape(plain[name])
        if have != given:
            problems.append(f"{name} has the shape {_named(have)} here and {_named(given)} there")
            continue
        values = flat(own[name])
        numbers = [_of_python(x) for x in flat(plain[name])]
        finite = {*map(type, numbers)} <= {float} and all(map(math.isfinite, numbers))
        for i, (value, number) in enumerate(zip(values, numbers, strict=True)):
            if not (finite or _is_finite(number)):
                problems.append(f"{_place(own, name, i)} is {reprlib.repr(number)}")
            elif changes.setdefault(id(value), (value, float(number)))[1] != float(number):
                first = next(place for place, other in _places(own) if other is value)
                problems.append(f"{_place(own, name, i)} and {first} are one parameter here and two numbers there")
    if problems:
        shown = problems[:50] + [f"and {len(problems) - 50} more"] * (len(problems) > 50)
        raise ValueError("these weights do not fit the model: " + "; ".join(shown))
    for value, number in changes.values():
        value.data = number


def _is_array(thing: Any) -> bool:
    """Whether this is a parameter, or a list of parameters, or of as long lists of them."""
    if isinstance(thing, Value):
        return not thing.op
    if not isinstance(thing, (list, tuple)) or not thing:
        return False
    try:
        return shape(thing) is not None and all_parameters(flat(thing))
    except RecursionError:  # it holds itself
        return False


def _places(arrays: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Everything in these arrays with how Python names its place."""
    return ((indexed(name, indices), thing) for name, array in arrays.items() for indices, thing in leaves(array))


def _place(arrays: dict[str, Any], name: str, i: int) -> str:
    """The place of the i-th thing in the array of that name."""
    return next(islice(_places({name: arrays[name]}), i, None))[0]


def _of_python(number: Any) -> Any:
    """A number of NumPy, as in a list of them, as one of Python. (A long double is its own list.)"""
    number = number.tolist() if hasattr(number, "tolist") else number
    return float(number) if isinstance(number, of_numpy("floating")) else number


def _is_finite(number: Any) -> bool:
    try:
        return isinstance(number, (int, float)) and not isinstance(number, bool) and math.isfinite(number)
    except OverflowError:  # an int too large for a float
        return False


def _named(shape: Place | None) -> str:
    return "of rows of unequal lengths" if shape is None else str(shape)


class Sequential(Module):
    """Modules or functions, each called with what the one before it gave.

    >>> from nn import Layer
    >>> Sequential(Layer(2, 3, rng=0), Dropout(0.5, rng=0), Layer(3, 1, "linear", rng=1)).eval()
    Sequential(
      (steps.0): Layer(2, 3, activation='relu')
      (steps.1): Dropout(0.5)
      (steps.2): Layer(3, 1, activation='linear')
    )  # 13 parameters
    """

    _consists_of = ("steps",)

    def __init__(self, *steps: Callable[[Any], Any]) -> None:
        for i, step in enumerate(steps):
            if not callable(step):
                raise TypeError(f"the steps of a Sequential are modules and functions, and number {i} is {step!r}")
        self.steps = list(steps)

    def __call__(self, x: Any) -> Any:
        for step in self.steps:
            x = step(x)
        return x

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, i: int) -> Callable[[Any], Any]:
        return self.steps[i]

    def config(self) -> dict[str, Any]:
        return {"steps": self.steps}

    @classmethod
    def from_config(cls, config: dict[str, Any], **how: Any) -> Self:
        return cls(*config["steps"])


class Dropout(Module):
    """In training, sets each value to 0 with probability `p` and scales the others by 1 / (1 - p); otherwise changes nothing.

    (Srivastava et al. 2014, scaled in training so that nothing has to be scaled after it.) ValueError for a p outside [0, 1).

    rng     a seed or a random.Random

    >>> Dropout(0.5, rng=1)([Value(1.0), Value(1.0), Value(1.0)])[1].data
    2.0
    """

    _consists_of = ("p", "training")

    def __init__(self, p: float = 0.5, *, rng: random.Random | int = 0) -> None:
        if isinstance(p, bool) or not isinstance(p, (int, float)) or not 0.0 <= p < 1.0:
            raise ValueError(f"p is the probability to drop a value, at least 0 and less than 1, and this is {p!r}")
        self.p = p
        self._rng = rng if isinstance(rng, random.Random) else random.Random(rng)

    def __call__(self, x: Any) -> Any:
        if not self.training or self.p == 0.0:
            return x
        if hasattr(x, "__len__"):
            return [self(value) for value in x]
        return x * (0.0 if self._rng.random() < self.p else 1.0 / (1.0 - self.p))

    def config(self) -> dict[str, Any]:
        return {"p": self.p}

    @classmethod
    def from_config(cls, config: dict[str, Any], **how: Any) -> Self:
        return cls(**config)

    def __repr__(self) -> str:
        return f"Dropout({self.p!r})"

"""Classes of one's own whose length, items or elements are others at each look: read once, by one way, or refused.

Each case runs in a process of its own, as in `test_reading_what_python_passes`: what is wrong here read foreign memory.
"""

import functools
import os

import pytest
from builds import BUILDS
from corners import outcomes

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the cases are forked")

COMMON = """
import collections, contextlib
import numpy as np

said = {}  # by id, what a thing says instead

class List(list):
    def __len__(self): return said.get(id(self), list.__len__(self))
class Tuple(tuple):
    def __len__(self): return said.get(id(self), tuple.__len__(self))
Pair = collections.namedtuple("Pair", "a b")
class Named(Pair):
    def __len__(self): return said.get(id(self), 2)
class Dict(dict):
    def __len__(self): return said.get(id(self), dict.__len__(self))
class Items(dict):
    says = None
    def items(self): return dict.items(self) if self.says is None else self.says

refused = (TypeError, ValueError, RuntimeError, IndexError, KeyError)
autograd.compile(autograd.grad(lambda x: x * x), in_axes=0)(np.ones(3))  # imported here, and not in every process
"""

CASES: dict[str, str] = {}

for kind in ("List", "Tuple"):
    for number in ("1.0", "1"):
        for n in (0, 1, 2, 20, 2000):
            CASES[f"a {kind} of {n} times {number} that says it has 8"] = f"""
f = autograd.compile(lambda xs: sum([*xs]))
for _ in range(2):
    assert f({kind}([{number}] * 8)) == 8.0
xs = {kind}([{number}] * {n})
said[id(xs)] = 8
for _ in range(2):
    got = f(xs) if {n} else 0.0
    assert got == {n}.0, got
assert f({kind}([3.0] * 8)) == 24.0 == f([3.0] * 8)
"""
    CASES[f"a {kind} of lists that says it has more"] = f"""
f = autograd.compile(lambda xs: sum([sum(x) for x in xs]))
for _ in range(2):
    assert f({kind}([[1.0, 2.0], (3.0, 4)])) == 10.0
xs = {kind}([[1.0, 2.0]])
said[id(xs)] = 2
assert f(xs) == 3.0
"""
CASES["a namedtuple that says it has more"] = """
f = autograd.compile(lambda p: p.a - p.b)
for given in (Named(1.0, 2.0), Named(1, 2), Named(4.0, 5.0)):
    said[id(given)] = 1000
    assert f(given) == -1.0
"""
CASES["elements that are asked for by their number are others"] = """
class Sevens(list):
    def __getitem__(self, i): return 7
f = autograd.compile(lambda xs: sum([*xs]))
assert [f(Sevens([1] * 8)) for _ in range(3)] == [8.0] * 3
"""
CASES["elements that are gone through are others"] = """
class Fives(list):
    def __iter__(self): return iter([5.0] * 8)
f = autograd.compile(lambda xs: sum([*xs]))
assert [f(Fives([1.0] * 8)) for _ in range(3)] == [40.0] * 3
"""
for n in (0, 1, 3, 1000):
    CASES[f"a dict of {n} that says it has 2"] = f"""
f = autograd.compile(lambda p: sum([*p.values()]))
for _ in range(2):
    assert f(Dict(k0=1.0, k1=2.0)) == 3.0
p = Dict({{f"k{{i}}": 1.0 for i in range({n})}})
said[id(p)] = 2
for _ in range(2):
    got = f(p) if {n} else 0.0
    assert got == {n}.0, got
assert f(Dict(k0=1.0, k1=3.0)) == 4.0
"""
for name, items in {
    "one more": "[*p.items(), ('c', 1.0)]",
    "a thousand more": "[*p.items(), *[(f'k{i}', 1.0) for i in range(1000)]]",
    "one fewer": "[('a', 1.0)]",
    "none": "[]",
    "other keys": "[('a', 1.0), ('c', 2.0)]",
    "another order": "[('b', 2.0), ('a', 1.0)]",
}.items():
    for axes in (None, 0):
        CASES[f"a dict with {name} in its items, in_axes={axes}"] = f"""
f = autograd.compile(lambda p: p["a"] - p["b"], in_axes={axes})
number = {"np.array([1.0, 1.0])" if axes == 0 else 1.0}
for _ in range(2):
    p = Items(a=1.0 * number, b=2.0 * number)
    assert np.all(f(p) == -1.0)
p.says = [(key, x * number) for key, x in {items}]
for call in (f, f, autograd.compile(lambda p: p["a"] - p["b"], in_axes={axes})):
    with contextlib.suppress(*refused):
        got = call(p)
        assert np.all(got == -1.0), got
assert np.all(f(Items(a=1.0 * number, b=3.0 * number)) == -2.0)
"""
CASES["transforms of a dict with its items in another order"] = """
p = Items(a=1.0, b=2.0)
p.says = [("b", 2.0), ("a", 1.0)]
assert autograd.grad(lambda p: p["a"] - 2.0 * p["b"])(p) == {"a": 1.0, "b": -2.0}
class Reversed(dict):
    def items(self): return reversed([*dict.items(self)])
for transform in (autograd.grad, autograd.value_and_grad, autograd.compile, autograd.hessian):
    with contextlib.suppress(TypeError):
        raise AssertionError(transform(lambda p: p["a"] - 2.0 * p["b"])(Reversed(a=1.0, b=2.0)))
"""
CASES["dicts of other classes as they are"] = """
f = autograd.compile(lambda p: p["a"] - p["b"])
for kind in (dict, collections.OrderedDict, Dict, Items, lambda **p: collections.defaultdict(float, p)):
    assert [f(kind(a=1.0, b=k)) for k in (2.0, 3.0, 4)] == [-1.0, -2.0, -3.0]
"""

CASES["a program that a column changes while it is read"] = """
import tempfile
f = autograd.compile(lambda x, y: x * y + 1.0)
f(1.0, 2.0)
with tempfile.TemporaryDirectory() as folder:
    f.programs[0].save(f"{folder}/program.jsonl")
    program = autograd.Program.load(f"{folder}/program.jsonl")
class Column:
    ndim, shape = 1, (3,)
    def __len__(self): return 3
    def __array__(self, dtype=None, copy=None):
        program.instructions[2] = program.instructions[2]._replace(operands=(4, 1))
        return np.ones(3)
try:
    raise AssertionError(program.over_rows([Column(), np.ones(3)]))
except ValueError as problem:
    assert "not well made" in str(problem), problem
"""

READERS = {
    "a registered type": ("Own(owner.act)", "lambda own: sum(own)"),
    "a dataclass with a property": ("Data(1.0)", "lambda own: own.x"),
    "a list of its own kind": ("Iterating([1.0])", "lambda own: sum([*own])"),
    "a dict of its own kind": ("Going(a=1.0)", "lambda own: own['a']"),
    "a constant with a hash of its own": ("Hashed()", "lambda own: 1.0"),
}
for reader, (thing, read) in READERS.items():
    for act in ("owner.resize(1, refcheck=False)", "owner.resize(10**6, refcheck=False)"):
        CASES[f"a view whose array {reader} resizes: {act}"] = f"""
import dataclasses
act = lambda: None
class Own:
    def __init__(self, act): pass
def taken_apart(own):
    act()
    return [1.0], None
autograd.register_pytree_node(Own, taken_apart, lambda aux, inside: list(inside))
@dataclasses.dataclass
class Data:
    x: float
    def __getattribute__(self, name):
        act()
        return object.__getattribute__(self, name)
class Iterating(list):
    def __iter__(self):
        act()
        return list.__iter__(self)
class Going(dict):
    def items(self):
        act()
        return dict.items(self)
class Hashed:
    def __hash__(self):
        act()
        return 1
class Owner:
    act = None
owner = Owner()
thing = {thing}
for reduce in ("sum", None):
    f = autograd.compile(lambda x, own: x * 2.0 + ({read})(own), in_axes=(0, None), reduce=reduce, static_argnums=(1,)
                         if "hash" in {reader!r} else ())
    for _ in range(2):
        assert np.sum(f(np.ones(2000), thing)) == 6000.0
    owner = np.ones(2000)
    view, was = owner[:], act
    act = lambda: {act}
    with contextlib.suppress(RuntimeError):
        assert np.sum(f(view, thing)) == 6000.0
    act = was
    assert np.sum(f(np.ones(2000), thing)) == 6000.0
"""


@functools.cache
def told(build: str) -> dict[str, str]:
    return outcomes(BUILDS[build], COMMON, CASES)


@pytest.mark.parametrize(("build", "case"), [(build, case) for build in BUILDS for case in CASES])
def test_read_once_or_refused(build: str, case: str) -> None:
    assert told(build)[case] == ""

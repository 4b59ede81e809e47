"""What Python 3.11, 3.12 and 3.13 do differently: the plain Python files run under each that is found, and give the same.

The whole suite under each is `make test-pythons`.
"""

import os
import subprocess
import sys
import warnings
from types import ModuleType

import pytest
from processes import HOME
from pythons import VERSIONS, found

SAME = """
import warnings
warnings.simplefilter("error")
import copy, json, pickle, sys, tempfile, os
import autograd, nn
from autograd import Program, Value
from autograd.files import StorageError, json_in, shortened

x = Value(2.0, label="x")
y = (x * x).sin() + x.tanh() / 3
y.backward()
print(y.data.hex(), x.grad.hex(), autograd.derivative(lambda v: v.erf(), 3)(0.5).hex())
print(autograd.hessian(lambda v: v[0] ** v[1] * v[1].exp())([1.5, 2.5]))
print(autograd.compile(lambda v: v * 2.0 if v > 1.0 else v, in_axes=None)(3.0))
deep = []
for _ in range(200000): deep = [deep]
assert len(shortened(deep)) <= 80 and len(shortened({"a": deep})) <= 80
for depth in (900, 20000, 200000):
    try: json_in("p", "line", "[" * depth + "]" * depth)
    except StorageError as problem: assert "nested too deeply" in str(problem)
    path = os.path.join(tempfile.mkdtemp(), "p")
    open(path, "w").write('{"format": ' + "[" * depth + "]" * depth + "}")
    try: Program.load(path)
    except StorageError: pass
    else: raise AssertionError("loaded")
while deep: deep = deep.pop()
v = x
for _ in range(30000): v = v * 1.0
print(copy.deepcopy(v).data, pickle.loads(pickle.dumps(v)).data)
def f(v):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return v * (2.0 + ~(v > 1.0)) + (v > 0.5) * 2 + (v < 1.0 or v > 9.0)
print([autograd.compile(f)(a) == f(Value(a)).data for a in (2.0, 0.25, 10.0)])
model = nn.MLP(2, [3, 1], "tanh", rng=0)
out = nn.mse_loss(model([0.5, -1.0]), 1.0)
out.backward()
print(out.data.hex(), [p.grad.hex() for p in model.parameters()])
print(str(autograd.explain(y, x)))
try: Value("2")
except TypeError as problem: print(problem)
"""


def _said(python: str) -> str:
    variables = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [python, "-B", "-c", SAME],
        capture_output=True,
        text=True,
        timeout=60,
        env={**variables, "PYTHONPATH": str(HOME), "SCALAR_AUTOGRAD_PURE": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("version", VERSIONS)
def test_the_plain_files_give_the_same(version: str) -> None:
    python = found(version)
    if python is None or version == "{}.{}".format(*sys.version_info):
        pytest.skip(f"no other Python {version} here")
    assert _said(python) == _said(sys.executable)


@pytest.mark.parametrize("depth", [10, 900, 5000, 200000])
def test_shortened_does_not_hang_on_how_deep_python_recurses(depth: int) -> None:
    from autograd.files import shortened

    thing: list[object] = []
    for _ in range(depth):
        thing = [thing]
    assert len(shortened(thing)) <= 80 and len(shortened({"a": thing})) <= 80
    while thing:
        thing = thing.pop()  # type: ignore[assignment]


@pytest.mark.parametrize("relation", ["<", "<=", "==", "!=", ">", ">="])
def test_a_comparison_is_a_bool_in_all_that_python_does_with_it(ag: ModuleType, relation: str) -> None:
    """~, arithmetic, indexing, hashing, formatting: recorded and eager give the same, with the same warnings."""
    compare = {
        "<": lambda a: a < 1.5,
        "<=": lambda a: a <= 1.5,
        "==": lambda a: a == 1.5,
        "!=": lambda a: a != 1.5,
        ">": lambda a: a > 1.5,
        ">=": lambda a: a >= 1.5,
    }[relation]
    uses = [
        lambda c: ~c,
        lambda c: -c,
        lambda c: c + 1,
        lambda c: 2 - c,
        lambda c: c * 3,
        lambda c: c & True,
        lambda c: c | False,
        lambda c: c ^ True,
        lambda c: not c,
        lambda c: [5, 7][c],
        lambda c: {True: 1, False: 2}[c],
        lambda c: int(c),
        lambda c: float(c),
        lambda c: sum([c, c]),
        lambda c: c == True,  # noqa: E712
        lambda c: c < 1,
        lambda c: 1.5**c,
        lambda c: c.real,
        lambda c: 7 // (c + 1),
        lambda c: divmod(7, c + 1)[1],
        lambda c: len("x" * c),
        lambda c: round(c),
        lambda c: abs(c),
        lambda c: f"{c:d}" == "1",
    ]
    for i, use in enumerate(uses):
        for x in (1.0, 1.5, 2.0):
            with warnings.catch_warnings(record=True) as eagerly:
                warnings.simplefilter("always")
                want = float(use(compare(ag.Value(x))))
            with warnings.catch_warnings(record=True) as recorded:
                warnings.simplefilter("always")
                try:
                    got = ag.compile(lambda v, use=use: v * 0.0 + float(use(compare(v))))(x)
                except TypeError:
                    continue
            assert got == want, (i, x, got, want)
            assert {warning.category for warning in recorded} == {warning.category for warning in eagerly}, i


def test_a_comparison_is_a_text_as_a_bool_is(ag: ModuleType) -> None:
    for use in (str, repr, lambda c: f"{c}", lambda c: f"{c!r}", lambda c: "%s" % c, format):  # noqa: UP031
        fast = ag.compile(lambda v, use=use: v * {"True": 1.0, "False": 2.0}.get(use(v > 1.5), 9.0))
        assert [fast(x) for x in (1.0, 2.0, 1.0)] == [2.0, 2.0, 2.0]

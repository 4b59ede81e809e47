"""Programs in the pickle of a compiled function run where they arrive, without a recording there, or it is said why not."""

import copy
import importlib
import pickle
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from processes import run_file

SCALE = 3.0
TABLE = [1.0, 2.0]


def bent(x: Any, p: Any) -> Any:
    """With a branch and constants."""
    return x.sin() * p[0] ** 3 if x > 0.0 else x * p[1] ** 2 * SCALE + TABLE[1]


@dataclass
class Line:
    slope: Any
    at: Any


def of_structures(line: Line, more: dict[str, Any], n: int = 2, *, how: str = "sum") -> Any:
    found = [line.slope * x + line.at**k for k, x in zip(range(n), more["x"], strict=False)]
    return {"all": (found, Line(line.at, line.slope)), how: sum(found)}


def of_array(x: Any) -> Any:
    return np.array([x[0] * x[1], x.sum() if x[0] > x[1] else x[1]])


Calls = list[tuple[tuple[Any, ...], dict[str, Any]]]
P = [2.0, 3.0]
BY_ROWS: Calls = [(([1.0, -1.0, 2.0], P), {})]
ROWS = {"in_axes": (0, None)}
X = {"x": [1.0, 2.0, 3.0]}
CASES: dict[str, tuple[Callable[[ModuleType], Any], dict[str, Any], Calls]] = {
    "branches": (lambda ag: bent, {}, [((x, P), {}) for x in (1.0, -1.0, 0.0)]),
    "gradient": (lambda ag: ag.value_and_grad(bent, 1), {}, [((x, P), {}) for x in (1.0, -1.0)]),
    "second derivatives": (lambda ag: ag.hessian(bent, 1), {}, [((x, P), {}) for x in (1.0, -1.0)]),
    "rows": (lambda ag: bent, ROWS, BY_ROWS),
    "gradients of rows": (lambda ag: ag.grad(bent), ROWS, BY_ROWS),
    "means": (lambda ag: ag.value_and_grad(bent, 1), {**ROWS, "reduce": "mean"}, BY_ROWS),
    "sums and rows": (lambda ag: ag.value_and_grad(bent, 1), {**ROWS, "reduce": ("sum", None)}, BY_ROWS),
    "structures": (
        lambda ag: of_structures,
        {},
        [((Line(2.0, 3.0), X, n), {"how": how}) for n in (2, 3) for how in ("sum", "total")],
    ),
    "static": (
        lambda ag: of_structures,
        {"static_argnums": 2, "in_axes": ({"slope": None, "at": 0}, None, None)},
        [((Line(2.0, [3.0, 4.0]), X, n), {}) for n in (2, 3)],
    ),
    "arrays": (lambda ag: of_array, {"in_axes": 0, "stack": True}, [((np.array([[1.0, 2.0], [4.0, 3.0]]),), {})]),
    "jacobian": (lambda ag: ag.jacobian(of_array), {}, [((np.array(x),), {}) for x in ([1.0, 2.0], [4.0, 3.0])]),
    "a loop": (lambda ag: ag.grad(Looping(ag)), {}, [((0.5,), {})]),
}


class Looping:
    """A function that pickles find, of the build under test."""

    def __init__(self, ag: ModuleType) -> None:
        self.scan = ag.scan

    def __call__(self, x: Any) -> Any:
        return self.scan(lambda s, _: (s * x + 1.0, None), x, 1000)[0]


@pytest.fixture
def recorded(ag: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Gets the function of whatever is recorded."""
    functions: list[Any] = []

    module = importlib.import_module(f"{ag.__name__}.compiler.compiled")

    class Noted(module.Recorded):  # type: ignore[name-defined, misc]
        def __init__(self, f: Any, *more: Any) -> None:
            functions.append(f)
            super().__init__(f, *more)

    monkeypatch.setattr(module, "Recorded", Noted)
    return functions


def sent(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


@pytest.mark.parametrize("case", [*CASES])
def test_what_was_recorded_is_there_and_gives_the_same(ag: ModuleType, case: str, recorded: list[Any]) -> None:
    make, settings, calls = CASES[case]
    f = ag.compile(make(ag), pickle_programs=True, **settings)
    want = [repr(f(*args, **kwargs)) for args, kwargs in calls]
    assert len(recorded) >= 1
    for again in (sent(f), sent(sent(f)), copy.deepcopy(f), copy.copy(f)):
        recorded.clear()
        assert [repr(again(*args, **kwargs)) for args, kwargs in calls] == want
        assert [repr(again(*args, **kwargs)) for args, kwargs in calls] == want  # by what the first call left
        assert not recorded and [str(p) for p in again.programs] == [str(p) for p in f.programs]


def test_not_asked_for_they_stay(ag: ModuleType, recorded: list[Any]) -> None:
    f = ag.compile(bent)
    f(1.0, P)
    assert not sent(f).programs
    assert sent(f)(1.0, P) == f(1.0, P) and len(recorded) == 2
    with pytest.raises(ValueError, match="pickle_programs is True or False, and this is 'yes'"):
        ag.compile(bent, pickle_programs="yes")


def test_derivatives_go_with_the_function(ag: ModuleType, recorded: list[Any]) -> None:
    f = ag.compile(bent, pickle_programs=True)
    want = [ag.grad(f, 1)(1.0, P), ag.hessian(f, 1)(1.0, P)]
    again = sent(f)
    recorded.clear()
    assert [ag.grad(again, 1)(1.0, P), ag.hessian(again, 1)(1.0, P)] == want and not recorded
    assert again(1.0, P) == f(1.0, P) and len(recorded) == 2, "the function itself had no programs"


def test_another_branch_is_recorded_there(ag: ModuleType, recorded: list[Any]) -> None:
    f = ag.compile(bent, pickle_programs=True)
    f(1.0, P)
    again = sent(f)
    assert again(-1.0, P) == -1.0 * P[1] ** 2 * SCALE + TABLE[1] and len(again.programs) == 2 and len(recorded) == 2


def test_constants_are_watched_there_too(ag: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    f = ag.compile(bent, pickle_programs=True)
    f(-1.0, P)
    again = sent(f)
    assert again(-1.0, P) == -27.0 + 2.0
    monkeypatch.setitem(globals(), "SCALE", 1.0)
    assert again(-1.0, P) == -9.0 + 2.0


@pytest.mark.parametrize(
    ("name", "other"), [("SCALE", 4.0), ("SCALE", 3), ("TABLE", [1.0, 5.0]), ("TABLE", [0.0, 1.0, 2.0]), ("TABLE", (1.0, 2.0))]
)
def test_where_a_constant_is_another_it_is_said(
    ag: ModuleType, name: str, other: Any, monkeypatch: pytest.MonkeyPatch, recorded: list[Any]
) -> None:
    f = ag.compile(bent, pickle_programs=True)
    f(-1.0, P)
    text = pickle.dumps(f)
    monkeypatch.setitem(globals(), name, other)
    again = pickle.loads(text)
    with pytest.warns(RuntimeWarning, match=r"that came with compile\(bent\) are not run, .* a constant that it takes"):
        assert again(-1.0, P) == -9.0 * SCALE + TABLE[1]
    assert again(-1.0, P) == -9.0 * SCALE + TABLE[1] and len(recorded) == 2


def test_what_has_changed_since_is_not_sent(ag: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    f = ag.compile(bent, pickle_programs=True)
    f(-1.0, P)
    monkeypatch.setitem(globals(), "SCALE", 1.0)
    again = sent(f)
    assert not again.programs and again(-1.0, P) == -9.0 + 2.0


def helper(x: Any) -> Any:
    return x * 2.0


def by_helper(x: Any) -> Any:
    return helper(x)


def other_helper(x: Any) -> Any:
    return x * 4.0


def test_where_the_code_is_another_it_is_said(ag: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of what the function calls, too."""
    f = ag.compile(by_helper, pickle_programs=True)
    assert f(1.0) == 2.0
    text = pickle.dumps(f)
    monkeypatch.setitem(globals(), "helper", other_helper)
    again = pickle.loads(text)
    with pytest.warns(RuntimeWarning, match="its code, or a constant"):
        assert again(1.0) == 4.0


def test_another_version_of_the_package_says_so(ag: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    f = ag.compile(bent, pickle_programs=True)
    want = f(1.0, P)
    text = pickle.dumps(f)
    monkeypatch.setattr(ag, "__version__", "99.0")
    again = pickle.loads(text)
    with pytest.warns(RuntimeWarning, match=r"of version 0\..* of the package, and this is 99\.0"):
        assert again(1.0, P) == want


def test_damaged_programs_are_not_run(ag: ModuleType) -> None:
    """Each byte of a program changed: it is refused, or another program, well made."""
    f = ag.compile(by_helper, pickle_programs=True)
    f(1.0)
    rebuild, given, state = f.__reduce__()
    ((form, [(text, aside)]),) = state["programs"].items()
    refused = 0
    for i in range(len(text)):
        again = rebuild(*given)
        again.__setstate__({**state, "programs": {form: [(text[:i] + bytes([text[i] ^ 5]) + text[i + 1 :], aside)]}})
        with warnings.catch_warnings(record=True, action="always") as said:
            again(1.0)
        refused += any("are not run" in str(w.message) for w in said)
    assert refused > len(text) // 3


def test_programs_that_do_not_fit_what_is_around_are_not_run(ag: ModuleType) -> None:
    f, g = ag.compile(bent, pickle_programs=True), ag.compile(by_helper, pickle_programs=True)
    f(1.0, P), g(1.0)
    rebuild, given, state = f.__reduce__()
    ((form, [(_, aside)]),) = state["programs"].items()
    ((_, [(other, _)]),) = g.__reduce__()[2]["programs"].items()
    again = rebuild(*given)
    again.__setstate__({**state, "programs": {form: [(other, aside)]}})
    with pytest.warns(RuntimeWarning, match="other inputs or outputs than what stands around"):
        assert again(1.0, P) == f(1.0, P)


class Model:
    def __init__(self, value: Callable[[float], Any]) -> None:
        self.weights = [value(2.0), value(3.0)]
        self.many = np.array([value(5.0)], dtype=object)

    def out(self, x: Any) -> Any:
        return x * self.weights[0] + self.weights[1] * self.many[0]


def test_a_model_travels_with_its_parameters(ag: ModuleType, recorded: list[Any]) -> None:
    """They are read anew, those that arrived."""
    f = ag.compile(Model(ag.Value).out, pickle_programs=True)
    assert f(1.0) == 17.0
    again = sent(f)
    recorded.clear()
    assert again(1.0) == 17.0 and not recorded
    again.f.__self__.weights[0].data = 10.0
    assert again(1.0) == 25.0 and f(1.0) == 17.0 and not recorded


held: list[Any] = []


def of_held(x: Any) -> Any:
    return x * held[0]


def test_parameters_that_are_others_there_are_not_those_of_the_programs(ag: ModuleType) -> None:
    held[:] = [ag.Value(2.0)]
    f = ag.compile(of_held, pickle_programs=True)
    assert f(3.0) == 6.0
    again = sent(f)
    with pytest.warns(RuntimeWarning, match="they read Values from outside, .* and the function holds others"):
        assert again(3.0) == 6.0
    held[0].data = 5.0
    assert again(3.0) == 15.0


SCRIPT = """
import multiprocessing
import warnings

import autograd as ag
from joblib import Parallel, delayed

@ag.compile(pickle_programs=True)
def bent(x):
    return x.sin() if x > 0 else ag.scan(lambda s, _: (s * scale + x, None), x, 3)[0]

scale = 3.0

def asked(f, x):
    before = len(f.programs)
    return f(x), before, len(f.programs)

if __name__ == "__main__":
    names, factors = {"b": 1.0, "a": 2.0}, {3.0, 5.0}
    marks = {"some", "strings", "whose", "order", "is another", "in each process"}

    def closing(x):
        return x * names["a"] * names["b"] if str(len(marks)) in {"6", "7", "eight"} else x

    closure = ag.compile(ag.value_and_grad(closing), pickle_programs=True)
    want = [bent(1.0), bent(-1.0), closure(2.0)]
    warnings.simplefilter("ignore")  # of loky, whose workers start as this process has threads
    print(Parallel(n_jobs=2)([delayed(asked)(f, x) for f, x in [(bent, 1.0), (bent, -1.0), (closure, 2.0)]]))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.starmap(asked, [(bent, 1.0), (bent, -1.0)]))
    print([(found, k, k) for found, k in zip(want, [2, 2, 1])])
"""


def test_joblib_and_spawn_do_not_record(ag: ModuleType, tmp_path: Path) -> None:
    """In processes with other hashes of strings, which warnings would end."""
    file = tmp_path / "script.py"
    file.write_text(SCRIPT)
    by_joblib, by_spawn, want = run_file(ag, file).splitlines()
    assert by_joblib == want and eval(by_spawn) == eval(want)[:2]

"""scan, fori_loop and while_loop: as loops of Python, as loops of programs, over rows; and their derivatives."""

import math
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_in_node import in_node

import autograd
from autograd import Program, Value, compile, fori_loop, grad, hessian, jacobian, scan, take, value_and_grad, where, while_loop
from autograd.derivatives.trees import flatten


class Pair(NamedTuple):
    x: Any
    v: Any


def logistic(p: Any) -> Any:
    def step(s: Any, _: None) -> Any:
        s = s + p[0] * s * (1.0 - s / p[1])
        return s, s * s

    last, ys = scan(step, 0.1 * p[2], 7)
    return last + sum(ys)


def garch(p: Any) -> Any:
    def step(variance: Any, r: Any) -> Any:
        variance = p[0] ** 2 + 0.2 * p[1] * variance + 0.1 * r * r
        return variance, autograd.log(variance) + r * r / variance

    _, terms = scan(step, p[2] ** 2 + 0.1, [0.3, -0.1, 0.5, 0.2, -0.4])
    return autograd.fsum(terms)


def oscillator(p: Any) -> Any:
    """A state of numbers with names, a tuple of xs, from the last to the first, and ys in a dict."""

    def step(s: Pair, given: Any) -> Any:
        force, h = given
        v = s.v + h * (force * p[2] - p[0] * s.x - p[1] * s.v * abs(s.v))
        x = s.x + h * v
        return Pair(x, v), {"energy": v * v + p[0] * x * x, "x": x}

    forces = [0.1 * p[0], 0.2, -0.3, 0.4]
    last, ys = scan(step, Pair(1.0, p[2]), (forces, [0.1, 0.2, 0.1, 0.3]), reverse=True)
    return last.x * ys["energy"][0] + ys["x"][2] * last.v


def horner(p: Any) -> Any:
    return fori_loop(0, len(p), lambda i, s: s * 0.7 + take(p, i) * (i + 1.0), p[1] * p[1])


def root_of(p: Any) -> Any:
    return while_loop(lambda x: abs(x * x - p[0]) > 1e-9, lambda x: 0.5 * (x + p[0] / x), p[1] + 1.0, max_steps=60) * p[2]


def nested(p: Any) -> Any:
    def outer(s: Any, x: Any) -> Any:
        t, ts = scan(lambda t, _: (t * p[0] + x * p[2], t), s, 3)
        return autograd.tanh(t), sum(ts)

    last, ys = scan(outer, p[1], [0.1, 0.2, 0.3, 0.4])
    return last * sum(ys)


def looked_up(p: Any) -> Any:
    """A loop that reads a table, and chooses."""

    def step(s: Any, i: Any) -> Any:
        x = take([p[0], p[1] * p[2], 0.5], i)
        return where(s > 1.0, s * x, s + x), None

    return scan(step, p[1], [0, 2, 1, 1, 0])[0] * p[2]


def lists(p: Any) -> Any:
    """A state of lists in a dict; the same x in every step is a const."""
    scaled = [x * x for x in p]

    def step(s: Any, _: None) -> Any:
        h = [autograd.tanh(a * b + c) for a, b, c in zip(s["h"], scaled, p, strict=True)]
        return {"h": h[1:] + h[:1], "sum": s["sum"] + sum(h)}, None

    s, _ = scan(step, {"h": [0.1, p[0], 0.2], "sum": 0.0}, 5)
    return s["sum"] * s["h"][0]


PROGRAMS = [logistic, garch, oscillator, horner, root_of, nested, looked_up, lists]
POINTS = [[0.4, 1.3, 0.7], [0.9, 0.8, 1.6], [1.2, 0.5, 0.9]]


def numbers(thing: Any) -> list[float]:
    return [float(x) for x in flatten(thing)[0]]


def loops_of(program: Program) -> int:
    return sum(op.startswith("loop") for op in program.counts)


@pytest.mark.parametrize("transform", [lambda f: f, value_and_grad, hessian], ids=["f", "value_and_grad", "hessian"])
@pytest.mark.parametrize("f", PROGRAMS)
def test_a_loop_of_a_program_gives_what_python_s_loop_gives(f: Callable[..., Any], transform: Any) -> None:
    eager, at_point = transform(f), compile(transform(f))
    rows = compile(transform(f), in_axes=0)(POINTS)
    for k, p in enumerate(POINTS):
        want = numbers(eager(p))
        assert numbers(at_point(p)) == pytest.approx(want, rel=1e-12, abs=1e-14)
        one = [part[k] for part in rows] if isinstance(rows, tuple) else rows[k]
        assert numbers(one) == pytest.approx(want, rel=1e-12, abs=1e-14)
    assert loops_of(at_point.programs[0]) > 0, "it was not recorded as a loop"


@pytest.mark.parametrize("f", PROGRAMS)
def test_values_and_first_derivatives_of_loops_at_a_point_are_nearly_the_bits_of_eager_ones(f: Callable[..., Any]) -> None:
    value, gradient = compile(value_and_grad(f))(POINTS[0])
    assert value == value_and_grad(f)(POINTS[0])[0]
    assert gradient == pytest.approx(value_and_grad(f)(POINTS[0])[1], rel=4e-15)


@pytest.mark.parametrize("f", [logistic, nested, lists])
def test_third_derivatives(f: Callable[..., Any]) -> None:
    def third(p: Any) -> Any:
        return jacobian(lambda q: [sum(row) for row in hessian(f)(q)])(p)

    assert numbers(compile(third)(POINTS[0])) == pytest.approx(numbers(third(POINTS[0])), rel=1e-10, abs=1e-12)


def test_loops_in_the_plain_build_too(ag: ModuleType) -> None:
    def f(p: Any) -> Any:
        last, ys = ag.scan(lambda s, x: (s * p[0] + x, s), p[1], [0.5, 0.25, 2.0])
        counted = ag.fori_loop(2, 5, lambda i, s: s + i * p[1], 0.0)
        return last * sum(ys) + ag.while_loop(lambda x: x < 5.0, lambda x: x * 2.0, p[0], max_steps=9) + counted

    for transform in (lambda g: g, ag.grad, ag.hessian):
        want = numbers(transform(f)([0.5, 0.7]))
        compiled = ag.compile(transform(f))
        assert numbers(compiled([0.5, 0.7])) == pytest.approx(want, rel=1e-13)
        assert any(op.startswith("loop") for op in compiled.programs[0].counts)
    rows = ag.compile(ag.grad(f), in_axes=0)([[0.5, 0.7], [0.9, 0.1]])
    assert rows[1] == pytest.approx(ag.grad(f)([0.9, 0.1]), rel=1e-13)


def test_a_loop_is_recorded_once_however_many_steps_it_has() -> None:
    def f(p: Any, n: int) -> Any:
        return scan(lambda s, _: (s + p * autograd.sin(s), None), 0.5, n)[0]

    short, long = [compile(grad(lambda p, n=n: f(p, n))) for n in (10, 20_000)]
    assert short(0.001) > long(0.001) == pytest.approx(grad(lambda p: f(p, 20_000))(0.001), rel=1e-12)
    assert len(short.programs[0]) == len(long.programs[0]) < 20


def test_steps_that_branch_alike_are_a_loop_and_others_are_recorded_one_by_one(ag: ModuleType) -> None:
    def f(s: Any) -> Any:
        def step(s: Any, _: None) -> Any:
            return (s * 0.5 if s > 1.0 else s + 0.25), None

        return ag.scan(step, s, 4)[0]

    compiled = ag.compile(f)
    assert compiled(100.0) == f(100.0) and loops_of(compiled.programs[0]) == 1
    assert compiled(1.5) == f(1.5) and [loops_of(program) for program in compiled.programs] == [1, 0]
    assert compiled(-9.0) == f(-9.0) and compiled(200.0) == f(200.0) and len(compiled.programs) == 3
    rows = ag.compile(f, in_axes=0)([100.0, 1.5, -9.0, 200.0, 1.25])
    assert rows.tolist() == [f(x) for x in (100.0, 1.5, -9.0, 200.0, 1.25)]


def test_a_counter_that_is_used_as_an_index_is_a_number_of_python_s() -> None:
    def f(p: Any) -> Any:
        return fori_loop(0, 3, lambda i, s: s * 2.0 + p[i], 0.0)

    compiled = compile(grad(f))
    assert compiled([1.0, 2.0, 3.0]) == grad(f)([1.0, 2.0, 3.0]) == [4.0, 2.0, 1.0]


def test_the_number_of_steps_may_be_an_argument(ag: ModuleType) -> None:
    def power(x: Any, steps: Any) -> Any:
        return ag.scan(lambda product, _: (product * x, None), 1.0, steps)[0]

    fast = ag.compile(ag.value_and_grad(power))
    assert [fast(3.0, steps) for steps in (4, 2, 4)] == [(81.0, 108.0), (9.0, 6.0), (81.0, 108.0)]
    assert len(fast.programs) == 2
    with pytest.raises(TypeError, match="index"):
        power(3.0, ag.Value(4.0))


def test_the_loop_of_a_while_ends_where_it_does_and_no_later() -> None:
    f = compile(value_and_grad(lambda x, y: while_loop(lambda s: s < 10.0, lambda s: s * y, x, max_steps=100_000)), in_axes=0)
    x, y = np.array([1.0, 3.0, 11.0, 0.5]), np.array([1.5, 2.0, 1.0, 1.01])
    value, slope = f(x, y)
    steps = np.ceil(np.maximum(np.log(10.0 / x) / np.log(np.maximum(y, 1.001)), 0.0))
    np.testing.assert_allclose(value, x * y**steps, rtol=1e-12)
    np.testing.assert_allclose(slope, y**steps, rtol=1e-12)
    assert len(f.programs) == 1


def test_too_many_steps_are_an_error_everywhere() -> None:
    def f(step: Any) -> Any:
        return while_loop(lambda x: x < 10.0, lambda x: x + step, 0.0, max_steps=5)

    compiled = compile(f)
    assert compiled(2.0) == 10.0
    for call in (f, compiled, compile(f)):
        with pytest.raises(RuntimeError, match="max_steps=5 steps, and its condition still holds"):
            call(1.0)
    with pytest.raises(RuntimeError, match="max_steps=5"):
        compile(f, in_axes=0)([2.0, 1.0, 3.0])
    assert compile(lambda x: while_loop(lambda s: s < 9.0, lambda s: s * 2.0, x))(1.0) == 16.0


def test_what_a_step_has_from_outside_are_parameters_read_anew() -> None:
    w = Value(0.5, label="w")
    compiled = compile(lambda x: scan(lambda s, _: (s * w + 1.0, None), x, 10)[0])
    before = compiled(1.0)
    w.data = 0.25
    assert before != compiled(1.0) == scan(lambda s, _: (s * 0.25 + 1.0, None), 1.0, 10)[0]


def with_checkpoints(p: Any) -> Any:
    return scan(lambda s, _: (s * p[0] + p[1].sin(), s.relu()), p[1], 7, checkpoint=True)[0]


def nested(p: Any) -> Any:
    return fori_loop(2, 6, lambda i, s: s * p[0] + i * fori_loop(0, 3, lambda j, t: t * p[1] + j, s), p[0])


def until(p: Any) -> Any:
    return while_loop(lambda s: s < 10.0, lambda s: s * (1.5 + p[0]) + p[1] ** 2, p[1], max_steps=20)


@pytest.mark.parametrize("transform", [lambda f: f, value_and_grad, hessian], ids=["values", "gradients", "hessians"])
@pytest.mark.parametrize("f", [garch, with_checkpoints, nested, until])
def test_programs_with_loops_are_printed_saved_copied_and_written_in_javascript(f: Any, transform: Any, tmp_path: Path) -> None:
    compiled = compile(transform(f))
    want = numbers(compiled(POINTS[0]))
    (program,) = compiled.programs
    program.save(tmp_path / "loops.jsonl")
    loaded, expanded = Program.load(tmp_path / "loops.jsonl"), program.expanded(unroll=False)
    assert str(loaded) == str(program) and any(op.kind == "loop" for op in expanded.operations)
    assert "slope" not in str(expanded) and not any(op.kind == "loop" for op in program.expanded().operations)
    for other in (loaded, pickle.loads(pickle.dumps(program)), expanded, program.expanded(), program):
        assert other.run(POINTS[0]) == want
        assert other.over_rows([[x, x] for x in POINTS[0]])[:, 1] == pytest.approx(want, rel=1e-14)
    assert program.draw().source.count("loop 5 times" if f is garch else "loop") >= 1
    script = "const [text, x] = given, f = new Function(text + 'return program;')(); return [f(x.map(y => -y)), f(x)];"
    turned, again = in_node(tmp_path, script, [program.to_javascript(), POINTS[0]])
    assert again == pytest.approx(want, rel=1e-13)
    assert turned == pytest.approx(program.run([-x for x in POINTS[0]]), rel=1e-13)


def test_what_a_loop_does_is_printed_inside_it() -> None:
    compiled = compile(value_and_grad(garch))
    compiled(POINTS[0])
    (program,) = compiled.programs
    assert "loop 5 times: step" in str(program) and "derivative of step" in str(program)
    assert "r0 = input                    state, kept\n" in str(program) and "what step 3 gave" in str(program)
    assert program.flops > 5 * 10 and program.draw().source.count("loop 5 times") >= 2


def test_of_the_operands_of_a_loop_of_many_steps_forty_are_printed() -> None:
    compiled = compile(lambda x: scan(lambda state, factor: (state * factor, None), x, [0.5 + k / 100 for k in range(60)])[0])
    compiled(2.0)
    (line,) = [line for line in str(compiled.programs[0]).splitlines() if " = loop " in line]
    assert len(re.findall(r" r\d+", line)) == 40 and line.rstrip().endswith(" ...")


def test_a_file_is_not_longer_for_more_steps(tmp_path: Path) -> None:
    path = tmp_path / "logistic.jsonl"
    sizes = []
    for steps in (10, 200_000):
        compiled = compile(value_and_grad(lambda r, steps=steps: scan(lambda s, _: (r * s * (1.0 - s), None), 0.4, steps)[0]))
        want = compiled(2.5)
        compiled.programs[0].save(path)
        sizes.append(path.stat().st_size)
        assert tuple(Program.load(path).over_rows([[2.5]])[:, 0]) == want
    assert sizes[1] < sizes[0] + 100


def test_the_guards_of_steps_go_into_files_and_javascript(tmp_path: Path) -> None:
    compiled = compile(lambda x: scan(lambda s, _: (s * 0.5 if s > 1.0 else s, None), x, 3)[0])
    compiled(100.0)
    (program,) = compiled.programs
    program.save(tmp_path / "halved.jsonl")
    for p in (program, Program.load(tmp_path / "halved.jsonl"), program.expanded(), program.expanded(unroll=False)):
        assert p.outcome([100.0]) == ([12.5], True) and not p.outcome([3.0])[1]
    assert len(program.expanded().guards) == 3
    script = """const program = new Function(given + 'return program;')(), told = [];
    for (const x of [100, 3]) { try { told.push(program([x])); } catch (error) { told.push(String(error)); } } return told;"""
    right, wrong = in_node(tmp_path, script, program.to_javascript())
    assert right == [12.5] and wrong.startswith("RangeError: another branch than the one recorded")


def test_an_explorable_shows_every_step() -> None:
    assert len(autograd.explore(logistic, POINTS[0]).frames) > 7 * 5


def test_structures_and_the_errors_they_make(ag: ModuleType) -> None:
    scan, fori_loop = ag.scan, ag.fori_loop
    assert scan(lambda s, x: (s, x), 0.0, [[1.0, 2.0], [3.0, 4.0]]) == (0.0, [[1.0, 2.0], [3.0, 4.0]])
    assert scan(lambda s, x: (s + x["a"], (x["a"], x["b"])), 0.0, {"a": [1.0, 2.0], "b": [3.0, 4.0]}) == (
        3.0,
        ([1.0, 2.0], [3.0, 4.0]),
    )
    assert scan(lambda s, x: (s, x), 0.0, np.eye(2))[1][1].tolist() == [0.0, 1.0]
    assert scan(lambda s, x: (s, x), 1.0, []) == (1.0, []) and scan(lambda s, x: (s + 1, None), 1.0, length=3) == (4.0, None)
    assert fori_loop(3, 1, lambda i, s: s + 1, 0.5) == 0.5 and fori_loop(-1, 2, lambda i, s: s + i, 0.0) == 0.0
    for bad, kind, said in [
        (lambda: scan(lambda s, x: s, 0.0, 3), TypeError, "gives a pair"),
        (lambda: scan(lambda s, x: ((s, s), x), 0.0, 3), TypeError, "became a tuple of 2"),
        (lambda: scan(lambda s, x: (s, x), 0.0, ([1.0], [1.0, 2.0])), ValueError, "1, 2"),
        (lambda: scan(lambda s, x: (s, x), 0.0), ValueError, "number of steps"),
        (lambda: scan(lambda s, x: (s, x), 0.0, -1), ValueError, "-1"),
        (lambda: scan(lambda s, x: (s, x), 0.0, "abc"), TypeError, "'abc'"),
        (lambda: scan(lambda s, x: (s, x), 0.0, [1.0], length=2), ValueError, "1, 2"),
        (lambda: fori_loop(0, 2.5, lambda i, s: s, 0.0), TypeError, "2.5"),
        (lambda: fori_loop(0, 2, lambda i, s: [s], 0.0), TypeError, "became a list of 1"),
        (lambda: ag.while_loop(lambda s: s < 1, lambda s: s, 0.0, max_steps=-2), ValueError, "-2"),
    ]:
        with pytest.raises(kind, match=said):
            bad()
        with pytest.raises(kind, match=said):
            ag.compile(lambda x, bad=bad: x + bad())(1.0)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.data())
def test_random_steps(data: st.DataObject) -> None:
    """States and xs of several numbers; sums, products, functions and choices of them, look-ups, and branches of Python."""
    states, xs, steps = data.draw(st.integers(1, 3)), data.draw(st.integers(0, 2)), data.draw(st.integers(2, 5))
    pick = st.integers(0, 30)
    plan = data.draw(st.lists(st.tuples(st.sampled_from("+*-swtmdkb"), pick, pick, pick), min_size=1, max_size=6))
    ends = data.draw(st.lists(pick, min_size=states + 1, max_size=states + 1))
    columns = data.draw(st.lists(st.lists(st.floats(-1, 1), min_size=xs, max_size=xs), min_size=steps, max_size=steps))
    reverse = data.draw(st.booleans())

    def step(given: list[Any], p: Any) -> list[Any]:
        found = [*given, *p]
        for op, i, j, k in plan:
            a, b, c = (found[n % len(found)] for n in (i, j, k))
            match op:
                case "+":
                    found.append(0.5 * a + b)
                case "*":
                    found.append(a * b * 0.7)
                case "-":
                    found.append(a - 0.3 * b)
                case "s":
                    found.append(autograd.sin(a))
                case "t":
                    found.append(autograd.tanh(a + b))
                case "w":
                    found.append(where(a > b, c, a * b))
                case "k":
                    found.append(take([a, b, c], autograd.floor(abs(a) * 7.0) % 3.0))
                case "b":
                    found.append(0.5 * a if a > b else b - a)
                case "m":
                    found.append(autograd.maximum(a, b))
                case _:
                    found.append(autograd.dot([a, b], [c, a]))
        return found

    def f(p: Any) -> Any:
        def body(s: Any, x: Any) -> Any:
            found = step([*s, *(x or [])], p)
            return [autograd.tanh(found[-1 - k % 3] + 0.1 * found[k % len(found)]) for k in ends[:-1]], found[
                ends[-1] % len(found)
            ] * p[0]

        s, ys = scan(body, [p[k % 2] * (k + 1.0) for k in range(states)], columns if xs else None, steps, reverse=reverse)
        return sum(s) * p[1] + sum(ys)

    p = [data.draw(st.floats(0.1, 1.5)), data.draw(st.floats(-1.5, 1.5))]
    for transform in (lambda f: f, value_and_grad, hessian):
        want = numbers(transform(f)(p))
        compiled = compile(transform(f))
        assert numbers(compiled(p)) == pytest.approx(want, rel=1e-9, abs=1e-11)
        assert loops_of(compiled.programs[0]) > 0 or "b" in [op for op, *_ in plan]
        rows = compile(transform(f), in_axes=0)([p, [0.7, -0.2], p])
        got = [part[2] for part in rows] if isinstance(rows, tuple) else rows[2]
        assert numbers(got) == pytest.approx(want, rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("steps", [3, 9, 23])
def test_checkpoints_change_nothing_but_the_memory(steps: int, reverse: bool) -> None:
    xs = [math.sin(k) for k in range(steps)]

    def f(p: Any, checkpoint: bool) -> Any:
        def step(s: Any, x: Any) -> Any:
            return (s[0] * p[0] + x * autograd.sin(s[1]), s[1] - 0.1 * s[0]), s[0] * x

        (a, b), ys = scan(step, (p[1], 1.0), xs, reverse=reverse, checkpoint=checkpoint)
        return a * b + sum(ys) + ys[0] * ys[1]

    for transform in (lambda g: g, grad, hessian):
        with_all, with_some = [compile(transform(lambda p, c=c: f(p, c))) for c in (False, True)]
        want = numbers(transform(lambda p: f(p, False))([0.7, 0.4]))
        assert numbers(with_some([0.7, 0.4])) == pytest.approx(want, rel=1e-12)
        assert numbers(with_all([0.7, 0.4])) == pytest.approx(want, rel=1e-12)


def test_checkpoints_take_memory_for_the_root_of_the_number_of_steps() -> None:
    def f(p: Any, checkpoint: bool) -> Any:
        return scan(lambda s, _: ((s * p).sin() + s * 0.3, None), p * 1.0, 10_000, checkpoint=checkpoint)[0]

    with_all, with_some = [compile(value_and_grad(lambda p, c=c: f(p, c))) for c in (False, True)]
    assert with_all(0.9) == pytest.approx(with_some(0.9), rel=1e-9)

    def size(program: Any) -> int:
        """Of the largest block, of loops within loops too."""
        loops = [op for op in {i.op for i in program.instructions} if op.startswith("loop")]
        return max([loop.size for loop in loops] + [size(loop.body) for loop in loops], default=0)

    assert size(with_all.programs[0]) > 10_000 and size(with_some.programs[0]) < 1000


def test_a_number_of_a_loop_that_decides_something_is_known_while_recording() -> None:
    def f(p: Any) -> Any:
        last, _ = scan(lambda s, _: (s * p, None), 1.0, 5)
        if last > 2.0:
            return last * 3.0
        return take([p, p * p], where(last > 0.5, 1.0, 0.0)) + last

    compiled = compile(value_and_grad(f))
    for p in (1.3, 0.9, 0.5, 1.25, -2.0):
        assert compiled(p) == pytest.approx(value_and_grad(f)(p), rel=1e-14)
    assert all(loops_of(program) == 2 for program in compiled.programs)


def test_an_lstm_over_a_sequence_of_rows() -> None:
    rng = np.random.default_rng(5)
    h, n = 3, 12
    weights = [rng.normal(size=(4 * h, h + 1)) * 0.4, rng.normal(size=4 * h) * 0.1]
    data, targets = rng.normal(size=(20, n)), rng.normal(size=20)

    def loss(w: Any, xs: Any, y: Any) -> Any:
        def step(s: Any, x: Any) -> Any:
            hidden, cell = s
            gates = [autograd.dot(list(row), [*hidden, x]) + b for row, b in zip(w[0], w[1], strict=True)]
            i, f, o, g = (gates[k * h : (k + 1) * h] for k in range(4))
            cell = [
                autograd.sigmoid(a) * c + autograd.sigmoid(b) * autograd.tanh(d)
                for a, b, c, d in zip(f, i, cell, g, strict=True)
            ]
            return ([autograd.sigmoid(a) * autograd.tanh(c) for a, c in zip(o, cell, strict=True)], cell), None

        (hidden, _), _ = scan(step, ([0.0] * h, [0.0] * h), list(xs))
        return (sum(hidden) - y) ** 2

    value, gradient = compile(value_and_grad(loss), in_axes=(None, 0, 0), reduce="mean")(weights, data, targets)
    each = [value_and_grad(loss)(weights, x, y) for x, y in zip(data, targets, strict=True)]
    assert value == pytest.approx(np.mean([v for v, _ in each]), rel=1e-12)
    for k in (0, 1):
        np.testing.assert_allclose(gradient[k], np.mean([g[k] for _, g in each], axis=0), rtol=1e-9, atol=1e-13)


def test_a_training_is_a_scan_that_can_be_differentiated_by_its_learning_rate() -> None:
    data = [(x / 10.0, math.sin(x / 10.0)) for x in range(10)]

    def loss(w: Any) -> Any:
        return sum((w[0] * autograd.tanh(w[1] * x + w[2]) - y) ** 2 for x, y in data)

    def trained(rate: Any) -> Any:
        def step(w: Any, _: None) -> Any:
            value, gradient = value_and_grad(loss)(w)
            return [a - rate * g for a, g in zip(w, gradient, strict=True)], value

        w, losses = scan(step, [0.5, 0.5, 0.1], 25)
        return loss(w) + 0.0 * losses[0]

    compiled = compile(value_and_grad(trained))
    assert numbers(compiled(0.05)) == pytest.approx(numbers(value_and_grad(trained)(0.05)), rel=1e-10)
    assert loops_of(compiled.programs[0]) == 2 and len(compiled.programs[0]) < 200


def test_single_ys_of_several_lists_have_their_derivatives() -> None:
    def f(w: Any) -> Any:
        def step(c: Any, x: float) -> Any:
            c = (c * w[0] + x).tanh()
            return c, (c * w[1], (c - x).sin())

        _, (a, b) = scan(step, 0.5, [0.3, -0.7, 1.1, 0.2])
        return a[1] * b[2] + autograd.exp(b[0] * a[3]) + b[3] * b[1]

    compiled = compile(grad(f))
    for w in ([0.7, 1.3], [-0.4, 0.9]):
        assert compiled(w) == pytest.approx(grad(f)(w), rel=1e-14)
    assert any(op.startswith("loop") for op in compiled.programs[0].counts)

"""Programs as JavaScript, run in Node."""

import math
import random
from pathlib import Path

import pytest
from hypothesis import given
from page_in_node import in_node
from random_programs import Program as Drawn
from random_programs import programs
from rows import NAMES, row_of
from written_programs import constant, instruction, program

import autograd
from autograd import Program, Value
from autograd.compiler.instructions import Guard, Instruction
from autograd.compiler.ops import INPUT, Op

RUN = """
    return given.map(([text, points]) => {
      const program = new Function(text + "return program;")();
      return points.map(xs => {
        try {
          return program(xs.map(Number)).map(x => String(Object.is(x, -0) ? "-0" : x));
        } catch (error) {
          return String(error);
        }
      });
    });"""


def in_javascript(folder: Path, several: list[tuple[Program, list[list[float]]]]) -> list[list[list[float] | str]]:
    """What each program gives at its points, or the error."""
    given = [[p.to_javascript(), [[str(x).replace("inf", "Infinity") for x in xs] for xs in points]] for p, points in several]
    answers = in_node(folder, RUN, given)
    return [[found if isinstance(found, str) else [float(x) for x in found] for found in each] for each in answers]


def test_programs_with_first_and_second_derivatives(tmp_path: Path) -> None:
    """As recorded, and with slopes written out."""
    drawn = []

    @given(programs())
    def draw(found: Drawn) -> None:
        drawn.append(found)

    draw()
    rng = random.Random(6)
    several = []
    for k, found in enumerate(drawn[::3]):

        def f(xs: list[Value], found: Drawn = found) -> Value:
            return found.run(autograd, xs)[-1]

        compiled = autograd.compile((autograd.value_and_grad if k % 3 else autograd.hessian)(f))
        compiled([*found.inputs])
        for recorded in compiled.programs:
            points = [[*found.inputs], [x + rng.uniform(-0.01, 0.01) for x in found.inputs]]
            several += [(recorded, points), (recorded.expanded(), points)]
    assert len(several) >= 60
    assert any("slope" in op for p, _ in several[::2] for op in p.counts)
    for (p, points), answers in zip(several, in_javascript(tmp_path, several), strict=True):
        for xs, answer in zip(points, answers, strict=True):
            want, holds = p.outcome(xs)
            assert isinstance(answer, str) is not holds, (answer, p.guards)
            if holds:
                assert answer == pytest.approx(want, rel=1e-9, abs=1e-9 * max(map(abs, want)))


def test_every_operation_has_its_javascript(tmp_path: Path) -> None:
    """Alone in a program: primitives, slopes, selects and flat steps. The rules themselves are held to Python's elsewhere."""
    several = []
    rng = random.Random(7)
    flat = [op for op in autograd.compiler.ops.FLATS.values() if op != "flat round"]
    for op in [*map(Op.named, NAMES), *autograd.compiler.ops.SELECTS.values(), *flat]:
        count = op.arity or {"where": 1, "dot": 4}.get(op, 3)
        inputs = [Instruction(INPUT, ())] * count
        last = [constant(1.0)] if op in ("softmax", "log_softmax") else []
        made = [*inputs, *last, instruction(op, tuple(range(count + len(last))))]
        if op.kind == "primitive" and not row_of(autograd, op).flat:
            made += [instruction(f"slope {op} {i}", tuple(range(count + len(last) + 1))) for i in range(count)]
        outputs = tuple(range(count + len(last), len(made)))
        points = [[rng.uniform(0.1, 0.9) for _ in range(count)] for _ in range(5)] + [[0.0] * count, [math.inf] * count]
        several.append((Program(made, count, outputs), points))
    for (p, points), answers in zip(several, in_javascript(tmp_path, several), strict=True):
        for xs, answer in zip(points, answers, strict=True):
            assert answer == pytest.approx(p.run(xs), rel=1e-14, abs=1e-15, nan_ok=True), (p.counts, xs)


def test_a_branch_that_turns_is_an_error_that_names_it(tmp_path: Path) -> None:
    def f(x: Value) -> Value:
        return x * 2.0 if x < 1.0 else x

    compiled = autograd.compile(f)
    compiled(0.5)
    line = f.__code__.co_firstlineno + 1
    ((below, above, nan),) = in_javascript(tmp_path, [(compiled.programs[0], [[0.25], [1.0], [math.nan]])])
    assert below == [0.5]
    assert above == nan == f"RangeError: another branch than the one recorded: r0 < r3 was True ({__file__}:{line})"


def test_every_kind_of_guard(tmp_path: Path) -> None:
    numbers = [0.0, -0.0, 1.0, math.inf, -math.inf, math.nan]
    points = [[x, y] for x in numbers for y in numbers]
    guards = [Guard(relation, 0, 1, outcome) for relation in ("<", "<=", "==", "!=") for outcome in (True, False)]
    several = [(Program([Instruction(INPUT, ())] * 2, 2, (0,), (guard,)), points) for guard in guards]
    for (p, _), answers in zip(several, in_javascript(tmp_path, several), strict=True):
        assert [not isinstance(answer, str) for answer in answers] == [p.outcome(xs)[1] for xs in points], p.guards


def test_long_programs_and_hostile_labels(tmp_path: Path) -> None:
    x = Value(1.0, label='*/ </script>\n alert("x") \u2028 `${x}`')
    y = x
    for _ in range(3000):
        y = (y * 0.5 + x).relu()
    p = Program.from_graph([y, x], [x])
    text = p.to_javascript()
    assert "</script>" not in text and text.isascii()
    (answers,) = in_javascript(tmp_path, [(p, [[3.0], [-1.0], [3.0, 4.0]])])
    assert answers == [p.run([3.0]), p.run([-1.0]), "RangeError: program takes 1 number"]


def test_what_cannot_be_written_says_so() -> None:
    softsign = autograd.primitive("softsign in javascript", lambda x: x / (1 + abs(x)), lambda x, out: 1 / (1 + abs(x)) ** 2)
    x = Value(1.0)
    with pytest.raises(ValueError, match="this program has softsign in javascript"):
        Program.from_graph([softsign(x)], [x]).to_javascript()
    with pytest.raises(ValueError, match="'a b'"):
        program(Instruction(INPUT, ())).to_javascript("a b")

"""A recorded graph that the page runs again, against Python recording it again."""

import math
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from page_in_node import in_node
from random_programs import Program, programs

import autograd
from autograd import Value, topological_order
from autograd.compiler.trace import Trace
from autograd.engine.modes import enable_grad, tracing
from autograd.engine.value import operands_and_slopes
from autograd.pictures.graph_description import graph_description

PLAY = """
    const graph = new Graph(given.graph);
    const answer = given.plays.map(numbers => {
      for (const [node, x] of Object.entries(numbers)) graph.set(Number(node), Number(x));
      graph.forward();
      graph.backward();
      const shown = list => Array.from(list, x => String(Object.is(x, -0) ? "-0" : x));
      return {values: shown(graph.values), locals: shown(graph.locals), adjoints: shown(graph.adjoints),
              order: [...graph.order()], broken: graph.broken()};
    });
    return answer;"""


def played(folder: Path, outputs: list[Value], plays: list[dict[int, float]], **settings: Any) -> list[dict[str, list[float]]]:
    """What the page makes of a graph, after each of the `plays`: numbers that are put into nodes."""
    described = graph_description(outputs, **settings)
    texts = [{node: repr(x).replace("inf", "Infinity").replace("nan", "NaN") for node, x in play.items()} for play in plays]
    answers = in_node(folder, PLAY, {"graph": described, "plays": texts}, "rules.js", "runtime.js")
    for answer in answers:
        for name in ("values", "locals", "adjoints"):
            answer[name] = [float(x) for x in answer[name]]
    return answers


def test_random_programs(tmp_path: Path) -> None:
    """At the numbers they were recorded with, and at others: the value, and the adjoint of every input it depends on."""
    drawn = []

    @given(programs())
    def draw(program: Program) -> None:
        drawn.append(program)

    draw()
    assert len(drawn) > 50
    rng = random.Random(4)
    graphs, want = [], []
    for program in drawn:
        out, leaves = program.record(autograd)
        for k, leaf in enumerate(leaves):
            leaf.label = str(k)
        described = graph_description([out])
        assert not described["frozen"]
        moved = [x + rng.uniform(-0.01, 0.01) for x in program.inputs]
        graphs.append([described, [program.inputs, moved]])
        for inputs in (program.inputs, moved):
            leaves = [Value(x) for x in inputs]
            out = program.run(autograd, leaves)[-1]
            out.backward()
            want.append([out.data, *[leaves[int(k)].grad for k in described["labels"].values()]])
    script = """
        return given.flatMap(([description, plays]) => {
          const graph = new Graph(description), inputs = Object.entries(description.labels);
          return plays.map(numbers => {
            for (const [node, label] of inputs) graph.set(node, numbers[label]);
            graph.forward();
            graph.backward();
            return [graph.values[graph.outputs[0]], ...inputs.map(([node, _]) => graph.adjoints[node])];
          });
        });"""
    for right, found in zip(want, in_node(tmp_path, script, graphs, "rules.js", "runtime.js"), strict=True):
        assert found == pytest.approx(right, rel=1e-9, abs=1e-12)


def test_every_number_is_the_engines_to_the_bit_where_all_is_arithmetic(tmp_path: Path) -> None:
    """Adjoints too: the page adds in the order in which backward() does."""
    rng = random.Random(5)
    nodes = leaves = [Value(rng.uniform(-1.0, 1.0)) for _ in range(4)]
    for _ in range(300):
        x, y = rng.choice(nodes[-9:]), rng.choice(nodes)
        nodes = [*nodes, rng.choice([x + y, x - 0.7 * y, (x * y).relu(), x * 0.5, autograd.dot([x, y, x], [y, 0.3, y])])]
    out = autograd.fsum(nodes)
    out.backward()
    (found,) = played(tmp_path, [out], [{}])
    made = graph_description([out])
    order = topological_order(out)
    assert len(order) == len(made["op"]) and made["op"].count(0) == len(leaves)
    assert [found["values"][i] for i in found["order"]] == [v.data for v in reversed(order) if v.op]
    assert [found["adjoints"][i] for i in found["order"]] == [v.grad for v in reversed(order) if v.op]


def test_local_derivatives_are_the_engines_and_constants_have_none(tmp_path: Path) -> None:
    x, y = Value(2.0), Value(-3.0)
    out = autograd.fsum([x**2, 3.0**x, x * y, 0.5 - y, autograd.dot([x, 2.0], [y, 4.0]), 5.0, y.leaky_relu(0.1)])
    described = graph_description([out])
    (found,) = played(tmp_path, [out], [{}])
    start = 0
    for node, count in enumerate(described["counts"]):
        for k, slope in enumerate(found["locals"][start : start + count]):
            is_constant = described["operands"][start + k] <= 0
            assert math.isnan(slope) is is_constant, (described["ops"][described["op"][node]], k)
        start += count
    steps = [slope for v in topological_order(out) for _, slope in operands_and_slopes(v) if slope is not None]
    assert sorted(x for x in found["locals"] if x == x) == pytest.approx(sorted(steps), rel=1e-15)


def test_what_no_rule_gives_stays_as_recorded(tmp_path: Path) -> None:
    cube = autograd.primitive("cube in a page", lambda x: x**3, lambda x, out: 3 * x**2)
    x = Value(2.0)
    y = x * 3
    y.data = 7.0
    z = x.exp()
    out = cube(x) + y + z
    described = graph_description([out])
    assert [(thing["value"], thing["slopes"]) for thing in described["frozen"]] == [(8.0, [12.0]), (7.0, [3.0, "NaN"])]
    before, after = played(tmp_path, [out], [{}, {0: 5.0}])
    out.backward()
    assert before["values"][described["outputs"][0]] == out.data and before["adjoints"][0] == x.grad
    assert after["values"][described["outputs"][0]] == pytest.approx(15.0 + math.exp(5.0))
    assert after["adjoints"][0] == pytest.approx(15.0 + math.exp(5.0))


def test_any_node_can_be_given_a_number_and_let_go_again(tmp_path: Path) -> None:
    x = Value(2.0)
    y = x * x
    z = y + x
    script = """
        const graph = new Graph(given), seen = [];
        graph.set(1, 10);
        graph.forward();
        seen.push(graph.values[2], graph.values[1]);
        graph.set(0, 3);
        graph.release(1);
        graph.release(0);
        graph.forward();
        return [...seen, graph.values[2]];"""
    assert in_node(tmp_path, script, graph_description([z]), "rules.js", "runtime.js") == [12.0, 10.0, 12.0]


def test_special_numbers_and_constants(tmp_path: Path) -> None:
    x = Value(-0.0)
    out = autograd.fsum([x * math.inf, x + math.nan, -math.inf - x, x.copysign(-1.0), x**2, x])
    described = graph_description([out])
    assert repr(list(described["constants"])) == "[inf, nan, -inf, -1.0, 2.0]"
    (found,) = played(tmp_path, [out], [{}])
    out.backward()
    assert found["values"][0] == 0.0 and math.copysign(1.0, found["values"][0]) == -1.0
    for i, v in enumerate(out.parents[:5], 1):
        assert found["values"][i] == v.data or (found["values"][i] != found["values"][i] and v.data != v.data)
    assert math.isnan(found["adjoints"][0]) is math.isnan(x.grad)


def test_a_constant_keeps_the_sign_of_its_zero(tmp_path: Path) -> None:
    x = Value(2.0)
    out = autograd.dot([x.copysign(-0.0), x.copysign(0.0), x + math.nan, x + math.nan], [3.0, 10.0, 0.0, 0.0])
    assert repr(list(graph_description([out])["constants"])) == "[-0.0, 0.0, nan, 3.0, 10.0]"
    (found,) = played(tmp_path, [x.copysign(-0.0) + x.copysign(0.0)], [{}])
    assert found["values"][1:4] == [-2.0, 2.0, 0.0]


def test_nothing_flows_back_through_what_has_slope_0(tmp_path: Path) -> None:
    def f(x: Value) -> Value:
        return x.floor() * x + x // 0.5 + round(x * 10.0) * x + x.detach() * x

    x, trace = Value(1.3), Trace()
    with tracing(trace), enable_grad():
        out = f(x)
    (found,) = played(tmp_path, [out], [{}], order=[x])
    f(x).backward()
    assert found["adjoints"][0] == x.grad == 1.0 + 13.0 + 1.3
    assert len(found["order"]) == 10  # without x * 10.0, which only a rounding comes from


class Compared:
    """A comparison as a trace keeps it."""

    def __init__(self, left: Any, relation: str, right: Any, outcome: bool) -> None:
        self.left, self.relation, self.right, self.outcome = left, relation, right, outcome


def test_guards_that_do_not_hold_any_more(tmp_path: Path) -> None:
    x, y = Value(2.0), Value(3.0)
    z = x * y
    kinds = [(z, "<", 7.0, True), (x, "<=", y, True), (1.0, "==", x, False), (z, "!=", 6.0, False), (y, "<", x, False)]
    guards = [Compared(*kind) for kind in kinds]
    plays = [{}, {0: 4.0}, {0: 1.0}, {0: math.nan}]
    found = played(tmp_path, [z], plays, guards=guards, order=[x, y])
    assert [play["broken"] for play in found] == [[], [0, 1, 3, 4], [2, 3], [0, 1, 3]]


def test_nodes_are_numbered_as_they_were_made() -> None:
    x = Value(1.0, label="x")
    late, early = x.exp(), x.sin()
    out = early * late
    assert [graph_description([out])["ops"][k] for k in graph_description([out])["op"]] == ["", "sin", "exp", "mul"]
    found = graph_description([out], order=[late, early, out])
    assert [found["ops"][k] for k in found["op"]] == ["", "exp", "sin", "mul"] and found["labels"] == {0: "x"}


def test_lines_of_code_are_kept() -> None:
    x = Value(1.0)
    with autograd.detect_anomaly():
        out = x * 2.0
    found = graph_description([out])
    assert list(found["place"]) == [-1, 0] and found["places"] == [[__file__, out.origin[1]]]


def test_what_a_trace_records(tmp_path: Path) -> None:
    """Roundings, choices and slopes are nodes there, whose numbers follow; guards are the comparisons branched on."""
    softsign = autograd.primitive("softsign in a page", lambda x: x / (1 + abs(x)), lambda x, out: 1 / (1 + abs(x)) ** 2)
    x, y = Value(1.25, label="x"), Value(-0.5, label="y")
    trace = Trace()

    def f(x: Value, y: Value) -> Value:
        steps = [x.floor() * x, round(x * 10.0) + y, x // 0.5, autograd.where(x > 1.0, x.exp(), y), -x.detach(), x % y]
        slopes = [autograd.grad(lambda x: (x * y).tanh() + autograd.clip(x, 0.0, 3.0))(x), autograd.grad(softsign)(x)]
        return autograd.fsum([*steps, *slopes, x if y < 0.0 else y])

    with tracing(trace), enable_grad():
        out = f(x, y)
    described = graph_description([out], order=trace.made, guards=trace.guards)
    kinds = {"flat floor", "flat round", "flat //", "flat detach", "select <", "slope tanh 0", "slope clip 0"}
    assert kinds < {*described["ops"]}
    names = {"slope softsign in a page 0", "softsign in a page"}
    assert {described["ops"][described["op"][thing["node"]]] for thing in described["frozen"]} == names & {*described["ops"]}
    (guard,) = described["guards"]
    assert guard["place"] >= 0 and described["places"][guard["place"]] == [__file__, f.__code__.co_firstlineno + 3]
    place = {label: node for node, label in described["labels"].items()}
    moved = {place["x"]: 0.875, place["y"]: 0.25}
    same, other = played(tmp_path, [out], [{}, moved], order=trace.made, guards=trace.guards)
    (end,) = described["outputs"]
    assert same["values"][end] == out.data and same["broken"] == []
    held = autograd.grad(softsign)(1.25)
    want = f(Value(0.875), Value(0.25)).data - autograd.grad(softsign)(0.875) + held - 0.25 + 0.875
    assert other["values"][end] == pytest.approx(want) and other["broken"] == [0]

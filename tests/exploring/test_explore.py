"""explore(): what is recorded of a program, the steps in words, and the errors."""

import linecache
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builds import BUILDS
from hypothesis import given, settings
from hypothesis import strategies as st
from random_programs import programs
from small_function import f as branchy

import autograd
import nn
from autograd import Value, explore, gradients
from autograd.exploring.explorable import Explorable, symbols
from autograd.pictures.pages import packed


def names_at(explored: Explorable) -> dict[str, str]:
    """The text in the source of each node that has a name."""
    data = explored.data
    lines = [text for _, text, _ in data["source"]]
    found = {}
    for name, at in zip(explored.names, data["at"], strict=True):
        if at >= 0 and name:
            line, start, last, end = data["spans"][at]
            found[name] = lines[line][start:end] if line == last else "..."
    return found


# ------------------------------------------------------------------------------------------------ what is recorded


def test_names_and_sub_expressions(ag):
    explored = ag.explore(branchy, 0.5, -1.5, 1.25)
    assert names_at(explored) == {"s": "a * b", "t": "(s + c).tanh()", "u": "t * a.exp()", "f": "(u - b) ** 2"}
    assert explored.data["title"] == "f" and explored.data["arguments"] == ["a", "b", "c"]
    assert [name for v, name in zip(explored.nodes, explored.names, strict=True) if not v.op] == ["a", "b", "c"]


def test_values_that_are_given_keep_their_labels(ag):
    a, b, c = ag.Value(0.5), ag.Value(-1.5, label="bias"), ag.Value(1.25)
    explored = ag.explore(branchy, a, b, c)
    assert [name for v, name in zip(explored.nodes, explored.names, strict=True) if not v.op] == ["a", "bias", "c"]
    assert (a.label, b.label, c.label) == ("", "bias", "")


def test_what_is_no_number_is_given_to_the_function_as_it_is(ag):
    def f(x, how, y):
        return {"sum": x + y}[how]

    explored = ag.explore(f, 2.0, "sum", 3.0)
    assert [v.data for v in explored.nodes] == [2.0, 3.0, 5.0] and explored.names[:2] == ["x", "y"]


def test_the_branch_that_was_not_taken_is_marked():
    source = explore(branchy, 0.5, -1.5, 1.25).data["source"]
    assert [text.strip() for _, text, ran in source if not ran] == ["else:", "u = t * t"]
    other = explore(branchy, 0.5, -1.5, -1.25).data["source"]
    assert [text.strip() for _, text, ran in other if not ran] == ["u = t * a.exp()"]


def test_questions_stand_where_they_were_asked(ag):
    explored = ag.explore(branchy, 0.5, -1.5, 1.25)
    (asked,) = explored.data["asked"]
    (guard,) = explored.data["graph"]["guards"]
    assert (guard["relation"], guard["outcome"], asked["read"]) == ("<", True, False)
    assert explored.nodes[asked["before"]].op == "exp"
    line, start, _, end = explored.data["spans"][asked["at"]]
    assert explored.data["source"][line][1][start:end] == "t > 0"


def test_other_branches_are_recorded_too():
    explored = explore(branchy, 0.5, -1.5, 1.25)
    (other,) = explored._again.on_other_ways(explored._recorder)
    assert [v.op for v in other.nodes if v.op] == ["mul", "add", "tanh", "mul", "sub", "pow"]
    assert other.data["outcomes"] == [False] and explored.data["outcomes"] == [True]


def test_a_loop_that_looks_at_numbers_is_recorded_a_few_times_only():
    calls = []

    def f(x):
        calls.append(1)
        while x < 100.0:
            x = x * 1.5
        return x

    explored = explore(f, 1.0)
    explored.html()
    assert len(calls) < 40
    assert explored.outputs[0].data > 100.0


def test_a_number_that_is_read_is_a_question_too():
    def f(x):
        return x * x.data

    explored = explore(f, 3.0)
    assert [asked["read"] for asked in explored.data["asked"]] == [True]
    assert "x was read: 3" in explored.text()


def from_text(code: str, shown: str | None = None) -> dict[str, Any]:
    """What a text defines; `shown` is what can be read of it afterwards, if that is another text."""
    name, scope = f"<{len(linecache.cache)}>", {}
    linecache.cache[name] = (len(shown or code), None, (shown or code).splitlines(True), name)
    exec(compile(code, name, "exec"), scope)
    return scope


def test_umlauts_and_tabs_count_as_characters():
    scope = from_text("def f(größe):\n\tmaß = größe * 2.0; ende = maß + größe\n\treturn ende\n")
    assert names_at(explore(scope["f"], 1.0)) == {"maß": "größe * 2.0", "ende": "maß + größe"}


def test_a_file_that_is_no_python_any_more_is_shown_without_names():
    """As a cell of a notebook with a magic in it, or a file that is being edited."""
    scope = from_text("def f(x):\n    y = x * 2.0\n    return y\n", "%%time\ndef f(x:\n    return x * 2.0\n")
    explored = explore(scope["f"], 3.0)
    assert explored.nodes[-1].data == 6.0 and "y" not in names_at(explored)


def test_a_lambda_is_shown_without_what_stands_around_it():
    scope = from_text("TABLE = {\n    1: lambda x: x * 2.0,\n    2: lambda x: x * 3.0,\n}\n")
    assert [text.strip() for _, text, _ in explore(scope["TABLE"][2], 1.0).data["source"]] == ["2: lambda x: x * 3.0,"]


def test_how_operations_read():
    read = {"mul": "×", "slope tanh 0": "tanh′", "slope hypot 1": "hypot′₂", "select <": "choose", "flat floor": "floor"}
    assert symbols([*read]) == read


def test_a_result_of_many_nodes_gives_its_name_to_the_last(ag):
    def f(x):
        total = sum([x * k for k in (1.0, 2.0, 3.0)])
        y = (x.exp() + total).log()
        return y

    names = ag.explore(f, 1.0).names
    assert names.count("total") == names.count("y") == 1
    assert names[-1] == "y"


def test_parameters_are_called_as_their_modules_know_them():
    model = nn.MLP(2, [3, 1], rng=0)

    def loss(x, y):
        p = model(x)
        return (p - y) ** 2

    explored = explore(loss, [1.0, -2.0], 0.5)
    assert explored.names.count("p") == 1  # not every node that the model made on the way
    called = {name for v, name in zip(explored.nodes, explored.names, strict=True) if not v.op}
    assert called == {"x[0]", "x[1]", "y", *(name for name, _ in model.named_parameters())}


def test_calls_become_groups():
    model = nn.MLP(2, [8, 8, 1], rng=0)

    def loss(xs):
        return autograd.fsum([model(x) ** 2 for x in xs])

    explored = explore(loss, [[0.1 * k, -0.2 * k] for k in range(60)])
    names = [group.name for group in explored.groups.groups]
    assert sum(name == "MLP" for name in names) == 60
    assert sum(name == "layers.0" for name in names) == 60
    parents = [group.parent for group in explored.groups.groups]
    assert parents[0] == -1 and all(parent < k for k, parent in enumerate(parents) if k)
    assert max(shown_in(explored)) <= 41


def shown_in(explored: Explorable) -> list[int]:
    """How many groups and operations each group shows."""
    inside = [0] * len(explored.groups.groups)
    for group in explored.groups.groups[1:]:
        inside[group.parent] += 1
    for v, group in zip(explored.nodes, explored.groups.of, strict=True):
        inside[group] += bool(v.op)
    return inside


def test_calls_of_a_few_operations_are_no_groups():
    def double(x):
        return x * 2.0

    def f(x):
        return double(double(x)) + 1.0

    assert len(explore(f, 1.0).groups.groups) == 1


def test_long_loops_fold(ag):
    def f(x):
        for _ in range(3000):
            x = x * 0.999 + 0.001
        return x

    assert max(shown_in(ag.explore(f, 0.5))) <= 41


def test_values_and_lists_of_values(ag):
    a, b = ag.Value(2.0, label="a"), ag.Value(3.0, label="b")
    explored = ag.explore([a * b, a + b])
    assert [v.op for v in explored.outputs] == ["mul", "add"]
    assert ag.explore(a * b).data["source"] == []


def test_recording_leaves_no_trace_behind(ag):
    import sys

    before = sys.gettrace()
    with pytest.raises(ZeroDivisionError):
        ag.explore(lambda x: x * (1 // 0), 1.0)
    assert sys.gettrace() is before
    assert (ag.Value(2.0) * 3.0).origin is None


# ------------------------------------------------------------------------------------------------ the steps


def test_the_steps_in_words(ag):
    def f(a, b, c):
        d = a + b
        e = c * d
        return e - b

    text = ag.explore(f, 2.0, 1.0, 3.0).text().splitlines()
    assert text == [
        "a = 2, b = 1, c = 3",
        "d = a + b = 2 + 1 = 3",
        "e = c × d = 3 × 3 = 9",
        "f = e − b = 9 − 1 = 8",
        "∂f/∂f = 1",
        "∂f/∂e: 0 += 1 × 1 -> 1",
        "∂f/∂b: 0 += 1 × (-1) -> -1",
        "∂f/∂c: 0 += 1 × 3 -> 3",
        "∂f/∂d: 0 += 1 × 3 -> 3",
        "∂f/∂a: 0 += 3 × 1 -> 3",
        "∂f/∂b: -1 += 3 × 1 -> 2",
        "∂f/∂a = 3, ∂f/∂b = 2, ∂f/∂c = 3",
    ]


@given(programs(), st.sampled_from(list(BUILDS.values())))
@settings(max_examples=60)
def test_the_frames_add_up_to_what_backward_finds(program, ag):
    y, leaves = program.record(ag)
    if not y.op:
        return
    explored = ag.explore(y)
    y.backward()
    last = {}
    for frame in explored.frames:
        if frame.kind in ("seed", "edge"):
            assert frame.kind == "seed" or frame.before == last.get(frame.node, 0.0)
            last[frame.node] = frame.after
    number = {id(v): i for i, v in enumerate(explored.nodes)}
    for leaf in leaves:
        if id(leaf) in number:
            assert last.get(number[id(leaf)], 0.0) == leaf.grad or math.isnan(leaf.grad)
    packed(explored.data)


def test_frames_are_a_sequence(ag):
    frames = ag.explore(ag.Value(2.0, label="a") * 3.0).frames
    assert len(frames) == 5 == len(list(frames)) == len(frames[:])
    assert frames[-1] == frames[4] and frames[1].kind == "value"
    with pytest.raises(IndexError, match="there are 5 steps, and 5 is none of them"):
        frames[5]


def test_a_negative_number_behind_a_sign_stands_in_parentheses(ag):
    a, b = ag.Value(-3.0, label="a"), ag.Value(-2.0, label="b")
    texts = [frame.text for frame in ag.explore(a * b - b).frames if frame.kind == "value"]
    assert texts == ["v1 = a × b = -3 × (-2) = 6", "y = v1 − b = 6 − (-2) = 8"]


def test_a_negative_number_before_a_sign_that_would_bind_it_stands_in_parentheses(ag):
    """-(-2), and (-2) ** 2, since -2 ** 2 is -4; but -2 + 3."""
    lines = ag.explore(lambda b: (-b) + b**2 + b, -2.0).text().splitlines()
    assert [line.split(" = ")[2] for line in lines[1:5]] == ["-(-2)", "(-2) ** 2", "2 + 4", "6 + (-2)"]
    assert "y = b + 3 = -2 + 3 = 1" in ag.explore(lambda b: b + 3.0, -2.0).text()


# ------------------------------------------------------------------------------------------------ faces, and errors


@pytest.mark.parametrize(
    "what, instead",
    [
        (3.0, "3.0: a number has no graph"),
        (np.float64(3.0), "a number has no graph"),
        ([Value(1.0), 2.0], "the Values in it, in a list with nothing else"),
        ({"loss": Value(1.0)}, "the Values in it, in a list with nothing else"),
        (np.array(3.0), "the Values in it, in a list with nothing else"),
        ([], r"\[\]: there is no Value in it"),
        ("x * y", "it has no graph"),
        (list, "a function that makes one"),
    ],
)
def test_what_has_no_graph_is_told_what_has_one(what: object, instead: str):
    with pytest.raises(TypeError, match=rf"explore\(\) takes a Value.*and this is .*{instead}"):
        explore(what)


def test_a_function_without_a_graph():
    with pytest.raises(TypeError, match="there is no graph to explore"):
        explore(lambda x: 3.0, 1.0)


def test_the_page_is_written_wholly_or_not_at_all(tmp_path: Path):
    explored = explore(branchy, 0.5, -1.5, 1.25)
    with pytest.raises(ValueError, match=r"does not end in \.html"):
        explored.save(tmp_path / "page.png")
    with pytest.raises(OSError, match="nowhere"):
        explored.save(tmp_path / "nowhere" / "page.html")
    assert not list(tmp_path.iterdir())
    explored.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")


def test_the_same_page_twice():
    assert explore(branchy, 0.5, -1.5, 1.25).html() == explore(branchy, 0.5, -1.5, 1.25).html()


def test_a_notebook_gets_a_frame_that_can_reach_nothing():
    bundle = explore(branchy, 0.5, -1.5, 1.25)._repr_mimebundle_()
    assert bundle["text/plain"] == "<explorable of f: 7 operations, 21 steps>"
    assert '<iframe srcdoc="' in bundle["text/html"] and 'sandbox="allow-scripts"' in bundle["text/html"]


def test_the_size_of_a_page():
    neuron = nn.Neuron(3, rng=0)
    page = explore(lambda x: neuron(x), [1.0, 2.0, 3.0]).html()
    assert len(page.encode()) < 160_000


def test_gradients_of_what_was_explored_are_untouched():
    x = Value(3.0)
    y = x * x
    explore(y).text()
    assert x.grad == 0.0 and y.grad == 0.0
    assert gradients(y, [x])[0].data == 6.0


def test_the_result_has_its_name_though_another_node_has_its_number() -> None:
    def f(a, b):
        c = a * 1.0
        return c * b

    assert explore(f, 2.0, 1.0).names == ["a", "b", "c", "f"]


def test_what_is_chosen_reads_as_on_the_page():
    """The page has v1 = x for a variable that a derivative makes of x; the text had where(x), and select <(0, x, v1, x)."""
    lines = explore(autograd.grad(lambda x: x**3), 2.0).text().splitlines()
    assert lines[:3] == ["x = 2", "v1 = x = 2", "v2 = v1 ** 2 = 2 ** 2 = 4"]
    lines = explore(lambda x: autograd.where(x > 0, x * 2, x), 2.0).text().splitlines()
    assert lines[1:3] == ["v1 = x × 2 = 2 × 2 = 4", "y = choose(0 < x, v1, x) = choose(0 < 2, 4, 2) = 4"]

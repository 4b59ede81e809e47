"""The widget without a browser: its numbers and those of the Values, and what it refuses."""

import math
import sys
from typing import Any

import pytest
from ipywidgets import Widget
from traitlets import TraitError

from autograd import Value, explore
from autograd.exploring.widget import ExplorableWidget
from autograd.pictures.naming import told_apart


def branchy(a, b):
    c = a * b
    return c.exp() if c > 0 else c * c


def sent(widget: Widget, **state: Any) -> None:
    """What a page sends."""
    widget._handle_msg({"content": {"data": {"method": "update", "state": state, "buffer_paths": []}}, "buffers": []})


@pytest.fixture
def leaves() -> tuple[Value, Value]:
    return Value(2.0, label="a"), Value(3.0, label="b")


@pytest.fixture
def widget(leaves: tuple[Value, Value]) -> ExplorableWidget:
    return explore(branchy, *leaves).widget()


def test_what_a_page_sends_becomes_data(widget: ExplorableWidget, leaves: tuple[Value, Value]):
    a, b = leaves
    heard = []
    widget.observe(lambda change: heard.append(change.new), "numbers")
    sent(widget, step=4, numbers={"a": 5})
    assert (widget.step, a.data, b.data) == (4, 5.0, 3.0)
    sent(widget, numbers={"b": "-Infinity", "c": 1.5})
    assert (a.data, b.data) == (2.0, -math.inf)  # a is as recorded again
    assert heard == [{"a": 5.0}, {"b": -math.inf, "c": 1.5}]
    assert widget.get_state()["numbers"] == {"b": "-Infinity", "c": 1.5}
    b.data = 7.0  # set behind its back: what does not concern it, stays
    sent(widget, numbers={"a": 1.0, "b": "-Infinity"})
    assert (a.data, b.data) == (1.0, 7.0)


@pytest.mark.parametrize(
    "state",
    [
        {"numbers": {"a": "__import__('os')"}},
        {"numbers": {"a": [1.0]}},
        {"numbers": {"a": True}},
        {"numbers": {"a": None}},
        {"numbers": {"__class__": 1.0}},
        {"numbers": {"b": 1.0, "nobody": 1.0}},
        {"numbers": [1.0]},
        {"numbers": {"b": 1.0}, "step": 10**6},
        {"step": -1},
        {"step": "1"},
        {"step": 1.5},
    ],
    ids=str,
)
def test_what_it_cannot_be_changes_nothing(widget: ExplorableWidget, leaves: tuple[Value, Value], state: Any, capsys: Any):
    with pytest.raises(TraitError):
        widget.set_state(state)
    assert (widget.step, widget.numbers, *[v.data for v in leaves]) == (0, {}, 2.0, 3.0)


def test_from_python(widget: ExplorableWidget, leaves: tuple[Value, Value]):
    a, b = leaves
    widget.set("a", 1)
    widget.set(b, -2.0)
    assert (a.data, b.data, widget.numbers) == (1.0, -2.0, {"a": 1.0, "b": -2.0})
    widget.set("c", 0.5)
    a.data, b.data = 2.0, 0.25
    widget.update()
    assert widget.numbers == {"c": 0.5, "b": 0.25}
    with pytest.raises(TraitError, match=r"no node is called 'd'; leaves are a, b"):
        widget.set("d", 1.0)
    with pytest.raises(ValueError, match="is no leaf of this graph"):
        widget.set(Value(1.0), 1.0)
    with pytest.raises(TypeError):
        widget.set("a", "2")
    with pytest.raises(TraitError, match=r"there are steps 0 to \d+, and 99 is none of them"):
        widget.step = 99
    assert (a.data, widget.numbers) == (2.0, {"c": 0.5, "b": 0.25})


def test_leaves_that_numbers_were_made_into():
    widget = explore(branchy, 2.0, 3.0).widget()
    widget.set("b", -1.0)
    assert widget.leaves["b"].data == -1.0
    assert branchy(*widget.leaves.values()).data == 4.0


def test_it_shows_the_page_where_no_kernel_runs(widget: ExplorableWidget):
    data, _ = widget._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    assert data["text/html"] == explore(branchy, 2.0, 3.0)._repr_mimebundle_()["text/html"]
    assert data["text/plain"] == "<widget of explorable of branchy: 2 operations, 8 steps>"


def test_without_anywidget_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "autograd.exploring.widget")
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'scalar-autograd\[widget\]'"):
        explore(branchy, 2.0, 3.0).widget()


# ------------------------------------------------------------------------------------------------ names, by which numbers go


def test_no_two_nodes_have_the_same_name():
    frames = explore(Value(1.0) * Value(2.0, label="v1") + Value(3.0, label="x1") * Value(4.0, label="v1")).frames
    called = [frames.name(i) for i in range(7)]
    assert called == ["x2", "v1", "v1#2", "x1", "v1#3", "v2", "y"]
    assert told_apart(["w#2", "w", "w", "w#2"]) == ["w#2", "w", "w#3", "w#2#2"]


def test_a_leaf_has_the_same_name_on_every_way():
    outside = Value(7.0)

    def f(a):
        b = a * Value(0.5) * outside
        return b * Value(2.0) if b > 0 else b / Value(3.0)

    here, there = explore(f, 1.0).recordings
    assert [name for name in here.names if name.startswith("x")] == ["x1", "x2", "x3"]
    assert [name for name in there.names if name.startswith("x")] == ["x1", "x2", "x4"]

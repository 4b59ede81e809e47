"""An AnomalyError knows its graph, and explore() opens it at the step where the NaN or the infinity arose."""

import pickle
import sys
import traceback
from types import ModuleType, SimpleNamespace

import pytest

import autograd
import nn
from autograd import AnomalyError, Value, explore


def anomaly(ag, action):
    with pytest.raises(ag.AnomalyError) as raised, ag.detect_anomaly():
        action()
    return raised.value


def opened(ag, action):
    """The step that the page of an anomaly opens at."""
    explored = ag.explore(anomaly(ag, action))
    return explored.frames[explored.step]


def test_forward_it_opens_at_the_node(ag):
    def forward():
        x = ag.Value(2.0, label="x")
        below = x * 3.0 - 6.0
        return -below.log() + x

    error = anomaly(ag, forward)
    assert (error.value.op, error.value.data, error.backward) == ("log", float("-inf"), False)
    explored = ag.explore(error)
    assert explored.frames[explored.step].text == "y = log(below) = log(0) = -inf"
    assert explored.title == "log gave -inf"
    node = explored.frames[explored.step].node
    line = explored.source_of(node)
    assert line.text[line.start : line.end] == "below.log()"


def test_an_infinite_slope_opens_at_its_node_too(ag):
    assert opened(ag, lambda: ag.Value(0.0, label="x").sqrt() + 1.0).text == "y = sqrt(x) = sqrt(0) = 0"


def test_backward_it_opens_at_the_share(ag):
    a = ag.Value(1e-200, label="a")
    y = (a * 1e200) * 1e200 + a  # 1e200, but its slope is 1e400
    error = anomaly(ag, y.backward)
    assert error.backward and error.value is y
    frame = opened(ag, y.backward)
    assert frame.text == "∂y/∂a: 1 += 1e+200 × 1e+200 -> inf"


def test_gradients_and_forward_mode_know_their_graph(ag):
    x = ag.Value(1e-200, label="x")
    y = (x * 1e200) * 1e200
    assert anomaly(ag, lambda: ag.gradients(y, [x])).value is y
    assert anomaly(ag, lambda: ag.jvp(lambda x: (x * 1e200) * 1e200, (1e-200,), (1.0,))).value.op == "mul"


def test_leaves_that_add_up_beyond_the_largest_float_open_at_the_end(ag):
    x = ag.Value(1.0, label="x")
    x.grad = 1.7e308
    explored = ag.explore(anomaly(ag, (x * 1.7e308).backward))
    assert explored.step == len(explored.frames) - 1


def test_where_a_result_is_a_leaf_its_operand_is_shown(ag):
    x = ag.Value(float("nan"), label="x")
    assert anomaly(ag, x.floor).value is x


def test_the_parameters_of_a_network_are_named():
    model = nn.MLP(1, [2, 1], activation="relu", rng=0)
    model.parameters()[0].data = 1e308
    explored = explore(anomaly(autograd, lambda: model([1e10])))
    assert "layers.0.neurons.0.weights.0" in explored.names


def test_a_traceback_says_how_to_see_it(ag):
    error = anomaly(ag, lambda: ag.Value(0.0).log())
    assert traceback.format_exception_only(error)[-1].startswith("To see its graph: python -m autograd explore")
    assert "To see" not in str(error)
    assert "To see" not in "".join(traceback.format_exception_only(ag.AnomalyError("of another library")))


def test_it_survives_pickling(ag):
    error = anomaly(ag, lambda: ag.Value(0.0, label="x").log())
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error) and copy.value.op == "log" and copy.__notes__ == error.__notes__


def test_one_that_knows_no_graph_says_so():
    with pytest.raises(ValueError, match=r"was not raised by detect_anomaly\(\), and knows no graph"):
        explore(AnomalyError("of another library"))


def test_a_notebook_shows_the_page_before_the_traceback(monkeypatch: pytest.MonkeyPatch):
    shown = []
    shell = SimpleNamespace(
        kernel=1, execution_count=1, InteractiveTB=SimpleNamespace(structured_traceback=lambda *parts: [*map(str, parts[:2])])
    )
    ipython = ModuleType("IPython")
    ipython.get_ipython = lambda: shell  # type: ignore[attr-defined]
    ipython.display = SimpleNamespace(display=shown.append)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    error = anomaly(autograd, lambda: Value(0.0, label="x").log())
    assert error._render_traceback_() == ["<class 'autograd.AnomalyError'>", str(error)]
    error._render_traceback_()  # which IPython asks for twice
    (page,) = shown
    assert page.frames[page.step].text == "y = log(x) = log(0) = -inf"
    shell.execution_count = 2  # it is raised once more
    error._render_traceback_()
    assert len(shown) == 2
    del shell.kernel  # the terminal, which can show no page
    shell.execution_count = 3
    error._render_traceback_()
    assert len(shown) == 2

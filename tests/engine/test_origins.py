"""Origins: inside detect_anomaly() and recordings every node knows the line that made it."""

import copy
import linecache
import math
import pickle

import numpy as np
import pytest
from anomalies import anomaly_of, line_of_caller

import autograd
import nn

INF = math.inf
HERE = __file__


def test_every_way_of_making_a_node_records_the_line_that_did(ag):
    x = ag.Value(0.5, label="x")
    array = np.array([x, x * 2, 3.0], dtype=object)
    with ag.detect_anomaly():
        first = line_of_caller() + 1
        made = [
            x + 1,
            2 * x,
            -x,
            x.exp(),
            ag.tanh(x),
            ag.dot([x], [2.0]),
            abs(x),
            np.exp(x),
            (array * x)[1],
            np.dot(array, array),
            np.sum(array),
            sum([x, x]),
            ag.maximum(1, x),
            ag.where(True, x, 1),
            ag.clip(x, 0, 1),
            ag.softmax([x, 1.0])[1],
            ag.gradients(x * x, [x])[0],
            np.float64(2.0) * x,
        ]
    assert [v.origin for v in made] == [(HERE, first + i + 1) for i in range(len(made))]


def test_the_origin_of_a_neuron_is_the_line_of_its_layer():
    with autograd.detect_anomaly():
        file, line = nn.Neuron(1)([1.0]).origin
    assert file == nn.layers.__file__ and "self" in linecache.getline(file, line)


def test_code_without_a_file_or_a_module_has_an_origin(ag):
    space = {"x": ag.Value(1.0), "ag": ag}
    exec(compile("with ag.detect_anomaly():\n    y = x * 2", "<typed in>", "exec"), space)
    assert space["y"].origin == ("<typed in>", 2)
    with pytest.raises(ag.AnomalyError, match=r"at <typed in> line 2\n"):
        exec(compile("with ag.detect_anomaly():\n    y = x * 1e309", "<typed in>", "exec"), space)


def test_leaves_and_nodes_made_outside_have_none(ag):
    x = ag.Value(1.0)
    with ag.detect_anomaly():
        leaf = ag.Value(2.0)
        assert leaf.origin is None and x.floor().origin is None and (x * 2).detach().origin is None
    assert (x * 2).origin is None and ag.dot([x], [x]).origin is None
    with pytest.raises(AttributeError):
        x.origin = ("file", 3)


def test_recording_alone_looks_for_no_anomaly(ag):
    with ag.engine.modes.recording_origins():
        y = ag.Value(0.0).log()
    assert y.data == -INF and y.origin[0] == HERE
    assert "\nlog gave -inf: its operand is 0.0, at " in anomaly_of(ag, y.backward)


def both_kinds(ag, x):
    return x * 2, ag.dot([x, x], [x, 3.0])


def test_labels_before_and_after(ag):
    x = ag.Value(1.0, label="x")
    with ag.detect_anomaly():
        nodes = both_kinds(ag, x)
    for v in nodes:
        origin = v.origin
        assert v.label == "" and origin[0] == HERE
        v.label = "named"
        assert (v.label, v.origin, repr(v)) == ("named", origin, f"Value(data={v.data}, grad=0.0, label='named')")
        assert "named" in ag.draw(v).source
        v.label = ""
        assert (v.label, v.origin) == ("", origin)
    for v in both_kinds(ag, x):
        v.label = "plain"
        v.label = ""
        v.label = "again"
        assert (v.label, v.origin) == ("again", None)
        v.label = ""
        assert v.label == ""


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))], ids=["copy", "deepcopy", "pickle"]
)
def test_copies_keep_labels_and_origins(ag, duplicate):
    x = ag.Value(1.0, label="x")
    with ag.detect_anomaly():
        nodes = [*both_kinds(ag, x), *both_kinds(ag, x)]
    nodes += both_kinds(ag, x)
    for v in nodes[1::2]:
        v.label = "named"
    for v in nodes:
        twin = duplicate(v)
        assert (twin.label, twin.origin, twin.op, twin.data) == (v.label, v.origin, v.op, v.data)
        (twin * 2).backward()
        assert twin.parents[0].label == "x" and twin.parents[0].grad != 0.0


def test_a_node_is_no_larger_than_before():
    if autograd.build == "compiled":
        assert autograd.Value.__basicsize__ == 96


def test_a_long_chain_made_inside_is_freed(ag):
    y = ag.Value(0.0)
    with ag.detect_anomaly():
        for _ in range(50_000):
            y = y + 1.0
    y.backward()
    assert (y.data, y.origin) == (50_000.0, (HERE, line_of_caller() - 2))
    del y

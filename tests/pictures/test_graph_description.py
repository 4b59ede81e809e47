"""Graphs as plain data: what is known of them, and what nobody recorded."""

from types import SimpleNamespace

from autograd import Value
from autograd.pictures.graph_description import graph_description


def test_what_was_not_recorded_has_no_place():
    x = Value(2.0)
    guard = SimpleNamespace(relation="<", left=x, right=3.0, outcome=True)
    described = graph_description([x * x], guards=[guard])
    assert (list(described["place"]), described["places"]) == ([-1, -1], [])
    assert described["guards"] == [{"relation": "<", "left": 0, "right": ~0, "outcome": True, "place": -1}]
    assert list(described["constants"]) == [3.0]

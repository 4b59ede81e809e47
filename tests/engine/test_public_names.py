"""What a traceback prints and what a pickle holds are names of the package itself, so that its files may move."""

import pickle
import pickletools
import traceback

import pytest


def test_tracebacks_give_the_name_to_import_an_error_by(ag):
    package = ag.__name__
    with pytest.raises(ag.AnomalyError) as raised, ag.detect_anomaly():
        ag.Value(0.0).log()
    assert traceback.format_exception_only(raised.value)[0].startswith(f"{package}.AnomalyError: log gave -inf")
    with pytest.raises(ag.GradientCheckError) as disagreed:
        ag.check_gradients(lambda x: x.detach() * x, [1.0])
    assert traceback.format_exception_only(disagreed.value)[0].startswith(f"{package}.GradientCheckError: ")


def test_errors_are_pickled_by_their_public_name(ag):
    for error in (ag.AnomalyError, ag.GradientCheckError):
        assert pickle.loads(pickle.dumps(error)) is error


def test_pickles_of_graphs_name_no_file_of_the_package(ag):
    x = ag.Value(2.0, label="x")
    written = pickle.dumps([x, (x * x).exp(), ag.fsum([x, 1.0])])
    modules = {argument.split()[0] for op, argument, _ in pickletools.genops(written) if op.name == "GLOBAL"}
    strings = {argument for op, argument, _ in pickletools.genops(written) if "UNICODE" in op.name}
    named = {name for name in modules | strings if name.startswith("autograd")}
    assert named == {ag.__name__}
    again = pickle.loads(written)
    again[1].backward()
    assert again[0].grad == 4.0 * again[1].data


def test_is_anomaly_enabled(ag):
    assert not ag.is_anomaly_enabled()
    with ag.detect_anomaly():
        assert ag.is_anomaly_enabled()
        with ag.no_grad():
            assert ag.is_anomaly_enabled()
    assert not ag.is_anomaly_enabled()

"""The comparison with peers, of those that need no installing: whether all compute the same. Nothing is timed here."""

import importlib
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from builds import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import contenders
import contenders.models
import contenders.with_numpy
import contenders.works
import peers

AT_HOME = [contender for contender in contenders.EVERYBODY if contender.at_home]
WORKS = contenders.models.works(quick=True)
RUN = ["--quick", "--rounds", "1"]


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_all_contenders_compute_the_same_numbers(work):
    data = work.data()
    expected = work.numbers(contenders.with_numpy.REFERENCE[work.task](data), data)
    for contender in AT_HOME:
        if work.task in contender.tasks and not (contender.patient and work.size > 1):
            found = peers.Measured(contender, work, data)
            assert work.difference(found.numbers, expected) <= work.tolerance, contender.name


@pytest.mark.parametrize("task", ["moons", "digits"])
def test_training_by_numpy_follows_the_differences_of_the_loss(task):
    (work, *_) = [work for work in WORKS if work.task == task]
    data = work.data() | {"batch": work.size}
    step = contenders.with_numpy.REFERENCE[task](data)(1) - data["p"]

    def loss(p):
        x = data["x"]
        (*hidden, last) = contenders.works.layers(p, data["sizes"])
        for weights, biases in hidden:
            x = np.maximum(x @ weights.T + biases, 0.0)
        scores = x @ last[0].T + last[1]
        if task == "moons":
            return np.maximum(1.0 - data["y"] * scores[:, 0], 0.0).mean() + data["penalty"] * (p @ p)
        return (np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(x)), data["y"]]).mean()

    for i in range(0, len(step), 101):
        h = np.zeros(len(step))
        h[i] = 1e-6
        slope = (loss(data["p"] + h) - loss(data["p"] - h)) / 2e-6
        assert step[i] == pytest.approx(-data["rate"] * slope, abs=1e-8)


def test_contenders_take_part_in_what_they_have_a_maker_for():
    for contender in AT_HOME:
        module = importlib.import_module(f"contenders.{contender.module}")
        assert set(module.CONTENDERS[contender.name]) == set(contender.tasks), contender.name


def test_every_task_of_a_contender_is_a_work():
    assert {task for contender in contenders.EVERYBODY for task in contender.tasks} == {work.task for work in WORKS}


def test_batches_have_all_rows_once_and_in_order():
    rows = [i for part in contenders.works.slices(70, 32) for i in range(70)[part]]
    assert rows == list(range(70))


def test_the_table_has_a_line_for_each_contender(capfd):
    code = peers.main([*RUN, "--only", "rosenbrock-10-list", "--contenders", "ours,numpy"])
    printed = capfd.readouterr().out.splitlines()
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in printed if line.startswith("| ")]
    assert code == 0
    assert [cells[0] for cells in lines[3:]] == ["ours compiled", "ours eager", "numpy by hand"]
    assert lines[3][2] == "1x" and all(cells[1].endswith(" ns") and float(cells[4]) <= 1e-12 for cells in lines[3:])
    assert "scalar-autograd" in printed[-1] and "numpy" in printed[-1]


@pytest.mark.parametrize("difference", [1e-8, float("inf"), float("nan")])
def test_other_numbers_are_an_error(difference, monkeypatch, capfd):
    monkeypatch.setattr(contenders.works.Work, "difference", lambda *_: difference)
    assert peers.main([*RUN, "--only", "rosenbrock-10-list", "--contenders", "numpy"]) == 1
    assert "numpy by hand: its numbers differ by" in capfd.readouterr().err


def test_differences_are_relative_above_1_and_infinite_for_no_numbers():
    work = WORKS[0]
    assert work.difference(np.array([1.0, 2000.0]), np.array([1.0, 1000.0])) == 1.0
    assert work.difference(np.array([0.25]), np.array([0.0])) == 0.25
    assert work.difference(np.array([np.nan]), np.array([1.0])) == np.inf
    assert work.difference(np.array([1.0]), np.array([1.0, 1.0])) == np.inf


def test_a_contender_that_does_not_answer_is_ended_and_said_to_be_late(monkeypatch, capfd):
    monkeypatch.setattr(peers, "LONGEST", 0.001)
    assert peers.main([*RUN, "--only", "moons", "--contenders", "numpy"]) == 0
    assert "not finished in" in capfd.readouterr().out


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_what_a_late_contender_has_started_ends_with_it(monkeypatch, tmp_path):
    """A compiler that goes on would slow down the ones that are timed next."""
    monkeypatch.setattr(peers, "LONGEST", 1.0)
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nsleep 300 &\necho $! > {tmp_path}/started\nwait\n")
    python.chmod(0o755)
    child = peers.Child(AT_HOME[0], WORKS[0], tmp_path / "data.npz", tmp_path / "folder", str(python), [])
    child.end()
    assert "late" in child.said
    state = Path("/proc", (tmp_path / "started").read_text().strip(), "stat")
    for _ in range(100):
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("it runs still")


def test_a_contender_that_is_not_installed_is_a_line_and_no_error(tmp_path):
    data = peers.save(WORKS[0].data(), tmp_path / "data.npz")
    command = [sys.executable, "-c", WITHOUT_NUMBA, str(ROOT / "benchmarks"), str(data), str(tmp_path)]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert list(said) == ["absent"] and said["absent"].startswith("not installed here")
    table = peers.Table()
    table.add(WORKS[0], {contender: said for contender in AT_HOME})
    assert not table.wrong


WITHOUT_NUMBA = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
sys.modules["numba"] = None
import peers
(contender,) = [c for c in peers.EVERYBODY if c.name == "numba by hand"]
peers.serve(contender, peers.works(quick=True)[0], Path(sys.argv[2]), Path(sys.argv[3]))
"""


def test_graphs_that_would_take_too_long_are_not_tried():
    growing, (small, large) = peers.Growing(), [work for work in WORKS if work.task == "graph"]
    ours = contenders.OURS
    assert growing.why_not(ours, small) is None
    growing.note(ours, small, {"median": 0.5})
    assert growing.why_not(ours, large) is None
    growing.note(ours, small, {"median": 5.0})
    assert growing.why_not(ours, large) == "not tried: 50 s or more"


@pytest.mark.parametrize("arguments", [["--only", "moon,dig,ros,xor"], ["--contenders", "theano"], ["--rounds", "0"]])
def test_what_is_not_there_is_named(arguments, capfd):
    with pytest.raises(SystemExit) as stopped:
        peers.main(arguments)
    assert stopped.value.code == 2 and capfd.readouterr().err.count("error") == 1

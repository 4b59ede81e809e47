"""Ctrl-C in `python -m nn train`, and going on with --resume."""

import functools
import json
import os
import signal
import time

import pytest
from commands import ALWAYS, python_m_nn, refusal, run, table, weights

import nn
from nn.optim import BY_NAME

HOW = ["wine", "--hidden", "8", "--dropout", "0.2", "--l2", "0.001", "--batch-size", "20", "--patience", "4", "--lr", "0.03"]


@pytest.mark.usefixtures("without_pictures")
def test_resumed_training_ends_as_one_without_a_break(tmp_path, capsys):
    run(["train", *HOW, "--epochs", "12", "--out", tmp_path / "whole", "--quiet"], capsys)
    for epochs in (3, 7, 12):
        resume = ["--resume"] if epochs > 3 else []
        run(["train", *HOW, "--epochs", epochs, "--out", tmp_path / "parts", "--quiet", *resume], capsys)
    assert weights(tmp_path / "whole") == weights(tmp_path / "parts")
    assert (tmp_path / "whole" / "history.csv").read_bytes() == (tmp_path / "parts" / "history.csv").read_bytes()


@pytest.mark.usefixtures("without_pictures")
def test_only_the_same_training_is_resumed(tmp_path, capsys, flowers):
    out = tmp_path / "run"
    assert "no " + str(out / "checkpoint.safetensors") + " to go on from" in refusal(
        ["train", "xor", "--resume", "--out", out], capsys
    )
    assert not out.exists()
    run(["train", "xor", "--epochs", "3", "--out", out, "--quiet"], capsys)
    model = (out / "model.safetensors").read_bytes()
    for wrong, message in [
        (["xor", "--hidden", "4"], "--hidden was 8 and is 4 now"),
        (["xor", "--lr", "0.5", "--dropout", "0.1"], "dropout"),
        (["xor", "--patience", "5"], "--patience was not given and is 5 now"),
        (["xor", "--optimizer", "sgd"], "--optimizer was adam and is sgd now; --lr was 0.01 and is 0.1 now"),
        (["xor", "--seed", "1"], "seed"),
        (["xor", "--epochs", "2"], "3 epochs are done, and --epochs is 2 now"),
        (["parity"], "it was trained on other data"),
    ]:
        error = refusal(["train", *wrong, "--resume", "--out", out], capsys)
        assert message in error and "cannot go on" in error
    assert (out / "model.safetensors").read_bytes() == model
    (out / "checkpoint.safetensors").write_bytes(b"nonsense")
    assert "checkpoint.safetensors: " in refusal(["train", "xor", "--resume", "--out", out], capsys)


def wait_for(happened, process, seconds=120):
    end = time.monotonic() + seconds
    while not happened():
        assert process.poll() is None and time.monotonic() < end, process.communicate()
        time.sleep(0.02)


@pytest.mark.usefixtures("without_pictures")  # in this process; the other draws its own
def test_ctrl_c_ends_cleanly_and_the_training_can_go_on(tmp_path, capsys):
    out = tmp_path / "run"
    how = ["train", "wine", "--hidden", "4", "--out", out]
    process = python_m_nn(*how, "--epochs", "1000000")
    wait_for((out / "checkpoint.safetensors").exists, process)
    process.send_signal(signal.SIGINT)
    printed, error = process.communicate(timeout=120)
    assert process.returncode == 130, error
    history = json.loads((out / "history.json").read_text())
    done = len(history["columns"]["loss"])
    assert history["stopped"] == f"interrupted after {done} of 1000000 epochs"
    assert error == f"python -m nn train: {history['stopped']}; to go on, give the same command with --resume\n"
    assert "Written all the same" in printed
    assert set(os.listdir(out)) == ALWAYS | {"confusion.png", "held_out.csv"}
    run([*how, "--epochs", done + 2, "--resume", "--quiet"], capsys)
    run([*how[:-1], tmp_path / "whole", "--epochs", done + 2, "--quiet"], capsys)
    assert weights(out) == weights(tmp_path / "whole")


class InterruptedInStep3(nn.SGD):
    def step(self):
        super().step()
        if self.steps == 3:
            os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_in_the_first_epoch(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(BY_NAME, "sgd", functools.partial(InterruptedInStep3, lr=0.1))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        error = refusal(["train", "iris", "--optimizer", "sgd", "--batch-size", "8", "--out", tmp_path], capsys, code=130)
    finally:
        signal.signal(signal.SIGINT, before)
    assert error == "python -m nn train: interrupted after 0 of 50 epochs\n"
    assert set(os.listdir(tmp_path)) == ALWAYS - {"curves.png", "checkpoint.safetensors"} | {"confusion.png", "held_out.csv"}
    assert table(tmp_path / "history.csv") == (["epoch"], [])


@pytest.mark.usefixtures("without_pictures")
def test_ctrl_c_in_the_first_epoch_leaves_an_earlier_run_as_it_was(tmp_path, capsys, monkeypatch):
    run(["train", "iris", "--epochs", "2", "--out", tmp_path, "--quiet"], capsys)
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setitem(BY_NAME, "sgd", functools.partial(InterruptedInStep3, lr=0.1))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        error = refusal(["train", "iris", "--optimizer", "sgd", "--batch-size", "8", "--out", tmp_path], capsys, code=130)
    finally:
        signal.signal(signal.SIGINT, before)
    said, ended = error.splitlines()
    assert said == f"note: {tmp_path} has an earlier run, which this one overwrites: --out names another folder"
    assert ended == "python -m nn train: interrupted after 0 of 50 epochs; the earlier run is as it was"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == kept

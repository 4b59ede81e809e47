"""`python -m nn` run by tests, in this process or in one of its own, and what it writes."""

import csv
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from processes import HOME

import nn
from nn.__main__ import main

ALWAYS = {"model.safetensors", "history.json", "history.csv", "curves.png", "network.svg", "checkpoint.safetensors"}


def records(text):
    return list(csv.reader(io.StringIO(text)))


def table(path):
    """The header and the rows of a CSV file."""
    header, *rows = records(Path(path).read_text())
    return header, rows


def refusal(arguments, capsys, code=2):
    """What is printed to stderr by a command that has to fail."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    assert stopped.value.code == code
    return capsys.readouterr().err


def run(arguments, capsys):
    """What is printed by a command that has to succeed."""
    capsys.readouterr()
    main([str(argument) for argument in arguments])
    return capsys.readouterr()


def weights(folder):
    return nn.load(folder / "model.safetensors").state_dict()


def python_m_nn(*arguments, **how):
    """The command in a process of its own."""
    command = [sys.executable, "-W", "error", "-m", "nn", *map(str, arguments)]
    variables = {**os.environ, "PYTHONPATH": str(HOME), "PYTHONUNBUFFERED": ""}
    # A shell that starts tests in the background has them, and so their children, ignore Ctrl-C.
    return subprocess.Popen(
        command,
        env=variables,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        **({"stdout": subprocess.PIPE} | how),
    )

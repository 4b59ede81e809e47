"""`python -m nn train`, `predict` and `show`: what they write and print, what they refuse, Ctrl-C and going on from it."""

import csv
import functools
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from processes import HOME

import nn
from nn import __main__ as command_line
from nn.__main__ import main
from nn.command_line.commands import find_problem
from nn.command_line.runs import Run, Settings
from nn.optim import BY_NAME

SVG = "{http://www.w3.org/2000/svg}"
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
    capsys.readouterr()
    main([str(argument) for argument in arguments])
    return capsys.readouterr()


@pytest.fixture(scope="module")
def iris(tmp_path_factory):
    """The folder of a network that has learnt irises."""
    out = tmp_path_factory.mktemp("iris") / "run"
    main(["train", "iris", "--hidden", "6", "--epochs", "15", "--seed", "2", "--out", str(out), "--quiet"])
    return out


@pytest.fixture(scope="module")
def diabetes(tmp_path_factory):
    """The folder of a network that has learnt to predict a number."""
    out = tmp_path_factory.mktemp("diabetes") / "run"
    main(["train", "diabetes", "--epochs", "10", "--out", str(out), "--quiet"])
    return out


@pytest.fixture
def without_pictures(monkeypatch):
    """For tests that train several times and look at none of the plots."""
    for name in ("plot_history", "plot_confusion", "plot_boundary", "plot_predictions"):
        monkeypatch.setattr(f"nn.command_line.runs.{name}", lambda *arguments, **options: None)


@pytest.fixture
def flowers(tmp_path):
    """A CSV file of two kinds of points, with a column of names, in an order of its own."""
    rng = np.random.default_rng(0)
    rows = [[f"n{i}", *rng.normal(3 * (i % 2), 1.0, 2).tolist(), ["red", "blue"][i % 2]] for i in range(60)]
    file = tmp_path / "flowers.csv"
    file.write_text("name;width;height;colour\n" + "".join(";".join(map(str, row)) + "\n" for row in rows))
    return file


# ------------------------------------------------------------------------------------------------ train


def test_train_writes_what_it_says_and_nothing_else(tmp_path, capsys):
    out = tmp_path / "new" / "run"
    printed, error = run(["train", "iris", "--hidden", "5", "4", "--epochs", "12", "--out", out], capsys)
    assert error == ""
    assert set(os.listdir(out)) == ALWAYS | {"confusion.png", "held_out.csv"}
    assert all(str(out / name) in printed for name in os.listdir(out))
    assert "iris: 4 inputs, 3 classes; 120 rows to learn from, 30 rows held out" in printed
    assert "MLP(4, [5, 4, 3], activation='relu'), 64 parameters" in printed
    assert "all 12 epochs done" in printed
    epochs = [line.split() for line in printed.splitlines() if re.fullmatch(r" +\d+( +[\d.e%-]+){4}", line)]
    assert [int(line[0]) for line in epochs] == list(range(1, 13))
    header, rows = table(out / "history.csv")
    assert header[:5] == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy"]
    assert float(rows[-1][1]) == pytest.approx(float(epochs[-1][1]), rel=1e-3)
    assert f"{float(rows[-1][4]):.1%}" == epochs[-1][4]


@pytest.mark.usefixtures("without_pictures")
def test_eager_learns_the_same_and_dropout_says_that_it_is_eager(tmp_path, capsys):
    def learnt(*how):
        printed, _ = run(["train", "iris", "--hidden", "4", "--epochs", "3", "--out", tmp_path / "run", *how], capsys)
        history = json.loads((tmp_path / "run" / "history.json").read_text())["columns"]
        return history, [line for line in printed.splitlines() if line.startswith("trained eagerly")]

    history, said = learnt()
    expected, why = learnt("--eager")
    assert said == []
    assert why == ["trained eagerly, not compiled: compile=False"]
    assert {name: pytest.approx(column, rel=1e-9) for name, column in expected.items()} == history
    _, why = learnt("--dropout", "0.2")
    assert "the model draws random numbers, as dropout does" in why[0]


def test_the_files_open_and_agree(iris):
    history = json.loads((iris / "history.json").read_text())
    assert history["stopped"] == "all 15 epochs done"
    header, rows = table(iris / "history.csv")
    assert {name: [float(row[i]) for row in rows] for i, name in enumerate(header) if i} == history["columns"]
    assert [int(row[0]) for row in rows] == list(range(1, 16))
    for name in ("curves.png", "confusion.png"):
        height, width, _ = matplotlib.image.imread(iris / name).shape
        assert min(height, width) > 500
    picture = ElementTree.parse(iris / "network.svg").getroot()
    words = {(element.text or "").strip("\xa0") for element in picture.iter(f"{SVG}text")}
    assert {"4 inputs", "6 hidden, relu", "3 outputs", "sepal length (cm)", "virginica"} <= words


def test_the_inputs_are_standardised_by_the_rows_learnt_from_alone(iris):
    rows, labels = nn.data.load_iris()
    learnt, held_out, _, held_labels = nn.data.train_test_split(rows, labels, test_size=0.2, seed=2)
    task = nn.load_metadata(iris / "model.safetensors")["task"]
    np.testing.assert_allclose(task["means"], np.mean(learnt, axis=0), rtol=1e-13)
    np.testing.assert_allclose(task["deviations"], np.std(learnt, axis=0), rtol=1e-13)
    header, written = table(iris / "held_out.csv")
    assert header == ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)", "species"]
    assert [[float(x) for x in row[:4]] for row in written] == held_out
    assert [row[4] for row in written] == [["setosa", "versicolor", "virginica"][label] for label in held_labels]


def logits(folder, columns):
    """What the network gives for rows, scaled and summed up by NumPy."""
    task, state = nn.load_metadata(folder / "model.safetensors")["task"], nn.load(folder / "model.safetensors").state_dict()
    values = (np.array(columns, dtype=float) - task["means"]) / task["deviations"]
    for i in range(len(state) // 2):
        if i:
            values = np.maximum(values, 0.0)
        values = values @ np.array(state[f"layers.{i}.weight"]).T + state[f"layers.{i}.bias"]
    return values, task


def test_predict_gives_the_classes_and_probabilities_of_the_network(iris, capsys):
    _, rows = table(iris / "held_out.csv")
    scores, task = logits(iris, [row[:4] for row in rows])
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    printed, error = run(["predict", iris / "model.safetensors", iris / "held_out.csv", "--probabilities"], capsys)
    answered, *answers = records(printed)
    assert answered == ["species", *(f"probability of {name}" for name in task["classes"])]
    np.testing.assert_allclose([[float(p) for p in answer[1:]] for answer in answers], expected, rtol=1e-12)
    assert [answer[0] for answer in answers] == [task["classes"][k] for k in scores.argmax(axis=1)]
    assert "the model takes no notice of 'species'" in error
    right = np.mean([answer[0] == row[4] for answer, row in zip(answers, rows, strict=True)])
    recorded = nn.load_metadata(iris / "model.safetensors")["training"]["scores"]["held out"]["accuracy"]
    assert right == pytest.approx(recorded) and right > 0.6


def test_predict_finds_columns_by_their_names_and_writes_to_a_file(iris, capsys, tmp_path):
    header, rows = table(iris / "held_out.csv")
    printed, _ = run(["predict", iris / "model.safetensors", iris / "held_out.csv"], capsys)
    order = [3, 1, 4, 0, 2]
    shuffled = tmp_path / "other.csv"
    lines = [["extra"] + [header[i] for i in order], *(["a;b"] + [row[i] for i in order] for row in rows)]
    shuffled.write_text("\ufeff" + "\n".join("\t".join(line) for line in lines), encoding="utf-8")
    quiet, error = run(["predict", iris / "model.safetensors", shuffled, "--out", tmp_path / "answers.csv"], capsys)
    assert quiet == "" and "no notice of 'extra', 'species'" in error
    assert (tmp_path / "answers.csv").read_text() == printed


def test_predict_gives_numbers_for_a_number(diabetes, capsys):
    header, rows = table(diabetes / "held_out.csv")
    outputs, task = logits(diabetes, [row[:-1] for row in rows])
    printed, _ = run(["predict", diabetes / "model.safetensors", diabetes / "held_out.csv"], capsys)
    (name,), *answers = records(printed)
    assert name == header[-1] == "progression"
    answers = [float(answer) for (answer,) in answers]
    np.testing.assert_allclose(answers, outputs[:, 0] * task["scale"] + task["shift"], rtol=1e-12)
    true = np.array([float(row[-1]) for row in rows])
    scores = nn.load_metadata(diabetes / "model.safetensors")["training"]["scores"]["held out"]
    assert scores["mae"] == pytest.approx(np.abs(true - answers).mean())
    assert scores["r2"] == pytest.approx(1 - ((true - answers) ** 2).sum() / ((true - true.mean()) ** 2).sum())
    assert scores["r2"] > 0.3
    assert set(os.listdir(diabetes)) == ALWAYS | {"predictions.png", "held_out.csv"}
    assert matplotlib.image.imread(diabetes / "predictions.png").shape[0] > 500


def test_the_target_of_a_regression_is_scaled_by_the_rows_learnt_from(diabetes):
    rows, targets = nn.data.load_diabetes()
    _, _, learnt, _ = nn.data.train_test_split(rows, targets, test_size=0.2, seed=0)
    task = nn.load_metadata(diabetes / "model.safetensors")["task"]
    assert (task["shift"], task["scale"]) == pytest.approx((np.mean(learnt), np.std(learnt)))


def test_two_inputs_and_classes_have_a_boundary(tmp_path, capsys):
    printed, _ = run(["train", "xor", "--out", tmp_path], capsys)
    assert set(os.listdir(tmp_path)) == ALWAYS | {"confusion.png", "boundary.png"}  # nothing is held out: there are four rows
    assert re.search(r"learnt from +4 +[\d.e-]+ +100\.0%", printed)
    assert matplotlib.image.imread(tmp_path / "boundary.png").shape[0] > 500


def test_a_csv_file_is_learnt_and_predicted(flowers, tmp_path, capsys):
    out = tmp_path / "run"
    how = ["--target", "colour", "--ignore", "name", "--epochs", "30", "--out", out]
    printed, _ = run(["train", flowers, *how], capsys)
    assert "flowers.csv: 2 inputs, 2 classes; 48 rows to learn from, 12 rows held out" in printed
    assert "'colour' is taken as 2 classes, since it holds texts" in printed
    assert (out / "boundary.png").exists()
    answers = records(run(["predict", out / "model.safetensors", flowers], capsys).out)
    true = [row[3] for row in table_with(flowers, ";")[1:]]
    assert np.mean([answer == [colour] for answer, colour in zip(answers[1:], true, strict=True)]) > 0.9
    with_names = refusal(["train", flowers, "--target", "colour", "--out", tmp_path / "other"], capsys)
    assert "column 'name' holds text (as 'n0')" in with_names and "--ignore" in with_names
    assert not (tmp_path / "other").exists()


def table_with(file, delimiter):
    return list(csv.reader(io.StringIO(file.read_text()), delimiter=delimiter))


@pytest.mark.usefixtures("without_pictures")
def test_whole_numbers_are_classes_unless_said_otherwise(tmp_path, capsys):
    file = tmp_path / "counts.csv"
    file.write_text("a,b,count\n" + "".join(f"{i % 7},{i % 5},{i % 3}\n" for i in range(60)))
    short = ["--target", "count", "--epochs", "1", "--out", tmp_path / "run"]
    assert "'count' is taken as 3 classes, since it holds whole numbers, and few" in run(["train", file, *short], capsys).out
    assert "a number to predict" in run(["train", file, *short, "--task", "regress"], capsys).out


STRANGE = ['a "quoted", name', "two\nlines", "$x$ and $\\frac$", "<b>&amp;", "_ü🙂数", "e" * 200]


def test_names_of_any_kind_come_back_as_they_were(tmp_path, capsys):
    text = io.StringIO()
    names = [*STRANGE[:2], "target"]
    rows = [[i % 6 + 0.1 * (i // 6), i % 5, STRANGE[i % 6]] for i in range(60)]
    csv.writer(text).writerows([names, *rows])
    file = tmp_path / "$x$ $\\frac$ 数.csv"
    file.write_text(text.getvalue(), encoding="utf-8")
    out = tmp_path / "run"
    run(["train", file, "--target", "target", "--epochs", "40", "--out", out, "--lr", "0.05"], capsys)
    assert {"confusion.png", "boundary.png", "network.svg"} <= set(os.listdir(out))
    header, *answers = records(run(["predict", out / "model.safetensors", file], capsys).out)
    assert header == ["target"]
    assert {answer for (answer,) in answers} <= set(STRANGE) and len({answer for (answer,) in answers}) >= 4
    shown = run(["show", out / "model.safetensors"], capsys).out
    assert all(line.isprintable() for line in shown.split("\n"))


@pytest.mark.usefixtures("without_pictures")
def test_the_options_reach_the_network_and_its_training(tmp_path, capsys):
    how = ["--hidden", "5", "3", "--activation", "tanh", "--dropout", "0.25", "--epochs", "2", "--out", tmp_path, "--quiet"]
    run(["train", "blobs", *how], capsys)
    assert repr(nn.load(tmp_path / "model.safetensors")) == "MLP(2, [5, 3, 3], activation='tanh', dropout=0.25)"
    run(["train", "blobs", "--hidden", "--epochs", "2", "--out", tmp_path, "--quiet"], capsys)
    assert repr(nn.load(tmp_path / "model.safetensors")) == "MLP(2, [3], activation='relu')"


def test_train_does_what_fit_does(tmp_path, capsys):
    how = ["--hidden", "7", "--epochs", "3", "--batch-size", "10", "--optimizer", "momentum", "--l2", "0.01", "--seed", "5"]
    run(["train", "wine", *how, "--out", tmp_path, "--quiet"], capsys)
    rows, labels = nn.data.load_wine()
    learnt, held_out, targets, held_targets = nn.data.train_test_split(rows, labels, test_size=0.2, seed=5)
    learnt, held_out = nn.data.standardise(learnt, held_out)
    model = nn.MLP(13, [7, 3], rng=5)
    history = nn.fit(
        model, learnt, targets, loss=nn.cross_entropy, optimizer=nn.SGD(model.parameters(), lr=0.03, momentum=0.9),
        penalty=lambda m: nn.l2_penalty(m, 0.01), epochs=3, batch_size=10, validation=(held_out, held_targets),
        metrics=["accuracy"], seed=5, progress=False,
    )  # fmt: skip
    assert json.loads((tmp_path / "history.json").read_text())["columns"] == history
    assert weights(tmp_path) == model.state_dict()


def test_the_rows_held_out_are_the_ones_in_the_pictures(tmp_path, capsys, monkeypatch):
    seen = {}
    monkeypatch.setattr(
        "nn.command_line.runs.plot_confusion", lambda true, predicted, file, **how: seen.update(true=true, **how)
    )
    run(["train", "iris", "--epochs", "2", "--out", tmp_path, "--quiet"], capsys)
    rows, labels = nn.data.load_iris()
    assert seen["true"] == nn.data.train_test_split(rows, labels, test_size=0.2, seed=0)[3]
    assert seen["names"] == ["setosa", "versicolor", "virginica"]
    accuracy = nn.load_metadata(tmp_path / "model.safetensors")["training"]["scores"]["held out"]["accuracy"]
    assert seen["title"] == f"{round(30 * accuracy)} of 30 rows held out are right"


def first_loss(*options):
    asked = command_line.make_parser().parse_args(["train", "blobs", "--epochs", "1", *options])
    problem = find_problem(asked)
    settings = Settings.of(asked, problem)
    trained = Run(settings, *problem.split(settings.options["test_size"], asked.seed))
    trained.learn(Path.cwd(), resume=False, say=lambda line: None, progress=False)
    return trained.history["loss"][0]


def test_each_option_changes_the_training(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    choices = [
        (), ("--seed", "1"), ("--batch-size", "4"), ("--lr", "0.5"), ("--l2", "0.1"), ("--dropout", "0.5"),
        ("--test-size", "0.5"), *(("--optimizer", name) for name in BY_NAME if name not in ("adam", "adamw")),
    ]  # fmt: skip
    losses = [first_loss(*choice) for choice in choices]
    assert len(set(losses)) == len(losses)
    assert first_loss() == losses[0]
    assert losses[4] > losses[0]  # the penalty is part of the loss
    assert first_loss("--optimizer", "adamw") == pytest.approx(losses[0], rel=0.01)


@pytest.mark.usefixtures("without_pictures")
def test_patience_stops_and_takes_the_best_weights(tmp_path, capsys):
    printed, _ = run(["train", "iris", "--patience", "3", "--epochs", "500", "--lr", "0.1", "--out", tmp_path], capsys)
    history = json.loads((tmp_path / "history.json").read_text())
    losses = history["columns"]["val_loss"]
    assert "has not improved" in history["stopped"] and history["stopped"] in printed
    assert len(losses) == losses.index(min(losses)) + 1 + 3
    scores = nn.load_metadata(tmp_path / "model.safetensors")["training"]["scores"]
    assert scores["held out"]["loss"] == pytest.approx(min(losses))
    assert "chose when to stop" in printed


@pytest.mark.usefixtures("without_pictures")
def test_quiet_prints_nothing(tmp_path, capsys):
    assert run(["train", "xor", "--epochs", "1", "--out", tmp_path, "--quiet"], capsys) == ("", "")


@pytest.mark.usefixtures("without_pictures")
def test_a_training_that_diverges_exits_with_1_and_leaves_no_checkpoint_of_another(tmp_path, capsys):
    run(["train", "blobs", "--epochs", "1", "--out", tmp_path, "--quiet"], capsys)
    wild = ["train", "diabetes", "--optimizer", "sgd", "--lr", "1e200", "--out", tmp_path]
    assert "diverged: take a smaller learning rate than 1e+200" in refusal(wild, capsys, code=1)
    assert not (tmp_path / "checkpoint.safetensors").exists()


@pytest.mark.usefixtures("without_pictures")
def test_without_dot_all_but_the_drawing_is_written(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("nn.command_line.runs.find_dot", lambda: None)
    monkeypatch.setattr("nn.command_line.commands.find_dot", lambda: None)
    _, error = run(["train", "xor", "--epochs", "1", "--out", tmp_path], capsys)
    assert "network.svg was not drawn: there is no Graphviz" in error and "pip install graphviz-pure" in error
    assert (tmp_path / "model.safetensors").exists() and not (tmp_path / "network.svg").exists()
    assert "graphviz-pure" in refusal(["show", tmp_path / "model.safetensors", "--out", tmp_path / "n.svg"], capsys)


# ------------------------------------------------------------------------------------------------ going on


def weights(folder):
    return nn.load(folder / "model.safetensors").state_dict()


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


def python_m_nn(*arguments, **how):
    command = [sys.executable, "-W", "error", "-m", "nn", *map(str, arguments)]
    variables = {**os.environ, "PYTHONPATH": str(HOME), "PYTHONUNBUFFERED": ""}
    # A shell that starts tests in the background has them, and so their children, ignore Ctrl-C.
    return subprocess.Popen(
        command, env=variables, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler), **({"stdout": subprocess.PIPE} | how),
    )  # fmt: skip


def wait_for(happened, process, seconds=120):
    end = time.monotonic() + seconds
    while not happened():
        assert process.poll() is None and time.monotonic() < end, process.communicate()
        time.sleep(0.02)


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


# ------------------------------------------------------------------------------------------------ show


def test_show_tells_all_there_is(iris, capsys):
    printed, _ = run(["show", iris / "model.safetensors"], capsys)
    state = weights(iris)
    assert re.search(r"^MLP\(4, \[6, 3\], activation='relu'\) +51 parameters$", printed, re.M)
    assert re.search(r"^  layers\.0: Layer\(4, 6, activation='relu'\) +30 parameters$", printed, re.M)
    weight = np.array(state["layers.0.weight"])
    figures = [f"{x:.4f}" for x in (weight.mean(), weight.std(), weight.min(), weight.max())]
    assert ["layers.0.weight", "6x4", *figures] in [line.split() for line in printed.splitlines()]
    assert "trained on iris to classify 'species'" in printed and "all 15 epochs done" in printed
    assert re.search(r"held out: loss [\d.]+, accuracy 0\.\d+", printed)
    assert "classes: setosa, versicolor, virginica" in printed
    mean, deviation = re.search(r"^petal width \(cm\) +([\d.]+) +([\d.]+)$", printed, re.M).groups()
    task = nn.load_metadata(iris / "model.safetensors")["task"]
    assert (float(mean), float(deviation)) == pytest.approx((task["means"][3], task["deviations"][3]), rel=1e-4)


def test_show_tells_of_a_number_and_draws(diabetes, capsys, tmp_path):
    printed, _ = run(["show", diabetes / "model.safetensors", "--out", tmp_path / "n.png"], capsys)
    assert "to regress 'progression'" in printed and "classes" not in printed
    assert matplotlib.image.imread(tmp_path / "n.png").shape[0] > 300
    run(["show", diabetes / "model.safetensors", "--out", tmp_path / "n.svg"], capsys)
    words = {element.text for element in ElementTree.parse(tmp_path / "n.svg").getroot().iter(f"{SVG}text")}
    assert {"bmi", "progression"} <= words
    assert "ending in .svg or .png" in refusal(["show", diabetes / "model.safetensors", "--out", tmp_path / "n.pdf"], capsys)


def test_show_tells_of_models_that_train_did_not_write(tmp_path, capsys):
    model = nn.Sequential(nn.Layer(2, 3, "tanh", rng=0), nn.Dropout(0.5), nn.MLP(3, [2, 1], rng=0))
    nn.save(model, tmp_path / "m.safetensors")
    printed, _ = run(["show", tmp_path / "m.safetensors"], capsys)
    assert [line.split(" ")[0] or line.split()[0] for line in printed.splitlines()[:6]] == [
        "Sequential", "steps.0:", "steps.1:", "steps.2:", "steps.2.layers.0:", "steps.2.layers.1:"
    ]  # fmt: skip
    assert "steps.2.layers.1.weight" in printed
    nn.save(nn.Sequential(nn.Dropout(0.5)), tmp_path / "none.safetensors")
    assert "0 parameters" in run(["show", tmp_path / "none.safetensors"], capsys).out
    error = refusal(["show", tmp_path / "none.safetensors", "--out", tmp_path / "n.svg"], capsys)
    assert "made of Layers or a Neuron" in error
    error = refusal(["predict", tmp_path / "m.safetensors", tmp_path / "any.csv"], capsys)
    assert "does not say what its inputs are" in error


# ------------------------------------------------------------------------------------------------ what is refused


BAD_TRAININGS = {
    "no such set": (["digts"], "no file 'digts', and no built-in set of that name: did you mean 'digits'"),
    "no target": (["good.csv"], "say with --target which column is to be predicted: good.csv has 'a', 'b', 'label'"),
    "another target": (["good.csv", "--target", "lable"], "good.csv: there is no column 'lable': did you mean 'label'"),
    "target of a set": (["iris", "--target", "x"], "--target is for CSV files, and iris is a built-in set"),
    "task of a set": (["iris", "--task", "regress"], "--task is for CSV files"),
    "texts as numbers": (["good.csv", "--target", "label", "--task", "regress"], "line 2, column 'label': 'y' is no number"),
    "no header": (["bare.csv", "--target", "label"], "bare.csv: the first line looks like data"),
    "binary": (["garbage.csv", "--target", "label"], "garbage.csv: line 1 is not text in UTF-8"),
    "folder": ([".", "--target", "label"], "this is a folder"),
    "empty": (["empty.csv", "--target", "label"], "empty.csv: the file is empty"),
    "one class": (["one.csv", "--target", "label"], "column 'label' is always 'y'"),
    "few rows": (["few.csv", "--target", "label"], "few.csv has 4 rows, too few to hold some out"),
    "all held out": (
        ["good.csv", "--target", "label", "--test-size", "0.99"],
        "test_size=0.99 of 20 rows leaves one side empty",
    ),
    "too wide": (["iris", "--hidden", "100000", "100000"], "a network of 10,000,900,003 parameters is too large"),
    "out is a file": (["iris", "--out", "good.csv"], "good.csv: File exists"),
    "out in a file": (["iris", "--out", "good.csv/run"], "good.csv/run: Not a directory"),
    "out would overwrite": (["held_out.csv", "--target", "label", "--out", "."], "held_out.csv would be overwritten"),
}
GOOD = "a,b,label\n" + "".join(f"{i},{i * i},{'yn'[i % 2]}\n" for i in range(20))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, contents in {
        "good": GOOD, "bare": GOOD.partition("\n")[2], "empty": "", "one": GOOD.replace("n\n", "y\n"),
        "few": "".join(GOOD.splitlines(keepends=True)[:5]), "held_out": GOOD,
    }.items():  # fmt: skip
        (tmp_path / f"{name}.csv").write_text(contents)
    (tmp_path / "garbage.csv").write_bytes(bytes(range(128, 256)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", BAD_TRAININGS)
def test_bad_trainings_exit_with_2_say_why_in_a_line_and_write_nothing(name, folder, capsys):
    arguments, message = BAD_TRAININGS[name]
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    error = refusal(["train", *arguments, *(() if "--out" in arguments else ("--out", "new"))], capsys)
    assert error.startswith("python -m nn train: ") and message in error
    assert error.count("\n") == 1
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train"], "required: SET_OR_CSV"),
        (["train", "iris", "--hidden", "0"], "a whole number of at least 1 is wanted, and this is '0'"),
        (["train", "iris", "--epochs", "1.5"], "a whole number of at least 1 is wanted, and this is '1.5'"),
        (["train", "iris", "--lr", "nan"], "a number above 0 is wanted, and this is 'nan'"),
        (["train", "iris", "--l2", "-1"], "a number of at least 0 is wanted, and this is '-1'"),
        (["train", "iris", "--dropout", "1"], "a number from 0 up to 1, 1 excluded, is wanted, and this is '1'"),
        (["train", "iris", "--activation", "rleu"], "invalid choice: 'rleu'"),
        (["train", "iris", "--optimizer", "best"], "invalid choice: 'best'"),
        (["predict", "model.safetensors"], "required: FILE.csv"),
        (["show"], "required: MODEL"),
    ],
)
def test_wrong_arguments_are_told_what_is_wanted(arguments, message, capsys):
    error = refusal(arguments, capsys)
    assert f"usage: python -m nn {arguments[0]}" in error and message in error


def test_what_predict_refuses(iris, diabetes, folder, capsys):
    model = iris / "model.safetensors"
    error = refusal(["predict", model, "good.csv"], capsys)
    assert "good.csv: 4 of the 4 columns that the model takes are missing: 'sepal length (cm)', 'sepal width (cm)', " in error
    assert "the file has 'a', 'b', 'label'" in error
    header, rows = table(iris / "held_out.csv")
    Path("three.csv").write_text("\n".join(",".join(line[:3]) for line in [header, *rows]))
    assert "1 of the 4 columns that the model takes is missing: 'petal width (cm)'" in refusal(
        ["predict", model, "three.csv"], capsys
    )
    rows[4][1] = "wide"
    Path("wide.csv").write_text("\n".join(",".join(line) for line in [header, *rows]))
    assert "wide.csv: line 6, column 'sepal width (cm)': 'wide' is no number" in refusal(["predict", model, "wide.csv"], capsys)
    assert "good.csv: it is cut short, or no safetensors file" in refusal(["predict", "good.csv", "good.csv"], capsys)
    assert "nothing: No such file" in refusal(["predict", "nothing", "good.csv"], capsys)
    assert "nothing.csv: No such file" in refusal(["predict", model, "nothing.csv"], capsys)
    assert f"is a folder: give the file in it, {iris / 'model.safetensors'}" in refusal(["predict", iris, "good.csv"], capsys)
    assert "not 'scalar-autograd model'" in refusal(["predict", iris / "checkpoint.safetensors", "good.csv"], capsys)
    numbers = ["predict", diabetes / "model.safetensors", diabetes / "held_out.csv", "--probabilities"]
    assert "numbers have no --probabilities" in refusal(numbers, capsys)
    own = ["predict", model, iris / "held_out.csv", "--out", iris / "held_out.csv"]
    assert "would overwrite" in refusal(own, capsys)
    assert not Path("answers.csv").exists()
    refusal(["predict", model, "wide.csv", "--out", "answers.csv"], capsys)
    assert not Path("answers.csv").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"means": [0.0]}, "means are not one number for each input"),
        ({"deviations": [1.0, 1.0, "x", 1.0]}, "deviations are not one number"),
        ({"deviations": [1.0, 1.0, 0.0, 1.0]}, "a deviation is 0"),
        ({"inputs": [1, 2, 3, 4]}, "inputs are no texts"),
        ({"inputs": ["a"], "means": [0.0], "deviations": [1.0]}, "takes 4 inputs"),
        ({"classes": ["a", "b"]}, "the network has 3 outputs, and there are 2 names for them"),
        ({"classes": None}, "the network has 3 outputs, and there are 1 names"),
        ({"scale": "x"}, "shift and scale numbers"),
        ({"more": 1}, "makes no sense"),
    ],
)
def test_models_whose_metadata_do_not_fit_are_refused(iris, tmp_path, change, message, capsys):
    metadata = nn.load_metadata(iris / "model.safetensors")
    metadata["task"] |= change
    nn.save(nn.load(iris / "model.safetensors"), tmp_path / "m.safetensors", metadata=metadata)
    for command in (["predict", tmp_path / "m.safetensors", iris / "held_out.csv"], ["show", tmp_path / "m.safetensors"]):
        error = refusal(command, capsys)
        assert message in error and error.startswith(f"python -m nn {command[0]}: {tmp_path / 'm.safetensors'}: ")


def test_a_set_without_scikit_learn_says_what_to_install(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    assert "pip install scikit-learn" in refusal(["train", "iris", "--out", tmp_path / "run"], capsys)
    assert not (tmp_path / "run").exists()


# ------------------------------------------------------------------------------------------------ help, and as a program


@pytest.mark.parametrize("command", [[], ["train"], ["predict"], ["show"], ["demo"]])
def test_help_teaches_in_eighty_columns(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--help"])
    assert stopped.value.code == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    assert re.search(r"^  python -m nn \w+", printed, re.M)


def test_the_examples_in_the_help_run(tmp_path, monkeypatch, capsys):
    texts = [command_line.ABOUT, command_line.TRAIN, command_line.PREDICT, command_line.SHOW]
    examples = [line for text in texts for line in re.findall(r"^  python -m nn (.*?)(?:   .*)?$", text, re.M)]
    assert len(examples) == 10
    monkeypatch.chdir(tmp_path)
    header = "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)"
    Path("new.csv").write_text(header + "\n5,3,1,0.2\n")
    Path("houses.csv").write_text("rooms,area,price\n" + "".join(f"{i % 5},{i},{i * 3.5 + 0.25}\n" for i in range(30)))
    for example in examples:
        if example.startswith("train digits"):
            example = example.replace("--out run/", "--out digits/")  # the others are of irises
        run(example.split() + ["--epochs", "1"] * example.startswith("train"), capsys)
    assert Path("answers.csv").read_text() in ("species\nsetosa\n", "species\nversicolor\n", "species\nvirginica\n")


@pytest.mark.parametrize("times", [1, 2000], ids=["little", "much"])
def test_predict_into_a_pipe_that_nobody_reads(iris, tmp_path, times):
    header, rows = table(iris / "held_out.csv")
    (tmp_path / "rows.csv").write_text("\n".join(",".join(line) for line in [header, *rows * times]))
    reading, writing = os.pipe()
    os.close(reading)
    process = python_m_nn("predict", iris / "model.safetensors", tmp_path / "rows.csv", stdout=writing)
    os.close(writing)
    _, error = process.communicate(timeout=120)
    assert process.returncode == 1
    assert re.fullmatch("note: .*\n", error)


def test_as_a_program(tmp_path):
    process = python_m_nn("train", "blobs", "--epochs", "2", "--out", "run", cwd=tmp_path)
    printed, error = process.communicate(timeout=120)
    assert (process.returncode, error) == (0, "")
    assert str(Path("run") / "boundary.png") in printed
    process = python_m_nn("train", "nothing.csv", "--target", "x", cwd=tmp_path)
    printed, error = process.communicate(timeout=120)
    assert (process.returncode, printed) == (2, "")
    assert error.startswith("python -m nn train: there is no file 'nothing.csv'") and "Traceback" not in error


def test_answers_that_the_terminal_cannot_show_do_not_stop_it(iris, tmp_path):
    model, metadata = nn.load(iris / "model.safetensors"), nn.load_metadata(iris / "model.safetensors")
    metadata["task"]["classes"] = ["é", "数", "🙂"]
    nn.save(model, tmp_path / "m.safetensors", metadata=metadata)
    variables = {**os.environ, "PYTHONPATH": str(HOME), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "nn", "predict", tmp_path / "m.safetensors", iris / "held_out.csv"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "\\xe9" in done.stdout


def test_importing_the_command_line_loads_neither_plots_nor_data():
    heavy = ("matplotlib", "sklearn", "numpy", "graphviz", "tqdm")
    code = f"import sys, nn.__main__; print([name for name in {heavy} if name in sys.modules])"
    variables = {**os.environ, "PYTHONPATH": str(HOME)}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, timeout=120)
    assert done.stdout == "[]\n", done.stderr

"""`python -m nn train`, `predict` and `show`: what they write and print, and their help."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from commands import ALWAYS, python_m_nn, records, refusal, run, table, weights
from processes import HOME

import nn
from nn import __main__ as command_line
from nn.__main__ import main
from nn.command_line.commands import find_problem
from nn.command_line.runs import Run, Settings
from nn.optim import BY_NAME

SVG = "{http://www.w3.org/2000/svg}"


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
    parts, titles = re.search(r"\n(.*held out)\n( +epoch.*)\n", printed).groups()
    assert len(parts) == len(titles)  # each over the last of its columns
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
        model,
        learnt,
        targets,
        loss=nn.cross_entropy,
        optimizer=nn.SGD(model.parameters(), lr=0.03, momentum=0.9),
        penalty=lambda m: nn.l2_penalty(m, 0.01),
        epochs=3,
        batch_size=10,
        validation=(held_out, held_targets),
        metrics=["accuracy"],
        seed=5,
        progress=False,
    )
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
        (),
        ("--seed", "1"),
        ("--batch-size", "4"),
        ("--lr", "0.5"),
        ("--l2", "0.1"),
        ("--dropout", "0.5"),
        ("--test-size", "0.5"),
        *(("--optimizer", name) for name in BY_NAME if name not in ("adam", "adamw")),
    ]
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
def test_a_training_that_diverges_exits_with_1_and_leaves_an_earlier_run_as_it_was(tmp_path, capsys):
    run(["train", "blobs", "--epochs", "1", "--out", tmp_path, "--quiet"], capsys)
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    wild = ["train", "diabetes", "--optimizer", "sgd", "--lr", "1e200", "--out", tmp_path]
    assert "diverged: take a smaller learning rate than 1e+200" in refusal(wild, capsys, code=1)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == kept


@pytest.mark.usefixtures("without_pictures")
def test_without_dot_all_but_the_drawing_is_written(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("nn.command_line.runs.find_dot", lambda: None)
    monkeypatch.setattr("nn.command_line.commands.find_dot", lambda: None)
    _, error = run(["train", "xor", "--epochs", "1", "--out", tmp_path], capsys)
    assert "network.svg was not drawn: there is no Graphviz" in error and "pip install graphviz-pure" in error
    assert (tmp_path / "model.safetensors").exists() and not (tmp_path / "network.svg").exists()
    assert "graphviz-pure" in refusal(["show", tmp_path / "model.safetensors", "--out", tmp_path / "n.svg"], capsys)


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
    assert re.search(r"^  \w+:\n(    .*\n)*    held out: loss [\d.]+, accuracy 0\.\d+", printed, re.M)
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


def test_show_tells_of_huge_weights(tmp_path, capsys):
    model = nn.Neuron(2, rng=0)
    model.weights[0].data = model.weights[1].data = 1.5e308
    nn.save(model, tmp_path / "model")
    printed, _ = run(["show", tmp_path / "model"], capsys)
    assert ["weight", "2", "1.50e+308", "0.0000", "1.50e+308", "1.50e+308"] in [line.split() for line in printed.splitlines()]


def test_show_tells_of_models_that_train_did_not_write(tmp_path, capsys):
    model = nn.Sequential(nn.Layer(2, 3, "tanh", rng=0), nn.Dropout(0.5), nn.MLP(3, [2, 1], rng=0))
    nn.save(model, tmp_path / "m.safetensors")
    printed, _ = run(["show", tmp_path / "m.safetensors"], capsys)
    assert [line.split(" ")[0] or line.split()[0] for line in printed.splitlines()[:6]] == [
        "Sequential",
        "steps.0:",
        "steps.1:",
        "steps.2:",
        "steps.2.layers.0:",
        "steps.2.layers.1:",
    ]
    assert "steps.2.layers.1.weight" in printed
    nn.save(nn.Sequential(nn.Dropout(0.5)), tmp_path / "none.safetensors")
    assert "0 parameters" in run(["show", tmp_path / "none.safetensors"], capsys).out
    error = refusal(["show", tmp_path / "none.safetensors", "--out", tmp_path / "n.svg"], capsys)
    assert "made of Layers or a Neuron" in error
    error = refusal(["predict", tmp_path / "m.safetensors", tmp_path / "any.csv"], capsys)
    assert "does not say what its inputs are" in error


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


@pytest.mark.usefixtures("without_pictures")
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

"""What `python -m nn train`, `predict` and `show` refuse: each says why in a line, and nothing is written."""

import math
import sys
from pathlib import Path

import pytest
from commands import refusal, table

import nn

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
        "good": GOOD,
        "bare": GOOD.partition("\n")[2],
        "empty": "",
        "one": GOOD.replace("n\n", "y\n"),
        "few": "".join(GOOD.splitlines(keepends=True)[:5]),
        "held_out": GOOD,
    }.items():
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
        ({"deviations": [1.0, 1.0, 1.0]}, "deviations are not one number for each input"),
        ({"deviations": [1.0, 1.0, "x", 1.0]}, "a deviation is a positive number, and this is 'x'"),
        ({"deviations": [1.0, 1.0, 10**400, 1.0]}, "a deviation is a positive number, and this is 1000"),
        ({"means": [0.0, 10**400, 0.0, 0.0]}, "a mean, a shift or a scale is a finite number, and this is 1000"),
        ({"shift": math.nan}, "a mean, a shift or a scale is a finite number, and this is nan"),
        ({"deviations": [1.0, 1.0, 0.0, 1.0]}, "a deviation is a positive number, and this is 0.0"),
        ({"inputs": [1, 2, 3, 4]}, "inputs are no texts"),
        ({"inputs": ["a"], "means": [0.0], "deviations": [1.0]}, "takes 4 inputs"),
        ({"classes": ["a", "b"]}, "the network has 3 outputs, and there are 2 names for them"),
        ({"classes": None}, "the network has 3 outputs, and there are 1 names"),
        ({"scale": "x"}, "a mean, a shift or a scale is a finite number, and this is 'x'"),
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
    assert "pip install scikit-learn" in refusal(["train", "wine", "--out", tmp_path / "run"], capsys)
    assert not (tmp_path / "run").exists()

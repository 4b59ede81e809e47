"""`python -m nn demo`: it learns, says what it did, and leaves pictures and pages that can be opened."""

import xml.etree.ElementTree as ElementTree

import matplotlib.image
import pytest

import autograd
import nn
from nn.__main__ import main
from nn.command_line.demo import trained_neuron


def test_the_demo_learns_and_draws(tmp_path, capsys):
    # The plain Python files take a quarter of a minute for each epoch of the full run, which ends at 97%.
    epochs, enough = (20, 0.97) if autograd.build == "compiled" else (2, 0.9)
    main(["demo", "--out", str(tmp_path / "new" / "demo"), "--epochs", str(epochs)])
    printed = capsys.readouterr().out
    lines = [line for line in printed.splitlines() if line.startswith("epoch")]
    assert len(lines) == epochs
    assert all("loss" in line and "test accuracy" in line for line in lines)
    assert float(lines[-1].split()[-1].rstrip("%")) / 100 >= enough
    for name in ("loss.png", "confusion.png", "neuron.svg", "training.html", "index.html"):
        assert str(tmp_path / "new" / "demo" / name) in printed
    for name in ("loss.png", "confusion.png"):
        height, width, _ = matplotlib.image.imread(tmp_path / "new" / "demo" / name).shape
        assert min(height, width) > 500
    for name in ("training.html", "index.html"):
        page = (tmp_path / "new" / "demo" / name).read_text(encoding="utf-8")
        assert page.startswith("<!doctype html>") and len(page) < 3_000_000
    picture = ElementTree.parse(tmp_path / "new" / "demo" / "neuron.svg").getroot()
    words = [(element.text or "").strip("\xa0") for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert any(word.startswith("score of") for word in words)
    assert {"dot", "+", "bias"} <= set(words)


def test_the_neuron_that_is_drawn_hears_the_active_ones_alone():
    model = nn.MLP(2, [8, 3], ["relu", "linear"], rng=0)
    row = [0.5, -1.0]
    score = trained_neuron(model, row)
    heard = [v for v in autograd.topological_order(score) if v.label.startswith("h")]
    assert {v.label: v.data for v in heard} == {f"h{i}": h.data for i, h in enumerate(model.layers[0](row)) if h.data > 0.0}
    assert 0 < len(heard) < 8 and score.data == max(v.data for v in model(row))
    slopes = {v.label: v.grad for v in autograd.topological_order(trained_neuron(model, row))}  # of the second picture alone
    assert all(slopes["w" + v.label[1:]] == v.data for v in heard) and slopes["bias"] == 1.0


def test_the_same_seed_gives_the_same_run_eagerly_too(tmp_path, capsys, monkeypatch):
    for name in ("plot_history", "plot_confusion"):  # nobody looks at them here
        monkeypatch.setattr(f"nn.command_line.demo.{name}", lambda *arguments, **options: None)
    printed = []
    for how in ([], [], ["--eager"], ["--seed", "4"]):
        main(["demo", "--out", str(tmp_path), "--epochs", "1", "--seed", "3", *how])
        printed.append(capsys.readouterr().out.splitlines())
    (first,), (again,), (eager,), (other,) = ([line for line in lines if line.startswith("epoch")] for lines in printed)
    assert first == again == eager != other
    assert ["the steps run compiled" in lines for lines in printed] == [True, True, False, True]


@pytest.mark.parametrize("wrong", [["demo", "--epochs", "0"], ["demo", "--epochs", "x"], ["deom"], []])
def test_wrong_arguments_exit_with_2(wrong, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(wrong)
    assert stopped.value.code == 2
    assert "usage: python -m nn" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_named(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SystemExit) as stopped:
        main(["demo", "--out", str(tmp_path / "file" / "demo"), "--epochs", "1"])
    assert stopped.value.code == 2
    assert str(tmp_path / "file") in capsys.readouterr().err

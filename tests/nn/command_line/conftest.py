"""What the commands are tried on: networks that were trained once, and a CSV file."""

import numpy as np
import pytest

from nn.__main__ import main


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

"""Trainings that end badly keep what was best; checkpoints that were tampered with are refused; folders of earlier runs are
safe."""

import collections
import contextlib
import itertools
import json
import math
import random
import shutil
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corners import outcomes

import nn
from autograd import Value
from autograd.files import StorageError, shortened
from nn.__main__ import main
from nn.training import fit as fitting

ROWS = [[0.1 * i] for i in range(12)]
TARGETS = [0.3 * i - 1.0 for i in range(12)]


def line() -> nn.Neuron:
    return nn.Neuron(1, "linear", rng=0)


# ------------------------------------------------------------------------------------------------ early stopping


def _diverge(training: Any) -> None:
    if training.epoch == 4:
        training.optimizer.lr = 1e300


def _raise(training: Any) -> None:
    if training.epoch == 4:
        raise LookupError("a callback's own")


def _interrupt(training: Any) -> None:
    if training.epoch == 4:
        raise KeyboardInterrupt


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(
    ("ruin", "error"), [(_diverge, nn.DivergedError), (_raise, LookupError), (_interrupt, KeyboardInterrupt)]
)
def test_the_best_weights_are_back_however_the_training_ended(ruin: Any, error: type[BaseException], compiled: bool) -> None:
    model, best = line(), {}

    def note(training: Any) -> None:
        if training.epoch == 2:
            best["weights"] = [p.data for p in training.model.parameters()]

    def spoil(training: Any) -> None:
        if training.epoch == 2:  # from here on it is worse
            for p in training.model.parameters():
                p.data += 10.0

    with pytest.raises(error):
        nn.fit(
            model,
            ROWS,
            TARGETS,
            optimizer=lambda ps: nn.SGD(ps, lr=0.01),
            epochs=10,
            batch_size=None,
            progress=False,
            validation=(ROWS, TARGETS),
            callbacks=[note, nn.EarlyStopping("val_loss", patience=9), spoil, ruin],
            compile=compiled,
        )
    weights = [p.data for p in model.parameters()]
    loss = nn.mse_loss([model(row) for row in ROWS], TARGETS).data
    assert all(map(math.isfinite, weights)) and loss < 1e3
    assert weights == best["weights"]


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("monitor", ["val_loss", "loss"])
@pytest.mark.parametrize("lr", [1e200, 1e100])
def test_the_weights_of_the_start_are_back_where_an_error_came_before_any_figure(
    lr: float, monitor: str, compiled: bool
) -> None:
    for restore in (True, False):
        model = line()
        before = [p.data for p in model.parameters()]
        with pytest.raises(nn.DivergedError, match="epoch 1"):
            nn.fit(
                model,
                ROWS,
                TARGETS,
                optimizer=lambda ps: nn.SGD(ps, lr=lr),
                batch_size=1,
                progress=False,
                validation=(ROWS, TARGETS),
                callbacks=[nn.EarlyStopping(monitor, restore_best=restore)],
                compile=compiled,
            )
        assert ([p.data for p in model.parameters()] == before) == restore


@pytest.mark.parametrize("compiled", [True, False])
def test_the_weights_of_the_start_are_back_where_all_figures_were_infinite(compiled: bool) -> None:
    """But only where an error ended it: what was learned without a figure stays."""
    for callbacks in ([], [_raise]):
        model = line()
        before = [p.data for p in model.parameters()]
        with pytest.raises(LookupError) if callbacks else contextlib.nullcontext():
            nn.fit(
                model,
                ROWS,
                TARGETS,
                epochs=5,
                progress=False,
                validation=(ROWS, [1e300] * len(ROWS)),
                callbacks=[nn.EarlyStopping(), *callbacks],
                compile=compiled,
            )
        assert ([p.data for p in model.parameters()] == before) == bool(callbacks)


@pytest.mark.parametrize("compiled", [True, False])
def test_without_restore_best_the_last_weights_stay(compiled: bool) -> None:
    model = line()
    before = [p.data for p in model.parameters()]
    nn.fit(
        model,
        ROWS,
        TARGETS,
        epochs=3,
        progress=False,
        compile=compiled,
        callbacks=[nn.EarlyStopping("loss", patience=9, restore_best=False)],
    )
    assert [p.data for p in model.parameters()] != before


@pytest.mark.parametrize("compiled", [True, False])
def test_the_weights_put_back_are_those_after_the_epoch_with_the_best_figure(compiled: bool) -> None:
    """The loss of an epoch is that of weights that still change, as the documentation says; "val_loss" is of these weights."""
    generator = random.Random(3)
    rows = [[generator.uniform(-2.0, 2.0)] for _ in range(16)]
    targets = [math.sin(3.0 * x) + generator.gauss(0.0, 1.0) for (x,) in rows]
    for monitor in ("loss", "val_loss"):
        model, after = line(), []

        def note(training: Any, after: list[list[float]] = after) -> None:
            after.append([p.data for p in training.model.parameters()])

        history = nn.fit(
            model,
            rows,
            targets,
            optimizer=lambda ps: nn.SGD(ps, lr=0.35),
            epochs=30,
            batch_size=2,
            progress=False,
            validation=(rows, targets),
            compile=compiled,
            callbacks=[nn.EarlyStopping(monitor, patience=29), note],
        )
        best = min(range(history.epochs), key=history[monitor].__getitem__)
        assert [p.data for p in model.parameters()] == after[best]
    loss = nn.mse_loss([model(row) for row in rows], targets).data
    assert loss == pytest.approx(min(history["val_loss"]), rel=1e-12)
    assert "may not be the best" in " ".join((nn.EarlyStopping.__doc__ or "").split())


def test_every_callback_is_finished_however_the_training_ends() -> None:
    """In their order, each once, also after one whose own finish fails, and after a resume that is refused; the first error
    comes out."""
    told = []

    class Told:
        def __init__(self, name: str, fails: bool = False) -> None:
            self.name, self.fails = name, fails

        def __call__(self, training: Any) -> None:
            if self.fails:
                raise LookupError("in an epoch")

        def finish(self, training: Any) -> None:
            told.append(self.name)
            if self.fails:
                raise OSError("in finish")

    callbacks = [Told("a"), Told("b", fails=True), Told("c")]
    with pytest.raises(OSError, match="in finish") as raised:
        nn.fit(line(), ROWS, TARGETS, epochs=2, progress=False, callbacks=callbacks)
    assert isinstance(raised.value.__context__, LookupError)
    assert told == ["a", "b", "c"]
    with pytest.raises(OSError, match=r"no-such-file|in finish"):
        nn.fit(line(), ROWS, TARGETS, epochs=2, progress=False, callbacks=callbacks, resume="no-such-file")
    assert told == ["a", "b", "c"] * 2


# ------------------------------------------------------------------------------------------------ checkpoints


def _checkpoint(folder: Path, optimizer: Any) -> Path:
    nn.fit(
        line(),
        ROWS,
        TARGETS,
        optimizer=optimizer,
        epochs=2,
        progress=False,
        callbacks=[nn.EarlyStopping("loss"), nn.Checkpoint(folder / "c")],
    )
    return folder / "c"


def _tampered(path: Path, change: Any) -> None:
    """Changes what a checkpoint says of the training, and puts the file together again."""
    contents = path.read_bytes()
    end = 8 + int.from_bytes(contents[:8], "little")
    header = json.loads(contents[8:end])
    state = json.loads(header["__metadata__"]["training"])
    change(state)
    header["__metadata__"]["training"] = json.dumps(state)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + contents[end:])


HOSTILE = [
    "x",
    [],
    {},
    [1.0],
    math.nan,
    math.inf,
    -1,
    -1.5,
    10**400,
    None,
    True,
    "1.0",
    [["a"]],
    [None],
    [None, None],
    [10**400, 10**400],
    [math.nan, math.nan],
    [[], []],
    ["x", "y"],
    [True, False],
    2**70,
    [[1.0, 1.0], [1.0, 1.0]],
    {"a": {"b": []}},
    -math.inf,
    1e308,
]


def _places(state: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(state, dict):
        found += [place for key, part in state.items() for place in _places(part, (*path, key))]
    return found


def _put(state: Any, path: tuple[Any, ...], thing: Any) -> None:
    for key in path[:-1]:
        state = state[key]
    state[path[-1]] = thing


@pytest.mark.filterwarnings("ignore:no weight moved:RuntimeWarning")  # as with an eps of 1e308
def test_a_checkpoint_that_was_tampered_with(tmp_path: Path) -> None:
    """Every part of its state, and everything that JSON can put there: StorageError, and nothing changed, or a training."""
    path = _checkpoint(tmp_path, nn.Adam)
    kept = path.read_bytes()
    places: list[tuple[Any, ...]] = []
    _tampered(path, lambda state: places.extend(_places(state)))
    wrong = []
    for place, thing in itertools.product(places, HOSTILE):
        path.write_bytes(kept)
        _tampered(path, lambda state, place=place, thing=thing: _put(state, place, thing))
        model = line()
        before = [p.data for p in model.parameters()]
        try:
            nn.fit(
                model,
                ROWS,
                TARGETS,
                optimizer=nn.Adam,
                epochs=3,
                progress=False,
                resume=path,
                callbacks=[nn.EarlyStopping("loss"), nn.Checkpoint(tmp_path / "other")],
                compile=False,
            )
        except StorageError:
            if [p.data for p in model.parameters()] != before:
                wrong.append(f"{place} = {shortened(thing)}: refused, and the model changed")
        except nn.DivergedError:
            pass
        except Exception as problem:
            wrong.append(f"{place} = {shortened(thing)}: {type(problem).__name__}: {str(problem)[:80]}")
        else:
            if not all(isinstance(p.data, float) for p in model.parameters()):
                wrong.append(f"{place} = {shortened(thing)}: weights are no numbers")
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong)


def test_resuming_after_the_targets_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same rows with other targets are other data: for a number, for a class, for one of many."""
    for what in ("number", "class"):
        table, out = tmp_path / f"{what}.csv", tmp_path / f"{what}-run"

        def write(changed: bool, table: Path = table, what: str = what) -> None:
            lines = ["x,y"]
            for i in range(30):
                y = 0.37 * i if what == "number" else "ab"[i % 2]
                if changed and i == 17:
                    y = 5.5 if what == "number" else "a"
                lines.append(f"{0.1 * i:.3f},{y}")
            table.write_text("\n".join(lines) + "\n")

        asked = ["train", str(table), "--target", "y", "--out", str(out), "--quiet", "--hidden", "3"]
        write(changed=False)
        main([*asked, "--epochs", "2"])
        kept = {path.name: path.read_bytes() for path in out.iterdir()}
        write(changed=True)
        with pytest.raises(SystemExit) as ended:
            main([*asked, "--epochs", "4", "--resume"])
        assert ended.value.code == 2 and "other data" in capsys.readouterr().err
        assert {path.name: path.read_bytes() for path in out.iterdir()} == kept


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("earlier") / "run"
    main(["train", "xor", "--out", str(out), "--epochs", "3", "--quiet", "--hidden", "3"])
    return out


@pytest.mark.parametrize("moment", ["before the first epoch", "at the first line"])
def test_the_checkpoint_of_an_earlier_run_lives_until_there_is_a_new_one(
    earlier: Path, moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    shutil.copytree(earlier, out)
    kept = {path.name: path.read_bytes() for path in out.iterdir()}

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    if moment == "before the first epoch":
        monkeypatch.setattr(fitting.Epochs, "learn", interrupted)
    else:
        monkeypatch.setattr("nn.command_line.runs.fit", interrupted)
    with pytest.raises((SystemExit, KeyboardInterrupt)):
        main(["train", "xor", "--out", str(out), "--epochs", "5", "--quiet", "--hidden", "4", "--seed", "9"])
    assert (out / "checkpoint.safetensors").exists()
    left = {path.name: path.read_bytes() for path in out.iterdir()}
    assert left["checkpoint.safetensors"] == kept["checkpoint.safetensors"]
    assert left["model.safetensors"] == kept["model.safetensors"]


def test_training_into_the_folder_of_an_earlier_run_is_refused_or_said(
    earlier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    shutil.copytree(earlier, out)
    kept = {path.name: path.read_bytes() for path in out.iterdir()}
    capsys.readouterr()
    try:
        main(["train", "xor", "--out", str(out), "--epochs", "4", "--hidden", "4", "--seed", "9"])
    except SystemExit as end:
        assert end.code == 2
        assert {path.name: path.read_bytes() for path in out.iterdir()} == kept
    said = " ".join(capsys.readouterr()).lower()
    assert any(word in said for word in ("overwr", "replac", "earlier", "already")), said


def test_a_folder_without_an_earlier_run_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    main(["train", "xor", "--out", str(tmp_path), "--epochs", "2", "--quiet", "--hidden", "3"])
    assert (tmp_path / "notes.txt").read_text() == "mine"


# ------------------------------------------------------------------------------------------------ what training needs

WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in missing: raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
missing = set()
rows, targets = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
"""
NEEDS = {
    "fit without a progress bar, without tqdm": """
missing.add("tqdm")
import nn
model = nn.Neuron(1, "linear", rng=0)
nn.fit(model, rows, targets, epochs=2, progress=False)
nn.fit(model, rows, targets, epochs=2, progress=False, compile=False)
assert "tqdm" not in sys.modules
""",
    "fit where there is no tqdm for the progress bar": """
missing.add("tqdm")
import warnings
import nn
for compile in (True, False):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        history = nn.fit(nn.Neuron(1, "linear", rng=0), rows, targets, epochs=2, compile=compile)
    assert len(history["loss"]) == 2 and ["pip install tqdm" in str(each.message) for each in said] == [True]
    assert said[0].filename == "<string>" or said[0].filename == __file__, said[0].filename
""",
    "tqdm is not imported for nothing": """
import nn
nn.fit(nn.Neuron(1, "linear", rng=0), rows, targets, epochs=2, progress=False)
assert "tqdm" not in sys.modules
""",
    "eager training without NumPy": """
missing.update(("numpy", "tqdm", "scipy", "sklearn", "safetensors", "matplotlib", "graphviz"))
import nn
model = nn.MLP(1, [3, 1], rng=0)
history = nn.fit(model, rows, targets, epochs=2, progress=False, compile=False, validation=0.34, metrics=["r2"])
assert len(history["loss"]) == 2
optimizer = nn.Adam(model.parameters())
history = nn.fit(model, rows, targets, epochs=2, progress=False)
assert len(history["loss"]) == 2 and "NumPy" in history.eager
for labels, loss, outputs in (([0, 1, 1], nn.cross_entropy, 2), ([[0.5, 0.5], [0, 1], [1, 0]], nn.cross_entropy, 2),
                              ([0, 1, 1], nn.binary_cross_entropy_with_logits, 1), ([[1], [2], [3]], nn.huber_loss, 1)):
    trained = nn.fit(nn.MLP(1, [3, outputs], rng=0), rows, labels, loss=loss, epochs=2, progress=False, compile=False)
    assert len(trained["loss"]) == 2
for wrong in ([0, 1, 2], [0, 1, 0.5], [0, 1]):
    try: nn.fit(nn.MLP(1, [3, 2], rng=0), rows, wrong, loss=nn.cross_entropy, progress=False, compile=False)
    except ValueError: pass
    else: raise AssertionError(wrong)
loss = nn.mse_loss([model(row) for row in rows], targets)
loss.backward()
nn.clip_grad_norm_(model.parameters(), 1.0)
optimizer.step()
assert len(nn.data.load_iris()[0]) == 150
assert "numpy" not in sys.modules
""",
    "every optimiser, loss and kind of layer with the engine alone": """
missing.update(("numpy", "tqdm", "scipy", "sklearn", "safetensors", "matplotlib", "graphviz"))
import copy, pickle
import autograd, nn
X, y = nn.data.xor()
def trained(model=None, targets=y, **how):
    model = model or nn.MLP(2, [3, 1], ["tanh", "sigmoid"], rng=0)
    history = nn.fit(model, X, targets, **{"epochs": 2, "progress": False} | how)
    assert len(history["loss"]) == 2 and "NumPy" in history.eager, how
    return model
for optimizer in nn.optim.BY_NAME.values():
    trained(optimizer=optimizer)
for name, row in nn.losses.LOSSES.items():
    several = name == "cross_entropy"
    trained(nn.MLP(2, [2], rng=0) if several else None, [2 * t - 1 for t in y] if "hinge" in name else y, loss=row.function)
trained(targets=[[t, 2.0] for t in y], loss=nn.rowwise(lambda p, t: (p - t[0]) ** 2, weight=lambda t: t[1]))
trained(penalty=nn.PerExample(lambda model: nn.l2_penalty(model, 0.1)), clip_norm=1.0, batch_size=1)
trained(loss=nn.binary_cross_entropy, metrics=["accuracy"], validation=(X, y), callbacks=[nn.EarlyStopping()])
trained(nn.MLP(2, [3, 1], dropout=0.5, rng=0))
model = nn.MLP(2, [3, 1], rng=0)
optimizer = nn.SGD(model.parameters())
trained(model, optimizer=optimizer, schedule=nn.StepLR(optimizer, 1))
nn.unroll(nn.LSTMCell(1, 2, rng=0), [[1.0], [2.0]])
again = nn.MLP(2, [3, 1], rng=1)
again.load_state_dict(model.state_dict())
for copied in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), again):
    assert [p.data for p in copied.parameters()] == [p.data for p in model.parameters()]
nn.metrics.confusion_matrix([1, 0], [1, 1]), nn.data.train_test_split(X, y)
assert autograd.hessian(lambda v: v[0] * v[1])([3.0, 4.0]) == [[0.0, 1.0], [1.0, 0.0]]
if autograd.build == "pure":  # the quick way of calling a compiled function is NumPy's
    assert autograd.compile(lambda v: v[0] * v[1])([3.0, 4.0]) == 12.0
autograd.check_gradients(lambda v: v.sin(), [1.0])
assert "layers.1.neurons.0.bias" in autograd.explore(lambda x: model(x), X[1]).text()
shown = autograd.explore(lambda x: model(x), X[1])._repr_mimebundle_()
assert "<iframe srcdoc=" in shown["text/html"] and "image/png" not in shown
assert "pip install graphviz" in autograd.Value(2.0)._repr_mimebundle_()["text/plain"]
assert "numpy" not in sys.modules
""",
    "a step by hand without NumPy": """
missing.add("numpy")
import nn
model = nn.MLP(1, [3, 1], rng=0)
optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
for _ in range(3):
    optimizer.zero_grad()
    nn.mse_loss([model(row) for row in rows], targets).backward()
    optimizer.step()
""",
}


@pytest.mark.parametrize("case", NEEDS)
def test_what_training_needs(ag: types.ModuleType, case: str) -> None:
    """The uncompiled engine too: it is what runs in a browser."""
    assert outcomes(ag, WITHOUT, {case: NEEDS[case]})[case] == ""


# ------------------------------------------------------------------------------------------------ estimators, tables


def test_warm_start_with_other_classes_of_the_same_number() -> None:
    rows = [[float(i), float(i % 3)] for i in range(24)]
    three = nn.MLPClassifier((3,), max_iter=2, warm_start=True, random_state=0)
    with pytest.warns(Warning, match="."):
        three.fit(rows, [i % 3 for i in range(24)])
    coefs = [c.copy() for c in three.coefs_]
    for other in ([i % 3 + 1 for i in range(24)], ["abc"[i % 3] for i in range(24)], [i % 2 for i in range(24)]):
        with pytest.raises(ValueError, match="warm_start goes on with the classes"):
            three.fit(rows, other)
    assert three.classes_.tolist() == [0, 1, 2] and all((a == b).all() for a, b in zip(coefs, three.coefs_, strict=True))


@pytest.mark.parametrize(
    "text", ["-1e101", "-1e150", "-1e151", "-1e200", "-1e308", "1e101", "1e200", "-inf", "inf", "-1e400", "nan"]
)
def test_a_number_too_large_for_a_table_of_either_sign(text: str, tmp_path: Path) -> None:
    from nn.command_line.tables import TableError, read_csv

    path = tmp_path / "t.csv"
    path.write_text(f"x,y\n1,2\n{text},3\n")
    with pytest.raises(TableError, match=r"line 3, column .?x"):
        read_csv(path).numbers("x")
    path.write_text("x,y\n1,2\n-1e99,3\n1e99,3\n")
    assert read_csv(path).numbers("x") == [1.0, -1e99, 1e99]


HOLDERS = {
    "an array": lambda values: np.array(values),
    "an array of rows": lambda values: np.array([[value] for value in values]),
    "an array in a dict": lambda values: {"a": np.array(values)},
    "an array in a list": lambda values: [np.array(values)],
    "a scalar array": lambda values: [np.array(value) for value in values],
    "a set": lambda values: {*values},
    "a frozenset": lambda values: frozenset(values),
    "a deque": lambda values: collections.deque(values),
    "a view of a dict": lambda values: dict(enumerate(values)).values(),
    "a mapping that is no dict": lambda values: types.MappingProxyType(dict(enumerate(values))),
    "a set of modules": lambda values: {nn.Neuron(1, rng=0)},
    "keys of a dict": lambda values: dict.fromkeys(values, 0.0),
    "an array of modules": lambda values: np.array([nn.Neuron(1, rng=0), nn.Neuron(1, rng=0)]),
}


class Holds(nn.Module):
    def __init__(self, held: Any) -> None:
        self.held = held


@pytest.mark.parametrize("holder", HOLDERS)
def test_parameters_where_they_are_not_found_are_refused(holder: str) -> None:
    """And not left out of the training without a word."""
    model = Holds([Holds(HOLDERS[holder]([Value(1.0), Value(2.0)]))])
    for ask in (model.parameters, model.named_parameters, model.state_dict, model.zero_grad, lambda: model.load_state_dict({})):
        with pytest.raises(TypeError, match=r"held\.0\.held.*list"):
            ask()


def test_parameters_may_be_in_a_set_as_well() -> None:
    """As those that are decayed, where they are found elsewhere."""
    model = Holds([Value(1.0), Value(2.0)])
    model.decayed = {*model.held}
    model.names = {value: "a" for value in model.held}
    assert model.parameters() == model.held and model.state_dict() == {"held": [1.0, 2.0]}


def test_what_else_a_module_may_hold() -> None:
    """Lists, tuples and dicts of Values; arrays of numbers; sets of texts; Values that were computed."""
    held = [
        [[Value(1.0), Value(2.0)], (Value(3.0),)],
        {"a": Value(4.0)},
        np.array([1.0, 2.0]),
        np.array(["a", None], dtype=object),
        {"relu", 3},
        collections.deque([1.0]),
        range(3),
        "text",
        {Value(1.0) * 2.0: 1},
        iter([Value(1.0)]),
    ]
    assert [p.data for p in Holds(held).parameters()] == [1.0, 2.0, 3.0, 4.0]
    assert len(Holds(held).state_dict()) == 3

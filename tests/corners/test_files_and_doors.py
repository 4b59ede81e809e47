"""Files that are none: a FIFO, a socket, a looped link, one that never ends. Written into or refused, never replaced; read in
bounded time and memory, or refused.

Every case is forked, with five seconds at most; nothing but files, links, sockets and FIFOs in a temporary folder is touched.
"""

import functools
import io
import os
import random
from pathlib import Path

import pytest
from corners import outcomes

import autograd
from autograd.files import FileError, StorageError, open_regular

pytestmark = pytest.mark.skipif(not hasattr(os, "fork") or not hasattr(os, "mkfifo"), reason="no FIFOs here")

COMMON = """
import contextlib, io, json, os, socket, stat, subprocess, sys, tempfile, threading, time, warnings
import numpy as np
from pathlib import Path
import nn
import nn.__main__
from autograd import Program
from autograd.files import FileError, StorageError
from nn.training.fit import Training

folder = Path(tempfile.mkdtemp())
os.chdir(folder)
model = nn.MLP(2, [3, 1], rng=0)
fast = autograd.compile(lambda x: x * x)
fast(1.0)
(program,) = fast.programs
history = nn.fit(nn.Neuron(1, "linear", rng=0), [[1.0], [2.0]], [1.0, 2.0], epochs=1, progress=False)
from nn.command_line.problems import Schema
schema = Schema("here", "y", ["a", "b"], [0.0, 0.0], [1.0, 1.0], None)
nn.save(model, "whole.safetensors", metadata={"task": vars(schema)})
Path("pairs.csv").write_text("a,b\\n1,2\\n3,4\\n")
known, pairs = folder / "whole.safetensors", folder / "pairs.csv"
program.save("whole.jsonl")
refused = (OSError, ValueError)

WRITERS = {
    "nn.save": lambda path: nn.save(model, path),
    "Program.save": lambda path: program.save(path),
    "history.to_csv": lambda path: history.to_csv(path),
    "history.to_json": lambda path: history.to_json(path),
    "predict": lambda path: command("predict", known, pairs, "--out", path),
    "Checkpoint": lambda path: nn.fit(nn.Neuron(1, "linear", rng=0), [[1.0], [2.0]], [1.0, 2.0], epochs=1, progress=False,
                                      callbacks=[nn.Checkpoint(path)]),
}
READERS = {
    "nn.load": lambda path: nn.load(path),
    "nn.load into a model": lambda path: nn.load(path, model),
    "load_metadata": lambda path: nn.load_metadata(path),
    "Program.load": lambda path: Program.load(path),
    "resume": lambda path: nn.fit(nn.Neuron(1, "linear", rng=0), [[1.0], [2.0]], [1.0, 2.0], epochs=1, progress=False,
                                  resume=path),
    "show": lambda path: command("show", path),
    "predict, the model": lambda path: command("predict", path, "rows.csv"),
    "train, the rows": lambda path: command("train", path, "--target", "y", "--out", "out", "--epochs", "1"),
}
Path("rows.csv").write_text("x,y\\n1,2\\n3,4\\n")

def command(*arguments):
    '''Ends with 2, and one line, for what cannot be used.'''
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            code = nn.__main__.main([*map(str, arguments)])
        except SystemExit as end:
            code = end.code
    if code: raise ValueError(f"exit code {code}")

def read_all(path, into):
    def read():
        with open(path, "rb") as file: into.append(file.read())
    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread

def writes_into_or_refuses(write, path, expected):
    '''A reader at the other end gets the whole file, or the call is refused; it stays a FIFO.'''
    got = []
    thread = read_all(path, got)
    try:
        write(path)
    except refused:
        with contextlib.suppress(OSError): os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))  # lets the reader go
    else:
        thread.join(3.0)
        assert got and len(got[0]) > 10, "nothing came out at the other end"
        if expected is not None: assert got[0] == expected
    assert stat.S_ISFIFO(os.stat(path).st_mode), "it is no FIFO any more"
    left = sorted(p.name for p in folder.iterdir() if p.name.endswith(".part"))
    assert not left, left

def endless(path):
    '''Writes zeros into a FIFO for as long as somebody reads.'''
    def write():
        with contextlib.suppress(OSError), open(path, "wb", buffering=0) as file:
            while True:
                file.write(bytes(65536))
                time.sleep(0.005)
    threading.Thread(target=write, daemon=True).start()

import resource
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
"""
WRITERS = ["nn.save", "Program.save", "history.to_csv", "history.to_json", "predict", "Checkpoint"]
READERS = [
    "nn.load",
    "nn.load into a model",
    "load_metadata",
    "Program.load",
    "resume",
    "show",
    "predict, the model",
    "train, the rows",
]

CASES: dict[str, str] = {}
for _w in WRITERS:
    CASES[f"{_w} to a FIFO"] = f"""
os.mkfifo("fifo")
writes_into_or_refuses(WRITERS[{_w!r}], "fifo", None)
"""
    CASES[f"{_w} to a link to a FIFO"] = f"""
os.mkfifo("fifo")
os.symlink("fifo", "link")
writes_into_or_refuses(WRITERS[{_w!r}], "link", None)
assert os.path.islink("link") and stat.S_ISFIFO(os.lstat("fifo").st_mode)
"""
    CASES[f"{_w} to a socket"] = f"""
made = socket.socket(socket.AF_UNIX)
made.bind("socket")
with contextlib.suppress(*refused): WRITERS[{_w!r}]("socket")
assert stat.S_ISSOCK(os.lstat("socket").st_mode)
"""
    CASES[f"{_w} to a looped link"] = f"""
os.symlink("b", "a"); os.symlink("a", "b"); os.symlink("self", "self")
for path in ("a", "b", "self"):
    try: WRITERS[{_w!r}](path)
    except refused: pass
    else: raise AssertionError(f"{{path}} was written to")
    assert os.path.islink(path), f"{{path}} was replaced"
"""
    CASES[f"{_w} to a folder"] = f"""
os.mkdir("inside"); Path("inside/kept").write_text("kept")
for path in ("inside", "inside/", "."):
    try: WRITERS[{_w!r}](path)
    except refused: pass
    else: raise AssertionError(f"{{path}} was written to")
assert Path("inside/kept").read_text() == "kept"
"""
    CASES[f"{_w} through a link, and a link to nothing"] = f"""
os.mkdir("elsewhere")
Path("elsewhere/file").write_text("old")
os.symlink("elsewhere/file", "link"); os.symlink("elsewhere/new", "dangling")
for link, target in (("link", "elsewhere/file"), ("dangling", "elsewhere/new")):
    WRITERS[{_w!r}](link)
    assert os.path.islink(link) and os.path.getsize(target) > 10
assert sorted(os.listdir("elsewhere")) == ["file", "new"]
"""
for _r in READERS:
    if _r != "train, the rows":  # a table may come through a FIFO
        CASES[f"{_r} from a FIFO that nobody writes to"] = f"""
os.mkfifo("fifo"); os.symlink("fifo", "link")
for path in ("fifo", "link"):
    try: READERS[{_r!r}](path)
    except refused: pass
    else: raise AssertionError("something was read")
assert stat.S_ISFIFO(os.lstat("fifo").st_mode)
"""
    CASES[f"{_r} from a FIFO that never ends"] = f"""
os.mkfifo("fifo")
endless("fifo")
try: READERS[{_r!r}]("fifo")
except refused: pass
else: raise AssertionError("something was read")
"""
    CASES[f"{_r} from a folder, a socket, a looped link, nothing"] = f"""
made = socket.socket(socket.AF_UNIX)
made.bind("socket")
os.symlink("self", "self"); os.mkdir("inside")
for path in ("socket", "self", "inside", "nothing", ""):
    try: READERS[{_r!r}](path)
    except refused: pass
    else: raise AssertionError(f"something was read from {{path!r}}")
"""
CASES["a file larger than any model, of nothing but a hole"] = """
with open("sparse", "wb") as file: file.truncate(1 << 40)
for name, read in READERS.items():
    try: read("sparse")
    except refused: pass
    else: raise AssertionError(f"{name} read something")
"""
CASES["a device that never ends, or ends at once, through a link"] = """
for device in ("/dev/zero", "/dev/null"):
    os.symlink(device, "link"); os.symlink("link", "far")
    for name, read in READERS.items():
        for path in ("far", device):
            try: read(path)
            except refused: pass
            else: raise AssertionError(f"{name} read something from {device}")
    os.remove("link"); os.remove("far")
"""
CASES["what is written whole is written whole"] = """
for name, write in WRITERS.items():
    write("twice"); first = Path("twice").read_bytes()
    os.chmod("twice", 0o640)
    write("twice")
    assert Path("twice").read_bytes() == first, name
    assert stat.S_IMODE(os.stat("twice").st_mode) == 0o640, name
"""


OPENING = """
os.chdir(tempfile.mkdtemp(dir=folder))
Path("rows.csv").write_text("x,y\\n1,2\\n3,4\\n")
"""


@functools.cache
def told() -> dict[str, str]:
    return outcomes(autograd, COMMON, {case: OPENING + code for case, code in CASES.items()}, seconds=3)


def test_another_file_that_comes_into_the_place_of_a_regular_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at it and its opening."""
    regular, fifo = tmp_path / "regular", tmp_path / "fifo"
    regular.write_bytes(b"x")
    os.mkfifo(fifo)
    monkeypatch.setattr("builtins.open", lambda path, *a, **k: io.open(fifo, *a, **k))  # noqa: SIM115, UP020
    with pytest.raises(FileError, match="no regular file"):
        open_regular(regular)


@pytest.mark.parametrize("case", CASES)
def test_in_bounded_time_or_refused(case: str) -> None:
    assert told()[case] == ""


def test_words_about_a_file_are_no_book() -> None:
    """Python's own may quote all that a damaged file holds, as those about the state of a generator do."""
    state = ([*range(10_000)], (), None)
    with pytest.raises(ValueError) as said:
        random.Random().setstate(state)  # type: ignore[arg-type]
    problem = StorageError("training.ckpt", f"this training cannot go on from it: {said.value}")
    assert len(str(said.value)) > 10_000 > 3_000 > len(str(problem)) and str(problem).endswith("...")
    assert problem.reason.startswith("this training cannot go on from it: state with version [0, 1, ")
    assert StorageError("training.ckpt", "x" * 2_000).reason == "x" * 2_000

"""Pictures, pages, films and scripts: written wholly or not at all, over what may be overwritten, into what is no regular file.

As test_files_and_doors.py has it for models and tables: a case is forked, and nothing but a temporary folder is touched.
"""

import functools
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import graphviz
import pytest
from corners import outcomes
from processes import environment

import autograd
from autograd.files import beginning_of, check_writable, write_whole

fcntl = pytest.importorskip("fcntl")
pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")

COMMON = """
import contextlib, io, os, resource, signal, stat, subprocess, sys, tempfile, threading, warnings
from pathlib import Path
warnings.simplefilter("ignore")
import nn
import nn.__main__
import autograd.__main__
from autograd import Value
folder = Path(tempfile.mkdtemp())
os.chdir(folder)
x = Value(2.0, label="x")
picture, page, film = autograd.draw(x * x + 1.0), autograd.explore(x * x), nn.Film()
model = nn.Neuron(1, "linear", rng=0)
history = nn.fit(model, [[1.0], [2.0]], [1.0, 2.0], epochs=2, progress=False, callbacks=[film])
nn.save(model, "model.safetensors")
Path("script.py").write_text("from autograd import Value\\nx = Value(2.0)\\ny = x * x\\ny.backward()\\n")

def command(main, *arguments):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            code = main([*map(str, arguments)])
        except SystemExit as end:
            code = end.code
    if code: raise ValueError(f"exit code {code}")

explore = lambda path: command(autograd.__main__.main, "explore", "--no-browser", "--out", path, "script.py")
WRITERS = {
    "save .svg": ("p.svg", picture.save), "save .png": ("p.png", picture.save), "save .pdf": ("p.pdf", picture.save),
    "save .gv": ("p.gv", picture.save), "save .dot": ("p.dot", picture.save), "save .txt": ("p.txt", picture.save),
    "save .html": ("p.html", picture.save), "render .svg": ("p.svg", picture.render), "render .png": ("p.png", picture.render),
    "render .pdf": ("p.pdf", picture.render), "render .json": ("p.json", picture.render),
    "the text beside what is rendered": ("p.gv", lambda path: picture.render(Path(path).with_suffix(".svg"))),
    "Explorable.save": ("p.html", page.save), "Film.save": ("p.html", film.save),
    "plot_history": ("p.png", lambda path: nn.plots.plot_history(history, path)),
    "python -m autograd explore": ("p.html", explore),
    "python -m nn show": ("p.svg", lambda path: command(nn.__main__.main, "show", "model.safetensors", "--out", path)),
}
refused = (OSError, ValueError)

def is_refused(write, path):
    try: write(path)
    except refused: return
    raise AssertionError(f"{path} was written to")
"""
WRITERS = [
    *(f"save .{ending}" for ending in ("svg", "png", "pdf", "gv", "dot", "txt", "html")),
    *(f"render .{ending}" for ending in ("svg", "png", "pdf", "json")),
    "the text beside what is rendered",
    "Explorable.save",
    "Film.save",
    "plot_history",
    "python -m autograd explore",
    "python -m nn show",
]

ABOUT_EACH = {
    "into a FIFO, which stays": """
os.mkfifo(path)
got = []
def read():
    with open(path, "rb") as file: got.append(file.read())
reader = threading.Thread(target=read, daemon=True)
reader.start()
write(path)
reader.join(5.0)
assert got and len(got[0]) > 100 and stat.S_ISFIFO(os.lstat(path).st_mode)
""",
    "not into a link in a circle, a folder, a full device": """
os.symlink(path, path)
is_refused(write, path)
assert os.path.islink(path)
os.remove(path)
os.mkdir(path)
Path(path, "kept").write_text("kept")
is_refused(write, path)
assert Path(path, "kept").read_text() == "kept"
os.remove(f"{path}/kept"); os.rmdir(path)
os.symlink("/dev/full", path)
is_refused(write, path)
""",
    "through a link": """
os.mkdir("elsewhere")
os.symlink("elsewhere/new", path)
write(path)
assert os.path.islink(path) and os.path.getsize("elsewhere/new") > 100
""",
    "the old one stays where there is no room": """
write(path)
os.chmod(path, 0o640)
if os.geteuid() == 0: os.chown(path, 65534, 65533)
write(path)
told, old = os.stat(path), Path(path).read_bytes()
assert stat.S_IMODE(told.st_mode) == 0o640, "other permissions"
assert os.geteuid() or (told.st_uid, told.st_gid) == (65534, 65533), "another owner"
if "python -m autograd" not in name:  # which writes over nothing but its pages
    Path(path).write_bytes(old := b"\\n".join([old, old]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
is_refused(write, path)
assert Path(path).read_bytes() == old, "the old one is lost"
assert not [left for left in os.listdir() if left.endswith(".part")]
""",
}
CASES = {
    f"{name}: {what}": f"os.chdir(tempfile.mkdtemp(dir=folder))\nfor kept in ('model.safetensors', 'script.py'):\n"
    f"    os.symlink(folder / kept, kept)\nname = {name!r}\npath, write = WRITERS[name]\n{code}"
    for name in WRITERS
    for what, code in ABOUT_EACH.items()
}


@functools.cache
def told() -> dict[str, str]:
    return outcomes(autograd, COMMON, CASES, seconds=20)


@pytest.mark.parametrize("case", CASES)
def test_a_picture_is_written(case: str) -> None:
    assert told()[case] == ""


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_a_picture_is_not_rendered_over_another_where_that_is_asked(tmp_path: Path, ending: str) -> None:
    picture, file = autograd.draw(autograd.Value(2.0) * 3.0), tmp_path / f"p.{ending}"
    file.write_text("old")
    with pytest.raises(graphviz.FileExistsError, match="output file exists"):
        picture.render(file, raise_if_result_exists=True)
    assert file.read_text() == "old"


def test_a_picture_is_not_rendered_over_its_text(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="text, which would be lost"):
        autograd.draw(autograd.Value(2.0) * 3.0).render(outfile=tmp_path / "p.svg", filename=tmp_path / "p.svg", format="svg")


def test_a_file_that_may_not_be_written_to_stays(tmp_path: Path) -> None:
    """By who may not: nobody else's right is asked. (For root there is no such file.)"""
    file = tmp_path / "kept"
    file.write_text("old")
    file.chmod(0o444)
    tmp_path.chmod(0o777)
    for folder in (tmp_path, *tmp_path.parents):
        if not os.stat(folder).st_mode & stat.S_IXOTH and os.stat(folder).st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(0o755)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            for attempt in (lambda: write_whole(file, b"new"), lambda: check_writable(file)):
                try:
                    attempt()
                except PermissionError as problem:
                    code = 0 if str(file) in str(problem) else 2
                else:
                    os._exit(3)
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert file.read_text() == "old" and [*tmp_path.iterdir()] == [file]


WRITING = """
import sys
from autograd.files import write_whole
print("printed before")
write_whole(sys.argv[1], b"written\\n")
print("printed after")
"""


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
def test_standard_output_is_written_on_and_not_replaced(tmp_path: Path, name: str) -> None:
    """It may be a file that others write to as well, as a log of which this is the end."""
    if not os.path.exists("/proc/self/fd/1"):
        pytest.skip("no /proc here")
    log = tmp_path / "log"
    log.write_text("earlier\n")
    (tmp_path / "link").symlink_to("/dev/stdout")
    with log.open("ab") as file:
        subprocess.run(
            [sys.executable, "-c", WRITING, name], stdout=file, cwd=tmp_path, env=environment(autograd), check=True, timeout=60
        )
    assert log.read_text() == "earlier\nprinted before\nwritten\nprinted after\n"
    assert {path.name for path in tmp_path.iterdir()} == {"log", "link"}


def test_a_file_that_has_no_name_any_more(tmp_path: Path) -> None:
    """No other is made in its place, "log (deleted)"."""
    with (tmp_path / "log").open("w+b") as file:
        os.remove(file.name)
        write_whole(f"/dev/fd/{file.fileno()}", b"written")
        file.seek(0)
        assert file.read() == b"written" and not [*tmp_path.iterdir()]


SCRIPT = b"from autograd import Value\nx = Value(2.0)\ny = x * x\ny.backward()\n"


def explored(tmp_path: Path, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "autograd", "step", script],
        cwd=tmp_path,
        env=environment(autograd),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_script_comes_through_a_fifo(tmp_path: Path) -> None:
    """Which can be read but once: the lines that are shown are of that reading."""
    os.mkfifo(tmp_path / "script.py")
    writer = threading.Thread(target=(tmp_path / "script.py").write_bytes, args=(SCRIPT,), daemon=True)
    writer.start()
    done = explored(tmp_path, "script.py")
    writer.join(5.0)
    assert done.returncode == 0 and "y = x × x" in done.stdout


def test_a_script_that_never_ends_is_none(tmp_path: Path) -> None:
    done = explored(tmp_path, "/dev/zero")
    assert done.returncode and "null byte" in done.stderr


def test_a_beginning(tmp_path: Path) -> None:
    file = tmp_path / "text"
    for contents, most, found in [(b"", 5, b""), (b"abc", 5, b"abc"), (b"abcdef", 5, b"abcdef"), (b"abcdefg", 5, b"abcdef")]:
        file.write_bytes(contents)
        assert beginning_of(file, most) == found
    file.write_bytes(b"ab\0cd")
    assert beginning_of(file, 9) == b"ab\0"


# ------------------------------------------------------------------------------------------------ python -m nn train


def trained(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    rows = "".join(f"{k},{k * k / 7:.3f}\n" for k in range(20))
    (tmp_path / "rows.csv").write_text("x,y\n" + rows)
    return subprocess.run(
        [sys.executable, "-m", "nn", "train", "rows.csv", "--target", "y", "--epochs", "1", "--hidden", "2", *arguments],
        cwd=tmp_path,
        env=environment(autograd),
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("name", ["checkpoint.safetensors", "model.safetensors", "history.json", "curves.png", "network.svg"])
def test_what_cannot_be_written_is_said_before_a_training(tmp_path: Path, name: str) -> None:
    """A folder in the place of a file, or a link in a circle: not after hours."""
    for make in (lambda path: path.mkdir(), lambda path: path.symlink_to(path.name)):
        path = tmp_path / "out" / name
        path.parent.mkdir(exist_ok=True)
        make(path)
        done = trained(tmp_path, "--out", "out")
        assert (
            done.returncode == 2
            and done.stderr.startswith(f"python -m nn train: out/{name}: ")
            and done.stderr.count("\n") == 1
        )
        assert "epoch" not in done.stdout and [*path.parent.iterdir()] == [path]
        path.unlink() if path.is_symlink() else path.rmdir()


def test_a_folder_that_is_a_link_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("out")
    done = trained(tmp_path, "--out", "out")
    assert done.returncode == 2 and done.stderr == "python -m nn train: out: File exists\n"


def test_two_trainings_do_not_write_to_one_folder_at_once(tmp_path: Path) -> None:
    """What is left would be partly one's and partly the other's."""
    (tmp_path / "out").mkdir()
    number = os.open(tmp_path / "out", os.O_RDONLY)
    fcntl.flock(number, fcntl.LOCK_EX)
    done = trained(tmp_path, "--out", "out")
    assert (
        done.returncode == 2
        and "another training writes to out right now" in done.stderr
        and not [*(tmp_path / "out").iterdir()]
    )
    os.close(number)
    assert trained(tmp_path, "--out", "out").returncode == 0

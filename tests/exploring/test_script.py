"""`python -m autograd explore` and `step`: any script runs as Python runs it, and its graph is shown."""

import signal
import webbrowser
from pathlib import Path

import pytest
from scripts import SQUARES, as_before, ended, noted, python, written

from autograd.__main__ import main
from autograd.exploring import script, terminal


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    as_before(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(webbrowser, "open", lambda url: True)
    return tmp_path


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(arguments) == 2
    return capsys.readouterr().err


# ------------------------------------------------------------------------------------------------ what is shown


def test_the_last_call_of_backward_with_the_numbers_it_had(here: Path, capsys: pytest.CaptureFixture[str]):
    found, what = noted(written(here, SQUARES), "a", "b")
    assert capsys.readouterr().out == "ran ['a', 'b'] __main__\n"
    assert what == "backward() on line 16, call 3 of 3"
    assert found.text().splitlines() == [
        "x = 0.9248, y = 3",
        "s = x × y = 0.9248 × 3 = 2.7744",
        "is s > 1? yes",
        "t = s + x = 2.7744 + 0.9248 = 3.6992",
        "loss = t × t = 3.6992 × 3.6992 = 13.6841",
        "∂loss/∂loss = 1",
        "∂loss/∂t: 0 += 1 × 3.6992 -> 3.6992",
        "∂loss/∂t: 3.6992 += 1 × 3.6992 -> 7.3984",
        "∂loss/∂s: 0 += 7.3984 × 1 -> 7.3984",
        "∂loss/∂x: 0 += 7.3984 × 1 -> 7.3984",
        "∂loss/∂x: 7.3984 += 7.3984 × 3 -> 29.5936",
        "∂loss/∂y: 0 += 7.3984 × 0.9248 -> 6.84204",
        "∂loss/∂x = 29.5936, ∂loss/∂y = 6.84204",
    ]
    data = found.data
    assert data["title"] == "script.py"
    assert [text for _, text, _ in data["source"]] == (here / "script.py").read_text().splitlines()
    line, start, _, end = data["spans"][data["at"][found.names.index("t")]]
    assert data["source"][line][1][start:end] == "s + x"
    assert found.data["graph"]["guards"][0]["outcome"] is True


def test_another_call_and_another_line(here: Path):
    file = written(here, SQUARES)
    first, what = noted(file, which=1)
    assert what == "backward() on line 16, call 1 of 3" and first.text().startswith("x = 2, y = 3\n")
    assert noted(file, which=-2)[0].text().startswith("x = 1.36, y = 3\n")
    product, what = noted(file, line=6)
    assert what == "what line 6 made last" and product.outputs[0].op == "mul"
    assert product.text().startswith("x = 0.9248, y = 3\n")
    with pytest.raises(script.NothingToExploreError, match="called 3 times, and --which 4 is none of them"):
        noted(file, which=4)
    with pytest.raises(script.NothingToExploreError, match=r"line 2 made no Value by an operation; lines that did: 6, 8, 11$"):
        noted(file, line=2)


def test_without_backward_it_is_the_last_result(here: Path):
    found, what = noted(written(here, "from autograd import Value\nx = Value(3.0)\ny = x * x\nx // 2\n"))
    assert what == "no backward() was called: the last result, made on line 3"
    assert found.names == ["x", "y"]


def test_calls_and_layers_become_groups_and_parameters_have_names(here: Path):
    code = """
        import nn
        model = nn.MLP(2, [8, 8, 1], rng=0)

        def loss_of(rows):
            return sum(model(row) ** 2 for row in rows)

        loss = loss_of([[0.1 * k, -0.2 * k] for k in range(60)])
        loss.backward()
    """
    found, _ = noted(written(here, code))
    names = [group.name for group in found.groups.groups]
    assert names.count("MLP") == names.count("layers.0") == 60
    assert "loss_of" not in names  # a lone call is no group, and what it calls are
    assert "layers.1.neurons.3.bias" in found.names and "loss" in found.names


def test_questions_keep_no_graph_alive_and_only_those_of_the_graph_are_shown(here: Path):
    code = """
        from autograd import Value
        other = Value(1.0) * 2.0
        if other > 0:
            pass
        x = Value(2.0)
        y = x * x
        for k in range(20_000):
            y > 5
        if y < 5.0 and 3 < y:
            y.backward()
    """
    found, _ = noted(written(here, code))
    asked = [frame.text for frame in found.frames if frame.kind == "branch"]
    assert len(asked) == script.MOST_QUESTIONS and asked[-2:] == ["is y < 5? yes", "is y > 3? yes"]


def test_a_training_keeps_one_graph_and_not_all(here: Path):
    code = """
        import resource
        from autograd import Value
        w = Value(1.0)
        def step():
            y = w
            for _ in range(2000):
                y = y * 0.999
            y.backward()
        for k in range(60):
            step()
            if k == 10:
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 8_000, grown  # kilobytes; 50 such graphs are 30,000
    """
    noted(written(here, code))


# ------------------------------------------------------------------------------------------------ the page


def test_the_page_is_written_beside_the_script_and_opened(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    (here / "there").mkdir()
    written(here / "there", SQUARES)
    assert main(["explore", "there/script.py", "--no-browser"]) == 0  # which is the script's argument, as it stands behind it
    target = here / "there" / "script.html"
    assert opened == [target.as_uri()]
    assert capsys.readouterr().out == "ran ['--no-browser'] __main__\nthere/script.html: backward() on line 16, call 3 of 3\n"
    assert target.read_text() == noted(target.with_suffix(".py"), "--no-browser")[0].html()
    opened.clear()
    assert main(["explore", "--no-browser", "--out", "here.html", "there/script.py"]) == 0
    assert (here / "here.html").exists() and not opened
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    assert main(["explore", "--out", "here.html", "there/script.py"]) == 0  # a page of its own is overwritten
    assert "No browser was found here" in capsys.readouterr().out


def test_nothing_of_others_is_overwritten_and_the_script_does_not_even_run(here: Path, capsys: pytest.CaptureFixture[str]):
    written(here, "print('ran')")
    (here / "script.html").write_text("<!doctype html>\nmine")
    problem = refused(["explore", "script.py"], capsys)
    assert "script.html is there, and is no page that this command wrote: --out names another file" in problem
    assert (here / "script.html").read_text() == "<!doctype html>\nmine"
    assert "ending in .html, and this is page.png" in refused(["explore", "--out", "page.png", "script.py"], capsys)
    assert "No such file" in refused(["explore", "nowhere.py"], capsys)
    assert "directory" in refused(["explore", str(here)], capsys)
    assert "computed nothing with Values" in refused(["explore", "--out", "o.html", "script.py"], capsys)
    assert not (here / "o.html").exists()


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["explore"],
        ["play", "x.py"],
        ["step", "--which", "0", "x.py"],
        ["step", "--line", "-1", "x.py"],
        ["step", "--out", "x"],
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(options: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main(options)
    assert stopped.value.code == 2 and capsys.readouterr().err.count("error: ") == 1


@pytest.mark.parametrize("command", ["explore", "step"])
def test_help_teaches(command: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    text = capsys.readouterr().out
    assert stopped.value.code == 0 and f"python -m autograd {command} train.py --epochs 3" in text
    assert max(map(len, text.splitlines())) <= 80


def test_an_anomaly_has_its_page_at_its_step(here: Path, capsys: pytest.CaptureFixture[str]):
    code = "from autograd import Value, detect_anomaly\nx = Value(2.0)\nwith detect_anomaly():\n    y = (x - 2.0).log()\n"
    written(here, code)
    assert main(["step", "script.py"]) == 1
    said = capsys.readouterr()
    assert "y = log(v1) = log(0) = -inf" in said.out and "the graph of the error, open at the step" in said.err
    assert "autograd.AnomalyError: log gave -inf" in said.err


# ------------------------------------------------------------------------------------------------ as Python runs it


def test_a_script_that_fails_shows_its_own_traceback(tmp_path: Path):
    """Letter by letter what Python shows; with an import beside the script, its arguments, and a name that is a nuisance."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    written(folder, "from autograd import Value\ndef half(x):\n    return x * (1 / (x.data - 2))\n", "beside.py")
    name = 'it\'s "so" {0} %s\n<b>ü.py'
    code = "import sys\nfrom beside import half, Value\n\ndef f(x):\n    return half(x)\n\nf(Value(float(sys.argv[1])))\n"
    file = written(folder, code, name)
    plain = python(file, "2", cwd=tmp_path)
    ours = python("-m", "autograd", "explore", file, "2", cwd=tmp_path)
    code_, out, err = ended(ours)
    assert (code_, out, err) == (1, *ended(plain)[1:]) and "ZeroDivisionError" in err
    assert not list(folder.glob("*.html"))

    code_, out, err = ended(python("-m", "autograd", "explore", file, "3", cwd=tmp_path))
    assert (code_, err) == (0, "") and out.count("\n") == 1
    page = (folder / name.replace(".py", ".html")).read_text()
    assert page.startswith("<!doctype html>") and "<b>" not in page


def test_errors_of_syntax_and_exit_codes(tmp_path: Path, here: Path, capsys: pytest.CaptureFixture[str]):
    written(here, "x = = 1\n", "wrong.py")
    assert main(["step", "wrong.py"]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f'  File "{here / "wrong.py"}", line 1\n') and "SyntaxError" in err and "exec" not in err
    for exits, code, said in (("3", 3, ""), ("'no data'", 1, "no data\n"), ("None", 0, ""), ("", 0, "")):
        written(here, f"import sys\nfrom autograd import Value\ny = Value(1.0) * 2\nsys.exit({exits})\n", "leaves.py")
        assert main(["step", "leaves.py"]) == code
        out, err = capsys.readouterr()
        assert ("y = " in out) == (code == 0) and (err == said if code else "made on line 3" in err)


def test_ctrl_c_ends_the_script_and_shows_what_there_is(tmp_path: Path):
    code = """
        import time
        from autograd import Value
        x = Value(3.0)
        (x * x).backward()
        print("going on", flush=True)
        time.sleep(60)
    """
    process = python("-m", "autograd", "explore", "--no-browser", written(tmp_path, code), cwd=tmp_path)
    assert process.stdout is not None and process.stdout.readline() == "going on\n"
    process.send_signal(signal.SIGINT)
    code_, out, err = ended(process)
    assert (code_, out) == (130, "script.html: backward() on line 5\n")
    assert err.rstrip().endswith("KeyboardInterrupt") and "autograd" not in err
    assert (tmp_path / "script.html").exists()


# ------------------------------------------------------------------------------------------------ in the terminal


@pytest.fixture
def played(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Plays the squares with these keys; gives what was shown."""
    found, _ = noted(written(here, SQUARES))
    capsys.readouterr()
    monkeypatch.setattr(terminal, "somebody_is_there", lambda: True)

    def play_with(*keys: str) -> str:
        waiting = list(keys)

        def answer(prompt: str) -> str:
            if not waiting:
                raise EOFError
            return waiting.pop(0)

        monkeypatch.setattr("builtins.input", answer)
        terminal.play(found)
        assert not waiting
        return capsys.readouterr().out

    return play_with


def steps_in(shown: str) -> list[int]:
    return [int(line.split()[0]) for line in shown.splitlines() if line[:1].isdecimal() and "steps" not in line]


def test_the_keys_step(played):
    assert steps_in(played("", "n", "b", "9", "s", "d", "e", "q")) == [0, 1, 2, 1, 9, 0, 5, 12]
    shown = played("2", "1", "7", "q")
    assert "1  s = x × y = 0.9248 × 3 = 2.7744\n    line 6:     s = x * y\n                    ^^^^^\n" in shown
    assert "7  ∂loss/∂t: 3.6992 += 1 × 3.6992 -> 7.3984\n    line 11:     return t * t\n" in shown


def test_the_ends_and_what_is_no_key(played):
    shown = played("b", "13", "-1", "x", "²", "?", "e", "n")
    assert steps_in(shown) == [0, 12] and "That is the start" in shown and "That is the last step" in shown
    assert shown.count("is no key and none of the steps, 0 to 12") == 4 and shown.count("one step back") == 6
    assert shown.endswith("\n\n")  # Ctrl-D


def test_at_a_real_terminal(tmp_path: Path):
    pty, os = pytest.importorskip("pty"), __import__("os")
    master, slave = pty.openpty()
    process = python(
        "-m", "autograd", "step", written(tmp_path, SQUARES), cwd=tmp_path, stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    os.write(master, b"\nq\n")
    shown = b""
    while process.poll() is None or not shown.rstrip().endswith(b">"):
        try:
            shown += os.read(master, 4096)
        except OSError:  # the other side is closed
            break
    os.close(master)
    text = shown.decode()
    assert process.wait() == 0 and "12 steps, 5 of them forward." in text
    assert "1  s = x × y" in text and "2  " not in text


def test_without_a_terminal_all_is_printed_and_a_closed_pipe_is_no_error(tmp_path: Path):
    file = written(tmp_path, SQUARES)
    process = python("-m", "autograd", "step", file, cwd=tmp_path)
    code, out, err = ended(process)
    assert (code, err) == (0, "script.py: backward() on line 16, call 3 of 3\n")
    assert out.splitlines()[0] == "ran [] __main__" and len(out.splitlines()) == 14


def test_what_networks_are_trained_by_is_seen_where_it_runs_eagerly(here: Path):
    code = """
        import nn
        rows, targets = [[0.0], [1.0]], [0.0, 1.0]
        nn.fit(nn.MLP(1, [2, 1], rng=0), rows, targets, loss=nn.mse_loss, epochs=2, progress=False, compile={})
    """
    found, what = noted(written(here, code.format("False")))
    assert "call 2 of 2" in what and len(found.nodes) > 10
    with pytest.raises(script.NothingToExploreError, match=r"fit\(\.\.\., compile=False\)"):
        noted(written(here, code.format("True")))

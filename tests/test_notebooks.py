"""The notebooks as they are committed: scripts and .ipynb say the same, and what is shown is clean.

`make test-notebooks` runs them, and compares what they show.
"""

import copy
import importlib.util
import os
import re
import subprocess
import sys
from array import array
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest

import nn
from autograd.course.asking import EXERCISES
from autograd.pictures import pages

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MOST_BYTES = 1_200_000

# A path from the root of a file system, an address in memory: what another machine, or another run, would not show.
PRIVATE = re.compile(r"""(?:^|[\s"'(=\[])(?:/\w[\w.-]*/|[A-Za-z]:\\)|\b0x[0-9a-f]{6,}""")


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebooks_tool", ROOT / "tools" / "notebooks.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools"))  # as where it is run
        spec.loader.exec_module(module)
    return module


tool = load_tool()


notebooks = pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def texts(notebook: Any) -> list[str]:
    """All that the outputs say in words, pictures of graphs included."""
    shown = []
    for output in outputs(notebook):
        shown += [output.text] if "text" in output else output.get("traceback", [])
        shown += [text for mime, text in output.get("data", {}).items() if mime in ("text/plain", tool.SVG)]
    return shown


def test_every_notebook_has_a_script_and_every_script_a_notebook() -> None:
    assert NOTEBOOKS and [file.with_suffix(".py") for file in NOTEBOOKS] == sorted((ROOT / "notebooks").glob("*.py"))


@notebooks
def test_the_script_and_the_notebook_say_the_same(file: Path) -> None:
    difference = tool.differences_of_cells(tool.read(file), tool.from_script(file.with_suffix(".py")))
    assert not difference, f"run `python tools/notebooks.py {file.stem}` if this is meant:\n{difference}"


@notebooks
def test_no_output_is_an_error_or_a_warning(file: Path) -> None:
    shown = outputs(tool.read(file))
    assert [output for output in shown if output.output_type == "error" or output.get("name") == "stderr"] == []


@notebooks
def test_no_output_shows_paths_or_addresses(file: Path) -> None:
    assert [found.group() for text in texts(tool.read(file)) for found in PRIVATE.finditer(text)] == []


@notebooks
def test_every_picture_is_drawn(file: Path) -> None:
    notebook = tool.read(file)
    assert not any("no picture" in text for text in texts(notebook))
    kinds = {kind for output in outputs(notebook) for kind in output.get("data", {})}
    assert kinds & {tool.SVG, "image/png", "text/html", "text/markdown"}


SAID = {
    "00_ten_minutes": r"b is larger by 0\.001, and e by 0\.005001",
    "01_slopes": r"∂y/∂b: by rule 10\.2569902711, by nudging 10\.25699",
    "03_chain_rule": r"32 +1,120 +4,351 +3,104 +2,511,040 +4,873,120 +4,351",
    "04_one_weight": r"the best w, by a formula \(see below\): 1\.405455",
    "02_values_and_graphs": r"dg/da = 138\.83381924198252",
    "05_neurons": r"0 of 20 starts arrive(.|\n)*20 of 20 starts arrive",
    "06_backpropagation": r"all 38 weights: the slopes are right",
    "07_classification": r"held-out flowers named right: 9\d%",
    "08_training": r"held-out images read right: \d+ of 359, 9[6-9]\.\d+%",
    "09_what_goes_wrong": r"log gave -inf: its operand is 0\.0 \(made by sigmoid",
    "10_through_time": r"1\.00\s+1\.99\s+3\.96",
    "11_beyond_networks": r"1000 x 1000, 2998 entries stored",
    "12_machine_speed": r"instructions: 10,994 and 7",
    "13_small_gpt": r"step 3000: loss 2\.1",
    "solutions": r"Exercise slopes\.function",
}
"""What each one comes to."""


def test_a_notebook_says_what_it_is_about() -> None:
    for file in NOTEBOOKS:
        assert re.search(SAID[file.stem], "\n".join(texts(tool.read(file)))), file.stem
    assert len(SAID) == len(NOTEBOOKS)


def test_the_gpt_of_the_notebook_trains_as_that_of_the_examples() -> None:
    command = [sys.executable, str(ROOT / "examples" / "scalar_gpt.py"), "--steps", "10", "--samples", "0"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    losses = {int(step): float(loss) for step, loss in re.findall(r"^step (\d+) loss (\S+)$", said, re.MULTILINE)}
    shown = "\n".join(texts(tool.read(ROOT / "notebooks" / "13_small_gpt.ipynb")))
    found = {int(step): loss for step, loss in re.findall(r"^step +(\d+): loss (\S+)", shown, re.MULTILINE)}
    assert {step: found[step] for step in (1, 10)} == {step: f"{losses[step]:.4f}" for step in (1, 10)}


@notebooks
def test_the_files_are_as_the_tool_writes_them(file: Path) -> None:
    committed = tool.read(file)
    assert committed == tool.normalised(committed)
    assert file.read_text(encoding="utf-8") == nbformat.writes(committed) + "\n"
    assert file.stat().st_size < MOST_BYTES
    numbers = [cell.execution_count for cell in committed.cells if cell.cell_type == "code"]
    assert numbers == list(range(1, len(numbers) + 1)), "run from top to bottom, once"
    assert file.with_suffix(".py").read_text(encoding="utf-8") == tool.as_script(committed)


# ------------------------------------------------------------------------------------------------ the exercises in them


def test_every_exercise_is_asked_in_one_notebook_and_solved_in_the_last() -> None:
    asked = [name for names in tool.asked_by_notebook().values() for name in names]
    assert sorted(asked) == sorted(EXERCISES)
    for file, names in tool.asked_by_notebook().items():
        assert len(names) >= 5, file.stem
    assert (ROOT / "notebooks" / "solutions.py").read_text(encoding="utf-8") == tool.solutions(), (
        "run `python tools/notebooks.py`"
    )
    shown = "\n".join(texts(tool.read(ROOT / "notebooks" / "solutions.ipynb")))
    assert shown.count("Right.") == len(asked) and "Not yet" not in shown


# ------------------------------------------------------------------------------------------------ the words in them

TERMS = """
accuracy, activation function, adjoint, backpropagation, backpropagation through time, binary cross-entropy, callback, chain
rule, classes, confusion matrix, cross-entropy, curvature, delta rule, derivative, diamond, differentiate, dimension, dot
product, early stopping, edge, embedding, epoch, error signal, error surface, fixed point, flop, forward mode, full batch,
gradient, gradient checking, gradient descent, graph, held out, Hessian, hidden, Jacobian, kink, learning rate, leaves, local
derivative, local minimum, logarithm, logistic regression, logit, loss, matrix, mini-batch, model, momentum, NaN, network,
node, noise, norm, nudge, operand, optimizer, overfit, parabola, parameter, parents, parity, partial derivative, penalty,
prediction, probability, propagation of errors, recurrent, register, regularisation, residual connection, reverse mode,
saddle, saturated, score, second derivative, sigmoid, softmax, solver, standard error, standardise, step function,
subgradient, sweep, target, topological order, training loop, underfit, unit, unroll, validation, vanishing gradient, weight,
XOR
"""
"""Words of the trade that have no meaning for somebody who comes from school, or another one."""


def paragraphs() -> list[tuple[str, str]]:
    """What the notebooks say, one after the other, without titles, aims and the names of other notebooks."""
    found = []
    for file in sorted((ROOT / "notebooks").glob("[0-9]*.py")):
        for cell in tool.from_script(file).cells:
            if cell.cell_type == "markdown" and not re.search(r"\*\*(What you will|Your aim|You will be able)", cell.source):
                text = re.sub(r"\[[^]]*\]\([^)]*\)|^#.*$|`[^`]*`", "", cell.source, flags=re.MULTILINE)
                found += [(file.stem, paragraph) for paragraph in text.split("\n\n")]
    return found


def test_every_term_is_bold_where_it_is_first_used() -> None:
    said = paragraphs()
    for term in " ".join(TERMS.split()).split(", "):
        used = re.compile(rf"(?<![\w-]){term}(?:s|es)?(?![\w-])", re.IGNORECASE)
        first = next(((name, text) for name, text in said if used.search(text)), None)
        assert first is not None, f"no notebook says {term!r}: it may go from this list"
        name, text = first
        assert any(used.search(bold) for bold in re.findall(r"\*\*(.+?)\*\*", text)), (
            f"{name} does not explain {term!r}: {text}"
        )


# ------------------------------------------------------------------------------------------------ the comparison itself


def svg(x: int, *texts: str) -> str:
    marks = "".join(f'<text x="{x}">{text}</text>' for text in texts)
    return f'<svg xmlns="http://www.w3.org/2000/svg">{marks}</svg>'


def notebook_with(*outputs: Any) -> Any:
    cell = nbformat.v4.new_code_cell("x", outputs=list(outputs), execution_count=1)
    return tool.normalised(nbformat.v4.new_notebook(cells=[cell]))


def printed(text: str, name: str = "stdout") -> Any:
    return nbformat.v4.new_output("stream", name=name, text=text)


def displayed(**data: str) -> Any:
    mimes = {"svg": tool.SVG, "png": "image/png", "plain": "text/plain"}
    return nbformat.v4.new_output("display_data", data={mimes[kind]: content for kind, content in data.items()})


def test_other_text_is_a_difference() -> None:
    report = tool.differences(notebook_with(printed("loss 0.1\n")), notebook_with(printed("loss 0.2\n")))
    assert "-loss 0.1" in report and "+loss 0.2" in report and "cell-01" in report


def test_text_that_arrives_in_pieces_is_no_difference() -> None:
    assert tool.differences(notebook_with(printed("a\nb\n")), notebook_with(printed("a\n"), printed("b\n"))) == ""


def test_another_layout_of_a_graph_is_no_difference_and_another_number_is() -> None:
    committed = notebook_with(displayed(svg=svg(1, "data 2", "grad 3")))
    assert tool.differences(committed, notebook_with(displayed(svg=svg(9, "grad 3", "data 2")))) == ""
    assert "+data 4" in tool.differences(committed, notebook_with(displayed(svg=svg(1, "data 4", "grad 3"))))


def test_other_pixels_are_no_difference_and_no_plot_is() -> None:
    committed = notebook_with(displayed(png="AAAA"))
    assert tool.differences(committed, notebook_with(displayed(png="BBBB"))) == ""
    assert tool.differences(committed, notebook_with()) != ""


def test_an_address_beside_a_picture_is_left_out_and_a_value_is_not() -> None:
    with_address = notebook_with(displayed(svg=svg(1), plain="<Graph object at 0x7f2222f273d0>"))
    assert list(with_address.cells[0].outputs[0].data) == [tool.SVG]
    with_value = notebook_with(displayed(svg=svg(1), plain="Value(data=2.0, grad=0.0)"))
    assert "Value(data=2.0, grad=0.0)" in texts(with_value)


def test_normalising_changes_a_copy() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("text", metadata={"tags": ["mine"]})])
    before = copy.deepcopy(notebook)
    tool.normalised(notebook)
    assert notebook == before


def test_check_tells_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tool, "FOLDER", tmp_path)
    script, file = tmp_path / "sums.py", tmp_path / "sums.ipynb"
    script.write_text("# %%\nprint(1 + 1)\n")
    assert tool.main(["--check"]) == 1
    assert "+[code]" in capsys.readouterr().out and not file.exists()
    assert tool.main([]) == 0
    assert tool.main(["--check", "sums"]) == 0
    before = file.read_bytes()
    script.write_text("# %%\nprint(1 + 2)\n")
    assert tool.main(["--check"]) == 1
    assert "+print(1 + 2)" in capsys.readouterr().out and file.read_bytes() == before
    file.write_text(before.decode().replace("1 + 1", "1 + 2"))
    assert tool.main(["--check"]) == 1
    assert "-2\n+3" in capsys.readouterr().out
    assert tool.main(["--chekc"]) == 2
    assert "there is no notebook --chekc; there is sums" in capsys.readouterr().out


def test_a_warning_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(tool, "FOLDER", tmp_path)
    (tmp_path / "warns.py").write_text("# %%\nimport warnings\nwarnings.warn('old', DeprecationWarning)\n")
    assert tool.main([]) == 1
    assert "DeprecationWarning" in capsys.readouterr().out and not (tmp_path / "warns.ipynb").exists()


def test_the_solutions_are_made_of_the_exercises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "FOLDER", tmp_path)
    (tmp_path / "05_lines.py").write_text(
        '# %% [markdown]\n# # Lines\n\n# %%\nask("slopes.product")\n\n# %%\nask("slopes.function")\n'
    )
    script = tool.solutions()
    assert "# ## Lines\n#\n# Of [05_lines](05_lines.ipynb)." in script
    assert 'question = ask("slopes.product")\nquestion\n\n# %%\nb = question.b\ncheck("slopes.product", b.data)\n' in script
    assert (
        'a, b = question.a, question.b\n\n\ndef slope(x):\n    return 2 * a * x + b\n\n\ncheck("slopes.function", slope)\n'
        in script
    )


def framed(**recordings: Any) -> str:
    return pages.framed(pages.page([], {"recordings": [recordings]}, before="// " + str(recordings.pop("script", ""))))


def test_other_scripts_on_a_page_are_no_difference_and_another_recording_is() -> None:
    def cell(**recording: Any) -> Any:
        output = nbformat.v4.new_output(
            "display_data", data={"text/html": framed(graph={"leaves": array("d", [1.5])}, **recording)}
        )
        return notebook_with(output)

    committed = cell(names=["a"])
    assert tool.differences(committed, cell(names=["a"], script="another")) == ""
    assert '+names: ["b"]' in tool.differences(committed, cell(names=["b"]))
    assert 'graph: {"leaves": [1.5]}' in tool.shown(committed.cells[0])


def test_another_film_is_a_difference() -> None:
    def shown(lr: float) -> Any:
        model, film = nn.MLP(2, [2, 1], "tanh", rng=0), nn.Film()
        optimizer = nn.SGD(model.parameters(), lr=lr)
        nn.fit(model, *nn.data.xor(), optimizer=optimizer, epochs=3, callbacks=[film], progress=False)
        return notebook_with(nbformat.v4.new_output("display_data", data={"text/html": film._repr_mimebundle_()["text/html"]}))

    assert tool.differences(shown(0.1), shown(0.1)) == ""
    assert "+states: [" in tool.differences(shown(0.1), shown(0.2))


def test_the_kernel_is_this_python_and_shows_the_page_of_an_anomaly_that_nobody_catches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = tmp_path / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["no-such-python"], "display_name": "another", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    file = tmp_path / "which.py"
    source = "import sys\nprint(sys.prefix)\nimport autograd\nwith autograd.detect_anomaly():\n    autograd.Value(0.0).log()"
    file.write_text(f'# %% tags=["raises-exception"]\n{source}\n')
    said, page, error = outputs(tool.execute(file))
    assert said.text.strip() == sys.prefix
    assert 'title: "log gave -inf"' in tool.recorded(page.data["text/html"])
    assert error.ename == "AnomalyError" and "log gave -inf" in "\n".join(error.traceback)


def test_make_notebooks_trusts_them_and_works_for_root(tmp_path: Path) -> None:
    """With a `jupyter` that writes down what it is asked, in an environment where nothing is left to install."""
    (tmp_path / "bin").mkdir()
    jupyter = tmp_path / "bin" / "jupyter"
    jupyter.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    jupyter.chmod(0o755)
    made = [flag for name in (".venv", ".build", ".notebooks") for flag in ("-o", str(tmp_path / name))]
    for name in (".venv", ".build", ".notebooks"):
        (tmp_path / name).touch()
    subprocess.run(["make", "-s", *made, "notebooks", f"VENV={tmp_path}"], cwd=ROOT, check=True, timeout=60)
    trusted, opened = (tmp_path / "asked").read_text().splitlines()
    assert trusted.split() == ["trust", *(f"notebooks/{file.name}" for file in NOTEBOOKS)]
    as_root = ["--allow-root"] if os.getuid() == 0 else []
    assert opened.split() == ["lab", "--notebook-dir", "notebooks", *as_root]

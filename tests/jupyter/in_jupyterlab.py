"""Explorables in a real JupyterLab, in a real browser: `make test-jupyter`. It starts a server that listens to this machine."""

import inspect
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbconvert
import nbformat
import pytest
from browser import Browser, running_browser
from builds import ROOT

from autograd import Value, explore

SECONDS = 120
"""How long anything is waited for."""


def f(a, b, c):
    d = a * b
    e = d + c
    return e.tanh() * a


def expected(*numbers: float) -> tuple[float, list[float]]:
    leaves = [Value(x) for x in numbers]
    y = f(*leaves)
    y.backward()
    return y.data, [leaf.grad for leaf in leaves]


def notebook(path: Path, *cells: Any) -> None:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[*cells], metadata=kernel), path)


def code(source: str, **bundle: Any) -> Any:
    outputs = [nbformat.v4.new_output("display_data", bundle["data"])] if bundle else []
    return nbformat.v4.new_code_cell(source, outputs=outputs)


class Lab:
    """A notebook that is open in JupyterLab."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = address
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda message: self.troubles.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: self.troubles.append(request.url) if self.strange(request.url) else None)

    def strange(self, url: str) -> bool:
        return not url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:", "about:"))

    def open(self, name: str) -> None:
        self.page.goto(f"{self.address}/lab/tree/{name}?reset")
        self.page.wait_for_selector(".jp-Notebook", timeout=SECONDS * 1000)

    def run_all(self) -> None:
        self.until("jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'")
        self.page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")

    def kernel(self, python: str) -> str:
        """What a piece of Python prints in the notebook's kernel."""
        script = """async code => {
            const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session, asked = kernel.requestExecute({ code });
            let printed = "";
            asked.onIOPub = ({ header, content }) => {
                printed += header.msg_type === "stream" ? content.text : header.msg_type === "error" ? content.evalue : "";
            };
            await asked.done;
            return printed.trim();
        }"""
        return str(self.page.evaluate(script, python))

    def until(self, condition: str, frame: Any = None) -> None:
        wait_for(lambda: (frame or self.page).evaluate(condition), condition)

    def playing(self, k: int) -> Any:
        """The page inside of the frame number k, once it plays."""
        self.until(f"document.querySelectorAll('.jp-OutputArea-output iframe').length > {k}")
        frame = self.page.locator(".jp-OutputArea-output iframe").nth(k).element_handle().content_frame()
        self.until("!!window.explorable", frame)
        return frame

    def drag(self, frame: Any, selector: str, by: int) -> None:
        frame.frame_element().evaluate("frame => frame.scrollIntoView()")  # out of sight nothing is drawn
        box = settled(frame.locator(selector).first.bounding_box)  # in sight, it is laid out for the room it has
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + by, y, steps=4)
        self.page.mouse.up()


def settled(found: Any) -> Any:
    """What is found once it has stayed the same for a moment."""
    before, now = None, found()
    while now != before:
        time.sleep(0.5)
        before, now = now, found()
    return now


def wait_for(found: Any, what: str) -> Any:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if answer := found():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"it never came to {what}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from running_browser()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="module")
def server(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    own = tmp_path_factory.mktemp("jupyter")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {f"JUPYTER_{kind}_DIR": str(own / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    environment |= {"IPYTHONDIR": str(own), "PYDEVD_DISABLE_FILE_VALIDATION": "1", "PYTHONPATH": str(ROOT)}
    options = ["--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1", f"--ServerApp.root_dir={folder}"]
    options += ["--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None"]
    options += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    address = f"http://127.0.0.1:{port}"
    with open(own / "log", "wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=log)

    def answers() -> bool:
        assert process.poll() is None, (own / "log").read_text()
        try:
            return bool(json.load(urllib.request.urlopen(f"{address}/api/status")))
        except OSError:
            return False

    try:
        wait_for(answers, "a server")
        yield address
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def lab(browser: Browser, server: str) -> Iterator[Lab]:
    context = browser.browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    opened = Lab(context.new_page(), server)
    yield opened
    context.close()
    assert not opened.troubles


CELLS = [
    f"from autograd import Value, explore\n\n{inspect.getsource(f)}\nexplore(f, 2.0, -3.0, 5.5)",
    "a, b = Value(2.0, label='a'), Value(3.0, label='b')\nw = explore(lambda a, b: a * b + a, a, b).widget()\nw",
    "a * b",
]


def test_pages_and_widgets_in_cells(lab: Lab, folder: Path):
    notebook(folder / "live.ipynb", *map(code, CELLS))
    lab.open("live.ipynb")
    lab.page.evaluate("jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    lab.until("document.body.dataset.jpThemeLight === 'false'")
    lab.run_all()
    lab.until("getComputedStyle(document.querySelector('.jp-RenderedSVG img') ?? document.body).colorScheme === 'dark'")
    plays_both_ways(lab, lab.playing(0))
    is_bound_to_the_kernel(lab, lab.playing(1))


def plays_both_ways(lab: Lab, page: Any) -> None:
    page.evaluate("document.getElementById('scrub').focus()")
    for _ in range(page.evaluate("explorable.steps")):
        lab.page.keyboard.press("ArrowRight")
    assert page.evaluate("explorable.step === explorable.steps")
    y, grads = expected(2.0, -3.0, 5.5)
    assert page.evaluate("['f', 'a', 'b', 'c'].map(explorable.adjoint)") == [1.0, *grads]
    shown = page.evaluate("[...document.querySelectorAll('#inputs td.slope')].map(cell => cell.textContent)")
    assert [float(text.replace("−", "-")) for text in shown] == pytest.approx(grads, rel=1e-3)
    lab.drag(page, "#inputs .live[data-drag='2']", 40)
    lab.until("explorable.value('c') !== 5.5", page)
    y, grads = expected(2.0, -3.0, page.evaluate("explorable.value('c')"))
    assert page.evaluate("explorable.value('f')") == pytest.approx(y, rel=1e-14)
    assert page.evaluate("['a', 'b', 'c'].map(explorable.adjoint)") == pytest.approx(grads, rel=1e-14)


def is_bound_to_the_kernel(lab: Lab, page: Any) -> None:
    lab.until("document.documentElement.dataset.theme === 'dark'", page)
    lab.page.evaluate("jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' })")
    lab.until("document.documentElement.dataset.theme === 'light'", page)
    lab.drag(page, "#inputs .live[data-drag='0']", 40)
    wait_for(lambda: lab.kernel("print(a.data != 2.0)") == "True", "a number that was dragged")
    a = page.evaluate("explorable.value('a')")
    wait_for(lambda: lab.kernel("print(a.data, w.numbers)") == f"{a} {{'a': {a}}}", "the number that was dragged to")
    page.evaluate("explorable.seek(3)")
    wait_for(lambda: lab.kernel("print(w.step)") == "3", "its step")
    lab.kernel("w.set('b', -1.5)")  # and from the kernel to the page
    lab.until("explorable.value('b') === -1.5", page)
    assert page.evaluate("explorable.adjoint('a')") == -0.5
    lab.kernel("a.data = float('inf'); w.update(); w.step = 1")
    lab.until("explorable.value('a') === Infinity && explorable.step === 1", page)
    assert lab.kernel("print(w.numbers, w.step)") == "{'a': inf, 'b': -1.5} 1"
    page.evaluate("parent.postMessage({ explorable: { step: -1, numbers: { a: '__import__(\"os\")' } } }, '*')")
    page.evaluate("explorable.restore()")
    wait_for(lambda: lab.kernel("print(a.data, b.data, w.numbers)") == "2.0 3.0 {}", "numbers as recorded")
    lab.kernel("w.set('a', 4.0)")
    lab.until("explorable.value('a') === 4", page)
    lab.troubles[:] = [said for said in lab.troubles if "TraitError" not in said]


EXERCISE = ["from autograd.course import ask, check\nquestion = ask('slopes.product')\nquestion"]
EXERCISE += ["check('slopes.product', ...)", "check('slopes.product', question.a)", "check('slopes.product', question.b.data)"]


def test_an_exercise_and_what_is_said_of_answers(lab: Lab, folder: Path):
    notebook(folder / "exercise.ipynb", *map(code, EXERCISE))
    lab.open("exercise.ipynb")
    lab.run_all()
    lab.until("document.querySelectorAll('.jp-OutputArea-output.jp-RenderedMarkdown').length === 4")
    asked, nothing, wrong, right = lab.page.locator(".jp-OutputArea-output.jp-RenderedMarkdown").all_inner_texts()
    assert asked.startswith("Exercise slopes.product") and "what is ∂z/∂a?" in asked and "**" not in asked
    assert nothing.startswith("No answer yet") and "is the value of a itself" in wrong
    assert right.strip() == "Right."
    bold = lab.page.locator(".jp-OutputArea-output.jp-RenderedMarkdown strong").all_inner_texts()
    assert bold == ["Exercise slopes.product", "Not yet.", "Right."]


def test_a_notebook_that_nobody_trusted_shows_a_picture(lab: Lab, folder: Path):
    explored = explore(f, 2.0, -3.0, 5.5)
    notebook(folder / "saved.ipynb", code("explore(f, 2.0, -3.0, 5.5)", data=explored._repr_mimebundle_()))
    lab.open("saved.ipynb")
    picture = "document.querySelector('.jp-OutputArea-output img[alt=\"the graph\"]')"
    lab.until(f"{picture}?.complete")
    assert lab.page.evaluate(f"{picture}.naturalWidth") > 1000
    assert lab.page.locator("iframe").count() == 0
    assert "once you trust it" in lab.page.inner_text(".jp-OutputArea-output")


# ------------------------------------------------------------------------------------------------ nbconvert


@pytest.fixture
def saved() -> Any:
    explored = explore(f, 2.0, -3.0, 5.5)
    widget, _ = explored.widget()._repr_mimebundle_()
    cells = [code("explore(f, 2.0, -3.0, 5.5)", data=explored._repr_mimebundle_()), code("w", data=widget)]
    return nbformat.v4.new_notebook(cells=cells)


def test_the_html_of_nbconvert_plays_from_disk(browser: Browser, saved: Any, tmp_path: Path):
    text, _ = nbconvert.HTMLExporter(template_name="basic").from_notebook_node(saved)
    (tmp_path / "page.html").write_text(f"<!doctype html><meta charset='utf-8'>{text}")
    opened = browser.open(tmp_path / "page.html", ready="document.querySelectorAll('iframe').length === 2")
    for frame in opened.page.frames[1:]:
        wait_for(lambda frame=frame: frame.evaluate("!!window.explorable"), "a page that plays")
        frame.evaluate("explorable.seek(explorable.steps)")
        assert frame.evaluate("['a', 'b', 'c'].map(explorable.adjoint)") == expected(2.0, -3.0, 5.5)[1]
    seen = """picture => {
        picture.scrollIntoView();
        const { left, right, top, bottom } = picture.getBoundingClientRect();
        return document.elementFromPoint((left + right) / 2, (top + bottom) / 2).tagName;
    }"""
    pictures = opened.page.locator("img").all()  # they are for places without frames, and covered where there are some
    assert pictures and {picture.evaluate(seen) for picture in pictures} == {"IFRAME"}
    browser.close_pages()


def test_markdown_and_latex_have_a_picture(saved: Any):
    markdown, _ = nbconvert.MarkdownExporter().from_notebook_node(saved)
    assert len(re.findall(r'<img alt="the graph"[^>]* src="data:image/png;base64,iVBOR', markdown)) == 2
    latex, pictures = nbconvert.LatexExporter().from_notebook_node(saved)
    assert latex.count("includegraphics") >= 2 and len(pictures["outputs"]) == 2

"""The page inside other pages, which speak with it by messages: in a frame, and in the cell of a notebook's widget."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from browser import Browser
from builds import ROOT
from small_function import f as branchy

from autograd import AnomalyError, Value, detect_anomaly, explore

PAGE = ROOT / "autograd" / "pictures" / "page"


def test_a_page_in_another_is_spoken_with_by_messages(browser: Browser, tmp_path: Path):
    """The example of docs/embedding.md, and behind its back whatever a page around may send."""
    explore(branchy, 0.5, -1.5, 1.25).save(tmp_path / "page.html")
    example = re.search("```html\n(.*?)```", (ROOT / "docs" / "embedding.md").read_text(), re.S)
    assert example
    told = "<script>const told = []; addEventListener('message', ({ data }) => told.push(data.explorable));</script>"
    (tmp_path / "around.html").write_text(example[1] + told)
    around = browser.open(tmp_path / "around.html", ready="told.length === 1")
    assert around.ask("told[0]") == {"began": True, "step": 0, "steps": 21, "numbers": {}}
    around.page.click("#next")
    around.until("document.getElementById('step').textContent === '1'")
    around.page.click("#slope")
    leaves = [Value(x) for x in (0.5, -1.5, 1.25)]
    y = branchy(*leaves)
    y.backward()
    around.until("document.getElementById('slope').textContent !== 'slope of a'")
    assert float(around.text("#slope").removeprefix("slope of a: ")) == leaves[0].grad

    def asked(*call: Any) -> Any:
        around.ask("call => { told.length = 0; frame.postMessage({ explorable: call, id: 7 }, '*'); }", list(call))
        around.until("told.some(({ id }) => id === 7)")
        return around.ask("told.find(({ id }) => id === 7)")

    state = {"step": 3, "numbers": {"c": "-Infinity", "s": 0.25}}
    assert "error" not in asked("become", state)
    around.until("now.step === 3")
    assert around.ask("now.numbers") == state["numbers"]
    assert asked("value", "c")["result"] == -math.inf and asked("value", "u")["result"] == 1.0  # of the other branch
    assert asked("turned")["result"] == -1
    assert asked("become", {"numbers": {"nobody": 1}})["error"] == 'no node is called "nobody"'
    assert asked("become", {"numbers": {"a": "1; alert(1)"}})["error"] == '"1; alert(1)" is no number'
    assert asked("set", "a", None)["error"] == "null is no number"
    asked("become", state)
    for hostile in (["set", 1.5, 2], ["value", 0.5], ["seek", "x"], ["seek", None], ["seek", "NaN"], ["seek"]):
        assert asked(*hostile).get("error"), hostile
    for hostile in (["constructor"], ["__proto__"], ["eval", "1"], ["set", "nobody", 1], [], [None], ["at"]):
        assert asked(*hostile).get("error"), hostile
    for hostile in (None, 3, "seek", {"explorable": None}, {"explorable": "seek"}, {"explorable": {"0": "seek"}}):
        around.ask("data => frame.postMessage(data, '*')", hostile)
    assert asked("numbers")["result"] == state["numbers"]
    asked("restore")
    around.until("Object.keys(now.numbers).length === 0")
    assert asked("value", "f")["result"] == y


# ------------------------------------------------------------------------------------------------ of anomalies, and of scripts


NO_ROOM = '<iframe src="page.html" style="border: 0; width: 0; height: 0"></iframe>'
"""As in JupyterLab, which builds the pages of a notebook before it gives them any room."""

DRAWN = "(({ left, right, height }) => [left, right, height])(document.querySelector('g.room').getBoundingClientRect())"


def given_room(browser: Browser, folder: Path, ready: str, shown: str) -> tuple[Any, Any]:
    """A page in a frame without room, after the frame got some: the frame, and where the graph is drawn."""
    (folder / "around.html").write_text(NO_ROOM)
    around = browser.open(folder / "around.html", ready="document.readyState === 'complete'")
    frame = around.page.query_selector("iframe").content_frame()
    around.until(f"!!window.explorable && {ready}", frame)
    around.ask("document.querySelector('iframe').style = 'width: 1200px; height: 640px'")
    around.until(shown, frame)
    return frame, frame.evaluate(DRAWN)


WIDE = "document.querySelector('g.room').getBoundingClientRect().width > 400"


def test_a_page_that_got_no_room_at_first_shows_its_step_when_it_gets_some(browser: Browser, tmp_path: Path):
    with pytest.raises(AnomalyError) as raised, detect_anomaly():
        Value(-800.0, label="score").sigmoid().log()
    explore(raised.value).save(tmp_path / "page.html")  # which opens at its last step, not at the first
    _, (left, right, _) = given_room(browser, tmp_path, "explorable.step > 0", WIDE)
    assert 300 < left < right < 1200


def test_a_graph_that_got_no_room_at_first_is_laid_out_for_what_it_gets(browser: Browser, tmp_path: Path):
    """It stayed as tall and thin as the frame had been."""
    chain = Value(0.5, label="x")
    for _ in range(9):
        chain = chain.tanh()
    explore(chain).save(tmp_path / "page.html")
    frame, (left, right, height) = given_room(browser, tmp_path, "explorable.step === 0", WIDE)
    assert 300 < left < right < 1200 and height < right - left
    assert frame.evaluate("document.querySelectorAll('g.room [tabindex=\"0\"]').length") == 1


def test_a_page_that_begins_in_hiding_is_laid_out_when_it_is_shown(browser: Browser, tmp_path: Path):
    """A notebook hides what it shows while it puts itself together. The graph stayed back to front, its rail a stump."""
    explore(branchy, 0.5, -1.5, 1.25).save(tmp_path / "page.html")
    around, frame = browser.begun_in_hiding(tmp_path / "page.html", "!!window.explorable")
    around.until(WIDE, frame)
    assert frame.evaluate("document.querySelector('#scrub path').getBBox().width") > 500


AROUND = """<!doctype html>
<body>
<script>
const saved = [], listeners = new Set();
const model = { // what ipywidgets has for a view
  values: PARTS,
  get(name) { return this.values[name]; },
  set(given) {
    const before = JSON.stringify(this.values);
    Object.assign(this.values, given);
    if (JSON.stringify(this.values) !== before) listeners.forEach(f => f());
  },
  save_changes() { saved.push({ step: this.values.step, numbers: this.values.numbers }); },
  on: (_, f) => listeners.add(f),
  off: (_, f) => listeners.delete(f),
};
const frame = () => document.querySelector("iframe");
</script>
<script type="module">
WIDGET
window.end = render({ model, el: document.body });
</script>
"""


def test_the_view_of_a_widget(browser: Browser, tmp_path: Path):
    """With a model as ipywidgets has it; tests/jupyter/in_jupyterlab.py has the real one."""
    values = {
        "_page": explore(branchy, 0.5, -1.5, 1.25).html(),
        "_style": "width: 900px; height: 640px",
        "step": 1,
        "numbers": {},
    }
    parts = {"PARTS": json.dumps(values).replace("</", "<\\/"), "WIDGET": (PAGE / "widget.js").read_text()}
    (tmp_path / "around.html").write_text(re.sub("PARTS|WIDGET", lambda found: parts[found[0]], AROUND))
    around = browser.open(tmp_path / "around.html", ready="window.end !== undefined")

    def page() -> Any:
        frame = around.page.query_selector("iframe").content_frame()
        around.until("!!window.explorable", frame)
        return frame

    around.until("explorable.step === 1", page())  # where the model stood
    around.ask("for (let step = 2; step < 9; step++) model.set({ step, numbers: { a: step, c: 'Infinity' } })")
    around.until("explorable.step === 8 && explorable.value('a') === 8 && explorable.value('c') === Infinity", page())
    page().evaluate("explorable.set('b', 2)")
    around.until("saved.length")
    assert around.ask("saved") == [{"step": 8, "numbers": {"a": 8, "c": "Infinity", "b": 2}}]  # no echo of what it was told
    page().evaluate("explorable.seek(3)")
    around.until("model.values.step === 3")
    around.ask("document.body.append(frame())")  # as notebooks move cells: it begins anew
    around.until("explorable.step === 3 && explorable.value('b') === 2", page())
    around.ask("saved.length = 0; window.end()")
    page().evaluate("explorable.seek(4)")
    page().evaluate("new Promise(done => setTimeout(done, 50))")
    assert around.ask("saved.length + listeners.size") == 0

"""The page inside other pages, which speak with it by messages: in a frame, and in the cell of a notebook's widget."""

import json
import math
import re
from pathlib import Path
from typing import Any

from browser import Browser
from builds import ROOT
from small_function import f as branchy

from autograd import Value, explore

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

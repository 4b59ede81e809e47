"""The page of an explorable, in a real browser: every face of it asked, and read off."""

import re
from pathlib import Path

import pytest
from browser import Browser, Opened
from scripts import SQUARES, as_before, noted, written
from small_function import f as branchy
from small_function import gradients_of

import autograd
import nn
from autograd import Value, explain, explore

# ------------------------------------------------------------------------------------------------ both passes


def test_to_the_end_and_back(page: Opened):
    steps = page.ask("explorable.steps")
    for _ in range(steps):
        page.press("ArrowRight")
    assert page.ask("explorable.step") == steps
    y, grads = gradients_of(branchy, 0.5, -1.5, 1.25)
    assert page.ask("['a', 'b', 'c'].map(x => explorable.adjoint(x))") == grads
    assert page.ask("explorable.value('f')") == y
    shown = page.ask("[...document.querySelectorAll('#inputs td.slope')].map(cell => cell.textContent)")
    assert [float(text.replace("−", "-")) for text in shown] == pytest.approx(grads, rel=1e-3)
    for _ in range(steps):
        page.press("ArrowLeft")
    assert page.ask("explorable.step") == 0
    assert page.ask("[...document.querySelectorAll('#inputs td.slope')].map(cell => cell.textContent).join('')") == ""


def test_each_step_says_what_python_says(page: Opened):
    explored = explore(branchy, 0.5, -1.5, 1.25)
    for step, frame in enumerate(explored.frames):
        found = page.ask("step => { explorable.seek(step); return explorable.at(step); }", step)
        assert found["kind"] == ("branch" if frame.kind == "read" else frame.kind)
        if frame.kind == "edge":
            got = [found[key] for key in ("operand", "user", "nth", "of", "before", "share", "after")]
            assert got == [frame.node, frame.user, frame.nth, frame.of, frame.before, frame.share, frame.after]
    assert "+=" in explored.frames[-2].text


def test_plus_equals_explains_itself(page: Opened):
    page.ask("explorable.seek(explorable.steps - 2)")  # the last share of a
    shown = "∂f ∂a −5.352 complete += = 3.447 so far + ∂f ∂s 5.866 · · ∂s ∂a (−1.5) this edge brings −8.799"
    assert " ".join(page.text("#equation").split()) == shown
    why = page.text("#why")
    assert "s is complete, since its only use has reported" in why
    assert "reaches f by both ways at once, so the shares add" in why


def test_the_source_is_lit_and_the_untaken_branch_is_quiet(page: Opened):
    page.ask("explorable.seek(2)")
    assert page.text("#source mark") == "s + c"
    page.ask("explorable.seek(4)")
    assert page.text("#source mark") == "t > 0"
    assert page.ask("[...document.querySelectorAll('.untaken')].map(line => line.textContent.trim())") == ["else:", "u = t * t"]


def test_nothing_is_shown_before_it_is_known(page: Opened):
    assert page.ask("[...document.querySelectorAll('#graph .operation .value')].map(text => text.textContent).join('')") == ""
    page.ask("explorable.seek(explorable.seed)")
    adjoints = page.ask("[...document.querySelectorAll('#graph .adjoint')].map(text => text.textContent).filter(Boolean)")
    assert adjoints == ["1"]  # not 0 for those that no share has reached


def test_what_is_no_comment_is_not_written_as_one(browser: Browser, tmp_path: Path):
    def f(x):
        sizes = {"#small": 2, '"#': 3}  # a comment
        return x * sizes["#small"] + x * sizes['"#']

    explore(f, 2.0).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html")
    assert page.ask("[...document.querySelectorAll('.comment')].map(part => part.textContent)") == ["# a comment"]
    assert page.text("#source").count('["#small"]') == 1


def test_no_two_nodes_are_written_alike(browser: Browser, tmp_path: Path):
    """A variable may be called as nodes without a name are, or as another one that is given anew is written."""

    def f(x):
        v = x
        for _ in range(9):
            v = v * x + 1.0
        w2 = v.tanh()
        w = w2 * x
        w = w - v
        return w * w2

    explore(f, 0.3).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html")
    names = page.ask("[...document.querySelectorAll('#graph .label')].map(label => label.textContent)")
    assert len(names) == len({*names}) > 20 and {"v9", "v#9", "w2", "w#2"} <= {*names}


# ------------------------------------------------------------------------------------------------ paths, checks, predictions


def test_paths_are_those_of_explain(page: Opened):
    a, b, c = Value(0.5), Value(-1.5), Value(1.25)
    y = branchy(a, b, c)
    explanation = explain(y, b)
    found = page.ask("explorable.paths('b', 'f')")
    assert found["count"] == explanation.number_of_paths == 2
    assert found["total"] == pytest.approx(explanation.derivative, rel=1e-15)
    assert found["products"] == pytest.approx([path.contribution for path in explanation.paths], rel=1e-15)
    page.ask("explorable.seek(explorable.steps)")
    page.page.locator("#graph .leaf").nth(1).click(position={"x": 8, "y": 14})
    page.page.locator("#graph .operation").last.click()
    assert page.text("#brow").startswith("Paths")
    assert len(page.text("#ways").splitlines()) >= 2
    all_of_them = page.ask("document.querySelectorAll('.lit.paths').length")
    page.ask("document.querySelectorAll('#ways .way')[0].focus()")  # as pointing at it does
    one = page.ask("document.querySelectorAll('.lit.paths').length")
    assert one + 1 < all_of_them and one == len(page.text("#ways .way >> nth=0").split("→")) - 1
    page.press("Escape")
    assert not page.text("#brow").startswith("Paths")


def test_so_many_paths_that_no_list_could_hold_them(browser: Browser, tmp_path: Path):
    x = Value(1.0, label="x")
    y = x
    for _ in range(60):
        y = y + y * 0.5
    explore(y).save(tmp_path / "many.html")
    found = browser.open(tmp_path / "many.html").ask("explorable.paths('x', 'y')")
    assert found["count"] == pytest.approx(2.0**60, rel=1e-15) and found["total"] == pytest.approx(1.5**60)
    assert found["products"] == sorted(found["products"], reverse=True) and found["products"][0] == 1.0


def test_the_check_by_a_nudge(page: Opened):
    page.page.locator("#graph .leaf").first.click(position={"x": 8, "y": 14})
    page.press("c")
    said = page.text("#why")
    assert re.search(r"Its adjoint says −5\.35187\d*\. They agree to (\d+) digits\.", said)
    assert page.ask("explorable.value('a')") == 0.5


def test_predictions_are_diagnosed(browser: Browser, tmp_path: Path):
    def f(a, b):
        c = a * b
        return c + a

    explore(f, 2.0, -3.0).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html")
    page.press("p")
    page.press("ArrowRight")

    def says(answer: str) -> str:
        page.page.fill("#answer", answer)
        page.page.click("#quiz button")
        return page.text("#quiz output")

    assert "?" in page.text("#equation")
    assert page.ask("document.querySelectorAll('#graph .slope').length") == 0  # a slope may be the value that is asked for
    assert says("") == "Type a number."
    assert "sum of the operands" in says("-1")
    assert "negative" in says("6")
    assert says("-6") == "Right: −6."
    assert "?" not in page.text("#equation")
    page.ask("document.activeElement.blur()")
    page.press("p")
    assert not page.page.is_visible("#quiz")  # nothing is asked any more
    page.press("p")
    last = page.ask("explorable.steps") - 2  # a's second share
    seen = {}
    for step in range(page.ask("explorable.steps")):
        page.ask("step => explorable.seek(step)", step)
        seen[step] = page.ask("explorable.at(explorable.step)")
    shares = [step for step, at in seen.items() if at["kind"] == "edge" and at["nth"] == 2]
    (step,) = shares
    assert step <= last
    page.ask("step => explorable.seek(step)", step)
    at = seen[step]
    assert "shares are added up" in says(str(at["share"]))
    assert "is added to it" in says(str(at["before"]))
    assert says(str(at["after"])).startswith("Right")


def test_what_is_asked_for_stands_nowhere(browser: Browser, tmp_path: Path):
    """Not in the picture, the source, the table or the heading, nor in what is read aloud."""

    def f(a, b):
        c = a * b.exp()
        d = (c / b).tanh()
        return (d * c).sin()

    explored = explore(f, 0.8158, -0.6546)
    explored.save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html", "#predict=1")
    told = """[document.body.innerText, ...[...document.querySelectorAll('*')].flatMap(e =>
      ['aria-label', 'aria-valuetext', 'title'].map(name => e.getAttribute(name) ?? ''))].join('\\n')"""
    for step, frame in enumerate(explored.frames):
        page.ask("step => explorable.seek(step)", step)
        if frame.kind == "value" or (frame.kind == "edge" and frame.user != len(explored.nodes) - 1):  # there it is the slope
            number = explored.nodes[frame.node].data if frame.kind == "value" else frame.after
            text = f"{number:.4g}".replace("-", "−")
            assert len(text) > 5 and text not in page.ask(told), frame.text
            page.page.fill("#answer", repr(number))
            page.press("Enter")
            assert text in page.ask(told)


# ------------------------------------------------------------------------------------------------ link, themes, keys


def test_the_link_opens_where_it_was(page: Opened, browser: Browser, tmp_path: Path):
    page.ask("explorable.seek(14)")
    page.ask("explorable.set('a', 0.7)")
    page.press("t", "+")
    link = page.ask("location.hash")
    assert "view=" in link
    again = browser.open(tmp_path / "page.html", link)
    assert again.ask("[explorable.step, explorable.value('a')]") == [14, 0.7]
    place = "document.querySelector('.room').getBoundingClientRect().toJSON()"
    assert again.ask(place) == pytest.approx(page.ask(place), abs=1.0)
    again.press("0", "Home")
    assert "view=" not in again.ask("location.hash") and "step=" not in again.ask("location.hash")
    assert again.ask("document.documentElement.dataset.theme") == page.ask("document.documentElement.dataset.theme") == "dark"
    for hostile in ("#step=1e9", "#step=-5&~a=NaN&theme=<b>&open=99-x&paths=1-zzz&view=1,,NaN", "#%E0%A4%A", "#~nobody=3"):
        browser.open(tmp_path / "page.html", hostile)


def test_everything_is_reached_by_keyboard(page: Opened):
    seen = []
    for _ in range(30):
        page.press("Tab")
        seen.append(
            page.ask(
                "document.activeElement.id || document.activeElement.className.baseVal || document.activeElement.className"
            )
        )
    for part in ("source", "live", "operation", "scrub", "play", "predict", "theme", "help"):
        assert any(part in str(name) for name in seen) or part == "play", part
    page.press("?")
    assert page.ask("document.getElementById('sheet').open")
    page.press("Escape")
    for key, check in {
        "End": "explorable.step === explorable.steps",
        "Home": "explorable.step === 0",
        "m": "explorable.at(explorable.step).nth > 1",
    }.items():
        page.ask("document.activeElement.blur()")
        page.press(key)
        assert page.ask(check), key
    page.ask("explorable.seek(0)")
    page.press(" ")
    page.until("explorable.step > 0")
    page.press(" ")


def test_the_graph_by_arrow_keys(page: Opened):
    page.ask("document.querySelector('#graph [tabindex=\"0\"]').focus()")
    start = page.ask("document.activeElement.getAttribute('aria-label')")
    page.press("ArrowLeft", "ArrowLeft")
    assert page.ask("document.activeElement.getAttribute('aria-label')") != start
    page.press("Enter")
    assert "point at another node" in page.text("#why")


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<b>bold</b>",
    "\"quotes\" & 'more'",
    "a\\b\nc",
    "{x} | <y>",
    "\0nul",
    "😀",
    "]]>",
    "<!--",
    "x" * 10_000,
]


def test_hostile_labels_are_text(browser: Browser, tmp_path: Path):
    leaves = [Value(float(k + 1), label=label) for k, label in enumerate(HOSTILE)]
    y = leaves[0]
    for leaf in leaves[1:]:
        y = y * leaf
    y.label = HOSTILE[0]
    explore(y).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html", width=1024, height=768)
    beside = "(e => e.scrollWidth - e.clientWidth)(document.getElementById('inputs'))"
    assert page.ask(beside) == 0  # the slopes are in view, however long the names
    page.page.on("dialog", lambda dialog: pytest.fail("a label was executed"))
    for step in range(page.ask("explorable.steps")):
        page.ask("step => explorable.seek(step)", step)
    assert page.ask("document.querySelectorAll('b').length") <= 3
    names = page.ask("explorable.names()")
    assert {"<b>bold</b>", "\"quotes\" & 'more'", "😀", "]]>"} <= set(names)
    page.page.locator("#graph .leaf").first.click(position={"x": 8, "y": 14})


# ------------------------------------------------------------------------------------------------ any size


def test_folding_moves_nothing_else(browser: Browser, tmp_path: Path):
    model = nn.MLP(2, [8, 8, 1], rng=0)

    def loss(xs):
        return autograd.fsum([model(x) ** 2 for x in xs])

    explore(loss, [[0.1 * k, -0.2 * k] for k in range(30)]).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html")
    places = "[...document.querySelectorAll('.room > .level > g > [data-thing]')].map(e => e.getAttribute('transform'))"
    before = page.ask(places)
    assert 1 < len(before) < 80
    first = next(k for k, group in enumerate(page.ask("explorable.groups()")) if k and group["operations"] > 20)
    page.ask("g => explorable.open(g)", first)
    assert page.ask(places) == before
    assert page.ask("document.querySelectorAll('.inner .level').length") == 1
    assert "all" in page.text("#crumbs")
    page.press("Escape")
    assert page.ask("document.querySelectorAll('.inner .level').length") == 0
    assert page.ask(places) == before


def test_an_operand_used_twice_has_a_line_for_each_use(browser: Browser, tmp_path: Path):
    def f(x):
        return x * x

    explore(f, 3.0).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html")
    lines = page.ask("[...document.querySelectorAll('path.edge')].map(line => line.getAttribute('d'))")
    assert len({*lines}) == 2
    lit = "[...document.querySelectorAll('path.lit')].map(line => line.getAttribute('d'))"
    seen = []
    for step in range(page.ask("explorable.steps") + 1):
        page.ask("step => explorable.seek(step)", step)
        if len(found := page.ask(lit)) == 1:
            seen += found
    assert seen == lines or seen == lines[::-1]  # backward, one after the other; forward, both at once


def test_a_large_graph_plays_too(browser: Browser, tmp_path: Path):
    def f(x):
        for _ in range(10_000):
            x = x * 0.9999 + 0.0001
        return x

    explored = explore(f, 0.5)
    explored.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size < 1_000_000
    page = browser.open(tmp_path / "page.html")
    x = Value(0.5)
    y = f(x)
    y.backward()
    assert page.ask("[explorable.value(explorable.outputs[0]), explorable.adjoint('x')]") == [y.data, x.grad]
    for step in (1, 777, 20_001, 30_000, page.ask("explorable.steps")):
        page.ask("step => explorable.seek(step)", step)
        assert page.ask("explorable.step") == step


def test_several_results_and_which_one_slopes_are_of(browser: Browser, tmp_path: Path):
    def f(a, b):
        return [a * b, a + b * b]

    explore(f, 2.0, 3.0).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html")
    assert page.ask("[explorable.adjoint('a'), explorable.adjoint('b')]") == [3.0, 2.0]
    page.page.select_option("#output", index=1)
    assert page.ask("[explorable.adjoint('a'), explorable.adjoint('b')]") == [1.0, 6.0]


def test_no_room_for_a_script_that_is_not_ours(tmp_path: Path):
    text = explore(branchy, 0.5, -1.5, 1.25).html()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy and policy[1].startswith("default-src 'none'")
    assert not re.search(r"https?://(?!www\.w3\.org)", text)
    assert text.count("<script") == 3  # what is packed, columns of numbers, and what unpacks both


# ------------------------------------------------------------------------------------------------ of anomalies, and of scripts


def test_the_page_of_an_anomaly_opens_where_it_arose(browser: Browser, tmp_path: Path):
    with pytest.raises(autograd.AnomalyError) as raised, autograd.detect_anomaly():
        x = Value(2.0, label="x")
        (x * 3.0 - 6.0).log() + x
    explored = explore(raised.value)
    explored.save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html")
    assert page.ask("[explorable.step, explorable.seed]") == [explored.step, explored.frames.seed] == [3, 4]
    assert "log(0)" in page.text("#equation").replace("\n", "")
    page.press("ArrowLeft")
    assert page.ask("[explorable.step, location.hash]") == [2, "#step=2"]
    page.press("ArrowRight")
    assert page.ask("[explorable.step, location.hash]") == [3, ""]


def test_the_page_of_a_script(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    as_before(monkeypatch)
    noted(written(tmp_path, SQUARES))[0].save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html")
    assert page.ask("explorable.steps") == 12
    assert page.ask("explorable.adjointAt('x', 12)") == pytest.approx(29.5936, abs=1e-4)
    assert "for step in range(3):" in page.text("#source")
    assert page.ask("explorable.turned") == -1
    page.ask("explorable.set('y', 0.1)")
    assert page.ask("explorable.turned") == 0  # the `if` on line 7


def test_in_a_narrow_frame_the_step_is_in_sight(browser: Browser, tmp_path: Path):
    explore(branchy, 0.5, -1.5, 1.25).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html", "#step=9", width=590, height=640)
    seen = """what => {
        const { top, bottom, left, right } = document.querySelector(what).getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth;
    }"""
    assert [page.ask(seen, what) for what in ("#title", "#graph", "#equation", "#why", "#scrub", "#keys")] == [True] * 6
    page.ask("document.body.scrollTop = document.documentElement.scrollTop = 10000")
    rows = "document.querySelector('#inputs tbody').lastChild.getBoundingClientRect().bottom"
    assert page.ask(f"{rows} <= document.querySelector('footer').getBoundingClientRect().top")

"""Other numbers in the page of an explorable, dragged, typed or set: all that follows, and branches that turn."""

import math
import random
import re
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, Opened
from random_programs import Author
from small_function import f as branchy
from small_function import gradients_of

import autograd
from autograd import explore, fsum, softmax


def test_a_dragged_number_moves_everything(page: Opened):
    page.drag("#inputs .live[data-drag='2']", 40)
    c = page.ask("explorable.value('c')")
    assert c == pytest.approx(1.65)
    y, grads = gradients_of(branchy, 0.5, -1.5, c)
    assert page.ask("explorable.value('f')") == pytest.approx(y, rel=1e-14)
    assert page.ask("['a', 'b', 'c'].map(x => explorable.adjoint(x))") == pytest.approx(grads, rel=1e-14)
    assert "c went from 1.25 to 1.65. The slope where you began promised f a change of" in page.text("#why")
    assert "was 1.25" in page.text("#inputs")
    page.press("r")
    assert page.ask("explorable.value('c')") == 1.25


def test_a_drag_leaves_out_nothing_that_hangs_on_the_number(browser: Browser, tmp_path: Path) -> None:
    """Only what is computed from it is computed again: all of it, whichever number it is, and whatever moved before."""

    def f(a: Any, b: Any, c: Any) -> Any:
        inner = [(a * b).tanh(), (b - c).exp(), a + 2.0]
        return autograd.dot(inner, [c, a * c, b]) + fsum(inner) * softmax(inner)[1]

    explore(f, 0.5, -0.75, 0.25).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html")
    every = "explorable.names().map((_, i) => [explorable.value(i), explorable.adjoint(i)])"
    numbers = {"a": 0.5, "b": -0.75, "c": 0.25}
    for step in ("0", "explorable.steps"):
        page.ask(f"explorable.seek({step})")
        for k, name in enumerate([*"abcba"]):
            box = page.page.locator("#inputs .live").nth("abc".index(name)).bounding_box()
            page.page.mouse.move(box["x"] + 4, box["y"] + 4)
            page.page.mouse.down()
            page.page.mouse.move(box["x"] + 14 + 5 * k, box["y"] + 4, steps=2)
            page.frame()
            numbers[name] = page.ask(f"explorable.value('{name}')")
            gradient = gradients_of(f, *numbers.values())[1]
            assert page.ask("['a', 'b', 'c'].map(x => explorable.adjoint(x))") == pytest.approx(gradient, rel=1e-13)
            dragging = page.ask(every)
            page.page.mouse.up()
            page.ask("explorable.become({ step: explorable.step, numbers: explorable.numbers })")  # all of it, from the leaves
            assert page.ask(every) == dragging


def test_rows_of_a_long_table_follow_a_drag_where_they_are_in_view(browser: Browser, tmp_path: Path) -> None:
    xs = [k / 8 for k in range(80)]
    explore(lambda xs: fsum(xs) ** 2, xs).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html", "#step=400")
    slopes = "[...document.querySelectorAll('#inputs td.slope')].map(cell => cell.textContent)"
    box = page.page.locator("#inputs .live").first.bounding_box()
    page.page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + 44, box["y"] + 4, steps=3)
    page.frame()
    before, now = f"{2 * sum(xs):.4g}", "{:.4g}".format(2 * (sum(xs) + page.ask("explorable.value(0)")))
    found = page.ask(slopes)
    assert found[0] == now != before == found[-1]
    page.ask("document.getElementById('inputs').scrollTo(0, 1e6)")
    page.frame()
    assert page.ask(slopes)[-1] == now and before in page.ask(slopes)
    page.page.mouse.up()
    page.frame()
    assert {*page.ask(slopes)} == {now}


def test_a_typed_number_and_a_wrong_one(page: Opened):
    page.ask("document.querySelector('#inputs .live').focus()")
    page.press("Enter")
    page.page.keyboard.type("two")
    page.press("Enter")
    assert page.ask("document.getElementById('typed').getAttribute('aria-invalid')") == "true"
    assert page.ask("document.getElementById('typed').validationMessage").startswith("A number is wanted")
    page.page.fill("#typed", "-0.25")
    page.press("Enter")
    assert page.ask("explorable.value('a')") == -0.25
    assert page.ask("document.getElementById('typed')") is None


def test_where_a_nan_begins(browser: Browser, tmp_path: Path):
    def f(a, b):
        c = a * b
        d = c / c
        return d + c

    explore(f, 1e200, 1e200).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html")
    begins = []
    for step in range(page.ask("explorable.steps")):
        page.ask("step => explorable.seek(step)", step)
        begins += [(step, said) for said in re.findall(r"Here .*? begins|.* is no number", page.text("#why"))]
    assert begins == [(1, "Here ∞ begins"), (2, "Here a NaN begins"), (8, "The slope of d with respect to c is no number")]


def test_a_number_in_the_middle_stays_as_it_is_set(page: Opened):
    page.ask("explorable.set('s', 2)")
    page.ask("explorable.set('a', 0.75)")
    assert page.ask("explorable.value('s')") == 2
    t = math.tanh(2 + 1.25)
    assert page.ask("explorable.value('t')") == pytest.approx(t, rel=1e-15)
    page.press("r")
    assert page.ask("explorable.value('s')") == -0.75


@pytest.mark.parametrize("name", ["s", "v2"])  # with a box of its own, and a sign alone
def test_a_number_in_the_middle_is_dragged_in_the_graph(page: Opened, name: str):
    node = page.ask("name => explorable.names().indexOf(name)", name)
    rect = f'#graph [data-drag="{node}"]'
    page.drag(rect, 30)  # nothing is there yet to drag
    assert page.ask("explorable.numbers") == {}
    page.press("End")
    before = page.ask("name => explorable.value(name)", name)
    page.drag(rect, 30)
    numbers = page.ask("explorable.numbers")
    assert [*numbers] == [name] and numbers[name] > before
    s = numbers.get("s", 0.5 * -1.5)
    t = math.tanh(numbers.get("v2", s + 1.25))
    assert page.ask("explorable.value('f')") == pytest.approx((t * math.exp(0.5) + 1.5) ** 2, rel=1e-14)
    assert page.ask("explorable.adjoint('c')") == (0 if name == "v2" else pytest.approx(page.ask("explorable.adjoint('v2')")))
    page.press("r")
    page.page.locator(rect).click()
    page.page.keyboard.type("0.125")
    page.press("Enter")
    assert page.ask("explorable.numbers") == {name: 0.125}


def test_a_turned_if_goes_on_with_the_other_branch(page: Opened):
    page.ask("explorable.seek(5)")
    page.ask("explorable.set('c', -1)")
    y, grads = gradients_of(branchy, 0.5, -1.5, -1.0)
    assert page.ask("explorable.turned") == -1
    assert page.ask("explorable.value('f')") == pytest.approx(y, rel=1e-14)
    assert page.ask("['a', 'b', 'c'].map(x => explorable.adjoint(x))") == pytest.approx(grads, rel=1e-14)
    assert "With these numbers Python takes another branch" in page.text("#note")
    assert page.ask("[...document.querySelectorAll('.untaken')].map(line => line.textContent.trim())") == ["u = t * a.exp()"]
    assert page.ask("document.querySelectorAll('#graph > .room').length") == 1  # the first graph is gone
    page.press("ArrowRight", "ArrowRight")  # the keyboard is heard once
    assert page.ask("explorable.step") == 7
    page.ask("explorable.set('c', 1)")
    assert page.ask("explorable.value('f')") == pytest.approx(gradients_of(branchy, 0.5, -1.5, 1.0)[0], rel=1e-14)
    assert page.ask("document.getElementById('note').hidden")
    page.press("r")
    assert page.ask("explorable.value('c')") == 1.25


def test_a_link_into_the_other_branch(browser: Browser, tmp_path: Path):
    explore(branchy, 0.5, -1.5, 1.25).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html", "#~c=-1&step=3")
    assert page.ask("[explorable.turned, explorable.step, explorable.value('c')]") == [-1, 3, -1]
    assert page.ask("explorable.value('f')") == pytest.approx(gradients_of(branchy, 0.5, -1.5, -1.0)[0], rel=1e-14)


def test_a_turned_if_says_so(browser: Browser, tmp_path: Path):
    def half(x):
        t = x * 2.0
        if t > 0:
            return t.log()
        raise ValueError("only for positive numbers")

    explore(half, 1.5).save(tmp_path / "page.html")
    page = browser.open(tmp_path / "page.html")
    page.ask("explorable.set('x', -1)")
    assert page.ask("explorable.turned") == 0
    note = page.text("#note")
    assert "Line" in note and "asked t > 0, and when this was recorded the answer was true" in note and "it is false" in note
    assert page.ask("document.querySelectorAll('#source .turned mark').length") == 1
    assert page.ask("document.querySelectorAll('#graph .struck').length") == 0  # nothing is known yet at the start
    page.press("End")
    assert page.ask("document.querySelectorAll('#graph .struck').length") == 1
    page.page.click("#undo")
    assert page.ask("explorable.turned") == -1 and page.ask("explorable.value('x')") == 1.5


def test_random_programs_follow_python(browser: Browser, tmp_path: Path):
    """Every operation somewhere, other numbers than were recorded: values and adjoints as Python's, to some ulp each step."""
    chosen = random.Random(5)
    compared = 0
    for trial in range(6):
        author = Author([chosen.uniform(0.3, 1.2) for _ in range(3)])
        names = sorted(autograd.engine.primitives.BY_NAME)
        for name in chosen.sample(names, len(names)):
            row = autograd.engine.primitives.BY_NAME[name]
            if row.code == 0 or row.flat or row.arity not in (1, 2) or row.code >= len(autograd.engine.primitives.PRIMITIVES):
                continue
            operands = [chosen.randrange(len(author.values)) for _ in range(row.arity)]
            try:
                value = row.forward(*[author.values[k] for k in operands])
            except (ArithmeticError, ValueError):
                continue
            if not (math.isfinite(value) and abs(value) < 30) or len(author.steps) > 25:
                continue
            try:
                author.add(name, operands)
            except Exception:
                continue
        steps = list(author.steps)

        def f(x, y, z, steps=steps):
            nodes = [x, y, z]
            for name, operands in steps:
                nodes.append(getattr(autograd, name)(*[nodes[k] for k in operands]) if hasattr(autograd, name) else nodes[0])
            return autograd.fsum(nodes)

        recorded = list(author.inputs)
        explore(f, *recorded).save(tmp_path / f"{trial}.html")
        page = browser.open(tmp_path / f"{trial}.html")
        for _ in range(5):
            moved = [x * chosen.uniform(0.97, 1.03) for x in recorded]
            y, grads = gradients_of(f, *moved)
            page.ask("([x, y, z]) => { explorable.set('x', x); explorable.set('y', y); explorable.set('z', z); }", moved)
            if page.ask("explorable.turned") >= 0 or not all(map(math.isfinite, [y, *grads])):
                continue
            found = page.ask("['x', 'y', 'z'].map(x => explorable.adjoint(x))")
            scale = max(map(abs, grads))
            assert page.ask("explorable.value('f')") == pytest.approx(y, rel=1e-12)
            assert found == pytest.approx(grads, rel=1e-11, abs=1e-12 * scale)
            compared += 1
    assert compared > 12

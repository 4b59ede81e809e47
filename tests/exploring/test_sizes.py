"""Pages of large graphs: how large their files are, and what is shown of graphs that no page can play."""

import re
import sys
from array import array
from pathlib import Path
from typing import Any

import pytest
from browser import Browser

import nn
from autograd import Value, explore, fsum
from autograd.exploring import recording, summary
from autograd.exploring.explorable import Explorable
from autograd.exploring.recording import Recorder
from autograd.pictures.pages import packed


def loss_of(rows: int, sizes: list[int]) -> Explorable:
    model = nn.MLP(2, sizes, rng=0)
    points, targets = nn.data.moons(rows)

    def loss(points: Any, targets: Any) -> Value:
        return fsum([(model(x) - y) ** 2 for x, y in zip(points, targets, strict=True)]) / rows

    return explore(loss, points, targets)


def test_files_are_small() -> None:
    neuron = nn.Neuron(3, rng=0)
    page = explore(lambda x: neuron(x), [1.0, 2.0, 3.0]).html()
    assert len(page.encode()) < 120_000
    assert len(explore(Value(1.0)).html().encode()) < 100_000  # next to nothing but the page's own code
    assert len(loss_of(100, [16, 16, 1]).html().encode()) < 1_000_000


def test_what_is_too_large_to_play_is_summed_up(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "MOST_PLAYED", 5000)
    monkeypatch.setattr(summary, "MOST_GROUPS", 60)
    explored = loss_of(40, [8, 8, 1])
    assert repr(explored).endswith("operations, too many steps to play>")
    explored.save(tmp_path / "page.html")
    nodes = [v for v in explored.nodes if v.op]
    assert not any(v.grad for v in explored.nodes)
    page = browser.open(tmp_path / "page.html")
    page.until("explorable.timing.firstPaint > 0")
    told = page.text("#inputs")
    assert f"This graph has {len(nodes):,} operations" in told and "To play a part, explore less of it" in told
    groups = page.ask("explorable.groups()")
    assert groups[0]["operations"] == len(nodes) and 10 < len(groups) <= 60
    boxes = "[...document.querySelectorAll('.room > .level > g > .group')].map(g => g.getAttribute('transform'))"
    before = page.ask(boxes)
    assert 1 < len(before) < 45 and page.ask("document.querySelectorAll('.edge').length") > 0
    explored.outputs[0].backward()
    shown = page.ask("[...document.querySelectorAll('.room > .level > g > .group text')].map(text => text.textContent)")
    for label, numbers in (("values", [v.data for v in nodes]), ("adjoints", [v.grad for v in nodes])):
        texts = " ".join([text.replace("−", "-") for text in shown if text.startswith(label)])
        ends = [*map(float, re.findall(r"-?\d[\d.]*(?:e-?\d+)?", texts))]
        assert min(ends) == pytest.approx(min(numbers), rel=0.01) and max(ends) == pytest.approx(max(numbers), rel=0.01)
    page.page.locator(".room > .level > g > .group").first.click()
    page.frame()
    assert page.ask(boxes) == before
    page.press("ArrowRight", "m", "r", "p", "Escape", "Home", " ")
    assert page.ask("explorable.steps") == 0


def test_every_part_of_a_graph_is_in_one_group_of_the_summary() -> None:
    explored = loss_of(30, [8, 8, 1])
    found = summary.summary_of(explored._columns, explored.groups)
    groups = found["groups"]
    assert all(parent < g for g, (_, parent, *_) in enumerate(groups))
    inside = [0] * len(groups)
    for _, parent, _, operations, *_ in groups[1:]:
        inside[parent] += operations
    assert groups[0][3] == sum(bool(v.op) for v in explored.nodes)
    assert all(count in (0, group[3]) for count, group in zip(inside, groups, strict=True))
    assert all(0 < a < len(groups) and 0 < b < len(groups) and not inside[a] and not inside[b] for a, b in found["edges"])


def test_calls_inside_a_generator_belong_to_whoever_asks() -> None:
    def square(x: Value) -> Value:
        y = x * x
        return (y + 1.0) * (y - 1.0)

    def squares(xs: list[Value]) -> Any:
        for x in xs:
            yield square(x)

    def one(made: Any) -> Value:
        return next(made)

    def other(made: Any) -> Value:
        return next(made)

    def f(*xs: Value) -> Value:
        made = squares(list(xs))
        return one(made) * other(made)

    explored = explore(f, 1.0, 2.0)
    recorder = explored._recorder
    assert isinstance(recorder, Recorder)

    def chain(call: int) -> list[str]:
        return [] if call <= 0 else [*chain(recorder.calls[call].parent), recorder.calls[call].name]

    squared = [k for k, v in enumerate(recorder.nodes) if v.op and chain(recorder.calls_of[k])[-1:] == ["square"]]
    assert [chain(recorder.calls_of[k])[:2] for k in squared] == [["one", "squares"]] * 4 + [["other", "squares"]] * 4


def test_rows_of_a_batch_are_one_group_and_what_follows_stands_beside_it() -> None:
    for rows in (12, 60):
        explored = loss_of(rows, [8, 1])
        inside = [group for group in explored.groups.groups if group.parent == 0]
        assert [(group.name, group.times) for group in inside] == [("round", rows)]
        beside = [v.op for v, g in zip(explored.nodes, explored.groups.of, strict=True) if g == 0 and v.op]
        assert beside == ["fsum", "div"]


def test_of_large_graphs_no_line_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: Value) -> Value:
        for _ in range(30):
            x = x * 0.9
        if x > 2.0:
            x = x + 1.0
        return x

    def untaken() -> list[str]:
        return [text.strip() for _, text, ran in explore(f, 0.5).data["source"] if not ran]

    assert untaken() == ["x = x + 1.0"]
    monkeypatch.setattr(recording, "MOST_WATCHED", 20)
    assert untaken() == [] and sys.gettrace() is None
    monkeypatch.setattr(recording, "MOST_WATCHED", 40)
    assert untaken() == ["x = x + 1.0"]


def test_code_whose_text_is_nowhere_has_no_lines() -> None:
    where: dict[str, Any] = {}
    exec("def f(x):\n    return x * x", where)
    data = explore(where["f"], 2.0).data
    assert data["source"] == [] and {*data["at"]} == {-1}


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        ([], "Uint8Array"),
        ([0, 255], "Uint8Array"),
        ([0, 256], "Uint16Array"),
        ([65536], "Uint32Array"),
        ([-128, 127], "Int8Array"),
        ([-1, 128], "Int16Array"),
        ([-32769], "Int32Array"),
    ],
)
def test_columns_have_the_fewest_bytes_that_hold_them(numbers: list[int], kind: str) -> None:
    text, columns = packed(array("q", numbers))
    assert text == f'{{"column":["{kind}",0,{len(columns)}]}}'.encode()
    size = int(re.sub(r"\D", "", kind)) // 8
    found = [columns[k : k + size] for k in range(0, len(columns), size)]
    assert [int.from_bytes(x, "little", signed=kind[0] == "I") for x in found] == numbers

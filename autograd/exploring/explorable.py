"""explore(what): a graph that plays, forward and backward, on a page, in a notebook, in a terminal."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import webbrowser
from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from itertools import count
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..cached import cached_property
from ..derivatives.argument_names import name_of, name_of_argument
from ..derivatives.numpy_advice import advise
from ..derivatives.trees import flatten, names
from ..engine.anomaly import AnomalyError
from ..engine.modes import enable_grad
from ..engine.primitives import BY_NAME
from ..engine.value import Value, operands_of
from ..files import write_whole
from ..pictures.drawing import notebook_bundle
from ..pictures.graph_description import described_columns, graph_description
from ..pictures.naming import names_of
from ..pictures.page_rules import rules_for
from ..pictures.pages import framed, page, part
from ..texts import printable
from .groups import Grouping, grouped
from .kept import Kept
from .modules import calls_by_parameters
from .recording import Over, Question, Record, Recorder
from .source import Source
from .stepping import Frames
from .stills import Options, still
from .summary import is_too_large, summary_of

if TYPE_CHECKING:
    from ..pictures.rendering import Picture
    from .widget import ExplorableWidget

SCRIPTS = [
    *(
        "dom.js",
        "runtime.js",
        "frames.js",
        "layout.js",
        "paths.js",
        "writing.js",
        "picture.js",
        "beside.js",
        "listing.js",
        "scrubber.js",
    ),
    *("inspector.js", "predict.js", "messages.js", "page.js", "derivatives.js", "summary.js", "main.js"),
]
"""What the page of an Explorable is made of, in this order, after the rules of its operations."""


def explore(what: Any, *args: Any, **kwargs: Any) -> Explorable:
    """A graph that plays, forward and backward, with every number under your hand.

    what        a Value; a list or tuple of Values; an AnomalyError, whose graph opens at the step where it arose; or a
                function, which is called with the arguments and recorded: then every node knows the sub-expression in the
                source that made it, and what Python branched on is kept
    args        for a function: its arguments. Numbers become Values that are called as the arguments are; lists, tuples, dicts
                and arrays of numbers, too. Anything else is passed on as it is
    kwargs      for a function: arguments that are passed on as they are

    The result shows itself in a notebook as a page to step through; `.save("page.html")` writes that page, one file that opens
    anywhere; `.show()` opens it in the browser; `.text()` plays it in the terminal.
    TypeError for anything that has no graph.

    >>> def f(a, b, c):
    ...     d = a * b + c
    ...     return d.tanh()
    >>> explore(f, 2.0, -3.0, 10.0)
    <explorable of f: 3 operations, 10 steps>
    """
    if isinstance(what, Value):
        return Explorable([what])
    if isinstance(what, AnomalyError):
        return at_anomaly(what)
    if isinstance(what, (list, tuple)) and what and all(isinstance(v, Value) for v in what):
        return Explorable(list(what))
    if callable(what) and not isinstance(what, type) and not (hasattr(what, "parameters") and not args):
        return Recording(what, args, kwargs).explored()
    raise no_graph_of(what, "explore")


def no_graph_of(what: Any, asked: str) -> TypeError:
    """The error for something that has no graph, which says what to give in its place."""
    if hasattr(what, "parameters"):
        instead = "give what it gives for a row, or the row after it; the network itself is drawn by nn.draw_network(model)"
    elif isinstance(what, type):
        instead = "give a function that makes one and computes a Value with it"
    elif isinstance(what, Number):
        instead = "a number has no graph"
    elif isinstance(what, (list, tuple, dict, set)) and not what:
        instead = "there is no Value in it"
    elif isinstance(what, (list, tuple, dict, set)) or hasattr(what, "tolist"):
        instead = "give the Values in it, in a list with nothing else"
    else:
        instead = "it has no graph"
    taken = "a Value, a list of Values, or a function and its arguments"
    return TypeError(f"{asked}() takes {taken}, and this is {what!r}: {instead}")


def at_anomaly(error: AnomalyError, whole: str = "") -> Explorable:
    """The graph of an anomaly, open at the step where it arose: the first share that is not finite, or the node it names.

    whole       the file that is shown from its first line to its last
    """
    if error.value is None:
        raise ValueError(f"{error!r} was not raised by detect_anomaly(), and knows no graph")
    record = Kept(described_columns([error.value]).nodes)
    record.whole = whole
    explorable = Explorable([error.value], record, title=str(error).partition(":")[0])  # "log gave -inf"
    explorable.step = explorable.frames.first_share_not_finite if error.backward else explorable.frames.seed - 1
    return explorable


MOST_BRANCHES = 8
"""How many recordings a page has that took other branches."""

BRANCHES_UP_TO = 1000
"""Up to how many nodes a graph may have for its other branches to be recorded."""


class Recording:
    """A function and its arguments, which can be recorded again on other ways through its branches."""

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        self.f, self.args, self.kwargs = f, args, kwargs
        self.names = [name_of_argument(f, i) or f"arg{i}" for i in range(len(args))]
        self.nameless = Nameless()

    def explored(self, ways: Sequence[bool] = (), most: int = sys.maxsize) -> Explorable:
        """What a Recorder of these settings saw; its answers are plain where the function can tell that they are not."""
        recorder = Recorder(ways, most)
        try:
            found = self._recorded(recorder)
        except Exception:  # whatever it is: perhaps since a comparison was not True, and not False either
            if not recorder.doubts:
                raise
        else:
            if not recorder.doubts:
                return found
        return self._recorded(Recorder(ways, most, plain_answers=True))

    def _recorded(self, recorder: Recorder) -> Explorable:
        given = []
        for arg, called in zip(self.args, self.names, strict=True):
            try:
                numbers, tree = flatten(arg, called)
            except TypeError:
                if isinstance(arg, (list, tuple, dict)) or hasattr(arg, "__array__"):
                    raise
                given.append(arg)  # a model, a text
                continue
            values = [x if isinstance(x, Value) else Value(x) for x in numbers]
            for v, name in zip(values, names(arg, called), strict=True):
                recorder.known(v, name)
            given.append(tree.of(values))
        with enable_grad(), recorder.running():
            try:
                result = self.f(*given, **self.kwargs)
            except TypeError as problem:
                advise(problem)
                raise
        title = name_of(self.f)
        outputs = [y for y in flatten(result, f"the result of {title}", result=True)[0] if isinstance(y, Value)]
        if not outputs:
            raise TypeError(f"{title} gave {result!r}, which no Value went into: there is no graph to explore")
        return Explorable(outputs, recorder, title, self.names, self)

    def on_other_ways(self, first: Record) -> list[Explorable]:
        """Recordings that take other branches than the first did: one for each way to leave a way that is known."""
        if len(first.nodes) > BRANCHES_UP_TO:
            return []
        found: list[Explorable] = []
        known = [first.outcomes]
        tried: set[tuple[bool, ...]] = set()
        waiting = [first.outcomes]
        while waiting:
            outcomes = waiting.pop(0)
            for i, outcome in enumerate(outcomes):
                ways = (*outcomes[:i], not outcome)
                if ways in tried or any(tuple(way[: i + 1]) == ways for way in known):
                    continue
                if len(found) == MOST_BRANCHES or len(tried) == 4 * MOST_BRANCHES:
                    return found
                tried.add(ways)
                with suppress(Exception):  # on a way that these numbers do not take, anything may be wrong
                    found.append(self.explored(ways, most=4 * BRANCHES_UP_TO))
                    known.append(found[-1].outcomes)
                    waiting.append(found[-1].outcomes)
        return found


class Nameless:
    """Names for leaves that nobody named: the same one has the same name in every recording of a function."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[str, Value]] = {}  # (a Value that is kept shares its id() with no other)
        self._names = map("x{}".format, count(1))

    def name(self, v: Value, where: Any, taken: Collection[str]) -> str:
        """What `v` is called; if it was made anew for this recording, as the one that stood at the same place in another."""
        name, _ = self._known.get(id(v)) or self._known.get(where) or (next(x for x in self._names if x not in taken), v)
        self._known[id(v)] = self._known[where] = name, v
        return name


class SourceLine(NamedTuple):
    """A line of source, and from which to which of its characters a sub-expression stands in it."""

    number: int
    text: str
    start: int
    end: int


class Explorable:
    """A recorded graph, and the steps of both passes over it.

    nodes           the Values of the graph, each after its operands
    outputs         what was explored: the first is what derivatives are of
    frames          the steps: see `stepping.Frames`
    step            the step that the page opens at

    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> e = explore(a * b + a)
    >>> print(e.text())
    a = 2, b = 3
    v1 = a × b = 2 × 3 = 6
    y = v1 + a = 6 + 2 = 8
    ∂y/∂y = 1
    ∂y/∂v1: 0 += 1 × 1 -> 1
    ∂y/∂a: 0 += 1 × 1 -> 1
    ∂y/∂a: 1 += 1 × 3 -> 4
    ∂y/∂b: 0 += 1 × 2 -> 2
    ∂y/∂a = 4, ∂y/∂b = 2
    """

    def __init__(
        self,
        outputs: list[Value],
        recorder: Record | None = None,
        title: str = "",
        arguments: Sequence[str] | None = None,
        again: Recording | None = None,
    ) -> None:
        self.outputs = outputs
        self.title = title
        self.arguments = arguments
        self._again = again
        self._step = 0
        self._guards = [question.comparison for question in recorder.questions] if recorder else []
        self._columns = described_columns(outputs, guards=self._guards, order=recorder.nodes if recorder else ())
        if recorder is None and self._columns.places:
            recorder = Kept(self._columns.nodes)
            self._columns = described_columns(outputs, order=recorder.nodes)
        self._recorder = recorder
        self.nodes = self._columns.nodes

    def __getstate__(self) -> dict[str, Any]:
        """What a pickle or a copy has: the graph, and what it was recorded of as it was found, but not the function."""
        for found in self.recordings:
            found.names, found._source  # noqa: B018 (which hang on the function, and on files that may not be there)
        record = Over(self._recorder) if self._recorder else None
        made_again = ("frames", "groups", "nodes", "data", "_columns", "_questions")
        state = {name: x for name, x in vars(self).items() if name not in made_again}
        others = [other._by_itself() for other in self.recordings[1:]]
        return {**state, "recordings": others, "_recorder": record, "_again": None}

    def _by_itself(self) -> Explorable:
        """The same, as one recording of a function, which does not ask for others."""
        twin = object.__new__(Explorable)
        vars(twin).update(vars(self), recordings=[twin])
        return twin

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, recordings=[self, *state["recordings"]])
        order = self._recorder.nodes if self._recorder else ()
        self._columns = described_columns(self.outputs, guards=self._guards, order=order)
        self.nodes = self._columns.nodes

    def __repr__(self) -> str:
        of = f" of {self.title}" if self.title else ""
        operations = len(self.nodes) - len(self._columns.leaves)
        steps = "too many steps to play" if is_too_large(self._columns) else f"{len(self.frames) - 1:,} steps"
        return f"<explorable{of}: {operations:,} operation{'s' * (operations != 1)}, {steps}>"

    @property
    def outcomes(self) -> list[bool]:
        """Which way each branch went."""
        return self._recorder.outcomes if self._recorder else []

    # ---- the faces

    @cached_property
    def frames(self) -> Frames:
        """The steps of both passes, in words and numbers."""
        return Frames(self.nodes, self.outputs[0], self.names, self._questions)

    @property
    def step(self) -> int:
        """The step that the page opens at, 0 at first. Negative numbers count from the end, as in `frames`.

        IndexError for one that there is not.

        >>> a = Value(2.0, label="a")
        >>> e = explore(a * a)
        >>> e.step = -1
        >>> e.step, e.frames[e.step].text
        (5, '∂y/∂a = 4')
        """
        return self._step

    @step.setter
    def step(self, step: int) -> None:
        self._step = range(len(self.frames))[step]

    def html(self) -> str:
        """The page: one file with everything inside. Of about a million nodes, a summary: the groups that they fold into."""
        words = json.loads(part("words.json"))
        if is_too_large(self._columns):
            summary = {"title": self.title or "graph", "summary": summary_of(self._columns, self.groups)}
            return page(SCRIPTS, {"words": words, "recordings": [summary]}, before=rules_for([]))
        recordings = [one.data for one in self.recordings]
        ops = {op for recording in recordings for op in recording["graph"]["ops"]}
        data = {"words": words, "step": self.step, "recordings": recordings}
        return page(SCRIPTS, data, before=rules_for(sorted(ops)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page: one file that opens anywhere, without a network. The name ends in .html."""
        if Path(path).suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"the page of an explorable is HTML, and {os.fspath(path)!r} does not end in .html")
        write_whole(path, self.html().encode())

    def show(self) -> Path:
        """Opens the page in the browser; gives the file, in a temporary folder, that it was written to."""
        path = Path(tempfile.mkdtemp(prefix="explore-")) / "page.html"
        self.save(path)
        webbrowser.open(path.as_uri())
        return path

    def text(self) -> str:
        """Both passes as text, a line for each step."""
        return "\n".join([frame.text for frame in self.frames])

    def draw(self, **options: Any) -> Picture:
        """A still picture of the graph, with the gradients that the page shows. `options` are those of `autograd.draw`."""
        return still(self, self.frames.adjoints, Options(**options), self.html)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """The page; and a still picture, for places that run no scripts.

        No SVG: whoever shows that shows the page, and nbconvert needs Inkscape to write it into LaTeX.
        """
        still = notebook_bundle(repr(self), self.draw).get("image/png", "")
        shown = {"text/plain": repr(self), "text/html": framed(self.html(), still)}
        return shown | ({"image/png": still} if still else {})

    def widget(self) -> ExplorableWidget:
        """The page in a running notebook, bound to the Values here: a number dragged there is dragged here, and the other way.

        See `ExplorableWidget`. ModuleNotFoundError where anywidget is not installed: pip install 'scalar-autograd[widget]'.
        """
        try:
            from .widget import ExplorableWidget
        except ModuleNotFoundError as missing:
            raise ModuleNotFoundError(
                f"a widget needs {missing.name}, which is not installed: pip install 'scalar-autograd[widget]'. The explorable "
                "itself, as the last line of a cell, is the same page without Python behind it"
            ) from missing
        return ExplorableWidget(self)

    def source_of(self, node: int) -> SourceLine | None:
        """The line of the source that made a node, by its number; None where that is not known."""
        span = self._source.spans[self._places.index(self._place_of[node])]
        if span is None:
            return None
        row, start, last, end = span
        number, text, _ = self._source.lines[row]
        return SourceLine(number, text, start, end if last == row else len(text))

    # ---- what pictures and pages read

    def called(self, i: int) -> str:
        """What a node is called in the steps: by its name, or by v and a number."""
        return self.frames.name(i)

    @cached_property
    def recordings(self) -> list[Explorable]:
        """This one, and those of the same function that took other branches."""
        return [self, *(self._again.on_other_ways(self._recorder) if self._again and self._recorder else [])]

    @cached_property
    def data(self) -> dict[str, Any]:
        """The graph, its names and its source, as plain data."""
        graph = graph_description(self.outputs, guards=self._guards, columns=self._columns)
        for key in ("labels", "places", "place"):  # the page has names, and sub-expressions in the source
            del graph[key]
        spans: dict[Any, int] = {}

        def span(found: Any) -> int:
            return -1 if found is None else spans.setdefault(found, len(spans))

        at = [span(found) for found in self._source.spans]
        first, behind = len(self._places), len(self._places) + len(self._questions)
        span_of, of_passes = dict(zip(self._places, at[:first], strict=True)), at[behind:]
        asked = zip(self._questions, at[first:behind], strict=True)
        names = {"": 0}
        return {
            "title": self.title or "graph",
            "arguments": self.arguments,
            "graph": graph,
            "names": {"of": array("I", [names.setdefault(name, len(names)) for name in self.names]), "list": [*names]},
            "spans": list(spans),
            "at": array("i", [span_of[place] for place in self._place_of]),
            "source": self._source.lines,
            "asked": [{"before": q.before, "read": q.read, "at": found} for q, found in asked],
            "groups": {"of": self.groups.of, "list": self.groups.groups},
            "derivatives": self._derivatives(of_passes),
            "symbols": symbols(graph["ops"]),
            "outcomes": self.outcomes,
        }

    def _derivatives(self, spans: Sequence[int]) -> dict[str, Any] | None:
        """For each node the pass of gradients() that it is part of, 0 for none; for each pass its order and its place."""
        if self._recorder is None or not self._recorder.passes:
            return None
        of = [self._recorder.pass_of.get(id(v), 0) for v in self.nodes]
        number = {p: k for k, p in enumerate(sorted({0, *of}))}
        found = [{"order": self._recorder.passes[p - 1].order, "at": spans[p - 1]} for p in number if p]
        return {"of": array("I", [number[p] for p in of]), "passes": found} if found else None

    @cached_property
    def _place_of(self) -> list[int]:
        """For each node the number of the recorder's place that made it; 0 for none."""
        if self._recorder is None:
            return [0] * len(self.nodes)
        place_of = self._recorder.place_of
        return [place_of[k] if k >= 0 else 0 for k in self._columns.made]

    @cached_property
    def _places(self) -> list[int]:
        """The places of the nodes, in the order in which they come."""
        return list(dict.fromkeys(self._place_of))

    @cached_property
    def _source(self) -> Source:
        """Where the places are in the source, and after them those of the questions."""
        recorder = self._recorder
        if recorder is None:
            return Source([None], ())
        places = [recorder.places[k] for k in self._places]
        passes = [recorder.places[each.place] for each in recorder.passes]
        asked = [question.place for question in recorder.questions]
        return Source([*places, *asked, *passes], recorder.lines, recorder.whole)

    @cached_property
    def _questions(self) -> list[Question]:
        """The questions, each with `before` as a number among `nodes`."""
        if self._recorder is None:
            return []
        numbers = [*(i for i, k in enumerate(self._columns.made) if k >= 0), len(self.nodes)]
        made = [k for k in self._columns.made if k >= 0]
        return [question._replace(before=numbers[bisect_left(made, question.before)]) for question in self._recorder.questions]

    @cached_property
    def names(self) -> list[str]:
        """What each node is called: by its label, as a parameter, by the variable it was assigned to; "" for no name."""
        names = names_of(self.nodes)
        if self._recorder:
            assigned = dict(zip(self._places, self._source.names, strict=False))  # (behind them come the questions)
            assigned[0] = ""
            after = -1
            for i in range(len(names) - 1, -1, -1):
                if not self._columns.op[i]:
                    names[i] = names[i] or self._recorder.known_names.get(id(self.nodes[i]), "")
                place = self._place_of[i]
                if not (place or self._columns.op[i]):  # a leaf that was there before
                    continue
                if place != after:  # the last node that is made at a place is what is assigned: model(x) makes many
                    names[i] = names[i] or assigned[place]
                after = place
        self._name_the_nameless(names)
        last = self._columns.ends[0]
        if not names[last] and self._recorder:
            names[last] = self._recorder.known_names.get(id(self.outputs[0]), "")
        if not names[last]:
            short = self.title if self.title.isidentifier() and len(self.title) < 9 else "y"
            names[last] = short if short not in [*names, *(self.arguments or ())] else "result"
        texts = {name: printable(name) for name in {*names}}
        return [texts[name] for name in names]

    def _name_the_nameless(self, names: list[str]) -> None:
        """Names the leaves among `names` that have none. Where one stands is told by the operation that uses it first, and the
        branches taken before that.
        """
        waiting = {id(v): i for i, (v, name) in enumerate(zip(self.nodes, names, strict=True)) if not v.op and not name}
        nameless, taken = self._again.nameless if self._again else Nameless(), set(names)
        asked = [(q.before, q.comparison.outcome) for q in (self._recorder.questions if self._recorder else []) if not q.read]
        if self._again and waiting:
            for v, k in zip(self.nodes, self._columns.made, strict=True):
                if not waiting:
                    break
                for nth, operand in enumerate(operands_of(v) if k >= 0 else ()):
                    if isinstance(operand, Value) and id(operand) in waiting:
                        way = tuple(outcome for before, outcome in asked if before <= k)
                        names[waiting.pop(id(operand))] = nameless.name(operand, (way, k, nth), taken)
        for i in waiting.values():
            names[i] = nameless.name(self.nodes[i], id(self.nodes[i]), taken)

    @cached_property
    def groups(self) -> Grouping:
        """What a large graph folds into."""
        columns, recorder = self._columns, self._recorder
        if recorder is None:
            calls_of, calls = calls_by_parameters(self.nodes, self.names)
        else:
            calls_of, calls = [recorder.calls_of[k] if k >= 0 else 0 for k in columns.made], recorder.calls
        kinds = [place * len(columns.ops) + op for place, op in zip(self._place_of, columns.op, strict=True)]
        return grouped(columns.op, columns.counts, columns.operands, kinds, calls_of, calls)


def symbols(ops: Sequence[str]) -> dict[str, str]:
    """How operations read: "×", "tanh"; tanh′ for the derivative of a rule, hypot′₂ for that in its second operand."""
    found = {}
    for op in ops:
        kind, _, rest = op.partition(" ")
        if kind == "slope":
            name, _, i = rest.rpartition(" ")
            row = BY_NAME.get(name)
            which = "" if row is None or row.arity == 1 else i.translate(SUBSCRIPTS)
            found[op] = f"{row.symbol if row else name}′{which}"
        elif kind in ("select", "flat"):
            found[op] = "choose" if kind == "select" else rest
        elif op in BY_NAME:
            found[op] = BY_NAME[op].symbol
    return found


SUBSCRIPTS = str.maketrans("0123456789", "₁₂₃₄₅₆₇₈₉₁")

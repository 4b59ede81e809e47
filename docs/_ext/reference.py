"""The reference: a page for every public name, made of its docstring, and a list of the names for each module that has them."""

import ast
import importlib.util
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import autograd
import nn

FACES = ("autograd", "autograd.course", "autograd.optimize", "nn", "nn.data", "nn.init", "nn.metrics", "nn.plots", "nn.state")
"""The modules whose names are public."""

NO_PAGE = {"__version__", "build"}
"""Public texts, which the page of their module describes."""


class Entry(NamedTuple):
    """A public name."""

    face: str
    name: str
    thing: Any

    @property
    def full(self) -> str:
        return f"{self.face}.{self.name}"

    @property
    def page(self) -> str:
        return f"docs/reference/{self.face}/{self.name}"

    @property
    def doc(self) -> str:
        return inspect.getdoc(self.thing) or ""

    @property
    def is_table(self) -> bool:
        """Whether it is a dict that is looked things up in, whose docstring would be that of all dicts."""
        return isinstance(self.thing, dict)


def faces() -> list[ModuleType]:
    return [importlib.import_module(name) for name in FACES if importlib.util.find_spec(name)]


def entries() -> list[Entry]:
    """Every public name that has a page, by module."""
    found = []
    for face in faces():
        for name in public_names(face):
            thing = getattr(face, name)
            if name not in NO_PAGE and not inspect.ismodule(thing):
                found.append(Entry(face.__name__, name, thing))
    return found


def public_names(face: ModuleType) -> list[str]:
    if face in (autograd, nn):
        return sorted(set(dir(face)), key=str.lower)
    own = [name for name, thing in vars(face).items() if getattr(thing, "__module__", "") == face.__name__]
    names = getattr(face, "__all__", None) or [
        name for name in own if inspect.isclass(getattr(face, name)) or inspect.isfunction(getattr(face, name))
    ]
    return sorted((name for name in names if not name.startswith("_")), key=str.lower)


def write(folder: Path, seen_in: Mapping[str, list[tuple[str, str]]], pictures: Mapping[str, str]) -> None:
    """All pages, below the folder that they are gathered in.

    seen_in     for a full name the pages that use it: title, and path from the folder on
    pictures    for a full name what else its page shows, in Markdown
    """
    found = entries()
    for face in faces():
        own = [entry for entry in found if entry.face == face.__name__]
        put(folder / f"docs/reference/{face.__name__}.md", face_page(face, own))
        for before, entry, after in zip([None, *own], own, [*own[1:], None], strict=False):
            page = name_page(entry, before, after, seen_in.get(entry.full, []), pictures.get(entry.full, ""))
            put(folder / f"{entry.page}.md", page)


@cache
def newest_source() -> float:
    """When what pictures are made from was changed last: pictures that are newer are not made again."""
    root = Path(__file__).parents[2]
    sources = (file for part in ("autograd", "nn", "docs/_ext", "docs/gallery") for file in (root / part).rglob("*.py"))
    return max(file.stat().st_mtime for file in sources)


WRITTEN: set[Path] = set()
"""The pages and pictures that were made."""


def put(file: Path, text: str) -> None:
    """Writes a page or picture; one that is as it was keeps its time."""
    WRITTEN.add(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text() != text:
        file.write_text(text)


def face_page(face: ModuleType, own: list[Entry]) -> str:
    name = face.__name__
    lines = [runs_in(name), f"# `{name}`", "", markdown(inspect.getdoc(face) or ""), ""]
    modules = [other for other in FACES if other.startswith(f"{name}.") and importlib.util.find_spec(other)]
    if modules:
        lines += ["Of its modules these are public, too: " + ", ".join(f"[`{m}`]({m}.md)" for m in modules) + ".", ""]
    lines += ["| name | what it is |", "| --- | --- |"]
    lines += [f"| [`{entry.name}`]({name}/{entry.name}.md) | {in_a_cell(summary(entry))} |" for entry in own]
    return "\n".join([*lines, ""])


def name_page(entry: Entry, before: Entry | None, after: Entry | None, seen_in: list[tuple[str, str]], pictures: str) -> str:
    way = [f"[{entry.face}](../{entry.face}.md)"]
    way += [f"{arrow} [{other.name}]({other.name}.md)" for arrow, other in (("←", before), ("→", after)) if other]
    home = getattr(entry.thing, "__module__", None) or entry.face
    lines = [runs_in(home if home in sys.modules else entry.face, orphan=True), f"# {entry.full}", "", " · ".join(way), ""]
    lines += [directive(entry), ""]
    if pictures:
        lines += [pictures, ""]
    if seen_in:
        lines += ["## Seen in", "", *(f"- [{title}](../../../{path})" for title, path in seen_in), ""]
    return "\n".join(lines)


def runs_in(module: str, orphan: bool = False) -> str:
    """The head of a page whose examples know what a module knows."""
    return "\n".join(
        ["---", *(["orphan: true"] if orphan else []), "myst:", "  html_meta:", f'    "runs-in": "{module}"', "---", ""]
    )


def directive(entry: Entry) -> str:
    thing = entry.thing
    if entry.is_table:
        names = ", ".join(f"`{name}`" for name in thing)
        return f"::::{{py:data}} {entry.full}\n\n{markdown(comment_of(entry))}\n\nIt has: {names}.\n::::"
    if not inspect.isclass(thing):
        return f"::::{{py:function}} {entry.full}{signature(thing)}\n\n{markdown(entry.doc)}\n::::"
    kind = "exception" if issubclass(thing, BaseException) else "class"
    inside = [f":::::{{py:{kind}}} {entry.full}{signature(thing)}", "", markdown(entry.doc), ""]
    for name, member, text in members(thing):
        doc = markdown(text)
        called = callable(member) or isinstance(member, (staticmethod, classmethod))
        options = [f":{member.__class__.__name__}:"] if isinstance(member, (staticmethod, classmethod)) else []
        given = signature(getattr(thing, name), bound=not options) if called else ""
        inside += [f"::::{{py:{'method' if called else 'attribute'}}} {name}{given}", *options, "", doc, "::::", ""]
    return "\n".join([*inside, ":::::"])


def members(thing: type) -> Iterator[tuple[str, Any, str]]:
    """What a class has, of its own and from bases of these packages, as far as it is public and documented, and that text."""
    seen = set()
    for cls in thing.__mro__:
        if cls.__module__.partition(".")[0] not in ("autograd", "nn"):
            continue
        for name, member in vars(cls).items():
            text = own_doc(member) or texts_below(cls).get(name, "")
            if not name.startswith("_") and name not in seen and text:
                seen.add(name)
                if not inspect.isclass(member):
                    yield name, member, text


def own_doc(member: Any) -> str:
    """The docstring of a member; none for a plain value, which has that of its type."""
    found = inspect.getdoc(member) or ""
    return "" if found == inspect.getdoc(member.__class__) else found


@cache
def texts_below(cls: type) -> dict[str, str]:
    """What stands below the plain attributes of a class in its source, by their names."""
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0].body  # type: ignore[attr-defined]
    except (OSError, TypeError):  # a class that is compiled
        return {}
    named = [(getattr(line, "target", None) or getattr(line, "targets", [None])[0], below) for line, below in pairwise(body)]
    return {
        name.id: inspect.cleandoc(below.value.value)
        for name, below in named
        if isinstance(name, ast.Name) and isinstance(below, ast.Expr) and isinstance(getattr(below.value, "value", None), str)
    }


def comment_of(entry: Entry) -> str:
    """The text below a table, where it stands in the source of its module."""
    for module in (sys.modules[entry.face], *sys.modules.values()):
        if vars(module).get(entry.name) is entry.thing and (file := getattr(module, "__file__", None)):
            found = re.search(rf'^{entry.name}\b[^\n]*(?:\n[^"\n]+)*\n"""(.+?)"""', Path(file).read_text(), re.M | re.S)
            if found:
                return found[1]
    return ""


def signature(thing: Any, bound: bool = False) -> str:
    """Its arguments and their defaults, without types: what they may be is said in words."""
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return "()"
    parameters = [each.replace(annotation=inspect.Parameter.empty) for each in found.parameters.values()]
    parameters = [each.replace(default=Shown(each.default)) if each.default is not each.empty else each for each in parameters]
    return str(inspect.Signature(parameters[1:] if bound else parameters))


class Shown:
    """A default that shows itself by its name, where it is a function."""

    def __init__(self, default: Any) -> None:
        self.default = default

    def __repr__(self) -> str:
        return self.default.__name__ if callable(self.default) else repr(self.default)


def summary(entry: Entry) -> str:
    doc = comment_of(entry) if entry.is_table else entry.doc
    return doc.partition("\n\n")[0].replace("\n", " ")


def in_a_cell(text: str) -> str:
    return text.replace("|", "\\|")


def markdown(doc: str) -> str:
    """A docstring: its prose as it is, its table of arguments as a list of definitions, its examples as blocks to run."""
    parts: list[str] = []
    example: list[str] = []
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(doc)):
        lines = inspect.cleandoc(f"\n{paragraph}").splitlines()
        at = next((k for k, line in enumerate(lines) if line.lstrip().startswith(">>>")), len(lines))
        if example and at:
            parts.append(as_block(example))
            example = []
        if at:
            indented = paragraph.startswith("    ")
            parts.append(arguments(lines[:at]) or as_prose(lines[:at], indented))
        if lines[at:]:
            example += [*([""] if example else []), *lines[at:]]
    return "\n\n".join([*parts, *([as_block(example)] if example else [])])


def as_block(lines: list[str]) -> str:
    return "\n".join(["```python", *lines, "", "```"])


def as_prose(lines: list[str], indented: bool) -> str:
    return "\n".join(["```text", *lines, "```"] if indented else lines)


ARGUMENT = re.compile(r"(?P<name>[\w*(][\w*, .()|\"'=/\[\]-]*?) {2,}(?=\S)")


def arguments(lines: list[str]) -> str:
    """Lines of names, each with what it is in a column of its own; an empty text if they are nothing of this kind."""
    column = next((found.end() for line in lines if (found := ARGUMENT.match(line))), 0)
    if not column:
        return ""
    rows: list[tuple[str, list[str]]] = []
    for line in lines:
        if not line[:column].strip():
            rows[-1][1].append(line.strip())
        elif line[column - 1 : column].strip():  # a long name has a line of its own
            rows.append((line.strip(), []))
        else:
            rows.append((line[:column].strip(), [line[column:].strip()]))
    return "\n".join("\n".join([names(name), ": " + "\n  ".join(text), ""]) for name, text in rows)


def names(listed: str) -> str:
    return ", ".join(f"`{name}`" for name in listed.split(", "))

"""Tables in CSV files: columns by name, and errors that name the line and the column."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import math
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from autograd.files import FileError, beginning_of

from .names import listed, nearest, quoted

DELIMITERS = ",;\t"
DECIMAL_POINT = " (decimals are written with a point)"
LONGEST = 2**30
LARGEST = 1e100  # the squares of such numbers, and sums of them, are finite


class TableError(FileError):
    """What is wrong with a CSV file: `path`, and the `reason` in words.

    >>> TableError("flowers.csv", "the file is empty").reason
    'the file is empty'
    """


class Table:
    """The records of a CSV file, as texts.

    columns     the names in its first line
    records     the fields of every further line
    lines       the number of the line that each record starts on
    """

    def __init__(self, path: str | os.PathLike[str], columns: list[str], records: list[list[str]], lines: list[int]) -> None:
        self.path, self.columns, self.records, self.lines = Path(path), columns, records, lines
        self._places = {column: i for i, column in enumerate(columns)}

    def __len__(self) -> int:
        return len(self.records)

    def texts(self, column: str) -> list[str]:
        """The fields of a column. TableError for an unknown column, with the known one it resembles."""
        place = self._place(column)
        return [record[place] for record in self.records]

    def filled(self, column: str) -> list[str]:
        """The fields of a column, none of which may be empty."""
        self._check([column], _emptiness)
        return self.texts(column)

    def rows(self, columns: Sequence[str]) -> list[list[float]]:
        """The numbers of these columns, row by row.

        TableError for a field that is empty or no finite number, with its line and column, and how many more there are.
        """
        self._check(columns, _fault)
        places = [self._place(column) for column in columns]
        return [[float(record[place]) for place in places] for record in self.records]

    def numbers(self, column: str) -> list[float]:
        """The numbers of a column."""
        return [x for (x,) in self.rows([column])]

    def text_columns(self, columns: Sequence[str]) -> list[str]:
        """The columns among these that hold texts: they have no number in any field, and not only empty fields."""
        return [column for column in columns if any(texts := self.texts(column)) and not any(map(is_number, texts))]

    def _place(self, column: str) -> int:
        if column not in self._places:
            raise TableError(self.path, f"there is no column {quoted(column)}: {nearest(column, self.columns)}")
        return self._places[column]

    def _check(self, columns: Sequence[str], fault: Callable[[str], str]) -> None:
        places = [self._place(column) for column in columns]
        wrong = [
            f"line {line}, column {quoted(column)}: {why}"
            for line, record in zip(self.lines, self.records, strict=True)
            for column, place in zip(columns, places, strict=True)
            if (why := fault(record[place]))
        ]
        if wrong:
            more = f" (and {len(wrong) - 1} more such field{'s' * (len(wrong) > 2)})" if len(wrong) > 1 else ""
            raise TableError(self.path, wrong[0] + more)


def _emptiness(text: str) -> str:
    return "" if text else "the field is empty"


def _fault(text: str) -> str:
    """Why a field cannot be used as a number; an empty text if it can."""
    x = number(text)
    if x is None:
        advice = DECIMAL_POINT if decimal_comma(text) else ""
        return _emptiness(text) or f"{quoted(text)} is no number{advice}"
    return "" if abs(x) <= LARGEST else f"{quoted(text)} is larger than {LARGEST:g}"


def read_csv(path: str | os.PathLike[str]) -> Table:
    """Reads a CSV file in UTF-8, with the names of the columns in the first line, and fields parted by , or ; or tabs.

    Fields may be quoted with ". Blank lines are left out, and so are spaces around fields. TableError for a file that is not
    like that, with the line; OSError for one that cannot be read.

    >>> from pathlib import Path
    >>> size = Path("flowers.csv").write_text("petal;species\\n1.4;setosa\\n5.1;virginica\\n")
    >>> flowers = read_csv("flowers.csv")
    >>> flowers.numbers("petal"), flowers.texts("species")
    ([1.4, 5.1], ['setosa', 'virginica'])
    """
    text = _decoded(path)
    found = list(_records(path, text, _delimiter(text)))
    if not found:
        raise TableError(path, "the file is empty" if not text else "there is nothing but blank lines in the file")
    (_, columns), *rest = found
    _check_header(path, columns)
    for line, record in rest:
        if len(record) != len(columns):
            fields = "1 field" if len(record) == 1 else f"{len(record)} fields"
            raise TableError(path, f"line {line} has {fields}, and the first line names {len(columns)} columns")
    if not rest:
        raise TableError(path, "there are names of columns in the first line, and no rows below it")
    return Table(path, columns, [record for _, record in rest], [line for line, _ in rest])


def number(text: str) -> float | None:
    """The finite number that a text is, or None.

    >>> number("-1.5e3"), number("1,5"), number("nan"), number("1_000")
    (-1500.0, None, None, None)
    """
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def is_number(text: str) -> bool:
    return number(text) is not None


def decimal_comma(text: str) -> bool:
    """Whether a text would be a number with a point for its comma."""
    return text.count(",") == 1 and is_number(text.replace(",", "."))


def _decoded(path: str | os.PathLike[str]) -> str:
    if Path(path).exists() and not (Path(path).is_file() or Path(path).is_fifo()):
        raise TableError(path, "this is a folder, not a file" if Path(path).is_dir() else "this is not an ordinary file")
    contents = _contents(path)
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before, byte = problem.object[: problem.start], problem.object[problem.start]
        line = before.count(b"\n") + 1
        raise TableError(
            path, f"line {line} is not text in UTF-8 (byte 0x{byte:02x}): save the table as CSV in UTF-8"
        ) from None
    if "\0" in text:
        raise TableError(path, "this is not a text file (it has zero bytes): save the table as CSV in UTF-8")
    return text


def _contents(path: str | os.PathLike[str]) -> bytes:
    contents = beginning_of(path, LONGEST)
    if len(contents) > LONGEST:
        raise TableError(path, f"it has more than {LONGEST:,} bytes, and a table is read whole")
    return contents


def _records(path: str | os.PathLike[str], text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The records, without blank lines, each with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    line = 1
    try:
        for record in reader:
            if len(record) > 1 or any(map(str.strip, record)):
                yield line, [field.strip() for field in record]
            line = reader.line_num + 1
    except csv.Error as problem:
        if "field limit" in str(problem):
            what = f"has a field of more than {csv.field_size_limit():,} characters: is a closing quote missing?"
        else:
            what = f'has quotes that do not match ({problem}): inside of quotes, " is written ""'
        raise TableError(path, f"the record that starts on line {line} {what}") from None


def _delimiter(text: str) -> str:
    """The delimiter that parts the first line into most fields. One by which the second line has as many is preferred."""

    def merit(delimiter: str) -> tuple[bool, int]:
        widths: list[int] = []
        with contextlib.suppress(TableError):
            for _, record in itertools.islice(_records("", text, delimiter), 2):
                widths.append(len(record))
        return len(widths) == 2 and widths[0] == widths[1] > 1, max(widths[:1], default=0)

    return max(DELIMITERS, key=merit)


def _check_header(path: str | os.PathLike[str], columns: list[str]) -> None:
    data = sum(map(is_number, columns))
    if 2 * data >= len(columns):
        raise TableError(
            path, f"the first line looks like data, not like names of columns ({listed(columns, 5)}): write the names above it"
        )
    seen: set[str] = set()
    for i, name in enumerate(columns):
        if not name:
            advice = " (of pandas, to_csv(..., index=False) does not write such a column)" if i == 0 else ""
            raise TableError(path, f"column {i + 1} of {len(columns)} has no name in the first line: give it one{advice}")
        if name in seen:
            raise TableError(path, f"two columns are called {quoted(name)}: rename one")
        seen.add(name)

"""Tables in CSV files: columns by name, and for everything that is wrong the line and the column."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable
from pathlib import Path

from .names import listed, nearest, quoted

DELIMITERS = ",;\t"
LARGEST = 1e100  # the squares of such numbers, and sums of them, are finite


class TableError(ValueError):
    """What is wrong with a CSV file: `path`, and the `reason` in words.

    >>> TableError("flowers.csv", "the file is empty").reason
    'the file is empty'
    """

    def __init__(self, path: str | os.PathLike[str], reason: str) -> None:
        super().__init__(f"{os.fspath(path)}: {reason}")
        self.path = Path(path)
        self.reason = reason


class Table:
    """The records of a CSV file, as texts.

    columns     the names in its first line
    records     the fields of every further line
    lines       the number of the line that each record starts on
    """

    def __init__(self, path: str | os.PathLike[str], columns: list[str], records: list[list[str]], lines: list[int]) -> None:
        self.path, self.columns, self.records, self.lines = Path(path), columns, records, lines

    def __len__(self) -> int:
        return len(self.records)

    def texts(self, column: str) -> list[str]:
        """The fields of a column. TableError for a column that there is not, with the name that comes nearest."""
        if column not in self.columns:
            raise TableError(self.path, f"there is no column {quoted(column)}: {nearest(column, self.columns)}")
        place = self.columns.index(column)
        return [record[place] for record in self.records]

    def filled(self, column: str) -> list[str]:
        """The fields of a column, none of which may be empty."""
        return self._without(column, [not text for text in self.texts(column)], "is empty")

    def numbers(self, column: str) -> list[float]:
        """The fields of a column, each of which has to be a finite number."""
        texts = self.filled(column)
        advice = "is no number" + (" (decimals are written with a point)" if any(map(_decimal_comma, texts)) else "")
        self._without(column, [number(text) is None for text in texts], advice)
        values = [float(text) for text in texts]
        self._without(column, [abs(value) > LARGEST for value in values], f"is larger than {LARGEST:g}")
        return values

    def rows(self, columns: Iterable[str]) -> list[list[float]]:
        """The numbers of these columns, row by row.

        TableError for a field that is empty or no number, with its line and column, and how many more there are.
        """
        return [list(row) for row in zip(*map(self.numbers, columns), strict=True)]

    def text_columns(self, columns: Iterable[str]) -> list[str]:
        """Those of the columns that hold texts: not one number, and not only empty fields."""
        return [column for column in columns if any(texts := self.texts(column)) and not any(map(is_number, texts))]

    def _without(self, column: str, wrong: list[bool], what: str) -> list[str]:
        texts, count = self.texts(column), wrong.count(True)
        if count:
            first = wrong.index(True)
            field = f"the field {quoted(texts[first])}" if texts[first] else "the field"
            more = f", and so {'are' if count > 2 else 'is'} {count - 1} more in that column" if count > 1 else ""
            raise TableError(self.path, f"line {self.lines[first]}, column {quoted(column)}: {field} {what}{more}")
        return texts


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
    found = _parsed(path, text, _delimiter(text))
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


def _decoded(path: str | os.PathLike[str]) -> str:
    if Path(path).exists() and not (Path(path).is_file() or Path(path).is_fifo()):
        raise TableError(path, "this is a folder, not a file" if Path(path).is_dir() else "this is not an ordinary file")
    contents = Path(path).read_bytes()
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = contents.count(b"\n", 0, problem.start) + 1
        raise TableError(
            path, f"line {line} is not text in UTF-8 (byte 0x{contents[problem.start]:02x}): save the table as CSV in UTF-8"
        ) from None
    if "\0" in text:
        raise TableError(path, "this is not a text file (it has zero bytes): save the table as CSV in UTF-8")
    return text


def _parsed(path: str | os.PathLike[str], text: str, delimiter: str, most: int | None = None) -> list[tuple[int, list[str]]]:
    """The records, without blank lines, each with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    found: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for record in reader:
            if len(record) > 1 or any(map(str.strip, record)):
                found.append((line, [field.strip() for field in record]))
            line = reader.line_num + 1
            if len(found) == most:
                break
    except csv.Error as problem:
        if "field limit" in str(problem):
            problem_is = f"has a field of more than {csv.field_size_limit():,} characters: is a closing quote missing?"
        else:
            problem_is = f'has quotes that do not match ({problem}): inside of quotes, " is written ""'
        raise TableError(path, f"the record that starts on line {line} {problem_is}") from None
    return found


def _delimiter(text: str) -> str:
    """The one that makes the most of the first line and, where that is possible, as much of the second."""

    def merit(delimiter: str) -> tuple[bool, int]:
        try:
            widths = [len(record) for _, record in _parsed("", text, delimiter, most=2)]
        except TableError:
            return False, 0
        return len(set(widths)) == 1 and widths[0] > 1, max(widths[:1], default=0)

    return max(DELIMITERS, key=merit)


def _check_header(path: str | os.PathLike[str], columns: list[str]) -> None:
    data = sum(map(is_number, columns))
    if 2 * data >= len(columns):
        raise TableError(
            path, f"the first line looks like data, not like names of columns ({listed(columns, 5)}): write the names above it"
        )
    for i, name in enumerate(columns):
        if not name:
            advice = " (of pandas, to_csv(..., index=False) does not write such a column)" if i == 0 else ""
            raise TableError(path, f"column {i + 1} of {len(columns)} has no name in the first line: give it one{advice}")
        if name in columns[:i]:
            raise TableError(path, f"two columns are called {quoted(name)}: rename one")


def _decimal_comma(text: str) -> bool:
    return text.count(",") == 1 and is_number(text.replace(",", "."))

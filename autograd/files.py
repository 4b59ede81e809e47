"""Files of data: written wholly or not at all, read with errors that say which file and what is wrong in it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

LONGEST_REASON = 2000


class FileError(ValueError):
    """What is wrong with a file: its `path`, and the `reason` in words, as far as a message has room for them.

    >>> FileError("flowers.csv", "the file is empty").reason
    'the file is empty'
    """

    def __init__(self, path: str | os.PathLike[str], reason: str) -> None:
        if len(reason) > LONGEST_REASON:  # Python's own words may quote all that a damaged file holds
            reason = reason[: LONGEST_REASON - 3] + "..."
        super().__init__(f"{os.fspath(path)}: {reason}")
        self.path = Path(path)
        self.reason = reason

    def __reduce__(self) -> tuple[type[FileError], tuple[Path, str]]:
        return type(self), (self.path, self.reason)


class StorageError(FileError):
    """What is wrong with a file of a model or a program: its `path`, and the `reason` in words.

    >>> StorageError("model.safetensors", "the file is empty").reason
    'the file is empty'
    """


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Opens a regular file to be read. StorageError for another, as a FIFO or a device, which may never end.

    OSError for what cannot be opened: nothing, a folder, a link that leads round in a circle.

    >>> write_whole("greeting.txt", b"hello")
    >>> with open_regular("greeting.txt") as file:
    ...     file.read()
    b'hello'
    """
    _check_regular(path, path)  # before it is opened: opening is felt at the other end of a FIFO, and by some devices
    file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 (the caller closes it)
    try:
        _check_regular(path, file.fileno())  # and after: another one may have come into its place
    except BaseException:
        file.close()
        raise
    return file


def _check_regular(path: str | os.PathLike[str], file: str | os.PathLike[str] | int) -> None:
    mode = os.stat(file).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # what is wrong with a folder, opening it says
        raise StorageError(path, "it is no regular file, and may never end")


def _without_waiting(path: str, flags: int) -> int:
    """Opens what is there; of a FIFO it does not wait until somebody writes to it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def write_whole(path: str | os.PathLike[str], contents: bytes) -> None:
    """Writes a file so that at its place there is always the old one or the new one, complete.

    What is there and no regular file, as a FIFO or a device, is written into and stays; a link stays, and where it leads is
    written. OSError where that cannot be.
    """
    try:
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError:  # nothing there, or a link to nothing
            mode = stat.S_IFREG
        if stat.S_ISREG(mode):
            _replace(Path(os.path.realpath(path)), contents)
        else:
            with open(path, "wb", buffering=0) as file:
                rest = memoryview(contents)
                while rest:
                    rest = rest[file.write(rest) :]
    except OSError as problem:
        raise OSError(problem.errno, problem.strerror, os.fspath(path)) from None


def _replace(target: Path, contents: bytes) -> None:
    part = target.parent / f".{secrets.token_hex(8)}.part"
    try:
        with part.open("xb") as file:
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, part)
        os.replace(part, target)
    finally:
        with suppress(OSError):
            part.unlink()


def json_in(path: str | os.PathLike[str], what: str, text: Any) -> Any:
    """The value of a JSON text, which errors call the `what` of the file. StorageError if it is no JSON, or has a key twice.

    >>> json_in("p.jsonl", "header", '{"version": 1}')
    {'version': 1}
    """

    def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise StorageError(path, f"its {what} has the key {shortened(key)} twice")
            found[key] = value
        return found

    try:
        return json.loads(text, object_pairs_hook=without_duplicates)
    except StorageError:
        raise
    except (ValueError, TypeError, RecursionError) as problem:
        reason = "it is nested too deeply" if isinstance(problem, RecursionError) else problem
        raise StorageError(path, f"its {what} is not JSON: {reason}") from None


def shortened(thing: Any) -> str:
    """The repr of a thing as far as a message has room for it."""
    try:
        text = repr(thing)
    except RecursionError:
        return f"a {type(thing).__name__} nested deeply"
    except ValueError:  # Python writes no more than some thousand digits
        return f"a {type(thing).__name__} of very many digits"
    return text if len(text) <= 80 else text[:77] + "..."

"""Files of data: written wholly or not at all, read with errors that say which file and what is wrong in it."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

LONGEST_REASON = 2000

OPEN_FILES = re.compile(r"/dev/fd|/proc/\d+(/task/\d+)?/fd")
"""Folders that have what a process has opened, by numbers: /dev/stdout leads there."""

MOST_LINKS = 40
"""How many links Linux follows."""


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


def beginning_of(path: str | os.PathLike[str], most: int) -> bytes:
    """The bytes of a text as far as it may be one: up to and with its first zero byte, and one more than `most` at most.

    A FIFO or a device may go on without end. OSError for what cannot be opened.

    >>> write_whole("zeros.txt", b"ab\\0\\0\\0")
    >>> beginning_of("zeros.txt", 100), beginning_of("zeros.txt", 1)
    (b'ab\\x00', b'ab')
    """
    contents = bytearray()
    with open(path, "rb") as file:
        while len(contents) <= most and (piece := file.read(min(2**20, most + 1 - len(contents)))):
            if 0 in piece:
                return bytes(contents + piece[: piece.index(0) + 1])
            contents += piece
    return bytes(contents)


def write_whole(path: str | os.PathLike[str], contents: bytes) -> None:
    """Writes a file so that at its place there is always the old one or the new one, complete.

    Its permissions and its owner stay, and a file that may not be written to is a PermissionError. What is there and no regular
    file, as a FIFO or a device, is written into and stays, as is what this process has open, whose path is /dev/stdout or the
    like; a link stays, and where it leads is written. Of a file of several names the others keep the old one. OSError where
    something cannot be.
    """
    try:
        number = _open_file(path)
        if number is not None:
            _write_on(number, contents)
            return
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


def check_writable(path: str | os.PathLike[str]) -> None:
    """OSError for what `write_whole` would refuse: a folder, a link in a circle, a file that may not be written to.

    >>> check_writable("what is not there yet.txt")
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return
    for no, wrong in ((errno.EISDIR, stat.S_ISDIR(mode)), (errno.EACCES, not _may_write(path))):
        if wrong:
            raise OSError(no, os.strerror(no), os.fspath(path))


def _may_write(path: str | os.PathLike[str]) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _open_file(path: str | os.PathLike[str]) -> int | None:
    """The number of the file, of those that this process has open, that a path such as /dev/stdout is another word for.

    By its name on the disk it would be replaced: what was written to it before would be lost, and what is written later.
    """
    for _ in range(MOST_LINKS):
        folder, name = os.path.split(os.path.abspath(path))
        folder = os.path.realpath(folder)
        if name.isdecimal() and OPEN_FILES.fullmatch(folder):
            return int(name) if folder.startswith(("/dev", f"/proc/{os.getpid()}/")) else None
        path = os.path.join(folder, name)
        if not os.path.islink(path):
            return None
        path = os.path.join(folder, os.readlink(path))
    return None


def _write_on(number: int, contents: bytes) -> None:
    for stream in (sys.stdout, sys.stderr):  # what was printed before comes before
        with suppress(AttributeError, ValueError):
            stream.flush()
    rest = memoryview(contents)
    while rest:
        rest = rest[os.write(number, rest) :]


def _replace(target: Path, contents: bytes) -> None:
    part = target.parent / f".{secrets.token_hex(8)}.part"
    check_writable(target)
    try:
        with part.open("xb") as file:
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            _take_owner(target, part)
            shutil.copymode(target, part)
        os.replace(part, target)
    finally:
        with suppress(OSError):
            part.unlink()


def _take_owner(target: Path, part: Path) -> None:
    """As far as one may: who is root writes files of others, too."""
    of, now = target.stat(), part.stat()
    if (of.st_uid, of.st_gid) != (now.st_uid, now.st_gid) and hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(part, of.st_uid, of.st_gid)


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

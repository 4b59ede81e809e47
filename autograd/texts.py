"""Texts that any terminal, font and XML file can show: escapes for what cannot be printed, and an end to what is long; what
files of source are called.
"""

from __future__ import annotations

import sys
from pathlib import PurePath
from typing import Any

LONGEST = 40


def printable(text: str) -> str:
    """The text with Python's escapes in place of the characters that cannot be printed.

    >>> printable("a\\tb")
    'a\\\\tb'
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def visible(text: str, most: int = LONGEST) -> str:
    """The printable text, cut to at most `most` characters.

    >>> visible("a\\tb"), visible("abcdef", 4)
    ('a\\\\tb', 'abc…')
    """
    shown = printable(text[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def source_name(file: str) -> str:
    """What a file of source is called where lines of it are named: by its path; a cell of a notebook, as there, In[3].

    >>> source_name("/home/ada/engine.py")
    '/home/ada/engine.py'
    """
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    cell_of = getattr(getattr(shell, "compile", None), "format_code_name", None)  # of IPython 8 and later
    cell = cell_of(file) if cell_of else None
    return cell[1] if cell else file


def short_source_name(file: str) -> str:
    """The same without the folder that Python found it in, or that it runs a script of: nn/layers.py.

    >>> import nn.layers
    >>> short_source_name(nn.layers.__file__)
    'nn/layers.py'
    """
    path = PurePath(source_name(file))
    folders = [folder for folder in sys.path if folder and path.is_relative_to(folder)]
    return path.relative_to(max(folders, key=len)).as_posix() if folders else str(path)

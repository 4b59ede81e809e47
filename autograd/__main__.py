"""python -m autograd: the graph of any script, on a page or step by step in the terminal."""

from __future__ import annotations

import argparse
import os
import sys
import webbrowser
from pathlib import Path

from .exploring import script
from .exploring.explorable import Explorable, at_anomaly
from .exploring.terminal import play
from .files import write_whole
from .pictures.pages import is_page
from .texts import printable

ABOUT = """\
Runs a Python script, and shows the graph of what it computed with Values: each
operation forward, each share of the chain rule backward.

  python -m autograd explore script.py   writes script.html, a page on which all
                                         of it plays, and opens the page
  python -m autograd step script.py      plays it here, in the terminal
"""

WHAT = """
The script runs as `python script.py` runs it, with its arguments behind it:

  python -m autograd {command} train.py --epochs 3

What is shown is the Value that backward() was called on; the last one, if it
was called more than once. --which takes another call, --line what a line of
the script made last. Where backward() is never called, it is the last result.
"""

EXPLORE = """\
Runs a script, and writes a page on which both passes over its graph play.
{what}
The page is one file that opens anywhere: script.html beside the script, or what
--out says. A file that is there and is no such page is not overwritten.

A script that fails shows its own traceback, and no page is written; of an
AnomalyError (see autograd.detect_anomaly) there is the page of its graph, open
at the step where the first NaN or infinity arose. Ctrl-C ends the script, and
the page shows what there is. Exit codes: that of the script, if it is not 0;
130 after Ctrl-C; 2 for what cannot be done.
"""

STEP = """\
Runs a script, and plays both passes over its graph in the terminal.
{what}
Enter is the next step, b the one before, a number that step, ? the other keys,
q quits. Where input or output is no terminal, all steps are printed.
"""


class CannotError(Exception):
    """What was asked for cannot be done; the message says why."""


def make_parser() -> argparse.ArgumentParser:
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m autograd", description=ABOUT, formatter_class=as_written)
    adding = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, short, text in (
        ("explore", "write a page on which the graph of a script plays", EXPLORE),
        ("step", "play the graph of a script in the terminal", STEP),
    ):
        description = text.format(what=WHAT.format(command=name))
        usage = "%(prog)s [options] SCRIPT [ARGUMENTS]"
        command = adding.add_parser(name, help=short, description=description, usage=usage, formatter_class=as_written)
        command.add_argument("script", metavar="SCRIPT", type=Path, help="the Python file to run")
        command.add_argument("arguments", metavar="ARGUMENTS", nargs=argparse.REMAINDER, help="what the script is given")
        chosen = command.add_mutually_exclusive_group()
        which = "which call of backward(): 1 is the first, -1 the last (default: -1)"
        chosen.add_argument("--which", metavar="N", type=call_number, default=-1, help=which)
        chosen.add_argument("--line", metavar="N", type=line_number, help="what this line of the script made last, instead")
        if name == "explore":
            command.add_argument("--out", metavar="FILE", type=Path, help="where to write the page (default: SCRIPT.html)")
            command.add_argument("--no-browser", action="store_true", help="write the page, and do not open it")
    return parser


def call_number(text: str) -> int:
    if text.lstrip("-").isdecimal() and int(text) != 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"a call is numbered from 1, or from -1 for the last, and this is {text!r}")


def line_number(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"a line is a whole number from 1, and this is {text!r}")


def main(arguments: list[str] | None = None) -> int:
    """Runs a command, and gives its exit code."""
    options = make_parser().parse_args(arguments)
    try:
        code = explore_script(options) if options.command == "explore" else step_script(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the program that our output goes to, as head, has ended: the rest of it goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as problem:
        say(options, f"{problem.filename}: {problem.strerror}" if problem.filename else problem)
    except (CannotError, script.NothingToExploreError) as problem:
        say(options, problem)
    except KeyboardInterrupt:
        say(options, "stopped")
        return script.INTERRUPTED
    return 2


def say(options: argparse.Namespace, message: object) -> None:
    print(f"python -m autograd {options.command}: {printable(str(message))}", file=sys.stderr)


def recorded(options: argparse.Namespace) -> tuple[int, Explorable | None, str]:
    """Runs the script: its exit code, what is to be explored, and in words what that is. None where it failed."""
    notes = script.Notes(os.path.abspath(options.script), options.which, options.line)
    ended = script.run(options.script, options.arguments, notes)
    sys.stdout.flush()
    if ended.anomaly:
        return ended.code, at_anomaly(ended.anomaly, notes.script), "the graph of the error, open at the step where it arose"
    if ended.failed:
        return ended.code, None, ""
    found, what = script.explored(notes, printable(options.script.name))
    return ended.code, found, what


def explore_script(options: argparse.Namespace) -> int:
    path = Path(os.path.abspath(options.out or options.script.with_suffix(".html")))
    if path.suffix.lower() not in (".html", ".htm"):
        raise CannotError(f"--out is the name of a page, ending in .html, and this is {options.out}")
    if (path.is_file() or path.is_dir()) and not is_page(path):  # what is neither, as a FIFO, is written into
        raise CannotError(f"{path} is there, and is no page that this command wrote: --out names another file")
    code, found, what = recorded(options)
    if found is None:
        return code
    write_whole(path, found.html().encode())
    print(printable(f"{os.path.relpath(path)}: {what}"))
    if not options.no_browser and not webbrowser.open(path.as_uri()):
        print("No browser was found here: open the page yourself.")
    return code


def step_script(options: argparse.Namespace) -> int:
    code, found, what = recorded(options)
    if found is None:
        return code
    print(f"{printable(options.script.name)}: {what}", file=sys.stderr)
    play(found)
    return code


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main())

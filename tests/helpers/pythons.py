"""The other Pythons on this machine: where they are found, and the tests under each (`make test-pythons`).

Of every version that pyproject.toml names, the first of these that runs: one in $PYTHONS (paths or names, with blanks between
them), pyenv's, python3.X on the path. Each has an environment of its own, in .venv/pythons, and extensions of its own beside
the sources.

    python tests/helpers/pythons.py [what pytest is to be given]
"""

import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLASSIFIERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
VERSIONS = [name.rpartition(" ")[2] for name in CLASSIFIERS if "Python :: 3." in name]
ENVIRONMENTS = ROOT / ".venv" / "pythons"


def found(version: str) -> str | None:
    """The path of a Python of a version such as "3.12"; None where there is none."""
    named = [shutil.which(name) or name for name in os.environ.get("PYTHONS", "").split()]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    places = [*named, *map(str, sorted(pyenv.glob(f"{version}.*/bin/python"))), shutil.which(f"python{version}")]
    return next((path for path in places if path is not None and _version(path) == version), None)


def _version(python: str) -> str:
    asked = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def environment(version: str, python: str) -> str:
    """The Python of an environment in which this checkout and what its tests need are installed."""
    folder = ENVIRONMENTS / version
    inside = str(next((folder / place for place in ("Scripts/python.exe", "bin/python") if (folder / place).exists()), ""))
    if not inside or _version(inside) != version:
        subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
        return environment(version, python)
    pip = [inside, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--editable"]
    subprocess.run([*pip, f"{ROOT}[test]"], check=True)
    return inside


def main(arguments: list[str]) -> int:
    """The tests under each Python; the number of those where they failed."""
    said = []
    for version in VERSIONS:
        python = found(version)
        if python is None:
            said.append(f"Python {version}: not here, so nothing was run")
            continue
        print(f"Python {version}: {python}", flush=True)
        began = time.monotonic()
        # Extensions are for a version each, but what they are made of is written into one folder: so one after the other.
        done = subprocess.run([environment(version, python), "-m", "pytest", "-q", *arguments], cwd=ROOT)
        said.append(f"Python {version}: {'passed' if not done.returncode else 'FAILED'} in {time.monotonic() - began:.0f} s")
    print("\n".join(said))
    return sum("FAILED" in line for line in said)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

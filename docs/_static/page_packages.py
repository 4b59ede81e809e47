"""Packages with compiled parts, brought into the Python of a page when they are first imported.

They are large, and most blocks need none of them. A worker may wait for a file, so an import simply takes a moment longer.
"""

import importlib.util
import io
import site
import sys
import zipfile
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

LIBRARIES = "/usr/lib"
"""Where shared libraries lie that the extensions of a package are linked to."""


OURS = {"safetensors": "page_safetensors", "safetensors.numpy": "page_safetensors"}
"""What stands in the place of packages, by the names that are imported."""


class Bringer(MetaPathFinder):
    """Finds no module itself: brings the files, and leaves finding to Python's own finders, which come after it.

    archives    by the name that is imported, the archives that it needs, in the order in which they are brought
    read        the bytes of one
    link        makes a shared library known to those that name it as what they are linked to
    """

    def __init__(self, archives: dict[str, list[str]], read: Callable[[str], bytes], link: Callable[[str], None]) -> None:
        self.archives = archives
        self.read = read
        self.link = link
        self.brought = set[str]()
        self.folder = site.getsitepackages()[0]

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        missing = [name for name in self.archives.get(fullname, ()) if name not in self.brought]
        for name in missing:
            self.bring(name)
            self.brought.add(name)
        if missing:
            importlib.invalidate_caches()  # itself an import, so not at each

    def bring(self, name: str) -> None:
        with zipfile.ZipFile(io.BytesIO(self.read(name))) as archive:
            if name.endswith(".whl"):
                archive.extractall(self.folder)
                return
            archive.extractall(LIBRARIES)
            for library in archive.namelist():
                self.link(str(Path(LIBRARIES) / library))


class InTheirPlace(MetaPathFinder):
    """Finds a module of ours for packages whose compiled parts were built for no page, when they are imported."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname not in OURS:
            return None
        file = Path(__file__).with_name(f"{OURS[fullname]}.py")
        inside = [] if "." not in fullname else None  # a package, whose modules are asked for in the same way
        return importlib.util.spec_from_file_location(fullname, file, submodule_search_locations=inside)


def install(archives: dict[str, list[str]]) -> None:
    """Has imports bring what they need from beside the worker; `archives` as for Bringer."""
    import ctypes

    import js
    import pyodide_js

    def read(name: str) -> bytes:
        request = js.XMLHttpRequest.new()
        request.open("GET", f"{js.packages_at}{name}", False)
        request.responseType = "arraybuffer"
        request.send()
        if request.status != 200:
            raise ImportError(f"{name} lies not beside the page: the server answers {request.status}")
        return request.response.to_bytes()

    def link(library: str) -> None:
        ctypes.CDLL(library, ctypes.RTLD_GLOBAL)
        known = pyodide_js._module.LDSO.loadedLibsByName  # by their paths; extensions ask by the bare name
        setattr(known, Path(library).name, getattr(known, library))

    sys.meta_path[:0] = [Bringer(archives, read, link), InTheirPlace()]

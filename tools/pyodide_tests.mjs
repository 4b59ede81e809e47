// The tests of the plain build, or those given, in Pyodide's Python, of which there is one for Python 3.14 where no other may be had:
//
//   node --stack-size=50000 tools/pyodide_tests.mjs FOLDER tests/engine tests/corners
//
// FOLDER has node_modules/pyodide, and site, with pytest and what else the tests import. What this Python has not got, as NumPy, threads
// and processes, leaves out the tests that ask for it.

import { writeSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, ...tests] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(resolve(folder, "node_modules/pyodide/pyodide.mjs")));
const python = await loadPyodide();
const out = { write: (bytes) => writeSync(1, bytes) };
python.setStdout(out);
python.setStderr(out);
for (const [place, root] of [["/repository", "."], ["/site", `${folder}/site`]]) {
  python.FS.mkdir(place);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: resolve(root) }, place);
}
python.FS.chdir("/repository");
python.globals.set("tests", python.toPy(tests));

const failed = await python.runPythonAsync(`
import builtins, os, re, sys

os.environ["SCALAR_AUTOGRAD_PURE"] = "1"
sys.dont_write_bytecode = True
sys.path[:0] = ["/repository", "/site"]

import pytest

# The last is what pytest says of a fixture that lacked something when it was set up before.
LACKING = re.compile(
    r"no NumPy here|No module named|ModuleNotFoundError|pip install|can't start new thread|does not support processes|"
    r"Function not implemented|out of pty devices|'/dev/|assert not self._finalizers"
)


class Missing:
    """NumPy to a module of tests, which is collected with it: a test that uses it is left out."""

    def __getattr__(self, name):
        if name.startswith(("_", "pytest")):
            raise AttributeError(name)
        pytest.skip("no NumPy here", allow_module_level=True)


import_ = builtins.__import__


def imported(name, globals=None, locals=None, fromlist=(), level=0):
    if name == "numpy" and not fromlist and str((globals or {}).get("__file__")).startswith("/repository/tests"):
        return Missing()
    return import_(name, globals, locals, fromlist, level)


builtins.__import__ = imported


class WithoutWhatIsLacking:
    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item):
        return self.told((yield), item)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector):
        return self.told((yield), collector)

    def told(self, report, of):
        if report.failed and LACKING.search(str(report.longrepr)):
            report.outcome, report.longrepr = "skipped", (str(of.path), 0, "Skipped: this Python lacks something")
        return report


print(sys.version)
options = ["-q", "-p", "no:cacheprovider", "--tb=short", "-o", "timeout=0", "-o", "faulthandler_timeout=0"]
int(pytest.main([*options, *(tests or ["tests/engine", "tests/corners", "tests/derivatives"])], plugins=[WithoutWhatIsLacking()]))
`);
process.exit(failed);

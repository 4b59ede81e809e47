// The Python of a page: Pyodide, in a thread of its own. All it loads lies beside this file.
import { loadPyodide } from "./pyodide/pyodide.mjs";
import { instance } from "./viz/viz.js";

const beside = name => new URL(name, import.meta.url).href;

async function begin() {
  const [python, library, viz] = await Promise.all([
    loadPyodide({ indexURL: beside("./pyodide/") }),
    fetch(beside("./library.zip")).then(answer => answer.arrayBuffer()),
    instance(),
  ]);
  python.unpackArchive(library, "zip", { extractDir: "/library" });
  python.runPython("import os, sys; sys.path.insert(0, '/library'); os.makedirs('/page'); os.chdir('/page')");
  self.packages_at = beside("./packages/");
  const blocks = python.pyimport("run_blocks");
  blocks.draw_by({ renderString: (source, options) => viz.renderString(source, options.toJs?.() ?? options) });
  blocks.bring_packages("/library/packages.json");
  return blocks;
}

const ready = begin();
ready.then(() => postMessage({ ready: true }), error => postMessage({ failed: String(error) }));

onmessage = async ({ data: { id, source, module, fresh } }) => {
  const blocks = await ready;
  if (fresh) blocks.forget();
  postMessage({ id, ...JSON.parse(blocks.run(source, module)) });
};

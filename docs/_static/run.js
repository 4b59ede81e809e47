// A Run button on each block of Python. The blocks before it run first, since a block may go on from them. Code can be changed.
"use strict";

const beside = document.currentScript.src;
const BLOCKS = ".highlight-python pre, .highlight-ipython3 pre, .highlight-ipython pre";

const page = { blocks: [], worker: null, running: null, waiting: new Map() };

function start() {
  if (page.worker) return;
  page.worker = new Worker(new URL("run_worker.mjs", beside), { type: "module" });
  page.worker.onmessage = ({ data }) => {
    if (data.failed) stop(`Python did not start: ${data.failed}`);
    else if (data.ready) document.documentElement.dataset.python = "ready";
    else {
      page.waiting.get(data.id)(data);
      page.waiting.delete(data.id);
    }
  };
  page.worker.onerror = event => stop(`Python did not start: ${event.message || "its files are not there"}`);
}

// Ends whatever runs. The next block begins with a new Python.
function stop(why) {
  page.worker?.terminate();
  page.worker = null;
  delete document.documentElement.dataset.python;
  const waiting = [...page.waiting.values()];
  page.waiting.clear();
  for (const block of page.blocks) block.done = false;
  for (const answer of waiting) answer({ shown: [{ kind: "error", text: why }], agrees: false });
}

function ask(source) {
  start();
  const id = crypto.randomUUID?.() ?? String(Math.random());
  const module = document.querySelector('meta[name="runs-in"]')?.content ?? "";
  return new Promise(answer => {
    page.waiting.set(id, answer);
    page.worker.postMessage({ id, source, module });
  });
}

// The code as it stands on the page: doctest takes the prompts, and what is said to come of them.
const code = block => block.pre.innerText.replace(/\u00a0/g, " ").replace(/\s*$/, "\n");

// A block that took too long to its reader does not run again before others, only if it is asked for.
function stopRunning() {
  if (page.running) page.running.stopped = true;
  stop("It was stopped.");
}

async function run(upTo) {
  for (const block of page.blocks.slice(0, page.blocks.indexOf(upTo) + 1)) {
    if ((block.done || block.stopped) && block !== upTo) continue;
    block.stopped = false;
    page.running = block;
    say(block, [{ kind: "quiet", text: page.worker && document.documentElement.dataset.python ? "…" : "Python is loading …" }]);
    block.button.textContent = "Stop";
    const { shown, agrees } = await ask(code(block));
    page.running = null;
    block.button.textContent = "Run again";
    block.done = page.worker !== null;
    block.frame.dataset.agrees = agrees;
    say(block, shown.length ? shown : [{ kind: "quiet", text: "It ran, and says nothing." }]);
    if (!page.worker) return;
  }
}

function say(block, shown) {
  block.out.replaceChildren(...shown.map(({ kind, text }) => {
    const part = document.createElement(kind.includes("/") ? "div" : "pre");
    part.className = kind.replace(/\W/g, "-");
    if (kind.includes("/")) part.innerHTML = text; // a picture or a page in a frame, made by the library
    else part.textContent = text;
    return part;
  }));
  block.out.hidden = false;
}

function prepare(pre) {
  const frame = pre.closest("div.highlight").parentElement, block = { pre, frame, done: false };
  frame.classList.add("runs");
  block.button = document.createElement("button");
  block.button.className = "run";
  block.button.textContent = "Run";
  block.button.addEventListener("click", () => block.button.textContent === "Stop" ? stopRunning() : run(block));
  block.button.addEventListener("pointerenter", start, { once: true }); // a moment earlier than it is asked for
  block.out = document.createElement("div");
  block.out.className = "ran";
  block.out.hidden = true;
  block.out.setAttribute("aria-live", "polite");
  pre.contentEditable = "plaintext-only";
  pre.spellcheck = false;
  pre.setAttribute("aria-label", "Python, which can be changed and run");
  pre.addEventListener("keydown", event => {
    if (event.key === "Enter" && (event.shiftKey || event.ctrlKey)) {
      event.preventDefault();
      run(block);
    }
  });
  frame.append(block.button, block.out);
  page.blocks.push(block);
}

// From a file, browsers give a page no threads: there the blocks are to be read.
addEventListener("DOMContentLoaded", () => {
  if (!location.protocol.startsWith("http")) return;
  for (const pre of document.querySelectorAll(BLOCKS)) if (!pre.closest(".to-read")) prepare(pre);
});

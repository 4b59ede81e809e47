// The page in a cell of a running notebook, bound to a widget in the kernel (autograd/exploring/widget.py): its step and its
// numbers go both ways, as data. It is the same page as everywhere, in a frame, and spoken with by its messages.

const written = ({ step, numbers }) => JSON.stringify([step, Object.entries(numbers).sort()]);

function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.title = "a graph to step through";
  frame.style.cssText = model.get("_style");
  let agreed, asked = 0, answered = 0; // what page and kernel last agreed on; what the page was told to become, and became
  const tell = () => {
    const state = { step: model.get("step"), numbers: model.get("numbers") };
    if (written(state) === agreed) return;
    agreed = written(state);
    frame.contentWindow?.postMessage({ explorable: ["become", state], id: ++asked }, "*");
  };
  const isDark = () => document.body.dataset.jpThemeLight === "false"; // as JupyterLab says it
  const look = () => frame.contentWindow?.postMessage({ explorable: ["look", isDark() ? "dark" : "light"] }, "*");
  const hear = ({ source, data }) => {
    const { id, began, step, numbers } = data?.explorable ?? {};
    if (source !== frame.contentWindow) return;
    answered = began ? asked : id ?? answered;
    if (numbers === undefined || answered !== asked) return; // how it stood before it heard the last
    const news = written({ step, numbers }) !== agreed;
    agreed = written({ step, numbers });
    if (began) { // also when a cell was taken out of the page and put back
      if (isDark()) look();
      return tell();
    }
    if (!news) return;
    model.set({ step, numbers });
    model.save_changes();
  };
  addEventListener("message", hear);
  const themes = new MutationObserver(look);
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  model.on("change:step change:numbers", tell);
  frame.srcdoc = model.get("_page");
  el.append(frame);
  return () => {
    removeEventListener("message", hear);
    themes.disconnect();
    model.off("change:step change:numbers", tell);
  };
}

export default { render };

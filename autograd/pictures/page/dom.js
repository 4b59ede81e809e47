// What every page does with its document.

const byId = id => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const element = (name, attributes, into) => {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  into?.append(made);
  return made;
};
const written = (made, text) => { if (made.shown !== text) made.textContent = made.shown = text; };
const classed = (made, text) => { if (made.classes !== text) made.setAttribute("class", made.classes = text); };

// Follows a pointer that is held down, until it is let go.
function follow(event, move, end = () => {}) {
  const over = new AbortController(), options = { signal: over.signal };
  const stop = last => {
    over.abort();
    end(last);
  };
  addEventListener("pointermove", move, options);
  addEventListener("pointerup", stop, options);
  addEventListener("pointercancel", stop, options);
}

// Does something when the window has another size, once for each picture at most; and when it comes to have any. In a frame that
// a notebook hides while its page begins, everything measures 0, and no size is new when it is shown.
function onResize(act, options) {
  const root = document.documentElement, hasRoom = () => root.getBoundingClientRect().width > 0;
  let frame = 0, had = hasRoom();
  const soon = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(act);
  };
  addEventListener("resize", soon, options);
  const watching = new ResizeObserver(() => {
    if (had !== (had = hasRoom()) && had) soon();
  });
  watching.observe(root);
  options?.signal.addEventListener("abort", () => watching.disconnect());
}

// Whether the parts of the page stand below each other, as narrow.css says.
const isNarrow = () => matchMedia("(max-width: 760px)").matches;

// ---- what is below every page: the buttons of its rail, the theme, the sheet of keys

const THEMES = ["light", "dark", "projector"];
// What the system says, or the page around a frame: a notebook may take its theme only after the pages in it have begun.
const DARK = matchMedia("(prefers-color-scheme: dark)");
// The theme that was asked for; or the system's, where that is none.
const themeOr = asked => THEMES.includes(asked) ? asked : DARK.matches ? "dark" : "light";
function showTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = theme;
}

const RAIL_BUTTONS = {
  home: ["to the start", '<path d="M2 2h2v12H2zM14 2v12L5 8z"/>'],
  rewind: ["play backwards", '<path d="M12 2v12L2 8z"/>'],
  back: ["one step back", '<path d="M10 3v10L4 8zM11 3h2v10h-2z"/>'],
  play: ["play", '<path class="to-play" d="M4 2v12l10-6z"/><path class="to-pause" d="M3 2h3.5v12H3zM9.5 2H13v12H9.5z"/>'],
  on: ["one step on", '<path d="M6 3v10l6-5zM3 3h2v10H3z"/>'],
  end: ["to the end", '<path d="M12 2h2v12h-2zM2 2v12l9-6z"/>'],
};

// Makes some of them. First of all: how long the rail is hangs on how much room they take.
function railButtons(...names) {
  byId("keys").innerHTML = names.map(name => {
    const [label, picture] = RAIL_BUTTONS[name];
    return `<button id="${name}" aria-label="${label}"><svg viewBox="0 0 16 16">${picture}</svg></button>`;
  }).join("");
}

// Brings what is below the page to life. `act` is what the buttons do, by name; all but those that play call `pause` before.
// `look` takes the next theme, and whether a reader chose it. Gives what opens the sheet.
function belowPage(act, pause, look) {
  const sheet = byId("sheet"), open = () => sheet.showModal();
  byId("keys").onclick = ({ target }) => {
    const name = target.closest("button")?.id;
    if (!name) return;
    if (name !== "play" && name !== "rewind") pause();
    act[name]();
  };
  byId("theme").onclick = () => look(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length], true);
  DARK.onchange = () => { // another theme than the system's was chosen, and stays
    if (document.documentElement.dataset.theme === (DARK.matches ? "light" : "dark")) look(themeOr(), false);
  };
  byId("help").onclick = open;
  sheet.onclick = event => { if (event.target === sheet) sheet.close(); };
  return open;
}

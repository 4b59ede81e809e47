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

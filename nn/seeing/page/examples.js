// What is learnt, where it is no plane: a curve over one input, images with their answers, or a table.

/** One input: the points, and the curve that the network draws through them. */
class Curve {
  constructor(film, root) {
    Object.assign(this, { film, root });
    root.className = "plane";
    root.setAttribute("aria-label", "Points, and the curve of the network. Arrows choose a point.");
    this.svg = element("svg", {}, root);
    root.onkeydown = event => moveChoice(event, film, 1);
  }

  draw() {
    const { film, svg } = this, { points, training } = film, size = this.root.clientWidth, [xs] = points.rows, [ys] = points.targets;
    const low = Math.min(...xs), high = Math.max(...xs), room = 0.08 * (high - low || 1), n = 160;
    const at = Float64Array.from({ length: n + 1 }, (_, k) => low - room + (high - low + 2 * room) * k / n);
    const { outputs: [given], units } = training.view(film.weights, { n: n + 1, rows: [at], targets: [] });
    Object.assign(this, { at, units });
    const bottom = Math.min(...ys), top = Math.max(...ys), tall = 1.3 * (top - bottom || 1), middle = (top + bottom) / 2;
    const place = (x, y) => [(x - at[0]) / (at[n] - at[0]) * size, Math.max(-size, Math.min(2 * size, size / 2 - (y - middle) / tall * size))];
    const path = lane => "M" + [...at].map((x, k) => place(x, lane[k]).map(u => u.toFixed(1)).join(" ")).join("L");
    svg.textContent = "";
    if (film.other) element("path", { class: "border was", d: path(training.view(film.other, { n: n + 1, rows: [at], targets: [] }).outputs[0]) }, svg);
    element("path", { class: "fit", d: path(given) }, svg);
    for (let r = 0; r < points.n; r++) {
      const [cx, cy] = place(xs[r], ys[r]), dot = element("circle", { class: "point low", cx, cy, r: 5 }, svg);
      if (r === film.chosenRow) element("circle", { class: "ring", cx, cy, r: 10 }, svg);
      dot.onclick = () => film.chooseRow(r === film.chosenRow ? -1 : r);
    }
  }

  tip() { return this.film.chosenRow >= 0 ? this.film.said(this.film.chosenRow) : "The line is what the network gives. Click a point to see how it comes about."; }
}

const MOST_SHOWN = 60, MOST_ROWS = 200;

/** Images: those that are read wrongly first, then others. */
class Images {
  constructor(film, root) {
    Object.assign(this, { film, root });
    root.setAttribute("aria-label", "Images, and how the network reads them. Arrows choose one.");
    this.list = root.appendChild(document.createElement("div"));
    this.list.id = "images";
    this.side = Math.sqrt(film.training.points.rows.length);
    const { rows } = film.training.points;
    this.most = rows.reduce((most, xs) => xs.reduce((m, x) => Math.max(m, Math.abs(x)), most), 1e-12);
    root.onkeydown = event => moveChoice(event, film, Math.max(1, Math.floor(root.clientWidth / 66)));
  }

  draw() {
    const { film, list, side, most } = this, { points, colours } = film;
    if (list.childElementCount === 0) {
      for (let r = 0; r < Math.min(points.n, MOST_SHOWN); r++) {
        const button = list.appendChild(document.createElement("button"));
        button.tabIndex = -1;
        button.append(document.createElement("canvas"), document.createElement("span"));
        button.onclick = () => film.chooseRow(r === film.chosenRow ? -1 : r);
      }
    }
    for (const [r, button] of [...list.children].entries()) {
      const [canvas, text] = button.children, wrong = film.isWrong(r);
      image(canvas, side, side, i => mix(colours.paper, colours.ink, Math.abs(points.rows[i][r]) / most));
      text.textContent = film.answer(r);
      button.className = `${wrong ? "off" : ""}${r === film.chosenRow ? " chosen" : ""}`;
      button.setAttribute("aria-label", `image ${r + 1}: ${film.target(r)}, read as ${film.answer(r)}`);
    }
  }

  tip() {
    const { film } = this;
    if (film.chosenRow >= 0) return film.said(film.chosenRow);
    return `${film.points.n > MOST_SHOWN ? `The first ${MOST_SHOWN} of ${count(film.points.n)} images. ` : ""}Below each, what the network reads; framed, where that is wrong. Click one to see why.`;
  }
}

/** Anything else: a table of the rows, with what is wanted and what is given. */
class Table {
  constructor(film, root) {
    Object.assign(this, { film, root });
    root.setAttribute("aria-label", "Rows, and what the network gives for them. Arrows choose one.");
    root.onkeydown = event => moveChoice(event, film, 1);
    const { points } = film, shown = Math.min(isNarrow() ? 2 : 4, points.rows.length); // so that what is wanted and given stands in sight
    this.shown = shown;
    root.innerHTML = `<table id="rows"><thead><tr>${Array.from({ length: shown }, (_, k) => `<th>${escaped(film.inputName(k))}</th>`).join("")}${points.rows.length > shown ? "<th>…</th>" : ""}<th>wanted</th><th>given</th></tr></thead><tbody></tbody></table>`;
    this.body = root.querySelector("tbody");
    this.body.onclick = event => {
      const r = [...this.body.children].indexOf(event.target.closest("tr"));
      if (r >= 0) film.chooseRow(r === film.chosenRow ? -1 : r);
    };
  }

  draw() {
    const { film, body, shown } = this, { points } = film;
    body.innerHTML = Array.from({ length: Math.min(points.n, MOST_ROWS) }, (_, r) => {
      const cells = Array.from({ length: shown }, (_, k) => `<td>${number(points.rows[k][r], 3)}</td>`).join("") + (points.rows.length > shown ? "<td></td>" : "");
      return `<tr tabindex="-1" class="${film.isWrong(r) ? "off" : ""}${r === film.chosenRow ? " chosen" : ""}">${cells}<td>${escaped(film.target(r))}</td><td>${escaped(film.answer(r))}</td></tr>`;
    }).join("");
  }

  tip() {
    const { film } = this;
    if (film.chosenRow >= 0) return film.said(film.chosenRow);
    return `${film.points.n > MOST_ROWS ? `The first ${MOST_ROWS} of ${count(film.points.n)} rows. ` : ""}Click a row to see what the network makes of it.`;
  }
}

function moveChoice(event, film, across) {
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
  if (!by) return;
  film.chooseRow(Math.max(0, Math.min(film.points.n - 1, film.chosenRow < 0 ? 0 : film.chosenRow + by)));
  event.preventDefault();
  event.stopPropagation();
}

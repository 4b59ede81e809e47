// Two inputs: the plane they span, what the network says of each place in it, and the points, which can be moved.

const GRID = 60;

class Plane {
  constructor(film, root, tools) {
    Object.assign(this, { film, root, tools, held: -1, cross: null, mode: null });
    root.className = "plane";
    root.setAttribute("aria-label", "Points in the plane. Arrows move a cross; 1 and 0 add a point; Enter takes the nearest point and lets it go; Delete removes it; e shows what the network makes of it.");
    this.canvas = root.appendChild(document.createElement("canvas"));
    this.svg = element("svg", {}, root);
    this.borders = ["was", "thin", "thin", ""].map(kind => element("path", { class: `border ${kind}` }, this.svg));
    this.dots = element("g", {}, this.svg);
    this.top = element("g", {}, this.svg);
    this.frame();
    this.listen();
  }

  get decision() { return this.film.data.decision; }

  /** The square of the plane that is shown: all points, and some room around them. */
  frame() {
    const { rows } = this.film.training.points, ends = rows.map(xs => [Math.min(...xs), Math.max(...xs)]);
    this.half = 0.62 * Math.max(...ends.map(([low, high]) => high - low), 1e-9);
    this.middle = ends.map(([low, high]) => (low + high) / 2);
    const xs = new Float64Array((GRID + 1) ** 2), ys = new Float64Array((GRID + 1) ** 2);
    for (let r = 0, n = 0; r <= GRID; r++) {
      for (let c = 0; c <= GRID; c++, n++) {
        xs[n] = this.middle[0] + this.half * (2 * c / GRID - 1);
        ys[n] = this.middle[1] - this.half * (2 * r / GRID - 1);
      }
    }
    this.grid = { n: xs.length, rows: [xs, ys], targets: [] };
  }

  toPage([x, y]) { return [((x - this.middle[0]) / this.half + 1) / 2 * this.size, (1 - (y - this.middle[1]) / this.half) / 2 * this.size]; }
  fromPage(u, v) { return [this.middle[0] + (2 * u / this.size - 1) * this.half, this.middle[1] - (2 * v / this.size - 1) * this.half]; }

  draw() {
    const { film, decision } = this;
    this.size = this.root.clientWidth;
    const over = film.training.view(film.weights, this.grid), { colours } = film, unit = film.unit && over.units[film.unit.layer]?.[film.unit.unit];
    this.units = over.units;
    if (unit) {
      const top = Math.max(1e-12, ...unit.map(Math.abs));
      image(this.canvas, GRID + 1, GRID + 1, i => mix(colours.paper, unit[i] < 0 ? colours.warm : colours.violet, 0.45 * Math.abs(unit[i]) / top));
    } else if (over.outputs.length > 1) {
      const tints = [colours.violet, colours.teal, colours.warm, colours.ink, colours.paper, colours.line];
      const two = over.outputs.length === 2;
      image(this.canvas, GRID + 1, GRID + 1, i => {
        const best = largestOf(over.outputs, i);
        return two ? mix(colours.paper, colours.violet, 0.36 / (1 + Math.exp(over.outputs[0][i] - over.outputs[1][i]))) : mix(colours.paper, tints[best % tints.length], 0.22);
      });
    } else {
      const share = this.share(over.outputs[0]);
      image(this.canvas, GRID + 1, GRID + 1, i => mix(colours.paper, colours.violet, 0.36 * share(over.outputs[0][i])));
    }
    const [was, low, high, border] = this.borders, field = unit ?? over.outputs[0], single = over.outputs.length === 1, other = film.other;
    const at = unit || !single ? 0 : decision ? decision.at : this.middleOfTargets(), ninth = decision?.at === 0 ? Math.log(9) : null;
    border.setAttribute("d", unit || single ? contour(field, at, this.size) : borders(over.outputs, this.size));
    low.setAttribute("d", !unit && single && ninth ? contour(field, -ninth, this.size) : "");
    high.setAttribute("d", !unit && single && ninth ? contour(field, ninth, this.size) : "");
    const before = !unit && other ? film.training.view(other, this.grid).outputs : null;
    was.setAttribute("d", !before ? "" : single ? contour(before[0], at, this.size) : borders(before, this.size));
    this.drawPoints();
  }

  /** How a number is shaded, from 0 to 1. */
  share() {
    const { decision } = this;
    if (decision) return decision.at === 0 ? x => 1 / (1 + Math.exp(-x)) : x => Math.max(0, Math.min(1, x - decision.at + 0.5));
    const [wanted] = this.film.points.targets, low = Math.min(...wanted), high = Math.max(...wanted);
    return x => Math.max(0, Math.min(1, (x - low) / (high - low || 1)));
  }

  middleOfTargets() {
    const [wanted] = this.film.points.targets;
    return (Math.min(...wanted) + Math.max(...wanted)) / 2;
  }

  drawPoints() {
    const { film, decision, dots, held } = this, { points } = film, several = film.seen.outputs.length > 2;
    dots.textContent = "";
    for (let r = 0; r < points.n; r++) {
      const [cx, cy] = this.toPage([points.rows[0][r], points.rows[1][r]]), wanted = points.targets[0][r];
      if (film.isWrong(r)) element("circle", { class: "wrong", cx, cy, r: 10 }, dots);
      const kind = several ? "class" : wanted > (decision?.at ?? this.middleOfTargets()) ? "high" : "low";
      const dot = element("circle", { class: `point ${kind}${r === held ? " held" : ""}`, cx, cy, r: several ? 7.5 : 5.6, "data-row": r }, dots);
      if (!decision && !several) dot.style.fill = `color-mix(in srgb, var(--violet) ${Math.round(100 * this.share()(wanted))}%, var(--paper))`;
      if (several) written(element("text", { class: "point-class", x: cx, y: cy + 3.6 }, dots), String(wanted));
    }
    this.top.textContent = "";
    if (film.chosenRow >= 0 && film.chosenRow < points.n) {
      const [cx, cy] = this.toPage([points.rows[0][film.chosenRow], points.rows[1][film.chosenRow]]);
      element("circle", { class: "ring", cx, cy, r: 10 }, this.top);
    }
    if (this.cross) {
      const [x, y] = this.toPage(this.cross);
      element("path", { class: "cross", d: `M${x - 11} ${y}h22M${x} ${y - 11}v22` }, this.top);
    }
  }

  // ---- points that come, go and move; what changes holds from this step on

  get canEdit() { return !this.film.data.reason; }

  edit(change) {
    const { points } = this.film, rows = Array.from({ length: points.n }, (_, r) => [points.rows[0][r], points.rows[1][r], points.targets[0][r]]);
    change(rows);
    if (!rows.length) return;
    const column = k => Float64Array.from(rows, row => row[k]);
    const counts = points.counts?.length ? rows.map(() => 1) : points.counts;
    this.film.change({ points: { n: rows.length, rows: [column(0), column(1)], targets: [column(2)], counts } });
  }

  add(x, y, high) {
    const { decision } = this, wanted = decision ? (decision.classes[high] ?? high) : high ? Math.max(...this.film.points.targets[0]) : Math.min(...this.film.points.targets[0]);
    this.edit(rows => rows.push([x, y, wanted]));
  }
  remove(r) { this.edit(rows => rows.splice(r, 1)); }
  move(r, x, y) { this.edit(rows => { rows[r][0] = x; rows[r][1] = y; }); }

  nearest(x, y) {
    const { points } = this.film;
    let best = -1, least = Infinity;
    for (let r = 0; r < points.n; r++) {
      const far = Math.hypot(points.rows[0][r] - x, points.rows[1][r] - y);
      if (far < least) [best, least] = [r, far];
    }
    return { row: best, pixels: least / (2 * this.half) * this.size };
  }

  listen() {
    const { root, tools, film } = this;
    if (this.canEdit) {
      const kinds = (this.decision?.classes ?? [0, 1]).slice(0, 6).map((name, k) => [k, name]), two = kinds.length === 2;
      for (const [k, name] of kinds) {
        const button = tools.appendChild(document.createElement("button"));
        button.dataset.mode = k;
        button.innerHTML = `${two ? `<svg viewBox="0 0 14 14"><circle class="point ${k ? "high" : "low"}" cx="7" cy="7" r="5.5"/></svg>` : ""}add ${two ? "" : escaped(film.className(name))}`;
      }
      const button = tools.appendChild(document.createElement("button"));
      button.dataset.mode = "remove";
      button.textContent = "remove";
      tools.onclick = ({ target }) => {
        const { mode } = target.closest("button")?.dataset ?? {};
        if (mode === undefined) return;
        this.mode = this.mode === mode ? null : mode;
        for (const each of tools.children) each.setAttribute("aria-pressed", each.dataset.mode === this.mode);
      };
    }
    root.onpointerdown = event => {
      const { left, top } = root.getBoundingClientRect(), [x, y] = this.fromPage(event.clientX - left, event.clientY - top), near = this.nearest(x, y);
      root.focus({ preventScroll: true });
      film.pause();
      if (near.pixels < 13 && this.mode === "remove" && this.canEdit) return this.remove(near.row);
      if (near.pixels < 13) {
        const from = [event.clientX, event.clientY];
        let moved = false;
        follow(event, now => {
          if (!this.canEdit || (!moved && Math.hypot(now.clientX - from[0], now.clientY - from[1]) < 4)) return;
          moved = true;
          this.held = near.row;
          this.move(near.row, ...this.fromPage(now.clientX - left, now.clientY - top));
        }, () => {
          this.held = -1;
          if (!moved) film.chooseRow(near.row === film.chosenRow ? -1 : near.row);
        });
      } else if (this.mode !== null && this.mode !== "remove") this.add(x, y, Number(this.mode));
      else film.chooseRow(-1);
    };
    root.onkeydown = event => {
      const { key } = event, unit = this.half / (event.shiftKey ? 100 : 25);
      const by = { ArrowLeft: [-unit, 0], ArrowRight: [unit, 0], ArrowUp: [0, unit], ArrowDown: [0, -unit] }[key];
      if (by) {
        this.cross = (this.cross ?? this.middle).map((x, k) => x + by[k]);
        if (this.held >= 0) this.move(this.held, ...this.cross);
        else this.drawPoints();
      } else if (!this.cross) return;
      else if (/^\d$/.test(key) && this.canEdit && Number(key) < (this.decision?.classes.length ?? 2)) this.add(...this.cross, Number(key));
      else if (key === "Enter" && this.canEdit) this.held = this.held >= 0 ? -1 : this.nearest(...this.cross).row;
      else if ((key === "Delete" || key === "Backspace") && this.canEdit) this.remove(this.nearest(...this.cross).row);
      else if (key === "e") film.chooseRow(this.nearest(...this.cross).row);
      else if (key === "Escape") [this.held, this.cross] = [-1, null];
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
  }

  tip() {
    const { film } = this;
    if (film.chosenRow >= 0) return film.said(film.chosenRow);
    return this.canEdit ? "Drag any point; what you change holds from this step on. Click one to see what the network makes of it. Rings: on the wrong side." : "Click a point to see what the network makes of it. Rings: on the wrong side.";
  }
}

const largestOf = (lanes, j) => {
  let best = 0;
  for (let k = 1; k < lanes.length; k++) if (lanes[k][j] > lanes[best][j]) best = k;
  return best;
};

/** Where a field over the grid passes a level, by marching squares, as one path. */
function contour(field, level, size) {
  const w = GRID + 1, scale = size / GRID, parts = [], cut = (a, b) => (level - a) / (b - a);
  for (let r = 0; r < GRID; r++) {
    for (let c = 0; c < GRID; c++) {
      const a = field[r * w + c], b = field[r * w + c + 1], d = field[(r + 1) * w + c + 1], e = field[(r + 1) * w + c];
      const kind = (a > level) | (b > level) << 1 | (d > level) << 2 | (e > level) << 3;
      if (kind === 0 || kind === 15) continue;
      const side = [[c + cut(a, b), r], [c + 1, r + cut(b, d)], [c + cut(e, d), r + 1], [c, r + cut(a, e)]];
      for (const [p, q] of SIDES[kind]) parts.push(`M${side[p].map(x => (x * scale).toFixed(1)).join(" ")}L${side[q].map(x => (x * scale).toFixed(1)).join(" ")}`);
    }
  }
  return parts.join("");
}
// Which sides of a square (0 top, 1 right, 2 bottom, 3 left) a border joins, by which of its corners are above the level.
const SIDES = { 1: [[3, 0]], 2: [[0, 1]], 3: [[3, 1]], 4: [[1, 2]], 5: [[3, 0], [1, 2]], 6: [[0, 2]], 7: [[3, 2]], 8: [[2, 3]], 9: [[0, 2]], 10: [[0, 1], [2, 3]], 11: [[1, 2]], 12: [[3, 1]], 13: [[0, 1]], 14: [[3, 0]] };

/** The borders between the places where one output is the largest and those where another is. */
function borders(outputs, size) {
  const lead = k => Float64Array.from(outputs[k], (x, i) => x - Math.max(...outputs.filter((_, other) => other !== k).map(lane => lane[i])));
  return outputs.slice(0, outputs.length === 2 ? 1 : outputs.length).map((_, k) => contour(lead(k), 0, size)).join("");
}

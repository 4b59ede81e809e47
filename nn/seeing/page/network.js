// The network: its inputs, its units in columns, and the weights that matter most between them.
//
// A unit is a map of what it gives over the plane, or its weights as an image, or a shade. A solid line is a positive weight, a
// dotted one negative; the wider, the larger.

const MOST_UNITS = 48, MOST_LINES = 56;
const BELOW = 40; // what stands below the units: what their colours mean

class Network {
  constructor(film, root) {
    Object.assign(this, { film, root });
    this.canvas = root.querySelector("canvas");
    this.units = root.querySelector("#units");
    const { row } = film.data;
    this.layers = row?.layers ?? [];
    this.places = [];
    if (!this.layers.length) root.classList.add("none");
    this.from = this.layers.map(({ inputs }, l) => inputs.map((node, i) => this.origin(node, l, i)));
    this.listen();
  }

  /** Where an input of a layer comes from: a unit of a layer before it, or an input of the network (layer -1). */
  origin(node, l, i) {
    for (let m = l - 1; m >= 0; m--) {
      const unit = this.layers[m].units.findIndex(({ gives }) => gives === node);
      if (unit >= 0) return { layer: m, unit };
    }
    const input = this.film.data.row.inputs.indexOf(node);
    if (input >= 0) return { layer: -1, unit: input };
    return l > 0 && this.layers[l - 1].units.length === this.layers[l].inputs.length ? { layer: l - 1, unit: i } : null;
  }

  get columns() { return [this.film.data.row.inputs, ...this.layers.map(({ units }) => units)]; }

  /** Puts the columns side by side, each unit in its place. */
  place() {
    this.units.textContent = "";
    this.places = [];
    if (!this.layers.length) return;
    const { width, height } = this.root.getBoundingClientRect(), { columns, film } = this, top = 64, images = film.view instanceof Images;
    const shownOf = columns.map((units, c) => images && c === 0 ? 0 : Math.min(units.length, MOST_UNITS));
    const subs = shownOf.map(n => n > 20 ? Math.ceil(n / 12) : n ? 1 : 0);
    const sizes = shownOf.map((n, c) => Math.max(8, Math.min(c === columns.length - 1 && n <= 3 ? 52 : 36, width / Math.max(1, subs.reduce((sum, k) => sum + k, 0)) / 1.9, (height - top - BELOW) / Math.max(1, Math.ceil(n / Math.max(1, subs[c]))) / 1.28)));
    const gaps = subs.reduce((sum, k, c) => sum + k * (sizes[c] + 8), 0), [before, after] = this.roomForNames(width), between = (width - gaps - before - after) / Math.max(1, subs.filter(k => k).length - 1);
    let x = before;
    for (const [c, units] of columns.entries()) {
      const shown = shownOf[c], size = sizes[c], rows = Math.ceil(shown / Math.max(1, subs[c]));
      const column = [], left = x;
      for (let u = 0; u < shown; u++) {
        const sub = Math.floor(u / rows), step = Math.min((height - top - BELOW) / rows, size * 1.5);
        column.push({ x: left + sub * (size + 8), y: top + (height - top - BELOW - rows * step) / 2 + (u % rows) * step, size });
      }
      this.places.push(column);
      if (shown) {
        this.head(left + (subs[c] * (size + 8) - 8) / 2, c, units.length, shown, subs[c] * (size + 8) + between);
        for (const [u, { x, y }] of column.entries()) this.unit(c, u, x, y, size);
        x += subs[c] * (size + 8) + between;
      }
    }
  }

  name(c, u) {
    if (c === 0) return this.film.inputName(u);
    return c === this.layers.length && this.columns.at(-1).length > 1 ? this.film.className(u) : "";
  }

  /** How wide the names are, left of the inputs and right of the answers: less than a quarter of the room each. */
  roomForNames(width) {
    const { columns } = this, longest = c => Math.max(0, ...columns[c].slice(0, MOST_UNITS).map((_, u) => this.name(c, u).length));
    const most = Math.min(92, width / 4.4);
    this.units.style.setProperty("--name", `${Math.max(0, most - 12)}px`);
    return [0, columns.length - 1].map(c => this.film.view instanceof Images && c === 0 ? 20 : Math.min(most, 14 + 8 * longest(c)));
  }

  /** What stands above a column: where columns are close, the number of units alone. */
  head(x, c, n, shown, room) {
    const made = this.units.appendChild(document.createElement("div")), last = c === this.layers.length, close = room < 54;
    made.className = close ? "head close" : "head";
    made.style.left = `${x}px`;
    made.dataset.layer = c - 1;
    made.title = c === 0 ? (n === 1 ? "input" : "inputs") : last ? (n === 1 ? "answer" : "answers") : `${n} units${shown < n ? `, ${shown} shown` : ""}`;
    made.textContent = close ? (c === 0 ? "in" : last ? "out" : n) : made.title;
  }

  unit(c, u, x, y, size) {
    const made = this.units.appendChild(document.createElement("div"));
    made.className = "unit";
    made.tabIndex = -1;
    Object.assign(made.style, { left: `${x}px`, top: `${y}px`, width: `${size}px`, height: `${size}px` });
    Object.assign(made.dataset, { layer: c - 1, unit: u });
    const canvas = made.appendChild(document.createElement("canvas"));
    Object.assign(canvas.style, { width: "100%", height: "100%" });
    const name = this.name(c, u);
    if (name) {
      const text = made.appendChild(document.createElement("span"));
      text.textContent = name;
      if (c) text.className = "after";
    }
    made.append(document.createElement("i"), Object.assign(document.createElement("i"), { className: "delta" }));
  }

  draw() {
    if (!this.places.length) return;
    const { film, units } = this, { seen, one, colours } = film, { view } = film, silent = film.silent;
    for (const made of units.children) {
      const l = Number(made.dataset.layer), u = Number(made.dataset.unit);
      if (made.classList.contains("head")) {
        const n = l >= 0 && silent[l] ? silent[l].filter(Boolean).length : 0, base = (made.base ??= made.textContent);
        made.innerHTML = escaped(base) + (n && l < this.layers.length - 1 && !made.classList.contains("close") ? `<br><b>${n} silent</b>` : "");
        continue;
      }
      const off = l >= 0 && l < this.layers.length - 1 && silent[l][u];
      made.className = `unit${off ? " silent" : ""}${film.unit && film.unit.layer === l && film.unit.unit === u ? " chosen" : ""}${view instanceof Images && l === 0 ? " images" : ""}`;
      made.setAttribute("aria-label", l < 0 ? `input ${u + 1}` : `unit ${u + 1} of layer ${l + 1}${off ? ", silent" : ""}`);
      this.picture(made.firstChild, l, u);
      const [gives, delta] = made.querySelectorAll("i"), value = one && (l < 0 ? film.points.rows[u][film.chosenRow] : one.units[l][u]), slope = one?.deltas && l >= 0 ? one.deltas[l][u] : null;
      const scale = one && Math.max(1e-12, ...(l < 0 ? film.points.rows.map(xs => Math.abs(xs[film.chosenRow])) : one.units[l].map(Math.abs)));
      gives.style.width = one ? `${100 * Math.abs(value) / scale}%` : 0;
      delta.style.width = slope === null ? 0 : `${100 * Math.abs(slope) / Math.max(1e-12, ...one.deltas[l].map(Math.abs))}%`;
      made.title = one ? `${l < 0 ? "is" : "gives"} ${number(value)}${slope === null ? "" : `; the loss moves by ${number(slope)} for each unit of its sum`}` : "";
    }
    this.lines();
  }

  picture(canvas, l, u) {
    const { film } = this, { colours, view, seen } = film;
    if (view instanceof Plane) {
      const side = 20, lane = l < 0 ? view.grid.rows[u] : view.units[l][u], low = l < 0 ? Math.min(...lane) : 0;
      const top = Math.max(1e-12, ...lane.map(x => Math.abs(x - low)));
      const binary = l === this.layers.length - 1 && view.share && seen.outputs.length === 1 && view.share();
      image(canvas, side, side, i => {
        const x = lane[Math.round(Math.floor(i / side) * GRID / (side - 1)) * (GRID + 1) + Math.round(i % side * GRID / (side - 1))];
        return binary ? mix(colours.paper, colours.violet, 0.8 * binary(x)) : mix(colours.paper, x - low < 0 ? colours.warm : colours.violet, 0.8 * Math.abs(x - low) / top);
      });
    } else if (view instanceof Curve) {
      const lane = l < 0 ? view.at : view.units[l][u], ratio = devicePixelRatio || 1, side = canvas.width = canvas.height = Math.round(canvas.clientWidth * ratio);
      const low = Math.min(...lane), high = Math.max(...lane), context = canvas.getContext("2d");
      context.strokeStyle = `rgb(${colours.violet})`;
      context.lineWidth = 1.6 * ratio;
      context.beginPath();
      lane.forEach((y, k) => context.lineTo(side * k / (lane.length - 1), side * (0.88 - 0.76 * (high > low ? (y - low) / (high - low) : 0.5))));
      context.stroke();
    } else if (view instanceof Images && l === 0) {
      const { weights } = this.layers[0].units[u], top = Math.max(1e-12, ...weights.map(i => Math.abs(film.weights[i])));
      image(canvas, view.side, view.side, i => {
        const share = film.weights[weights[i]] / top;
        return share >= 0 ? mix(colours.grey, colours.ink, share) : mix(colours.grey, colours.white, -share);
      });
    } else {
      const lane = l < 0 ? film.points.rows[u] : seen.units[l][u], one = film.one && (l < 0 ? lane[film.chosenRow] : film.one.units[l][u]);
      const top = Math.max(1e-12, ...lane.map(Math.abs)), x = one ?? lane.reduce((sum, y) => sum + y, 0) / lane.length;
      image(canvas, 1, 1, () => mix(colours.paper, x < 0 ? colours.warm : colours.violet, 0.75 * Math.min(1, Math.abs(x) / top)));
    }
  }

  /** The weights that matter most, as lines: by their own size, or for a row by what goes along them. */
  lines() {
    const { canvas, film, places } = this, { width, height } = canvas.getBoundingClientRect(), ratio = devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.lineCap = "round";
    this.drawn = [];
    for (const [l, { units }] of this.layers.entries()) {
      const all = [];
      for (const [u, { weights }] of units.entries()) {
        const to = places[l + 1][u];
        for (const [i, w] of weights.entries()) {
          const origin = this.from[l][i], from = origin && places[origin.layer + 1]?.[origin.unit];
          if (!from || !to || w < 0) continue;
          const goes = film.one ? (origin.layer < 0 ? film.points.rows[origin.unit][film.chosenRow] : film.one.units[origin.layer][origin.unit]) : 1;
          all.push({ w, from, to, x: film.weights[w], size: Math.abs(film.weights[w] * goes), layer: l, unit: u, input: i });
        }
      }
      all.sort((a, b) => b.size - a.size);
      const top = all[0]?.size || 1;
      for (const line of all.slice(0, MOST_LINES).reverse()) this.line(context, line, line.size / top);
      const chosen = all.find(line => line.w === film.weight);
      if (chosen) this.line(context, chosen, 1, true);
      this.drawn.push(...all.slice(0, MOST_LINES));
    }
  }

  line(context, { from, to, x }, share, chosen = false) {
    const { colours } = this.film, [r, g, b] = chosen ? colours.teal : x < 0 ? colours.quiet : colours.violet;
    context.strokeStyle = `rgba(${r}, ${g}, ${b}, ${chosen ? 1 : 0.1 + 0.75 * share * share})`;
    context.lineWidth = chosen ? 3.4 : 0.6 + 2.6 * share * share;
    context.setLineDash(x < 0 ? [context.lineWidth / 2, context.lineWidth * 2 + 2] : []);
    context.beginPath();
    context.moveTo(from.x + from.size + 2, from.y + from.size / 2);
    context.lineTo(to.x - 2, to.y + to.size / 2);
    context.stroke();
  }

  listen() {
    const { canvas, film, units } = this;
    canvas.onclick = event => {
      const { left, top } = canvas.getBoundingClientRect(), x = event.clientX - left, y = event.clientY - top;
      let best = null, least = 9;
      for (const line of this.drawn ?? []) {
        const ax = line.from.x + line.from.size, ay = line.from.y + line.from.size / 2, bx = line.to.x - ax, by = line.to.y + line.to.size / 2 - ay;
        const t = Math.max(0, Math.min(1, ((x - ax) * bx + (y - ay) * by) / (bx * bx + by * by))), far = Math.hypot(x - ax - t * bx, y - ay - t * by);
        if (far < least) [best, least] = [line, far];
      }
      if (best) film.chooseWeight(best.w);
    };
    canvas.onkeydown = event => {
      const place = this.placeOf(film.weight), { key } = event;
      if (!place || !/^(Arrow|Page)/.test(key)) return;
      let { layer, unit, input } = place;
      if (key === "ArrowUp") unit--;
      if (key === "ArrowDown") unit++;
      if (key === "ArrowLeft") input--;
      if (key === "ArrowRight") input++;
      if (key === "PageUp") layer--;
      if (key === "PageDown") layer++;
      const of = this.layers[Math.max(0, Math.min(this.layers.length - 1, layer))].units, inside = (k, n) => (k + n) % n;
      const { weights, bias } = of[inside(unit, of.length)], all = bias < 0 ? weights : [...weights, bias];
      film.chooseWeight(all[inside(input, all.length)]);
      event.preventDefault();
      event.stopPropagation();
    };
    units.onclick = event => {
      const { layer, unit } = event.target.closest(".unit")?.dataset ?? {};
      if (layer === undefined) return;
      film.chooseUnit(Number(layer) < 0 ? null : { layer: Number(layer), unit: Number(unit) });
    };
  }

  /** Which weight of which unit a parameter is. */
  placeOf(weight) {
    for (const [layer, { units }] of this.layers.entries()) {
      for (const [unit, { weights, bias }] of units.entries()) {
        const input = weights.indexOf(weight);
        if (input >= 0) return { layer, unit, input };
        if (bias === weight) return { layer, unit, input: weights.length, bias: true };
      }
    }
    return null;
  }
}

// The network that reads the drawing: its neurons, each as the picture it looks for, their votes, and the digits.

const MOST_VOTES = 26;

class Stage {
  constructor(page, root) {
    Object.assign(this, { page, root, wires: byId("wires") });
    const { reader } = page, { units } = reader.hidden, digits = reader.film.row.layers[1].units;
    this.order = this.byVotes(units.length, digits.length);
    this.tiles = [];
    this.digits = [];
    for (const [place, j] of this.order.entries()) {
      const button = document.createElement("button"), canvas = button.appendChild(document.createElement("canvas")), bar = button.appendChild(document.createElement("i"));
      root.append(button);
      this.tiles[j] = { button, canvas, bar, place };
      button.onpointerenter = button.onfocus = () => page.look({ neuron: j });
      button.onpointerleave = button.onblur = () => page.look({});
      button.onclick = () => page.choose(j);
    }
    for (const k of digits.keys()) {
      const button = document.createElement("button");
      root.append(button);
      button.innerHTML = `<b>${k}</b><span><i class="bar"></i><i class="wanting"></i></span><small></small>`;
      const [bar, wanting] = button.querySelectorAll("i");
      this.digits[k] = { button, bar, wanting, text: button.querySelector("small") };
      button.onclick = () => page.mean(k);
      button.onpointerenter = () => page.look({ digit: k });
      button.onpointerleave = button.onblur = () => page.look({});
      button.onfocus = () => button.matches(":focus-visible") && page.look({ digit: k });
    }
    amongThem(this.order.map(j => this.tiles[j].button), () => this.across);
    amongThem(this.digits.map(({ button }) => button), () => this.narrow ? 10 : 1);
  }

  /** Neurons in the order of the digits that they vote for at the end: so fewer lines cross. */
  byVotes(neurons, digits) {
    const { reader } = this.page;
    reader.moment = reader.moments.length - 1;
    const middle = j => {
      let sum = 0, at = 0;
      for (let k = 0; k < digits; k++) {
        const votes = Math.max(0, reader.vote(k, j)) ** 2;
        sum += votes;
        at += votes * k;
      }
      return at / (sum || 1);
    };
    return [...Array(neurons).keys()].map(j => [middle(j), j]).sort((a, b) => a[0] - b[0]).map(([, j]) => j);
  }

  /** Puts everything in its place: from left to right, or where the page is narrow from top to bottom. */
  place() {
    const { root, order, tiles } = this;
    this.narrow = isNarrow();
    this.across = this.narrow ? 8 : 4;
    if (this.narrow) this.placeDown();
    else this.placeAcross();
    for (const [n, j] of order.entries()) {
      const tile = tiles[j], { left, top, right, down } = this.grid;
      tile.x = left + (n % this.across) * right;
      tile.y = top + Math.floor(n / this.across) * down;
      Object.assign(tile.button.style, { left: `${tile.x}px`, top: `${tile.y}px` });
      tile.button.style.setProperty("--s", `${this.size}px`);
    }
    root.classList.toggle("narrow", this.narrow);
    this.painted = null;
  }

  placePad(left, top, cell) {
    this.cell = cell;
    this.pad = { left, top, side: SIDE * cell };
    Object.assign(byId("pad").style, { left: `${left}px`, top: `${top}px`, width: `${SIDE * cell}px`, height: `${SIDE * cell}px` });
  }

  placeDown() {
    const { root, order, digits } = this, edge = 16, top = 46, width = root.clientWidth - 2 * edge, side = SIDE * Math.floor(width * 0.52 / SIDE);
    Object.assign(byId("under").style, { left: `${edge}px`, top: `${top}px`, width: `${width}px` });
    this.placePad(edge, top + 104, side / SIDE);
    Object.assign(byId("answer").style, { left: `${edge + side + 10}px`, top: `${top + 104}px`, width: `${width - side - 10}px` });
    byId("answer").style.setProperty("--big", "92px");
    const neurons = top + 104 + side + 30, across = width / this.across;
    this.size = Math.floor(across - 9);
    this.grid = { left: edge, top: neurons, right: across + 9 / this.across, down: this.size + 15 };
    const below = neurons + Math.ceil(order.length / this.across) * this.grid.down + 26, each = width / digits.length;
    this.bars = each - 5;
    for (const [k, digit] of digits.entries()) {
      digit.at = [edge + (k + 0.5) * each, below - 2];
      Object.assign(digit.button.style, { left: `${edge + k * each}px`, top: `${below}px`, width: `${each}px` });
    }
    root.style.height = `${below + 86}px`;
  }

  placeAcross() {
    const { root, order, digits } = this;
    root.style.height = "";
    const { width, height } = root.getBoundingClientRect(), small = innerWidth < 1180 || innerHeight < 800, edge = small ? 28 : 40;
    const cell = Math.floor(Math.min(height - (small ? 132 : 172), width * 0.25) / SIDE), side = SIDE * cell, top = small ? 60 : 80;
    this.placePad(edge, top, cell);
    Object.assign(byId("under").style, { left: `${edge}px`, top: `${top + side + 12}px`, width: `${side + 40}px` });
    const down = Math.ceil(order.length / this.across), step = (height - 30) / down, size = this.size = Math.floor(step - (small ? 15 : 18)), across = size + Math.round(width * 0.0225), left = edge + side + Math.round(width * 0.078);
    this.grid = { left, top: 26, right: across, down: step };
    const right = left + (this.across - 1) * across + size, rows = (height - 20) / digits.length;
    this.bars = Math.round(width * 0.095);
    const digitsAt = right + Math.round(width * 0.085);
    for (const [k, digit] of digits.entries()) {
      digit.at = [digitsAt - 3, 12 + (k + 0.5) * rows];
      Object.assign(digit.button.style, { left: `${digitsAt}px`, top: `${12 + k * rows}px`, width: "" });
      digit.button.style.setProperty("--h", `${rows}px`);
      digit.button.style.setProperty("--bars", `${this.bars}px`);
    }
    const answer = digitsAt + this.bars + 100;
    Object.assign(byId("answer").style, { left: `${answer}px`, width: `${width - answer - edge / 2}px`, top: `${Math.max(24, height / 2 - (small ? 140 : 185))}px` });
    byId("answer").style.setProperty("--big", `${Math.min(250, (width - answer - edge) * 1.05)}px`);
  }

  /** The pictures of the neurons: they change with the weights and the theme alone. */
  paint() {
    const { page, tiles } = this, { reader } = page;
    if (this.painted === reader.weights && this.theme === page.theme) return;
    [this.painted, this.theme] = [reader.weights, page.theme];
    for (const [j, { canvas }] of tiles.entries()) {
      const weights = reader.hidden.units[j].weights.map(w => reader.weights[w]), top = Math.max(1e-12, ...weights.map(Math.abs));
      image(canvas, SIDE, SIDE, i => page.shade(weights[i] / top));
    }
  }

  draw() {
    const { page, tiles, digits } = this, { reader, step, looked, digit: chosen } = page, back = page.isBack && reader.back, seen = step >= 1 && !reader.isBlank;
    this.paint();
    const most = Math.max(1, ...reader.gives), slopes = back ? (step >= 6 ? back.deltas[0] : back.given[0]) : [], steepest = Math.max(1e-12, ...slopes.map(Math.abs));
    for (const [j, { button, bar }] of tiles.entries()) {
      const on = reader.gives[j] > 0, share = back ? (step >= 5 ? Math.abs(slopes[j]) / steepest : 0) : seen ? reader.gives[j] / most : 0;
      button.className = `tile${!on && (back ? step >= 6 : seen) ? " off" : ""}${looked === j ? " chosen" : ""}`;
      bar.style.width = `${share * (back ? this.size / 2 : this.size)}px`;
      bar.style.left = back ? `${slopes[j] < 0 ? this.size / 2 * (1 - share) : this.size / 2}px` : 0;
      button.style.setProperty("--o", (!seen ? 0.9 : on || (back && step < 6) ? 0.5 + 0.5 * share : 0.34).toFixed(2));
      button.style.setProperty("--f", (share > 0.12 ? share : 0).toFixed(2));
      button.setAttribute("aria-label", `neuron ${j}, gives ${number(reader.gives[j])}${back ? `, slope ${number(slopes[j])}` : ""}`);
    }
    for (const [k, { button, bar, wanting, text }] of digits.entries()) {
      const share = reader.shares[k], shown = step >= 3 && !reader.isBlank;
      button.className = `digit${shown && k === reader.answer ? " best" : ""}${k === reader.meant ? " meant" : ""}${chosen === k ? " looked" : ""}`;
      bar.style.width = `${(shown ? share : 0) * this.bars}px`;
      wanting.style.width = `${back ? Math.abs(back.errors[k]) * this.bars / 2 : 0}px`;
      wanting.style.left = `${back && back.errors[k] < 0 ? this.bars / 2 * (1 - Math.abs(back.errors[k])) : this.bars / 2}px`;
      wanting.hidden = !back;
      text.innerHTML = shown ? share.toFixed(3) + (back ? `<br><span class="warm">${back.errors[k] < 0 ? "−" : "+"}${Math.abs(back.errors[k]).toFixed(3)}</span>` : "") : step === 2 && !reader.isBlank ? number(reader.scores[k], 3) : "";
      button.setAttribute("aria-label", `${k}: ${(100 * share).toFixed(1)} percent${k === reader.meant ? ", what you meant" : ""}`);
    }
    this.drawWires(back);
  }

  drawWires(back) {
    const { page, wires, tiles, digits, pad, size, narrow } = this, { reader, step, looked, digit: chosen } = page, lines = [];
    wires.textContent = "";
    if (reader.isBlank && looked < 0) return;
    const wire = ([x, y], [u, v], width, kind, opacity) => {
      const bend = narrow ? `${x} ${(y + v) / 2} ${u} ${(y + v) / 2}` : `${(x + u) / 2} ${y} ${(x + u) / 2} ${v}`;
      lines.push({ width, attributes: { class: kind, "stroke-width": width.toFixed(2), opacity: opacity.toFixed(2), d: `M${x} ${y}C${bend} ${u} ${v}` } });
    };
    const fromPad = at => narrow ? [pad.left + at * this.cell, pad.top + pad.side + 2] : [pad.left + pad.side + 2, pad.top + at * this.cell];
    const intoTile = ({ x, y }) => narrow ? [x + size / 2, y - 4] : [x - 5, y + size / 2];
    const fromTile = ({ x, y }) => narrow ? [x + size / 2, y + size + 7] : [x + size + 4, y + size / 2];
    if (back ? step >= 7 : step >= 1) { // from the ink that speaks most for a neuron
      const size_of = j => back ? Math.abs(back.deltas[0][j]) : reader.gives[j], most = Math.max(1e-12, ...[...tiles.keys()].map(size_of));
      for (const [j, tile] of tiles.entries()) {
        const share = size_of(j) / most;
        if ((looked >= 0 && looked !== j) || share === 0 || (share < 0.2 && looked !== j)) continue;
        let at = 0, sum = 0;
        for (let i = 0; i < CELLS; i++) {
          const speaks = back ? Math.abs(reader.fromCell(j, i)) : Math.max(0, reader.fromCell(j, i) * reader.ink[i]);
          sum += speaks;
          at += speaks * ((narrow ? i % SIDE : Math.floor(i / SIDE)) + 0.5);
        }
        wire(fromPad(sum ? at / sum : SIDE / 2), intoTile(tile), 0.6 + 2.6 * share, back ? "backward" : "forward", 0.2 + 0.6 * share);
      }
    }
    if (back ? step >= 5 : step >= 2) {
      const votes = [];
      for (const k of digits.keys()) {
        for (const j of tiles.keys()) {
          if ((looked >= 0 && looked !== j) || (chosen >= 0 && chosen !== k) || (back && step > 5 && reader.gives[j] === 0)) continue;
          if (!back && looked < 0 && chosen < 0 && reader.shares[k] < Math.min(0.12, reader.shares[reader.answer])) continue;
          votes.push({ k, j, x: reader.vote(k, j) * (back ? back.errors[k] : reader.gives[j]) });
        }
      }
      votes.sort((a, b) => Math.abs(b.x) - Math.abs(a.x));
      const most = Math.abs(votes[0]?.x) || 1;
      for (const { k, j, x } of votes.slice(0, MOST_VOTES)) {
        const share = Math.abs(x) / most;
        if (share < 0.16) break;
        wire(fromTile(tiles[j]), digits[k].at, 0.6 + 3.2 * share, `${back ? "backward" : "forward"}${x < 0 ? " against" : ""}`, (0.25 + 0.65 * share) * (back && step === 7 && looked < 0 ? 0.4 : 1));
      }
    }
    for (const { attributes } of lines.sort((a, b) => a.width - b.width)) element("path", attributes, wires);
  }
}

/** One stop of Tab for many buttons; arrows move among them, so many of which `across()` says stand side by side. */
function amongThem(buttons, across) {
  for (const [n, button] of buttons.entries()) {
    button.tabIndex = n ? -1 : 0;
    button.addEventListener("keydown", event => {
      const row = across(), by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row }[event.key];
      if (!by || (row === 1 && /Left|Right/.test(event.key))) return;
      event.preventDefault();
      event.stopPropagation();
      const next = buttons[n + by];
      if (!next) return;
      for (const each of buttons) each.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
  }
}

/** The epochs: curves, a cursor, and how each younger network reads the drawing. */
class Epochs {
  constructor(page, svg) {
    Object.assign(this, { page, svg });
    const to = event => page.toMoment(Math.round((event.clientX - svg.getBoundingClientRect().left - this.left) / (this.right - this.left) * page.lastMoment));
    svg.onpointerdown = event => {
      page.pause();
      to(event);
      follow(event, to);
    };
    svg.onkeydown = event => {
      const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5, Home: -1e6, End: 1e6 }[event.key];
      if (!by) return;
      page.toMoment(page.reader.moment + by);
      event.preventDefault();
      event.stopPropagation();
    };
  }

  x(moment) { return this.left + (this.right - this.left) * moment / Math.max(1, this.page.lastMoment); }

  draw() {
    const { svg, page } = this, { reader } = page, { history } = reader.film, width = svg.clientWidth, height = svg.clientHeight;
    Object.assign(this, { left: 8, right: width - 118, top: 22, bottom: height - 62 });
    svg.textContent = "";
    const { left, right, top, bottom } = this, at = (column, moment) => column[reader.epochOf(moment) - 1];
    written(element("text", { class: "named", x: left, y: 12 }, svg), "The training, epoch by epoch");
    for (const y of [top, bottom]) element("line", { class: "axis", x1: left, x2: right, y1: y, y2: y }, svg);
    const moments = reader.moments.map((_, k) => k).slice(1), [low, high] = ends(history.loss.map(Math.log));
    this.loss = moment => moment < 1 ? null : bottom - 4 - (bottom - top - 8) * (Math.log(at(history.loss, moment)) - low) / (high - low || 1);
    this.share = share => bottom - (bottom - top) * share;
    const path = y => "M" + moments.map(moment => `${this.x(moment).toFixed(1)} ${y(moment).toFixed(1)}`).join("L");
    element("path", { class: "curve loss", d: path(this.loss) }, svg);
    if (history.val_accuracy) element("path", { class: "curve right", d: path(moment => this.share(at(history.val_accuracy, moment))) }, svg);
    this.cursor = element("line", { class: "cursor", y1: top - 4, y2: bottom + 42 }, svg);
    this.dots = ["mark loss", "mark right"].map(kind => element("circle", { class: kind, r: 5 }, svg));
    this.texts = [[top + 4, "", "violet"], [top + 20, "named", "violet"], [bottom - 20, "named", "ink"], [bottom - 5, "", "ink"]].map(([y, kind, colour]) => element("text", { x: right + 12, y, class: kind, style: `fill: var(--${colour})` }, svg));
    this.readings = reader.moments.map((_, moment) => element("text", { class: "reading", x: this.x(moment), y: bottom + 22 }, svg));
    for (const [k, text] of ["reads your", "drawing as"].entries()) written(element("text", { class: "named", x: right + 12, y: bottom + 20 + 16 * k }, svg), text);
    this.epoch = element("text", { class: "named", y: bottom + 56, "text-anchor": "middle" }, svg);
    this.move();
  }

  move() {
    const { page, svg } = this, { reader } = page, { moment } = reader, x = this.x(moment), share = reader.right / reader.held.n, loss = this.loss(moment), epoch = reader.epochOf(moment);
    for (const name of ["x1", "x2"]) this.cursor.setAttribute(name, x);
    this.dots[0].setAttribute("visibility", loss === null ? "hidden" : "visible");
    for (const [dot, y] of [[this.dots[0], loss ?? 0], [this.dots[1], this.share(share)]]) {
      dot.setAttribute("cx", x);
      dot.setAttribute("cy", y);
    }
    const told = loss === null ? "" : number(reader.film.history.loss[epoch - 1], 3);
    for (const [k, text] of [`${(100 * share).toFixed(1)} %`, "held out, right", "training loss, log", told].entries()) written(this.texts[k], text);
    written(this.epoch, reader.own ? `epoch ${epoch}, and your drawing` : `epoch ${epoch}`);
    this.epoch.setAttribute("x", Math.max(30, x));
    for (const [k, text] of this.readings.entries()) {
      const { digit } = reader.isBlank ? { digit: "·" } : reader.readingBy(k);
      written(text, String(digit));
      classed(text, `reading${k === moment ? " now" : ""}${reader.meant >= 0 && digit !== reader.meant ? " wrong" : ""}`);
    }
    svg.setAttribute("aria-valuemax", page.lastMoment);
    svg.setAttribute("aria-valuenow", moment);
    svg.setAttribute("aria-valuetext", `epoch ${epoch}, ${(100 * share).toFixed(1)} percent right, reads the drawing as ${reader.answer}`);
  }
}

/** Which held-out images are read as which; behind each cell lie its images. */
class Confusion {
  constructor(page, svg) {
    Object.assign(this, { page, svg, cells: [] });
    svg.onclick = event => this.open(event.target.closest(".cell"));
    svg.onkeydown = event => {
      if (event.key !== "Enter" && event.key !== " ") return;
      this.open(event.target.closest(".cell"));
      event.preventDefault();
      event.stopPropagation();
    };
    const shelf = byId("shelf");
    shelf.onclick = event => { if (event.target === shelf) shelf.close(); };
  }

  place() {
    const { svg } = this, width = svg.clientWidth, height = svg.clientHeight, left = 28, top = 34, across = (width - left) / 10, down = (height - top - 6) / 10;
    svg.textContent = "";
    written(element("text", { class: "named", x: left, y: 12 }, svg), "read as");
    written(element("text", { class: "named", transform: `translate(9 ${top + 5 * down}) rotate(-90)`, "text-anchor": "middle" }, svg), "written as");
    for (let k = 0; k < 10; k++) {
      written(element("text", { x: left + (k + 0.5) * across, y: top - 6, "text-anchor": "middle" }, svg), String(k));
      written(element("text", { x: left - 8, y: top + (k + 0.5) * down + 4, "text-anchor": "middle" }, svg), String(k));
    }
    this.cells = Array.from({ length: 100 }, (_, n) => {
      const [a, b] = [Math.floor(n / 10), n % 10], cell = element("g", { "data-n": n }, svg);
      element("rect", { x: left + b * across + 0.75, y: top + a * down + 0.75, width: across - 1.5, height: down - 1.5, rx: 2 }, cell);
      element("text", { x: left + (b + 0.5) * across, y: top + (a + 0.5) * down + 4 }, cell);
      return cell;
    });
    this.draw();
  }

  draw() {
    const { reader } = this.page, read = reader.heldOut(), counts = new Uint16Array(100);
    for (const [r, label] of reader.held.labels.entries()) counts[10 * label + read[r]]++;
    for (const [n, cell] of this.cells.entries()) {
      const [a, b] = [Math.floor(n / 10), n % 10], many = counts[n];
      classed(cell, `cell${many ? a === b ? " right" : " wrong" : ""}`);
      written(cell.lastChild, many ? String(many) : "");
      if (many) cell.setAttribute("role", "button");
      else cell.removeAttribute("role");
      if (many && a !== b) cell.setAttribute("tabindex", 0);
      else cell.removeAttribute("tabindex");
      cell.setAttribute("aria-label", `${many} written as ${a}, read as ${b}`);
    }
  }

  open(cell) {
    const n = Number(cell?.dataset.n ?? -1), { page } = this, { reader } = page, { labels, rows } = reader.held;
    if (n < 0) return;
    const [a, b] = [Math.floor(n / 10), n % 10], read = reader.heldOut(), found = [...labels.keys()].filter(r => labels[r] === a && read[r] === b);
    if (!found.length) return;
    byId("shelf-title").innerHTML = a === b ? `Written as ${a}, and read so` : `Written as ${a}, read as <span class="warm">${b}</span>`;
    const all = byId("shelf").querySelector(".all");
    all.textContent = "";
    for (const r of found) {
      const button = all.appendChild(document.createElement("button")), canvas = button.appendChild(document.createElement("canvas"));
      image(canvas, SIDE, SIDE, i => mix(page.colours.paper, page.colours.ink, 0.92 * rows[i][r]));
      button.append(`image ${r}`);
      button.onclick = () => {
        byId("shelf").close();
        page.show(r, a === b ? -1 : a);
      };
    }
    byId("shelf").showModal();
  }
}

// A network that reads a drawing: forward from the ink to the answer, and the error of what was meant back to the ink.

const CELLS = 64, SIDE = 8, FINE = 32; // the pad is drawn on 32 × 32 points; each cell of 8 × 8 counts its 16, as the data do

class DigitReader {
  constructor(film) {
    this.film = film;
    this.training = new Training(film);
    this.moments = film.kept; // the steps whose networks are kept: the end of each epoch
    this.moment = this.moments.length - 1;
    this.own = null; // the weights, once the network has learnt from a drawing
    this.ink = new Float64Array(CELLS);
    this.meant = -1;
    this.readings = [];
    const { count, rows, labels } = film.held_out;
    this.held = { n: count, rows: columns(rows, count, CELLS), labels };
    [this.hidden] = film.row.layers;
  }

  weightsAt(moment) { return this.training.main.states.get(this.moments[moment]).subarray(0, this.training.size); }
  get weights() { return this.own ?? this.weightsAt(this.moment); }
  epochOf(moment) { return this.moments[moment] / this.film.steps_of_epoch; }

  row(meant) { return { n: 1, rows: Array.from(this.ink, x => Float64Array.of(x)), targets: [Float64Array.of(meant)] }; }

  /** All that a step needs: what the neurons give, the scores and their shares; the error, if somebody said what was meant. */
  compute() {
    const one = this.training.example(this.weights, this.row(Math.max(0, this.meant)), 0);
    this.sums = this.hidden.units.map(({ sum }) => this.training.graph.lanes[sum][0]);
    this.gives = one.units[0];
    this.scores = one.outputs;
    this.shares = softmax(one.outputs);
    this.answer = best(this.shares);
    this.back = this.meant < 0 ? null : one;
  }

  get isBlank() { return this.ink.every(x => x === 0); }

  /** The weight from cell i to neuron j; from neuron j to digit k. */
  fromCell(j, i) { return this.weights[this.hidden.units[j].weights[i]]; }
  vote(k, j) { return this.weights[this.film.row.layers[1].units[k].weights[j]]; }

  /** How the network of a moment reads the drawing: the digit and its share. */
  readingBy(moment) {
    const [shares] = [softmax(this.training.view(this.weightsAt(moment), this.row(0)).outputs.map(([x]) => x))];
    return { digit: best(shares), share: shares[best(shares)] };
  }

  /** How the held-out images are read: by the network of a moment, or by the one that has learnt from a drawing. */
  heldOut() {
    const key = this.own ? "own" : this.moment;
    if (key === "own" && this.readOwn !== this.own) {
      this.readOwn = this.own;
      delete this.readings.own;
    }
    return this.readings[key] ??= (() => {
      const { outputs } = this.training.view(this.weights, { n: this.held.n, rows: this.held.rows, targets: [] });
      return Uint8Array.from({ length: this.held.n }, (_, r) => best(outputs.map(lane => lane[r])));
    })();
  }
  get right() { return this.heldOut().reduce((sum, k, r) => sum + (k === this.held.labels[r]), 0); }

  /** A little more ink where the error asks for it, a little less where not. */
  followSigns() {
    const { inputs } = this.back, most = Math.max(...inputs.map(Math.abs)) || 1;
    return this.ink.map((x, i) => Math.max(0, Math.min(1, x - 0.14 * inputs[i] / most)));
  }

  /** One step down the slope of this drawing alone. */
  learn(rate = 0.05) {
    const { weights } = this.back;
    this.own = Float64Array.from(this.weights, (w, i) => w - rate * weights[i]);
  }
}

function softmax(scores) {
  const top = Math.max(...scores), powers = scores.map(x => Math.exp(x - top)), sum = powers.reduce((a, b) => a + b, 0);
  return powers.map(x => x / sum);
}
const best = shares => shares.reduce((found, x, k) => x > shares[found] ? k : found, 0);

/** The pad: strokes on 32 × 32 points, and ink that was there before them. */
class Pad {
  constructor(page, canvas) {
    Object.assign(this, { page, canvas, strokes: [], points: new Uint8Array(FINE * FINE), base: new Float64Array(CELLS), cell: 27 });
    this.listen();
  }

  count() {
    const { points, base } = this;
    this.page.reader.ink = Float64Array.from({ length: CELLS }, (_, i) => {
      let n = 0;
      for (let k = 0; k < 16; k++) n += points[(4 * Math.floor(i / SIDE) + Math.floor(k / 4)) * FINE + 4 * (i % SIDE) + k % 4];
      return Math.max(base[i], n / 16);
    });
  }

  set(ink) {
    this.still();
    this.strokes = [];
    this.points.fill(0);
    this.base.set(ink);
    this.count();
  }

  /** Inks, or wipes, what lies near the line between two places. */
  dab([ax, ay], [bx, by], on = 1, brush = on ? BRUSH : 3) {
    const dx = bx - ax, dy = by - ay, long = dx * dx + dy * dy;
    for (let r = Math.max(0, Math.floor(Math.min(ay, by) - brush)); r < Math.min(FINE, Math.max(ay, by) + brush); r++) {
      for (let c = Math.max(0, Math.floor(Math.min(ax, bx) - brush)); c < Math.min(FINE, Math.max(ax, bx) + brush); c++) {
        const t = long ? Math.max(0, Math.min(1, ((c + 0.5 - ax) * dx + (r + 0.5 - ay) * dy) / long)) : 0;
        if (Math.hypot(c + 0.5 - ax - t * dx, r + 0.5 - ay - t * dy) > brush) continue;
        this.points[r * FINE + c] = on;
        if (!on) this.base[Math.floor(r / 4) * SIDE + Math.floor(c / 4)] = 0;
      }
    }
  }

  redraw() {
    this.points.fill(0);
    for (const stroke of this.strokes) stroke.forEach((place, i) => this.dab(stroke[Math.max(0, i - 1)], place));
    this.count();
  }

  still() {
    clearTimeout(this.waiting);
    cancelAnimationFrame(this.gliding);
    this.filled = false;
  }

  /** The strokes glide until they fill the frame, as the digits of the data do. */
  fillFrame() {
    if (!this.strokes.length) return;
    const all = this.strokes.flat(), [left, right] = ends(all.map(([x]) => x)), [top, bottom] = ends(all.map(([, y]) => y));
    const room = BRUSH + 0.1, scale = Math.min((FINE - 2 * room) / Math.max(1, bottom - top), (FINE - 2 * room - 3) / Math.max(1, right - left));
    const from = this.strokes, to = from.map(stroke => stroke.map(([x, y]) => [FINE / 2 + (x - (left + right) / 2) * scale, FINE / 2 + (y - (top + bottom) / 2) * scale]));
    const put = t => {
      this.strokes = from.map((stroke, s) => stroke.map(([x, y], i) => [x + (to[s][i][0] - x) * t, y + (to[s][i][1] - y) * t]));
      this.redraw();
      this.page.update();
    };
    this.filled = true;
    cancelAnimationFrame(this.gliding);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return put(1);
    const began = performance.now(), on = now => {
      const t = Math.max(0, Math.min(1, (now - began) / 260));
      put(t * t * (3 - 2 * t));
      if (t < 1) this.gliding = requestAnimationFrame(on);
    };
    this.gliding = requestAnimationFrame(on);
  }

  /** People draw small, and nothing in the data is: what is small fills the frame by itself, unless it is being corrected. */
  fillSoon() {
    clearTimeout(this.waiting);
    if (this.page.reader.meant >= 0 || this.base.some(x => x > 0)) return;
    const all = this.strokes.flat(), size = Math.max(...[0, 1].map(k => ends(all.map(place => place[k]))).map(([low, high]) => high - low));
    if (all.length > 3 && size < 20) this.waiting = setTimeout(() => this.fillFrame(), 900);
  }

  listen() {
    const { canvas, page } = this, at = event => {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      return [(event.clientX - left) / width * FINE, (event.clientY - top) / height * FINE];
    };
    canvas.onpointerdown = event => {
      event.preventDefault();
      this.still();
      page.pause();
      canvas.focus({ preventScroll: true });
      this.byMouse = true;
      const wipes = event.button === 2 || event.shiftKey, stroke = [at(event)];
      let last = stroke[0];
      if (!wipes) this.strokes.push(stroke);
      const on = place => {
        this.dab(last, place, wipes ? 0 : 1);
        last = place;
        if (!wipes) stroke.push(place);
        this.count();
        page.soon();
      };
      on(last);
      follow(event, now => { for (const each of now.getCoalescedEvents?.() ?? [now]) on(at(each)); }, () => {
        if (wipes) {
          this.base.set(page.reader.ink);
          this.points.fill(0);
          this.strokes = [];
        } else this.fillSoon();
        page.update();
      });
    };
    canvas.oncontextmenu = event => event.preventDefault();
    canvas.onkeydown = event => {
      const { key } = event, by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -SIDE, ArrowDown: SIDE }[key], { ink } = page.reader;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (by) {
        const next = this.cell + by;
        if (next >= 0 && next < CELLS && (Math.abs(by) === SIDE || Math.floor(next / SIDE) === Math.floor(this.cell / SIDE))) this.cell = next;
      } else if (key === " " || key === "x") {
        const x = ink[this.cell], all = Float64Array.from(ink);
        all[this.cell] = key === "x" ? 0 : x < 0.4 ? 0.5 : x < 0.9 ? 1 : 0;
        this.set(all);
      } else return;
      this.byMouse = false;
      event.preventDefault();
      event.stopPropagation();
      page.update();
      byId("spoken").textContent = `row ${Math.floor(this.cell / SIDE) + 1}, column ${this.cell % SIDE + 1}, ink ${Math.round(page.reader.ink[this.cell] * 16)} of 16`;
    };
    canvas.onfocus = canvas.onblur = () => page.soon();
  }

  draw() {
    const { canvas, page, strokes } = this, { reader, colours, step } = page, context = canvas.getContext("2d"), ratio = devicePixelRatio || 1;
    const size = Math.round(canvas.clientWidth * ratio), s = size / SIDE, signs = step === 7 && reader.back, looked = page.looked, css = colour => `rgb(${colour.map(Math.round)})`;
    canvas.width = canvas.height = size;
    const top = looked >= 0 ? Math.max(1e-12, ...reader.hidden.units[looked].weights.map(w => Math.abs(reader.weights[w]))) : 1;
    for (let i = 0; i < CELLS; i++) {
      const x = i % SIDE * s, y = Math.floor(i / SIDE) * s, ink = reader.ink[i];
      context.fillStyle = css(looked >= 0 ? page.shade(reader.fromCell(looked, i) / top) : mix(colours.paper, colours.ink, ink * (signs ? 0.36 : 0.92)));
      context.fillRect(x, y, s + 1, s + 1);
      if (looked < 0 || ink === 0) continue;
      context.fillStyle = css(colours.violet);
      context.beginPath();
      context.arc(x + s / 2, y + s / 2, 0.26 * s * Math.sqrt(ink), 0, 7);
      context.fill();
    }
    if (looked < 0) {
      context.strokeStyle = css(mix(colours.paper, colours.ink, 0.1));
      context.lineWidth = ratio;
      context.beginPath();
      for (let k = 1; k < SIDE; k++) for (const [a, b, c, d] of [[k * s, 0, k * s, size], [0, k * s, size, k * s]]) {
        context.moveTo(a, b);
        context.lineTo(c, d);
      }
      context.stroke();
      this.drawStrokes(context, size, ratio, signs ? css(colours.ink) : css(colours.violet), signs ? 0.35 : 0.95);
      if (signs) this.drawSigns(context, s, ratio);
    }
    if (reader.isBlank && looked < 0) {
      context.fillStyle = css(colours.quiet);
      context.font = `italic ${19 * ratio}px serif`;
      context.textAlign = "center";
      context.fillText("here", size / 2, size / 2);
    }
    if (document.activeElement === canvas && !this.byMouse) {
      context.strokeStyle = css(colours.warm);
      context.lineWidth = 3 * ratio;
      context.strokeRect(this.cell % SIDE * s + 1.5, Math.floor(this.cell / SIDE) * s + 1.5, s - 3, s - 3);
    }
  }

  drawStrokes(context, size, ratio, colour, alpha) {
    context.strokeStyle = colour;
    context.globalAlpha = alpha;
    context.lineWidth = 2.2 * ratio;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.strokes) {
      context.beginPath();
      for (const [x, y] of stroke) context.lineTo(x / FINE * size, y / FINE * size);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  /** + where more ink would help, − where less would; faint where there is no room for it. */
  drawSigns(context, s, ratio) {
    const { reader, colours } = this.page, { inputs } = reader.back, most = Math.max(1e-12, ...inputs.map(Math.abs));
    context.lineCap = "butt";
    for (let i = 0; i < CELLS; i++) {
      const share = Math.abs(inputs[i]) / most, less = inputs[i] > 0, room = less ? reader.ink[i] > 0.02 : reader.ink[i] < 0.98;
      if (share < 0.06) continue;
      const x = (i % SIDE + 0.5) * s, y = (Math.floor(i / SIDE) + 0.5) * s, arm = s * (0.1 + 0.3 * Math.sqrt(share));
      for (const halo of [2.4 * ratio, 0]) {
        context.strokeStyle = `rgb(${(halo ? mix(colours.paper, colours.ink, reader.ink[i] * 0.36) : colours.warm).map(Math.round)})`;
        context.globalAlpha = room ? 1 : 0.28;
        context.lineWidth = s * (0.05 + 0.11 * share) + halo;
        context.beginPath();
        context.moveTo(x - arm - halo / 2, y);
        context.lineTo(x + arm + halo / 2, y);
        if (!less) {
          context.moveTo(x, y - arm - halo / 2);
          context.lineTo(x, y + arm + halo / 2);
        }
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }
}

const BRUSH = 2.15; // of 32: as thick as the pen of those who wrote the data
const ends = xs => [Math.min(...xs), Math.max(...xs)];

// Curves over the steps, how the numbers of each layer spread, and the rail that one travels on.

const POINTS = 360; // a curve has no more: one for each pixel or so
const FIGURES = 50; // how wide the figures are that stand left of a curve

/** A picture over all steps, that the pointer travels in. */
class Chart {
  constructor(film, svg) {
    Object.assign(this, { film, svg, left: FIGURES });
    svg.onpointerdown = event => {
      film.pause();
      const at = ({ clientX }) => {
        const { left, width } = svg.getBoundingClientRect();
        film.seek(Math.round((clientX - left - this.left) / (width - this.left) * film.last));
      };
      at(event);
      follow(event, at);
    };
  }

  get width() { return this.svg.clientWidth; }
  get height() { return this.svg.clientHeight; }
  x(step) { return this.left + (this.width - this.left) * step / Math.max(1, this.film.last); }

  /** The steps that a curve goes through from one on: all, or evenly some. */
  steps(from) {
    const every = Math.max(1, Math.ceil(this.film.last / POINTS)), found = [from];
    for (let step = Math.ceil((from + 1) / every) * every; step <= this.film.last; step += every) found.push(step);
    return found;
  }

  path(steps, of, y) {
    let text = "", drawing = false;
    for (const step of steps) {
      const value = of(step);
      if (value === undefined || !Number.isFinite(value)) {
        drawing = false;
        continue;
      }
      text += `${drawing ? "L" : "M"}${this.x(step).toFixed(1)} ${y(value).toFixed(1)}`;
      drawing = true;
    }
    return text;
  }

  cursor(y) {
    const { svg, film, height } = this, x = this.x(film.step);
    element("line", { class: "cursor", x1: x, x2: x, y1: 0, y2: height }, svg);
    return x;
  }
}

class Losses extends Chart {
  /** The middles of the epochs that a course has the losses of; and their mean. Of batches alone one sees little. */
  epochs(course) {
    const size = this.film.training.stepsOfEpoch, first = Math.ceil(course.from / size);
    return Array.from({ length: Math.max(0, Math.floor(this.film.last / size) - first) }, (_, e) => Math.floor((first + e + 0.5) * size));
  }
  mean(course, middle) {
    const size = this.film.training.stepsOfEpoch, start = Math.floor(middle / size) * size;
    let sum = 0;
    for (let step = start; step < start + size; step++) sum += course.losses[step] ?? NaN;
    return sum / size;
  }

  draw() {
    const { svg, film, height } = this, { training, data } = film, curves = training.courses.map(course => [course, this.steps(course.from).map(step => [step, course.losses[step]]).filter(([, x]) => Number.isFinite(x))]);
    const held = data.history.val_loss, all = curves.flatMap(([, found]) => found.map(([, x]) => x)).concat(held ?? []).filter(Number.isFinite);
    svg.textContent = "";
    if (!all.length) return;
    const low = Math.min(...all), high = Math.max(...all), log = low > 0 && high / low > 8, scale = log ? Math.log10 : x => x;
    const bottom = scale(low), top = scale(high), y = x => 14 + (height - 34) * (1 - (scale(x) - bottom) / (top - bottom || 1));
    const marks = log ? Array.from({ length: 9 }, (_, k) => 10 ** (Math.ceil(bottom) + k)).filter(x => scale(x) <= top) : [low, high];
    let written_at = Infinity;
    for (const mark of marks) {
      element("line", { class: "axis", x1: this.left, x2: this.width, y1: y(mark), y2: y(mark) }, svg);
      if (written_at - y(mark) < 17) continue;
      written_at = y(mark);
      written(element("text", { x: 0, y: y(mark) + 4 }, svg), number(mark, 2));
    }
    written(element("text", { class: "named", x: this.width, y: 11, "text-anchor": "end" }, svg), log ? "loss, log" : "loss");
    written(element("text", { x: this.width, y: height - 4, "text-anchor": "end" }, svg), `step ${film.last}`);
    written(element("text", { x: this.left, y: height - 4 }, svg), "0");
    if (held) {
      const steps = held.map((_, e) => (e + 1) * training.stepsOfEpoch);
      element("path", { class: "curve held", d: this.path(steps, step => held[step / training.stepsOfEpoch - 1], y) }, svg);
      written(element("text", { class: "named teal", x: this.x(steps.at(-1)), y: y(held.at(-1)) - 5, "text-anchor": "end", style: "fill: var(--teal)" }, svg), "held out");
    }
    for (const [course, found] of curves) {
      const known = new Map(found), here = course === film.course, main = !course.parent;
      const kind = `curve${main ? " main" : ""}${here && !main ? " here" : ""}${!here ? " other" : ""}`, size = training.stepsOfEpoch;
      if (size === 1 || here) element("path", { class: `${kind}${size > 1 ? " batches" : ""}`, d: this.path([...known.keys()], step => known.get(step), y) }, svg);
      if (size > 1) element("path", { class: kind, d: this.path(this.epochs(course), step => this.mean(course, step), y) }, svg);
      if (!main && known.has(course.from)) element("circle", { class: "mark origin", r: 4, cx: this.x(course.from), cy: y(known.get(course.from)) }, svg);
    }
    this.y = y;
    this.move();
  }

  move() {
    const { svg, film } = this;
    for (const old of svg.querySelectorAll(".cursor, .mark.now")) old.remove();
    const x = this.cursor(), loss = film.loss;
    if (this.y && Number.isFinite(loss)) element("circle", { class: `mark now${film.course.parent ? "" : " main"}`, r: 5, cx: x, cy: this.y(loss) }, svg);
  }
}

class Life extends Chart {
  draw() {
    const { svg, film, height } = this, { training, weight } = film;
    svg.textContent = "";
    const value = course => step => course.states.get(step)?.[weight];
    const curves = training.courses.map(course => [course, this.steps(course.from)]), all = curves.flatMap(([course, steps]) => steps.map(value(course))).filter(x => x !== undefined);
    if (!all.length) return;
    const low = Math.min(...all), high = Math.max(...all), y = this.y = x => 8 + (height - 16) * (1 - (x - low) / (high - low || 1));
    if (low < 0 && high > 0) element("line", { class: "axis", x1: this.left, x2: this.width, y1: y(0), y2: y(0) }, svg);
    for (const [course, steps] of curves) {
      const known = steps.filter(step => course.states.has(step));
      element("path", { class: `curve weight${course === film.course || course === film.course.courseAt(0) ? "" : " other"}`, d: this.path(known, value(course), y) }, svg);
    }
    written(element("text", { x: 0, y: 12 }, svg), number(high, 3));
    written(element("text", { x: 0, y: height - 4 }, svg), number(low, 3));
    this.move();
  }

  move() {
    const { svg, film } = this;
    for (const old of svg.querySelectorAll(".cursor, .mark.now")) old.remove();
    if (!this.y) return;
    element("circle", { class: "mark now weight", r: 4.5, cx: this.cursor(), cy: this.y(film.weights[film.weight]) }, svg);
  }
}

const BINS = 24;

/** How numbers spread: how many are 0, and how the others lie in bins from the smallest to the largest, 0 included. */
function spreadOf(lists) {
  let low = 0, high = 0, zeros = 0, all = 0;
  for (const list of lists) for (const x of list) if (Number.isFinite(x)) [low, high, zeros, all] = [Math.min(low, x), Math.max(high, x), zeros + (x === 0), all + 1];
  const bins = new Array(BINS).fill(0);
  for (const list of lists) for (const x of list) if (x !== 0 && Number.isFinite(x)) bins[Math.min(BINS - 1, Math.floor((x - low) / (high - low) * BINS))]++;
  return { low, high, zeros, all, bins };
}

/** For each layer, how three things spread: what its units give, over all rows; its weights; and the gradient in these. */
class Spread {
  constructor(film, root) {
    Object.assign(this, { film, root });
    const { layers } = film.data.row;
    this.weights = layers.map(({ units }) => [...new Set(units.flatMap(({ weights, bias }) => [...weights, bias]))].filter(i => i >= 0));
    root.hidden = !layers.length;
  }

  draw() {
    const { film, root } = this, { seen, weights, gradient, data: { row: { layers } } } = film;
    this.layers = this.weights.map((of, l) => ({
      gives: spreadOf(seen.units[l]), weights: spreadOf([of.map(i => weights[i])]), gradient: gradient && spreadOf([of.map(i => gradient[i])]),
    }));
    const heads = ["gives", "weights", ...gradient ? ["gradient"] : []];
    root.style.setProperty("--columns", heads.length);
    root.innerHTML = ["layer", ...heads].map(text => `<b>${text}</b>`).join("") + this.layers.map((found, l) =>
      `<span>${l + 1}<small>${escaped(layers[l].activation)}</small></span>${heads.map(name => histogram(found[name], `layer ${l + 1}, ${name}`)).join("")}`).join("");
  }
}

function histogram({ low, high, zeros, all, bins }, what) {
  const most = Math.max(1, ...bins), off = zeros >= 0.005 * all && zeros && `${Math.round(100 * zeros / all)} % are 0`, range = `${number(low, 2)} to ${number(high, 2)}`, tall = share => (24 * share).toFixed(1);
  const bar = (x, width, share) => share ? `M${x} 25v-${tall(share)}h${width}v${tall(share)}z` : "";
  const bars = bins.map((n, k) => bar((12 + 3.6 * k).toFixed(1), 3, n / most)).join(""), middle = (12 + 3.6 * BINS * -low / (high - low || 1)).toFixed(1);
  const label = `${what}: ${range}${off ? `, ${off}` : ""}`;
  return `<figure title="${label}"><svg viewBox="0 0 100 25" preserveAspectRatio="none" role="img" aria-label="${label}"><path class="middle" d="M${middle} 0V25"/><path d="${bars}"/><path class="zero" d="${bar(0, 6, zeros / (all || 1))}"/></svg><figcaption>${off ? `<span class="warm">${off}</span>` : range}</figcaption></figure>`;
}

/** All steps as a rail; each fork leaves it where it was made. */
class Rail {
  constructor(film, svg) {
    Object.assign(this, { film, svg, left: 82, top: 38 });
    svg.onpointerdown = event => {
      film.pause();
      const at = ({ clientX, clientY }, first = false) => {
        const { left, top } = svg.getBoundingClientRect(), step = Math.max(0, Math.min(film.last, Math.round((clientX - left - this.left) / (this.right - this.left) * film.last)));
        if (first) {
          const courses = film.training.courses.filter(course => !course.parent || step >= course.from);
          const nearest = courses.sort((a, b) => Math.abs(this.y(a) - clientY + top) - Math.abs(this.y(b) - clientY + top))[0];
          if (nearest !== film.course && step >= nearest.from) film.take(nearest);
        }
        film.seek(step);
      };
      at(event, true);
      follow(event, at);
    };
  }

  x(step) { return this.left + (this.right - this.left) * step / Math.max(1, this.film.last); }
  y(course) { return this.top + this.film.training.courses.indexOf(course) * this.between; }

  /** The way of a course from where it leaves its parent up to a step. */
  way(course, until) {
    const y = this.y(course), from = this.x(course.from), x = this.x(until);
    if (!course.parent) return `M${this.left} ${y}H${x}`;
    const above = this.y(course.parent), bend = Math.min(26, (this.right - from) / 2 || 1);
    return `M${from} ${above}C${from + bend / 2} ${above} ${from + bend / 2} ${y} ${from + bend} ${y}H${Math.max(from + bend, x)}`;
  }

  draw() {
    const { svg, film } = this, { courses } = film.training;
    this.between = courses.length > 4 ? 17 : 30;
    document.body.style.setProperty("--rail", `${Math.max(84, this.top + (courses.length - 1) * this.between + 30)}px`);
    this.right = Math.max(this.left + 60, svg.clientWidth - 16);
    svg.textContent = "";
    for (const course of courses) {
      element("path", { class: "rail", d: this.way(course, film.last) }, svg);
      const name = element("text", { x: course.parent ? Math.max(0, this.x(course.from) - 12) : 0, y: this.y(course) + 5, "text-anchor": course.parent ? "end" : "start" }, svg);
      written(name, course.parent ? film.courseName(course) : "as trained");
      if (course.parent && this.x(course.from) < 150) {
        name.setAttribute("x", this.x(course.from) + 34);
        name.setAttribute("y", this.y(course) + 18);
        name.setAttribute("text-anchor", "start");
      }
      for (const step of film.fallsOf(course)) element("line", { class: "fell", x1: this.x(step), x2: this.x(step), y1: this.y(course) + 7, y2: this.y(course) + 14 }, svg);
    }
    const every = tickOf(film.last);
    for (let step = 0; step <= film.last; step += every) {
      element("line", { class: "tick", x1: this.x(step), x2: this.x(step), y1: this.top - 12, y2: this.top - 7 }, svg);
      written(element("text", { class: "figure", x: this.x(step), y: this.top - 16, "text-anchor": step === 0 ? "start" : step + every > film.last ? "end" : "middle" }, svg), step.toLocaleString("en"));
    }
    this.gone = element("path", { class: "gone" }, svg);
    this.knob = element("circle", { class: "knob", r: 9 }, svg);
    this.move();
  }

  move() {
    const { film, svg } = this, { course, step } = film;
    let way = "", until = step;
    for (let each = course.courseAt(step); each; each = each.parent) {
      way += this.way(each, Math.max(each.from, until));
      until = each.from;
    }
    this.gone.setAttribute("d", way);
    this.knob.setAttribute("cx", this.x(step));
    this.knob.setAttribute("cy", this.y(course.courseAt(step)));
    svg.setAttribute("aria-valuemax", film.last);
    svg.setAttribute("aria-valuenow", step);
    svg.setAttribute("aria-valuetext", `step ${step}, loss ${number(film.loss, 3)}`);
  }
}

const tickOf = last => {
  const rough = Math.max(1, last / 6), power = 10 ** Math.floor(Math.log10(rough));
  return Math.max(1, [1, 2, 5, 10].find(k => k * power >= rough) * power);
};

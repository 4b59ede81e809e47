// A film in the page: where one stands, what is chosen, and what was changed.

const SPEEDS = [2, 10, 30, 100, 300];

class FilmPage {
  constructor(data) {
    this.data = data;
    this.training = new Training(data);
    this.course = this.training.main;
    this.step = 0;
    this.last = data.steps;
    this.chosenRow = -1;
    this.weight = 0;
    this.unit = null;
    this.speed = 2;
    this.undone = [];
    this.falls = new Map();
    this.timing = {};
    if (this.training.graph) this.findWeight();
  }

  /** The weight that moves most is shown first. */
  findWeight() {
    const { training } = this, before = training.stored(0), after = training.stored(this.data.kept.length - 1);
    for (let i = 0; i < training.size; i++) if (Math.abs(after[i] - before[i]) > Math.abs(after[this.weight] - before[this.weight])) this.weight = i;
  }

  begin() {
    const { data, training } = this, { points } = training, root = byId("view"), tools = byId("tools"), inputs = points.rows.length, side = Math.sqrt(inputs);
    const single = points.targets.length === 1;
    this.view = !training.graph ? null
      : inputs === 2 && single ? new Plane(this, root, tools)
      : inputs === 1 && single && !data.decision ? new Curve(this, root)
      : inputs >= 16 && Number.isInteger(side) ? new Images(this, root) : new Table(this, root);
    this.network = new Network(this, byId("network"));
    this.losses = new Losses(this, byId("losses"));
    this.life = new Life(this, byId("life"));
    this.arranged = training.courses.length;
    if (training.graph) this.spread = new Spread(this, byId("spread"));
    this.rail = new Rail(this, byId("scrub"));
    this.fork = new ForkForm(this, byId("fork"));
    const title = data.title || "A training";
    document.title = title;
    const widths = data.row ? [inputs, ...data.row.layers.map(({ units }) => units.length)].join("–") : "";
    byId("title").innerHTML = `${escaped(title)}<small>${widths}${points.n ? `${widths ? ", " : ""}${count(points.n)} ${this.view instanceof Plane ? "points" : this.view instanceof Images ? "images" : "rows"}` : ""}</small>`;
  }

  // ---- what there is at this step

  get points() { return this.course.settingAt(this.step).points; }

  compute() {
    const { training, course, step } = this;
    this.weights = course.at(step).weights;
    ({ loss: this.loss, slopes: this.gradient } = course.measured(step));
    if (!training.graph) return;
    this.seen = training.view(this.weights, this.points);
    this.silent = training.silent(this.seen.units);
    if (this.chosenRow >= this.points.n) this.chosenRow = -1;
    this.one = this.chosenRow >= 0 ? training.example(this.weights, this.points, this.chosenRow) : null;
    const beside = course.parent ? course.parent : training.courses.find(each => each.parent === course && each.from < step);
    this.other = beside && step > course.from && (beside === course.parent || step > beside.from) ? beside.at(step).weights : null;
    if (this.other === this.weights) this.other = null;
  }

  decided(r, of = this.seen.outputs) {
    const { decision } = this.data;
    if (!decision) return null;
    return of.length > 1 ? largestOf(of, r) : decision.classes[Number(of[0][r] > decision.at)];
  }
  /** What an input is called, wherever it is shown: two of a plane are x and y. */
  inputName(u) { return this.data.inputs[u] ?? (this.training.points.rows.length < 3 ? "xy"[u] : `x${u + 1}`); }
  className(k) { return this.data.classes[k] ?? this.data.classes[this.data.decision?.classes.indexOf(k)] ?? String(k); }
  wanted(r) { return this.points.targets.length > 1 && this.data.decision ? largestOf(this.points.targets, r) : this.points.targets[0][r]; }
  isWrong(r) { return this.data.decision !== null && this.decided(r) !== this.wanted(r); }
  target(r) { return this.data.decision ? this.className(this.wanted(r)) : this.points.targets.map(xs => number(xs[r], 3)).join(", "); }
  answer(r) { return this.data.decision ? this.className(this.decided(r)) : this.seen.outputs.map(xs => number(xs[r], 3)).join(", "); }

  /** What the network makes of a row, as a sentence. */
  said(r) {
    const { one } = this, loss = one?.loss === undefined ? "" : ` Its loss is ${number(one.loss, 3)}.`;
    return `For this one it gives ${this.answer(r)}, and ${this.target(r)} is wanted.${loss} Under each unit: what it gives (violet), and how the loss would move with its sum (orange).`;
  }

  // ---- drawing

  update(all = true) {
    if (this.arranged !== this.training.courses.length) {
      this.arranged = this.training.courses.length;
      this.rail.draw(); // which may be higher or lower now, and so is the room above it
      return this.arrange();
    }
    const started = performance.now();
    this.compute();
    this.view?.draw();
    this.network.draw();
    if (all) {
      this.losses.draw();
      this.life.draw();
      this.rail.draw();
    } else {
      this.losses.move();
      this.life.move();
      this.rail.move();
    }
    this.spread?.draw();
    this.fork.update();
    this.words();
    this.timing.frame = performance.now() - started;
  }

  words() {
    const { data, step, last, training, points, course, weight } = this, wrong = data.decision && this.seen ? Array.from({ length: points.n }, (_, r) => this.isWrong(r)).filter(Boolean).length : null;
    const epoch = training.stepsOfEpoch > 1 ? `, epoch ${Math.max(1, Math.ceil(step / training.stepsOfEpoch))}` : "";
    byId("now").innerHTML = `step ${step.toLocaleString("en")} <small>of ${last.toLocaleString("en")}${epoch}</small><div>${Number.isNaN(this.loss) ? "" : `<span class="violet">loss ${number(this.loss, 3)}</span>`}${wrong === null ? "" : `<span>${(points.n - wrong).toLocaleString("en")} of ${points.n.toLocaleString("en")} right</span>`}</div>`;
    if (this.view) byId("tip").textContent = this.view.tip();
    const now = this.weights[weight], canGo = !data.reason && step < last, next = canGo ? course.at(step + 1).weights[weight] : null, moved = canGo ? next - now : 0;
    const slope = this.one?.weights ? `, for this row its slope is ${number(this.one.weights[weight])}` : "";
    byId("weight").innerHTML = `<span class="what"><span class="teal">${escaped(data.parameters[weight])}</span>${slope || ": its whole life"}</span>` + (canGo
      ? `<span class="term"><span class="teal">${number(next)}</span><small>next</small></span> = <span class="term">${number(now)}<small>now</small></span> ${moved < 0 ? "−" : "+"} <span class="term warm">${number(Math.abs(moved))}<small>rate ${number(course.rateAt(step), 3)}</small></span>`
      : `<span class="teal">${number(now)}</span>`);
    byId("why").textContent = this.story(wrong);
  }

  story(wrong) {
    const { course, step, data, silent } = this, said = [];
    if (data.reason) said.push(`Moments that were kept; between them nothing is computed: ${data.reason}.`);
    const own = course.courseAt(step);
    if (own.parent) said.push(`${capital(this.courseName(own))} from step ${own.from} on: the loss is ${number(this.loss, 3)} here, and ${number(own.parent.loss(step), 3)} without it.`);
    if (wrong) said.push(`${capital(count(wrong))} ${wrong === 1 ? "is" : "are"} ${this.view instanceof Plane ? "on the wrong side" : "read wrongly"}.`);
    const fallen = silent ? silent.slice(0, -1).flat().filter(Boolean).length : 0;
    if (fallen) said.push(`${capital(count(fallen))} unit${fallen === 1 ? " gives" : "s give"} 0 for every row, so no error reaches ${fallen === 1 ? "it" : "them"}.`);
    return said.join(" ");
  }

  courseName(course) {
    const before = course.parent.settingAt(course.from), { optimizer, penalty, strength, points, factor } = course.setting, said = [];
    if (optimizer !== before.optimizer) said.push(this.training.optimizers[optimizer].called);
    if (factor !== before.factor) said.push(`learning rate ${number(course.rateAt(course.from), 3)}`);
    if (penalty !== before.penalty || strength !== before.strength) said.push(penalty ? `penalty ${penalty}` : "no penalty");
    if (points !== before.points) said.push(points.n === before.points.n ? "moved points" : `${count(points.n)} points`);
    return said.join(", ") || "as before";
  }

  // ---- going

  seek(step) {
    step = Math.max(0, Math.min(this.last, Math.round(step)));
    if (this.data.reason) step = this.training.nearest(step);
    if (step === this.step) return;
    this.step = step;
    this.update(false);
  }

  take(course) {
    this.course = course;
    this.update();
    this.fill();
  }

  /** The next course that there is, at the same step. */
  nextCourse() {
    const { courses } = this.training;
    this.take(courses[(courses.indexOf(this.course) + 1) % courses.length]);
  }

  play(way = 1) {
    if (this.playing === way) return this.pause();
    this.pause();
    this.playing = way;
    document.body.classList.add(way > 0 ? "playing" : "rewinding");
    if (way > 0 ? this.step >= this.last : this.step <= 0) this.seek(way > 0 ? 0 : this.last);
    let began = performance.now(), from = this.step, speed = this.speed;
    const on = now => {
      if (this.playing !== way) return;
      if (speed !== this.speed) [began, from, speed] = [now, this.step, this.speed];
      this.seek(from + way * Math.floor((now - began) / 1000 * SPEEDS[speed]));
      if (way > 0 ? this.step >= this.last : this.step <= 0) return this.pause();
      requestAnimationFrame(on);
    };
    requestAnimationFrame(on);
  }

  pause() {
    this.playing = 0;
    document.body.classList.remove("playing", "rewinding");
  }

  /** Computes the rest of all courses, a little in every frame. */
  fill() {
    if (this.filling) return;
    const jobs = () => [this.course, ...this.training.courses.filter(course => course !== this.course)];
    const go = () => {
      const started = performance.now();
      let did = false;
      for (const course of jobs()) {
        while (performance.now() - started < 11 && this.fillStep(course)) did = true;
        if (performance.now() - started >= 11) break;
      }
      this.filling = did;
      if (!did) {
        this.filled = true;
        this.losses.draw();
        this.life.draw();
        this.rail.draw();
        return;
      }
      if (!this.drew || performance.now() - this.drew > 250) {
        this.losses.draw();
        this.life.draw();
        this.drew = performance.now();
      }
      requestAnimationFrame(go);
    };
    this.filling = true;
    this.filled = false;
    requestAnimationFrame(go);
  }

  /** The loss of the next step of a course that has none, and its silent units; false if all have. */
  fillStep(course) {
    const { training, data, last } = this, kept = data.reason ? data.kept : null;
    course.filled ??= course.from - 1;
    if (course.filled >= last) return false;
    const step = kept ? kept.find(each => each > course.filled) : course.filled + 1;
    if (step === undefined) return false;
    course.filled = step;
    course.loss(step);
    if (training.graph && (step % training.stepsOfEpoch === 0 || step === last) && training.points.n * this.last / training.stepsOfEpoch < 3e5) {
      course.silentAt ??= new Map();
      const { points } = course.settingAt(step);
      course.silentAt.set(step, training.silent(training.view(course.at(step).weights, points).units).slice(0, -1).flat());
    }
    return true;
  }

  /** The steps at which a unit falls silent. */
  fallsOf(course) {
    const found = [], seen = [...course.silentAt ?? []];
    for (const [k, [step, silent]] of seen.entries()) if (k && silent.some((off, u) => off && !seen[k - 1][1][u])) found.push(step);
    return found;
  }

  // ---- choosing

  chooseRow(r) {
    this.chosenRow = r;
    this.update(false);
    byId("spoken").textContent = r >= 0 && this.seen ? this.said(r) : "";
  }
  chooseWeight(i) {
    this.weight = i;
    this.update();
    byId("spoken").textContent = `${this.data.parameters[i]} is ${number(this.weights[i])}`;
  }
  chooseUnit(unit) {
    const same = unit && this.unit && unit.layer === this.unit.layer && unit.unit === this.unit.unit;
    this.unit = same || (unit && unit.layer === this.network.layers.length - 1) ? null : unit;
    this.update(false);
  }

  // ---- changing: from this step on

  change(change) {
    if (this.data.reason) return;
    const own = this.course.courseAt(this.step), { course } = this;
    if (course.parent && course.from === this.step) {
      const before = course.setting, kind = Object.keys(change).join();
      if (this.undone.at(-1)?.kind !== kind || this.undone.at(-1)?.course !== course) {
        this.undone.push({ kind, course, undo: () => course.amend(before) });
      }
      course.amend(change);
      course.filled = course.silentAt = undefined;
    } else {
      const fork = own.fork(this.step, change), { courses } = this.training;
      this.course = fork;
      this.undone.push({ kind: Object.keys(change).join(), course: fork, undo: () => {
        courses.splice(courses.indexOf(fork), 1);
        this.course = course;
      } });
    }
    this.update();
    this.fill();
  }

  undo() {
    const last = this.undone.pop();
    if (!last) return;
    last.undo();
    last.course.filled = last.course.silentAt = undefined;
    this.update();
    this.fill();
  }

  more(steps) {
    if (this.data.reason) return;
    this.last += steps;
    this.training.steps = this.last;
    this.update();
    this.fill();
  }

  /** What changed between two steps: the weights that moved most, first. */
  compare(a, b) {
    const before = this.course.at(a).weights, after = this.course.at(b).weights;
    const moved = this.data.parameters.map((name, i) => ({ name, before: before[i], after: after[i], moved: after[i] - before[i] }));
    return { loss: [this.course.loss(a), this.course.loss(b)], weights: moved.sort((p, q) => Math.abs(q.moved) - Math.abs(p.moved)) };
  }

  look(theme) { this.colours = coloursOf(theme); }
}

/** Another learning rate, optimiser or penalty. */
class ForkForm {
  constructor(film, form) {
    Object.assign(this, { film, form });
    const { training } = film;
    if (film.data.reason) {
      form.hidden = true;
      return;
    }
    const optimizers = Object.entries(training.optimizers).map(([name, { called }]) => `<option value="${escaped(name)}">${escaped(called)}${name === "own" ? ", as trained" : ""}</option>`).join("");
    const penalties = ["<option value=''>none</option>", ...Object.keys(training.penalties).map(name => `<option value="${name}">${name === "own" ? "as trained" : name}</option>`)].join("");
    form.innerHTML = `<label for="rate">learning rate from here</label><output id="rate-is"></output><input id="rate" class="wide" type="range" step="0.05" aria-label="learning rate, from this step on">
      <label for="optimizer">optimiser</label><select id="optimizer">${optimizers}</select>
      <label for="penalty">penalty</label><select id="penalty">${penalties}</select><output id="strength-is"></output>
      <input id="strength" class="wide" type="range" min="-5" max="0" step="0.05" aria-label="strength of the penalty" hidden>
      <div class="links"><button type="button" id="undo">undo</button><button type="button" id="courses">other course</button><button type="button" id="more">train 100 steps more</button></div>`;
    form.onsubmit = event => event.preventDefault();
    form.oninput = ({ target }) => this.input(target);
    byId("undo").onclick = () => film.undo();
    byId("courses").onclick = () => film.nextCourse();
    byId("more").onclick = () => film.more(100);
    const base = training.rateAt(0) || 1;
    Object.assign(byId("rate"), { min: Math.log10(base) - 3, max: Math.log10(base) + 2 });
  }

  input({ id, value }) {
    const { film } = this, { training, step, last } = film;
    film.pause();
    if (step >= last) film.seek(last - 1);
    const rate = training.rateAt(film.step) || 1;
    if (id === "rate") film.change({ factor: Number((10 ** value).toPrecision(2)) / rate });
    if (id === "optimizer") film.change({ optimizer: value, factor: value === "own" ? 1 : training.optimizers[value].rate / rate });
    if (id === "penalty") film.change({ penalty: value || null, strength: value && value !== "own" ? 1e-2 : null });
    if (id === "strength") film.change({ strength: Number((10 ** value).toPrecision(2)) });
  }

  update() {
    const { film, form } = this;
    if (form.hidden) return;
    const setting = film.course.settingAt(film.step), rate = film.course.rateAt(film.step);
    byId("rate").value = Math.log10(rate);
    byId("rate-is").textContent = number(rate, 3);
    byId("optimizer").value = setting.optimizer;
    byId("penalty").value = setting.penalty ?? "";
    byId("strength").hidden = setting.strength === null;
    byId("strength-is").textContent = setting.strength === null ? "" : number(setting.strength, 2);
    if (setting.strength !== null) byId("strength").value = Math.log10(setting.strength);
    byId("undo").hidden = !film.undone.length;
    byId("courses").hidden = film.training.courses.length < 2;
  }
}

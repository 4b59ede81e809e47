// A training that was recorded, had again: its weights after any step, and what other courses it would have taken.
//
//     const training = new Training(film);              // of nn/seeing/film.py
//     const main = training.main;                       // the course it took
//     main.at(120).weights                              // after 120 steps
//     const fork = main.fork(120, {rate: 0.5});         // from there on with another learning rate
//     fork.at(200).weights
//
// A state is the weights and, behind them, what the optimiser keeps for each. States between those that are stored are computed
// by the steps that `nn.fit` makes: the slopes of a batch, the penalty, the clipping, the optimiser's update.

const MOST_NUMBERS = 2e6; // of the states of a course, which stay in memory

class Training {
  constructor(film) {
    const { row, parameters } = film;
    this.film = film;
    this.size = parameters.length;
    this.graph = row && new Rows(row.graph, [...row.inputs, ...row.targets], [...row.parameters, ...row.inputs]);
    this.penalties = Object.fromEntries(Object.entries(film.penalties).map(([name, { graph, nodes, ...known }]) =>
      [name, { ...known, nodes, graph: new Rows(graph, [], nodes.filter(node => node >= 0)), output: graph.outputs[0] }]));
    this.optimizers = Object.fromEntries(Object.entries(film.optimizers).map(([name, { graph, buffers, ...known }]) =>
      [name, { ...known, buffers, width: 1 + buffers.length, graph: new Rows(graph, known.nodes.each, []), outputs: graph.outputs }]));
    this.clipping = film.clipping && new Rows(film.clipping.graph, [], []);
    const { rows, targets: wanted, count: n } = film;
    this.points = { n, rows: columns(rows, n, rows.length / (n || 1)), targets: columns(wanted, n, wanted.length / (n || 1)), counts: film.counts };
    this.orders = film.orders && Uint32Array.from(film.orders);
    this.courses = [];
    this.main = new Course(this, null, 0, { optimizer: film.optimizer, factor: 1, penalty: film.penalty, strength: null, points: this.points });
    film.kept.forEach((step, k) => this.main.keep(step, this.stored(k)));
    this.steps = film.steps;
  }

  /** The state that the film has at its checkpoint number k. */
  stored(k) {
    const { states, kept } = this.film, long = states.length / kept.length;
    return Float64Array.from(states.slice(k * long, (k + 1) * long));
  }

  /** The moment that was kept last before a step, or at it. */
  nearest(step) { return this.film.kept.findLast(kept => kept <= step); }

  get stepsOfEpoch() { return this.film.steps_of_epoch; }
  epochOf(step) { return Math.floor(step / this.stepsOfEpoch); }

  /** The learning rate that the schedule gave a step; behind the end, the last one. */
  rateAt(step) {
    const { rates } = this.film;
    return rates[Math.min(this.epochOf(step), rates.length - 1)];
  }

  /** The rows of a step, in their order; null for all, for which an order would change rounding errors alone. */
  batch(step, n) {
    const { batch_size: size, shuffle, first_epoch } = this.film;
    if (size === null) return null;
    const epoch = this.epochOf(step), k = step - epoch * this.stepsOfEpoch, as_trained = n === this.points.n;
    const start = as_trained ? k * size : Math.floor(k * n / this.stepsOfEpoch); // of more or fewer points, equal parts
    const end = as_trained ? Math.min(start + size, n) : Math.max(start + 1, Math.floor((k + 1) * n / this.stepsOfEpoch));
    const own = as_trained && this.orders && (epoch + 1) * n <= this.orders.length;
    const order = own ? this.orders.subarray(epoch * n, (epoch + 1) * n) : shuffle ? shuffled(n, first_epoch + epoch) : null;
    return Uint32Array.from({ length: end - start }, (_, j) => order ? order[start + j] : start + j);
  }

  /** Puts weights into the graph, and rows; gives how many rows these are. */
  load(weights, points, batch = null, withTargets = true) {
    const { graph, film: { row } } = this, take = batch ? xs => Float64Array.from(batch, r => xs[r]) : xs => xs;
    row.parameters.forEach((node, i) => { if (node >= 0) graph.put(node, weights[i]); });
    row.inputs.forEach((node, k) => graph.fill(node, take(points.rows[k])));
    if (withTargets) row.targets.forEach((node, k) => graph.fill(node, take(points.targets[k])));
    return batch ? batch.length : points.n;
  }

  /** The loss of some rows and its slope in every weight. */
  slopes(weights, points, batch, penalty, strength) {
    const { graph, film: { row } } = this, n = this.load(weights, points, batch), loss = graph.forward(n) ?? graph.lanes[row.loss];
    graph.backward(row.loss);
    const { counts } = points;
    let divisor = counts === null ? 1 : typeof counts === "number" ? counts * n : 0, sum = 0;
    if (counts?.length) for (let j = 0; j < n; j++) divisor += counts[batch ? batch[j] : j];
    for (let j = 0; j < n; j++) sum += loss[j];
    const found = Float64Array.from(row.parameters, node => node < 0 ? 0 : graph.adjoints[node] / divisor);
    let total = sum / divisor;
    if (penalty) {
      const of = this.penalties[penalty], share = of.per_example ? 1 / n : 1;
      of.nodes.forEach((node, i) => { if (node >= 0) of.graph.put(node, weights[i]); });
      if (strength !== null) of.graph.put(of.strength, strength);
      of.graph.forward(1);
      of.graph.backward(of.output);
      total += share * of.graph.lanes[of.output][0];
      of.nodes.forEach((node, i) => { if (node >= 0) found[i] += share * of.graph.adjoints[node]; });
    }
    return { loss: total, slopes: found };
  }

  /** The slopes as the optimiser gets them: scaled, where their norm has a bound. */
  clipped(slopes) {
    const { clipping: graph, film: { clipping } } = this;
    if (!graph) return slopes;
    graph.put(clipping.norm, slopes.reduce((norm, x) => Math.hypot(norm, x), 0));
    graph.forward(1);
    const [scale] = graph.lanes[clipping.graph.outputs[0]];
    return slopes.map(x => scale * x);
  }

  /** The state after a step of an optimiser. */
  update(name, state, slopes, rate, t) {
    const { graph, nodes, outputs, width } = this.optimizers[name], { size } = this, next = new Float64Array(size * width);
    graph.put(nodes.rate, rate);
    graph.put(nodes.steps, t);
    graph.fill(nodes.data, state.subarray(0, size));
    graph.fill(nodes.grad, slopes);
    nodes.buffers.forEach((node, k) => graph.fill(node, state.subarray((k + 1) * size, (k + 2) * size)));
    graph.forward(size);
    outputs.forEach((node, k) => next.set(graph.lanes[node].subarray(0, size), k * size));
    return next;
  }

  /** What an optimiser keeps at first, behind some weights. */
  begin(name, weights) {
    const { width, buffers } = this.optimizers[name], state = new Float64Array(this.size * width);
    state.set(weights);
    buffers.forEach((x, k) => state.fill(x, (k + 1) * this.size, (k + 2) * this.size));
    return state;
  }

  /** What the model makes of some rows: its outputs, and what each unit gives, row by row. */
  view(weights, points) {
    const n = this.load(weights, points, null, false), { outputs, layers } = this.film.row;
    this.graph.forward(n, Math.max(...outputs) + 1);
    const lane = node => this.graph.wide[node] ? this.graph.lanes[node].slice(0, n) : new Float64Array(n).fill(this.graph.lanes[node][0]);
    return { outputs: outputs.map(lane), units: layers.map(({ units }) => units.map(({ gives }) => lane(gives))) };
  }

  /** The same for one row, with the deltas: the slopes of its loss in each unit's sum; and those in what each unit gives, in the
      outputs, in all weights and inputs. */
  example(weights, points, r) {
    const one = { n: 1, rows: points.rows.map(xs => xs.subarray(r, r + 1)), targets: points.targets.map(xs => xs.subarray(r, r + 1)) };
    const { graph, film: { row } } = this, n = this.load(weights, one);
    graph.forward(n);
    const at = node => graph.lanes[node][0], slope = node => graph.wide[node] ? graph.slopes[node]?.[0] ?? 0 : graph.adjoints[node];
    const found = { outputs: row.outputs.map(at), units: row.layers.map(({ units }) => units.map(({ gives }) => at(gives))) };
    if (row.loss < 0) return found;
    graph.backward(row.loss);
    return {
      ...found, loss: at(row.loss), inputs: row.inputs.map(slope), errors: row.outputs.map(slope),
      given: row.layers.map(({ units }) => units.map(({ gives }) => slope(gives))), weights: row.parameters.map(node => graph.adjoints[node]),
      deltas: row.layers.map(({ units }) => units.map(({ sum }) => slope(sum))),
    };
  }

  /** For each unit, whether it gives 0 for every row: no error reaches what it is made of. */
  silent(units) { return units.map(layer => layer.map(lane => lane.every(x => x === 0))); }

  /** Of all rows the loss and its slopes; NaN and null where it is not known how it comes of them. */
  measured(weights, points) {
    return !this.graph || this.film.row.loss < 0 ? { loss: NaN, slopes: null } : this.slopes(weights, points, null, null, null);
  }
}

/** A course of a training: the one it took, or a fork of another from a step on. */
class Course {
  constructor(training, parent, from, setting) {
    Object.assign(this, { training, parent, from, setting, states: new Map(), losses: [], born: training.courses.length });
    training.courses.push(this);
  }

  keep(step, state) { this.states.set(step, state); }

  /** The course that a step lies on: this one, or the one that it forked from. */
  courseAt(step) { return step < this.from || (step === this.from && this.parent) ? this.parent?.courseAt(step) ?? this : this; }

  settingAt(step) { return step < this.from ? this.parent.settingAt(step) : this.setting; }

  rateAt(step) {
    const { setting: { factor } } = step < this.from ? this.parent : this;
    return step < this.from ? this.parent.rateAt(step) : factor * this.training.rateAt(step);
  }

  /** The weights after a step, and all that the optimiser keeps. */
  at(step) {
    if (step < this.from) return this.parent.at(step);
    const { training, states } = this;
    if (training.film.reason) step = training.nearest(step);
    let known = step;
    while (known > this.from && !states.has(known)) known--;
    let state = states.get(known);
    if (!state) states.set(known, state = this.beginning());
    const every = Math.ceil(training.steps * training.size / MOST_NUMBERS);
    for (; known < step; known++) {
      state = this.advanced(state, known);
      if (known + 1 === step || (known + 1) % every === 0) states.set(known + 1, state);
    }
    return { step, state, weights: state.subarray(0, training.size) };
  }

  beginning() {
    const { state, weights } = this.parent.at(this.from);
    return this.setting.optimizer === this.parent.settingAt(this.from).optimizer ? state : this.training.begin(this.setting.optimizer, weights);
  }

  /** How many steps the optimiser has made. One that a fork began with counts anew. */
  stepsBefore(step) {
    if (step < this.from) return this.parent.stepsBefore(step);
    const same = !this.parent || this.setting.optimizer === this.parent.settingAt(this.from).optimizer;
    return same ? (this.parent ? this.parent.stepsBefore(this.from) : this.training.film.steps_before) + step - this.from : step - this.from;
  }

  advanced(state, step) {
    const { training, setting: { optimizer, points, penalty, strength } } = this;
    const { loss, slopes } = training.slopes(state.subarray(0, training.size), points, training.batch(step, points.n), penalty, strength);
    this.losses[step] = loss;
    return training.update(optimizer, state, training.clipped(slopes), this.rateAt(step), this.stepsBefore(step) + 1);
  }

  /** The loss of the batch of a step, at the weights before it, and its slopes: the gradient that the step goes by. */
  measured(step) {
    if (step < this.from) return this.parent.measured(step);
    const { training, setting: { points, penalty, strength } } = this, { weights } = this.at(step);
    return training.film.reason ? training.measured(weights, points) : training.slopes(weights, points, training.batch(step, points.n), penalty, strength);
  }

  loss(step) {
    if (step < this.from) return this.parent.loss(step);
    if (this.training.film.reason) step = this.training.nearest(step);
    return this.losses[step] ??= this.measured(step).loss;
  }

  /** A new course, which from a step on is as this one but for what `change` says. */
  fork(step, change) { return new Course(this.training, this, step, { ...this.settingAt(step), ...change }); }

  /** Another setting from this course's own beginning on. */
  amend(change) {
    Object.assign(this, { setting: { ...this.setting, ...change }, losses: [] });
    this.states.clear();
  }
}

const columns = (numbers, n, width) => Array.from({ length: width }, (_, k) => Float64Array.from({ length: n }, (_, r) => numbers[r * width + k]));

/** An order of n rows, the same for the same seed: for epochs that were never trained. */
function shuffled(n, seed) {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  let state = (seed + 1) * 2654435761 >>> 0;
  for (let i = n - 1; i > 0; i--) {
    state = Math.imul(state ^ state >>> 15, 2246822519) + 3266489917 >>> 0;
    const j = state % (i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

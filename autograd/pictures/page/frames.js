// Both passes as one row of steps: what is known at each of them, and what happens.
//
// Step 0 shows the numbers that are given. Then every operation is a step, and every question that Python asked (`if a > b`).
// At the seed the pass turns back, with 1 for the result. Then every edge is a step: the share it brings is added to the
// adjoint of its operand. The last step shows the gradient. Nothing is looked for along the way: any step is had at once.

class Frames {
  // graph: a Graph (runtime.js) · guards: [{before, ...}], before: the number of the node made next · output: a node's number
  constructor(graph, guards, output) {
    this.graph = graph;
    this.output = output;
    const count = graph.count;

    this.events = new Int32Array(count + guards.length); // nodes; ~g for guard g
    this.madeAt = new Int32Array(count);
    let g = 0, steps = 0;
    for (let i = 0; i < count; i++) {
      while (g < guards.length && guards[g].before <= i) this.events[steps++] = ~g++;
      if (graph.start[i + 1] === graph.start[i]) continue;
      this.events[steps++] = i;
      this.madeAt[i] = steps;
    }
    while (g < guards.length) this.events[steps++] = ~g++;
    this.seed = steps + 1;

    this.edges = new Int32Array(graph.parents.length); // in the order in which backward() adds up
    let edges = 0;
    for (const i of graph.order(output)) {
      if (graph.flows(i)) for (let e = graph.start[i]; e < graph.start[i + 1]; e++) if (graph.parents[e] < count) this.edges[edges++] = e;
    }
    this.edges = this.edges.subarray(0, edges);
    this.stepOfEdge = new Int32Array(graph.parents.length);
    this.edges.forEach((e, k) => this.stepOfEdge[e] = this.seed + 1 + k);
    this.end = this.seed + this.edges.length + 1;

    this.firstArrival = new Int32Array(count + 1); // where the arrivals of each node begin
    if (count) this.firstArrival[output + 1]++;
    for (const e of this.edges) this.firstArrival[graph.parents[e] + 1]++;
    for (let i = 0; i < count; i++) this.firstArrival[i + 1] += this.firstArrival[i];
    this.arrivals = new Int32Array(this.firstArrival[count]); // the steps at which a share arrives
    this.nth = new Int32Array(this.edges.length); // which share of its node each is, from 0
    const next = this.firstArrival.slice();
    this.arrivals[next[output]++] = this.seed;
    this.edges.forEach((e, k) => {
      const p = graph.parents[e];
      this.nth[k] = next[p] - this.firstArrival[p];
      this.arrivals[next[p]++] = this.seed + 1 + k;
    });
    this.stale = true; // are the graph's adjoints, since its numbers have changed
  }

  // Computed when somebody asks: on the way forward, while a number is dragged, nobody does.
  get adjoints() {
    if (this.stale) this.graph.backward(this.output);
    this.stale = false;
    return this.graph.adjoints;
  }

  sharesOf(i) { return this.firstArrival[i + 1] - this.firstArrival[i]; }

  // How many shares of a node's adjoint have arrived by a step, and what they add up to.
  adjointAt(i, step) {
    const first = this.firstArrival[i];
    let low = first, high = this.firstArrival[i + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.arrivals[middle] <= step) low = middle + 1;
      else high = middle;
    }
    const reported = low - first;
    return { value: !reported ? 0 : reported === this.sharesOf(i) ? this.adjoints[i] : this.sumOf(i, reported), reported };
  }

  // The adjoint of a node when so many of its shares have arrived: added up when somebody asks, as few do while numbers change. (What
  // the output has is the seed alone.)
  sumOf(i, reported) {
    let sum = 0;
    for (const step of this.arrivals.subarray(this.firstArrival[i], this.firstArrival[i] + reported)) sum += this.shareOf(this.edges[step - this.seed - 1]);
    return sum;
  }
  shareOf(e) {
    const { adjoints, graph: { locals, reached, userOf } } = this, user = userOf[e];
    return reached[user] && this.graph.sends(e) ? adjoints[user] * locals[e] : 0;
  }

  known(i, step) { return this.madeAt[i] <= step; }

  at(step) {
    if (step === 0) return { kind: "start" };
    if (step < this.seed) {
      const event = this.events[step - 1];
      return event >= 0 ? { kind: "value", node: event } : { kind: "branch", guard: ~event };
    }
    if (step === this.seed) return { kind: "seed", operand: this.output };
    if (step === this.end) return { kind: "end" };
    const k = step - this.seed - 1, edge = this.edges[k], user = this.graph.userOf[edge], operand = this.graph.parents[edge];
    const nth = this.nth[k], of = this.sharesOf(operand), before = this.sumOf(operand, nth), share = this.shareOf(edge);
    return {
      kind: "edge", edge, user, operand, nth: nth + 1, of, before, share, after: before + share,
      begins: k === 0 || this.graph.userOf[this.edges[k - 1]] !== user,
    };
  }

  // The next step at which shares add up, or the end.
  nextSum(step) {
    for (let s = Math.max(step + 1, this.seed + 1); s < this.end; s++) if (this.nth[s - this.seed - 1] > 0) return s;
    return this.end;
  }
}

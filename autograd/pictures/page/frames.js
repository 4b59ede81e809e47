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
    this.userOf = graph.userOf;

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
    this.after = new Float64Array(this.edges.length); // the adjoint once the share of each step is added
    this.adjoints = new Float64Array(count);
    this.shares = new Float64Array(this.edges.length);
    this.reached = new Uint8Array(count); // whether a share arrived: none does at what a choice did not take
    this.replay();
  }

  // The backward pass, for the numbers that the graph holds now.
  replay() {
    const { adjoints, edges, userOf, after, shares, reached, graph: { parents, locals, op, chooses } } = this;
    adjoints.fill(0);
    reached.fill(0);
    adjoints[this.output] = reached[this.output] = 1;
    for (let k = 0; k < edges.length; k++) {
      const e = edges[k], user = userOf[e], operand = parents[e];
      const sent = reached[user] && !(chooses[op[user]] && locals[e] !== 1); // as Graph.sends() has it
      shares[k] = sent ? adjoints[user] * locals[e] : 0;
      if (sent) reached[operand] = 1;
      after[k] = adjoints[operand] += shares[k];
    }
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
    if (low === first) return { value: 0, reported: 0 };
    const last = this.arrivals[low - 1];
    return { value: last === this.seed ? 1 : this.after[last - this.seed - 1], reported: low - first };
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
    const k = step - this.seed - 1, edge = this.edges[k], user = this.userOf[edge], operand = this.graph.parents[edge];
    const nth = this.nth[k], first = this.firstArrival[operand];
    const last = nth ? this.arrivals[first + nth - 1] : -1;
    return {
      kind: "edge", edge, user, operand,
      nth: nth + 1, of: this.sharesOf(operand),
      before: nth ? (last === this.seed ? 1 : this.after[last - this.seed - 1]) : 0,
      share: this.shares[k],
      after: this.after[k],
      begins: k === 0 || this.userOf[this.edges[k - 1]] !== user,
    };
  }

  // The next step at which shares add up, or the end.
  nextSum(step) {
    for (let s = Math.max(step + 1, this.seed + 1); s < this.end; s++) if (this.nth[s - this.seed - 1] > 0) return s;
    return this.end;
  }
}

// A graph that was recorded, run again in the page: other numbers, the same rules. It needs RULES, of rules.js.
//
//     const graph = new Graph(description);   // of autograd/pictures/graph_description.py; forward() has run
//     graph.set(0, 2.5);                      // another number in a leaf, or in any node
//     graph.forward();                        // every value and local derivative
//     graph.backward();                       // every adjoint
//     graph.values[7], graph.locals[graph.start[7]], graph.adjoints[0]
//
// Nodes are numbered from 0, each after its operands, and behind them the constants that are operands: values[count + k] is
// constant k. The edges into node i are those from start[i] up to start[i + 1]; edge e comes from parents[e].
class Graph {
  constructor(description) {
    const {ops, op, counts, operands, leaves, constants, frozen, outputs, guards} = description;
    const n = this.count = op.length;
    this.ops = ops; // the names of the operations there are; a leaf's is ""
    this.op = Uint16Array.from(op); // for each node, which of them made it
    this.outputs = outputs;
    this.guards = guards;
    this.start = new Uint32Array(n + 1);
    for (let i = 0; i < n; i++) this.start[i + 1] = this.start[i] + counts[i];
    this.parents = new Uint32Array(operands.length);
    this.userOf = new Uint32Array(operands.length); // the node that an edge leads into
    for (let i = 0; i < n; i++) this.userOf.fill(i, this.start[i], this.start[i + 1]);
    this.values = new Float64Array(n + constants.length);
    this.values.set(constants.map(Number), n); // (JSON has no NaN and no infinity: these are texts)
    this.locals = new Float64Array(operands.length).fill(NaN); // NaN where nothing flows back: constants, steps of slope 0
    this.adjoints = new Float64Array(n);
    this.reached = new Uint8Array(n); // whether a share arrives: none does at what a choice did not take
    this.given = new Uint8Array(n); // 1 where the value is not computed: a leaf, what was set(), and what is frozen
    this.held = new Set(); // nodes that were set() though an operation made them: what goes into them changes nothing
    this.frozen = new Map(); // nodes whose numbers no rule gives: they stay as recorded
    for (let i = 0, leaf = 0; i < n; i++) {
      for (let e = this.start[i]; e < this.start[i + 1]; e++) {
        this.parents[e] = operands[e] > 0 ? i - operands[e] : n - operands[e];
      }
      if (ops[op[i]] === "") {
        this.given[i] = 1;
        this.values[i] = Number(leaves[leaf++]);
      }
    }
    for (const {node, value, slopes} of frozen) {
      this.given[node] = 1;
      this.values[node] = Number(value);
      this.frozen.set(node, {value: Number(value), slopes: slopes.map(Number)});
    }
    this.rules = ops.map(name => rule_of(name));
    this.chooses = Uint8Array.from(ops, name => name.startsWith("select "));
    this.carrying = Uint8Array.from(this.rules, ({slopes}) => slopes !== null); // not a step of slope 0
    this.orders = new Map();
    this.forward();
  }

  /** The name of the operation that made a node; "" for a leaf. */
  opOf(node) { return this.ops[this.op[node]]; }
  isOperation(node) { return node < this.count && this.start[node] < this.start[node + 1]; }
  isConstant(node) { return node >= this.count; }
  operandsOf(node) { return [...this.parents.subarray(this.start[node], this.start[node + 1])]; }

  /** Whether an adjoint is sent back along an edge. */
  carries(edge) { return this.parents[edge] < this.count && this.flows(this.userOf[edge]); }

  /** Whether one is sent along it for the numbers there are: a choice sends to what it chose alone, 0 times what is infinite
      beside it would be NaN. */
  sends(edge) { return this.carries(edge) && !(this.chooses[this.op[this.userOf[edge]]] && this.locals[edge] !== 1); }

  /** Puts a number into a node. If it is no leaf, it is not computed any more until release(). */
  set(node, x) {
    this.values[node] = x;
    this.given[node] = 1;
    if (this.isOperation(node)) this.held.add(node);
  }
  isHeld(node) { return this.held.has(node); }

  /** Lets a node be computed again that was set; one that is frozen has its recorded value again. */
  release(node) {
    this.held.delete(node);
    if (this.frozen.has(node)) this.values[node] = this.frozen.get(node).value;
    else if (this.start[node] < this.start[node + 1]) this.given[node] = 0;
  }

  /** Computes all values, and all local derivatives but those of frozen nodes; or those of the nodes alone at which `only` has a 1:
      of one that was set, and all that is computed from it. */
  forward(only) {
    const {count, op, start, parents, values, locals, given, held, frozen, rules} = this, dot = this.ops.indexOf("dot");
    for (let i = 0; i < count; i++) {
      const s = start[i], end = start[i + 1];
      if (s === end || (only && !only[i])) continue;
      if (given[i]) {
        const recorded = frozen.get(i);
        if (held.has(i)) locals.fill(0, s, end);
        else locals.set(recorded.slopes, s);
        continue;
      }
      if (op[i] === dot) {
        this.dot(i, s, end);
        continue;
      }
      const {arity, value, slopes} = rules[op[i]];
      if (arity === 1) {
        const x = values[parents[s]];
        values[i] = value(x);
        if (slopes) locals[s] = slopes[0](x, values[i]);
      } else if (arity === 2) {
        const x = values[parents[s]], y = values[parents[s + 1]];
        values[i] = value(x, y);
        if (!slopes) continue;
        if (parents[s] < count) locals[s] = slopes[0](x, y, values[i]);
        if (parents[s + 1] < count) locals[s + 1] = slopes[1](x, y, values[i]);
      } else {
        const xs = [];
        for (let e = s; e < end; e++) xs.push(values[parents[e]]);
        values[i] = value(xs);
        if (!slopes) continue;
        const found = slopes(xs, values[i]);
        for (let e = s; e < end; e++) if (parents[e] < count) locals[e] = found[e - s];
      }
    }
  }

  /** A sum of products, what networks are made of, without lists. */
  dot(i, start, end) {
    const {count, parents, values, locals} = this, half = (end - start) / 2;
    let total = 0;
    for (let e = start, f = start + half; f < end; e++, f++) {
      const p = parents[e], q = parents[f], x = values[p], y = values[q];
      total += x * y;
      if (p < count) locals[e] = y;
      if (q < count) locals[f] = x;
    }
    values[i] = total;
  }

  /** Computes the adjoint of every node: the derivative of `output`, times `seed`. 0 for what it was not computed from. */
  backward(output = this.outputs[0], seed = 1) {
    const {count, op, start, parents, locals, adjoints, reached, chooses, carrying} = this;
    adjoints.fill(0);
    reached.fill(0);
    adjoints[output] = seed;
    reached[output] = 1;
    for (const i of this.order(output)) {
      if (!reached[i] || !carrying[op[i]]) continue;
      const adjoint = adjoints[i], choice = chooses[op[i]], end = start[i + 1];
      for (let e = start[i]; e < end; e++) {
        const p = parents[e];
        if (p >= count || (choice && locals[e] !== 1)) continue; // as sends() has it
        adjoints[p] += adjoint * locals[e];
        reached[p] = 1;
      }
    }
  }

  /** Whether anything flows back through a node: not through a step of slope 0. */
  flows(node) {
    return this.carrying[this.op[node]] === 1;
  }

  /** The nodes that are no leaves, in the order in which the engine's backward() deals with them: each after its last use. */
  order(output = this.outputs[0]) {
    if (this.orders.has(output)) return this.orders.get(output);
    const {count, start, parents} = this;
    const uses = new Uint32Array(count), found = [], todo = [output], seen = new Uint8Array(count);
    const is_node = p => p < count && start[p] < start[p + 1];
    const end = i => this.flows(i) ? start[i + 1] : start[i]; // of the edges that something flows back through
    seen[output] = 1;
    while (todo.length) {
      const i = todo.pop();
      for (let e = start[i]; e < end(i); e++) {
        const p = parents[e];
        if (!is_node(p)) continue;
        uses[p]++;
        if (!seen[p]) {
          seen[p] = 1;
          todo.push(p);
        }
      }
    }
    if (is_node(output)) todo.push(output);
    while (todo.length) {
      const i = todo.pop();
      found.push(i);
      for (let e = start[i]; e < end(i); e++) {
        if (is_node(parents[e]) && --uses[parents[e]] === 0) todo.push(parents[e]);
      }
    }
    const order = Uint32Array.from(found);
    this.orders.set(output, order);
    return order;
  }

  /** The numbers of the guards, comparisons of the recording, that do not come out any more as they did. */
  broken() {
    const at = k => this.values[k < 0 ? this.count + ~k : k];
    return [...this.guards.keys()].filter(k => {
      const {relation, left, right, outcome} = this.guards[k];
      return COMPARED[relation](at(left), at(right)) !== outcome;
    });
  }
}

const COMPARED = {"<": (a, b) => a < b, "<=": (a, b) => a <= b, "==": (a, b) => a === b, "!=": (a, b) => a !== b};

/** The rule of an operation, also of "slope tanh 0", a derivative as recorded; of an unknown one none, its nodes are frozen. */
function rule_of(name) {
  if (RULES[name]) return RULES[name];
  const slope = /^slope (.+) (\d+)$/.exec(name), of = slope && RULES[slope[1]];
  if (!of || !of.slopes) return {arity: 0, value: null, slopes: () => []};
  const i = Number(slope[2]);
  const value = of.arity === 0 ? xs => of.slopes(xs.slice(0, -1), xs.at(-1))[i] : xs => of.slopes[i](...xs);
  return {arity: 0, value, slopes: xs => xs.map(() => NaN)};
}

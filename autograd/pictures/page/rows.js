// A graph that was recorded for one row, run for many rows at once. It needs RULES, of rules.js, and rule_of, of runtime.js.
//
//     const graph = new Rows(description, [3, 4], [0, 1]);  // nodes 3 and 4 have a number for each row, 0 and 1 are wanted
//     graph.put(0, 0.5); graph.fill(3, [1, 2, 3]);
//     graph.forward(3);                                     // graph.lanes[7][2]: node 7 in row 2
//     graph.backward(5);                                    // graph.adjoints[0]: the slope of node 5, added up over the rows
//
// A node that hangs on no row has one number, not one for each. What the adjoints of a row are stays in `slopes` until the next.
class Rows {
  constructor(description, wide, wanted) {
    const {ops, op, counts, operands, leaves, constants} = description, n = this.count = op.length;
    this.ops = ops;
    this.op = op;
    this.rules = ops.map(name => rule_of(name));
    this.chooses = ops.map(name => name.startsWith("select "));
    this.parents = [];
    this.lanes = [];
    this.wide = new Uint8Array(n + constants.length);
    this.leads = new Uint8Array(n + constants.length); // whether a node hangs on one that is wanted
    for (const i of wide) this.wide[i] = 1;
    for (const i of wanted) this.leads[i] = 1;
    for (let i = 0, edge = 0, leaf = 0; i < n; i++) {
      const parents = this.parents[i] = [];
      for (let k = 0; k < counts[i]; k++, edge++) {
        const parent = operands[edge] > 0 ? i - operands[edge] : n - operands[edge];
        parents.push(parent);
        this.wide[i] |= this.wide[parent];
        this.leads[i] |= this.leads[parent];
      }
      this.lanes[i] = new Float64Array(1);
      if (ops[op[i]] === "") this.lanes[i][0] = Number(leaves[leaf++]);
    }
    constants.forEach((x, k) => this.lanes[n + k] = Float64Array.of(Number(x)));
    this.slopes = [];
    this.rows = 0;
    this.room = 0; // for so many rows there are arrays
  }

  put(node, x) { this.lanes[node][0] = x; }

  fill(node, xs) { this.lanes[node] = xs; }

  /** Computes every value for so many rows; or the nodes before `until` alone. */
  forward(rows, until = this.count) {
    if (rows > this.room) {
      this.room = rows;
      this.local = new Float64Array(rows);
      for (let i = 0; i < this.count; i++) if (this.wide[i] && this.parents[i].length) this.lanes[i] = new Float64Array(rows);
    }
    this.rows = rows;
    for (let i = 0; i < until; i++) {
      const parents = this.parents[i], n = parents.length;
      if (!n) continue;
      const out = this.lanes[i], count = this.wide[i] ? rows : 1, {arity, value} = this.rules[this.op[i]], name = this.ops[this.op[i]];
      if (name === "dot") this.dot(parents, out, count);
      else if (arity === 1) {
        const x = this.lanes[parents[0]];
        for (let j = 0; j < count; j++) out[j] = value(x[j]);
      } else if (arity === 2) {
        const [p, q] = parents, x = this.lanes[p], y = this.lanes[q], dx = this.wide[p], dy = this.wide[q];
        if (name === "add") for (let j = 0; j < count; j++) out[j] = x[j * dx] + y[j * dy];
        else if (name === "mul") for (let j = 0; j < count; j++) out[j] = x[j * dx] * y[j * dy];
        else for (let j = 0; j < count; j++) out[j] = value(x[j * dx], y[j * dy]);
      } else {
        for (let j = 0; j < count; j++) out[j] = value(this.at(parents, j));
      }
    }
  }

  /** The numbers of some nodes in a row. */
  at(nodes, row) { return nodes.map(p => this.lanes[p][this.wide[p] ? row : 0]); }

  dot(parents, out, count) {
    const n = parents.length >> 1;
    out.fill(0, 0, count);
    for (let k = 0; k < n; k++) {
      const p = parents[k], q = parents[n + k], x = this.lanes[p], y = this.lanes[q], dx = this.wide[p], dy = this.wide[q];
      if (dx && dy) for (let j = 0; j < count; j++) out[j] += x[j] * y[j];
      else if (dy) for (let j = 0, w = x[0]; j < count; j++) out[j] += w * y[j];
      else if (dx) for (let j = 0, w = y[0]; j < count; j++) out[j] += x[j] * w;
      else out[0] += x[0] * y[0];
    }
  }

  /** The adjoints of `output` for each row, as lists in `slopes`; added up over the rows in `adjoints`, of the nodes that have
      one number for all of them. */
  backward(output) {
    const {rows, leads, parents, lanes, wide, slopes} = this;
    this.adjoints = new Float64Array(this.count);
    for (let i = 0; i <= output; i++) {
      if (!leads[i] || !wide[i]) continue;
      if (!slopes[i] || slopes[i].length < rows) slopes[i] = new Float64Array(this.room);
      else slopes[i].fill(0, 0, rows);
    }
    if (wide[output]) slopes[output].fill(1, 0, rows);
    else this.adjoints[output] = 1;
    for (let i = output; i >= 0; i--) {
      const from = parents[i], rule = this.rules[this.op[i]];
      if (!from.length || !leads[i] || rule.slopes === null) continue;
      const count = wide[i] ? rows : 1, out = lanes[i], sent = wide[i] ? slopes[i] : this.adjoints.subarray(i, i + 1);
      if (this.ops[this.op[i]] === "dot") {
        const n = from.length >> 1;
        for (let k = 0; k < n; k++) {
          this.send(from[k], lanes[from[n + k]], wide[from[n + k]], sent, count);
          this.send(from[n + k], lanes[from[k]], wide[from[k]], sent, count);
        }
      } else if (rule.arity) {
        const x = lanes[from[0]], dx = wide[from[0]], y = lanes[from.at(-1)], dy = wide[from.at(-1)], {local} = this;
        for (const [k, p] of from.entries()) {
          if (!leads[p]) continue;
          const slope = rule.slopes[k];
          if (rule.arity === 1) for (let j = 0; j < count; j++) local[j] = slope(x[j * dx], out[j]);
          else for (let j = 0; j < count; j++) local[j] = slope(x[j * dx], y[j * dy], out[j]);
          this.send(p, local, 1, sent, count);
        }
      } else {
        const chooses = this.chooses[this.op[i]];
        for (let j = 0; j < count; j++) {
          if (sent[j] === 0) continue;
          const found = rule.slopes(this.at(from, j), out[j]);
          for (const [k, p] of from.entries()) {
            if (!leads[p] || (chooses && found[k] !== 1)) continue;
            if (wide[p]) slopes[p][j] += sent[j] * found[k];
            else this.adjoints[p] += sent[j] * found[k];
          }
        }
      }
    }
  }

  /** Adds sent × local to the adjoints of a node, row by row. */
  send(node, local, step, sent, count) {
    if (!this.leads[node]) return;
    if (this.wide[node]) {
      const to = this.slopes[node];
      if (step) for (let j = 0; j < count; j++) to[j] += sent[j] * local[j];
      else for (let j = 0, x = local[0]; j < count; j++) to[j] += sent[j] * x;
      return;
    }
    let sum = 0;
    if (step) for (let j = 0; j < count; j++) sum += sent[j] * local[j];
    else for (let j = 0, x = local[0]; j < count; j++) sum += sent[j] * x;
    this.adjoints[node] += sum;
  }
}

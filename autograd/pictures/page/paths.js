// The paths between two nodes: the chain rule, term by term.

const MOST_PATHS = 60;

// Gives {x, y, total, count, ways, edges, nodes}: dy/dx, how many paths there are, the largest of them as {edges, product},
// and the edges and nodes that lie on any. No path is listed more than MOST_PATHS deep into the order of size.
function pathsBetween(graph, x, y) {
  if (x > y) [x, y] = [y, x]; // each node comes after its operands
  const reach = new Float64Array(y - x + 1), derivative = new Float64Array(y - x + 1); // paths from x, and d/dx
  reach[0] = derivative[0] = 1;
  for (let i = x + 1; i <= y; i++) {
    for (let e = graph.start[i]; e < graph.start[i + 1]; e++) {
      const p = graph.parents[e];
      if (p < x || p >= i || !graph.sends(e)) continue;
      reach[i - x] += reach[p - x];
      derivative[i - x] += derivative[p - x] * graph.locals[e];
    }
  }
  const nodes = new Set(), edges = new Set();
  if (reach[y - x] && x !== y) {
    nodes.add(y);
    for (let i = y; i > x; i--) {
      if (!nodes.has(i)) continue;
      for (let e = graph.start[i]; e < graph.start[i + 1]; e++) {
        const p = graph.parents[e];
        if (p < x || p >= i || !graph.sends(e) || !reach[p - x]) continue;
        nodes.add(p);
        edges.add(e);
      }
    }
  }
  const ways = nodes.size ? largestWays(graph, x, y, nodes, edges) : [];
  return { x, y, total: derivative[y - x], count: x === y ? 0 : reach[y - x], ways, nodes, edges };
}

// The paths with the largest products: from y back, always the partial path that can still become the largest.
function largestWays(graph, x, y, nodes, edges) {
  const best = new Map([[x, 1]]); // the largest product of a path from x
  for (const i of [...nodes].sort((a, b) => a - b)) {
    if (i === x) continue;
    let most = 0;
    for (let e = graph.start[i]; e < graph.start[i + 1]; e++) if (edges.has(e)) most = Math.max(most, best.get(graph.parents[e]) * Math.abs(graph.locals[e]) || 0);
    best.set(i, most);
  }
  const waiting = [{ node: y, edges: null, product: 1, promise: best.get(y) }], ways = [];
  const push = way => { // a heap with the largest promise on top
    waiting.push(way);
    for (let k = waiting.length - 1; k > 0;) {
      const up = (k - 1) >> 1;
      if (waiting[up].promise >= waiting[k].promise) break;
      [waiting[up], waiting[k]] = [waiting[k], waiting[up]];
      k = up;
    }
  };
  const pop = () => {
    const top = waiting[0], last = waiting.pop();
    if (waiting.length) {
      waiting[0] = last;
      for (let k = 0;;) {
        let down = 2 * k + 1;
        if (down >= waiting.length) break;
        if (down + 1 < waiting.length && waiting[down + 1].promise > waiting[down].promise) down++;
        if (waiting[k].promise >= waiting[down].promise) break;
        [waiting[k], waiting[down]] = [waiting[down], waiting[k]];
        k = down;
      }
    }
    return top;
  };
  for (let looked = 0; waiting.length && ways.length < MOST_PATHS && looked < 20000; looked++) {
    const way = pop();
    if (way.node === x) {
      const list = [];
      for (let link = way.edges; link; link = link.next) list.push(link.edge);
      ways.push({ edges: list, product: way.product });
      continue;
    }
    for (let e = graph.start[way.node]; e < graph.start[way.node + 1]; e++) {
      if (!edges.has(e)) continue;
      const p = graph.parents[e], product = way.product * graph.locals[e];
      push({ node: p, edges: { edge: e, next: way.edges }, product, promise: Math.abs(product) * best.get(p) || 0 });
    }
  }
  return ways;
}

// Where things stand: in ranks from left to right, in an order with few crossings, at heights that keep edges straight.
//
// The method is Sugiyama's. Ranks follow the longest path. An edge over several ranks bends once in each rank between, and
// all edges from one thing share their bends, so that they fork as branches do. Sweeps put everything at the mean place of
// its neighbours, exchanges of two that stand side by side undo crossings that are left, and the order with the fewest is
// kept. Last come the heights: for each rank those nearest to what the neighbours ask for, in order and apart.

const ROOM_BETWEEN_RANKS = 42;

// Lays out things of given sizes, {w, h, margin, loose}, and edges [from, to] between their numbers; an edge to an earlier
// thing is laid out as if it were turned. `shape` is the width of the room there is by its height.
//
// Gives {at, bends, crossings, width, height}: for each thing {x, y, rank, order}, where x is its right edge and y its
// middle; and bends(from, to), the pieces [left, right, y] that the edge runs level on between its ends.
function layered(sizes, edges, shape = 2) {
  const { ins, outs } = neighbours(sizes.length, edges), rank = ranksOf(ins, outs);
  const layers = withBends(sizes, rank, ins, outs), { ranks, chains, rankOf, right: { start, to }, y } = layers;
  const crossings = ordered(layers);
  settled(layers);

  const widths = ranks.map(r => r.reduce((most, i) => Math.max(most, sizes[i]?.w ?? 0), 0));
  let top = Infinity, bottom = -Infinity;
  y.forEach((middle, i) => {
    top = Math.min(top, middle - layers.h[i] / 2);
    bottom = Math.max(bottom, middle + layers.h[i] / 2);
  });
  const level = bottom - top, wide = widths.reduce((sum, w) => sum + w + ROOM_BETWEEN_RANKS, 0);
  const stretch = Math.max(1, Math.min(2, wide / shape / Math.max(level, 1)));
  y.forEach((middle, i) => y[i] = (middle - top) * stretch);

  let x = 0, widest = 0, row = 0;
  const left = [], right = [], down = []; // of each rank
  const rows = rowsFor(wide, level, shape, ranks.length), perRow = wide / rows;
  for (let r = 0; r < ranks.length; r++) {
    if (row + 1 < rows && x > perRow) { // a chain that is much longer than the room is goes on in a new line
      x = 0;
      row++;
    }
    let steepest = 0;
    if (x) for (const a of ranks[r - 1]) for (let e = start[a]; e < start[a + 1]; e++) steepest = Math.max(steepest, Math.abs(y[a] - y[to[e]]));
    x += x ? (ranks.length > 10 ? 0.8 : 1) * ROOM_BETWEEN_RANKS + Math.min(48, 0.09 * steepest) : 0;
    left[r] = x;
    right[r] = x += widths[r];
    down[r] = row * (level * stretch + ROOM_BETWEEN_ROWS);
    widest = Math.max(widest, x);
  }
  return {
    at: sizes.map((_, i) => ({ x: right[rank[i]], y: y[i] + down[rank[i]], rank: rank[i], order: layers.order[i] })),
    bends(from, to) {
      const [a, b] = rank[from] < rank[to] ? [from, to] : [to, from];
      const bends = chains[a].slice(1, rank[b] - rank[a]).map(i => [left[rankOf[i]], right[rankOf[i]], y[i] + down[rankOf[i]]]);
      return a === from ? bends : bends.reverse().map(([l, r, y]) => [r, l, y]);
    },
    crossings,
    width: widest,
    height: level * stretch + down.at(-1),
  };
}

const ROOM_BETWEEN_ROWS = 70;

// In how many lines a chain is written that is far longer than the room is wide.
function rowsFor(width, height, shape, ranks) {
  if (ranks < 8 || width < 4 * shape * (height + ROOM_BETWEEN_ROWS)) return 1;
  return Math.min(Math.ceil(ranks / 3), Math.max(1, Math.round(Math.sqrt(width / (height + ROOM_BETWEEN_ROWS) / shape))));
}

function neighbours(count, edges) {
  const ins = Array.from({ length: count }, () => []), outs = Array.from({ length: count }, () => []), met = new Set();
  for (const [from, to] of edges) {
    const a = Math.min(from, to), b = Math.max(from, to);
    if (a === b || met.has(a * count + b)) continue;
    met.add(a * count + b);
    outs[a].push(b);
    ins[b].push(a);
  }
  return { ins, outs };
}

// The longest path from the left; then what only leads somewhere, and what is made of such things alone, moves up to its use.
// What several things are made from one by one - the products of a neuron's sum - moves up together, where that saves bends.
function ranksOf(ins, outs) {
  const rank = ins.map(() => 0);
  for (let i = 0; i < ins.length; i++) for (const a of ins[i]) rank[i] = Math.max(rank[i], rank[a] + 1);
  const before = i => Math.min(...outs[i].map(b => rank[b])) - 1, last = i => Math.max(...outs[i].map(b => rank[b]));
  const follow = alone => {
    for (let i = ins.length - 1; i >= 0; i--) if (outs[i].length && alone(i)) rank[i] = Math.max(rank[i], before(i));
  };
  follow(i => ins[i].every(a => !ins[a].length));
  const bends = i => last(i) - (ins[i].length ? rank[i] : before(i));
  for (let a = ins.length - 1; a >= 0; a--) {
    const moving = outs[a].filter(i => outs[i].length && before(i) > rank[i]);
    if (moving.length < 2) continue;
    const ends = [...new Set([...moving, ...moving.flatMap(i => ins[i])])], all = () => ends.reduce((sum, i) => sum + bends(i), 0);
    const stood = moving.map(i => rank[i]), were = all();
    for (const i of moving) rank[i] = before(i);
    if (all() >= were) moving.forEach((i, k) => rank[i] = stood[k]);
  }
  follow(i => !ins[i].length);
  return rank;
}

// What stands in the ranks: the things, numbered as they are, and behind them the bends of their edges.
//
// Gives for each item its rank, its height h, the margin around it, its order in its rank and its y, both yet to be found; `ranks`,
// the items of each, in an order to begin with; `chains`, for each thing its own item, then its bends; and the items to the left
// and to the right of each: to[start[i]] up to to[start[i + 1]].
function withBends(sizes, rank, ins, outs) {
  const count = sizes.length, rankOf = [...rank], chains = sizes.map((_, i) => [i]), from = [], to = [];
  const ranks = Array.from({ length: Math.max(0, ...rank) + 1 }, () => []), order = depthFirst(ins, outs);
  const join = (a, b) => {
    from.push(a);
    to.push(b);
  };
  for (const i of order) ranks[rank[i]].push(i);
  for (const i of order) {
    const last = Math.max(...outs[i].map(b => rank[b])), chain = chains[i];
    for (let r = rank[i] + 1; r < last; r++) {
      const bend = rankOf.push(r) - 1;
      ranks[r].push(bend);
      join(chain.at(-1), bend);
      chain.push(bend);
    }
    for (const b of outs[i]) join(chain[rank[b] - rank[i] - 1], b);
  }
  const items = rankOf.length, beside = (from, to) => {
    const start = new Int32Array(items + 1), found = new Int32Array(to.length);
    for (const i of from) start[i + 1]++;
    for (let i = 0; i < items; i++) start[i + 1] += start[i];
    const next = start.slice();
    from.forEach((i, e) => found[next[i]++] = to[e]);
    return { start, to: found };
  };
  return {
    count, ranks: ranks.map(r => Int32Array.from(r)), chains, rankOf, left: beside(to, from), right: beside(from, to),
    h: Float64Array.from(rankOf, (_, i) => sizes[i]?.h ?? 3), margin: Float64Array.from(rankOf, (_, i) => i < count ? sizes[i].margin ?? 14 : 8),
    order: new Int32Array(items), y: new Float64Array(items),
  };
}

// Everything, operands before what is made of them, each result's operands together.
function depthFirst(ins, outs) {
  const met = ins.map(() => false), order = [];
  const ends = ins.map((_, i) => i).filter(i => !outs[i].length).reverse();
  for (const end of ends) {
    const open = [[end, 0]];
    met[end] = true;
    while (open.length) {
      const here = open.at(-1), next = ins[here[0]][here[1]++];
      if (next === undefined) order.push(open.pop()[0]);
      else if (!met[next]) {
        met[next] = true;
        open.push([next, 0]);
      }
    }
  }
  return order;
}

// Brings the items of each rank into an order with few crossings; gives how many are left. What a sweep or an exchange looks at
// is looked at again only where something has moved since.
function ordered({ ranks, left, right, order }) {
  const items = order.length, sweeps = items > 8000 ? 6 : items > 1500 ? 12 : 28, rounds = items > 8000 ? 2 : 8;
  const ends = { left: new Int32Array(left.to.length), right: new Int32Array(right.to.length) }, next = new Int32Array(items);
  const mean = new Float64Array(items), tree = new Int32Array(2 * 2 ** Math.ceil(Math.log2(Math.max(2, ...ranks.map(r => r.length)))));
  let now = 0;
  const moved = ranks.map(() => 0), still = { left: ranks.map(() => -1), right: ranks.map(() => -1), both: ranks.map(() => -1) };
  const counted = ranks.map(() => -1), counts = ranks.map(() => 0);
  const since = (then, ...near) => near.some(r => moved[r] > then);
  const number = (r, k) => {
    r.forEach((i, n) => order[i] = n);
    moved[k] = ++now;
  };

  // The places of what stands to a side of a rank's items, ascending for each item.
  const look = (k, side) => {
    const here = side === "left" ? left : right, there = side === "left" ? right : left, { [side]: places } = ends;
    for (const i of ranks[k]) next[i] = here.start[i];
    for (const j of ranks[side === "left" ? k - 1 : k + 1] ?? []) {
      const place = order[j];
      for (let e = there.start[j]; e < there.start[j + 1]; e++) places[next[there.to[e]]++] = place;
    }
  };

  // Sorts a rank by the mean places of what stands to a side.
  const sweep = (k, side) => {
    const r = ranks[k], { start, to } = side === "left" ? left : right;
    if (!since(still[side][k], k, side === "left" ? k - 1 : k + 1)) return;
    for (const i of r) {
      let sum = 0;
      for (let e = start[i]; e < start[i + 1]; e++) sum += order[to[e]];
      mean[i] = start[i] < start[i + 1] ? sum / (start[i + 1] - start[i]) : order[i];
    }
    let sorted = true;
    for (let n = 1; sorted && n < r.length; n++) sorted = mean[r[n - 1]] <= mean[r[n]];
    if (sorted) return still[side][k] = now;
    r.sort((a, b) => mean[a] - mean[b] || order[a] - order[b]);
    number(r, k);
  };

  // How many crossings fewer there are if two that stand side by side are exchanged.
  const gain = ({ start }, places, a, b) => {
    const first = start[b], behind = start[b + 1];
    let sum = 0, below = first, upTo = first;
    for (let e = start[a]; e < start[a + 1]; e++) {
      const place = places[e];
      while (below < behind && places[below] < place) below++;
      while (upTo < behind && places[upTo] <= place) upTo++;
      sum += below - first - (behind - upTo);
    }
    return sum;
  };

  // Exchanges two that stand side by side wherever their edges then cross less.
  const exchange = () => {
    for (let better = true, round = 0; better && round < rounds; round++) {
      better = false;
      ranks.forEach((r, k) => {
        if (!since(still.both[k], k - 1, k, k + 1)) return;
        look(k, "left");
        look(k, "right");
        let any = false;
        for (let n = 0; n + 1 < r.length; n++) {
          const a = r[n], b = r[n + 1];
          if (gain(left, ends.left, a, b) + gain(right, ends.right, a, b) <= 0) continue;
          r[n] = b;
          r[n + 1] = a;
          any = true;
        }
        if (any) number(r, k);
        else still.both[k] = now;
        better ||= any;
      });
    }
  };

  // How many pairs of edges cross between a rank and the next: those in the wrong order, by a tree of how many went where.
  const crossings = k => {
    if (!since(counted[k], k, k + 1)) return counts[k];
    look(k, "right");
    let leaves = 1, found = 0;
    while (leaves < ranks[k + 1].length) leaves *= 2;
    tree.fill(0, 0, 2 * leaves);
    for (const i of ranks[k]) for (let e = right.start[i]; e < right.start[i + 1]; e++) {
      for (let at = ends.right[e] + leaves; at >= 1; at >>= 1) {
        tree[at]++;
        if (at % 2 === 0) found += tree[at + 1];
      }
    }
    counted[k] = now;
    return counts[k] = found;
  };
  const all = () => ranks.slice(1).reduce((sum, _, k) => sum + crossings(k), 0);

  let fewest = Infinity, kept = ranks.map(r => r.slice());
  const seen = [], repeats = n => n > 7 && [1, 2, 3, 4].every(back => seen[n - back] === seen[n - back - 4]);
  ranks.forEach(number);
  for (let n = 0; n < sweeps && fewest && !repeats(n); n++) {
    for (let q = 1; q < ranks.length; q++) n % 2 ? sweep(ranks.length - 1 - q, "right") : sweep(q, "left");
    if (n % 4 > 1) exchange();
    const count = seen[n] = all();
    if (count < fewest) {
      fewest = count;
      kept = ranks.map(r => r.slice());
    }
  }
  kept.forEach((r, k) => number(ranks[k] = r, k));
  exchange();
  return all();
}

const PULLS = [3, 2, 30]; // between two things, a thing and a bend, two bends

// Gives every item its height. What an item wants is the mean of its neighbours' heights; a bend wants to be level with its
// chain above all. Isotonic regression then finds the heights nearest to what a whole rank wants.
function settled({ count, ranks, left, right, h, margin, y }) {
  const widest = Math.max(0, ...ranks.map(r => r.length));
  const offset = new Float64Array(y.length), wanted = new Float64Array(widest), weights = new Float64Array(widest).fill(1);
  const sums = new Float64Array(widest), weigh = new Float64Array(widest), ends = new Int32Array(widest); // of blocks that touch
  for (const r of ranks) for (let n = 1; n < r.length; n++) {
    const a = r[n - 1], b = r[n];
    offset[b] = offset[a] + (h[a] + h[b]) / 2 + (margin[a] + margin[b]) / 2;
  }
  // Sets the heights of a rank: as near as can be to those wanted, while the order and the room between stay.
  const spread = r => {
    let blocks = 0;
    for (let n = 0; n < r.length; n++) {
      let sum = (wanted[n] - offset[r[n]]) * weights[n], weight = weights[n];
      for (; blocks && sums[blocks - 1] / weigh[blocks - 1] > sum / weight; blocks--) {
        sum += sums[blocks - 1];
        weight += weigh[blocks - 1];
      }
      sums[blocks] = sum;
      weigh[blocks] = weight;
      ends[blocks++] = n;
    }
    for (let k = 0, n = 0; k < blocks; k++) for (; n <= ends[k]; n++) y[r[n]] = sums[k] / weigh[k] + offset[r[n]];
  };
  let sum, weight;
  const pulled = (i, { start, to }) => {
    for (let e = start[i]; e < start[i + 1]; e++) {
      const pull = PULLS[(i >= count) + (to[e] >= count)];
      weight += pull;
      sum += pull * y[to[e]];
    }
  };
  ranks.forEach(spread);
  const rounds = y.length > 8000 ? 6 : 24;
  for (let round = 0; round < rounds; round++) {
    const side = round % 2 ? right : left, other = round % 2 ? left : right, last = round > rounds - 5;
    for (let q = 0; q < ranks.length; q++) {
      const r = ranks[round % 2 ? ranks.length - 1 - q : q];
      r.forEach((i, n) => {
        sum = weight = 0;
        pulled(i, side);
        const asked = weight > 0;
        if (last || !asked) pulled(i, other);
        wanted[n] = weight ? sum / weight : y[i];
        weights[n] = asked || (last && weight) ? Math.min(weight, 60) : 0.2;
      });
      spread(r);
    }
  }
}

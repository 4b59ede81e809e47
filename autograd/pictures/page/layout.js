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
  const { ins, outs } = neighbours(sizes.length, edges);
  const rank = ranksOf(ins, outs);
  const items = [], ranks = Array.from({ length: Math.max(0, ...rank) + 1 }, () => []);
  const chains = withBends(sizes, rank, ins, outs, items, ranks);
  const crossings = ordered(items, ranks);
  settled(items, ranks);

  const widths = ranks.map(r => Math.max(...r.map(i => items[i].thing < 0 ? 0 : sizes[items[i].thing].w)));
  const tops = items.map(item => item.y - item.h / 2), bottoms = items.map(item => item.y + item.h / 2);
  const top = Math.min(...tops), level = Math.max(...bottoms) - top;
  const wide = widths.reduce((sum, w) => sum + w + ROOM_BETWEEN_RANKS, 0);
  const stretch = Math.max(1, Math.min(2, wide / shape / Math.max(level, 1)));
  for (const item of items) item.y = (item.y - top) * stretch;

  let x = 0, widest = 0, row = 0;
  const left = [], right = [], down = []; // of each rank
  const rows = rowsFor(wide, level, shape, ranks.length), perRow = wide / rows;
  for (let r = 0; r < ranks.length; r++) {
    if (row + 1 < rows && x > perRow) { // a chain that is much longer than the room is goes on in a new line
      x = 0;
      row++;
    }
    const steepest = x ? Math.max(0, ...ranks[r - 1].flatMap(a => items[a].right.map(b => Math.abs(items[a].y - items[b].y)))) : 0;
    x += x ? (ranks.length > 10 ? 0.8 : 1) * ROOM_BETWEEN_RANKS + Math.min(48, 0.09 * steepest) : 0;
    left[r] = x;
    right[r] = x += widths[r];
    down[r] = row * (level * stretch + ROOM_BETWEEN_ROWS);
    widest = Math.max(widest, x);
  }
  return {
    at: sizes.map((_, i) => {
      const item = items[chains[i][0]];
      return { x: right[rank[i]], y: item.y + down[rank[i]], rank: rank[i], order: item.order };
    }),
    bends(from, to) {
      const [a, b] = rank[from] < rank[to] ? [from, to] : [to, from];
      const bends = chains[a].slice(1, rank[b] - rank[a]).map(i => [left[items[i].rank], right[items[i].rank], items[i].y + down[items[i].rank]]);
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
  const ins = Array.from({ length: count }, () => new Set()), outs = Array.from({ length: count }, () => new Set());
  for (const [from, to] of edges) {
    if (from === to) continue;
    outs[Math.min(from, to)].add(Math.max(from, to));
    ins[Math.max(from, to)].add(Math.min(from, to));
  }
  return { ins: ins.map(set => [...set]), outs: outs.map(set => [...set]) };
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

// Fills `items` (things, and the bends of their edges: thing -1) and `ranks` (the items of each, in an order to begin with).
// Gives the chain of each thing: its own item, then its bends.
function withBends(sizes, rank, ins, outs, items, ranks) {
  const chains = [];
  const add = (r, thing, h, margin) => {
    items.push({ rank: r, thing, h, margin, left: [], right: [], order: ranks[r].length, y: 0 });
    ranks[r].push(items.length - 1);
    return items.length - 1;
  };
  const join = (a, b) => {
    items[a].right.push(b);
    items[b].left.push(a);
  };
  const order = depthFirst(ins, outs);
  for (const i of order) chains[i] = [add(rank[i], i, sizes[i].h, sizes[i].margin ?? 14)];
  for (const i of order) {
    const last = Math.max(...outs[i].map(b => rank[b]));
    for (let r = rank[i] + 1; r < last; r++) {
      const bend = add(r, -1, 3, 8);
      join(chains[i].at(-1), bend);
      chains[i].push(bend);
    }
    for (const b of outs[i]) join(chains[i][rank[b] - rank[i] - 1], chains[b][0]);
  }
  return chains;
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

// Brings the items of each rank into an order with few crossings; gives how many are left.
function ordered(items, ranks) {
  const sweeps = items.length > 8000 ? 6 : items.length > 1500 ? 12 : 28, rounds = items.length > 8000 ? 2 : 8;
  let fewest = Infinity, kept = ranks.map(r => r.slice());
  const number = r => r.forEach((i, n) => items[i].order = n);
  ranks.forEach(number);
  for (let sweep = 0; sweep < sweeps && fewest; sweep++) {
    const rightwards = sweep % 2 === 0;
    for (let q = 1; q < ranks.length; q++) {
      const r = ranks[rightwards ? q : ranks.length - 1 - q];
      for (const i of r) {
        const beside = rightwards ? items[i].left : items[i].right;
        items[i].mean = beside.length ? beside.reduce((sum, j) => sum + items[j].order, 0) / beside.length : items[i].order;
      }
      r.sort((a, b) => items[a].mean - items[b].mean || items[a].order - items[b].order);
      number(r);
    }
    if (sweep % 4 > 1) exchanged(items, ranks, rounds);
    const count = crossingsOf(items, ranks);
    if (count < fewest) {
      fewest = count;
      kept = ranks.map(r => r.slice());
    }
  }
  kept.forEach((r, k) => number(ranks[k] = r));
  exchanged(items, ranks, rounds);
  return crossingsOf(items, ranks);
}

// Exchanges two that stand side by side wherever their edges then cross less.
function exchanged(items, ranks, rounds) {
  const gain = (a, b, side) => {
    const p = items[a][side], q = items[b][side];
    let sum = 0;
    for (const x of p) for (const y of q) sum += Math.sign(items[x].order - items[y].order);
    return sum;
  };
  for (let better = true; better && rounds > 0; rounds--) {
    better = false;
    for (const r of ranks) {
      for (let n = 0; n + 1 < r.length; n++) {
        const a = r[n], b = r[n + 1];
        if (items[a].left.length * items[b].left.length + items[a].right.length * items[b].right.length > 4000) continue;
        if (gain(a, b, "left") + gain(a, b, "right") <= 0) continue;
        r[n] = b;
        r[n + 1] = a;
        items[b].order = n;
        items[a].order = n + 1;
        better = true;
      }
    }
  }
}

// How many pairs of edges cross: between two ranks, the pairs in the wrong order, counted by a Fenwick tree.
function crossingsOf(items, ranks) {
  let crossings = 0;
  for (let r = 0; r + 1 < ranks.length; r++) {
    const width = ranks[r + 1].length, tree = new Int32Array(width + 1);
    let seen = 0;
    for (const i of ranks[r]) {
      const ends = items[i].right.map(j => items[j].order);
      for (const end of ends) {
        let before = 0;
        for (let j = end + 1; j > 0; j -= j & -j) before += tree[j];
        crossings += seen - before;
      }
      for (const end of ends) for (let j = end + 1; j <= width; j += j & -j) tree[j]++;
      seen += ends.length;
    }
  }
  return crossings;
}

// Gives every item its height. What an item wants is the mean of its neighbours' heights; a bend wants to be level with its
// chain above all. Isotonic regression then finds the heights nearest to what a whole rank wants.
function settled(items, ranks) {
  const bend = i => items[i].thing < 0;
  const pull = (i, j) => bend(i) && bend(j) ? 30 : bend(i) || bend(j) ? 2 : 3;
  for (const r of ranks) spread(items, r, r.map(() => 0), r.map(() => 1));
  const rounds = items.length > 8000 ? 6 : 24;
  for (let round = 0; round < rounds; round++) {
    for (let q = 0; q < ranks.length; q++) {
      const r = ranks[round % 2 ? ranks.length - 1 - q : q];
      const wanted = [], weights = [];
      for (const i of r) {
        const side = round > rounds - 5 ? [...items[i].left, ...items[i].right] : round % 2 ? items[i].right : items[i].left;
        let sum = 0, weight = 0;
        for (const j of side.length ? side : [...items[i].left, ...items[i].right]) {
          weight += pull(i, j);
          sum += pull(i, j) * items[j].y;
        }
        wanted.push(weight ? sum / weight : items[i].y);
        weights.push(side.length ? Math.min(weight, 60) : 0.2);
      }
      spread(items, r, wanted, weights);
    }
  }
}

// Sets the heights of a rank: as near as can be to those wanted, while the order and the room between stay.
function spread(items, r, wanted, weights) {
  const offset = [0];
  for (let n = 1; n < r.length; n++) {
    const a = items[r[n - 1]], b = items[r[n]];
    offset[n] = offset[n - 1] + (a.h + b.h) / 2 + (a.margin + b.margin) / 2;
  }
  const blocks = [];
  r.forEach((_, n) => {
    let block = { sum: (wanted[n] - offset[n]) * weights[n], weight: weights[n], count: 1 };
    while (blocks.length && blocks.at(-1).sum / blocks.at(-1).weight > block.sum / block.weight) {
      const last = blocks.pop();
      block = { sum: block.sum + last.sum, weight: block.weight + last.weight, count: block.count + last.count };
    }
    blocks.push(block);
  });
  let n = 0;
  for (const { sum, weight, count } of blocks) for (let k = 0; k < count; k++, n++) items[r[n]].y = sum / weight + offset[n];
}

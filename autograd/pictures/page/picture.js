// The graph as it stands on the page: what is drawn at each level of folding, where, and how it looks at a step.
//
// A Level shows the inside of one group, or of the whole graph: nodes, and groups that are closed. An open group shows a level
// of its own, drawn small inside its box, so that nothing around it moves; the view then flies in.

const SHAPE_OF_SIGN = 28, NUMBER_ROOM = 66, LEAF_ROOM = 60, FLAT_MOST = 400, REPEATED_FROM = 6;
const MOST_WITH_LEAVES = 60, MOST_LEAVES_OF_GROUP = 4; // of larger levels and groups, the leaves are counted
const LEGIBLE = 0.75; // the scale from which a graph is easily read
const MOST_SIDE_BY_SIDE = 4; // uses of one operand by one operation that have a line each
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

const measured = (() => {
  const ink = document.createElement("canvas").getContext("2d"), widths = new Map();
  return (text, font) => {
    const key = font + text;
    if (!widths.has(key)) {
      ink.font = font;
      widths.set(key, ink.measureText(text).width);
    }
    return widths.get(key);
  };
})();
const fontOf = (size, family, style = "") => `${style} ${size}px ${getComputedStyle(document.documentElement).getPropertyValue(family)}`;

// ------------------------------------------------------------------------------------------------ what is drawn

class Thing {
  constructor(level, kind, id) {
    this.level = level;
    this.kind = kind; // "constant", "leaf", "operation", "group", "port"
    this.id = id; // of the node, or of the group
    const { page } = level.picture;
    if (kind === "group") this.measureGroup(page);
    else this.measureNode(page);
  }

  measureNode({ graph, frames, names, symbols }) {
    this.part = this.level.picture.page.partOf(this.id);
    const parts = names.parts[this.id], label = measured(parts.word, fontOf(18, "--serif", parts.plain ? "" : "italic")) + (parts.below ? 2 + measured(parts.below, fontOf(12, "--serif")) : 0);
    if (this.kind === "constant") Object.assign(this, { w: measured(parts.word, fontOf(13, "--sans")) + 4, h: 18, margin: 6 });
    else if (this.kind === "port") Object.assign(this, { w: label + 12, h: 24, margin: 4 });
    else if (this.kind === "leaf") Object.assign(this, this.slim ? { w: 10 + label + 2 * NUMBER_ROOM, h: 22, margin: 6 } : { w: 14 + label + LEAF_ROOM, h: 40, margin: 6 });
    else {
      const op = graph.opOf(this.id), operands = graph.operandsOf(this.id);
      const exponent = op === "pow" && graph.isConstant(operands[1]) ? graph.values[operands[1]] : NaN;
      this.folded = Number.isInteger(exponent) && exponent >= 0 && exponent < 10 ? 1 : -1; // the operand that stands in the sign
      this.sign = this.folded === 1 ? `x${SUPERSCRIPTS[exponent]}` : op === "square" ? "x²" : op === "sqrt" ? "√" : op === "abs" ? "|x|" : op === "dot" ? "Σ×" : op === "neg" ? "−" : op === "where" && operands.length === 1 ? "=" : symbols[op] ?? op;
      this.word = this.sign.length > 2;
      const count = operands.length - (this.folded === 1);
      this.signW = Math.max(SHAPE_OF_SIGN, this.word ? measured(this.sign, fontOf(13, "--serif")) + 18 : 0);
      this.signH = Math.max(SHAPE_OF_SIGN, count > 2 ? Math.min(9 * count + 8, 120) : 0);
      this.bare = !!parts.unnamed;
      this.boxW = this.bare ? 0 : 14 + label + NUMBER_ROOM;
      this.w = this.bare ? Math.max(this.signW, 50) : this.signW + 9 + this.boxW;
      this.h = this.bare ? this.signH + 34 : Math.max(44, this.signH);
      this.margin = 14;
    }
    if (this.kind !== "constant" && frames.sharesOf(this.id) > 1) this.margin += 12; // for the pips
  }

  measureGroup(page) {
    const { times, operations } = page.groups[this.id];
    this.title = page.nameInside(this.id) + (times > 1 ? ` × ${times.toLocaleString("en")}` : "");
    this.count = `${operations.toLocaleString("en")} operation${operations === 1 ? "" : "s"}`;
    const widest = Math.max(measured(this.title, fontOf(16, "--serif")), measured(`${this.count} on ${page.graph.count.toLocaleString("en")} numbers`, fontOf(12, "--sans")), 150);
    const inside = Math.min(2.2, 1 + Math.sqrt(operations) / 40); // what holds more is larger
    Object.assign(this, { w: (widest + 28) * inside, h: 88 * inside, margin: 18, signW: 0, scale: inside });
  }

  get out() { return this.bare ? this.x - (this.w - this.signW) / 2 : this.x; } // where edges leave
  get in() { return this.bare ? this.out - this.signW : this.x - this.w; } // where they come in
  get inHeight() { return this.kind === "operation" ? this.signH : this.h - 20; }
}

// ------------------------------------------------------------------------------------------------ one level

class Level {
  constructor(picture, group, parent) {
    Object.assign(this, { picture, group, parent, things: [], edges: [], ofNode: new Map(), ofGroup: new Map() });
    if (picture.page.summary) this.collectGroups();
    else this.collect();
    this.arrange();
  }

  // Which things this level shows, and which edges between them.
  collect() {
    const { page, flat } = this.picture, { graph, groups, groupOf } = page;
    const add = thing => this.things.push(thing) && thing;
    const members = flat ? page.drawn : page.membersOf(this.group);
    const wanted = [...Array.from(members, i => [i, "node", i]), ...(flat ? [] : groups[this.group].children.map(g => [groups[g].first, "group", g]))];
    wanted.sort((a, b) => a[0] - b[0]);
    const own = new Set(); // the leaves of this level
    for (const [, what, id] of wanted) {
      if (what === "group") this.ofGroup.set(id, add(new Thing(this, "group", id)));
      else if (graph.isOperation(id)) this.ofNode.set(id, add(new Thing(this, "operation", id)));
      else own.add(id);
    }
    const made = [...this.things], found = new Map(made.map(thing => [thing, new Map()])); // edges by the things they join
    const join = (from, to, edge) => {
      if (!found.has(from)) found.set(from, new Map());
      if (!found.get(from).has(to)) found.get(from).set(to, []);
      found.get(from).get(to).push(edge);
    };
    const nodesOf = thing => thing.kind === "group" ? page.nodesWithin(thing.id) : [thing.id];
    const showing = new Uint32Array(graph.count), met = new Uint32Array(graph.count); // by node: the thing that shows it, from 1; the last to use it
    made.forEach((thing, k) => { for (const i of nodesOf(thing)) showing[i] = k + 1; });
    const outside = new Map(), uses = new Map(); // leaf: {thing: edges}
    made.forEach((thing, k) => {
      const leaves = new Map(), isGroup = thing.kind === "group", most = flat ? Infinity : made.length > MOST_WITH_LEAVES ? 0 : isGroup ? MOST_LEAVES_OF_GROUP : Infinity;
      let given = 0;
      for (const user of nodesOf(thing)) for (let e = graph.start[user]; e < graph.start[user + 1]; e++) {
        const operand = graph.parents[e];
        if (thing.folded === e - graph.start[user]) continue;
        if (graph.isConstant(operand)) {
          if (isGroup) continue;
          const number = new Thing(this, "constant", operand);
          outside.set(`edge ${e}`, number);
          join(number, thing, e);
        } else if (!graph.isOperation(operand)) {
          if (met[operand] !== k + 1) {
            met[operand] = k + 1;
            if (++given <= most) leaves.set(operand, []);
          }
          if (given <= most) leaves.get(operand).push(e);
        } else if (showing[operand] !== k + 1) {
          const from = made[showing[operand] - 1] ?? outside.get(operand) ?? new Thing(this, "port", operand);
          if (from.kind === "port") outside.set(operand, from);
          join(from, thing, e);
        }
      }
      if (given > most) thing.given = given;
      else for (const [leaf, edges] of leaves) {
        if (!uses.has(leaf)) uses.set(leaf, new Map());
        uses.get(leaf).set(thing, edges);
      }
    });
    const leaves = [];
    for (const [leaf, by] of [...uses].sort((a, b) => a[0] - b[0])) {
      if (!own.has(leaf) || (made.length > MOST_WITH_LEAVES && by.size > REPEATED_FROM)) { // a shared parameter stands at each of its uses
        for (const [thing, edges] of by) {
          const port = new Thing(this, own.has(leaf) ? "port" : "leaf", leaf);
          leaves.push(port);
          for (const e of edges) join(port, thing, e);
        }
        continue;
      }
      const thing = new Thing(this, "leaf", leaf);
      this.ofNode.set(leaf, thing);
      leaves.push(thing);
      for (const [to, edges] of by) for (const e of edges) join(thing, to, e);
    }
    if (flat) for (const leaf of own) if (!uses.has(leaf)) leaves.push(new Thing(this, "leaf", leaf)) && this.ofNode.set(leaf, leaves.at(-1));
    this.things.unshift(...leaves, ...outside.values());
    this.things.forEach((thing, k) => thing.index = k);
    for (const [from, both] of found) for (const [to, edges] of both) this.connect(from, to, edges);
  }

  // One line for all that joins groups; between two nodes one for each edge: in x × x there are two.
  connect(from, to, edges) {
    const apart = from.kind !== "group" && to.kind === "operation" && edges.length <= MOST_SIDE_BY_SIDE;
    for (const one of apart ? edges.map(e => [e]) : [edges]) this.edges.push({ from, to, edges: one });
  }

  // The thing of this level that shows a node: itself, or the group it is in; undefined for a node from outside.
  thingShowing(node) {
    const here = this.ofNode.get(node);
    if (here || this.picture.flat) return here;
    const { groups, groupOf } = this.picture.page;
    for (let g = groupOf[node]; g > 0; g = groups[g].parent) {
      const found = this.ofGroup.get(g);
      if (found) return found;
      if (g === this.group) return undefined;
    }
    return undefined;
  }

  arrange() {
    const started = performance.now(), { shape, height } = this.picture;
    const joined = new Map(this.edges.map(({ from, to }) => [from.index * this.things.length + to.index, [from.index, to.index]]));
    const lay = () => layered(this.things, [...joined.values()], shape);
    let found = lay();
    if (found.height * LEGIBLE > height && found.width < shape * found.height && this.slimmed(found)) found = lay();
    this.things.forEach((thing, k) => Object.assign(thing, found.at[k]));
    Object.assign(this, { width: found.width, height: found.height, crossings: found.crossings });

    const into = new Map(); // operands come into a sign in the order in which they lie
    for (const edge of this.edges) {
      edge.bends = found.bends(edge.from.index, edge.to.index);
      edge.last = edge.bends.at(-1)?.[2] ?? edge.from.y;
      into.set(edge.to, (into.get(edge.to) ?? []).concat([edge]));
    }
    for (const [to, edges] of into) {
      edges.sort((a, b) => a.last - b.last || a.edges[0] - b.edges[0]);
      const apart = edges.length > 1 ? Math.min(9, (to.inHeight - 10) / (edges.length - 1)) : 0;
      edges.forEach((edge, k) => edge.port = (k - (edges.length - 1) / 2) * apart);
    }
    for (const edge of this.edges) this.route(edge);
    this.ms = performance.now() - started;
  }

  // Where a level is too tall to read and has room beside it, leaves of its long columns become lines of text. Tells whether any did.
  slimmed({ at, height }) {
    const columns = new Map();
    this.things.forEach((thing, k) => { if (thing.kind === "leaf") columns.set(at[k].rank, [...(columns.get(at[k].rank) ?? []), thing]); });
    const tall = [...columns.values()].filter(column => column.reduce((sum, { h, margin }) => sum + h + margin, 0) > height / 2).flat();
    for (const thing of tall) thing.measureNode(this.picture.page, thing.slim = true);
    return tall.length > 0;
  }

  // The path of an edge: curves between its level pieces.
  route(edge) {
    const { from, to } = edge;
    let x = from.out + 1, y = from.y, path = `M${x.toFixed(1)} ${y.toFixed(1)}`;
    const curve = (endX, endY) => {
      if (endX < x && Math.abs(endY - y) > 1) { // on to the next line: out to the right, back below, and in from the left
        const between = ((y + endY) / 2).toFixed(1);
        path += `h10q8 0 8 8V${between - 8}q0 8 -8 8H${(endX - 10).toFixed(1)}q-8 0 -8 8V${(endY - 8).toFixed(1)}q0 8 8 8H${endX.toFixed(1)}`;
        [x, y] = [endX, endY];
        return;
      }
      const half = (endX - x) / 2;
      path += `C${(x + half).toFixed(1)} ${y.toFixed(1)} ${(endX - half).toFixed(1)} ${endY.toFixed(1)} ${endX.toFixed(1)} ${endY.toFixed(1)}`;
      [x, y] = [endX, endY];
    };
    for (const [left, right, height] of edge.bends) {
      curve(left, height);
      path += `L${right.toFixed(1)} ${height.toFixed(1)}`;
      x = right;
    }
    // a sign has round ends: further from its middle, an edge goes on a little
    const straight = to.inHeight / 2 - 13, beyond = Math.abs(edge.port) - straight;
    const round = to.kind === "operation" && beyond > 0 ? 13 - Math.sqrt(Math.max(0, 169 - beyond * beyond)) : 0;
    curve(to.in + round - 1, to.y + edge.port);
    Object.assign(edge, { path, tip: [x, y] });
  }
}

// ------------------------------------------------------------------------------------------------ how things look

// What a level shows is made once; afterwards only texts and classes change.
Level.prototype.draw = function (into) {
  this.layer = element("g", { class: "level" }, into);
  const edges = element("g", {}, this.layer);
  this.lit = element("g", {}, this.layer);
  const things = element("g", {}, this.layer);
  this.notes = element("g", { class: "notes" }, this.layer);
  const { frames } = this.picture.page;
  this.ofEdge = new Map();
  for (const edge of this.edges) {
    edge.line = element("path", { class: "edge", d: edge.path }, edges);
    const wide = element("path", { class: "reach", d: edge.path }, edges);
    wide.onpointerenter = () => this.picture.pointAtEdge(this, edge);
    wide.onpointerleave = () => this.picture.pointAtEdge(this, null);
    for (const e of edge.edges) this.ofEdge.set(e, edge);
  }
  this.follow(frames);
  for (const thing of this.things) DRAW[thing.kind](thing, element("g", { transform: `translate(${thing.x} ${thing.y})`, class: thing.kind, tabindex: -1, role: "button" }, things), this.picture.page);
  for (const thing of this.things) {
    thing.g.dataset.thing = thing.index;
    thing.g.thing = thing;
    if (thing.kind !== "group") element("title", {}, thing.g).textContent = this.picture.page.names.texts[thing.id];
  }
  this.drawDerivatives();
};

// When each edge is made, and when it has been travelled back: after the frames have changed.
Level.prototype.follow = function (frames) {
  for (const edge of this.edges) {
    edge.made = Math.min(...edge.edges.map(e => frames.madeAt[frames.graph.userOf[e]]));
    edge.travelled = Math.max(...edge.edges.map(e => frames.stepOfEdge[e] || 0)) || Infinity;
  }
};

const DRAW = {
  constant(thing, g, { names }) {
    thing.g = g;
    thing.value = element("text", { x: -2, y: 5, class: "value number" }, g);
    written(thing.value, names.parts[thing.id].word);
  },
  port(thing, g, { names }) {
    thing.g = g;
    label(names.parts[thing.id], element("text", { class: "label", x: 6 - thing.w, y: 6 }, g));
  },
  leaf(thing, g, { names }) {
    thing.g = g;
    const { slim, w, h } = thing, right = slim ? -4 - NUMBER_ROOM : -8, base = slim ? 5 : -3; // of the value: the adjoint stands beside it, or below
    element("rect", { class: "box", x: -w, y: -h / 2, width: w, height: h, rx: 6 }, g);
    if (slim) element("line", { class: "stem", x1: right + 6, x2: 0, y1: 0, y2: 0 }, g);
    label(names.parts[thing.id], element("text", { class: "label", x: 8 - w, y: slim ? 4 : 6 }, g));
    thing.value = element("text", { class: "value number", x: right, y: base }, g);
    element("line", { class: "handle", x1: right - 40, x2: right, y1: base + 4.5, y2: base + 4.5 }, g);
    thing.adjoint = element("text", { class: "adjoint number", x: -8, y: slim ? base : 15 }, g);
    element("rect", { class: "drag", x: right - 50, y: base - 17, width: 58, height: 22, "data-drag": thing.id }, g);
    pips(thing, g, -10, h / 2 + 5);
  },
  operation(thing, g, { names }) {
    thing.g = g;
    const middle = thing.in - thing.x + thing.signW / 2, half = thing.signH / 2, { boxW } = thing;
    if (boxW) element("line", { class: "stem", x1: -boxW - 9, x2: -boxW, y1: 0, y2: 0 }, g);
    element("rect", { class: "sign", x: middle - thing.signW / 2, y: -half, width: thing.signW, height: thing.signH, rx: 14 }, g);
    written(element("text", { class: thing.word ? "symbol word" : "symbol", x: middle, y: 5 }, g), thing.sign);
    if (boxW) element("rect", { class: "box", x: -boxW, y: -22, width: boxW, height: 44, rx: 7 }, g);
    const beside = thing.nameBeside = thing.bare && thing.level.isCrowdedAbove(thing);
    label(names.parts[thing.id], element("text", { class: beside ? "label beside" : "label", x: boxW ? 11 - boxW : beside ? middle - 29 : middle, y: boxW ? 6 : beside ? -half - 6 : -half - 22 }, g));
    thing.value = element("text", { class: "value number", x: boxW ? -10 : middle, y: boxW ? -4 : -half - 6 }, g);
    thing.adjoint = element("text", { class: "adjoint number", x: boxW ? -10 : middle, y: boxW ? 14 : half + 16 }, g);
    element("rect", { class: "drag", x: boxW ? -60 : middle - 25, y: boxW ? -22 : -half - 20, width: boxW ? 60 : 50, height: boxW ? 22 : 20, "data-drag": thing.id }, g);
    pips(thing, g, boxW ? -12 : middle + 3, boxW ? 27 : half + 23);
    if (thing.bare) g.classList.add("bare");
  },
  group(thing, g, page) {
    thing.g = g;
    g.setAttribute("aria-expanded", false);
    const stacked = page.groups[thing.id].times > 1;
    if (stacked) for (const by of [8, 4]) element("rect", { class: "box behind", x: -thing.w + by, y: -thing.h / 2 - by, width: thing.w, height: thing.h, rx: 9 }, g);
    element("rect", { class: "box", x: -thing.w, y: -thing.h / 2, width: thing.w, height: thing.h, rx: 9 }, g);
    thing.inner = element("g", { class: "inner" }, g);
    thing.cover = element("g", { transform: `translate(${-thing.w} ${-thing.h / 2}) scale(${thing.scale})` }, g);
    written(element("text", { class: "title", x: 14, y: 23 }, thing.cover), thing.title);
    written(element("text", { class: "small", x: 14, y: 41 }, thing.cover), thing.count + (thing.given ? ` on ${thing.given.toLocaleString("en")} numbers` : ""));
    thing.values = element("text", { class: "small value", x: 14, y: 59 }, thing.cover);
    thing.adjoints = element("text", { class: "small adjoint", x: 14, y: 75 }, thing.cover);
    const width = thing.w / thing.scale - 28;
    element("line", { class: "rail", x1: 14, x2: 14 + width, y1: 83, y2: 83 }, thing.cover);
    thing.progress = element("line", { class: "gone", x1: 14, x2: 14, y1: 83, y2: 83 }, thing.cover);
    thing.railW = width;
  },
};

function label(parts, text) {
  const word = element("tspan", parts.plain ? { class: "plain" } : {}, text);
  word.textContent = parts.word;
  if (parts.below) element("tspan", { class: "below", dy: 4, dx: 1 }, text).textContent = parts.below;
}

// A small circle for each use of a node; those that have reported are filled.
function pips(thing, g, x, y) {
  const { frames } = thing.level.picture.page, uses = frames.sharesOf(thing.id);
  thing.pips = [];
  if (uses < 2) return;
  const shown = Math.min(uses, 7);
  for (let k = 0; k < shown; k++) thing.pips.push(element("circle", { class: "pip", r: 2.2, cx: x - (shown - 1 - k) * 7, cy: y }, g));
}

// How everything of a level looks at a step.
Level.prototype.update = function (state) {
  const { page } = this.picture, { graph, frames, names } = page, { step, at, lit } = state;
  const short = this.picture.scaleOf(this) < 0.75 ? x => number(x, Math.abs(x) < 0.01 ? 1 : Math.abs(x) < 0.1 ? 2 : 3) : number;
  for (const thing of this.things) {
    const marks = lit.get(thing) ?? "";
    if (thing.kind === "group") {
      this.updateGroup(thing, state, marks);
      continue;
    }
    const i = thing.id, made = frames.known(i, step), { value, reported } = frames.adjointAt(i, step);
    const gone = made && state.struck(i), unsure = reported && state.anyStruck;
    classed(thing.g, `${thing.kind}${thing.bare ? " bare" : thing.slim ? " slim" : ""}${made ? "" : " ghost"}${gone ? " struck" : ""}${unsure ? " unsure" : ""}${state.moved?.[i] ? " moved" : ""} ${marks}`);
    if (thing.kind !== "constant" && thing.value) written(thing.value, state.hidden === i ? "?" : made ? short(graph.values[i]) : "");
    if (thing.adjoint) written(thing.adjoint, state.hiddenAdjoint === i ? "?" : reported ? short(value) : state.back && !frames.sharesOf(i) && made ? "" : "");
    thing.pips?.forEach((pip, k) => classed(pip, `pip${state.back ? "" : " away"}${reported * thing.pips.length >= (k + 1) * frames.sharesOf(i) ? " on" : ""}`));
    const spoken = `${names.texts[i]}${made ? ` = ${state.hidden === i ? "?" : number(graph.values[i])}` : ""}${reported ? `, adjoint ${state.hiddenAdjoint === i ? "?" : number(value)}` : ""}${thing.part ? `, ${thing.part}` : ""}`;
    if (thing.spoken !== spoken) thing.g.setAttribute("aria-label", thing.spoken = spoken);
  }
  for (const edge of this.edges) classed(edge.line, `edge${edge.made > step ? " todo" : edge.travelled <= step ? " done" : ""}`);
  this.highlight(state);
  for (const level of this.open?.values() ?? []) level.update(state);
};

Level.prototype.updateGroup = function (thing, state, marks) {
  const { page } = this.picture, { step, back } = state, summary = page.summaryOf(thing.id), { frames } = page;
  const made = step >= summary.lastMade, reported = step >= summary.lastBack && back;
  classed(thing.g, `group${this.open?.has(thing.id) ? " open" : ""}${step >= summary.firstMade ? "" : " ghost"} ${marks}`);
  const range = ([low, high]) => low === high ? number(low, 3) : `${number(low, 3)} … ${number(high, 3)}`;
  written(thing.values, made ? `values ${range(summary.values)}` : "");
  written(thing.adjoints, reported && summary.adjoints ? `adjoints ${range(summary.adjoints)}` : "");
  const part = back
    ? Math.min(1, Math.max(0, (step - summary.firstBack) / Math.max(1, summary.lastBack - summary.firstBack)))
    : Math.min(1, Math.max(0, (step - summary.firstMade + 1) / (summary.lastMade - summary.firstMade + 1)));
  thing.progress.setAttribute("x2", 14 + thing.railW * part);
  classed(thing.progress, `gone ${part <= 0 ? "away" : back ? "backward" : "forward"}`);
  thing.g.setAttribute("aria-label", `${thing.title}, ${thing.count}`);
};

// ------------------------------------------------------------------------------------------------ the whole picture

class Picture {
  constructor(page, svg) {
    Object.assign(this, { page, svg, view: { k: 1, x: 0, y: 0, fitted: true } });
    this.room = element("g", { class: "room" }, svg);
    this.flat = page.drawn.length <= FLAT_MOST && !page.folded;
    this.build();
  }

  build() {
    this.room.textContent = "";
    const { width, height } = this.svg.getBoundingClientRect();
    this.height = Math.max(1, height);
    this.shape = Math.max(1, width) / this.height;
    this.root = new Level(this, 0, null);
    this.root.draw(this.room);
    this.fit();
  }

  // Lays the graph out anew where the room has become another one altogether, and nobody has opened anything. Whether it did.
  reshape() {
    const { width, height } = this.svg.getBoundingClientRect(), ratio = width / height / this.shape;
    if (width < 50 || height < 50 || (ratio > 0.5 && ratio < 2 && this.height > height / 3)) return false;
    if (this.root.open?.size || this.svg.contains(document.activeElement)) return false;
    this.build();
    return true;
  }

  levels(level = this.root) { return [level, ...[...(level.open?.values() ?? [])].flatMap(inner => this.levels(inner))]; }

  // The innermost thing on the page that shows a node.
  thingOf(node) {
    let found;
    for (let level = this.root; level; level = found?.kind === "group" ? level.open?.get(found.id) : null) found = level.thingShowing(node) ?? found;
    return found;
  }

  // ---- folding

  // Opens a group inside its box.
  open(group) {
    const chain = [];
    for (let g = group; g > 0; g = this.page.groups[g].parent) chain.unshift(g);
    let level = this.root;
    for (const g of chain) {
      const thing = level.ofGroup.get(g);
      if (!thing) return null;
      level.open ??= new Map();
      if (!level.open.has(g)) {
        const inner = new Level(this, g, level);
        const scale = Math.min((thing.w - 12) / inner.width, (thing.h - 12) / inner.height, 1);
        inner.within = { thing, scale, x: -thing.w / 2 - inner.width * scale / 2, y: -inner.height * scale / 2 };
        inner.draw(thing.inner);
        inner.layer.setAttribute("transform", `translate(${inner.within.x} ${inner.within.y}) scale(${scale})`);
        level.open.set(g, inner);
        thing.g.setAttribute("aria-expanded", true);
      }
      level = level.open.get(g);
    }
    return level;
  }

  close(group) {
    for (const level of this.levels()) {
      if (!level.open?.delete(group)) continue;
      const thing = level.ofGroup.get(group);
      thing.inner.textContent = "";
      thing.g.setAttribute("aria-expanded", false);
    }
  }

  // ---- where things are on the page

  // {k, x, y}: a point p of a level stands at p * k + (x, y) of the picture.
  placeOf(level) {
    if (!level.parent) return { k: 1, x: 0, y: 0 };
    const outer = this.placeOf(level.parent), { thing, scale, x, y } = level.within;
    return { k: outer.k * scale, x: outer.x + outer.k * (thing.x + x), y: outer.y + outer.k * (thing.y + y) };
  }
  scaleOf(level) { return this.view.k * this.placeOf(level).k; }
  boxOf(thing) {
    const { k, x, y } = this.placeOf(thing.level);
    return { left: x + k * (thing.x - thing.w), right: x + k * thing.x, top: y + k * (thing.y - thing.h / 2), bottom: y + k * (thing.y + thing.h / 2) };
  }
  get whole() { return { left: -10, right: this.root.width + 10, top: -30, bottom: this.root.height + 30 }; }

  // ---- the view: a point p of the picture stands at p * k + (x, y) of the window

  fit(kept = false) {
    const { width, height } = this.svg.getBoundingClientRect(), { left, right, top, bottom } = this.whole;
    const k = Math.min(1.2, (width - 60) / (right - left), (height - 40) / (bottom - top));
    this.look({ k, x: width / 2 - k * (left + right) / 2, y: height / 2 - k * (top + bottom) / 2, fitted: true, kept });
  }

  look(view) {
    this.view = view;
    this.room.setAttribute("transform", `translate(${view.x.toFixed(2)} ${view.y.toFixed(2)}) scale(${view.k.toPrecision(5)})`);
    for (const level of this.levels()) {
      const k = this.scaleOf(level);
      classed(level.layer, `level${k < 0.75 ? " middling" : ""}${k < 0.3 ? " distant" : ""}`);
    }
  }

  // Where somebody has looked: [x, y, k], the point of the picture in the middle of the window, and the scale; null for the
  // whole, and where the view follows the steps.
  chosenView() {
    const { k, x, y, fitted, following } = this.view, { width, height } = this.svg.getBoundingClientRect();
    return fitted || following ? null : [(width / 2 - x) / k, (height / 2 - y) / k, k];
  }
  lookAt([middleX, middleY, k]) {
    const { width, height } = this.svg.getBoundingClientRect();
    if ([middleX, middleY, k].every(Number.isFinite) && k >= 0.01 && k <= 60) this.look({ k, x: width / 2 - k * middleX, y: height / 2 - k * middleY, fitted: false });
  }

  zoom(by, x, y) {
    const { view } = this, k = Math.max(0.01, Math.min(60, view.k * by));
    this.look({ k, x: x - (x - view.x) * k / view.k, y: y - (y - view.y) * k / view.k, fitted: false });
  }

  // Flies to where a box of the picture fills the window; at once where nothing should move.
  flyTo(box, most = 1.3) {
    const { width, height } = this.svg.getBoundingClientRect(), from = this.view;
    const k = Math.min(most / this.deepest(box), (width - 80) / (box.right - box.left), (height - 60) / (box.bottom - box.top));
    const to = { k, x: width / 2 - k * (box.left + box.right) / 2, y: height / 2 - k * (box.top + box.bottom) / 2, fitted: false };
    if (this.page.still()) return this.look(to);
    const started = performance.now(), flight = this.flight = {};
    const frame = now => {
      if (flight !== this.flight) return;
      const t = Math.min(1, (now - started) / 320), u = 1 - (1 - t) ** 3, scale = from.k * (to.k / from.k) ** u;
      // the point in the middle moves evenly as seen in the window
      const share = Math.abs(to.k - from.k) < 1e-9 ? u : (scale - from.k) / (to.k - from.k);
      this.look({ k: scale, x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share, fitted: false });
      if (t < 1) requestAnimationFrame(frame);
      else {
        this.page.update();
        this.page.keepLink();
      }
    };
    requestAnimationFrame(frame);
  }
  deepest(box) { return box.scale ?? 1; }

  // Brings what a step is about into view, if it is outside. Where all of the graph is too small to read, the view follows the
  // steps, unless somebody has asked for all of it.
  bring(nodes) {
    const { k, x, y, fitted, kept, following } = this.view, follows = following || (fitted && !kept && k < (this.flat ? 0.55 : 0.3));
    if (fitted && !follows) return;
    const things = nodes.map(i => this.thingOf(i)).filter(Boolean);
    if (!things.length) {
      if (following) this.fit();
      return;
    }
    const { width, height } = this.svg.getBoundingClientRect(), boxes = things.map(thing => this.boxOf(thing));
    const left = Math.min(...boxes.map(b => b.left)), right = Math.max(...boxes.map(b => b.right));
    const top = Math.min(...boxes.map(b => b.top)), bottom = Math.max(...boxes.map(b => b.bottom));
    if (!fitted && left * k + x > 20 && right * k + x < width - 20 && top * k + y > 30 && bottom * k + y < height - 30) return;
    const near = follows ? Math.max(k, Math.min(0.8, (width - 60) / (right - left), (height - 90) / (bottom - top))) : k;
    this.look({ k: near, x: width / 2 - near * (left + right) / 2, y: height / 2 - near * (top + bottom) / 2, fitted: false, following: follows });
  }

  pointAtEdge(level, edge) {
    level.pointed = edge;
    this.page.update();
  }

  // A dot that carries a share along its edge.
  send(e) {
    if (this.page.still()) return;
    for (const level of this.levels()) {
      const edge = level.ofEdge.get(e);
      if (!edge) continue;
      const length = edge.line.getTotalLength(), started = performance.now(), dot = element("circle", { class: "runner", r: 6 }, level.notes);
      const frame = now => {
        const t = Math.min(1, (now - started) / 420), { x, y } = edge.line.getPointAtLength(length * (1 - t) ** 3);
        dot.setAttribute("cx", x);
        dot.setAttribute("cy", y);
        if (t < 1 && dot.isConnected) requestAnimationFrame(frame);
        else dot.remove();
      };
      requestAnimationFrame(frame);
    }
  }
}

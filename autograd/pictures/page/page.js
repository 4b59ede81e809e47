// The page: what is known of the program, at which step it stands, and what a hand on mouse or keyboard changes.

class Page {
  constructor(program, data) {
    const { graph, title, names, spans, at, source, asked, groups, symbols } = data, { words } = program;
    Object.assign(this, { program, data, title, spans, spanOf: at, source, asked, symbols, words });
    this.graph = new Graph(graph);
    this.recorded = this.graph.values.slice();
    this.names = new Names(this.graph, names);
    this.step = 0;
    this.speed = 1;
    this.selected = [];
    this.leaves = [];
    for (let i = 0; i < this.graph.count; i++) if (!this.graph.isOperation(i)) this.leaves.push(i);
    this.collectGroups(groups);
    this.collectDerivatives(data.derivatives);
    this.frames = new Frames(this.graph, asked, this.graph.outputs[0]);
    this.collectDrawn();
  }

  // ---- groups: the calls that nodes were made in

  collectGroups({ of, list }) {
    const { graph } = this, groups = this.groups = list.map(([name, parent, times]) => ({ name, parent, times, children: [], own: 0, operations: 0, first: Infinity }));
    this.groupOf = of;
    for (let g = 1; g < groups.length; g++) groups[groups[g].parent].children.push(g);
    for (let i = 0; i < graph.count; i++) {
      const group = groups[of[i]];
      group.own++;
      if (!graph.isOperation(i)) continue;
      if (!group.operations++) group.first = i;
    }
    for (let g = groups.length - 1; g > 0; g--) { // children come after their parents
      const parent = groups[groups[g].parent];
      parent.operations += groups[g].operations;
      parent.first = Math.min(parent.first, groups[g].first);
    }
    // The nodes in the order of groups: those of a group, and then those of the groups inside it, lie side by side.
    this.byGroup = new Uint32Array(graph.count);
    const inOrder = [], open = [0];
    for (let at = 0; open.length;) {
      const g = open.pop(), group = groups[g];
      inOrder.push(g);
      group.from = group.to = at;
      at += group.own;
      for (let k = group.children.length; k--;) open.push(group.children[k]);
    }
    for (let i = 0; i < graph.count; i++) this.byGroup[groups[of[i]].to++] = i;
    for (let k = inOrder.length; k-- > 1;) {
      const group = groups[inOrder[k]], parent = groups[group.parent];
      parent.to = Math.max(parent.to, group.to);
    }
    this.folded = groups.length > 1 && graph.count > FLAT_MOST;
  }

  collectDrawn() { // what nothing uses, and what is of no use, is not drawn
    const { graph, frames } = this;
    this.drawn = [];
    if (graph.count > 4 * FLAT_MOST) return;
    const used = new Uint8Array(graph.count);
    for (const p of graph.parents) if (p < graph.count) used[p] = 1;
    for (let i = 0; i < graph.count; i++) if (used[i] || graph.isOperation(i) || i === frames.output) this.drawn.push(i);
  }

  membersOf(group) {
    const { from, own } = this.groups[group];
    return this.byGroup.subarray(from, from + own);
  }

  // All nodes in a group and the groups inside it.
  nodesWithin(group) {
    const { from, to } = this.groups[group];
    return this.byGroup.subarray(from, to);
  }

  // What a folded box says: the steps at which the first and the last of its operations are made and get their adjoints, and the
  // ranges of both, which are found anew when numbers have changed and somebody asks.
  summaryOf(group) {
    this.summaries ??= new Map();
    if (this.summaries.has(group)) return this.summaries.get(group);
    const { graph, frames } = this, { madeAt, firstArrival, arrivals } = frames;
    const made = this.nodesWithin(group).filter(i => graph.isOperation(i)), carried = made.filter(i => frames.sharesOf(i));
    const [firstMade, lastMade] = rangeOf(madeAt, made), [firstBack] = rangeOf(arrivals, carried.map(i => firstArrival[i]));
    const [, lastBack] = rangeOf(arrivals, carried.map(i => firstArrival[i + 1] - 1));
    const found = {
      firstMade, lastMade, firstBack, lastBack: Math.max(0, lastBack),
      get values() { return this.ofValues ??= rangeOf(graph.values, made); },
      get adjoints() { return this.ofAdjoints ??= carried.length ? rangeOf(frames.adjoints, carried) : null; },
    };
    this.summaries.set(group, found);
    return found;
  }

  // What a group is called inside the group around it: neurons.3, of layers.0.neurons.3.
  nameInside(group) {
    const { name, parent } = this.groups[group], around = parent > 0 ? `${this.groups[parent].name}.` : "";
    return around && name.startsWith(around) ? name.slice(around.length) : name;
  }

  whereFrom(node) {
    const names = [];
    for (let g = this.groupOf[node]; g > 0; g = this.groups[g].parent) names.unshift(this.nameInside(g));
    return names.length ? quiet(escaped(names.join(" › "))) : "";
  }

  // The groups that are open, one inside the other, to go back by.
  crumbs() {
    const nav = byId("crumbs"), last = this.picture.levels().at(-1), chain = [];
    for (let level = last; level.parent; level = level.parent) chain.unshift(level.group);
    nav.hidden = !chain.length;
    nav.innerHTML = [`<button data-group="0">all</button>`, ...chain.map(g => `<span>›</span><button data-group="${g}">${escaped(this.nameInside(g))}</button>`)].join("");
  }

  // ---- what it looks like now

  still() { return matchMedia("(prefers-reduced-motion: reduce)").matches; }

  update() {
    const { graph, frames, step, picture } = this, at = frames.at(step), back = step >= frames.seed, broken = this.broken ??= graph.broken();
    const turned = broken.find(g => !this.asked[g].read) ?? -1, reads = broken.find(g => this.asked[g].read) ?? -1;
    const from = turned >= 0 ? this.asked[turned].before : Infinity;
    const state = {
      step, at, back, turned, reads, anyStruck: turned >= 0, struck: i => i >= from && graph.isOperation(i),
      lit: new Map(), litEdges: new Set(), tint: back ? "backward" : "forward", arrow: at.kind === "edge" ? "back" : "on",
      dragged: this.dragged, moved: this.dragged?.below, hidden: -1, hiddenAdjoint: -1,
      span: -1, turnedSpan: turned >= 0 ? this.asked[turned].at : -1, paths: this.pathsAsked(),
    };
    const mark = (node, kind) => {
      const thing = picture.thingOf(node);
      if (thing) state.lit.set(thing, `${state.lit.get(thing) ?? ""} ${kind}`);
    };
    if (state.paths) {
      const only = state.paths.ways[this.pointedWay], edges = only ? only.edges : state.paths.edges;
      state.tint = "paths";
      for (const e of edges) {
        state.litEdges.add(e);
        mark(graph.parents[e], "on");
      }
      for (const end of [state.paths.x, state.paths.y]) mark(end, "chosen");
    } else {
      for (const i of this.selected) mark(i, "chosen");
      if (at.kind === "value") {
        mark(at.node, "now");
        for (let e = graph.start[at.node]; e < graph.start[at.node + 1]; e++) {
          state.litEdges.add(e);
          if (!graph.isConstant(graph.parents[e])) mark(graph.parents[e], "operand");
        }
        state.span = this.spanOf[at.node];
      } else if (at.kind === "edge") {
        mark(at.user, "sender");
        mark(at.operand, "receiver");
        state.litEdges.add(at.edge);
        state.span = this.spanOf[at.user];
      } else if (at.kind === "branch") {
        for (const k of [graph.guards[at.guard].left, graph.guards[at.guard].right]) if (k >= 0) mark(k, "operand");
        state.span = this.asked[at.guard].at;
      } else if (at.kind === "seed") mark(at.operand, "receiver");
    }
    this.quiz?.hide(state);
    picture.svg.classList.toggle("forward", !back);
    picture.svg.classList.toggle("backward", back);
    picture.svg.classList.toggle("paths", !!state.paths);
    picture.root.update(state);
    this.listing.update(state);
    this.inputs.update(state);
    const spoken = this.inspector.update(state);
    this.scrubber.update(spoken);
    this.heading(state);
    this.crumbs();
    this.state = state;
  }

  heading({ anyStruck, hidden }) {
    const { frames, names, data } = this, known = frames.known(frames.output, this.step);
    const call = data.arguments ? `<i>${escaped(data.title)}</i>(${data.arguments.map(name => `<i>${escaped(name)}</i>`).join(", ")})` : escaped(data.title);
    const html = `${call}<span class="is">${known ? `${names.html(frames.output)} = <span${anyStruck ? ' class="struck"' : ""}>${frames.output === hidden ? "?" : number(this.graph.values[frames.output], 6)}</span>` : "&nbsp;"}</span>`;
    const title = byId("title");
    if (title.shown !== html) title.innerHTML = title.shown = html;
  }

  // ---- moving in time

  seek(step, animate = false) {
    step = Math.max(0, Math.min(this.frames.end, Math.round(step) || 0));
    if (step === this.step) return;
    this.step = step;
    if (this.selected.length > 1) this.selected = [];
    this.dragged = this.pointedWay = this.checked = null;
    this.bring();
    this.update();
    this.keepLink();
    const { edge } = this.frames.at(step);
    if (animate && edge !== undefined) this.picture.send(edge);
  }

  bring() {
    const { graph } = this, { node, user, operand } = this.frames.at(this.step);
    const operands = node === undefined ? [] : graph.operandsOf(node).filter(i => !graph.isConstant(i));
    this.picture.bring([node, user, operand, ...operands.slice(0, 100)].filter(i => i !== undefined));
  }

  play() {
    if (this.playing) return this.pause();
    if (this.step === this.frames.end) this.seek(0);
    const next = () => {
      this.seek(this.step + 1, true);
      if (this.step >= this.frames.end) this.pause();
      else this.playing = setTimeout(next, 1100 / this.speed);
    };
    this.playing = setTimeout(next, 150);
    document.body.classList.add("playing");
    byId("play").setAttribute("aria-label", "pause");
  }

  pause() {
    clearTimeout(this.playing);
    this.playing = 0;
    document.body.classList.remove("playing");
    byId("play").setAttribute("aria-label", "play");
  }

  differentiate(output) { // another of several results
    this.frames = new Frames(this.graph, this.asked, output);
    this.step = Math.min(this.step, this.frames.end);
    this.summaries = null;
    this.picture.build();
    this.scrubber.draw();
    this.update();
    this.keepLink();
  }

  // ---- changing numbers

  // All of it; or what hangs on a node that was set, if that is known.
  compute(below) {
    this.graph.forward(below);
    this.frames.stale = true;
    for (const summary of this.summaries?.values() ?? []) summary.ofValues = summary.ofAdjoints = undefined;
    this.broken = null;
  }

  begin(node) {
    if (this.dragged?.node === node) return;
    const { graph } = this, below = new Uint8Array(graph.count);
    below[node] = 1;
    for (let i = node + 1; i < graph.count; i++) for (let e = graph.start[i]; e < graph.start[i + 1]; e++) if (below[graph.parents[e]]) below[i] = 1;
    this.dragged = { node, below, from: graph.values[node], output: graph.values[this.frames.output], adjoint: this.frames.adjoints[node] };
  }

  set(node, x) {
    this.graph.set(node, x);
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.setNow(node, this.graph.values[node]);
    });
  }

  setNow(node, x) {
    const started = performance.now(), before = this.lastGood;
    this.graph.set(node, x);
    this.checked = null;
    this.compute(this.dragged?.node === node ? this.dragged.below : undefined);
    this.broken = this.graph.broken();
    if (!this.broken.some(g => !this.asked[g].read)) this.lastGood = { node, x };
    this.update();
    this.keepLink();
    this.frameTime = performance.now() - started;
  }

  // Where a branch has turned, and the other one was recorded: goes on with that recording, with the same numbers.
  goOn() {
    const { graph, asked, data, program, frames, names } = this, turned = graph.broken().find(g => !asked[g].read);
    if (turned === undefined) return;
    const before = asked.slice(0, turned).filter(({ read }) => !read).length, ways = [...data.outcomes.slice(0, before), !data.outcomes[before]];
    const other = program.recordings.find(({ outcomes }) => ways.every((way, k) => outcomes[k] === way));
    if (!other) return;
    const numbers = new Map(this.leaves.map(i => [names.texts[i], graph.values[i]]));
    begin(program, other, page => {
      for (const i of page.leaves) if (numbers.has(page.names.texts[i])) page.graph.set(i, numbers.get(page.names.texts[i]));
      page.compute();
      page.step = Math.min(page.frames.end, this.step < frames.seed ? Math.min(this.step, page.frames.seed - 1) : page.frames.seed + this.step - frames.seed);
      page.goOn();
    });
  }

  undo() { if (this.lastGood) this.setNow(this.lastGood.node, this.lastGood.x); else this.restore(); }

  restore() {
    const { program } = this;
    if (this.data !== program.recordings[0]) return begin(program, program.recordings[0], page => page.step = Math.min(this.step, page.frames.end));
    this.put({});
    this.update();
    this.keepLink();
  }

  // The numbers as they were recorded, but for these: {name: number}.
  put(numbers) {
    const { graph, names } = this;
    for (const i of [...graph.held]) graph.release(i);
    for (const i of this.leaves) graph.values[i] = this.recorded[i];
    for (const [name, x] of Object.entries(numbers)) {
      const i = names.find(name);
      if (i !== undefined) graph.set(i, Number(x));
    }
    this.dragged = this.lastGood = this.checked = null;
    this.compute();
  }

  // [node, number] of each that is not as it was recorded.
  changed() {
    const { graph, recorded } = this;
    return [...this.leaves.filter(i => !Object.is(graph.values[i], recorded[i])), ...graph.held].map(i => [i, graph.values[i]]);
  }

  startDrag(event, node) {
    event.preventDefault();
    event.stopPropagation();
    this.pause();
    const from = this.graph.values[node], x = event.clientX, unit = fineness(from);
    let moved = false;
    follow(event, now => {
      const by = now.clientX - x;
      if (!moved && Math.abs(by) < 3) return;
      if (!moved) {
        moved = true;
        this.begin(node);
        document.body.classList.add("dragging");
      }
      const step = now.shiftKey ? unit / 10 : unit;
      this.set(node, rounded_to_unit(from + by * step, step));
    }, end => {
      document.body.classList.remove("dragging");
      if (moved) {
        this.update();
        this.keepLink();
        this.goOn();
      }
      if (!moved && end.type === "pointerup") this.type(node, event.target);
    });
  }

  // A field to type a number in.
  type(node, over) {
    const { right, top, height } = over.getBoundingClientRect(), field = document.createElement("input");
    field.id = "typed";
    field.value = String(this.graph.values[node]);
    field.setAttribute("aria-label", `value of ${this.names.texts[node]}`);
    field.style.left = `${Math.max(4, right - 96)}px`;
    field.style.top = `${top + height / 2 - 16}px`;
    document.body.append(field);
    field.focus();
    field.select();
    const close = () => {
      field.onblur = null;
      field.remove();
      over.focus?.();
    };
    field.onblur = close;
    field.oninput = () => field.setCustomValidity("");
    field.onkeydown = event => {
      event.stopPropagation();
      if (event.key === "Escape") close();
      if (event.key !== "Enter") return;
      const x = Number(field.value.replace("−", "-").replace(",", "."));
      if (field.value.trim() === "" || !Number.isFinite(x)) {
        field.setAttribute("aria-invalid", "true");
        field.setCustomValidity(this.words.typed);
        return field.reportValidity();
      }
      close();
      this.begin(node);
      this.setNow(node, x);
      this.goOn();
    };
  }

  // ---- pointing: paths, and the check by a nudge

  choose(node) {
    this.pointedWay = this.checked = null;
    this.selected = this.selected.length === 1 && this.selected[0] !== node ? [this.selected[0], node] : this.selected.length === 1 ? [] : [node];
    this.update();
    this.keepLink();
  }

  letGo() {
    this.selected = [];
    this.dragged = this.pointedWay = this.checked = null;
    this.update();
    this.keepLink();
  }

  pathsAsked() {
    const [a, b = this.hovered] = this.selected;
    if (a === undefined || b === undefined || b < 0 || b === a) return null;
    const key = `${a} ${b}`;
    if (this.pathsKept?.key !== key || this.dragged) this.pathsKept = { key, found: pathsBetween(this.graph, a, b) };
    return this.pathsKept.found;
  }

  // The derivative by its definition: the node moved a little either way, beside the adjoint.
  check() {
    const { graph, frames, names, words } = this, [node] = this.selected, y = frames.output, held = graph.isHeld(node), x = graph.values[node];
    const step = Math.cbrt(2 ** -52) * Math.max(Math.abs(x), 1e-2), at = by => {
      graph.set(node, x + by);
      graph.forward();
      return graph.values[y];
    };
    const moved = at(step) - at(-step);
    graph.set(node, x);
    if (!held) graph.release(node);
    this.compute();
    const ratio = moved / ((x + step) - (x - step)), adjoint = frames.adjoints[node];
    const digits = Math.floor(-Math.log10(Math.abs(ratio - adjoint) / Math.max(Math.abs(adjoint), 1e-300)));
    this.checkResult = { ratio, adjoint };
    this.checked = sentence(words, "check", { x: names.html(node), y: names.html(y), step: number(step, 2), moved: number(moved), ratio: `<em>${number(ratio, 8)}</em>`, adjoint: `<strong>${number(adjoint, 8)}</strong>` })
      + " " + (ratio === adjoint || digits >= 3 ? sentence(words, "check.agree", { digits: ratio === adjoint ? "all" : Math.min(digits, 15) }) : sentence(words, "check.kink"));
    this.update();
  }

  // ---- the link

  keepLink() {
    if (document.body.classList.contains("dragging")) return tellAround(); // a browser takes a few links a second
    const parts = [], { graph, names } = this, name = i => encodeURIComponent(names.texts[i]);
    if (this.step !== this.program.step) parts.push(`step=${this.step}`);
    for (const [i, x] of this.changed()) parts.push(`~${name(i)}=${x}`);
    if (this.selected.length === 2) parts.push(`paths=${this.selected.join("-")}`);
    if (this.frames.output !== graph.outputs[0]) parts.push(`of=${this.frames.output}`);
    if (this.theme) parts.push(`theme=${this.theme}`);
    if (this.quiz) parts.push("predict=1");
    const open = this.picture.levels().map(level => level.group).filter(Boolean);
    if (open.length) parts.push(`open=${open.join("-")}`);
    const view = this.picture.chosenView();
    if (view) parts.push(`view=${view.map(x => +x.toPrecision(5)).join(",")}`);
    try {
      history.replaceState(null, "", `#${parts.join("&")}`);
    } catch { /* where a page is shown in a frame, its history may be closed */ }
    tellAround();
  }

  fromLink() {
    const { graph, names } = this;
    let { step } = this.program;
    for (const part of location.hash.slice(1).split("&")) {
      const cut = part.indexOf("="), key = decoded(part.slice(0, cut)), text = decoded(part.slice(cut + 1));
      if (cut < 1) continue;
      if (key === "step") step = parseInt(text) || 0;
      else if (key === "theme") this.look(text);
      else if (key === "predict") this.predict(true);
      else if (key === "of" && graph.outputs.includes(Number(text))) this.frames = new Frames(graph, this.asked, Number(text));
      else if (key === "open") text.split("-").map(Number).filter(g => g > 0 && this.groups[g]).forEach(g => this.picture.open(g));
      else if (key === "view") this.picture.lookAt(text.split(",").map(Number));
      else if (key === "paths") this.selected = text.split("-").map(Number).filter(i => i >= 0 && i < graph.count).slice(0, 2);
      else if (key[0] === "~" && text !== "" && Number.isFinite(Number(text))) {
        const node = names.find(key.slice(1));
        if (node !== undefined) graph.set(node, Number(text));
      }
    }
    this.compute();
    this.step = Math.max(0, Math.min(this.frames.end, step));
  }

  look(theme) {
    if (!THEMES.includes(theme)) return;
    this.theme = theme;
    showTheme(theme);
  }

  predict(on) {
    this.quiz = on ? new Quiz(this) : null;
    byId("quiz").hidden ||= !on;
    document.body.classList.toggle("predicting", on);
    byId("predict").setAttribute("aria-pressed", on);
  }
}

// The smallest and the largest of some numbers; NaN, if one of them is.
function rangeOf(numbers, places) {
  let low = Infinity, high = -Infinity;
  for (const i of places) {
    const x = numbers[i];
    if (x !== x) return [x, x];
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return [low, high];
}

const decoded = text => {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
};

// How much a number changes for each point that the mouse moves: two or three digits behind its first.
function fineness(x) {
  const size = Math.max(Math.abs(x), 0.2), decade = 10 ** Math.floor(Math.log10(size));
  return decade / 100 * (size / decade > 5 ? 5 : 1);
}
const rounded_to_unit = (x, unit) => +(Math.round(x / unit) * unit).toPrecision(12);

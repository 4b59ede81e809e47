// The page comes to life: its parts are made, and listen to mouse, keyboard and link.

// Begins with one of the recordings; `settle` may change numbers and step before anything is shown.
let listening = new AbortController();
function begin(program, data, settle) {
  const before = listening.page;
  listening.abort();
  listening = new AbortController();
  for (const id of ["graph", "source", "inputs", "output"]) byId(id).textContent = "";
  for (const id of ["note", "why", "ways", "title"]) byId(id).shown = undefined;
  const theme = before && document.documentElement.dataset.theme, predicting = document.body.classList.contains("predicting");
  requestAnimationFrame(() => requestAnimationFrame(() => window.explorable.timing.firstPaint = performance.now()));
  if (data.summary) return summarised(program, data);
  const page = new Page(program, data), svg = byId("graph");
  document.title = `${page.title}: forward and backward`;
  page.listing = new Listing(page, byId("source"));
  page.inputs = new Inputs(page, byId("inputs"));
  page.inspector = new Inspector(page);
  page.scrubber = new Scrubber(page, byId("scrub"));
  page.look(themeOr(theme));
  page.theme = theme && theme !== themeOr() ? theme : ""; // what nobody chose is not kept in the link
  page.picture = new Picture(page, svg);
  legend(page, byId("legend"));
  if (settle) {
    page.predict(predicting);
    settle(page);
  } else {
    page.fromLink();
    page.goOn();
  }
  if (listening.page) return; // it went on with another recording
  listening.page = page;
  page.scrubber.draw();
  if (!page.picture.chosenView()) page.bring();
  page.update();
  focusable(page);

  const outputs = page.graph.outputs;
  byId("outputs").hidden = outputs.length < 2;
  if (outputs.length > 1) {
    const choice = byId("output");
    for (const i of new Set(outputs)) choice.add(new Option(page.names.texts[i], i));
    choice.value = page.frames.output;
    choice.onchange = () => page.differentiate(Number(choice.value));
  }

  listen(page, svg);
  tellAround(!settle);
}

// The one thing of the graph that the Tab key comes to; from there the arrows lead on.
function focusable(page) {
  page.focusable = page.picture.thingOf(page.frames.output);
  page.focusable?.g.setAttribute("tabindex", 0);
}

// What scripts may ask of a page, and tell it to do. Nodes go by label or by number. It stays when the page goes on with another
// recording.
window.explorable = (() => {
  const now = () => listening.page;
  const find = what => {
    const { names, graph } = now(), found = typeof what === "number" ? what : names.find(what);
    if (!Number.isInteger(found) || found < 0 || found >= graph.count) throw new RangeError(`no node is called ${JSON.stringify(what)}`);
    return found;
  };
  const numberOf = x => {
    if (typeof x !== "number" && !["NaN", "Infinity", "-Infinity"].includes(x)) throw new RangeError(`${JSON.stringify(x)} is no number`);
    return Number(x);
  };
  const stepOf = step => {
    if (!Number.isInteger(step) || step < 0 || step > now().frames.end) throw new RangeError(`${JSON.stringify(step)} is no step: there are 0 to ${now().frames.end}`);
    return step;
  };
  const group = what => {
    const { groups } = now(), found = typeof what === "number" ? what : groups.findIndex(({ name }) => name === what);
    if (!groups[found] || found === 0) throw new RangeError(`no group is called ${JSON.stringify(what)}`);
    return found;
  };
  return {
    seek(step) {
      if (Number.isNaN(numberOf(step))) throw new RangeError("NaN is no step");
      now().seek(Number(step));
    },
    get step() { return now().step; },
    get steps() { return now().frames.end; },
    get seed() { return now().frames.seed; },
    set(what, x) {
      now().setNow(find(what), numberOf(x));
      now().goOn();
    },
    value: what => now().graph.values[find(what)],
    adjoint: what => now().frames.adjoints[find(what)],
    adjointAt: (what, step) => now().frames.adjointAt(find(what), stepOf(step)).value,
    at: step => now().frames.at(stepOf(step)),
    paths(from, to) {
      const { total, count, ways } = pathsBetween(now().graph, find(from), find(to));
      return { total, count, products: ways.map(way => way.product) };
    },
    open(what) { now().open(group(what)); },
    close(what) { now().close(group(what)); },
    restore() { now().restore(); },
    get numbers() { return Object.fromEntries(now().changed().map(([i, x]) => [now().names.texts[i], Number.isFinite(x) ? x : String(x)])); },
    become({ step = 0, numbers = {} }) {
      const before = now();
      Object.values(numbers).forEach(numberOf);
      before.put(numbers);
      before.goOn();
      if (now() !== before) now().put(numbers); // nodes of the other branch
      now().step = Math.max(0, Math.min(now().frames.end, Math.round(step) || 0));
      now().update();
      now().keepLink();
      Object.keys(numbers).forEach(find);
    },
    look(theme) {
      now().look(theme);
      now().keepLink();
    },
    get outputs() { return now().graph.outputs; },
    names: () => Array.from({ length: now().graph.count }, (_, i) => now().names.texts[i]),
    groups: () => now().groups.map(({ name, operations }) => ({ name, operations })),
    get crossings() { return now().picture.root.crossings; },
    get turned() { return now().state.turned; },
    timing: { get frame() { return now().frameTime; }, get layout() { return now().picture.root.ms; } },
  };
})();

function listen(page, svg) {
  const { picture } = page, { signal } = listening;
  const act = {
    home: () => page.seek(0), back: () => page.seek(page.step - 1), play: () => page.play(), on: () => page.seek(page.step + 1, true), end: () => page.seek(page.frames.end),
  };
  const openSheet = belowPage(act, () => page.pause(), (theme, chosen) => {
    page.look(theme);
    if (!chosen) page.theme = "";
    page.keepLink();
  });
  byId("speed").onclick = () => {
    page.speed = { 1: 2, 2: 4, 4: 0.5, 0.5: 1 }[page.speed];
    byId("speed").textContent = `speed ${page.speed === 0.5 ? "½" : page.speed}`;
  };
  byId("predict").onclick = () => {
    page.predict(!page.quiz);
    page.update();
    page.keepLink();
  };
  const looked = () => {
    page.update();
    page.keepLink();
  };
  const zoom = by => {
    const { width, height } = svg.getBoundingClientRect();
    if (by) picture.zoom(by, width / 2, height / 2);
    else picture.fit(true);
    looked();
  };
  byId("zoom").onclick = event => {
    const by = { in: 1.3, out: 1 / 1.3, fit: 0 }[event.target.dataset.zoom];
    if (by !== undefined) zoom(by);
  };
  byId("crumbs").onclick = event => {
    const { group } = event.target.dataset;
    if (group === undefined) return;
    const inner = picture.levels().find(level => level.parent?.group === Number(group));
    if (inner) page.close(inner.group);
  };
  byId("inputs").onpointerdown = event => {
    if (event.target.dataset.drag === undefined) return;
    event.target.focus();
    page.startDrag(event, Number(event.target.dataset.drag));
  };

  // ---- the graph
  const thingAt = event => event.target.closest("[data-thing]")?.thing;
  svg.onpointerdown = event => {
    if (event.target.dataset.drag !== undefined) return page.startDrag(event, Number(event.target.dataset.drag));
    const thing = thingAt(event), { clientX: x, clientY: y } = event, from = picture.view;
    let moved = false;
    picture.flight = null;
    follow(event, now => {
      if (!moved && Math.hypot(now.clientX - x, now.clientY - y) < 4) return;
      moved = true;
      svg.classList.add("panning");
      picture.look({ k: from.k, x: from.x + now.clientX - x, y: from.y + now.clientY - y, fitted: false });
    }, () => {
      svg.classList.remove("panning");
      if (moved) return page.keepLink();
      if (!thing) page.letGo();
      else if (thing.kind === "group") page.toggle(thing);
      else if (thing.kind !== "constant") page.choose(thing.id);
    });
  };
  svg.addEventListener("wheel", event => {
    event.preventDefault();
    const { left, top } = svg.getBoundingClientRect();
    picture.flight = null;
    picture.zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - left, event.clientY - top);
    clearTimeout(page.afterZoom);
    page.afterZoom = setTimeout(looked, 80);
  }, { passive: false, signal });
  svg.onpointerover = event => {
    const thing = thingAt(event), hovered = thing && thing.kind !== "group" && thing.kind !== "constant" ? thing.id : undefined;
    if (hovered === page.hovered) return;
    page.hovered = hovered;
    if (page.selected.length === 1) page.update();
  };
  byId("ways").onpointerover = event => {
    const way = event.target.closest("[data-way]");
    page.pointedWay = way ? Number(way.dataset.way) : null;
    page.update();
  };
  byId("ways").onpointerleave = () => {
    page.pointedWay = null;
    page.update();
  };
  byId("ways").addEventListener("focusin", byId("ways").onpointerover, { signal });
  byId("ways").addEventListener("focusout", byId("ways").onpointerleave, { signal });

  // ---- the keyboard
  addEventListener("keydown", event => {
    const { key, target } = event;
    if (target.tagName === "INPUT" || target.tagName === "SELECT" || byId("sheet").open || event.ctrlKey || event.metaKey || event.altKey) return;
    const live = target.dataset?.drag, thing = target.closest?.("[data-thing]")?.thing;
    const keys = {
      ArrowRight: act.on, j: act.on, ArrowLeft: act.back, k: act.back, Home: act.home, End: act.end,
      m: () => page.seek(page.frames.nextSum(page.step), true),
      p: () => byId("predict").click(),
      c: () => page.selected.length === 1 && page.check(),
      r: () => page.restore(),
      t: () => byId("theme").click(),
      s: () => byId("speed").click(),
      Escape: () => page.escape(),
      "+": () => zoom(1.3), "=": () => zoom(1.3), "-": () => zoom(1 / 1.3), 0: () => zoom(0),
      "?": openSheet,
    };
    if (live !== undefined && (key === "ArrowUp" || key === "ArrowDown")) {
      const node = Number(live), unit = fineness(page.graph.values[node]) * (event.shiftKey ? 1 : 10);
      page.begin(node);
      page.setNow(node, rounded_to_unit(page.graph.values[node] + (key === "ArrowUp" ? unit : -unit), unit));
      page.goOn();
    } else if (live !== undefined && key === "Enter") page.type(Number(live), target);
    else if (thing && key.startsWith("Arrow")) page.step_to_neighbour(thing, key);
    else if (thing && (key === "Enter" || key === " ")) thing.kind === "group" ? page.toggle(thing) : page.choose(thing.id);
    else if (thing && key === "e" && thing.kind !== "group" && thing.kind !== "constant") page.type(thing.id, thing.g);
    else if (key === " " && target.tagName !== "BUTTON") page.play();
    else if (keys[key]) {
      if (!"?ts".includes(key)) page.pause();
      keys[key]();
    } else return;
    event.preventDefault();
  }, { signal });

  onResize(() => {
    page.scrubber.draw();
    page.inspector.fitted = ""; // the room is another
    const { fitted, following, kept } = picture.view;
    if (fitted || following) { // in the room of now: a notebook builds a page before it gives it any
      if (picture.reshape()) focusable(page);
      picture.fit(kept);
      page.bring();
    }
    page.update();
  }, { signal });
  addEventListener("hashchange", () => {
    page.selected = [];
    page.fromLink();
    page.update();
    page.goOn();
  }, { signal });
}

// ---- folding, and moving about the graph by keyboard

Page.prototype.toggle = function (thing) {
  if (this.summary && !this.groups[thing.id].children.length) return; // its nodes are not on this page
  if (thing.level.open?.has(thing.id)) this.close(thing.id);
  else this.open(thing.id);
};
Page.prototype.open = function (group) {
  const started = performance.now(), level = this.picture.open(group);
  if (!level) return;
  this.update();
  const { k, x, y } = this.picture.placeOf(level);
  this.picture.flyTo({ left: x, right: x + k * level.width, top: y, bottom: y + k * level.height, scale: k });
  this.keepLink();
  window.explorable.timing.open = performance.now() - started;
};
Page.prototype.close = function (group) {
  const { parent } = this.groups[group];
  this.picture.close(group);
  this.update();
  const level = this.picture.levels().find(level => level.group === parent);
  if (!level?.parent) this.picture.flyTo({ ...this.picture.whole, scale: 1 });
  else {
    const { k, x, y } = this.picture.placeOf(level);
    this.picture.flyTo({ left: x, right: x + k * level.width, top: y, bottom: y + k * level.height, scale: k });
  }
  this.keepLink();
};
// Lets go of what is chosen; then closes the group that was opened last.
Page.prototype.escape = function () {
  if (this.selected.length || this.dragged) return this.letGo();
  const last = this.picture.levels().filter(level => level.parent).at(-1);
  if (last) this.close(last.group);
};
Page.prototype.step_to_neighbour = function (thing, key) {
  const { level } = thing, beside = {
    ArrowLeft: () => level.edges.filter(edge => edge.to === thing).map(edge => edge.from),
    ArrowRight: () => level.edges.filter(edge => edge.from === thing).map(edge => edge.to),
    ArrowUp: () => level.things.filter(other => other.rank === thing.rank && other.y < thing.y),
    ArrowDown: () => level.things.filter(other => other.rank === thing.rank && other.y > thing.y),
  }[key]();
  const nearest = beside.sort((a, b) => Math.abs(a.y - thing.y) - Math.abs(b.y - thing.y))[0];
  if (nearest) this.focus(nearest);
};
Page.prototype.focus = function (thing) {
  this.focusable?.g.setAttribute("tabindex", -1);
  this.focusable = thing;
  thing.g.setAttribute("tabindex", 0);
  thing.g.focus();
};

railButtons("home", "back", "play", "on", "end");
begin(window.program, window.program.recordings[0]);

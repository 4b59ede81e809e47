// What happens in a step: symbols above, the numbers in columns below them, and why in a sentence.

class Inspector {
  constructor(page) {
    this.page = page;
    [this.brow, this.equation, this.ways, this.why, this.note, this.spoken] = ["brow", "equation", "ways", "why", "note", "spoken"].map(byId);
  }

  // columns: {symbols, numbers, kind, strong, below}; a brace stands under some of them: [first, last, what it says]
  columns(columns, brace) {
    const cell = (row, column, kind, html, span = 1) => `<span class="${kind}" style="grid-row:${row};grid-column:${column}/span ${span}">${html}</span>`;
    this.equation.innerHTML = columns.map(({ symbols = "", numbers = "", kind = "", strong, below }, k) =>
      cell(1, k + 1, `symbols ${kind}`, symbols) + cell(2, k + 1, `numbers ${kind}${strong ? " strong" : ""}`, numbers) + (below ? cell(3, k + 1, "below", below) : "")).join("")
      + (brace ? cell(3, brace[0] + 1, "below brace", brace[2], brace[1] - brace[0] + 1) : "");
    // To measure is to lay the page out, which takes longer than all else: so a drag does it only where the text is longer than before.
    const { theme } = document.documentElement.dataset, long = this.equation.textContent.length, dragging = document.body.classList.contains("dragging");
    if (theme === this.fitted && (dragging ? long <= this.long : long === this.long)) return;
    Object.assign(this, { fitted: theme, long });
    this.equation.style.removeProperty("--size");
    const room = this.equation.parentElement.clientWidth - 2 * 44, wide = this.equation.scrollWidth;
    if (wide > room) this.equation.style.setProperty("--size", `${Math.max(12, parseFloat(getComputedStyle(this.equation).fontSize) * room / wide)}px`);
  }

  update(state) {
    const { page } = this, { graph, frames, names, words, step } = page, { at } = state, y = frames.output;
    const brow = [];
    let why = "", spoken = "";
    document.body.classList.toggle("backward", state.back);
    document.body.classList.toggle("on-paths", !!state.paths);
    this.ways.hidden = true;
    const slopes = (i, edges) => edges.map(e => `${names.slash(i, graph.parents[e])} = ${number(graph.locals[e])}`);
    const line = span => span >= 0 ? `line ${page.listing.lineNumber(span)}` : "";
    const spokenPart = node => page.partOf(node) && `, ${page.partOf(node)}`;
    const where = node => quiet([line(page.spanOf[node]), page.partOf(node)].filter(Boolean).join(": "));
    if (state.paths) {
      brow.push(`<b class="paths">Paths</b>`, `from ${names.html(state.paths.x)} to ${names.html(state.paths.y)}`, `${paths(state.paths.count)}`, quiet("Esc lets go"));
      [why, spoken] = this.paths(state.paths);
    } else if (at.kind === "start") {
      brow.push("<b>Start</b>", quiet(`${(frames.seed - 1).toLocaleString("en")} steps forward, ${(frames.end - frames.seed).toLocaleString("en")} back`));
      this.columns(page.leaves.slice(0, 6).flatMap((i, k) => [...(k ? [{ symbols: "&ensp;" }] : []), { symbols: names.html(i), numbers: number(graph.values[i]) }]));
      why = `${sentence(words, "start")} ${sentence(words, "start.drag")}`;
      spoken = "start";
    } else if (at.kind === "value") {
      const i = at.node, edges = [];
      for (let e = graph.start[i]; e < graph.start[i + 1]; e++) if (graph.carries(e)) edges.push(e);
      brow.push("<b>Forward</b>", quiet(`step ${step.toLocaleString("en")} of ${(frames.seed - 1).toLocaleString("en")}`), where(i), page.whereFrom(i));
      const hidden = state.hidden === i;
      this.columns([{ symbols: names.html(i), numbers: hidden ? "?" : number(graph.values[i]), kind: "made", strong: true }, { symbols: "=", numbers: "=" }, ...formula(names, graph, page.symbols, i)]);
      const told = slopes(i, edges), operands = graph.operandsOf(i).map(p => graph.values[p]), made = graph.values[i];
      const breaks = Number.isNaN(made) ? !operands.some(Number.isNaN) && "value.nan" : !Number.isFinite(made) && operands.every(Number.isFinite) && "value.infinite";
      why = hidden ? "" : (breaks ? `<strong>${sentence(words, breaks, { value: number(made) })}</strong> ` : "") + sentence(words, ["value.none", "value.one", "value.few", "value.few"][edges.length] ?? "value.many", { count: count(edges.length), slopes: edges.length > 3 ? told[0] : list(told) });
      spoken = `${names.texts[i]} = ${hidden ? "?" : number(graph.values[i])}, ${graph.opOf(i)} of ${graph.operandsOf(i).slice(0, 6).map(p => names.texts[p]).join(" and ")}` + spokenPart(i);
    } else if (at.kind === "branch") {
      const guard = graph.guards[at.guard], asked = page.asked[at.guard], end = k => k < 0 ? graph.count + ~k : k;
      brow.push(`<b>${asked.read ? "A look" : "A branch"}</b>`, quiet(`step ${step.toLocaleString("en")} of ${(frames.seed - 1).toLocaleString("en")}`), quiet(line(asked.at)));
      const turned = guard.left < 0, [a, b] = turned ? [end(guard.right), end(guard.left)] : [end(guard.left), end(guard.right)];
      const relation = { "<": turned ? ">" : "<", "<=": turned ? "≥" : "≤", "==": "=", "!=": "≠" }[guard.relation];
      if (asked.read) this.columns([{ symbols: names.html(a), numbers: number(graph.values[a]) }]);
      else {
        const now = COMPARED[guard.relation](graph.values[end(guard.left)], graph.values[end(guard.right)]);
        this.columns([{ symbols: names.html(a), numbers: number(graph.values[a]) }, { symbols: relation, numbers: relation }, { symbols: names.html(b), numbers: number(graph.values[b]) }, { symbols: "?", numbers: `<span class="made">&ensp;${now}</span>` }]);
      }
      why = sentence(words, asked.read ? "read" : "branch");
      spoken = asked.read ? `${names.texts[a]} was read` : `branch: is ${names.texts[a]} ${relation} ${names.texts[b]}`;
    } else if (at.kind === "seed") {
      brow.push("<b>Turning back</b>", quiet(`step 1 of ${(frames.end - frames.seed).toLocaleString("en")}`));
      this.columns([{ symbols: names.fraction(y, y), numbers: "1", kind: "share", strong: true }, { symbols: "=", numbers: "=" }, { symbols: "1", numbers: "1" }]);
      why = sentence(words, "seed", { y: names.html(y) });
      spoken = "the pass back begins with 1";
    } else if (at.kind === "edge") {
      const { user, operand, edge, before, share, after, nth, of } = at, hidden = state.hiddenAdjoint === operand;
      brow.push("<b>Backward</b>", quiet(`step ${(step - frames.seed + 1).toLocaleString("en")} of ${(frames.end - frames.seed).toLocaleString("en")}`), where(user), of > 1 ? `share ${nth} of ${of} for ${names.html(operand)}` : "", page.whereFrom(operand));
      this.columns([
        { symbols: names.fraction(y, operand), numbers: hidden ? "?" : number(after), kind: "share", strong: true, below: nth < of ? "now" : "complete" },
        { symbols: "+=", numbers: "=" },
        { numbers: number(before), kind: "share", below: "so far" },
        { numbers: "+" },
        { symbols: names.fraction(y, user), numbers: inside(frames.adjoints[user]), kind: "share" },
        { symbols: "·", numbers: "·" },
        { symbols: names.fraction(user, operand), numbers: inside(graph.locals[edge]) },
      ], [4, 6, hidden ? "what this edge brings" : `this edge brings <span class="share">${number(share)}</span>`]);
      why = hidden ? "" : whyEdge(page, at);
      spoken = `${names.slashText(y, operand)} += ${number(frames.adjoints[user])} times ${number(graph.locals[edge])}` + (hidden ? "" : `, so far ${number(before)}, now ${number(after)}`) + spokenPart(user);
    } else {
      brow.push("<b>Done</b>", quiet(`${frames.end.toLocaleString("en")} steps`));
      this.columns(page.leaves.slice(0, 6).flatMap((i, k) => [...(k ? [{ symbols: "&ensp;" }] : []), { symbols: names.fraction(y, i), numbers: number(frames.adjoints[i]), kind: "share" }]));
      why = `${sentence(words, "end", { y: names.html(y) })} ${sentence(words, "end.drag")}`;
      spoken = "done: the gradient is complete";
    }
    if (!state.paths && state.dragged && !state.anyStruck) why = this.dragged(state.dragged);
    else if (!state.paths && page.selected.length === 1) why = page.checked ?? `${sentence(words, "paths.point", { x: names.html(page.selected[0]) })} <button class="link" id="check">nudge it, and compare</button>`;
    this.brow.innerHTML = brow.filter(Boolean).map(part => `<span>${part}</span>`).join("");
    if (this.why.shown !== why) this.why.innerHTML = this.why.shown = why;
    byId("check")?.addEventListener("click", () => page.check());
    this.tell(state);
    written(this.spoken, spoken);
    return spoken;
  }

  // What a change of numbers did to the branches that were taken.
  tell({ turned, reads }) {
    const { page, note } = this, { graph, names, words, asked } = page;
    const g = turned >= 0 ? turned : reads;
    const other = g < 0 && page.data !== page.program.recordings[0];
    note.hidden = g < 0 && !other;
    document.body.classList.toggle("noted", turned >= 0);
    if (other && note.shown !== words.other) note.innerHTML = note.shown = words.other;
    if (g < 0) return;
    const guard = graph.guards[g], where = asked[g].at, code = where >= 0 ? page.listing.code(where) : "the program";
    const ends = [guard.left, guard.right].filter(k => k >= 0), place = capital(where >= 0 ? `line ${page.listing.lineNumber(where)}` : "Python");
    const html = turned >= 0
      ? sentence(words, "turned", { place, condition: `<code>${escaped(code)}</code>`, recorded: guard.outcome, now: !guard.outcome, numbers: ends.map(i => `${names.html(i)} = ${number(graph.values[i])}`).join(" and ") })
        + ` <button class="link" id="undo">${words["turned.back"]}</button>`
      : sentence(words, "turned.read", { place, name: names.html(ends[0]), now: `${names.html(ends[0])} = ${number(graph.values[ends[0]])}` });
    if (note.shown === html) return;
    note.innerHTML = note.shown = html;
    byId("undo")?.addEventListener("click", () => page.undo());
  }

  dragged({ node, from, output, adjoint }) {
    const { graph, frames, names, words } = this.page, by = graph.values[node] - from;
    return sentence(words, "dragged", {
      name: names.html(node), from: number(from), to: `<em>${number(graph.values[node])}</em>`, y: names.html(frames.output),
      slope: `<strong>${number(adjoint)}`, by: `${inside(+by.toPrecision(6))}`, promised: `${number(adjoint * by)}</strong>`, became: `<em>${number(graph.values[frames.output] - output)}</em>`,
    });
  }

  paths({ x, y, total, count: all, ways }) {
    const { page } = this, { graph, names, words } = page;
    this.equation.innerHTML = "";
    if (!all) return [sentence(words, "paths.none", { x: names.html(x), y: names.html(y) }), "no path"];
    const few = all <= 4 && ways.length === all;
    const terms = few
      ? ways.flatMap(({ product }, k) => [...(k ? [{ numbers: "+" }] : []), { symbols: `<span class="quiet small">${all > 1 ? `path ${k + 1}` : "its path"}</span>`, numbers: k ? inside(product) : number(product) }])
      : [{ symbols: "Σ", numbers: `<span class="quiet small">the sum over ${paths(all)}</span>` }];
    this.columns([{ symbols: names.fraction(y, x), numbers: number(total), strong: true }, { symbols: "=", numbers: "=" }, ...terms]);
    this.ways.hidden = false;
    const rows = ways.map(({ edges, product }, k) => {
      const factors = edges.map(e => graph.locals[e]), shown = factors.length > 6 ? factors.filter(f => f !== 1) : factors;
      const stops = [graph.parents[edges[0]], ...edges.map(e => graph.userOf[e])], route = stops.length > 9 ? [...stops.slice(0, 4), -1, ...stops.slice(-4)] : stops;
      return `<div class="way" data-way="${k}" tabindex="0"><span>${number(product)} =</span><span>${shown.map((f, n) => n ? inside(f) : number(f)).join(quiet(" · ")) || "1"}</span><span>${route.map(i => i < 0 ? "…" : names.html(i)).join(quiet(" → "))}</span></div>`;
    });
    const html = rows.join("") + (all > ways.length ? quiet(`the largest ${ways.length} of ${paths(all)}`) : "");
    if (this.ways.shown !== html) this.ways.innerHTML = this.ways.shown = html;
    return ["", `${paths(all)}, ${names.slashText(y, x)} = ${number(total)}`];
  }
}

const paths = n => `${n < 1e6 ? n.toLocaleString("en") : `about ${number(n, 3)}`} path${n === 1 ? "" : "s"}`;
const list = parts => parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;

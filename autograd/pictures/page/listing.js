// The source beside the graph, with the sub-expression of the step lit, and the numbers that go in.

const KEYWORDS = /^(?:def|return|if|else|elif|for|in|while|and|or|not|lambda|import|from|with|as|yield|class|is|None|True|False)$/;
const STRINGS_COMMENTS_AND_WORDS = /("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|#.*$|\b[a-zA-Z]+\b)/;
const coloured = text => text.split(STRINGS_COMMENTS_AND_WORDS).map(part =>
  part.startsWith("#") ? `<span class="comment">${escaped(part)}</span>` : KEYWORDS.test(part) ? `<b>${part}</b>` : escaped(part)
).join("");

class Listing {
  constructor(page, root) {
    Object.assign(this, { page, root, lit: [] });
    const { source, spans, spanOf, graph, names } = page, made = new Map();
    root.hidden = !source.length;
    for (let i = 0; i < graph.count; i++) {
      if (spanOf[i] < 0 || !graph.isOperation(i) || names.parts[i].unnamed) continue;
      const line = spans[spanOf[i]][2];
      if (made.has(line)) made.get(line).push(i);
      else made.set(line, [i]);
    }
    if (graph.outputs.length && spanOf[graph.outputs[0]] >= 0) {
      const line = spans[spanOf[graph.outputs[0]]][2];
      if (!made.has(line)) made.set(line, [graph.outputs[0]]);
    }
    this.lines = source.map(([no, text, ran], k) => {
      const row = document.createElement("div");
      row.innerHTML = `<span class="no">${no || ""}</span><span class="code" style="--hang:${text.length - text.trimStart().length + 4}ch"><span class="text${ran ? "" : " untaken"}">${coloured(text)}</span><span class="result"></span></span>`;
      root.append(row);
      return { row, source: text, text: row.querySelector(".text"), result: row.querySelector(".result"), made: made.get(k) ?? [] };
    });
    page.passes.forEach(pass => this.derives(pass));
  }

  // The line that asked for a derivative, in the tone of its band.
  derives({ order, at }) {
    const row = this.lines[this.page.spans[at]?.[0]]?.row;
    if (!row) return;
    row.dataset.order = Math.min(order, 2);
    row.title = `${ordinal(order)} derivative`;
  }

  code(span) {
    const [line, from, last, to] = this.page.spans[span];
    return line === last ? this.lines[line].source.slice(from, to) : this.lines[line].source.slice(from).trim() + " …";
  }
  lineNumber(span) { return this.page.source[this.page.spans[span][0]][0]; }

  mark(span, kind) {
    const [line, from, last, to] = this.page.spans[span];
    for (let k = line; k <= last; k++) {
      const { row, source, text } = this.lines[k], a = k === line ? from : source.length - source.trimStart().length, b = k === last ? to : source.length;
      text.innerHTML = `${coloured(source.slice(0, a))}<mark>${coloured(source.slice(a, b))}</mark>${coloured(source.slice(b))}`;
      row.className = kind;
      this.lit.push(k);
    }
  }

  update({ step, span, turnedSpan, struck, hidden }) {
    const { page, root } = this;
    for (const k of this.lit) {
      this.lines[k].text.innerHTML = coloured(this.lines[k].source);
      this.lines[k].row.className = "";
    }
    this.lit = [];
    if (span >= 0) this.mark(span, "here");
    if (turnedSpan >= 0) this.mark(turnedSpan, "turned");
    for (const { made, result } of this.lines) {
      let last = -1;
      if (made.length < 100) for (const i of made) if (page.frames.known(i, step)) last = i;
      written(result, last < 0 ? "" : last === hidden ? "?" : number(page.graph.values[last]));
      result.classList.toggle("struck", last >= 0 && struck(last));
    }
    const row = this.lines[this.lit[0]]?.row;
    if (row && root.scrollHeight > root.clientHeight) {
      const y = row.offsetTop - root.offsetTop;
      if (y < root.scrollTop + 10 || y > root.scrollTop + root.clientHeight - 40) root.scrollTop = y - root.clientHeight / 3;
    }
  }
}

// The leaves, each with its number, which can be dragged or typed, and its slope.
class Inputs {
  constructor(page, root) {
    Object.assign(this, { page, root, rows: new Map() });
    const table = document.createElement("table");
    table.innerHTML = `<thead><tr><th>number</th><th>value</th><th></th><th>slope of <span class="of"></span></th></tr></thead>`;
    const body = table.createTBody();
    let around = "";
    for (const i of page.leaves.slice(0, 300)) {
      const { around: now = "" } = page.names.parts[i];
      if (now && now !== around) body.insertRow().innerHTML = `<td class="around" colspan="4">${escaped(now)}</td>`;
      around = now;
      const row = body.insertRow();
      row.innerHTML = `<td title="${escaped(page.names.texts[i])}">${page.names.html(i)}</td><td><span class="live" tabindex="0" role="spinbutton" data-drag="${i}" aria-label="${escaped(page.names.texts[i])}"></span></td><td class="was"></td><td class="slope"></td>`;
      this.rows.set(i, { live: row.querySelector(".live"), was: row.cells[2], slope: row.cells[3] });
    }
    this.of = table.querySelector(".of");
    root.append(table);
    if (page.leaves.length > 300) root.insertAdjacentHTML("beforeend", `<p class="quiet">and ${(page.leaves.length - 300).toLocaleString("en")} more, in the graph</p>`);
    this.reset = document.createElement("button");
    this.reset.textContent = "as recorded";
    this.reset.className = "link";
    this.reset.onclick = () => page.restore();
    root.append(this.reset);
    root.onscroll = () => {
      if (this.inView) page.update(this.inView = null);
    };
  }

  // While a number is dragged, only rows in view follow: a browser lays all of a long table out anew for each that changes.
  rowsInView() {
    const { top, bottom } = this.root.getBoundingClientRect();
    return [...this.rows].filter(([, { live }]) => {
      const box = live.getBoundingClientRect();
      return box.bottom > top && box.top < bottom;
    });
  }

  update({ step, anyStruck, hiddenAdjoint }) {
    const { page } = this, { graph, frames } = page;
    const of = page.names.html(frames.output);
    if (this.of.innerHTML !== of) this.of.innerHTML = of;
    let changed = false;
    if (!document.body.classList.contains("dragging")) this.inView = null;
    else this.inView ??= this.rowsInView();
    for (const [i, { live, was, slope }] of this.inView ?? this.rows) {
      const differs = !Object.is(graph.values[i], page.recorded[i]), { value, reported } = frames.adjointAt(i, step);
      changed ||= differs;
      written(live, number(graph.values[i]));
      live.setAttribute("aria-valuenow", graph.values[i]);
      written(was, differs ? `was ${number(page.recorded[i])}` : "");
      const all = frames.sharesOf(i);
      written(slope, step < frames.seed ? "" : i === hiddenAdjoint ? "?" : !reported ? (step === frames.end ? "0" : "") : number(value) + (reported < all ? " …" : ""));
      slope.classList.toggle("struck", anyStruck);
    }
    this.reset.hidden = !changed && !graph.held.size;
  }
}

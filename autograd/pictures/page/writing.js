// How names, numbers, formulas and sentences read. Everything that came from a program is escaped here, and only here is
// HTML made of it.

const escaped = text => String(text).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);
const quiet = html => `<span class="quiet">${html}</span>`;

function number(x, digits = 4) {
  if (x !== x) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const size = Math.abs(x);
  const text = size >= 1e6 || size < 1e-4 ? x.toExponential(Math.max(0, digits - 2)).replace(/\.?0+e/, "e").replace("e+", "e") : String(+x.toPrecision(digits));
  return text.replaceAll("-", "−");
}

const inside = x => x < 0 ? `(${number(x)})` : number(x); // a formula
const COUNTS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const count = n => COUNTS[n] ?? n.toLocaleString("en");
const capital = text => text[0].toUpperCase() + text.slice(1);

// A name is a word, and perhaps a subscript: w1, w_1, w[0, 1] have one, "loss (mean)" has none. Of the path to a parameter,
// "layers.0.neurons.3.weights.1", its end is written; all of it where somebody points.
function nameParts(text) {
  const path = /(?:^|\.)(\p{L}+)(?:\.(\d+(?:\.\d+)*))?$/u.exec(text);
  if (path && text.includes(".")) return { around: text.slice(0, path.index), word: path[1] === "weights" ? "w" : path[1], below: (path[2] ?? "").replaceAll(".", ","), plain: path[1] !== "weights" };
  const found = /^(\p{L}+?)(?:_?(\d+)|_(\w{1,5})|((?:\[[^\[\]]*\])+))?('*)$/u.exec(text);
  if (!found) return { word: text.length > 22 ? "…" + text.slice(-21) : text, below: "", plain: true };
  const [, word, digits, suffix, indices, primes] = found;
  const below = digits ?? suffix ?? indices?.slice(1, -1).replace(/\]\[|, */g, ",").replaceAll("'", "") ?? "";
  return word.length > 22 ? { word: "…" + word.slice(-21), below, plain: true } : { word: word + primes, below, plain: word.length > 2 && !digits };
}

// A list whose things are made when somebody asks for them.
const lazily = make => new Proxy([], { get: (kept, i) => kept[i] ??= make(Number(i)) });

// The names of the nodes: those they were given, and for the others v and the number of the operation. (As `told_apart` of
// naming.py has it, there is a number behind each that was there before.)
class Names {
  constructor(graph, { of, list }) {
    const count = graph.count, numbers = this.numbers = new Uint32Array(count); // behind a name, or of the operation
    const clashing = new Set(list.filter(name => /^v\d+$/.test(name))), called = new Map(), times = new Map();
    const numbered = new Set(["v", ...list.map(name => /^(.*\D)\d+$/.exec(name)?.[1])]); // what a number behind may stand for already
    this.byText = new Map(); // of the nodes that were given a name
    for (let i = 0, made = 0; i < count; i++) {
      made += graph.isOperation(i);
      numbers[i] = made;
      if (!of[i] && !(clashing.size && clashing.has(`v${made}`))) continue;
      const name = list[of[i]] || `v${made}`;
      let again = (times.get(name) ?? 0) + 1, text = again > 1 ? `${name}#${again}` : name;
      while (this.byText.has(text)) text = `${name}#${++again}`;
      times.set(name, again);
      numbers[i] = again;
      called.set(i, text);
      this.byText.set(text, i);
    }
    this.texts = lazily(i => i >= count ? number(graph.values[i]) : called.get(i) ?? `v${numbers[i]}`);
    this.parts = lazily(i => {
      if (i >= count) return { word: this.texts[i], below: "", plain: true };
      if (!of[i]) return { word: "v", below: this.texts[i].slice(1), unnamed: true };
      const parts = nameParts(list[of[i]]), again = numbers[i];
      return again > 1 ? { ...parts, below: parts.below + (parts.below && ";") + (numbered.has(list[of[i]]) ? "#" : "") + again } : parts;
    });
  }
  // The number of the node that is called so; undefined for none.
  find(text) {
    if (this.byText.has(text)) return this.byText.get(text);
    const found = this.numbers.findIndex((made, i) => text === `v${made}` && this.texts[i] === text);
    return found < 0 ? undefined : found;
  }
  html(i) {
    const { word, below, plain } = this.parts[i];
    return (plain ? `<span>${escaped(word)}</span>` : `<i>${escaped(word)}</i>`) + (below ? `<sub>${escaped(below)}</sub>` : "");
  }
  fraction(y, x) { return `<span class="fraction"><span>∂${this.html(y)}</span><span>∂${this.html(x)}</span></span>`; }
  slash(y, x) { return `∂${this.html(y)}/∂${this.html(x)}`; }
  slashText(y, x) { return `∂${this.texts[y]}/∂${this.texts[x]}`; }
}

// The sentences are in words.json.
function sentence(words, key, parts = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => parts[name] ?? "");
}

// ------------------------------------------------------------------------------------------------ formulas

const INFIX = { add: "+", sub: "−", mul: "×", div: "÷", remainder: "%" };

// An operation as columns {symbols, numbers}: what it reads above, with the names, and below it with the numbers.
// Over a long list the first few and the last are written.
function formula(names, graph, symbols, i) {
  const op = graph.opOf(i), operands = graph.operandsOf(i);
  const first = p => ({ symbols: names.html(p), numbers: number(graph.values[p]) });
  const next = p => ({ symbols: names.html(p), numbers: inside(graph.values[p]) });
  const sign = text => ({ symbols: text, numbers: text });
  const [a, b] = operands;
  if (INFIX[op]) return [first(a), sign(INFIX[op]), next(b)];
  if (op === "where" && operands.length === 1) return [first(a)];
  if (op === "neg") return [sign("−"), next(a)];
  if (op === "square") return [{ symbols: names.html(a) + "<sup>2</sup>", numbers: inside(graph.values[a]) + "<sup>2</sup>" }];
  if (op === "pow") return [{ symbols: `${names.html(a)}<sup>${names.html(b)}</sup>`, numbers: `${inside(graph.values[a])}<sup>${number(graph.values[b])}</sup>` }];
  const joined = (pieces, between) => {
    const shown = pieces.length > 6 ? [...pieces.slice(0, 4), [sign("…")], pieces.at(-1)] : pieces;
    if (between === ",") return shown.map(([{ symbols, numbers }], k) => k + 1 < shown.length ? { symbols: `${symbols},`, numbers: `${numbers},` } : { symbols, numbers });
    return shown.flatMap((piece, k) => k ? [sign(between), ...piece] : piece);
  };
  if (op === "dot") {
    const half = operands.length / 2;
    return joined(operands.slice(0, half).map((p, k) => [k ? next(p) : first(p), sign("·"), next(operands[k + half])]), "+");
  }
  if (op === "fsum" || op === "prod") return joined(operands.map((p, k) => [k ? next(p) : first(p)]), op === "prod" ? "×" : "+");
  const word = escaped(symbols[op] ?? op);
  const pieces = joined(operands.map(p => [first(p)]), ","), name = word.length > 1 ? `<span class="word">${word}</span>` : word;
  const begin = { symbols: `${name}(${pieces[0].symbols}`, numbers: `${name}(${pieces[0].numbers}` };
  if (pieces.length === 1) return [{ symbols: begin.symbols + ")", numbers: begin.numbers + ")" }];
  const end = { symbols: `${pieces.at(-1).symbols})`, numbers: `${pieces.at(-1).numbers})` };
  return [begin, ...pieces.slice(1, -1), end];
}

// ------------------------------------------------------------------------------------------------ why

// What a step of the pass back means, in a sentence or two.
function whyEdge(page, step) {
  const { graph, frames, names, words } = page, { user, operand, nth, of, begins } = step;
  const slope = graph.locals[step.edge], inner = graph.isOperation(operand);
  const parts = { operand: names.html(operand), user: names.html(user), y: names.html(frames.output), of: of === 2 ? "both" : `all ${count(of)}`, uses: count(of), nth: count(nth), slope: number(slope) };
  parts.derivative = names.slash(frames.output, operand);
  parts.reported = count(frames.sharesOf(user));
  parts.much = sentence(words, slope === 1 ? "much.same" : slope === -1 ? "much.turned" : "much", parts);
  if (Number.isNaN(step.share) && !Number.isNaN(slope) && !Number.isNaN(frames.adjoints[user])) return sentence(words, "edge.nan", { adjoint: number(frames.adjoints[user]), slope: inside(slope) });
  const ready = begins && user !== frames.output ? sentence(words, frames.sharesOf(user) === 1 ? "ready.one" : "ready.many", parts) : "";
  const nudge = sentence(words, slope === 0 ? "nudge.flat" : Number.isNaN(slope) ? "nudge.nan" : "nudge", parts);
  const ending = of === 1 ? (inner ? "only.inner" : "only.leaf") : nth < of ? "share.more" : "share.last";
  return `${capitalHtml(ready)}${capitalHtml(nudge)} ${capitalHtml(sentence(words, ending, parts))}`;
}

// Names begin sentences as they are written: `x` stays `x`.
const capitalHtml = html => html && html[0] !== "<" ? capital(html) : html;

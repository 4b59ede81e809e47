// The page: where one stands between the ink and the answer, what is said about it, and what the keys do.

const STOPS = ["ink", "neurons", "votes", "answer", "error", "neurons", "gates", "ink"];
const fraction = (of, by) => `<span class="fraction"><span>∂${of}</span><span>∂${by}</span></span>`;
const withIndex = (name, index) => `<i>${name}</i><sub>${index}</sub>`;
const percent = share => `${(100 * share).toFixed(1)} %`;

class DigitPage {
  constructor(film) {
    this.reader = new DigitReader(film);
    this.step = 3;
    this.pointed = {};
    this.chosen = -1;
    this.pad = new Pad(this, byId("pad"));
    this.stage = new Stage(this, byId("stage"));
    this.epochs = new Epochs(this, byId("chart"));
    this.confusion = new Confusion(this, byId("matrix"));
    this.lastMoment = this.reader.moments.length - 1;
    this.shown = -1;
    this.timing = {};
  }

  get isBack() { return this.step > 3 && this.reader.meant >= 0; }
  get looked() { return this.chosen >= 0 ? this.chosen : this.pointed.neuron ?? -1; }
  get digit() { return this.pointed.digit ?? -1; }

  /** Ink for what speaks for, white for what speaks against, grey for neither. */
  shade(x) { return x >= 0 ? mix(this.colours.grey, this.colours.ink, Math.min(1, x)) : mix(this.colours.grey, this.colours.white, Math.min(1, -x)); }

  arrange() {
    this.stage.place();
    this.drawRail();
    this.reader.compute();
    this.epochs.draw();
    this.confusion.place();
    this.update();
  }

  update() {
    const started = performance.now();
    this.reader.compute();
    document.body.classList.toggle("backward", this.isBack);
    this.pad.draw();
    this.stage.draw();
    this.epochs.move();
    this.moveKnob();
    this.words();
    this.timing.frame = performance.now() - started;
  }

  soon() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.update();
    });
  }

  look(pointed) {
    this.pointed = pointed;
    this.soon();
  }
  choose(j) {
    this.chosen = this.chosen === j ? -1 : j;
    this.update();
  }

  // ---- going

  seek(step) {
    step = Math.max(0, Math.min(7, step));
    if (step > 3 && this.reader.meant < 0) {
      step = 3;
      this.pause();
      byId("spoken").textContent = "Say first which digit you meant: press its key.";
    }
    this.step = step;
    this.update();
  }

  play() {
    if (this.timer) return this.pause();
    document.body.classList.add("playing");
    if (this.step === 7 || (this.step === 3 && this.reader.meant < 0)) this.seek(0);
    const on = () => {
      this.seek(this.step + 1);
      this.timer = this.step === 7 || (this.step === 3 && this.reader.meant < 0) ? this.pause() : setTimeout(on, 1500);
    };
    this.timer = setTimeout(on, 1300);
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = 0;
    document.body.classList.remove("playing");
    return 0;
  }

  /** The digit that was meant: its error flows back. */
  mean(k) {
    this.pause();
    this.pad.still();
    this.reader.meant = k;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.seek(7);
    this.seek(4);
    this.play();
  }

  clear() {
    this.pause();
    this.reader.meant = -1;
    this.step = Math.min(3, this.step);
    this.shown = -1;
    this.pad.set(new Float64Array(CELLS));
    this.update();
  }

  /** Puts a held-out image on the pad. */
  show(r, meant = -1) {
    const { held } = this.reader;
    this.pause();
    this.shown = r;
    this.reader.meant = meant;
    this.step = 3;
    this.pad.set(held.rows.map(xs => xs[r]));
    this.update();
  }

  toMoment(moment) {
    const { reader } = this;
    reader.own = null;
    reader.moment = Math.max(0, Math.min(this.lastMoment, moment));
    this.confusion.draw();
    this.update();
  }

  followSigns() {
    if (!this.reader.back) return;
    this.shown = -1;
    this.pad.set(this.reader.followSigns());
    this.update();
  }

  learn() {
    if (!this.reader.back) return;
    this.pause();
    this.reader.learn();
    this.confusion.draw();
    this.update();
  }

  // ---- what is said

  words() {
    const { reader, step, shown } = this, { meant, answer, shares } = reader, blank = reader.isBlank, back = this.isBack;
    byId("big").textContent = blank || step < 3 ? "" : answer;
    byId("sure").textContent = blank || step < 3 ? "" : percent(shares[answer]);
    const what = [];
    if (!blank && step >= 3) {
      what.push("sure of it");
      if (meant >= 0) what.push(`you meant <span class="warm">${meant}</span>`, `loss <span class="warm">${number(reader.back.loss, 3)}</span>`);
      else if (shown >= 0) what.push(`an image of a ${reader.held.labels[shown]}`);
      if (reader.own) what.push("it has learnt from you");
    }
    byId("word").innerHTML = what.join("<br>");
    byId("tip").textContent = back && step === 7 ? `+ more ink here would help a ${meant}, − less would. Faint: no room for it.` : blank ? "Press and draw. What you draw is counted in 64 cells." : this.pad.filled ? "It was small, and fills the frame now, as the digits it has learnt do." : "Shift or the right button wipes.";
    byId("further").hidden = !back;
    const { equation, why } = blank ? { equation: "", why: "Draw a digit with the mouse, or take a held-out image. The network reads it as you draw." } : this.story();
    byId("brow").innerHTML = `<b>${back ? "Backward" : "Forward"}</b><span>step ${step % 4 + 1} of 4</span><span>to the ${STOPS[step]}</span>`;
    byId("equation").innerHTML = equation;
    byId("why").innerHTML = why;
  }

  story() {
    const { reader, step } = this, { ink, gives, sums, scores, shares, answer, meant, back } = reader, neurons = [...gives.keys()];
    const violet = text => `<span class="violet">${text}</span>`, warm = text => `<span class="warm">${text}</span>`;
    const silent = gives.filter(x => x === 0).length, sum = `Σ<sub>j</sub>`;
    if (reader.own && this.isBack) return {
      equation: `<i>w</i> ← <i>w</i> − 0.05 · ${warm(fraction("<i>L</i>", "<i>w</i>"))}`,
      why: `It took one step down the slope of your drawing alone, in all ${reader.training.size.toLocaleString("en")} weights, and the loss is ${warm(number(back.loss, 3))} now. See what else that changed: ${reader.right} of ${reader.held.n} held-out images are read right. The curves take you back.`,
    };
    const j = this.looked >= 0 ? this.looked : this.isBack ? best(neurons.map(n => Math.abs((step >= 6 ? back.deltas : back.given)[0][n]))) : best(gives), k = this.digit >= 0 ? this.digit : meant >= 0 && this.isBack ? meant : answer;
    if (step === 0) return { equation: `<i>x</i> = ${violet("64 numbers")}`, why: `From 0, paper, to 1, ink: ${ink.filter(x => x > 0).length} of the 64 cells have some. That is all the network sees of your drawing.` };
    if (step === 1) return {
      equation: `${violet(withIndex("h", j))} = relu(<i>w</i> · <i>x</i> + <i>b</i>) = relu(${number(sums[j])}) = ${violet(number(gives[j]))}`,
      why: `Each neuron lays its picture over your ink: dark counts for, white against. Neuron ${j} ${gives[j] > 0 ? "finds what it looks for" : "finds too little"}. ${capital(count(silent))} of ${neurons.length} stay silent.`,
    };
    if (step === 2) {
      const votes = neurons.map(n => [reader.vote(k, n) * gives[n], n]).sort((a, b) => Math.abs(b[0]) - Math.abs(a[0])).slice(0, 3);
      return {
        equation: `${violet(withIndex("s", k))} = ${votes.map(([x], n) => `${x < 0 ? (n ? " − " : "−") : n ? " + " : ""}${number(Math.abs(x), 3)}`).join("")} + … = ${violet(number(scores[k]))}`,
        why: `The neurons vote: solid lines for a digit, dotted against it, as strong as they are thick. The strongest voices on ${k} are those of neurons ${votes[0][1]} and ${votes[1][1]}.`,
      };
    }
    if (step === 3) return {
      equation: `${violet(withIndex("p", k))} = <i>e</i><sup>${number(scores[k], 3)}</sup> / Σ <i>e</i><sup>s</sup> = ${violet(number(shares[k]))}`,
      why: `The scores become shares of one: ${percent(shares[answer])} for ${answer}. ${meant >= 0 ? "Now turn back: press →." : "Which digit did you mean? Click it at its name, or press its key."}`,
    };
    if (step === 4) return {
      equation: `${warm(fraction("<i>L</i>", withIndex("s", k)))} = ${withIndex("p", k)} − ${k === meant ? 1 : 0} = ${warm(number(back.errors[k]))}`,
      why: `You meant ${meant}, and it gave ${meant} ${percent(shares[meant])}: a loss of −ln ${number(shares[meant], 3)} = ${warm(number(back.loss, 3))}. The slope at each score is what it said less what is true.${answer !== meant ? ` Score ${answer} is to fall, score ${meant} to rise.` : ""}`,
    };
    if (step === 5) return {
      equation: `${warm(fraction("<i>L</i>", withIndex("h", j)))} = Σ<sub>k</sub> <i>v</i><sub>k,${j}</sub> (<i>p</i><sub>k</sub> − <i>y</i><sub>k</sub>) = ${warm(number(back.given[0][j]))}`,
      why: `The errors go back along the lines that the votes came on, and add up. Neuron ${j} should have given ${back.given[0][j] > 0 ? "less" : "more"}. A bar to the right means less was wanted, to the left more.`,
    };
    if (step === 6) return {
      equation: `${warm(fraction("<i>L</i>", withIndex("z", j)))} = ${number(back.given[0][j])} × ${gives[j] > 0 ? 1 : 0} = ${warm(number(back.deltas[0][j]))}`,
      why: `A silent neuron would have stayed silent, a little more ink or less: its gate is shut, and nothing passes back. That holds for ${count(silent)} of ${neurons.length}, the struck ones.`,
    };
    const i = best(back.inputs.map(Math.abs));
    return {
      equation: `${warm(fraction("<i>L</i>", withIndex("x", i)))} = ${sum} <i>w</i><sub>j,${i}</sub> ${fraction("<i>L</i>", withIndex("z", "j"))} = ${warm(number(back.inputs[i]))}`,
      why: `So the error arrives at your ink: how the loss would move with each cell. It asks most at row ${Math.floor(i / SIDE) + 1}, column ${i % SIDE + 1}: ${back.inputs[i] < 0 ? "more" : "less"} ink there. Draw on, or follow the signs.`,
    };
  }

  // ---- the rail of both passes

  where(step) {
    const long = this.railRight - RAIL_LEFT - 20;
    return step < 4 ? [RAIL_LEFT + 20 + long * step / 3, 27] : [this.railRight - long * (step - 4) / 3, 55];
  }

  drawRail() {
    const svg = byId("scrub"), right = this.railRight = svg.clientWidth - 54;
    svg.textContent = "";
    element("path", { class: "rail", d: `M${RAIL_LEFT} 27H${right}A14 14 0 0 1 ${right} 55H${RAIL_LEFT}` }, svg);
    this.gone = ["forward", "backward"].map(kind => element("path", { class: `gone ${kind}` }, svg));
    for (const [step, name] of STOPS.entries()) {
      const [x, y] = this.where(step);
      element("circle", { class: "stop", cx: x, cy: y, r: 3.2 }, svg);
      written(element("text", { x, y: step < 4 ? y - 11 : y + 21 }, svg), name);
    }
    for (const [name, y] of [["forward", 32], ["backward", 60]]) written(element("text", { class: "pass", x: 0, y }, svg), name);
    this.knob = element("circle", { class: "knob", r: 9 }, svg);
  }

  moveKnob() {
    const svg = byId("scrub"), step = this.reader.isBlank ? 0 : this.step, [x, y] = this.where(step), right = this.railRight;
    this.gone[0].setAttribute("d", step === 0 ? "" : `M${RAIL_LEFT} 27H${step < 4 ? x : right}${step > 3 ? `A14 14 0 0 1 ${right + 14} 41` : ""}`);
    this.gone[1].setAttribute("d", step > 3 ? `M${right + 14} 41A14 14 0 0 1 ${right} 55H${x}` : "");
    this.knob.setAttribute("cx", x);
    this.knob.setAttribute("cy", y);
    classed(this.knob, `knob ${step < 4 ? "forward" : "backward"}`);
    svg.setAttribute("aria-valuenow", step);
    svg.setAttribute("aria-valuetext", `${step < 4 ? "forward" : "backward"}: ${STOPS[step]}`);
  }

  theming(theme) {
    this.theme = theme;
    this.colours = coloursOf(theme);
  }
}

const RAIL_LEFT = 74;

function beginDigits(film) {
  const page = new DigitPage(film), { reader, pad } = page, link = new URLSearchParams(location.hash.slice(1));
  page.theming(themeOr(link.get("theme")));
  byId("film").hidden = !film.training_page;
  const act = { home: () => page.seek(0), back: () => page.seek(page.step - 1), play: () => page.play(), on: () => page.seek(page.step + 1), end: () => page.seek(7) };
  const openSheet = belowPage(act, () => page.pause(), theme => {
    page.theming(theme);
    page.arrange();
  });
  const other = () => page.show((page.shown + 37 + reader.held.n) % reader.held.n);
  byId("clear").onclick = () => page.clear();
  byId("fill").onclick = () => pad.fillFrame();
  byId("other").onclick = other;
  byId("follow").onclick = () => page.followSigns();
  byId("learn").onclick = () => page.learn();
  byId("scrub").onpointerdown = event => {
    page.pause();
    const at = ({ clientX, clientY }) => {
      const { left, top } = byId("scrub").getBoundingClientRect(), share = Math.max(0, Math.min(1, (clientX - left - RAIL_LEFT - 20) / (page.railRight - RAIL_LEFT - 20)));
      page.seek(clientY - top < 41 ? Math.round(3 * share) : 7 - Math.round(3 * share));
    };
    at(event);
    follow(event, at);
  };
  addEventListener("keydown", event => {
    const { key, target } = event;
    if (byId("sheet").open || byId("shelf").open || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      ArrowRight: act.on, j: act.on, ArrowLeft: act.back, k: act.back, Home: act.home, End: act.end,
      c: () => page.clear(), n: other, f: () => pad.fillFrame(), h: () => page.followSigns(), l: () => page.learn(),
      "[": () => page.toMoment(reader.moment - 1), "]": () => page.toMoment(reader.moment + 1), t: () => byId("theme").click(), "?": openSheet,
      Escape: () => {
        page.chosen = -1;
        reader.meant = -1;
        page.seek(Math.min(3, page.step));
      },
    };
    if (/^\d$/.test(key)) page.mean(Number(key));
    else if (key === " " && target.tagName !== "BUTTON") page.play();
    else if (keys[key]) {
      page.pause();
      keys[key]();
    } else return;
    event.preventDefault();
  });
  onResize(() => page.arrange());
  page.arrange();
  // What scripts may ask of the page, and tell it to do.
  window.digits = {
    set(ink) {
      pad.set(ink);
      page.update();
    },
    get ink() { return [...reader.ink]; },
    get shares() { return [...reader.shares]; },
    get scores() { return [...reader.scores]; },
    get answer() { return reader.answer; },
    get slopes() { return reader.back && [...reader.back.inputs]; },
    get loss() { return reader.back?.loss; },
    get step() { return page.step; },
    get right() { return reader.right; },
    weights: moment => [...(moment === undefined ? reader.weights : reader.weightsAt(moment))],
    mean(k) {
      page.pause();
      reader.meant = k;
      page.seek(7);
    },
    seek: step => page.seek(step),
    moment: k => page.toMoment(k),
    get moments() { return reader.moments.length; },
    show: (r, meant) => page.show(r, meant),
    reading: moment => reader.readingBy(moment).digit,
    followSigns: () => page.followSigns(),
    learn: () => page.learn(),
    timing: page.timing,
  };
}

railButtons("home", "back", "play", "on", "end");
beginDigits(window.program);

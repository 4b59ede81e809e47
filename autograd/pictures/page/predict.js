// Predict, then see: the next number is hidden, and asked for. A wrong answer is told what it is.

class Quiz {
  constructor(page) {
    Object.assign(this, { page, right: 0, asked: 0, answered: new Set() });
    this.form = byId("quiz");
    this.form.onsubmit = event => {
      event.preventDefault();
      this.answer(this.form.elements.answer.value);
    };
  }

  // Hides the number of this step from everything that shows it, until it is answered.
  hide(state) {
    const { form, page } = this, { step, at } = state, asks = (at.kind === "value" || at.kind === "edge") && !this.answered.has(step) && !state.paths && !state.anyStruck;
    form.hidden = !asks && this.told?.step !== step;
    if (asks) {
      if (at.kind === "value") state.hidden = at.node;
      else state.hiddenAdjoint = at.operand;
    }
    if (form.hidden || this.shown === step) return;
    this.shown = step;
    this.told = null;
    const { names, frames } = page, what = at.kind === "value" ? names.html(at.node) : names.slash(frames.output, at.operand);
    form.querySelector("label").innerHTML = at.kind === "value" ? `What is ${what}?` : `What is ${what} now, after this share?`;
    form.elements.answer.value = "";
    written(form.querySelector("output"), "");
  }

  answer(text) {
    const { page } = this, x = Number(text.replace("−", "-").replace(",", ".")), at = page.frames.at(page.step);
    const said = this.form.querySelector("output");
    if (text.trim() === "" || Number.isNaN(x)) return written(said, "Type a number.");
    const verdict = diagnosis(page, at, x);
    written(said, verdict.words);
    if (!verdict.right) return;
    this.answered.add(page.step);
    this.told = { step: page.step };
    page.update();
  }
}

const near = (x, truth) => Math.abs(x - truth) <= 5e-3 * Math.abs(truth) + 1e-9 || number(x, 3) === number(truth, 3);

// What an answer is: right, or one of the usual confusions, found by trying them.
function diagnosis(page, at, x) {
  const { graph, frames, names } = page;
  const first = list => list.find(([value]) => near(x, value))?.[1];
  if (at.kind === "value") {
    const truth = graph.values[at.node], operands = graph.operandsOf(at.node).map(p => graph.values[p]), [a, b] = operands;
    if (near(x, truth)) return { right: true, words: `Right: ${number(truth)}.` };
    const sum = operands.reduce((s, v) => s + v, 0), product = operands.reduce((s, v) => s * v, 1), op = graph.opOf(at.node), slope = graph.locals[graph.start[at.node]];
    const found = first([
      [-truth, "That is its negative: look at the sign."],
      ...(op !== "add" && op !== "fsum" ? [[sum, "That is the sum of the operands, and this operation is no sum."]] : []),
      ...(op !== "mul" && op !== "prod" && operands.length > 1 ? [[product, "That is the product of the operands, and this operation is no product."]] : []),
      ...(operands.length === 2 ? [[b - a, "That is the difference the other way round."], [a - b, "That is the difference."], [b / a, "That is the quotient the other way round."], [b ** a, "That is the power the other way round."]] : []),
      ...(op === "pow" ? [[a * b, "That is the base times the exponent. A power multiplies the base by itself."]] : []),
      [slope, "That is the slope of this operation, and the value is asked for."],
      ...operands.map(v => [v, "That is an operand itself: the operation is still to be done."]),
      [1 / truth, "That is one over it."],
    ]);
    return { right: false, words: found ?? "Not yet. Put the numbers below the names into the formula." };
  }
  const { user, operand, edge, before, share, after } = at, adjoint = frames.adjoints[user], slope = graph.locals[edge];
  if (near(x, after)) return { right: true, words: `Right: ${number(after)}.` };
  const name = names.texts[operand], maker = names.texts[user];
  const arrivals = [];
  for (let k = frames.firstArrival[operand]; k < frames.firstArrival[operand + 1]; k++) {
    const step = frames.arrivals[k];
    if (step > frames.seed && step <= page.step) arrivals.push(frames.shareOf(frames.edges[step - frames.seed - 1]));
  }
  const missed = arrivals.length > 2 ? arrivals.map(one => [after - one, `One path is missed: the share ${number(one)} came before, and belongs to the sum.`]) : [];
  const found = first([
    ...(before ? [[share, `That is what this edge brings. What came before, ${number(before)}, stays: shares are added up.`], [before, `That is what had come before: the share of this edge, ${number(adjoint)} · ${number(slope)}, is added to it.`]] : []),
    ...missed,
    ...(before ? [[before * share, "That is a product: shares of several paths are added, factors along one path are multiplied."], [before - share, "The share was taken away: it is added."]] : []),
    [before + adjoint + slope, `That is a sum: along a path, the adjoint of ${maker} is multiplied by the slope.`],
    [before - share, "Look at the sign of the share."],
    [-after, "That is its negative: look at the signs of the adjoint and of the slope."],
    [slope, `That is the local slope alone: multiply it by the adjoint of ${maker}, ${number(adjoint)}.`],
    [before + slope, `The slope was added as it is: first multiply it by the adjoint of ${maker}, ${number(adjoint)}.`],
    [before + adjoint, `The adjoint of ${maker} was passed on as it is: multiply it by the slope, ${number(slope)}.`],
    [adjoint, `That is the adjoint of ${maker}: multiply it by the slope, ${number(slope)}.`],
    [before + adjoint * graph.values[operand], `The value of ${name} was taken for the slope: the slope of ${maker} with respect to ${name} is ${number(slope)}.`],
    [before + adjoint * graph.values[user], `The value of ${maker} was taken for the slope: that is ${number(slope)}.`],
    [graph.values[operand], `That is the value of ${name}: its adjoint is asked for.`],
    [before + adjoint / slope, "That is a quotient: the adjoint is multiplied by the slope."],
  ]);
  return { right: false, words: found ?? `Not yet. Multiply the adjoint of ${maker}, ${number(adjoint)}, by the slope, ${number(slope)}${before ? `, and add it to ${number(before)}` : ""}.` };
}

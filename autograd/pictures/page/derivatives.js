// Where derivatives are part of the graph: what a pass of gradients() made lies on a band, one tone for each order, and is
// ringed. The line that asked for it lies on the band, too.

Page.prototype.collectDerivatives = function (found) {
  this.passOf = found?.of ?? [];
  this.passes = found?.passes ?? [];
};

// The order of the derivative that something is part of, 0 for none; a group is if all it computes is.
Page.prototype.orderOf = function ({ kind, id }) {
  if (!this.passes.length || kind === "constant" || kind === "leaf" || kind === "port") return 0;
  const orders = new Set((kind === "group" ? this.nodesWithin(id).filter(i => this.graph.isOperation(i)) : [id]).map(i => this.passes[this.passOf[i] - 1]?.order ?? 0));
  return orders.size === 1 ? [...orders][0] : 0;
};

// "part of the first derivative"; "" for what is part of none.
Page.prototype.partOf = function (node) {
  const pass = this.passes[this.passOf[node] - 1];
  return pass ? sentence(this.words, "derivative", { order: ordinal(pass.order) }) : "";
};

const ordinal = n => ["first", "second", "third"][n - 1] ?? `${n}th`;

Level.prototype.drawDerivatives = function () {
  const { page } = this.picture;
  if (!page.passes.length) return;
  const bands = element("g", { class: "bands", "aria-hidden": true });
  this.layer.prepend(bands);
  const orders = new Map(this.things.map(thing => [thing, page.orderOf(thing)]));
  for (const { from, to, path } of this.edges) if (orders.get(from) && orders.get(from) === orders.get(to)) element("path", { d: path, class: `band order${Math.min(orders.get(from), 2)}` }, bands);
  for (const [thing, order] of orders) {
    if (!order) continue;
    const { x, y, w, h, kind, signW, signH } = thing, room = kind === "group" ? 12 : 9;
    element("rect", { class: `band order${Math.min(order, 2)}`, x: x - w - room, y: y - h / 2 - 4, width: w + 2 * room, height: h + 8, rx: 16 }, bands);
    if (kind === "operation") element("rect", { class: "ring", x: thing.in - x - 3.5, y: -signH / 2 - 3.5, width: signW + 7, height: signH + 7, rx: 17.5 }, thing.g);
  }
};

// What the bands mean, in words.
function legend(page, root) {
  const lines = new Map();
  for (const { order, at } of page.passes) lines.set(order, new Set([...(lines.get(order) ?? []), ...(at >= 0 ? [page.listing.lineNumber(at)] : [])]));
  root.hidden = !lines.size;
  root.innerHTML = [...lines].map(([order, at]) => `<li><span class="swatch order${Math.min(order, 2)}"></span>${ordinal(order)} derivative${at.size ? quiet(`, line${at.size > 1 ? "s" : ""} ${list([...at])}`) : ""}</li>`).join("");
}

// What stands beside the things of a level, where it lies on nothing else: the names of nameless ones, the slopes of a step's edges.

// The edges of the step, thick, with their slopes beside them; or those of the paths that are asked for.
Level.prototype.highlight = function ({ litEdges, tint, arrow, hidden }) {
  const { graph } = this.picture.page;
  this.lit.textContent = this.notes.textContent = "";
  const noted = new Set();
  this.noted = [];
  for (const e of litEdges) {
    const edge = this.ofEdge.get(e);
    if (!edge || noted.has(edge)) continue;
    noted.add(edge);
    const line = element("path", { class: `lit ${tint}${litEdges.size > 12 ? " many" : ""}`, d: edge.path }, this.lit);
    if (arrow === "back") element("path", { class: `tip ${tint}`, d: `M${edge.from.out + 1} ${edge.from.y}l9 -5.5v11z` }, this.lit);
    else element("path", { class: `tip ${tint}`, d: `M${edge.tip[0]} ${edge.tip[1]}l-8 -4.5v9z` }, this.lit);
    if (hidden < 0 && litEdges.size < 16 && edge.edges.length === 1 && graph.carries(e)) this.note(edge, e, line);
  }
  if (this.pointed && !noted.has(this.pointed)) {
    const line = element("path", { class: `lit faint ${tint}`, d: this.pointed.path }, this.lit);
    if (this.pointed.edges.length === 1 && graph.carries(this.pointed.edges[0])) this.note(this.pointed, this.pointed.edges[0], line);
  }
};

// The slope of an edge stands beside it, where it lies on nothing else; nowhere if there is no such place.
Level.prototype.note = function (edge, e, line) {
  const said = `× ${number(this.picture.page.graph.locals[e])}`, near = this.picture.scaleOf(this) >= 0.75, height = near ? 13 : 17;
  const width = measured(said, fontOf(height, "--sans")), length = line.getTotalLength();
  this.taken ??= this.things.flatMap(placesOfThing);
  for (const share of [0.5, 0.6, 0.4, 0.7, 0.3, 0.8, 0.2]) {
    const { x, y } = line.getPointAtLength(length * share), ahead = line.getPointAtLength(length * share + 4), slant = (ahead.y - y) / Math.max(0.1, ahead.x - x);
    const flat = Math.abs(slant) < 0.3, up = height * 0.3, down = height;
    for (const [left, base] of flat ? [[x - width / 2, y - 8], [x - width / 2, y + 8 + height * 0.8]] : slant > 0 ? [[x + 8, y - up], [x - 8 - width, y + down]] : [[x + 8, y + down], [x - 8 - width, y - up]]) {
      const place = [left - 2, base - height * 0.85, left + width + 2, base + 3];
      if ([...this.taken, ...this.noted].some(other => meet(place, other))) continue;
      this.noted.push(place);
      element("text", { class: "slope", x: left, y: base, "text-anchor": "start" }, this.notes).textContent = said;
      return;
    }
  }
};
const meet = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
// What a thing covers, each as [left, top, right, bottom]. The name of a nameless one appears above its value, or left of it.
const ROOM_OF_NAME = 20;
const placesOfThing = ({ x, y, w, h, bare, nameBeside }) => {
  const left = x - w, top = y - h / 2;
  if (!bare) return [[left, top, x, y + h / 2]];
  return nameBeside ? [[left, top, x, y + h / 2], [left - 30, top, left, top + ROOM_OF_NAME]] : [[left, top - ROOM_OF_NAME, x, y + h / 2]];
};
Level.prototype.isCrowdedAbove = function ({ id, x, y, w, h }) {
  const above = [x - w, y - h / 2 - ROOM_OF_NAME, x, y - h / 2];
  return this.things.some(other => other.id !== id && meet(above, [other.x - other.w, other.y - other.h / 2, other.x, other.y + other.h / 2]));
};

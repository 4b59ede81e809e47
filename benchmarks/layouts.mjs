// Lays out graphs by the page's own layout.js and by others, and counts how often the edges cross as they are drawn.
//
//     node benchmarks/layouts.mjs graphs.json FOLDER [NAME ...]
//
// graphs.json: {name: {sizes: [[w, h], ...], edges: [[from, to], ...]}}. FOLDER has the peers in node_modules: @viz-js/viz
// (Graphviz), @dagrejs/dagre, elkjs; one that is not there is left out. Writes {name: {engine: {ms, crossings}}} as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [graphs, folder, ...wanted] = process.argv.slice(2), require = createRequire(resolve(folder, "package.json"));
const ours = new Function(`${readFileSync(new URL("../autograd/pictures/page/layout.js", import.meta.url), "utf8")}; return layered;`)();
const peer = name => {
  try {
    return require(name);
  } catch {
    return null;
  }
};

const ENGINES = {
  ours: () => ({ sizes, edges }) => {
    const things = sizes.map(([w, h]) => ({ w, h, margin: 14 })), { at, bends } = ours(things, edges);
    return edges.map(([a, b]) => ([[at[a].x, at[a].y], ...bends(a, b).flatMap(([left, right, y]) => [[left, y], [right, y]]), [at[b].x - sizes[b][0], at[b].y]]));
  },
  async graphviz() {
    const viz = await peer("@viz-js/viz")?.instance();
    return viz && (({ sizes, edges }) => {
      const nodes = sizes.map(([w, h], i) => `${i} [width=${w / 72} height=${h / 72}]`), arcs = edges.map(([a, b]) => `${a} -> ${b}`);
      const drawn = JSON.parse(viz.renderString(`digraph { rankdir=LR; node [shape=box fixedsize=true label=""]; edge [arrowhead=none]; ${[...nodes, ...arcs].join("; ")} }`, { format: "json" }));
      return drawn.edges.map(({ pos }) => curve(pos.split(" ").map(point => point.split(",").map(Number))));
    });
  },
  dagre() {
    const dagre = peer("@dagrejs/dagre");
    return dagre && (({ sizes, edges }) => {
      const graph = new dagre.graphlib.Graph();
      graph.setGraph({ rankdir: "LR" });
      graph.setDefaultEdgeLabel(() => ({}));
      sizes.forEach(([width, height], i) => graph.setNode(String(i), { width, height }));
      for (const [a, b] of edges) graph.setEdge(String(a), String(b));
      dagre.layout(graph);
      return graph.edges().map(edge => graph.edge(edge).points.map(({ x, y }) => [x, y]));
    });
  },
  elk() {
    const Elk = peer("elkjs");
    return Elk && (async ({ sizes, edges }) => {
      const drawn = await new Elk().layout({
        id: "root", layoutOptions: { "elk.algorithm": "layered", "elk.edgeRouting": "POLYLINE" },
        children: sizes.map(([width, height], i) => ({ id: `n${i}`, width, height })), edges: edges.map(([a, b], i) => ({ id: `e${i}`, sources: [`n${a}`], targets: [`n${b}`] })),
      });
      return drawn.edges.map(({ sections: [{ startPoint, bendPoints = [], endPoint }] }) => [startPoint, ...bendPoints, endPoint].map(({ x, y }) => [x, y]));
    });
  },
};

// Points along Graphviz's cubic curves.
function curve(points) {
  const found = [points[0]];
  for (let k = 0; k + 3 < points.length; k += 3) {
    const [a, b, c, d] = points.slice(k, k + 4);
    for (let t = 1; t <= 6; t++) {
      const u = t / 6, v = 1 - u;
      found.push([0, 1].map(i => v ** 3 * a[i] + 3 * v * v * u * b[i] + 3 * v * u * u * c[i] + u ** 3 * d[i]));
    }
  }
  return found;
}

// How often lines cross: a piece that several edges share is drawn once, and counts once.
function crossings(lines) {
  const pieces = new Map();
  for (const line of lines) for (let i = 0; i + 1 < line.length; i++) {
    const [p, q] = line[i][0] < line[i + 1][0] ? [line[i], line[i + 1]] : [line[i + 1], line[i]];
    pieces.set(String([...p, ...q]), [p, q]);
  }
  const order = [...pieces.values()].sort(([p], [q]) => p[0] - q[0]);
  let count = 0;
  order.forEach(([p, q], n) => {
    for (let m = n + 1; m < order.length && order[m][0][0] < q[0]; m++) {
      const [r, s] = order[m];
      count += side(p, q, r) * side(p, q, s) < 0 && side(r, s, p) * side(r, s, q) < 0;
    }
  });
  return count;
}
const side = (p, q, r) => Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));

const answer = {};
for (const [name, graph] of Object.entries(JSON.parse(readFileSync(graphs, "utf8")))) {
  answer[name] = {};
  for (const engine of wanted.length ? wanted : Object.keys(ENGINES)) {
    const layout = await ENGINES[engine]();
    if (!layout) continue;
    await layout({ sizes: [[9, 9], [9, 9]], edges: [[0, 1]] }); // what is only done once
    let lines, ms = Infinity;
    for (let k = 0; k < 12; k++) { // at first, JavaScript is still being compiled
      const started = process.cpuUsage();
      lines = await layout(graph);
      const { user, system } = process.cpuUsage(started);
      ms = Math.min(ms, (user + system) / 1000);
    }
    answer[name][engine] = { ms: +ms.toPrecision(2), crossings: crossings(lines) };
  }
}
console.log(JSON.stringify(answer));

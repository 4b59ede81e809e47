// A graph too large for a page to play: the groups that it folds into, which open and close as everywhere. There are no steps.
// `summary` is what autograd/exploring/summary.py gives.

function summarised(program, { title, summary }) {
  const groups = summary.groups.map(([name, parent, times, operations]) => ({ name, parent, times, operations, children: [] })), svg = byId("graph");
  groups.forEach(({ parent }, g) => groups[parent]?.children.push(g));
  const nothing = () => {}, ranges = ([, , , , values, adjoints]) => [values, adjoints].map(range => range?.map(Number));
  const page = Object.assign(Object.create(Page.prototype), {
    program, title, groups, summary, words: program.words, selected: [], leaves: [], passes: [], drawn: [], folded: true, step: 1,
    graph: { count: 0, outputs: [], held: new Set() }, frames: { end: 0, seed: 0, nextSum: nothing }, asked: [], names: { texts: [], find: nothing }, state: { turned: -1 },
    seek: nothing, play: nothing, pause: nothing, predict: nothing, restore: nothing, letGo: nothing, keepLink: nothing, bring: nothing, changed: () => [],
    summaryOf(g) {
      const [values, adjoints] = ranges(summary.groups[g]);
      return { firstMade: 0, lastMade: 0, firstBack: 0, lastBack: 0, values, adjoints };
    },
    update() {
      this.picture.root.update({ step: 1, back: true, lit: new Map(), litEdges: new Set() });
      this.crumbs();
    },
  });
  document.title = `${title}: a summary`;
  document.body.classList.add("summary");
  byId("title").innerHTML = `<i>${escaped(title)}</i>`;
  page.look(themeOr());
  DARK.onchange = () => page.look(themeOr());
  listening.page = page;
  page.picture = new Picture(page, svg);
  const all = n => n.toLocaleString("en"), told = { operations: all(groups[0].operations), edges: all(summary.edges_in_all), groups: all(groups.length - 1) };
  byId("source").hidden = true;
  byId("inputs").innerHTML = ["summary", "summary.left", "summary.part"].map(key => `<p>${sentence(page.words, key, told)}</p>`).join("");
  page.update();
  listen(page, svg);
}

// What a level of a summary shows: groups alone, and the edges between what is inside them.
Level.prototype.collectGroups = function () {
  const { page } = this.picture, { groups, summary } = page;
  for (const g of groups[this.group].children) {
    const thing = new Thing(this, "group", g);
    this.ofGroup.set(g, thing);
    this.things.push(thing);
  }
  const showing = g => {
    for (; g > 0; g = groups[g].parent) if (groups[g].parent === this.group) return this.ofGroup.get(g);
  };
  const joined = new Map();
  for (const [a, b] of summary.edges) {
    const from = showing(a), to = showing(b);
    if (from && to && from !== to && !joined.has(`${from.id} ${to.id}`)) joined.set(`${from.id} ${to.id}`, { from, to, edges: [] });
  }
  this.things.forEach((thing, k) => thing.index = k);
  this.edges = [...joined.values()];
};

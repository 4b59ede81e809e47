// How the results of a search are ordered: as by Sphinx, but with the course first, and last what only tells of the others. Who types the
// very name of a public function or class is led to its page: behind a notebook that explains the word, which has 150, and before those
// that explain a longer one, as "cost" for cos.
var Scorer = {
  score: ([page, , anchor, , score]) => {
    const asked = new URLSearchParams(location.search).get("q")?.trim();
    if (page.startsWith("docs/reference/") && page.endsWith(`/${asked}`) && !anchor) return 140;
    const tellsOfOthers = /^(notebooks\/solutions|CHANGELOG|ARCHITECTURE|CONTRIBUTING|docs\/teaching)$/.test(page);
    return score * (tellsOfOthers ? 0.2 : page.startsWith("notebooks/") ? 1.5 : 1);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

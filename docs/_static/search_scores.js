// How the results of a search are ordered: as by Sphinx, but with the course first, and last what only tells of the others.
var Scorer = {
  score: ([page, , , , score]) =>
    score * (/^(notebooks\/solutions|CHANGELOG|ARCHITECTURE|CONTRIBUTING|docs\/teaching)$/.test(page) ? 0.2 : page.startsWith("notebooks/") ? 1.5 : 1),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

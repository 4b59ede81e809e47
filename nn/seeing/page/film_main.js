// The page of a film comes to life, and listens to mouse, keyboard and scripts.

function beginFilm(data) {
  const film = new FilmPage(data), link = new URLSearchParams(location.hash.slice(1));
  film.begin();
  film.look(themeOr(link.get("theme")));
  const arrange = film.arrange = () => {
    const { body } = document, { height } = document.querySelector("footer").getBoundingClientRect(), tight = innerWidth < 1180 || innerHeight < 800;
    body.style.setProperty("--plot", `${Math.floor(isNarrow() ? body.clientWidth - 28 : Math.min(innerHeight - height - (tight ? 130 : 170), innerWidth * (innerWidth <= 1000 ? 0.31 : tight ? 0.36 : 0.385)))}px`);
    film.network.place();
    film.update();
  };
  if (link.has("step")) film.step = Math.max(0, Math.min(film.last, Math.round(Number(link.get("step"))) || 0));
  else film.step = film.last;
  listenFilm(film, arrange);
  arrange();
  window.film = filmFace(film);
  film.fill();
  requestAnimationFrame(() => requestAnimationFrame(() => { film.timing.firstPaint = performance.now(); }));
}

// What scripts may ask of a film, and tell it to do.
function filmFace(film) {
  const { training } = film, courseOf = k => k === undefined ? film.course : training.courses[k];
  return {
    seek(step) { film.pause(); film.seek(step); },
    get step() { return film.step; },
    get steps() { return film.last; },
    get course() { return training.courses.indexOf(film.course); },
    get courses() { return training.courses.length; },
    take(k) { film.take(training.courses[k]); },
    weights: (step = film.step, k) => [...courseOf(k).at(step).weights],
    loss: (step = film.step, k) => courseOf(k).loss(step),
    fork(change) {
      const { rate, ...rest } = change;
      film.change(rate === undefined ? rest : { ...rest, factor: rate / training.rateAt(film.step) });
    },
    undo() { film.undo(); },
    more(steps) { film.more(steps); },
    compare: (a, b) => film.compare(a, b),
    example(r) { film.chooseRow(r); return film.one; },
    get outputs() { return film.seen.outputs.map(xs => [...xs]); },
    get silent() { return film.silent; },
    get gradient() { return film.gradient && [...film.gradient]; },
    get spread() { return film.spread.layers; },
    falls: k => film.fallsOf(courseOf(k)),
    points: () => Array.from({ length: film.points.n }, (_, r) => [...film.points.rows.map(xs => xs[r]), ...film.points.targets.map(xs => xs[r])]),
    add(x, y, k) { film.view.add(x, y, k); },
    move(r, x, y) { film.view.move(r, x, y); },
    remove(r) { film.view.remove(r); },
    where: (x, y) => {
      const { left, top } = byId("view").getBoundingClientRect(), [u, v] = film.view.toPage([x, y]);
      return [left + u, top + v];
    },
    get ready() { return film.filled === true; },
    timing: film.timing,
  };
}

function listenFilm(film, arrange) {
  const act = {
    home: () => film.seek(0), rewind: () => film.play(-1), back: () => film.seek(film.step - 1), on: () => film.seek(film.step + 1), play: () => film.play(1), end: () => film.seek(film.last),
  };
  const openSheet = belowPage(act, () => film.pause(), theme => {
    film.look(theme);
    film.update();
  });
  const speed = k => {
    film.speed = Math.max(0, Math.min(SPEEDS.length - 1, k));
    byId("speed").textContent = `${SPEEDS[film.speed]} steps a second`;
  };
  speed(film.speed);
  byId("speed").onclick = () => speed((film.speed + 1) % SPEEDS.length);

  addEventListener("keydown", event => {
    const { key, target, shiftKey } = event, many = shiftKey ? 10 : 1;
    if (byId("sheet").open || event.ctrlKey || event.metaKey || event.altKey || target.tagName === "SELECT" || (target.tagName === "INPUT" && /^(Arrow|Home|End|Page)/.test(key))) return;
    const rate = by => !film.data.reason && film.change({ factor: Number((film.course.rateAt(film.step) * by).toPrecision(2)) / (film.training.rateAt(film.step) || 1) });
    const keys = {
      ArrowRight: () => film.seek(film.step + many), j: () => film.seek(film.step + many), ArrowLeft: () => film.seek(film.step - many), k: () => film.seek(film.step - many),
      J: () => film.seek(film.step + 10), K: () => film.seek(film.step - 10), Home: act.home, End: act.end,
      m: () => {
        const falls = film.fallsOf(film.course), next = falls.find(step => step > film.step) ?? falls[0];
        if (next !== undefined) film.seek(next);
      },
      ",": () => rate(1 / 1.26), ".": () => rate(1.26), o: () => film.nextCourse(), u: () => film.undo(), "+": () => film.more(100),
      t: () => byId("theme").click(), "?": openSheet, Escape: () => film.chooseRow(-1),
    };
    if (key === " " && target.tagName !== "BUTTON") film.play(1);
    else if (key === "b") film.play(-1);
    else if (key === "<") speed(film.speed - 1);
    else if (key === ">") speed(film.speed + 1);
    else if (keys[key]) {
      if (key !== "t" && key !== "?") film.pause();
      keys[key]();
    } else return;
    event.preventDefault();
  });
  onResize(arrange);
}

railButtons("home", "rewind", "back", "on", "play", "end");
beginFilm(window.program);

// A page inside another page, in whatever frame, speaks with it by messages, which are data and nothing else:
//
//     frame.contentWindow.postMessage({ explorable: ["set", "a", 2], id: 7 }, "*")     any call or property of window.explorable
//     {explorable: {id: 7, result}}, {explorable: {id: 7, error}}                       the answer, where an id was given
//     {explorable: {began, step, steps, numbers}}                                       whenever one of these is another; `numbers`
//                                                                                       are those that are not as recorded

addEventListener("message", ({ source, data }) => {
  if (source !== parent || source === window || !Array.isArray(data?.explorable)) return;
  const [name, ...given] = data.explorable, answer = {};
  try {
    if (!Object.hasOwn(window.explorable, name)) throw new RangeError(`explorable has no ${JSON.stringify(name)}`);
    const found = window.explorable[name];
    answer.result = typeof found === "function" ? found(...given) : found;
  } catch (problem) {
    answer.error = String(problem.message);
  }
  if (data.id !== undefined) parent.postMessage({ explorable: { id: data.id, ...answer } }, "*");
});

// Tells the page around how things stand, once all that happens now has happened.
function tellAround(began = false) {
  if (parent === window) return;
  tellAround.began ||= began;
  tellAround.waiting ??= Promise.resolve().then(() => {
    const { step, steps, numbers } = window.explorable, told = JSON.stringify([step, steps, numbers]);
    if (tellAround.began || told !== tellAround.told) parent.postMessage({ explorable: { began: !!tellAround.began, step, steps, numbers } }, "*");
    Object.assign(tellAround, { began: false, waiting: undefined, told });
  });
}

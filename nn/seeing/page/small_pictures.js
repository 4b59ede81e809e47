// Small pictures on canvases, in the colours of the page.

const rgb = name => {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim().slice(1), digits = text.length === 3 ? [...text].map(c => c + c).join("") : text;
  return [0, 2, 4].map(i => parseInt(digits.slice(i, i + 2), 16));
};
// Takes on a theme; gives its colours, for canvases.
function coloursOf(theme) {
  showTheme(theme);
  const colours = Object.fromEntries(["paper", "ink", "quiet", "line", "violet", "warm", "teal"].map(name => [name, rgb(`--${name}`)]));
  return { ...colours, grey: mix(colours.paper, colours.ink, 0.18), white: theme === "dark" ? [10, 9, 12] : [255, 255, 255] };
}
const mix = (a, b, share) => a.map((x, i) => x + (b[i] - x) * share);
function image(canvas, width, height, colour) {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d"), made = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const [r, g, b] = colour(i);
    made.data.set([r, g, b, 255], 4 * i);
  }
  context.putImageData(made, 0, 0);
}

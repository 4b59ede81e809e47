"use strict";
// Code and program are packed, by gzip and base64; columns of numbers lie beside them.
const unpacked = id => {
  const text = atob(document.getElementById(id).textContent), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
};
Promise.all([unpacked("packed").json(), unpacked("columns").arrayBuffer()]).then(([parts, bytes]) => {
  const whole = x => { // with the columns in their places
    if (Array.isArray(x)) return typeof x[0] === "object" ? x.map(whole) : x;
    if (!x || typeof x !== "object") return x;
    if (!x.column) return Object.fromEntries(Object.entries(x).map(([key, y]) => [key, whole(y)]));
    const [kind, from, to] = x.column;
    return new window[kind](bytes.slice(from, to));
  };
  const [code, program] = parts.map(whole);
  window.program = program;
  const script = document.createElement("script");
  script.textContent = code;
  document.body.append(script);
});

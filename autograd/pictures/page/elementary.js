// What C has and JavaScript has not, or decides otherwise: written by hand, and copied into rules.js.
const copysign = (x, y) => y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x);
const exp2 = x => Math.pow(2, x);
const fmod = (x, y) => x % y;
// 1 to any power is 1, and so is -1 to an infinite one.
const pow = (x, y) => x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y);
function fsum(xs) { // Shewchuk 1997: partial sums that do not overlap, largest last
  const parts = [];
  let special = 0;
  for (let x of xs) {
    if (x - x !== 0) special += x;
    let kept = 0;
    for (let y of parts) {
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const high = x + y, low = y - (high - x);
      if (low !== 0) parts[kept++] = low;
      x = high;
    }
    parts.length = kept;
    if (x !== 0) parts.push(x);
  }
  if (special !== 0) return special;
  let n = parts.length, sum = n > 0 ? parts[--n] : 0, low = 0;
  if (sum - sum !== 0) return fsum(xs.map(x => x * 2 ** -60)) * 2 ** 60; // too large on the way
  while (n > 0 && low === 0) {
    const x = sum, y = parts[--n];
    sum = x + y;
    low = y - (sum - x);
  }
  if (n > 0 && low < 0 === parts[n - 1] < 0) { // half way between two doubles, but for what is left
    const y = low * 2, x = sum + y;
    if (y === x - sum) sum = x;
  }
  return sum;
}
function rounded_to(x, digits) { // Python's round(x, digits), which rounds the exact decimals, ties to even
  if (digits < 0) {
    const unit = 10 ** -digits, rest = Math.abs(x) % unit, low = Math.abs(x) - rest;
    const up = rest * 2 > unit || (rest * 2 === unit && low / unit % 2 === 1);
    return copysign(up ? low + unit : low, x);
  }
  if (x - x !== 0 || x === 0) return x;
  if (digits > 99) { // more than toFixed() takes: so many significant digits instead
    const kept = digits + 1 + Number(x.toExponential().split("e")[1]), unit = Number(`1e-${digits}`);
    return kept > 17 ? x : kept > 0 ? Number(x.toPrecision(kept)) : copysign(kept === 0 && Math.abs(x) > unit / 2 ? unit : 0, x);
  }
  let near = x.toFixed(digits); // a tie goes away from 0
  if (Math.abs(x) < 2 ** 52 && (x * 2 ** (digits + 1)) % 1 === 0) {
    const exact = x.toFixed(digits + 1), below = exact.slice(0, -1).replace(".", "");
    if (exact.endsWith("5") && below.at(-1) % 2 === 0) near = exact.slice(0, -1);
  }
  return copysign(Number(near), x);
}
const choice = compare => ({ // of (a, b, x, y): x where a and b compare so, else y
  arity: 0,
  value: ([a, b, x, y]) => compare(a, b) ? x : y,
  slopes: ([a, b]) => compare(a, b) ? [0, 0, 1, 0] : [0, 0, 0, 1],
});
const detach = x => x;
const rounding = ([x, digits]) => digits === undefined ? rint(x) : rounded_to(x, digits);

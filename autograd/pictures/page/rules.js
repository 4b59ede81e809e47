// The rules of the primitives. Written by tools/javascript_rules.py from autograd/engine/{primitives,reductions}.py and
// autograd/runtime/elementary.pxd: change those.
//
// RULES[name] = {arity, value, slopes}. Of one or two operands: value(x, y), and slopes, a list with a function (x, y, out)
// for each operand. Over a list (arity 0): value(xs), and slopes(xs, out), which gives a list. slopes is null where all are 0.
const RULES = (() => {
"use strict";
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
const LN_2 = 0.6931471805599453;
const LOG2_E = 1.4426950408889634;
const LOG10_E = 0.4342944819032518;
const SPLITTER = 134217729;
const TWO_OVER_SQRT_PI = 1.1283791670955126;
const ONE_OVER_SQRT_TWO_PI = 0.3989422804014327;
const SQRT_HALF = 0.7071067811865476;
const SQRT_HALF_REST = -4.833646656726457e-17;
const fsum_slopes = (xs, out) => Array(xs.length).fill(1);
function dot(xys) {
  let n = xys.length >> 1;
  let total = 0;
  for (let i = 0; i < n; i++) total = total + xys[i] * xys[n + i];
  return total;
}
function dot_slopes(xys, out) {
  let n = xys.length >> 1;
  return xys.slice(n).concat(xys.slice(0, n));
}
function prod(xs) {
  let total = 1;
  for (const x of xs) total = total * x;
  return total;
}
function prod_slopes(xs, out) {
  let n = xs.length;
  let slopes = Array(n).fill(1);
  let before = 1, after = 1;
  for (let i = 0; i < n; i++) {
    slopes[i] = before;
    before = before * xs[i];
  }
  for (let i = n - 1; i >= 0; i--) {
    slopes[i] = slopes[i] * after;
    after = after * xs[i];
  }
  return slopes;
}
function logsumexp(xs) {
  let [es, place] = exponentials(xs);
  return above(es, place) + xs[place];
}
function exponentials(xs) {
  let top = largest(xs);
  let place = top !== top ? 0 : xs.indexOf(top);
  if (Math.abs(top) === Infinity) return [xs.map(x => x === top ? 1 : 0), place];
  return [xs.map(x => exponential(x, top)), place];
}
function largest(xs) {
  let top = xs[0];
  for (const x of xs) {
    if (x !== x) return NaN;
    if (x > top) top = x;
  }
  return top;
}
const exponential = (x, top) => Math.exp(x - top) * (1 + difference_error(x, top));
function difference_error(x, y) {
  let error = rounding_error(x, -y, x - y);
  return error - error === 0 ? error : 0;
}
function rounding_error(x, y, total) {
  let t = total - x;
  return x - (total - t) + (y - t);
}
const above = (es, place) => Math.log1p(sum_of_other_numbers(es, place));
function sum_of_other_numbers(terms, place) {
  let total = 0;
  for (let i = 0; i < terms.length; i++) {
    let term = terms[i];
    if (i !== place) total += term;
  }
  return total;
}
const logsumexp_slopes = (xs, out) => weights(xs);
const weights = (xs) => weights_of(...exponentials(xs));
function weights_of(es, place) {
  let total = es[place] + sum_of_other_numbers(es, place);
  return es.map(e => share(e, total));
}
const share = (e, total) => e / total;
function softmax(xs_i) {
  let [xs, i] = [xs_i.slice(0, -1), xs_i.at(-1)];
  if (largest(xs) === -Infinity) return NaN;
  return weights(xs)[i];
}
function softmax_slopes(xs_i, out) {
  if (out !== out) return Array(xs_i.length).fill(NaN);
  return softmax_slopes_by(weights(xs_i.slice(0, -1)), xs_i.at(-1));
}
function softmax_slopes_by(ws, i) {
  let slopes = ws.map(w => -(w * ws[i]));
  slopes[i] = ws[i] * sum_of_others(ws, i);
  return slopes.concat(0);
}
function sum_of_others(terms, i) {
  let total = 0;
  for (const [j, term] of terms.entries()) if (j !== i) total = total + term;
  return total;
}
function log_softmax(xs_i) {
  let [xs, i] = [xs_i.slice(0, -1), xs_i.at(-1)];
  return log_softmax_of(xs, ...exponentials(xs), i);
}
function log_softmax_of(xs, es, place, i) {
  if (xs[i] === xs[place]) return xs[i] === -Infinity ? NaN : (xs[i] === Infinity ? 0 - above(es, i) : -above(es, i));
  return xs[i] - xs[place] - above(es, place);
}
function log_softmax_slopes(xs_i, out) {
  if (out !== out) return Array(xs_i.length).fill(NaN);
  return log_softmax_slopes_by(weights(xs_i.slice(0, -1)), xs_i.at(-1));
}
function log_softmax_slopes_by(ws, i) {
  let slopes = ws.map(w => -w);
  slopes[i] = sum_of_others(ws, i);
  return slopes.concat(0);
}
function shares(xs, out) {
  let best = out;
  let chosen = xs.map(x => x === best ? 1 : 0);
  let count = chosen.reduce((a, b) => a + b, 0);
  return chosen.map(c => count ? c / count : NaN);
}
const smallest = (xs) => -largest(xs.map(x => -x));
function clip(x_low_high) {
  let [x, low, high] = x_low_high;
  if (low !== low || high !== high) return NaN;
  return x < low && low <= high ? low : (x > high || low > high ? high : x);
}
function clip_slopes(x_low_high, out) {
  let [x, low, high] = x_low_high;
  if (x !== x || low !== low || high !== high) return [NaN, NaN, NaN];
  let at_high = x > high || low > high;
  let at_low = x < low && !at_high;
  return [at_low || at_high ? 0 : 1, at_low ? 1 : 0, at_high ? 1 : 0];
}
function take(xs_i) {
  let place = xs_i.at(-1);
  for (const [i, x] of xs_i.slice(0, -1).entries()) if (i === place) return x;
  return NaN;
}
function take_slopes(xs_i, out) {
  let place = xs_i.at(-1);
  let slopes = xs_i.map(x => 0);
  for (const [i, _] of xs_i.slice(0, -1).entries()) if (i === place) slopes[i] = 1;
  return slopes;
}
const where = (x) => x[0];
const where_slopes = (x, out) => [1];
const add = (x, y) => x + y;
const plus_one = (x, y, out) => 1;
const sub = (x, y) => x - y;
const minus_one = (x, y, out) => -1;
const mul = (x, y) => x * y;
const second = (x, y, out) => y;
const first = (x, y, out) => x;
const div = (x, y) => x / y;
const div_slope_x = (x, y, out) => 1 / y;
const div_slope_y = (x, y, out) => -out / y;
const power = (x, y) => y === 2 ? x * x : pow(x, y);
const power_slope_x = (x, y, out) => lowered_power(x, y, out);
function lowered_power(x, y, out) {
  if (y === 0) return 0;
  if (y === 2) return 2 * x;
  if (y !== Math.floor(y) && (1e-305 < Math.abs(out) && Math.abs(out) < 1e+305) && x !== 0) return y * (out / x);
  return Math.abs(y) === Infinity && out === 0 ? 0 : y * pow(x, y - 1);
}
const power_slope_y = (x, y, out) => times_log(x, y, out);
function times_log(x, y, out) {
  if (x === 0) return y >= 0 ? 0 : (y < 0 ? -Infinity : NaN);
  if (x === Infinity && y < 0) return 0;
  return out * Math.log(x);
}
const neg = (x) => -x;
const neg_slope = (x, out) => -1;
const absolute = (x) => Math.abs(x);
const absolute_slope = (x, out) => x > 0 ? 1 : (x < 0 ? -1 : (x === 0 ? 0 : NaN));
const square = (x) => x * x;
const square_slope = (x, out) => 2 * x;
const reciprocal = (x) => 1 / x;
const reciprocal_slope = (x, out) => -(out * out);
const sqrt_slope = (x, out) => 0.5 / (out + 0);
const cbrt_slope = (x, out) => third_of_inverse_square(out);
const third_of_inverse_square = (x) => 1 / (3 * x * x);
const exp_slope = (x, out) => out;
const exp2_slope = (x, out) => out * LN_2;
const expm1_slope = (x, out) => Math.exp(x);
const log_slope = (x, out) => x >= 0 ? 1 / (x + 0) : NaN / x;
const log2_slope = (x, out) => x >= 0 ? LOG2_E / (x + 0) : NaN / x;
const log10_slope = (x, out) => x >= 0 ? LOG10_E / (x + 0) : NaN / x;
const log1p_slope = (x, out) => x >= -1 ? 1 / (1 + x) : NaN / x;
const sin_slope = (x, out) => Math.cos(x);
const cos_slope = (x, out) => -Math.sin(x);
const tan_slope = (x, out) => 1 + out * out;
const arcsin_slope = (x, out) => 1 / Math.sqrt(one_minus_square(x));
const one_minus_square = (x) => (-0.5 < x && x < 0.5) || Math.abs(x) === 1 ? 1 - x * x : (1 - x) * (1 + x);
const arccos_slope = (x, out) => -1 / Math.sqrt(one_minus_square(x));
const arctan_slope = (x, out) => Math.abs(x) > 100000000 ? 1 / x / x : 1 / (1 + x * x);
const sinh_slope = (x, out) => Math.cosh(x);
const cosh_slope = (x, out) => Math.sinh(x);
const tanh_slope = (x, out) => sech2(x);
function sech2(x) {
  let e = Math.exp(x >= 0 ? -2 * x : 2 * x);
  return 4 * e / ((1 + e) * (1 + e));
}
const arcsinh_slope = (x, out) => 1 / length(1, x);
const length = (x, y) => hypot(x, y);
function hypot(x, y) {
  [x, y] = [Math.abs(x), Math.abs(y)];
  if (x === Infinity || y === Infinity) return Infinity;
  if (x < y) [x, y] = [y, x];
  if (!(1.8014398509481984e+16 * y > x)) return x + y;
  let scale = x > 1e+100 ? 1 / 5.260135901548374e+210 : (y < 1e-130 ? 4.149515568880993e+180 : 1);
  x *= scale;
  y *= scale;
  let r = Math.sqrt(x * x + y * y);
  let rest = x * x - r * r + y * y + (product_error(x, x) + product_error(y, y) - product_error(r, r));
  return (r + rest / (2 * r)) / scale;
}
function product_error(x, y) {
  if (!(-1e+100 < x && x < 1e+100)) return 0;
  let t = SPLITTER * x;
  let x_high = t - (t - x);
  let x_low = x - x_high;
  t = SPLITTER * y;
  let y_high = t - (t - y);
  let y_low = y - y_high;
  return x_high * y_high - x * y + x_high * y_low + x_low * y_high + x_low * y_low;
}
const arccosh_slope = (x, out) => x === Infinity ? 0 : 1 / (Math.sqrt(x - 1) * (x === 1 ? 1 : Math.sqrt(x + 1)));
const arctanh_slope = (x, out) => Math.abs(x) <= 1 ? 1 / one_minus_square(x) : NaN / x;
function erf(x) {
  let a = Math.abs(x);
  let b = a > 6 ? 6 : a;
  let t = (b - 3) / (b + 3);
  let u = t * t;
  let even = -5.214977423722407e-06;
  even = even * u + 7.862596854374164e-05;
  even = even * u - 0.0005916096088828146;
  even = even * u + 0.004269539135667915;
  even = even * u + 0.07166584185044686;
  even = even * u + 0.24560380170056959;
  even = even * u + 0.17900115118137727;
  let odd = -1.786175530754654e-06;
  odd = odd * u + 5.6316139740937206e-05;
  odd = odd * u + 0.0007095557023078772;
  odd = odd * u - 0.024392441704087796;
  odd = odd * u - 0.1501159363897684;
  odd = odd * u - 0.32623356004388926;
  let q = even + t * odd;
  return a < 0.84 ? erf_near_0(x) : copysign(1 - q * Math.exp(-(b * b)), x);
}
function erf_near_0(x) {
  let z = x * x;
  let w = z * z;
  let even = 1.0759159068348907e-08;
  even = even * w + 1.6403207725946895e-06;
  even = even * w + 0.00012055205894353;
  even = even * w + 0.005223977579501599;
  even = even * w + 0.11283791670936956;
  even = even * w + 0.12837916709551256;
  let odd = -1.5725473600124083e-07;
  odd = odd * w - 1.4922246436459657e-05;
  odd = odd * w - 0.0008548323966256883;
  odd = odd * w - 0.02686617064109863;
  odd = odd * w - 0.3761263890318343;
  return x + x * (even + z * odd);
}
const erf_slope = (x, out) => error_density(x);
const error_density = (x) => TWO_OVER_SQRT_PI * gauss(x);
const gauss = (x) => Math.exp(-(x * x)) * (1 - square_error(x));
const square_error = (x) => -40 < x && x < 40 ? product_error(x, x) : 0;
function erfc(x) {
  let a = Math.abs(x) > 28 ? 28 : Math.abs(x);
  let tail = gauss(x) * erfcx(a);
  let y = a < 0.5 ? 1 - erf_near_0(x) : (x < 0 ? 2 - tail : tail);
  return x !== x ? x : y;
}
function erfcx(x) {
  let t = (x - 3.75) / (x + 3.75);
  let u = t * t;
  let w = u * u;
  let one = 1.6565013277284427e-09;
  one = one * w + 1.896336964029277e-07;
  one = one * w + 3.129125997429141e-05;
  one = one * w + 0.0011513995785797841;
  one = one * w + 0.1902579762770465;
  one = one * w + 0.2375126308378276;
  let two = -2.322716188835378e-09;
  two = two * w - 2.3698440914744292e-07;
  two = two * w - 8.90374613563708e-06;
  two = two * w + 0.0006042264511851094;
  two = two * w - 0.09795365511543125;
  two = two * w - 0.37775322942337425;
  let three = -1.570253287033583e-08;
  three = three * w - 2.539515391820789e-06;
  three = three * w - 0.0003105128235118234;
  three = three * w + 0.03926025652448198;
  three = three * w + 0.38133864490883745;
  let four = 3.1066558200163535e-08;
  four = four * w + 1.5587709118006228e-06;
  four = four * w + 2.0357787124231152e-05;
  four = four * w - 0.010897979125395106;
  four = four * w - 0.2990619064187279;
  let p = one + u * three + t * (two + u * four);
  return (1 + (1 + t) * p) / (1 + 2 * x);
}
const erfc_slope = (x, out) => -error_density(x);
function sigmoid(x) {
  let e = Math.exp(x >= 0 ? -x : x);
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}
const sigmoid_slope = (x, out) => logistic_density(x);
function logistic_density(x) {
  let e = Math.exp(x >= 0 ? -x : x);
  return e / ((1 + e) * (1 + e));
}
const logsigmoid = (x) => -softplus(-x);
const softplus = (x) => Math.log1p(Math.exp(-Math.abs(x))) + (x > 0 ? x : 0);
const logsigmoid_slope = (x, out) => sigmoid(-x);
const softplus_slope = (x, out) => sigmoid(x);
const relu = (x) => x <= 0 ? 0 : x;
const relu_slope = (x, out) => x > 0 ? 1 : (x <= 0 ? 0 : NaN);
const leaky_relu = (x, negative_slope) => x > 0 ? x : negative_slope * x;
const leaky_relu_slope_x = (x, negative_slope, out) => x > 0 ? 1 : (x <= 0 ? negative_slope : NaN);
const leaky_relu_slope_y = (x, negative_slope, out) => x > 0 ? 0 : x;
const elu = (x, alpha) => x > 0 ? x : alpha * Math.expm1(x);
const elu_slope_x = (x, alpha, out) => x > 0 ? 1 : alpha * Math.exp(x);
const elu_slope_y = (x, alpha, out) => x > 0 ? 0 : Math.expm1(x);
function gelu(x) {
  if (x < -37) return x > -60 ? times_normal_density(x * normal_tail(x), x) : -0;
  return x * normal_cdf(x);
}
function times_normal_density(factor, x) {
  if (Math.abs(x) > 60) return 0;
  let root = Math.exp(-0.25 * (x * x));
  return ONE_OVER_SQRT_TWO_PI * factor * root * root * (1 - half_square_error(x));
}
const half_square_error = (x) => -60 < x && x < 60 ? 0.5 * product_error(x, x) : 0;
function normal_tail(x) {
  let r = 1 / (x * x);
  return -(1 - r * (1 - 3 * r * (1 - 5 * r * (1 - 7 * r * (1 - 9 * r * (1 - 11 * r)))))) / x;
}
const normal_cdf = (x) => 0.5 * (erfc(-SQRT_HALF * x) + erfc_correction(x));
function erfc_correction(x) {
  if (!(-60 < x && x < 60)) return 0;
  let u = -SQRT_HALF * x;
  let rest = product_error(-SQRT_HALF, x) - SQRT_HALF_REST * x;
  return -TWO_OVER_SQRT_PI * gauss(u) * rest;
}
const gelu_slope = (x, out) => gelu_by_x(x);
function gelu_by_x(x) {
  if (x < -37) return x > -60 ? times_normal_density(x + normal_tail(x), x) : -0;
  return x > 60 ? 1 : normal_cdf(x) + x * normal_density(x);
}
const normal_density = (x) => ONE_OVER_SQRT_TWO_PI * Math.exp(-0.5 * (x * x)) * (1 - half_square_error(x));
function silu(x) {
  if (x < -708) return x !== -Infinity ? times_exp(x, x) : -0;
  return x * sigmoid(x);
}
function times_exp(factor, x) {
  let root = Math.exp(0.5 * x);
  return factor * root * root;
}
const silu_slope = (x, out) => silu_by_x(x);
function silu_by_x(x) {
  if (Math.abs(x) === Infinity) return x > 0 ? 1 : -0;
  return x < -708 ? times_exp(1 + x, x) : sigmoid(x) * (1 + x * sigmoid(-x));
}
function mish(x) {
  let e, n;
  if (x < -708) return x !== -Infinity ? times_exp(x, x) : -0;
  if (x <= 0) {
    e = Math.exp(x);
    n = e * (e + 2);
    return x * (n / (n + 2));
  }
  let q = Math.exp(-x);
  return x * ((1 + 2 * q) / (1 + 2 * q + 2 * q * q));
}
function mish_slope(x, out) {
  let d, e;
  if (Math.abs(x) > 2000) return x > 0 ? 1 : -0;
  if (x < -708) return times_exp(1 + x, x);
  if (x <= 0) {
    e = Math.exp(x);
    d = e * (e + 2) + 2;
    return e * ((e + 2) * d + 4 * x * (1 + e)) / (d * d);
  }
  let q = Math.exp(-x);
  let p = 1 + 2 * q + 2 * q * q;
  return 1 - 2 * q * q / p + 4 * x * (1 + q) * q * q / (p * p);
}
function maximum(x, y) {
  let tie = x === 0 ? x + y : x;
  let larger = y > x ? y : x;
  return y !== y ? y : (x === y ? tie : larger);
}
const where_larger = (x, y, out) => x > y ? 1 : (x < y ? 0 : (x === y ? 0.5 : NaN));
const where_smaller = (x, y, out) => where_larger(y, x, out);
function minimum(x, y) {
  let tie = x === 0 ? -(-x - y) : x;
  let smaller = y < x ? y : x;
  return y !== y ? y : (x === y ? tie : smaller);
}
const arctan2_slope_y = (y, x, out) => arctan2_by_y(y, x);
function arctan2_by_y(y, x) {
  let r = hypot(x, y);
  return r === 0 ? 0 : toward(x, y) / r;
}
function toward(x, y) {
  let size;
  let r = hypot(x, y);
  if (r === 0) return 0;
  if (r === Infinity) {
    if (x !== x || y !== y) return NaN;
    if (Math.abs(x) === Infinity) {
      size = Math.abs(y) === Infinity ? SQRT_HALF : 1;
      return x > 0 ? size : -size;
    }
    return Math.abs(y) === Infinity ? 0 : 0.5 * x / hypot(0.5 * x, 0.5 * y);
  }
  if (r < 1e-290) return 4.149515568880993e+180 * x / hypot(4.149515568880993e+180 * x, 4.149515568880993e+180 * y);
  return x / r;
}
const arctan2_slope_x = (y, x, out) => x === 0 && y === 0 ? 0 : -arctan2_by_y(x, y);
const hypot_slope_x = (x, y, out) => cosine(x, y);
const cosine = (x, y) => toward(x, y);
const hypot_slope_y = (x, y, out) => cosine(y, x);
function logaddexp(x, y) {
  if (x === y) return x + LN_2;
  return (x > y ? x : y) + Math.log1p(Math.exp(-Math.abs(x - y)));
}
const logaddexp_slope_x = (x, y, out) => x === y && Math.abs(x) === Infinity ? 0.5 : sigmoid_of_difference(x, y);
function sigmoid_of_difference(x, y) {
  let d = x - y;
  let error = rounding_of_difference(x, y);
  return sigmoid(d) * (1 + sigmoid(-d) * error);
}
const rounding_of_difference = (x, y) => difference_error(x, y);
const logaddexp_slope_y = (x, y, out) => x === y && Math.abs(x) === Infinity ? 0.5 : sigmoid_of_difference(y, x);
const copy_sign = (x, y) => y === y ? copysign(x, y) : Math.abs(x);
const copysign_slope_x = (x, y, out) => absolute_slope(x, out) * unit(y);
const unit = (x) => copy_sign(1, x);
const zero = (x, y, out) => 0;
function remainder(x, y) {
  let r = fmod(x, y);
  if (r === 0) return copysign(0, y);
  return (r < 0) !== (y < 0) ? r + y : r;
}
const one_where_defined = (x, y, out) => out === out ? 1 : NaN;
const minus_floor_quotient = (x, y, out) => out === out ? -floor_divide(x, y) : NaN;
function floor_divide(x, y) {
  if (y === 0) return x / y;
  let r = fmod(x, y);
  let quotient = (x - r) / y;
  if (r !== 0 && (r < 0) !== (y < 0)) quotient -= 1;
  if (quotient === 0) return copysign(0, x / y);
  let whole = Math.floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}
const minus_quotient = (x, y, out) => out === out ? -quotient(x, y) : NaN;
const quotient = (x, y) => rint((x - fmod(x, y)) / y);
const rint = (x) => Math.abs(x) < 4503599627370496 ? rounded(x) : x;
function rounded(x) {
  let a = Math.abs(x);
  return copysign(a + 4503599627370496 - 4503599627370496, x);
}
const sech2_slope = (x, out) => -2 * Math.tanh(x) * out;
function sech(x) {
  let e = Math.exp(x >= 0 ? -x : x);
  return 2 * e / (1 + e * e);
}
const sech_slope = (x, out) => -Math.tanh(x) * out;
const logistic_density_slope = (x, out) => -Math.tanh(0.5 * x) * out;
function silu_by_x_slope(x, out) {
  if (Math.abs(x) > 2000) return 0;
  let root = 0.5 * sech(0.5 * x);
  return (2 - x * Math.tanh(0.5 * x)) * root * root;
}
const gelu_by_x_slope = (x, out) => times_normal_density(2 - x * x, x);
const error_density_slope = (x, out) => times_gauss(-2 * TWO_OVER_SQRT_PI * x, x);
function times_gauss(factor, x) {
  if (Math.abs(x) > 40) return 0;
  let root = Math.exp(-0.5 * (x * x));
  return factor * root * root * (1 - square_error(x));
}
const third_of_inverse_square_slope = (x, out) => -2 * (out / x);
const power_by_x = (x, y) => lowered_power(x, y, power(x, y));
const power_slope_xx = (x, y, out) => power_by_xx(x, y);
const power_by_xx = (x, y) => times_power(y * (y - 1), x, y - 2);
function times_power(factor, x, y) {
  let out = pow(x, y);
  let size = Math.abs(out);
  if ((size > 1e-290 && size < 1e+290) || out !== out) return factor * out;
  let root = pow(Math.abs(x), 0.5 * y);
  if (factor === 0 || (root === 0 && Math.abs(factor) === Infinity)) return 0;
  if (root === 0) return factor * out;
  return unit(out) * factor * root * root;
}
const power_slope_xy = (x, y, out) => power_by_xy(x, y);
const power_by_xy = (x, y) => times_power(plus_multiple(1, y, Math.log(x)), x, y - 1);
const plus_multiple = (x, factor, y) => factor === 0 && Math.abs(y) === Infinity ? x : x + factor * y;
const power_by_y = (x, y) => times_log(x, y, power(x, y));
const power_slope_yy = (x, y, out) => power_by_yy(x, y);
const power_by_yy = (x, y) => times_power(Math.log(x) * Math.log(x), x, y);
function power_slope_xxx(x, y, out) {
  let factor = y * (y - 1);
  let slope = power_by_x(x, y - 2);
  if (factor === 0 && Math.abs(slope) === Infinity) return 0;
  if ((0.001 < Math.abs(factor) && Math.abs(factor) < 1000) || (1e-290 < Math.abs(slope) && Math.abs(slope) < 1e+290) || slope !== slope) return factor * slope;
  return times_power(factor * (y - 2), x, y - 3);
}
const power_slope_xxy = (x, y, out) => times_power(plus_multiple(2 * y - 1, y * (y - 1), Math.log(x)), x, y - 2);
const power_slope_xyy = (x, y, out) => times_power(Math.log(x) * plus_multiple(2, y, Math.log(x)), x, y - 1);
const power_slope_yyy = (x, y, out) => times_power(Math.log(x) * Math.log(x) * Math.log(x), x, y);
const hypot_slope_xx = (x, y, out) => hypot_by_xx(x, y);
function hypot_by_xx(x, y) {
  let r = hypot(x, y);
  let s = toward(y, x);
  return r === 0 ? 0 : s * (s / r);
}
const hypot_slope_xy = (x, y, out) => hypot_by_xy(x, y);
function hypot_by_xy(x, y) {
  let r = hypot(x, y);
  return r === 0 ? 0 : -(toward(x, y) * toward(y, x)) / r;
}
function hypot_slope_xxx(x, y, out) {
  let r = length(x, y);
  return r === 0 ? 0 : -3 * cosine(x, y) * (cosine(y, x) / r) * (cosine(y, x) / r);
}
function hypot_slope_xxy(x, y, out) {
  let r = length(x, y);
  let c = cosine(x, y);
  let s = cosine(y, x);
  return r === 0 ? 0 : (2 * c * c - s * s) * s / r / r;
}
const hypot_slope_xyy = (x, y, out) => hypot_slope_xxy(y, x, out);
const arctan2_slope_yy = (y, x, out) => arctan2_by_yy(y, x);
function arctan2_by_yy(y, x) {
  let r = hypot(x, y);
  return r === 0 ? 0 : -2 * (toward(x, y) * toward(y, x)) / r / r;
}
const arctan2_slope_xy = (y, x, out) => arctan2_by_xy(y, x);
function arctan2_by_xy(y, x) {
  let r = hypot(x, y);
  let c = toward(x, y);
  let s = toward(y, x);
  return r === 0 ? 0 : (s - c) * (s + c) / r / r;
}
const arctan2_slope_yyy = (y, x, out) => -arctan2_slope_xxy(y, x, out);
function arctan2_slope_xxy(y, x, out) {
  let r = length(x, y);
  let c = cosine(x, y);
  let s = cosine(y, x);
  return r === 0 ? 0 : 2 * c * (c * c - 3 * s * s) / r / r / r;
}
const arctan2_slope_xyy = (y, x, out) => -arctan2_slope_xxy(x, y, out);
const sign = (x) => x > 0 ? 1 : (x < 0 ? -1 : (x === 0 ? 0 : NaN));
return {
  "fsum": {arity: 0, value: fsum, slopes: fsum_slopes},
  "dot": {arity: 0, value: dot, slopes: dot_slopes},
  "prod": {arity: 0, value: prod, slopes: prod_slopes},
  "logsumexp": {arity: 0, value: logsumexp, slopes: logsumexp_slopes},
  "softmax": {arity: 0, value: softmax, slopes: softmax_slopes},
  "log_softmax": {arity: 0, value: log_softmax, slopes: log_softmax_slopes},
  "max": {arity: 0, value: largest, slopes: shares},
  "min": {arity: 0, value: smallest, slopes: shares},
  "clip": {arity: 0, value: clip, slopes: clip_slopes},
  "take": {arity: 0, value: take, slopes: take_slopes},
  "where": {arity: 0, value: where, slopes: where_slopes},
  "add": {arity: 2, value: add, slopes: [plus_one, plus_one]},
  "sub": {arity: 2, value: sub, slopes: [plus_one, minus_one]},
  "mul": {arity: 2, value: mul, slopes: [second, first]},
  "div": {arity: 2, value: div, slopes: [div_slope_x, div_slope_y]},
  "pow": {arity: 2, value: power, slopes: [power_slope_x, power_slope_y]},
  "neg": {arity: 1, value: neg, slopes: [neg_slope]},
  "abs": {arity: 1, value: absolute, slopes: [absolute_slope]},
  "square": {arity: 1, value: square, slopes: [square_slope]},
  "reciprocal": {arity: 1, value: reciprocal, slopes: [reciprocal_slope]},
  "sqrt": {arity: 1, value: Math.sqrt, slopes: [sqrt_slope]},
  "cbrt": {arity: 1, value: Math.cbrt, slopes: [cbrt_slope]},
  "exp": {arity: 1, value: Math.exp, slopes: [exp_slope]},
  "exp2": {arity: 1, value: exp2, slopes: [exp2_slope]},
  "expm1": {arity: 1, value: Math.expm1, slopes: [expm1_slope]},
  "log": {arity: 1, value: Math.log, slopes: [log_slope]},
  "log2": {arity: 1, value: Math.log2, slopes: [log2_slope]},
  "log10": {arity: 1, value: Math.log10, slopes: [log10_slope]},
  "log1p": {arity: 1, value: Math.log1p, slopes: [log1p_slope]},
  "sin": {arity: 1, value: Math.sin, slopes: [sin_slope]},
  "cos": {arity: 1, value: Math.cos, slopes: [cos_slope]},
  "tan": {arity: 1, value: Math.tan, slopes: [tan_slope]},
  "arcsin": {arity: 1, value: Math.asin, slopes: [arcsin_slope]},
  "arccos": {arity: 1, value: Math.acos, slopes: [arccos_slope]},
  "arctan": {arity: 1, value: Math.atan, slopes: [arctan_slope]},
  "sinh": {arity: 1, value: Math.sinh, slopes: [sinh_slope]},
  "cosh": {arity: 1, value: Math.cosh, slopes: [cosh_slope]},
  "tanh": {arity: 1, value: Math.tanh, slopes: [tanh_slope]},
  "arcsinh": {arity: 1, value: Math.asinh, slopes: [arcsinh_slope]},
  "arccosh": {arity: 1, value: Math.acosh, slopes: [arccosh_slope]},
  "arctanh": {arity: 1, value: Math.atanh, slopes: [arctanh_slope]},
  "erf": {arity: 1, value: erf, slopes: [erf_slope]},
  "erfc": {arity: 1, value: erfc, slopes: [erfc_slope]},
  "sigmoid": {arity: 1, value: sigmoid, slopes: [sigmoid_slope]},
  "logsigmoid": {arity: 1, value: logsigmoid, slopes: [logsigmoid_slope]},
  "softplus": {arity: 1, value: softplus, slopes: [softplus_slope]},
  "relu": {arity: 1, value: relu, slopes: [relu_slope]},
  "leaky_relu": {arity: 2, value: leaky_relu, slopes: [leaky_relu_slope_x, leaky_relu_slope_y]},
  "elu": {arity: 2, value: elu, slopes: [elu_slope_x, elu_slope_y]},
  "gelu": {arity: 1, value: gelu, slopes: [gelu_slope]},
  "silu": {arity: 1, value: silu, slopes: [silu_slope]},
  "mish": {arity: 1, value: mish, slopes: [mish_slope]},
  "maximum": {arity: 2, value: maximum, slopes: [where_larger, where_smaller]},
  "minimum": {arity: 2, value: minimum, slopes: [where_smaller, where_larger]},
  "arctan2": {arity: 2, value: Math.atan2, slopes: [arctan2_slope_y, arctan2_slope_x]},
  "hypot": {arity: 2, value: hypot, slopes: [hypot_slope_x, hypot_slope_y]},
  "logaddexp": {arity: 2, value: logaddexp, slopes: [logaddexp_slope_x, logaddexp_slope_y]},
  "copysign": {arity: 2, value: copy_sign, slopes: [copysign_slope_x, zero]},
  "remainder": {arity: 2, value: remainder, slopes: [one_where_defined, minus_floor_quotient]},
  "fmod": {arity: 2, value: fmod, slopes: [one_where_defined, minus_quotient]},
  "tanh'": {arity: 1, value: sech2, slopes: [sech2_slope]},
  "sech": {arity: 1, value: sech, slopes: [sech_slope]},
  "sigmoid'": {arity: 1, value: logistic_density, slopes: [logistic_density_slope]},
  "silu'": {arity: 1, value: silu_by_x, slopes: [silu_by_x_slope]},
  "gelu'": {arity: 1, value: gelu_by_x, slopes: [gelu_by_x_slope]},
  "erf'": {arity: 1, value: error_density, slopes: [error_density_slope]},
  "cbrt'": {arity: 1, value: third_of_inverse_square, slopes: [third_of_inverse_square_slope]},
  "pow'x": {arity: 2, value: power_by_x, slopes: [power_slope_xx, power_slope_xy]},
  "pow'y": {arity: 2, value: power_by_y, slopes: [power_slope_xy, power_slope_yy]},
  "pow'xx": {arity: 2, value: power_by_xx, slopes: [power_slope_xxx, power_slope_xxy]},
  "pow'xy": {arity: 2, value: power_by_xy, slopes: [power_slope_xxy, power_slope_xyy]},
  "pow'yy": {arity: 2, value: power_by_yy, slopes: [power_slope_xyy, power_slope_yyy]},
  "hypot'x": {arity: 2, value: toward, slopes: [hypot_slope_xx, hypot_slope_xy]},
  "hypot'xx": {arity: 2, value: hypot_by_xx, slopes: [hypot_slope_xxx, hypot_slope_xxy]},
  "hypot'xy": {arity: 2, value: hypot_by_xy, slopes: [hypot_slope_xxy, hypot_slope_xyy]},
  "arctan2'y": {arity: 2, value: arctan2_by_y, slopes: [arctan2_slope_yy, arctan2_slope_xy]},
  "arctan2'yy": {arity: 2, value: arctan2_by_yy, slopes: [arctan2_slope_yyy, arctan2_slope_xyy]},
  "arctan2'xy": {arity: 2, value: arctan2_by_xy, slopes: [arctan2_slope_xyy, arctan2_slope_xxy]},
  "floor": {arity: 1, value: Math.floor, slopes: null},
  "flat floor": {arity: 1, value: Math.floor, slopes: null},
  "ceil": {arity: 1, value: Math.ceil, slopes: null},
  "flat ceil": {arity: 1, value: Math.ceil, slopes: null},
  "trunc": {arity: 1, value: Math.trunc, slopes: null},
  "flat trunc": {arity: 1, value: Math.trunc, slopes: null},
  "rint": {arity: 1, value: rint, slopes: null},
  "flat rint": {arity: 1, value: rint, slopes: null},
  "sign": {arity: 1, value: sign, slopes: null},
  "flat sign": {arity: 1, value: sign, slopes: null},
  "flat square_error": {arity: 1, value: square_error, slopes: null},
  "flat half_square_error": {arity: 1, value: half_square_error, slopes: null},
  "flat rounding_of_difference": {arity: 2, value: difference_error, slopes: null},
  "flat unit": {arity: 1, value: unit, slopes: null},
  "flat quotient": {arity: 2, value: quotient, slopes: null},
  "flat //": {arity: 2, value: floor_divide, slopes: null},
  "select <": choice((a, b) => a < b),
  "select <=": choice((a, b) => a <= b),
  "select ==": choice((a, b) => a === b),
  "select !=": choice((a, b) => a !== b),
  "flat detach": {arity: 1, value: detach, slopes: null},
  "flat round": {arity: 0, value: rounding, slopes: null},
};
})();

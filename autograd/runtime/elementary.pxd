# The elementary functions that the kernels of compiled programs have of their own: formulas that a loop over rows computes with
# vector instructions. `kernels.pyx.tp` makes the loops.
#
# A formula has no branches, only selects; no product is fused with a sum, and no sum is reordered, so the results have the same
# bits whatever the width of the vectors. Most are within 1.5 ulp of the true value, sigmoid, tanh and their slopes within 2.7, erfc,
# elu and silu within 3.5, the slopes of silu and gelu within 4 (tests/runtime/test_kernels.py), where the C library's functions are
# within 1: a compiled program may differ from eager execution in the last digits. NaN, infinities and zeros are where the eager
# functions have them.
#
# A polynomial is computed as its even and its odd powers, two chains of operations, because the processor waits for one chain.
# The coefficients of the polynomials are what tools/minimax.py prints. The methods are those of textbooks: Muller, Elementary
# Functions: Algorithms and Implementation (3rd ed. 2016); Cody and Waite, Software Manual for the Elementary Functions (1980).

from libc.math cimport INFINITY, NAN, copysign
from libc.math cimport cos as libm_cos
from libc.math cimport sin as libm_sin

# The bits of a double as a whole number, and back: copies that the compiler makes moves of, in loops it vectorises.

cdef extern from *:
    """
    #include <string.h>

    static inline unsigned long long bits_of(double x) {
        unsigned long long bits;
        memcpy(&bits, &x, sizeof bits);
        return bits;
    }

    static inline double double_of(unsigned long long bits) {
        double x;
        memcpy(&x, &bits, sizeof x);
        return x;
    }
    """
    unsigned long long bits_of(double x) noexcept nogil
    double double_of(unsigned long long bits) noexcept nogil


# ------------------------------------------------------------------------------------------------ exponentials


cdef inline double exp_polynomial(double r) noexcept nogil:
    """(e**r - 1 - r) / r², for r between ±log(2)/2."""
    cdef double z = r * r
    cdef double even = 2.76315727109741e-07
    even = even * z + 2.480148905580456e-05
    even = even * z + 0.00138888889479632
    even = even * z + 0.041666666666511275
    even = even * z + 0.5000000000000013
    cdef double odd = 2.5112514740072838e-08
    odd = odd * z + 2.755723335804186e-06
    odd = odd * z + 0.00019841269898062216
    odd = odd * z + 0.00833333333331626
    odd = odd * z + 0.16666666666666685
    return even + r * odd


cdef inline double times_power_of_two(double p, double shifted) noexcept nogil:
    """p * 2**k, where `shifted` is 1.5 * 2**52 + 2046 + k: half of its last bits make the bits of a double.

    2**k takes two factors for results that are subnormal, and for 2**1024.
    """
    cdef unsigned long long bits = bits_of(shifted)
    cdef unsigned long long half = bits >> 1
    return p * double_of(half << 52) * double_of((bits - half) << 52)


cdef inline double times_exp_of_sum(double factor, double x, double rest) noexcept nogil:
    """factor * e**(x + rest), for x between -1000 and 1000 and a rest that would be lost if it were added to x.

    It is right where the power alone would be subnormal. The power is 2**k e**r, with k whole and r between ±log(2)/2. To add 1.5 * 2**52 is to round to a whole number. log(2) is in
    two parts, the first so short that its product with k is exact (Cody and Waite).
    """
    cdef double shift = 6755399441057790.0  # 1.5 * 2**52 + 2046
    cdef double shifted = x * 1.4426950408889634 + shift
    cdef double k = shifted - shift
    cdef double high = x - k * 0.6931471805598903
    cdef double low = k * 5.497923018708371e-14 - rest
    cdef double r = high - low
    return times_power_of_two(factor * (1.0 + (r + (r * r * exp_polynomial(r) + ((high - r) - low)))), shifted)


cdef inline double exp_of_sum(double x, double rest) noexcept nogil:
    return times_exp_of_sum(1.0, x, rest)


cdef inline double exp(double x) noexcept nogil:
    cdef double y = exp_of_sum(x, 0.0)
    y = INFINITY if x > 710.0 else y
    return 0.0 if x < -746.0 else y


cdef inline double exp_of_minus(double x) noexcept nogil:
    """e**-x, for x from 0 on."""
    return exp_of_sum(-746.0 if x > 746.0 else -x, 0.0)


cdef inline double exp2(double x) noexcept nogil:
    cdef double above = -1076.0 if x < -1076.0 else x
    cdef double within = 1025.0 if above > 1025.0 else above
    cdef double shift = 6755399441057790.0
    cdef double shifted = within + shift
    cdef double high = within - (shifted - shift)
    cdef double r = high * 0.6931471805599453
    return times_power_of_two(1.0 + (r + (r * r * exp_polynomial(r) + high * 2.3190468138462996e-17)), shifted)


cdef inline double expm1(double x) noexcept nogil:
    """2**k (e**r - 1) + (2**k - 1), with 2**k in two factors as in times_power_of_two."""
    cdef double above = -60.0 if x < -60.0 else x
    cdef double within = 710.0 if above > 710.0 else above
    cdef double shift = 6755399441057790.0
    cdef double shifted = within * 1.4426950408889634 + shift
    cdef double k = shifted - shift
    cdef double high = within - k * 0.6931471805598903
    cdef double low = k * 5.497923018708371e-14
    cdef double r = high - low
    cdef double p = r + (r * r * exp_polynomial(r) + ((high - r) - low))
    cdef unsigned long long half = bits_of(shifted) >> 1
    cdef unsigned long long other = bits_of(shifted) - half
    cdef double first = double_of(half << 52)
    cdef double y = (p * first + (first - double_of((2046 - other) << 52))) * double_of(other << 52)
    return x if x == 0.0 else y  # -0.0 stays


cdef inline double tanh(double x) noexcept nogil:
    """(1 - e) / (1 + e), where e = exp(-2|x|): near 0 from e - 1, which keeps its digits there, then as 1 - 2e / (1 + e)."""
    cdef double a = 20.0 if abs(x) > 20.0 else abs(x)
    cdef double shift = 6755399441056767.0  # 1.5 * 2**52 + 1023
    cdef double shifted = a * -2.8853900817779268 + shift
    cdef double k = shifted - shift
    cdef double high = -2.0 * a - k * 0.6931471805598903
    cdef double low = k * 5.497923018708371e-14
    cdef double r = high - low
    cdef double scale = double_of(bits_of(shifted) << 52)
    cdef double p = scale * (r + (r * r * exp_polynomial(r) + ((high - r) - low)))
    cdef double e = scale + p
    cdef double q = (p + (scale - 1.0) if a < 0.55 else 2.0 * e) / (1.0 + e)
    return copysign(q if a < 0.55 else 1.0 - q, x)


cdef inline double over_square_of_sum(double e) noexcept nogil:
    """e / (1 + e)², for e between 0 and 1. Of 1 + e the first 26 bits are taken apart: their square is exact."""
    cdef double high = (e + 201326593.0) - 201326592.0  # 1.5 * 2**27 and 1 more
    cdef double low = e - (high - 1.0)
    return e / (high * high + (high + high + low) * low)


cdef inline double sech2(double x) noexcept nogil:
    return 4.0 * over_square_of_sum(exp_of_minus(2.0 * abs(x)))


cdef inline double sigmoid(double x) noexcept nogil:
    cdef double e = exp_of_minus(abs(x))
    return (1.0 if x >= 0.0 else e) / (1.0 + e)


cdef inline double logistic_density(double x) noexcept nogil:
    return over_square_of_sum(exp_of_minus(abs(x)))


cdef inline void sigmoid_with_slope_loop(double* out, double* slope, double* x, Py_ssize_t n) noexcept nogil:
    for i in range(n):
        v = x[i]
        e = exp_of_minus(abs(v))
        out[i] = (1.0 if v >= 0.0 else e) / (1.0 + e)
        slope[i] = over_square_of_sum(e)


cdef inline void tanh_with_slope_loop(double* out, double* slope, double* x, Py_ssize_t n) noexcept nogil:
    """The formulas of tanh and sech2, whose exponential exp(-2|x|) is here made once: 2**k (1 + s), with 2**k in two factors."""
    cdef double a, shifted, k, high, low, r, s, e, scale, q
    cdef double shift = 6755399441057790.0
    for i in range(n):
        v = x[i]
        a = 746.0 if abs(v) > 373.0 else 2.0 * abs(v)
        shifted = shift - a * 1.4426950408889634
        k = shifted - shift
        high = -a - k * 0.6931471805598903
        low = k * 5.497923018708371e-14
        r = high - low
        s = r + (r * r * exp_polynomial(r) + ((high - r) - low))
        e = times_power_of_two(1.0 + s, shifted)
        scale = times_power_of_two(1.0, shifted)
        q = (s * scale + (scale - 1.0) if a < 1.1 else 2.0 * e) / (1.0 + e)
        out[i] = copysign(q if a < 1.1 else 1.0 - q, v)
        slope[i] = 4.0 * over_square_of_sum(e)


cdef inline double silu(double x) noexcept nogil:
    cdef double a = 800.0 if abs(x) > 800.0 else abs(x)
    cdef double e = exp_of_sum(-a, 0.0)
    return (x if x >= 0.0 else times_exp_of_sum(-a, -a, 0.0)) / (1.0 + e)


cdef inline double silu_by_x(double x) noexcept nogil:
    cdef double a = 800.0 if abs(x) > 800.0 else abs(x)
    cdef double e = exp_of_sum(-a, 0.0)
    cdef double above = 1.0 / (1.0 + e)
    cdef double y = 1.0 + a * (e / (1.0 + e)) if x >= 0.0 else times_exp_of_sum(1.0 - a * above, -a, 0.0)
    return x if x != x else above * y


# ------------------------------------------------------------------------------------------------ logarithms


cdef inline unsigned long long biased_exponent(unsigned long long bits) noexcept nogil:
    """k + 1024, where these are the bits of 2**k m with m between sqrt(1/2) and sqrt(2).

    The bits of a double grow as it does: without those of sqrt(1/2), the exponent that is left is k.
    """
    return (bits + (bits_of(2.0) - bits_of(0.7071067811865476))) >> 52


cdef inline double exponent(unsigned long long bits) noexcept nogil:
    """The k of biased_exponent as a double: to put a whole number into the last bits of 2**52 is to add the two."""
    return double_of(biased_exponent(bits) | bits_of(4503599627370496.0)) - 4503599627371520.0  # 2**52 + 1024


cdef inline double fraction(unsigned long long bits) noexcept nogil:
    """m - 1, exactly, for the m of biased_exponent."""
    return double_of(bits + bits_of(2.0) - (biased_exponent(bits) << 52)) - 1.0


cdef inline double log_below(double f, double rest) noexcept nogil:
    """f - log(1 + f) - rest: log(1 + f) is 2 artanh(s) with s = f / (2 + f), a series in s²."""
    cdef double s = f / (2.0 + f)
    cdef double z = s * s
    cdef double w = z * z
    cdef double even = 0.147974351094877
    even = even * w + 0.18183571384197258
    even = even * w + 0.2857142874413889
    even = even * w + 0.6666666666666736
    cdef double odd = 0.15313888042340984
    odd = odd * w + 0.22222198419192388
    odd = odd * w + 0.3999999999940507
    cdef double p = even + z * odd
    cdef double half = 0.5 * f * f
    return half - (s * (half + z * p) + rest)


cdef inline unsigned long long normal_bits(double x) noexcept nogil:
    """The bits of x, or of 2**54 x where x is subnormal."""
    return bits_of(x * 18014398509481984.0 if x < 2.2250738585072014e-308 else x)


cdef inline double normal_exponent(double x) noexcept nogil:
    cdef double k = exponent(normal_bits(x))
    return k - 54.0 if x < 2.2250738585072014e-308 else k


cdef inline double where_positive(double y, double x) noexcept nogil:
    """y, the logarithm of x, where x is positive; its limits at 0 and infinity; NaN where x is negative or NaN."""
    return (y if x < INFINITY else x) if x > 0.0 else (-INFINITY if x == 0.0 else NAN)


cdef inline double log(double x) noexcept nogil:
    cdef double k = normal_exponent(x)
    cdef double f = fraction(normal_bits(x))
    cdef double y = k * 0.6931471805598903 - (log_below(f, k * 5.497923018708371e-14) - f)
    return where_positive(y, x)


cdef inline double log2(double x) noexcept nogil:
    cdef double f = fraction(normal_bits(x))
    cdef double below = log_below(f, 0.0)
    cdef double y = f - below
    cdef double rest = (f - y) - below
    cdef double low = rest * 1.4426950408889634 + y * 2.0355273740931033e-17
    return where_positive(normal_exponent(x) + (y * 1.4426950408889634 + low), x)


cdef inline double log10(double x) noexcept nogil:
    cdef double k = normal_exponent(x)
    cdef double f = fraction(normal_bits(x))
    cdef double below = log_below(f, 0.0)
    cdef double y = f - below
    cdef double rest = (f - y) - below
    cdef double low = rest * 0.4342944819032518 + y * 1.098319650216765e-17 + k * 2.8363394551044964e-14
    return where_positive(k * 0.30102999566395283 + (y * 0.4342944819032518 + low), x)


cdef inline double log1p(double x) noexcept nogil:
    """log(1 + x). What rounding 1 + x loses is made good: near 0 by taking x itself, elsewhere by the slope of the logarithm."""
    cdef double u = 1.0 + x
    cdef double lost = 1.0 - (u - x) if x > 1.0 else x - (u - 1.0)
    cdef unsigned long long bits = bits_of(u)
    cdef double k = exponent(bits)
    cdef double f = x if k == 0.0 else fraction(bits)
    lost = lost * double_of((2047 - biased_exponent(bits)) << 52) if k != 0.0 and k < 100.0 else 0.0
    # 1 / (1 + f) is 1.05 - f to a tenth, enough for a correction
    cdef double y = k * 0.6931471805598903 - (log_below(f, k * 5.497923018708371e-14 + lost * (1.05 - f)) - f)
    y = (y if x < INFINITY else x) if x > -1.0 else (-INFINITY if x == -1.0 else NAN)
    return x if x == 0.0 else y  # -0.0 stays


cdef inline double softplus(double x) noexcept nogil:
    return log1p(exp_of_minus(abs(x))) + (x if x > 0.0 else 0.0)


# ------------------------------------------------------------------------------------------------ trigonometry


cdef inline double sin_of_turned(double x, unsigned long long quarters) noexcept nogil:
    """sin(x + quarters * π/2), for |x| up to 1e5.

    x - k π/2, k whole, is between ±π/4; π/2 is in three parts, two of 36 bits, so that their products with k are exact.
    """
    cdef double shift = 6755399441055744.0  # 1.5 * 2**52
    cdef double shifted = x * 0.6366197723675814 + shift
    cdef double k = shifted - shift
    cdef double a = x - k * 1.5707963267923333
    cdef double b = a - k * 2.5633441515839558e-12
    cdef double c = k * 1.0562999066987428e-23
    cdef double r = b - c
    cdef double rest = ((b - r) - c) + ((a - b) - k * 2.5633441515839558e-12)
    cdef double z = r * r
    cdef double w = z * z
    cdef double even = -2.5050753161004457e-08
    even = even * w - 0.00019841269829682216
    even = even * w - 0.1666666666666663
    cdef double odd = 1.5896542207786786e-10
    odd = odd * w + 2.7557313655329285e-06
    odd = odd * w + 0.008333333333322219
    cdef double p = even + z * odd
    cdef double other_even = 2.0875714493184434e-09
    other_even = other_even * w + 2.4801587289206567e-05
    other_even = other_even * w + 0.041666666666666595
    cdef double other_odd = -1.1359230377164195e-11
    other_odd = other_odd * w - 2.7557314281167143e-07
    other_odd = other_odd * w - 0.001388888888887362
    cdef double q = other_even + z * other_odd
    cdef double half = 0.5 * z
    cdef double most = 1.0 - half
    cdef double sine = r + (r * z * p + rest * most)
    cdef double cosine = most + (((1.0 - most) - half) + (z * z * q - r * rest))
    cdef unsigned long long turn = bits_of(shifted) + quarters
    cdef unsigned long long bits = bits_of(sine) ^ ((bits_of(sine) ^ bits_of(cosine)) & (0 - (turn & 1)))  # the cosine where odd
    return double_of(bits ^ ((turn & 2) << 62))


# Beyond 1e5 the C library's sine is taken, number by number. The first loop leaves such an operand where its sine will stand: no
# sine is so large, so the second loop finds it. NaN stays NaN.


cdef inline void sin_loop(double* out, double* x, Py_ssize_t n) noexcept nogil:
    cdef unsigned long long far = 0
    for i in range(n):
        v = x[i]
        far |= (bits_of(1e5) - bits_of(abs(v))) >> 63  # not 0 where |v| is larger
        out[i] = sin_of_turned(v, 0) if 0.0 < abs(v) <= 1e5 else v
    if far:
        for i in range(n):
            if abs(out[i]) > 1e5:
                out[i] = libm_sin(out[i])


cdef inline void cos_loop(double* out, double* x, Py_ssize_t n) noexcept nogil:
    cdef unsigned long long far = 0
    for i in range(n):
        v = x[i]
        far |= (bits_of(1e5) - bits_of(abs(v))) >> 63
        out[i] = sin_of_turned(v, 1) if abs(v) <= 1e5 else v
    if far:
        for i in range(n):
            if abs(out[i]) > 1e5:
                out[i] = libm_cos(out[i])


cdef inline void sin_slope_loop(double* out, double* x, Py_ssize_t n) noexcept nogil:
    cos_loop(out, x, n)


cdef inline void cos_slope_loop(double* out, double* x, Py_ssize_t n) noexcept nogil:
    sin_loop(out, x, n)
    for i in range(n):
        out[i] = -out[i]


# ------------------------------------------------------------------------------------------------ error functions


cdef inline double gauss(double x) noexcept nogil:
    """exp(-x²), with x² in two parts: the first exact, the second what the first lacks of x²."""
    cdef double a = 28.0 if abs(x) > 28.0 else abs(x)
    cdef double high = double_of((bits_of(a) >> 27) << 27)
    return exp_of_sum(-(high * high), -((a - high) * (a + high)))


cdef inline double times_half_gauss(double factor, double a) noexcept nogil:
    """factor * exp(-a²/2), for a between 0 and 39."""
    cdef double high = double_of((bits_of(a) >> 27) << 27)
    return times_exp_of_sum(factor, -0.5 * (high * high), -0.5 * ((a - high) * (a + high)))


cdef inline double erfcx(double x) noexcept nogil:
    """exp(x²) erfc(x), for x between 0 and 28: (1 + 2x) times that is close to 1, and smooth in (x - 3.75) / (x + 3.75)."""
    cdef double t = (x - 3.75) / (x + 3.75)
    cdef double u = t * t
    cdef double w = u * u
    cdef double one = 1.6565013277284427e-09
    one = one * w + 1.896336964029277e-07
    one = one * w + 3.129125997429141e-05
    one = one * w + 0.0011513995785797841
    one = one * w + 0.1902579762770465
    one = one * w + 0.2375126308378276
    cdef double two = -2.322716188835378e-09
    two = two * w - 2.3698440914744292e-07
    two = two * w - 8.90374613563708e-06
    two = two * w + 0.0006042264511851094
    two = two * w - 0.09795365511543125
    two = two * w - 0.37775322942337425
    cdef double three = -1.570253287033583e-08
    three = three * w - 2.539515391820789e-06
    three = three * w - 0.0003105128235118234
    three = three * w + 0.03926025652448198
    three = three * w + 0.38133864490883745
    cdef double four = 3.1066558200163535e-08
    four = four * w + 1.5587709118006228e-06
    four = four * w + 2.0357787124231152e-05
    four = four * w - 0.010897979125395106
    four = four * w - 0.2990619064187279
    cdef double p = (one + u * three) + t * (two + u * four)
    return (1.0 + (1.0 + t) * p) / (1.0 + 2.0 * x)


cdef inline double erf_near_0(double x) noexcept nogil:
    """For |x| up to 0.84."""
    cdef double z = x * x
    cdef double w = z * z
    cdef double even = 1.0759159068348907e-08
    even = even * w + 1.6403207725946895e-06
    even = even * w + 0.00012055205894353
    even = even * w + 0.005223977579501599
    even = even * w + 0.11283791670936956
    even = even * w + 0.12837916709551256
    cdef double odd = -1.5725473600124083e-07
    odd = odd * w - 1.4922246436459657e-05
    odd = odd * w - 0.0008548323966256883
    odd = odd * w - 0.02686617064109863
    odd = odd * w - 0.3761263890318343
    return x + x * (even + z * odd)


cdef inline double erf(double x) noexcept nogil:
    """For |x| from 0.84 on 1 - exp(-x²) q((|x| - 3) / (|x| + 3)) with the sign of x, which is 1 from 6 on."""
    cdef double a = abs(x)
    cdef double b = 6.0 if a > 6.0 else a
    cdef double t = (b - 3.0) / (b + 3.0)
    cdef double u = t * t
    cdef double even = -5.214977423722407e-06
    even = even * u + 7.862596854374164e-05
    even = even * u - 0.0005916096088828146
    even = even * u + 0.004269539135667915
    even = even * u + 0.07166584185044686
    even = even * u + 0.24560380170056959
    even = even * u + 0.17900115118137727
    cdef double odd = -1.786175530754654e-06
    odd = odd * u + 5.6316139740937206e-05
    odd = odd * u + 0.0007095557023078772
    odd = odd * u - 0.024392441704087796
    odd = odd * u - 0.1501159363897684
    odd = odd * u - 0.32623356004388926
    cdef double q = even + t * odd
    return erf_near_0(x) if a < 0.84 else copysign(1.0 - q * exp_of_sum(-(b * b), 0.0), x)


cdef inline double erfc(double x) noexcept nogil:
    cdef double a = 28.0 if abs(x) > 28.0 else abs(x)
    cdef double tail = gauss(x) * erfcx(a)
    cdef double y = 1.0 - erf_near_0(x) if a < 0.5 else (2.0 - tail if x < 0.0 else tail)
    return x if x != x else y  # a NaN operand passes through unchanged


cdef inline double gelu_by_x(double x) noexcept nogil:
    """Φ(x) + x φ(x), with Φ(-a) = erfc(a / √2) / 2."""
    cdef double a = 39.0 if abs(x) > 39.0 else abs(x)
    cdef double u = 0.7071067811865476 * a
    cdef double tail = times_half_gauss(0.5 * erfcx(u) - 0.3989422804014327 * a, a)
    cdef double near = 0.5 + 0.5 * erf_near_0(0.7071067811865476 * x) + x * times_half_gauss(0.3989422804014327, a)
    return x if x != x else (near if u < 0.5 else (1.0 - tail if x > 0.0 else tail))


# ------------------------------------------------------------------------------------------------ rounding


cdef inline double rounded(double x) noexcept nogil:
    """To the nearest whole number, ties to even, for |x| below 2**52."""
    cdef double a = abs(x)
    return copysign((a + 4503599627370496.0) - 4503599627370496.0, x)


cdef inline double rint(double x) noexcept nogil:
    return rounded(x) if abs(x) < 4503599627370496.0 else x


cdef inline double floor(double x) noexcept nogil:
    cdef double y = rounded(x)
    return copysign(y - 1.0 if y > x else y, x) if abs(x) < 4503599627370496.0 else x


cdef inline double ceil(double x) noexcept nogil:
    cdef double y = rounded(x)
    return copysign(y + 1.0 if y < x else y, x) if abs(x) < 4503599627370496.0 else x


cdef inline double trunc(double x) noexcept nogil:
    cdef double a = abs(x)
    cdef double y = rounded(a)
    return copysign(y - 1.0 if y > a else y, x) if a < 4503599627370496.0 else x

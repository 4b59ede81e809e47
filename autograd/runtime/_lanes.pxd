# The C types of the loops that plans run by.

cdef extern from *:
    """
    #if defined(_MSC_VER)
    typedef double *__restrict autograd_lanes;
    #else
    typedef double *__restrict__ autograd_lanes;
    #endif
    """
    # A run of doubles that no other run in the same call overlaps, so that the compiler may work on several at once.
    ctypedef double* Lanes "autograd_lanes"

cdef extern from *:
    """
    #if (defined(__GNUC__) || defined(__clang__)) && (defined(__x86_64__) || defined(__i386__))
    #define autograd_supports_avx2() (__builtin_cpu_supports("avx2") != 0)
    #define autograd_supports_avx512() (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") \
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
    #else
    #define autograd_supports_avx2() 0
    #define autograd_supports_avx512() 0
    #endif
    """
    bint autograd_supports_avx2()
    bint autograd_supports_avx512()

# Eight doubles, which one instruction adds where the processor can.

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    // As many of the processor's registers as it takes: the compiler keeps one vector wider than a register in memory.
    #if defined(__AVX512F__)
    #define AUTOGRAD_LANES 8
    #elif defined(__AVX__)
    #define AUTOGRAD_LANES 4
    #else
    #define AUTOGRAD_LANES 2
    #endif
    #define AUTOGRAD_VECTORS (8 / AUTOGRAD_LANES)
    typedef double autograd_vector __attribute__((vector_size(8 * AUTOGRAD_LANES)));
    typedef double autograd_vector_anywhere __attribute__((vector_size(8 * AUTOGRAD_LANES), aligned(8), may_alias));
    typedef struct { autograd_vector part[AUTOGRAD_VECTORS]; } autograd_eight;
    #define AUTOGRAD_EIGHT static inline __attribute__((always_inline))
    #define AUTOGRAD_EACH for (int k = 0; k < AUTOGRAD_VECTORS; k++)
    AUTOGRAD_EIGHT autograd_eight autograd_eight_at(const double *run) {
        autograd_eight a;
        AUTOGRAD_EACH a.part[k] = *(const autograd_vector_anywhere *)(run + AUTOGRAD_LANES * k);
        return a;
    }
    AUTOGRAD_EIGHT void autograd_put_eight(double *run, autograd_eight a) {
        AUTOGRAD_EACH *(autograd_vector_anywhere *)(run + AUTOGRAD_LANES * k) = a.part[k];
    }
    AUTOGRAD_EIGHT autograd_eight autograd_eight_of(double x) {
        autograd_eight a;
        AUTOGRAD_EACH a.part[k] = x - (autograd_vector){0};
        return a;
    }
    AUTOGRAD_EIGHT autograd_eight autograd_plus(autograd_eight a, autograd_eight b) {
        AUTOGRAD_EACH a.part[k] += b.part[k];
        return a;
    }
    AUTOGRAD_EIGHT autograd_eight autograd_times(autograd_eight a, autograd_eight b) {
        AUTOGRAD_EACH a.part[k] *= b.part[k];
        return a;
    }
    AUTOGRAD_EIGHT autograd_eight autograd_minus(autograd_eight a, autograd_eight b) {
        AUTOGRAD_EACH a.part[k] -= b.part[k];
        return a;
    }
    typedef long long autograd_bits __attribute__((vector_size(8 * AUTOGRAD_LANES)));
    AUTOGRAD_EIGHT autograd_eight autograd_sizes(autograd_eight a) {
        AUTOGRAD_EACH a.part[k] = (autograd_vector)((autograd_bits)a.part[k] & 0x7FFFFFFFFFFFFFFFLL);
        return a;
    }
    AUTOGRAD_EIGHT double autograd_total(autograd_eight a) {
        double x[8];
        autograd_put_eight(x, a);
        return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
    }
    #else
    #include <math.h>
    typedef struct { double x[8]; } autograd_eight;
    #define AUTOGRAD_VECTORS 8
    #define AUTOGRAD_EIGHT static __forceinline
    AUTOGRAD_EIGHT autograd_eight autograd_eight_at(const double *run) {
        autograd_eight a; for (int k = 0; k < 8; k++) a.x[k] = run[k]; return a;
    }
    AUTOGRAD_EIGHT void autograd_put_eight(double *run, autograd_eight a) { for (int k = 0; k < 8; k++) run[k] = a.x[k]; }
    AUTOGRAD_EIGHT autograd_eight autograd_eight_of(double x) {
        autograd_eight a; for (int k = 0; k < 8; k++) a.x[k] = x; return a;
    }
    AUTOGRAD_EIGHT autograd_eight autograd_plus(autograd_eight a, autograd_eight b) {
        for (int k = 0; k < 8; k++) a.x[k] += b.x[k]; return a;
    }
    AUTOGRAD_EIGHT autograd_eight autograd_times(autograd_eight a, autograd_eight b) {
        for (int k = 0; k < 8; k++) a.x[k] *= b.x[k]; return a;
    }
    AUTOGRAD_EIGHT autograd_eight autograd_minus(autograd_eight a, autograd_eight b) {
        for (int k = 0; k < 8; k++) a.x[k] -= b.x[k]; return a;
    }
    AUTOGRAD_EIGHT autograd_eight autograd_sizes(autograd_eight a) {
        for (int k = 0; k < 8; k++) a.x[k] = fabs(a.x[k]); return a;
    }
    AUTOGRAD_EIGHT double autograd_total(autograd_eight a) {
        return ((a.x[0] + a.x[4]) + (a.x[2] + a.x[6])) + ((a.x[1] + a.x[5]) + (a.x[3] + a.x[7]));
    }
    #endif
    """
    int AUTOGRAD_VECTORS  # of the processor's registers in one Eight
    ctypedef struct Eight "autograd_eight":
        pass
    Eight eight_at "autograd_eight_at"(const double*) noexcept nogil
    void put_eight "autograd_put_eight"(double*, Eight) noexcept nogil
    Eight eight_of "autograd_eight_of"(double) noexcept nogil
    Eight plus "autograd_plus"(Eight, Eight) noexcept nogil
    Eight times "autograd_times"(Eight, Eight) noexcept nogil
    Eight minus "autograd_minus"(Eight, Eight) noexcept nogil
    Eight sizes "autograd_sizes"(Eight) noexcept nogil  # without their signs
    double total "autograd_total"(Eight) noexcept nogil


ctypedef const int* Code
ctypedef unsigned char* Flags

# A kernel: out, up to three operands, and how many numbers each has.
ctypedef void (*Kernel)(double*, double*, double*, double*, Py_ssize_t) noexcept nogil

# The rules of primitives on doubles, which touch nothing of Python.
ctypedef double (*Free1)(double) noexcept nogil
ctypedef double (*Free2)(double, double) noexcept nogil
ctypedef double (*Free3)(double, double, double) noexcept nogil

ctypedef void (*Execute)(
    Code, Py_ssize_t, Py_ssize_t, double*, double*, Py_ssize_t, Py_ssize_t, double*, Flags, Kernel*
) noexcept nogil


cdef inline const int* code_at(Code code, Py_ssize_t place) noexcept nogil:
    return code + place


cdef inline double* at(double* run, Py_ssize_t offset) noexcept nogil:
    return run + offset


# Copies what will not be read soon: past the caches, so that memory is only written and not read first.

cdef extern from *:
    """
    #if defined(__SSE2__)
    #include <emmintrin.h>
    static inline void autograd_copy_past_caches(double *out, const double *x, Py_ssize_t n) {
        Py_ssize_t i = 0;
        for (; i < n && ((size_t)(out + i) & 15); i++) out[i] = x[i];
        for (; i + 2 <= n; i += 2) _mm_stream_pd(out + i, _mm_loadu_pd(x + i));
        for (; i < n; i++) out[i] = x[i];
    }
    static inline void autograd_wait_for_copies(void) { _mm_sfence(); }
    #else
    #include <string.h>
    static inline void autograd_copy_past_caches(double *out, const double *x, Py_ssize_t n) { memcpy(out, x, n * sizeof(double)); }
    static inline void autograd_wait_for_copies(void) {}
    #endif
    """
    void copy_past_caches "autograd_copy_past_caches"(double*, const double*, Py_ssize_t) noexcept nogil
    void wait_for_copies "autograd_wait_for_copies"() noexcept nogil

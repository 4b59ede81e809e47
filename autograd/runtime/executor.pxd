# The fields of the executor's classes, for those who call them from C.

from autograd.runtime._lanes cimport Code, Flags
from cpython.buffer cimport Py_buffer


cdef class Memory:
    cdef double* run
    cdef void* block
    cdef readonly Py_ssize_t size


cdef struct Column:
    # where it begins, how far the next row is on, and how many columns from it on stand one beside the other
    char* base
    Py_ssize_t stride
    Py_ssize_t beside


cdef class Columns:
    cdef list tables
    cdef Py_buffer* views
    cdef Py_ssize_t held
    cdef Py_ssize_t count
    cdef Column* columns
    cdef Py_ssize_t rows
    cdef const long long* index
    cdef Py_ssize_t origin
    cdef Py_ssize_t place_columns(self, Py_ssize_t k, Py_buffer* view) noexcept
    cdef Py_ssize_t read(
        self, double* out, Py_ssize_t k, Py_ssize_t most, Py_ssize_t start, Py_ssize_t n, Py_ssize_t lanes
    ) noexcept nogil


cdef class Step:
    cdef readonly Py_ssize_t room
    cdef int run(
        self, double* shared, double* rows, Py_ssize_t lanes, Py_ssize_t count, double* sums, Flags holds
    ) except -1


cdef class Runner:
    cdef readonly object plan
    cdef Py_ssize_t threads
    cdef list steps
    cdef list body
    cdef Memory template
    cdef bint busy
    cdef bint alone
    cdef bint plain
    cdef readonly bint guarded
    cdef Py_ssize_t begin
    cdef Py_ssize_t end
    cdef Py_ssize_t setup_begin
    cdef Py_ssize_t setup_end
    cdef Py_ssize_t length
    cdef Py_ssize_t registers
    cdef Py_ssize_t room
    cdef readonly Py_ssize_t sums
    cdef readonly Py_ssize_t inputs
    cdef readonly bint calls_python
    cdef Py_ssize_t shared_inputs
    cdef Py_ssize_t columns
    cdef readonly Py_ssize_t outputs
    cdef readonly Py_ssize_t summed
    cdef Py_ssize_t results_at
    cdef int[::1] keeps_code
    cdef int[::1] keeps_columns
    cdef int[::1] keeps_places
    cdef int[::1] keeps_beside
    cdef int[::1] keeps_outputs
    cdef int[::1] keeps_runs
    cdef int[::1] more
    cdef Memory rows_kept
    cdef Py_ssize_t lanes_kept
    cdef Code code
    cdef Code input_columns
    cdef Code input_places
    cdef Code inputs_beside
    cdef Code output_places
    cdef Memory memory(self)
    cdef void execute(
        self, Py_ssize_t begin, Py_ssize_t end, double* shared, double* rows, Py_ssize_t lanes, Py_ssize_t count, double* sums,
        Flags holds
    ) noexcept nogil
    cdef void execute_code(
        self, Code code, Py_ssize_t begin, Py_ssize_t end, double* shared, double* rows, Py_ssize_t lanes, Py_ssize_t count,
        double* sums, Flags holds
    ) noexcept nogil
    cdef int run_steps(
        self, list steps, double* shared, double* rows, Py_ssize_t lanes, Py_ssize_t count, double* sums, Flags holds
    ) except -1
    cdef int read(self, double* shared, list pieces) except -1
    cdef int compute_shared(self, double* shared) except? -1
    cdef void conclude(self, double* partial, Py_ssize_t segments, double* shared, double* added) noexcept
    cdef void add_segments(self, double* partial, Py_ssize_t segments) noexcept
    cdef void add_more(self, Code term, double* totals, double* shared, double* added) noexcept
    cdef Memory take(self)
    cdef object give_back(self, Memory memory)


cdef Py_ssize_t block_size(Py_ssize_t registers, Py_ssize_t rows)


cdef class Batch:
    cdef Runner runner
    cdef Memory shared
    cdef Columns columns
    cdef Memory partial
    cdef Memory registers
    cdef object counter
    cdef list problems
    cdef bint stopped
    cdef bint large
    cdef Py_ssize_t rows
    cdef Py_ssize_t first
    cdef Py_ssize_t begin
    cdef Py_ssize_t before
    cdef Py_ssize_t lanes
    cdef Py_ssize_t blocks
    cdef Py_ssize_t in_segment
    cdef Py_ssize_t segments
    cdef Py_ssize_t between_signals
    cdef object keeps_results
    cdef object keeps_holds
    cdef object keeps_sums
    cdef double* results
    cdef double* added
    cdef double* carried
    cdef Flags holds
    cdef Memory memory_for_rows(self, bint alone)
    cdef object work(self, bint alone)
    cdef object run_segment(self, Py_ssize_t segment, double* rows, double* sums)
    cdef Py_ssize_t count(self, Py_ssize_t block) noexcept nogil
    cdef Py_ssize_t start(self, Py_ssize_t block) noexcept nogil
    cdef Flags flags(self, Py_ssize_t block) noexcept nogil
    cdef void read(self, Py_ssize_t block, double* rows) noexcept nogil
    cpdef object run(self, Py_ssize_t threads)
    cpdef object reduce(self)
    cdef bint reduced(self, bint mean) noexcept
    cdef void run_block(self, Py_ssize_t block, Py_ssize_t begin, Py_ssize_t end, double* rows, double* sums) noexcept nogil
    cdef void write(self, Py_ssize_t block, double* rows) noexcept nogil

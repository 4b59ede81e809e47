/* Refuses one allocation that an extension of autograd's asks for: loaded before the C library, by allocations.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);

static long left = -1; /* how many go well before one is refused; -1: all do */

void fail_at(long n) { left = n; }

static int refused(const void *caller)
{
    Dl_info found;
    if (left < 0 || !dladdr(caller, &found) || !found.dli_fname || !strstr(found.dli_fname, "/autograd/"))
        return 0;
    if (left-- > 0)
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size) { return refused(__builtin_return_address(0)) ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return refused(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size); }

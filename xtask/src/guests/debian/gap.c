// What Rust's standard library asks of a C library for WASI and Debian's, of 2022, does not have.
//
// A runner has no threads and no file modes, so these refuse, as a newer C library does.

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int pthread_attr_init(void *attributes) { return 0; }
int pthread_attr_destroy(void *attributes) { return 0; }
int pthread_attr_setstacksize(void *attributes, size_t size) { return 0; }
int pthread_create(void *thread, const void *attributes, void *(*start)(void *), void *argument) { return ENOTSUP; }
int pthread_detach(void *thread) { return ENOTSUP; }
int pthread_join(void *thread, void **result) { return ENOTSUP; }

static int refuse(void) {
    errno = ENOTSUP;
    return -1;
}

int chmod(const char *path, mode_t mode) { return refuse(); }
int fchmod(int file, mode_t mode) { return refuse(); }

// An absolute path of something that exists stands for itself: symbolic links in it are left as they are.
char *realpath(const char *path, char *resolved) {
    struct stat found;
    if (path[0] != '/') {
        refuse();
        return NULL;
    }
    if (stat(path, &found) != 0) {
        return NULL;
    }
    return resolved == NULL ? strdup(path) : strcpy(resolved, path);
}

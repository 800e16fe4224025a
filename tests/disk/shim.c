/* A disk that fails, or that remembers: preloaded into a process under test.

   DISK_FOLDER   only files below this folder are watched
   DISK_FAULT    a file; while it is there, watched calls fail. It says "ERRNO EVERY CALL...":
                 each EVERYth of these calls (write, sync, read) fails with that number. ENOSPC fails
                 only writes that make a file longer, as a full disk does.
   DISK_JOURNAL  a file that gets a record of each call that changes what is on the disk, in order */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

struct record { uint32_t kind, path, other; uint64_t offset, length; } __attribute__((packed));
enum { WRITE = 'w', TRUNCATE = 't', SYNC = 's', CREATE = 'c', UNLINK = 'u', RENAME = 'r', LINK = 'l' };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static unsigned calls;

static const char *watched(const char *path, char *whole) {
    const char *folder = getenv("DISK_FOLDER");
    if (!folder || !path) return NULL;
    if (path[0] == '/') snprintf(whole, PATH_MAX, "%s", path);
    else {
        char here[PATH_MAX / 2];
        if (!getcwd(here, sizeof here)) return NULL;
        snprintf(whole, PATH_MAX, "%s/%s", here, path);
    }
    size_t length = strlen(folder);
    if (strncmp(whole, folder, length) || (whole[length] && whole[length] != '/')) return NULL;
    return whole;
}

static const char *watched_file(int fd, char *whole) {
    char link[64], target[PATH_MAX];
    if (!getenv("DISK_FOLDER")) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length <= 0) return NULL;
    target[length] = 0;
    return watched(target, whole);
}

static void note(uint32_t kind, const char *path, const char *other, uint64_t offset, const void *data,
                 uint64_t length) {
    static int journal = -1;
    const char *place = getenv("DISK_JOURNAL");
    if (!place || !path) return;
    if (journal < 0) {
        REAL(int, "open64", const char *, int, ...);
        journal = real(place, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    }
    struct record head = {kind, strlen(path), other ? strlen(other) : 0, offset, length};
    struct iovec parts[4] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)other, head.other},
                             {(void *)data, data ? length : 0}};
    int kept = errno;
    if (writev(journal, parts, 4) < 0) _exit(99);
    errno = kept;
}

/* The error that this call is to fail with, 0 for none. */
static int fault(const char *call, int fd, uint64_t end) {
    const char *place = getenv("DISK_FAULT");
    char said[128] = "", *rest = said;
    if (!place) return 0;
    REAL(int, "open64", const char *, int, ...);
    int kept = errno, file = real(place, O_RDONLY | O_CLOEXEC);
    if (file < 0) { errno = kept; return 0; }
    ssize_t size = read(file, said, sizeof said - 1);
    close(file);
    errno = kept;
    if (size <= 0) return 0;
    said[size] = 0;
    int number = strtol(rest, &rest, 10), every = strtol(rest, &rest, 10);
    if (!number || !every || !strstr(rest, call)) return 0;
    if (number == ENOSPC) {
        struct stat status;
        if (fstat(fd, &status) || end <= (uint64_t)status.st_size) return 0;
    }
    return ++calls % every ? 0 : number;
}

#define FAIL_OR(call, fd, end) \
    char whole[PATH_MAX]; const char *path = watched_file(fd, whole); \
    int failing = path ? fault(call, fd, end) : 0; \
    if (failing) { errno = failing; return -1; }

#define PWRITE(name, offset_type) \
ssize_t name(int fd, const void *data, size_t size, offset_type offset) { \
    REAL(ssize_t, #name, int, const void *, size_t, offset_type); \
    FAIL_OR("write", fd, offset + size) \
    if (!path) return real(fd, data, size, offset); \
    pthread_mutex_lock(&turn); \
    ssize_t done = real(fd, data, size, offset); \
    if (done > 0) note(WRITE, path, NULL, offset, data, done); \
    pthread_mutex_unlock(&turn); \
    return done; \
}
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define PREAD(name, offset_type) \
ssize_t name(int fd, void *data, size_t size, offset_type offset) { \
    REAL(ssize_t, #name, int, void *, size_t, offset_type); \
    FAIL_OR("read", fd, 0) \
    return real(fd, data, size, offset); \
}
PREAD(pread, off_t)
PREAD(pread64, off64_t)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    FAIL_OR("write", fd, UINT64_MAX)
    if (!path) return real(fd, data, size);
    pthread_mutex_lock(&turn);
    ssize_t done = real(fd, data, size);
    if (done > 0) note(WRITE, path, NULL, lseek(fd, 0, SEEK_CUR) - done, data, done);
    pthread_mutex_unlock(&turn);
    return done;
}

#define TRUNCATING(name, offset_type) \
int name(int fd, offset_type length) { \
    REAL(int, #name, int, offset_type); \
    FAIL_OR("write", fd, 0) \
    if (!path) return real(fd, length); \
    pthread_mutex_lock(&turn); \
    int done = real(fd, length); \
    if (!done) note(TRUNCATE, path, NULL, length, NULL, 0); \
    pthread_mutex_unlock(&turn); \
    return done; \
}
TRUNCATING(ftruncate, off_t)
TRUNCATING(ftruncate64, off64_t)

#define SYNCING(name) \
int name(int fd) { \
    REAL(int, #name, int); \
    FAIL_OR("sync", fd, UINT64_MAX) \
    if (!path) return real(fd); \
    pthread_mutex_lock(&turn); \
    int done = real(fd); \
    if (!done) note(SYNC, path, NULL, 0, NULL, 0); \
    pthread_mutex_unlock(&turn); \
    return done; \
}
SYNCING(fsync)
SYNCING(fdatasync)

#define OPENING(name) \
int name(const char *given, int flags, ...) { \
    REAL(int, #name, const char *, int, ...); \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
    char whole[PATH_MAX]; \
    const char *path = flags & O_CREAT ? watched(given, whole) : NULL; \
    if (!path) return real(given, flags, mode); \
    pthread_mutex_lock(&turn); \
    int missing = access(path, F_OK), fd = real(given, flags, mode); \
    if (fd >= 0 && missing) note(CREATE, path, NULL, 0, NULL, 0); \
    else if (fd >= 0 && flags & O_TRUNC) note(TRUNCATE, path, NULL, 0, NULL, 0); \
    pthread_mutex_unlock(&turn); \
    return fd; \
}
OPENING(open)
OPENING(open64)

int unlink(const char *given) {
    REAL(int, "unlink", const char *);
    char whole[PATH_MAX];
    const char *path = watched(given, whole);
    if (!path) return real(given);
    pthread_mutex_lock(&turn);
    int done = real(given);
    if (!done) note(UNLINK, path, NULL, 0, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}

#define NAMING(name, kind) \
int name(const char *given, const char *target) { \
    REAL(int, #name, const char *, const char *); \
    char whole[PATH_MAX], other[PATH_MAX]; \
    const char *path = watched(given, whole), *to = watched(target, other); \
    if (!path || !to) return real(given, target); \
    pthread_mutex_lock(&turn); \
    int done = real(given, target); \
    if (!done) note(kind, path, to, 0, NULL, 0); \
    pthread_mutex_unlock(&turn); \
    return done; \
}
NAMING(rename, RENAME)
NAMING(link, LINK)

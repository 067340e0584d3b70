/* A disk that fails or loses power, for the one process that loads this before libc (LD_PRELOAD).
 *
 * Only files whose name has ".db" in it are concerned, and of those not the shared index ("-shm").
 *
 * DISK_FAULT names a file. While it is there, it says which call fails: "write 28 2 1 7" is: the call `write`, with errno 28, after 2
 * that go well, for 1 time; 7 is the number of this order, by which a new one is told from the last.
 *
 * DISK_UNDO names a file in which is written, before each write, what it overwrites; a sync of a file that goes well strikes out what
 * was written of that file. What is left once the process is killed is what a disk without power had not kept: see `disk.rs`.
 * With DISK_LIES=1 a sync strikes out nothing: a disk that says "kept" and does not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int undo = -1;

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)

static int is_ours(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 4095);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, ".db") && !strstr(path, "-shm");
}

/* Whether this call is to fail now; called with the lock held. */
static int fails(const char *call) {
    static unsigned order, passed, failed;
    const char *name = getenv("DISK_FAULT");
    FILE *file = name ? fopen(name, "re") : NULL;
    if (!file) return 0;
    char which[16];
    unsigned error, after, times, number;
    int read = fscanf(file, "%15s %u %u %u %u", which, &error, &after, &times, &number);
    fclose(file);
    if (read != 5 || strcmp(which, call)) return 0;
    if (number != order) { order = number; passed = failed = 0; }
    if (passed < after) { passed++; return 0; }
    if (failed >= times) return 0;
    failed++;
    errno = (int)error;
    return 1;
}

static ssize_t write_at(int fd, const void *bytes, size_t count, off64_t offset) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    return real(fd, bytes, count, offset);
}

/* One record: the path's length, the old length, the offset, how many old bytes follow, path, bytes. */
static void remember(int fd, const char *path, off64_t offset, size_t count) {
    const char *name = getenv("DISK_UNDO");
    if (!name) return;
    if (undo < 0) undo = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat status;
    fstat(fd, &status);
    char *old = malloc(count + 1);
    ssize_t had = pread(fd, old, count, offset);
    int64_t head[4] = {(int64_t)strlen(path), status.st_size, offset, had < 0 ? 0 : had};
    size_t size = sizeof head + (size_t)head[0] + (size_t)head[3];
    char *record = malloc(size);
    memcpy(record, head, sizeof head);
    memcpy(record + sizeof head, path, (size_t)head[0]);
    memcpy(record + sizeof head + head[0], old, (size_t)head[3]);
    write_at(undo, record, size, lseek64(undo, 0, SEEK_END));
    free(old);
    free(record);
}

/* The records of other files stay. */
static void strike_out(const char *path) {
    if (undo < 0 || getenv("DISK_LIES")) return;
    struct stat status;
    fstat(undo, &status);
    char *all = malloc((size_t)status.st_size + 1), *kept = all;
    ssize_t length = pread(undo, all, (size_t)status.st_size, 0);
    for (char *at = all; at < all + length;) {
        int64_t *head = (int64_t *)at;
        size_t size = sizeof(int64_t[4]) + (size_t)head[0] + (size_t)head[3];
        int is_of_path = (size_t)head[0] == strlen(path) && !memcmp(at + sizeof(int64_t[4]), path, strlen(path));
        if (!is_of_path) { memmove(kept, at, size); kept += size; }
        at += size;
    }
    write_at(undo, all, (size_t)(kept - all), 0);
    if (ftruncate(undo, kept - all)) abort();
    free(all);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    char path[4096];
    if (!is_ours(fd, path)) return write_at(fd, bytes, count, offset);
    pthread_mutex_lock(&lock);
    ssize_t written = -1;
    if (!fails("write")) {
        remember(fd, path, offset, count);
        written = write_at(fd, bytes, count, offset);
    }
    pthread_mutex_unlock(&lock);
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return pwrite64(fd, bytes, count, offset); }

static int synced(int fd, int (*real)(int)) {
    char path[4096];
    if (!is_ours(fd, path)) return real(fd);
    pthread_mutex_lock(&lock);
    int result = fails("sync") ? -1 : real(fd);
    if (!result) strike_out(path);
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int fd) {
    REAL(int, "fsync", int);
    return synced(fd, real);
}

int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    return synced(fd, real);
}

static int truncated(int fd, off64_t length) {
    REAL(int, "ftruncate64", int, off64_t);
    char path[4096];
    if (!is_ours(fd, path)) return real(fd, length);
    pthread_mutex_lock(&lock);
    struct stat status;
    fstat(fd, &status);
    if (length < status.st_size) remember(fd, path, length, (size_t)(status.st_size - length));
    int result = real(fd, length);
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate64(int fd, off64_t length) { return truncated(fd, length); }
int ftruncate(int fd, off_t length) { return truncated(fd, length); }

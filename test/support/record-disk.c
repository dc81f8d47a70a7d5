/* Preloaded into a process: appends to the file $RECORD_TO what the process does to the files under $RECORD_DISK, in
 * the order in which it happens, so that a test can make of it what a loss of power at any moment might have left.
 *
 * A record: u32 kind (1 write, 2 sync, 3 truncate), u32 whether the write is durable when it returns, u64 offset,
 * u32 bytes of the path, u32 bytes of data, the path, the data; little-endian. A sync's offset is 0, a truncation's
 * the new size. One call at a time, so that the order is true. What a pipe says of its place is nobody's error. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int output = -1;

struct head { uint32_t kind, durable; uint64_t offset; uint32_t path_bytes, data_bytes; };

static void put(const void *data, size_t size) {
  const char *at = data;
  while (size > 0) {
    ssize_t done = syscall(SYS_write, output, at, size);
    if (done <= 0) abort();
    at += done;
    size -= done;
  }
}

static void record(int kind, int fd, uint64_t offset, const struct iovec *parts, int count, ssize_t bytes) {
  char link[64], path[512];
  const char *wanted = getenv("RECORD_DISK"), *to = getenv("RECORD_TO");
  if (wanted == NULL || to == NULL || bytes < 0) return;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return;
  path[length] = 0;
  if (strncmp(path, wanted, strlen(wanted)) != 0) return;
  if (output < 0) output = syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  struct head head = {kind, (fcntl(fd, F_GETFL) & O_DSYNC) != 0, offset, length, bytes};
  put(&head, sizeof head);
  put(path, length);
  for (int i = 0; i < count && bytes > 0; i++) {
    size_t size = parts[i].iov_len < (size_t)bytes ? parts[i].iov_len : (size_t)bytes;
    put(parts[i].iov_base, size);
    bytes -= size;
  }
}

#define NEXT(type, name) static type next; if (!next) next = (type)dlsym(RTLD_NEXT, name)
#define BEGIN pthread_mutex_lock(&lock)
#define END pthread_mutex_unlock(&lock)
typedef ssize_t (*write_t)(int, const void *, size_t);
typedef ssize_t (*pwrite_t)(int, const void *, size_t, off_t);
typedef ssize_t (*writev_t)(int, const struct iovec *, int);
typedef ssize_t (*pwritev_t)(int, const struct iovec *, int, off_t);
typedef int (*sync_t)(int);
typedef int (*truncate_t)(int, off_t);

#define PWRITE(name) \
  ssize_t name(int fd, const void *data, size_t size, off_t at) { \
    NEXT(pwrite_t, #name); \
    struct iovec part = {(void *)data, size}; \
    BEGIN; ssize_t done = next(fd, data, size, at); record(1, fd, at, &part, 1, done); END; \
    return done; \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

#define PWRITEV(name) \
  ssize_t name(int fd, const struct iovec *parts, int count, off_t at) { \
    NEXT(pwritev_t, #name); \
    BEGIN; ssize_t done = next(fd, parts, count, at); record(1, fd, at, parts, count, done); END; \
    return done; \
  }
PWRITEV(pwritev)
PWRITEV(pwritev64)

ssize_t write(int fd, const void *data, size_t size) {
  NEXT(write_t, "write");
  struct iovec part = {(void *)data, size};
  BEGIN; ssize_t done = next(fd, data, size); int error = errno;
  off_t end = lseek(fd, 0, SEEK_CUR);
  if (end >= 0 && done > 0) record(1, fd, end - done, &part, 1, done);
  END; errno = error;
  return done;
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  NEXT(writev_t, "writev");
  BEGIN; ssize_t done = next(fd, parts, count); int error = errno;
  off_t end = lseek(fd, 0, SEEK_CUR);
  if (end >= 0 && done > 0) record(1, fd, end - done, parts, count, done);
  END; errno = error;
  return done;
}

#define SYNC(name) \
  int name(int fd) { \
    NEXT(sync_t, #name); \
    BEGIN; int result = next(fd); record(2, fd, 0, NULL, 0, 0); END; \
    return result; \
  }
SYNC(fdatasync)
SYNC(fsync)

#define TRUNCATE(name) \
  int name(int fd, off_t size) { \
    NEXT(truncate_t, #name); \
    BEGIN; int result = next(fd, size); record(3, fd, size, NULL, 0, 0); END; \
    return result; \
  }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

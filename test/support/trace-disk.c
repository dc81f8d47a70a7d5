/* Preloaded into a process: writes one line to standard output for each call that writes or syncs a file whose
 * path contains $TRACE_DISK. It shows the order of disk writes and of what the process itself writes out. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void note(const char *call, int fd) {
  char link[64], path[512], line[640];
  const char *wanted = getenv("TRACE_DISK");
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0 || wanted == NULL) return;
  path[length] = 0;
  if (strstr(path, wanted) == NULL) return;
  int synchronous = (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
  int size = snprintf(line, sizeof line, "%s%s\n", call, synchronous ? " durable" : "");
  syscall(SYS_write, 1, line, size);
}

#define NEXT(type, name) static type next; if (!next) next = (type)dlsym(RTLD_NEXT, name)
typedef ssize_t (*pwrite_t)(int, const void *, size_t, off_t);
typedef ssize_t (*writev_t)(int, const struct iovec *, int);
typedef ssize_t (*pwritev_t)(int, const struct iovec *, int, off_t);
typedef int (*sync_t)(int);

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
  NEXT(pwrite_t, "pwrite"); ssize_t result = next(fd, data, size, at); note("write", fd); return result;
}
ssize_t pwrite64(int fd, const void *data, size_t size, off_t at) {
  NEXT(pwrite_t, "pwrite64"); ssize_t result = next(fd, data, size, at); note("write", fd); return result;
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  NEXT(writev_t, "writev"); ssize_t result = next(fd, parts, count); note("write", fd); return result;
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  NEXT(pwritev_t, "pwritev"); ssize_t result = next(fd, parts, count, at); note("write", fd); return result;
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at) {
  NEXT(pwritev_t, "pwritev64"); ssize_t result = next(fd, parts, count, at); note("write", fd); return result;
}
int fdatasync(int fd) { NEXT(sync_t, "fdatasync"); int result = next(fd); note("sync", fd); return result; }
int fsync(int fd) { NEXT(sync_t, "fsync"); int result = next(fd); note("sync", fd); return result; }

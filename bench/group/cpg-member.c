/*
 * One member of a corosync closed process group (cpg), told what to do by lines on its standard input; beside a corosync
 * daemon, which it reaches in its own namespaces.
 *   cpg-member MEMBERS     says "ready" when the group has so many members, and "view" with their number and when at each change
 *   start BYTES   sends as fast as it may
 *   stop          sends no more
 *   count         says how many messages and bytes it delivered so far, and when, in nanoseconds
 *   ping BYTES N  sends one at a time, each when the last came back; says how long it took, in microseconds: median, 99th percentile
 * Messages are CPG_TYPE_AGREED, which is a total order.
 */
#include <corosync/cpg.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static uint64_t messages, bytes, own;
static unsigned members, my_node;
static int was_ready;
static char payload[1 << 20];

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void fail(const char *what, cs_error_t error) {
  fprintf(stderr, "cpg-member: %s: error %d\n", what, (int)error);
  exit(1);
}

static void on_deliver(cpg_handle_t handle, const struct cpg_name *group, uint32_t node, uint32_t pid, void *message,
                       size_t length) {
  (void)handle;
  (void)group;
  (void)message;
  messages++;
  bytes += length;
  if (node == my_node && pid == (uint32_t)getpid()) own++;
}

static void on_change(cpg_handle_t handle, const struct cpg_name *group, const struct cpg_address *list, size_t count,
                      const struct cpg_address *left, size_t left_count, const struct cpg_address *joined,
                      size_t joined_count) {
  (void)handle;
  (void)group;
  (void)list;
  (void)left;
  (void)left_count;
  (void)joined;
  (void)joined_count;
  printf("view %zu %llu\n", count, (unsigned long long)now_ns());
  fflush(stdout);
  if (count < members || was_ready) return;
  was_ready = 1;
  puts("ready");
  fflush(stdout);
}

static int multicast(cpg_handle_t handle, size_t size) {
  struct iovec part = {.iov_base = payload, .iov_len = size};
  cs_error_t error = cpg_mcast_joined(handle, CPG_TYPE_AGREED, &part, 1);
  if (error == CS_ERR_TRY_AGAIN) return 0;
  if (error != CS_OK) fail("cpg_mcast_joined", error);
  return 1;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void ping(cpg_handle_t handle, size_t size, size_t count) {
  double *took_us = calloc(count, sizeof *took_us);
  if (took_us == NULL) abort();
  for (size_t i = 0; i < count; i++) {
    const uint64_t wanted = own + 1, began = now_ns();
    while (!multicast(handle, size)) cpg_dispatch(handle, CS_DISPATCH_ALL);
    while (own < wanted) {
      cs_error_t error = cpg_dispatch(handle, CS_DISPATCH_ONE);
      if (error != CS_OK) fail("cpg_dispatch", error);
    }
    took_us[i] = (double)(now_ns() - began) / 1000;
  }
  qsort(took_us, count, sizeof *took_us, ascending);
  printf("pinged %.1f %.1f\n", took_us[count / 2], took_us[count * 99 / 100]);
  fflush(stdout);
  free(took_us);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  members = (unsigned)atoi(argv[1]);
  cpg_callbacks_t callbacks = {.cpg_deliver_fn = on_deliver, .cpg_confchg_fn = on_change};
  struct cpg_name group = {.length = 5, .value = "bench"};
  cpg_handle_t handle;
  cs_error_t error = cpg_initialize(&handle, &callbacks);
  if (error != CS_OK) fail("cpg_initialize", error);
  if ((error = cpg_local_get(handle, &my_node)) != CS_OK) fail("cpg_local_get", error);
  if ((error = cpg_join(handle, &group)) != CS_OK) fail("cpg_join", error);
  int descriptor;
  if ((error = cpg_fd_get(handle, &descriptor)) != CS_OK) fail("cpg_fd_get", error);

  size_t sending = 0, filled = 0;
  char line[128];
  for (;;) {
    struct pollfd ready[2] = {{.fd = 0, .events = POLLIN}, {.fd = descriptor, .events = POLLIN}};
    if (poll(ready, 2, sending > 0 ? 0 : -1) < 0 && errno != EINTR) return 1;
    if (ready[1].revents != 0 && (error = cpg_dispatch(handle, CS_DISPATCH_ALL)) != CS_OK) fail("cpg_dispatch", error);
    for (int i = 0; sending > 0 && i < 64; i++)
      if (!multicast(handle, sending)) break;
    if (ready[0].revents == 0) continue;
    ssize_t got = read(0, line + filled, sizeof line - 1 - filled);
    if (got <= 0) return 0; /* whoever asked is gone */
    filled += (size_t)got;
    line[filled] = '\0';
    for (char *end; (end = strchr(line, '\n')) != NULL;) {
      *end = '\0';
      size_t size, count;
      if (sscanf(line, "start %zu", &size) == 1 && size <= sizeof payload) sending = size;
      else if (sscanf(line, "ping %zu %zu", &size, &count) == 2 && size <= sizeof payload) ping(handle, size, count);
      else if (strcmp(line, "stop") == 0) sending = 0;
      else if (strcmp(line, "count") == 0) {
        printf("count %llu %llu %llu\n", (unsigned long long)messages, (unsigned long long)bytes,
               (unsigned long long)now_ns());
        fflush(stdout);
      } else return 2;
      filled -= (size_t)(end + 1 - line);
      memmove(line, end + 1, filled + 1);
    }
  }
}

/*
 * A load generator for NFS v3 servers: raw calls by libnfs, any number in flight on any number of connections, in one
 * thread. Prints one line of JSON for each measurement.
 *
 *     load HOST PORT MOUNTPORT EXPORT CONNECTIONS IN_FLIGHT SECONDS OPERATION[:FILES]...
 *
 * It knows what it needs (directories of FILES files, a large file) and makes what is missing before it measures.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <nfsc/libnfs-zdr.h>
#include <nfsc/libnfs.h>
#include <nfsc/libnfs-raw.h>
#include <nfsc/libnfs-raw-mount.h>
#include <nfsc/libnfs-raw-nfs.h>

#define MAX_CONNECTIONS 64
#define MAX_SLOTS 4096
#define HANDLE_BYTES 64
#define KNOWN_HANDLES 1024
#define SMALL_BYTES 4096u
#define LARGE_BYTES (1024u * 1024u)
#define RANDOM_FILE_BYTES (64u * 1024u * 1024u)
#define CACHED_FILE_BYTES (64u * 1024u * 1024u)
#define LARGE_FILE_BYTES (512u * 1024u * 1024u)
#define MAX_SAMPLES (1 << 20)

struct handle {
    u_int length;
    char bytes[HANDLE_BYTES];
};

struct slot {
    struct rpc_context *rpc;
    int number;
    int renamed;
    double sent;
    char name[64], other[64];
};

typedef int issue_fn(struct slot *slot);

static struct rpc_context *connections[MAX_CONNECTIONS];
static int connection_count, in_flight, outstanding, failures, later, stopping;
static struct slot slots[MAX_SLOTS];
static struct handle root_handle, directory, file;
static struct handle known[KNOWN_HANDLES];
static int known_count;
static long file_count, done, limit, issued, serial;
static float *samples;
static long sample_count;
static char *block;
static issue_fn *issue;
static long bytes_per_call, file_blocks;
static int sampling = 1;
static uint64_t random_state = 88172645463325252ull;
static uint64_t run_id;

static void die(const char *what, const char *why) {
    fprintf(stderr, "load: %s: %s\n", what, why ? why : "?");
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static uint64_t random64(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* When a call fails, its answer is libnfs's word for it. */
static void check(int status, void *data) {
    if (status != RPC_STATUS_SUCCESS) die("call", status == RPC_STATUS_ERROR && data ? (char *)data : "no answer");
}

static void set_handle(nfs_fh3 *to, struct handle *from) {
    to->data.data_len = from->length;
    to->data.data_val = from->bytes;
}

static void keep_handle(struct handle *to, nfs_fh3 *from) {
    if (from->data.data_len > HANDLE_BYTES) die("handle", "too long");
    to->length = from->data.data_len;
    memcpy(to->bytes, from->data.data_val, to->length);
}

/* Serves every connection once. */
static void turn(void) {
    struct pollfd fds[MAX_CONNECTIONS];
    for (int i = 0; i < connection_count; i++) {
        fds[i].fd = rpc_get_fd(connections[i]);
        fds[i].events = rpc_which_events(connections[i]);
        fds[i].revents = 0;
    }
    if (poll(fds, connection_count, 10000) <= 0) die("poll", "no answer in ten seconds");
    for (int i = 0; i < connection_count; i++) {
        if (fds[i].revents && rpc_service(connections[i], fds[i].revents) < 0) {
            die("service", rpc_get_error(connections[i]));
        }
    }
}

/* ---- One call at a time, to prepare ---- */

struct answer {
    int ready;
    int status;
    struct handle handle;
};

static void on_made(struct rpc_context *rpc, int status, void *data, void *private_data) {
    struct answer *answer = private_data;
    (void)rpc;
    CREATE3res *res = data;
    answer->ready = 1;
    check(status, data);
    answer->status = res->status;
    if (res->status == NFS3_OK) keep_handle(&answer->handle, &res->CREATE3res_u.resok.obj.post_op_fh3_u.handle);
}

static void on_looked_up(struct rpc_context *rpc, int status, void *data, void *private_data) {
    struct answer *answer = private_data;
    (void)rpc;
    LOOKUP3res *res = data;
    answer->ready = 1;
    check(status, data);
    answer->status = res->status;
    if (res->status == NFS3_OK) keep_handle(&answer->handle, &res->LOOKUP3res_u.resok.object);
}

static void wait_for(struct answer *answer) {
    while (!answer->ready) turn();
}

static int look_up(struct handle *in, const char *name, struct handle *found) {
    struct answer answer = {0};
    LOOKUP3args args = {0};
    set_handle(&args.what.dir, in);
    args.what.name = (char *)name;
    rpc_nfs3_lookup_async(connections[0], on_looked_up, &args, &answer);
    wait_for(&answer);
    if (answer.status == NFS3_OK) *found = answer.handle;
    return answer.status;
}

static void make_directory(struct handle *in, const char *name, struct handle *made) {
    if (look_up(in, name, made) == NFS3_OK) return;
    struct answer answer = {0};
    MKDIR3args args = {0};
    set_handle(&args.where.dir, in);
    args.where.name = (char *)name;
    args.attributes.mode.set_it = 1;
    args.attributes.mode.set_mode3_u.mode = 0777;
    rpc_nfs3_mkdir_async(connections[0], on_made, &args, &answer);
    wait_for(&answer);
    if (answer.status != NFS3_OK) die("mkdir", nfsstat3_to_str(answer.status));
    *made = answer.handle;
}

static void make_file(struct handle *in, const char *name, struct handle *made) {
    if (look_up(in, name, made) == NFS3_OK) return;
    struct answer answer = {0};
    CREATE3args args = {0};
    set_handle(&args.where.dir, in);
    args.where.name = (char *)name;
    args.how.mode = UNCHECKED;
    args.how.createhow3_u.obj_attributes.mode.set_it = 1;
    args.how.createhow3_u.obj_attributes.mode.set_mode3_u.mode = 0666;
    rpc_nfs3_create_async(connections[0], on_made, &args, &answer);
    wait_for(&answer);
    if (answer.status != NFS3_OK) die("create", nfsstat3_to_str(answer.status));
    *made = answer.handle;
}

/* ---- The operations measured ---- */

static void send_next(struct slot *slot) {
    if (stopping || (limit && issued >= limit)) return;
    issued++;
    outstanding++;
    slot->sent = now();
    if (issue(slot) != 0) die("issue", rpc_get_error(slot->rpc));
}

/* Every result begins with its status; NULL has none. */
static void on_done(struct rpc_context *rpc, int status, void *data, void *private_data) {
    struct slot *slot = private_data;
    (void)rpc;
    outstanding--;
    check(status, data);
    if (data != NULL && *(nfsstat3 *)data == NFS3ERR_JUKEBOX) {
        /* "Ask again": the call goes on, and its time with it. */
        later++;
        if (stopping) return;
        outstanding++;
        if (issue(slot) != 0) die("issue", rpc_get_error(slot->rpc));
        return;
    }
    if (data != NULL && *(nfsstat3 *)data != NFS3_OK) {
        if (failures++ == 0) fprintf(stderr, "load: %s\n", nfsstat3_to_str(*(nfsstat3 *)data));
    }
    done++;
    if (sampling && sample_count < MAX_SAMPLES) samples[sample_count++] = (float)((now() - slot->sent) * 1e6);
    send_next(slot);
}

static void on_null(struct rpc_context *rpc, int status, void *data, void *private_data) {
    check(status, data);
    on_done(rpc, status, NULL, private_data);
}

static int issue_null(struct slot *slot) { return rpc_nfs3_null_async(slot->rpc, on_null, slot); }

static int issue_getattr(struct slot *slot) {
    GETATTR3args args = {0};
    set_handle(&args.object, &known[random64() % known_count]);
    return rpc_nfs3_getattr_async(slot->rpc, on_done, &args, slot);
}

static int issue_lookup(struct slot *slot) {
    LOOKUP3args args = {0};
    set_handle(&args.what.dir, &directory);
    snprintf(slot->name, sizeof slot->name, "file-%07ld", (long)(random64() % file_count));
    args.what.name = slot->name;
    return rpc_nfs3_lookup_async(slot->rpc, on_done, &args, slot);
}

static int issue_create(struct slot *slot) {
    CREATE3args args = {0};
    set_handle(&args.where.dir, &directory);
    snprintf(slot->name, sizeof slot->name, "new-%llx-%ld", (unsigned long long)run_id, serial++);
    args.where.name = slot->name;
    args.how.mode = GUARDED;
    args.how.createhow3_u.obj_attributes.mode.set_it = 1;
    args.how.createhow3_u.obj_attributes.mode.set_mode3_u.mode = 0644;
    return rpc_nfs3_create_async(slot->rpc, on_done, &args, slot);
}

static int issue_prepare(struct slot *slot) {
    CREATE3args args = {0};
    set_handle(&args.where.dir, &directory);
    snprintf(slot->name, sizeof slot->name, "file-%07ld", serial++);
    args.where.name = slot->name;
    args.how.mode = UNCHECKED;
    args.how.createhow3_u.obj_attributes.mode.set_it = 1;
    args.how.createhow3_u.obj_attributes.mode.set_mode3_u.mode = 0644;
    return rpc_nfs3_create_async(slot->rpc, on_done, &args, slot);
}

static int issue_remove(struct slot *slot) {
    REMOVE3args args = {0};
    set_handle(&args.object.dir, &directory);
    snprintf(slot->name, sizeof slot->name, "new-%llx-%ld", (unsigned long long)run_id, serial++);
    args.object.name = slot->name;
    return rpc_nfs3_remove_async(slot->rpc, on_done, &args, slot);
}

static int issue_rename(struct slot *slot) {
    RENAME3args args = {0};
    set_handle(&args.from.dir, &directory);
    set_handle(&args.to.dir, &directory);
    snprintf(slot->name, sizeof slot->name, "slot-%d-%c", slot->number, slot->renamed ? 'b' : 'a');
    snprintf(slot->other, sizeof slot->other, "slot-%d-%c", slot->number, slot->renamed ? 'a' : 'b');
    slot->renamed = !slot->renamed;
    args.from.name = slot->name;
    args.to.name = slot->other;
    return rpc_nfs3_rename_async(slot->rpc, on_done, &args, slot);
}

static int issue_read(struct slot *slot) {
    READ3args args = {0};
    set_handle(&args.file, &file);
    args.count = bytes_per_call;
    if (bytes_per_call == LARGE_BYTES) args.offset = (uint64_t)(serial++ % file_blocks) * LARGE_BYTES;
    else args.offset = (random64() % (RANDOM_FILE_BYTES / SMALL_BYTES)) * SMALL_BYTES;
    return rpc_nfs3_read_async(slot->rpc, on_done, &args, slot);
}

static stable_how stability = UNSTABLE;

static int issue_write(struct slot *slot) {
    WRITE3args args = {0};
    set_handle(&args.file, &file);
    args.count = bytes_per_call;
    args.stable = stability;
    args.data.data_len = bytes_per_call;
    args.data.data_val = block;
    if (bytes_per_call == LARGE_BYTES) args.offset = (uint64_t)(serial++ % file_blocks) * LARGE_BYTES;
    else args.offset = (random64() % (RANDOM_FILE_BYTES / SMALL_BYTES)) * SMALL_BYTES;
    return rpc_nfs3_write_async(slot->rpc, on_done, &args, slot);
}

static int issue_commit(struct slot *slot) {
    COMMIT3args args = {0};
    set_handle(&args.file, &file);
    return rpc_nfs3_commit_async(slot->rpc, on_done, &args, slot);
}

/* ---- Runs ---- */

static int slot_count(void) { return connection_count * in_flight; }

/* Issues until `seconds` have passed or `calls` are done; returns how long it took. */
static double run(issue_fn *what, double seconds, long calls) {
    issue = what;
    limit = calls;
    done = issued = 0;
    if (sampling) sample_count = 0;
    stopping = 0;
    double start = now();
    for (int i = 0; i < slot_count(); i++) send_next(&slots[i]);
    while (outstanding > 0) {
        turn();
        if (!stopping && seconds > 0 && now() - start >= seconds) stopping = 1;
    }
    return now() - start;
}

/* A write that is not committed is not done: its time counts, it is no call of its own. */
static double commit_file(void) {
    long calls = done;
    sampling = 0;
    double took = run(issue_commit, 0, 1);
    sampling = 1;
    done = calls;
    return took;
}

static int by_value(const void *a, const void *b) {
    float difference = *(const float *)a - *(const float *)b;
    return difference < 0 ? -1 : difference > 0;
}

static void report(const char *operation, double seconds) {
    qsort(samples, sample_count, sizeof *samples, by_value);
    double p50 = sample_count ? samples[sample_count / 2] : 0;
    double p99 = sample_count ? samples[sample_count * 99 / 100] : 0;
    printf("{\"operation\":\"%s\",\"files\":%ld,\"connections\":%d,\"inFlight\":%d,\"calls\":%ld,\"seconds\":%.6f,"
           "\"perSecond\":%.1f,\"bytesPerSecond\":%.0f,\"p50Us\":%.1f,\"p99Us\":%.1f,\"failures\":%d,\"later\":%d}\n",
           operation, file_count, connection_count, in_flight, done, seconds, done / seconds,
           bytes_per_call > 0 ? done * (double)bytes_per_call / seconds : 0.0, p50, p99, failures, later);
    fflush(stdout);
    if (failures) exit(1);
}

/* A directory of `file_count` files, named by how many; it is filled up where a former run left off. */
static void use_directory(void) {
    char name[64], last[64];
    struct handle found;
    snprintf(name, sizeof name, "dir-%ld", file_count);
    make_directory(&root_handle, name, &directory);
    snprintf(last, sizeof last, "file-%07ld", file_count - 1);
    if (file_count > 0 && look_up(&directory, last, &found) != NFS3_OK) {
        serial = 0;
        run(issue_prepare, 0, file_count);
        if (failures) die("prepare", "some files could not be made");
    }
}

static void know_handles(void) {
    known_count = file_count < KNOWN_HANDLES ? file_count : KNOWN_HANDLES;
    for (int i = 0; i < known_count; i++) {
        char name[64];
        snprintf(name, sizeof name, "file-%07ld", (long)(i * (file_count / known_count)));
        if (look_up(&directory, name, &known[i]) != NFS3_OK) die("lookup", name);
    }
}

/* A file of `size` bytes, wholly written once. */
static void use_file(const char *name, unsigned size) {
    long wanted = bytes_per_call;
    stable_how how = stability;
    file_blocks = size / LARGE_BYTES;
    int existed = look_up(&root_handle, name, &file) == NFS3_OK;
    if (!existed) {
        make_file(&root_handle, name, &file);
        bytes_per_call = LARGE_BYTES;
        stability = UNSTABLE;
        serial = 0;
        run(issue_write, 0, size / LARGE_BYTES);
        run(issue_commit, 0, 1);
        if (failures) die("prepare", "the file could not be written");
    }
    bytes_per_call = wanted;
    stability = how;
    serial = 0;
}

static void measure(char *operation, double seconds) {
    char *colon = strchr(operation, ':');
    file_count = colon ? atol(colon + 1) : 10;
    if (colon) *colon = 0;
    bytes_per_call = 0;
    stability = UNSTABLE;
    double took;
    if (strcmp(operation, "null") == 0) {
        run(issue_null, seconds / 4, 0);
        took = run(issue_null, seconds, 0);
    } else if (strcmp(operation, "prepare") == 0) {
        use_directory();
        return;
    } else if (strcmp(operation, "getattr") == 0) {
        use_directory();
        know_handles();
        run(issue_getattr, seconds / 4, 0);
        took = run(issue_getattr, seconds, 0);
    } else if (strcmp(operation, "lookup") == 0) {
        use_directory();
        run(issue_lookup, seconds / 4, 0);
        took = run(issue_lookup, seconds, 0);
    } else if (strcmp(operation, "create") == 0 || strcmp(operation, "remove") == 0) {
        use_directory();
        serial = 0;
        took = run(issue_create, seconds, 0);
        long made = done;
        if (operation[0] == 'c') report(operation, took);
        serial = 0;
        took = run(issue_remove, 0, made);
        if (operation[0] == 'c') return;
    } else if (strcmp(operation, "rename") == 0) {
        use_directory();
        for (int i = 0; i < slot_count(); i++) {
            struct handle made;
            char name[64];
            slots[i].renamed = 0;
            snprintf(name, sizeof name, "slot-%d-b", i);
            if (look_up(&directory, name, &made) == NFS3_OK) {
                slots[i].renamed = 1;
                continue;
            }
            snprintf(name, sizeof name, "slot-%d-a", i);
            make_file(&directory, name, &made);
        }
        run(issue_rename, seconds / 4, 0);
        took = run(issue_rename, seconds, 0);
    } else if (strcmp(operation, "read4k") == 0) {
        bytes_per_call = SMALL_BYTES;
        use_file("random", RANDOM_FILE_BYTES);
        bytes_per_call = LARGE_BYTES;
        run(issue_read, 0, RANDOM_FILE_BYTES / LARGE_BYTES);
        bytes_per_call = SMALL_BYTES;
        run(issue_read, seconds / 4, 0);
        took = run(issue_read, seconds, 0);
    } else if (strcmp(operation, "write4k-sync") == 0 || strcmp(operation, "write4k-unstable") == 0) {
        bytes_per_call = SMALL_BYTES;
        use_file("random", RANDOM_FILE_BYTES);
        stability = strcmp(operation, "write4k-sync") == 0 ? FILE_SYNC : UNSTABLE;
        run(issue_write, seconds / 4, 0);
        took = run(issue_write, seconds, 0);
        took += commit_file();
    } else if (strcmp(operation, "read1m") == 0) {
        bytes_per_call = LARGE_BYTES;
        use_file("sequential", CACHED_FILE_BYTES);
        run(issue_read, 0, file_blocks);
        took = run(issue_read, seconds, 0);
    } else if (strcmp(operation, "read1m-large") == 0) {
        bytes_per_call = LARGE_BYTES;
        use_file("sequential-large", LARGE_FILE_BYTES);
        took = run(issue_read, seconds, 0);
    } else if (strcmp(operation, "write1m") == 0) {
        bytes_per_call = LARGE_BYTES;
        use_file("sequential-large", LARGE_FILE_BYTES);
        took = run(issue_write, seconds, 0);
        took += commit_file();
    } else {
        die(operation, "no such operation");
        return;
    }
    report(operation, took);
}

/* ---- Connections ---- */

static void on_connected(struct rpc_context *rpc, int status, void *data, void *private_data) {
    (void)data;
    if (status != RPC_STATUS_SUCCESS) die("connect", rpc_get_error(rpc));
    *(int *)private_data = 1;
}

static struct rpc_context *connect_to(const char *host, int port, int program, int version) {
    int ready = 0;
    struct rpc_context *rpc = rpc_init_context();
    if (rpc == NULL) die("rpc_init_context", "no memory");
    if (rpc_connect_port_async(rpc, host, port, program, version, on_connected, &ready) != 0) {
        die("connect", rpc_get_error(rpc));
    }
    connections[connection_count++] = rpc;
    while (!ready) turn();
    return rpc;
}

static void on_mounted(struct rpc_context *rpc, int status, void *data, void *private_data) {
    mountres3 *res = data;
    if (status != RPC_STATUS_SUCCESS) die("mount", rpc_get_error(rpc));
    if (res->fhs_status != MNT3_OK) die("mount", "refused");
    fhandle3 *handle = &res->mountres3_u.mountinfo.fhandle;
    root_handle.length = handle->fhandle3_len;
    memcpy(root_handle.bytes, handle->fhandle3_val, handle->fhandle3_len);
    *(int *)private_data = 1;
}

static void mount_export(const char *host, int port, char *path) {
    int ready = 0;
    struct rpc_context *rpc = connect_to(host, port, MOUNT_PROGRAM, MOUNT_V3);
    if (rpc_mount3_mnt_async(rpc, on_mounted, path, &ready) != 0) die("mount", rpc_get_error(rpc));
    while (!ready) turn();
    rpc_disconnect(rpc, "mounted");
    rpc_destroy_context(rpc);
    connection_count = 0;
}

int main(int argc, char **argv) {
    if (argc < 9) die("usage", "load HOST PORT MOUNTPORT EXPORT CONNECTIONS IN_FLIGHT SECONDS OPERATION[:FILES]...");
    int wanted = atoi(argv[5]);
    in_flight = atoi(argv[6]);
    double seconds = atof(argv[7]);
    if (wanted < 1 || wanted > MAX_CONNECTIONS || in_flight < 1 || wanted * in_flight > MAX_SLOTS) {
        die("usage", "connections or calls in flight out of bounds");
    }
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    run_id = (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
    samples = malloc(MAX_SAMPLES * sizeof *samples);
    block = malloc(LARGE_BYTES);
    if (samples == NULL || block == NULL) die("malloc", strerror(errno));
    for (unsigned i = 0; i < LARGE_BYTES; i++) block[i] = (char)random64();
    mount_export(argv[1], atoi(argv[3]), argv[4]);
    for (int i = 0; i < wanted; i++) connect_to(argv[1], atoi(argv[2]), NFS_PROGRAM, NFS_V3);
    for (int i = 0; i < slot_count(); i++) {
        slots[i].rpc = connections[i % connection_count];
        slots[i].number = i;
    }
    for (int i = 8; i < argc; i++) measure(argv[i], seconds);
    return 0;
}

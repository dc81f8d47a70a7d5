/*
 * A whole session of NFS v2 and MOUNT v1 by libnfs's raw calls: `v2 HOST PORT`. One line for each step: its name and
 * what came of it.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <nfsc/libnfs-zdr.h>
#include <nfsc/libnfs.h>
#include <nfsc/libnfs-raw.h>
#include <nfsc/libnfs-raw-mount.h>
#include <nfsc/libnfs-raw-nfs.h>

static struct rpc_context *rpc;
static int ready;
static char root[FHSIZE], file[FHSIZE], directory[FHSIZE];

static void die(const char *what) {
    printf("%s failed: %s\n", what, rpc_get_error(rpc));
    exit(1);
}

/* Waits for the call just made. */
static void finish(const char *what, int queued) {
    if (queued != 0) die(what);
    while (!ready) {
        struct pollfd fd = {rpc_get_fd(rpc), rpc_which_events(rpc), 0};
        if (poll(&fd, 1, 10000) <= 0 || rpc_service(rpc, fd.revents) < 0) die(what);
    }
    ready = 0;
}

static void check(const char *what, int status) {
    ready = 1;
    if (status != RPC_STATUS_SUCCESS) die(what);
}

#define CALLBACK(NAME) static void NAME(struct rpc_context *r, int status, void *data, void *what)

CALLBACK(on_connected) {
    (void)r;
    (void)data;
    check(what, status);
}

CALLBACK(on_void) {
    (void)r;
    (void)data;
    check(what, status);
    printf("%s ok\n", (char *)what);
}

CALLBACK(on_mounted) {
    (void)r;
    check(what, status);
    mountres1 *res = data;
    printf("%s %d\n", (char *)what, res->fhs_status);
    if (res->fhs_status == 0) memcpy(root, res->mountres1_u.mountinfo.fhandle, FHSIZE);
}

CALLBACK(on_exports) {
    (void)r;
    check(what, status);
    exports list = *(exports *)data;
    printf("%s %s\n", (char *)what, list ? list->ex_dir : "none");
}

CALLBACK(on_mounts) {
    (void)r;
    check(what, status);
    mountlist list = *(mountlist *)data;
    printf("%s %s\n", (char *)what, list ? list->ml_directory : "none");
}

CALLBACK(on_attributes) {
    (void)r;
    check(what, status);
    GETATTR2res *res = data;
    printf("%s %d", (char *)what, res->status);
    if (res->status == NFS3_OK) {
        struct fattr2 *a = &res->GETATTR2res_u.resok.attributes;
        printf(" type %d mode %o size %u", a->type, a->mode, a->size);
    }
    printf("\n");
}

CALLBACK(on_created) {
    (void)r;
    check(what, status);
    CREATE2res *res = data;
    printf("%s %d", (char *)what, res->status);
    if (res->status == NFS3_OK) {
        printf(" type %d", res->CREATE2res_u.resok.attributes.type);
        char *to = res->CREATE2res_u.resok.attributes.type == NF2DIR ? directory : file;
        memcpy(to, res->CREATE2res_u.resok.file, FHSIZE);
    }
    printf("\n");
}

CALLBACK(on_status) {
    (void)r;
    check(what, status);
    printf("%s %d\n", (char *)what, *(int *)data);
}

CALLBACK(on_link) {
    (void)r;
    check(what, status);
    READLINK2res *res = data;
    printf("%s %d %s\n", (char *)what, res->status, res->status ? "" : res->READLINK2res_u.resok.data);
}

CALLBACK(on_read) {
    (void)r;
    check(what, status);
    READ2res *res = data;
    printf("%s %d", (char *)what, res->status);
    if (res->status == NFS3_OK) {
        printf(" %.*s", (int)res->READ2res_u.resok.data.nfsdata2_len, res->READ2res_u.resok.data.nfsdata2_val);
    }
    printf("\n");
}

CALLBACK(on_list) {
    (void)r;
    check(what, status);
    READDIR2res *res = data;
    printf("%s %d", (char *)what, res->status);
    if (res->status == NFS3_OK) {
        for (entry2 *e = res->READDIR2res_u.resok.entries; e; e = e->nextentry) printf(" %s", e->name);
        printf(" eof %d", res->READDIR2res_u.resok.eof);
    }
    printf("\n");
}

CALLBACK(on_statfs) {
    (void)r;
    check(what, status);
    STATFS2res *res = data;
    printf("%s %d", (char *)what, res->status);
    if (res->status == NFS3_OK) printf(" tsize %u bsize %u", res->STATFS2res_u.resok.tsize, res->STATFS2res_u.resok.bsize);
    printf("\n");
}

static void connect_to(const char *host, int port, int program, int version) {
    rpc = rpc_init_context();
    finish("connect", rpc_connect_port_async(rpc, host, port, program, version, on_connected, "connect"));
}

static struct sattr2 attributes(int mode) {
    struct sattr2 a;
    memset(&a, 0xff, sizeof a);
    a.mode = mode;
    return a;
}

static diropargs2 at(char *dir, char *name) {
    diropargs2 where;
    memcpy(where.dir, dir, FHSIZE);
    where.name = name;
    return where;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    int port = atoi(argv[2]);
    connect_to(argv[1], port, MOUNT_PROGRAM, MOUNT_V1);
    finish("MNT", rpc_mount1_mnt_async(rpc, on_mounted, "/", "MNT"));
    finish("EXPORT", rpc_mount1_export_async(rpc, on_exports, "EXPORT"));
    finish("DUMP", rpc_mount1_dump_async(rpc, on_mounts, "DUMP"));
    finish("UMNT", rpc_mount1_umnt_async(rpc, on_void, "/", "UMNT"));
    rpc_destroy_context(rpc);
    connect_to(argv[1], port, NFS_PROGRAM, NFS_V2);
    finish("NULL", rpc_nfs2_null_async(rpc, on_void, "NULL"));

    CREATE2args create = {.where = at(root, "file"), .attributes = attributes(0644)};
    finish("CREATE", rpc_nfs2_create_async(rpc, on_created, &create, "CREATE"));
    MKDIR2args mkdir = {.where = at(root, "dir"), .attributes = attributes(0755)};
    finish("MKDIR", rpc_nfs2_mkdir_async(rpc, on_created, &mkdir, "MKDIR"));

    WRITE2args write = {.offset = 0, .totalcount = 5};
    memcpy(write.file, file, FHSIZE);
    write.data.nfsdata2_len = 5;
    write.data.nfsdata2_val = "hello";
    finish("WRITE", rpc_nfs2_write_async(rpc, on_attributes, &write, "WRITE"));
    READ2args read = {.offset = 1, .count = 100};
    memcpy(read.file, file, FHSIZE);
    finish("READ", rpc_nfs2_read_async(rpc, on_read, &read, "READ"));
    GETATTR2args getattr;
    memcpy(getattr.fhandle, file, FHSIZE);
    finish("GETATTR", rpc_nfs2_getattr_async(rpc, on_attributes, &getattr, "GETATTR"));
    SETATTR2args setattr = {.attributes = attributes(0600)};
    memcpy(setattr.fhandle, file, FHSIZE);
    finish("SETATTR", rpc_nfs2_setattr_async(rpc, on_attributes, &setattr, "SETATTR"));

    SYMLINK2args symlink = {.from = at(directory, "symlink"), .to = "../file", .attributes = attributes(0777)};
    finish("SYMLINK", rpc_nfs2_symlink_async(rpc, on_status, &symlink, "SYMLINK"));
    LOOKUP2args lookup = {.what = at(directory, "symlink")};
    finish("LOOKUP", rpc_nfs2_lookup_async(rpc, on_created, &lookup, "LOOKUP"));
    READLINK2args readlink;
    memcpy(readlink.file, file, FHSIZE);
    finish("READLINK", rpc_nfs2_readlink_async(rpc, on_link, &readlink, "READLINK"));
    RENAME2args rename = {.from = at(root, "file"), .to = at(directory, "renamed")};
    finish("RENAME", rpc_nfs2_rename_async(rpc, on_status, &rename, "RENAME"));
    LOOKUP2args again = {.what = at(directory, "renamed")};
    finish("LOOKUP", rpc_nfs2_lookup_async(rpc, on_created, &again, "LOOKUP"));
    LINK2args link = {.to = at(directory, "linked")};
    memcpy(link.from, file, FHSIZE);
    finish("LINK", rpc_nfs2_link_async(rpc, on_status, &link, "LINK"));
    READDIR2args readdir = {.count = 4096};
    memcpy(readdir.dir, directory, FHSIZE);
    finish("READDIR", rpc_nfs2_readdir_async(rpc, on_list, &readdir, "READDIR"));
    STATFS2args statfs;
    memcpy(statfs.dir, root, FHSIZE);
    finish("STATFS", rpc_nfs2_statfs_async(rpc, on_statfs, &statfs, "STATFS"));
    RMDIR2args rmdir = {.what = at(root, "dir")};
    finish("RMDIR", rpc_nfs2_rmdir_async(rpc, on_status, &rmdir, "RMDIR"));
    char *names[] = {"symlink", "renamed", "linked"};
    for (int i = 0; i < 3; i++) {
        REMOVE2args remove = {.what = at(directory, names[i])};
        finish("REMOVE", rpc_nfs2_remove_async(rpc, on_status, &remove, "REMOVE"));
    }
    finish("RMDIR", rpc_nfs2_rmdir_async(rpc, on_status, &rmdir, "RMDIR"));
    finish("GETATTR", rpc_nfs2_getattr_async(rpc, on_attributes, &getattr, "GETATTR"));
    return 0;
}

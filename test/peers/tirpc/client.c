/*
 * A client of calc.x on libtirpc: client tcp|udp PORT. Makes every call, checks every result, and prints what it
 * checked; a wrong one ends it with status 1. Over TCP its records are fragments of FRAGMENT bytes.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "calc.h"

#define FRAGMENT 1000

static CLIENT *client;

static void check(int right, const char *what) {
  if (!right) {
    fprintf(stderr, "wrong: %s\n", what);
    clnt_perror(client, "last call");
    exit(1);
  }
  printf("%s\n", what);
}

static void reverse(u_int length) {
  blob args = { length, malloc(length + 1) };
  for (u_int i = 0; i < length; i++) args.blob_val[i] = (char)(i * 31 + (i >> 8));
  blob *result = calc_reverse_1(&args, client);
  check(result != NULL && result->blob_len == length, "REVERSE answers with as many bytes");
  for (u_int i = 0; i < length; i++)
    if (result->blob_val[i] != args.blob_val[length - 1 - i]) check(0, "REVERSE's bytes");
  clnt_freeres(client, (xdrproc_t)xdr_blob, result);
  free(args.blob_val);
}

static void refused(rpcprog_t program, rpcvers_t version, rpcproc_t procedure, enum clnt_stat wanted, const char *what) {
  struct timeval timeout = { 5, 0 };
  struct rpc_err error;
  clnt_control(client, CLSET_VERS, &version);
  clnt_control(client, CLSET_PROG, &program);
  enum clnt_stat status = clnt_call(client, procedure, (xdrproc_t)xdr_void, NULL, (xdrproc_t)xdr_void, NULL, timeout);
  clnt_geterr(client, &error);
  check(status == wanted, what);
  if (wanted == RPC_PROGVERSMISMATCH) check(error.re_vers.low == 1 && error.re_vers.high == 1, "range 1 to 1");
  version = CALC_V1;
  program = CALC_PROG;
  clnt_control(client, CLSET_VERS, &version);
  clnt_control(client, CLSET_PROG, &program);
}

int main(int argc, char **argv) {
  int is_tcp = argc > 2 && strcmp(argv[1], "tcp") == 0;
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  int fd = RPC_ANYSOCK;
  address.sin_port = htons(atoi(argv[2]));
  client = is_tcp ? clnttcp_create(&address, CALC_PROG, CALC_V1, &fd, FRAGMENT, FRAGMENT)
                  : clntudp_create(&address, CALC_PROG, CALC_V1, (struct timeval){ 2, 0 }, &fd);
  if (client == NULL) {
    clnt_pcreateerror("create");
    return 2;
  }
  client->cl_auth = authunix_create_default();

  check(calc_null_1(NULL, client) != NULL, "NULL");

  int terms[] = { 1000000, 2000000, -7 };
  request request = { TIMES, { 3, terms } };
  outcome *product = calc_run_1(&request, client);
  check(product != NULL && product->ok && product->outcome_u.value == -14000000000000LL, "RUN times");
  request.terms.terms_len = 0;
  outcome *none = calc_run_1(&request, client);
  check(none != NULL && !none->ok && strcmp(none->outcome_u.reason, "no terms") == 0, "RUN without terms");

  reverse(0);
  reverse(3);
  reverse(is_tcp ? 1 << 20 : 8000);

  numbers third = { 30, NULL }, second = { 20, &third }, first = { 10, &second };
  number_list list = &first;
  number_list *doubled = calc_double_1(&list, client);
  check(doubled != NULL && (*doubled)->value == 20 && (*doubled)->next->next->value == 60, "DOUBLE");
  check((*doubled)->next->next->next == NULL, "DOUBLE's end");

  refused(CALC_PROG, CALC_V1, 99, RPC_PROCUNAVAIL, "PROC_UNAVAIL");
  refused(CALC_PROG, 9, 0, RPC_PROGVERSMISMATCH, "PROG_MISMATCH");
  refused(CALC_PROG + 1, 1, 0, RPC_PROGUNAVAIL, "PROG_UNAVAIL");
  refused(CALC_PROG, CALC_V1, 1, RPC_CANTDECODEARGS, "GARBAGE_ARGS");
  printf("done\n");
  return 0;
}

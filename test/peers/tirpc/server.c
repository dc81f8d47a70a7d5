/* A server of calc.x on libtirpc: prints "TCP-PORT UDP-PORT", serves until it is killed. Fragments are FRAGMENT bytes. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "calc.h"

#define FRAGMENT 1000

extern void calc_prog_1(struct svc_req *, SVCXPRT *);

void *calc_null_1_svc(void *args, struct svc_req *call) {
  static char result;
  return &result;
}

outcome *calc_run_1_svc(request *args, struct svc_req *call) {
  static outcome result;
  quad_t value = args->op == PLUS ? 0 : 1;
  for (u_int i = 0; i < args->terms.terms_len; i++) {
    if (args->op == PLUS) value += args->terms.terms_val[i];
    else value *= args->terms.terms_val[i];
  }
  result.ok = args->terms.terms_len > 0;
  if (result.ok) result.outcome_u.value = value;
  else result.outcome_u.reason = "no terms";
  return &result;
}

blob *calc_reverse_1_svc(blob *args, struct svc_req *call) {
  static blob result;
  free(result.blob_val);
  result.blob_len = args->blob_len;
  result.blob_val = malloc(args->blob_len + 1);
  for (u_int i = 0; i < args->blob_len; i++) result.blob_val[i] = args->blob_val[args->blob_len - 1 - i];
  return &result;
}

number_list *calc_double_1_svc(number_list *args, struct svc_req *call) {
  static number_list result;
  for (numbers *n = *args; n != NULL; n = n->next) n->value *= 2;
  result = *args;
  return &result;
}

static int open_socket(int type, unsigned short *port) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int fd = socket(AF_INET, type, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0) exit(2);
  if (type == SOCK_STREAM && listen(fd, 16) != 0) exit(2);
  getsockname(fd, (struct sockaddr *)&address, &length);
  *port = ntohs(address.sin_port);
  return fd;
}

int main(void) {
  unsigned short tcp_port, udp_port;
  SVCXPRT *tcp = svctcp_create(open_socket(SOCK_STREAM, &tcp_port), FRAGMENT, FRAGMENT);
  SVCXPRT *udp = svcudp_create(open_socket(SOCK_DGRAM, &udp_port));
  if (tcp == NULL || udp == NULL) return 3;
  if (!svc_register(tcp, CALC_PROG, CALC_V1, calc_prog_1, 0)) return 4;
  if (!svc_register(udp, CALC_PROG, CALC_V1, calc_prog_1, 0)) return 4;
  printf("%u %u\n", tcp_port, udp_port);
  fflush(stdout);
  svc_run();
  return 5;
}

/** What hinders a node from holding the cell's floating address. */
import { defineErrors } from "../../world/index.ts";

export const vipErrors = defineErrors({
  VIP_ADDRESS: {
    summary:
      "What was given as the floating address is none, or this machine has no interface in its network.",
    remedy:
      "Write it as ADDRESS/PREFIX or ADDRESS/PREFIX@INTERFACE, an IPv4 address of the network of one of this machine's interfaces that no machine has for itself: --vip 192.168.1.9/24@eth0.",
  },
  VIP_NOT_PERMITTED: {
    summary: "The node may not change the addresses of this machine.",
    remedy:
      "Run it as root, or give it CAP_NET_ADMIN: `AmbientCapabilities=CAP_NET_ADMIN` in a unit of systemd, or `capsh`.",
  },
  VIP_UNSUPPORTED: {
    summary: "A floating address needs Linux and its `ip` program.",
    remedy: "Install iproute2, or leave --vip out on this machine.",
  },
  VIP_FAILED: {
    summary: "The system did not give the floating address to this machine, or take it away.",
    remedy:
      "The message is that of `ip`. The node tries again; another takes the address over when this one is stopped.",
  },
});

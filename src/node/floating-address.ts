/**
 * An address that is this machine's for a few seconds at a time: Linux takes one away whose lifetime is over (`valid_lft` of ip-address(8)), whatever has
 * become of the process that gave it. `ip` is run for each change; it needs CAP_NET_ADMIN.
 *
 * Nothing of Linux tells a network of an address that was added while the interface is up (`arp_notify` does for the interface, and Node.js
 * opens no packet sockets). A datagram to a neighbour that is not known does: its ARP request is broadcast and says who asks, and whoever
 * has the address in a cache takes the new place (RFC 826, "Packet Reception").
 */
import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { platform } from "node:os";

/** Whether the system did what was asked; if not, why. */
export type FloatingOutcome =
  | { readonly kind: "done" }
  | {
      readonly kind: "failed";
      readonly why: "permission" | "unsupported" | "interface" | "other";
      readonly message: string;
    };

/** One address that this machine may be given and loses by itself (Linux). See `floatingAddress`. */
export interface FloatingAddress {
  readonly address: string;
  /** Gives it to the machine for so many seconds from now, whether it has it or not. */
  hold(validSeconds: number): Promise<FloatingOutcome>;
  /** Takes it away; done where it is not. */
  release(): Promise<FloatingOutcome>;
  /** Tells the network where the address is by now, as well as it can. */
  announce(): Promise<void>;
}

/** An IPv4 address with its network, and the interface that is to have it. */
export interface FloatingPlace {
  /** IPv4. */
  readonly address: string;
  readonly prefix: number;
  /** Default: the interface that has an address in the same network. */
  readonly interface?: string;
}

const IP_MS = 5000;
const DISCARD_PORT = 9;
/** Neighbours that are written to: one that is in the cache already is not asked for. */
const NEIGHBOURS = 4;
const LINGER_MS = 500;

/**
 * An address that the kernel takes from the machine when its time is over, set by `ip` (iproute2). Needs root
 * or CAP_NET_ADMIN.
 */
export function floatingAddress(place: FloatingPlace): FloatingAddress {
  const { address, prefix } = place;
  let known: string | undefined = place.interface;
  const at = async (words: (device: string) => string[]): Promise<FloatingOutcome> => {
    if (platform() !== "linux") return failed("unsupported", `${platform()} is not Linux`);
    known ??= await interfaceOf(place);
    if (known === undefined) return failed("interface", "no interface has an address of its network");
    return outcomeOf(await ip(words(known)));
  };
  const whole = `${address}/${prefix}`;
  return {
    address,
    hold(validSeconds) {
      const life = String(validSeconds);
      return at((device) => [
        ...["addr", "replace", whole, "dev", device],
        ...["valid_lft", life, "preferred_lft", life],
      ]);
    },
    release: () => at((device) => ["addr", "del", whole, "dev", device]),
    announce: () => announce(place),
  };
}

interface Ran {
  readonly isDone: boolean;
  readonly isMissing: boolean;
  readonly out: string;
  readonly err: string;
}

function ip(words: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { timeout: IP_MS, env: { ...process.env, LC_ALL: "C" } };
    execFile("ip", [...words], options, (error, out, err) => {
      const isMissing = (error as { code?: unknown } | null)?.code === "ENOENT";
      resolve({ isDone: error === null, isMissing, out, err: err.trim() || (error?.message ?? "") });
    });
  });
}

function outcomeOf({ isDone, isMissing, err }: Ran): FloatingOutcome {
  // What is not there need not be taken away.
  if (isDone || /Address not found|Cannot assign requested address/.test(err)) return { kind: "done" };
  if (isMissing) return failed("unsupported", "there is no program `ip`");
  if (/not permitted|Permission denied/.test(err)) return failed("permission", err);
  if (/Cannot find device|does not exist/.test(err)) return failed("interface", err);
  return failed("other", err);
}

function failed(why: Extract<FloatingOutcome, { kind: "failed" }>["why"], message: string): FloatingOutcome {
  return { kind: "failed", why, message };
}

interface Link {
  readonly ifname: string;
  readonly addr_info?: readonly { readonly local?: string }[];
}

async function interfaceOf({ address, prefix }: FloatingPlace): Promise<string | undefined> {
  const { isDone, out } = await ip(["-4", "-j", "addr", "show"]);
  if (!isDone) return undefined;
  const links = JSON.parse(out) as readonly Link[];
  const network = networkOf(address, prefix);
  const fits = ({ addr_info = [] }: Link) =>
    addr_info.some(
      ({ local }) => local !== undefined && local !== address && networkOf(local, prefix) === network,
    );
  return links.find(fits)?.ifname;
}

/** An address as a number, without what tells its network's machines apart. */
function networkOf(address: string, prefix: number): number {
  return Math.floor(numberOf(address) / 2 ** (32 - prefix));
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function textOf(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** Others of its network, spread over it. */
export function neighboursOf({ address, prefix }: FloatingPlace): string[] {
  const size = 2 ** (32 - prefix);
  if (size < 4) return [];
  const first = numberOf(address) - (numberOf(address) % size);
  const found = Array.from({ length: NEIGHBOURS }, (_, at) =>
    textOf(first + 1 + Math.floor((Math.random() + at) * ((size - 2) / NEIGHBOURS))),
  );
  return [...new Set(found)].filter((each) => each !== address);
}

function announce(place: FloatingPlace): Promise<void> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      socket.close(() => resolve());
    };
    socket.on("error", end);
    socket.bind({ address: place.address, port: 0 }, () => {
      for (const to of neighboursOf(place)) socket.send(new Uint8Array(1), DISCARD_PORT, to, () => {});
      // What comes of it is nobody's business.
      setTimeout(end, LINGER_MS);
    });
  });
}

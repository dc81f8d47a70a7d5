/** Three meshes in the real world, over real sockets of the loopback interface. */
import { describe, expect, it } from "vitest";
import { createNodeWorld } from "../../node/index.ts";
import { CellFixture } from "../../world/contract/cell-fixture.ts";
import {
  type CarrierOptions,
  type Mesh,
  type MeshMulticastOptions,
  type MeshPort,
  openMesh,
} from "./index.ts";

const NAMES = ["a", "b", "c"];
const MESSAGES = 5000;
const bind = { host: "127.0.0.1", port: 0 };

/** Other runs of this test on the machine hear it as well, and have other keys. */
const multicast = { group: "239.255.20.7", port: 47_817 };

type CarrierFor = (name: string) => CarrierOptions;
const cell = new CellFixture(createNodeWorld());
const tls: CarrierFor = (name) => ({ kind: "tls", credentials: cell.credentials(name) });

const CARRIERS: readonly (readonly [
  string,
  CarrierOptions | CarrierFor,
  MeshMulticastOptions | undefined,
])[] = [
  ["TCP", { kind: "tcp" }, undefined],
  ["TLS", tls, undefined],
  ["TLS and multicast", tls, multicast],
  ["TCP and multicast", { kind: "tcp" }, multicast],
  ["TCP with a secret", { kind: "tcp", secret: new Uint8Array(32).fill(1) }, undefined],
  [
    "channels",
    { kind: "channels", security: { kind: "shared-key", key: new Uint8Array(32).fill(1) } },
    undefined,
  ],
];

/** Resolves when `isSo`, which is asked after each call of what it returns. */
function until(isSo: () => boolean): { readonly reached: Promise<void>; look(): void } {
  let look = () => {};
  const reached = new Promise<void>((resolve) => {
    look = () => isSo() && resolve();
  });
  return { reached, look: () => look() };
}

const lengthOf = (n: number) => 4 + ((n * 7919) % (n % 100 === 0 ? 300_000 : 300));

function numbered(n: number): Uint8Array {
  const message = new Uint8Array(lengthOf(n)).fill(n & 0xff);
  new DataView(message.buffer).setUint32(0, n);
  return message;
}

/** The next number that came from each peer, as long as all came in order and whole. */
class Tally {
  readonly next = new Map<string, number>();
  take(from: string, message: Uint8Array): void {
    const n = this.next.get(from) ?? 0;
    const got = new DataView(message.buffer, message.byteOffset).getUint32(0);
    expect([got, message.length, message.at(-1)]).toEqual([n, lengthOf(n), numbered(n).at(-1)]);
    this.next.set(from, n + 1);
  }
}

/** Sends all the numbers to a peer, as fast as the queue takes them. */
function pump(port: MeshPort, to: string): void {
  let n = 0;
  const go = (): void => {
    while (n < MESSAGES && port.send(to, numbered(n))) n++;
  };
  const { onDrain } = port;
  port.onDrain = (peer) => {
    onDrain(peer);
    if (peer === to) go();
  };
  go();
}

async function started(carrier: CarrierOptions | CarrierFor, port: string, multicast?: MeshMulticastOptions) {
  const meshes: Mesh[] = [];
  const ports: MeshPort[] = [];
  for (const name of NAMES) {
    const mesh = await openMesh(createNodeWorld(), {
      name,
      bind,
      carrier: typeof carrier === "function" ? carrier(name) : carrier,
      limits: { maxQueuedBytes: 2 << 20 },
      ...(multicast === undefined ? {} : { multicast }),
    });
    mesh.onTrouble = (_, error) => {
      throw error;
    };
    meshes.push(mesh);
    ports.push(mesh.open(port));
  }
  const ups = new Set<string>();
  const { reached, look } = until(() => ups.size === 6);
  for (const each of ports) {
    each.onUp = (peer) => {
      ups.add(`${each.self} ${peer}`);
      look();
    };
  }
  for (const mesh of meshes) for (const peer of meshes) if (peer !== mesh) mesh.add(peer.self);
  await reached;
  return { meshes, ports };
}

describe("three meshes that multicast over real sockets", () => {
  it("hear each other's datagrams, and have all in order", async () => {
    const { meshes, ports } = await started({ kind: "tcp" }, "p", multicast);
    const world = createNodeWorld();
    const ear = await world.net.datagram({
      bind: { host: "0.0.0.0", port: multicast.port },
      reuse: true,
      groups: [multicast.group],
    });
    // As soon as peers have said to hear it, larger datagrams than beacons come.
    let large = 0;
    const next = ports.map(() => 0);
    const enough = until(() => large > 100 && next.every((n) => n > 2000));
    ear.onMessage = ({ length }) => {
      if (length > 1000) large++;
      enough.look();
    };
    ports.forEach((port, at) => {
      port.onMessage = (_, message) => {
        if (at === 0) return;
        const n = new DataView(message.buffer, message.byteOffset).getUint32(0);
        expect(n).toBe(next[at]);
        next[at] = n + 1;
        enough.look();
      };
    });
    const [a] = ports as [MeshPort];
    next[0] = Number.POSITIVE_INFINITY;
    let n = 0;
    let isOver = false;
    const say = (): void => {
      if (isOver) return;
      for (let each = 0; each < 10; each++) {
        const message = new Uint8Array(each === 0 ? 20_000 : 4 + (n % 1000));
        new DataView(message.buffer).setUint32(0, n++);
        if (a.pendingBytes("b") + a.pendingBytes("c") > 1 << 19) n--;
        else if (each === 5) for (const to of ["b", "c"]) a.send(to, message);
        else a.broadcast(["b", "c"], message);
      }
      world.timers.after(1, say, { keepAlive: true });
    };
    say();
    await enough.reached;
    isOver = true;
    ear.close();
    await Promise.all(meshes.map((mesh) => mesh.close()));
  });
});

describe.each(CARRIERS)("three meshes over real %s", (_, carrier, multicast) => {
  it("carry everything in order, all at once", async () => {
    const { meshes, ports } = await started(carrier, "log", multicast);
    const tallies = ports.map(() => new Tally());
    const all = until(() =>
      tallies.every(({ next }) => next.size === 2 && [...next.values()].every((n) => n === MESSAGES)),
    );
    ports.forEach((port, at) => {
      port.onMessage = (from, message) => {
        tallies[at]?.take(from, message);
        all.look();
      };
      for (const to of NAMES) if (to !== port.self) pump(port, to);
    });
    await all.reached;
    await Promise.all(meshes.map((mesh) => mesh.close()));
  });

  it("tell the others when one of them closes, after its last message", async () => {
    const { meshes, ports } = await started(carrier, "p", multicast);
    const [a, ...others] = ports as [MeshPort, MeshPort, MeshPort];
    const heard: string[] = [];
    const all = until(() => heard.length === 4);
    for (const port of others) {
      port.onMessage = (from, message) => heard.push(`${port.self} got ${message.length} of ${from}`);
      port.onDown = (peer) => {
        heard.push(`${port.self} lost ${peer}`);
        all.look();
      };
    }
    a.broadcast(["b", "c"], new Uint8Array(1000));
    await meshes[0]?.close();
    await all.reached;
    expect(heard.toSorted()).toEqual(["b got 1000 of a", "b lost a", "c got 1000 of a", "c lost a"]);
    for (const port of others) port.onDown = () => {};
    await Promise.all(meshes.map((mesh) => mesh.close()));
  });
});

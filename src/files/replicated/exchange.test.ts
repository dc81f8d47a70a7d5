import { describe, expect, test } from "vitest";
import type { MeshPort } from "../../channel/index.ts";
import { Simulation } from "../../sim/index.ts";
import { silentLog, type World } from "../../world/index.ts";
import { Exchange, MAX_EXCHANGED_BYTES } from "./exchange.ts";
import { type Answer, askedOf } from "./volume-call.ts";

/** Two ports whose messages arrive in a later turn, as long as the link is up. */
class Link {
  readonly ports: [MeshPort, MeshPort];
  readonly sent: Uint8Array[] = [];
  isUp = false;

  constructor(world: World) {
    const port = (at: 0 | 1): MeshPort => ({
      self: `n${at}`,
      onMessage: () => {},
      onUp: () => {},
      onDown: () => {},
      onDrain: () => {},
      send: (_, message) => {
        if (!this.isUp) return false;
        const copy = message.slice();
        this.sent.push(copy);
        world.timers.after(1, () => {
          if (this.isUp) this.ports[1 - at]?.onMessage(`n${at}`, copy);
        });
        return true;
      },
      broadcast() {},
      pendingBytes: () => 0,
      isUp: () => this.isUp,
      renew() {},
      close() {},
    });
    this.ports = [port(0), port(1)];
  }

  set(isUp: boolean): void {
    this.isUp = isUp;
    for (const at of [0, 1] as const) {
      const peer = `n${1 - at}`;
      if (isUp) this.ports[at].onUp(peer, 1);
      else this.ports[at].onDown(peer);
    }
  }
}

function inPair(body: (a: Exchange, b: Exchange, link: Link) => Promise<void>): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const { world } = sim.node("n");
  return sim.run(async () => {
    const link = new Link(world);
    const parts = { timers: world.timers, log: silentLog };
    const [a, b] = link.ports.map((port) => new Exchange({ port, ...parts })) as [Exchange, Exchange];
    link.set(true);
    await body(a, b, link);
  });
}

function asked(bytes = 4) {
  const args = Uint8Array.from({ length: bytes }, (_, at) => at & 0xff);
  return askedOf(new Uint8Array(16), {
    version: 3,
    procedure: 7,
    args,
    credentials: { uid: 1, gid: 2, groups: [3] },
    isReadOnly: false,
    transport: "tcp",
    identity: { high: 1, low: 2 },
  });
}

describe("questions between nodes", () => {
  test("are answered, of whatever size, several at a time", async () => {
    await inPair(async (a, b) => {
      b.onAsk = async ({ args }) => args;
      const sizes = [0, 4, 262_144, 1_100_000];
      const answers = await Promise.all(sizes.map((bytes) => a.ask("n1", asked(bytes), 1000)));
      expect(answers.map((answer) => (answer as Uint8Array).length)).toEqual(sizes);
      expect(Buffer.from(answers[3] as Uint8Array).equals(asked(1_100_000).args)).toBe(true);
    });
  });

  test("carry every kind of answer", async () => {
    await inPair(async (a, b) => {
      for (const answer of ["later", "elsewhere", "unknown"] satisfies Answer[]) {
        b.onAsk = async () => answer;
        expect(await a.ask("n1", asked(), 1000)).toBe(answer);
      }
      b.onAsk = () => Promise.reject(new Error("broken"));
      expect(await a.ask("n1", asked(), 1000)).toBe("unknown");
    });
  });

  test("end with their time, or with their link, and nobody knows more then", async () => {
    await inPair(async (a, b, link) => {
      b.onAsk = () => new Promise(() => {});
      expect(await a.ask("n1", asked(), 50)).toBeUndefined();
      const cut = a.ask("n1", asked(), 60_000);
      link.set(false);
      expect(await cut).toBeUndefined();
      expect(await a.ask("n1", asked(), 60_000)).toBeUndefined();
      expect(await a.flush("n1", new Uint8Array(16), 1, 60_000)).toBe(false);
    });
  });

  test("go from node to node until one answers, and say whether the call may have been done", async () => {
    await inPair(async (a, b, link) => {
      b.onAsk = async () => "elsewhere";
      expect(await a.askEach(["nobody", "n1"], asked(), 50)).toBe("later");
      b.onAsk = async () => "unknown";
      expect(await a.askEach(["n1"], asked(), 50)).toBe("unknown");
      b.onAsk = () => new Promise(() => {});
      expect(await a.askEach(["n1"], asked(), 50)).toBe("unknown");
      b.onAsk = async () => Uint8Array.of(0, 0, 0, 9);
      expect(await a.askEach(["nobody", "n1"], asked(), 50)).toEqual(Uint8Array.of(0, 0, 0, 9));
      link.set(false);
      expect(await a.askEach(["n1"], asked(), 50)).toBe("later");
    });
  });

  test("also ask that writes be put into the log, and tell of room", async () => {
    await inPair(async (a, b) => {
      const flushed: [string, number][] = [];
      b.onFlush = async (session, inode) => {
        flushed.push([Buffer.from(session).toString("hex"), inode]);
        return inode === 5;
      };
      expect(await a.flush("n1", new Uint8Array(16).fill(0xab), 5, 1000)).toBe(true);
      expect(await a.flush("n1", new Uint8Array(16), 6, 1000)).toBe(false);
      expect(flushed).toEqual([
        ["ab".repeat(16), 5],
        ["00".repeat(16), 6],
      ]);
      const told = new Promise<[string, number]>((resolve) => {
        b.onRoom = (from, freeBytes) => resolve([from, freeBytes]);
      });
      a.tellRoom(2 ** 40);
      expect(await told).toEqual(["n0", 2 ** 40]);
    });
  });

  test("pass over what is no message, and go on", async () => {
    await inPair(async (a, b, link) => {
      b.onAsk = async () => new Uint8Array(4);
      const [, to] = link.ports;
      for (const piece of [[], [3], [3, 0, 0, 0, 99], [2, 1, 2], [1, 1], [0, 1], [3, 0, 0, 0, 1, 9]]) {
        to.onMessage("n0", Uint8Array.from(piece));
      }
      to.onMessage("n0", Uint8Array.of(1));
      for (let bytes = 0; bytes <= MAX_EXCHANGED_BYTES; bytes += 1_000_000) {
        to.onMessage("n0", new Uint8Array(1_000_001));
      }
      expect(await a.ask("n1", asked(), 1000)).toEqual(new Uint8Array(4));
    });
  });
});

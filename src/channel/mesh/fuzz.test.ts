/**
 * A stranger who links up and then says mutated frames, again and again, while two others talk: nothing of theirs is lost, no
 * port hears what nobody sent, nothing grows, and nothing throws.
 */
import { describe, expect, it } from "vitest";
import { meshBytes, meshScene, overTcp, withMulticast } from "../../../test/support/mesh-scene.ts";
import { controlFrame, frame, Stranger } from "../../../test/support/mesh-stranger.ts";
import { Prng } from "../../sim/index.ts";
import { ControlKind } from "./control.ts";
import { meshErrors } from "./errors.ts";
import { refusal } from "./handshake.ts";
import { MeshSpec } from "./spec.ts";

/** Connections of the stranger; `npm run soak -- mesh-fuzz` makes more. */
const CONNECTIONS = Number(process.env.COTERIE_FUZZ ?? 1500);
const SEED = process.env.COTERIE_SEED ?? "mesh-fuzz";
const MAX_FRAMES = 12;

/** Frames that make some sense where a port or two are open. */
function likely(random: Prng): Uint8Array {
  const number = random.below(4);
  switch (random.below(9)) {
    case 7:
    case 8:
      return cast(random);
    case 0:
    case 1:
      return controlFrame({
        kind: ControlKind.MESH_OPEN,
        open: { number, name: "pqr"[random.below(4)] ?? "" },
      });
    case 2:
      return controlFrame({ kind: ControlKind.MESH_CLOSE, closed: number });
    case 3:
      return controlFrame({ kind: random.chance(0.5) ? ControlKind.MESH_PING : ControlKind.MESH_PONG });
    case 4:
      return random.chance(0.9) ? frame(1, random.bytes(random.below(50))) : frame(0, refusal(1));
    default:
      return frame(number, random.bytes(random.below(50)));
  }
}

/** What is said of casts, in an order that a correct peer may have, or may not. */
function cast(random: Prng): Uint8Array {
  const number = BigInt(random.below(5));
  const digest = random.chance(0.9) ? new Uint8Array(0) : random.bytes(32);
  switch (random.below(7)) {
    case 0:
    case 1: {
      const session = BigInt(random.below(random.chance(0.9) ? 1e9 : 1)) << (random.chance(0.9) ? 0n : 33n);
      return controlFrame({
        kind: ControlKind.MESH_OFFER,
        offer: { session, number: 0n, seed: random.bytes(32) },
      });
    }
    case 2:
      return controlFrame({ kind: ControlKind.MESH_CAST, cast: { number, port: random.below(3), digest } });
    case 3:
    case 4:
      return controlFrame({
        kind: ControlKind.MESH_COPY,
        copy: { number, message: random.bytes(random.below(50)) },
      });
    case 5:
      return controlFrame({ kind: ControlKind.MESH_HEARD });
    default:
      return random.chance(0.5)
        ? controlFrame({ kind: ControlKind.MESH_TAKEN, taken: number })
        : controlFrame({ kind: ControlKind.MESH_LACK, lack: number });
  }
}

function mutated(random: Prng, bytes: Uint8Array): Uint8Array {
  switch (random.below(6)) {
    case 0: {
      const copy = bytes.slice();
      copy[random.below(copy.length)] = random.below(256);
      return copy;
    }
    case 1:
      return bytes.subarray(0, random.below(bytes.length + 1));
    case 2: {
      // A length, a number: one word that says too much, or too little.
      const copy = bytes.slice();
      const words = [0, 1, 0x7fff_ffff, 0xffff_ffff, 1 << 20, bytes.length];
      new DataView(copy.buffer).setUint32(
        4 * random.below(copy.length >> 2),
        words[random.below(words.length)] as number,
      );
      return copy;
    }
    default:
      return bytes;
  }
}

describe("a stranger's frames", () => {
  it(
    "harm nobody, whatever they are",
    () => meshScene(overTcp, attack, { names: ["a", "b", "m"], traceLines: 1000 }),
    120_000,
  );

  it(
    "harm nobody who multicasts, either",
    () => meshScene(withMulticast(overTcp), attack, { names: ["a", "b", "m"], traceLines: 1000 }),
    120_000,
  );
});

async function attack({ sim }: Parameters<Parameters<typeof meshScene>[1]>[0], ...processes: Processes) {
  const [a, b, m] = processes as [Processes[0], Processes[0], Processes[0]];
  const random = new Prng(SEED, "frames");
  const [meshA, meshB] = [await a.open({ limits: { maxPorts: 3 } }), await b.open()];
  const spec = new MeshSpec();
  const [atA, atB] = [spec.watch(meshA.open("p"), "p"), spec.watch(meshB.open("p"), "p")];
  const strange = meshA.open("q");
  let [strangers, heard] = [0, 0];
  const balance: string[] = [];
  strange.onUp = (peer) => {
    strangers++;
    balance.push(peer);
  };
  strange.onDown = () => balance.pop();
  strange.onMessage = (from, message) => {
    heard += from === "m" && message.length <= 1000 ? 1 : Number.NaN;
    // It is ours: whoever writes to it later would be seen.
    message.fill(0xaa);
  };
  // The stranger must not be taken for `b`: only of `b` is `p` watched.
  const { onUp, onDown, onMessage } = atA.port;
  atA.port.onUp = (peer, session) => peer === "b" && onUp(peer, session);
  atA.port.onDown = (peer) => peer === "b" && onDown(peer);
  atA.port.onMessage = (from, message) => from === "b" && onMessage(from, message);
  const codes = new Map<string, number>();
  meshA.onTrouble = (_, { code }) => codes.set(code, (codes.get(code) ?? 0) + 1);
  meshB.add(a.peer);
  await sim.sleep(100);
  for (let n = 1; n <= CONNECTIONS; n++) {
    const stranger = await Stranger.connect(m.node, a.address);
    await stranger.shakeHands(m.node, "m", "a", 1 + (n & 1));
    // Half of them begin as a correct peer would, and come further.
    const first = { number: 1, name: "q" };
    if (random.chance(0.5)) stranger.stream.write(controlFrame({ kind: ControlKind.MESH_OPEN, open: first }));
    for (let left = random.below(MAX_FRAMES); left >= 0; left--) {
      stranger.stream.write(mutated(random, likely(random)));
    }
    spec.send(atA, "b", meshBytes(`a ${n}`));
    spec.send(atB, "a", meshBytes(`b ${n}`));
    await sim.sleep(5);
    stranger.stream.destroy();
    await sim.sleep(5);
    expect(meshA.peers()).toEqual([b.peer]);
    expect(balance).toEqual([]);
  }
  spec.settled();
  expect([spec.ups, spec.downs, spec.delivered]).toEqual([2, 0, 2 * CONNECTIONS]);
  // They were believed as far as they made sense, and no further.
  expect(strangers).toBeGreaterThan(CONNECTIONS / 20);
  expect(heard).toBeGreaterThan(CONNECTIONS / 50);
  expect(codes.get("MESH_VIOLATION")).toBeGreaterThan(CONNECTIONS / 4);
  expect([...codes.keys()].filter((code) => !(code in meshErrors) && !code.startsWith("NET_"))).toEqual([]);
}

type Processes = Parameters<Parameters<typeof meshScene>[1]> extends [unknown, ...infer P] ? P : never;

/**
 * Packets that nobody sent, at live endpoints: mutations of every kind of packet that passes between the two, towards both, while
 * they go on talking. Nothing forged is delivered, nothing that was sent is lost, no channel is closed, nothing grows.
 */
import { describe, expect, it } from "vitest";
import type { Passed } from "../../test/support/channel-relay.ts";
import { bytes, KINDS, type Kind, kindOf, type Scene, scene } from "../../test/support/channel-scene.ts";
import { Prng } from "../sim/index.ts";
import { defaultEndpointLimits } from "./index.ts";
import { PACKET_DATA, PACKET_INITIATION, PACKET_RESET, PACKET_RESPONSE, PACKET_RETRY } from "./wire.ts";

/** Mutated packets in all; `npm run soak -- channel-fuzz` sends a million. */
const PACKETS = Number(process.env.COTERIE_FUZZ ?? 6000);
const SEED = process.env.COTERIE_SEED ?? "channel-fuzz";
/** Between two messages that are honestly sent. */
const BATCH = 50;
const MESSAGE_BYTES = 200;
/** Kept of each kind of packet and direction, as material. */
const MAX_KEPT = 64;

const PACKET_KINDS = [PACKET_INITIATION, PACKET_RESPONSE, PACKET_RETRY, PACKET_DATA, PACKET_RESET];

/** Something like `packet`, and mostly not the same. */
function mutated(random: Prng, packet: Uint8Array, other: Uint8Array): Uint8Array {
  switch (random.below(9)) {
    case 0:
      return packet.subarray(0, random.below(packet.length + 1));
    case 1:
      return Uint8Array.from([...packet, ...random.bytes(1 + random.below(40))]);
    case 2: {
      const cut = random.below(packet.length + 1);
      return Uint8Array.from([...packet.subarray(0, cut), ...other.subarray(random.below(other.length + 1))]);
    }
    case 3: {
      const copy = packet.slice();
      const from = random.below(copy.length + 1);
      copy.set(random.bytes(Math.min(copy.length - from, 1 + random.below(16))), from);
      return copy;
    }
    case 4: {
      // Its head is right, and the rest is not.
      const copy = random.bytes(packet.length);
      copy.set(packet.subarray(0, Math.min(packet.length, 4 * random.below(8))));
      return copy;
    }
    case 5: {
      const copy = packet.slice();
      if (copy.length >= 4) new DataView(copy.buffer).setUint32(0, PACKET_KINDS[random.below(5)] as number);
      return copy;
    }
    case 6: {
      // A length, a number, an id: one word that says too much.
      const copy = packet.slice();
      const words = [0, 1, 0x7fff_ffff, 0xffff_ffff, copy.length];
      const at = 4 * random.below(copy.length >> 2);
      if (copy.length >= 4)
        new DataView(copy.buffer).setUint32(at, words[random.below(words.length)] as number);
      return copy;
    }
    case 7:
      return packet;
    default:
      return altered(random, packet);
  }
}

/** `packet` with one bit flipped, and up to three more bytes changed. */
function altered(random: Prng, packet: Uint8Array): Uint8Array {
  const copy = packet.slice();
  const bit = random.below(8 * copy.length);
  for (let more = random.below(4); more > 0; more--) {
    const at = random.below(copy.length);
    if (at !== bit >> 3) copy[at] = random.below(256);
  }
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

/** What passes between the two, a bounded sample of each kind. */
class Material {
  readonly #kept = new Map<string, Passed[]>();
  readonly #random: Prng;

  constructor(random: Prng) {
    this.#random = random;
  }

  keep(passed: Passed): void {
    const key = `${passed.towards} ${kindOf(passed.packet)}`;
    const list = this.#kept.get(key) ?? [];
    this.#kept.set(key, list);
    if (list.length < MAX_KEPT) list.push(passed);
    else list[this.#random.below(MAX_KEPT)] = passed;
  }

  get kinds(): number {
    return this.#kept.size;
  }

  pick(): Passed {
    const lists = [...this.#kept.values()];
    const list = lists[this.#random.below(lists.length)] as Passed[];
    return list[this.#random.below(list.length)] as Passed;
  }
}

function message(number: number): string {
  return `${number}`.padEnd(MESSAGE_BYTES, ".");
}

async function attack({ sim, server, client, relay, connect }: Scene, packets: number): Promise<void> {
  const random = new Prng(SEED, "mutations");
  const material = new Material(random);
  let isUnderAttack = false;
  let sent = 0;
  relay.change = (passed) => {
    material.keep(passed);
    relay.seen.length = 0;
    // Forged ones come before the true one, so that their number is a new one.
    const isWorthIt = isUnderAttack && passed.packet.length >= MESSAGE_BYTES;
    const count = isWorthIt ? random.below(BATCH) : 0;
    sent += count;
    return [...Array.from({ length: count }, () => altered(random, passed.packet)), passed.packet];
  };
  // So that there are packets of every kind: a reset of a forgotten channel, retries of many openings at once.
  const forgotten = await connect();
  await sim.sleep(50);
  const passOn = relay.change;
  relay.change = () => [];
  forgotten.destroy();
  await sim.sleep(50);
  relay.change = passOn;
  server.channels[0]?.send(bytes("to nobody"));
  await sim.sleep(50);
  const channel = await connect();
  const others = await Promise.all(Array.from({ length: 6 }, () => connect()));
  for (const other of others) other.end();
  await sim.sleep(1000);
  expect(material.kinds).toBe(6);
  const openBefore = client.stats().channels;
  let isClosed = false;
  channel.onClose = () => {
    isClosed = true;
  };
  server.messages.length = 0;
  isUnderAttack = true;
  while (sent < packets) {
    for (let at = 0; at < BATCH; at++, sent++) {
      const { towards, packet } = material.pick();
      const direction = random.chance(0.1) ? (towards === "server" ? "client" : "server") : towards;
      relay.send(direction, mutated(random, packet, material.pick().packet));
    }
    channel.send(bytes(message(channel.sent)));
    await sim.sleep(5);
  }
  isUnderAttack = false;
  await sim.sleep(5000);
  expect(isClosed).toBe(false);
  expect(server.messages).toEqual(Array.from({ length: channel.sent }, (_, at) => message(at)));
  expect(channel.acknowledged).toBe(channel.sent);
  expect(client.stats().channels).toBe(openBefore);
  const stats = server.endpoint?.stats() ?? client.stats();
  expect(stats.halfOpen).toBeLessThanOrEqual(defaultEndpointLimits.maxHalfOpenPerHost);
  expect(stats.packetsForged).toBeGreaterThan(packets / 10);
  expect(stats.packetsForeign).toBeGreaterThan(packets / 50);
  await sim.sleep(11_000);
  expect(server.endpoint?.stats()).toMatchObject({ channels: 1, halfOpen: 0 });
}

describe.each(KINDS)("mutated packets at endpoints with security of the kind %s", (...kind: Kind) => {
  it("are lost packets, and nothing else", () =>
    scene(
      kind,
      (stage) => attack(stage, Math.ceil(PACKETS / KINDS.length)),
      {},
      { limits: { initiationsPerSecond: 4 } },
    ));
});

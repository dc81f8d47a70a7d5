/** What no correct peer says: the link goes down, its owner hears why, and nobody else is harmed. */
import { describe, expect, it } from "vitest";
import { meshBytes, meshScene, overTcp, type Process } from "../../../test/support/mesh-scene.ts";
import { controlFrame, frame, Stranger } from "../../../test/support/mesh-stranger.ts";
import type { SimNode } from "../../sim/index.ts";
import { ControlKind, encodeControl } from "./control.ts";
import { refusal } from "./handshake.ts";
import { MAX_CONTROL_BYTES } from "./link.ts";
import { MAX_MESH_MESSAGE_BYTES } from "./types.ts";

const open = (number: number, name: string) =>
  controlFrame({ kind: ControlKind.MESH_OPEN, open: { number, name } });
const close = (number: number) => controlFrame({ kind: ControlKind.MESH_CLOSE, closed: number });
const oversize = () => frame(1, new Uint8Array(8)).with(4, 1);

/** Frames over a link, and what is said of them. The victim has the port `p`, of number 1. */
const VIOLATIONS: readonly (readonly [string, () => readonly Uint8Array[], string])[] = [
  ["a message to a port that never was", () => [frame(9, meshBytes("x"))], "never was"],
  ["a message from a port that is not open", () => [frame(1, meshBytes("x"))], "has not open"],
  [
    "a message after its port's end",
    () => [open(1, "p"), close(1), frame(1, meshBytes("x"))],
    "has not open",
  ],
  ["a port with a number that does not grow", () => [open(2, "a"), open(2, "b")], "does not grow"],
  ["a port that is open already", () => [open(1, "a"), open(2, "a")], "is open"],
  ["a port without a name", () => [open(1, "")], "no name"],
  ["the end of a port that never was", () => [close(3)], "not open"],
  ["more ports than it may", () => [open(1, "a"), open(2, "b"), open(3, "c"), open(4, "d")], "over 3 ports"],
  ["a frame over the bound", () => [oversize()], "oversize"],
  ["padding that is not zero", () => [frame(1, meshBytes("x")).with(-1, 1)], "padding"],
  ["a handshake", () => [frame(0, refusal(1))], "handshake"],
  ["no control message", () => [frame(0, meshBytes("what?"))], "no message"],
];

/** A victim with a port `p`, a friend who is linked to it, and a stranger. */
function attacked(
  play: (victim: Process, node: SimNode, told: readonly string[], heard: readonly string[]) => Promise<void>,
): Promise<void> {
  return meshScene(
    overTcp,
    async ({ sim }, a, b, m) => {
      const mesh = await a.open({ limits: { maxPorts: 3, maxHandshakes: 5, handshakeMs: 2000 } });
      const told: string[] = [];
      mesh.onTrouble = (peer, error) => told.push(`${peer.replace(/:.*/, "")}: ${error.message}`);
      const port = mesh.open("p");
      const heard: string[] = [];
      port.onUp = (peer) => heard.push(`up ${peer}`);
      port.onDown = (peer) => heard.push(`down ${peer}`);
      const friend = (await b.open()).open("p");
      let came = 0;
      friend.onMessage = () => came++;
      mesh.add(b.peer);
      await sim.sleep(500);
      heard.length = 0;
      await play(a, m.node, told, heard);
      await sim.sleep(3000);
      port.send("b", meshBytes("still there"));
      await sim.sleep(500);
      expect(came).toBe(1);
      expect(mesh.peers()).toEqual([b.peer]);
    },
    { names: ["a", "b", "m"] },
  );
}

describe("a link over which comes", () => {
  it.each(VIOLATIONS)("%s goes down", (_, frames, what) =>
    attacked(async (victim, node, told) => {
      const stranger = await Stranger.connect(node, victim.address);
      await stranger.shakeHands(node, "m", "a");
      for (const each of frames()) stranger.stream.write(each);
      while ((await stranger.frame(stranger.heard.length)) !== undefined);
      expect(told.length).toBe(1);
      expect(told[0]).toContain(what);
    }),
  );
});

describe("a connection on which comes", () => {
  it.each([
    ["another protocol", () => meshBytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "sent"],
    ["a message before the hello", () => frame(1, meshBytes("x")), "before its hello"],
    ["too much before the hello", () => frame(0, new Uint8Array(3000)), "oversize"],
    ["another version", () => frame(0, Uint8Array.of(0x4d, 0x48, 2, 1)), "version 2"],
    ["nothing", () => new Uint8Array(0), "did not say who it is"],
  ])("%s is dropped", (_, bytes, what) =>
    attacked(async (victim, node, told, heard) => {
      const stranger = await Stranger.connect(node, victim.address);
      stranger.stream.write(bytes());
      while ((await stranger.frame(stranger.heard.length)) !== undefined);
      expect(told.length).toBe(1);
      expect(told[0]).toContain(what);
      expect(heard).toEqual([]);
    }),
  );

  it("no more than so many are waited for", () =>
    attacked(async (victim, node) => {
      const all = await Promise.all(Array.from({ length: 9 }, () => Stranger.connect(node, victim.address)));
      const greeted = await Promise.all(all.map((each) => each.frame(0)));
      expect(greeted.filter((each) => each !== undefined).length).toBe(5);
    }));
});

describe("a peer that takes nothing", () => {
  it("loses its link when too much news of ports waits for it", () =>
    meshScene(overTcp, async ({ sim }, a, b) => {
      const mesh = await a.open({ limits: { maxQueuedBytes: 2 * MAX_MESH_MESSAGE_BYTES, pingMs: 0 } });
      const heard: string[] = [];
      mesh.open("p").onDown = (peer) => heard.push(peer);
      (await b.open()).open("p");
      mesh.add(b.peer);
      await sim.sleep(500);
      b.node.pause();
      const name = "x".repeat(250);
      const news = frame(0, encodeControl({ kind: ControlKind.MESH_OPEN, open: { number: 1, name } })).length;
      const count = Math.ceil((MAX_CONTROL_BYTES + 2 * MAX_MESH_MESSAGE_BYTES) / news);
      for (let n = 0; n < count; n++) mesh.open(name).close();
      expect(heard).toEqual([]);
      await sim.sleep(1);
      expect([heard, a.troubles[0]]).toEqual([["b"], "MESH_LIMIT"]);
    }));
});

describe("limits", () => {
  it("of names, ports, sizes and addresses are said at once", () =>
    meshScene(overTcp, async (_, a) => {
      const mesh = await a.open({ limits: { maxPorts: 2, maxPeers: 1 } });
      expect(() => mesh.open("")).toThrow(RangeError);
      expect(() => mesh.open("x".repeat(256))).toThrow(RangeError);
      mesh.open("x".repeat(255));
      mesh.open("y");
      expect(() => mesh.open("z")).toThrow("maxPorts 2");
      expect(() => mesh.add(a.peer)).toThrow(RangeError);
      mesh.add({ name: "b", address: { host: "10.0.0.77", port: 1 } });
      expect(() => mesh.add({ name: "c", address: { host: "10.0.0.77", port: 1 } })).toThrow("maxPeers 1");
      mesh.remove("b");
      mesh.add({ name: "c", address: { host: "10.0.0.77", port: 1 } });
      await expect(a.open({ limits: { maxQueuedBytes: MAX_MESH_MESSAGE_BYTES } })).rejects.toThrow(
        RangeError,
      );
      await expect(a.open({ limits: { pingMs: -1 } })).rejects.toThrow(RangeError);
      await expect(a.open({ name: "" })).rejects.toThrow(RangeError);
    }));

  it("of whom to trust: other machines need a secret or keys, or the user's word", () =>
    meshScene(overTcp, async (_, a) => {
      const code = (options: Parameters<Process["open"]>[0]) =>
        a.open(options).then(
          (mesh) => mesh.close().then(() => "open"),
          (error) => error.code ?? error.name,
        );
      const loopback = { host: "127.0.0.1", port: 0 };
      const checksum = { kind: "checksum" } as const;
      const privateKey = new Uint8Array(32).fill(1);
      const identity = { kind: "identity", privateKey, isAllowed: () => true } as const;
      expect([
        await code({ carrier: { kind: "tcp" } }),
        await code({ carrier: { kind: "tcp" }, bind: loopback }),
        await code({ carrier: { kind: "tcp", secret: new Uint8Array(16) } }),
        await code({ carrier: { kind: "tcp", secret: new Uint8Array(15) } }),
        await code({ carrier: { kind: "channels", security: checksum } }),
        await code({ carrier: { kind: "channels", security: checksum, isTrustedNetwork: true } }),
        await code({ carrier: { kind: "channels", security: identity } }),
        await code({ carrier: { kind: "channels", security: identity, keyOf: () => undefined } }),
      ]).toEqual([
        ...["MESH_UNPROTECTED", "open", "open", "RangeError", "MESH_UNPROTECTED"],
        ...["open", "TypeError", "open"],
      ]);
    }));
});

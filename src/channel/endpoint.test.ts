import { describe, expect, it } from "vitest";
import { Simulation } from "../sim/index.ts";
import type { World } from "../world/index.ts";
import { type Endpoint, type EndpointOptions, openEndpoint, type Security } from "./index.ts";

const PORT = 700;

function identity(fill: number, isAllowed: (key: Uint8Array) => boolean = () => true): Security {
  return { kind: "identity", privateKey: new Uint8Array(32).fill(fill), isAllowed };
}

const shared: Security = { kind: "shared-key", key: new Uint8Array(32).fill(7) };

/** Both sides' security, in each of the kinds. */
const KINDS: readonly (readonly [string, Security, Security])[] = [
  ["checksum", { kind: "checksum" }, { kind: "checksum" }],
  ["shared key", shared, shared],
  ["identity", identity(1), identity(2)],
];

function open(world: World, options: Partial<EndpointOptions> = {}): Promise<Endpoint> {
  return openEndpoint(world, { bind: { host: "0.0.0.0", port: PORT }, ...options });
}

function text(message: Uint8Array): string {
  return new TextDecoder().decode(message);
}

function bytes(message: string): Uint8Array {
  return new TextEncoder().encode(message);
}

describe.each(KINDS)("endpoints with security of the kind %s", (_, serverSecurity, clientSecurity) => {
  it("carry messages both ways, acknowledge them, and end without loss", async () => {
    const sim = new Simulation({ seed: 1, link: { latencyMs: 5, loss: 0.1, duplicate: 0.1, reorder: 0.1 } });
    const [a, b] = [sim.node("a"), sim.node("b")];
    const seen: string[] = [];
    const got: string[] = [];
    const closed: unknown[] = [];
    await sim.run(async () => {
      const server = await open(a.world, {
        security: serverSecurity,
        onChannel: (channel) => {
          channel.onMessage = (message) => {
            seen.push(text(message));
            channel.send(bytes(`re ${text(message)}`));
          };
          channel.onEnd = () => channel.end();
          channel.onClose = (error) => closed.push(error);
        },
      });
      const client = await open(b.world, { security: clientSecurity });
      const channel = await client.connect(
        { host: a.ip, port: PORT },
        server.publicKey && { peerKey: server.publicKey },
      );
      await new Promise<void>((resolve, reject) => {
        channel.onMessage = (message) => {
          got.push(text(message));
          if (got.length === 200) channel.end();
        };
        channel.onClose = (error) => (error === undefined ? resolve() : reject(error));
        for (let i = 0; i < 200; i++) expect(channel.send(bytes(`${i}`))).toBe(i + 1);
      });
      await sim.sleep(2000);
      expect(channel.acknowledged).toBe(200);
      expect(server.stats().channels + client.stats().channels).toBe(0);
    });
    expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => `${i}`));
    expect(got).toEqual(seen.map((each) => `re ${each}`));
    expect(closed).toEqual([undefined]);
  });
});

import { expect, test } from "vitest";
import { Simulation } from "../../sim/index.ts";
import { issueCertificate, type World } from "../../world/index.ts";
import { certificateProblems } from "./certificate-problems.ts";

const HOUR_MS = 3_600_000;

/** What is told of a certificate of six hours, so long after it was made. */
async function toldAfter(hours: number): Promise<string[]> {
  const sim = new Simulation({ seed: 1 });
  const machine = sim.node("node-1");
  return sim.run(() =>
    machine.start(async (world) => {
      const carrier = carrierOf(world);
      machine.clock.step(hours * HOUR_MS);
      return certificateProblems(world, carrier).map(({ code, message }) => `${code} ${message}`);
    }),
  );
}

function carrierOf({ crypto, clock }: World) {
  const key = crypto.ed25519(new Uint8Array(32).fill(1));
  const nowMs = clock.wall().seconds * 1000;
  const claims = {
    cell: "07",
    role: "node" as const,
    name: "node-1",
    serial: "40".repeat(16),
    publicKey: key.publicKey,
    notBeforeMs: nowMs,
    notAfterMs: nowMs + 6 * HOUR_MS,
  };
  const { der } = issueCertificate(crypto, key, claims);
  const identity = { certificate: der, privateKey: new Uint8Array(32).fill(1) };
  const credentials = { cell: "07", identity, authorities: [der], isRevoked: () => false };
  return { kind: "tls" as const, credentials };
}

test("a certificate is a problem when a sixth of its time is left, and after it", async () => {
  expect(await toldAfter(0)).toEqual([]);
  expect(await toldAfter(4.9)).toEqual([]);
  expect(await toldAfter(5.1)).toEqual([expect.stringMatching(/^CELL_CERTIFICATE_ENDS .* ends at \d{4}-/)]);
  expect(await toldAfter(6.1)).toEqual([expect.stringMatching(/^CELL_CERTIFICATE_ENDS .* ended at \d{4}-/)]);
});

test("links without certificates have no such problem", async () => {
  const { world } = new Simulation({ seed: 1 }).node("node-1");
  expect(certificateProblems(world, { kind: "tcp", isTrustedNetwork: true })).toEqual([]);
});

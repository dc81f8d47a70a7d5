/**
 * Nodes a, b and c with mail between them, over perfect channels in simulated time: what tests of mailboxes set up, and how they
 * look at what came of it.
 */
import { Mailboxes } from "../../src/channel/mailbox/mailboxes.ts";
import type { MailLimits } from "../../src/channel/mailbox/options.ts";
import { Simulation } from "../../src/sim/index.ts";
import { type Address, isCoterieError, type World } from "../../src/world/index.ts";
import { FakeNetwork } from "./fake-channels.ts";

export const text = (message: Uint8Array | undefined) =>
  message === undefined ? undefined : new TextDecoder().decode(message);
export const bytes = (message: string) => new TextEncoder().encode(message);

export const LATENCY_MS = 10;

export interface Site {
  readonly sim: Simulation;
  readonly network: FakeNetwork;
  readonly directory: Map<string, Address>;
  readonly mail: (name: string) => Mailboxes;
  readonly world: (name: string) => World;
  readonly address: (name: string) => Address;
}

/** Sets the nodes up, runs, and closes them; the directory is the run's to fill. */
export async function site(
  run: (site: Site) => Promise<void>,
  limits: Partial<MailLimits> = {},
  pendingBytes = 64 * 1024,
): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const network = new FakeNetwork(sim.random, { latencyMs: LATENCY_MS, pendingBytes });
  const directory = new Map<string, Address>();
  const mails = new Map<string, Mailboxes>();
  const address = (name: string) => ({ host: sim.node(name).ip, port: 7 });
  await sim.run(async () => {
    for (const name of ["a", "b", "c"]) {
      await sim.node(name).start((world) => {
        const mail = new Mailboxes(world, {
          node: name,
          limits,
          connect: (to) => network.connect(address(name), to, world),
          locate: (mailbox) => directory.get(mailbox),
        });
        network.join(address(name), world, (channel) => mail.accept(channel));
        mails.set(name, mail);
      });
    }
    const mail = (name: string) => mails.get(name) as Mailboxes;
    await run({ sim, network, directory, mail, address, world: (name) => sim.node(name).world });
    for (const each of mails.values()) each.close();
  });
}

/** The code and fate of a rejection. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    return isCoterieError(error) ? `${error.code} ${error.details.fate}` : String(error);
  }
}

/** When a promise settled, in simulated time since now. */
export function timed(sim: Simulation, promise: Promise<unknown>): Promise<number> {
  const startMs = sim.nowMs;
  return promise.then(() => Math.round(sim.nowMs - startMs));
}

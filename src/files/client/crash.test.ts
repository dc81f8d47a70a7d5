/**
 * The client while the server dies and comes back, connections break and segments are lost: what it says is done is
 * done exactly once, and what it says is durable outlives every crash.
 */
import { describe, expect, test } from "vitest";
import { type SimulatedCell, simulatedCell } from "../../../test/support/simulated-cell.ts";
import { randomBelow } from "../../world/index.ts";
import { type FileHandle, hasErrno, type NfsClient } from "./index.ts";

const SEEDS = Number(process.env.COTERIE_ROUNDS ?? (process.env.COTERIE_SOAK ? 2000 : 40));
const FIRST_SEED = Number(process.env.COTERIE_SEED ?? 1);
const seeds = Array.from({ length: SEEDS }, (_, index) => FIRST_SEED + index);

/** Through the longest of troubles. */
const patient = { timeoutMs: 600_000 };

/** Bounces the server and breaks connections until `done`. */
async function chaos(cell: SimulatedCell, done: { yet: boolean }): Promise<void> {
  const { sim } = cell;
  while (!done.yet) {
    await sim.sleep(1 + randomBelow(sim.random, 60));
    if (done.yet) return;
    if (randomBelow(sim.random, 3) > 0) await cell.bounce(randomBelow(sim.random, 400));
    else sim.network.breakStreams(cell.server, cell.client);
  }
}

/** Runs `scenario` under chaos, then crashes the server once more and runs `check` with a new client in peace. */
async function underChaos(
  seed: number,
  scenario: (client: NfsClient, cell: SimulatedCell) => Promise<void>,
  check: (client: NfsClient) => Promise<void>,
): Promise<SimulatedCell> {
  const cell = simulatedCell({ seed, link: { loss: 0.01, reset: 0.002, retransmitMs: 20 } });
  const run = async () => {
    await cell.start();
    const client = await cell.connect(patient);
    const done = { yet: false };
    const trouble = chaos(cell, done);
    await scenario(client, cell);
    done.yet = true;
    await trouble;
    await client.close();
    await cell.bounce(10);
    const fresh = await cell.connect();
    await check(fresh);
    await fresh.close();
  };
  try {
    await cell.sim.run(run);
  } catch (error) {
    throw new Error(`seed ${seed} (COTERIE_SEED=${seed} runs it first)`, { cause: error });
  }
  return cell;
}

/** One file written at random, with what it should hold. */
class Writer {
  expected = new Uint8Array(0);
  readonly #file: FileHandle;
  readonly #cell: SimulatedCell;

  constructor(file: FileHandle, cell: SimulatedCell) {
    this.#file = file;
    this.#cell = cell;
  }

  #below(bound: number): number {
    return randomBelow(this.#cell.sim.random, bound);
  }

  async step(): Promise<void> {
    const choice = this.#below(20);
    if (choice === 0) await this.#file.sync();
    else if (choice === 1) await this.#truncate(this.#below(600_000));
    else if (choice < 4) await this.#read();
    else await this.#write(this.#below(600_000), 1 + this.#below(choice < 12 ? 2000 : 200_000));
  }

  async #write(offset: number, length: number): Promise<void> {
    const data = new Uint8Array(length).fill(1 + this.#below(255));
    const grown = new Uint8Array(Math.max(this.expected.length, offset + length));
    grown.set(this.expected);
    grown.set(data, offset);
    this.expected = grown;
    await this.#file.pwrite(data, offset);
  }

  async #truncate(size: number): Promise<void> {
    const cut = new Uint8Array(size);
    cut.set(this.expected.subarray(0, size));
    this.expected = cut;
    await this.#file.truncate(size);
  }

  async #read(): Promise<void> {
    const offset = this.#below(600_000);
    const buffer = new Uint8Array(1 + this.#below(100_000));
    const count = await this.#file.pread(buffer, offset);
    const expected = this.expected.subarray(offset, offset + buffer.length);
    expect(Buffer.compare(buffer.subarray(0, count), expected)).toBe(0);
  }
}

describe("while the server dies and comes back", () => {
  test("content that was synced or closed is there, all of it, and nothing else", async () => {
    let rewritten = 0;
    for (const seed of seeds) {
      const contents = new Map<string, Uint8Array>();
      const cell = await underChaos(
        seed,
        async (client, cell) => {
          const names = ["/a", "/b", "/c"];
          await Promise.all(
            names.map(async (name) => {
              const file = await client.open(name, "w+");
              const writer = new Writer(file, cell);
              for (let step = 0; step < 25; step++) await writer.step();
              await file.close();
              contents.set(name, writer.expected);
            }),
          );
        },
        async (client) => {
          for (const [name, expected] of contents) {
            expect(Buffer.compare(await client.readFile(name), expected), `seed ${seed}, ${name}`).toBe(0);
          }
        },
      );
      rewritten += cell.sim.trace.text().split("files.rewrite").length - 1;
    }
    // Or the crashes would have hit nothing.
    expect(rewritten).toBeGreaterThan(SEEDS / 4);
  });

  test("names are made, moved and removed exactly once: no EEXIST, no ENOENT from a call of its own", async () => {
    for (const seed of seeds) {
      const expected = new Set<string>();
      await underChaos(
        seed,
        async (client) => {
          const work = async (id: number) => {
            const at = `/w${id}`;
            await client.mkdir(at);
            for (let round = 0; round < 6; round++) {
              await (await client.open(`${at}/new`, "wx")).close();
              await client.link(`${at}/new`, `${at}/link${round}`);
              await client.rename(`${at}/new`, `${at}/kept${round}`);
              await client.symlink(`kept${round}`, `${at}/soft`);
              await client.unlink(`${at}/soft`);
              await client.mkdir(`${at}/directory`);
              await client.rmdir(`${at}/directory`);
              await client.mknod(`${at}/fifo`, "fifo");
              await client.unlink(`${at}/fifo`);
              expected.add(`${at}/link${round}`).add(`${at}/kept${round}`);
            }
          };
          await Promise.all([work(0), work(1), work(2)]);
        },
        async (client) => {
          const found = new Set<string>();
          for (const directory of await client.readdir("/")) {
            for (const name of await client.readdir(`/${directory}`)) found.add(`/${directory}/${name}`);
          }
          expect([...found].sort(), `seed ${seed}`).toEqual([...expected].sort());
        },
      );
    }
  });

  test("of many who make the same file exclusively, exactly one does", async () => {
    for (const seed of seeds.slice(0, Math.ceil(SEEDS / 4))) {
      let winners = 0;
      let rounds = 0;
      await underChaos(
        seed,
        async (client, cell) => {
          const clients = [client, await cell.connect(patient), await cell.connect(patient)];
          for (; rounds < 8; rounds++) {
            const attempts = clients.map(async (each) => {
              try {
                await (await each.open(`/lock${rounds}`, "wx", 0o600)).close();
                winners++;
              } catch (error) {
                if (!hasErrno(error, "EEXIST")) throw error;
              }
            });
            await Promise.all(attempts);
          }
          for (const each of clients.slice(1)) await each.close();
        },
        async (client) => {
          for (let round = 0; round < rounds; round++) {
            expect((await client.stat(`/lock${round}`)).mode).toBe(0o100600);
          }
        },
      );
      expect(winners, `seed ${seed}`).toBe(8);
    }
  });

  test("memory for unsaved content stays bounded while nobody answers, and all of it arrives", async () => {
    const cell = simulatedCell({ seed: 3 });
    await cell.sim.run(async () => {
      await cell.start();
      const client = await cell.connect({ maxUnsavedBytes: 3_000_000, timeoutMs: 600_000 });
      const files = await Promise.all(["/a", "/b", "/c"].map((name) => client.open(name, "w")));
      cell.server.crash();
      let taken = 0;
      const chunk = new Uint8Array(100_000).fill(7);
      const writers = files.map(async (file) => {
        for (let count = 0; count < 100; count++) {
          await file.write(chunk);
          taken += chunk.length;
        }
      });
      await cell.sim.sleep(20_000);
      expect(taken).toBeGreaterThan(2_000_000);
      expect(taken).toBeLessThan(4_000_000);
      await cell.server.restart();
      await Promise.all(writers);
      for (const file of files) await file.close();
      for (const name of ["/a", "/b", "/c"]) expect((await client.stat(name)).size).toBe(10_000_000);
      await client.close();
    });
  });

  test("a server that stays away is told as RPC_TIMEOUT, by writes, syncs and closes alike", async () => {
    const cell = simulatedCell({ seed: 4 });
    await cell.sim.run(async () => {
      await cell.start();
      const client = await cell.connect({ timeoutMs: 5000 });
      const file = await client.open("/a", "w");
      cell.server.crash();
      await file.write("lost");
      await expect(file.sync()).rejects.toMatchObject({ code: "RPC_TIMEOUT" });
      await expect(file.write("more")).rejects.toMatchObject({ code: "RPC_TIMEOUT" });
      await expect(file.close()).rejects.toMatchObject({ code: "RPC_TIMEOUT" });
      await client.close();
    });
  });

  test("an error of the server's disk is told by sync and close, and stays told", async () => {
    const cell = simulatedCell({ seed: 6 });
    await cell.sim.run(async () => {
      await cell.start();
      const client = await cell.connect();
      const file = await client.open("/a", "w");
      await file.write(new Uint8Array(3_000_000));
      await file.stat();
      cell.server.disk.options = { ...cell.server.disk.options, ioError: 1 };
      await expect(file.sync()).rejects.toMatchObject({ code: "FILES_IO" });
      cell.server.disk.options = { ...cell.server.disk.options, ioError: 0 };
      await expect(file.sync()).rejects.toMatchObject({ code: "FILES_IO" });
      await expect(file.close()).rejects.toMatchObject({ code: "FILES_IO" });
      await client.writeFile("/a", "again");
      expect(await client.readFile("/a", "utf8")).toBe("again");
      await client.close();
    });
  });

  test("who connects to nobody need not wait as long as who works with somebody", async () => {
    const cell = simulatedCell({ seed: 7 });
    await cell.sim.run(async () => {
      await cell.start();
      cell.server.crash();
      const beganMs = cell.sim.nowMs;
      const connecting = cell.connect({ connectTimeoutMs: 2000 });
      await expect(connecting).rejects.toMatchObject({ code: "RPC_TIMEOUT" });
      expect(cell.sim.nowMs - beganMs).toBeLessThan(3000);
    });
  });
});

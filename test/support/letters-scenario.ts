/**
 * A small protocol with a bug that can be turned on: letters are sent again until they are acknowledged, and each must be
 * read once. `forgetful`: the reader does not remember what it has read, so a lost acknowledgment makes it read twice.
 * `hasty`: the writer sends only once.
 */
import { defineScenario, type Scenario, type Stage } from "../../src/sim/index.ts";
import type { Address, World } from "../../src/world/index.ts";

export interface Letter {
  readonly atMs: number;
  readonly node: number;
  readonly letter: number;
}

export type Bug = "forgetful" | "hasty";

const PORT = 25;
const RETRY_MS = 100;
/** Node 0 reads; its memory of what it has read is on paper, and survives crashes. */
const READER = 0;

export function letters(
  options: { readonly bug?: Bug; readonly change?: Partial<Scenario<Letter>> } = {},
): Scenario<Letter> {
  return defineScenario<Letter>({
    name: "letters",
    nodes: { min: 2, max: 4 },
    quietMs: 5000,
    faults: { loss: 2, duplicate: 1, partition: 1, "slow-link": 1 },
    workload: ({ random, nodes, quietMs }) =>
      Array.from({ length: 3 + random.below(10) }, (_, letter) => ({
        atMs: 1 + random.below(quietMs),
        node: 1 + random.below(nodes - 1),
        letter,
      })),
    run: (stage) => run(stage, options.bug),
    ...options.change,
  });
}

async function run(stage: Stage<Letter>, bug: Bug | undefined): Promise<void> {
  const read: number[] = [];
  void stage.node(READER).start((world) => reader(world, read, bug));
  const to = { host: stage.node(READER).ip, port: PORT };
  await stage.play(({ node, letter }) => {
    const writerNode = stage.node(node);
    if (writerNode.isUp) void writer(writerNode.world, to, letter, bug);
  });
  await stage.quiet(2000);
  const twice = read.find((letter, index) => read.indexOf(letter) !== index);
  stage.check(twice === undefined, "each letter is read once", `letter ${twice} was read twice`);
  const missing = stage.plan.operations.find(({ letter }) => !read.includes(letter));
  stage.check(missing === undefined, "every letter is read", `letter ${missing?.letter} was not read`);
}

async function reader(world: World, read: number[], bug: Bug | undefined): Promise<void> {
  const socket = await world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
  socket.onMessage = (data, from) => {
    const letter = data[0] ?? 0;
    if (bug === "forgetful" || !read.includes(letter)) read.push(letter);
    socket.send(data, from);
  };
}

async function writer(world: World, to: Address, letter: number, bug: Bug | undefined): Promise<void> {
  const socket = await world.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
  let isRead = false;
  socket.onMessage = () => {
    isRead = true;
  };
  const send = (): void => {
    if (isRead) return;
    socket.send(Uint8Array.of(letter), to);
    if (bug !== "hasty") world.timers.after(RETRY_MS, send);
  };
  send();
}

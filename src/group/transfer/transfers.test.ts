/** All transfers of a node together: who gets which, and when one is void. */
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Simulation } from "../../sim/index.ts";
import type { GroupState } from "../options.ts";
import type { Member } from "../types.ts";
import type { Chunk, Pull } from "./giver.ts";
import { Transfers } from "./transfers.ts";

const member = (node: string, incarnation = 1): Member => ({ node, incarnation });
const view = (id: number, ...members: Member[]) => ({ id, members });

class Scene {
  readonly sim = new Simulation({ seed: 1 });
  readonly sent: string[] = [];
  readonly log: string[] = [];

  /** Runs `use` in a process whose application has this state. */
  async run(use: (transfers: Transfers) => Promise<void>, state?: Partial<GroupState>): Promise<void> {
    const node = this.sim.node("a");
    await this.sim.run(() =>
      node.start(async (world) => {
        const transfers = new Transfers(
          world,
          state === undefined ? undefined : { capture: () => [], restore: () => this.#sink(), ...state },
          {
            send: (to, message) => this.sent.push(`${to} ${describeMessage(message)}`),
            received: () => this.log.push("received"),
            failed: (error) => this.log.push(`failed ${(error as Error).message}`),
          },
        );
        await use(transfers);
        transfers.stop();
      }),
    );
  }

  #sink() {
    return {
      write: (piece: Uint8Array) => void this.log.push(`write ${piece}`),
      end: () => void this.log.push("end"),
      abort: () => void this.log.push("abort"),
    };
  }

  taken(): string[] {
    return this.sent.splice(0);
  }
}

function describeMessage(message: Pull | Chunk): string {
  return message.kind === "pull"
    ? `pull ${message.view} from ${message.next}`
    : `chunk ${message.view}/${message.index}: ${message.bytes}`;
}

const pull = (id: number, next = 0): Pull => ({ kind: "pull", view: id, next, credit: 16 });

describe("giving", () => {
  it("is to the joiner that the view named, of the state as it was then", async () => {
    const scene = new Scene();
    let state = 1;
    await scene.run(
      async (transfers) => {
        transfers.capture(2, member("b"));
        state = 2;
        transfers.capture(3, member("c"));
        transfers.receive("b", pull(2));
        transfers.receive("c", pull(3));
        transfers.receive("c", pull(2));
        transfers.receive("d", pull(3));
        await scene.sim.sleep(1);
      },
      { capture: () => [Uint8Array.of(state)] },
    );
    expect(scene.sent.sort()).toEqual(["b chunk 2/0: 1", "c chunk 3/0: 2"]);
  });

  it("ends when the joiner is not in the view any more, and not for another life of its node", async () => {
    const scene = new Scene();
    await scene.run(
      async (transfers) => {
        transfers.capture(2, member("b"));
        transfers.capture(2, member("c"));
        transfers.installed(view(3, member("a"), member("b", 2), member("c")));
        transfers.receive("b", pull(2));
        transfers.receive("c", pull(2));
        await scene.sim.sleep(1);
      },
      { capture: () => [Uint8Array.of(1)] },
    );
    expect(scene.sent).toEqual(["c chunk 2/0: 1"]);
  });

  it("tells when the application cannot read its state", async () => {
    const scene = new Scene();
    const failing = (function* (): Generator<Uint8Array> {
      yield* [];
      throw new Error("the disk");
    })();
    await scene.run(
      async (transfers) => {
        transfers.capture(2, member("b"));
        transfers.receive("b", pull(2));
        await scene.sim.sleep(1);
      },
      { capture: () => failing },
    );
    expect(scene.log).toEqual(["failed the disk"]);
  });
});

describe("taking", () => {
  it("asks the donor, again after a while without an answer, and no more when it is stopped", async () => {
    const scene = new Scene();
    await scene.run(async (transfers) => {
      transfers.pull(4, member("b"));
      expect(scene.taken()).toEqual(["b pull 4 from 0"]);
      await scene.sim.sleep(600);
      expect(scene.taken()).toEqual(["b pull 4 from 0"]);
      transfers.stopTaking();
      await scene.sim.sleep(2000);
      expect(scene.taken()).toEqual([]);
    }, {});
    expect(scene.log).toEqual(["abort"]);
  });

  it("takes nothing of anybody but the donor, and begins anew with the next", async () => {
    const scene = new Scene();
    const bytes = Uint8Array.of(8);
    await scene.run(async (transfers) => {
      const chunk = (id: number): Chunk => ({
        kind: "chunk",
        view: id,
        index: 0,
        isLast: true,
        offset: 0,
        crc: crc32(bytes),
        bytes,
      });
      transfers.pull(4, member("b"));
      transfers.receive("c", chunk(4));
      transfers.pull(5, member("c"));
      transfers.receive("b", chunk(4));
      transfers.receive("c", chunk(4));
      await scene.sim.sleep(1);
      expect(scene.log).toEqual(["abort"]);
      transfers.receive("c", chunk(5));
      await scene.sim.sleep(1);
    }, {});
    expect(scene.log).toEqual(["abort", "write 8", "end", "received"]);
  });

  it("is of nothing where the application has no state: that there is nothing", async () => {
    const scene = new Scene();
    await scene.run(async (transfers) => {
      transfers.capture(2, member("b"));
      transfers.receive("b", pull(2));
      await scene.sim.sleep(1);
    });
    expect(scene.sent).toEqual(["b chunk 2/0: "]);
  });
});

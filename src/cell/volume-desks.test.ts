/** Who answers for a volume at a node that knows all, little or nothing of its cell. */
import { describe, expect, it } from "vitest";
import type { Desk } from "../files/index.ts";
import type { LogRole } from "../paxos/index.ts";
import { CoterieError } from "../world/index.ts";
import { cell_deed } from "./gen/cell-admin.gen.ts";
import { newNode } from "./member/identity.ts";
import { type CellCommand, CellState, encodeCellCommand } from "./state/cell-state.ts";
import { type DesksMember, VolumeDesks } from "./volume-desks.ts";

const ROOT = new Uint8Array(16).fill(1);
const MAIL = new Uint8Array(16).fill(2);
const UNKNOWN = new Uint8Array(16).fill(9);
const place = { host: "127.0.0.1", port: 1 };

function apply(state: CellState, command: CellCommand): void {
  expect(typeof state.apply(Number(state.revision) + 1, encodeCellCommand(command))).toBe("bigint");
}

function found(state: CellState): void {
  const nodes = ["a", "b", "c"].map((name) => newNode({ name, mesh: place, service: place, domain: "" }));
  apply(state, { deed: cell_deed.CELL_FOUND, founding: { id: ROOT, name: "home", made_seconds: 0n, nodes } });
}

function make(state: CellState, id: Uint8Array, name: string, ...replicas: string[]): void {
  const making = { id, name, replicas, copies: replicas.length, quota_bytes: 0n, made_seconds: 0n };
  apply(state, { deed: cell_deed.CELL_MAKE_VOLUME, making });
}

/** Node "a", at which there may be a replica of the root volume. `read` is what it does to learn of now. */
function scene(read: (state: CellState) => void = () => {}) {
  const state = new CellState();
  const here: Desk = { submit: async () => "unknown" };
  const own = { role: undefined as LogRole | undefined, isFormatted: true };
  const member: DesksMember = {
    self: "a",
    state,
    log: {
      read: async (look) => {
        read(state);
        return look(state);
      },
    },
    replicaOf(id) {
      if (id[0] !== ROOT[0] || own.role === undefined) return undefined;
      const status = () => ({ log: { role: own.role }, isFormatted: own.isFormatted });
      return { status, watched: here } as unknown as ReturnType<DesksMember["replicaOf"]>;
    },
  };
  const asked: (() => readonly string[])[] = [];
  const there: Desk = { submit: async () => "elsewhere" };
  const calls = {
    remote(_: Uint8Array, nodes: () => readonly string[]) {
      asked.push(nodes);
      return there;
    },
  };
  const watched: Desk[] = [];
  const desks = new VolumeDesks((remote) => {
    watched.push(remote);
    return remote;
  });
  return { state, own, member, calls, asked, here, there, watched, desks };
}

function whole(read?: (state: CellState) => void) {
  const made = scene(read);
  found(made.state);
  make(made.state, ROOT, "root", "a", "b");
  made.desks.attach(made.member);
  made.desks.connect(made.calls);
  return made;
}

/** What a desk does with a call, whatever the call is. */
async function answerOf(desk: Desk | undefined | Promise<Desk | undefined>): Promise<unknown> {
  return (await desk)?.submit({} as Parameters<Desk["submit"]>[0]);
}

describe("a volume that the node knows", () => {
  it("is answered by the replica here, and by others while that cannot", () => {
    const { own, desks, here, there, watched } = whole();
    own.role = "follower";
    expect([desks.of(ROOT), desks.tree.root(), desks.tree.find(ROOT), desks.named("root")]).toEqual(
      Array.from({ length: 4 }, () => here),
    );
    expect(desks.of(ROOT)).toBe(here);
    for (const role of ["joining", "removed"] as const) {
      own.role = role;
      expect(desks.local(ROOT)).toBeUndefined();
      expect(desks.of(ROOT)).toBe(there);
    }
    own.role = "leader";
    own.isFormatted = false;
    expect(desks.of(ROOT)).toBe(there);
    expect(watched).toEqual([there, there, there]);
  });

  it("is asked for at the others that have it when they are asked, its new places among them", () => {
    const { state, desks, asked } = whole();
    desks.of(ROOT);
    expect(asked[0]?.()).toEqual(["b"]);
    apply(state, { deed: cell_deed.CELL_MOVE_VOLUME, move: { volume: ROOT, replicas: ["b", "c"] } });
    expect(asked[0]?.()).toEqual(["b", "c"]);
  });

  it("is told by its name, but for the root, and where it is seen", () => {
    const { state, desks } = whole();
    make(state, MAIL, "mail", "c");
    expect(desks.names()).toEqual(["mail"]);
    expect(desks.tree.placeOf?.(MAIL)).toBeUndefined();
    const mount = { in_volume: ROOT, inode: 5n, generation: 3, volume: MAIL, path: "/mail", revision: 0n };
    apply(state, { deed: cell_deed.CELL_MOUNT, mount });
    expect(desks.tree.placeOf?.(MAIL)).toEqual({ volume: ROOT, inode: 5, generation: 3 });
  });
});

describe("a volume that the node does not know", () => {
  it("is looked for in the state of now", async () => {
    const { desks, there } = whole((state) => {
      if (state.volume(MAIL) === undefined) make(state, MAIL, "mail", "c");
    });
    expect(desks.of(MAIL)).toBeUndefined();
    expect(await desks.tree.find(MAIL)).toBe(there);
    const other = whole((state) => make(state, MAIL, "mail", "c"));
    expect(await other.desks.named("mail")).toBe(other.there);
  });

  it("is none if the state of now has none either", async () => {
    const { desks } = whole();
    expect(await desks.tree.find(UNKNOWN)).toBeUndefined();
    expect(await desks.named("unknown")).toBeUndefined();
  });

  it("is put off for later before the cell is known, before it is founded, and without a quorum", async () => {
    const early = scene();
    expect(early.desks.tree.root()).toBeUndefined();
    expect(await answerOf(early.desks.tree.find(ROOT))).toBe("later");
    early.desks.attach(early.member);
    expect(await answerOf(early.desks.tree.find(ROOT))).toBe("later");
    const alone = whole(() => {
      throw new CoterieError("LOG_NO_QUORUM", "alone");
    });
    expect(await answerOf(alone.desks.named("unknown"))).toBe("later");
  });

  it("hides no bug", async () => {
    const { desks } = whole(() => {
      throw new TypeError("a bug");
    });
    await expect(desks.tree.find(UNKNOWN)).rejects.toThrow("a bug");
  });
});

import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { CELL_MAX_NODES, cell_deed, type cell_node, cell_standing } from "../gen/cell-admin.gen.ts";
import { type CellCommand, CellState, encodeCellCommand } from "./cell-state.ts";
import { Refused } from "./errors.ts";

const id = (n: number) => new Uint8Array(16).fill(n);
const tokenId = (n: number) => new Uint8Array(8).fill(n);
const ROOT = id(1);

function node(name: string): cell_node {
  const place = { host: "10.0.0.1", port: 4000 };
  const standing = cell_standing.CELL_ACTIVE;
  return { name, mesh: place, service: place, domain: "", standing, joined: 0n, revision: 0n };
}

function founding(...names: string[]): CellCommand {
  const nodes = names.map(node);
  return { deed: cell_deed.CELL_FOUND, founding: { id: id(9), name: "home", made_seconds: 5n, nodes } };
}

function admission(name: string, token = tokenId(0), now = 0n): CellCommand {
  return { deed: cell_deed.CELL_ADMIT, admission: { node: node(name), token, now_seconds: now } };
}

function volume(name: string, n: number, ...replicas: string[]): CellCommand {
  const making = { id: id(n), name, replicas, copies: 3, quota_bytes: 0n, made_seconds: 7n };
  return { deed: cell_deed.CELL_MAKE_VOLUME, making };
}

function mount(inVolume: Uint8Array, inode: bigint, mounted: Uint8Array, path = "/x") {
  return { in_volume: inVolume, inode, generation: 1, volume: mounted, path, revision: 0n };
}

let state: CellState;
let index: number;

beforeEach(() => {
  state = new CellState();
  index = 0;
});

/** The revision that the command made, or the code of its refusal. */
function apply(command: CellCommand): bigint | string {
  const before = image(state);
  const reply = state.apply(++index, encodeCellCommand(command));
  if (!(reply instanceof Refused)) return reply;
  expect(image(state)).toBe(before);
  return reply.code;
}

function image(of: CellState): string {
  return of
    .snapshot()
    .map((piece) => Buffer.from(piece).toString("hex"))
    .join("");
}

describe("the founding", () => {
  test("names the nodes, once", () => {
    expect(apply(admission("n1"))).toBe("CELL_NOT_FOUNDED");
    expect(apply(founding("n1", "n2"))).toBe(2n);
    expect(state.id).toEqual(id(9));
    expect(state.nodes.map(({ name, joined }) => [name, joined])).toEqual([
      ["n1", 2n],
      ["n2", 2n],
    ]);
    expect(apply(founding("n3"))).toBe("CELL_FOUNDED");
  });

  test("takes no cell without nodes, with one twice, or with a bad name", () => {
    expect(apply(founding())).toBe("CELL_NODE_LAST");
    expect(apply(founding("n1", "n1"))).toBe("CELL_NODE_KNOWN");
    expect(apply(founding("../n1"))).toBe("CELL_NAME");
    expect(state.id).toBeUndefined();
  });
});

describe("nodes", () => {
  beforeEach(() => void apply(founding("n1", "n2")));

  test("join with a token as often as it says, and before its time is over", () => {
    const token = { id: tokenId(3), digest: new Uint8Array(32), expires_seconds: 100n, uses_left: 2 };
    expect(apply({ deed: cell_deed.CELL_ADD_TOKEN, token })).toBe(2n);
    expect(apply(admission("n3", tokenId(4), 50n))).toBe("CELL_TOKEN");
    expect(apply(admission("n3", tokenId(3), 100n))).toBe("CELL_TOKEN");
    expect(apply(admission("n1", tokenId(3), 50n))).toBe("CELL_NODE_KNOWN");
    expect(apply(admission("n3", tokenId(3), 99n))).toBe(6n);
    expect(apply(admission("n4", tokenId(3), 99n))).toBe(7n);
    expect(state.tokens).toEqual([]);
    expect(apply(admission("n5", tokenId(3), 99n))).toBe("CELL_TOKEN");
  });

  test("are no more than there may be", () => {
    for (let n = 3; n <= CELL_MAX_NODES; n++) expect(apply(admission(`n${n}`))).toBe(BigInt(index));
    expect(apply(admission("more"))).toBe("CELL_FULL");
  });

  test("are dismissed when they hold nothing, and never come back under their name", () => {
    expect(apply(volume("root", 1, "n1", "n2"))).toBe(2n);
    expect(apply({ deed: cell_deed.CELL_DISMISS, dismissed: "n2" })).toBe("CELL_NODE_HOLDS");
    expect(apply({ deed: cell_deed.CELL_MOVE_VOLUME, move: { volume: ROOT, replicas: ["n1"] } })).toBe(4n);
    expect(apply({ deed: cell_deed.CELL_DISMISS, dismissed: "n2" })).toBe("CELL_NODE_HOLDS");
    const moved = { volume: ROOT, replicas: ["n1"] };
    expect(apply({ deed: cell_deed.CELL_VOLUME_MOVED, moved })).toBe(6n);
    expect(apply({ deed: cell_deed.CELL_DISMISS, dismissed: "n2" })).toBe(7n);
    expect(apply(admission("n2"))).toBe("CELL_NODE_KNOWN");
    expect(apply({ deed: cell_deed.CELL_DISMISS, dismissed: "n1" })).toBe("CELL_NODE_HOLDS");
  });

  test("one stays active", () => {
    const drain = (name: string) =>
      apply({
        deed: cell_deed.CELL_STAND,
        standing: { node: name, standing: cell_standing.CELL_DRAINING },
      });
    expect(drain("n3")).toBe("CELL_NODE_UNKNOWN");
    expect(drain("n2")).toBe(3n);
    expect(drain("n1")).toBe("CELL_NODE_LAST");
    expect(apply({ deed: cell_deed.CELL_DISMISS, dismissed: "n1" })).toBe("CELL_NODE_LAST");
    expect(apply({ deed: cell_deed.CELL_DISMISS, dismissed: "n2" })).toBe(6n);
  });

  test("tell where they are reached", () => {
    const place = { host: "::1", port: 7 };
    const address = { node: "n2", mesh: place, service: place };
    expect(apply({ deed: cell_deed.CELL_READDRESS, address })).toBe(2n);
    expect(state.node("n2")).toMatchObject({ mesh: place, service: place, joined: 1n, revision: 2n });
  });
});

describe("volumes", () => {
  beforeEach(() => {
    apply(founding("n1", "n2", "n3"));
    apply(volume("root", 1, "n1", "n2"));
  });

  test("have a name and an id of their own, and different known nodes", () => {
    expect(apply(volume("root", 2, "n1"))).toBe("CELL_VOLUME_KNOWN");
    expect(apply(volume("other", 1, "n1"))).toBe("CELL_VOLUME_KNOWN");
    expect(apply(volume("other", 2))).toBe("CELL_REPLICAS");
    expect(apply(volume("other", 2, "n1", "n1"))).toBe("CELL_REPLICAS");
    expect(apply(volume("other", 2, "n9"))).toBe("CELL_NODE_UNKNOWN");
    expect(apply(volume("Other", 2, "n1"))).toBe("CELL_NAME");
    expect(state.volumes.map(({ name }) => name)).toEqual(["root"]);
  });

  test("a node that is drained keeps what it has and gets nothing", () => {
    const standing = { node: "n2", standing: cell_standing.CELL_DRAINING };
    expect(apply({ deed: cell_deed.CELL_STAND, standing })).toBe(3n);
    expect(apply(volume("other", 2, "n2"))).toBe("CELL_REPLICAS");
    const replicas = ["n2", "n3"];
    expect(apply({ deed: cell_deed.CELL_MOVE_VOLUME, move: { volume: ROOT, replicas } })).toBe(5n);
  });

  const move = (...replicas: string[]) =>
    apply({ deed: cell_deed.CELL_MOVE_VOLUME, move: { volume: ROOT, replicas } });
  const moved = (...replicas: string[]) =>
    apply({ deed: cell_deed.CELL_VOLUME_MOVED, moved: { volume: ROOT, replicas } });

  test("are moved in two steps, one move at a time", () => {
    expect(move("n2", "n3")).toBe(3n);
    expect(state.volume(ROOT)).toMatchObject({ replicas: ["n1", "n2"], wanted: ["n2", "n3"] });
    expect(move("n1")).toBe("CELL_VOLUME_MOVING");
    expect(moved("n3", "n2")).toBe(5n);
    expect(moved("n2", "n3")).toBe(6n);
    expect(state.volume(ROOT)).toMatchObject({ replicas: ["n2", "n3"], wanted: [], copies: 3, revision: 5n });
  });

  test("that are being moved to a node which shall have nothing any more are moved elsewhere", () => {
    move("n1", "n3");
    const standing = { node: "n3", standing: cell_standing.CELL_DRAINING };
    expect(apply({ deed: cell_deed.CELL_STAND, standing })).toBe(4n);
    expect(move("n1", "n2")).toBe(5n);
    // Its log may have made n3 a voter: until it says that it is not, n3 keeps what it has.
    expect(state.volume(ROOT)).toMatchObject({ replicas: ["n1", "n2", "n3"], wanted: ["n1", "n2"] });
    expect(apply({ deed: cell_deed.CELL_DISMISS, dismissed: "n3" })).toBe("CELL_NODE_HOLDS");
    expect(moved("n1", "n3")).toBe(7n);
    expect(state.volume(ROOT)).toMatchObject({ wanted: ["n1", "n2"], revision: 5n });
    expect(moved("n1", "n2")).toBe(8n);
    expect(state.volume(ROOT)).toMatchObject({ replicas: ["n1", "n2"], wanted: [] });
    expect(apply({ deed: cell_deed.CELL_DISMISS, dismissed: "n3" })).toBe(9n);
  });

  test("are placed by people: as many copies as places, and refused as any move is", () => {
    const place = (...replicas: string[]) =>
      apply({ deed: cell_deed.CELL_PLACE_VOLUME, placing: { volume: ROOT, replicas } });
    expect(place("n9")).toBe("CELL_NODE_UNKNOWN");
    expect(place()).toBe("CELL_REPLICAS");
    expect(place("n3")).toBe(5n);
    expect(state.volume(ROOT)).toMatchObject({ replicas: ["n1", "n2"], wanted: ["n3"], copies: 1 });
    expect(place("n1", "n9")).toBe("CELL_NODE_UNKNOWN");
    expect(state.volume(ROOT)?.copies).toBe(1);
    // What somebody wants takes the place of a move that is under way.
    expect(place("n1", "n2")).toBe(7n);
    expect(state.volume(ROOT)).toMatchObject({
      replicas: ["n1", "n2", "n3"],
      wanted: ["n1", "n2"],
      copies: 2,
    });
    expect(moved("n3")).toBe(8n);
    expect(state.volume(ROOT)?.wanted).toEqual(["n1", "n2"]);
  });

  test("of a move go when it is over, and the root never", () => {
    expect(apply({ deed: cell_deed.CELL_DROP_VOLUME, dropped: ROOT })).toBe("CELL_VOLUME_ROOT");
    apply(volume("other", 2, "n1"));
    const move = { volume: id(2), replicas: ["n3"] };
    expect(apply({ deed: cell_deed.CELL_MOVE_VOLUME, move })).toBe(5n);
    expect(apply({ deed: cell_deed.CELL_DROP_VOLUME, dropped: id(2) })).toBe("CELL_VOLUME_MOVING");
    expect(apply({ deed: cell_deed.CELL_VOLUME_MOVED, moved: move })).toBe(7n);
    expect(apply({ deed: cell_deed.CELL_DROP_VOLUME, dropped: id(2) })).toBe(8n);
  });

  test("are renamed, limited and dropped", () => {
    apply(volume("other", 2, "n1"));
    const rename = (n: number, name: string) =>
      apply({ deed: cell_deed.CELL_RENAME_VOLUME, renaming: { volume: id(n), name } });
    expect(rename(2, "root")).toBe("CELL_VOLUME_KNOWN");
    expect(rename(2, "other")).toBe(5n);
    expect(rename(2, "first")).toBe(6n);
    expect(rename(1, "second")).toBe("CELL_VOLUME_ROOT");
    expect(rename(1, "root")).toBe(8n);
    const quota = { volume: id(2), quota_bytes: 9n };
    expect(apply({ deed: cell_deed.CELL_LIMIT_VOLUME, quota })).toBe(9n);
    const copy = (copies: number) =>
      apply({ deed: cell_deed.CELL_COPY_VOLUME, copies: { volume: id(2), copies } });
    expect([copy(0), copy(17)]).toEqual(["CELL_REPLICAS", "CELL_REPLICAS"]);
    expect(copy(5)).toBe(12n);
    expect(state.volumeNamed("first")).toMatchObject({ quota_bytes: 9n, copies: 5 });
    expect(apply({ deed: cell_deed.CELL_DROP_VOLUME, dropped: id(2) })).toBe(13n);
    expect(apply({ deed: cell_deed.CELL_DROP_VOLUME, dropped: id(2) })).toBe("CELL_VOLUME_UNKNOWN");
  });
});

describe("mount points", () => {
  beforeEach(() => {
    apply(founding("n1"));
    for (const n of [1, 2, 3]) apply(volume(`v${n}`, n, "n1"));
  });
  const put = (at: ReturnType<typeof mount>) => apply({ deed: cell_deed.CELL_MOUNT, mount: at });

  test("join volumes into one tree, never into a ring", () => {
    expect(put(mount(id(1), 5n, id(2)))).toBe(5n);
    expect(put(mount(id(2), 6n, id(3)))).toBe(6n);
    expect(put(mount(id(3), 7n, id(1)))).toBe("CELL_MOUNT_TAKEN");
    expect(put(mount(id(1), 8n, id(3)))).toBe("CELL_MOUNT_TAKEN");
    expect(put(mount(id(1), 9n, id(1)))).toBe("CELL_MOUNT_TAKEN");
    expect(put(mount(id(1), 9n, id(7)))).toBe("CELL_VOLUME_UNKNOWN");
    expect(state.mountedAt({ in_volume: id(1), inode: 5n, generation: 1 })?.volume).toEqual(id(2));
    expect(state.mountedAt({ in_volume: id(1), inode: 5n, generation: 2 })).toBeUndefined();
  });

  test("hold their volumes until they are taken away", () => {
    expect(put(mount(id(1), 5n, id(2)))).toBe(5n);
    expect(put(mount(id(1), 5n, id(3)))).toBe("CELL_MOUNT_TAKEN");
    for (const n of [1, 2]) {
      expect(apply({ deed: cell_deed.CELL_DROP_VOLUME, dropped: id(n) })).toBe("CELL_VOLUME_MOUNTED");
    }
    const unmounted = mount(id(1), 5n, id(2));
    expect(apply({ deed: cell_deed.CELL_UNMOUNT, unmounted })).toBe(9n);
    expect(apply({ deed: cell_deed.CELL_UNMOUNT, unmounted })).toBe("CELL_MOUNT_UNKNOWN");
    expect(apply({ deed: cell_deed.CELL_DROP_VOLUME, dropped: id(2) })).toBe(11n);
  });

  test("are not taken away by who means an older one", () => {
    const first = put(mount(id(1), 5n, id(2))) as bigint;
    const unmounted = { ...mount(id(1), 5n, id(2)), revision: first };
    expect(apply({ deed: cell_deed.CELL_UNMOUNT, unmounted })).toBe(first + 1n);
    put(mount(id(1), 5n, id(3)));
    expect(apply({ deed: cell_deed.CELL_UNMOUNT, unmounted })).toBe("CELL_MOUNT_UNKNOWN");
    expect(state.mounts).toHaveLength(1);
  });
});

test("settings are changed, and an empty value takes one away", () => {
  apply(founding("n1"));
  const set = (name: string, value: string) => apply({ deed: cell_deed.CELL_SET, setting: { name, value } });
  expect(set("reads", "leased")).toBe(2n);
  expect(set("NO", "x")).toBe("CELL_NAME");
  expect(state.settings).toEqual([{ name: "reads", value: "leased", revision: 2n }]);
  expect(set("reads", "")).toBe(4n);
  expect(state.settings).toEqual([]);
});

test("a command of a newer version ends the replica instead of leaving it behind", () => {
  apply(founding("n1"));
  expect(() => state.apply(2, Uint8Array.of(0, 0, 0, 99))).toThrowError(
    expect.objectContaining({ code: "CELL_COMMAND" }),
  );
  expect(() => state.apply(2, new Uint8Array(0))).toThrowError(
    expect.objectContaining({ code: "CELL_COMMAND" }),
  );
});

/** Commands over few names, so that they meet. */
const name = fc.constantFrom("n1", "n2", "n3", "v1", "v2");
const names = fc.uniqueArray(name, { maxLength: 3 });
const bytes16 = fc.integer({ min: 1, max: 4 }).map(id);
const small = fc.bigInt({ min: 0n, max: 3n });
const places = fc.record({ in_volume: bytes16, inode: small, generation: fc.constant(1), volume: bytes16 });
const mounts = places.map((place) => ({ ...place, path: "/p", revision: 0n }));
const command: fc.Arbitrary<CellCommand> = fc.oneof(
  names.map((each) => founding(...each)),
  fc.tuple(name, fc.nat(2), small).map(([each, token, now]) => admission(each, tokenId(token), now)),
  fc
    .record({ node: name, standing: fc.constantFrom(...Object.values(cell_standing)) })
    .map((standing): CellCommand => ({ deed: cell_deed.CELL_STAND, standing })),
  name.map((dismissed): CellCommand => ({ deed: cell_deed.CELL_DISMISS, dismissed })),
  fc.tuple(name, fc.integer({ min: 1, max: 4 }), names).map(([each, n, at]) => volume(each, n, ...at)),
  fc
    .record({ volume: bytes16, replicas: names })
    .map((move): CellCommand => ({ deed: cell_deed.CELL_MOVE_VOLUME, move })),
  fc
    .record({ volume: bytes16, replicas: names })
    .map((placing): CellCommand => ({ deed: cell_deed.CELL_PLACE_VOLUME, placing })),
  fc
    .record({ volume: bytes16, replicas: names })
    .map((moved): CellCommand => ({ deed: cell_deed.CELL_VOLUME_MOVED, moved })),
  bytes16.map((dropped): CellCommand => ({ deed: cell_deed.CELL_DROP_VOLUME, dropped })),
  mounts.map((mount): CellCommand => ({ deed: cell_deed.CELL_MOUNT, mount })),
  mounts.map((unmounted): CellCommand => ({ deed: cell_deed.CELL_UNMOUNT, unmounted })),
  fc.tuple(fc.integer({ min: 1, max: 2 }), small, fc.nat(2)).map(
    ([n, expires_seconds, uses_left]): CellCommand => ({
      deed: cell_deed.CELL_ADD_TOKEN,
      token: { id: tokenId(n), digest: new Uint8Array(32), expires_seconds, uses_left },
    }),
  ),
);

/** What holds whatever was asked for. */
function expectSound(of: CellState): void {
  if (of.id === undefined) return;
  expect(of.nodes.some(({ standing }) => standing === cell_standing.CELL_ACTIVE)).toBe(true);
  expect(new Set(of.volumes.map((each) => each.name)).size).toBe(of.volumes.length);
  for (const { replicas, wanted } of of.volumes) {
    expect(replicas.length).toBeGreaterThan(0);
    for (const holder of [...replicas, ...wanted]) expect(of.node(holder)).toBeDefined();
  }
  const above = new Map<string, string>();
  for (const { in_volume, volume: mounted } of of.mounts) {
    expect(of.volume(in_volume)).toBeDefined();
    expect(of.volume(mounted)).toBeDefined();
    above.set(String(mounted), String(in_volume));
  }
  expect(above.size).toBe(of.mounts.length);
  for (const start of above.keys()) {
    const seen = new Set<string>();
    for (let at: string | undefined = start; at !== undefined; at = above.get(at)) {
      expect(seen.has(at)).toBe(false);
      seen.add(at);
    }
  }
}

test("whatever is asked for: the state stays sound, and a copy from any snapshot goes on alike", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), fc.nat(40), (commands, cut) => {
      const first = new CellState();
      const second = new CellState();
      commands.forEach((each, at) => {
        if (at === cut) second.restore(first.snapshot().flatMap((piece) => halves(piece)));
        const entry = encodeCellCommand(each);
        const before = image(first);
        const reply = first.apply(at + 1, entry);
        if (reply instanceof Refused) expect(image(first)).toBe(before);
        if (at >= cut) expect(second.apply(at + 1, entry)).toEqual(reply);
        expectSound(first);
      });
      if (cut < commands.length) expect(image(second)).toBe(image(first));
    }),
    { seed: 3, numRuns: 500 },
  );
});

function halves(piece: Uint8Array): Uint8Array[] {
  const middle = piece.length >> 1;
  return [piece.subarray(0, middle), piece.subarray(middle)];
}

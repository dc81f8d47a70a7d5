/** Random operations, done to a volume and to the oracle, with every answer compared. */
import fc from "fast-check";
import {
  type Attributes,
  type Changes,
  type Context,
  Fault,
  type NewObject,
  type Outcome,
  type Stability,
} from "../../src/files/volume/index.ts";
import { type Bench, bytes, ok, pattern, ROOT, textOf } from "./fixture.ts";
import { Oracle, OracleNode } from "./oracle.ts";

export const CHUNK = 4096;
const NAMES = ["a", "b", "c", "d", "e", ".", ".."];
/** Sizes and offsets reach over so many chunks. */
const SPAN = 9 * CHUNK;

export type Action =
  | { readonly do: "create"; at: number; name: number; object: number; size: number | undefined }
  | { readonly do: "remove" | "rmdir" | "lookup"; at: number; name: number }
  | { readonly do: "rename"; at: number; name: number; to: number; toName: number }
  | { readonly do: "link"; node: number; at: number; name: number }
  | { readonly do: "write"; node: number; offset: number; length: number; seed: number; how: number }
  | { readonly do: "read"; node: number; offset: number; length: number }
  | { readonly do: "set"; node: number; changes: Changes }
  | { readonly do: "commit" | "list"; node: number }
  | { readonly do: "settle" | "reopen" | "pass" };

const index = fc.nat({ max: 30 });
const name = fc.nat({ max: NAMES.length - 1 });
const place = fc.oneof(
  fc.nat({ max: SPAN }),
  fc.nat({ max: 9 }).map((n) => n * CHUNK),
);
const time = fc.record({
  seconds: fc.integer({ min: -1e9, max: 4e9 }),
  nanoseconds: fc.nat({ max: 999_999_999 }),
});
const changes: fc.Arbitrary<Changes> = fc.record(
  {
    mode: fc.nat({ max: 0o7777 }),
    uid: fc.nat({ max: 5 }),
    size: place,
    accessed: fc.oneof(fc.constant("now" as const), time),
    modified: fc.oneof(fc.constant("now" as const), time),
  },
  { requiredKeys: [] },
);

export const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("create" as const),
      at: index,
      name,
      object: fc.nat({ max: 6 }),
      size: fc.option(place, { nil: undefined }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("remove" as const, "rmdir" as const, "lookup" as const),
      at: index,
      name,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("rename" as const), at: index, name, to: index, toName: name }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("link" as const), node: index, at: index, name }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      node: index,
      offset: place,
      length: fc.oneof(
        fc.nat({ max: 3 * CHUNK }),
        fc.nat({ max: 4 }).map((n) => n * CHUNK),
      ),
      seed: fc.nat({ max: 1000 }),
      how: fc.nat({ max: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("read" as const),
      node: index,
      offset: place,
      length: fc.nat({ max: SPAN }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("set" as const), node: index, changes }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("commit" as const, "list" as const), node: index }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("settle" as const, "reopen" as const, "pass" as const) }),
  },
);

const VERIFIER = bytes("8 bytes!");
const STABILITIES: readonly Stability[] = ["unstable", "file-sync", "data-sync"];

function objectOf(choice: number, size: number | undefined): NewObject {
  const initial = size === undefined ? {} : { size };
  switch (choice) {
    case 0:
      return { type: "file", how: "guarded", initial };
    case 1:
      return { type: "file", how: "unchecked", initial };
    case 2:
      return { type: "file", how: "exclusive", verifier: VERIFIER };
    case 3:
    case 4:
      return { type: "directory", initial: {} };
    case 5:
      return { type: "symlink", initial: {}, target: bytes(`target ${size}`) };
    default:
      return { type: "fifo", initial: {} };
  }
}

export class Model {
  readonly bench: Bench;
  readonly oracle: Oracle;
  /** Every object ever made. */
  readonly nodes: OracleNode[];

  constructor(bench: Bench) {
    this.bench = bench;
    const root = bench.attributes(bench.root);
    this.oracle = new Oracle(CHUNK, root.mode, root.changed);
    this.oracle.root.handle = bench.root;
    this.nodes = [this.oracle.root];
  }

  private node(i: number): OracleNode {
    return this.nodes[i % this.nodes.length] as OracleNode;
  }

  private handle(i: number) {
    const { handle } = this.node(i);
    if (handle === undefined) throw new Error("an object of the oracle has no handle");
    return handle;
  }

  private name(i: number): string {
    return NAMES[i] as string;
  }

  /** Does one action to both, and compares what they say. */
  async perform(action: Action): Promise<void> {
    const { bench, oracle } = this;
    const { volume } = bench;
    const context: Context = bench.as(ROOT);
    const { now } = context;
    switch (action.do) {
      case "create": {
        const object = objectOf(action.object, action.size);
        const at = this.name(action.name);
        const made = volume.create(context, this.handle(action.at), bytes(at), object);
        this.compare(oracle.create(now, this.node(action.at), at, object), made);
        return;
      }
      case "remove":
      case "rmdir":
      case "lookup": {
        const at = this.name(action.name);
        const done: unknown = volume[action.do](context, this.handle(action.at), bytes(at));
        const expected =
          action.do === "lookup"
            ? oracle.lookup(this.node(action.at), at)
            : oracle[action.do](now, this.node(action.at), at);
        this.compare(expected, done as Outcome<Attributes | undefined>);
        return;
      }
      case "rename": {
        const [from, to] = [this.name(action.name), this.name(action.toName)];
        const done = volume.rename(
          context,
          this.handle(action.at),
          bytes(from),
          this.handle(action.to),
          bytes(to),
        );
        this.compare(
          oracle.rename(now, this.node(action.at), from, this.node(action.to), to),
          done as Outcome<undefined>,
        );
        return;
      }
      case "link": {
        const at = this.name(action.name);
        const done = volume.link(context, this.handle(action.node), this.handle(action.at), bytes(at));
        this.compare(oracle.link(now, this.node(action.node), this.node(action.at), at), done);
        return;
      }
      case "write": {
        const data = pattern(action.length, action.seed);
        const how = STABILITIES[action.how] as Stability;
        const done = volume.write(context, this.handle(action.node), action.offset, data, how);
        this.compare(oracle.write(now, this.node(action.node), action.offset, data), done);
        return;
      }
      case "read": {
        const { offset, length } = action;
        const done = volume.read(context, this.handle(action.node), offset, length);
        const expected = oracle.read(this.node(action.node), offset, length);
        if (typeof expected === "string" || done instanceof Fault) {
          same(
            done instanceof Fault ? done.reason : "data",
            typeof expected === "string" ? expected : "data",
          );
        } else {
          sameBytes(done.data, expected.data, `read ${offset}+${length}`);
          same(done.eof, expected.eof);
          const { pieces } = ok(volume.readPieces(context, this.handle(action.node), offset, length));
          sameBytes(Buffer.concat(pieces), expected.data, `pieces of ${offset}+${length}`);
        }
        return;
      }
      case "set": {
        const done = volume.setAttributes(context, this.handle(action.node), action.changes);
        this.compare(oracle.set(now, this.node(action.node), action.changes), done);
        return;
      }
      case "commit": {
        const node = this.node(action.node);
        const done = volume.commit(context, this.handle(action.node));
        const notFile = node.type === "directory" ? "ISDIR" : "INVAL";
        this.compare(node.isGone ? "STALE" : node.type === "file" ? node : notFile, done);
        return;
      }
      case "list":
        if (!this.node(action.node).isGone) this.compareListing(this.node(action.node));
        return;
      case "settle":
        await bench.settle();
        return;
      case "reopen":
        await bench.reopen();
        return;
      case "pass":
        await bench.sim.sleep(3);
        return;
    }
  }

  private compare(expected: OracleNode | string | undefined, outcome: Outcome<Attributes | undefined>): void {
    const said = outcome instanceof Fault ? outcome.reason : outcome === undefined ? "done" : "object";
    same(said, typeof expected === "string" ? expected : expected === undefined ? "done" : "object");
    if (!(expected instanceof OracleNode) || outcome instanceof Fault || outcome === undefined) return;
    if (expected.handle === undefined) {
      expected.handle = outcome.handle;
      this.nodes.push(expected);
    }
    this.compareAttributes(expected, outcome);
  }

  private compareAttributes(node: OracleNode, found: Attributes): void {
    const { handle, major, minor, ...rest } = found;
    same(handle, node.handle);
    const expected = node.attributes(CHUNK);
    // What waits to be reaped still takes space.
    const used = this.bench.volume.isReaped ? rest.used : expected.used;
    same({ ...rest, used }, expected);
  }

  private compareListing(directory: OracleNode): void {
    const { bench } = this;
    const handle = directory.handle as NonNullable<OracleNode["handle"]>;
    const listed = bench.volume.entries(bench.as(ROOT), handle, 0);
    if (listed instanceof Fault) {
      same(listed.reason, directory.type === "directory" ? "entries" : "NOTDIR");
      return;
    }
    const found = [...listed].map((entry) => [textOf(entry.name), entry.handle]);
    same(
      found,
      [...directory.children].map(([childName, child]) => [childName, child.handle]),
    );
  }

  /** Compares everything. */
  compareAll(): void {
    const { bench } = this;
    for (const node of this.nodes) {
      const handle = node.handle as NonNullable<OracleNode["handle"]>;
      const found = bench.volume.attributes(handle);
      if (node.isGone || found instanceof Fault) {
        same(found instanceof Fault ? found.reason : "object", node.isGone ? "STALE" : "object");
        continue;
      }
      this.compareAttributes(node, found);
      if (node.type === "directory") this.compareListing(node);
      if (node.type === "file") sameBytes(bench.read(handle), node.data, "content");
      if (node.target !== undefined) {
        const target = bench.volume.readlink(bench.as(ROOT), handle);
        same(target instanceof Fault ? target.reason : textOf(target), textOf(node.target));
      }
    }
  }
}

function same(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`the volume says ${a}, the oracle ${b}`);
}

function sameBytes(found: Uint8Array, expected: Uint8Array, what: string): void {
  if (found.length !== expected.length) {
    throw new Error(`${what}: ${found.length} bytes, the oracle has ${expected.length}`);
  }
  for (let i = 0; i < found.length; i++) {
    if (found[i] !== expected[i]) throw new Error(`${what}: differs from the oracle at ${i}`);
  }
}

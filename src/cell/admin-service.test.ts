import { describe, expect, test } from "vitest";
import { XdrReader, XdrWriter } from "../marshal/index.ts";
import type { RpcCall } from "../rpc/index.ts";
import { createAdminService, decodeStatus } from "./admin-service.ts";
import { type node_status, xdr_node_status } from "./gen/cell.gen.ts";
import type { NodeStatus } from "./status.ts";

const status: NodeStatus = {
  version: "1.2.3",
  state: "stopping",
  pid: 4_194_304,
  startedSeconds: 1_800_000_000,
  uptimeMs: 9_007_199_254_740_991,
  host: "::1",
  port: 65_535,
  directory: "/srv/größer",
  volume: "00112233445566778899aabbccddeeff",
  space: { totalBytes: 2 ** 50, freeBytes: 2 ** 49, totalInodes: 7, freeInodes: 0 },
  exports: ["*(ro,all_squash)"],
  portmap: "failed",
  counters: { connections: 3, callsInFlight: 2, calls: 10 ** 12, refused: 1, replayed: 5 },
  problems: [{ code: "CELL_SPACE_LOW", message: "7 MiB are free" }],
};

const service = (from: NodeStatus | undefined) => createAdminService(() => from);

function ask(from: NodeStatus | undefined, host: string, procedure = 1): unknown {
  const handler = service(from).handlers[procedure];
  return handler?.(undefined as never, { remote: { host, port: 5 } } as RpcCall);
}

function overTheWire(wire: node_status): NodeStatus {
  const writer = new XdrWriter();
  xdr_node_status.encode(writer, wire);
  return decodeStatus(xdr_node_status.decode(new XdrReader(writer.encoded())));
}

describe("the admin program", () => {
  test("carries a status over the wire and back", () => {
    expect(overTheWire(ask(status, "127.0.0.1") as node_status)).toEqual(status);
  });

  test("cuts what is over its bounds instead of failing", () => {
    const problem = { code: "CELL_PORTMAP", message: "x".repeat(5000) };
    const large = {
      ...status,
      directory: "d".repeat(4096),
      problems: Array.from({ length: 40 }, () => problem),
    };
    const told = overTheWire(ask(large, "::1") as node_status);
    expect(told.directory).toBe("d".repeat(1024));
    expect(told.problems).toHaveLength(16);
    expect(told.problems[0]?.message).toHaveLength(1024);
  });

  test.each([0, 1])("answers procedure %d to this machine alone", (procedure) => {
    expect(() => ask(status, "192.168.1.9", procedure)).toThrow("AUTH_ERROR 5");
    expect(() => ask(status, "::ffff:127.0.0.1", procedure)).not.toThrow();
  });

  test("says that a node is not ready yet", () => {
    expect(() => ask(undefined, "127.0.0.1")).toThrow("the node is starting");
  });
});

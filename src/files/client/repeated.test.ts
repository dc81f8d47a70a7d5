/**
 * Calls that ran, whose reply was lost, and that were sent again to a server which has forgotten them: ours with a
 * memory of one call, in which another client's call has taken the place.
 */
import { expect, test } from "vitest";
import { everybody, PORT, simulatedCell } from "../../../test/support/simulated-cell.ts";
import { RpcServer } from "../../rpc/index.ts";
import { createNfsServices, openVolume } from "../index.ts";
import { NfsClient } from "./index.ts";

const root = { flavor: "sys", stamp: 0, machine: "m", uid: 0, gid: 0, gids: [] } as const;

/** Runs `operation` so that the server runs it twice. Returns "done" or the error's status. */
async function twice(
  prepare: (client: NfsClient) => Promise<unknown>,
  operation: (client: NfsClient) => Promise<unknown>,
  meanwhile: (other: NfsClient) => Promise<unknown>,
): Promise<string> {
  const cell = simulatedCell({ seed: 5 });
  const bystander = cell.sim.node("bystander");
  return cell.sim.run(async () => {
    await cell.server.start(async (world) => {
      const volume = await openVolume(world, "volume");
      const server = new RpcServer(world);
      const options = { exports: everybody, maxKeptReplies: 1 };
      for (const service of createNfsServices(world, volume, options)) server.add(service);
      await server.listen({ host: "0.0.0.0", port: PORT });
    });
    const client = await cell.connect();
    const other = await NfsClient.connect(bystander.world, {
      host: cell.server.ip,
      port: PORT,
      credential: root,
    });
    await prepare(client);
    // A reply is under way for so long that it can be lost after the call is durable.
    cell.sim.network.setLink(cell.server, cell.client, { latencyMs: 5 }, { oneWay: true });
    const durable = () => cell.sim.trace.text().split("server store volume durable").length;
    const before = durable();
    const outcome = operation(client).then(
      () => "done",
      (error) => error.status ?? error,
    );
    while (durable() === before) await cell.sim.sleep(0.1);
    cell.sim.network.breakStreams(cell.server, cell.client);
    await meanwhile(other);
    cell.server.crash();
    await cell.server.restart();
    const result = await outcome;
    await other.close();
    await client.close();
    return result;
  });
}

const evict = (other: NfsClient) => other.mkdir("/evicts");

test("REMOVE and RMDIR of what is gone have succeeded", async () => {
  expect(
    await twice(
      (c) => c.writeFile("/a", ""),
      (c) => c.unlink("/a"),
      evict,
    ),
  ).toBe("done");
  expect(
    await twice(
      (c) => c.mkdir("/d"),
      (c) => c.rmdir("/d"),
      evict,
    ),
  ).toBe("done");
});

test("RENAME, LINK and SYMLINK have, if the new name leads to that very file", async () => {
  expect(
    await twice(
      (c) => c.writeFile("/a", ""),
      (c) => c.rename("/a", "/b"),
      evict,
    ),
  ).toBe("done");
  expect(
    await twice(
      (c) => c.writeFile("/a", ""),
      (c) => c.link("/a", "/b"),
      evict,
    ),
  ).toBe("done");
  expect(
    await twice(
      async () => {},
      (c) => c.symlink("x", "/l"),
      evict,
    ),
  ).toBe("done");
});

test("and have not, if it leads elsewhere meanwhile", async () => {
  const replace = async (other: NfsClient) => {
    await other.unlink("/b");
    await other.writeFile("/b", "another");
  };
  const file = (c: NfsClient) => c.writeFile("/a", "");
  expect(await twice(file, (c) => c.rename("/a", "/b"), replace)).toBe("NFS3ERR_NOENT");
  expect(await twice(file, (c) => c.link("/a", "/b"), replace)).toBe("NFS3ERR_EXIST");
  const relink = async (other: NfsClient) => {
    await other.unlink("/b");
    await other.symlink("elsewhere", "/b");
  };
  expect(await twice(file, (c) => c.symlink("x", "/b"), relink)).toBe("NFS3ERR_EXIST");
});

test("MKDIR does not guess: a directory may be somebody's lock", async () => {
  expect(
    await twice(
      async () => {},
      (c) => c.mkdir("/lock"),
      evict,
    ),
  ).toBe("NFS3ERR_EXIST");
});

/** Operators ask from other machines, and prove who they are; nobody else is answered there. */
import { expect, test } from "vitest";
import { MemoryFiles } from "../../../test/support/memory-files.ts";
import {
  MESH_PORT,
  SERVICE_PORT,
  SecuredCell,
  type SecuredNode,
} from "../../../test/support/secured-cell.ts";
import type { CoterieError, World } from "../../world/index.ts";
import { type MemberCredentials, makeOperator } from "../authority/index.ts";
import { cell_deed } from "../gen/cell-admin.gen.ts";
import { CellAdmin } from "./admin-client.ts";

async function operatorOf(world: World, { files }: SecuredNode): Promise<MemberCredentials> {
  return makeOperator(world, files, "anna", { files: new MemoryFiles(), file: "anna.pem" });
}

/** The code of the failure, and of what caused it. */
async function failure(asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(
    () => undefined,
    (reason: CoterieError) => reason,
  );
  if (error === undefined) return "answered";
  const cause = error.cause as CoterieError | undefined;
  return [error.code, cause?.code, cause?.details?.reason].filter((part) => part !== undefined).join(" ");
}

test("an operator asks any node from another machine, over the port for links", async () => {
  const cell = new SecuredCell(1, 3);
  const user = cell.sim.node("user");
  await cell.sim.run(async () => {
    await cell.found();
    void user.start(async () => {});
    const [first] = cell.nodes as [SecuredNode];
    const credentials = await operatorOf(user.world, first);
    for (const { machine, name } of cell.nodes) {
      const admin = new CellAdmin(user.world, { host: machine.ip, port: MESH_PORT, credentials });
      expect(await admin.status()).toMatchObject({ self: name, isServed: true });
      const setting = { name: "asked", value: name };
      await admin.command({ deed: cell_deed.CELL_SET, setting });
      expect(await admin.authority()).toMatchObject({ change: undefined, waitsFor: [] });
      await admin.close();
    }
    expect(first.node.member.state.settings).toMatchObject([{ name: "asked", value: "node-3" }]);
  });
});

test("nobody else is answered: not over the network without a proof, not by a node's key, not with a revoked one", async () => {
  const cell = new SecuredCell(2, 3);
  const user = cell.sim.node("user");
  await cell.sim.run(async () => {
    await cell.found();
    void user.start(async () => {});
    const [first, second] = cell.nodes as [SecuredNode, SecuredNode];
    const { world } = user;
    const host = first.machine.ip;
    const ask = async (port: number, credentials?: MemberCredentials) => {
      const admin = new CellAdmin(world, { host, port, ...(credentials && { credentials }) }, 5000);
      try {
        return await failure(admin.status());
      } finally {
        await admin.close();
      }
    };
    const anna = await operatorOf(world, first);
    expect(await ask(SERVICE_PORT)).toBe("RPC_AUTH_ERROR");
    expect(await ask(MESH_PORT, anna)).toBe("answered");
    // A node is a node: its streams are the links', where this is no hello.
    expect(await ask(MESH_PORT, second.security.credentials)).not.toBe("answered");

    const open = new CellAdmin(world, { host, port: MESH_PORT, credentials: anna }, 5000);
    await open.status();
    const { serial, notAfterMs } = anna.certificate;
    await open.revoke(serial, notAfterMs);
    await cell.until("taken over", () =>
      cell.nodes.every(({ security }) => security.credentials.isRevoked(serial)),
    );
    expect(await ask(MESH_PORT, anna)).toBe("RPC_UNREACHABLE TLS_REFUSED TLS_REVOKED");
    // The stream that was there has ended with it.
    expect(await failure(open.status())).toBe("RPC_UNREACHABLE TLS_REFUSED TLS_REVOKED");
    await open.close();
  });
});

test("a serial number that no operator was given is not revoked, unless it shall be all the same", async () => {
  const cell = new SecuredCell(4, 3);
  await cell.sim.run(async () => {
    await cell.found();
    const [first] = cell.nodes as [SecuredNode];
    const { world } = first.machine;
    const credentials = await operatorOf(world, first);
    const admin = new CellAdmin(world, { host: first.machine.ip, port: MESH_PORT, credentials });
    const unknown = "4b".repeat(16);
    const endsMs = 90 * 86_400_000 + world.clock.wall().seconds * 1000;
    const refusal = await admin.revoke(unknown, endsMs).catch((error: CoterieError) => error);
    expect(refusal).toMatchObject({ code: "AUTHORITY_SERIAL", message: expect.stringContaining(unknown) });
    // Nor is a node put out by a slip.
    const { serial } = first.security.credentials.certificate;
    expect(await failure(admin.revoke(serial, endsMs))).toBe("AUTHORITY_SERIAL");
    expect(first.node.member.state.settings).toEqual([]);

    await admin.revokeAny(unknown, endsMs);
    await admin.revoke(unknown, endsMs);
    const anna = (await operatorOf(world, first)).certificate;
    await admin.revoke(anna.serial, anna.notAfterMs);
    await admin.revoke(anna.serial, anna.notAfterMs);
    await cell.until("taken over", () =>
      [unknown, anna.serial].every((each) => first.security.credentials.isRevoked(each)),
    );
    await admin.close();
  });
});

test("an operator of before is revoked while the authorities change, when no node has the old key any more", async () => {
  const cell = new SecuredCell(5, 3);
  await cell.sim.run(async () => {
    await cell.found();
    const [first, second, third] = cell.nodes as [SecuredNode, SecuredNode, SecuredNode];
    const { world } = first.machine;
    const anna = (await operatorOf(world, first)).certificate;
    const credentials = await operatorOf(world, first);
    const admin = new CellAdmin(world, { host: first.machine.ip, port: MESH_PORT, credentials });
    await admin.rotate();
    await cell.until("certified by the next", () => first.security.rotation?.stage === "renew");
    // One that is away holds the change up: the old authority stays believed.
    third.machine.crash();
    const authorities = () => first.security.credentials.authorities.length;
    await cell.until("its key is forgotten", () => first.security.canCertify && second.security.canCertify);
    expect(authorities()).toBe(2);
    await admin.revoke(anna.serial, anna.notAfterMs);
    await cell.until("taken over", () => first.security.credentials.isRevoked(anna.serial));
    await admin.close();
  });
});

test("an operator has a change of authorities made, and needs another key after it", async () => {
  const cell = new SecuredCell(3, 3);
  const user = cell.sim.node("user");
  await cell.sim.run(async () => {
    await cell.found();
    void user.start(async () => {});
    const [first, second] = cell.nodes as [SecuredNode, SecuredNode];
    const at = { host: second.machine.ip, port: MESH_PORT };
    const anna = await operatorOf(user.world, first);
    const before = new CellAdmin(user.world, { ...at, credentials: anna });
    await before.rotate();
    await before.close();
    await cell.until("changed over", () =>
      cell.nodes.every(
        ({ security }) =>
          security.credentials.authorities.length === 1 &&
          security.rotation === undefined &&
          security.canCertify &&
          !security.credentials.authorities.includes(anna.authorities[0] as Uint8Array),
      ),
    );
    const late = new CellAdmin(user.world, { ...at, credentials: anna });
    expect(await failure(late.status())).toBe("RPC_UNREACHABLE TLS_UNTRUSTED");
    await late.close();
    const again = new CellAdmin(user.world, { ...at, credentials: await operatorOf(user.world, first) });
    expect(await again.authority()).toMatchObject({ change: undefined });
    await again.close();
  });
});

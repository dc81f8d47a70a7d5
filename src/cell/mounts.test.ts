/** Volumes of a simulated cell as one tree: clients of any node, operators who mount, and what dies in between. */
import { expect, test } from "vitest";
import { CellScene } from "../../test/support/cell-scene.ts";
import { NfsClient, placeOfHandle } from "../files/index.ts";
import type { CellNode } from "./cell-node.ts";
import { cell_deed } from "./gen/cell-admin.gen.ts";
import { CellAdmin } from "./member/admin-client.ts";

/** Three nodes with a volume for mail at one of them, and clients of all. */
async function begun(scene: CellScene): Promise<{ nodes: CellNode[]; clients: NfsClient[] }> {
  const nodes = await Promise.all([0, 1, 2].map((at) => scene.start(at)));
  const clients = await Promise.all([0, 1, 2].map((at) => scene.connected(at)));
  await make(scene, nodes, "mail", ["node-3"]);
  return { nodes, clients };
}

async function make(
  scene: CellScene,
  nodes: readonly CellNode[],
  name: string,
  replicas: string[],
): Promise<void> {
  const id = new Uint8Array(16).fill(name.length + 100);
  const making = { id, name, replicas, copies: replicas.length, quota_bytes: 0n, made_seconds: 0n };
  await nodes[0]?.member.log.propose({ deed: cell_deed.CELL_MAKE_VOLUME, making });
  const at = nodes.find(({ member }) => member.self === replicas[0]) as CellNode;
  await scene.until(`${name} is made`, () => at.member.replicaOf(id)?.status().isFormatted === true);
}

function admin(scene: CellScene, at: number): CellAdmin {
  const { world } = scene.machines[at] as (typeof scene.machines)[0];
  return new CellAdmin(world, { host: "127.0.0.1", port: 2049 }, 60_000);
}

async function device(client: NfsClient, path: string): Promise<bigint> {
  return (await client.stat(path)).dev;
}

test("a volume that is mounted is one tree with the others, for clients of every node", async () => {
  const scene = new CellScene(1, 3);
  await scene.sim.run(async () => {
    const { clients } = await begun(scene);
    const [first, second, third] = clients as [NfsClient, NfsClient, NfsClient];
    await first.mkdir("/home");
    await first.mkdir("/home/mail");
    const before = await first.stat("/home");
    await admin(scene, 1).mount("mail", "/home/mail/");

    await second.writeFile("/home/mail/letter", "dear");
    expect(await third.readFile("/home/mail/letter", "utf8")).toBe("dear");
    expect(await first.readdir("/home/mail")).toEqual(["letter"]);
    expect(await first.readdir("/home")).toEqual(["mail"]);
    expect((await first.stat("/home/mail")).dev).not.toBe(before.dev);
    expect((await first.stat("/home/mail/..")).ino).toBe(before.ino);
    await first.mkdir("/home/mail/box");
    await expect(first.rename("/home/mail/letter", "/home/letter")).rejects.toMatchObject({ errno: "EXDEV" });
    await expect(first.link("/home/mail/letter", "/home/letter")).rejects.toMatchObject({ errno: "EXDEV" });
    await expect(second.rmdir("/home/mail")).rejects.toMatchObject({ errno: "EACCES" });
    await expect(second.rename("/home/mail", "/home/post")).rejects.toMatchObject({ errno: "EACCES" });
    // The directories above may have other names: the mount is of a directory, and not of a path.
    await second.rename("/home", "/house");
    expect(await third.readFile("/house/mail/letter", "utf8")).toBe("dear");
    const { user } = scene;
    const below = await NfsClient.connect(user.world, {
      host: scene.machines[0]?.ip as string,
      port: 2049,
      export: "/house/mail/box",
    });
    expect(await below.readdir("/")).toEqual([]);

    await admin(scene, 2).unmount("/house/mail");
    // Where there is no such directory nothing is mounted either.
    for (const path of ["/house/mail", "/nowhere", "/nowhere/below"])
      await expect(admin(scene, 1).unmount(path)).rejects.toMatchObject({ code: "CELL_MOUNT_UNKNOWN" });
    await scene.until("it is seen nowhere", async () => (await third.readdir("/house/mail")).length === 0);
    await third.rmdir("/house/mail");
  });
});

test("what cannot be mounted is refused, and leaves nothing behind", async () => {
  const scene = new CellScene(2, 3);
  await scene.sim.run(async () => {
    const { clients, nodes } = await begun(scene);
    const [first] = clients as [NfsClient];
    const operator = admin(scene, 0);
    await first.mkdir("/full");
    await first.writeFile("/full/file", "");
    await first.mkdir("/empty");
    const refused = async (name: string, path: string) =>
      operator.mount(name, path).then(
        () => "done",
        (error) => error.code,
      );
    expect(await refused("mail", "/full")).toBe("CELL_MOUNT_POINT");
    expect(await refused("mail", "/full/file")).toBe("CELL_MOUNT_POINT");
    expect(await refused("mail", "/nowhere")).toBe("CELL_MOUNT_POINT");
    expect(await refused("mail", "empty")).toBe("CELL_MOUNT_POINT");
    expect(await refused("mail", "/empty/../empty")).toBe("CELL_MOUNT_POINT");
    expect(await refused("mail", "/")).toBe("CELL_MOUNT_TAKEN");
    expect(await refused("root", "/empty")).toBe("CELL_MOUNT_TAKEN");
    expect(await refused("post", "/empty")).toBe("CELL_VOLUME_UNKNOWN");
    expect(nodes[0]?.member.state.mounts).toEqual([]);
    expect(await refused("mail", "/empty")).toBe("done");
    expect(await refused("mail", "/full")).toBe("CELL_MOUNT_TAKEN");
    await expect(operator.unmount("/full")).rejects.toMatchObject({ code: "CELL_MOUNT_UNKNOWN" });
    await first.writeFile("/full/other", "still to be changed");
  });
});

test("a mount that was only noted is put in place by whoever leads, and one that was forgotten is taken away", async () => {
  const scene = new CellScene(3, 3);
  await scene.sim.run(async () => {
    const { nodes, clients } = await begun(scene);
    const [first, second] = clients as [NfsClient, NfsClient];
    const { log, state } = (nodes[0] as CellNode).member;
    await first.mkdir("/mail");
    await first.mkdir("/full");
    await first.writeFile("/full/file", "");
    const volume = state.volumeNamed("mail")?.id as Uint8Array;
    const mount = async (path: string) => {
      const place = placeOfHandle(await scene.handle(0, path));
      if (place === undefined) throw new Error("no place");
      const { volume: in_volume, inode, generation } = place;
      return { in_volume, inode: BigInt(inode), generation, volume, path, revision: 0n };
    };

    await log.propose({ deed: cell_deed.CELL_MOUNT, mount: await mount("/full") });
    await scene.until("what cannot be is taken back", () => state.mounts.length === 0);
    expect(await second.readdir("/full")).toEqual(["file"]);

    const noted = await mount("/mail");
    await log.propose({ deed: cell_deed.CELL_MOUNT, mount: noted });
    await scene.until(
      "it is in place",
      async () => (await device(second, "/mail")) !== (await device(second, "/")),
    );
    await log.propose({ deed: cell_deed.CELL_UNMOUNT, unmounted: noted });
    await scene.until(
      "it is away",
      async () => (await device(second, "/mail")) === (await device(second, "/")),
    );
    await second.rmdir("/mail");
  });
});

test("all nodes that lost their power come back with the same tree", async () => {
  const scene = new CellScene(4, 3);
  await scene.sim.run(async () => {
    const { clients } = await begun(scene);
    const [first] = clients as [NfsClient];
    await first.mkdir("/mail");
    await admin(scene, 0).mount("mail", "/mail");
    await first.writeFile("/mail/letter", "dear");
    for (const machine of scene.machines) machine.crash({ power: true });
    await Promise.all(scene.machines.map((machine) => machine.restart()));
    const again = await scene.connected(1);
    await scene.until("it is read", () =>
      again.readFile("/mail/letter", "utf8").then(
        (text) => text === "dear",
        () => false,
      ),
    );
    await expect(again.rmdir("/mail")).rejects.toMatchObject({ errno: "EACCES" });
  });
});

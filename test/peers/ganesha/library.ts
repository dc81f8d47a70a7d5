/** Uses the client library on a server at 127.0.0.1, and prints what it saw as JSON. Asks for a restart by `RESTART`. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { FilesError, NfsClient } from "../../../src/files/index.ts";
import { createNodeWorld } from "../../../src/node/index.ts";
import { type Log, silentLog } from "../../../src/world/index.ts";
import { MOUNT_PORT, NFS_PORT } from "./server.ts";

const events: string[] = [];
const log: Log = { ...silentLog, info: (event) => void events.push(event) };
const world = createNodeWorld({ log });
const client = await NfsClient.connect(world, {
  host: "127.0.0.1",
  port: NFS_PORT,
  mountPort: MOUNT_PORT,
  export: "/export",
  credential: { flavor: "sys", stamp: 0, machine: "test", uid: 0, gid: 0, gids: [] },
});

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "done",
    (error) => (error instanceof FilesError ? error.status : String(error)),
  );

await client.mkdir("/library/deep", { recursive: true });
await (await client.open("/library/once", "wx", 0o640)).close();
const exclusive = await codeOf(client.open("/library/once", "wx"));
const { mode } = await client.stat("/library/once");
await client.symlink("deep", "/library/link");
await client.writeFile("/library/link/f", "through a link");
const followed = await client.readFile("/library/deep/f", "utf8");
await client.link("/library/deep/f", "/library/second");
const { nlink } = await client.stat("/library/second");
await client.rename("/library/second", "/library/moved");
await client.mkdir("/library/many");
await Promise.all(Array.from({ length: 3000 }, (_, index) => client.symlink("x", `/library/many/${index}`)));
const listed = new Set(
  (await client.readdir("/library/many", { withFileTypes: true })).map(({ name }) => name),
);
await client.rm("/library/many", { recursive: true });

// The server restarts between the writes and their COMMIT: its verifier changes, and all is written again.
const content = Uint8Array.from({ length: 5_000_000 }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
const file = await client.open("/library/rewritten", "w");
await file.write(content);
await file.stat();
process.stdout.write("RESTART\n");
await once(createInterface({ input: process.stdin }), "line");
await file.close();
const back = await client.readFile("/library/rewritten");
const names = (await client.readdir("/library")).sort();
await client.close();
await world.close();
const identical = Buffer.compare(back, content) === 0;
const rewritten = events.includes("files.rewrite");
process.stdout.write(
  `${JSON.stringify({ exclusive, mode, followed, nlink, listed: listed.size, identical, rewritten, names })}\n`,
);
process.exit(0);

/** A program that does nothing but wait for a server that is away is told so in the end; it does not just end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { nodeCell } from "../support/node-cell.ts";

const program = `
import { NfsClient } from "${resolve("src/files/index.ts")}";
import { createNodeWorld } from "${resolve("src/node/index.ts")}";
const world = createNodeWorld({});
try {
  await NfsClient.connect(world, { host: "127.0.0.1", port: Number(process.argv[1]), timeoutMs: 700 });
} catch (error) {
  console.log(error.code);
}
`;

test("a process waits for its calls, and ends after them", async () => {
  const gone = await nodeCell();
  await gone.close();
  const words = [
    "--import",
    import.meta.resolve("tsx"),
    "--input-type=module",
    "--eval",
    program,
    `${gone.port}`,
  ];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  const [code] = await once(child, "close");
  expect({ code, out }).toEqual({ code: 0, out: "RPC_TIMEOUT\n" });
});

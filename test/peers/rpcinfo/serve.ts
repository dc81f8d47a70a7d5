/**
 * Serves a test program on 127.0.0.1 inside a network namespace and prints one line of JSON: its port.
 *   serve.ts registered   registers it with the rpcbind that runs there, again every 100 ms, until its input ends
 *   serve.ts embedded     answers on port 111 itself
 */
import { once } from "node:events";
import { Registration, RpcbindServer } from "../../../src/naming/index.ts";
import { createNodeWorld } from "../../../src/node/index.ts";
import { RpcServer } from "../../../src/rpc/index.ts";

const PROGRAM = 0x2000_0888;
const world = createNodeWorld({});
const server = new RpcServer(world);
for (const version of [1, 3]) {
  server.add({
    contract: { name: `TEST_V${version}`, program: PROGRAM, version, procedures: [] },
    handlers: [],
  });
}
const address = await server.listen({ host: "127.0.0.1", port: 0 });

let close: () => Promise<void>;
if (process.argv[2] === "registered") {
  const programs = [1, 3].map((version) => ({ program: PROGRAM, version }));
  const registration = await Registration.register(world, { programs, address, refreshMs: 100 });
  close = () => registration.close();
} else {
  const rpcbind = new RpcbindServer(world);
  await rpcbind.listen();
  for (const version of [1, 3]) {
    for (const netid of ["tcp", "udp"] as const)
      rpcbind.register({ program: PROGRAM, version, netid, address });
  }
  close = () => rpcbind.close();
}
console.log(JSON.stringify(address));
process.stdin.resume();
await once(process.stdin, "end");
await close();
await server.close();

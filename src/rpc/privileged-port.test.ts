import { expect, test } from "vitest";
import { xdrVoid } from "../marshal/index.ts";
import { Simulation } from "../sim/index.ts";
import { RpcClient } from "./index.ts";

const nothing = { name: "NULL", number: 0, args: xdrVoid, result: xdrVoid, idempotent: true };
const contract = { name: "TEST", program: 0x2000_0001, version: 1, procedures: [nothing] };

test("a privileged client connects from a port below 1024, another one each time", async () => {
  const sim = new Simulation({ seed: 1023 });
  const server = sim.node("server");
  const client = sim.node("client");
  const ports: number[] = [];
  await sim.run(async () => {
    await server.start((world) =>
      world.net.listen({
        bind: { host: "0.0.0.0", port: 111 },
        onStream: (stream) => {
          ports.push(stream.remote.port);
          stream.destroy();
        },
      }),
    );
    const rpc = new RpcClient(client.world, {
      host: server.ip,
      port: 111,
      privilegedPort: true,
      timeoutMs: 5000,
    });
    await expect(rpc.call(contract, nothing, undefined)).rejects.toMatchObject({ code: "RPC_TIMEOUT" });
    await rpc.close();
  });
  expect(ports.length).toBeGreaterThan(3);
  expect(ports.filter((port) => port < 600 || port > 1023)).toEqual([]);
  expect(new Set(ports).size).toBeGreaterThan(1);
});

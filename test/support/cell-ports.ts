/** Ports for processes that are killed and started again at the same place. */
import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Below the ports that the system gives to clients: a connection to a killed process must not meet itself. */
const FIRST = 20_000;
const RANGE = 10_000;
let next = FIRST + ((process.pid * 16) % RANGE);

/** So many TCP ports of loopback that nobody listens at, each given once by this process. */
export async function freePortsBelow(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = next;
    next = next + 1 < FIRST + RANGE ? next + 1 : FIRST;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server: Server = createServer();
  const listens = new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (!(await listens)) return false;
  server.close();
  await once(server, "close");
  return true;
}

/** The node and its port, and rpcbind. */
import { isCoterieError } from "../../world/index.ts";
import { askStatus } from "../commands/status.ts";
import { formatDuration } from "../style.ts";
import type { Check, Finding, Patient } from "./finding.ts";

const RPCBIND_PORT = 111;
const CONNECT_TIMEOUT_MS = 2000;

/** A node that runs is asked how it is; where none runs, the port should be free for one. */
export const checkNode: Check = async (patient) => {
  const check = "node";
  try {
    const status = await askStatus(patient.context, patient.address);
    const place = `${status.host} port ${status.port}`;
    if (status.directory !== patient.directory) return [anotherNode(place, status.directory)];
    const running: Finding = {
      check,
      verdict: "ok",
      message: `${status.state} on ${place} for ${formatDuration(status.uptimeMs)}, process ${status.pid}`,
    };
    const problems = status.problems.map(
      ({ code, message }): Finding => ({
        check,
        verdict: "warn",
        message,
        remedy: `coterie explain ${code}`,
      }),
    );
    return [running, ...problems];
  } catch (error) {
    if (!isCoterieError(error, "CELL_UNREACHABLE")) throw error;
    return [
      { check, verdict: "note", message: error.message, remedy: "Start one: `coterie up`." },
      await portFinding(patient),
    ];
  }
};

function anotherNode(place: string, directory: string): Finding {
  const message = `the node on ${place} serves another directory, ${directory}`;
  return { check: "node", verdict: "note", message, remedy: "One here needs another --port." };
}

async function portFinding({ world, address }: Patient): Promise<Finding> {
  const check = "port";
  try {
    const listener = await world.net.listen({ bind: address, onStream: (stream) => stream.destroy() });
    await listener.close();
    return { check, verdict: "ok", message: `${address.host} port ${address.port} is free` };
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    return { check, verdict: "fail", message: error.message, remedy: `coterie explain ${error.code}` };
  }
}

export const checkRpcbind: Check = async ({ world }) => {
  const check = "rpcbind";
  try {
    const stream = await world.net.connect({
      to: { host: "127.0.0.1", port: RPCBIND_PORT },
      timeoutMs: CONNECT_TIMEOUT_MS,
    });
    stream.destroy();
    return [{ check, verdict: "ok", message: "runs here; nodes register with it" }];
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    const message = "none runs here, and none is needed by clients that name the port";
    return [{ check, verdict: "note", message, remedy: "`coterie up --portmap` answers in its place." }];
  }
};

/** Three processes of `server.ts` over loopback, their data on one disk, and clients of them. */
import { join } from "node:path";
import { type Child, startChild } from "../support/children.ts";
import { freePorts } from "../support/ports.ts";
import { until } from "../support/until.ts";
import type { Load } from "./child.ts";
import type { ServerRequest, ServerStatus } from "./server.ts";

const NAMES = ["m1", "m2", "m3"];
const serverProgram = new URL("./server.ts", import.meta.url);
const clientProgram = new URL("./child.ts", import.meta.url);

export interface Servers {
  readonly processes: readonly Child<ServerRequest>[];
  /** Of the leader, and of one of the others. */
  readonly leader: Child<Load>;
  readonly follower: Child<Load>;
}

/** Replicas of a log, or members of a group. Resolves when puts are served. `profile`: a folder for profiles of their processors. */
export async function startServers(
  role: "replica" | "member",
  folder: string,
  profile?: string,
): Promise<Servers> {
  const nodeOptions = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${join(profile, role)}`];
  const ports = await freePorts(NAMES.length);
  const all = NAMES.map((name, at) => ({ name, port: ports[at] as number }));
  const processes = await Promise.all(
    all.map(async ({ name, port }) => {
      const others = JSON.stringify(all.filter((each) => each.name !== name));
      const words = [role, join(folder, `${role}-${name}`), name, port, others];
      return (await startChild<ServerRequest>(serverProgram, words, { nodeOptions }))[0];
    }),
  );
  const [first] = processes;
  const leads = async () => {
    const status = await first?.ask<ServerStatus>("status");
    return status?.isServing ? all.find(({ name }) => name === status.leader) : undefined;
  };
  const leader = await until(leads, { what: "a leader of the log" });
  const follower = all.find((each) => each !== leader) as typeof leader;
  return { processes, leader: await clientOf(leader), follower: await clientOf(follower) };
}

async function clientOf({ name, port }: { name: string; port: number }): Promise<Child<Load>> {
  return (await startChild<Load>(clientProgram, ["server", name, port]))[0];
}

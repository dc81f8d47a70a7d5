/** Three processes of `server.ts` over loopback, their data on one disk, and clients of them. */
import { join } from "node:path";
import { type Child, startChild } from "../support/children.ts";
import { freePorts } from "../support/ports.ts";
import { until } from "../support/until.ts";
import type { Load } from "./child.ts";
import type { ServerRequest, ServerStatus } from "./server.ts";

const NAMES = ["m1", "m2", "m3"];

export interface Programs {
  readonly server: URL;
  readonly client: URL;
}

const SOURCES: Programs = {
  server: new URL("./server.ts", import.meta.url),
  client: new URL("./child.ts", import.meta.url),
};

export interface StartServersOptions {
  /** Default: the sources, compiled on the fly. */
  readonly programs?: Programs;
  /** A folder for profiles of their processors. */
  readonly profile?: string | undefined;
}

export interface Servers {
  readonly processes: readonly Child<ServerRequest>[];
  /** Of the leader, and of one of the others. */
  readonly leader: Child<Load>;
  readonly follower: Child<Load>;
}

/** Replicas of a log, or members of a group. Resolves when puts are served. */
export async function startServers(
  role: "replica" | "member",
  folder: string,
  { programs = SOURCES, profile }: StartServersOptions = {},
): Promise<Servers> {
  const nodeOptions = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${join(profile, role)}`];
  const ports = await freePorts(NAMES.length);
  const all = NAMES.map((name, at) => ({ name, port: ports[at] as number }));
  const processes = await Promise.all(
    all.map(async ({ name, port }) => {
      const others = JSON.stringify(all.filter((each) => each.name !== name));
      const words = [role, join(folder, `${role}-${name}`), name, port, others];
      return (await startChild<ServerRequest>(programs.server, words, { nodeOptions }))[0];
    }),
  );
  const [first] = processes;
  const leads = async () => {
    const status = await first?.ask<ServerStatus>("status");
    return status?.isServing ? all.find(({ name }) => name === status.leader) : undefined;
  };
  const leader = await until(leads, { what: "a leader of the log" });
  const follower = all.find((each) => each !== leader) as typeof leader;
  const clientOf = async ({ name, port }: typeof leader) =>
    (await startChild<Load>(programs.client, ["server", name, port]))[0];
  return { processes, leader: await clientOf(leader), follower: await clientOf(follower) };
}

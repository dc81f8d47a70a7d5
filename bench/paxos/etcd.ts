/** etcd as the peer of a benchmark: three members over loopback, their data on one disk. Needs the Debian packages etcd-server and etcd-client. */
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { type Child, startChild } from "../support/children.ts";
import { freePorts } from "../support/ports.ts";
import { atEnd } from "../support/scratch.ts";
import { until } from "../support/until.ts";
import type { Load } from "./child.ts";

const NAMES = ["m1", "m2", "m3"];
const clientProgram = new URL("./child.ts", import.meta.url);

export interface Etcd {
  /** Of the leader. */
  readonly client: Child<Load>;
  /** The members' processes. */
  readonly pids: readonly number[];
}

/** Starts three members. */
export async function startEtcd(folder: string, program = clientProgram): Promise<Etcd> {
  const peers = await freePorts(3);
  const clients = await freePorts(3);
  const url = (port: number | undefined) => `http://127.0.0.1:${port}`;
  const cluster = NAMES.map((name, i) => `${name}=${url(peers[i])}`).join(",");
  const pids = NAMES.map((name, i) => {
    const words = [
      `--name=${name}`,
      `--data-dir=${join(folder, `etcd-${name}`)}`,
      `--listen-peer-urls=${url(peers[i])}`,
      `--initial-advertise-peer-urls=${url(peers[i])}`,
      `--listen-client-urls=${url(clients[i])}`,
      `--advertise-client-urls=${url(clients[i])}`,
      `--initial-cluster=${cluster}`,
      "--initial-cluster-state=new",
      "--logger=zap",
      "--log-level=error",
    ];
    const member = spawn("etcd", words, { stdio: ["ignore", "ignore", "inherit"] });
    atEnd(() => member.kill("SIGKILL"));
    return member.pid as number;
  });
  const leader = () => clients.find(isEtcdLeader);
  const port = await until(leader, { what: "a leader of etcd", everyMs: 300 });
  const [client] = await startChild<Load>(program, ["etcd", "", port]);
  return { client, pids };
}

function isEtcdLeader(port: number): boolean {
  try {
    const words = [`--endpoints=127.0.0.1:${port}`, "endpoint", "status", "--write-out=json"];
    const out = execFileSync("etcdctl", words, {
      env: { ...process.env, ETCDCTL_API: "3" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [{ Status }] = JSON.parse(String(out)) as [
      { Status: { leader: number; header: { member_id: number } } },
    ];
    return Status.leader !== 0 && Status.leader === Status.header.member_id;
  } catch {
    return false;
  }
}

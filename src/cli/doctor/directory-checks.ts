/** The directory: whose it is, what it holds, how much room and how fast a disk it has, and whether lmdb works there. */
import { readFormat, readIdentity } from "../../cell/index.ts";
import { isCoterieError } from "../../world/index.ts";
import { readCell } from "../cell/cell-directory.ts";
import { directoryFiles } from "../node-directory.ts";
import { formatBytes } from "../style.ts";
import type { Check, Finding, Patient } from "./finding.ts";

const LOW_SPACE_BYTES = 1024 ** 3;
const PROBE_WRITES = 25;
const PROBE_BYTES = 4096;
/** A durable write that takes longer than this is a disk of the slow kind, or a busy one. */
const SLOW_SYNC_MS = 20;

/** The directory itself, or the nearest one above it that exists. */
async function existing({ context, directory }: Patient): Promise<string> {
  let path = directory;
  while ((await context.local.stat(path, { follow: true }))?.type !== "directory" && path !== "/") {
    path = context.local.absolute(`${path}/..`);
  }
  return path;
}

export const checkDirectory: Check = async (patient) => {
  const { context, directory } = patient;
  const check = "directory";
  const stat = await context.local.stat(directory, { follow: true });
  if (stat === undefined) {
    return [{ check, verdict: "note", message: `${directory} does not exist yet; \`coterie up\` makes it` }];
  }
  if (stat.type !== "directory") {
    return [
      {
        check,
        verdict: "fail",
        message: `${directory} is no directory`,
        remedy: "Choose another with --dir.",
      },
    ];
  }
  const findings: Finding[] = [];
  if ((stat.mode & 0o022) !== 0) {
    findings.push({
      check,
      verdict: "warn",
      message: `others may write into ${directory} (mode ${stat.mode.toString(8)})`,
      remedy: `chmod go-rwx ${directory}`,
    });
  }
  const { uid } = context.process;
  if (uid !== undefined && uid !== 0 && stat.uid !== uid) {
    findings.push({
      check,
      verdict: "fail",
      message: `${directory} belongs to user ${stat.uid}, and this is user ${uid}`,
      remedy: "Run as that user, or choose another directory with --dir.",
    });
  }
  findings.push(await formatFinding(patient));
  return findings;
};

async function formatFinding({ context, directory }: Patient): Promise<Finding> {
  const check = "format";
  const { local } = context;
  try {
    const cell = await readCell(local, directory);
    if (cell !== undefined) {
      const message = `cell ${cell.name} with ${cell.nodes.join(", ")} here, made ${cell.created}`;
      return { check, verdict: "ok", message };
    }
    const node = await readIdentity(directoryFiles(local, directory));
    if (node !== undefined) {
      const message = `${node.self.name} of the cell ${node.cellName}, made ${node.created}`;
      return { check, verdict: "ok", message };
    }
    const format = await readFormat(directoryFiles(context.local, directory));
    if (format === undefined) return { check, verdict: "note", message: `${directory} holds no volume yet` };
    const message = `format ${format.format}, volume ${format.volume}, made ${format.created}`;
    return { check, verdict: "ok", message };
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    return { check, verdict: "fail", message: error.message, remedy: `coterie explain ${error.code}` };
  }
}

export const checkSpace: Check = async (patient) => {
  const { totalBytes, freeBytes } = await patient.context.local.space(await existing(patient));
  const message = `${formatBytes(freeBytes)} free of ${formatBytes(totalBytes)}`;
  if (freeBytes >= LOW_SPACE_BYTES) return [{ check: "disk space", verdict: "ok", message }];
  const remedy = "Free space, or choose a directory on another disk with --dir.";
  return [{ check: "disk space", verdict: freeBytes < 2 ** 24 ? "fail" : "warn", message, remedy }];
};

/** Durable small writes are what NFS clients wait for: their time is the time of a create, a rename, a commit. */
export const checkDiskSpeed: Check = async (patient) => {
  const { context, world } = patient;
  const check = "disk speed";
  const path = `${await existing(patient)}/.coterie-doctor-${context.process.pid}`;
  try {
    const file = await context.local.open(path, "new", 0o600);
    const tookMs: number[] = [];
    try {
      const data = new Uint8Array(PROBE_BYTES);
      for (let i = 0; i < PROBE_WRITES; i++) {
        const began = world.clock.monotonicMs();
        await file.write(data, i * PROBE_BYTES);
        await file.sync();
        tookMs.push(world.clock.monotonicMs() - began);
      }
    } finally {
      await file.close();
      await context.local.remove(path);
    }
    return [speedFinding(check, tookMs)];
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    return [{ check, verdict: "fail", message: error.message, remedy: `coterie explain ${error.code}` }];
  }
};

function speedFinding(check: string, tookMs: readonly number[]): Finding {
  const sorted = [...tookMs].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const worst = sorted.at(-1) ?? 0;
  const message = `a durable write takes ${median.toFixed(2)} ms, at worst ${worst.toFixed(1)} ms`;
  if (median < SLOW_SYNC_MS) return { check, verdict: "ok", message };
  return { check, verdict: "warn", message, remedy: "Use a solid-state disk, or one that is less busy." };
}

/** Opens a store, writes, reads back: proves that lmdb's prebuilt native part loads and that the disk maps memory. */
export const checkStore: Check = async (patient) => {
  const { context } = patient;
  const check = "store (lmdb)";
  const folder = `${await existing(patient)}/.coterie-doctor-store-${context.process.pid}`;
  try {
    await context.local.mkdir(folder);
    const world = await context.world({ directory: folder });
    try {
      const store = await world.storage.open("probe", { maxBytes: 2 ** 24 });
      const key = new Uint8Array([1]);
      store.apply([{ key, value: new Uint8Array([42]) }]);
      await store.sync();
      if (store.get(key)?.[0] !== 42) throw new Error("what was written was not read back");
    } finally {
      await world.close();
      await removeTree(patient, folder);
    }
    return [{ check, verdict: "ok", message: "loads, writes durably, reads back" }];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const remedy = isCoterieError(error)
      ? `coterie explain ${error.code}`
      : "Install again with `npm install` on this machine: the package of lmdb for this system is missing or broken.";
    return [{ check, verdict: "fail", message, remedy }];
  }
};

async function removeTree({ context }: Patient, path: string): Promise<void> {
  const { local } = context;
  if ((await local.stat(path)) === undefined) return;
  const folders: Uint8Array[] = [];
  for await (const entry of local.entries(path)) {
    const whole = local.join(path, entry.name);
    if (entry.type === "directory") folders.push(whole);
    else await local.remove(whole);
  }
  for (const folder of folders) await removeTree({ context } as Patient, new TextDecoder().decode(folder));
  await local.rmdir(path);
}

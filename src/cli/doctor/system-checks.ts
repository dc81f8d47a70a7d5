/** The machine: versions, the clock, and whether its kernel can mount what a node serves. */
import { isoTime } from "../../cell/index.ts";
import type { Check, Finding, Patient } from "./finding.ts";

const LEAST_NODE = [20, 19] as const;
/** 2025-01-01 and 2100-01-01: a clock outside them was never set. */
const EARLIEST_SECONDS = 1_735_689_600;
const LATEST_SECONDS = 4_102_444_800;
const MAX_PROC_BYTES = 1024 * 1024;

export const checkVersions: Check = async ({ context }) => {
  const { nodeVersion, platform, architecture, release } = context.process;
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  const isNewEnough = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  const message = `Coterie ${context.version}, Node.js ${nodeVersion}, ${platform} ${release} ${architecture}`;
  if (isNewEnough) return [{ check: "versions", verdict: "ok", message }];
  const remedy = `Install Node.js ${LEAST_NODE.join(".")} or newer.`;
  return [{ check: "versions", verdict: "fail", message, remedy }];
};

export const checkClock: Check = async ({ world }) => {
  const wall = world.clock.wall();
  const message = isoTime(wall);
  if (wall.seconds >= EARLIEST_SECONDS && wall.seconds < LATEST_SECONDS) {
    return [{ check: "clock", verdict: "ok", message }];
  }
  const remedy = "Set the clock (`timedatectl set-ntp true`): files would get wrong times.";
  return [{ check: "clock", verdict: "fail", message: `${message} cannot be right`, remedy }];
};

/** A mount needs the kernel's NFS client, and on Linux the helper that mount(8) calls. */
export const checkNfsClient: Check = async (patient) => {
  const { platform } = patient.context.process;
  const check = "kernel's NFS client";
  if (platform === "darwin") return [{ check, verdict: "ok", message: "part of macOS" }];
  if (platform !== "linux") {
    return [
      { check, verdict: "note", message: `not looked for on ${platform}; the coterie commands need none` },
    ];
  }
  return [await kernelFinding(check, patient), await helperFinding(patient)];
};

async function kernelFinding(check: string, patient: Patient): Promise<Finding> {
  const { local, process } = patient.context;
  const builtIn = await readProc(patient, "/proc/filesystems");
  if (/\tnfs$/m.test(builtIn)) return { check, verdict: "ok", message: "present" };
  const folder = `/lib/modules/${process.release}/kernel/fs/nfs`;
  if ((await local.stat(folder)) !== undefined) {
    return { check, verdict: "ok", message: "present as a module, loaded by the first mount" };
  }
  return {
    check,
    verdict: "note",
    message: "this kernel has none, so this machine cannot mount the volume",
    remedy: "Use the coterie commands (ls, put, get …) here, and mount from machines that have one.",
  };
}

async function helperFinding({ context }: Patient): Promise<Finding> {
  const check = "mount.nfs";
  for (const path of ["/sbin/mount.nfs", "/usr/sbin/mount.nfs"]) {
    if ((await context.local.stat(path, { follow: true })) !== undefined) {
      return { check, verdict: "ok", message: path };
    }
  }
  const remedy = "Install it before mounting here: `apt-get install nfs-common`, or nfs-utils elsewhere.";
  return { check, verdict: "note", message: "not installed", remedy };
}

/** Files of /proc say that they are empty; they are read until they end. */
async function readProc({ context }: Patient, path: string): Promise<string> {
  if ((await context.local.stat(path)) === undefined) return "";
  const file = await context.local.open(path, "read");
  try {
    const buffer = new Uint8Array(MAX_PROC_BYTES);
    let length = 0;
    for (;;) {
      const count = await file.read(buffer.subarray(length), length);
      if (count === 0) return new TextDecoder().decode(buffer.subarray(0, length));
      length += count;
    }
  } finally {
    await file.close();
  }
}

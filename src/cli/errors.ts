/** The command line's own error codes: the command as it was typed, and this machine's files. */
import { CoterieError, defineErrors } from "../world/index.ts";

export const cliErrors = defineErrors({
  CLI_USAGE: {
    summary: "The command line is not one that the command understands.",
    remedy: "Read `coterie help COMMAND`.",
  },
  CLI_INTERNAL: {
    summary: "Coterie broke a rule of its own: a bug, and not your doing.",
    remedy: "Run it again with COTERIE_DEBUG=1 and report the stack that it prints.",
  },
  CLI_INTERRUPTED: {
    summary: "The command was asked to stop before it was done, and has taken back what it had made.",
    remedy: "Run it again when it may take its time; a second signal ends a command at once.",
  },
  CLI_SCENARIO: {
    summary: "A file has no scenario to simulate, or cannot be loaded.",
    remedy: "Export what `defineScenario` of coterie/sim returns; docs/tutorial-simulate.md has an example.",
  },
  CLI_CORPUS_BUSY: {
    summary: "Another process has held the folder of a corpus of failing plans for long.",
    remedy:
      "Wait for it, or end it: a `coterie sim`, or a node whose directory the folder is. Or use another --corpus.",
  },
  CLI_TYPESCRIPT: {
    summary: "This version of Node.js does not run TypeScript, and the file's project has no tsx.",
    remedy: "Use Node.js 22.18 or newer, or run `npm install --save-dev tsx` beside the file.",
  },
  LOCAL_NOT_FOUND: {
    summary: "A file or directory of this machine does not exist.",
    remedy: "Check the path.",
  },
  LOCAL_EXISTS: {
    summary: "A file or directory of this machine is in the way.",
    remedy: "Choose another name, or remove what is there.",
  },
  LOCAL_PERMISSION: {
    summary: "This user may not read or write a file of this machine.",
    remedy: "Fix its owner and mode (`ls -ld` shows them), or choose another path.",
  },
  LOCAL_FULL: {
    summary: "A disk of this machine, or this user's share of it, is full.",
    remedy: "Free space (`df -h` shows where), or choose another disk.",
  },
  LOCAL_TYPE: {
    summary: "A path of this machine is not the kind of file that the command needs.",
    remedy: "Check the path: file, directory and symbolic link are told apart.",
  },
  LOCAL_TOO_LARGE: {
    summary: "A file of this machine is larger than such a file can be.",
    remedy: "Check that the path names the file that was meant; docs/limits.md has the largest of each kind.",
  },
  LOCAL_IO: {
    summary: "The system failed at a file of this machine; the message has its word for it.",
    remedy: "Look at the system's log for the disk.",
  },
});

/** Exit statuses of every command; `coterie explain --list` and docs/reference/cli.md name them too. */
export const ExitStatus = {
  /** Done. */
  ok: 0,
  /** Failed: the line on standard error says why. */
  failed: 1,
  /** The command line or the configuration is wrong; nothing was done. */
  usage: 2,
  /** Nothing answers at the address: no node runs there. */
  unreachable: 3,
  /** The command ran and found something wrong (`status`, `doctor`, `scrub`, `fsck`, `sim`, `rpc ping`). */
  findings: 4,
  /** The reader of the output went away, as after `coterie ls | head`. */
  broken: 141,
} as const;

export const EXIT_STATUS_MEANINGS: readonly (readonly [status: number, meaning: string])[] = [
  [ExitStatus.ok, "Done."],
  [ExitStatus.failed, "Failed; the line on standard error says why."],
  [ExitStatus.usage, "The command line or the configuration is wrong; nothing was done."],
  [ExitStatus.unreachable, "Nothing answers at the address: no node runs there."],
  [
    ExitStatus.findings,
    "The command ran and found something wrong (`status`, `doctor`, `scrub`, `fsck`, `sim`, `rpc ping`).",
  ],
  [ExitStatus.broken, "The reader of the output went away, as after `coterie ls | head`."],
];

const UNREACHABLE = new Set([
  "NET_REFUSED",
  "NET_UNREACHABLE",
  "NET_NAME_UNKNOWN",
  "RPC_TIMEOUT",
  "RPC_UNREACHABLE",
  "CELL_UNREACHABLE",
  "TRANSFER_UNREACHABLE",
]);
const USAGE = new Set(["CLI_USAGE", "CELL_CONFIG", "CELL_EXPORT_NEEDED", "NFS_EXPORT_RULE", "TRANSFER_KEY"]);

/** The exit status that a failure ends a command with. */
export function exitStatusOf(error: unknown): number {
  if (!(error instanceof CoterieError)) return ExitStatus.failed;
  if (UNREACHABLE.has(error.code)) return ExitStatus.unreachable;
  if (error.code === "CLI_INTERRUPTED" && typeof error.details.status === "number")
    return error.details.status;
  return USAGE.has(error.code) ? ExitStatus.usage : ExitStatus.failed;
}

/** Misuse of the command line: exit status 2. `command` names whose help to read. */
export class UsageError extends CoterieError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super("CLI_USAGE", message, { details });
    this.name = "UsageError";
  }
}

/**
 * The table of commands. Only the module of the command that runs is loaded; the rest are known by these lines,
 * which is what keeps start-up short. A summary here is the description of the command it names (tested).
 */
import type { Command } from "commander";
import type { CliContext } from "./context.ts";

/** What a module under `commands/` exports. */
export interface CommandModule {
  /** Adds its command, or commands, to the program. */
  register(program: Command, context: CliContext): void;
}

export type CommandGroup = "Cell" | "Files" | "Tools";

export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  readonly group: CommandGroup;
  load(): Promise<CommandModule>;
}

/** In the order of the help. A module that registers several commands has a row for each. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: "up",
    summary: "Bring up a cell: a shared file system on several nodes of this machine",
    group: "Cell",
    load: () => import("./commands/up.ts"),
  },
  {
    name: "node",
    summary: "Run one node of a cell in the foreground",
    group: "Cell",
    load: () => import("./commands/node.ts"),
  },
  {
    name: "init",
    summary: "Make a cell's directory, keys and nodes, without starting it",
    group: "Cell",
    load: () => import("./commands/init.ts"),
  },
  {
    name: "token",
    summary: "Make a token with which another machine can join the cell",
    group: "Cell",
    load: () => import("./commands/token.ts"),
  },
  {
    name: "operator",
    summary: "Make and revoke keys to administer a cell from other machines",
    group: "Cell",
    load: () => import("./commands/operator.ts"),
  },
  {
    name: "authority",
    summary: "Show what certifies a cell's nodes, and change over to another",
    group: "Cell",
    load: () => import("./commands/authority.ts"),
  },
  {
    name: "status",
    summary: "Show how a cell or a node is, and what is wrong with it",
    group: "Cell",
    load: () => import("./commands/status.ts"),
  },
  {
    name: "kill",
    summary: "Kill nodes on this machine as a crash would, until they are resumed",
    group: "Cell",
    load: () => import("./commands/node-trials.ts"),
  },
  {
    name: "pause",
    summary: "Stop nodes on this machine without ending them, until they are resumed",
    group: "Cell",
    load: () => import("./commands/node-trials.ts"),
  },
  {
    name: "resume",
    summary: "Let nodes go on that were killed or paused",
    group: "Cell",
    load: () => import("./commands/node-trials.ts"),
  },
  {
    name: "restart",
    summary: "End nodes in order and start them again, one after the other",
    group: "Cell",
    load: () => import("./commands/node-trials.ts"),
  },
  {
    name: "cut",
    summary: "Cut a node off from others, as a broken network would",
    group: "Cell",
    load: () => import("./commands/node-admin.ts"),
  },
  {
    name: "heal",
    summary: "End what `coterie cut` did to a node",
    group: "Cell",
    load: () => import("./commands/node-admin.ts"),
  },
  {
    name: "drain",
    summary: "Move all replicas of volumes away from a node",
    group: "Cell",
    load: () => import("./commands/node-admin.ts"),
  },
  {
    name: "remove",
    summary: "Take a node that holds no replicas out of the cell, for good",
    group: "Cell",
    load: () => import("./commands/node-admin.ts"),
  },
  {
    name: "backup",
    summary: "Write a volume as it is now into one file, while it is in use",
    group: "Cell",
    load: () => import("./commands/backup.ts"),
  },
  {
    name: "restore",
    summary: "Make a new volume of a backup",
    group: "Cell",
    load: () => import("./commands/restore.ts"),
  },
  {
    name: "scrub",
    summary: "Read and compare all that replicas hold, and mend what is damaged",
    group: "Cell",
    load: () => import("./commands/scrub.ts"),
  },
  {
    name: "volume",
    summary: "Make, list, move, limit and delete volumes of a cell",
    group: "Cell",
    load: () => import("./commands/volume.ts"),
  },
  {
    name: "exports",
    summary: "Say who may use a cell's volumes, at all nodes",
    group: "Cell",
    load: () => import("./commands/exports.ts"),
  },
  {
    name: "config",
    summary: "Tell how a cell or a node is set up",
    group: "Cell",
    load: () => import("./commands/config.ts"),
  },
  {
    name: "trace",
    summary: "Carry out an operation on a file, and show what each node did for it",
    group: "Cell",
    load: () => import("./commands/trace.ts"),
  },
  {
    name: "doctor",
    summary: "Check this machine and its nodes, and say what to do",
    group: "Cell",
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "fsck",
    summary: "Check a volume of a stopped node, and say what is wrong with it",
    group: "Cell",
    load: () => import("./commands/fsck.ts"),
  },
  {
    name: "ls",
    summary: "List a directory of the cell",
    group: "Files",
    load: () => import("./commands/ls.ts"),
  },
  {
    name: "cat",
    summary: "Print files of the cell",
    group: "Files",
    load: () => import("./commands/cat.ts"),
  },
  {
    name: "put",
    summary: "Copy files of this machine into the cell, checked from end to end",
    group: "Files",
    load: () => import("./commands/put.ts"),
  },
  {
    name: "get",
    summary: "Copy files of the cell to this machine, checked from end to end",
    group: "Files",
    load: () => import("./commands/get.ts"),
  },
  {
    name: "rm",
    summary: "Remove files, and with -r directories, of the cell",
    group: "Files",
    load: () => import("./commands/rm.ts"),
  },
  {
    name: "mv",
    summary: "Rename or move files and directories of the cell",
    group: "Files",
    load: () => import("./commands/mv.ts"),
  },
  {
    name: "mkdir",
    summary: "Make directories of the cell",
    group: "Files",
    load: () => import("./commands/mkdir.ts"),
  },
  {
    name: "stat",
    summary: "Show everything about files of the cell",
    group: "Files",
    load: () => import("./commands/stat.ts"),
  },
  {
    name: "df",
    summary: "Show how much space the cell has",
    group: "Files",
    load: () => import("./commands/df.ts"),
  },
  {
    name: "send",
    summary: "Send files to another machine, checked from end to end",
    group: "Tools",
    load: () => import("./commands/send.ts"),
  },
  {
    name: "receive",
    summary: "Receive files that other machines send",
    group: "Tools",
    load: () => import("./commands/receive.ts"),
  },
  {
    name: "idl",
    summary: "Compile interface definitions (.x files)",
    group: "Tools",
    load: () => import("./commands/idl.ts"),
  },
  {
    name: "rpc",
    summary: "Find, ping and call ONC RPC programs by hand",
    group: "Tools",
    load: () => import("./commands/rpc.ts"),
  },
  {
    name: "sim",
    summary: "Simulate your own protocols under faults, from seeds",
    group: "Tools",
    load: () => import("./commands/sim.ts"),
  },
  {
    name: "explain",
    summary: "Tell what an error code means and what to do",
    group: "Tools",
    load: () => import("./commands/explain.ts"),
  },
  {
    name: "completion",
    summary: "Print a completion script for a shell",
    group: "Tools",
    load: () => import("./commands/completion.ts"),
  },
];

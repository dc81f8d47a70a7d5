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
    summary: "Serve a shared file system from this machine",
    group: "Cell",
    load: () => import("./commands/up.ts"),
  },
  {
    name: "status",
    summary: "Tell what a running node is doing, and whether it is well",
    group: "Cell",
    load: () => import("./commands/status.ts"),
  },
  {
    name: "doctor",
    summary: "Check this machine for what a node needs",
    group: "Cell",
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "idl",
    summary: "Compile interface definitions (.x files)",
    group: "Tools",
    load: () => import("./commands/idl.ts"),
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

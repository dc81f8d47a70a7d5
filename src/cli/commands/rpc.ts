/** `coterie rpc`: what is served where, whether it answers, and any call of it by hand. */
import { type Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { withExamples } from "../help.ts";
import { parseDuration, parseId, parsePort } from "../options.ts";
import { type CallFlags, callProcedure } from "../rpc/call.ts";
import { type InfoFlags, info } from "../rpc/info.ts";
import { pingProgram } from "../rpc/ping.ts";
import type { ReachFlags } from "../rpc/reach.ts";

const DEFAULT_TIMEOUT_MS = 10_000;

export function register(program: Command, context: CliContext): void {
  const rpc = program.command("rpc").description("Find, ping and call ONC RPC programs by hand");
  registerInfo(rpc, context);
  registerPing(rpc, context);
  registerCall(rpc, context);
}

function registerInfo(rpc: Command, context: CliContext): void {
  const command = rpc
    .command("info")
    .description("List what is registered at a host's rpcbind")
    .argument("[host]", "the host's name or address", "127.0.0.1")
    .option("--port <number>", "rpcbind's port (default: 111)", parsePort)
    .option("--timeout <duration>", "how long to wait for it (default: 5s)", parseDuration)
    .action((host: string, flags: InfoFlags) => info(context, host, flags));
  withExamples(command, [
    ["coterie rpc info", "the programs registered on this machine"],
    ["coterie rpc info nas.example --json", "those of another, one JSON object a line"],
  ]);
}

function registerPing(rpc: Command, context: CliContext): void {
  const command = rpc
    .command("ping")
    .description("Call procedure 0 of a program, which does nothing, and say how long it took")
    .argument("<host>", "the host's name or address")
    .argument("<program>", "the program's number, or a name such as nfs")
    .argument("[version]", "the version; without it every version that the server has")
    .action((host: string, name: string, version: string | undefined, flags: ReachFlags) =>
      pingProgram(context, host, name, version, flags),
    );
  withReachOptions(command);
  withExamples(command, [
    ["coterie rpc ping 127.0.0.1 nfs 3 --port 2049", "a server whose port is known"],
    ["coterie rpc ping nas.example mountd --transport udp", "all versions, at the port that rpcbind names"],
  ]);
}

function registerCall(rpc: Command, context: CliContext): void {
  const command = rpc
    .command("call")
    .description("Call a procedure of an interface definition, arguments and result in JSON")
    .argument("<host>", "the host's name or address")
    .argument("<program>", "the program's name in the file, its number, or a name such as nfs")
    .argument("<version>", "the version's number, or its name in the file")
    .argument("<procedure>", "the procedure's name in the file, or its number")
    .requiredOption("--idl <file>", "the interface definition, a .x file")
    .option("--args <json>", "the argument; an array when there are several")
    .option("-I, --include <dir>", "folder to look for included files in; may be repeated", collect, [])
    .option("--uid <number>", "call as this user (AUTH_SYS)", parseId)
    .option("--gid <number>", "call as this group (AUTH_SYS)", parseId)
    .action((host: string, name: string, version: string, procedure: string, flags: CallFlags) =>
      callProcedure(context, host, { program: name, version, procedure }, flags),
    );
  withReachOptions(command);
  withExamples(command, [
    [
      "coterie rpc call 127.0.0.1 rpcbind 4 RPCBPROC_GETTIME --idl x/rpcbind.x",
      "the machine's clock, by rpcbind",
    ],
    [
      `coterie rpc call 127.0.0.1 MOUNT_PROGRAM 3 MNT --idl x/mount.x --args '"/"' --port 2049`,
      "a file handle of the root",
    ],
  ]);
}

function withReachOptions(command: Command): void {
  command
    .option("--port <number>", "the program's port; without it rpcbind is asked", parsePort)
    .addOption(new Option("--transport <name>", "how to call").choices(["tcp", "udp"]).default("tcp"))
    .addOption(
      new Option("--timeout <duration>", "how long to wait for each reply")
        .argParser(parseDuration)
        .default(DEFAULT_TIMEOUT_MS, "10s"),
    );
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

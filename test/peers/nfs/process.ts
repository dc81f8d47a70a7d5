/** `serve.ts` as a process under test: started, killed as by kill -9, started again on the same port and directory. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

const SCRIPT = resolve(import.meta.dirname, "serve.ts");

export class NfsProcess {
  readonly directory: string;
  /** Known after the first start. */
  port = 0;
  /** Which life this is, from 1. */
  lives = 0;
  private readonly rule: string;
  private child: ChildProcess | undefined;

  /** @param rule the export rule; by default this machine's users are believed, root too. */
  constructor(directory: string, rule = "127.0.0.0/8(rw,no_root_squash)") {
    this.directory = directory;
    this.rule = rule;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const words = ["--import", "tsx", SCRIPT, this.directory, String(this.port), this.rule];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    this.child = child;
    const address = await new Promise<{ port: number }>((done, failed) => {
      let output = "";
      child.stdout?.on("data", (chunk: Buffer) => {
        output += chunk;
        if (output.includes("\n")) done(JSON.parse(output));
      });
      child.once("exit", (code, signal) => failed(new Error(`the server ended: ${code ?? signal}`)));
    });
    child.removeAllListeners("exit");
    this.port = address.port;
    this.lives++;
  }

  async kill(): Promise<void> {
    const child = this.child;
    if (child === undefined) return;
    this.child = undefined;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
}

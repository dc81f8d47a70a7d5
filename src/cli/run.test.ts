import { describe, expect, test } from "vitest";
import { runCli } from "../../test/support/cli-host.ts";

describe("run", () => {
  test("without arguments it shows the help and succeeds", async () => {
    const { status, out, err } = await runCli([]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toContain("Usage: coterie COMMAND");
    expect(out).toContain("coterie up");
  });

  test("a mistyped command is named, with the nearest one, and ends with the status of misuse", async () => {
    const { status, out, err } = await runCli(["explian", "X"]);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toMatch(/^error CLI_USAGE: there is no command explian; did you mean explain\? .*\n$/);
  });

  test("help of a mistyped command does the same", async () => {
    const { status, err } = await runCli(["help", "explian"]);
    expect(status).toBe(2);
    expect(err).toContain("did you mean explain?");
  });

  test("help of a command shows its options and examples", async () => {
    const viaHelp = await runCli(["help", "explain"]);
    const viaOption = await runCli(["explain", "--help"]);
    expect(viaHelp.status).toBe(0);
    expect(viaHelp.out).toContain("Examples:\n  $ coterie explain NET_ADDRESS_IN_USE");
    expect(viaOption.out).toBe(viaHelp.out);
  });

  test("an unknown option is one line, with the nearest one", async () => {
    const { status, err } = await runCli(["explain", "--lst"]);
    expect(status).toBe(2);
    expect(err).toMatch(/^error CLI_USAGE: unknown option '--lst'; Did you mean --list\? .*\n$/);
  });

  test("under --json a failure is an object, on standard error", async () => {
    const { status, out, err } = await runCli(["explain", "NO_SUCH", "--json"]);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(JSON.parse(err)).toMatchObject({ error: { code: "CLI_USAGE", details: { code: "NO_SUCH" } } });
  });

  test("misuse of a command says whose help to read", async () => {
    expect((await runCli(["explain", "--lst"])).err).toContain("Read `coterie help explain`.");
    expect((await runCli(["--lst", "explain"])).err).toContain("unknown option '--lst'");
  });

  test("a command that only holds others shows its help, and is misuse", async () => {
    const { status, out, err } = await runCli(["rpc"]);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toMatch(/^Usage: coterie rpc/);
    const mistyped = await runCli(["rpc", "pnig"]);
    expect(mistyped.status).toBe(2);
    expect(mistyped.err).toMatch(/^error CLI_USAGE: unknown command 'pnig'.*Read `coterie help rpc`/);
  });

  test("the version is the package's", async () => {
    expect(await runCli(["--version"])).toMatchObject({ status: 0, out: "0.0.0-test\n" });
  });
});

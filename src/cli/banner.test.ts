import { describe, expect, test } from "vitest";
import type { NodeStatus } from "../cell/index.ts";
import { type BannerFacts, formatBanner, mountLines, shellWord } from "./banner.ts";
import { createStyle } from "./style.ts";

const status: NodeStatus = {
  version: "1.0.0",
  state: "serving",
  pid: 42,
  startedSeconds: 0,
  uptimeMs: 0,
  host: "127.0.0.1",
  port: 2049,
  directory: "/srv/my files",
  volume: "00",
  space: { totalBytes: 2 ** 40, freeBytes: 2 ** 39, totalInodes: 10, freeInodes: 9 },
  exports: [],
  portmap: "off",
  counters: { connections: 0, callsInFlight: 0, calls: 0, refused: 0, replayed: 0 },
  problems: [],
};
const facts: BannerFacts = {
  version: "1.0.0",
  commandName: "coterie",
  tookMs: 321,
  status,
  rules: [],
  logFile: "/srv/my files/log/node.log",
  isDefaultDirectory: true,
};

function banner(changed: Partial<BannerFacts> = {}): string {
  return formatBanner({ ...facts, ...changed }, createStyle(false));
}

describe("the banner", () => {
  test("says what runs where, what is stored where, and who may connect", () => {
    const text = banner();
    expect(text).toContain("COTERIE 1.0.0   ready in 321 ms");
    expect(text).toContain("nfs://127.0.0.1:2049/");
    expect(text).toContain("/srv/my files   512 GiB free");
    expect(text).toContain("allowing   this machine only; others need --host and --export");
  });

  test("names rules that are in force, and those that cannot be", () => {
    const rules = [{ from: "10.0.0.0/8", access: "ro" }] as const;
    expect(banner({ rules, status: { ...status, host: "0.0.0.0" } })).toContain(
      "allowing   this machine, and 10.0.0.0/8(ro,root_squash)",
    );
    expect(banner({ rules })).toContain("this machine only, for it listens on 127.0.0.1");
  });

  test("has mount lines that work as they stand", () => {
    expect(mountLines("0.0.0.0", 7)).toEqual({
      linux: "mount -o vers=3,proto=tcp,port=7,mountport=7,nolock 127.0.0.1:/ DIR",
      macos: "mount -t nfs -o vers=3,tcp,port=7,mountport=7,locallocks 127.0.0.1:/ DIR",
    });
    // mount.nfs takes "tcp" for IPv4 alone, and cannot resolve an IPv6 address under it.
    expect(mountLines("::1", 7).linux).toBe(
      "mount -o vers=3,proto=tcp6,port=7,mountport=7,nolock [::1]:/ DIR",
    );
    expect(mountLines("::", 7).linux).toContain("proto=tcp6");
  });

  test("has three next commands that find this very node", () => {
    expect(banner().match(/^ {4}coterie .+/gm)).toEqual([
      "    coterie put package.json /",
      "    coterie ls -l /",
      "    coterie status",
    ]);
    const elsewhere = banner({ isDefaultDirectory: false, commandName: "npx coterie" });
    expect(elsewhere).toContain("npx coterie status --dir '/srv/my files'");
  });

  test("shows a directory whose name could drive the terminal, and drives nothing", () => {
    const text = banner({
      status: { ...status, directory: "/a\nb\u001b[31m" },
      logFile: "/a\nb\u001b[31m/log",
      isDefaultDirectory: false,
    });
    expect(text).not.toContain("\u001b");
    expect(text).toContain("storing    /a\\x0ab\\x1b[31m   512 GiB free\n");
    expect(text).toContain("coterie status --dir $'/a\\x0ab\\x1b[31m'\n");
  });

  test("tells why rpcbind does not know the node", () => {
    const problems = [{ code: "CELL_PORTMAP", message: "another server is registered" }];
    expect(banner({ status: { ...status, portmap: "failed", problems } })).toContain(
      "not registered: another server is registered",
    );
  });

  test("is plain without colour, and coloured with it", () => {
    expect(banner()).not.toContain("\u001b");
    expect(formatBanner(facts, createStyle(true))).toContain("\u001b[1m");
  });
});

test.each([
  ["/srv/files", "/srv/files"],
  ["/srv/my files", "'/srv/my files'"],
  ["it's", "'it'\\''s'"],
  ["$HOME", "'$HOME'"],
  ["it's\\\n", "$'it\\'s\\\\\\x0a'"],
  ["a\u2028b", "$'a\\xe2\\x80\\xa8b'"],
])("%s as a shell's word", (text, word) => expect(shellWord(text)).toBe(word));

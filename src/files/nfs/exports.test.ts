import { describe, expect, test } from "vitest";
import { defaultExports, Exports, MAX_EXPORT_RULES, NOBODY, parseExportRule } from "./exports.ts";

describe("parseExportRule", () => {
  test.each([
    ["10.0.0.0/8", { from: "10.0.0.0/8", access: "rw" }],
    ["*", { from: "*", access: "rw" }],
    [" ::1(ro) ", { from: "::1", access: "ro" }],
    ["fe80::/10(rw,no_root_squash)", { from: "fe80::/10", access: "rw", squash: "none" }],
    [
      "10.1.2.3(ro,all_squash,anonuid=1000,anongid=100)",
      { from: "10.1.2.3", access: "ro", squash: "all", anonymousUid: 1000, anonymousGid: 100 },
    ],
    ["*(ro,stale=5s)", { from: "*", access: "ro", staleMs: 5000 }],
    ["*(stale=250ms)", { from: "*", access: "rw", staleMs: 250 }],
    ["*(stale=60m)", { from: "*", access: "rw", staleMs: 3_600_000 }],
    ["*(stale=1h)", { from: "*", access: "rw", staleMs: 3_600_000 }],
    ["*(stale=5)", { from: "*", access: "rw", staleMs: 5000 }],
    ["*(stale=2.4ms)", { from: "*", access: "rw", staleMs: 2 }],
    ["*(stale=0.5s)", { from: "*", access: "rw", staleMs: 500 }],
    [
      "10.1.2.3(root_squash,anonuid=4294967295)",
      {
        from: "10.1.2.3",
        access: "rw",
        squash: "root",
        anonymousUid: 0xffff_ffff,
      },
    ],
  ])("%s", (text, rule) => {
    expect(parseExportRule(text)).toEqual(rule);
  });

  test.each([
    ["", "RANGE(OPTIONS)"],
    ["10.0.0.1/8", "zeros after the bits"],
    ["localhost", "no address"],
    ["*(rw", "RANGE(OPTIONS)"],
    ["*(rwx)", '"rwx" is no option'],
    ["*(anonuid=4294967296)", "no user or group number"],
    ["*(anonuid)", "no user or group number"],
    ["* (ro)", "RANGE(OPTIONS)"],
    ["*(stale)", "no time of 0 to 1h"],
    ["*(stale=61m)", "no time of 0 to 1h"],
    ["*(stale=1d)", "no time of 0 to 1h"],
    ["*(stale=-1s)", "no time of 0 to 1h: a number with ms, s, m, h or d behind it"],
  ])("%j is refused and says why", (text, why) => {
    expect(() => parseExportRule(text)).toThrow(
      expect.objectContaining({ code: "NFS_EXPORT_RULE", message: expect.stringContaining(why) }),
    );
  });
});

describe("Exports", () => {
  test("the first rule that holds the address decides", () => {
    const exports = new Exports([
      { from: "10.0.0.7", access: "ro" },
      { from: "10.0.0.0/8", access: "rw", squash: "all", anonymousUid: 7 },
      { from: "*", access: "ro", squash: "none" },
    ]);
    expect(exports.findHost("10.0.0.7")).toMatchObject({
      readOnly: true,
      squash: "root",
      anonymousUid: NOBODY,
    });
    expect(exports.findHost("10.0.0.8")).toMatchObject({ readOnly: false, squash: "all", anonymousUid: 7 });
    expect(exports.findHost("2001:db8::1")).toMatchObject({ readOnly: true, squash: "none" });
  });

  test("no rule, no access", () => {
    const exports = new Exports([{ from: "10.0.0.0/8", access: "rw" }]);
    expect(exports.findHost("11.0.0.1")).toBeUndefined();
    expect(exports.findHost("::1")).toBeUndefined();
    expect(exports.findHost("not an address")).toBeUndefined();
    expect(new Exports([]).findHost("127.0.0.1")).toBeUndefined();
  });

  test("by default only this machine has access", () => {
    const exports = new Exports(defaultExports);
    for (const host of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]) {
      expect(exports.findHost(host)).toMatchObject({ readOnly: false, squash: "root" });
    }
    for (const host of ["10.0.0.1", "192.168.1.1", "fe80::1", "::2"])
      expect(exports.findHost(host)).toBeUndefined();
  });

  test("a rule that does not parse, or too many, are refused at once", () => {
    expect(() => new Exports([{ from: "10.0.0.0/40", access: "rw" }])).toThrow(/10.0.0.0\/40/);
    for (const staleMs of [-1, 3_600_001, Number.NaN]) {
      expect(() => new Exports([{ from: "*", access: "ro", staleMs }])).toThrow(RangeError);
    }
    const many = new Array(MAX_EXPORT_RULES + 1).fill({ from: "*", access: "rw" });
    expect(() => new Exports(many)).toThrow(RangeError);
  });
});

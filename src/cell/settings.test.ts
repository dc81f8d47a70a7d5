import { describe, expect, test } from "vitest";
import { isLoopbackHost } from "./loopback.ts";
import {
  exportsForm,
  parseSettingsFile,
  type RawSettings,
  resolveSettings,
  type SettingsSource,
} from "./settings.ts";

function source(name: string, values: RawSettings): SettingsSource {
  return { values, nameOf: (setting) => `${name}.${setting}` };
}

function refused(action: () => unknown): { code: string; message: string } {
  try {
    action();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("it was not refused");
}

describe("settings", () => {
  test("say nothing: this machine only, NFS's port", () => {
    expect(resolveSettings([])).toEqual({
      host: "127.0.0.1",
      port: 2049,
      portmap: "system",
      exports: [
        { from: "127.0.0.0/8", access: "rw" },
        { from: "::1", access: "rw" },
      ],
    });
  });

  test("the first source that says something decides, setting by setting", () => {
    const settings = resolveSettings([
      source("options", { port: "7" }),
      source("file", { port: 8, host: "::1", portmap: "off" }),
    ]);
    expect(settings).toMatchObject({ port: 7, host: "::1", portmap: "off" });
  });

  test("metrics are served where a port for them is named, to this machine unless told otherwise", () => {
    const { metrics } = resolveSettings([source("options", { metricsPort: "9100" })]);
    expect(metrics).toEqual({ host: "127.0.0.1", port: 9100 });
    const file = source("file", { metricsPort: 0, metricsHost: "10.0.0.1" });
    expect(resolveSettings([file]).metrics).toEqual({ host: "10.0.0.1", port: 0 });
    expect(resolveSettings([source("file", { metricsHost: "10.0.0.1" })]).metrics).toBeUndefined();
    const wrong = refused(() => resolveSettings([source("options", { metricsPort: "70000" })]));
    expect(wrong).toMatchObject({
      code: "CELL_CONFIG",
      message: expect.stringContaining("options.metricsPort"),
    });
  });

  test("rules come in their order, and this machine's own after them", () => {
    const { exports } = resolveSettings([
      source("o", { host: "0.0.0.0", exports: ["10.0.0.0/8=ro", "192.168.1.7(rw,no_root_squash)"] }),
    ]);
    expect(exports.map(({ from, access, squash }) => [from, access, squash])).toEqual([
      ["10.0.0.0/8", "ro", undefined],
      ["192.168.1.7", "rw", "none"],
      ["127.0.0.0/8", "rw", undefined],
      ["::1", "rw", undefined],
    ]);
  });

  test("listening where others reach it needs a rule that lets others in", () => {
    const alone = refused(() => resolveSettings([source("o", { host: "0.0.0.0" })]));
    expect(alone.code).toBe("CELL_EXPORT_NEEDED");
    const useless = refused(() =>
      resolveSettings([source("o", { host: "192.168.1.2", exports: ["127.0.0.1=rw", "::1(ro)"] })]),
    );
    expect(useless.code).toBe("CELL_EXPORT_NEEDED");
    expect(resolveSettings([source("o", { host: "::", exports: ["*=ro"] })]).host).toBe("::");
  });

  test.each([
    [{ port: "70000" }, "o.port: expected a port of 0 to 65535"],
    [{ port: 1.5 }, "o.port: expected a port"],
    [{ port: "0x10" }, "o.port: expected a port"],
    [{ host: "" }, "o.host: expected an IP address"],
    [{ host: 7 }, "o.host: expected an IP address"],
    [{ exports: "10.0.0.0/8" }, "o.exports: expected a list"],
    [{ exports: ["10.0.0.0/8=rx"] }, 'o.exports: export rule "10.0.0.0/8(rx)": "rx" is no option'],
    [{ exports: ["10.0.0.1/8=rw"] }, "o.exports: export rule"],
    [{ exports: Array.from({ length: 1001 }, () => "*") }, "o.exports: 1001 rules are over 1000"],
    [{ portmap: "yes" }, 'o.portmap: expected "off"'],
  ] as const)("%o is refused, and the origin named", (values, message) => {
    const error = refused(() => resolveSettings([source("o", values)]));
    expect(error.code).toBe("CELL_CONFIG");
    expect(error.message).toContain(message);
  });

  test("RANGE=OPTIONS is exports(5) without what a shell would want quoted", () => {
    expect(exportsForm("10.0.0.0/8=rw,anonuid=7")).toBe("10.0.0.0/8(rw,anonuid=7)");
    expect(exportsForm("10.0.0.0/8(rw,anonuid=7)")).toBe("10.0.0.0/8(rw,anonuid=7)");
    expect(exportsForm("10.0.0.0/8")).toBe("10.0.0.0/8");
  });
});

describe("coterie.json", () => {
  test("is one object of known settings; what is wrong names the setting and the file", () => {
    const file = parseSettingsFile('{"port": "x"}', "/d/coterie.json");
    expect(refused(() => resolveSettings([file])).message).toContain('"port" in /d/coterie.json: expected');
  });

  test.each([
    ["{", "it is not JSON"],
    ["[]", "expected one JSON object"],
    ["null", "expected one JSON object"],
    ['{"prot": 1}', 'there is no setting "prot"; there are host, port, exports, portmap'],
  ])("%s is refused", (text, message) => {
    expect(refused(() => parseSettingsFile(text, "/d/coterie.json")).message).toContain(message);
  });
});

test.each([
  ["127.0.0.1", true],
  ["127.8.9.10", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["::", false],
  ["10.0.0.1", false],
  ["127.0.0.1.example.org", false],
])("%s is this machine's own: %s", (host, expected) => expect(isLoopbackHost(host)).toBe(expected));

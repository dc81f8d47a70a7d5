import { describe, expect, test } from "vitest";
import { AuthStat, type Credential, type RpcCall } from "../../rpc/index.ts";
import { Clients, MAX_KNOWN_HOSTS } from "./clients.ts";
import { defaultExports, type ExportRule, Exports } from "./exports.ts";

function sys(uid: number, gid: number, gids: readonly number[] = []): Credential {
  return { flavor: "sys", stamp: 1, machine: "test", uid, gid, gids };
}

function callFrom(host: string, port: number, credential: Credential): RpcCall {
  const message = new Uint8Array(0);
  const local = { host: "10.0.0.9", port: 2049 };
  const base = {
    local,
    xid: 1,
    program: 100003,
    version: 3,
    procedure: 1,
    transport: "tcp",
    message,
  } as const;
  return { ...base, credential, remote: { host, port } };
}

function credentials(rule: Omit<ExportRule, "from" | "access">, host: string, port: number, who: Credential) {
  const clients = new Clients(new Exports([{ from: "*", access: "rw", ...rule }]));
  return clients.of(callFrom(host, port, who)).credentials;
}

describe("who a caller is", () => {
  const far = "10.0.0.1";

  test("AUTH_SYS is believed for everyone but root", () => {
    expect(credentials({}, far, 999, sys(1000, 100, [4, 24]))).toEqual({
      uid: 1000,
      gid: 100,
      groups: [4, 24],
    });
  });

  test("root, its group, and group 0 among the others, are squashed", () => {
    expect(credentials({}, far, 999, sys(0, 0, [0, 24]))).toEqual({
      uid: 65534,
      gid: 65534,
      groups: [65534, 24],
    });
    expect(credentials({}, far, 999, sys(5, 0, [4]))).toEqual({ uid: 5, gid: 65534, groups: [4] });
    expect(credentials({ anonymousUid: 7, anonymousGid: 8 }, far, 999, sys(0, 0))).toEqual({
      uid: 7,
      gid: 8,
      groups: [],
    });
  });

  test("root of this machine proves itself by a port below 1024", () => {
    for (const host of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
      expect(credentials({}, host, 1023, sys(0, 0, [0]))).toEqual({ uid: 0, gid: 0, groups: [0] });
      expect(credentials({}, host, 1024, sys(0, 0)).uid).toBe(65534);
    }
  });

  test("no_root_squash believes root too, all_squash nobody", () => {
    expect(credentials({ squash: "none" }, far, 40_000, sys(0, 0))).toEqual({ uid: 0, gid: 0, groups: [] });
    expect(credentials({ squash: "all" }, "127.0.0.1", 1, sys(1000, 100, [4]))).toEqual({
      uid: 65534,
      gid: 65534,
      groups: [],
    });
  });

  test("AUTH_NONE is nobody, even without squash", () => {
    expect(credentials({ squash: "none" }, "127.0.0.1", 1, { flavor: "none" })).toEqual({
      uid: 65534,
      gid: 65534,
      groups: [],
    });
  });
});

test("an address without a rule is refused, and a read-only one known as such", () => {
  const clients = new Clients(new Exports([...defaultExports, { from: "10.0.0.0/8", access: "ro" }]));
  const refused = expect.objectContaining({ authStat: AuthStat.AUTH_TOOWEAK });
  expect(() => clients.of(callFrom("11.0.0.1", 1, sys(0, 0)))).toThrow(refused);
  expect(() => clients.admit(callFrom("11.0.0.1", 1, sys(0, 0)))).toThrow(refused);
  expect(() => clients.of(callFrom("no address", 1, sys(0, 0)))).toThrow(refused);
  expect(clients.of(callFrom("10.0.0.1", 1, sys(1, 1))).readOnly).toBe(true);
  expect(clients.of(callFrom("127.0.0.1", 1, sys(1, 1))).readOnly).toBe(false);
});

test("it answers right for more hosts than it remembers", () => {
  const clients = new Clients(new Exports([{ from: "10.0.0.0/9", access: "rw" }]));
  for (let i = 0; i < MAX_KNOWN_HOSTS + 10; i++) {
    const tail = `${(i >> 8) & 255}.${i & 255}`;
    expect(clients.rule(callFrom(`10.1.${tail}`, 1, sys(1, 1)))).toBeDefined();
    expect(clients.rule(callFrom(`10.200.${tail}`, 1, sys(1, 1)))).toBeUndefined();
  }
});

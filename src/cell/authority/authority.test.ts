import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MemoryFiles } from "../../../test/support/memory-files.ts";
import { directoryFiles } from "../../cli/node-directory.ts";
import { createLocalFiles, createNodeWorld } from "../../node/index.ts";
import { Simulation } from "../../sim/index.ts";
import { verifyMember } from "../../world/index.ts";
import { MAX_ISSUED_TO_NAME } from "./authority.ts";
import {
  AUTHORITY_FILE,
  Authority,
  asTrust,
  certifyBy,
  firstTrust,
  keyToJoinWith,
  LEDGER_FILE,
  MEMBER_DAYS,
  MemberCredentials,
  NODE_KEY_FILE,
  trustNext,
} from "./index.ts";

const DAY_MS = 86_400_000;
const CELL = "ab".repeat(16);
const sim = new Simulation({ seed: 1 });
const { world } = sim.node("any");
const { crypto } = world;
const nowMs = world.clock.wall().seconds * 1000;
const publicKey = (byte: number) => crypto.ed25519(new Uint8Array(32).fill(byte)).publicKey;

async function opened(files: MemoryFiles): Promise<Authority> {
  return (await Authority.open(world, files)) as Authority;
}

describe("an authority", () => {
  it("certifies members for 90 days, from an hour ago", async () => {
    const authority = await Authority.make(world, new MemoryFiles(), CELL);
    const made = await authority.certify("node", "node-1", publicKey(1));
    expect(made).toMatchObject({ cell: CELL, role: "node", name: "node-1", publicKey: publicKey(1) });
    expect(made.notAfterMs).toBe(nowMs + MEMBER_DAYS * DAY_MS);
    expect(made.notBeforeMs).toBe(nowMs - 3_600_000);
    const trust = asTrust(CELL, firstTrust(authority.certificate));
    expect(verifyMember(crypto, trust, made.der, nowMs)).toMatchObject({ serial: made.serial });
    const again = await authority.certify("operator", "admin", publicKey(1));
    expect(again.serial).not.toBe(made.serial);
    await expect(authority.certify("node", "", publicKey(1))).rejects.toThrow(RangeError);
  });

  it("knows the serial numbers that it gave operators, and no others, without notes", async () => {
    const files = new MemoryFiles();
    const authority = await Authority.make(world, files, CELL);
    const { serial } = authority.certifyOperator("anna", publicKey(1));
    expect(authority.certifyOperator("anna", publicKey(1)).serial).not.toBe(serial);
    const again = await opened(files);
    expect(again.gaveOperator(serial)).toBe(true);
    for (const at of [0, 15, 16, 31]) {
      const digit = serial[at] === "4" ? "5" : "4";
      expect(again.gaveOperator(serial.slice(0, at) + digit + serial.slice(at + 1))).toBe(false);
    }
    const node = await again.certify("node", "node-1", publicKey(2));
    expect(again.gaveOperator(node.serial)).toBe(false);
    const other = await Authority.make(world, new MemoryFiles(), CELL);
    expect(other.gaveOperator(serial)).toBe(false);
  });

  it("is the same when it is opened again, and knows whom it has certified", async () => {
    const files = new MemoryFiles();
    expect(await Authority.open(world, files)).toBeUndefined();
    const authority = await Authority.make(world, files, CELL);
    await authority.note("node-1", publicKey(1));
    await authority.note("node-1", publicKey(1));
    const { serial } = await authority.certify("node", "node-2", publicKey(2));
    const again = await opened(files);
    expect([again.cell, again.certificate]).toEqual([CELL, authority.certificate]);
    expect(again.issued.map(({ name }) => name)).toEqual(["node-1", "node-2"]);
    expect(again.issuedTo("node-2").map((each) => each.serial)).toEqual([serial]);
    expect([again.isNoted("node-1", publicKey(1)), again.isNoted("node-1", publicKey(2))]).toEqual([
      true,
      false,
    ]);
  });

  it("notes whom it certifies before it does, and forgets who has ended", async () => {
    const node = sim.node("later");
    const files = new MemoryFiles();
    const authority = await Authority.make(node.world, files, CELL);
    await authority.note("old", publicKey(1));
    node.clock.step(91 * DAY_MS);
    files.replace = () => Promise.reject(new Error("no disk"));
    await expect(authority.certify("node", "lost", publicKey(2))).rejects.toThrow("no disk");
    Reflect.deleteProperty(files, "replace");
    await authority.certify("node", "new", publicKey(3));
    expect(authority.issued.map(({ name }) => name)).toEqual(["new"]);
  });

  it("certifies no more under a name than it keeps, and others all the same", async () => {
    const authority = await Authority.make(world, new MemoryFiles(), CELL);
    for (let n = 0; n < MAX_ISSUED_TO_NAME; n++) await authority.certify("node", "greedy", publicKey(1));
    const more = authority.certify("node", "greedy", publicKey(1));
    await expect(more).rejects.toMatchObject({ code: "AUTHORITY_LIMIT" });
    await authority.certify("node", "other", publicKey(1));
    expect(authority.issuedTo("greedy").length).toBe(MAX_ISSUED_TO_NAME);
  });

  it("makes many certificates at once, and notes all", async () => {
    const files = new MemoryFiles();
    const authority = await Authority.make(world, files, CELL);
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, n) => authority.certify("node", `node-${n}`, publicKey(n))),
    );
    const noted = (await opened(files)).issued.map(({ serial }) => serial);
    expect(noted.toSorted()).toEqual(made.map(({ serial }) => serial).toSorted());
  });

  it("hands over to the next when the cell wants it, also after a crash in between", async () => {
    const files = new MemoryFiles();
    const authority = await Authority.make(world, files, CELL);
    const old = authority.certificate;
    const next = await authority.prepareNext();
    expect(await authority.prepareNext()).toEqual(next);
    const both = trustNext(firstTrust(old), next);
    await authority.follow(both);
    expect(authority.certificate).toEqual(old);
    const restarted = await opened(files);
    expect(await restarted.prepareNext()).toEqual(next);
    await restarted.follow(certifyBy(both, next));
    await restarted.follow(certifyBy(both, next));
    expect([restarted.certificate, (await opened(files)).certificate]).toEqual([next, next]);
    const made = await restarted.certify("node", "node-1", publicKey(1));
    const of = (authorities: Uint8Array[]) =>
      verifyMember(crypto, { cell: CELL, authorities, isRevoked: () => false }, made.der, nowMs);
    expect([of([old]), typeof of([next])]).toEqual(["TLS_UNTRUSTED", "object"]);
    expect(files.text(AUTHORITY_FILE)?.match(/BEGIN/g)?.length).toBe(2);
  });

  it("is not opened from what is damaged", async () => {
    const files = new MemoryFiles();
    const authority = await Authority.make(world, files, CELL);
    await authority.certify("node", "node-1", publicKey(1));
    const [key, ledger] = [AUTHORITY_FILE, LEDGER_FILE].map((name) => files.files.get(name)) as [
      Uint8Array,
      Uint8Array,
    ];
    const other = new MemoryFiles();
    await Authority.make(world, other, CELL);
    const otherText = other.text(AUTHORITY_FILE) ?? "";
    const mixed =
      (files.text(AUTHORITY_FILE) ?? "").split("-----BEGIN CERT")[0] +
      otherText.slice(otherText.indexOf("-----BEGIN CERT"));
    const text = (words: string) => new TextEncoder().encode(words);
    const wrong: [string, Uint8Array][] = [
      [AUTHORITY_FILE, key.slice(0, -40)],
      [AUTHORITY_FILE, text("")],
      [AUTHORITY_FILE, text(mixed)],
      [AUTHORITY_FILE, Uint8Array.from([...key, ...key, ...key])],
      [LEDGER_FILE, ledger.slice(0, -4)],
      [LEDGER_FILE, text("")],
    ];
    for (const [name, data] of wrong) {
      files.files.set(AUTHORITY_FILE, key);
      files.files.set(LEDGER_FILE, ledger);
      files.files.set(name, data);
      await expect(Authority.open(world, files)).rejects.toMatchObject({ code: "AUTHORITY_DAMAGED" });
    }
  });
});

describe("a node's credentials", () => {
  async function kept() {
    const files = new MemoryFiles();
    const authority = await Authority.make(world, new MemoryFiles(), CELL);
    const privateKey = await keyToJoinWith(world, files);
    const { der } = await authority.certify("node", "node-1", crypto.ed25519(privateKey).publicKey);
    const identity = { certificate: der, privateKey };
    const credentials = await MemberCredentials.keep(world, files, identity, [authority.certificate]);
    return { files, authority, credentials, identity };
  }
  const reopened = async (files: MemoryFiles) =>
    (await MemberCredentials.open(world, files)) as MemberCredentials;

  it("begin with a key that is the same at each try", async () => {
    const files = new MemoryFiles();
    const key = await keyToJoinWith(world, files);
    expect(await keyToJoinWith(world, files)).toEqual(key);
    expect(await MemberCredentials.open(world, files)).toBeUndefined();
  });

  it("are the same when they are opened again", async () => {
    const { files, authority, identity } = await kept();
    const again = await reopened(files);
    expect([again.cell, again.identity, again.authorities]).toEqual([
      CELL,
      identity,
      [authority.certificate],
    ]);
    expect(again.renewalDueMs).toBeLessThan(nowMs + 60 * DAY_MS);
    expect(again.renewalDueMs).toBeGreaterThan(nowMs + 59 * DAY_MS);
  });

  it("follow what the cell believes, and are due for renewal when another authority certifies", async () => {
    const { files, authority, credentials } = await kept();
    const next = await authority.prepareNext();
    const both = trustNext(credentials.trust, next);
    await credentials.adopt(both);
    expect(credentials.renewalDueMs).toBeGreaterThan(0);
    await credentials.adopt({ ...certifyBy(both, next), revoked: new Map([["x", 1]]) });
    expect([credentials.renewalDueMs, credentials.isRevoked("x"), credentials.isRevoked("y")]).toEqual([
      0,
      true,
      false,
    ]);
    // Even one whose authority nobody believes any more can be opened: it is told at the next handshake.
    await credentials.adopt({ authorities: [next], revoked: new Map() });
    expect((await reopened(files)).authorities).toEqual([next]);
  });

  it("know what is revoked at once, whatever the disk does", async () => {
    const { files, authority, credentials } = await kept();
    const next = await authority.prepareNext();
    files.replace = () => Promise.reject(new Error("no disk"));
    const trust = { ...trustNext(credentials.trust, next), revoked: new Map([["x", 1]]) };
    await expect(credentials.adopt(trust)).rejects.toThrow("no disk");
    expect([credentials.isRevoked("x"), credentials.authorities.length]).toEqual([true, 1]);
  });

  it("are renewed for the same name alone, with what belongs together", async () => {
    const { files, authority, credentials, identity } = await kept();
    const privateKey = new Uint8Array(32).fill(4);
    const { der } = await authority.certify("node", "node-1", publicKey(4));
    await expect(credentials.renewed({ ...identity, certificate: der })).rejects.toThrow(RangeError);
    const other = await authority.certify("node", "node-2", publicKey(4));
    await expect(credentials.renewed({ certificate: other.der, privateKey })).rejects.toThrow(RangeError);
    await credentials.renewed({ certificate: der, privateKey });
    expect((await reopened(files)).identity).toEqual({ certificate: der, privateKey });
    expect(credentials.identity).toEqual({ certificate: der, privateKey });
  });

  it("are not opened from what is damaged", async () => {
    const { files, authority } = await kept();
    const text = files.text(NODE_KEY_FILE) ?? "";
    const blocks = text.split(/(?=-----BEGIN)/);
    const strange = await Authority.make(world, new MemoryFiles(), "another-cell");
    const strangers = new MemoryFiles();
    await MemberCredentials.keep(
      world,
      strangers,
      {
        certificate: (await strange.certify("node", "node-1", publicKey(1))).der,
        privateKey: new Uint8Array(32).fill(1),
      },
      [strange.certificate],
    );
    const foreign = (strangers.text(NODE_KEY_FILE) ?? "").split(/(?=-----BEGIN)/);
    expect([blocks.length, authority.cell]).toEqual([3, CELL]);
    const wrong = [
      blocks.slice(0, 2).join(""),
      blocks.slice(1).join(""),
      [blocks[0], blocks[2], blocks[1]].join(""),
      [blocks[0], blocks[1], foreign[2]].join(""),
      text.slice(0, 100),
      `${text}x`,
    ];
    for (const each of wrong) {
      files.files.set(NODE_KEY_FILE, new TextEncoder().encode(each));
      await expect(MemberCredentials.open(world, files), each).rejects.toMatchObject({
        code: "AUTHORITY_DAMAGED",
      });
    }
  });
});

describe("files of keys on this machine", () => {
  it("are their owner's alone, and what OpenSSL reads", async () => {
    const folder = mkdtempSync(join(tmpdir(), "coterie-keys-"));
    try {
      const real = createNodeWorld();
      const files = directoryFiles(createLocalFiles(), folder);
      const authority = await Authority.make(real, files, CELL);
      const privateKey = await keyToJoinWith(real, files);
      const { der } = await authority.certify("node", "node-1", real.crypto.ed25519(privateKey).publicKey);
      await MemberCredentials.keep(real, files, { certificate: der, privateKey }, [authority.certificate]);
      for (const name of [AUTHORITY_FILE, LEDGER_FILE, NODE_KEY_FILE]) {
        expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
      }
      expect(readFileSync(join(folder, NODE_KEY_FILE), "utf8")).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
      const checked = openssl("verify", "-CAfile", join(folder, AUTHORITY_FILE), join(folder, NODE_KEY_FILE));
      if (checked !== undefined) expect(checked).toContain("node.pem: OK");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Undefined where there is no `openssl`. */
function openssl(...args: string[]): string | undefined {
  try {
    return execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}

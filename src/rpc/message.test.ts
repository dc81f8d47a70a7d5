/** Headers are written and read by hand; here they are compared with what is compiled from `x/rpc.x`. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { XdrReader, XdrWriter } from "../marshal/index.ts";
import { writeCallHeader } from "./call-header.ts";
import { CredentialReader, encodeCredential } from "./credential.ts";
import * as gen from "./gen/rpc.gen.ts";
import { IncomingCall, readCallHeader } from "./incoming-call.ts";
import { readReply, writeAccepted, writeAuthError, writeProgMismatch, writeRpcMismatch } from "./reply.ts";
import type { ReplySink } from "./reply-sink.ts";
import type { Credential } from "./types.ts";
import * as wire from "./wire.ts";

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const none: gen.opaque_auth = { flavor: 0, body: new Uint8Array(0) };

const credentials = fc.oneof(
  fc.constant<Credential>({ flavor: "none" }),
  fc
    .record({
      stamp: word,
      machine: fc.string({ unit: "binary", maxLength: 60 }),
      uid: word,
      gid: word,
      gids: fc.array(word, { maxLength: 16 }),
    })
    .map((parms): Credential => ({ flavor: "sys", ...parms })),
);

function encoded(write: (w: XdrWriter) => void): number[] {
  const w = new XdrWriter();
  write(w);
  return [...w.encoded()];
}

/** The generated form of a credential. */
function toAuth(credential: Credential): gen.opaque_auth {
  if (credential.flavor === "none") return none;
  const { stamp, machine, uid, gid, gids } = credential;
  const w = new XdrWriter();
  gen.encode_authsys_parms(w, {
    stamp,
    machinename: new TextEncoder().encode(machine),
    uid,
    gid,
    gids: [...gids],
  });
  return { flavor: 1, body: w.detach() };
}

const body = (fields: Partial<gen.call_body>): gen.call_body => ({
  rpcvers: 2,
  prog: 1,
  vers: 2,
  proc: 3,
  cred: none,
  verf: none,
  ...fields,
});

function read(bytes: Uint8Array) {
  const sink = { transport: "tcp" } as ReplySink;
  const r = new XdrReader(bytes);
  const call = new IncomingCall(r, sink, { host: "h", port: 1 });
  const verdict = readCallHeader(r, call, new CredentialReader());
  return { verdict, call, left: r.remaining };
}

function call(xid: number, cbody: gen.call_body): Uint8Array {
  return Uint8Array.from(encoded((w) => gen.encode_rpc_msg(w, { xid, body: { mtype: 0, cbody } })));
}

test("the numbers are those of x/rpc.x", () => {
  expect(gen.RPC_VERSION_2).toBe(wire.RPC_VERSION);
  expect([gen.MAX_AUTH_BODY, gen.MAX_MACHINE_NAME, gen.MAX_SYS_GIDS]).toEqual([
    wire.MAX_AUTH_BYTES,
    wire.MAX_MACHINE_BYTES,
    wire.MAX_GIDS,
  ]);
  expect(Object.values(gen.msg_type)).toEqual([wire.CALL, wire.REPLY]);
  expect(Object.values(gen.reply_stat)).toEqual([wire.MSG_ACCEPTED, wire.MSG_DENIED]);
  expect(Object.values(gen.accept_stat)).toEqual([
    wire.SUCCESS,
    wire.PROG_UNAVAIL,
    wire.PROG_MISMATCH,
    wire.PROC_UNAVAIL,
    wire.GARBAGE_ARGS,
    wire.SYSTEM_ERR,
  ]);
  expect(Object.values(gen.reject_stat)).toEqual([wire.RPC_MISMATCH, wire.AUTH_ERROR]);
  expect(Object.values(gen.auth_stat)).toEqual(Object.values(wire.AuthStat));
  expect([gen.auth_flavor.FLAVOR_NONE, gen.auth_flavor.FLAVOR_SYS]).toEqual([wire.AUTH_NONE, wire.AUTH_SYS]);
});

describe("calls", () => {
  test("are written as the generated encoder writes them, and read back", () => {
    fc.assert(
      fc.property(word, word, word, word, credentials, (xid, prog, vers, proc, credential) => {
        const byHand = encoded((w) =>
          writeCallHeader(w, xid, prog, vers, proc, encodeCredential(credential)),
        );
        const generated = call(xid, body({ prog, vers, proc, cred: toAuth(credential) }));
        expect(byHand).toEqual([...generated]);
        const { verdict, call: got, left } = read(generated);
        expect([verdict, left]).toEqual(["call", 0]);
        expect(got).toMatchObject({ xid, program: prog, version: vers, procedure: proc, credential });
        expect([...got.message]).toEqual(byHand);
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  test("any credential and verifier gets the verdict that the RFC gives it", () => {
    const auth = fc.record({ flavor: fc.nat(8), body: fc.uint8Array({ maxLength: 400 }) });
    fc.assert(
      fc.property(auth, fc.oneof(auth, fc.constant(none)), word, (cred, verf, rpcvers) => {
        const { verdict } = read(call(1, body({ cred, verf })));
        if (cred.flavor > 1) expect(verdict).toBe(wire.AuthStat.AUTH_REJECTEDCRED);
        else if (verf.flavor !== 0 || verf.body.length > 0) expect(verdict).toBe(wire.AuthStat.AUTH_BADVERF);
        else if (cred.flavor === 0) expect(verdict).toBe("call");
        else expect(verdict).toBe(isSys(cred.body) ? "call" : wire.AuthStat.AUTH_BADCRED);
        if (rpcvers !== 2) expect(read(call(1, body({ rpcvers }))).verdict).toBe("rpc-mismatch");
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  test("the same credential again is not decoded again, another is", () => {
    const reader = new CredentialReader();
    const next = (uid: number) => {
      const credential: Credential = { flavor: "sys", stamp: 1, machine: "m", uid, gid: 0, gids: [] };
      return reader.read(new XdrReader(encodeCredential(credential)));
    };
    const first = next(1);
    expect(next(1)).toBe(first);
    expect(next(2)).toMatchObject({ uid: 2 });
    expect(next(1)).toEqual(first);
  });

  test("a reply, and what is shorter than xid and type, are no calls", () => {
    expect(read(Uint8Array.from([0, 0, 0, 1, 0, 0, 0, 1])).verdict).toBe("not-a-call");
    for (let length = 0; length < 8; length++)
      expect(read(new Uint8Array(length)).verdict).toBe("not-a-call");
  });
});

/** Whether the generated decoder takes it as authsys_parms and nothing else. */
function isSys(bytes: Uint8Array): boolean {
  try {
    const r = new XdrReader(bytes);
    gen.decode_authsys_parms(r);
    r.finish();
    return true;
  } catch {
    return false;
  }
}

describe("replies", () => {
  const accepted = (xid: number, reply_data: gen.accepted_data): gen.rpc_msg => ({
    xid,
    body: { mtype: 1, rbody: { stat: 0, areply: { verf: none, reply_data } } },
  });
  const denied = (xid: number, rreply: gen.rejected_reply): gen.rpc_msg => ({
    xid,
    body: { mtype: 1, rbody: { stat: 1, rreply } },
  });
  const generated = (message: gen.rpc_msg) => encoded((w) => gen.encode_rpc_msg(w, message));
  const readBack = (message: gen.rpc_msg) => {
    const r = new XdrReader(Uint8Array.from(generated(message)));
    expect(r.uint()).toBe(message.xid);
    const error = readReply(r);
    r.finish();
    return error;
  };

  test("of every status are written as the generated encoder writes them, and read as their error", () => {
    fc.assert(
      fc.property(word, word, word, (xid, low, high) => {
        const codes = {
          1: "RPC_PROG_UNAVAIL",
          3: "RPC_PROC_UNAVAIL",
          4: "RPC_GARBAGE_ARGS",
          5: "RPC_SYSTEM_ERR",
        };
        for (const stat of [0, 1, 3, 4, 5] as const) {
          expect(encoded((w) => writeAccepted(w, xid, stat))).toEqual(generated(accepted(xid, { stat })));
          expect(readBack(accepted(xid, { stat }))?.code).toBe(stat === 0 ? undefined : codes[stat]);
        }
        const mismatch = accepted(xid, { stat: 2, mismatch_info: { low, high } });
        expect(encoded((w) => writeProgMismatch(w, xid, low, high))).toEqual(generated(mismatch));
        expect(readBack(mismatch)).toMatchObject({ code: "RPC_PROG_MISMATCH", details: { low, high } });
        const version = denied(xid, { stat: 0, mismatch_info: { low: 2, high: 2 } });
        expect(encoded((w) => writeRpcMismatch(w, xid))).toEqual(generated(version));
        expect(readBack(version)).toMatchObject({
          code: "RPC_VERSION_MISMATCH",
          details: { low: 2, high: 2 },
        });
        for (const stat_auth of Object.values(gen.auth_stat)) {
          const refused = denied(xid, { stat: 1, stat_auth });
          expect(encoded((w) => writeAuthError(w, xid, stat_auth))).toEqual(generated(refused));
          expect(readBack(refused)).toMatchObject({
            code: "RPC_AUTH_ERROR",
            details: { authStat: stat_auth },
          });
        }
      }),
      { seed: 6, numRuns: 50 },
    );
  });

  test("with a verifier are read past it", () => {
    const verf = { flavor: 6, body: new Uint8Array(37) };
    const message: gen.rpc_msg = {
      xid: 1,
      body: { mtype: 1, rbody: { stat: 0, areply: { verf, reply_data: { stat: 0 } } } },
    };
    expect(readBack(message)).toBeUndefined();
  });

  test.each([
    ["a call", [0, 0]],
    ["a reply_stat of 2", [1, 2]],
    ["a verifier of 401 bytes", [1, 0, 0, 401]],
    ["an accept_stat of 6", [1, 0, 0, 0, 6]],
    ["a reject_stat of 2", [1, 1, 2]],
  ])("%s is no reply", (_, rest) => {
    const r = new XdrReader(
      Uint8Array.from(
        encoded((w) => {
          for (const each of rest) w.uint(each);
        }),
      ),
    );
    expect(readReply(r)?.code).toBe("RPC_BAD_REPLY");
  });
});

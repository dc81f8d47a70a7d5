/** Secure streams: who is let in, who is not, and what both sides are told. That they are streams like others, `describeStreams` says. */
import { describe, expect, it } from "vitest";
import {
  type Address,
  type Claims,
  type CoterieError,
  type Credentials,
  isCoterieError,
  type Listener,
  type SecureConnectOptions,
  type SecureListenOptions,
  type Stream,
} from "../index.ts";
import { CellFixture } from "./cell-fixture.ts";
import { bytes, type ContractCase, codeOf, Gate, pattern, type Subject, same, text } from "./contract.ts";

const HOUR_MS = 3_600_000;

/** A listener that echoes, and tells of its first stream and of each refusal. */
interface Site {
  readonly listener: Listener;
  readonly accepted: Gate<Stream>;
  readonly refusals: string[];
  readonly refused: Gate;
}

async function site(context: ContractCase, secure: Omit<SecureListenOptions, "onRefused">): Promise<Site> {
  const accepted = new Gate<Stream>();
  const refused = new Gate();
  const refusals: string[] = [];
  const echo = (stream: Stream): void => {
    stream.onData = (chunk) => stream.write(chunk);
    stream.onEnd = () => stream.end();
    accepted.resolve(stream);
  };
  const listener = await context.world.net.listen({
    bind: { host: context.host, port: 0 },
    onStream: echo,
    secure: {
      ...secure,
      onRefused: (error: CoterieError, from: Address) => {
        expect(error.message).toContain(from.host);
        refusals.push(error.code);
        refused.resolve();
      },
    },
  });
  return { listener, accepted, refusals, refused };
}

/** What somebody hears who connects: `peer NAME` after an echo, or a code, with the listener's reason behind it. */
async function attempt(
  context: ContractCase,
  { listener }: Site,
  secure: SecureConnectOptions,
): Promise<string> {
  try {
    const stream = await context.peer.net.connect({ to: listener.local, secure });
    const said = await echoed(stream);
    stream.destroy();
    return said === "hello" ? `peer ${stream.peer?.name}` : said;
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    const { reason } = error.details;
    return reason === undefined ? error.code : `${error.code} ${reason}`;
  }
}

function echoed(stream: Stream): Promise<string> {
  const gate = new Gate<string>();
  let all = "";
  stream.onData = (chunk) => {
    all += text(chunk);
    if (all.length >= 5) gate.resolve(all);
  };
  stream.onClose = (error) => gate.resolve(error?.code ?? "closed");
  stream.write(bytes("hello"));
  return gate.promise;
}

export function describeSecure(subject: Subject): void {
  const inCell = (test: (context: ContractCase, cell: CellFixture) => Promise<void>) => () =>
    subject.run((context) => test(context, new CellFixture(context.world)));

  describe(`${subject.name}: secure streams`, () => {
    it(
      "prove to both sides who is at the other",
      inCell(async (context, cell) => {
        const name = "nöde / 1";
        const { listener, accepted, refusals } = await site(context, { credentials: cell.credentials(name) });
        const credentials = cell.credentials("admin", { role: "operator" });
        const client = await context.peer.net.connect({ to: listener.local, secure: { credentials } });
        const server = await accepted.promise;
        expect(client.peer).toEqual({
          name,
          cell: "cell-1",
          role: "node",
          serial: cell.serialFor(name),
          publicKey: context.world.crypto.ed25519(cell.identity(name).privateKey).publicKey,
          expiresAtMs: cell.nowMs + HOUR_MS,
        });
        expect(server.peer).toMatchObject({ name: "admin", role: "operator" });
        expect(await echoed(client)).toBe("hello");
        expect(refusals).toEqual([]);
        client.destroy();
        await listener.close();
      }),
    );

    const wrong: readonly (readonly [string, Partial<Claims>, string])[] = [
      ["has expired", { notBeforeMs: 0, notAfterMs: HOUR_MS }, "TLS_EXPIRED"],
      ["is not valid yet", { notBeforeMs: 4e12, notAfterMs: 5e12 }, "TLS_EARLY"],
      ["is of another cell", { cell: "cell-2" }, "TLS_WRONG_CELL"],
      ["is an authority's", { role: "authority", name: "" }, "TLS_CERTIFICATE"],
    ];
    for (const [what, change, code] of wrong) {
      it(
        `refuse a certificate that ${what}, at both sides`,
        inCell(async (context, cell) => {
          const good = cell.credentials("good");
          const bad = cell.credentials("bad", change);
          const atListener = await site(context, { credentials: good });
          expect(await attempt(context, atListener, { credentials: bad })).toBe(`TLS_REFUSED ${code}`);
          await atListener.refused.promise;
          expect(atListener.refusals).toEqual([code]);
          // It goes on for others.
          expect(await attempt(context, atListener, { credentials: good })).toBe("peer good");
          const atConnector = await site(context, { credentials: bad });
          expect(await attempt(context, atConnector, { credentials: good })).toBe(code);
          for (const each of [atListener, atConnector]) await each.listener.close();
        }),
      );
    }

    it(
      "refuse a certificate of an unknown authority, also of the same cell's name, at both sides",
      inCell(async (context, cell) => {
        const other = new CellFixture(context.world, "cell-2");
        const forged: Credentials = {
          ...cell.credentials("good"),
          identity: other.identity("good", { cell: "cell-1" }),
        };
        const good = cell.credentials("good");
        const atListener = await site(context, { credentials: good });
        expect(await attempt(context, atListener, { credentials: forged })).toBe("TLS_REFUSED TLS_UNTRUSTED");
        const atConnector = await site(context, { credentials: forged });
        expect(await attempt(context, atConnector, { credentials: good })).toBe("TLS_UNTRUSTED");
        for (const each of [atListener, atConnector]) await each.listener.close();
      }),
    );

    it(
      "refuse a certificate that was revoked, from then on, and let streams live that are there",
      inCell(async (context, cell) => {
        const revoked = new Set<string>();
        const credentials: Credentials = {
          ...cell.credentials("server"),
          isRevoked: (serial) => revoked.has(serial),
        };
        const server = await site(context, { credentials });
        const secure = { credentials: cell.credentials("client") };
        const early = await context.peer.net.connect({ to: server.listener.local, secure });
        revoked.add(cell.serialFor("client"));
        expect(await attempt(context, server, secure)).toBe("TLS_REFUSED TLS_REVOKED");
        expect(await echoed(early)).toBe("hello");
        early.destroy();
        await server.listener.close();
      }),
    );

    it(
      "refuse who shows no certificate, unless strangers are wanted",
      inCell(async (context, cell) => {
        const credentials = cell.credentials("server");
        const closed = await site(context, { credentials });
        expect(await attempt(context, closed, { pin: cell.pin })).toBe("TLS_REFUSED TLS_NO_CERTIFICATE");
        const strangers = new Gate<Stream>();
        const onStranger = (stream: Stream): void => {
          stream.onData = (chunk) => stream.write(chunk);
          strangers.resolve(stream);
        };
        const open = await site(context, { credentials, onStranger });
        expect(await attempt(context, open, { pin: cell.pin })).toBe("peer server");
        expect((await strangers.promise).peer).toBeUndefined();
        expect(await attempt(context, open, { credentials: cell.credentials("client") })).toBe("peer server");
        expect((await open.accepted.promise).peer?.name).toBe("client");
        for (const each of [closed, open]) await each.listener.close();
      }),
    );

    it(
      "show a stranger no other cell than the pinned one",
      inCell(async (context, cell) => {
        const other = new CellFixture(context.world, "cell-2");
        const forger = {
          ...other.credentials("server"),
          identity: other.identity("server", { cell: "cell-1" }),
        };
        for (const [credentials, code] of [
          [other.credentials("server"), "TLS_WRONG_CELL"],
          [forger, "TLS_UNTRUSTED"],
        ] as const) {
          const server = await site(context, { credentials, onStranger: (stream) => stream.destroy() });
          expect(await attempt(context, server, { pin: cell.pin })).toBe(code);
          await server.listener.close();
        }
      }),
    );

    it(
      "show and believe what is newest at each handshake, and live on meanwhile",
      inCell(async (context, cell) => {
        const next = new CellFixture(context.world, "cell-1", "the next authority");
        const credentials = { ...cell.credentials("server") };
        const server = await site(context, { credentials });
        const own = { ...cell.credentials("client"), authorities: [cell.authority.der] };
        const connect = () =>
          context.peer.net.connect({ to: server.listener.local, secure: { credentials: own } });
        const first = await connect();
        expect(first.peer?.serial).toBe(cell.serialFor("server"));
        // The same authority, renewed.
        const serial = cell.serialFor("server, renewed");
        credentials.identity = cell.identity("server", { serial });
        const second = await connect();
        expect(second.peer?.serial).toBe(serial);
        // Another authority; the client is of the old one still, and both sides believe both.
        credentials.authorities = [...credentials.authorities, next.authority.der];
        credentials.identity = next.identity("server", { serial: cell.serialFor("rotated") });
        own.authorities = [...own.authorities, next.authority.der];
        const third = await connect();
        expect(third.peer?.serial).toBe(cell.serialFor("rotated"));
        for (const stream of [first, second, third]) {
          expect(await echoed(stream)).toBe("hello");
          stream.destroy();
        }
        await server.listener.close();
      }),
    );

    it(
      "do not come about with who speaks in the clear, from either side",
      inCell(async (context, cell) => {
        const credentials = cell.credentials("server");
        const server = await site(context, { credentials });
        const plain = await context.peer.net.connect({ to: server.listener.local });
        const over = new Gate();
        plain.onClose = () => over.resolve();
        plain.onEnd = () => plain.destroy();
        plain.write(bytes("GET / HTTP/1.1\r\n\r\n"));
        await over.promise;
        await server.refused.promise;
        expect(server.refusals).toEqual(["TLS_FAILED"]);
        const listener = await context.world.net.listen({
          bind: { host: context.host, port: 0 },
          onStream: (stream) => {
            stream.onData = () => {
              stream.write(bytes("HTTP/1.1 400 Bad Request\r\n\r\n"));
              stream.end();
            };
          },
        });
        const site2 = { ...server, listener };
        expect(await attempt(context, site2, { credentials })).toBe("TLS_FAILED");
        // It goes on for others.
        expect(await attempt(context, server, { credentials })).toBe("peer server");
        for (const each of [server.listener, listener]) await each.close();
      }),
    );

    it(
      "give up on who never answers, and when the caller does",
      inCell(async (context, cell) => {
        const secure = { credentials: cell.credentials("client") };
        const mute = await context.world.net.listen({
          bind: { host: context.host, port: 0 },
          onStream: () => {},
        });
        const to = mute.local;
        const late = context.peer.net.connect({ to, secure, timeoutMs: 50 });
        // On a bad network it may not even have connected.
        expect(await codeOf(late)).toMatch(/^(TLS_FAILED|NET_UNREACHABLE)$/);
        const stop = new AbortController();
        const given = context.peer.net.connect({ to, secure, signal: stop.signal });
        await context.sleep(10);
        stop.abort(new Error("changed my mind"));
        await expect(given).rejects.toThrow("changed my mind");
        await mute.close();
      }),
    );

    it(
      "carry what the listener says at once, and take what is said to it after refusing a hundred",
      inCell(async (context, cell) => {
        const whole = pattern(300_000);
        const listener = await context.world.net.listen({
          bind: { host: context.host, port: 0 },
          onStream: (stream) => void stream.write(whole.slice()),
          secure: { credentials: cell.credentials("server") },
        });
        const bad = { credentials: cell.credentials("bad", { cell: "cell-2" }) };
        const refused = Array.from({ length: 100 }, () =>
          codeOf(context.peer.net.connect({ to: listener.local, secure: bad, timeoutMs: 60_000 })),
        );
        const codes = await Promise.all(refused);
        // On a bad network one in a hundred takes longer than the listener's patience.
        expect(codes.filter((code) => code === "TLS_REFUSED").length).toBeGreaterThan(95);
        const secure = { credentials: cell.credentials("client") };
        const client = await context.peer.net.connect({ to: listener.local, secure });
        const all = new Gate<Uint8Array>();
        const got = new Uint8Array(whole.length);
        let at = 0;
        client.onData = (chunk) => {
          got.set(chunk, at);
          at += chunk.length;
          if (at === whole.length) all.resolve(got);
        };
        expect(same(await all.promise, whole)).toBe(true);
        client.destroy();
        await listener.close();
      }),
    );
  });
}

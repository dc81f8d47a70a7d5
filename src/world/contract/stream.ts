/** Streams: what every world promises of `listen`, `connect` and the connection between them. */
import { describe, expect, it } from "vitest";
import { type CoterieError, type Listener, randomBelow, type Stream } from "../index.ts";
import {
  bytes,
  type ContractCase,
  codeOf,
  concat,
  Gate,
  pattern,
  type Subject,
  same,
  text,
} from "./contract.ts";

/** One connection: `server` is the accepted end, `client` the connecting one. */
interface Pair {
  readonly server: Stream;
  readonly client: Stream;
  readonly listener: Listener;
}

async function connected(context: ContractCase): Promise<Pair> {
  const { world, peer, host } = context;
  const accepted = new Gate<Stream>();
  const listener = await world.net.listen({
    bind: { host, port: 0 },
    onStream: (stream) => {
      // Handlers must be there before the acceptor returns.
      record(stream);
      accepted.resolve(stream);
    },
  });
  const client = await peer.net.connect({ to: listener.local });
  record(client);
  const server = await accepted.promise;
  return { server, client, listener };
}

interface Record {
  readonly chunks: Uint8Array[];
  readonly events: string[];
  readonly ended: Gate;
  readonly closed: Gate<CoterieError | undefined>;
  wanted: { readonly bytes: number; readonly gate: Gate } | undefined;
  received: number;
}

const records = new WeakMap<Stream, Record>();

/** Notes everything that happens at a stream. */
function record(stream: Stream): Record {
  const known = records.get(stream);
  if (known !== undefined) return known;
  const made: Record = {
    chunks: [],
    events: [],
    ended: new Gate(),
    closed: new Gate(),
    wanted: undefined,
    received: 0,
  };
  records.set(stream, made);
  stream.onData = (chunk) => {
    made.events.push("data");
    made.chunks.push(chunk);
    made.received += chunk.length;
    if (made.wanted !== undefined && made.received >= made.wanted.bytes) made.wanted.gate.resolve();
  };
  stream.onEnd = () => {
    made.events.push("end");
    made.ended.resolve();
  };
  stream.onClose = (error) => {
    made.events.push(error === undefined ? "close" : error.code);
    made.closed.resolve(error);
  };
  return made;
}

/** Everything that has arrived, once it is at least so many bytes. */
async function received(stream: Stream, count: number): Promise<Uint8Array> {
  const at = record(stream);
  if (at.received < count) {
    at.wanted = { bytes: count, gate: new Gate() };
    await at.wanted.gate.promise;
  }
  return concat(at.chunks);
}

/** Writes until the stream holds back. */
function fill(stream: Stream, total: { bytes: number }): void {
  for (let i = 0; i < 10_000; i++) {
    const piece = pattern(16_384, total.bytes);
    total.bytes += piece.length;
    if (!stream.write(piece)) return;
  }
  throw new Error("the stream took 160 MB and never held back");
}

export function describeStreams(subject: Subject): void {
  describe(`${subject.name}: streams`, () => {
    it("carries bytes in order, both ways, in any sizes", () =>
      subject.run(async (context) => {
        const { server, client, listener } = await connected(context);
        const lengths = Array.from({ length: 60 }, () => 1 + randomBelow(context.peer.random, 50_000));
        let sent = 0;
        for (const length of lengths) {
          client.write(pattern(length, sent));
          server.write(pattern(length, sent));
          sent += length;
        }
        const whole = pattern(sent);
        expect(same(await received(server, sent), whole)).toBe(true);
        expect(same(await received(client, sent), whole)).toBe(true);
        client.destroy();
        await listener.close();
      }));

    it("knows both addresses at both ends", () =>
      subject.run(async (context) => {
        const { server, client, listener } = await connected(context);
        expect(listener.local.port).toBeGreaterThan(0);
        expect(server.local).toEqual(listener.local);
        expect(client.remote).toEqual(listener.local);
        expect(server.remote).toEqual(client.local);
        client.destroy();
        await listener.close();
      }));

    it("takes back chunks that were looked at, and only those", () =>
      subject.run(async (context) => {
        const { server, client, listener } = await connected(context);
        const copies: Uint8Array[] = [];
        const kept: Uint8Array[] = [];
        const all = new Gate();
        const whole = pattern(1_000_000);
        let count = 0;
        server.onData = (chunk) => {
          count += chunk.length;
          copies.push(new Uint8Array(chunk));
          if (copies.length % 3 === 0) kept.push(copies.at(-1) as Uint8Array, chunk);
          else server.release(chunk);
          if (count === whole.length) all.resolve();
        };
        client.write(whole);
        await all.promise;
        expect(same(concat(copies), whole)).toBe(true);
        for (let i = 0; i < kept.length; i += 2) expect(same(kept[i], kept[i + 1] as Uint8Array)).toBe(true);
        server.release(new Uint8Array(0));
        client.destroy();
        await listener.close();
      }));

    it("lets the buffer be reused when write returned true", () =>
      subject.run(async (context) => {
        const { server, client, listener } = await connected(context);
        const buffer = bytes("first");
        expect(client.write(buffer)).toBe(true);
        buffer.set(bytes("XXXXX"));
        expect(client.write(bytes(" second"))).toBe(true);
        expect(text(await received(server, 12))).toBe("first second");
        client.destroy();
        await listener.close();
      }));

    it("has taken all of a large write when it returned true, and keeps it until the drain when it did not", () =>
      subject.run(async (context) => {
        const { server, client, listener } = await connected(context);
        const length = 1_000_000;
        for (let round = 0; round < 6; round++) {
          const drained = new Gate();
          client.onDrain = () => drained.resolve();
          const data = pattern(length, round * length);
          if (!client.write(data)) await drained.promise;
          data.fill(0xee);
          await received(server, (round + 1) * length);
        }
        expect(same(concat(record(server).chunks), pattern(6 * length))).toBe(true);
        client.destroy();
        await listener.close();
      }));

    it("hands over chunks that nobody writes to again", () =>
      subject.run(async (context) => {
        const { server, client, listener } = await connected(context);
        for (let round = 0; round < 20; round++) {
          client.write(pattern(3000, round * 3000));
          await received(server, (round + 1) * 3000);
        }
        expect(same(concat(record(server).chunks), pattern(60_000))).toBe(true);
        client.destroy();
        await listener.close();
      }));

    it("holds a writer back while the reader pauses, then drains, and loses nothing", () =>
      subject.run(async (context) => {
        const { server, client, listener } = await connected(context);
        server.pause();
        const total = { bytes: 0 };
        const drained = new Gate();
        client.onDrain = () => drained.resolve();
        fill(client, total);
        expect(client.pendingBytes).toBeGreaterThan(0);
        const more = pattern(1000, total.bytes);
        total.bytes += more.length;
        expect(client.write(more)).toBe(false);
        await context.sleep(20);
        const early = record(server).received;
        expect(early).toBeLessThan(total.bytes);
        server.resume();
        await drained.promise;
        expect(client.pendingBytes).toBe(0);
        expect(same(await received(server, total.bytes), pattern(total.bytes))).toBe(true);
        // After the drain it takes more.
        expect(client.write(pattern(10, total.bytes))).toBe(true);
        await received(server, total.bytes + 10);
        client.destroy();
        await listener.close();
      }));

    it("goes on one way after the other has ended, then closes both ends without an error", () =>
      subject.run(async (context) => {
        const { server, client, listener } = await connected(context);
        client.write(bytes("request"));
        client.end();
        expect(client.write(bytes("too late"))).toBe(true);
        await record(server).ended.promise;
        expect(text(await received(server, 7))).toBe("request");
        server.write(bytes("answer"));
        expect(text(await received(client, 6))).toBe("answer");
        server.end();
        expect(await record(client).closed.promise).toBeUndefined();
        expect(await record(server).closed.promise).toBeUndefined();
        for (const stream of [client, server]) {
          const events = record(stream).events.filter(
            (event, at, all) => event !== "data" || all[at - 1] !== "data",
          );
          expect(events).toEqual(["data", "end", "close"]);
          expect(stream.write(bytes("gone"))).toBe(true);
        }
        await listener.close();
      }));

    it("tells the end only after everything that was written before it", () =>
      subject.run(async (context) => {
        const { server, client, listener } = await connected(context);
        server.pause();
        const total = { bytes: 0 };
        fill(client, total);
        client.end();
        server.resume();
        await record(server).ended.promise;
        expect(record(server).received).toBe(total.bytes);
        server.destroy();
        await listener.close();
      }));

    it("closes without an error where it was destroyed, and the other end learns of it", () =>
      subject.run(async (context) => {
        const { server, client, listener } = await connected(context);
        client.write(bytes("x"));
        await received(server, 1);
        client.destroy();
        client.destroy();
        expect(await record(client).closed.promise).toBeUndefined();
        expect(record(client).events).toEqual(["close"]);
        await Promise.race([record(server).ended.promise, record(server).closed.promise]);
        // Whoever goes on writing to it is told in the end.
        for (let i = 0; i < 200 && !record(server).events.includes("NET_RESET"); i++) {
          server.write(bytes("anybody there?"));
          await context.sleep(2);
        }
        expect(record(server).events.at(-1)).toBe("NET_RESET");
        await listener.close();
      }));

    it("refuses where nobody listens, and after the listener has closed", () =>
      subject.run(async (context) => {
        const { server, client, listener } = await connected(context);
        await listener.close();
        await listener.close();
        expect(await codeOf(context.peer.net.connect({ to: listener.local }))).toBe("NET_REFUSED");
        // Streams that were accepted live on.
        client.write(bytes("still here"));
        expect(text(await received(server, 10))).toBe("still here");
        client.destroy();
      }));

    it("says which address is taken, and which is not ours", () =>
      subject.run(async ({ world, host }) => {
        const first = await world.net.listen({ bind: { host, port: 0 }, onStream: () => {} });
        const second = world.net.listen({ bind: first.local, onStream: () => {} });
        await expect(second).rejects.toMatchObject({ code: "NET_ADDRESS_IN_USE" });
        await expect(second).rejects.toThrow(`${host}:${first.local.port}`);
        const foreign = world.net.listen({ bind: { host: "192.0.2.1", port: 0 }, onStream: () => {} });
        expect(await codeOf(foreign)).toBe("NET_ADDRESS_UNAVAILABLE");
        await first.close();
        const again = await world.net.listen({ bind: first.local, onStream: () => {} });
        await again.close();
      }));

    it("connects from the port that was asked for", () =>
      subject.run(async ({ world, peer, host }) => {
        const accepted = new Gate<Stream>();
        const listener = await world.net.listen({
          bind: { host, port: 0 },
          onStream: (s) => accepted.resolve(s),
        });
        const probe = await peer.net.listen({ bind: { host: "127.0.0.1", port: 0 }, onStream: () => {} });
        await probe.close();
        const from = { port: probe.local.port };
        const client = await peer.net.connect({ to: listener.local, from });
        expect(client.local.port).toBe(from.port);
        expect((await accepted.promise).remote.port).toBe(from.port);
        client.destroy();
        await listener.close();
      }));

    it("gives up a connection with the signal's reason", () =>
      subject.run(async ({ world, peer, host }) => {
        const listener = await world.net.listen({
          bind: { host, port: 0 },
          onStream: (stream) => stream.destroy(),
        });
        const gone = AbortSignal.abort(new Error("not wanted"));
        await expect(peer.net.connect({ to: listener.local, signal: gone })).rejects.toThrow("not wanted");
        const abort = new AbortController();
        const attempt = peer.net.connect({ to: listener.local, signal: abort.signal });
        abort.abort(new Error("changed my mind"));
        await expect(attempt).rejects.toThrow("changed my mind");
        await listener.close();
      }));

    it("serves many connections at once", () =>
      subject.run(async ({ world, peer, host }) => {
        const listener = await world.net.listen({
          bind: { host, port: 0 },
          onStream: (stream) => {
            stream.onData = (chunk) => stream.write(chunk);
            stream.onEnd = () => stream.end();
          },
        });
        const clients = await Promise.all(
          Array.from({ length: 50 }, async () => {
            const client = await peer.net.connect({ to: listener.local });
            record(client);
            return client;
          }),
        );
        for (const [n, client] of clients.entries()) client.write(pattern(100 + n, n));
        for (const [n, client] of clients.entries()) {
          expect(same(await received(client, 100 + n), pattern(100 + n, n))).toBe(true);
          client.end();
          expect(await record(client).closed.promise).toBeUndefined();
        }
        await listener.close();
      }));

    it("resolves names: addresses to themselves, localhost, and unknown ones to an error", () =>
      subject.run(async ({ world }) => {
        expect(await world.net.resolve("192.0.2.7")).toEqual(["192.0.2.7"]);
        expect(await world.net.resolve("localhost")).toContain("127.0.0.1");
        expect(await codeOf(world.net.resolve("no-such-host.invalid"))).toBe("NET_NAME_UNKNOWN");
      }));
  });
}

/** Datagrams: what every world promises on a network that is not losing any. */
import { describe, expect, it } from "vitest";
import type { Address, DatagramSocket } from "../index.ts";
import { bytes, codeOf, Gate, pattern, type Subject, same, text } from "./contract.ts";

interface Message {
  readonly data: Uint8Array;
  readonly from: Address;
}

/** Resolves with the first `count` messages. */
function messages(socket: DatagramSocket, count: number): Promise<Message[]> {
  const gate = new Gate<Message[]>();
  const all: Message[] = [];
  socket.onMessage = (data, from) => {
    all.push({ data, from });
    if (all.length === count) gate.resolve(all);
  };
  return gate.promise;
}

const GROUP = "239.255.77.1";

export function describeDatagrams(subject: Subject): void {
  describe(`${subject.name}: datagrams`, () => {
    it("carries messages whole, with their sender", () =>
      subject.run(async ({ world, peer, host }) => {
        const server = await world.net.datagram({ bind: { host, port: 0 } });
        const client = await peer.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
        expect(server.local.port).toBeGreaterThan(0);
        const arrived = messages(server, 3);
        for (const length of [1, 1400, 65_507]) expect(client.send(pattern(length), server.local)).toBe(true);
        const got = await arrived;
        const byLength = got.map((message) => message.data).sort((a, b) => a.length - b.length);
        expect(byLength.map((data) => data.length)).toEqual([1, 1400, 65_507]);
        for (const data of byLength) expect(same(data, pattern(data.length))).toBe(true);
        const [first] = got;
        const answered = messages(client, 1);
        server.send(bytes("answer"), (first as Message).from);
        const [answer] = await answered;
        expect(text(answer?.data)).toBe("answer");
        expect(answer?.from).toEqual(server.local);
        server.close();
        client.close();
      }));

    it("takes back datagrams that were looked at, and only those", () =>
      subject.run(async ({ world, peer, host }) => {
        const server = await world.net.datagram({ bind: { host, port: 0 } });
        const client = await peer.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
        const lengths = [100, 65_507, 1400, 20_000, 40_000, 1];
        const kept: Uint8Array[] = [];
        const all = new Gate();
        let count = 0;
        server.onMessage = (data) => {
          const copy = data.slice();
          if (count++ % 2 === 1) kept.push(data, copy);
          else server.release(data);
          if (count === lengths.length) all.resolve();
        };
        for (const length of lengths) client.send(pattern(length), server.local);
        await all.promise;
        expect(kept.length).toBe(lengths.length);
        for (let at = 0; at < kept.length; at += 2) {
          expect(same(kept[at], pattern((kept[at + 1] as Uint8Array).length))).toBe(true);
        }
        server.release(new Uint8Array(0));
        server.close();
        client.close();
      }));

    it("gives plain arrays, of which a slice is a copy", () =>
      subject.run(async ({ world, peer, host }) => {
        const server = await world.net.datagram({ bind: { host, port: 0 } });
        const client = await peer.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
        const arrived = messages(server, 1);
        client.send(pattern(1000), server.local);
        const [message] = await arrived;
        const data = message?.data as Uint8Array;
        expect(data.constructor).toBe(Uint8Array);
        const part = data.slice(10, 20);
        data.fill(0);
        expect(same(part, pattern(1000).subarray(10, 20))).toBe(true);
        server.close();
        client.close();
      }));

    it("copies what it sends, so that the buffer may be reused at once", () =>
      subject.run(async ({ world, peer, host }) => {
        const server = await world.net.datagram({ bind: { host, port: 0 } });
        const client = await peer.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
        const arrived = messages(server, 20);
        const buffer = new Uint8Array(600);
        for (let i = 0; i < 20; i++) {
          buffer.fill(i);
          client.send(buffer, server.local);
        }
        buffer.fill(0xff);
        const got = (await arrived).map(({ data }) => {
          expect(new Set(data).size).toBe(1);
          return data[0];
        });
        expect(got.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 20 }, (_, i) => i));
        server.close();
        client.close();
      }));

    it("refuses what no datagram holds, and a port that is taken", () =>
      subject.run(async ({ world, host }) => {
        const socket = await world.net.datagram({ bind: { host, port: 0 } });
        expect(() => socket.send(new Uint8Array(65_508), socket.local)).toThrow(RangeError);
        expect(await codeOf(world.net.datagram({ bind: socket.local }))).toBe("NET_ADDRESS_IN_USE");
        const foreign = world.net.datagram({ bind: { host: "192.0.2.1", port: 0 } });
        expect(await codeOf(foreign)).toBe("NET_ADDRESS_UNAVAILABLE");
        socket.close();
        socket.close();
        expect(socket.send(bytes("x"), socket.local)).toBe(false);
        const again = await world.net.datagram({ bind: socket.local });
        again.close();
      }));

    it("keeps quiet about destinations where nobody is", () =>
      subject.run(async (context) => {
        const { world, host } = context;
        const gone = await world.net.datagram({ bind: { host, port: 0 } });
        gone.close();
        const socket = await world.net.datagram({ bind: { host, port: 0 } });
        expect(socket.send(bytes("hello?"), gone.local)).toBe(true);
        await context.sleep(5);
        const arrived = messages(socket, 1);
        socket.send(bytes("me"), socket.local);
        expect(text((await arrived)[0]?.data)).toBe("me");
        socket.close();
      }));

    it("drops what is sent to port 0, which anybody can forge as a sender's", () =>
      subject.run(async ({ world, host }) => {
        const socket = await world.net.datagram({ bind: { host, port: 0 } });
        expect(socket.send(bytes("answer"), { host, port: 0 })).toBe(false);
        const arrived = messages(socket, 1);
        expect(socket.send(bytes("me"), socket.local)).toBe(true);
        expect(text((await arrived)[0]?.data)).toBe("me");
        socket.close();
      }));

    it("delivers to every member of a multicast group on a shared port, and not after leaving", () =>
      subject.run(async (context) => {
        const { world, host } = context;
        const first = await world.net.datagram({ bind: { host: "0.0.0.0", port: 0 }, reuse: true });
        const { port } = first.local;
        const second = await world.net.datagram({ bind: { host: "0.0.0.0", port }, reuse: true });
        // By the interface of `host`, where both sides are sure to have one.
        const sender = await world.net.datagram({ bind: { host, port: 0 }, multicastHops: 1 });
        const heard: string[] = [];
        const gates = { first: new Gate(), second: new Gate(), late: new Gate() };
        first.onMessage = (data) => {
          heard.push(`first ${text(data)}`);
          gates.first.resolve();
        };
        second.onMessage = (data) => {
          heard.push(`second ${text(data)}`);
          (text(data) === "two" ? gates.late : gates.second).resolve();
        };
        for (const socket of [first, second]) socket.join(GROUP);
        sender.send(bytes("one"), { host: GROUP, port });
        await Promise.all([gates.first.promise, gates.second.promise]);
        first.leave(GROUP);
        sender.send(bytes("two"), { host: GROUP, port });
        await gates.late.promise;
        await context.sleep(5);
        expect(heard.filter((line) => line.startsWith("second"))).toEqual(["second one", "second two"]);
        expect(heard).toContain("first one");
        for (const socket of [first, second, sender]) socket.close();
      }));
  });
}

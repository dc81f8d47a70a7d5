/**
 * What links promise, as an oracle beside simulated runs: it is told what every port of every process did and heard, and says
 * what none may. What one side of a session sent comes out on the other in the same order, from the first message on, without
 * a gap; what is missing is a last part, and only of a session that is over. No session comes twice.
 */
import { assert, compareKeys } from "../../world/index.ts";
import type { MeshPort } from "./types.ts";

/** One port of one life of a process. */
export interface WatchedPort {
  readonly port: MeshPort;
  readonly name: string;
  /** The session with each peer that is up. */
  readonly up: Map<string, number>;
  isOver: boolean;
}

interface Flow {
  readonly sent: Uint8Array[];
  delivered: number;
}

/**
 * What links promise, as an oracle: it watches the ports of every process, and asserts at the first event
 * that breaks the promise.
 */
export class MeshSpec {
  readonly #flows = new Map<string, Flow>();
  /** Sessions that each process ever had with each other, by port. */
  readonly #sessions = new Map<string, Set<number>>();
  readonly #watched = new Set<WatchedPort>();
  ups = 0;
  downs = 0;
  delivered = 0;
  refused = 0;

  /** Takes the port's handlers, and passes on what they hear to those that it had. */
  watch(port: MeshPort, name: string): WatchedPort {
    const watched: WatchedPort = { port, name, up: new Map(), isOver: false };
    const { onUp, onDown, onMessage, onDrain } = port;
    port.onUp = (peer, session) => {
      this.#wentUp(watched, peer, session);
      onUp(peer, session);
    };
    port.onDown = (peer) => {
      this.#wentDown(watched, peer);
      onDown(peer);
    };
    port.onMessage = (from, message) => {
      this.#came(watched, from, message);
      onMessage(from, message);
    };
    port.onDrain = (peer) => {
      assert(!watched.isOver && watched.up.has(peer), `${name} of ${port.self} drained to one who is not up`);
      onDrain(peer);
    };
    this.#watched.add(watched);
    return watched;
  }

  /** The port was closed, or its process has crashed: nothing is heard of it any more. */
  over(watched: WatchedPort): void {
    watched.isOver = true;
    this.#watched.delete(watched);
  }

  /** Sends, and notes it. */
  send(watched: WatchedPort, to: string, message: Uint8Array): boolean {
    const session = watched.up.get(to);
    const isTaken = watched.port.send(to, message);
    assert(watched.port.isUp(to) === (session !== undefined), `isUp says what handlers did not, of ${to}`);
    if (!isTaken) {
      this.refused++;
      return false;
    }
    assert(session !== undefined, `${to} took a message and is not up`);
    this.#flow(watched.port.self, to, watched.name, session).sent.push(message.slice());
    return true;
  }

  /** Broadcasts, and notes it. Queues must have room: nobody is told of those that have none. */
  broadcast(watched: WatchedPort, to: readonly string[], message: Uint8Array): void {
    const { port, name, up } = watched;
    for (const each of to) {
      const session = up.get(each);
      assert(port.isUp(each) === (session !== undefined), `isUp says what handlers did not, of ${each}`);
      if (session === undefined) this.refused++;
      else this.#flow(port.self, each, name, session).sent.push(message.slice());
    }
    port.broadcast(to, message);
  }

  /** Nothing is under way any more: whoever is up with each other agrees on the session, and has everything of it. */
  settled(): void {
    for (const { port, name, up } of this.#watched) {
      for (const [peer, session] of up) {
        const far = [...this.#watched].find((each) => each.port.self === peer && each.name === name);
        assert(far?.up.get(port.self) === session, `${name}: ${port.self} and ${peer} differ in the session`);
        const { sent, delivered } = this.#flow(port.self, peer, name, session);
        assert(delivered === sent.length, `${name}: of ${sent.length}, ${delivered} came to ${peer}`);
      }
    }
  }

  #wentUp(watched: WatchedPort, peer: string, session: number): void {
    const { port, name } = watched;
    const where = `${name} of ${port.self} with ${peer}`;
    assert(!watched.isOver, `${where} is closed, and heard of an up`);
    assert(!watched.up.has(peer), `${where} is up twice`);
    const key = JSON.stringify([port.self, peer, name]);
    const sessions = this.#sessions.get(key) ?? new Set();
    this.#sessions.set(key, sessions);
    assert(Number.isSafeInteger(session) && !sessions.has(session), `${where} had session ${session} before`);
    sessions.add(session);
    watched.up.set(peer, session);
    this.ups++;
  }

  #wentDown(watched: WatchedPort, peer: string): void {
    const { port, name } = watched;
    assert(
      !watched.isOver && watched.up.delete(peer),
      `${name} of ${port.self} lost ${peer}, and had it not`,
    );
    this.downs++;
  }

  #came(watched: WatchedPort, from: string, message: Uint8Array): void {
    const { port, name } = watched;
    const session = watched.up.get(from);
    assert(!watched.isOver && session !== undefined, `${name} of ${port.self} heard ${from}, who is not up`);
    const flow = this.#flow(from, port.self, name, session);
    const expected = flow.sent[flow.delivered];
    assert(
      expected !== undefined && compareKeys(expected, message) === 0,
      `${name}: what ${port.self} got from ${from} is not what was sent ${flow.delivered + 1}th`,
    );
    flow.delivered++;
    this.delivered++;
  }

  #flow(from: string, to: string, name: string, session: number): Flow {
    const key = JSON.stringify([from, to, name, session]);
    const known = this.#flows.get(key);
    if (known !== undefined) return known;
    const flow: Flow = { sent: [], delivered: 0 };
    this.#flows.set(key, flow);
    return flow;
  }
}

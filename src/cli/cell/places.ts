/**
 * Ports for the nodes of a cell on this machine. They are taken for a moment to see that they are free, all before any is given back, and then
 * kept for good: a node that is started again has to be found where it was.
 *
 * Those that nobody asks for by number are drawn below the range from which systems take ports for connections (RFC 6335 section 6), so that
 * no connection sits on one while its node is down.
 */
import { RpcServer } from "../../rpc/index.ts";
import { CoterieError, isCoterieError, randomBelow, type World } from "../../world/index.ts";

export interface Place {
  readonly service: number;
  readonly mesh: number;
}

const FIRST_DRAWN_PORT = 10_000;
const DRAWN_PORTS = 22_000;
/** Ports that are tried for one node before none is found. */
export const MAX_PORT_TRIES = 200;

interface Taken {
  readonly port: number;
  release(): Promise<void>;
}

type Take = (world: World, host: string, port: number) => Promise<Taken>;

/**
 * `port`: of the first node's service, the others' come after it; 0: any. A port that was asked for and is taken is an error, NET_ADDRESS_IN_USE;
 * for the other nodes the next one that is free is as good. Links between nodes get any.
 */
export async function findPlaces(world: World, host: string, port: number, count: number): Promise<Place[]> {
  const taken: Taken[] = [];
  const hold = async (take: Promise<Taken>) => {
    const each = await take;
    taken.push(each);
    return each.port;
  };
  try {
    const places: Place[] = [];
    let next = port;
    for (let at = 0; at < count; at++) {
      const isAsked = at === 0 && port !== 0;
      const service = await hold(
        isAsked ? takeService(world, host, port) : takeNext(world, host, next, takeService),
      );
      if (port !== 0) next = service + 1;
      places.push({ service, mesh: await hold(takeNext(world, host, 0, takeStreams)) });
    }
    return places;
  } finally {
    await Promise.all(taken.map((each) => each.release()));
  }
}

/** For one node more: the first free port for clients from `port` upward. */
export async function findNextPlace(world: World, host: string, port: number): Promise<Place> {
  const service = await takeNext(world, host, port, takeService);
  try {
    const mesh = await takeNext(world, host, 0, takeStreams);
    await mesh.release();
    return { service: service.port, mesh: mesh.port };
  } finally {
    await service.release();
  }
}

/** Fails as listening there would. */
export async function requireFree(world: World, host: string, ports: readonly number[]): Promise<void> {
  for (const port of ports) await (await takeService(world, host, port)).release();
}

/** The first free port from `first` upward, or any that is free where that is 0. */
async function takeNext(world: World, host: string, first: number, take: Take): Promise<Taken> {
  let last: CoterieError | undefined;
  for (let tries = 0; tries < MAX_PORT_TRIES; tries++) {
    const port = first === 0 ? FIRST_DRAWN_PORT + randomBelow(world.random, DRAWN_PORTS) : first + tries;
    if (port > 65_535) break;
    try {
      return await take(world, host, port);
    } catch (error) {
      if (!isCoterieError(error, "NET_ADDRESS_IN_USE")) throw error;
      last = error;
    }
  }
  throw last ?? new CoterieError("NET_ADDRESS_IN_USE", `${host} has no free port from ${first} upward`);
}

/** As a node's services will: over TCP and UDP. */
async function takeService(world: World, host: string, port: number): Promise<Taken> {
  const server = new RpcServer(world);
  try {
    const address = await server.listen({ host, port });
    return { port: address.port, release: () => server.close() };
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function takeStreams(world: World, host: string, port: number): Promise<Taken> {
  const bind = { host, port };
  const listener = await world.net.listen({ bind, onStream: (stream) => stream.destroy() });
  return { port: listener.local.port, release: () => listener.close() };
}

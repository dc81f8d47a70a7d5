/** Endpoints in a simulated network: a server that notes what happens, clients, and a relay between them. */

import {
  type Channel,
  type Endpoint,
  type EndpointOptions,
  type OpenChannelOptions,
  openEndpoint,
  type Security,
} from "../../src/channel/index.ts";
import { readUint32 } from "../../src/marshal/index.ts";
import { type LinkOptions, type SimNode, Simulation } from "../../src/sim/index.ts";
import { CoterieError, type World } from "../../src/world/index.ts";
import { Relay } from "./channel-relay.ts";

export const PORT = 700;

export function identity(fill: number, isAllowed: (key: Uint8Array) => boolean = () => true): Security {
  return { kind: "identity", privateKey: new Uint8Array(32).fill(fill), isAllowed };
}

export const shared: Security = { kind: "shared-key", key: new Uint8Array(32).fill(7) };

/** A kind of security: its name, and what server and client have of it. */
export type Kind = readonly [string, Security, Security];

/** Both sides' security, in each of the kinds. */
export const KINDS: readonly Kind[] = [
  ["checksum", { kind: "checksum" }, { kind: "checksum" }],
  ["shared key", shared, shared],
  ["identity", identity(1), identity(2)],
];

export const text = (message: Uint8Array) => new TextDecoder().decode(message);
export const bytes = (message: string) => new TextEncoder().encode(message);
export const kindOf = (packet: Uint8Array) => readUint32(packet, 0);

/** A server's side of things: every channel that was opened to it, and what came. */
export class Server {
  readonly channels: Channel[] = [];
  readonly messages: string[] = [];
  readonly closed: (string | undefined)[] = [];
  endpoint: Endpoint | undefined;

  async open(world: World, options: Partial<EndpointOptions> = {}): Promise<Endpoint> {
    const onChannel = (channel: Channel): void => {
      this.channels.push(channel);
      channel.onMessage = (message) => this.messages.push(text(message));
      channel.onEnd = () => channel.end();
      channel.onClose = (error) => this.closed.push(error?.code);
    };
    this.endpoint = await openEndpoint(world, {
      bind: { host: "0.0.0.0", port: PORT },
      onChannel,
      ...options,
    });
    return this.endpoint;
  }
}

export function openClient(world: World, security: Security, options: Partial<EndpointOptions> = {}) {
  return openEndpoint(world, { bind: { host: "0.0.0.0", port: 0 }, security, ...options });
}

/** How a channel was closed: the code, or undefined for a good end. */
export function closing(channel: Channel): Promise<string | undefined> {
  return new Promise((resolve) => {
    channel.onClose = (error) => resolve(error?.code);
  });
}

export function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error) => (error instanceof CoterieError ? error.code : String(error)),
  );
}

export interface Scene {
  readonly sim: Simulation;
  readonly server: Server;
  readonly serverNode: SimNode;
  readonly clientNode: SimNode;
  readonly client: Endpoint;
  readonly relay: Relay;
  connect(options?: OpenChannelOptions): Promise<Channel>;
}

/** A server, a client, and somebody between them. */
export function scene(
  [, serverSecurity, clientSecurity]: Kind,
  play: (scene: Scene) => Promise<void>,
  { seed = 1, link = {} }: { seed?: number; link?: Partial<LinkOptions> } = {},
  options: Partial<EndpointOptions> = {},
): Promise<void> {
  const sim = new Simulation({ seed, link });
  const [serverNode, clientNode, middle] = [sim.node("server"), sim.node("client"), sim.node("middle")];
  return sim.run(async () => {
    const server = new Server();
    const { publicKey } = await serverNode.start((world) =>
      server.open(world, { security: serverSecurity, ...options }),
    );
    const relay = await Relay.open(middle.world, PORT, { host: serverNode.ip, port: PORT });
    const client = await openClient(clientNode.world, clientSecurity);
    const to = { host: middle.ip, port: PORT };
    const connect = (more: OpenChannelOptions = {}) =>
      client.connect(to, { ...(publicKey && { peerKey: publicKey }), ...more });
    await play({ sim, server, serverNode, clientNode, client, relay, connect });
  });
}

/** Meshes in a simulated network: processes by name, each on a node of its own, over each of the carriers. */
import {
  type CarrierOptions,
  type Mesh,
  type MeshMulticastOptions,
  type MeshOptions,
  openMesh,
} from "../../src/channel/index.ts";
import { type SimNode, Simulation, type SimulationOptions } from "../../src/sim/index.ts";
import { CellFixture } from "../../src/world/contract/cell-fixture.ts";
import type { CoterieError, World } from "../../src/world/index.ts";

export const MESH_PORT = 800;

const FAR_MS = Date.UTC(2100, 0, 1);

/** What a process of this name is given. */
export interface CarrierOf {
  (world: World, name: string, names: readonly string[]): CarrierOptions;
  readonly multicast?: MeshMulticastOptions;
}

export const privateKey = (names: readonly string[], name: string) =>
  new Uint8Array(32).fill(1 + names.indexOf(name));

export const withKeys: CarrierOf = (world, name, names) => ({
  kind: "channels",
  security: { kind: "identity", privateKey: privateKey(names, name), isAllowed: () => true },
  keyOf: (peer) =>
    names.includes(peer) ? world.crypto.x25519(privateKey(names, peer)).publicKey : undefined,
  limits: { timeoutMs: 8000, keepaliveMs: 4000 },
});

export const overTcp: CarrierOf = () => ({ kind: "tcp", isTrustedNetwork: true });
export const withSecret: CarrierOf = () => ({ kind: "tcp", secret: new Uint8Array(32).fill(9) });
export const overChannels: CarrierOf = () => ({
  kind: "channels",
  security: { kind: "shared-key", key: new Uint8Array(32).fill(7) },
  limits: { timeoutMs: 8000, keepaliveMs: 4000 },
});

/** Certificates that are valid whenever in a simulation they are made. */
export const withCertificates: CarrierOf = (world, name) => ({
  kind: "tls",
  credentials: new CellFixture(world).credentials(name, { notBeforeMs: 0, notAfterMs: FAR_MS }),
});

/** The same carrier, and what is broadcast is multicast. */
export const withMulticast = (carrier: CarrierOf): CarrierOf =>
  Object.assign((world: World, name: string, names: readonly string[]) => carrier(world, name, names), {
    multicast: { group: "239.255.20.1", port: 801 },
  });

export const CARRIERS: readonly (readonly [string, CarrierOf])[] = [
  ["TCP", overTcp],
  ["TCP with a secret", withSecret],
  ["channels", overChannels],
  ["channels with keys", withKeys],
  ["TLS", withCertificates],
  ["TCP and multicast", withMulticast(overTcp)],
  ["TCP with a secret and multicast", withMulticast(withSecret)],
  ["channels with keys and multicast", withMulticast(withKeys)],
];

/** A process: a node, and the mesh of its present life. */
export class Process {
  readonly name: string;
  readonly node: SimNode;
  readonly troubles: string[] = [];
  mesh: Mesh | undefined;
  readonly #scene: MeshScene;

  constructor(scene: MeshScene, name: string) {
    this.#scene = scene;
    this.name = name;
    this.node = scene.sim.node(name);
  }

  get address() {
    return { host: this.node.ip, port: MESH_PORT };
  }

  get peer() {
    return { name: this.name, address: this.address };
  }

  /** Opens its mesh, in this life. */
  async open(options: Partial<MeshOptions> = {}): Promise<Mesh> {
    const { carrier, names } = this.#scene;
    const { world } = this.node;
    const mesh = await openMesh(world, {
      name: this.name,
      bind: { host: "0.0.0.0", port: MESH_PORT },
      carrier: carrier(world, this.name, names),
      ...(carrier.multicast === undefined ? {} : { multicast: carrier.multicast }),
      ...options,
    });
    mesh.onTrouble = (_peer: string, error: CoterieError) => this.troubles.push(error.code);
    this.mesh = mesh;
    return mesh;
  }
}

export class MeshScene {
  readonly sim: Simulation;
  readonly carrier: CarrierOf;
  readonly names: readonly string[];
  readonly processes: readonly Process[];

  /** `place` may make nodes before, where they are not all in one network. */
  constructor(
    carrier: CarrierOf,
    names: readonly string[],
    options: SimulationOptions,
    place: (sim: Simulation) => void = () => {},
  ) {
    this.sim = new Simulation(options);
    place(this.sim);
    this.carrier = carrier;
    this.names = names;
    this.processes = names.map((name) => new Process(this, name));
  }

  get(name: string): Process {
    return this.processes[this.names.indexOf(name)] as Process;
  }
}

/** Plays with the processes `a`, `b` and so on. */
export function meshScene(
  carrier: CarrierOf,
  play: (scene: MeshScene, ...processes: Process[]) => Promise<void>,
  { names = ["a", "b", "c"], ...options }: { names?: readonly string[] } & Partial<SimulationOptions> = {},
): Promise<void> {
  const scene = new MeshScene(carrier, names, { seed: 1, ...options });
  return scene.sim.run(() => play(scene, ...scene.processes));
}

export const meshBytes = (text: string) => new TextEncoder().encode(text);
export const meshText = (message: Uint8Array) => new TextDecoder().decode(message);

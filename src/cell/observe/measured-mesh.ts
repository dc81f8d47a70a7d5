/** A mesh whose ports count what they send and receive, by what they are for. */
import type { Mesh, MeshPeer, MeshPort } from "../../channel/index.ts";
import type { Counter, Family, Registry } from "../../telemetry/index.ts";
import type { Address, CoterieError, Log } from "../../world/index.ts";

interface Traffic {
  readonly messages: Counter;
  readonly bytes: Counter;
}

interface PortTraffic {
  readonly sent: Traffic;
  readonly received: Traffic;
  readonly dropped: Counter;
}

interface Families {
  readonly messages: Family<Counter>;
  readonly bytes: Family<Counter>;
  readonly dropped: Family<Counter>;
  readonly trouble: Family<Counter>;
}

export function measureMesh(mesh: Mesh, registry: Registry, log: Log): Mesh {
  return new MeasuredMesh(mesh, registry, log);
}

/** What a port is for: all volumes' are of one kind. */
export function portKind(port: string): string {
  return port.replace(/^volume-[0-9a-f]{32}/, "volume");
}

class MeasuredMesh implements Mesh {
  onTrouble: (peer: string, error: CoterieError) => void = () => {};
  readonly #mesh: Mesh;
  readonly #families: Families;

  constructor(mesh: Mesh, registry: Registry, log: Log) {
    this.#mesh = mesh;
    const counter = (name: string, help: string, ...labels: string[]) =>
      registry.counter({ name, help, labels });
    this.#families = {
      messages: counter("coterie_mesh_messages_total", "Messages between nodes.", "port", "direction"),
      bytes: counter("coterie_mesh_bytes_total", "Bytes of messages between nodes.", "port", "direction"),
      dropped: counter(
        "coterie_mesh_dropped_total",
        "Messages that a node could not send: the other was down, or its queue full.",
        "port",
      ),
      trouble: counter(
        "coterie_mesh_trouble_total",
        "Links that failed or could not be made, by node and reason.",
        "peer",
        "code",
      ),
    };
    registry.read(
      "gauge",
      { name: "coterie_mesh_links", help: "Nodes that this one is linked with.", labels: [] },
      (tell) => tell(mesh.peers().length),
    );
    mesh.onTrouble = (peer, error) => {
      this.#families.trouble.of(peer, error.code).add();
      log.debug("peer trouble", { peer, code: error.code, message: error.message });
      this.onTrouble(peer, error);
    };
  }

  get self(): MeshPeer {
    return this.#mesh.self;
  }

  open(port: string): MeshPort {
    const kind = portKind(port);
    const { messages, bytes, dropped } = this.#families;
    const traffic = (direction: string) => ({
      messages: messages.of(kind, direction),
      bytes: bytes.of(kind, direction),
    });
    return new MeasuredPort(this.#mesh.open(port), {
      sent: traffic("sent"),
      received: traffic("received"),
      dropped: dropped.of(kind),
    });
  }

  add(peer: MeshPeer): void {
    this.#mesh.add(peer);
  }

  renew(name: string): void {
    this.#mesh.renew(name);
  }

  remove(name: string): void {
    this.#mesh.remove(name);
  }

  contact(address: Address, signal?: AbortSignal, key?: Uint8Array): Promise<MeshPeer> {
    return this.#mesh.contact(address, signal, key);
  }

  cut(names: readonly string[]): void {
    this.#mesh.cut(names);
  }

  peers(): readonly MeshPeer[] {
    return this.#mesh.peers();
  }

  close(): Promise<void> {
    return this.#mesh.close();
  }
}

class MeasuredPort implements MeshPort {
  onMessage: (from: string, message: Uint8Array) => void = () => {};
  onUp: (peer: string, session: number) => void = () => {};
  onDown: (peer: string) => void = () => {};
  onDrain: (peer: string) => void = () => {};
  readonly #port: MeshPort;
  readonly #traffic: PortTraffic;

  constructor(port: MeshPort, traffic: PortTraffic) {
    this.#port = port;
    this.#traffic = traffic;
    port.onMessage = (from, message) => {
      count(traffic.received, message);
      this.onMessage(from, message);
    };
    port.onUp = (peer, session) => this.onUp(peer, session);
    port.onDown = (peer) => this.onDown(peer);
    port.onDrain = (peer) => this.onDrain(peer);
  }

  get self(): string {
    return this.#port.self;
  }

  send(to: string, message: Uint8Array): boolean {
    const isSent = this.#port.send(to, message);
    if (isSent) count(this.#traffic.sent, message);
    else this.#traffic.dropped.add();
    return isSent;
  }

  /** Those who are not up are counted too: what became of each is not told. */
  broadcast(to: readonly string[], message: Uint8Array): void {
    this.#port.broadcast(to, message);
    this.#traffic.sent.messages.add(to.length);
    this.#traffic.sent.bytes.add(to.length * message.length);
  }

  pendingBytes(peer: string): number {
    return this.#port.pendingBytes(peer);
  }

  isUp(peer: string): boolean {
    return this.#port.isUp(peer);
  }

  renew(peer: string): void {
    this.#port.renew(peer);
  }

  close(): void {
    this.#port.close();
  }
}

function count({ messages, bytes }: Traffic, message: Uint8Array): void {
  messages.add();
  bytes.add(message.length);
}

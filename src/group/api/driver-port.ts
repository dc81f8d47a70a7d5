/** A group's driver as a `GroupPort`, and a second port of the same mesh for what goes to one member alone. */
import type { Mesh, MeshPort } from "../../channel/index.ts";
import { assert, type World } from "../../world/index.ts";
import type { StateOrigin } from "../core-types.ts";
import type { Group } from "../group.ts";
import { openGroup } from "../open-group.ts";
import { defaultGroupLimits, type GroupOptions } from "../options.ts";
import { defaultSafeLimits } from "../safe/options.ts";
import type { StateSink } from "../transfer/taker.ts";
import type { Guarantee, Member, Order, View } from "../types.ts";
import type { GroupPort, PortUser } from "./port.ts";

export class DriverPort implements GroupPort {
  readonly maxMessageBytes: number;
  readonly maxSafeBytes: number;
  readonly #isRejoining: boolean;
  readonly #direct: MeshPort;
  /** Nodes that did not take what was sent to them. */
  readonly #full = new Set<string>();
  #user: PortUser | undefined;
  #group: Group | undefined;
  /** The state that came, before the view is told in which it is. */
  #state: readonly Uint8Array[] | undefined;
  /** The view's members as the driver has them, with their addresses, and as people get them. */
  #members: ReadonlyMap<Member, Member> = new Map();
  #life = 0;
  #isOver = false;
  /** What is done when this process is in the group no more. */
  readonly #release: () => Promise<void>;
  #released: Promise<void> | undefined;

  private constructor(mesh: Mesh, options: GroupOptions, release: () => Promise<void>) {
    this.#release = release;
    this.maxMessageBytes = options.limits?.maxMessageBytes ?? defaultGroupLimits.maxMessageBytes;
    const { limits = {} } = options.safe ?? {};
    this.maxSafeBytes =
      options.safe === undefined ? 0 : (limits.maxMessageBytes ?? defaultSafeLimits.maxMessageBytes);
    this.#isRejoining = options.rejoin ?? true;
    this.#direct = mesh.open(`group-direct/${options.name}`);
    this.#direct.onMessage = (from, bytes) => this.#user?.onDirect(from, bytes);
    this.#direct.onUp = (node) => this.#reachable(node);
    this.#direct.onDrain = (node) => {
      if (this.#full.has(node)) this.#reachable(node);
    };
  }

  /**
   * Founds the group, or joins it; `release` is called when the process is in it no more. Errors and @throws: as `openGroup`.
   */
  static async open(
    world: World,
    mesh: Mesh,
    options: Omit<GroupOptions, "state">,
    release: () => Promise<void> = async () => {},
  ): Promise<DriverPort> {
    const port = new DriverPort(mesh, options, release);
    try {
      const state = { capture: () => port.#user?.capture() ?? [], restore: () => port.#sink() };
      port.#connect(await openGroup(world, mesh, { ...options, state }));
    } catch (error) {
      port.#direct.close();
      throw error;
    }
    return port;
  }

  get user(): PortUser {
    assert(this.#user !== undefined, "whoever opened the port has set its user");
    return this.#user;
  }

  set user(user: PortUser) {
    this.#user = user;
  }

  get #driver(): Group {
    assert(this.#group !== undefined, "the group is open");
    return this.#group;
  }

  get self(): Member {
    return this.#driver.self;
  }

  #connect(group: Group): void {
    this.#group = group;
    group.onView = (view, origin) => this.#install(view, origin);
    group.onDeliver = (sender, payload, sequence, order, guarantee) =>
      this.user.onDeliver(this.#members.get(sender) ?? sender, sequence, order, guarantee, payload);
    group.onSent = (sequence) => this.user.onSent(sequence);
    group.onRoom = () => this.user.onRoom();
    group.onBlocked = () => this.user.onBlocked();
    group.onUnblocked = () => this.user.onUnblocked();
    group.onOut = (_member, reason) => this.#out(reason, reason === "left" || !this.#isRejoining);
    group.onClose = (error) =>
      this.#out(error === undefined ? "closed" : `${error.code}: ${error.message}`, true);
  }

  #install(view: View, origin: StateOrigin): void {
    const state = this.#state;
    this.#state = undefined;
    if (origin === "donor") this.user.restore(state ?? []);
    this.#members = new Map(
      view.members.map((member) => [member, { node: member.node, incarnation: member.incarnation }]),
    );
    this.user.onInstall({ id: view.id, members: [...this.#members.values()] }, origin);
  }

  /** Takes a state that is transferred. It is the application's when the view is told; until then another may come. */
  #sink(): StateSink {
    const pieces: Uint8Array[] = [];
    return {
      write: (piece) => void pieces.push(piece),
      end: () => {
        this.#state = pieces;
      },
    };
  }

  #out(reason: string, isLast: boolean): void {
    if (this.#isOver) return;
    this.#isOver = isLast;
    this.#life++;
    this.#state = undefined;
    this.user.onOut(reason, isLast);
    // Whoever closes it too is told what that comes to.
    if (isLast) this.close().catch(() => {});
  }

  multicast(order: Order, guarantee: Guarantee, payload: Uint8Array): number {
    return this.#isOver ? 0 : this.#driver.multicast(payload, { order, guarantee });
  }

  watchSettled(sequence: number): void {
    const life = this.#life;
    this.#driver.settled(sequence).then(
      () => {
        if (life === this.#life) this.user.onSettled(sequence);
      },
      // That its fate is unknown when this life ends is told by `onOut`.
      (error) => {
        if (life === this.#life) this.user.onFailed(sequence, error as Error);
      },
    );
  }

  send(node: string, bytes: Uint8Array): boolean {
    const isSent = !this.#isOver && this.#direct.send(node, bytes);
    if (!isSent) this.#full.add(node);
    return isSent;
  }

  #reachable(node: string): void {
    this.#full.delete(node);
    this.#user?.onReachable(node);
  }

  leave(): void {
    this.#driver.leave().catch(() => {});
  }

  close(): Promise<void> {
    this.#out("closed", true);
    this.#released ??= this.#close();
    return this.#released;
  }

  async #close(): Promise<void> {
    this.#direct.close();
    await this.#driver.close();
    await this.#release();
  }
}

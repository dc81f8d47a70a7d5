/**
 * Which of several nodes is asked: the one that answers a ping first. They are tried in turn, as RFC 8305 tries the addresses of a host: the next one when
 * the one before has failed, or has kept still for a moment and goes on being tried. So a node that stands still costs a moment, and an idle cell is not
 * asked by all doors at once. Only pings are sent twice; what is asked of the cell goes to one node.
 */
import { type AdminAddress, CellAdmin } from "../../cell/index.ts";
import { type Address, CoterieError, formatAddress, isCoterieError, type World } from "../../world/index.ts";
import { proofFailure } from "./operator-key.ts";

/** A node on this machine answers in milliseconds; one that is stopped does not. */
export const ASK_TIMEOUT_MS = 2000;
/** How long a node keeps still before the next one is tried beside it. */
const HEDGE_MS = 300;

/** A node that has answered. Whoever has it closes `admin`. */
export interface Answering<At extends AdminAddress> {
  readonly address: At;
  readonly admin: CellAdmin;
}

/**
 * The first to answer; or, where none does, the last failure to reach one (undefined without addresses). Rejects with any other failure of one of them:
 * it is there, and refuses.
 */
export function firstToAnswer<At extends AdminAddress>(
  world: World,
  addresses: readonly At[],
): Promise<Answering<At> | CoterieError | undefined> {
  return new Race(world, addresses).result;
}

class Race<At extends AdminAddress> {
  readonly result: Promise<Answering<At> | CoterieError | undefined>;
  readonly #world: World;
  readonly #left: At[];
  readonly #underWay = new Set<CellAdmin>();
  #timer: { cancel(): void } | undefined;
  #last: CoterieError | undefined;
  #isOver = false;
  #resolve: (found: Answering<At> | CoterieError | undefined) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(world: World, addresses: readonly At[]) {
    this.#world = world;
    this.#left = [...addresses];
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#next();
  }

  #next(): void {
    this.#timer?.cancel();
    const address = this.#left.shift();
    if (address !== undefined) this.#try(address);
    else if (this.#underWay.size === 0) this.#end(undefined, () => this.#resolve(this.#last));
  }

  #try(address: At): void {
    const admin = new CellAdmin(this.#world, address);
    this.#underWay.add(admin);
    this.#timer = this.#world.timers.after(HEDGE_MS, () => this.#next());
    admin.ping(ASK_TIMEOUT_MS).then(
      () => this.#end(admin, () => this.#resolve({ address, admin })),
      (error: unknown) => this.#failed(address, admin, error),
    );
  }

  #failed(address: At, admin: CellAdmin, error: unknown): void {
    if (this.#isOver) return;
    this.#close(admin);
    if (isSilence(address, error)) {
      this.#last = error;
      this.#next();
    } else {
      this.#end(undefined, () => this.#reject(failureOf(address, error)));
    }
  }

  #end(kept: CellAdmin | undefined, settle: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    for (const admin of this.#underWay) if (admin !== kept) this.#close(admin);
    settle();
  }

  #close(admin: CellAdmin): void {
    this.#underWay.delete(admin);
    // Nobody waits for a node that does not say goodbye.
    void admin.close();
  }
}

/** Nothing there, or something that stands still, ends, or has hardly begun. */
const SILENT: ReadonlySet<string> = new Set([
  "RPC_UNREACHABLE",
  "RPC_TIMEOUT",
  "RPC_CLOSED",
  "RPC_SYSTEM_ERR",
]);

/** Whether a failure says that no node answered; one that refused a proof did. */
export function isSilence(address: AdminAddress, error: unknown): error is CoterieError {
  if (!isCoterieError(error)) return false;
  if (address.credentials !== undefined && proofFailure(error) !== undefined) return false;
  return error.code.startsWith("NET_") || SILENT.has(error.code);
}

/** A failure that is none of reaching a node, as it concerns who asks. */
export function failureOf(address: AdminAddress, error: unknown): unknown {
  if (!isCoterieError(error)) return error;
  if (address.credentials === undefined)
    return error.code === "RPC_AUTH_ERROR" ? needsKey(address, error) : error;
  return proofFailure(error) ?? error;
}

function needsKey(address: Address, cause: CoterieError): CoterieError {
  const where = formatAddress(address);
  return new CoterieError("CELL_OPERATOR_NEEDED", `the node at ${where} answers only its own machine`, {
    cause,
    details: { host: address.host, port: address.port },
  });
}

/**
 * What the procedures of every version share: the volume, who calls, what may not run twice, and the rule that a
 * reply leaves only when what it says is durable.
 */
import { NO_REPLY } from "../../rpc/index.ts";
import { type Clock, isCoterieError, type Log, type WallTime } from "../../world/index.ts";
import {
  type Attributes,
  type Context,
  type Credentials,
  type FaultReason,
  type Handle,
  isFault,
  type Volume,
} from "../volume/types.ts";
import type { Callers } from "./clients.ts";
import type { Handles } from "./handles.ts";
import type { MountPoints } from "./mount-points.ts";
import type { ReplyMemory, Request } from "./replies.ts";
import { reasonOf } from "./status.ts";

export interface Core {
  readonly volume: Volume;
  readonly clock: Clock;
  readonly log: Log;
  readonly handles: Handles;
  readonly clients: Callers;
  readonly replies: ReplyMemory;
  /** Where other volumes are seen in this one; absent where none can be. */
  readonly mounts?: MountPoints;
}

/** A procedure's reply: now, or when what it says is durable. */
export type Reply<T> = T | Promise<T | typeof NO_REPLY>;

/** What the volume is told of a call. The clock is read only if somebody asks. */
export class CallContext implements Context {
  readonly credentials: Credentials;
  private readonly clock: Clock;
  private stamp: WallTime | undefined = undefined;

  constructor(credentials: Credentials, clock: Clock) {
    this.credentials = credentials;
    this.clock = clock;
  }

  get now(): WallTime {
    this.stamp ??= this.clock.wall();
    return this.stamp;
  }
}

/** The same, of a call whose reply is kept in the batch of what it does. */
export class KeptContext extends CallContext {
  private readonly replies: ReplyMemory;
  private readonly request: Request;

  constructor(credentials: Credentials, core: Core, request: Request) {
    super(credentials, core.clock);
    this.replies = core.replies;
    this.request = request;
  }

  attach(result: unknown) {
    return this.replies.changes(this.request, handleIn(result));
  }
}

/** The handle of an operation's result, if it has one. */
export function handleIn(result: unknown): Handle | undefined {
  const isAttributes = typeof result === "object" && result !== null && "handle" in result;
  return isAttributes ? (result as Attributes).handle : undefined;
}

/** The file's attributes, or null where they are not to be had: then the reply goes without. */
export function attributesOf(volume: Volume, handle: Handle): Attributes | null {
  const attributes = volume.attributes(handle);
  return isFault(attributes) ? null : attributes;
}

/**
 * Gives `reply` when what the operation wrote, or saw of others' writes, is durable; `failed` makes the reply when
 * the disk refused. At once and without a promise when all is durable already. A store that was closed underneath
 * gets no reply: to the client that is a slow server, which it asks again.
 */
export function settle<T>(core: Core, reply: T, failed: (reason: FaultReason) => T): Reply<T> {
  const settled = core.volume.settle(reply);
  return settled instanceof Promise ? settled.catch((error) => refuse(core, error, failed)) : settled;
}

function refuse<T>(core: Core, error: unknown, failed: (reason: FaultReason) => T): T | typeof NO_REPLY {
  if (isCoterieError(error, "STORE_CLOSED")) return NO_REPLY;
  const reason = reasonOf(error);
  core.log.error("nfs.not-durable", { reason, error: String(error) });
  return failed(reason);
}

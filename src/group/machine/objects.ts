/** The shared objects of a process's group: opened from their declarations before the group is, and connected to it. */
import { assert, type Log } from "../../world/index.ts";
import type { GroupPort } from "../api/port.ts";
import type { WhenBlocked } from "./client.ts";
import type { Declarations, Handles, ObjectHost, Standing } from "./declaration.ts";
import type { Host } from "./host.ts";
import type { SharedObject } from "./object.ts";

/** Objects that a group may share. */
export const MAX_SHARED_OBJECTS = 1024;
const MAX_NAME_BYTES = 64;

const utf8 = new TextEncoder();

export interface SharedObjects<Shared extends Declarations> {
  readonly objects: ReadonlyMap<string, SharedObject>;
  readonly handles: Handles<Shared>;
  connect(host: Host): void;
  /** The process's standing in the group is this now. */
  tell(standing: Standing): void;
}

/** @throws RangeError for names that are none, and for too many. */
export function openObjects<Shared extends Declarations>(
  log: Log,
  port: GroupPort,
  declared: Shared | undefined,
  whenBlocked: WhenBlocked,
): SharedObjects<Shared> {
  const declarations = Object.entries(declared ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (declarations.length > MAX_SHARED_OBJECTS)
    throw new RangeError(`over ${MAX_SHARED_OBJECTS} shared objects`);
  const objects = new Map<string, SharedObject>();
  const handles: Record<string, unknown> = {};
  const told: ((standing: Standing) => void)[] = [];
  let host: Host | undefined;
  let standing: Standing = "out";
  const connected = (): Host => {
    assert(host !== undefined, "shared objects are connected before they are used");
    return host;
  };
  for (const [name, declaration] of declarations) {
    const { length } = utf8.encode(name);
    if (length < 1 || length > MAX_NAME_BYTES)
      throw new RangeError(`"${name}" has not 1 to ${MAX_NAME_BYTES} bytes`);
    const objectHost: ObjectHost = {
      name,
      log,
      whenBlocked,
      get self() {
        return port.self;
      },
      get standing() {
        return standing;
      },
      ask: (command, options) => connected().ask(name, command, options),
      read: (look, options) => connected().read(look, options),
      onStanding: (each) => told.push(each),
    };
    const { object, handle } = declaration.open(objectHost);
    objects.set(name, object);
    handles[name] = handle;
  }
  return {
    objects,
    handles: handles as Handles<Shared>,
    connect: (opened) => {
      host = opened;
    },
    tell: (now) => {
      standing = now;
      for (const each of told) each(now);
    },
  };
}

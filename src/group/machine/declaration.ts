/** How a shared object is declared: what it is at every member, and what people hold of it in their hands. */
import type { Log } from "../../world/index.ts";
import type { Member } from "../types.ts";
import type { RequestOptions, WhenBlocked } from "./client.ts";
import type { SharedObject } from "./object.ts";

/** Where the process is, as a shared object's handle hears of it. */
export type Standing = "member" | "blocked" | "out" | "ended";

/** What the handle of a shared object may do. */
export interface ObjectHost {
  readonly name: string;
  readonly log: Log;
  /** The member that this process is now, or was last. */
  readonly self: Member;
  readonly standing: Standing;
  /** What is asked for without saying so does this when the member is cut off. */
  readonly whenBlocked: WhenBlocked;
  /** Resolves with the reply to a command. Rejects with GROUP_… and what the object refuses with. */
  ask(command: Uint8Array, options?: RequestOptions): Promise<Uint8Array>;
  /** What `look` sees when the state here has all that anybody was told before. */
  read<Seen>(look: () => Seen, options?: RequestOptions): Promise<Seen>;
  /** Told when the standing changes, and at each later life when the process is a member again. */
  onStanding(told: (standing: Standing) => void): void;
}

/** A shared object, as `join` is given it; made by `sharedMap`, `activeMachine` and the like. */
export interface Declaration<Handle> {
  /** The object as it is at every member, and the handle of this one. Called once for each member of the process's group. */
  open(host: ObjectHost): { readonly object: SharedObject; readonly handle: Handle };
}

/** What `join` is told to share, by name. */
export type Declarations = Readonly<Record<string, Declaration<unknown>>>;

/** The handles of what was declared. */
export type Handles<Shared extends Declarations> = {
  readonly [Name in keyof Shared]: Shared[Name] extends Declaration<infer Handle> ? Handle : never;
};

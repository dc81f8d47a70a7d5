/**
 * The specs of channels as executable state machines: what each kind of channel may do, and nothing of how.
 *
 * A spec is a state and atomic actions. External actions are seen by the channel's users (`put`, `get`, `getAck`) or
 * done to it (`crash`, `recover`); internal ones (losing, doubling) happen unseen, at any time. A trace, the sequence of
 * external actions of a run, is allowed when some choice of internal actions in between leads through it.
 * These machines are the definitions, as plain as their source; the checker (`checker.ts`) decides by smaller means, and its
 * tests hold it against these. Source: B. Lampson, 6.826 Principles of Computer Systems, handout 21, "Specs for communication".
 */

/** A message as the specs see it: only its identity counts. Encode larger ones by number or digest. */
export type SpecMessage = string;

/** What the last message's acknowledgment says. */
export type AckStatus = "ok" | "lost";

/** One external action, with what it was given or returned. */
export type ChannelAction =
  | { readonly kind: "put"; readonly message: SpecMessage }
  | { readonly kind: "get"; readonly message: SpecMessage }
  | { readonly kind: "getAck"; readonly status: AckStatus }
  | { readonly kind: "crash" }
  | { readonly kind: "recover" };

/** A spec of one sender and one receiver. States are values: nothing changes them. */
export interface ChannelMachine<State> {
  readonly name: string;
  readonly initial: State;
  /** Every state that the action can lead to; none when the spec does not allow it here. */
  after(state: State, action: ChannelAction): readonly State[];
  /** Every state that is one internal action away. */
  internal(state: State): readonly State[];
  /** What may come out here: every `get` and `getAck` that `after` allows. */
  offers(state: State): readonly ChannelAction[];
  /** Whether the spec knows of `getAck`, `crash` and `recover`. */
  readonly acknowledges: boolean;
  /** The same text for equal states, and only for them. */
  key(state: State): string;
}

export const put = (message: SpecMessage): ChannelAction => ({ kind: "put", message });
export const get = (message: SpecMessage): ChannelAction => ({ kind: "get", message });
export const getAck = (status: AckStatus): ChannelAction => ({ kind: "getAck", status });
export const crash: ChannelAction = { kind: "crash" };
export const recover: ChannelAction = { kind: "recover" };

/** The actions under one name, for those who write traces. */
export const channelActions = { put, get, getAck, crash, recover } as const;

/** `Put(a)`, `GetAck() = lost`, `Crash()`: an action in the notation of the source. */
export function actionText(action: ChannelAction): string {
  switch (action.kind) {
    case "put":
      return `Put(${action.message})`;
    case "get":
      return `Get() = ${action.message}`;
    case "getAck":
      return `GetAck() = ${action.status}`;
    case "crash":
      return "Crash()";
    case "recover":
      return "Recover()";
  }
}

/**
 * The reliable channel: a perfect one while it is up; while it is down it may lose messages, and the acknowledgment
 * of the last message put says which it was: `ok` when everything came out, `lost` when the last one left is lost.
 *
 * The source lets `status` become `lost` without a loss only while the queue is empty. A sender that gives up on a peer which it
 * cannot hear knows less: it must say `lost` of a message that is still under way and may come out yet. The *undecided* spec
 * allows that too: while it is down `lost` says that nobody can tell. The message may still come out, once and in its place.
 */
import {
  type AckStatus,
  type ChannelAction,
  type ChannelMachine,
  get,
  getAck,
  type SpecMessage,
} from "./spec.ts";

export interface ReliableState {
  readonly q: readonly SpecMessage[];
  /** Of the last message put; undefined while it is neither delivered nor lost, when `getAck` blocks. */
  readonly status: AckStatus | undefined;
  readonly down: boolean;
}

function after(state: ReliableState, action: ChannelAction): readonly ReliableState[] {
  const { q, status } = state;
  switch (action.kind) {
    case "put":
      return [{ ...state, q: [...q, action.message], status: undefined }];
    case "get": {
      if (q.length === 0 || q[0] !== action.message) return [];
      return [{ ...state, q: q.slice(1), status: q.length === 1 ? "ok" : status }];
    }
    case "getAck":
      return status === action.status ? [{ ...state, status: "ok" }] : [];
    case "crash":
      return [{ ...state, down: true }];
    case "recover":
      return [{ ...state, down: false }];
  }
}

/** `Lose` of each message in turn: only the loss of the last one in the queue is told. */
function lose(state: ReliableState): readonly ReliableState[] {
  const last = state.q.length - 1;
  return state.q.map((_, at) => ({
    ...state,
    q: state.q.toSpliced(at, 1),
    status: at === last ? "lost" : state.status,
  }));
}

function reliable(name: string, undecided: boolean): ChannelMachine<ReliableState> {
  return {
    name,
    initial: { q: [], status: "ok", down: false },
    acknowledges: true,
    after,
    internal: (state) => {
      if (!state.down) return [];
      const told = state.q.length === 0 || undecided ? [{ ...state, status: "lost" as const }] : [];
      return [...lose(state), ...told];
    },
    offers: ({ q, status }) => [
      ...(q[0] === undefined ? [] : [get(q[0])]),
      ...(status === undefined ? [] : [getAck(status)]),
    ],
    key: ({ q, status, down }) => `${down ? "down" : "up"} ${status ?? "nil"} ${JSON.stringify(q)}`,
  };
}

/** The reliable channel as its source has it. */
export const reliableMachine = reliable("reliable", false);

/** The reliable channel whose sender may be told `lost` while it is down, before it is decided what becomes of the message. */
export const undecidedReliableMachine = reliable("reliable, undecided", true);

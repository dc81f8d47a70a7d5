/**
 * Joining a cell, and renewing a certificate: the driver of `Asking`. It asks the node at an address, and goes where that one sends it. A question that was
 * not answered may be asked again with the same key: it is the same question.
 */
import {
  type Address,
  CoterieError,
  fingerprintOf,
  formatAddress,
  isCoterieError,
  type Pin,
  type Stream,
  type World,
} from "../../world/index.ts";
import { type Admission, Asking, type Question, type Reason } from "./asking.ts";
import type { MemberCredentials } from "./credentials.ts";
import { readFrames } from "./join-wire.ts";
import type { Token } from "./token.ts";

/** Nodes that are asked because another one said so. */
const MAX_HOPS = 2;
/** For the whole of one question, with a decision of the cell's log in it. */
export const ANSWER_MS = 30_000;

/** Whom to ask, with which token, for which name. */
export interface JoinOptions {
  /** Where a node of the cell listens for other nodes. */
  readonly at: Address;
  readonly token: Token;
  readonly name: string;
  /** The key to be certified, the same at each try: `keyToJoinWith`. */
  readonly privateKey: Uint8Array;
  /** What the cell is told of the node, at most 4,096 bytes. */
  readonly about: Uint8Array;
  readonly signal?: AbortSignal;
}

/** Errors: JOIN_REFUSED, CELL_TOO_OLD, CELL_TOO_NEW, JOIN_VIOLATION, JOIN_SILENT, TLS_…, NET_…; the signal's reason. */
export function join(world: World, options: JoinOptions): Promise<Admission> {
  const { at, token, name, privateKey, about, signal } = options;
  const warrant = { kind: "token", privateKey: token.privateKey } as const;
  return ask(world, at, { name, privateKey, about, warrant, pin: token.pin }, signal);
}

/**
 * Another certificate for a new key, of a node that has one; the caller keeps both by `MemberCredentials.renewed`. Errors: as `join`.
 */
export async function renew(
  world: World,
  at: Address,
  credentials: MemberCredentials,
  signal?: AbortSignal,
): Promise<{ readonly admission: Admission; readonly privateKey: Uint8Array }> {
  const privateKey = world.random.bytes(32);
  const { certificate, identity } = credentials;
  const warrant = { kind: "certificate", ...identity } as const;
  const question = { name: certificate.name, privateKey, about: new Uint8Array(0), warrant };
  let last: unknown;
  // While an authority is rotated, a node may show a certificate of either.
  for (const authority of credentials.authorities) {
    const pin: Pin = { cell: credentials.cell, fingerprint: fingerprintOf(world.crypto, authority) };
    try {
      return { admission: await ask(world, at, { ...question, pin }, signal), privateKey };
    } catch (error) {
      if (!isCoterieError(error, "TLS_UNTRUSTED")) throw error;
      last = error;
    }
  }
  throw last;
}

async function ask(
  world: World,
  first: Address,
  question: Question,
  signal: AbortSignal | undefined,
): Promise<Admission> {
  let at = first;
  for (let hop = 0; hop <= MAX_HOPS; hop++) {
    const stream = await world.net.connect({
      to: at,
      secure: { pin: question.pin },
      ...(signal === undefined ? {} : { signal }),
    });
    if (stream.peer?.role !== "node") {
      stream.destroy();
      throw joinError("JOIN_VIOLATION", at, "an operator answers there, and no node", {});
    }
    const answer = await answerOver(world, stream, question, signal);
    if ("certificate" in answer) return answer;
    at = answer;
  }
  throw new CoterieError(
    "JOIN_VIOLATION",
    `the cell's nodes send from one to the other, last to ${formatAddress(at)}`,
    {
      details: { ...at },
    },
  );
}

/** The admission, or where to go. */
function answerOver(
  world: World,
  stream: Stream,
  question: Question,
  signal: AbortSignal | undefined,
): Promise<Admission | Address> {
  const at = stream.remote;
  return new Promise((resolve, reject) => {
    const asking = new Asking(world.crypto, question);
    const settle = (how: () => void): void => {
      timer.cancel();
      signal?.removeEventListener("abort", abort);
      stream.onClose = () => {};
      stream.destroy();
      how();
    };
    const fail = (code: string, why: string, details = {}): void =>
      settle(() => reject(joinError(code, at, why, details)));
    const abort = (): void => settle(() => reject(signal?.reason));
    const timer = world.timers.after(ANSWER_MS, () => fail("JOIN_SILENT", `no answer in ${ANSWER_MS} ms`), {
      keepAlive: true,
    });
    signal?.addEventListener("abort", abort, { once: true });
    readFrames(stream, {
      message: (message) => {
        const step = asking.receive(message);
        if (step.kind === "say") stream.write(step.bytes);
        else if (step.kind === "admitted") settle(() => resolve(step.admission));
        else if (step.kind === "elsewhere") settle(() => resolve({ host: step.host, port: step.port }));
        else if (step.kind === "refused") {
          const { code, why } = refusalOf(step.reason);
          fail(code, why, { reason: step.reason });
        } else fail("JOIN_VIOLATION", `it said ${step.what}`);
      },
      violation: () => fail("JOIN_VIOLATION", "it said what is no message of this protocol"),
      ended: () => fail("JOIN_SILENT", "it hung up"),
    });
    if (signal?.aborted) abort();
  });
}

/** What is wrong with the version has codes of its own: a node that is of a cell already ends with the same ones. */
function refusalOf(reason: Reason): { readonly code: string; readonly why: string } {
  if (reason === "too old")
    return { code: "CELL_TOO_OLD", why: "its nodes write by now what this version cannot read" };
  if (reason === "too new")
    return { code: "CELL_TOO_NEW", why: "its nodes still write what this version cannot read any more" };
  return { code: "JOIN_REFUSED", why: `it refuses: ${reason}` };
}

function joinError(
  code: string,
  at: Address,
  why: string,
  details: Readonly<Record<string, unknown>>,
): CoterieError {
  return new CoterieError(code, `cannot join the cell at ${formatAddress(at)}: ${why}`, {
    details: { ...at, ...details },
  });
}

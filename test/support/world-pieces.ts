/** Pieces of a world without a world. */
import * as crypto from "node:crypto";
import { createCrypto } from "../../src/world/index.ts";

export const nodeCrypto = createCrypto<crypto.KeyObject>(crypto);

/** Nothing takes time. */
export const stillClock = { monotonicMs: () => 0 };

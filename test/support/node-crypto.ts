/** `World.crypto` without a world. */
import * as crypto from "node:crypto";
import { createCrypto } from "../../src/world/index.ts";

export const nodeCrypto = createCrypto<crypto.KeyObject>(crypto);

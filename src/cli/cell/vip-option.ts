/** `--vip ADDRESS/PREFIX[@INTERFACE]`: the cell's floating address, at this machine. */
import type { FloatingPlace } from "../../node/index.ts";
import { CoterieError } from "../../world/index.ts";

/** Only of a network with room for it, this machine and a client: a longer prefix has none. */
const MAX_PREFIX = 30;
const MIN_PREFIX = 8;

/** @throws CoterieError VIP_ADDRESS. */
export function parseVip(text: string): FloatingPlace {
  const match = /^((?:\d{1,3}\.){3}\d{1,3})\/(\d{1,2})(?:@([^\s/@]{1,15}))?$/.exec(text);
  const [, address = "", length = "", device] = match ?? [];
  const parts = address.split(".").map(Number);
  const prefix = Number(length);
  const isAddress = match !== null && parts.every((part) => part <= 255) && isOfMachine(parts);
  if (!isAddress || prefix < MIN_PREFIX || prefix > MAX_PREFIX) {
    throw new CoterieError(
      "VIP_ADDRESS",
      `--vip ${text}: expected ADDRESS/PREFIX, or ADDRESS/PREFIX@INTERFACE`,
      {
        details: { given: text },
      },
    );
  }
  return { address, prefix, ...(device !== undefined && { interface: device }) };
}

/** None of "this network", of the machine itself, or of a group (RFC 6890). */
function isOfMachine([first = 0]: readonly number[]): boolean {
  return first > 0 && first !== 127 && first < 224;
}

/** A message's order and guarantee as one small number: what items carry, and what the hot paths compare. */
import type { Guarantee, Order } from "../types.ts";

export const ORDERS: readonly Order[] = ["unordered", "fifo", "causal", "total", "causal-total", "sync"];
export const GUARANTEES: readonly Guarantee[] = ["unreliable", "reliable", "atomic"];

const [UNORDERED, , CAUSAL, TOTAL, CAUSAL_TOTAL, SYNC] = [0, 1, 2, 3, 4, 5];
const UNRELIABLE = 0;
const ATOMIC = 2;

/** @throws RangeError for `safe`, which is the log's, and for `unreliable` messages of an order that needs all of them. */
export function modeOf(order: Order, guarantee: Guarantee): number {
  const orderNumber = ORDERS.indexOf(order);
  const guaranteeNumber = GUARANTEES.indexOf(guarantee);
  if (orderNumber < 0) throw new RangeError(`${order} is no order`);
  if (guaranteeNumber < 0) throw new RangeError(`${guarantee} is no guarantee of a multicast`);
  if (guaranteeNumber === UNRELIABLE && orderNumber > 1)
    throw new RangeError(`${order} needs every message: it cannot be unreliable`);
  return orderNumber + 16 * guaranteeNumber;
}

/** Whether `mode` is one that a reliable stream carries. */
export function isStreamMode(mode: number): boolean {
  const guarantee = mode >>> 4;
  return (mode & 15) <= SYNC && guarantee >= 1 && guarantee <= ATOMIC;
}

export function isLooseMode(mode: number): boolean {
  return mode === 0 || mode === 1;
}

export function orderOf(mode: number): Order {
  return ORDERS[mode & 15] as Order;
}

export function guaranteeOf(mode: number): Guarantee {
  return GUARANTEES[mode >>> 4] as Guarantee;
}

export const isUnordered = (mode: number): boolean => (mode & 15) === UNORDERED;
export const isTotal = (mode: number): boolean => (mode & 15) >= TOTAL;
export const isSync = (mode: number): boolean => (mode & 15) === SYNC;
export const isAtomic = (mode: number): boolean => mode >>> 4 === ATOMIC;

/** Carries a precedence vector. */
export function isCausal(mode: number): boolean {
  const order = mode & 15;
  return order === CAUSAL || order === CAUSAL_TOTAL || order === SYNC;
}

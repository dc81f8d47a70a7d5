/**
 * Memory outside of the JavaScript heap, freed at once.
 *
 * V8 collects garbage for every few tens of MiB of array buffers that were made, however quickly they are forgotten:
 * a server that receives a gigabyte a second spent half of its time on that. A message takes the buffers along that
 * are transferred with it, and one that is posted to a closed port is dropped on the spot, buffers and all. That takes
 * one microsecond, less than making the buffer.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";

/** Buffers under this are not worth it. */
const LEAST_BYTES = 16 * 1024;

/** Closed a few turns of the event loop after the first use; what is posted before then is dropped when it closes. */
let closedPort: MessagePort | undefined;
const transferred: ArrayBuffer[] = [];

/** Frees an array's memory if it is all of its buffer, and no small one; the array is empty from then on. */
export function freeMemory(array: Uint8Array): void {
  const { buffer } = array;
  if (array.length < LEAST_BYTES || array.length !== buffer.byteLength || !(buffer instanceof ArrayBuffer))
    return;
  closedPort ??= openAndClose();
  transferred[0] = buffer;
  closedPort.postMessage(undefined, transferred);
  transferred.length = 0;
}

function openAndClose(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.close();
  return port2;
}

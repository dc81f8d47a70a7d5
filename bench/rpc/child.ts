/**
 * One side of a measurement in a process of its own:
 *   child.ts serve PEER                                   prints its port, serves until its input ends
 *   child.ts call PEER PORT OPERATION IN-FLIGHT MS WARM-MS  prints { callsPerSecond, medianUs } of its calls
 */
import { median } from "../support/statistics.ts";
import { type Operation, type PeerName, peers } from "./peers.ts";

const [role, peerName, ...rest] = process.argv.slice(2);
const peer = peers[peerName as PeerName];
if (peer === undefined) throw new Error(`no such peer: ${peerName}`);

if (role === "serve") {
  console.log(await peer.serve());
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(0));
} else {
  const [port, operation, inFlight, milliseconds, warmMs] = rest;
  const call = await peer.connect(Number(port), operation as Operation);
  await measure(call, Number(inFlight), Number(warmMs));
  console.log(JSON.stringify(await measure(call, Number(inFlight), Number(milliseconds))));
  process.exit(0);
}

interface Measured {
  readonly callsPerSecond: number;
  /** Of every sixteenth call, in microseconds. */
  readonly medianUs: number;
}

function measure(
  call: (done: () => void) => void,
  inFlight: number,
  milliseconds: number,
): Promise<Measured> {
  return new Promise((resolve) => {
    const begin = performance.now();
    const latencies: number[] = [];
    let calls = 0;
    let running = inFlight;
    let over = false;
    const loop = () => {
      let from = performance.now();
      const done = () => {
        if ((++calls & 15) === 0) {
          const now = performance.now();
          latencies.push(now - from);
          over ||= now - begin >= milliseconds;
        }
        if (!over) {
          if ((calls & 15) === 15 || inFlight > 1) from = performance.now();
          call(done);
        } else if (--running === 0) {
          const callsPerSecond = (calls * 1000) / (performance.now() - begin);
          resolve({ callsPerSecond, medianUs: median(latencies) * 1000 });
        }
      };
      call(done);
    };
    for (let i = 0; i < inFlight; i++) loop();
  });
}

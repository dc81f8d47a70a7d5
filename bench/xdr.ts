/**
 * XDR, by the operation: nanoseconds for one write or read, the best of several rounds, because whatever else the machine does
 * only adds to them.
 *
 *     npm run bench -- xdr
 *     npm run bench -- xdr --quick --json
 */
import {
  decode_fattr3,
  decode_LOOKUP3args,
  encode_fattr3,
  encode_LOOKUP3args,
  type fattr3,
  ftype3,
  type LOOKUP3args,
} from "../src/files/nfs/gen/nfs3.gen.ts";
import { XdrReader, XdrWriter } from "../src/marshal/index.ts";
import { count, options } from "./support/options.ts";
import { Report } from "./support/report.ts";

const asked = options({ rounds: count("rounds, of which the best counts", { usual: 7, quick: 1 }) });
const ROUND_NS = 40_000_000;

type Line = {
  readonly operation: string;
  readonly ns: number;
};

const lines: Line[] = [];
/** Keeps results alive, so that nothing is optimised away. */
let sink: unknown;

/** Measures `run`, which does the operation `count` times. */
function measure(operation: string, run: (count: number) => void): void {
  let count = 1000;
  let took = 0;
  for (; took < ROUND_NS / 4; count *= 2) took = timed(run, count);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < asked.rounds; round++) best = Math.min(best, timed(run, count) / count);
  lines.push({ operation, ns: Math.round(best * 10) / 10 });
}

function timed(run: (count: number) => void, count: number): number {
  const started = process.hrtime.bigint();
  run(count);
  return Number(process.hrtime.bigint() - started);
}

/** Operations between two looks at the buffer. */
const BLOCK = 64;

/** `write` writes `BLOCK` times: a loop of its own for each operation, so that the engine can inline what it calls. */
function measureWrite(operation: string, write: (w: XdrWriter) => void): void {
  const w = new XdrWriter(1 << 23);
  measure(`write ${operation}`, (count) => {
    for (let done = 0; done < count; done += BLOCK) {
      w.reset();
      write(w);
    }
  });
}

/** `read` reads `BLOCK` times what `write` wrote, which begins at 0. */
function measureRead(
  operation: string,
  write: (w: XdrWriter) => void,
  read: (r: XdrReader) => unknown,
): void {
  const w = new XdrWriter();
  write(w);
  const r = new XdrReader(w.encoded());
  measure(`read ${operation}`, (count) => {
    for (let done = 0; done < count; done += BLOCK) sink = read(r);
  });
}

measureWrite("int", (w) => {
  for (let i = 0; i < BLOCK; i++) w.int(i);
});
measureRead(
  "int",
  (w) => w.int(-7),
  (r) => {
    let sum = 0;
    for (let i = 0; i < BLOCK; i++) {
      r.position = 0;
      sum += r.int();
    }
    return sum;
  },
);
measureWrite("unsigned int", (w) => {
  for (let i = 0; i < BLOCK; i++) w.uint(i);
});
measureRead(
  "unsigned int",
  (w) => w.uint(7),
  (r) => {
    let sum = 0;
    for (let i = 0; i < BLOCK; i++) {
      r.position = 0;
      sum += r.uint();
    }
    return sum;
  },
);
const hypers = Array.from({ length: BLOCK }, (_, i) => BigInt(i) * 12_345_678_901n);
measureWrite("unsigned hyper", (w) => {
  for (let i = 0; i < BLOCK; i++) w.uhyper(hypers[i] as bigint);
});
measureRead(
  "unsigned hyper",
  (w) => w.uhyper(2n ** 63n),
  (r) => {
    let last = 0n;
    for (let i = 0; i < BLOCK; i++) {
      r.position = 0;
      last = r.uhyper();
    }
    return last;
  },
);
for (const size of [8, 32, 256, 4096, 65_536]) {
  const bytes = new Uint8Array(size).fill(7);
  measureWrite(`opaque of ${size}`, (w) => {
    for (let i = 0; i < BLOCK; i++) w.opaque(bytes);
  });
}
measureRead(
  "opaque of any size",
  (w) => w.opaque(new Uint8Array(256)),
  (r) => {
    let last: unknown;
    for (let i = 0; i < BLOCK; i++) {
      r.position = 0;
      last = r.opaque();
    }
    return last;
  },
);
for (const text of ["hi", "hello.txt", "a".repeat(32), "a".repeat(255), "é".repeat(16)]) {
  const what = `string of ${text.length}${text.startsWith("é") ? " beyond ASCII" : ""}`;
  measureWrite(what, (w) => {
    for (let i = 0; i < BLOCK; i++) w.string(text);
  });
  measureRead(
    what,
    (w) => w.string(text),
    (r) => {
      let last: unknown;
      for (let i = 0; i < BLOCK; i++) {
        r.position = 0;
        last = r.string();
      }
      return last;
    },
  );
}

const time = { seconds: 1_700_000_000, nseconds: 5 };
const attributes: fattr3 = {
  type: ftype3.NF3REG,
  mode: 0o644,
  nlink: 1,
  uid: 1000,
  gid: 1000,
  size: 12_345n,
  used: 16_384n,
  rdev: { specdata1: 0, specdata2: 0 },
  fsid: 77n,
  fileid: 123_456n,
  atime: time,
  mtime: time,
  ctime: time,
};
measureWrite("fattr3 (generated)", (w) => {
  for (let i = 0; i < BLOCK; i++) encode_fattr3(w, attributes);
});
measureRead(
  "fattr3 (generated)",
  (w) => encode_fattr3(w, attributes),
  (r) => {
    let last: unknown;
    for (let i = 0; i < BLOCK; i++) {
      r.position = 0;
      last = decode_fattr3(r);
    }
    return last;
  },
);
const lookup: LOOKUP3args = {
  what: { dir: new Uint8Array(32), name: new TextEncoder().encode("hello.txt") },
};
measureWrite("LOOKUP3args (generated)", (w) => {
  for (let i = 0; i < BLOCK; i++) encode_LOOKUP3args(w, lookup);
});
measureRead(
  "LOOKUP3args (generated)",
  (w) => encode_LOOKUP3args(w, lookup),
  (r) => {
    let last: unknown;
    for (let i = 0; i < BLOCK; i++) {
      r.position = 0;
      last = decode_LOOKUP3args(r);
    }
    return last;
  },
);

const report = new Report("xdr", asked, { rounds: asked.rounds });
report.table("an operation", lines);
report.end();
if (sink === lines) console.log();

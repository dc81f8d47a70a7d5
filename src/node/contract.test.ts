import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { secured } from "../world/contract/cell-fixture.ts";
import type { ContractCase, Subject } from "../world/contract/contract.ts";
import { describeCrypto } from "../world/contract/crypto.ts";
import { describeDatagrams } from "../world/contract/datagram.ts";
import { describeSecure } from "../world/contract/secure.ts";
import { describeStores } from "../world/contract/store.ts";
import { describeStoreViews } from "../world/contract/store-view.ts";
import { describeStreams } from "../world/contract/stream.ts";
import { describeTime } from "../world/contract/time.ts";
import type { Storage } from "../world/index.ts";
import { createNodeWorld, type StoreTuning } from "./index.ts";

function subject(name: string, storeTuning: StoreTuning, isLog = false): Subject {
  return {
    name,
    async run(test: (context: ContractCase) => Promise<void>) {
      const directory = mkdtempSync(join(tmpdir(), "coterie-contract-"));
      const made = createNodeWorld({ directory, storeTuning });
      const open: Storage["open"] = (store, options) => made.storage.open(store, { isLog, ...options });
      const world = { ...made, storage: { open } };
      try {
        await test({ world, peer: world, host: "127.0.0.1", sleep: (delayMs) => pause(delayMs) });
      } finally {
        await world.close();
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
}

const node = subject("node", {});
describeTime(node);
describeCrypto(node);
describeStreams(node);
describeStreams(secured(node));
describeSecure(node);
describeDatagrams(node);
describeStores(node);
describeStoreViews(node);
describeStoreViews(subject("node, commits on this thread", { commit: "inline" }));
describeStoreViews(
  subject("node, commits on lmdb's thread, a small log", { commit: "thread", logBytes: 65_536 }),
);
describeStores(subject("node, commits on this thread", { commit: "inline" }));
describeStores(subject("node, commits on lmdb's thread", { commit: "thread" }));
const kept = { logBytes: 65_536, leastPlacedBytes: 1 };
for (const commit of ["inline", "thread"] as const) {
  const logs = subject(`node, logs, commits ${commit}`, { ...kept, commit }, true);
  describeStores(logs);
  describeStoreViews(logs);
}

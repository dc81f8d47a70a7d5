/** Most plants are only tried in a soak. Whether each still fits the code that it is put into is seen here. */
import { describe, expect, test } from "vitest";
import { CHANNEL_PLANTS } from "../simulation/channel-plants.ts";
import { GROUP_PLANTS, VIEW_PLANTS } from "../simulation/group-plants.ts";
import { RARE_GROUP_PLANTS } from "../simulation/group-rare-plants.ts";
import { MAILBOX_PLANTS } from "../simulation/mailbox-plants.ts";
import { PAXOS_PLANTS } from "../simulation/paxos-plants.ts";
import { SAFE_PLANTS } from "../simulation/safe-plants.ts";
import { SHARED_PLANTS } from "../simulation/shared-plants.ts";
import { VOLUME_PLANTS } from "../simulation/volume-plants.ts";
import { tryEdits } from "./planted.ts";

const plants = {
  channel: [...CHANNEL_PLANTS, ...MAILBOX_PLANTS],
  group: [...GROUP_PLANTS, ...VIEW_PLANTS, ...RARE_GROUP_PLANTS, ...SAFE_PLANTS, ...SHARED_PLANTS],
  paxos: PAXOS_PLANTS,
  files: VOLUME_PLANTS,
} as const;

describe("bugs that are planted", () => {
  for (const [layer, each] of Object.entries(plants)) {
    test.each(each)(`${layer}: $name fits the code`, ({ edits }) => {
      expect(edits.length).toBeGreaterThan(0);
      tryEdits(layer, edits);
    });
  }

  test("an edit is refused where the code has no such place, or two", () => {
    const file = "replicated/entries.ts";
    const edit = { file, find: "new CallEntries(", becomes: "new NoEntries(" };
    tryEdits("files", [edit]);
    expect(() => tryEdits("files", [edit, edit])).toThrow("has 0 places");
    expect(() => tryEdits("files", [{ ...edit, find: "CallEntries" }])).toThrow(/has [2-9] places/);
    expect(() => tryEdits("files", [{ ...edit, find: "text that nobody wrote" }])).toThrow("has 0 places");
  });
});

/** The simulator tried on bugs of mailboxes: each is found, and the run that shows it becomes a few faults and mails. */
import { describe, expect, test } from "vitest";
import { hunt, isWithin } from "../support/plant-hunt.ts";
import { plant } from "../support/planted.ts";
import type { MailboxModule } from "./mailbox-life.ts";
import { MAILBOX_PLANTS } from "./mailbox-plants.ts";
import { type MailboxOperation, mailboxScenario } from "./mailbox-scenario.ts";

const HUNT = { seeds: 1000, most: { faults: 5, messages: 10 }, tried: 5, shrinkMs: 20_000 };
const mailsOf = (operation: MailboxOperation) => (operation.kind === "send" ? operation.count : 0);

describe("mailboxes with a bug", () => {
  for (const { name, edits } of MAILBOX_PLANTS) {
    test(`${name}: is found, and shown by a small run`, {
      timeout: 2 * HUNT.tried * HUNT.shrinkMs,
    }, async () => {
      const { module, remove } = await plant<MailboxModule>("channel", edits);
      try {
        const sizes = await hunt(mailboxScenario(module), mailsOf, HUNT);
        expect(sizes.length, `failures in ${HUNT.seeds} seeds`).toBeGreaterThan(0);
        expect(isWithin(sizes.at(-1), HUNT.most), `made as small as ${JSON.stringify(sizes)}`).toBe(true);
      } finally {
        remove();
      }
    });
  }
});

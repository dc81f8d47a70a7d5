import { expect, test } from "vitest";
import { CoterieError, silentLog } from "../../world/index.ts";
import { Dismissal } from "./dismissal.ts";

const revoked = new CoterieError("TLS_REFUSED", "refused", { details: { reason: "TLS_REVOKED" } });
const strange = new CoterieError("TLS_UNTRUSTED", "signed by another");

function scene() {
  const warnings: unknown[] = [];
  const log = { isOut: false };
  const warn = (_: string, fields: unknown) => void warnings.push(fields);
  return { log, warnings, dismissal: new Dismissal({ ...silentLog, warn }, () => log.isOut) };
}

test("the log's word counts, and who waits hears of it with the next look", async () => {
  const { log, dismissal } = scene();
  let isFound = false;
  void dismissal.found.then(() => {
    isFound = true;
  });
  dismissal.look();
  await Promise.resolve();
  expect([dismissal.isSo, isFound]).toEqual([false, false]);
  log.isOut = true;
  expect(dismissal.isSo).toBe(true);
  dismissal.look();
  await dismissal.found;
});

test("the word of a node that refuses the certificate counts, whatever the log says", async () => {
  const { dismissal } = scene();
  expect(dismissal.hear(new CoterieError("TLS_REFUSED", "expired"))).toBe(false);
  expect(dismissal.isSo).toBe(false);
  expect(dismissal.hear(revoked)).toBe(true);
  expect(dismissal.isSo).toBe(true);
  dismissal.look();
  await dismissal.found;
});

test("nodes of an authority that is not believed dismiss nobody, and are told of once", () => {
  const { warnings, dismissal } = scene();
  expect([dismissal.hear(strange), dismissal.hear(strange)]).toEqual([false, false]);
  expect(dismissal.isSo).toBe(false);
  expect(warnings).toEqual([{ message: "signed by another" }]);
});

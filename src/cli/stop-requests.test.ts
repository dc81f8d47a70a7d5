import { expect, test } from "vitest";
import { FakeHost } from "../../test/support/cli-host.ts";
import { stopRequests } from "./stop-requests.ts";

test("the first signal asks, the second ends the process with the shell's status for it", async () => {
  const host = new FakeHost();
  const ended: number[] = [];
  const control = {
    ...host.process,
    exit: (code: number): never => {
      ended.push(code);
      throw new Error("ended");
    },
  };
  const requests = stopRequests(control);
  host.signal("SIGTERM");
  expect(await requests.first).toBe("SIGTERM");
  expect(ended).toEqual([]);
  expect(() => host.signal("SIGINT")).toThrow("ended");
  expect(ended).toEqual([130]);
  requests.release();
  expect(host.signal("SIGINT")).toBe(false);
});

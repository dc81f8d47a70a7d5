import { expect, test } from "vitest";
import { floatingAddress, neighboursOf } from "./floating-address.ts";

test("neighbours are others of the network, and never its own two addresses", () => {
  for (let tries = 0; tries < 200; tries++) {
    const found = neighboursOf({ address: "192.168.7.9", prefix: 24 });
    expect(found.length).toBeGreaterThanOrEqual(3);
    for (const each of found) {
      expect(each).toMatch(/^192\.168\.7\.\d+$/);
      expect(["192.168.7.0", "192.168.7.9", "192.168.7.255"]).not.toContain(each);
    }
    for (const each of neighboursOf({ address: "10.1.2.130", prefix: 30 })) expect(each).toBe("10.1.2.129");
    for (const each of neighboursOf({ address: "10.1.2.3", prefix: 8 })) expect(each).toMatch(/^10\./);
  }
  expect(neighboursOf({ address: "10.1.2.3", prefix: 32 })).toEqual([]);
});

test.runIf(process.platform === "linux")(
  "an interface that is not there is told of, and not the program's end",
  async () => {
    // Of a network that no interface is in (RFC 1112 section 4), and of an interface that cannot be.
    const missing = floatingAddress({ address: "240.0.0.9", prefix: 24, interface: "coterie-none" });
    expect(await missing.release()).toMatchObject({
      kind: "failed",
      why: expect.stringMatching(/interface|permission|unsupported/),
    });
    const nowhere = floatingAddress({ address: "240.0.0.9", prefix: 24 });
    expect(await nowhere.release()).toMatchObject({
      kind: "failed",
      why: expect.stringMatching(/interface|unsupported/),
    });
    await nowhere.announce();
  },
);

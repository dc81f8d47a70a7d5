import { expect, test } from "vitest";
import { parseVip } from "./vip-option.ts";

test("an address with its prefix, and perhaps an interface", () => {
  expect(parseVip("192.168.1.9/24")).toEqual({ address: "192.168.1.9", prefix: 24 });
  expect(parseVip("10.0.0.9/8@eth0.5")).toEqual({ address: "10.0.0.9", prefix: 8, interface: "eth0.5" });
});

test("anything else is refused", () => {
  for (const text of [
    ...["", "192.168.1.9", "192.168.1/24", "192.168.1.256/24", "192.168.1.9/33", "192.168.1.9/31"],
    ...["192.168.1.9/4", "127.0.0.9/8", "0.1.2.3/8", "224.0.0.1/24", "fd00::1/64", "192.168.1.9/24@"],
    ...[
      "192.168.1.9/24@a b",
      "192.168.1.9/24@an-interface-too-long",
      "192.168.1.9/24@e0/x",
      "x192.168.1.9/24",
    ],
  ]) {
    expect(() => parseVip(text), text).toThrow(expect.objectContaining({ code: "VIP_ADDRESS" }));
  }
});

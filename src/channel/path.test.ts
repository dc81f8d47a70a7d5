import { describe, expect, it } from "vitest";
import type { Network } from "../world/index.ts";
import { destination, maxPacketBytes, networkOf } from "./path.ts";

/** A network whose names have the given addresses. */
function naming(...addresses: readonly string[]): Network {
  const none = () => Promise.reject(new Error("only names here"));
  return { datagram: none, listen: none, connect: none, resolve: async () => addresses };
}

const V4 = { host: "0.0.0.0", port: 1 };
const V6 = { host: "::", port: 1 };

describe("where packets go", () => {
  it("is the first address of the socket's own family", async () => {
    const net = naming("192.0.2.1", "2001:db8::1", "192.0.2.2");
    expect(await destination(net, { host: "a", port: 7 }, V4)).toEqual({ host: "192.0.2.1", port: 7 });
    expect(await destination(net, { host: "a", port: 7 }, V6)).toEqual({ host: "2001:db8::1", port: 7 });
  });

  it("is a mapped address where a socket of IPv6 has no other, and nowhere the other way round", async () => {
    const to = { host: "a", port: 7 };
    expect((await destination(naming("192.0.2.1"), to, V6)).host).toBe("::ffff:192.0.2.1");
    await expect(destination(naming("2001:db8::1"), to, V4)).rejects.toMatchObject({
      code: "NET_UNREACHABLE",
    });
    await expect(destination(naming(), to, V4)).rejects.toMatchObject({ code: "NET_NAME_UNKNOWN" });
  });

  it("is this machine's loopback address for one that stands for all of its own", async () => {
    const to = { host: "any", port: 7 };
    expect((await destination(naming("0.0.0.0"), to, V4)).host).toBe("127.0.0.1");
    expect((await destination(naming("::"), to, V6)).host).toBe("::1");
    expect((await destination(naming("0.0.0.0"), to, V6)).host).toBe("::ffff:127.0.0.1");
  });
});

describe("how large packets may be", () => {
  it("is more to loopback addresses", () => {
    const loopback = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"];
    expect(loopback.map(maxPacketBytes)).toEqual([65_507, 65_507, 65_507, 65_507]);
    expect(["10.0.0.1", "2001:db8::127.0.0.1", "128.0.0.1"].map(maxPacketBytes)).toEqual([1452, 1452, 1452]);
  });
});

describe("what a host is counted by", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["2001:db8:0:0:8000::", "2001:db8:0:0"],
    ["2001:db8:1:2::", "2001:db8:1:2"],
    ["2001:db8:1::4:5:6:7", "2001:db8:1:0"],
    ["::1", "0:0:0:0"],
    ["::2:3:4:5:6:7:8", "0:2:3:4"],
    ["fe80::1%eth0", "fe80:0:0:0"],
  ])("%s by %s", (host, network) => {
    expect(networkOf(host)).toBe(network);
  });
});

import { expect, test } from "vitest";
import { Simulation } from "../sim/index.ts";
import { CoterieError } from "../world/index.ts";
import { MAX_HEAD_BYTES, MAX_REQUESTS, type Page, type Pages, REQUEST_MS, servePages } from "./pages.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (chunks: readonly Uint8Array[]) => chunks.map((each) => new TextDecoder().decode(each)).join("");

/** A node that serves pages, and another that asks it. */
function scene(pages: Record<string, Page>) {
  const sim = new Simulation({ seed: 1 });
  const server = sim.node("server");
  const client = sim.node("client");
  let served: Pages;
  const start = async () => {
    await client.start(async () => {});
    served = await server.start((world) => servePages(world, { bind: { host: "0.0.0.0", port: 80 }, pages }));
  };
  /** Sends what it is given, and gives what came until the stream was gone. */
  const ask = async (...parts: readonly string[]): Promise<string> => {
    const stream = await client.world.net.connect({ to: { host: server.ip, port: 80 } });
    return new Promise((resolve) => {
      const chunks: Uint8Array[] = [];
      stream.onData = (chunk) => void chunks.push(chunk);
      stream.onEnd = () => stream.end();
      stream.onClose = () => resolve(text(chunks));
      for (const part of parts) stream.write(bytes(part));
    });
  };
  return { sim, start, ask, client, server, close: () => served.close() };
}

const hello = { type: "text/plain", text: () => "hello\n" };

test("a page is made at each request, and told whole", async () => {
  let count = 0;
  const { sim, start, ask } = scene({ "/metrics": { type: "text/plain", text: () => `asked ${++count}\n` } });
  await sim.run(async () => {
    await start();
    expect(await ask("GET /metrics HTTP/1.1\r\nHost: server\r\n\r\n")).toBe(
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 8\r\nConnection: close\r\n\r\nasked 1\n",
    );
    expect(await ask("GET /met", "rics?all=1 HTTP/1.0\r\n", "\r\n")).toContain("\r\n\r\nasked 2\n");
    expect(await ask("HEAD /metrics HTTP/1.1\r\n\r\n")).toMatch(/Content-Length: 8\r\n.*\r\n\r\n$/s);
  });
});

test("what is no request for a page is refused with a status", async () => {
  const { sim, start, ask } = scene({ "/metrics": hello });
  await sim.run(async () => {
    await start();
    const status = async (...parts: string[]) => (await ask(...parts)).split("\r\n")[0];
    expect(await status("GET /else HTTP/1.1\r\n\r\n")).toBe("HTTP/1.1 404 Not Found");
    expect(await status("GET /constructor HTTP/1.1\r\n\r\n")).toBe("HTTP/1.1 404 Not Found");
    expect(await status("POST /metrics HTTP/1.1\r\n\r\n")).toBe("HTTP/1.1 405 Method Not Allowed");
    expect(await status("\0\0\0\0\r\n\r\n")).toBe("HTTP/1.1 400 Bad Request");
    expect(await status("GET /metrics HTTP/2\r\n\r\n")).toBe("HTTP/1.1 400 Bad Request");
    expect(await status("GET /metrics HTTP/1.1\r\n", `X: ${"x".repeat(MAX_HEAD_BYTES)}`)).toBe(
      "HTTP/1.1 431 Request Header Fields Too Large",
    );
  });
});

test("a page that cannot be made now is told of with its code", async () => {
  const failing = {
    type: "text/plain",
    text: () => {
      throw new CoterieError("STORE_CLOSED", "the store is closed");
    },
  };
  const { sim, start, ask } = scene({ "/metrics": failing });
  await sim.run(async () => {
    await start();
    const answer = await ask("GET /metrics HTTP/1.1\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1.1 503 .*STORE_CLOSED: the store is closed\n$/s);
  });
});

test("a page with a bug in it costs nothing but the page", async () => {
  const broken = {
    type: "text/plain",
    text: (): string => {
      throw new RangeError("a bug");
    },
  };
  const { sim, start, ask } = scene({ "/broken": broken, "/metrics": hello });
  await sim.run(async () => {
    await start();
    expect(await ask("GET /broken HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1.1 500 /);
    expect(await ask("GET /metrics HTTP/1.1\r\n\r\n")).toContain("hello");
  });
});

test("those who say nothing hold a place for a bounded time, and no more than the bound of them", async () => {
  const { sim, start, ask, client, server } = scene({ "/metrics": hello });
  await sim.run(async () => {
    await start();
    const gone: number[] = [];
    for (let at = 0; at < MAX_REQUESTS; at++) {
      const idle = await client.world.net.connect({ to: { host: server.ip, port: 80 } });
      idle.onEnd = () => void gone.push(at);
    }
    expect(await ask("GET /metrics HTTP/1.1\r\n\r\n")).toBe("");
    await sim.sleep(REQUEST_MS + 100);
    expect(gone).toHaveLength(MAX_REQUESTS);
    expect(await ask("GET /metrics HTTP/1.1\r\n\r\n")).toContain("hello");
  });
});

test("closing ends what is under way, and nobody is served any more", async () => {
  const { sim, start, ask, close, client, server } = scene({ "/metrics": hello });
  await sim.run(async () => {
    await start();
    const idle = await client.world.net.connect({ to: { host: server.ip, port: 80 } });
    const gone = new Promise((resolve) => {
      idle.onEnd = () => resolve(undefined);
    });
    await sim.sleep(10);
    await close();
    await gone;
    await expect(ask("GET /metrics HTTP/1.1\r\n\r\n")).rejects.toMatchObject({ code: "NET_REFUSED" });
  });
});

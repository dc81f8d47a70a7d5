/** What the contract cannot say through a World: other versions of TLS, other protocols, and those who hang up in the middle. */
import { once } from "node:events";
import * as net from "node:net";
import * as tls from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CellFixture } from "../world/contract/cell-fixture.ts";
import { type Listener, MAX_SECURE_HANDSHAKES, pem, privateKeyPem, type Stream } from "../world/index.ts";
import { createNodeWorld } from "./index.ts";

const world = createNodeWorld();
const cell = new CellFixture(world);
const host = "127.0.0.1";

let listener: Listener;
let refusals: string[];
let onRefused: () => void;
let streams: Stream[];

beforeEach(async () => {
  refusals = [];
  streams = [];
  onRefused = () => {};
  listener = await world.net.listen({
    bind: { host, port: 0 },
    onStream: (stream) => {
      stream.onEnd = () => stream.end();
      streams.push(stream);
    },
    secure: {
      credentials: cell.credentials("server"),
      onRefused: (error) => {
        refusals.push(`${error.code}: ${error.message}`);
        onRefused();
      },
    },
  });
});

afterEach(async () => {
  for (const stream of streams) stream.destroy();
  await listener.close();
});

/** The next that is refused. */
function refused(): Promise<void> {
  return new Promise((resolve) => {
    onRefused = resolve;
  });
}

/** What a client of Node's own hears: bytes in hexadecimal, then how it ended. */
async function bareClient(options: tls.ConnectionOptions): Promise<string> {
  const identity = cell.identity("client");
  const socket = tls.connect({
    host,
    port: listener.local.port,
    cert: pem("CERTIFICATE", identity.certificate),
    key: privateKeyPem("Ed25519", identity.privateKey),
    ca: pem("CERTIFICATE", cell.authority.der),
    checkServerIdentity: () => undefined,
    ALPNProtocols: ["coterie/1"],
    ...options,
  });
  let heard = "";
  socket.on("data", (chunk) => {
    heard += chunk.toString("hex");
    socket.end();
  });
  return new Promise((resolve) => {
    socket.on("error", (error) => resolve((error as { code?: string }).code ?? error.message));
    socket.on("close", () => resolve(heard));
  });
}

describe("secure streams over Node's TLS", () => {
  it("are TLS 1.3 with the authority that OpenSSL can check too", async () => {
    expect(await bareClient({})).toBe("00");
    expect(refusals).toEqual([]);
  });

  it("are of no older version", async () => {
    const [heard] = await Promise.all([bareClient({ maxVersion: "TLSv1.2" }), refused()]);
    expect(heard).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
    expect(refusals.join()).toMatch(/^TLS_FAILED.*protocol/);
  });

  it("are of no other protocol", async () => {
    const [heard] = await Promise.all([bareClient({ ALPNProtocols: ["h2"] }), refused()]);
    expect(heard).toBe("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL");
    expect(refusals.join()).toMatch(/^TLS_FAILED.*protocol/);
  });

  it("refuse a server that speaks TLS and not this protocol", async () => {
    const identity = cell.identity("server");
    const server = tls.createServer({
      cert: pem("CERTIFICATE", identity.certificate),
      key: privateKeyPem("Ed25519", identity.privateKey),
      minVersion: "TLSv1.3",
    });
    server.listen(0, host);
    await once(server, "listening");
    const to = { host, port: (server.address() as net.AddressInfo).port };
    const attempt = world.net.connect({ to, secure: { credentials: cell.credentials("client") } });
    await expect(attempt).rejects.toMatchObject({ code: "TLS_FAILED" });
    server.close();
  });

  it("do not wait for the verdict of a server that ends without one", async () => {
    const identity = cell.identity("server");
    const server = tls.createServer(
      {
        cert: pem("CERTIFICATE", identity.certificate),
        key: privateKeyPem("Ed25519", identity.privateKey),
        minVersion: "TLSv1.3",
        ALPNProtocols: ["coterie/1"],
        allowHalfOpen: true,
      },
      (socket) => socket.end(),
    );
    server.listen(0, host);
    await once(server, "listening");
    const to = { host, port: (server.address() as net.AddressInfo).port };
    const attempt = world.net.connect({ to, secure: { credentials: cell.credentials("client") } });
    await expect(attempt).rejects.toThrow(/broke off/);
    server.close();
  });

  it("refuse a server of an older version", async () => {
    const identity = cell.identity("server");
    const server = tls.createServer({
      cert: pem("CERTIFICATE", identity.certificate),
      key: privateKeyPem("Ed25519", identity.privateKey),
      maxVersion: "TLSv1.2",
      ALPNProtocols: ["coterie/1"],
    });
    server.on("tlsClientError", () => {});
    server.listen(0, host);
    await once(server, "listening");
    const to = { host, port: (server.address() as net.AddressInfo).port };
    const attempt = world.net.connect({ to, secure: { credentials: cell.credentials("client") } });
    await expect(attempt).rejects.toMatchObject({ code: "TLS_FAILED" });
    server.close();
  });

  it("tell a certificate that is not of the key before anything is connected", async () => {
    const mixed = {
      ...cell.credentials("client"),
      identity: { ...cell.identity("client"), privateKey: cell.identity("other").privateKey },
    };
    const attempt = world.net.connect({ to: listener.local, secure: { credentials: mixed } });
    await expect(attempt).rejects.toThrow(/key values mismatch/);
    const bind = { host, port: 0 };
    const listen = () => world.net.listen({ bind, onStream: () => {}, secure: { credentials: mixed } });
    expect(listen).toThrow(/key values mismatch/);
    expect([refusals, streams]).toEqual([[], []]);
  });

  it("count no handshake that was broken off: as many as fit, thrice, and then one that is whole", async () => {
    for (let round = 0; round < 3; round++) {
      const sockets = Array.from({ length: MAX_SECURE_HANDSHAKES }, () =>
        net.connect(listener.local.port, host),
      );
      await Promise.all(sockets.map((socket) => once(socket, "connect")));
      // One more than fit is dropped without a handshake, once the listener has seen the others.
      const extra = net.connect(listener.local.port, host);
      extra.on("error", () => {});
      await once(extra, "close");
      const before = refusals.length;
      const all = new Promise<void>((resolve) => {
        onRefused = () => refusals.length === before + MAX_SECURE_HANDSHAKES && resolve();
      });
      // As one closes that has heard enough, one that was killed, and one that would still listen.
      for (const socket of sockets) {
        if (round === 0) socket.destroy();
        else if (round === 1) socket.resetAndDestroy();
        else socket.end();
      }
      await all;
    }
    // Each was noticed when it happened.
    expect(refusals.filter((each) => /timeout/i.test(each))).toEqual([]);
    const secure = { credentials: cell.credentials("client") };
    const client = await world.net.connect({ to: listener.local, secure });
    expect(client.peer?.name).toBe("server");
    client.destroy();
  });
});

/** Over real sockets and real files: a node that has founded a cell, one that joins at its mesh's own port, and the link between them. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { afterAll, expect, it } from "vitest";
import { type Mesh, openMesh } from "../../channel/index.ts";
import { directoryFiles } from "../../cli/node-directory.ts";
import { createLocalFiles, createNodeWorld } from "../../node/index.ts";
import type { Address, Stream } from "../../world/index.ts";
import {
  Authority,
  asTrust,
  firstTrust,
  formatToken,
  JoinDesk,
  join,
  keyToJoinWith,
  MemberCredentials,
  makeToken,
  parseToken,
  renew,
} from "./index.ts";

const CELL = "cd".repeat(16);
const bind = { host: "127.0.0.1", port: 0 };
const world = createNodeWorld();
const folder = mkdtempSync(path(tmpdir(), "coterie-join-"));
function filesOf(name: string) {
  mkdirSync(path(folder, name), { mode: 0o700 });
  return directoryFiles(createLocalFiles(), path(folder, name));
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function openTls(credentials: MemberCredentials, onStranger?: (stream: Stream) => void): Promise<Mesh> {
  const carrier = { kind: "tls", credentials, ...(onStranger === undefined ? {} : { onStranger }) } as const;
  return openMesh(world, { name: credentials.certificate.name, bind, carrier });
}

async function founder() {
  const files = filesOf("one");
  const authority = await Authority.make(world, files, CELL);
  const privateKey = await keyToJoinWith(world, files);
  const { der } = await authority.certify("node", "one", world.crypto.ed25519(privateKey).publicKey);
  const identity = { certificate: der, privateKey };
  const credentials = await MemberCredentials.keep(world, files, identity, [authority.certificate]);
  return { files, authority, credentials };
}

it("a machine joins at a node's mesh, has a link with it, and renews its certificate", async () => {
  const { authority, credentials } = await founder();
  const told: string[] = [];
  const desk = new JoinDesk(world, {
    trust: asTrust(CELL, firstTrust(authority.certificate)),
    authority,
    holder: () => undefined,
    knows: () => true,
    admit: async ({ name, about }) => {
      told.push(`${name}: ${new TextDecoder().decode(about)}`);
      return new TextEncoder().encode("welcome");
    },
    welcome: async (name) => new TextEncoder().encode(name),
  });
  const one = await openTls(credentials, (stream) => desk.take(stream));
  const at: Address = one.self.address;

  const files = filesOf("two");
  const privateKey = await keyToJoinWith(world, files);
  const token = parseToken(world, formatToken(world, makeToken(world, credentials.pin)));
  const about = new TextEncoder().encode("here I am");
  const { certificate, authorities, welcome } = await join(world, {
    at,
    token,
    name: "two",
    privateKey,
    about,
  });
  expect([told, new TextDecoder().decode(welcome)]).toEqual([["two: here I am"], "welcome"]);
  await MemberCredentials.keep(world, files, { certificate: certificate.der, privateKey }, authorities);
  // As after a restart.
  const own = (await MemberCredentials.open(world, files)) as MemberCredentials;

  const two = await openTls(own);
  const [portOfOne, portOfTwo] = [one.open("p"), two.open("p")];
  const heard = new Promise((resolve) => {
    portOfOne.onMessage = (from, message) => resolve([from, message.length]);
  });
  portOfTwo.onUp = (peer) => portOfTwo.send(peer, new Uint8Array(100_000));
  two.add({ name: "one", address: at });
  expect(await heard).toEqual(["two", 100_000]);

  const { admission, privateKey: next } = await renew(world, at, own);
  await own.renewed({ certificate: admission.certificate.der, privateKey: next }, admission.authorities);
  expect(own.certificate.serial).not.toBe(certificate.serial);
  expect(authority.issuedTo("two").length).toBe(3);
  const stream = await world.net.connect({ to: at, secure: { credentials: own } });
  expect(stream.peer?.name).toBe("one");
  stream.destroy();
  await Promise.all([one.close(), two.close()]);
  desk.close();
});

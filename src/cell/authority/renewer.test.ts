/** Certificates over months of simulated time: nodes that renew them, authorities that follow each other, and links that live on. */
import { describe, expect, it } from "vitest";
import { failure, JoinScene, type Site } from "../../../test/support/join-scene.ts";
import { certifyBy, Renewer, retireOthers, trustNext } from "./index.ts";

const DAY_MS = 86_400_000;

async function threeNodes(cell: JoinScene): Promise<[Site, Site, Site]> {
  const first = await cell.found();
  const line = cell.token(first.node.world, 2);
  const { site: second } = await cell.admit("node-2", first.at, line);
  const { site: third } = await cell.admit("node-3", first.at, line);
  for (const each of [second, third]) await each.listen(cell.record, () => first.at);
  return [first, second, third];
}

interface Kept {
  readonly renewers: Renewer[];
  readonly troubles: string[];
}

function renewing(sites: readonly Site[]): Kept {
  const troubles: string[] = [];
  const renewers = sites.map((site) => {
    const renewer = new Renewer(site.node.world, {
      credentials: site.credentials,
      authority: site.authority,
      nodes: () => sites.filter((each) => each !== site).map(({ at }) => at),
    });
    renewer.onTrouble = (error) => troubles.push(`${site.node.name} ${error.code}`);
    return renewer;
  });
  return { renewers, troubles };
}

function play(body: (cell: JoinScene) => Promise<void>): Promise<void> {
  const cell = new JoinScene({ seed: 5, link: { latencyMs: 1 } });
  return cell.sim.run(() => body(cell), { limitMs: 1000 * DAY_MS });
}

/** Whether each can connect to each other. */
async function allConnected(sites: readonly Site[]): Promise<string[]> {
  const failed: string[] = [];
  for (const from of sites) {
    for (const to of sites.filter((each) => each !== from)) {
      const secure = { credentials: from.credentials };
      const outcome = await failure(
        from.node.world.net.connect({ to: to.at, secure }).then((stream) => stream.destroy()),
      );
      if (outcome !== "resolved") failed.push(`${from.node.name} to ${to.node.name}: ${outcome}`);
    }
  }
  return failed;
}

describe("nodes that renew their certificates", () => {
  it("can be reached for years, each with a new certificate after two thirds of the old one's time", () =>
    play(async (cell) => {
      const sites = await threeNodes(cell);
      const { renewers, troubles } = renewing(sites);
      const serials = new Set(sites.map(({ credentials }) => credentials.certificate.serial));
      for (let day = 0; day < 365; day += 5) {
        await cell.sim.sleep(5 * DAY_MS);
        expect(await allConnected(sites), `day ${day}`).toEqual([]);
        for (const { credentials } of sites) serials.add(credentials.certificate.serial);
      }
      expect(troubles).toEqual([]);
      // 365 days, of which each certificate serves 60.
      expect(serials.size).toBe(3 * 7);
      for (const each of renewers) each.close();
    }));

  it("get by without the authority for days, and ask again and again until it is back", () =>
    play(async (cell) => {
      const sites = await threeNodes(cell);
      const [first, second, third] = sites;
      const { troubles } = renewing(sites);
      await cell.sim.sleep(59 * DAY_MS);
      first.node.pause();
      await cell.sim.sleep(3 * DAY_MS);
      expect(troubles.length).toBeGreaterThan(50);
      expect(await allConnected([second, third])).toEqual([]);
      first.node.resume();
      await cell.sim.sleep(DAY_MS);
      const told = troubles.length;
      await cell.sim.sleep(20 * DAY_MS);
      expect(await allConnected(sites)).toEqual([]);
      expect(troubles.length).toBe(told);
    }));

  it("change over to another authority while streams live on, and believe the old one no more", () =>
    play(async (cell) => {
      const sites = await threeNodes(cell);
      const [first, second] = sites;
      const { renewers, troubles } = renewing(sites);
      const authority = first.authority;
      if (authority === undefined) throw new Error("the first node has no authority");
      const adopt = async (trust: typeof cell.record.trust) => {
        cell.record.trust = trust;
        await authority.follow(trust);
        for (const { credentials } of sites) await credentials.adopt(trust);
        expect(await allConnected(sites)).toEqual([]);
      };
      const secure = { credentials: second.credentials };
      const stream = await second.node.world.net.connect({ to: first.at, secure });
      const early = cell.token(first.node.world);
      const pin = second.credentials.pin;
      await adopt(trustNext(cell.record.trust, await authority.prepareNext()));
      const [, next] = cell.record.trust.authorities as [Uint8Array, Uint8Array];
      await adopt(certifyBy(cell.record.trust, next));
      // One after the other: in between, nodes have certificates of both.
      for (const renewer of renewers) {
        await renewer.look();
        expect(await allConnected(sites)).toEqual([]);
      }
      await adopt(retireOthers(cell.record.trust));
      expect(second.credentials.pin).not.toEqual(pin);
      expect(troubles).toEqual([]);
      let heard = 0;
      stream.onData = (chunk) => {
        heard += chunk.length;
      };
      stream.write(new Uint8Array(5));
      await cell.sim.sleep(100);
      expect(heard).toBe(5);
      // A token that was made under the old authority is of no use any more.
      expect(await failure(cell.admit("node-4", first.at, early))).toBe("TLS_UNTRUSTED");
      const fresh = await cell.admit("node-5", first.at, cell.token(first.node.world));
      expect(fresh.welcome).toBe("welcome, node-5");
    }));

  it("stay nodes when they were away while the authority changed", () =>
    play(async (cell) => {
      const sites = await threeNodes(cell);
      const [first, second, third] = sites;
      const authority = first.authority;
      if (authority === undefined) throw new Error("the first node has no authority");
      // The third hears of nothing until both authorities are believed and the new one certifies.
      let trust = trustNext(cell.record.trust, await authority.prepareNext());
      for (const { credentials } of [first, second]) await credentials.adopt(trust);
      trust = certifyBy(trust, trust.authorities[1] as Uint8Array);
      cell.record.trust = trust;
      await authority.follow(trust);
      for (const { credentials } of [first, second]) await credentials.adopt(trust);
      const { renewers, troubles } = renewing(sites);
      await renewers[1]?.look();
      // It is due, though it does not know yet why; the others show what it still believes, or have it asked elsewhere.
      third.node.clock.step(61 * DAY_MS);
      await renewers[2]?.look();
      expect(troubles).toEqual([]);
      expect(third.credentials.authorities).toEqual(trust.authorities);
    }));
});

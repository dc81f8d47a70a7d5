/** Joining and renewing in a simulated network: what a correct machine can do, and what nobody can. */
import { describe, expect, it } from "vitest";
import { CELL, failure, JoinScene } from "../../../test/support/join-scene.ts";
import { MemoryFiles } from "../../../test/support/memory-files.ts";
import { CellFixture } from "../../world/contract/cell-fixture.ts";
import { formatToken, makeToken, renew } from "./index.ts";

function scene(
  play: (scene: JoinScene) => Promise<void>,
  options: Partial<ConstructorParameters<typeof JoinScene>[0]> = {},
): Promise<void> {
  const each = new JoinScene({ seed: 1, ...options });
  return each.sim.run(() => play(each), { limitMs: 400 * 86_400_000 });
}

describe("a machine with a token", () => {
  it("becomes a node of the cell, and has secure streams with the others", () =>
    scene(async (cell) => {
      const first = await cell.found();
      const { site, welcome } = await cell.admit("node-2", first.at, cell.token(first.node.world));
      expect(welcome).toBe("welcome, node-2");
      expect(site.credentials.certificate).toMatchObject({ cell: CELL, role: "node", name: "node-2" });
      const secure = { credentials: site.credentials };
      const stream = await site.node.world.net.connect({ to: first.at, secure });
      expect(stream.peer?.name).toBe("node-1");
      stream.destroy();
      expect(first.authority?.issuedTo("node-2").length).toBeGreaterThan(0);
    }));

  it("is sent to the node that has the authority", () =>
    scene(async (cell) => {
      const first = await cell.found();
      const line = cell.token(first.node.world, 2);
      const { site: second } = await cell.admit("node-2", first.at, line);
      await second.listen(cell.record, () => first.at);
      expect((await cell.admit("node-3", second.at, line)).welcome).toBe("welcome, node-3");
    }));

  it("is told when nodes send from one to the other, or know nobody who has the authority", () =>
    scene(async (cell) => {
      const first = await cell.found();
      const line = cell.token(first.node.world, 9);
      const { site: second } = await cell.admit("node-2", first.at, line);
      const { site: third } = await cell.admit("node-3", first.at, line);
      await second.listen(cell.record, () => third.at);
      await third.listen(cell.record, () => second.at);
      expect(await failure(cell.admit("node-4", second.at, line))).toBe("JOIN_VIOLATION");
      const { site: lost } = await cell.admit("node-5", first.at, line);
      await lost.listen(cell.record, () => undefined);
      expect(await failure(cell.admit("node-6", lost.at, line))).toBe("JOIN_REFUSED unavailable");
    }));

  it("is refused for a token that is used up, of another cell, or made up, and for a name that is taken", () =>
    scene(async (cell) => {
      const first = await cell.found();
      const { world } = first.node;
      const line = cell.token(world);
      await cell.admit("node-2", first.at, line);
      expect(await failure(cell.admit("node-3", first.at, line))).toBe("JOIN_REFUSED token");
      const { pin } = first.credentials;
      const madeUp = formatToken(world, makeToken(world, pin));
      expect(await failure(cell.admit("node-4", first.at, madeUp))).toBe("JOIN_REFUSED token");
      const more = cell.token(world, 5);
      const taken = cell.admit("node-2", first.at, more, new MemoryFiles(), cell.sim.node("impostor"));
      expect(await failure(taken)).toBe("JOIN_REFUSED name");
      // The token of another cell: the node there is not of the cell that the machine wants to join.
      const other = new CellFixture(world, "cd".repeat(16));
      const otherLine = formatToken(world, makeToken(world, other.pin));
      expect(await failure(cell.admit("node-5", first.at, otherLine))).toBe("TLS_WRONG_CELL");
      const forged = makeToken(world, { cell: CELL, fingerprint: other.pin.fingerprint });
      expect(await failure(cell.admit("node-6", first.at, formatToken(world, forged)))).toBe("TLS_UNTRUSTED");
      expect(cell.record.admitted).toEqual(["node-2"]);
      // No refusal has cost a use.
      await cell.admit("node-7", first.at, more);
    }));

  it("asks again with the same key when its answer was lost, and is let in once", () =>
    scene(
      async (cell) => {
        const first = await cell.found();
        const line = cell.token(first.node.world);
        const node = cell.sim.node("node-2");
        const files = new MemoryFiles();
        const lost = failure(cell.admit("node-2", first.at, line, files, node));
        // Cut off between the decision and its answer.
        const timer = setIntervalOf(cell, () => {
          if (cell.record.admitted.length === 1) cell.sim.network.breakStreams(node, first.node);
        });
        expect(await lost).toBe("JOIN_SILENT");
        timer.stop();
        const { welcome } = await cell.admit("node-2", first.at, line, files, node);
        expect(welcome).toBe("welcome again, node-2");
        expect(cell.record.admitted).toEqual(["node-2"]);
        // With the same token and another key it is somebody else.
        const impostor = cell.admit("node-2", first.at, line, new MemoryFiles(), cell.sim.node("impostor"));
        expect(await failure(impostor)).toBe("JOIN_REFUSED token");
      },
      { link: { latencyMs: 5 } },
    ));

  it("is told when the cell cannot decide, and may try again", () =>
    scene(async (cell) => {
      const first = await cell.found();
      const line = cell.token(first.node.world);
      cell.record.isAvailable = false;
      const node = cell.sim.node("node-2");
      const files = new MemoryFiles();
      expect(await failure(cell.admit("node-2", first.at, line, files, node))).toBe(
        "JOIN_REFUSED unavailable",
      );
      cell.record.isAvailable = true;
      expect((await cell.admit("node-2", first.at, line, files, node)).welcome).toBe("welcome, node-2");
    }));

  it("joins through a bad network, crashes and all, exactly once", async () => {
    for (let seed = 1; seed <= 30; seed++) {
      await scene(
        async (cell) => {
          const first = await cell.found();
          const line = cell.token(first.node.world);
          const files = new MemoryFiles();
          const node = cell.sim.node("node-2");
          let outcome = "";
          for (let n = 0; n < 20 && outcome !== "resolved"; n++) {
            const trying = failure(cell.admit("node-2", first.at, line, files, node));
            if (n < 4) {
              await cell.sim.sleep(cell.sim.random.below(120));
              node.crash();
              await node.restart();
            } else outcome = await trying;
          }
          expect([outcome, cell.record.admitted]).toEqual(["resolved", ["node-2"]]);
        },
        { seed, link: { latencyMs: 5, jitterMs: 20, loss: 0.1, reset: 0.05 } },
      );
    }
  });
});

describe("a node with a certificate", () => {
  it("gets another for another key, from any node, and keeps its name", () =>
    scene(async (cell) => {
      const first = await cell.found();
      const { site } = await cell.admit("node-2", first.at, cell.token(first.node.world));
      await site.listen(cell.record, () => first.at);
      const before = site.credentials.certificate;
      const { admission, privateKey } = await renew(site.node.world, site.at, site.credentials);
      await site.credentials.renewed({ certificate: admission.certificate.der, privateKey });
      const after = site.credentials.certificate;
      expect(after.name).toBe("node-2");
      expect(after.serial).not.toBe(before.serial);
      expect(after.publicKey).not.toEqual(before.publicKey);
      expect(first.authority?.issuedTo("node-2").map(({ serial }) => serial)).toContain(after.serial);
    }));

  it("gets none when it was revoked, dismissed, or has expired", () =>
    scene(async (cell) => {
      const first = await cell.found();
      const line = cell.token(first.node.world, 9);
      const { site: dismissed } = await cell.admit("node-2", first.at, line);
      cell.record.members.delete("node-2");
      const ask = (site: typeof dismissed) => failure(renew(site.node.world, first.at, site.credentials));
      expect(await ask(dismissed)).toBe("JOIN_REFUSED certificate");
      const { site: revoked } = await cell.admit("node-3", first.at, line);
      const { serial } = revoked.credentials.certificate;
      cell.record.trust = { ...cell.record.trust, revoked: new Map([[serial, Number.MAX_VALUE]]) };
      expect(await ask(revoked)).toBe("JOIN_REFUSED certificate");
      const { site: late } = await cell.admit("node-4", first.at, line);
      late.node.clock.step(-1000);
      await cell.sim.sleep(91 * 86_400_000);
      // By then the first node has another one: nothing here renews it.
      expect(await ask(late)).toBe("TLS_EXPIRED");
    }));
});

/** Calls again and again in simulated time. */
function setIntervalOf({ sim }: JoinScene, run: () => void): { stop(): void } {
  let isOver = false;
  const again = (): void => {
    if (isOver) return;
    run();
    sim.at(sim.nowMs + 1, again);
  };
  again();
  return {
    stop: () => {
      isOver = true;
    },
  };
}

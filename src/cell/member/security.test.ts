/** The authority of a cell that lost the node which made it: every node has its key, and the cell goes on, and can change over to another. */
import { expect, test } from "vitest";
import { SecuredCell, type SecuredNode } from "../../../test/support/secured-cell.ts";
import { fingerprintOf, hex } from "../../world/index.ts";
import { AUTHORITY_FILE } from "../authority/index.ts";

const DAY_MS = 86_400_000;

type Three = [SecuredNode, SecuredNode, SecuredNode];

function believed({ machine, security }: SecuredNode): string[] {
  return security.credentials.authorities.map((der) => hex(fingerprintOf(machine.world.crypto, der)));
}

function hasKey({ security }: SecuredNode): boolean {
  return security.rotation === undefined && security.canCertify;
}

test("a founder's key is at every founder, and a node that joins is given it", async () => {
  const cell = new SecuredCell(1, 3);
  await cell.sim.run(async () => {
    await cell.found();
    expect(cell.nodes.map(hasKey)).toEqual([true, true, true]);
    const [, second] = cell.nodes as Three;
    const fourth = await cell.join("node-4", second);
    expect(fourth.files.text(AUTHORITY_FILE)).toBeUndefined();
    await cell.until("handed on", () => hasKey(fourth));
    expect(fourth.files.text(AUTHORITY_FILE)).toBe(second.files.text(AUTHORITY_FILE));
  });
});

test("without the node that made the authority others join, renew and rotate", async () => {
  const cell = new SecuredCell(2, 3);
  await cell.sim.run(async () => {
    await cell.found();
    const [first, second, third] = cell.nodes as Three;
    first.machine.crash({ power: true });
    const fourth = await cell.join("node-4", third);
    await cell.until("handed on", () => hasKey(fourth));
    await cell.join("node-5", fourth);

    // Two months later; one that begins again looks at once.
    cell.passTime(61 * DAY_MS);
    const before = second.security.credentials.certificate.serial;
    second.machine.crash();
    await second.machine.restart();
    await cell.until("renewed", () => second.security.credentials.certificate.serial !== before);

    // The founder's disk was stolen: it is taken out, and the key that was on it becomes worthless.
    await cell.remove("node-1", second);
    const [former] = believed(second);
    await second.security.rotate();
    const others = cell.nodes.filter((each) => each !== first);
    await cell.until("another authority", () =>
      others.every((each) => believed(each).length === 1 && believed(each)[0] !== former && hasKey(each)),
    );
    await cell.join("node-6", third);
  });
});

test("a change of authorities waits for a node that is away, which is one of the cell when it is back", async () => {
  const cell = new SecuredCell(3, 3);
  await cell.sim.run(async () => {
    await cell.found();
    const [first, second, third] = cell.nodes as Three;
    third.machine.crash({ power: true });
    await cell.until("noticed", () => !first.node.member.isUp("node-3"));
    const [former] = believed(first);
    await first.security.rotate();
    await cell.sim.sleep(30_000);
    for (const each of [first, second]) {
      expect(each.security.rotation).toEqual({ stage: "prepare", waitsFor: ["node-3"] });
      expect(believed(each)[0]).toBe(former);
    }
    await expect(second.security.rotate()).rejects.toMatchObject({ code: "AUTHORITY_CHANGING" });
    await third.machine.restart();
    await cell.until("changed over", () =>
      cell.nodes.every((each) => believed(each).length === 1 && believed(each)[0] !== former),
    );
    expect(cell.nodes.map(hasKey)).toEqual([true, true, true]);
    await cell.until("linked", () => third.node.member.isUp("node-1"));
  });
});

test("a next authority whose key went with its only node is given up for another", async () => {
  const cell = new SecuredCell(4, 3);
  await cell.sim.run(async () => {
    await cell.found();
    const [first, second, third] = cell.nodes as Three;
    const [former] = believed(second);
    // Its own links are cut before it can hand the key on; the log hears of it all the same, of another node.
    const made = first.security.rotate();
    await made;
    first.machine.crash({ power: true });
    first.files.files.delete(AUTHORITY_FILE);
    await cell.until("believed", () => [second, third].every((each) => believed(each).length === 2));
    const keys = [second, third].map(
      ({ files }) => files.text(AUTHORITY_FILE)?.match(/PRIVATE KEY/g)?.length,
    );
    expect(keys).toEqual([2, 2]);
    await second.security.rotate();
    await cell.remove("node-1", second);
    await cell.until("changed over", () =>
      [second, third].every((each) => believed(each).length === 1 && believed(each)[0] !== former),
    );
    expect([second, third].map(hasKey)).toEqual([true, true]);
  });
});

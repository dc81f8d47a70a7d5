/**
 * The corpus: what a stranger once said over a link, or might, that mattered. Each file of `test/corpus/mesh` has what the mesh holds against
 * it (`nothing`: the link stays), and then the bytes of the stream behind the handshake in hexadecimal.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { meshScene, overTcp, withMulticast } from "../../../test/support/mesh-scene.ts";
import { Stranger } from "../../../test/support/mesh-stranger.ts";

const folder = fileURLToPath(new URL("../../../test/corpus/mesh/", import.meta.url));

const entries = readdirSync(folder)
  .sort()
  .map((name) => {
    const [expected = "", ...hex] = readFileSync(`${folder}${name}`, "utf8").trim().split("\n");
    return { name, expected, bytes: new Uint8Array(Buffer.from(hex.join("").replaceAll(/\s/g, ""), "hex")) };
  });

describe("what strangers said", () => {
  it("is kept", () => expect(entries.length).toBeGreaterThan(25));

  it.each(entries)("$name: $expected", ({ expected, bytes }) =>
    meshScene(
      withMulticast(overTcp),
      async ({ sim }, a, m) => {
        const mesh = await a.open();
        const port = mesh.open("q");
        let heard = 0;
        port.onMessage = () => heard++;
        const held: string[] = [];
        mesh.onTrouble = (_, error) => held.push(String(error.details?.what ?? error.code));
        const stranger = await Stranger.connect(m.node, a.address);
        await stranger.shakeHands(m.node, "m", "a");
        stranger.stream.write(bytes);
        await sim.sleep(500);
        expect(held.length === 0 ? "nothing" : held.join(" and ")).toBe(expected);
        expect(stranger.isClosed).toBe(expected !== "nothing");
        expect(mesh.peers().length).toBe(expected === "nothing" ? 1 : 0);
        expect(heard).toBeLessThanOrEqual(1);
      },
      { names: ["a", "m"] },
    ),
  );
});

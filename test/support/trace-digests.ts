/** Prints the digests of the traces of a few seeds, for a test that compares versions of Node.js. */
import { drawPlan, runPlan } from "../../src/sim/index.ts";
import scenario from "../simulation/channel.ts";

console.log(process.versions.node);
for (let seed = 1; seed <= 20; seed++) {
  const { digest, failure } = await runPlan(scenario, drawPlan(scenario, String(seed)));
  console.log(seed, digest, failure?.property ?? "good");
}

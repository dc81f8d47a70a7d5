/** `coterie sim run test/simulation/volume.ts`: a replicated volume under faults. */
import * as replicated from "../../src/files/replicated/index.ts";
import { volumeScenario } from "./volume-scenario.ts";

export default volumeScenario(replicated);

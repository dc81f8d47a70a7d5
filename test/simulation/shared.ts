/** `coterie sim run test/simulation/shared.ts`: shared objects under every fault. */
import * as group from "../../src/group/index.ts";
import { sharedScenario } from "./shared-scenario.ts";

export default sharedScenario(group);

/** `coterie sim run test/simulation/group.ts`: groups under every fault. */
import * as group from "../../src/group/index.ts";
import { groupScenario } from "./group-scenario.ts";

export default groupScenario(group);

/** `coterie sim run test/simulation/group-swim.ts`: groups of 17 whose members find failures by probing, as in SWIM. */
import * as group from "../../src/group/index.ts";
import { groupSwimScenario } from "./group-swim-scenario.ts";

export default groupSwimScenario(group);

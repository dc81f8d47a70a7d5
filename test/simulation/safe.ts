/** `coterie sim run test/simulation/safe.ts`: safe messages of a group under faults. */
import * as group from "../../src/group/index.ts";
import { safeScenario } from "./safe-scenario.ts";

export default safeScenario(group);

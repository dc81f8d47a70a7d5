/** `coterie sim run test/simulation/group-views.ts`: view changes of groups, and faults at their steps. */
import * as group from "../../src/group/index.ts";
import { groupViewsScenario } from "./group-views-scenario.ts";

export default groupViewsScenario(group);

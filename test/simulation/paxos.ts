/** `coterie sim run test/simulation/paxos.ts`: a replicated log under faults. */
import * as paxos from "../../src/paxos/index.ts";
import { paxosScenario } from "./paxos-scenario.ts";

export default paxosScenario(paxos);

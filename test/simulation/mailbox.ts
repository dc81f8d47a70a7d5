/** `coterie sim run test/simulation/mailbox.ts`: mailboxes under every fault. */
import * as channel from "../../src/channel/index.ts";
import { mailboxScenario } from "./mailbox-scenario.ts";

export default mailboxScenario(channel);

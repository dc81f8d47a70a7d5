/** `coterie sim run test/simulation/channel.ts`: reliable channels under every fault. */
import * as channel from "../../src/channel/index.ts";
import { channelScenario } from "./channel-scenario.ts";

export default channelScenario(channel);

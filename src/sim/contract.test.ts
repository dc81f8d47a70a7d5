import type { ContractCase, Subject } from "../world/contract/contract.ts";
import { describeCrypto } from "../world/contract/crypto.ts";
import { describeDatagrams } from "../world/contract/datagram.ts";
import { describeStores } from "../world/contract/store.ts";
import { describeStreams } from "../world/contract/stream.ts";
import { describeTime } from "../world/contract/time.ts";
import { Simulation, type SimulationOptions } from "./index.ts";

function subject(name: string, options: Omit<SimulationOptions, "seed">): Subject {
  return {
    name,
    run(test: (context: ContractCase) => Promise<void>, seed = 1) {
      const sim = new Simulation({ ...options, seed });
      const server = sim.node("server");
      const client = sim.node("client");
      return sim.run(() =>
        test({
          world: server.world,
          peer: client.world,
          host: server.ip,
          sleep: (delayMs) => sim.sleep(delayMs),
        }),
      );
    },
  };
}

const sim = subject("sim", {});
describeTime(sim);
describeCrypto(sim);
describeStreams(sim);
describeDatagrams(sim);
describeStores(sim);
// Loss and jitter slow streams down and change nothing else.
describeStreams(subject("sim, on a bad network", { link: { loss: 0.2, jitterMs: 5, latencyMs: 1 } }));

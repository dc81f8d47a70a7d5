import { secured } from "../world/contract/cell-fixture.ts";
import type { ContractCase, Subject } from "../world/contract/contract.ts";
import { describeCrypto } from "../world/contract/crypto.ts";
import { describeDatagrams } from "../world/contract/datagram.ts";
import { describeSecure } from "../world/contract/secure.ts";
import { describeStores } from "../world/contract/store.ts";
import { describeStoreViews } from "../world/contract/store-view.ts";
import { describeStreams } from "../world/contract/stream.ts";
import { describeTime } from "../world/contract/time.ts";
import { type NodeOptions, Simulation, type SimulationOptions } from "./index.ts";

/** Options of the server and the client, for a network other than the mesh. */
type Place = (sim: Simulation) => readonly [NodeOptions, NodeOptions];

function subject(
  name: string,
  options: Omit<SimulationOptions, "seed">,
  place: Place = () => [{}, {}],
): Subject {
  return {
    name,
    run(test: (context: ContractCase) => Promise<void>, seed = 1) {
      const sim = new Simulation({ ...options, seed });
      const [ofServer, ofClient] = place(sim);
      const server = sim.node("server", ofServer);
      const client = sim.node("client", ofClient);
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
describeStreams(secured(sim));
describeSecure(sim);
describeDatagrams(sim);
describeStores(sim);
describeStoreViews(sim);
// Loss and jitter slow streams down and change nothing else.
const badNetwork = subject("sim, on a bad network", { link: { loss: 0.2, jitterMs: 5, latencyMs: 1 } });
describeStreams(badNetwork);
describeSecure(badNetwork);
describeTime(subject("sim, with a clock that runs wrong", { clock: { driftPpm: -333, offsetMs: 1e6 } }));

const gigabit: Place = (sim) => {
  const lan = sim.network.lan("switch", { bandwidthBps: 1e9 });
  return [{ lan }, { lan }];
};
describeStreams(subject("sim, behind a switch", {}, gigabit));
describeDatagrams(subject("sim, behind a switch", {}, gigabit));

const routed: Place = (sim) => {
  const ends = ["one", "other"].map((name) => sim.network.lan(name, { kind: "bus", bandwidthBps: 1e8 }));
  sim.network.router("router", ends, { multicast: true });
  return ends.map((lan) => ({ lan })) as [NodeOptions, NodeOptions];
};
describeStreams(subject("sim, through a router", {}, routed));

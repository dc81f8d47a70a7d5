/** Scenarios and kinds of fault as values, checked where they are made. */
import type { FaultKind, Operation, Scenario } from "./types.ts";

/** The scenario itself, checked. @throws RangeError, TypeError for one that cannot be. */
export function defineScenario<Op extends object = Operation>(scenario: Scenario<Op>): Scenario<Op> {
  if (typeof scenario.run !== "function") throw new TypeError(`scenario ${scenario.name}: it has no run`);
  if (!/^[\w. -]{1,80}$/.test(scenario.name)) {
    throw new RangeError(
      `scenario name ${JSON.stringify(scenario.name)}: use 1 to 80 letters, digits, and . _ -`,
    );
  }
  return scenario;
}

/** Lets a list hold kinds whose parameters differ: what `draw` gives is what `apply` gets. */
export function defineFault<Parameters extends object>(kind: FaultKind<Parameters>): FaultKind {
  return kind as unknown as FaultKind;
}

/** Bounds of scenarios and plans, and the defaults of what a scenario leaves open. */

export const DEFAULT_NODES = 3;
export const DEFAULT_QUIET_MS = 10_000;
export const DEFAULT_FAULT_COUNT = { min: 0, max: 6 };
/** Virtual time that a run may take after its quiet time, unless the scenario says. */
export const DEFAULT_EXTRA_MS = 600_000;
/** Nodes of one plan: what a simulation has. */
export const MAX_NODES = 1000;
export const MAX_OPERATIONS = 10_000;
export const MAX_FAULTS = 1_000;
/** The longest virtual time of a plan: 30 days. */
export const MAX_QUIET_MS = 2_592_000_000;
/** Draws of one fault before it is left out, where the scenario's rules refuse them. */
export const MAX_FAULT_DRAWS = 20;

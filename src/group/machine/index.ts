export type { RequestOptions, WhenBlocked } from "./client.ts";
export type { Declaration, Declarations, Handles } from "./declaration.ts";
export type { ActiveDefinition, MachineEvent, PassiveDefinition } from "./definition.ts";
export { activeMachine, passiveMachine, SharedMachine } from "./machine.ts";
export { type Context, Refusal, type ViewChange } from "./object.ts";

export { type Codec, jsonCodec } from "./codec.ts";
export { type JoinOptions, join, type OwnMesh, type SharedMesh } from "./join.ts";
export { JoinedGroup } from "./joined-group.ts";
export { type ListenOptions, MAX_LISTENERS, type Unsubscribe } from "./listeners.ts";
export type { SendOptions } from "./multicasts.ts";
export type { GroupEvents, JoinedOptions } from "./options.ts";
export type { OutputOf, SchemaIssue, SchemaResult, StandardSchema } from "./schema.ts";

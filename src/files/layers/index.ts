export { type AuditCounts, auditLayers } from "./audit.ts";
export { type LayersErrorCode, layersErrors } from "./errors.ts";
export { writtenKey } from "./keys.ts";
export { type CloneStatus, LayeredStore, type SnapshotStatus } from "./layered-store.ts";

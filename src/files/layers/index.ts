export { type AuditCounts, auditLayers } from "./audit.ts";
export { layersErrors } from "./errors.ts";
export { type CloneStatus, LayeredStore, type SnapshotStatus } from "./layered-store.ts";

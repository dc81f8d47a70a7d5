export { EXPOSITION_TYPE } from "./exposition.ts";
export { type MeasuredWorld, measureStorage } from "./measured-storage.ts";
export { Counter, Gauge, Histogram, LATENCY_BOUNDS, MAX_BUCKETS } from "./metric.ts";
export {
  MAX_HEAD_BYTES,
  MAX_REQUESTS,
  type Page,
  type Pages,
  type PagesOptions,
  REQUEST_MS,
  servePages,
} from "./pages.ts";
export { type ProcessReadings, registerProcess } from "./process-families.ts";
export {
  type Family,
  type FamilyAbout,
  type FamilyInfo,
  MAX_FAMILIES,
  MAX_SERIES,
  type MetricType,
  OTHER,
  Registry,
  type Tell,
} from "./registry.ts";

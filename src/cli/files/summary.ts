/** What a copy did, counted. */
export interface CopySummary {
  /** Files copied, files that were there already, and what else was made. */
  files: number;
  unchanged: number;
  directories: number;
  symlinks: number;
  /** Bytes of content copied. */
  bytes: number;
  /** Fifos, sockets and devices passed over. */
  skipped: number;
  failed: number;
  readonly failures: { readonly path: string; readonly code: string; readonly message: string }[];
}

export function newSummary(): CopySummary {
  return {
    files: 0,
    unchanged: 0,
    directories: 0,
    symlinks: 0,
    bytes: 0,
    skipped: 0,
    failed: 0,
    failures: [],
  };
}

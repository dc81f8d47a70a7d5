/**
 * What a node knows of its cell at this moment: the state of the cell's log as it has it, who is linked to it, and what each last told of itself. All of it
 * may be old. Duties are decided on by it; whether what they ask for happens is the logs' to say.
 */
import type { Clock } from "../../world/index.ts";
import { report_role } from "../gen/cell-admin.gen.ts";
import type { CellLog } from "./cell-log.ts";
import type { CellView, NodeView, VolumeView } from "./duties.ts";
import type { HostedStatus } from "./hosted.ts";
import type { NodeReport, Reports } from "./reports.ts";

export interface OutlookParts {
  /** The node's name. */
  readonly self: string;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Pick<CellLog, "state" | "status">;
  /** What others told. */
  readonly reports: Pick<Reports, "of" | "isUp">;
  /** What the node would tell of itself now. */
  readonly own: () => NodeReport;
}

export class Outlook {
  readonly #parts: OutlookParts;

  constructor(parts: OutlookParts) {
    this.#parts = parts;
  }

  /** The last report of a node; its own is of now. */
  reportOf(name: string): { readonly report: NodeReport; readonly ageMs: number } | undefined {
    const { self, clock, reports, own } = this.#parts;
    if (name === self) return { report: own(), ageMs: 0 };
    const heard = reports.of(name);
    return heard && { report: heard.report, ageMs: clock.monotonicMs() - heard.heardMs };
  }

  /** Whether a node is linked to this one. */
  isUp(name: string): boolean {
    return name === this.#parts.self || this.#parts.reports.isUp(name);
  }

  /** The last report of a node that is linked to this one. */
  present(name: string): NodeReport | undefined {
    return this.isUp(name) ? this.reportOf(name)?.report : undefined;
  }

  /** The cell, for who has to place something. */
  cell(): CellView {
    const { log } = this.#parts;
    const { voters, wanted } = log.status();
    return {
      state: log.state,
      voters,
      isChanging: wanted !== undefined,
      lost: this.#lost(voters, ({ role }) => role),
      nodeOf: (name) => this.#nodeView(name),
    };
  }

  /** A volume, for who leads its log. `status`: of the replica here. */
  volume(id: Uint8Array, { log, isFormatted, quotaBytes }: HostedStatus): VolumeView {
    const { voters, wanted } = log;
    return {
      voters,
      isChanging: wanted !== undefined,
      isFormatted,
      quotaBytes,
      lost: this.#lost(voters, (report) => roleOf(report, id)),
      roleOf: (name) => {
        const report = this.reportOf(name)?.report;
        return report && roleOf(report, id);
      },
    };
  }

  #nodeView(name: string): NodeView | undefined {
    const report = this.reportOf(name)?.report;
    if (report === undefined) return undefined;
    return { isUp: this.isUp(name) && !report.is_leaving, freeBytes: Number(report.free_bytes) };
  }

  /** Voters that wait to be made members: their store is not the one which the log knows, and forgot what it had confirmed. */
  #lost(voters: readonly string[], roleIn: (report: NodeReport) => report_role | undefined): string[] {
    return voters.filter((name) => {
      const report = this.present(name);
      return report !== undefined && roleIn(report) === report_role.REPORT_JOINING;
    });
  }
}

function roleOf(report: NodeReport, volume: Uint8Array): report_role | undefined {
  return report.replicas.find((each) => sameBytes(each.volume, volume))?.role;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

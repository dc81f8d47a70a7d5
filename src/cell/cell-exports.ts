/**
 * Who may use the volumes by way of one node: the rules that the node itself was given, behind them those that the cell keeps for all of its nodes, behind
 * these the rules for the node's own machine. As everywhere the first that holds a caller's address decides, so what a node was given goes before the cell's.
 *
 * The cell's rules are a setting of its log, one rule a line. A node goes by them from when it has applied the entry; it is not started anew.
 */
import {
  type ChangingExports,
  defaultExports,
  type ExportRule,
  Exports,
  MAX_EXPORT_RULES,
  parseExportRule,
} from "../files/index.ts";
import { CoterieError, isCoterieError } from "../world/index.ts";
import { formatExportRule } from "./export-text.ts";
import type { CellState } from "./state/cell-state.ts";
import type { NodeProblem } from "./status.ts";

/** The name of the cell's setting that holds its export rules. */
export const EXPORTS_SETTING = "exports";
/** The most rules that a cell keeps. */
export const MAX_CELL_RULES = 256;

/**
 * The setting's value for rules in the words of exports(5), none for no rules.
 * @throws CoterieError NFS_EXPORT_RULE, CELL_FULL.
 */
export function cellRulesValue(rules: readonly string[]): string {
  return rulesOf(rules).map(formatExportRule).join("\n");
}

/** The rules of a setting's value, as they were written. */
export function cellRulesIn(value: string): string[] {
  return value === "" ? [] : value.split("\n");
}

function rulesOf(rules: readonly string[]): ExportRule[] {
  if (rules.length > MAX_CELL_RULES)
    throw new CoterieError("CELL_FULL", `${rules.length} export rules: a cell keeps ${MAX_CELL_RULES}`);
  return rules.map(parseExportRule);
}

/** What of a node's member is needed: what the cell has decided, and whether there is more. */
export interface ExportsSource {
  readonly state: Pick<CellState, "revision" | "settings">;
  readonly log: { read<Seen>(look: () => Seen): Promise<Seen> };
}

export class CellExports implements ChangingExports {
  readonly #own: readonly ExportRule[];
  readonly #local: readonly ExportRule[];
  #source: ExportsSource | undefined;
  #revision = -1n;
  #value = "";
  #rules: readonly ExportRule[];
  #exports: Exports;
  #problem: NodeProblem | undefined;
  #isSettled = false;
  #settling: Promise<boolean> | undefined;

  /** `rules`: those that the node was given; `defaultExports` among them come last. @throws NfsError NFS_EXPORT_RULE. */
  constructor(rules: readonly ExportRule[]) {
    this.#own = rules.filter((rule) => !defaultExports.includes(rule));
    this.#local = rules.filter((rule) => defaultExports.includes(rule));
    this.#rules = rules;
    this.#exports = new Exports(rules);
  }

  /** From now on the cell's rules hold too. */
  attach(source: ExportsSource): void {
    this.#source = source;
  }

  get current(): Exports {
    this.#look();
    return this.#exports;
  }

  /** All rules by which this node goes, in the order in which they are tried. */
  get rules(): readonly ExportRule[] {
    this.#look();
    return this.#rules;
  }

  /** Why the cell's rules do not hold here. */
  get problem(): NodeProblem | undefined {
    this.#look();
    return this.#problem;
  }

  /** A node that has just begun does not know of the last that its cell decided: the log is asked once, for all who wait. */
  settle(): boolean | Promise<boolean> {
    if (this.#isSettled) return true;
    this.#settling ??= this.#ask().finally(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  async #ask(): Promise<boolean> {
    try {
      await this.#source?.log.read(() => undefined);
      this.#isSettled = this.#source !== undefined;
    } catch (error) {
      if (!isCoterieError(error)) throw error;
    }
    return this.#isSettled;
  }

  #look(): void {
    const state = this.#source?.state;
    if (state === undefined || state.revision === this.#revision) return;
    this.#revision = state.revision;
    const value = state.settings.find(({ name }) => name === EXPORTS_SETTING)?.value ?? "";
    if (value === this.#value) return;
    this.#value = value;
    this.#take(value);
  }

  /** All of them or none: without one that cannot be read, a wider one behind it would decide. */
  #take(value: string): void {
    let cell: readonly ExportRule[] = [];
    this.#problem = undefined;
    try {
      cell = rulesOf(cellRulesIn(value));
      if (this.#own.length + cell.length + this.#local.length > MAX_EXPORT_RULES)
        throw new CoterieError("CELL_FULL", `with the cell's, the node has over ${MAX_EXPORT_RULES} rules`);
    } catch (error) {
      if (!isCoterieError(error)) throw error;
      cell = [];
      this.#problem = { code: "CELL_EXPORTS", message: error.message };
    }
    this.#rules = [...this.#own, ...cell, ...this.#local];
    this.#exports = new Exports(this.#rules);
  }
}

/**
 * A cell's nodes: each on this machine is asked what it sees, for two may see different things when the network between them is broken. What
 * is wrong with the cell, any one of them tells; who does not reach whom, only all of them together.
 */
import { CellAdmin, type CellStatus, type NodeProblem } from "../../cell/index.ts";
import { type CoterieError, formatAddress, isCoterieError } from "../../world/index.ts";
import { findEntry } from "../catalogue.ts";
import { type LocalNode, localNodes } from "../cell/ask-cell.ts";
import { isHeld, readCell } from "../cell/cell-directory.ts";
import { cellProblems } from "../cell/cell-text.ts";
import { ASK_TIMEOUT_MS } from "../cell/first-answer.ts";
import { proofFailure } from "../cell/operator-key.ts";
import { formatDuration } from "../style.ts";
import type { Check, Finding, Patient, Verdict } from "./finding.ts";

/** A node on this machine, or the one whose address was named, and what came of asking it. */
export interface Asked {
  readonly name: string;
  readonly status?: CellStatus;
  /** Why it told nothing. */
  readonly silence?: string;
  /** What kept it from being asked, where there is nobody else to ask. */
  readonly code?: string;
  /** An operator wants it to stay down. */
  readonly isHeld?: boolean;
}

const CHECK = "cell";
/** Without these, clients are not served. */
const FAILURES: ReadonlySet<string> = new Set(["CELL_NO_QUORUM", "CELL_VOLUME_UNSERVED"]);
/** Of links, which are told once for all nodes. */
const OF_LINKS: ReadonlySet<string> = new Set(["CELL_NODE_DOWN", "CELL_NODE_CUT"]);

/** Undefined where there is no cell to examine. */
export async function askedNodes(patient: Patient): Promise<Asked[] | undefined> {
  const { context, directory, isAddressNamed } = patient;
  if (isAddressNamed) return namedNode(patient);
  const nodes = await localNodes(context, directory).catch((error: unknown) => {
    // What is wrong with the directory is another check's to tell.
    if (!isCoterieError(error)) throw error;
    return [];
  });
  if (nodes.length === 0) return undefined;
  return Promise.all(nodes.map((node) => askLocal(patient, node)));
}

/** Where an address was named, and a node of a cell answers there; with an operator's key it has to be one. */
async function namedNode({ world, address }: Patient): Promise<Asked[] | undefined> {
  const status = await askOne(world, address);
  if (!isCoterieError(status)) return [{ name: status.self, status }];
  if (address.credentials === undefined) return undefined;
  const { code, message } = proofFailure(status) ?? status;
  return [{ name: formatAddress(address), silence: message, code }];
}

async function askLocal({ context, world, directory }: Patient, node: LocalNode): Promise<Asked> {
  const isInCell = (await readCell(context.local, directory)) !== undefined;
  const held = isInCell && (await isHeld(context.local, directory, node.name));
  const name = node.name === "" ? "the node" : node.name;
  if (node.running === undefined) return { name, silence: "it does not run", isHeld: held };
  const status = await askOne(world, node.running.address);
  if (isCoterieError(status)) return { name, silence: status.message, isHeld: held };
  return { name: status.self, status };
}

async function askOne(
  world: Patient["world"],
  address: Patient["address"],
): Promise<CellStatus | CoterieError> {
  const admin = new CellAdmin(world, address, ASK_TIMEOUT_MS);
  try {
    return await admin.status();
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    return error;
  } finally {
    await admin.close();
  }
}

export function checkCell(asked: readonly Asked[]): Check {
  return async ({ context }) => {
    const plain = cellFindings(asked, context.version);
    return Promise.all(plain.map(withRemedy));
  };
}

/** A finding whose remedy is that of its code, where it has none of its own. */
export type CellFinding = Finding & { readonly code?: string };

async function withRemedy({ code, ...finding }: CellFinding): Promise<Finding> {
  if (code === undefined || finding.remedy !== undefined) return finding;
  const remedy = (await findEntry(code))?.remedy;
  return remedy === undefined ? finding : { ...finding, remedy };
}

/** What is to be said of a cell, by what its nodes told. `version`: of who examines it. */
export function cellFindings(asked: readonly Asked[], version: string): CellFinding[] {
  const seen = asked.flatMap(({ status }) => status ?? []);
  const [first] = seen;
  const silent = asked.filter(({ status }) => status === undefined).map(silenceFinding);
  if (first === undefined) return silent;
  return [
    ...silent,
    ...nodeFindings(first),
    ...linkFindings(seen, asked),
    ...versionFindings(first, version),
    ...problemFindings(seen),
  ];
}

function silenceFinding({ name, silence = "", code, isHeld = false }: Asked): CellFinding {
  const message = `${name} tells nothing: ${silence}`;
  if (code !== undefined) return { check: CHECK, verdict: "fail", message, code };
  if (!isHeld) return { check: CHECK, verdict: "warn", message, code: "CELL_UNREACHABLE" };
  const remedy = `It was killed by hand: \`coterie resume ${name}\` lets it come back.`;
  return { check: CHECK, verdict: "warn", message, remedy };
}

function nodeFindings({ nodes }: CellStatus): CellFinding[] {
  return nodes.flatMap(({ name, isUp, told, host, port }): CellFinding[] => {
    if (!isUp || told === undefined) return [];
    const message = `${name} serves at ${host} port ${port} for ${formatDuration(told.upMs)}, process ${told.pid}`;
    return [{ check: CHECK, verdict: "ok", message }];
  });
}

/** A node that nobody reaches is told once; else each pair that does not reach one another, from the side that says so. */
function linkFindings(seen: readonly CellStatus[], asked: readonly Asked[]): CellFinding[] {
  const silent = new Set(asked.flatMap(({ name, status }) => (status === undefined ? [name] : [])));
  const findings: CellFinding[] = [];
  const names = [...new Set(seen.flatMap(({ nodes }) => nodes.map(({ name }) => name)))];
  for (const name of names) {
    const without = seen.filter(
      ({ self, nodes }) => self !== name && nodes.some((node) => node.name === name && !node.isUp),
    );
    const cutting = without.filter(({ cut }) => cut.includes(name));
    for (const { self } of cutting) {
      const message = `${self} was told to refuse ${name}`;
      const remedy = `\`coterie heal ${self}\` ends that.`;
      findings.push({ check: CHECK, verdict: "warn", message, remedy, code: "CELL_NODE_CUT" });
    }
    const others = without.filter(({ cut }) => !cut.includes(name)).map(({ self }) => self);
    if (others.length === 0 || silent.has(name)) continue;
    const message = `${name} is not reached by ${others.join(", ")}`;
    findings.push({ check: CHECK, verdict: "warn", message, code: "CELL_NODE_DOWN" });
  }
  return findings;
}

/** Nodes that differ from each other are a problem of the cell's own; here is told who differs from this program. */
function versionFindings({ nodes }: CellStatus, version: string): CellFinding[] {
  const versions = new Set(nodes.flatMap(({ told }) => told?.version ?? []));
  if (versions.size !== 1 || versions.has(version)) return [];
  const message = `all nodes run ${[...versions].join()}, and this is ${version}`;
  return [
    {
      check: CHECK,
      verdict: "note",
      message,
      remedy: "`coterie restart` with the nodes' names starts them anew.",
    },
  ];
}

function problemFindings(seen: readonly CellStatus[]): CellFinding[] {
  const told = new Set<string>();
  return seen.flatMap(cellProblems).flatMap(({ code, message }: NodeProblem): CellFinding[] => {
    const key = `${code} ${message}`;
    if (OF_LINKS.has(code) || told.has(key)) return [];
    told.add(key);
    const verdict: Verdict = FAILURES.has(code) ? "fail" : "warn";
    return [{ check: CHECK, verdict, message, code }];
  });
}

/**
 * Where the replicas of a volume go: on as many failure domains as there are, and among the nodes of a domain on the one with the most
 * free space. Whoever proposes the volume decides; the command carries the decision.
 */

export interface Candidate {
  readonly name: string;
  /** What fails together; empty: the node stands for itself. */
  readonly domain: string;
  readonly freeBytes: number;
  /** Replicas that it has already: among equals the one with fewer is taken. */
  readonly replicas: number;
}

/** `count` names at most, best first; fewer if there are not as many candidates. `present`: nodes that have a replica and keep it. */
export function choosePlaces(
  candidates: readonly Candidate[],
  count: number,
  present: readonly Pick<Candidate, "name" | "domain">[] = [],
): string[] {
  const left = [...candidates].sort(byWorth);
  const used = new Map<string, number>();
  for (const each of present) used.set(domainOf(each), (used.get(domainOf(each)) ?? 0) + 1);
  const chosen: string[] = [];
  while (chosen.length < count && left.length > 0) {
    // The best of those whose domain has the fewest replicas so far; `left` is in the order of worth.
    const fewest = Math.min(...left.map((each) => used.get(domainOf(each)) ?? 0));
    const at = left.findIndex((each) => (used.get(domainOf(each)) ?? 0) === fewest);
    const [best] = left.splice(at, 1) as [Candidate];
    used.set(domainOf(best), fewest + 1);
    chosen.push(best.name);
  }
  return chosen;
}

function domainOf({ name, domain }: Pick<Candidate, "name" | "domain">): string {
  return domain === "" ? `node ${name}` : `domain ${domain}`;
}

/** Free space counts in powers of two: a little more of it is no reason to move load. */
function byWorth(a: Candidate, b: Candidate): number {
  return (
    magnitude(b.freeBytes) - magnitude(a.freeBytes) ||
    a.replicas - b.replicas ||
    b.freeBytes - a.freeBytes ||
    (a.name < b.name ? -1 : 1)
  );
}

function magnitude(bytes: number): number {
  return Math.floor(Math.log2(Math.max(1, bytes)));
}

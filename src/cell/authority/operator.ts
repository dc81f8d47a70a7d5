/**
 * Keys of those who operate a cell from other machines. Whoever may read a node's directory makes them, with the authority's key that lies there: no running
 * node is asked, so nothing on the network makes an operator.
 */
import { CoterieError, type World } from "../../world/index.ts";
import type { DirectoryFiles } from "../directory.ts";
import { Authority } from "./authority.ts";
import { MemberCredentials } from "./credentials.ts";
import { isSame } from "./trust.ts";

/** Where a key is kept: a directory's files, and the name of one of them. */
export interface KeyPlace {
  readonly files: DirectoryFiles;
  readonly file: string;
}

/**
 * Makes a key and a certificate for an operator and keeps both, in place of what was there. `node`: a node's directory. Errors: AUTHORITY_ABSENT where that node has not the key
 * that certifies, AUTHORITY_DAMAGED, LOCAL_….
 */
export async function makeOperator(
  world: Pick<World, "crypto" | "clock" | "random">,
  node: DirectoryFiles,
  name: string,
  place: KeyPlace,
): Promise<MemberCredentials> {
  const own = await MemberCredentials.open(world, node);
  const authority = await Authority.open(world, node);
  const [certifying] = own?.authorities ?? [];
  if (!own || !authority || !certifying || !isSame(authority.certificate, certifying)) {
    throw new CoterieError("AUTHORITY_ABSENT", `${node.path} has no key of the cell's authority`, {
      details: { path: node.path },
    });
  }
  const privateKey = world.random.bytes(32);
  const { der } = authority.certifyOperator(name, world.crypto.ed25519(privateKey).publicKey);
  const identity = { certificate: der, privateKey };
  return MemberCredentials.keep(world, place.files, identity, own.authorities, place.file);
}

/**
 * PATHCONF of MOUNT version 2: what pathconf(2) shall say of a mounted directory. A mask has one bit for each question,
 * numbered as System V numbers them: for a value the bit says that there is none to be had, for a question of yes or
 * no it is the answer, and bit 0 says that nothing here is true.
 */
import { isFault, MAX_LINKS, MAX_NAME_BYTES, type Outcome } from "../../volume/types.ts";
import { MNTPATHLEN, type ppathcnf } from "../gen/mount.gen.ts";

const ERROR = 1 << 0;
const NO_MAX_CANON = 1 << 2;
const NO_MAX_INPUT = 1 << 3;
const NO_PIPE_BUF = 1 << 6;
const NO_TRUNC = 1 << 7;
const NO_VDISABLE = 1 << 8;
const CHOWN_RESTRICTED = 1 << 9;

const nothing: ppathcnf = {
  pc_link_max: 0,
  pc_max_canon: 0,
  pc_max_input: 0,
  pc_name_max: 0,
  pc_path_max: 0,
  pc_pipe_buf: 0,
  pc_vdisable: 0,
  pc_xxx: 0,
  pc_mask: [ERROR, 0],
};

/** Terminals and pipes are not the server's to tell of. */
const limits: ppathcnf = {
  ...nothing,
  pc_link_max: MAX_LINKS,
  pc_name_max: MAX_NAME_BYTES,
  pc_path_max: MNTPATHLEN,
  pc_mask: [NO_MAX_CANON | NO_MAX_INPUT | NO_PIPE_BUF | NO_VDISABLE | NO_TRUNC | CHOWN_RESTRICTED, 0],
};

export function pathconf(directory: Outcome<unknown>): ppathcnf {
  return isFault(directory) ? nothing : limits;
}

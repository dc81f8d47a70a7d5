/** Names of well-known program numbers (IANA's registry of RPC program numbers), as `rpcinfo` shows them. */

const NAMES: readonly (readonly [program: number, name: string])[] = [
  [100_000, "portmapper"],
  [100_001, "rstatd"],
  [100_002, "rusersd"],
  [100_003, "nfs"],
  [100_004, "ypserv"],
  [100_005, "mountd"],
  [100_007, "ypbind"],
  [100_008, "walld"],
  [100_009, "yppasswdd"],
  [100_011, "rquotad"],
  [100_012, "sprayd"],
  [100_017, "rexd"],
  [100_020, "llockmgr"],
  [100_021, "nlockmgr"],
  [100_024, "status"],
  [100_026, "bootparam"],
  [100_029, "keyserv"],
  [100_227, "nfs_acl"],
  [100_300, "nisd"],
  [150_001, "pcnfsd"],
];

const byNumber = new Map(NAMES);
const byName = new Map(NAMES.map(([program, name]) => [name, program]));
byName.set("rpcbind", 100_000).set("mount", 100_005).set("nlm", 100_021);

/** The number's name, if it has one. */
export function programName(program: number): string | undefined {
  return byNumber.get(program);
}

/** The number of a well-known name, or of a number as text, decimal or hexadecimal; undefined for other text. */
export function programNumber(text: string): number | undefined {
  if (!/^(\d+|0x[0-9a-f]+)$/i.test(text)) return byName.get(text.toLowerCase());
  const number = Number(text);
  return number <= 0xffff_ffff ? number : undefined;
}

/** The faults that operations return, made once: a failing operation allocates nothing for its failure. */
import { Fault } from "./types.ts";

export const PERM = new Fault("PERM");
export const NOENT = new Fault("NOENT");
export const IO = new Fault("IO");
export const ACCES = new Fault("ACCES");
export const EXIST = new Fault("EXIST");
export const NOTDIR = new Fault("NOTDIR");
export const ISDIR = new Fault("ISDIR");
export const INVAL = new Fault("INVAL");
export const FBIG = new Fault("FBIG");
export const NOSPC = new Fault("NOSPC");
export const MLINK = new Fault("MLINK");
export const NAMETOOLONG = new Fault("NAMETOOLONG");
export const NOTEMPTY = new Fault("NOTEMPTY");
export const STALE = new Fault("STALE");
export const NOT_SYNC = new Fault("NOT_SYNC");
export const BAD_COOKIE = new Fault("BAD_COOKIE");

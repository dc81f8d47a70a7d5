import { CoterieError, defineErrors } from "../../world/index.ts";

/** Summary and remedy of each NFS_… code, as `coterie explain` shows them. */
export const nfsErrors = defineErrors({
  NFS_EXPORT_RULE: {
    summary: "An export rule is not written as the server understands it.",
    remedy:
      "Write an address, a range or *, and options in parentheses: `192.168.0.0/24(ro)`, `*(rw,all_squash,anonuid=1000)`.",
  },
});

/** The codes of `NfsError`: NFS_… . */
export type NfsErrorCode = keyof typeof nfsErrors;

/** What a server of NFS refuses of its own settings. */
export class NfsError extends CoterieError {
  constructor(code: NfsErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(code, message, { details });
    this.name = "NfsError";
  }
}

import { CoterieError, defineErrors } from "../world/index.ts";

/** What finding and registering programs can fail with. */
export const namingErrors = defineErrors({
  NAMING_NO_RPCBIND: {
    summary: "No rpcbind answers at the host.",
    remedy:
      "Start it (`systemctl start rpcbind`), let `coterie up --portmap` serve its port, or name the program's port with --port.",
  },
  NAMING_TAKEN: {
    summary: "Another server that is alive is registered for the same program.",
    remedy: "Stop it (`rpcinfo -p` lists what is registered), or serve without registration.",
  },
  NAMING_REFUSED: {
    summary: "rpcbind did not accept the registration.",
    remedy: "rpcbind takes registrations from its own machine only; see whether it runs with restrictions.",
  },
  NAMING_NOT_REGISTERED: {
    summary: "The program is not registered at the host's rpcbind.",
    remedy:
      "Check the program's number and version (`coterie rpc info HOST` lists all), or name its port with --port.",
  },
  NAMING_ADDRESS: {
    summary: "Text that should be a universal address (such as 127.0.0.1.8.1) is none.",
    remedy: "Write the host's address and then the port's two bytes in decimal, all joined by dots.",
  },
  NAMING_PROGRAM_UNKNOWN: {
    summary: "No program of that name is known.",
    remedy: "Use the program's number, or a name that `coterie rpc info` shows.",
  },
});

/** The codes of `NamingError`: NAMING_… . */
export type NamingErrorCode = keyof typeof namingErrors;

/** What fails when rpcbind is asked or told something; `code` is one of `NamingErrorCode`. */
export class NamingError extends CoterieError {
  constructor(
    code: NamingErrorCode,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(code, message, options);
    this.name = "NamingError";
  }
}

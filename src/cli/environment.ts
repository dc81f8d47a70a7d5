/** The environment variables that the command line obeys, read in this one place. */

export interface Environment {
  /** Colour may be used on a terminal. */
  readonly colourAllowed: boolean;
  /** Errors print their stack, for those who work on Coterie. */
  readonly debug: boolean;
  /** The node's directory, address and port: defaults of `--dir`, `--host`, `--port`. */
  readonly directory: string | undefined;
  readonly host: string | undefined;
  readonly port: string | undefined;
  /** The file of an operator's key, for a node that is named by its address. */
  readonly operator: string | undefined;
  /** The NFS server of the file commands, when `--server` does not say. */
  readonly server: string | undefined;
  /** Rules of `--export`, separated by spaces. */
  readonly exports: string | undefined;
  /** The secret key of transfers, in hexadecimal. */
  readonly transferKey: string | undefined;
  readonly home: string | undefined;
  readonly dataHome: string | undefined;
}

/** What each variable means, for the reference. */
export const ENVIRONMENT_VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ["COTERIE_DIR", "The node's directory, when `--dir` does not say."],
  ["COTERIE_HOST", "The address to serve on or to connect to, when `--host` does not say."],
  ["COTERIE_PORT", "The port to serve on or to connect to, when `--port` does not say."],
  [
    "COTERIE_OPERATOR",
    "The file of an operator's key, for commands to which the node is named by its address, when `--operator` names none.",
  ],
  [
    "COTERIE_SERVER",
    "The NFS server of the file commands, `HOST[:PORT]`, or nodes of a cell, separated by commas, when `--server` does not say.",
  ],
  ["COTERIE_EXPORT", "Export rules for `coterie up`, separated by spaces, when `--export` gives none."],
  [
    "COTERIE_TRANSFER_KEY",
    "The key of `send` and `receive`, 64 hexadecimal digits, when `--key-file` names none.",
  ],
  ["COTERIE_DEBUG", "`1`: errors print their stack as well."],
  ["NO_COLOR", "Any value: no colour, even on a terminal."],
  ["XDG_DATA_HOME", "Where the default directory of the node lies; `~/.local/share` when not set."],
];

/** An empty variable counts as not set. */
function given(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}

export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  return {
    colourAllowed: given(variables.NO_COLOR) === undefined && variables.TERM !== "dumb",
    debug: given(variables.COTERIE_DEBUG) !== undefined && variables.COTERIE_DEBUG !== "0",
    directory: given(variables.COTERIE_DIR),
    host: given(variables.COTERIE_HOST),
    port: given(variables.COTERIE_PORT),
    operator: given(variables.COTERIE_OPERATOR),
    server: given(variables.COTERIE_SERVER),
    exports: given(variables.COTERIE_EXPORT),
    transferKey: given(variables.COTERIE_TRANSFER_KEY),
    home: given(variables.HOME),
    dataHome: given(variables.XDG_DATA_HOME),
  };
}

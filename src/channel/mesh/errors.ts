import { CoterieError, defineErrors } from "../../world/index.ts";

/** What a mesh tells `onTrouble`, or fails with. `coterie explain CODE` prints these. */
export const meshErrors = defineErrors({
  MESH_UNPROTECTED: {
    summary:
      "The mesh was to listen where other machines can connect, over TCP and without a secret: anybody could speak for any process.",
    remedy:
      "Use channels with keys (carrier: { kind: 'channels', security }), or a secret; or say isTrustedNetwork: true where nobody else is on the network.",
  },
  MESH_WRONG_PEER: {
    summary: "Another process than the one that was expected listens at the address.",
    remedy: "Correct the peer's address, or its name; details hold the name that answered.",
  },
  MESH_VERSION: {
    summary: "The other side speaks another version of the links' protocol.",
    remedy: "Compare both sides' releases and update the older one.",
  },
  MESH_SECRET: {
    summary: "The two sides have not the same secret, or only one of them has one.",
    remedy: "Give every process of the mesh the same secret.",
  },
  MESH_KEY: {
    summary:
      "No key is known for the peer, or the key or certificate that it proved is not the peer's, or was taken back.",
    remedy:
      "Let keyOf give the public key of each peer; see who else uses the peer's name, and whether its certificate was revoked.",
  },
  MESH_REFUSED: {
    summary: "The peer answered, and takes no link; details hold its reason.",
    remedy:
      "Raise the peer's maxPeers (reason `full`), or give each process a name of its own (reason `name`).",
  },
  MESH_NAME_TAKEN: {
    summary: "Two processes go by one name: each takes the links of the other away, again and again.",
    remedy: "Give each process a name of its own; details hold the address of one of the two.",
  },
  MESH_VIOLATION: {
    summary: "The other side said what no correct peer says; its link was dropped and begins anew.",
    remedy:
      "See that the address is a peer's; compare both sides' releases, and report it if they are the same.",
  },
  MESH_SILENT: {
    summary: "Nothing came from the peer for too long, not even an answer to a ping; its link was dropped.",
    remedy: "Check that the peer runs, and the network between.",
  },
  MESH_LIMIT: {
    summary: "The mesh has as many peers, ports or handshakes as it may, or too much waits for a peer.",
    remedy: "Raise the limit that the message names, or use fewer.",
  },
  MESH_CLOSED: {
    summary: "The mesh was closed here.",
    remedy: "Open ports and ask for contacts before the mesh is closed.",
  },
});

/** The codes of meshes: MESH_… . */
export type MeshErrorCode = keyof typeof meshErrors;

/** The link to `name` ends, because its key or certificate was taken back. */
export function linkDisbelieved(name: string): CoterieError {
  const message = `what proved ${name} when its link was made is not believed any more`;
  return new CoterieError("MESH_KEY", message, { details: { name } });
}

export function linkSilent(name: string, pings: number): CoterieError {
  return new CoterieError("MESH_SILENT", `${name} answered none of ${pings} pings`, { details: { name } });
}

export function linkOverrun(name: string, most: number): CoterieError {
  return new CoterieError("MESH_LIMIT", `over ${most} bytes wait between here and ${name}`, {
    details: { name },
  });
}

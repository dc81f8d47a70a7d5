/**
 * Files of keys: a private key and certificates as PEM, in one file, so that no crash can part what belongs together. `DirectoryFiles` replaces a
 * file at once, readable by its owner alone. `openssl x509 -in node.pem -noout -text` shows what is in one.
 */
import {
  type Certificate,
  CoterieError,
  type Crypto,
  decodeCertificate,
  pem,
  pemBlocks,
  privateKeyOfPem,
  privateKeyPem,
} from "../../world/index.ts";
import type { DirectoryFiles } from "../directory.ts";

const MAX_FILE_BYTES = 64 * 1024;

/** A private key and the certificates that follow it in the file: first of all that of the key, if it has one. */
export interface KeyEntry {
  readonly privateKey: Uint8Array;
  readonly certificates: readonly Certificate[];
}

/** Undefined where there is no file. @throws CoterieError AUTHORITY_DAMAGED for any other content. */
export async function readKeyFile(
  crypto: Crypto,
  files: DirectoryFiles,
  name: string,
): Promise<readonly KeyEntry[] | undefined> {
  const data = await files.read(name, MAX_FILE_BYTES);
  if (data === undefined) return undefined;
  const entries = parse(crypto, new TextDecoder().decode(data));
  if (entries === undefined || !entries.every((entry) => isMatched(crypto, entry))) {
    throw damaged(`${files.path}/${name}`);
  }
  return entries;
}

export async function writeKeyFile(
  files: DirectoryFiles,
  name: string,
  entries: readonly KeyEntry[],
): Promise<void> {
  const text = entries.flatMap(({ privateKey, certificates }) => [
    privateKeyPem("Ed25519", privateKey),
    ...certificates.map(({ der }) => pem("CERTIFICATE", der)),
  ]);
  await files.replace(name, new TextEncoder().encode(text.join("")));
}

function parse(crypto: Crypto, text: string): KeyEntry[] | undefined {
  const entries: { privateKey: Uint8Array; certificates: Certificate[] }[] = [];
  for (const block of pemBlocks(text) ?? []) {
    const privateKey = privateKeyOfPem("Ed25519", block);
    const certificate = block.label === "CERTIFICATE" ? decodeCertificate(crypto, block.der) : undefined;
    if (privateKey !== undefined) entries.push({ privateKey, certificates: [] });
    else if (certificate !== undefined && entries.length > 0) entries.at(-1)?.certificates.push(certificate);
    else return undefined;
  }
  return entries.length > 0 ? entries : undefined;
}

/** The first certificate is that of the key. */
function isMatched(crypto: Crypto, { privateKey, certificates: [own] }: KeyEntry): boolean {
  return own === undefined || crypto.equal(crypto.ed25519(privateKey).publicKey, own.publicKey);
}

export function damaged(path: string): CoterieError {
  return new CoterieError(
    "AUTHORITY_DAMAGED",
    `${path} does not hold the keys and certificates that it should`,
    {
      details: { path },
    },
  );
}

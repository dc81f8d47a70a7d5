/**
 * Whether a program that a test talks to is on this machine. Without it the test is skipped, with a line that names
 * the Debian package; under COTERIE_REQUIRE_PEERS=1, as in continuous integration, a missing peer is a failure.
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

function isThere(commandOrPath: string): boolean {
  const places = commandOrPath.startsWith("/")
    ? [commandOrPath]
    : [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"].map((folder) =>
        join(folder, commandOrPath),
      );
  return places.some((place) => {
    try {
      accessSync(place, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * @param name how people call the peer
 * @param debianPackage what to install for it
 * @param commandOrPath a command to look for in PATH, or an absolute path
 */
export function requirePeer(name: string, debianPackage: string, commandOrPath: string): boolean {
  if (isThere(commandOrPath)) return true;
  const message = `${name} is not on this machine: apt-get install ${debianPackage}`;
  if (process.env.COTERIE_REQUIRE_PEERS === "1") throw new Error(message);
  console.warn(`skipped: ${message}`);
  return false;
}

/** Whether this runs as root, which `what` needs: skipped or failed like a missing peer otherwise. */
export function requireRoot(what: string): boolean {
  if (process.getuid?.() === 0) return true;
  const message = `root is needed for ${what}`;
  if (process.env.COTERIE_REQUIRE_PEERS === "1") throw new Error(message);
  console.warn(`skipped: ${message}`);
  return false;
}

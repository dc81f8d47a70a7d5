/** What undoes the steps of a start, last first. */
import type { World } from "../world/index.ts";

/** Undoes one step of a start. */
export type Closer = () => void | Promise<void>;

/** Runs every closer, last first, whatever the others do; gives the first failure back. */
export async function closeAll(closers: Closer[], world: World): Promise<unknown> {
  let failure: unknown;
  for (const close of closers.splice(0).reverse()) {
    try {
      await close();
    } catch (error) {
      world.log.error("closing failed", { error: String(error) });
      failure ??= error;
    }
  }
  return failure;
}

/** What the processes of a measurement share: how they speak with who started them, and end when that is gone. */

/** To who started this process. */
export function say(value: unknown): void {
  process.send?.(value);
}

/** Calls `onRequest` for each thing that is asked or told; ends the process when nobody is left who could. */
export function serveParent<Request>(onRequest: (request: Request) => void): void {
  process.on("message", (request) => onRequest(request as Request));
  endWithParent();
}

/** To be called before anything that takes long. */
export function endWithParent(): void {
  if (process.listenerCount("disconnect") === 0) process.on("disconnect", () => process.exit(0));
}

/** What this process's threads have taken of the processors until now. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

import { expect, test } from "vitest";
import { FakeHost } from "../../../test/support/cli-host.ts";
import type { World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { TransferBar } from "./transfer-bar.ts";

/** A bar on a terminal; `draw` moves time on and says what is drawn then. */
function rig() {
  const host = new FakeHost({ isTerminal: true });
  let nowMs = 0;
  let draw = () => {};
  const world = {
    clock: { monotonicMs: () => nowMs },
    timers: {
      after: (_delayMs: number, fire: () => void) => {
        draw = fire;
        return { cancel: () => {} };
      },
    },
  };
  const context = { terminal: host.terminal, output: { json: false } };
  const bar = new TransferBar(context as unknown as CliContext, world as unknown as World);
  const show = (name: string, doneBytes: number, phase: "sending" | "checking" = "sending") =>
    bar.show({ phase, name: new TextEncoder().encode(name), doneBytes, totalBytes: 1000 });
  const drawn = (passedMs: number) => {
    nowMs += passedMs;
    const before = host.err.text.length;
    draw();
    return host.err.text.slice(before).replace("\r\u001b[K", "");
  };
  return { bar, show, drawn };
}

test("shows the rate of what was sent, not of what was there", () => {
  const { show, drawn } = rig();
  show("f", 900);
  show("f", 910);
  expect(drawn(100)).toContain("910 B of 1000 B  100 B/s");
});

test("begins anew with each phase of a file", () => {
  const { show, drawn } = rig();
  show("f", 1000);
  drawn(100);
  show("f", 0, "checking");
  expect(drawn(100)).toMatch(/^f \(checking\) .* 0 B\/s$/);
});

test("of several files shows one, until it stalls or has ended", () => {
  const { bar, show, drawn } = rig();
  show("one", 10);
  show("two", 500);
  expect(drawn(100)).toMatch(/^one .*10 B of/);
  show("one", 20);
  drawn(900);
  show("two", 600);
  expect(drawn(50)).toMatch(/^one .*20 B of/);
  drawn(50);
  show("two", 700);
  expect(drawn(100)).toMatch(/^two .*700 B of/);
  bar.hide();
  show("one", 30);
  expect(drawn(100)).toMatch(/^one .*30 B of/);
});

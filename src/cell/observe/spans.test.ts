/** Spans of calls, as an SDK gets them. */
import { type Span, type SpanOptions, type Tracer, trace } from "@opentelemetry/api";
import { afterEach, expect, test } from "vitest";
import { served } from "../../../test/support/served-cell.ts";
import { Spans } from "./spans.ts";

interface Kept {
  readonly name: string;
  readonly parent: string | undefined;
  readonly attributes: Record<string, unknown>;
  readonly events: string[];
  ends: number;
  failure: string | undefined;
}

/** As much of an SDK as keeps what it is told. */
function keepSpans(): Kept[] {
  const kept: Kept[] = [];
  const startSpan = (
    name: string,
    { attributes = {} }: SpanOptions = {},
    context = undefined as never,
  ): Span => {
    const parent = (trace.getSpan(context) as unknown as { kept?: Kept } | undefined)?.kept?.name;
    const own: Kept = {
      name,
      parent,
      attributes: { ...attributes },
      events: [],
      ends: 0,
      failure: undefined,
    };
    kept.push(own);
    const span = {
      kept: own,
      setAttribute: (key: string, value: unknown) => {
        own.attributes[key] = value;
      },
      addEvent: (event: string) => void own.events.push(event),
      setStatus: ({ message }: { message?: string }) => {
        own.failure = message;
      },
      end: () => {
        own.ends++;
      },
    };
    return span as unknown as Span;
  };
  const tracer = { startSpan } as unknown as Tracer;
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  return kept;
}

afterEach(() => trace.disable());

test("a call's span holds its volume's, and that the log's, in which it was applied", async () => {
  const kept = keepSpans();
  await served(async ({ client }) => {
    kept.length = 0;
    await client.mkdir("/made");
    await client.lstat("/made");
    await expect(client.mkdir("/made")).rejects.toThrow();
    const of = (name: string, parent?: string) =>
      kept.filter((each) => each.name === name && each.parent === parent);
    expect(of("NFS3 MKDIR").map(({ attributes }) => attributes)).toEqual([
      { "coterie.node": "node-1", "nfs.status": "OK" },
      { "coterie.node": "node-1", "nfs.status": "EXIST" },
    ]);
    expect(of("submit", "NFS3 MKDIR").map(({ attributes }) => attributes.answer)).toEqual([
      "answered",
      "answered",
    ]);
    expect(of("log append", "submit").map(({ events }) => events)).toEqual([["applied"], ["applied"]]);
    expect(of("log read", "submit").length).toBeGreaterThan(0);
    expect(kept.map(({ ends, failure }) => [ends, failure])).toEqual(kept.map(() => [1, undefined]));
  });
});

test("without a quorum, what failed says why", async () => {
  const kept = keepSpans();
  await served(async ({ client, machines, sim }) => {
    machines[1]?.crash({ power: true });
    machines[2]?.crash({ power: true });
    kept.length = 0;
    const made = client.mkdir("/never").catch(() => {});
    await sim.sleep(15_000);
    const appended = kept.find(({ name }) => name === "log append");
    expect(appended?.failure).toMatch(/^LOG_/);
    expect(appended?.ends).toBe(1);
    await client.close();
    await made;
  });
});

test("nothing is made as long as no SDK is there, and one that comes later is found", () => {
  const spans = new Spans();
  expect(spans.call("NFS3 NULL", 0)).toBeUndefined();
  expect(spans.part("submit")).toBeUndefined();
  const kept = keepSpans();
  expect(spans.call("NFS3 NULL", 999)).toBeUndefined();
  expect(spans.call("NFS3 NULL", 1000)).toBeDefined();
  expect(kept.map(({ name }) => name)).toEqual(["NFS3 NULL"]);
});

import { describe, expect, test } from "vitest";
import { Histogram, LATENCY_BOUNDS } from "./metric.ts";
import { MAX_SERIES, Registry } from "./registry.ts";

const about = (name: string, ...labels: string[]) => ({ name, help: `what ${name} says`, labels });

describe("a registry", () => {
  test("tells all that it has in Prometheus's text format", () => {
    const registry = new Registry();
    const calls = registry.counter(about("calls_total", "procedure", "status"));
    calls.of("READ", "OK").add();
    calls.of("WRITE", "OK").add(2);
    calls.of("READ", "OK").add();
    registry.gauge(about("open")).of().set(-1.5);
    const took = registry.histogram(about("took_seconds", "what"), [0.5, 1]).of("a");
    for (const value of [0.5, 0.75, 3]) took.observe(value);
    registry.read("gauge", about("free_bytes", "store"), (tell) => tell(7, "log"));
    registry.gauge(about("empty", "never"));
    expect(registry.text()).toBe(`# HELP calls_total what calls_total says
# TYPE calls_total counter
calls_total{procedure="READ",status="OK"} 2
calls_total{procedure="WRITE",status="OK"} 2
# HELP open what open says
# TYPE open gauge
open -1.5
# HELP took_seconds what took_seconds says
# TYPE took_seconds histogram
took_seconds_bucket{what="a",le="0.5"} 1
took_seconds_bucket{what="a",le="1"} 2
took_seconds_bucket{what="a",le="+Inf"} 3
took_seconds_sum{what="a"} 4.25
took_seconds_count{what="a"} 3
# HELP free_bytes what free_bytes says
# TYPE free_bytes gauge
free_bytes{store="log"} 7
# HELP empty what empty says
# TYPE empty gauge
`);
  });

  test("escapes what labels and help hold, and has words for what is no finite number", () => {
    const registry = new Registry();
    const odd = registry.gauge({ name: "odd", help: "one\\two\nthree", labels: ["name"] });
    odd.of('a"b\\c\nd').set(Number.POSITIVE_INFINITY);
    odd.of("nan").set(Number.NaN);
    odd.of("low").set(Number.NEGATIVE_INFINITY);
    expect(registry.text()).toBe(
      "# HELP odd one\\\\two\\nthree\n# TYPE odd gauge\n" +
        'odd{name="a\\"b\\\\c\\nd"} +Inf\nodd{name="nan"} NaN\nodd{name="low"} -Inf\n',
    );
  });

  test("counts series over its bound together, and those that it has as before", () => {
    const registry = new Registry();
    const calls = registry.counter(about("calls_total", "peer"));
    for (let at = 0; at < MAX_SERIES; at++) calls.of(`peer-${at}`).add();
    calls.of("late").add(3);
    calls.of("later").add(4);
    calls.of("peer-1").add();
    expect([...calls.entries()]).toHaveLength(MAX_SERIES + 1);
    expect([calls.of("other").value, calls.of("late").value, calls.of("peer-1").value]).toEqual([7, 7, 2]);
  });

  test("does not show more of what is read than its bound", () => {
    const registry = new Registry();
    registry.read("gauge", about("many", "at"), (tell) => {
      for (let at = 0; at < MAX_SERIES + 5; at++) tell(at, String(at));
    });
    expect(registry.text().split("\n")).toHaveLength(MAX_SERIES + 3);
  });

  test("refuses names that cannot be or are taken, and labels that are not as declared", () => {
    const registry = new Registry();
    registry.gauge(about("taken"));
    expect(() => registry.gauge(about("taken"))).toThrow(RangeError);
    expect(() => registry.gauge(about("No-Name"))).toThrow(RangeError);
    expect(() => registry.gauge(about("fine", "no label"))).toThrow(RangeError);
    expect(() => registry.counter(about("calls"))).toThrow(RangeError);
    expect(() => registry.counter(about("calls_total", "a")).of()).toThrow(RangeError);
    registry.read("gauge", about("wrong", "a"), (tell) => tell(1));
    expect(() => registry.text()).toThrow(RangeError);
  });
});

describe("a histogram", () => {
  test("puts each value where a search from the first bound would", () => {
    const histogram = new Histogram(LATENCY_BOUNDS);
    const values = [0, 0.0001, 0.00011, 0.3, 1, 9.99, 10, 11];
    for (const value of values) histogram.observe(value);
    const expected = [...LATENCY_BOUNDS, Number.POSITIVE_INFINITY].map(
      (bound) => values.filter((value) => value <= bound).length,
    );
    expect(histogram.cumulative()).toEqual(expected);
    expect(histogram.count).toBe(values.length);
  });

  test("takes no bounds that do not rise, and no value that is no number", () => {
    for (const bounds of [[], [1, 1], [2, 1], Array.from({ length: 65 }, (_, at) => at)]) {
      expect(() => new Histogram(bounds)).toThrow(RangeError);
    }
    const histogram = new Histogram([1]);
    histogram.observe(Number.NaN);
    expect([histogram.count, histogram.sum]).toEqual([0, 0]);
  });
});

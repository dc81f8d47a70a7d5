import { expect, test } from "vitest";
import { parseSettingsFile, type RawSettings, type SettingsSource } from "./settings.ts";
import { tellSettings } from "./settings-origin.ts";

const options = (values: RawSettings): SettingsSource => ({ values, nameOf: (setting) => `--${setting}` });

test("each setting is told with the strongest that says something", () => {
  const file = parseSettingsFile('{"port": 3000, "portmap": "off"}', "/d/coterie.json");
  expect(tellSettings([options({ port: "4000", exports: ["10.0.0.0/8=ro"] }), file])).toEqual([
    { name: "host", value: "127.0.0.1", origin: "default" },
    { name: "port", value: 4000, origin: "--port" },
    { name: "exports", value: ["10.0.0.0/8(ro,root_squash)"], origin: "--exports" },
    { name: "portmap", value: "off", origin: '"portmap" in /d/coterie.json' },
    { name: "metricsHost", value: "none", origin: "default" },
    { name: "metricsPort", value: "none", origin: "default" },
  ]);
});

test("what cannot hold is refused as at a start", () => {
  expect(() => tellSettings([options({ port: "many" })])).toThrow("--port: expected a port");
  expect(() => tellSettings([options({ host: "0.0.0.0" })])).toThrow("no export rule");
});

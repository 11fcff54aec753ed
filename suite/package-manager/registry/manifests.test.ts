import assert from "node:assert/strict";
import { test } from "node:test";
import pickManifest from "npm-pick-manifest";
import { candidates } from "./manifests.ts";
import { readPackument, type Manifest } from "./packument.ts";

type Fields = Partial<Manifest> & { engines?: unknown };

const lists: Record<string, Fields>[] = [
  { "1.0.0": {}, "1.1.0": {}, "2.0.0": {} },
  { "1.0.0": {}, "1.1.0": { deprecated: "old" }, "1.2.0": { deprecated: "older" } },
  { "1.0.0": { deprecated: "old" }, "1.1.0": { deprecated: "old" } },
  { "1.0.0": {}, "1.1.0": { engines: { node: "<1" } }, "1.2.0": { engines: { node: ">=1" }, deprecated: "x" } },
  { "1.0.0": { engines: { node: "<1" } }, "1.1.0": { engines: { node: "<2" }, deprecated: "x" } },
  { "1.0.0": { engines: "all" }, "1.1.0": { engines: null }, "1.0.1": { engines: { node: 7 } } },
  { "2.0.0-rc.1": {}, "2.0.0-rc.2": {}, "1.9.0": {} },
  { "1.0.0+a": {}, "1.0.0+b": {}, "not a version": {}, "v1.0.1": {} },
  { "1.10.0": {}, "1.9.0": {}, "1.2.0": { deprecated: "" } },
  { "1.0.0": {}, "1.5.0": { dist: undefined as never } },
  { "0.1.0": {}, "1.0.0": {}, "1.1.0": {}, "1.2.0": { deprecated: "x" }, "1.3.0": { engines: { node: "<1" } }, "3.0.0": {} },
  { "0.1.0": {}, "1.0.0": {}, "1.1.0": {}, "1.2.0": { deprecated: "x" }, "3.0.0": {} },
  { "0.1.0": {}, "1.0.0": { engines: { node: "<1" } }, "1.1.0": { engines: { node: "<1" }, deprecated: "x" }, "3.0.0": {} },
];

/** As a registry sends it. */
function packument(versions: Record<string, Fields>, tags: Record<string, string>): { text: Buffer; whole: { name: string; "dist-tags": Record<string, string>; versions: Record<string, Manifest> } } {
  const entries = Object.entries(versions).map(([version, fields]): [string, Manifest] => [version, { name: "a", version, dist: { tarball: "t" }, ...fields }]);
  const value = { name: "a", "dist-tags": tags, versions: Object.fromEntries(entries) };
  const sound = entries.filter(([, { dist }]) => (dist as unknown) !== undefined);
  return { text: Buffer.from(JSON.stringify(value)), whole: { ...value, versions: Object.fromEntries(sound) } };
}

function outcome(act: () => Manifest): string {
  try {
    return act().version;
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).message;
  }
}

test("among the candidates npm chooses what it chooses among all versions", () => {
  const wishes = ["*", "", "latest", "next", "none", "^1.0.0", "^1.1.0", "~1.0.0", ">=2", ">=1.0.0-0", "1.0.0", "v1.1.0", "=1.0.0", "1.x || 2.x", "^9", "2.0.0-rc.1", "<1.2", "^2.0.0-rc.1"];
  for (const versions of lists) {
    for (const latest of Object.keys(versions)) {
      const { text, whole } = packument(versions, { latest, next: Object.keys(versions)[0] ?? "" });
      const list = readPackument(text, "a", "here");
      for (const wanted of wishes) {
        const [own, theirs] = [candidates(list, wanted, "latest"), whole].map((choice) => outcome(() => pickManifest(structuredClone(choice), wanted, { defaultTag: "latest" })));
        assert.equal(own, theirs, `${wanted} of ${JSON.stringify(whole)}`);
      }
    }
  }
});

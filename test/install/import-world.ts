// What the lockfiles in lockfiles/ were made of, each by the package manager that its name begins with, and what its registry
// has by now.
import type { Packages, Version } from "../registry/index.ts";

const needs = (dependencies: object): Version => ({ manifest: { dependencies } });

export const packages: Packages = {
  plain: { versions: { "1.0.0": {}, "1.1.0": {} } },
  "@scope/kit": { versions: { "2.0.0": needs({ plain: "^1.0.0", two: "^1.0.0", "deep.name": "1.x || 2.x" }) } },
  two: { versions: { "1.0.0": {}, "2.0.0": {} } },
  "deep.name": { versions: { "1.5.0": needs({ "@scope/leaf": ">=0.1.0 <0.3.0" }) } },
  "@scope/leaf": { versions: { "0.1.0": {}, "0.2.0": {} } },
  host: { versions: { "1.0.0": {} } },
  plugin: { versions: { "1.0.0": { manifest: { peerDependencies: { host: "^1.0.0" } } } } },
  pre: { versions: { "1.0.0-beta.1": {} } },
  elsewhere: { versions: { "1.0.0": { manifest: { os: ["darwin"] } } } },
  tool: { versions: { "3.0.0": { manifest: { bin: { tool: "cli.js" }, dependencies: { two: "^2.0.0" } }, files: { "cli.js": "#!/usr/bin/env node\n" } } } },
  tagged: { versions: { "4.0.0": {} }, tags: { next: "4.0.0" } },
};

/** Of everything there is something newer that fits. */
export const later: Packages = Object.fromEntries(
  Object.entries(packages).map(([name, { versions, tags }]) => {
    const newer = Object.entries(versions).map(([version, held]) => [version.includes("-") ? "1.0.0-beta.2" : version.replace(/\d+$/, "9"), held]);
    return [name, { versions: { ...versions, ...Object.fromEntries(newer) }, ...(tags === undefined ? {} : { tags: { next: "4.0.9" } }) }];
  }),
);

export const manifest: Readonly<Record<string, unknown>> = {
  name: "root",
  version: "1.0.0",
  private: true,
  workspaces: ["packages/*"],
  dependencies: { "@scope/kit": "^2.0.0", alias: "npm:two@^1.0.0", plain: "^1.0.0", two: "^2.0.0", plugin: "^1.0.0", host: "^1.0.0", pre: "^1.0.0-beta.1", tagged: "next" },
  devDependencies: { tool: "3" },
  optionalDependencies: { elsewhere: "^1.0.0" },
};

export const members: Readonly<Record<string, object>> = {
  "packages/a": { name: "member-a", version: "1.0.0", dependencies: { plain: "~1.0.0" } },
  "packages/b": { name: "member-b", version: "1.0.0", dependencies: { two: "1", "@scope/leaf": "^0.2.0" } },
};

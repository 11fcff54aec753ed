// A registry for tests of what installs, and for measurements.
export { type Package, type Packages, type Version } from "./packages.ts";
export { type Fault, type Options, type Registry, type Seen, startRegistry, type Trouble } from "./server.ts";
export { archived, type Entry, tarball } from "./tarball.ts";

// The parts that are used of packages without types of their own.

declare module "@npmcli/arborist" {
  export type Edge = { name: string; spec: string; rawSpec: string; type: string; from: Node; to: Node | null; error: string | null; valid: boolean; missing: boolean };
  export type Node = {
    name: string;
    packageName: string;
    version: string;
    location: string;
    path: string;
    realpath: string;
    resolved: string | null;
    integrity: string | null;
    package: Record<string, unknown>;
    isRoot: boolean;
    isProjectRoot: boolean;
    isWorkspace: boolean;
    isLink: boolean;
    isTop: boolean;
    target: Node;
    parent: Node | null;
    dev: boolean;
    optional: boolean;
    devOptional: boolean;
    peer: boolean;
    extraneous: boolean;
    inert: boolean;
    inBundle: boolean;
    /** In the tarball of another package than the project itself. */
    inDepBundle: boolean;
    hasInstallScript: boolean | undefined;
    isRegistryDependency: boolean;
    pkgid: string;
    overridden: boolean;
    /** Whether `name@range`, or a bare name, means it. */
    satisfies(spec: string): boolean;
    /** Who needs it, as `npm explain --json` gives it. */
    explain(): Record<string, unknown>;
    errors: Error[];
    edgesIn: Set<Edge>;
    edgesOut: Map<string, Edge>;
    children: Map<string, Node>;
    inventory: Inventory;
    meta: Meta;
    workspaces: Map<string, string> | null;
  };
  export type Inventory = { values(): IterableIterator<Node>; get(location: string): Node | undefined; query(key: string, value?: string): Set<Node>; size: number };
  export type Meta = { filename: string; loadedFromDisk: boolean; toString(options?: { format?: string | boolean }): string; commit(): unknown; yarnLock: unknown; get(location: string): Record<string, unknown> };
  export type Options = Record<string, unknown>;
  export default class Arborist {
    constructor(options: Options);
    options: Options;
    idealTree: Node | null;
    buildIdealTree(options?: Options): Promise<Node>;
    loadVirtual(options?: Options): Promise<Node>;
    loadActual(options?: { root?: Node; ignoreMissing?: boolean; forceActual?: boolean; filter?: () => boolean }): Promise<Node>;
  }
}

declare module "npm-package-arg" {
  export type Spec = {
    type: "git" | "tag" | "version" | "range" | "file" | "directory" | "remote" | "alias";
    registry?: boolean;
    name: string | null;
    raw: string;
    rawSpec: string;
    fetchSpec: string;
    saveSpec: string | null;
    escapedName?: string;
    subSpec?: Spec;
    hosted?: { shortcut(): string; tarball(): string | undefined };
    toString(): string;
  };
  export default function npa(spec: string, where?: string): Spec;
}

declare module "npm-pick-manifest" {
  import type { Manifest } from "./registry/packument.ts";
  export type NpmPackument = { name: string; "dist-tags": Readonly<Record<string, string>>; versions: Record<string, Manifest> };
  export default function pickManifest(packument: NpmPackument, wanted: string, options?: Record<string, unknown>): Manifest;
}

declare module "@npmcli/package-json" {
  export default class PackageJson {
    static normalizeSteps: string[];
    fromContent(content: unknown): PackageJson;
    normalize(options?: { steps?: string[] }): Promise<PackageJson>;
    content: Record<string, unknown>;
    filename: string;
    save(): Promise<void>;
  }
}

declare module "semver" {
  export function satisfies(version: string, range: string, options?: object): boolean;
  export function rcompare(one: string, other: string, options?: object): number;
  export function validRange(range: string, options?: object): string | null;
  export class SemVer {
    readonly raw: string;
  }
  export class Range {
    constructor(range: string, options?: object);
    test(version: SemVer | string): boolean;
  }
  export function parse(version: string, options?: object): SemVer | null;
  export function clean(version: string, options?: object): string | null;
  export function compare(one: SemVer, other: SemVer): number;
  export function valid(version: string): string | null;
  export function prerelease(version: string, options?: object): readonly (string | number)[] | null;
  export function lt(one: string, other: string): boolean;
  export function gt(one: string, other: string): boolean;
  export function diff(one: string, other: string): string | null;
}

// The one place that starts arborist: npm's own resolver, so that lockfiles are what npm would write.
import Arborist, { type Node, type Options } from "@npmcli/arborist";
import PackageJson from "@npmcli/package-json";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Manifests } from "../registry/manifests.ts";
import { isSet, type Request } from "../request.ts";

/** Arborist, that never takes versions from what lies in node_modules: anybody could have changed it. */
class Resolver extends Arborist {
  override loadActual(options: Actual = {}): Promise<Node> {
    const { root } = options;
    // What a tarball bundles lies in the staging folder for a moment.
    if (String(this.options["path"]).startsWith(`${String(this.options["staging"])}/`)) return super.loadActual(options);
    if (root === undefined) throw new Error("This resolver reads lockfiles only");
    // Without a lockfile the members of a workspace, and nothing else, come from the disk.
    return super.loadActual({ root, filter: () => false, forceActual: true, ignoreMissing: true });
  }
}

type Actual = { readonly root?: Node; readonly ignoreMissing?: boolean };

/** What a command wants changed. */
export type Wish = {
  readonly add?: readonly string[];
  readonly rm?: readonly string[];
  readonly update?: boolean | { names: readonly string[] };
  readonly saveType?: "prod" | "dev" | "optional" | "peer" | "peerOptional";
  readonly saveBundle?: boolean;
  readonly preferDedupe?: boolean;
  readonly savePrefix?: string;
  readonly workspaces?: readonly string[];
  readonly save?: boolean;
};

export type Resolved = {
  readonly tree: Node;
  /** Writes package-lock.json, and package.json files that changed, into the staging folder. */
  save(): Promise<void>;
};

/** Resolves the project; nothing is written. */
export async function resolve(request: Request, manifests: Manifests, wish: Wish): Promise<Resolved> {
  const options: Options = { ...optionsOf(request, manifests), ...wish };
  const resolver = new Resolver(options);
  const tree = await resolver.buildIdealTree(options);
  return { tree, save: () => redirected(request.project, request.staging, () => saveInto(request.staging, resolver, options)) };
}

/** The tree that the lockfile describes; undefined where there is none. */
export async function locked(request: Request, manifests: Manifests): Promise<Node | undefined> {
  try {
    return await new Resolver(optionsOf(request, manifests)).loadVirtual();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOLOCK") return undefined;
    throw error;
  }
}

function optionsOf(request: Request, manifests: Manifests): Options {
  const registry = request.registries.find((own) => own.scope === "")?.url;
  const scopes = request.registries.filter((own) => own.scope !== "").map((own) => [`${own.scope}:registry`, own.url]);
  return {
    path: request.project,
    staging: request.staging,
    registry,
    ...Object.fromEntries(scopes),
    cordon: manifests,
    cache: request.store,
    // Code of the project's own that npm would run while it resolves.
    ignoreExtension: true,
    ignoreScripts: true,
    packageLockOnly: true,
    // Bundled packages are in the lockfile, too.
    complete: true,
    // What is placed later may break an optional peer of what was placed before: npm install looks again, npm ci and update do not.
    save: true,
    // Packages that are named by address or path: the project's own manifest may, its dependencies may not.
    allowGit: "none",
    allowRemote: "root",
    allowFile: "root",
    allowDirectory: "root",
    nodeVersion: process.version,
    npmVersion: "12.0.0",
    legacyPeerDeps: isSet(request, "legacy-peer-deps"),
    strictPeerDeps: isSet(request, "strict-peer-deps"),
    engineStrict: isSet(request, "engine-strict"),
    preferDedupe: isSet(request, "prefer-dedupe"),
    installStrategy: ["nested", "shallow"].includes(request.flags["install-strategy"] ?? "") ? request.flags["install-strategy"] : "hoisted",
    installLinks: isSet(request, "install-links"),
    force: isSet(request, "force"),
    includeWorkspaceRoot: isSet(request, "include-workspace-root"),
    savePrefix: isSet(request, "save-exact") ? "" : (request.flags["save-prefix"] ?? "^"),
    defaultTag: request.flags["tag"] ?? "latest",
    omitLockfileRegistryResolved: isSet(request, "omit-lockfile-registry-resolved"),
    audit: false,
    fund: false,
    omit: [],
  };
}

/** `Symbol.for("saveIdealTree")` is arborist's step that brings package.json and the lockfile up to date, as npm writes them. */
const SAVE = Symbol.for("saveIdealTree");

async function saveInto(staging: string, resolver: Resolver, options: Options): Promise<void> {
  const tree = resolver.idealTree;
  if (tree === null) throw new Error("Nothing was resolved");
  tree.meta.yarnLock = null;
  tree.meta.filename = `${staging}/package-lock.json`;
  const save = (resolver as unknown as Record<symbol, (options: Options) => Promise<unknown>>)[SAVE];
  if (save === undefined) throw new Error("This version of arborist saves in another way");
  await save.call(resolver, options);
}

const INDENT = Symbol.for("indent");
const NEWLINE = Symbol.for("newline");

/** Lets package.json files be written to their places in the staging folder while `step` runs, laid out as they were. */
async function redirected(project: string, staging: string, step: () => Promise<unknown>): Promise<void> {
  const original = PackageJson.prototype.save;
  PackageJson.prototype.save = async function save(this: PackageJson): Promise<void> {
    if (!this.filename.startsWith(`${project}/`)) throw new Error(`Cannot write ${this.filename}: it is not in the project`);
    const { [INDENT]: indent = "  ", [NEWLINE]: newline = "\n", ...rest } = this.content as Record<string | symbol, unknown>;
    const text = `${JSON.stringify(rest, null, indent as string)}\n`.replaceAll("\n", newline as string);
    const file = staging + this.filename.slice(project.length);
    if (text.trim() === (await readFile(this.filename, "utf8")).trim()) return;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  try {
    await step();
  } finally {
    PackageJson.prototype.save = original;
  }
}

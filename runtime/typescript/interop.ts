// What transformed CommonJS modules call at run time. They reach it by a symbol on globalThis, so that each of them
// carries one short line and not all of this.

type Namespace = Record<string, unknown>;
type Require = (specifier: string) => unknown;

/** Hangs the functions where the first line of a transformed module looks for them. */
export function installInterop(): void {
  hang("cordon.commonjs", bindings);
  hang("cordon.decorators", { decorate, decorateParam, decorateMetadata });
}

function hang(name: string, value: unknown): void {
  Object.defineProperty(globalThis, Symbol.for(name), { value, enumerable: false, configurable: true });
}

type Getters = Record<string, () => unknown>;
type Import = { (specifier: string): unknown; all(from: Namespace): void; meta(file: string): unknown };

/** Defines a module's exports, and gives the function that its imports are calls of. */
function bindings(exports: Namespace, require: Require, getters: Getters = {}): Import {
  Object.defineProperty(exports, "__esModule", { value: true });
  for (const name of Object.keys(getters)) {
    const get = getters[name];
    if (get !== undefined) Object.defineProperty(exports, name, { get, enumerable: true, configurable: true });
  }
  return Object.assign((specifier: string) => asNamespace(require(specifier)), { all: (from: Namespace) => exportAll(exports, from), meta: importMeta });
}

/** As tsc with esModuleInterop: what is no ES module by origin becomes one whose default export is the whole of it. */
function asNamespace(module: unknown): unknown {
  if ((typeof module !== "object" && typeof module !== "function") || module === null) return { default: module };
  const given = module as Namespace;
  if (given.__esModule || (given as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "Module") return given;
  // Names that the module gets later, after a cycle say, are found by the prototype.
  const namespace = Object.create(given) as Namespace;
  for (const name of Object.keys(given)) {
    if (name !== "default") Object.defineProperty(namespace, name, { get: () => given[name], enumerable: true, configurable: true });
  }
  return Object.defineProperty(namespace, "default", { value: given, enumerable: true, configurable: true });
}

function exportAll(exports: Namespace, from: Namespace): void {
  for (const name of Object.keys(from)) {
    if (name === "default" || Object.hasOwn(exports, name)) continue;
    Object.defineProperty(exports, name, { get: () => from[name], enumerable: true, configurable: true });
  }
}

/** tsc refuses import.meta in CommonJS; bundlers let it through, and so does this. */
function importMeta(file: string): unknown {
  return {
    filename: file,
    dirname: file.slice(0, file.lastIndexOf("/")) || "/",
    get url(): string {
      return process.getBuiltinModule("node:url").pathToFileURL(file).href;
    },
  };
}

type Decorator = (...args: unknown[]) => unknown;

/** The `__decorate` of tslib: legacy decorators, last one first. */
function decorate(decorators: readonly Decorator[], target: object, key?: string | symbol, descriptor?: PropertyDescriptor | null): unknown {
  const count = arguments.length;
  let result: unknown = count < 3 ? target : descriptor === null && key !== undefined ? Object.getOwnPropertyDescriptor(target, key) : descriptor;
  for (const decorator of decorators.toReversed()) {
    if (typeof decorator !== "function") continue;
    result = (count < 3 ? decorator(result) : count > 3 ? decorator(target, key, result) : decorator(target, key)) || result;
  }
  if (count > 3 && result && key !== undefined) Object.defineProperty(target, key, result as PropertyDescriptor);
  return result;
}

function decorateParam(index: number, decorator: Decorator): Decorator {
  return (target, key) => decorator(target, key, index);
}

/** Needs the package reflect-metadata, as tsc's own does. */
function decorateMetadata(key: string, value: unknown): Decorator | undefined {
  const { metadata } = Reflect as { metadata?: (key: string, value: unknown) => Decorator };
  return typeof metadata === "function" ? metadata(key, value) : undefined;
}

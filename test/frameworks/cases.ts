// How each framework and tool is started, and what is asked of it.

export type Request = { readonly path: string; readonly method?: string; readonly body?: string };

export type Case = {
  /** The program and its arguments. */
  readonly words: readonly string[];
  /** The script of its package.json that says the same: cordon runs that. */
  readonly script?: string;
  readonly env?: Record<string, string>;
  /** A server: what to ask once it prints its port. */
  readonly requests?: readonly Request[];
  readonly ready?: RegExp;
  readonly bodies?: "ignored";
  /** Folders that it makes. */
  readonly out?: readonly string[];
  /** It reads what the case before it made. */
  readonly keeps?: boolean;
  /** What it prints differs from run to run. */
  readonly prints?: "times";
};

const bin = (path: string): string => `../../node_modules/${path}`;
const greeting: readonly Request[] = [{ path: "/hello/world" }, { path: "/echo", method: "POST", body: '{"a":[1]}' }, { path: "/hello/longname" }, { path: "/nowhere" }];

export const cases: readonly (readonly [string, Case])[] = [
  ["express", { words: ["main.js"], requests: [...greeting, { path: "/page.html" }, { path: "/fail" }] }],
  ["koa", { words: ["main.js"], requests: greeting }],
  ["fastify", { words: ["main.js"], requests: greeting }],
  ["hono", { words: ["main.js"], requests: greeting }],
  ["nest", { words: ["main.js"], requests: greeting }],
  ["socket-io", { words: ["main.js"] }],
  ["undici", { words: ["main.js"] }],
  ["pino", { words: ["main.js"], out: ["out"] }],
  ["vite-build", { words: [bin("vite/bin/vite.js"), "build"], script: "build", out: ["dist"], prints: "times" }],
  ["next", { words: [bin("next/dist/bin/next"), "build"], script: "build", out: [".next"], prints: "times" }],
  ["next", { words: [bin("next/dist/bin/next"), "start", "-p", "38517", "-H", "127.0.0.1"], script: "start", keeps: true, ready: /http:\/\/127\.0\.0\.1:(\d+)/, requests: [{ path: "/" }, { path: "/api" }, { path: "/nowhere" }] }],
  ["vitest", { words: [bin("vitest/vitest.mjs"), "run", "--reporter=tap-flat"], script: "test", env: { NODE_ENV: "test" }, prints: "times" }],
  ["jest", { words: [bin("jest/bin/jest.js"), "--ci"], script: "test", env: { NODE_ENV: "test" }, prints: "times" }],
  ["mocha", { words: [bin("mocha/bin/mocha.js")], script: "test" }],
  ["esbuild", { words: ["main.js"], out: ["out"] }],
  ["eslint", { words: [bin("eslint/bin/eslint.js"), "source.js"], script: "lint" }],
  ["prettier", { words: [bin("prettier/bin/prettier.cjs"), "source.js"], script: "format" }],
  ["rollup", { words: ["main.js"], out: ["out"] }],
  ["webpack", { words: ["main.js"], out: ["out"] }],
  ["sharp", { words: ["main.js"], out: ["out"] }],
  ["tsc", { words: [bin("typescript/bin/tsc"), "--project", "."], script: "build", out: ["out"] }],
];

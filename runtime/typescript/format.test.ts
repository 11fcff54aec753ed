import assert from "node:assert/strict";
import { test } from "node:test";
import { formatOf, hasModuleSyntax } from "./format.ts";

test("the ending decides before package.json, and that before what is written", () => {
  assert.equal(formatOf("/a.mts", "commonjs", {}, "require('x')"), "module");
  assert.equal(formatOf("/a.cts", "module", {}, "export {};"), "commonjs");
  assert.equal(formatOf("/a.ts", "module", {}, "require('x')"), "module");
  assert.equal(formatOf("/a.tsx", "commonjs", {}, "export {};"), "commonjs");
});

test("without a type, module syntax makes a module", () => {
  assert.equal(formatOf("/a.ts", "none", {}, 'import a from "a";'), "module");
  assert.equal(formatOf("/a.ts", "none", {}, "console.log(1);"), "commonjs");
  assert.equal(formatOf("/a.ts", "none", {}, 'await import("a");'), "module");
});

test("what only CommonJS has makes CommonJS, unless something only modules have is there too", () => {
  assert.equal(formatOf("/a.ts", "none", {}, 'import a from "a";\nmodule.exports = a;'), "commonjs");
  assert.equal(formatOf("/a.ts", "none", {}, 'import a from "a";\nconst r = createRequire(import.meta.url); require("x");'), "module");
});

test("a tsconfig.json that compiles to CommonJS is obeyed", () => {
  assert.equal(formatOf("/a.ts", "none", { module: "CommonJS" }, "export {};"), "commonjs");
  assert.equal(formatOf("/a.ts", "none", { module: "nodenext" }, "export {};"), "commonjs");
  assert.equal(formatOf("/a.ts", "none", { module: "esnext" }, "export {};"), "module");
});

test("words in the middle of a line are no module syntax", () => {
  assert.equal(hasModuleSyntax('const text = "import x";\n\timport("a");\nimporter();'), false);
  assert.equal(hasModuleSyntax("export{};"), true);
});

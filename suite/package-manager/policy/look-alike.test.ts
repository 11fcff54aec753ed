import assert from "node:assert/strict";
import { test } from "node:test";
import { looksLike } from "./look-alike.ts";

test("names that were waited for in the wild are seen", () => {
  for (const [name, like] of [["crossenv", "cross-env"], ["expres", "express"], ["loadsh", "lodash"], ["eslnt", "eslint"], ["chalkk", "chalk"], ["typescirpt", "typescript"], ["reacct-dom", "react-dom"]]) {
    assert.equal(looksLike(name ?? ""), like);
  }
});

test("popular names and names of their own are not", () => {
  for (const name of ["express", "preact", "chalk", "lodash", "lodash-es", "my-own-company-thing", "@corp/tool", "vitest", "zod"]) assert.equal(looksLike(name), undefined, name);
});

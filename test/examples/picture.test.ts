// The picture in README.md shows what cordon prints.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { draw, session } from "./picture.ts";

test("docs/denial.svg is current", async () => {
  const picture = readFileSync(join(import.meta.dirname, "../../docs/denial.svg"), "utf8");
  assert.equal(draw(await session()), picture, "run node test/examples/picture.ts");
});

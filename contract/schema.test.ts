// contract/manifest.schema.json says of contract/cases/manifests.json what the launcher's reader says (launcher/tests/manifests.rs).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

type Schema = { readonly [keyword: string]: unknown };
type Check = (schema: Schema, argument: unknown, value: unknown) => boolean;
type Bad = { key: unknown; pointer: string; schema?: "accepts" };

const read = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, name), "utf8"));
const whole = read("manifest.schema.json") as Schema;
const cases = read("cases/manifests.json") as { good: unknown[]; bad: Bad[] };

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const text = (check: (value: string) => boolean) => (value: unknown): boolean => typeof value !== "string" || check(value);
const number = (check: (value: number) => boolean) => (value: unknown): boolean => typeof value !== "number" || check(value);

/** The keywords of JSON Schema 2020-12 that the schema uses; another one is an error. */
const KEYWORDS: Record<string, Check> = {
  $ref: (_, target, value) => isValid(resolve(String(target)), value),
  type: (_, type, value) => isOfType(String(type), value),
  enum: (_, values, value) => (values as unknown[]).includes(value),
  const: (_, only, value) => value === only,
  oneOf: (_, options, value) => (options as Schema[]).filter((option) => isValid(option, value)).length === 1,
  anyOf: (_, options, value) => (options as Schema[]).some((option) => isValid(option, value)),
  properties: (_, properties, value) =>
    !isObject(value) || Object.entries(value).every(([name, part]) => !Object.hasOwn(properties as object, name) || isValid((properties as Record<string, Schema>)[name] ?? {}, part)),
  additionalProperties: (schema, rest, value) =>
    !isObject(value) || Object.entries(value).every(([name, part]) => Object.hasOwn((schema["properties"] ?? {}) as object, name) || (rest !== false && isValid(rest as Schema, part))),
  items: (_, item, value) => !Array.isArray(value) || value.every((part) => isValid(item as Schema, part)),
  maxItems: (_, most, value) => !Array.isArray(value) || value.length <= Number(most),
  minimum: (_, least, value) => number((own) => own >= Number(least))(value),
  maximum: (_, most, value) => number((own) => own <= Number(most))(value),
  pattern: (_, pattern, value) => text((own) => new RegExp(String(pattern), "u").test(own))(value),
};
const ANNOTATIONS = new Set(["$schema", "$id", "$defs", "title", "description", "examples"]);

function isValid(schema: Schema, value: unknown): boolean {
  return Object.entries(schema).every(([keyword, argument]) => {
    if (ANNOTATIONS.has(keyword)) return true;
    const check = KEYWORDS[keyword];
    assert.ok(check, `manifest.schema.json uses ${keyword}, which this test does not know`);
    return check(schema, argument, value);
  });
}

function resolve(target: string): Schema {
  const found = (whole["$defs"] as Record<string, Schema>)[target.replace("#/$defs/", "")];
  assert.ok(found, `manifest.schema.json has no ${target}`);
  return found;
}

function isOfType(type: string, value: unknown): boolean {
  if (type === "object") return isObject(value);
  if (type === "array") return Array.isArray(value);
  return type === "integer" ? Number.isInteger(value) : typeof value === type;
}

function examples(schema: unknown): [Schema, unknown][] {
  if (!isObject(schema)) return Array.isArray(schema) ? schema.flatMap(examples) : [];
  const own = Array.isArray(schema["examples"]) ? schema["examples"].map((example): [Schema, unknown] => [schema, example]) : [];
  return [...own, ...Object.entries(schema).flatMap(([keyword, part]) => (keyword === "examples" ? [] : examples(part)))];
}

test("the schema accepts every good manifest", () => {
  for (const key of cases.good) assert.ok(isValid(whole, key), JSON.stringify(key));
});

test("the schema refuses every bad manifest that is wrong by its form", () => {
  assert.ok(cases.bad.length > 60);
  for (const { key, schema } of cases.bad) assert.equal(isValid(whole, key), schema === "accepts", JSON.stringify(key));
});

test("the schema's examples are valid", () => {
  const all = examples(whole);
  assert.ok(all.length > 10);
  for (const [schema, example] of all) assert.ok(isValid(schema, example), JSON.stringify(example));
});

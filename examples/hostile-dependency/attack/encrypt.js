// Packs payload.cjs as pretty-columns carries it.
import { createCipheriv, createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const { description } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const key = createHash("sha256").update(description).digest();
// A fixed nonce: the key encrypts this one text only, and the packed file stays the same.
const cipher = createCipheriv("aes-256-gcm", key, Buffer.alloc(12));
const source = readFileSync(new URL("payload.cjs", import.meta.url), "utf8");
const data = cipher.update(source, "utf8", "hex") + cipher.final("hex");
const packed = JSON.stringify({ data, tag: cipher.getAuthTag().toString("hex") });
writeFileSync(process.argv[2] ?? new URL("../node_modules/pretty-columns/lib/test-data.json", import.meta.url), packed);

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicySummary } from "../settings.ts";
import type { Attempt } from "./attempt.ts";
import { refusalOf } from "./refusal.ts";

const policy: PolicySummary = {
  root: "/app",
  read: ["/app", "/usr/lib"],
  write: ["/app/dist"],
  secrets: ["/app/.env"],
  net: ["api.example.org:443", "*.example.net:443", "10.0.0.0/8:5432"],
  listen: [],
  run: ["git"],
  addons: ["sharp"],
  namespaces: false,
  http: {},
};
const file = (call: string, ...args: unknown[]): Attempt => ({ kind: "file", call, args });
const refused = (attempt: Attempt, error: Record<string, unknown> = {}): unknown => {
  const refusal = refusalOf({ code: "EACCES", ...error }, attempt, policy);
  return refusal && `${refusal.permission} ${refusal.resource}`;
};

test("reads and writes are told apart by the call and its flags", () => {
  assert.equal(refused(file("readFile", "/etc/passwd")), "read /etc/passwd");
  assert.equal(refused(file("open", "/etc/passwd", "r")), "read /etc/passwd");
  assert.equal(refused(file("open", "/etc/x", "a+")), "write /etc/x");
  assert.equal(refused(file("open", "/etc/x", 0o1101)), "write /etc/x");
  assert.equal(refused(file("mkdtemp", "/etc/x-")), "write /etc");
  assert.equal(refused(file("symlink", "/etc/passwd", "/app/link")), "write /app/link");
});

test("of two paths the one that is not granted is named", () => {
  assert.equal(refused(file("copyFile", "/app/a", "/app/b")), "write /app/b");
  assert.equal(refused(file("copyFile", "/etc/a", "/app/b")), "read /etc/a");
  assert.equal(refused(file("rename", "/app/dist/a", "/app/b")), "write /app/b");
});

test("what is granted is refused by the file system, not by the policy", () => {
  assert.equal(refused(file("readFile", "/app/a")), undefined);
  assert.equal(refused(file("writeFile", "/app/dist/a")), undefined);
  assert.equal(refused(file("readFile", "/app/.env")), "read /app/.env");
  assert.equal(refused(file("readFile", "/application")), "read /application");
});

test("a missing file is a missing file, where nothing is hidden", () => {
  assert.equal(refused(file("readFile", "/etc/none"), { code: "ENOENT" }), undefined);
});

test("URLs and buffers are paths, and what is no path is no refusal", () => {
  assert.equal(refused(file("readFile", new URL("file:///etc/passwd"))), "read /etc/passwd");
  assert.equal(refused(file("readFile", Buffer.from("/etc/passwd"))), "read /etc/passwd");
  assert.equal(refused(file("readFile", 5)), undefined);
});

test("a connection is named as the program named it, and told as the broker does", () => {
  const attempt: Attempt = { kind: "connection", call: "connect", args: [{ host: "db.internal", port: 5432 }] };
  assert.deepEqual(refusalOf({ code: "EACCES", address: "10.1.2.3", port: 5432 }, attempt, policy), { permission: "net", resource: "db.internal:5432", told: "10.1.2.3:5432" });
  assert.equal(refused(attempt, { code: "ECONNREFUSED" }), undefined);
});

test("a name that is granted, or can't be one, failed for a reason of its own", () => {
  const name = (host: string): unknown => refused({ kind: "name", call: "lookup", args: [host] }, { code: "ENOTFOUND" });
  assert.equal(name("example.com"), "net example.com");
  assert.equal(name("api.example.org"), undefined);
  assert.equal(name("a.example.net"), undefined);
  assert.equal(name("a..b"), undefined);
});

test("programs, addons and databases", () => {
  assert.equal(refused({ kind: "program", call: "spawn", args: ["curl"] }, { code: "ENOENT" }), "run curl");
  assert.equal(refused({ kind: "program", call: "spawn", args: ["/usr/bin/git"] }), undefined);
  assert.equal(refused({ kind: "program", call: "spawn", args: ["/no/such"] }, { code: "ENOENT" }), undefined);
  const addon = { code: "ERR_DLOPEN_FAILED", message: "x: failed to map segment from shared object" };
  assert.equal(refused({ kind: "addon", call: "dlopen", args: [{}, "/app/node_modules/native/a.node"] }, addon), "addons native");
  assert.equal(refused({ kind: "database", call: "DatabaseSync", args: ["/app/data/x.db"] }, { code: "ERR_SQLITE_ERROR", errcode: 14 }), "write /app/data");
  assert.equal(refused({ kind: "database", call: "DatabaseSync", args: ["/etc/x.db", { readOnly: true }] }, { code: "ERR_SQLITE_ERROR", errcode: 14 }), "read /etc/x.db");
});

test("a listener is named by its port, and port 0 is a port", () => {
  const listener: Attempt = { kind: "listener", call: "listen", args: [] };
  assert.equal(refused(listener, { address: "127.0.0.1", port: 3000 }), "listen 127.0.0.1:3000");
  assert.equal(refused(listener, { address: "::" }), "listen 0");
  assert.equal(refused(listener, { address: "0.0.0.0" }), "listen 0");
  assert.equal(refused(listener, { address: "127.0.0.1" }), "listen 127.0.0.1:0");
  assert.equal(refused(listener, { address: "fe80::1%eth0", port: 1 }), "listen [fe80::1]:1");
});

test("a unix socket that may not be made is a folder that may not be written", () => {
  const listener: Attempt = { kind: "listener", call: "listen", args: [] };
  assert.equal(refused(listener, { address: "/run/x.sock", port: -1 }), "write /run");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { createProxies } from "./proxies.ts";
import { readProxyHeader } from "./proxy-header.ts";

const proxies = createProxies(["10.0.0.0/8", "::1", "[fd00::]/8"]);

test("only named addresses are trusted", () => {
  for (const address of ["10.1.2.3", "::1", "fd00::5"]) assert.equal(proxies?.isTrusted(address), true, address);
  for (const address of ["11.0.0.1", "::2", "127.0.0.1"]) assert.equal(proxies?.isTrusted(address), false, address);
  assert.equal(createProxies([]), undefined);
});

test("the client is the last address that is no proxy's", () => {
  const from = (list: string): string | undefined => proxies?.clientIn({ "x-forwarded-for": list });
  assert.equal(from("1.1.1.1"), "1.1.1.1");
  assert.equal(from("6.6.6.6, 1.1.1.1, 10.0.0.2"), "1.1.1.1");
  assert.equal(from("1.1.1.1:4321"), "1.1.1.1");
  assert.equal(from("[2001:db8::1]:80"), "2001:db8::1");
  assert.equal(from("1.1.1.1, nonsense"), undefined);
  assert.equal(from("10.0.0.1, 10.0.0.2"), undefined);
  assert.equal(proxies?.clientIn({ forwarded: 'for=1.1.1.1;proto=https, for="[2001:db8::2]:99"' }), "2001:db8::2");
  assert.equal(proxies?.clientIn({ forwarded: "for=_hidden" }), undefined);
  assert.equal(proxies?.clientIn({}), undefined);
  assert.equal(proxies?.clientIn({ forwarded: "for=1.1.1.1, for=10.0.0.2" }), "1.1.1.1");
  assert.equal(from(", 10.0.0.1"), undefined);
});

test("of a long list only the end is looked at", () => {
  let looked = 0;
  const list = { "x-forwarded-for": `6.6.6.6${", 10.0.0.1".repeat(5000)}` };
  assert.equal(createProxies(["10.0.0.0/8"])?.clientIn(list), undefined);
  const part = String.prototype.trim;
  String.prototype.trim = function (this: string) {
    looked++;
    return Reflect.apply(part, this, []) as string;
  };
  try {
    proxies?.clientIn(list);
  } finally {
    String.prototype.trim = part;
  }
  assert.ok(looked <= 32, String(looked));
});

const SIGNATURE = "0d0a0d0a000d0a515549540a";
const read = (text: string): unknown => readProxyHeader(Buffer.from(text, "latin1"));
const hex = (text: string): unknown => readProxyHeader(Buffer.from(text, "hex"));

test("headers of the PROXY protocol are read, version 1", () => {
  assert.deepEqual(read("PROXY TCP4 1.2.3.4 5.6.7.8 11 80\r\nGET"), { length: 34, address: "1.2.3.4", port: 11 });
  assert.deepEqual(read("PROXY TCP6 2001:db8::1 ::1 11 80\r\n"), { length: 34, address: "2001:db8::1", port: 11 });
  assert.deepEqual(read("PROXY UNKNOWN\r\n"), { length: 15, address: undefined, port: 0 });
  assert.equal(read("PROXY TCP4 1.2"), "more");
  for (const wrong of ["GET / HTTP/1.1\r\n\r\n", "PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 x 2\r\n", "PROXY TCP4 ::1 ::1 1 2\r\n", `PROXY UNKNOWN ${"x".repeat(200)}`]) assert.equal(read(wrong), "wrong", wrong);
});

test("and version 2", () => {
  assert.deepEqual(hex(`${SIGNATURE}2111000c01020304050607080011005047`), { length: 28, address: "1.2.3.4", port: 17 });
  assert.deepEqual(hex(`${SIGNATURE}2121002420010db8000000000000000000000001${"00".repeat(16)}00110050`), { length: 52, address: "2001:db8:0:0:0:0:0:1", port: 17 });
  assert.deepEqual(hex(`${SIGNATURE}20000000`), { length: 16, address: undefined, port: 0 });
  assert.equal(hex(`${SIGNATURE}2111000c0102`), "more");
  assert.equal(hex("0d0a0d0a00"), "more");
  for (const wrong of [`${SIGNATURE}1111000c`, `${SIGNATURE}2111ffff`, `${SIGNATURE}21110004${"00".repeat(4)}`, "0d0a0d0a01"]) assert.equal(hex(wrong), "wrong", wrong);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { createClients } from "./client.ts";
import type { Pressure } from "./pressure.ts";
import { shareOut } from "./shares.ts";

const pressure = (isCrowded: boolean, isOverloaded: boolean): Pressure => ({ isStrained: true, isCrowded, isOverloaded, delay: 0, look: () => undefined });

test("a crowded loop cuts whoever asks for much more than others, and nobody else", () => {
  const clients = createClients();
  clients.of("heavy").second = 5000;
  clients.of("light").second = 50;
  shareOut(clients, pressure(true, false));
  assert.ok(clients.of("heavy").share < 4000);
  assert.equal(clients.of("light").share, Infinity);
});

test("one client alone takes nothing from others", () => {
  const clients = createClients();
  clients.of("only").second = 5000;
  shareOut(clients, pressure(true, false));
  assert.equal(clients.of("only").share, Infinity);
  shareOut(clients, pressure(true, true));
  assert.ok(clients.of("only").share < 5000);
});

test("shares grow again with calm", () => {
  const clients = createClients();
  clients.of("heavy").second = 5000;
  clients.of("light").second = 50;
  shareOut(clients, pressure(true, true));
  clients.of("heavy").second = 10;
  for (let seconds = 0; seconds < 5; seconds++) shareOut(clients, pressure(false, false));
  assert.equal(clients.of("heavy").share, Infinity);
});

// The program: sums up data/orders.csv, prints a table and keeps it in out/summary.txt.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { columns } from "pretty-columns";
import { sumUp } from "sum-up";

const lines = readFileSync(new URL("data/orders.csv", import.meta.url), "utf8").trim().split("\n").slice(1);
const orders = lines.map((line) => line.split(",")).map(([customer, item, amount]) => ({ customer, item, amount: Number(amount) }));

const totals = sumUp(orders, "customer", "amount");
const table = columns(["customer", "total"], totals);

const out = new URL("out/", import.meta.url);
mkdirSync(out, { recursive: true });
writeFileSync(new URL("summary.txt", out), table);
console.log(table);

// Who may ask how much while there is not enough for everybody. The shares follow what the loop manages: they are cut while it is
// late, and grow again when it is not; those who ask for less than a share never feel it.
import type { Client, Clients } from "./client.ts";
import type { Pressure } from "./pressure.ts";

/** Requests per second that nobody is cut below: while the loop is only crowded, and while everybody waits. What is dear is not always
 * requests, so that those who ask for little are left alone whatever happens. */
const FLOOR = 200;
const LAST_FLOOR = 100;
const CUT = 0.7;
const GROWTH = 3;
/** What fades by a tenth in each second adds up to this many seconds. */
const FADED = 9;

/** Once in a second, before its counts are cleared. */
export function shareOut(clients: Clients, pressure: Pressure): void {
  if (pressure.isCrowded) return cut(clients, pressure);
  for (const client of clients.all()) if (client.share !== Infinity) grow(client);
}

function cut(clients: Clients, pressure: Pressure): void {
  const rates = [...clients.all()].map(rateOf).filter((rate) => rate > 0).toSorted((one, other) => one - other);
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  const floor = pressure.isOverloaded ? LAST_FLOOR : FLOOR;
  // One client alone takes nothing from others, as long as not everything comes too late.
  if (rates.length < 2 && !pressure.isOverloaded) return;
  const share = Math.max(levelOf(rates, total * CUT), floor);
  for (const client of clients.all()) client.share = rateOf(client) > share || client.share < Infinity ? share : Infinity;
}

/** The level that, as a limit for each, makes the sum: who is below it keeps what it has. */
function levelOf(rates: readonly number[], sum: number): number {
  let left = sum;
  for (const [index, rate] of rates.entries()) {
    const level = left / (rates.length - index);
    if (rate >= level) return level;
    left -= rate;
  }
  return Infinity;
}

/** A second in which the loop stood still has counted next to nothing: then what was before it counts. */
function rateOf({ second, requests }: Client): number {
  return Math.max(second, requests / FADED);
}

function grow(client: Client): void {
  client.share *= GROWTH;
  if (client.share > rateOf(client) * 2) client.share = Infinity;
}

// What is known of one address: how many connections it has, and what it did with those that it had.

export type Client = {
  readonly address: string;
  /** Open now. */
  connections: number;
  /** New connections, requests that were answered and offences, of the last seconds: they fade. */
  opened: number;
  requests: number;
  offences: number;
  /** Requests since the last second began, and how many it may have in it. */
  second: number;
  openedNow: number;
  share: number;
  blockedUntil: number;
  /** How often it was blocked; fades slowly. */
  blocks: number;
  /** Sessions of HTTP/2 that it lost for a flood; fade. */
  floods: number;
  /** What other servers let through within the last second, and its connections there: with `shared` only. */
  elsewhere: number;
  connectionsElsewhere: number;
  /** Requests that the others were not told of yet. */
  unsent: number;
  /** Has so many connections here that the others are told of them. */
  isCrowd: boolean;
};

/** What this server counts together with others. */
export type Shared = {
  /** Whether the others are heard. */
  readonly isOn: boolean;
  /** Counts a request that was let through. */
  count(client: Client): void;
  /** Tells how many connections a client has. */
  crowd(client: Client): void;
  /** Blocks a client at the others too. */
  block(client: Client, milliseconds: number): void;
  start(): void;
  stop(): void;
};

export type Clients = {
  /** The client of an address. */
  of(address: string): Client;
  /** Lets what was fade, once in a second, and forgets who is gone. */
  fade(now: number): void;
  all(): Iterable<Client>;
  readonly size: number;
};

/** More addresses than this are counted as one. */
const MOST = 100_000;
const FADING = 0.9;
const SLOWLY = 0.999;

export function createClients(): Clients {
  const clients = new Map<string, Client>();
  const rest = newClient("others");
  return {
    of(address) {
      const known = clients.get(address);
      if (known !== undefined) return known;
      if (clients.size >= MOST) return rest;
      const client = newClient(address);
      clients.set(address, client);
      return client;
    },
    fade(now) {
      for (const client of clients.values()) {
        fadeOne(client);
        if (client.connections === 0 && client.blockedUntil < now && client.opened + client.requests + client.offences + client.blocks < 0.5) clients.delete(client.address);
      }
      fadeOne(rest);
    },
    all: () => clients.values(),
    get size() {
      return clients.size;
    },
  };
}

function newClient(address: string): Client {
  return { address, connections: 0, opened: 0, requests: 0, offences: 0, second: 0, openedNow: 0, share: Infinity, blockedUntil: 0, blocks: 0, floods: 0, elsewhere: 0, connectionsElsewhere: 0, unsent: 0, isCrowd: false };
}

function fadeOne(client: Client): void {
  client.requests = (client.requests + client.second) * FADING;
  client.second = 0;
  client.openedNow = 0;
  client.opened *= FADING;
  client.offences *= FADING;
  client.floods *= FADING;
  client.blocks *= SLOWLY;
}

/** Has had its chance: many connections lately, and next to nothing asked on them. */
export function isSuspect({ opened, requests, second }: Client): boolean {
  return opened > 20 && (requests + second) * 8 < opened;
}

/** Counts a request, and says whether it is one too many: on a connection that takes no more than its part of a share it is not. */
export function isBeyondShare(client: Client, connection: { second: number; stamp: number; isProxied: boolean }, second: number): boolean {
  if (connection.stamp !== second) {
    connection.stamp = second;
    connection.second = 0;
  }
  connection.second++;
  client.second++;
  return client.second > client.share && (connection.isProxied || connection.second > Math.max(client.share / client.connections, 1));
}

/** Whether a request is beyond a limit on all servers together; one that is not is counted. */
export function isBeyondRate(client: Client, limit: number, shared: Shared | undefined): boolean {
  if (client.second + client.elsewhere > limit) return true;
  if (shared !== undefined && limit !== Infinity) shared.count(client);
  return false;
}

/** Nearly all that it does is offend. */
export function isOffender({ offences, requests, second }: Client): boolean {
  return offences > 10 && (requests + second) * 10 < offences;
}

/** Lost a session to a flood lately: the next ones get less credit. */
export function isFlooding({ floods }: Client): boolean {
  return floods > 0.5;
}

const FIRST_BLOCK = 5000;
export const LONGEST_BLOCK = 600_000;

/** Each block lasts twice as long as the one before. Gives its milliseconds; 0 where there is one already. */
export function block(client: Client, now: number): number {
  if (client.blockedUntil > now) return 0;
  const length = Math.min(FIRST_BLOCK * 2 ** Math.round(client.blocks), LONGEST_BLOCK);
  client.blockedUntil = now + length;
  client.blocks = Math.min(client.blocks + 1, 10);
  return length;
}

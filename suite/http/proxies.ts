// Proxies whose word is taken: what they say of their clients' addresses, in headers of a request. Nobody else's word is.
import { BlockList, isIP, isIPv6 } from "node:net";

export type Proxies = {
  isTrusted(address: string): boolean;
  /** The client that a request came from; undefined where the headers don't say. */
  clientIn(headers: Readonly<Record<string, unknown>>): string | undefined;
};

export function createProxies(networks: readonly string[]): Proxies | undefined {
  if (networks.length === 0) return undefined;
  const list = new BlockList();
  for (const network of networks) add(list, network.replace(/[[\]]/g, ""));
  const isTrusted = (address: string): boolean => isIP(address) > 0 && list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
  return {
    isTrusted,
    clientIn(headers) {
      // Each proxy adds to the end: what stands before the last address that is no proxy's, that one's client may have written.
      for (const address of forwarded(headers)) if (!isTrusted(address)) return address || undefined;
      return undefined;
    },
  };
}

function add(list: BlockList, network: string): void {
  const [address = "", bits] = network.split("/");
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(bits), family);
}

/** More proxies than that do not stand in a row: the rest of a long list is nobody's time worth. */
const MOST = 32;

/** From the last to the first. What does not name an address is empty: then nothing before it counts either. */
function* forwarded(headers: Readonly<Record<string, unknown>>): Generator<string> {
  const { "x-forwarded-for": list, forwarded: standard } = headers;
  const text = typeof list === "string" ? list : typeof standard === "string" ? standard : "";
  let end = text.length;
  for (let count = 0; count < MOST && end > 0; count++) {
    const begin = text.lastIndexOf(",", end - 1) + 1;
    const part = text.slice(begin, end).trim();
    yield addressIn(text === list ? part : (/(?:^|;)\s*for\s*=\s*("[^"]*"|[^;\s]*)/i.exec(part)?.[1]?.replaceAll('"', "") ?? ""));
    end = begin - 1;
  }
}

/** Without the port: `1.2.3.4:80`, `[::1]:80` (RFC 7239, section 6). */
function addressIn(text: string): string {
  const bare = text.startsWith("[") ? text.slice(1, text.indexOf("]")) : isIP(text) > 0 ? text : (text.split(":", 1)[0] ?? "");
  return isIP(bare) > 0 ? bare : "";
}

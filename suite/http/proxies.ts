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
      const addresses = forwarded(headers);
      // Each proxy adds to the end: what stands before the last address that is no proxy's, that one's client may have written.
      return addresses.findLast((address) => address === "" || !isTrusted(address)) || undefined;
    },
  };
}

function add(list: BlockList, network: string): void {
  const [address = "", bits] = network.split("/");
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(bits), family);
}

/** What does not name an address is empty: then nothing before it counts either. */
function forwarded(headers: Readonly<Record<string, unknown>>): string[] {
  const { "x-forwarded-for": list, forwarded: standard } = headers;
  if (typeof list === "string") return list.split(",").map((part) => addressIn(part.trim()));
  if (typeof standard !== "string") return [];
  return standard.split(",").map((element) => addressIn(/(?:^|;)\s*for\s*=\s*("[^"]*"|[^;\s]*)/i.exec(element)?.[1]?.replaceAll('"', "") ?? ""));
}

/** Without the port: `1.2.3.4:80`, `[::1]:80` (RFC 7239, section 6). */
function addressIn(text: string): string {
  const bare = text.startsWith("[") ? text.slice(1, text.indexOf("]")) : isIP(text) > 0 ? text : (text.split(":", 1)[0] ?? "");
  return isIP(bare) > 0 ? bare : "";
}

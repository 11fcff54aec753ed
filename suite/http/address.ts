// Whose an address is: one client for IPv4, one household or server for the /64 of IPv6 (RFC 6177), which has 2^64 addresses
// at its disposal.

const MAPPED = "::ffff:";

/** The name that an address is counted by. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  if (address.startsWith(MAPPED) && address.includes(".")) return address.slice(MAPPED.length);
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const after = tail === "" ? 0 : tail.split(":").length + (tail.includes(".") ? 1 : 0);
    while (groups.length + after < 8) groups.push("0");
  }
  return `${groups.slice(0, 4).join(":")}::/64`;
}

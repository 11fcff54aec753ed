// What Redis does in one exchange, in its own language: all of it at once, and by its own clock, as those of servers differ.
//
// KEYS: the stream of blocks; then one key for each client. ARGV: this server's name; the last block it knows; how many blocks
// it tells, each an address and milliseconds; then for each client its new requests, and its open connections or -1.
// Answers: the milliseconds of the second; the blocks after the last one known, each its id, address and milliseconds left; then
// for each client the requests of this second, those of the second before, and its connections at other servers.

/** Fields of a client's key: `s` is the second that `n` counts, `b` what the second before it counted, `c:<server>` connections. */
export const SCRIPT = `
local clock = redis.call('TIME')
local second, part = tonumber(clock[1]), math.floor(tonumber(clock[2]) / 1000)
local now = second * 1000 + part
local server, known, told = ARGV[1], ARGV[2], tonumber(ARGV[3])
local at = 4
for _ = 1, told do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', 1000, '*', 'a', ARGV[at], 'u', string.format('%.0f', now + tonumber(ARGV[at + 1])), 'f', server)
  redis.call('PEXPIRE', KEYS[1], 700000)
  at = at + 2
end
local blocks = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], known == '' and '-' or known, '+', 'COUNT', 500)) do
  if entry[1] ~= known then
    local fields = {}
    for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
    local left = (tonumber(fields.u) or 0) - now
    table.insert(blocks, {entry[1], fields.f == server and '' or (fields.a or ''), math.max(0, math.floor(left))})
  end
end
local counts = {}
for i = 2, #KEYS do
  local key, requests, connections = KEYS[i], tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  at = at + 2
  local fields, all = {}, redis.call('HGETALL', key)
  for j = 1, #all, 2 do fields[all[j]] = all[j + 1] end
  local before, current, since = tonumber(fields.b) or 0, tonumber(fields.n) or 0, second - (tonumber(fields.s) or 0)
  if since == 1 then before, current = current, 0 elseif since ~= 0 then before, current = 0, 0 end
  current = current + requests
  redis.call('HSET', key, 's', second, 'n', current, 'b', before)
  if connections >= 0 then redis.call('HSET', key, 'c:' .. server, connections .. ':' .. second) end
  local elsewhere = 0
  for name, value in pairs(fields) do
    local other = string.match(name, '^c:(.+)$')
    if other and other ~= server then
      local open, seen = string.match(value, '^(%d+):(%d+)$')
      if open and second - tonumber(seen) <= 3 then elsewhere = elsewhere + tonumber(open) else redis.call('HDEL', key, name) end
    end
  end
  redis.call('PEXPIRE', key, 5000)
  table.insert(counts, {current, before, elsewhere})
end
return {part, blocks, counts, second}
`;

export type Block = { readonly id: string; /** Empty for one of our own. */ readonly address: string; readonly milliseconds: number };
export type Count = { readonly current: number; readonly before: number; readonly connections: number };
export type Answer = { readonly second: number; /** Of the second, from 0 to 1. */ readonly part: number; readonly blocks: readonly Block[]; readonly counts: readonly Count[] };

/** Undefined for anything but an answer of the script for so many clients. */
export function readAnswer(reply: unknown, clients: number): Answer | undefined {
  if (!Array.isArray(reply) || reply.length !== 4) return undefined;
  const [part, blocks, counts, second] = reply as unknown[];
  if (!isCount(part) || part > 999 || !isCount(second) || !Array.isArray(blocks) || blocks.length > 500) return undefined;
  if (!Array.isArray(counts) || counts.length !== clients) return undefined;
  if (!blocks.every(isBlock) || !counts.every(isTriple)) return undefined;
  return {
    second,
    part: part / 1000,
    blocks: blocks.map(([id, address, milliseconds]) => ({ id, address, milliseconds })),
    counts: counts.map(([current, before, connections]) => ({ current, before, connections })),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isBlock(value: unknown): value is [string, string, number] {
  return Array.isArray(value) && value.length === 3 && isText(value[0]) && isText(value[1]) && isCount(value[2]);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= 64;
}

function isTriple(value: unknown): value is [number, number, number] {
  return Array.isArray(value) && value.length === 3 && value.every(isCount);
}

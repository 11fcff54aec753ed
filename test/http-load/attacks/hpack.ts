// Header blocks of HTTP/2 without Huffman coding: RFC 7541, section 6 and appendix A.

const STATIC = { authority: 1, get: 0x82, post: 0x83, rootPath: 0x84, http: 0x86, https: 0x87, path: 4 } as const;
/** The first entry of the dynamic table. */
const FIRST_OF_DYNAMIC = 62;

/** RFC 7541, section 5.1. */
function integer(value: number, prefixBits: number, first: number): Buffer {
  const most = 2 ** prefixBits - 1;
  if (value < most) return Buffer.from([first | value]);
  const bytes = [first | most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  return Buffer.concat([integer(bytes.length, 7, 0), bytes]);
}

/** A header that is not put into the table. */
export function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

/** A header that becomes the table's newest entry. */
export function remembered(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40]), text(name), text(value)]);
}

/** One byte that stands for the table's newest entry. */
export const NEWEST: Buffer = integer(FIRST_OF_DYNAMIC, 7, 0x80);

/** What a request has to have. */
export function request(scheme: "http" | "https", path: string = "/", method: "get" | "post" = "get"): Buffer {
  const where = path === "/" ? Buffer.from([STATIC.rootPath]) : Buffer.concat([integer(STATIC.path, 4, 0), text(path)]);
  return Buffer.concat([Buffer.from([STATIC[method], STATIC[scheme]]), where, integer(STATIC.authority, 4, 0), text("localhost")]);
}

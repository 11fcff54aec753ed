// One line on a terminal while registries are asked: drawn when it takes long, and gone before anything else is said.

export type Progress = { end(): void };

/** Milliseconds: what is over sooner is not worth a line. */
const FIRST = 200;
const NEXT = 100;

/** Shows how many packages were looked up. */
export function startProgress(shown: boolean, looked: () => number): Progress {
  let drawn = "";
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    const text = `resolving: ${looked()} packages looked up`;
    if (text !== drawn) process.stderr.write(`\r${text}\u001b[K`);
    drawn = text;
    timer = setTimeout(draw, NEXT).unref();
  };
  if (shown) timer = setTimeout(draw, FIRST).unref();
  return {
    end: () => {
      clearTimeout(timer);
      if (drawn !== "") process.stderr.write("\r\u001b[K");
      drawn = "";
    },
  };
}

// The package's main file brings much more than the compiler; the compiler's own file has no types beside it.
declare module "@ts-morph/common/dist/typescript.js" {
  import { ts } from "@ts-morph/common";
  export = ts;
}

// What is built, tested and started of the projects, in the jail, with what `cordon learn` found in the same run before.

export type Step = {
  readonly script: string;
  readonly line: string;
  /** A server: the path that is asked for, and what the answer holds. It is started with a PORT of its own. */
  readonly asks?: readonly [path: string, answer: string];
  /** A file that it makes. */
  readonly makes?: string;
  readonly env?: Readonly<Record<string, string>>;
};

const start = (line: string, path: string, answer: string): Step => ({ script: "start", line, asks: [path, answer] });
const greets = (line: string): Step => start(line, "/hello/you", "you");
const build = (line: string, makes: string): Step => ({ script: "build", line, makes });
const check = (script: string, line: string): Step => ({ script, line });

export const runs: Readonly<Record<string, readonly Step[]>> = {
  "express-api": [greets("node main.js")],
  fastify: [greets("node main.js")],
  koa: [greets("node main.js")],
  hapi: [greets("node main.js")],
  "graphql-yoga": [start("node main.js", "/graphql?query=%7Bhello(name:%22you%22)%7D", "hello you")],
  hono: [greets("tsx src/index.ts")],
  nest: [build("nest build", "dist/main.js"), greets("node dist/main.js")],
  next: [build("next build", ".next/BUILD_ID"), start("next start -H 127.0.0.1", "/", "hello")],
  nuxt: [build("nuxt build", ".output/server/index.mjs"), start("node .output/server/index.mjs", "/", "hello")],
  "vite-react": [build("tsc -b && vite build", "dist/index.html")],
  vue: [build("vite build", "dist/index.html")],
  svelte: [build("vite build", "dist/index.html")],
  sveltekit: [build("vite build", "build/index.js"), start("node build", "/", "hello")],
  astro: [build("astro build", "dist/index.html")],
  "react-router": [build("react-router build", "build/server/index.js"), start("react-router-serve ./build/server/index.js", "/", "hello")],
  docusaurus: [build("docusaurus build", "build/index.html")],
  eleventy: [build("eleventy", "_site/index.html")],
  tailwind: [build("tailwindcss -i input.css -o dist/output.css", "dist/output.css")],
  webpack: [build("webpack", "dist/main.js")],
  jest: [check("test", "jest --ci")],
  vitest: [check("test", "vitest run")],
  eslint: [check("lint", "eslint source.js")],
  "cra-5": [build("react-scripts build", "build/index.html")],
  angular: [build("ng build", "dist/browser/index.html")],
};

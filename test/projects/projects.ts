// The projects that are installed with cordon and with npm: what real starters, examples and old repositories ask for.

export type Project = {
  readonly name: string;
  /** Where such a list of dependencies comes from. */
  readonly after: string;
  /** package.json, beside the name. */
  readonly manifest: Record<string, unknown>;
  /** package.json files of the workspace's members, by folder. */
  readonly members?: Readonly<Record<string, Record<string, unknown>>>;
  /** Flags for npm and cordon alike. */
  readonly flags?: readonly string[];
};

/** `name@range`, separated by blanks. */
function packages(words: string): Record<string, string> {
  const entries = words.trim().split(/\s+/).map((word): [string, string] => {
    const at = word.indexOf("@", 1);
    return at < 0 ? [word, "*"] : [word.slice(0, at), word.slice(at + 1)];
  });
  return Object.fromEntries(entries);
}

/** A package.json of two lists. */
function manifest(dependencies: string, devDependencies = "", more: Record<string, unknown> = {}): Record<string, unknown> {
  return { version: "1.0.0", private: true, ...more, dependencies: packages(dependencies), ...(devDependencies === "" ? {} : { devDependencies: packages(devDependencies) }) };
}

const servers: readonly Project[] = [
  {
    name: "express-api",
    after: "a boilerplate of a REST API, 2020",
    manifest: manifest(
      "@hapi/joi@^17.1.0 bcryptjs@^2.4.3 compression@^1.7.4 cors@^2.8.5 cross-env@^7.0.0 dotenv@^8.2.0 express@^4.17.1 express-mongo-sanitize@^1.3.2 express-rate-limit@^5.0.0 helmet@^3.21.2 http-status@^1.4.0 jsonwebtoken@^8.5.1 lodash@^4.17.15 moment@^2.24.0 mongoose@^5.7.7 morgan@^1.9.1 nodemailer@^6.3.1 passport@^0.4.0 passport-jwt@^4.0.0 pm2@^4.1.2 swagger-jsdoc@^4.0.0 swagger-ui-express@^4.1.4 validator@^12.0.0 winston@^3.2.1 xss-clean@^0.1.1",
      "coveralls@^3.0.7 eslint@^6.6.0 eslint-config-airbnb-base@^14.0.0 eslint-config-prettier@^6.4.0 eslint-plugin-import@^2.18.2 eslint-plugin-jest@^23.0.2 eslint-plugin-prettier@^3.1.1 eslint-plugin-security@^1.4.0 faker@^4.1.0 husky@^4.2.3 jest@^25.1.0 lint-staged@^10.0.7 node-mocks-http@^1.8.0 nodemon@^2.0.0 prettier@^1.18.2 supertest@^4.0.2",
    ),
  },
  { name: "fastify", after: "Fastify's demo", manifest: manifest("@fastify/autoload@^6.3.0 @fastify/cookie@^11.0.2 @fastify/cors@^11.0.1 @fastify/env@^5.0.2 @fastify/helmet@^13.0.1 @fastify/multipart@^9.0.3 @fastify/rate-limit@^10.3.0 @fastify/sensible@^6.0.3 @fastify/session@^11.1.0 @fastify/static@^8.2.0 @fastify/swagger@^9.5.1 @fastify/swagger-ui@^5.2.2 @fastify/under-pressure@^9.0.3 concurrently@^9.1.2 fastify@^5.3.3 fastify-cli@^7.4.0 fastify-plugin@^5.0.1 knex@^3.1.0 mysql2@^3.14.1 postgrator@^8.0.0", "@types/node@^22.15.29 c8@^10.1.3 eslint@^9.28.0 form-data@^4.0.2 glob@^11.0.2 neostandard@^0.12.1 tsx@^4.19.4 typescript@~5.9.2") },
  { name: "koa", after: "Koa's own repository, 2017", manifest: manifest("accepts@^1.2.2 content-disposition@~0.5.0 content-type@^1.0.0 cookies@~0.7.0 debug@* delegates@^1.0.0 depd@^1.1.0 destroy@^1.0.3 error-inject@~1.0.0 escape-html@~1.0.1 fresh@^0.5.2 http-assert@^1.1.0 http-errors@^1.2.8 koa@^3 koa-compose@^4.0.0 koa-convert@^1.2.0 koa-router@^13 koa-body@^6 mime-types@^2.0.7 on-finished@^2.1.0 only@0.0.2 type-is@^1.5.5 vary@^1.0.0", "babel-eslint@^7.1.1 eslint@^3.17.1 eslint-config-koa@^2.0.0-alpha eslint-config-standard@^7.0.1 eslint-plugin-promise@^3.5.0 eslint-plugin-standard@^2.1.1 istanbul@^0.4.0 jest@^20.0.0 supertest@^3.0.0") },
  { name: "hapi", after: "hapi's own repository, 2018", manifest: manifest("@hapi/hapi@^21 accept@3.x.x ammo@3.x.x boom@7.x.x bounce@1.x.x call@5.x.x catbox@10.x.x catbox-memory@3.x.x heavy@6.x.x hoek@5.x.x joi@13.x.x mimos@4.x.x podium@3.x.x shot@4.x.x statehood@6.x.x subtext@6.x.x teamwork@3.x.x topo@3.x.x", "code@5.x.x handlebars@4.x.x inert@5.x.x lab@15.x.x vision@5.0.0 wreck@14.x.x") },
  { name: "nest", after: "Nest's TypeScript starter", manifest: manifest("@nestjs/common@^11.0.1 @nestjs/core@^11.0.1 @nestjs/platform-express@^11.0.1 reflect-metadata@^0.2.2 rxjs@^7.8.1", "@eslint/eslintrc@^3.2.0 @eslint/js@^9.18.0 @nestjs/cli@^11.0.0 @nestjs/schematics@^11.0.0 @nestjs/testing@^11.0.1 @types/express@^5.0.0 @types/jest@^30.0.0 @types/node@^22.10.7 @types/supertest@^6.0.2 eslint@^9.18.0 eslint-config-prettier@^10.0.1 eslint-plugin-prettier@^5.2.2 globals@^16.0.0 jest@^30.0.0 prettier@^3.4.2 source-map-support@^0.5.21 supertest@^7.0.0 ts-jest@^29.2.5 ts-loader@^9.5.2 ts-node@^10.9.2 tsconfig-paths@^4.2.0 typescript@^5.7.3 typescript-eslint@^8.20.0") },
  { name: "hono", after: "Hono's Node.js template", manifest: manifest("@hono/node-server@^1.19.0 hono@^4.9.0", "@types/node@^22 tsx@^4.19.0 typescript@^5.8.3") },
  { name: "graphql-yoga", after: "GraphQL Yoga's examples", manifest: manifest("graphql@^16.8.0 graphql-yoga@^5.10.0 @graphql-yoga/plugin-response-cache@^3 @envelop/core@^5 graphql-scalars@^1.23.0 ws@^8.18.0 graphql-ws@^5.16.0", "@graphql-codegen/cli@^5 @graphql-codegen/typescript@^4 @types/ws@^8 tsx@^4 typescript@^5.6.0") },
  { name: "adonis", after: "AdonisJS's web starter kit", manifest: manifest("@adonisjs/auth@^9.4.0 @adonisjs/core@^6.18.0 @adonisjs/lucid@^21.6.1 @adonisjs/session@^7.5.1 @adonisjs/shield@^8.2.0 @adonisjs/static@^1.1.1 @adonisjs/vite@^4.0.0 @vinejs/vine@^3.0.1 better-sqlite3@^12.0.0 edge.js@^6.2.1 luxon@^3.6.1 reflect-metadata@^0.2.2", "@adonisjs/assembler@^7.8.2 @adonisjs/eslint-config@^2.0.0 @adonisjs/prettier-config@^1.4.4 @adonisjs/tsconfig@^1.4.0 @japa/assert@^4.0.1 @japa/plugin-adonisjs@^4.0.0 @japa/runner@^4.2.0 @swc/core@1.11.24 @types/luxon@^3.6.2 @types/node@^22.15.18 eslint@^9.26.0 hot-hook@^0.4.0 pino-pretty@^13.0.0 prettier@^3.5.3 ts-node-maintained@^10.9.5 typescript@~5.8 vite@^6.3.5") },
];

const data: readonly Project[] = [
  { name: "prisma", after: "Prisma's TypeScript examples", manifest: manifest("@prisma/client@^6 express@^5", "@types/express@^5 @types/node@^22 prisma@^6 tsx@^4 typescript@^5.8") },
  { name: "drizzle", after: "Drizzle's examples", manifest: manifest("drizzle-orm@^0.44 better-sqlite3@^12 @libsql/client@^0.15 postgres@^3.4 pg@^8.16 dotenv@^17", "drizzle-kit@^0.31 @types/better-sqlite3@^7 @types/pg@^8 tsx@^4 typescript@^5.8") },
  { name: "typeorm", after: "TypeORM's Express example", manifest: manifest("body-parser@^1.20.2 cors@^2.8.5 express@^4.18.2 nodemon@^2.0.22 pg@^8.10.0 reflect-metadata@^0.1.13 sqlite3@^5.1.7 typeorm@0.3.14", "@types/body-parser@^1.19.2 @types/express@^4.17.17 @types/node@^18.15.11 ts-node@^10.9.1 typescript@^5.0.4") },
  { name: "trpc", after: "tRPC's Next.js and Prisma starter, 2021", manifest: manifest("@heroicons/react@^1.0.3 @prisma/client@3.0.2 @tailwindcss/forms@^0.3.3 @trpc/client@^9.27.4 @trpc/next@^9.27.4 @trpc/react@^9.27.4 @trpc/server@^9.27.4 @types/node@^16.11.0 @types/react@^17.0.19 @typescript-eslint/eslint-plugin@^4.25.0 @typescript-eslint/parser@^4.30.0 autoprefixer@^10.3.1 clsx@^1.1.1 cross-env@^7.0.3 envsafe@^2.0.3 eslint@^7.32.0 eslint-config-next@^11.1.0 eslint-config-prettier@^8.3.0 eslint-plugin-prettier@^3.3.1 eslint-plugin-react@^7.22.0 jest@^27.0.5 jest-playwright-preset@^1.4.5 next@^11.1.2 node-fetch@^3.0.0 npm-run-all@^4.1.5 playwright@^1.14.1 postcss@^8.3.6 prettier@^2.3.0 prisma@3.0.2 react@^17.0.1 react-dom@^17.0.1 react-query@^3.6.0 start-server-and-test@^1.12.0 superjson@^1.7.4 tailwindcss@^2.2.9 ts-jest@^27.0.5 ts-node@^10.3.0 typescript@^4.4.4 zod@^3.0.0") },
];

const frontends: readonly Project[] = [
  { name: "next", after: "create-next-app", manifest: manifest("next@^16 react@^19 react-dom@^19", "@tailwindcss/postcss@^4 @types/node@^20 @types/react@^19 @types/react-dom@^19 eslint@^9 eslint-config-next@^16 tailwindcss@^4 typescript@^5") },
  { name: "nuxt", after: "Nuxt's starter", manifest: manifest("nuxt@^4 vue@^3.5 vue-router@^4.5", "", { type: "module" }) },
  { name: "vite-react", after: "create-vite, react-ts", manifest: manifest("react@^19.1.0 react-dom@^19.1.0", "@eslint/js@^9.26.0 @types/react@^19.1.4 @types/react-dom@^19.1.4 @vitejs/plugin-react@^4.4.1 eslint@^9.26.0 eslint-plugin-react-hooks@^5.2.0 eslint-plugin-react-refresh@^0.4.20 globals@^16.1.0 typescript@~5.8.3 typescript-eslint@^8.32.1 vite@npm:rolldown-vite@^7.0.0", { type: "module" }) },
  { name: "angular", after: "the RealWorld example in Angular", manifest: manifest("@angular/common@21.1.1 @angular/compiler@21.1.1 @angular/core@21.1.1 @angular/forms@21.1.1 @angular/platform-browser@21.1.1 @angular/router@21.1.1 marked@^17.0.1 rxjs@^7.8.2 tslib@^2.8.1", "@angular/build@21.1.1 @angular/cli@21.1.1 @angular/compiler-cli@21.1.1 @playwright/test@^1.58.0 @vitest/ui@^4.0.18 husky@^9.1.7 jsdom@^27.4.0 lint-staged@^16.2.7 prettier@^3.8.1 typescript@~5.9.3 vitest@^4.0.18") },
  { name: "expo", after: "Expo's default template", manifest: manifest("expo@~55.0.0 expo-constants@* expo-font@* expo-linking@* expo-router@* expo-status-bar@* react@19.2.0 react-dom@19.2.0 react-native@0.83.0 react-native-gesture-handler@~2.30.0 react-native-reanimated@~4.2.0 react-native-safe-area-context@~5.6.0 react-native-screens@~4.20.0 react-native-web@~0.21.0 react-native-worklets@0.7.0", "@types/react@~19.2.2 typescript@~5.9.2"), flags: ["--legacy-peer-deps"] },
  { name: "react-native", after: "React Native's community template", manifest: manifest("react@19.1.0 react-native@0.81.4 react-native-safe-area-context@^5.5.2", "@babel/core@^7.25.2 @babel/preset-env@^7.25.3 @babel/runtime@^7.25.0 @react-native-community/cli@20.0.0 @react-native/babel-preset@0.81.4 @react-native/eslint-config@0.81.4 @react-native/metro-config@0.81.4 @react-native/typescript-config@0.81.4 @types/jest@^29.5.13 @types/react@^19.1.0 eslint@^8.19.0 jest@^29.6.3 prettier@2.8.8 react-test-renderer@19.1.0 typescript@^5.8.3", { engines: { node: ">=20" } }) },
  { name: "vue", after: "create-vue", manifest: manifest("pinia@^3.0.3 vue@^3.5.18 vue-router@^4.5.1", "@tsconfig/node22@^22.0.2 @types/jsdom@^21.1.7 @types/node@^22.16.5 @vitejs/plugin-vue@^6.0.1 @vue/eslint-config-typescript@^14.6.0 @vue/test-utils@^2.4.6 @vue/tsconfig@^0.7.0 eslint@^9.31.0 eslint-plugin-vue@~10.3.0 jsdom@^26.1.0 npm-run-all2@^8.0.4 typescript@~5.8.0 vite@^7.0.6 vite-plugin-vue-devtools@^8.0.0 vitest@^3.2.4 vue-tsc@^3.0.4", { type: "module" }) },
  { name: "svelte", after: "create-vite, svelte-ts", manifest: manifest("clsx@^2", "@sveltejs/vite-plugin-svelte@^6.1.0 @tsconfig/svelte@^5.0.4 svelte@^5.37.3 svelte-check@^4.3.1 typescript@~5.8.3 vite@^7.0.12", { type: "module" }) },
  { name: "sveltekit", after: "SvelteKit's demo", manifest: manifest("cookie@^1", "@sveltejs/adapter-node@^5 @sveltejs/kit@^2.22.0 @sveltejs/vite-plugin-svelte@^6.0.0 eslint@^9.18.0 eslint-plugin-svelte@^3.0.0 prettier@^3.4.2 prettier-plugin-svelte@^3.3.3 svelte@^5.0.0 svelte-check@^4.0.0 typescript@^5.0.0 vite@^7.0.4", { type: "module" }) },
  { name: "astro", after: "Astro's blog example", manifest: manifest("@astrojs/mdx@^4 @astrojs/rss@^4.0.4 @astrojs/sitemap@^3.0.5 astro@^5 sharp@^0.34.3", "", { type: "module" }) },
  { name: "react-router", after: "React Router's default template, with peers in conflict", flags: ["--legacy-peer-deps"], manifest: manifest("@react-router/node@^7 @react-router/serve@^7 isbot@^5.1.17 react@^19.0.0 react-dom@^19.0.0 react-router@^7", "@react-router/dev@^7 @tailwindcss/vite@^4.0.0 @types/node@^20 @types/react@^19.0.1 @types/react-dom@^19.0.1 tailwindcss@^4.0.0 typescript@^5.7.2 vite@^6.2.0 vite-tsconfig-paths@^5.1.4", { type: "module" }) },
  { name: "remix", after: "Remix's template", manifest: manifest("@remix-run/node@^2.16 @remix-run/react@^2.16 @remix-run/serve@^2.16 isbot@^4.1.0 react@^18.2.0 react-dom@^18.2.0", "@remix-run/dev@^2.16 @types/react@^18.2.20 @types/react-dom@^18.2.7 @typescript-eslint/eslint-plugin@^6.7.4 @typescript-eslint/parser@^6.7.4 autoprefixer@^10.4.19 eslint@^8.38.0 eslint-import-resolver-typescript@^3.6.1 eslint-plugin-import@^2.28.1 eslint-plugin-jsx-a11y@^6.7.1 eslint-plugin-react@^7.33.2 postcss@^8.4.38 tailwindcss@^3.4.4 typescript@^5.1.6 vite@^6.0.0", { type: "module" }) },
  { name: "gatsby", after: "Gatsby's blog starter, with the peers of its plugins in conflict", flags: ["--legacy-peer-deps"], manifest: manifest("gatsby@^5.14.0 gatsby-plugin-feed@^5.14.0 gatsby-plugin-google-analytics@^5.14.0 gatsby-plugin-image@^3.14.0 gatsby-plugin-manifest@^5.14.0 gatsby-plugin-offline@^6.14.0 gatsby-plugin-react-helmet@^6.14.0 gatsby-plugin-sharp@^5.14.0 gatsby-remark-images@^7.14.0 gatsby-remark-prismjs@^7.14.0 gatsby-source-filesystem@^5.14.0 gatsby-transformer-remark@^6.14.0 gatsby-transformer-sharp@^5.14.0 prismjs@^1.15.0 react@^16.3.2 react-dom@^16.3.2 react-helmet@^5.2.0 react-typography@^0.16.13 typography@^0.16.17", "eslint@^4.19.1 eslint-plugin-react@^7.7.0 gh-pages@^1.1.0 prettier@^1.12.0") },
  { name: "cra-3", after: "the RealWorld example in React and Redux, react-scripts 3", manifest: manifest("connected-react-router@^6.5.2 history@^4.9.0 marked@^0.7.0 prop-types@^15.7.2 react@^16.9.0 react-dom@^16.9.0 react-redux@^7.1.0 react-router@^5.0.1 react-router-dom@^5.0.1 redux@^4.0.4 redux-devtools-extension@^2.13.8 redux-logger@^3.0.6 superagent@^5.1.0 superagent-promise@^1.1.0", "cross-env@^5.2.0 react-scripts@3.1.1") },
  { name: "cra-5", after: "create-react-app, react-scripts 5", manifest: manifest("@testing-library/jest-dom@^5.17.0 @testing-library/react@^13.4.0 @testing-library/user-event@^13.5.0 react@^18.2.0 react-dom@^18.2.0 react-scripts@5.0.1 web-vitals@^2.1.4", "", { browserslist: ["last 1 chrome version"] }) },
  { name: "docusaurus", after: "Docusaurus's classic template, with the webpack of its time", manifest: manifest("@docusaurus/core@3.8.1 @docusaurus/preset-classic@3.8.1 @mdx-js/react@^3.0.0 clsx@^2.0.0 prism-react-renderer@^2.3.0 react@^19.0.0 react-dom@^19.0.0", "@docusaurus/module-type-aliases@3.8.1 @docusaurus/tsconfig@3.8.1 @docusaurus/types@3.8.1 typescript@~5.6.2", { overrides: { webpack: "5.99.9" } }) },
  { name: "eleventy", after: "Eleventy's base blog", manifest: manifest("@11ty/eleventy@^3 @11ty/eleventy-navigation@^0.3.5 @11ty/eleventy-plugin-rss@^2 @11ty/eleventy-plugin-syntaxhighlight@^5 luxon@^3.2.1 markdown-it-anchor@^9 rosetta@^1.1.0") },
  { name: "tailwind", after: "Tailwind CSS with its command line and PostCSS", manifest: manifest("clsx@^2 tailwind-merge@^2", "@tailwindcss/forms@^0.5 @tailwindcss/typography@^0.5 autoprefixer@^10 postcss@^8 postcss-cli@^11 tailwindcss@^3.4 vite@^6") },
  { name: "lit", after: "Lit's starter kit, with peers in conflict", flags: ["--legacy-peer-deps"], manifest: manifest("lit@^3.2.0", "@11ty/eleventy@^1.0.1 @custom-elements-manifest/analyzer@^0.6.3 @lit-labs/analyzer@^0.14.0 @rollup/plugin-node-resolve@^13.3.0 @rollup/plugin-replace@^5.0.2 @typescript-eslint/eslint-plugin@^5.25.0 @typescript-eslint/parser@^5.25.0 @web/dev-server@^0.1.31 eslint@^8.15.0 lit-analyzer@^1.2.1 prettier@^2.6.2 rimraf@^3.0.2 rollup@^4.18.0 rollup-plugin-terser@^7.0.2 typescript@~5.9.0") },
];

const tools: readonly Project[] = [
  { name: "webpack", after: "webpack's own repository, with a peer in conflict", flags: ["--legacy-peer-deps"], manifest: manifest("@webassemblyjs/ast@^1.12.1 acorn@^8.7.1 browserslist@^4.21.10 enhanced-resolve@^5.17.1 es-module-lexer@^1.2.1 eslint-scope@5.1.1 loader-runner@^4.2.0 schema-utils@^3.2.0 terser-webpack-plugin@^5.3.10 watchpack@^2.4.1 webpack-sources@^3.2.3", "@babel/core@^7.24.7 @babel/preset-react@^7.24.7 @types/jest@^29.5.11 assemblyscript@^0.27.22 babel-loader@^9.1.3 coffee-loader@^5.0.0 coffeescript@^2.5.1 core-js@^3.6.5 css-loader@^7.1.2 es5-ext@^0.10.53 file-loader@^6.0.0 fork-ts-checker-webpack-plugin@^9.0.2 html-webpack-plugin@^5 husky@^9.0.11 istanbul@^0.4.5 jest@^29.7.0 less@^4.0.0 less-loader@^12.2.0 lodash@^4.17.19 memfs@^4.9.2 mini-css-extract-plugin@^2.9.0 nyc@^17.0.0 prettier@^3.2.1 prettier-2@npm:prettier@^2 pug@^3.0.3 pug-loader@^2.4.0 raw-loader@^4.0.1 react@^18.3.1 react-dom@^18.3.1 rimraf@^3.0.2 style-loader@^4.0.0 ts-loader@^9.5.1 typescript@^5.4.2 url-loader@^4.1.0 webpack@^5 webpack-cli@^5.0.1") },
  { name: "jest", after: "a library that is tested with Jest and Babel", manifest: manifest("lodash@^4", "@babel/core@^7 @babel/preset-env@^7 @babel/preset-typescript@^7 @types/jest@^30 babel-jest@^30 jest@^30 jest-environment-jsdom@^30 ts-jest@^29 typescript@^5.8") },
  { name: "vitest", after: "Vitest's basic example", manifest: manifest("clsx@^2", "@vitest/ui@latest vite@latest vitest@latest @vitest/coverage-v8@latest", { type: "module" }) },
  { name: "eslint", after: "ESLint with Airbnb's and other plugins", manifest: manifest("react@^18.2.0", "@babel/eslint-parser@^7 @typescript-eslint/eslint-plugin@^6.21.0 @typescript-eslint/parser@^6.21.0 eslint@^8.57.0 eslint-config-airbnb@^19.0.4 eslint-config-airbnb-typescript@^17.1.0 eslint-config-prettier@^9.1.0 eslint-plugin-import@^2.29.0 eslint-plugin-jest@^27.6.0 eslint-plugin-jsx-a11y@^6.8.0 eslint-plugin-n@^16 eslint-plugin-prettier@^5.1.0 eslint-plugin-promise@^6 eslint-plugin-react@^7.33.2 eslint-plugin-react-hooks@^4.6.0 eslint-plugin-unicorn@^50 eslint-plugin-vue@^9 prettier@^3.1.0 typescript@^5.3.0") },
  { name: "storybook", after: "Storybook for React and Vite", manifest: manifest("react@^18.3.1 react-dom@^18.3.1", "@storybook/addon-essentials@^8.6.0 @storybook/addon-interactions@^8.6.0 @storybook/addon-onboarding@^8.6.0 @storybook/blocks@^8.6.0 @storybook/react@^8.6.0 @storybook/react-vite@^8.6.0 @storybook/test@^8.6.0 @vitejs/plugin-react@^4 storybook@^8.6.0 typescript@^5.6 vite@^6", { type: "module" }) },
  { name: "electron", after: "a boilerplate of Electron, React and webpack", manifest: manifest("electron-debug@^3.2.0 electron-log@^4.4.8 electron-updater@^5.3.0 react@^18.2.0 react-dom@^18.2.0 react-router-dom@^6.11.2 styled-components@^5.3.11", "@electron/rebuild@^3.2.13 @pmmmwh/react-refresh-webpack-plugin@^0.5.10 @svgr/webpack@^8.0.1 @testing-library/react@^14.0.0 @types/node@20.2.5 @types/react@^18.2.8 concurrently@^8.1.0 core-js@^3.30.2 css-minimizer-webpack-plugin@^5.0.0 electron@^25.0.1 electron-builder@^24.2.1 electron-devtools-installer@^3.2.0 electronmon@^2.0.2 identity-obj-proxy@^3.0.0 rimraf@^5.0.1 sass@^1.62.1 sass-loader@^13.3.1 ts-node@^10.9.1 typescript@^5.1.3 webpack@^5.85.0 webpack-bundle-analyzer@^4.9.0 webpack-cli@^5.1.1 webpack-dev-server@^4.15.0") },
  { name: "gulp", after: "sites of 2015 that are built with gulp and Grunt, with peers in conflict", flags: ["--legacy-peer-deps"], manifest: manifest("jquery@^2.1.4 bootstrap@^3.3.5", "babel-core@^5.8.22 browser-sync@^2.9.3 del@^1.2.1 grunt@^1.0.0 grunt-contrib-uglify@^0.9.2 grunt-contrib-watch@^0.6.1 gulp@^3.9.0 gulp-autoprefixer@^3.0.1 gulp-babel@^5.2.1 gulp-concat@^2.6.0 gulp-less@^3.0.3 gulp-sourcemaps@^1.5.2 gulp-uglify@^1.4.1 browserify@^11.1.0 vinyl-source-stream@^1.1.0 wiredep@^2.2.2 yargs@^3.24.0") },
  { name: "bundled-and-aliased", after: "bundled packages, aliases, overrides, exact and tagged versions", manifest: manifest("npm@^10 react-16@npm:react@^16 react-18@npm:react@^18 semver@7.5.4 lodash@4.17.20 uuid@latest minimist@^1.2.0", "node-gyp@^10 standard@^17", { overrides: { glob: "^10.4.0", "semver@^5.0.0": "5.7.2", standard: { "version-guard": "^1.1.0" } }, optionalDependencies: { fsevents: "^2.3.2", "utf-8-validate": "^6" } }) },
];

const workspaces: readonly Project[] = [
  {
    name: "npm-workspace",
    after: "the Model Context Protocol's servers",
    manifest: manifest("@example/server-everything@* @example/server-filesystem@* @example/server-memory@*", "@changesets/cli@^2.29.0 @eslint/js@^9 eslint@^9 globals@^16 prettier@3.6.2 semver@^7.7.0 typescript-eslint@^8 yaml@^2.8.0", { workspaces: ["src/*"], overrides: { qs: ">=6.14.0", hono: ">=4.9.0" } }),
    members: {
      "src/everything": { name: "@example/server-everything", ...manifest("@modelcontextprotocol/sdk@^1.18.0 cors@^2.8.5 express@^5.1.0 jszip@^3.10.1 zod@^3.25.0 zod-to-json-schema@^3.23.5", "@types/cors@^2.8.19 @types/express@^5.0.0 shx@^0.3.4 typescript@^5.6.2", { type: "module", bin: { "server-everything": "index.js" } }) },
      "src/filesystem": { name: "@example/server-filesystem", ...manifest("@modelcontextprotocol/sdk@^1.17.0 diff@^5.1.0 glob@^10.5.0 minimatch@^10.0.1 zod-to-json-schema@^3.23.5", "@types/diff@^5.0.9 @types/node@^22 @vitest/coverage-v8@^2.1.8 shx@^0.3.4 typescript@^5.8.2 vitest@^2.1.8") },
      "src/memory": { name: "@example/server-memory", ...manifest("@modelcontextprotocol/sdk@^1.0.1 @example/server-filesystem@*", "@types/node@^22 shx@^0.3.4 typescript@^5.6.2") },
    },
  },
  {
    name: "yarn-workspace",
    after: "a monorepo of Yarn 1: a website, a server and a library, with versions that differ",
    manifest: { version: "1.0.0", private: true, workspaces: { packages: ["apps/*", "packages/*"] }, devDependencies: packages("lerna@^8 husky@^4.2.3 lint-staged@^10 prettier@^2 typescript@^4.9.5"), resolutions: { minimist: "^1.2.8" } },
    members: {
      "apps/web": { name: "web", ...manifest("@example/design@^1.0.0 next@^13 react@^18 react-dom@^18", "@types/react@^18 eslint@^8 eslint-config-next@^13") },
      "apps/server": { name: "server", ...manifest("express@^4 @example/design@1.0.0 lodash@^4 pg@^8", "nodemon@^2 jest@^27 supertest@^6") },
      "packages/design": { name: "@example/design", ...manifest("clsx@^1 lodash@^3", "jest@^29 rollup@^2 rollup-plugin-terser@^7", { peerDependencies: { react: ">=17" } }) },
    },
  },
  {
    name: "pnpm-workspace",
    after: "Turborepo's basic example, with the members in package.json",
    manifest: { version: "1.0.0", private: true, workspaces: ["apps/*", "packages/*"], packageManager: "pnpm@9.0.0", devDependencies: packages("prettier@^3.7.4 turbo@^2.5.0 typescript@5.9.2"), engines: { node: ">=18" } },
    members: {
      "apps/docs": { name: "docs", ...manifest("@repo/ui@* next@^15 react@^19 react-dom@^19", "@repo/eslint-config@* @repo/typescript-config@* @types/node@^22.15.3 @types/react@19.1.0 eslint@^9 typescript@5.9.2", { type: "module" }) },
      "packages/ui": { name: "@repo/ui", ...manifest("react@^19 react-dom@^19", "@repo/eslint-config@* @repo/typescript-config@* @types/react@19.1.0 eslint@^9 typescript@5.9.2", { exports: { "./*": "./src/*.tsx" } }) },
      "packages/eslint-config": { name: "@repo/eslint-config", version: "0.0.0", private: true, devDependencies: packages("@eslint/js@^9 @next/eslint-plugin-next@^15 eslint@^9 eslint-config-prettier@^10 eslint-plugin-only-warn@^1.1.0 eslint-plugin-react@^7.37.5 eslint-plugin-react-hooks@^5.2.0 eslint-plugin-turbo@^2.5.0 globals@^16 typescript@^5.9.2 typescript-eslint@^8") },
      "packages/typescript-config": { name: "@repo/typescript-config", version: "0.0.0", private: true },
    },
  },
];

export const projects: readonly Project[] = [...servers, ...data, ...frontends, ...tools, ...workspaces];

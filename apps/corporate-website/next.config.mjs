import { fileURLToPath } from "node:url";

// Both bundling and file tracing start at the workspace root, where pnpm keeps node_modules.
const root = fileURLToPath(new URL("../..", import.meta.url));

/** @type {import("next").NextConfig} */
const config = {
  output: "standalone",
  outputFileTracingRoot: root,
  turbopack: { root },
  transpilePackages: ["@synestra/env", "@synestra/ui"],
};

export default config;

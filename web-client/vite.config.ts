import { readFileSync } from "node:fs";
import type { Plugin, Rollup } from "vite";
import { defineConfig } from "vitest/config";

/** What the verification page needs no network for: everything but charts, HTMX, the desk's program and the camera's second reader. */
const ONLINE_ONLY = /\/src\/ui\/(chart|htmx|offer|opening|passkey|receipts|sign|zxing)\.ts$/;

/** The built files that `main` reaches without what is online only, and every style. */
function offline(bundle: Rollup.OutputBundle): string[] {
  const found = new Set(Object.keys(bundle).filter(name => name.endsWith(".css")));
  const reach = (name: string): void => {
    const chunk = bundle[name];
    if (found.has(name) || chunk?.type !== "chunk" || ONLINE_ONLY.test(chunk.facadeModuleId ?? "")) return;
    found.add(name);
    for (const next of [...chunk.imports, ...chunk.dynamicImports]) reach(next);
  };
  const main = Object.values(bundle).find(
    each => each.type === "chunk" && each.isEntry && each.name === "main",
  );
  if (main) reach(main.fileName);
  return [...found].sort();
}

/** Writes sw.js with the list of files that it keeps, and a version made of their names. */
function serviceWorker(): Plugin {
  return {
    name: "huella-service-worker",
    generateBundle(_options, bundle) {
      const files = offline(bundle);
      const source = readFileSync(new URL("src/sw.js", import.meta.url), "utf8");
      this.emitFile({
        type: "asset",
        fileName: "sw.js",
        source: source.replace("__FILES__", JSON.stringify(files)),
      });
    },
  };
}

export default defineConfig({
  base: "./",
  build: {
    outDir: "../src/huella/web/static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    // inline data: URLs would need an exception in the Content-Security-Policy
    assetsInlineLimit: 0,
    // ECharts, fetched where a chart comes into view
    chunkSizeWarningLimit: 650,
    modulePreload: { polyfill: false },
    rollupOptions: {
      // about the packages' own code, which is theirs to change; htmx's eval is off by setting and by the policy
      onwarn: (warning, tell) => {
        if (!warning.id?.includes("/node_modules/") && !warning.loc?.file?.includes("/node_modules/"))
          tell(warning);
      },
      input: { main: "src/main.ts", library: "src/library.ts" },
      preserveEntrySignatures: "exports-only",
      output: { entryFileNames: "assets/[name]-[hash].js", chunkFileNames: "assets/[name]-[hash].js" },
    },
  },
  plugins: [serviceWorker()],
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});

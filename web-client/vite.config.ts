import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** What the verification page needs without a network: everything but charts, HTMX, the sealing of offers and the camera's second reader. */
const ONLINE_ONLY = /^assets\/(chart|htmx|library|offer|zxing)/;

/** Writes sw.js with the list of files that it keeps, and a version made of their names. */
function serviceWorker(): Plugin {
  return {
    name: "huella-service-worker",
    generateBundle(_options, bundle) {
      const files = Object.keys(bundle)
        .filter(name => name.startsWith("assets/") && !ONLINE_ONLY.test(name))
        .sort();
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
      input: { main: "src/main.ts", library: "src/library.ts" },
      preserveEntrySignatures: "exports-only",
      output: { entryFileNames: "assets/[name]-[hash].js", chunkFileNames: "assets/[name]-[hash].js" },
    },
  },
  plugins: [serviceWorker()],
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});

// Compiles Registry.sol with the pinned compiler and writes the artifact to standard output as JSON.
// Run through build.py, which provides node, the libraries and the place of the result.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const solc = createRequire(import.meta.url)("solc");

// Metadata without hash: the same sources give the same bytes wherever they are compiled.
const settings = {
  evmVersion: "berlin",
  viaIR: true,
  optimizer: { enabled: true, runs: 20000 },
  metadata: { bytecodeHash: "none", appendCBOR: false },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object",
    "evm.deployedBytecode.immutableReferences", "storageLayout"] } },
};

const files = process.argv.slice(2);
const input = {
  language: "Solidity",
  sources: Object.fromEntries(files.map((name) => [name, { content: readFileSync(join(here, name), "utf8") }])),
  settings,
};
const readImport = (path) => ({ contents: readFileSync(join(here, "node_modules", path), "utf8") });
const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
const problems = (output.errors ?? []).filter((e) => e.severity === "error" || e.severity === "warning");
if (problems.length > 0) {
  process.stderr.write(problems.map((e) => e.formattedMessage).join("\n") + "\n");
  process.exit(1);
}
const artifacts = {};
for (const name of files) {
  for (const [contract, made] of Object.entries(output.contracts[name])) {
    artifacts[contract] = {
      abi: made.abi,
      bytecode: made.evm.bytecode.object,
      deployed: made.evm.deployedBytecode.object,
      immutables: Object.values(made.evm.deployedBytecode.immutableReferences ?? {}).flat(),
      storage: made.storageLayout,
    };
  }
}
process.stdout.write(JSON.stringify({ compiler: solc.version(), artifacts }));

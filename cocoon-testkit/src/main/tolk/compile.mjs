// Compiles the contracts for both struct versions: node compile.mjs COMPILER_PACKAGE OUTPUT_FOLDER
// COMPILER_PACKAGE is an unpacked npm package @ton/tolk-js. Writes NAME-VERSION.code (bag of cells, base64) for each
// contract and struct version, and manifest.json with the hashes of what went in and what came out.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [compilerPackage, output] = process.argv.slice(2).map((path) => resolve(path));
const require = createRequire(import.meta.url);
const { runTolkCompiler, getTolkCompilerVersion } = require(compilerPackage);

const folder = dirname(fileURLToPath(import.meta.url));
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const names = ["client", "proxy", "root", "wallet", "worker"];

function source(name, structVersion) {
  const text = readFileSync(join(folder, name), "utf8");
  return name === "generation.tolk" ? text.replace("STRUCT_VERSION = 4", `STRUCT_VERSION = ${structVersion}`) : text;
}

const manifest = { compiler: `@ton/tolk-js ${await getTolkCompilerVersion()}`, sources: {}, codes: {} };
for (const name of readdirSync(folder).filter((name) => name.endsWith(".tolk")).sort()) {
  manifest.sources[name] = sha256(readFileSync(join(folder, name)));
}
for (const name of names) {
  for (const structVersion of [3, 4]) {
    const result = await runTolkCompiler({
      entrypointFileName: `${name}.tolk`,
      fsReadCallback: (path) => source(path, structVersion),
    });
    if (result.status === "error") {
      throw new Error(result.message);
    }
    const code = `${name}-${structVersion}.code`;
    writeFileSync(join(output, code), `${result.codeBoc64}\n`);
    manifest.codes[code] = { hash: result.codeHashHex.toLowerCase(), sha256: sha256(Buffer.from(result.codeBoc64, "base64")) };
  }
}
writeFileSync(join(output, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);

// Compile standard JSON from stdin to stdout with solc from npm; argv[2] is the folder of node_modules.
// Imports that are not in the input are read from there, under their npm names; not so with a further argument.
const fs = require("fs");
const path = require("path");
const modules = process.argv[2];
const solc = require(path.join(modules, "solc"));

const readImport = (name) => {
  try {
    return { contents: fs.readFileSync(path.join(modules, name), "utf8") };
  } catch (error) {
    return { error: String(error) };
  }
};

const imports = process.argv[3] ? {} : { import: readImport };
const input = fs.readFileSync(0, "utf8");
process.stdout.write(
  JSON.stringify({ version: solc.version(), output: JSON.parse(solc.compile(input, imports)) }),
);

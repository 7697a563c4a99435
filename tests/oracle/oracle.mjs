// Answers questions about TON's formats with the official JavaScript libraries: one JSON object a line in, one a line out.
import { createInterface } from 'node:readline';
import core from '@ton/core';
import crypto from '@ton/crypto';
import ton from '@ton/ton';

const { Address, BitBuilder, Cell, Dictionary, beginCell, external, internal, storeMessage, storeMessageRelaxed, storeTransaction } = core;

const bits = (text) => {
  const builder = new BitBuilder();
  for (const bit of text) builder.writeBit(bit === '1');
  return builder.build();
};
const hex = (buffer) => buffer.toString('hex');
const boc = (cell, crc32 = false) => hex(cell.toBoc({ idx: false, crc32 }));
const cellOf = (text) => Cell.fromBoc(Buffer.from(text, 'hex'))[0];

const actions = {
  tree: ({ cells }) => {
    const built = [];
    for (const { data, refs, exotic } of cells) {
      built.push(new Cell({ exotic, bits: bits(data), refs: refs.map((i) => built[i]) }));
    }
    const root = built.at(-1);
    return {
      hash: hex(root.hash()), depth: root.depth(), level: root.level(), boc: boc(root), crc: boc(root, true),
      indexed: hex(root.toBoc({ idx: true, crc32: true })),
      hashes: [0, 1, 2, 3].map((level) => hex(root.hash(level))), depths: [0, 1, 2, 3].map((level) => root.depth(level)),
    };
  },
  parse: ({ text }) => ({ hash: hex(cellOf(text).hash()) }),
  dictionary: ({ width, entries }) => {
    const values = { serialize: (value, builder) => builder.storeBits(bits(value)), parse: () => { throw new Error('unused'); } };
    const dictionary = Dictionary.empty(Dictionary.Keys.BigUint(width), values);
    for (const [key, value] of entries) dictionary.set(BigInt(key), value);
    return { boc: boc(beginCell().storeDict(dictionary).endCell()) };
  },
  address: ({ text }) => {
    const address = Address.parse(text);
    return {
      raw: address.toRawString(),
      forms: [true, false].flatMap((bounceable) => [true, false].flatMap((testOnly) => [true, false].map((urlSafe) =>
        address.toString({ bounceable, testOnly, urlSafe })))),
    };
  },
  coins: ({ nano }) => ({ boc: boc(beginCell().storeCoins(BigInt(nano)).endCell()), text: core.fromNano(BigInt(nano)) }),
  newWords: async () => ({ words: await crypto.mnemonicNew(24) }),
  validWords: async ({ words }) => ({ valid: await crypto.mnemonicValidate(words) }),
  wallets: async ({ words, workchain, seqno, timeout, sendMode, messages }) => {
    const { publicKey, secretKey } = await crypto.mnemonicToPrivateKey(words);
    const outgoing = messages.map(({ to, value, body, bounce }) => internal({ to, value: BigInt(value), bounce, body: cellOf(body) }));
    const args = { publicKey, workchain };
    const wallets = {
      v3r2: ton.WalletContractV3R2.create(args),
      v4r2: ton.WalletContractV4.create(args),
      v5r1: ton.WalletContractV5R1.create({ ...args, walletId: { networkGlobalId: -239, context: { workchain, walletVersion: 'v5r1', subwalletNumber: 0 } } }),
    };
    const answer = { publicKey: hex(publicKey), messages: outgoing.map((m) => boc(beginCell().store(storeMessageRelaxed(m)).endCell())) };
    for (const [name, wallet] of Object.entries(wallets)) {
      const transfer = wallet.createTransfer({ seqno, timeout, sendMode, messages: outgoing, secretKey });
      answer[name] = { address: wallet.address.toRawString(), transfer: boc(transfer) };
    }
    answer.testnetV5 = ton.WalletContractV5R1.create({ publicKey, walletId: { networkGlobalId: -3 } }).address.toRawString();
    return answer;
  },
  messages: ({ to, from, body, code, data }) => {
    const parts = { info: {
      type: 'internal', ihrDisabled: true, bounce: true, bounced: false, src: Address.parse(from), dest: Address.parse(to),
      value: { coins: 1_500_000_000n }, ihrFee: 0n, forwardFee: 266_669n, createdLt: 48_000_000_000_003n, createdAt: 1_750_000_000,
    }, init: { code: cellOf(code), data: cellOf(data) }, body: cellOf(body) };
    const write = (message, options) => boc(beginCell().store(storeMessage(message, options)).endCell());
    return {
      inline: write(parts), referenced: write(parts, { forceRef: true }),
      incoming: write({ ...external({ to, body: parts.body }) }, { forceRef: true }),
      outgoing: write({ body: parts.body, info: {
        type: 'external-out', src: Address.parse(from), dest: new core.ExternalAddress(5n, 9), createdLt: 7n, createdAt: 8 } }),
    };
  },
  readMessage: ({ text }) => {
    const message = core.loadMessage(cellOf(text).beginParse());
    return {
      type: message.info.type, to: message.info.dest.toRawString(), body: hex(message.body.hash()),
      code: message.init?.code ? hex(message.init.code.hash()) : '', coins: String(message.info.value?.coins ?? 0),
    };
  },
  transaction: ({ to, from, body, exitCode, actionCode, aborted, kind }) => {
    const dest = Address.parse(to);
    const message = (lt) => ({ info: {
      type: 'internal', ihrDisabled: true, bounce: true, bounced: false, src: Address.parse(from), dest,
      value: { coins: 1_500_000_000n }, ihrFee: 0n, forwardFee: 1n, createdLt: lt, createdAt: 9 }, body: cellOf(body) });
    const computePhase = exitCode === null ? { type: 'skipped', reason: 'no-gas' } : {
      type: 'vm', success: exitCode === 0, messageStateUsed: false, accountActivated: false, gasFees: 4_000_000n, gasUsed: 10_001n,
      gasLimit: 1_000_000n, gasCredit: 100n, mode: 0, exitCode, exitArg: -3, vmSteps: 77, vmInitStateHash: 1n, vmFinalStateHash: 2n };
    const actionPhase = actionCode === null ? undefined : {
      success: actionCode === 0, valid: true, noFunds: false, statusChange: 'frozen', totalFwdFees: 12n, totalActionFees: 4n,
      resultCode: actionCode, resultArg: 1, totalActions: 1, specActions: 0, skippedActions: 0, messagesCreated: 1,
      actionListHash: 3n, totalMessageSize: { cells: 1n, bits: 700n } };
    const storagePhase = { storageFeesCollected: 55n, storageFeesDue: 1n, statusChange: 'unchanged' };
    const description = {
      generic: { type: 'generic', creditFirst: true, storagePhase, creditPhase: { dueFeesColelcted: 2n, credit: { coins: 3n } }, computePhase,
        actionPhase, aborted, destroyed: false,
        bouncePhase: aborted ? { type: 'ok', messageSize: { cells: 1n, bits: 2n }, messageFees: 3n, forwardFees: 4n } : undefined },
      tickTock: { type: 'tick-tock', isTock: true, storagePhase, computePhase, actionPhase, aborted, destroyed: true },
      storage: { type: 'storage', storagePhase },
    }[kind];
    const outMessages = Dictionary.empty(Dictionary.Keys.Uint(15), Dictionary.Values.Cell());
    for (let i = 0; i < 3; i++) outMessages.set(i, beginCell().store(storeMessage(message(BigInt(100 + i)))).endCell());
    const stored = {
      address: BigInt('0x' + dest.toRawString().split(':')[1]), lt: 48_000_000_000_001n, prevTransactionHash: 0xabcdn,
      prevTransactionLt: 47_000_000_000_001n, now: 1_750_000_001, outMessagesCount: 3, oldStatus: 'active', endStatus: 'active',
      inMessage: message(50n), outMessages, totalFees: { coins: 123_456_789n },
      stateUpdate: { oldHash: Buffer.alloc(32, 1), newHash: Buffer.alloc(32, 2) }, description };
    return { boc: boc(beginCell().store(storeTransaction(stored)).endCell()) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const question = JSON.parse(line);
    answer = { result: await actions[question.action](question) };
  } catch (error) {
    answer = { error: String(error?.stack ?? error) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}

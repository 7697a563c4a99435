// A user's day on the devnet, told with TON's own JavaScript client: node devnet-story.mjs <base URL>. Ends with exit code 0 when
// everything was as it must be; the last line it prints is "ok".
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Address, beginCell, Cell, comment, external, internal, SendMode, storeMessage, toNano } from '@ton/core';
import { keyPairFromSeed } from '@ton/crypto';
import { TonClient, WalletContractV3R2, WalletContractV4, WalletContractV5R1 } from '@ton/ton';

const base = process.argv[2];
const client = new TonClient({ endpoint: new URL('api/v2/jsonRPC', base).href });

async function eventually(what, check) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const value = await check();
    if (value) return value;
    assert.ok(Date.now() < deadline, `${what} did not happen within 30 s`);
    await delay(20);
  }
}

async function fund(address, amount) {
  const answer = await fetch(new URL('faucet', base), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ address: address.toString(), amount: amount.toString() }),
  });
  assert.equal(answer.status, 200, await answer.text());
  await eventually('funding', async () => (await client.getBalance(address)) >= amount);
}

const { secretKey, publicKey } = keyPairFromSeed(Buffer.alloc(32, 7));
const wallets = [
  WalletContractV3R2.create({ workchain: 0, publicKey }),
  WalletContractV4.create({ workchain: 0, publicKey }),
  WalletContractV5R1.create({ publicKey, walletId: { networkGlobalId: -239 } }),
];
const receiver = new Address(0, Buffer.alloc(32, 0x5c));
let received = 0n;

for (const wallet of wallets) {
  assert.equal(await client.isContractDeployed(wallet.address), false);
  await fund(wallet.address, toNano('10'));
  const opened = client.open(wallet);
  assert.equal(await opened.getSeqno(), 0);
  for (let seqno = 0; seqno < 2; seqno++) {
    await opened.sendTransfer({
      seqno,
      secretKey,
      sendMode: SendMode.PAY_GAS_SEPARATELY,
      messages: [internal({ to: receiver, value: toNano('1.5'), bounce: false, body: comment('dinner') })],
    });
    await eventually('the transfer', async () => (await opened.getSeqno()) === seqno + 1);
    received += toNano('1.5');
    await eventually('its arrival', async () => (await client.getBalance(receiver)) >= received - toNano('0.001'));
  }
  assert.equal(await client.isContractDeployed(wallet.address), true);
  const { stack } = await client.runMethod(wallet.address, 'get_public_key');
  assert.equal(stack.readBigNumber(), BigInt('0x' + publicKey.toString('hex')));
}

const wallet = wallets[0];
const state = await client.getContractState(wallet.address);
assert.equal(state.state, 'active');
assert.deepEqual(Cell.fromBoc(state.code)[0].hash(), wallet.init.code.hash());
assert.ok(state.balance < toNano('7') && state.balance > toNano('6.98'), `balance ${state.balance}`);

// Every transaction, newest first, each linked to the one before; then the same in pages of one.
const transactions = await client.getTransactions(wallet.address, { limit: 50 });
assert.equal(transactions.length, 3);
assert.equal(transactions[0].lt.toString(), state.lastTransaction.lt);
assert.equal(transactions[0].hash().toString('base64'), state.lastTransaction.hash);
for (let i = 0; i < transactions.length; i++) {
  const before = transactions[i + 1];
  assert.equal(transactions[i].prevTransactionLt, before?.lt ?? 0n);
  assert.equal(transactions[i].prevTransactionHash, before ? BigInt('0x' + before.hash().toString('hex')) : 0n);
}
const older = await client.getTransactions(wallet.address, { limit: 1, lt: state.lastTransaction.lt, hash: state.lastTransaction.hash });
assert.deepEqual(older.map((transaction) => transaction.lt), [transactions[1].lt]);
const again = await client.getTransaction(wallet.address, state.lastTransaction.lt, state.lastTransaction.hash);
assert.deepEqual(again.hash(), transactions[0].hash());

// The message that left is the message that arrived.
const sent = transactions[0].outMessages.get(0);
assert.equal(sent.body.beginParse().skip(32).loadStringTail(), 'dinner');
const arrival = await client.tryLocateResultTx(wallet.address, receiver, sent.info.createdLt.toString());
assert.deepEqual(arrival.inMessage.body.hash(), sent.body.hash());
const departure = await client.tryLocateSourceTx(wallet.address, receiver, sent.info.createdLt.toString());
assert.deepEqual(departure.hash(), transactions[0].hash());

// A message with a number already used is refused at once, and says so.
const stale = await wallet.createTransfer({ seqno: 0, secretKey, sendMode: SendMode.PAY_GAS_SEPARATELY, messages: [] });
const file = beginCell().store(storeMessage(external({ to: wallet.address, body: stale }))).endCell().toBoc();
await assert.rejects(client.sendFile(file), (error) => JSON.stringify(error.response?.data ?? {}).includes('exitcode=33'));

// Blocks go on; transactions are found in them.
const { latestSeqno } = await client.getMasterchainInfo();
assert.ok(latestSeqno > 1);
await eventually('a further block', async () => (await client.getMasterchainInfo()).latestSeqno > latestSeqno);
const inBlocks = [];
for (let seqno = 1; seqno <= latestSeqno; seqno++) {
  for (const shard of await client.getWorkchainShards(seqno)) {
    inBlocks.push(...(await client.getShardTransactions(shard.workchain, shard.seqno, shard.shard)));
  }
}
for (const transaction of transactions) {
  assert.ok(inBlocks.some((one) => one.lt === transaction.lt.toString() && one.account.equals(wallet.address)));
}

// A method that is not there, a contract that is not there.
assert.equal((await client.runMethodWithError(wallets[1].address, 'no_such_method')).exit_code, 11);
assert.equal((await client.runMethodWithError(receiver, 'seqno')).exit_code, -13);
console.log('ok');

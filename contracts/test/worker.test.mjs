import { test } from 'node:test';
import assert from 'node:assert/strict';
import { beginCell, Cell } from '@ton/core';
import { Chain, Alone, codes, assertSent, assertRefused, assertIgnored } from './support/chain.mjs';
import * as c from './support/cells.mjs';

const { TON, address } = c;
const owner = address(0x11);
const proxy = address(0x77);
const excess = address(0x66);
const stranger = address(0x99);
const fields = (changes = {}) => ({ owner, proxy, params: c.params(), ...changes });
const data = changes => c.workerData(fields(changes));
const self = c.deployedAt(codes.worker, data());
const keep = TON / 2n;
const worker = new Alone(await Chain.create(), self, codes.worker, { balance: keep, sender: owner });
const receive = (state, body, options = {}) => worker.receive(state, body, { value: TON / 5n, ...options });

test('Payout forwards the delta to the proxy and advances the counter', async () => {
    const outcome = await receive(data({ tokens: 1000n }), c.workerMessage.payout(self, 1_001_000n), { gasName: 'worker payout' });
    assert.ok(outcome.ok);
    assert.deepEqual(c.readWorker(outcome.data), { state: 0, tokens: 1_001_000n });
    assert.deepEqual(outcome.reserves, [keep]);
    assert.deepEqual(outcome.modes, [128]);
    assert.equal(outcome.out.length, 1);
    assertSent(outcome.out[0], {
        to: proxy, bounce: true, bodyInRef: true,
        body: c.workerRequest({ owner, tokens: 1_001_000n, payload: c.workerPayout(18_000_000n, 2_000_000n, excess) }),
    });
    assert.equal(outcome.balanceAfter, keep);
});

test('Last payout closes the worker and keeps rent only', async () => {
    const outcome = await receive(data({ tokens: 5n }), c.workerMessage.lastPayout(self, 5n), { gasName: 'worker last payout' });
    assert.ok(outcome.ok);
    assert.deepEqual(c.readWorker(outcome.data), { state: 2, tokens: 5n });
    assert.deepEqual(outcome.reserves, [TON / 100n]);
    assert.equal(outcome.out.length, 1);
    assertSent(outcome.out[0], {
        to: proxy, bounce: true, bodyInRef: true,
        body: c.workerRequest({ owner, state: 2, tokens: 5n, payload: c.workerPayout(0n, 0n, excess) }),
    });
    assert.equal(outcome.balanceAfter, TON / 100n);
});

test('Register notifies the proxy with one nanoTON and returns the change', async () => {
    const outcome = await receive(data({ tokens: 7n }), c.workerMessage.register(), { gasName: 'worker register' });
    assert.ok(outcome.ok && outcome.unchanged);
    assert.deepEqual(outcome.modes, [1, 130]);
    assert.equal(outcome.out.length, 2);
    assertSent(outcome.out[0], { to: proxy, value: 1n, bounce: true, bodyInRef: true, body: c.workerRequest({ owner, tokens: 7n }) });
    assertSent(outcome.out[1], { to: excess, bounce: false, bodyInRef: false, body: c.excesses() });
    assert.equal(outcome.balanceAfter, keep);
});

test('Empty, do-not-process and bounced messages are ignored', async () => {
    assertIgnored(await receive(data(), new Cell()));
    assertIgnored(await receive(data(), c.doNotProcess()));
    assertIgnored(await receive(data(), c.workerMessage.payout(self, 1n), { bounced: true }));
    assertIgnored(await receive(data({ state: 2 }), c.doNotProcess(), { value: 1_000_000_0n }));
});

test('Refusals come in the order format, signature, header, inner format, value, balance, address, params, counter, range', async () => {
    const payload = (contract, tokens, query) => c.signedPayload(c.SIGNED.workerPayout, contract, tokens, query);
    const message = (inner, options) => c.signed(c.SIGNED.workerPayout, inner, options);
    const poor = { value: TON / 10n, balance: 0n };
    const wrongAll = payload(stranger, 0n, 5n);
    const oldParams = { tokens: 10n, params: c.params({ structVersion: 2 }) };
    const wrongKey = { pair: c.otherKeys };
    // Each message has every defect the later checks look for, and one defect less than the line before.
    assertRefused(await receive(data(oldParams), c.trailingBit(message(wrongAll, wrongKey)), poor), 9);
    assertRefused(await receive(data(oldParams), c.trailingRef(message(wrongAll, wrongKey)), poor), 9);
    assertRefused(await receive(data(oldParams), message(wrongAll, wrongKey), poor), 1007);
    assertRefused(await receive(data(oldParams), message(c.trailingBit(wrongAll)), poor), 1005);
    assertRefused(await receive(data(oldParams), message(c.trailingBit(payload(stranger, 0n))), poor), 9);
    assertRefused(await receive(data(oldParams), message(payload(stranger, 0n)), poor), 1003);
    assertRefused(await receive(data(oldParams), message(payload(stranger, 0n)), { value: TON / 10n + 1n, balance: 0n }), 1001);
    assertRefused(await receive(data(oldParams), message(payload(stranger, 0n))), 1015);
    assertRefused(await receive(data(oldParams), message(payload(self, 10n))), 1008);
    assertRefused(await receive(data({ tokens: 10n }), message(payload(self, 10n))), 1000);
    assertRefused(await receive(data({ params: c.params({ price: 1n, workerFee: 2n }) }), message(payload(self, 10n))), 5);
    assertRefused(await receive(data({ params: c.params({ price: 1n << 100n }) }), message(payload(self, 1n << 60n))), 5);
});

test('A signed cell of another operation is refused', async () => {
    const payload = c.signedPayload(c.SIGNED.workerPayout, self, 5n);
    assertRefused(await receive(data(), c.signed(c.SIGNED.workerLastPayout, payload)), 1005);
});

test('Last payout accepts the same counter but no older one', async () => {
    assertRefused(await receive(data({ tokens: 5n }), c.workerMessage.lastPayout(self, 4n)), 1000);
});

test('Register refuses in the order value, balance, owner, format', async () => {
    const bad = c.trailingBit(c.workerMessage.register());
    assertRefused(await receive(data(), bad, { value: TON / 10n, from: stranger }), 1003);
    assertRefused(await receive(data(), bad, { value: TON / 10n + 1n, balance: 0n, from: stranger }), 1001);
    assertRefused(await receive(data(), bad, { from: stranger }), 1010);
    assertRefused(await receive(data(), bad), 9);
    assertRefused(await receive(data(), c.trailingRef(c.workerMessage.register())), 9);
});

test('A closed worker refuses everything, and format comes before', async () => {
    assertRefused(await receive(data({ state: 2 }), c.workerMessage.payout(self, 1n)), 1006);
    assertRefused(await receive(data({ state: 2 }), c.unknownOp()), 1006);
    assertRefused(await receive(data({ state: 2 }), beginCell().storeUint(1, 95).endCell()), 9);
});

test('Unknown and short messages are refused', async () => {
    assertRefused(await receive(data(), c.unknownOp()), 1012);
    assertRefused(await receive(data(), c.unknownOp(), { value: 20_000_000n }), 1012);
    assertRefused(await receive(data(), beginCell().storeUint(1, 31).endCell()), 9);
    assertRefused(await receive(data(), beginCell().storeUint(0x26ed7f65, 32).endCell()), 9);
});

test('The getter gives owner, proxy, key, state and tokens', async () => {
    await worker.chain.install(self, codes.worker, data({ tokens: 42n, state: 2 }), keep);
    const stack = await worker.chain.get(self, 'get_cocoon_worker_data');
    assert.ok(stack.readAddress().equals(owner) && stack.readAddress().equals(proxy));
    assert.equal(stack.readBigNumber(), c.key);
    assert.equal(stack.readNumber(), 2);
    assert.equal(stack.readNumber(), 42);
    assert.equal(stack.remaining, 0);
});

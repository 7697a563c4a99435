import { test } from 'node:test';
import assert from 'node:assert/strict';
import { beginCell, Cell } from '@ton/core';
import { Chain, Alone, NOW, codes, assertSent, assertRefused, assertIgnored } from './support/chain.mjs';
import * as c from './support/cells.mjs';

const { TON, address, proxyMessage: m } = c;
const owner = address(0x22);
const root = address(0x44);
const excess = address(0x66);
const stranger = address(0x99);
const channelOwner = address(0x11);
const params = (changes, given = codes) => c.params(changes, { worker: given.worker, client: given.client });
const data = (changes = {}) => c.proxyData({ owner, root, params: params(), ...changes });
const self = c.deployedAt(codes.proxy, data());
const worker = c.deployedAt(codes.worker, c.workerData({ owner: channelOwner, proxy: self, params: c.params() }));
const client = c.deployedAt(codes.client, c.clientData({ owner: channelOwner, proxy: self, params: c.params() }));
const keep = 20n * TON;
const rent = TON / 100n;
const proxy = new Alone(await Chain.create(), self, codes.proxy, { balance: keep, sender: owner });
const receive = (state, body, options = {}) => proxy.receive(state, body, { value: TON / 5n, ...options });
const rich = { balance: 3n * TON, stake: 5n * TON };

const stateCell = beginCell().storeUint(5, 7).endCell();
const fromWorker = payload => c.workerRequest({ owner: channelOwner, tokens: 5n, payload });
const fromClient = payload => c.clientRequest({ owner: channelOwner, state: stateCell, payload });

function assertState(outcome, after) {
    assert.ok(outcome.ok);
    assert.deepEqual(c.readProxy(outcome.data), { state: 0, unlock: 0, ...rich, ...after });
}

function assertExcess(outcome, index, to, query) {
    assertSent(outcome.out[index], { to, bounce: false, bodyInRef: false, body: c.excesses(query) });
}

function assertPaid(outcome, index, to, value, query) {
    assertSent(outcome.out[index], { to, value, bounce: false, bodyInRef: false, body: c.payout(query) });
}

test('The owner starts closing with a text', async () => {
    const outcome = await receive(data(rich), c.text('c'), { value: TON / 10n, gasName: 'proxy text c' });
    assertState(outcome, { state: 1, unlock: NOW + 86400 });
    assert.deepEqual(outcome.reserves, [keep]);
    assert.deepEqual(outcome.modes, [130]);
    assertExcess(outcome, 0, owner, 0n);
});

test('The owner takes his share with a text', async () => {
    const outcome = await receive(data(rich), c.text('w'), { gasName: 'proxy text w' });
    assertState(outcome, { balance: 0n });
    assert.deepEqual(outcome.reserves, [keep - 3n * TON]);
    assert.deepEqual(outcome.modes, [128]);
    assert.equal(outcome.out.length, 1);
    assertPaid(outcome, 0, owner, undefined, 0n);
    assert.ok(outcome.out[0].value > 3n * TON);
});

test('The owner starts closing with an order', async () => {
    const outcome = await receive(data(rich), m.close(), { gasName: 'proxy close' });
    assertState(outcome, { state: 1, unlock: NOW + 86400 });
    assert.deepEqual(outcome.reserves, [keep]);
    assertExcess(outcome, 0, excess);
});

test('Anyone holding the signature starts closing', async () => {
    const outcome = await receive(data(rich), m.signedClose(self), { from: stranger, gasName: 'proxy signed close' });
    assertState(outcome, { state: 1, unlock: NOW + 86400 });
    assertExcess(outcome, 0, excess);
});

test('Completing pays everything to the owner', async () => {
    const outcome = await receive(data({ ...rich, state: 1, unlock: NOW }), m.complete(self), { from: stranger, gasName: 'proxy complete' });
    assertState(outcome, { state: 2, balance: 0n, stake: 0n });
    assert.deepEqual(outcome.reserves, [rent]);
    assert.deepEqual(outcome.modes, [128]);
    assertPaid(outcome, 0, owner);
    assert.equal(outcome.balanceAfter, rent);
});

test('Anyone can have the share paid out to the owner', async () => {
    const outcome = await receive(data(rich), m.payOutShare(), { from: stranger, gasName: 'proxy share' });
    assertState(outcome, { balance: 0n });
    assert.deepEqual(outcome.reserves, [keep - 3n * TON]);
    assert.deepEqual(outcome.modes, [1, 130]);
    assertPaid(outcome, 0, owner, 3n * TON);
    assertExcess(outcome, 1, excess);
});

test('Anyone can raise the stake', async () => {
    const outcome = await receive(data(rich), m.increaseStake(TON), { value: TON + TON / 10n, from: stranger, gasName: 'proxy stake' });
    assertState(outcome, { stake: 6n * TON });
    assert.deepEqual(outcome.reserves, [keep + TON]);
    assertExcess(outcome, 0, excess);
});

test('A worker payout pays the worker and adds the rest to the share', async () => {
    for (const state of [0, 1]) {
        const outcome = await receive(data({ ...rich, state }), fromWorker(c.workerPayout(2n * TON, TON)), { from: worker, gasName: 'proxy worker payout' });
        assertState(outcome, { state, balance: 4n * TON });
        assert.deepEqual(outcome.reserves, [keep - 2n * TON]);
        assert.deepEqual(outcome.modes, [17, 130]);
        assertPaid(outcome, 0, channelOwner, 2n * TON);
        assertExcess(outcome, 1, excess);
    }
});

test('A top up stays in the proxy', async () => {
    for (const state of [0, 1]) {
        const outcome = await receive(data({ ...rich, state }), fromClient(c.clientPayload.topUp(TON)), { from: client, value: TON + TON / 10n, gasName: 'proxy top up' });
        assertState(outcome, { state });
        assert.deepEqual(outcome.reserves, [keep + TON]);
        assert.equal(outcome.out.length, 1);
        assertExcess(outcome, 0, excess);
    }
});

test('A top up of a closed proxy goes to the client owner', async () => {
    const outcome = await receive(data({ ...rich, state: 2 }), fromClient(c.clientPayload.topUp(TON)), { from: client, value: TON + TON / 10n });
    assertState(outcome, { state: 2 });
    assert.deepEqual(outcome.reserves, [keep]);
    assertSent(outcome.out[0], { to: channelOwner, bounce: false, bodyInRef: false, body: c.payout() });
    assert.ok(outcome.out[0].value > TON - TON / 1000n);
    assertExcess(outcome, 1, excess);
});

test('A register request changes nothing and keeps the value', async () => {
    const outcome = await receive(data(rich), fromClient(c.trailingBit(c.clientPayload.register(5n))), { from: client });
    assertIgnored(outcome);
    assert.ok(outcome.balanceAfter > keep);
});

test('A granted refund is paid to the client owner', async () => {
    for (const state of [0, 1]) {
        const outcome = await receive(data({ ...rich, state }), fromClient(c.clientPayload.granted(7n * TON)), { from: client, gasName: 'proxy refund granted' });
        assertState(outcome, { state });
        assert.deepEqual(outcome.reserves, [keep - 7n * TON]);
        assert.deepEqual(outcome.modes, [17, 130]);
        assertPaid(outcome, 0, channelOwner, 7n * TON);
        assertExcess(outcome, 1, excess);
    }
});

test('A forced refund is paid from the stake, at most all of it', async () => {
    const part = await receive(data(rich), fromClient(c.clientPayload.forced(2n * TON)), { from: client, gasName: 'proxy refund forced' });
    assertState(part, { stake: 3n * TON });
    assertPaid(part, 0, channelOwner, 2n * TON);
    assert.deepEqual(part.reserves, [keep - 2n * TON]);
    const all = await receive(data(rich), fromClient(c.clientPayload.forced(9n * TON)), { from: client });
    assertState(all, { stake: 0n });
    assertPaid(all, 0, channelOwner, 5n * TON);
    assertExcess(all, 1, excess);
});

test('Requests without payload are notifications from anyone', async () => {
    assertIgnored(await receive(data(), fromWorker(null), { from: stranger }));
    assertIgnored(await receive(data(), fromClient(null), { from: stranger }));
    assertIgnored(await receive(data({ state: 2 }), fromClient(null), { from: stranger }));
});

test('Empty, do-not-process and bounced messages are ignored', async () => {
    assertIgnored(await receive(data(), new Cell()));
    assertIgnored(await receive(data(), c.doNotProcess(), { gasName: 'proxy do not process' }));
    assertIgnored(await receive(data(), m.close(), { bounced: true }));
});

test('Texts refuse in the order format, letter, value, state, owner', async () => {
    const poor = { from: stranger, value: TON / 10n - 1n };
    for (const long of ['close', 'withdraw', 'ww', '']) {
        assertRefused(await receive(data({ state: 2 }), c.text(long), poor), 9);
    }
    assertRefused(await receive(data(), c.trailingRef(c.text('w')), poor), 9);
    assertRefused(await receive(data({ state: 2 }), c.text('x'), poor), 1013);
    assertRefused(await receive(data({ state: 2 }), c.text('w'), poor), 1003);
    assertRefused(await receive(data({ state: 1 }), c.text('c'), poor), 1003);
    assertRefused(await receive(data({ state: 2 }), c.text('w'), { from: stranger }), 1006);
    assertRefused(await receive(data({ state: 1 }), c.text('c'), { from: stranger }), 1006);
    assertRefused(await receive(data(), c.text('w'), { from: stranger }), 1010);
    assertRefused(await receive(data(), c.text('c'), { from: stranger }), 1010);
});

test('Close refuses in the order format, value, state, owner', async () => {
    const poor = { from: stranger, value: TON / 10n - 1n };
    assertRefused(await receive(data({ state: 1 }), c.trailingBit(m.close()), poor), 9);
    assertRefused(await receive(data({ state: 1 }), m.close(), poor), 1003);
    assertRefused(await receive(data({ state: 1 }), m.close(), { from: stranger }), 1006);
    assertRefused(await receive(data(), m.close(), { from: stranger }), 1010);
    assertRefused(await receive(data({ params: params({ structVersion: 2 }) }), m.close()), 1008);
});

for (const [name, op, wrongState, rightState] of [['close', c.SIGNED.close, 1, 0], ['complete', c.SIGNED.complete, 0, 1]]) {
    test(`Signed ${name} refuses in the order format, signature, header, inner format, value, state, address`, async () => {
        const poor = { value: TON / 10n - 1n };
        const wrong = data({ state: wrongState });
        const bad = c.signedPayload(op, stranger, undefined, 5n);
        const strange = c.signedPayload(op, stranger);
        assertRefused(await receive(wrong, c.trailingRef(c.signed(op, bad, { pair: c.otherKeys })), poor), 9);
        assertRefused(await receive(wrong, c.signed(op, bad, { pair: c.otherKeys }), poor), 1007);
        assertRefused(await receive(wrong, c.signed(op, c.trailingBit(bad)), poor), 1005);
        assertRefused(await receive(wrong, c.signed(op, c.trailingBit(strange)), poor), 9);
        assertRefused(await receive(wrong, c.signed(op, strange), poor), 1003);
        assertRefused(await receive(wrong, c.signed(op, strange)), 1006);
        assertRefused(await receive(data({ state: rightState }), c.signed(op, strange)), 1015);
        assertRefused(await receive(data({ state: 2 }), c.signed(op, strange)), 1006);
    });
}

test('Completing waits until the unlock time', async () => {
    assertRefused(await receive(data({ state: 1, unlock: NOW + 1 }), m.complete(self)), 1011);
});

test('Share and stake refuse in the order format, value, state', async () => {
    const closed = data({ state: 2 });
    for (const [body, amount] of [[m.payOutShare(), 0n], [m.increaseStake(TON), TON]]) {
        const poor = { value: amount + TON / 10n - 1n };
        assertRefused(await receive(closed, c.trailingBit(body), poor), 9);
        assertRefused(await receive(closed, body, poor), 1003);
        assertRefused(await receive(closed, body, { value: amount + TON }), 1006);
    }
    assertRefused(await receive(data({ balance: 30n * TON }), m.payOutShare()), 5);
    assertRefused(await receive(data({ balance: 30n * TON }), c.text('w')), 5);
});

const requests = {
    worker: [worker, fromWorker, c.workerPayout(TON, TON)],
    'granted refund': [client, fromClient, c.clientPayload.granted(TON)],
    'forced refund': [client, fromClient, c.clientPayload.forced(TON)],
};
for (const [name, [sender, wrap, payload]] of Object.entries(requests)) {
    test(`The request "${name}" refuses in the order format, params, sender, payload op, payload format, state, balance`, async () => {
        const unknown = beginCell().storeUint(0x1234567, 32).endCell();
        const old = data({ state: 2, params: params({ structVersion: 2 }) });
        assertRefused(await receive(old, c.trailingBit(wrap(unknown)), { from: stranger }), 9);
        assertRefused(await receive(old, c.trailingRef(wrap(null)), { from: stranger }), 9);
        assertRefused(await receive(old, wrap(unknown), { from: stranger }), 1008);
        assertRefused(await receive(data({ state: 2 }), wrap(unknown), { from: stranger }), 1014);
        assertRefused(await receive(data({ state: 2 }), wrap(unknown), { from: sender }), 1012);
        assertRefused(await receive(data({ state: 2 }), wrap(c.trailingBit(payload)), { from: sender }), 9);
        assertRefused(await receive(data({ state: 2 }), wrap(c.trailingRef(payload)), { from: sender }), 9);
        assertRefused(await receive(data({ state: 2 }), wrap(payload), { from: sender }), 1006);
        assertRefused(await receive(data({ stake: 5n * TON }), wrap(payload), { from: sender, balance: TON - 1n }), 5);
    });
}

test('A worker or client is a stranger to a proxy that has no code for it', async () => {
    assertRefused(await receive(data({ params: c.params() }), fromWorker(c.workerPayout(1n, 1n)), { from: worker }), 1014);
    assertRefused(await receive(data({ params: c.params() }), fromClient(c.clientPayload.topUp(1n)), { from: client }), 1014);
});

test('A worker or client of other params is a stranger', async () => {
    const other = data({ params: params({ price: 21n }) });
    assertRefused(await receive(other, fromWorker(c.workerPayout(1n, 1n)), { from: worker }), 1014);
    assertRefused(await receive(other, fromClient(c.clientPayload.topUp(1n)), { from: client }), 1014);
});

test('Unknown and short messages are refused', async () => {
    assertRefused(await receive(data(), c.unknownOp()), 1012);
    assertRefused(await receive(data(), beginCell().storeUint(1, 31).endCell()), 9);
    assertRefused(await receive(data(), beginCell().storeUint(0xb51d5a01, 32).storeUint(1, 63).endCell()), 9);
});

test('The getter gives the whole state', async () => {
    await proxy.chain.install(self, codes.proxy, data({ ...rich, state: 1, unlock: 5 }), keep);
    const stack = await proxy.chain.get(self, 'get_cocoon_proxy_data');
    assert.ok(stack.readAddress().equals(owner));
    assert.equal(stack.readBigNumber(), c.key);
    assert.ok(stack.readAddress().equals(root));
    const numbers = Array.from({ length: 9 }, () => stack.readBigNumber());
    assert.deepEqual(numbers, [1n, 3n * TON, 5n * TON, 5n, 20n, 18n, TON, 5n * TON / 2n, 7n]);
    assert.equal(stack.remaining, 0);
});

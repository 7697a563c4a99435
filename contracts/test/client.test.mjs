import { test } from 'node:test';
import assert from 'node:assert/strict';
import { beginCell, Cell } from '@ton/core';
import { Chain, Alone, NOW, codes, assertSent, assertRefused, assertIgnored } from './support/chain.mjs';
import * as c from './support/cells.mjs';

const { TON, address, clientMessage: m } = c;
const owner = address(0x11);
const proxy = address(0x77);
const excess = address(0x66);
const stranger = address(0x99);
const stake = 5n * TON / 2n;
const data = (changes = {}) => c.clientData({ owner, proxy, params: c.params(), ...changes });
const self = c.deployedAt(codes.client, data());
const keep = TON / 2n;
const client = new Alone(await Chain.create(), self, codes.client, { balance: keep, sender: owner });
const receive = (state, body, options = {}) => client.receive(state, body, { value: TON / 5n, ...options });
const before = { balance: 3n * TON, tokens: 100n, secret: 0xabcdn };

// What the client tells the proxy about itself: the state after the transaction.
const told = (changes, payload) => c.clientRequest({
    owner, payload,
    state: c.clientState({ stake, ...before, ...changes }),
});

function assertForwarded(outcome, after, payload, reserve = keep) {
    assert.ok(outcome.ok);
    assert.deepEqual(c.readClient(outcome.data), { state: 0, stake, unlock: 0, ...before, ...after });
    assert.deepEqual(outcome.reserves, [reserve]);
    assert.deepEqual(outcome.modes, [128]);
    assert.equal(outcome.out.length, 1);
    assertSent(outcome.out[0], { to: proxy, bounce: true, bodyInRef: true, body: told(withoutUnlock(after), payload) });
    assert.equal(outcome.balanceAfter, reserve);
}

function assertNotified(outcome, after, payload) {
    assert.ok(outcome.ok);
    assert.deepEqual(c.readClient(outcome.data), { state: 0, stake, unlock: 0, ...before, ...after });
    assert.deepEqual(outcome.reserves, [keep]);
    assert.deepEqual(outcome.modes, [1, 130]);
    assert.equal(outcome.out.length, 2);
    assertSent(outcome.out[0], { to: proxy, value: 1n, bounce: true, bodyInRef: true, body: told(withoutUnlock(after), payload) });
    assertSent(outcome.out[1], { to: excess, bounce: false, bodyInRef: false, body: c.excesses() });
}

const withoutUnlock = ({ unlock, ...rest }) => rest;

test('Top up by anyone credits the amount and forwards the TON', async () => {
    const outcome = await receive(data(before), m.topUp(TON), { value: TON + TON / 10n, from: stranger, gasName: 'client top up' });
    assertForwarded(outcome, { balance: 4n * TON }, c.clientPayload.topUp(TON));
    assert.ok(outcome.out[0].value > TON + TON / 12n);
});

test('Secret and top up sets both', async () => {
    const outcome = await receive(data(before), m.secretAndTopUp(TON, 5n), { value: 2n * TON, gasName: 'client secret and top up' });
    assertForwarded(outcome, { balance: 4n * TON, secret: 5n }, c.clientPayload.topUp(TON));
});

test('Register tells the proxy the nonce', async () => {
    assertNotified(await receive(data(before), m.register(0x4dn), { gasName: 'client register' }), {}, c.clientPayload.register(0x4dn));
});

test('Set secret changes the secret hash', async () => {
    assertNotified(await receive(data(before), m.setSecret(9n), { gasName: 'client secret' }), { secret: 9n });
});

test('Increase stake changes the stake', async () => {
    assertNotified(await receive(data(before), m.increaseStake(10n * TON), { gasName: 'client stake' }), { stake: 10n * TON });
});

test('Withdraw asks for all above the stake', async () => {
    const outcome = await receive(data(before), m.withdraw(), { gasName: 'client withdraw' });
    assertForwarded(outcome, { balance: stake }, c.clientPayload.granted(TON / 2n));
});

test('Refund starts closing and asks for all above the stake', async () => {
    const outcome = await receive(data(before), m.refund(), { gasName: 'client refund request' });
    assertForwarded(outcome, { state: 1, balance: stake, unlock: NOW + 43200 }, c.clientPayload.granted(TON / 2n));
});

test('Refund with nothing above the stake only starts closing', async () => {
    const outcome = await receive(data({ ...before, balance: stake }), m.refund(), { gasName: 'client refund request, no rest' });
    assertNotified(outcome, { state: 1, balance: stake, unlock: NOW + 43200 });
});

test('Refund after the delay forces the rest and leaves rent only', async () => {
    const outcome = await receive(data({ ...before, state: 1, unlock: NOW - 1 }), m.refund(), { gasName: 'client refund forced' });
    assertForwarded(outcome, { state: 2, balance: 0n, unlock: NOW - 1 }, c.clientPayload.forced(3n * TON), TON / 100n);
});

test('Charge takes price times tokens from the balance', async () => {
    const outcome = await receive(data(before), m.charge(self, 1_000_100n), { from: stranger, gasName: 'client charge' });
    assertNotified(outcome, { tokens: 1_000_100n, balance: 3n * TON - 20_000_000n });
});

test('Charge beyond the balance takes all and still advances the counter', async () => {
    assertNotified(await receive(data({ ...before, balance: 19n }), m.charge(self, 101n)), { tokens: 101n, balance: 0n });
    assertNotified(await receive(data({ ...before, balance: 20n }), m.charge(self, 101n)), { tokens: 101n, balance: 0n });
    assertNotified(await receive(data({ ...before, balance: 21n }), m.charge(self, 101n)), { tokens: 101n, balance: 1n });
});

test('Granted refund charges, then pays the rest and closes', async () => {
    const outcome = await receive(data(before), m.grant(self, 1_000_100n), { gasName: 'client grant refund' });
    assertForwarded(outcome, { state: 2, tokens: 1_000_100n, balance: 0n },
        c.clientPayload.granted(3n * TON - 20_000_000n), TON / 100n);
});

test('Granted refund works with the same counter, while closing, and again after a restored claim', async () => {
    for (const [state, unlock] of [[0, 0], [1, NOW + 5], [2, 0]]) {
        const outcome = await receive(data({ ...before, state, unlock }), m.grant(self, 100n));
        assertForwarded(outcome, { state: 2, balance: 0n }, c.clientPayload.granted(3n * TON), TON / 100n);
    }
});

test('A closing client still takes top up, secret, register, stake and charge', async () => {
    const closing = data({ ...before, state: 1, unlock: 77 });
    const after = { state: 1, unlock: 77 };
    assertForwarded(await receive(closing, m.topUp(TON), { value: 2n * TON }), { ...after, balance: 4n * TON }, c.clientPayload.topUp(TON));
    assertForwarded(await receive(closing, m.secretAndTopUp(TON, 1n), { value: 2n * TON }), { ...after, balance: 4n * TON, secret: 1n }, c.clientPayload.topUp(TON));
    assertNotified(await receive(closing, m.register(1n)), after, c.clientPayload.register(1n));
    assertNotified(await receive(closing, m.setSecret(1n)), { ...after, secret: 1n });
    assertNotified(await receive(closing, m.increaseStake(3n * TON)), { ...after, stake: 3n * TON });
    assertNotified(await receive(closing, m.charge(self, 101n)), { ...after, tokens: 101n, balance: 3n * TON - 20n });
});

test('Empty, do-not-process and bounced messages are ignored', async () => {
    assertIgnored(await receive(data(), new Cell()));
    assertIgnored(await receive(data(), c.doNotProcess()));
    assertIgnored(await receive(data(), m.topUp(1n), { bounced: true }));
});

const orders = {
    'top up': [m.topUp(0n)],
    'secret and top up': [m.secretAndTopUp(0n, 1n), 1010],
    register: [m.register(1n), 1010],
    secret: [m.setSecret(1n), 1010],
    stake: [m.increaseStake(9n * TON), 1010],
    withdraw: [m.withdraw(), 1009],
    refund: [m.refund(), 1009],
};
for (const [name, [body, notOwner]] of Object.entries(orders)) {
    test(`The order "${name}" refuses in the order format, state, value, balance, owner`, async () => {
        const closed = data({ ...before, state: 2 });
        const poor = { from: stranger, value: TON / 10n - 1n, balance: 0n };
        assertRefused(await receive(closed, c.trailingBit(body), poor), 9);
        assertRefused(await receive(closed, c.trailingRef(body), poor), 9);
        assertRefused(await receive(closed, c.cut(body), poor), 9);
        assertRefused(await receive(closed, body, poor), 1006);
        assertRefused(await receive(data(before), body, poor), 1003);
        assertRefused(await receive(data(before), body, { ...poor, value: TON / 10n }), 1001);
        if (notOwner) {
            assertRefused(await receive(data(before), body, { from: stranger }), notOwner);
        }
    });
}

test('Top up must bring the amount and the commission', async () => {
    assertRefused(await receive(data(), m.topUp(TON), { value: TON + TON / 10n - 1n }), 1003);
    assertRefused(await receive(data(), m.secretAndTopUp(TON, 1n), { value: TON + TON / 10n - 1n }), 1003);
    assertRefused(await receive(data(), m.topUp(TON), { value: TON + TON / 10n, balance: TON / 10n }), 1001);
});

test('The stake only grows', async () => {
    assertRefused(await receive(data(), m.increaseStake(stake)), 1003);
});

test('Withdraw needs an open client and a balance above the stake', async () => {
    assertRefused(await receive(data({ ...before, state: 1 }), m.withdraw()), 1006);
    assertRefused(await receive(data({ ...before, balance: stake }), m.withdraw()), 1001);
});

test('Forced refund waits until the unlock time has passed', async () => {
    assertRefused(await receive(data({ ...before, state: 1, unlock: NOW }), m.refund()), 1011);
});

for (const [name, op, message] of [['Charge', c.SIGNED.charge, m.charge], ['Grant', c.SIGNED.grant, m.grant]]) {
    test(`${name} refuses in the order format, signature, header, inner format, state, value, balance, counter, address, params`, async () => {
        const payload = (contract, tokens, query) => c.signedPayload(op, contract, tokens, query);
        const closed = data({ state: 2, tokens: 10n });
        const open = data({ ...before, tokens: 10n });
        const poor = { value: TON / 10n - 1n, balance: 0n };
        const bad = payload(stranger, 9n, 5n);
        assertRefused(await receive(closed, c.trailingBit(c.signed(op, bad, { pair: c.otherKeys })), poor), 9);
        assertRefused(await receive(closed, c.signed(op, bad, { pair: c.otherKeys }), poor), 1007);
        assertRefused(await receive(closed, c.signed(op, c.trailingBit(bad)), poor), 1005);
        assertRefused(await receive(closed, c.signed(op, c.trailingBit(payload(stranger, 9n))), poor), 9);
        assertRefused(await receive(closed, c.signed(op, payload(stranger, 9n)), poor), 1006);
        assertRefused(await receive(open, c.signed(op, payload(stranger, 9n)), poor), 1003);
        assertRefused(await receive(open, c.signed(op, payload(stranger, 9n)), { ...poor, value: TON / 10n }), 1001);
        assertRefused(await receive(open, c.signed(op, payload(stranger, 9n))), 1000);
        assertRefused(await receive(open, c.signed(op, payload(stranger, 11n))), 1015);
        assertRefused(await receive(data({ ...before, params: c.params({ structVersion: 2 }) }), message(self, 101n)), 1008);
    });
}

test('A charge for the same counter is refused', async () => {
    assertRefused(await receive(data(before), m.charge(self, 100n)), 1000);
});

test('A charge of a closed client is refused even when it has a restored claim', async () => {
    assertRefused(await receive(data({ ...before, state: 2 }), m.charge(self, 101n)), 1006);
});

test('Unknown and short messages are refused', async () => {
    assertRefused(await receive(data(), c.unknownOp()), 1012);
    assertRefused(await receive(data({ state: 2 }), c.unknownOp(), { value: 20_000_000n }), 1012);
    assertRefused(await receive(data(), beginCell().storeUint(1, 31).endCell()), 9);
    assertRefused(await receive(data(), beginCell().storeUint(0xda068e78, 32).storeUint(1, 63).endCell()), 9);
});

test('The getter gives the whole state', async () => {
    await client.chain.install(self, codes.client, data({ ...before, state: 1, unlock: 5 }), keep);
    const stack = await client.chain.get(self, 'get_cocoon_client_data');
    assert.ok(stack.readAddress().equals(owner) && stack.readAddress().equals(proxy));
    const numbers = Array.from({ length: 7 }, () => stack.readBigNumber());
    assert.deepEqual(numbers, [c.key, 1n, 3n * TON, stake, 100n, 5n, 0xabcdn]);
    assert.equal(stack.remaining, 0);
});

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { beginCell, Cell, internal, storeMessageRelaxed } from '@ton/core';
import { Chain, Alone, NOW, codes, assertSent, assertRefused, assertIgnored } from './support/chain.mjs';
import * as c from './support/cells.mjs';

const { TON, address } = c;
const owner = address(0x11);
const stranger = address(0x99);
const data = (changes = {}) => c.walletData({ owner, seqno: 5, subwallet: 3, ...changes });
const self = c.deployedAt(codes.wallet, data());
const wallet = new Alone(await Chain.create(), self, codes.wallet, { balance: 10n * TON, sender: owner });
const receive = (state, body, options = {}) => wallet.receive(state, body, { value: TON / 50n, ...options });

const transfer = (to, value, body) => beginCell().store(storeMessageRelaxed(internal({ to, value, body }))).endCell();
const part = (changes = {}) => c.walletPart({ subwallet: 3, validUntil: NOW + 60, seqno: 5, ...changes });

async function external(body, { state = data(), balance = 10n * TON, gasName } = {}) {
    await wallet.chain.install(self, codes.wallet, state, balance);
    const outcome = await wallet.chain.receiveExternal(self, body, gasName);
    outcome.data = await wallet.chain.data(self);
    outcome.unchanged = outcome.data.equals(state);
    return outcome;
}

async function assertExternalRefused(body, exitCode, options) {
    await assert.rejects(external(body, options), error => {
        assert.equal(error.exitCode, exitCode);
        return true;
    });
}

for (const count of [0, 1, 4]) {
    test(`A signed message sends ${count} messages and advances the seqno`, async () => {
        const messages = Array.from({ length: count }, (_, i) => ({ mode: 1, message: transfer(address(0x20 + i), TON / 10n, c.text('hello')) }));
        const outcome = await external(c.walletExternal(part({ messages })), { gasName: `wallet external, ${count} messages` });
        assert.ok(outcome.ok);
        assert.ok(outcome.data.equals(data({ seqno: 6 })));
        assert.equal(outcome.out.length, count);
        assert.deepEqual(outcome.modes, messages.map(() => 3));
        outcome.out.forEach((message, i) => {
            assert.ok(message.to.equals(address(0x20 + i)));
            assert.equal(message.value, TON / 10n);
            assert.ok(message.body.equals(c.text('hello')));
        });
    });
}

test('Bits after the last message are ignored', async () => {
    const messages = [{ mode: 1, message: transfer(stranger, TON) }];
    const outcome = await external(c.walletExternal(c.trailingBit(part({ messages }))));
    assert.ok(outcome.ok);
    assert.equal(outcome.out.length, 1);
});

test('A signed message is refused in the order expiry, block, seqno, subwallet, signature, balance', async () => {
    const poor = { balance: 2n * TON };
    const blocked = data({ status: 1 });
    const wrong = { seqno: 4, subwallet: 4 };
    await assertExternalRefused(c.walletExternal(part({ ...wrong, validUntil: NOW }), c.otherKeys), 1030, { state: blocked, ...poor });
    await assertExternalRefused(c.walletExternal(part(wrong), c.otherKeys), 1031, { state: blocked, ...poor });
    await assertExternalRefused(c.walletExternal(part(wrong), c.otherKeys), 1032, poor);
    await assertExternalRefused(c.walletExternal(part({ subwallet: 4 }), c.otherKeys), 1033, poor);
    await assertExternalRefused(c.walletExternal(part(), c.otherKeys), 1034, poor);
    await assertExternalRefused(c.walletExternal(part()), 1035, poor);
    await assertExternalRefused(beginCell().storeUint(1, 511).endCell(), 9);
    await assertExternalRefused(beginCell().storeBuffer(Buffer.alloc(64)).storeUint(1, 95).endCell(), 9);
});

test('Other status bits do not block', async () => {
    const outcome = await external(c.walletExternal(part()), { state: data({ status: 6 }) });
    assert.ok(outcome.ok);
    assert.ok(outcome.data.equals(data({ seqno: 6, status: 6 })));
});

test('Answers, do-not-process, empty and bounced messages are ignored from anyone', async () => {
    for (const body of [new Cell(), c.excesses(), c.payout(), c.doNotProcess(), c.trailingBit(c.excesses())]) {
        assertIgnored(await receive(data(), body, { from: stranger }));
    }
    assertIgnored(await receive(data(), c.text('w'), { bounced: true }));
});

test('The owner sends a message, also when blocked', async () => {
    for (const status of [0, 1]) {
        const outcome = await receive(data({ status }), c.trailingBit(c.walletSend(64, transfer(stranger, 0n, c.text('x')))), { gasName: 'wallet owner send' });
        assert.ok(outcome.ok && outcome.unchanged);
        assert.deepEqual(outcome.modes, [64]);
        assert.ok(outcome.out[0].to.equals(stranger));
    }
});

test('The owner withdraws all but the rent', async () => {
    const outcome = await receive(data(), c.text('w'), { gasName: 'wallet w' });
    assert.ok(outcome.ok && outcome.unchanged);
    assert.deepEqual(outcome.modes, [128]);
    assert.equal(outcome.out.length, 1);
    assertSent(outcome.out[0], { to: owner, bounce: true, bodyInRef: false, body: c.text('w') });
    assert.equal(outcome.balanceAfter, TON / 100n);
});

test('The owner blocks and unblocks external messages', async () => {
    const blocked = await receive(data({ status: 4 }), c.text('b'), { gasName: 'wallet b' });
    assert.ok(blocked.ok && blocked.data.equals(data({ status: 5 })));
    const unblocked = await receive(data({ status: 5 }), c.text('u'), { gasName: 'wallet u' });
    assert.ok(unblocked.ok && unblocked.data.equals(data({ status: 4 })));
});

test('Only the owner commands, and only with the known commands', async () => {
    assertRefused(await receive(data(), c.text('w'), { from: stranger }), 1040);
    assertRefused(await receive(data(), c.walletSend(64, transfer(stranger, 0n)), { from: stranger }), 1040);
    assertRefused(await receive(data(), c.unknownOp(), { from: stranger }), 1040);
    assertRefused(await receive(data(), c.unknownOp()), 1041);
    assertRefused(await receive(data(), c.text('x')), 1041);
    assertRefused(await receive(data(), beginCell().storeUint(1, 31).endCell(), { from: stranger }), 9);
});

test('A comment that begins with a command is no command', async () => {
    for (const comment of ['withdraw', 'bye', 'unknown', '']) {
        assertRefused(await receive(data(), c.text(comment)), 9);
    }
    assertRefused(await receive(data(), c.trailingRef(c.text('w'))), 9);
});

test('The getters give seqno, key and owner', async () => {
    await wallet.chain.install(self, codes.wallet, data(), TON);
    assert.equal((await wallet.chain.get(self, 'seqno')).readNumber(), 5);
    assert.equal((await wallet.chain.get(self, 'get_public_key')).readBigNumber(), c.key);
    assert.ok((await wallet.chain.get(self, 'get_owner_address')).readAddress().equals(owner));
});

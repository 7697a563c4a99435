// Known ways to lose money in these contracts' protocol, each tried on a whole network of contracts.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Address, ExternalAddress, beginCell, internal, storeMessageRelaxed } from '@ton/core';
import { Chain, NOW, codes } from './support/chain.mjs';
import * as c from './support/cells.mjs';

const { TON, address } = c;
const proxyOwner = address(0x22);
const workerOwner = address(0x11);
const clientOwner = address(0x12);
const stranger = address(0x99);
const proxyStart = c.proxyData({ owner: proxyOwner, root: address(0x44), params: c.params({}, { worker: codes.worker, client: codes.client }) });
const proxy = c.deployedAt(codes.proxy, proxyStart);
const workerStart = c.workerData({ owner: workerOwner, proxy, params: c.params() });
const worker = c.deployedAt(codes.worker, workerStart);
const clientStart = c.clientData({ owner: clientOwner, proxy, params: c.params() });
const client = c.deployedAt(codes.client, clientStart);
const million = 1_000_000n;

async function network({ proxyState = {}, proxyBalance = 20n * TON, workerState = {}, workerBalance = TON / 5n, clientState = {}, clientBalance = 4n * TON / 5n } = {}) {
    const chain = await Chain.create();
    const proxyParams = c.params({}, { worker: codes.worker, client: codes.client });
    if (proxyState) {
        await chain.install(proxy, codes.proxy, c.proxyData({ owner: proxyOwner, root: address(0x44), params: proxyParams, ...proxyState }), proxyBalance);
    }
    await chain.install(worker, codes.worker, c.workerData({ owner: workerOwner, proxy, params: c.params(), ...workerState }), workerBalance);
    await chain.install(client, codes.client, c.clientData({ owner: clientOwner, proxy, params: c.params(), ...clientState }), clientBalance);
    return chain;
}

const readClient = async chain => c.readClient(await chain.data(client));
const readWorker = async chain => c.readWorker(await chain.data(worker));

const badReceivers = {
    'in a workchain that does not exist': new Address(5, Buffer.alloc(32, 1)),
    'that is no address': null,
    'outside the chain': new ExternalAddress(5n, 8),
};

test('A client cannot drain a closing proxy by topping up and withdrawing (E1)', async () => {
    const chain = await network({ proxyState: { state: 1, unlock: NOW + 1000, stake: 60n * TON }, proxyBalance: 803n * TON / 10n, clientState: { balance: 5n * TON / 2n } });
    for (let round = 0; round < 4; round++) {
        await chain.deliver({ to: client, from: clientOwner, value: 21n * TON, body: c.clientMessage.topUp(20n * TON) });
        assert.ok(await chain.balance(proxy) > 1002n * TON / 10n, 'the proxy keeps what backs the credit');
        await chain.deliver({ to: client, from: clientOwner, value: TON, body: c.clientMessage.withdraw() });
        assert.ok(await chain.balance(proxy) > 802n * TON / 10n);
    }
    assert.equal((await readClient(chain)).balance, 5n * TON / 2n);
    assert.ok(await chain.balance(clientOwner) > 79n * TON);
});

test('Who relays a last payout gets no more than his own change (E2)', async () => {
    const chain = await network({ workerBalance: 3n * TON / 10n });
    await chain.deliver({ to: worker, from: stranger, value: TON / 5n, body: c.workerMessage.lastPayout(worker, million, { excess: stranger }) });
    assert.equal((await readWorker(chain)).state, 2);
    assert.ok(await chain.balance(stranger) < TON / 5n);
    assert.ok(await chain.balance(stranger) > TON / 6n);
    assert.ok(await chain.balance(workerOwner) > 28n * TON / 100n + 18n * million);
});

test('Who relays a grant of refund gets no more than his own change (E2)', async () => {
    const chain = await network({ clientState: { balance: TON }, proxyBalance: 20n * TON });
    await chain.deliver({ to: client, from: stranger, value: TON / 5n, body: c.clientMessage.grant(client, 0n, { excess: stranger }) });
    assert.equal((await readClient(chain)).state, 2);
    assert.ok(await chain.balance(stranger) < TON / 5n);
    assert.ok(await chain.balance(clientOwner) > TON + 78n * TON / 100n);
});

test('The owner who relays it himself gets everything through one answer, as ever', async () => {
    const chain = await network({ workerBalance: 3n * TON / 10n });
    const steps = await chain.deliver({ to: worker, from: workerOwner, value: TON / 5n, body: c.workerMessage.lastPayout(worker, million, { excess: workerOwner }) });
    assert.equal(steps[0].out.length, 1);
    assert.ok(await chain.balance(workerOwner) > 47n * TON / 100n);
});

for (const [name, excess] of Object.entries(badReceivers)) {
    test(`An excess receiver ${name} does not burn a worker's payout (E3)`, async () => {
        const chain = await network();
        await chain.deliver({ to: worker, from: stranger, value: TON / 5n, body: c.workerMessage.payout(worker, million, { excess }) });
        assert.equal((await readWorker(chain)).tokens, million);
        assert.equal(await chain.balance(workerOwner), 18n * million);
        assert.equal(c.readProxy(await chain.data(proxy)).balance, 2n * million);
    });

    test(`An excess receiver ${name} does not burn a client's granted refund (E15)`, async () => {
        const chain = await network({ clientState: { balance: 3n * TON } });
        await chain.deliver({ to: client, from: stranger, value: TON / 5n, body: c.clientMessage.grant(client, 0n, { excess }) });
        assert.equal((await readClient(chain)).state, 2);
        assert.ok(await chain.balance(clientOwner) > 3n * TON);
    });
}

test('A relay that brings too little gas for the proxy is refused by the worker (E13)', async () => {
    const chain = await network({ workerBalance: TON / 100n });
    const steps = await chain.deliver({ to: worker, from: stranger, value: 105n * TON / 1000n, body: c.workerMessage.payout(worker, million) });
    assert.equal(steps[0].exitCode, 1001);
    assert.equal((await readWorker(chain)).tokens, 0n);
});

test('The least relay the worker accepts is enough for the proxy (E13)', async () => {
    const chain = await network({ workerBalance: 11n * TON / 100n });
    const steps = await chain.deliver({ to: worker, from: stranger, value: TON / 10n + 1n, body: c.workerMessage.payout(worker, million) });
    assert.ok(steps[1].ok);
    assert.equal(await chain.balance(workerOwner), 18n * million);
});

test('A payout that a closed proxy refuses is undone in the worker (E6)', async () => {
    const chain = await network({ proxyState: { state: 2 }, workerState: { tokens: 7n } });
    const steps = await chain.deliver({ to: worker, from: stranger, value: TON / 5n, body: c.workerMessage.payout(worker, million) });
    assert.deepEqual(steps.map(step => step.exitCode), [0, 1006, 0]);
    assert.deepEqual(await readWorker(chain), { state: 0, tokens: 7n });
});

test('A last payout that the proxy cannot pay opens the worker again, and pays later (E6)', async () => {
    const chain = await network({ proxyBalance: TON / 100n, workerState: { tokens: 7n } });
    const message = { to: worker, from: stranger, value: TON / 5n, body: c.workerMessage.lastPayout(worker, million * 1000n) };
    const steps = await chain.deliver(message);
    assert.deepEqual([steps[0].exitCode, steps.find(step => step.account.equals(proxy)).exitCode], [0, 5]);
    assert.deepEqual(await readWorker(chain), { state: 0, tokens: 7n });

    await chain.deliver({ to: proxy, from: proxyOwner, value: 30n * TON, bounce: false });
    const earlier = await chain.balance(workerOwner);
    await chain.deliver(message);
    assert.deepEqual(await readWorker(chain), { state: 2, tokens: million * 1000n });
    assert.ok(await chain.balance(workerOwner) >= earlier + 18n * (million * 1000n - 7n));
});

test('A payout to an owner nobody can pay is undone', async () => {
    const nowhere = new Address(5, Buffer.alloc(32, 1));
    const start = c.workerData({ owner: nowhere, proxy, params: c.params() });
    const self = c.deployedAt(codes.worker, start);
    const chain = await network();
    await chain.install(self, codes.worker, start, TON / 5n);
    const steps = await chain.deliver({ to: self, from: stranger, value: TON / 5n, body: c.workerMessage.payout(self, million) });
    assert.equal(steps[1].actionCode, 36);
    assert.deepEqual(c.readWorker(await chain.data(self)), { state: 0, tokens: 0n });
});

test('A withdrawal the proxy cannot pay is undone and can be repeated (E16)', async () => {
    const chain = await network({ proxyBalance: TON, clientState: { balance: 10n * TON } });
    const message = { to: client, from: clientOwner, value: TON / 5n, body: c.clientMessage.withdraw() };
    const steps = await chain.deliver(message);
    assert.deepEqual(steps.slice(0, 3).map(step => step.exitCode), [0, 5, 0]);
    assert.equal((await readClient(chain)).balance, 10n * TON);

    await chain.deliver({ to: proxy, from: proxyOwner, value: 30n * TON, bounce: false });
    await chain.deliver(message);
    assert.equal((await readClient(chain)).balance, 5n * TON / 2n);
    assert.equal(await chain.balance(clientOwner), 75n * TON / 10n);
});

test('A refund request the proxy cannot pay keeps the claim and the unlock time (E16)', async () => {
    const chain = await network({ proxyBalance: TON, clientState: { balance: 10n * TON } });
    await chain.deliver({ to: client, from: clientOwner, value: TON / 5n, body: c.clientMessage.refund() });
    const { state, balance, unlock } = await readClient(chain);
    assert.deepEqual({ state, balance, unlock }, { state: 1, balance: 10n * TON, unlock: NOW + 43200 });
});

test('A forced refund the proxy cannot pay can be forced again (E16)', async () => {
    const chain = await network({ proxyBalance: TON, proxyState: { stake: 20n * TON }, clientState: { state: 1, unlock: NOW - 1, balance: 10n * TON } });
    const message = { to: client, from: clientOwner, value: TON / 5n, body: c.clientMessage.refund() };
    await chain.deliver(message);
    const { state, balance, unlock } = await readClient(chain);
    assert.deepEqual({ state, balance, unlock }, { state: 1, balance: 10n * TON, unlock: NOW - 1 });

    await chain.deliver({ to: proxy, from: proxyOwner, value: 30n * TON, bounce: false });
    await chain.deliver(message);
    assert.equal((await readClient(chain)).state, 2);
    assert.equal(await chain.balance(clientOwner), 10n * TON);
});

test('A granted refund the proxy cannot pay is granted again with the same signature (E16)', async () => {
    const chain = await network({ proxyBalance: TON, clientState: { balance: 10n * TON } });
    const message = { to: client, from: stranger, value: TON / 5n, body: c.clientMessage.grant(client, 50n) };
    await chain.deliver(message);
    const restored = await readClient(chain);
    assert.equal(restored.balance, 10n * TON - 1000n);

    await chain.deliver({ to: proxy, from: proxyOwner, value: 30n * TON, bounce: false });
    await chain.deliver(message);
    assert.equal((await readClient(chain)).balance, 0n);
    assert.ok(await chain.balance(clientOwner) >= 10n * TON - 1000n);
    const third = await chain.deliver(message);
    assert.equal(third[0].exitCode, 1006);
});

test('A client closed by force keeps rent only (10)', async () => {
    const chain = await network({ proxyState: { stake: 10n * TON }, clientState: { state: 1, unlock: NOW - 1, balance: TON } });
    await chain.deliver({ to: client, from: clientOwner, value: TON / 5n, body: c.clientMessage.refund(clientOwner) });
    assert.equal(await chain.balance(client), TON / 100n);
    assert.ok(await chain.balance(clientOwner) > TON + 95n * TON / 100n);
});

test('A top up of a proxy that does not exist goes back to the payer (24)', async () => {
    const chain = await network({ proxyState: null, clientState: { balance: TON } });
    await chain.deliver({ to: client, from: stranger, value: 3n * TON, body: c.clientMessage.topUp(2n * TON, stranger) });
    assert.equal((await readClient(chain)).balance, TON);
    assert.ok(await chain.balance(stranger) > 29n * TON / 10n);
    assert.equal(await chain.balance(client), 4n * TON / 5n);
});

test('Only the proxy the request was sent to can bounce it', async () => {
    const chain = await network({ workerState: { tokens: million, state: 2 } });
    const original = c.workerRequest({ owner: workerOwner, state: 2, tokens: million, payload: c.workerPayout(18n * million, 2n * million) });
    const info = beginCell().storeCoins(1n).storeMaybeRef(null).storeUint(0, 64).storeUint(0, 32).endCell();
    const bounce = beginCell().storeUint(0xfffffffe, 32).storeRef(original).storeRef(info).storeUint(1, 8).storeInt(1006, 32).storeBit(0).endCell();
    const forged = { to: worker, value: TON / 5n, bounced: true, bounce: false, body: bounce };
    await chain.receive({ ...forged, from: stranger });
    assert.deepEqual(await readWorker(chain), { state: 2, tokens: million });
    await chain.receive({ ...forged, from: proxy });
    assert.deepEqual(await readWorker(chain), { state: 0, tokens: 0n });
});

test('Bounces without the whole body, or of another message, change nothing', async () => {
    const chain = await network({ workerState: { tokens: million }, clientState: { balance: TON } });
    const bodies = [
        beginCell().storeUint(0xffffffff, 32).storeUint(0x4d725d2c, 32).endCell(),
        beginCell().storeUint(1, 31).endCell(),
        beginCell().endCell(),
    ];
    for (const body of bodies) {
        for (const to of [worker, client]) {
            const outcome = await chain.receive({ to, from: proxy, value: TON / 5n, bounced: true, bounce: false, body });
            assert.equal(outcome.exitCode, 0);
        }
    }
    assert.equal((await readWorker(chain)).tokens, million);
    assert.equal((await readClient(chain)).balance, TON);
});

const walletOwner = address(0x11);
const walletStart = c.walletData({ owner: walletOwner });
const wallet = c.deployedAt(codes.wallet, walletStart);
const outgoing = (to, value) => beginCell().store(storeMessageRelaxed(internal({ to, value, bounce: false }))).endCell();

for (const [name, bad] of Object.entries({
    'more TON than there are': { mode: 0, message: outgoing(stranger, 50n * TON) },
    'a cell that is no message': { mode: 0, message: beginCell().storeUint(5, 8).endCell() },
    'a receiver that does not exist': { mode: 1, message: outgoing(new Address(5, Buffer.alloc(32, 1)), TON) },
    'an unknown mode': { mode: 0x1c, message: outgoing(new Address(5, Buffer.alloc(32, 1)), TON) },
    'a mode for answers': { mode: 64, message: outgoing(new Address(5, Buffer.alloc(32, 1)), TON) },
    'two modes at odds': { mode: 64 + 128, message: outgoing(new Address(5, Buffer.alloc(32, 1)), TON) },
})) {
    test(`A wallet message with ${name} cannot be replayed (18)`, async () => {
        const chain = await Chain.create();
        await chain.install(wallet, codes.wallet, walletStart, 10n * TON);
        const body = c.walletExternal(c.walletPart({ validUntil: NOW + 60, seqno: 0, messages: [{ mode: 1, message: outgoing(address(0x20), TON) }, bad] }));
        await chain.deliverExternal(wallet, body);
        assert.equal(c.readWallet(await chain.data(wallet)).seqno, 1);
        assert.equal(await chain.balance(address(0x20)), TON);
        await assert.rejects(chain.deliverExternal(wallet, body), error => error.exitCode === 1032);
    });
}

test('A wallet message that breaks off in the middle is used up all the same (18)', async () => {
    const chain = await Chain.create();
    await chain.install(wallet, codes.wallet, walletStart, 10n * TON);
    const cutOff = beginCell().storeUint(0, 32).storeUint(NOW + 60, 32).storeUint(0, 32).storeUint(0, 7).storeRef(outgoing(stranger, TON)).endCell();
    const steps = await chain.deliverExternal(wallet, c.walletExternal(cutOff));
    assert.equal(steps[0].exitCode, 9);
    assert.equal(c.readWallet(await chain.data(wallet)).seqno, 1);
    assert.equal(await chain.balance(stranger), 0n);
});

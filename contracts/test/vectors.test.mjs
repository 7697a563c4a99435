// Cells whose bits and hashes do not depend on any contract's code.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { beginCell, internal, storeMessageRelaxed } from '@ton/core';
import * as c from './support/cells.mjs';
import vectors from './vectors.json' with { type: 'json' };

const { TON, address } = c;
const dummy = value => beginCell().storeUint(value, 8).endCell();
const dummies = { worker: dummy(1), client: dummy(2), proxy: dummy(3), root: dummy(4), wallet: dummy(5) };
const owner = address(0x11);

const bare = c.params();
const withTwo = c.params({}, { worker: dummies.worker, client: dummies.client });
const withThree = c.params({}, dummies);
const proxyData = c.proxyData({ owner: address(0x22), root: address(0x44), params: withTwo });
const proxy = c.deployedAt(dummies.proxy, proxyData);
const workerData = c.workerData({ owner, proxy, params: bare });
const worker = c.deployedAt(dummies.worker, workerData);
const clientData = c.clientData({ owner, proxy, params: bare });
const client = c.deployedAt(dummies.client, clientData);
const rootData = c.rootData({ owner: address(0x33), params: withThree });
const walletData = c.walletData({ owner });
const transfer = beginCell().store(storeMessageRelaxed(internal({ to: owner, value: TON / 10n }))).endCell();
const walletPart = c.walletPart({ validUntil: 1_900_000_000, seqno: 5, messages: [{ mode: 1, message: transfer }] });
const payloads = {
    'worker payout payload': c.signedPayload(c.SIGNED.workerPayout, worker, 1_000_000n),
    'client charge payload': c.signedPayload(c.SIGNED.charge, client, 1_000_000n),
    'proxy close payload': c.signedPayload(c.SIGNED.close, proxy),
    'wallet external, part that is signed': walletPart,
};
const state = c.clientState({ state: 1, balance: 9n * TON, stake: 5n * TON / 2n, tokens: 1_000_000n, secret: 0xabcdn });
const workerPayout = c.workerPayout(18_000_000n, 2_000_000n);

const cells = {
    'params, no code': bare,
    'params, worker+client code': withTwo,
    'params, all three': withThree,
    'proxy initial data': proxyData,
    'worker initial data': workerData,
    'client initial data': clientData,
    'client const cell': c.clientConstants({ owner, proxy }),
    'wallet initial data': walletData,
    'root inner data, empty': c.emptyLists(),
    'root initial data (empty inner)': rootData,
    ...payloads,
    'worker payout outer': c.signed(c.SIGNED.workerPayout, payloads['worker payout payload']),
    'worker to proxy payout inner': workerPayout,
    'worker to proxy, outer with payload': c.workerRequest({ owner, tokens: 1_000_000n, payload: workerPayout }),
    'client state cell': state,
    'client to proxy register payload': c.clientPayload.register(77n),
    'client to proxy, outer (register)': c.clientRequest({ owner, state, payload: c.clientPayload.register(77n) }),
    'client top up': c.clientMessage.topUp(10n * TON),
    'client secret + top up': c.clientMessage.secretAndTopUp(10n * TON, 0xabcdn),
    'client increase stake': c.clientMessage.increaseStake(10n * TON),
    'root register proxy "1.2.3.4:1000"': c.rootMessage.registerProxy('1.2.3.4:1000'),
    'root change params': c.rootMessage.changeParams({ ...c.defaultParams }),
    'wallet external, whole body': c.walletExternal(walletPart),
};

for (const { name, bits, refs, data, hash } of vectors.cells) {
    test(`The cell "${name}" has the known bits and hash`, () => {
        const cell = cells[name];
        assert.equal(cell.bits.length, bits);
        assert.equal(cell.refs.length, refs);
        assert.equal(cell.bits.toString(), data);
        assert.equal(cell.hash().toString('hex'), hash);
    });
}

for (const [name, expected] of Object.entries(vectors.signatures)) {
    test(`The signature of "${name}" is the known one`, () => {
        assert.equal(c.signature(payloads[name]).toString('hex'), expected);
    });
}

const addresses = {
    root: c.deployedAt(dummies.root, rootData), proxy, worker, client,
    wallet: c.deployedAt(dummies.wallet, walletData),
};
for (const [name, expected] of Object.entries(vectors.addresses)) {
    test(`The ${name} has the known address`, () => {
        assert.equal(addresses[name].toRawString(), expected);
    });
}

test('Every cell has a vector, and every vector a cell', () => {
    assert.deepEqual(Object.keys(cells).sort(), vectors.cells.map(vector => vector.name).sort());
    assert.equal(c.keys.publicKey.toString('hex'), vectors.publicKey);
});

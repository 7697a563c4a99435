import { test } from 'node:test';
import assert from 'node:assert/strict';
import { beginCell, Cell } from '@ton/core';
import { Chain, Alone, codes, assertSent, assertRefused, assertIgnored } from './support/chain.mjs';
import * as c from './support/cells.mjs';

const { TON, address, rootMessage: m } = c;
const owner = address(0x33);
const stranger = address(0x99);
const three = { proxy: codes.proxy, worker: codes.worker, client: codes.client };
const params = (changes, given = three) => c.params(changes, given);
const data = (changes = {}) => c.rootData({ owner, version: 9, params: params(), ...changes });
const filled = { proxyHashes: [1n, 2n], proxies: { 1: '1.2.3.4:1000', 3: 'a:1 b:2' }, seqno: 3, workerHashes: [4n], modelHashes: [5n] };
const self = c.deployedAt(codes.root, data());
const keep = TON / 2n;
const root = new Alone(await Chain.create(), self, codes.root, { balance: keep, sender: owner });
const receive = (state, body, options = {}) => root.receive(state, body, { value: TON / 50n, ...options });
const code = value => beginCell().storeUint(value, 8).endCell();

function assertAnswered(outcome) {
    assert.ok(outcome.ok);
    assert.deepEqual(outcome.reserves, [keep]);
    assert.deepEqual(outcome.modes, [130]);
    assert.equal(outcome.out.length, 1);
    assertSent(outcome.out[0], { to: owner, bounce: false, bodyInRef: false, body: c.excesses() });
    assert.equal(outcome.balanceAfter, keep);
}

async function assertLists(body, changes, gasName, start = filled) {
    const outcome = await receive(data({ lists: c.lists(start) }), body, { gasName });
    assertAnswered(outcome);
    assert.ok(outcome.data.equals(data({ version: 10, lists: c.lists({ ...start, ...changes }) })), 'new lists');
}

test('Hashes are added to and deleted from their own lists', async () => {
    await assertLists(m.addProxyHash(7n), { proxyHashes: [1n, 2n, 7n] }, 'root add proxy hash');
    await assertLists(m.addWorkerHash(7n), { workerHashes: [4n, 7n] }, 'root add worker hash');
    await assertLists(m.addModelHash(7n), { modelHashes: [5n, 7n] }, 'root add model hash');
    await assertLists(m.deleteProxyHash(1n), { proxyHashes: [2n] }, 'root delete proxy hash');
    await assertLists(m.deleteWorkerHash(4n), { workerHashes: [] }, 'root delete worker hash');
    await assertLists(m.deleteModelHash(5n), { modelHashes: [] }, 'root delete model hash');
});

test('Adding a known hash and deleting an unknown one change nothing but the version', async () => {
    await assertLists(m.addWorkerHash(4n), {});
    await assertLists(m.deleteWorkerHash(8n), {});
    await assertLists(m.unregisterProxy(8), {});
});

test('Proxies are registered under the next seqno, updated and unregistered', async () => {
    await assertLists(m.registerProxy('9.9.9.9:1'), { seqno: 4, proxies: { ...filled.proxies, 4: '9.9.9.9:1' } }, 'root register');
    await assertLists(m.updateProxy(3, 'c:3'), { proxies: { ...filled.proxies, 3: 'c:3' } }, 'root update');
    await assertLists(m.unregisterProxy(1), { proxies: { 3: 'a:1 b:2' } }, 'root unregister');
});

test('The longest endpoint that fits a message is stored', async () => {
    const longest = 'x'.repeat(114);
    await assertLists(m.registerProxy(longest), { seqno: 1, proxies: { 1: longest } }, undefined, { proxies: {}, seqno: 0 });
    await assertLists(m.updateProxy(1, 'y'.repeat(110)), { proxies: { 1: 'y'.repeat(110) } }, undefined, { proxies: { 1: 'z' }, seqno: 1 });
    await assertLists(m.registerProxy(''), { seqno: 1, proxies: { 1: '' } }, undefined, { proxies: {}, seqno: 0 });
});

test('Reset empties the lists and keeps the last seqno', async () => {
    await assertLists(m.reset(), { proxyHashes: [], proxies: {}, workerHashes: [], modelHashes: [] }, 'root reset');
});

test('Price changes make a new params version', async () => {
    const outcome = await receive(data(), m.changePrices(40n, 40n), { gasName: 'root prices' });
    assertAnswered(outcome);
    assert.ok(outcome.data.equals(data({ version: 10, params: params({ version: 8, price: 40n, workerFee: 40n }) })));
});

test('Params changes make a new params version', async () => {
    const changed = { price: 50n, workerFee: 1n, proxyDelay: 3, clientDelay: 4, minProxyStake: 5n, minClientStake: 6n };
    const outcome = await receive(data(), m.changeParams(changed), { gasName: 'root params' });
    assertAnswered(outcome);
    assert.ok(outcome.data.equals(data({ version: 10, params: params({ version: 8, ...changed }) })));
});

test('Codes are replaced together', async () => {
    const replaced = { proxy: code(1), worker: code(2), client: code(3) };
    for (const before of [three, {}]) {
        const outcome = await receive(data({ params: params({}, before) }), m.replaceCodes(code(1), code(2), code(3)), { gasName: 'root codes' });
        assertAnswered(outcome);
        assert.ok(outcome.data.equals(data({ version: 10, params: params({ version: 8 }, replaced) })));
    }
});

test('Replacing the root code leaves the data and returns the change', async () => {
    const outcome = await receive(data(), m.replaceRootCode(codes.wallet), { gasName: 'root replace code' });
    assertAnswered(outcome);
    assert.ok(outcome.unchanged);
    assert.ok((await root.chain.code(self)).equals(codes.wallet));
});

test('Replacing data and code sets both as they are', async () => {
    const outcome = await receive(data(), m.replaceRoot(code(9), codes.wallet), { gasName: 'root replace all' });
    assertAnswered(outcome);
    assert.ok(outcome.data.equals(code(9)));
    assert.ok((await root.chain.code(self)).equals(codes.wallet));
});

test('The owner hands the root over', async () => {
    const outcome = await receive(data(), m.changeOwner(stranger), { gasName: 'root owner' });
    assertAnswered(outcome);
    assert.ok(outcome.data.equals(c.rootData({ owner: stranger, version: 10, params: params() })));
});

test('Empty, do-not-process and bounced messages are ignored', async () => {
    assertIgnored(await receive(data(), new Cell()));
    assertIgnored(await receive(data(), c.doNotProcess(), { from: stranger }));
    assertIgnored(await receive(data(), m.reset(), { bounced: true }));
});

const all = {
    'add worker hash': m.addWorkerHash(1n), 'delete worker hash': m.deleteWorkerHash(1n),
    'add model hash': m.addModelHash(1n), 'delete model hash': m.deleteModelHash(1n),
    'add proxy hash': m.addProxyHash(1n), 'delete proxy hash': m.deleteProxyHash(1n),
    register: m.registerProxy('a:1'), unregister: m.unregisterProxy(1), update: m.updateProxy(1, 'a:1'),
    prices: m.changePrices(2n, 1n), params: m.changeParams({ ...c.defaultParams }),
    codes: m.replaceCodes(code(1), code(2), code(3)), 'root code': m.replaceRootCode(code(1)), reset: m.reset(),
    'data and code': m.replaceRoot(code(1), code(2)), owner: m.changeOwner(stranger),
};
for (const [name, body] of Object.entries(all)) {
    test(`The order "${name}" is for the owner only and has an exact format`, async () => {
        const state = data({ lists: c.lists(filled) });
        assertRefused(await receive(state, c.trailingBit(body), { from: stranger }), 1010);
        assertRefused(await receive(state, c.trailingBit(body)), 9);
        assertRefused(await receive(state, c.trailingRef(body)), 9);
    });
}

test('Query id, owner and op are looked at in this order', async () => {
    assertRefused(await receive(data(), beginCell().storeUint(0x12345678, 32).storeUint(1, 63).endCell(), { from: stranger }), 9);
    assertRefused(await receive(data(), c.unknownOp(), { from: stranger }), 1010);
    assertRefused(await receive(data(), c.unknownOp()), 1012);
    assertRefused(await receive(data(), beginCell().storeUint(1, 31).endCell()), 9);
});

test('Endpoints of another type or a wrong length are refused', async () => {
    const typed = builder => builder.storeUint(1, 1).storeUint(1, 7).storeUint(65, 8);
    const short = builder => builder.storeUint(0, 1).storeUint(2, 7).storeUint(65, 8);
    assertRefused(await receive(data(), m.registerRaw(typed)), 1004);
    assertRefused(await receive(data(), m.registerRaw(short)), 9);
    const update = (...parts) => c.cell(b => b.storeUint(0x9c7924ba, 32).storeUint(c.QUERY, 64).storeUint(7, 32), ...parts);
    assertRefused(await receive(data(), update(typed)), 1004);
    assertRefused(await receive(data(), update(short)), 9);
    assertRefused(await receive(data(), m.updateProxy(7, 'a:1')), 2000);
});

test('Params of another layout are not touched', async () => {
    const old = data({ params: params({ structVersion: 2 }) });
    assertRefused(await receive(old, m.changePrices(2n, 1n)), 1008);
    assertRefused(await receive(old, m.changeParams({ ...c.defaultParams })), 1008);
    assertRefused(await receive(old, m.replaceCodes(code(1), code(2), code(3))), 1008);
});

test('A worker fee above the price is refused', async () => {
    assertRefused(await receive(data(), m.changePrices(2n, 3n)), 1016);
    assertRefused(await receive(data(), m.changeParams({ ...c.defaultParams, price: 2n, workerFee: 3n })), 1016);
});

test('The root cannot be given to nobody', async () => {
    assertRefused(await receive(data(), m.changeOwner(null)), 9);
});

test('The getters give the registry', async () => {
    await root.chain.install(self, codes.root, data({ lists: c.lists(filled) }), keep);
    assert.equal((await root.chain.get(self, 'last_proxy_seqno')).readNumber(), 3);

    const cocoon = await root.chain.get(self, 'get_cocoon_data');
    assert.deepEqual(Array.from({ length: 9 }, () => cocoon.readBigNumber()), [9n, 3n, 7n, 17n, 1n, 20n, 18n, TON, 5n * TON / 2n]);
    assert.ok(cocoon.readAddress().equals(owner));
    assert.equal(cocoon.remaining, 0);

    const hash = cell => BigInt('0x' + cell.hash().toString('hex'));
    const current = await root.chain.get(self, 'get_cur_params');
    assert.deepEqual(Array.from({ length: 14 }, () => current.readBigNumber()), [
        7n, 17n, 1n, 20n, 18n, 2500n, 40000n, 86400n, 43200n, TON, 5n * TON / 2n,
        hash(codes.proxy), hash(codes.worker), hash(codes.client)]);
    assert.equal(current.remaining, 0);

    const has = async (method, value) => (await root.chain.get(self, method, { type: 'int', value })).readBigNumber();
    assert.equal(await has('proxy_hash_is_valid', 2n), -1n);
    assert.equal(await has('proxy_hash_is_valid', 4n), 0n);
    assert.equal(await has('worker_hash_is_valid', 4n), -1n);
    assert.equal(await has('worker_hash_is_valid', 5n), 0n);
    assert.equal(await has('model_hash_is_valid', 5n), -1n);
    assert.equal(await has('model_hash_is_valid', 1n), 0n);
});

test('Absent codes have the hash zero', async () => {
    await root.chain.install(self, codes.root, data({ params: params({}, {}) }), keep);
    const current = await root.chain.get(self, 'get_cur_params');
    assert.deepEqual(Array.from({ length: 14 }, () => current.readBigNumber()).slice(11), [0n, 0n, 0n]);
});

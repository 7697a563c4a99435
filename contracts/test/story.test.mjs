// The life of a small network, from the deployment of its root to the close of its proxy, with messages only.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { beginCell, internal, storeMessageRelaxed } from '@ton/core';
import { Chain, codes } from './support/chain.mjs';
import * as c from './support/cells.mjs';

const { TON, address } = c;

test('A network is deployed, used, paid and closed', async () => {
    const chain = await Chain.create();
    const rootOwner = address(0x33);
    const [workerUser, clientUser] = [address(0x11), address(0x12)];
    const proxyUser = (await chain.blockchain.treasury('proxy user')).address;

    // Root
    const rootInit = { code: codes.root, data: c.rootData({ owner: rootOwner, params: c.params({ version: 0 }, codes) }) };
    const root = c.deployedAt(rootInit.code, rootInit.data);
    await chain.deliver({ to: root, from: rootOwner, value: TON / 20n, init: rootInit, bounce: false });
    const order = (body, name) => chain.deliver({ to: root, from: rootOwner, value: TON / 50n, body, gasNames: [name] });
    await order(c.rootMessage.addProxyHash(1n), 'root add hash, empty list');
    await order(c.rootMessage.registerProxy('1.2.3.4:1000'), 'root register, empty list');
    await order(c.rootMessage.changePrices(20n, 18n), 'root prices');
    const registry = c.readRoot(await chain.data(root));
    assert.equal(registry.lists.lastProxySeqno, 1);
    assert.equal(registry.params.version, 1);

    // The proxy's wallet and the proxy, with the codes the root gives
    const { codes: given, ...terms } = registry.params;
    const walletInit = { code: codes.wallet, data: c.walletData({ owner: proxyUser }) };
    const wallet = c.deployedAt(walletInit.code, walletInit.data);
    await chain.deliver({ to: wallet, from: proxyUser, value: 20n * TON, bounce: false });
    let seqno = 0;
    const fromWallet = (message, names) => {
        const part = c.walletPart({ validUntil: chain.now + 3600, seqno, messages: [{ mode: 0, message: beginCell().store(storeMessageRelaxed(message)).endCell() }] });
        return chain.deliverExternal(wallet, c.walletExternal(part), seqno++ === 0 ? walletInit : undefined, names);
    };
    const proxyInit = { code: given.proxy, data: c.proxyData({ owner: wallet, root, params: c.params(terms, { worker: given.worker, client: given.client }) }) };
    const proxy = c.deployedAt(proxyInit.code, proxyInit.data);
    await fromWallet(internal({ to: proxy, value: 3n * TON / 10n, init: proxyInit, bounce: false }), ['wallet external']);
    await fromWallet(internal({ to: proxy, value: 6n * TON, body: c.proxyMessage.increaseStake(5n * TON, wallet) }), [undefined, 'proxy stake']);
    assert.deepEqual(c.readProxy(await chain.data(proxy)), { state: 0, balance: 0n, stake: 5n * TON, unlock: 0 });

    // A worker and a client
    const workerInit = { code: given.worker, data: c.workerData({ owner: workerUser, proxy, params: c.params(terms) }) };
    const worker = c.deployedAt(workerInit.code, workerInit.data);
    await chain.deliver({ to: worker, from: workerUser, value: 3n * TON / 10n, init: workerInit, bounce: false });
    const clientInit = { code: given.client, data: c.clientData({ owner: clientUser, proxy, params: c.params(terms) }) };
    const client = c.deployedAt(clientInit.code, clientInit.data);
    await chain.deliver({ to: client, from: clientUser, value: 8n * TON / 10n, init: clientInit, bounce: false });
    const register = await chain.deliver({ to: client, from: clientUser, value: TON / 5n, body: c.clientMessage.register(99n), gasNames: ['client register'] });
    assert.equal(register[1].exitCode, 'no-gas', 'a notification runs nothing');
    await chain.deliver({ to: client, from: clientUser, value: 11n * TON, body: c.clientMessage.topUp(10n * TON, clientUser), gasNames: ['client top up', 'proxy top up'] });
    assert.equal(c.readClient(await chain.data(client)).balance, 10n * TON);
    assert.ok(await chain.balance(proxy) > 15n * TON);

    // A hundred million tokens are used, charged and earned
    const used = 100_000_000n;
    await fromWallet(internal({ to: client, value: TON / 5n, body: c.clientMessage.charge(client, used, { excess: wallet }) }), [undefined, 'client charge']);
    assert.equal(c.readClient(await chain.data(client)).balance, 8n * TON);
    await chain.deliver({ to: worker, from: workerUser, value: TON / 5n, body: c.workerMessage.payout(worker, used, { excess: address(0x55) }), gasNames: ['worker payout', 'proxy worker payout'] });
    assert.equal(await chain.balance(workerUser), 18n * used);
    assert.equal(c.readProxy(await chain.data(proxy)).balance, 2n * used);

    // The proxy takes its share
    const before = await chain.balance(wallet);
    await fromWallet(internal({ to: proxy, value: TON / 5n, body: c.proxyMessage.payOutShare(wallet) }), [undefined, 'proxy share']);
    const gained = await chain.balance(wallet) - before;
    assert.ok(gained > 18n * TON / 100n && gained < 2n * used, `the share less some fees: ${gained}`);
    assert.equal(c.readProxy(await chain.data(proxy)).balance, 0n);

    // Client and worker leave
    await fromWallet(internal({ to: client, value: TON / 5n, body: c.clientMessage.grant(client, used, { excess: wallet }) }), [undefined, 'client grant refund, not by its owner', undefined, 'proxy refund granted']);
    assert.equal(c.readClient(await chain.data(client)).state, 2);
    assert.ok(await chain.balance(clientUser) > 9n * TON + TON / 2n);
    await chain.deliver({ to: worker, from: workerUser, value: TON / 5n, body: c.workerMessage.lastPayout(worker, used + 5n, { excess: workerUser }), gasNames: ['worker last payout', 'proxy worker payout'] });
    assert.deepEqual(c.readWorker(await chain.data(worker)), { state: 2, tokens: used + 5n });

    // The proxy closes
    await fromWallet(internal({ to: proxy, value: TON / 5n, body: c.proxyMessage.signedClose(proxy, { excess: wallet }) }), [undefined, 'proxy signed close']);
    assert.equal(c.readProxy(await chain.data(proxy)).unlock, chain.now + terms.proxyDelay);
    chain.now += terms.proxyDelay;
    await fromWallet(internal({ to: proxy, value: TON / 5n, body: c.proxyMessage.complete(proxy, { excess: wallet }) }), [undefined, 'proxy complete']);
    assert.deepEqual(c.readProxy(await chain.data(proxy)), { state: 2, balance: 0n, stake: 0n, unlock: 0 });
    assert.equal(await chain.balance(proxy), TON / 100n);

    // And the human behind the wallet takes it all home
    const earlier = await chain.balance(proxyUser);
    await chain.deliver({ to: wallet, from: proxyUser, value: TON / 20n, body: c.text('w'), gasNames: ['wallet w'] });
    assert.equal(await chain.balance(wallet), TON / 100n);
    assert.ok(await chain.balance(proxyUser) - earlier > 19n * TON, 'stake, share and change');
});

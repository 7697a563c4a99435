// One contract, or a whole network of them, in the transaction emulator.
import { readFileSync } from 'node:fs';
import { after } from 'node:test';
import assert from 'node:assert/strict';
import { Blockchain, createShardAccount } from '@ton/sandbox';
import { Cell, Dictionary, beginCell, external, internal, storeAccountStorage, storeMessage } from '@ton/core';

export const NOW = 1_800_000_000;

const load = name => Cell.fromBoc(readFileSync(new URL(`../../build/Cocoon${name}.boc`, import.meta.url)))[0];
export const codes = { root: load('Root'), proxy: load('Proxy'), client: load('Client'), worker: load('Worker'), wallet: load('Wallet') };

const gas = new Map();
after(() => {
    if (gas.size > 0) {
        console.log([...gas].map(([name, used]) => `gas ${name.padEnd(40)} ${String(used).padStart(6)}`).join('\n'));
    }
});

export class Chain {
    static async create() {
        const chain = new Chain();
        chain.blockchain = await Blockchain.create({ config: 'slim' });
        chain.blockchain.now = NOW;
        return chain;
    }

    get now() {
        return this.blockchain.now;
    }

    set now(value) {
        this.blockchain.now = value;
    }

    async install(address, code, data, balance) {
        const account = createShardAccount({ address, code, data, balance });
        account.account.storageStats.used = size(beginCell().store(storeAccountStorage(account.account.storage)).endCell());
        await this.blockchain.setShardAccount(address, account);
    }

    async balance(address) {
        return (await this.blockchain.getContract(address)).balance;
    }

    async data(address) {
        return (await this.blockchain.getContract(address)).accountState.state.data;
    }

    async code(address) {
        return (await this.blockchain.getContract(address)).accountState.state.code;
    }

    async get(address, method, ...args) {
        return (await this.blockchain.runGetMethod(address, method, args)).stackReader;
    }

    // Runs one message in one contract; what it sends goes nowhere. `gasName` puts a successful run into the table.
    async receive({ to, from, value, body = new Cell(), bounce = true, bounced = false, gasName }) {
        const message = internal({ to, value, body, bounce });
        message.info.src = from;
        message.info.bounced = bounced;
        return this.#run(to, message, gasName);
    }

    async receiveExternal(to, body, gasName) {
        return this.#run(to, external({ to, body }), gasName);
    }

    async #run(to, message, gasName) {
        const contract = await this.blockchain.getContract(to);
        const outcome = describe(await contract.receiveMessage(message));
        if (gasName && outcome.exitCode === 0) {
            gas.set(gasName, outcome.gas);
        }
        return outcome;
    }

    // Runs a message and everything that follows from it.
    async deliver({ to, from, value, body = new Cell(), bounce = true, init, gasNames = [] }) {
        const message = internal({ to, value, body, bounce, init });
        message.info.src = from;
        return this.#follow(await this.blockchain.sendMessage(message), gasNames);
    }

    async deliverExternal(to, body, init, gasNames = []) {
        return this.#follow(await this.blockchain.sendMessage(external({ to, body, init })), gasNames);
    }

    #follow({ transactions }, gasNames) {
        const steps = transactions.map(describe);
        gasNames.forEach((name, i) => name && gas.set(name, steps[i].gas));
        return steps;
    }
}

// The emulator trusts these numbers while the state does not change.
function size(root) {
    const seen = new Map();
    const visit = cell => {
        const hash = cell.hash().toString('hex');
        if (!seen.has(hash)) {
            seen.set(hash, cell.bits.length);
            cell.refs.forEach(visit);
        }
    };
    visit(root);
    return { cells: BigInt(seen.size), bits: BigInt([...seen.values()].reduce((a, b) => a + b, 0)) };
}

function describe(tx) {
    const { computePhase, actionPhase, bouncePhase } = tx.description;
    const skipped = computePhase.type === 'skipped';
    const raw = rawMessages(tx);
    const sends = (tx.outActions ?? []).filter(action => action.type === 'sendMsg');
    return {
        account: tx.inMessage.info.dest,
        exitCode: skipped ? computePhase.reason : computePhase.exitCode,
        actionCode: actionPhase?.resultCode,
        ok: !skipped && computePhase.success && (actionPhase?.success ?? false),
        bouncedBack: bouncePhase?.type === 'ok',
        gas: skipped ? 0 : Number(computePhase.gasUsed),
        reserves: (tx.outActions ?? []).filter(action => action.type === 'reserve').map(action => action.currency.coins),
        modes: sends.map(action => action.mode),
        tx,
        out: tx.outMessages.values().map((message, i) => ({
            to: message.info.dest,
            value: message.info.value.coins,
            bounce: message.info.bounce,
            bounced: message.info.bounced,
            body: message.body,
            op: message.body.bits.length >= 32 ? message.body.beginParse().preloadUint(32) : undefined,
            bodyInRef: raw[i].refs.some(child => child.equals(message.body)),
        })),
    };
}

function rawMessages(tx) {
    const io = tx.raw.refs[0].beginParse();
    io.loadMaybeRef();
    return io.loadDict(Dictionary.Keys.Uint(15), Dictionary.Values.Cell()).values();
}

export function assertSent(message, { to, body, value, bounce, bodyInRef }) {
    assert.equal(message.to.toString(), to.toString(), 'receiver');
    assert.equal(message.body.toString(), body.toString(), 'body');
    assert.equal(message.bounce, bounce, 'bounce flag');
    assert.equal(message.bodyInRef, bodyInRef, 'body placed in a ref');
    if (value !== undefined) {
        assert.equal(message.value, value, 'value');
    }
}

// A contract alone: the tests of one contract share these.
export class Alone {
    constructor(chain, address, code, { balance, sender }) {
        Object.assign(this, { chain, address, code, balance, sender });
    }

    // Puts the contract into the given state and lets it receive one message.
    async receive(data, body, { from = this.sender, value, balance = this.balance, gasName, bounced } = {}) {
        await this.chain.install(this.address, this.code, data, balance);
        const outcome = await this.chain.receive({ to: this.address, from, value, body, gasName, bounced });
        outcome.data = await this.chain.data(this.address);
        outcome.unchanged = outcome.data.equals(data);
        outcome.balanceAfter = await this.chain.balance(this.address);
        return outcome;
    }
}

export function assertRefused(outcome, exitCode) {
    assert.equal(outcome.exitCode, exitCode);
    assert.ok(outcome.unchanged, 'storage must not change');
    assert.ok(outcome.out.every(message => message.bounced), 'nothing but the bounce may leave');
}

export function assertIgnored(outcome) {
    assert.equal(outcome.exitCode, 0);
    assert.ok(outcome.unchanged, 'storage must not change');
    assert.equal(outcome.out.length, 0);
}

export const messageCell = message => beginCell().store(storeMessage(message)).endCell();

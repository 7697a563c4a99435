// Encoders of everything the contracts store and exchange.
import { Address, beginCell, Dictionary, contractAddress } from '@ton/core';
import { keyPairFromSeed, sign } from '@ton/crypto';

export const TON = 1_000_000_000n;
export const QUERY = 0x1122334455667788n;

export const address = byte => new Address(0, Buffer.alloc(32, byte));
export const keys = keyPairFromSeed(Buffer.from('00'.repeat(31) + '01', 'hex'));
export const otherKeys = keyPairFromSeed(Buffer.from('00'.repeat(31) + '02', 'hex'));
export const key = BigInt('0x' + keys.publicKey.toString('hex'));

const uint = (value, bits) => builder => builder.storeUint(value, bits);
const coins = value => builder => builder.storeCoins(value);
const addr = value => builder => builder.storeAddress(value);
const ref = value => builder => builder.storeRef(value);
const maybeRef = value => builder => builder.storeMaybeRef(value);
export const cell = (...parts) => parts.reduce((builder, part) => part(builder), beginCell()).endCell();

export const defaultParams = {
    structVersion: 3, version: 7, uniqueId: 17, isTest: 1, price: 20n, workerFee: 18n,
    prompt: 10000, cached: 2500, completion: 30000, reasoning: 40000,
    proxyDelay: 86400, clientDelay: 43200, minProxyStake: 1n * TON, minClientStake: 5n * TON / 2n,
};

export function params(changes = {}, codes = {}) {
    const p = { ...defaultParams, ...changes };
    return cell(
        uint(p.structVersion, 8), uint(p.version, 32), uint(p.uniqueId, 32), uint(p.isTest, 1),
        coins(p.price), coins(p.workerFee),
        uint(p.prompt, 32), uint(p.cached, 32), uint(p.completion, 32), uint(p.reasoning, 32),
        uint(p.proxyDelay, 32), uint(p.clientDelay, 32), coins(p.minProxyStake), coins(p.minClientStake),
        maybeRef(codes.proxy), maybeRef(codes.worker), maybeRef(codes.client));
}

export function readParams(source) {
    const s = source.beginParse();
    return {
        structVersion: s.loadUint(8), version: s.loadUint(32), uniqueId: s.loadUint(32), isTest: s.loadUint(1),
        price: s.loadCoins(), workerFee: s.loadCoins(),
        prompt: s.loadUint(32), cached: s.loadUint(32), completion: s.loadUint(32), reasoning: s.loadUint(32),
        proxyDelay: s.loadUint(32), clientDelay: s.loadUint(32), minProxyStake: s.loadCoins(), minClientStake: s.loadCoins(),
        codes: { proxy: s.loadMaybeRef(), worker: s.loadMaybeRef(), client: s.loadMaybeRef() },
    };
}

// ---- storage

const emptyValue = { serialize() { }, parse: () => true };
const endpointValue = { serialize: (value, builder) => builder.storeSlice(value.beginParse()), parse: slice => slice.asCell() };
const hashSet = () => Dictionary.empty(Dictionary.Keys.BigUint(256), emptyValue);

export const emptyLists = () => cell(uint(0, 2), uint(0, 32), uint(0, 2));

export function readLists(source) {
    const s = source.beginParse();
    const hashes = () => s.loadDict(Dictionary.Keys.BigUint(256), emptyValue);
    const lists = { proxyHashes: hashes(), proxies: s.loadDict(Dictionary.Keys.Uint(32), endpointValue), lastProxySeqno: s.loadUint(32), workerHashes: hashes(), modelHashes: hashes() };
    s.endParse();
    return lists;
}

export const lists = ({ proxyHashes = [], proxies = {}, seqno = 0, workerHashes = [], modelHashes = [] }) => {
    const set = values => values.reduce((d, v) => d.set(v, true), hashSet());
    const endpoints = Dictionary.empty(Dictionary.Keys.Uint(32), endpointValue);
    for (const [k, v] of Object.entries(proxies)) {
        endpoints.set(Number(k), endpoint(v));
    }
    return beginCell().storeDict(set(proxyHashes)).storeDict(endpoints).storeUint(seqno, 32)
        .storeDict(set(workerHashes)).storeDict(set(modelHashes)).endCell();
};

export const rootData = ({ owner, version = 0, lists: l = emptyLists(), params: p }) =>
    cell(addr(owner), uint(version, 32), ref(l), ref(p));

export function readRoot(source) {
    const s = source.beginParse();
    const root = { owner: s.loadAddress(), version: s.loadUint(32), lists: readLists(s.loadRef()), params: readParams(s.loadRef()) };
    s.endParse();
    return root;
}

export const proxyData = ({ owner, publicKey = key, root, state = 0, balance = 0n, stake = 0n, unlock = 0, params: p }) =>
    cell(addr(owner), uint(publicKey, 256), addr(root), uint(state, 2), coins(balance), coins(stake), uint(unlock, 32), ref(p));

export function readProxy(source) {
    const s = source.beginParse();
    s.loadAddress();
    s.loadUintBig(256);
    s.loadAddress();
    const proxy = { state: s.loadUint(2), balance: s.loadCoins(), stake: s.loadCoins(), unlock: s.loadUint(32) };
    s.loadRef();
    s.endParse();
    return proxy;
}

export const workerData = ({ owner, proxy, publicKey = key, state = 0, tokens = 0n, params: p }) =>
    cell(addr(owner), addr(proxy), uint(publicKey, 256), uint(state, 2), uint(tokens, 64), ref(p));

export function readWorker(source) {
    const s = source.beginParse();
    s.loadAddress();
    s.loadAddress();
    s.loadUintBig(256);
    const worker = { state: s.loadUint(2), tokens: s.loadUintBig(64) };
    s.loadRef();
    s.endParse();
    return worker;
}

export const clientConstants = ({ owner, proxy, publicKey = key }) => cell(addr(owner), addr(proxy), uint(publicKey, 256));

export const clientData = ({ state = 0, balance = 0n, stake = defaultParams.minClientStake, tokens = 0n, unlock = 0, secret = 0n, params: p, ...constants }) =>
    cell(uint(state, 2), coins(balance), coins(stake), uint(tokens, 64), uint(unlock, 32), uint(secret, 256), ref(clientConstants(constants)), ref(p));

export function readClient(source) {
    const s = source.beginParse();
    const client = { state: s.loadUint(2), balance: s.loadCoins(), stake: s.loadCoins(), tokens: s.loadUintBig(64), unlock: s.loadUint(32), secret: s.loadUintBig(256) };
    s.loadRef();
    s.loadRef();
    s.endParse();
    return client;
}

export const walletData = ({ seqno = 0, subwallet = 0, publicKey = key, status = 0, owner }) =>
    cell(uint(seqno, 32), uint(subwallet, 32), uint(publicKey, 256), uint(status, 32), addr(owner));

export function readWallet(source) {
    const s = source.beginParse();
    const wallet = { seqno: s.loadUint(32), subwallet: s.loadUint(32), key: s.loadUintBig(256), status: s.loadUint(32), owner: s.loadAddress() };
    s.endParse();
    return wallet;
}

export const deployedAt = (code, data) => contractAddress(0, { code, data });

// ---- messages

export const OPS = {
    excesses: 0x2565934c, payout: 0xc59a7cd3, doNotProcess: 0x9a1247c0,
    workerRequest: 0x4d725d2c, clientRequest: 0x65448ff4,
};

const plain = (op, ...parts) => cell(uint(op, 32), uint(QUERY, 64), ...parts);

export const doNotProcess = () => plain(0x9a1247c0, uint(7, 3));
export const unknownOp = () => plain(0x12345678);
export const text = letters => beginCell().storeUint(0, 32).storeStringTail(letters).endCell();
export const endpoint = value => cell(uint(0, 1), uint(value.length, 7), builder => builder.storeBuffer(Buffer.from(value)));

export const rootMessage = {
    addWorkerHash: hash => plain(0xe34b1c60, uint(hash, 256)),
    deleteWorkerHash: hash => plain(0x8d94a79a, uint(hash, 256)),
    addModelHash: hash => plain(0xc146134d, uint(hash, 256)),
    deleteModelHash: hash => plain(0x92b11c18, uint(hash, 256)),
    addProxyHash: hash => plain(0x71860e80, uint(hash, 256)),
    deleteProxyHash: hash => plain(0x3c41d0b2, uint(hash, 256)),
    registerProxy: value => plain(0x927c7cb5, builder => builder.storeSlice(endpoint(value).beginParse())),
    registerRaw: (...parts) => plain(0x927c7cb5, ...parts),
    unregisterProxy: seqno => plain(0x6d49eaf2, uint(seqno, 32)),
    updateProxy: (seqno, value) => plain(0x9c7924ba, uint(seqno, 32), builder => builder.storeSlice(endpoint(value).beginParse())),
    changePrices: (price, fee) => plain(0xc52ed8d4, coins(price), coins(fee)),
    changeParams: p => plain(0x022fa189, coins(p.price), coins(p.workerFee), uint(p.proxyDelay, 32), uint(p.clientDelay, 32), coins(p.minProxyStake), coins(p.minClientStake)),
    replaceCodes: (proxy, worker, client) => plain(0xa2370f61, ref(proxy), ref(worker), ref(client)),
    replaceRootCode: code => plain(0x11aefd51, ref(code)),
    reset: () => plain(0x563c1d96),
    replaceRoot: (data, code) => plain(0x4f7c5789, ref(data), ref(code)),
    changeOwner: owner => plain(0xc4a1ae54, addr(owner)),
};

export const signature = (payload, pair = keys) => sign(payload.hash(), pair.secretKey);

export const signedPayload = (op, contract, tokens, query = QUERY) => tokens === undefined
    ? cell(uint(op, 32), uint(query, 64), addr(contract))
    : cell(uint(op, 32), uint(query, 64), uint(tokens, 64), addr(contract));

export const signed = (op, payload, { excess = address(0x66), pair = keys, query = QUERY } = {}) =>
    cell(uint(op, 32), uint(query, 64), addr(excess), builder => builder.storeBuffer(signature(payload, pair)), ref(payload));

export const SIGNED = { workerPayout: 0xa040ad28, workerLastPayout: 0xf5f26a36, charge: 0xbb63ff93, grant: 0xefd711e1, close: 0x636a4391, complete: 0xe511abc7 };

export const workerMessage = {
    payout: (worker, tokens, options) => signed(SIGNED.workerPayout, signedPayload(SIGNED.workerPayout, worker, tokens), options),
    lastPayout: (worker, tokens, options) => signed(SIGNED.workerLastPayout, signedPayload(SIGNED.workerLastPayout, worker, tokens), options),
    register: (excess = address(0x66)) => plain(0x26ed7f65, addr(excess)),
};

export const clientMessage = {
    topUp: (amount, excess = address(0x66)) => plain(0xf172e6c2, coins(amount), addr(excess)),
    secretAndTopUp: (amount, secret, excess = address(0x66)) => plain(0x8473b408, coins(amount), uint(secret, 256), addr(excess)),
    register: (nonce, excess = address(0x66)) => plain(0xc45f9f3b, uint(nonce, 64), addr(excess)),
    setSecret: (secret, excess = address(0x66)) => plain(0xa9357034, uint(secret, 256), addr(excess)),
    increaseStake: (stake, excess = address(0x66)) => plain(0x6a1f6a60, coins(stake), addr(excess)),
    withdraw: (excess = address(0x66)) => plain(0xda068e78, addr(excess)),
    refund: (excess = address(0x66)) => plain(0xfafa6cc1, addr(excess)),
    charge: (client, tokens, options) => signed(SIGNED.charge, signedPayload(SIGNED.charge, client, tokens), options),
    grant: (client, tokens, options) => signed(SIGNED.grant, signedPayload(SIGNED.grant, client, tokens), options),
};

export const proxyMessage = {
    close: (excess = address(0x66)) => plain(0xb51d5a01, addr(excess)),
    signedClose: (proxy, options) => signed(SIGNED.close, signedPayload(SIGNED.close, proxy), options),
    complete: (proxy, options) => signed(SIGNED.complete, signedPayload(SIGNED.complete, proxy), options),
    payOutShare: (excess = address(0x66)) => plain(0x7610e6eb, addr(excess)),
    increaseStake: (amount, excess = address(0x66)) => plain(0x9713f187, coins(amount), addr(excess)),
};

export const workerRequest = ({ owner, state = 0, tokens, payload = null }) =>
    plain(OPS.workerRequest, addr(owner), uint(state, 2), uint(tokens, 64), maybeRef(payload));
export const workerPayout = (workerPart, proxyPart, excess = address(0x66)) =>
    cell(uint(0x08e7d036, 32), coins(workerPart), coins(proxyPart), addr(excess));

export const clientState = ({ state = 0, balance, stake, tokens, secret = 0n }) =>
    cell(uint(state, 2), coins(balance), coins(stake), uint(tokens, 64), uint(secret, 256));
export const clientRequest = ({ owner, state, payload = null }) => plain(OPS.clientRequest, addr(owner), ref(state), maybeRef(payload));
const transfer = op => (amount, excess = address(0x66)) => cell(uint(op, 32), coins(amount), addr(excess));
export const clientPayload = {
    topUp: transfer(0x5cfc6b87),
    granted: transfer(0xc68ebc7b),
    forced: transfer(0xf4c354c9),
    register: nonce => cell(uint(0xa35cb580, 32), uint(nonce, 64)),
};

export const excesses = (query = QUERY) => cell(uint(OPS.excesses, 32), uint(query, 64));
export const payout = (query = QUERY) => cell(uint(OPS.payout, 32), uint(query, 64));

export const walletPart = ({ subwallet = 0, validUntil, seqno, messages = [] }) =>
    messages.reduce((builder, { mode, message }) => builder.storeUint(mode, 8).storeRef(message),
        beginCell().storeUint(subwallet, 32).storeUint(validUntil, 32).storeUint(seqno, 32)).endCell();
export const walletExternal = (part, pair = keys) =>
    beginCell().storeBuffer(signature(part, pair)).storeSlice(part.beginParse()).endCell();
export const walletSend = (mode, message) => plain(0x9c69f376, uint(mode, 8), ref(message));

// The same body with one bit, or one ref, too many.
export const trailingBit = body => beginCell().storeSlice(body.beginParse()).storeBit(1).endCell();
export const trailingRef = body => beginCell().storeSlice(body.beginParse()).storeRef(beginCell().endCell()).endCell();
export const cut = body => beginCell().storeBits(body.beginParse().loadBits(body.bits.length - 1)).endCell();

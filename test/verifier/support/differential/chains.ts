import { explicit, fromHex, integer, oid, sequence, tlv } from '../der-write.ts';
import { newKey, type TestKey } from '../keys.ts';
import { issue, issueCrl, nameOf, type CertificateOptions, type Extension, type Holder } from '../x509.ts';

/** A chain under the common root, with names of its own, so that hundreds may be verified in one call. */
export type Chain = {
  readonly id: string;
  /** what was done to it, in words */
  readonly changes: readonly string[];
  readonly leaf: Uint8Array;
  readonly cas: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
};

type Draft = {
  readonly cas: Partial<CertificateOptions>[];
  leaf: Partial<CertificateOptions>;
  revoked: number;
};

/** A random number below n. */
export type Random = (n: number) => number;

/** mulberry32: small, seeded, the same everywhere */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

const ENDED = '2025-12-31T23:59:59Z';
const BEGINS = '2026-01-01T00:00:01Z';
const ascii = (text: string) => new TextEncoder().encode(text);
const host = (text: string) => tlv(0x82, ascii(text));
const email = (text: string) => tlv(0x81, ascii(text));
const address = (digits: string) => tlv(0x87, fromHex(digits));
const san = (...names: Uint8Array[]): Extension => ['2.5.29.17', false, sequence(...names)];
const permits = (...names: Uint8Array[]): Extension => [
  '2.5.29.30',
  true,
  sequence(explicit(0, ...names.map((name) => sequence(name)))),
];
const excludes = (...names: Uint8Array[]): Extension => [
  '2.5.29.30',
  true,
  sequence(explicit(1, ...names.map((name) => sequence(name)))),
];
const policies = (...oids: string[]): Extension => [
  '2.5.29.32',
  false,
  sequence(...oids.map((one) => sequence(oid(one)))),
];
const critical: Extension = ['1.2.3.4', true, fromHex('0500')];
const stranger = newKey('p256');
const weak = newKey('rsa-1024');
const koblitz = newKey('k256');

const add = (to: Partial<CertificateOptions>, ...extensions: Extension[]): Partial<CertificateOptions> => {
  const types = new Set(extensions.map(([type]) => type));
  return {
    ...to,
    extensions: [...(to.extensions ?? []).filter(([type]) => !types.has(type)), ...extensions],
  };
};
type Change = (draft: Draft, at: number) => void;
const onLeaf =
  (change: Partial<CertificateOptions>): Change =>
  (draft) => {
    draft.leaf = { ...draft.leaf, ...change };
  };
const onCa =
  (change: Partial<CertificateOptions>): Change =>
  (draft, at) => {
    draft.cas[at] = { ...draft.cas[at], ...change };
  };
const leafWith =
  (...extensions: Extension[]): Change =>
  (draft) => {
    draft.leaf = add(draft.leaf, ...extensions);
  };
const caWith =
  (...extensions: Extension[]): Change =>
  (draft, at) => {
    draft.cas[at] = add(draft.cas[at] ?? {}, ...extensions);
  };
const both =
  (...changes: Change[]): Change =>
  (draft, at) => {
    for (const change of changes) change(draft, at);
  };

const changes: Readonly<Record<string, Change>> = {
  nothing: () => undefined,
  'leaf ended': onLeaf({ to: ENDED }),
  'leaf not begun': onLeaf({ from: BEGINS }),
  'leaf with a critical extension': leafWith(critical),
  'leaf signed with another key': onLeaf({ signedBy: stranger }),
  'leaf signed with SHA-1': onLeaf({ signature: 'rsa-sha1', signedBy: weak }),
  'leaf with a short key': onLeaf({ key: weak }),
  'leaf with a key on another curve': onLeaf({ key: koblitz }),
  'leaf that is a CA': onLeaf({ ca: true }),
  'leaf without key usage': onLeaf({ keyUsage: null }),
  'leaf with critical purposes': leafWith(['2.5.29.37', true, sequence(oid('1.3.6.1.5.5.7.3.4'))]),
  'leaf with constraints on names': leafWith(permits(host('a.vn'))),
  'leaf with a policy': leafWith(policies('1.2.3.1')),
  'leaf requires a policy': leafWith(['2.5.29.36', true, sequence(tlv(0x80, Uint8Array.of(0)))]),
  'leaf revoked': (draft) => {
    draft.revoked = 0;
  },
  'CA ended': onCa({ to: ENDED }),
  'CA not begun': onCa({ from: BEGINS }),
  'CA says that it is none': onCa({ ca: false, keyUsage: fromHex('03020106') }),
  'CA without basic constraints': (draft, at) => {
    const rest = { ...draft.cas[at], keyUsage: fromHex('03020106') };
    delete rest.ca;
    draft.cas[at] = rest;
  },
  'CA that may not sign': onCa({ keyUsage: fromHex('03020780') }),
  'CA without key usage': onCa({ keyUsage: null }),
  'CA with path length 0': onCa({ ca: { pathLength: 0 } }),
  'CA with path length 1': onCa({ ca: { pathLength: 1 } }),
  'CA with a critical extension': caWith(critical),
  'CA signed with another key': onCa({ signedBy: stranger }),
  'CA revoked': (draft, at) => {
    draft.revoked = at + 1;
  },
  'host permitted': both(caWith(permits(host('a.vn'))), leafWith(san(host('x.a.vn')))),
  'host not permitted': both(caWith(permits(host('a.vn'))), leafWith(san(host('x.b.vn')))),
  'host excluded': both(caWith(excludes(host('a.vn'))), leafWith(san(host('a.vn')))),
  'wildcard over an excluded host': both(caWith(excludes(host('x.a.vn'))), leafWith(san(host('*.a.vn')))),
  'mailbox not permitted': both(caWith(permits(email('a.vn'))), leafWith(san(email('x@b.vn')))),
  'mailbox permitted': both(caWith(permits(email('.a.vn'))), leafWith(san(email('x@b.a.vn')))),
  'address not permitted': both(
    caWith(permits(address('0a000000ff000000'))),
    leafWith(san(address('0b000001'))),
  ),
  'address permitted': both(caWith(permits(address('0a000000ff000000'))), leafWith(san(address('0a000001')))),
  'subject not permitted': caWith(permits(explicit(4, nameOf('nobody')))),
  'CA requires a policy': caWith(['2.5.29.36', true, sequence(tlv(0x80, Uint8Array.of(0)))]),
  'CA with any policy': caWith(policies('2.5.29.32.0')),
  'CA maps a policy': caWith(policies('1.2.3.2'), [
    '2.5.29.33',
    true,
    sequence(sequence(oid('1.2.3.2'), oid('1.2.3.1'))),
  ]),
  'CA inhibits any policy': caWith(policies('2.5.29.32.0'), ['2.5.29.54', true, integer(0)]),
  'CA with a broken extension': caWith(['2.5.29.30', true, fromHex('3000')]),
};
export const CHANGES = Object.keys(changes);

export type World = { readonly root: Holder; readonly keys: readonly TestKey[] };

export function newWorld(): World {
  return {
    root: issue({ name: 'differential root', ca: true }),
    keys: Array.from({ length: 4 }, () => newKey('p256')),
  };
}

/** A chain of up to three CAs with up to two changes, one bit of the leaf flipped now and then, and a CRL of every issuer. */
export function randomChain({ root, keys }: World, id: number, random: Random): Chain {
  const draft: Draft = {
    cas: Array.from({ length: random(4) }, () => ({ ca: true })),
    leaf: {},
    revoked: -1,
  };
  const names = Array.from({ length: random(3) }, () => CHANGES[random(CHANGES.length)] ?? 'nothing').filter(
    (name) => draft.cas.length > 0 || !/CA |permitted|excluded/.test(name),
  );
  for (const name of names) changes[name]?.(draft, random(Math.max(1, draft.cas.length)));
  const cas: Holder[] = [];
  for (const [i, options] of draft.cas.entries()) {
    const key = keys[i] ?? stranger;
    cas.push(issue({ name: `chain ${id} ca ${i}`, key, issuer: cas[i - 1] ?? root, ...options }));
  }
  const leaf = issue({
    name: `chain ${id} leaf`,
    issuer: cas.at(-1) ?? root,
    key: keys[3] ?? stranger,
    ...draft.leaf,
  });
  // from the leaf up: what is revoked, and by whom
  const upwards = [leaf, ...cas.toReversed()];
  const crls = cas.map((ca, i) => {
    const below = cas[i + 1] ?? leaf;
    const isRevoked = draft.revoked === upwards.indexOf(below);
    return issueCrl({
      issuer: ca,
      from: '2025-12-31T00:00:00Z',
      revoked: isRevoked ? [{ serial: below.serial, at: '2025-06-01T00:00:00Z' }] : [],
    });
  });
  const isFlipped = random(8) === 0;
  return {
    id: `${id}`,
    changes: isFlipped ? [...names, 'one bit of the leaf flipped'] : names,
    leaf: isFlipped ? flipped(leaf.certificate, random) : leaf.certificate,
    cas: cas.map(({ certificate }) => certificate),
    crls,
  };
}

function flipped(der: Uint8Array, random: Random): Uint8Array {
  const at = random(der.length);
  return Uint8Array.from(der, (octet, i) => (i === at ? octet ^ (1 << random(8)) : octet));
}

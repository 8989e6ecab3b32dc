import { beforeAll, describe, expect, test } from 'vitest';
import { sameBytes } from '#core/bytes';
import { isRefusal } from '#core/refusal';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCertificate } from '#verifier/der/certificate';
import { readCrl, readCrlHead } from '#verifier/der/crl';
import { nameKey } from '#verifier/der/name';
import { RFC_5280 } from '#verifier/path/path-policy';
import { isSignedBy } from '#verifier/revocation/crl-signer';
import { askPath } from '../support/ask-path.ts';
import { countingCrypto } from '../support/counting.ts';
import { fromHex } from '../support/der-write.ts';
import { issue, issueCrl, manyEntries, type Extension, type Holder } from '../support/x509.ts';

const COUNT = 200_000;
const FROM = '2025-12-31T00:00:00Z';
const REVOKED_AT = '2025-06-01T00:00:00Z';
const reason: Extension = ['2.5.29.21', false, fromHex('0a0101')];
const since: Extension = ['2.5.29.24', false, fromHex('180f32303235303530313030303030305a')];

const root = issue({ name: 'root', ca: true });
const ca = issue({ name: 'ca', ca: true, issuer: root });
const leaf = issue({ name: 'leaf', issuer: ca });
const rootCrl = issueCrl({ issuer: root, from: FROM });
let entries: Uint8Array;
let large: Uint8Array;

beforeAll(() => {
  entries = manyEntries(COUNT, REVOKED_AT, [reason, since]);
  large = issueCrl({ issuer: ca, from: FROM, manyEntries: entries });
});

async function ask(end: Holder, crls: readonly Uint8Array[]) {
  const { crypto, checks } = countingCrypto();
  const { verdict, reasons } = await askPath({ end, roots: [root], pool: [ca], crls, crypto });
  return { verdict, reasons, checks: checks() };
}

describe('a CRL of 200,000 entries', () => {
  test('answers with one check of its signature, whoever is asked about', async () => {
    // two links of the path, two CRLs
    expect(await ask(leaf, [rootCrl, large])).toEqual({ verdict: 'valid', reasons: [], checks: 4 });
    for (const serial of [1_000_000, 1_000_000 + COUNT - 1])
      expect(await ask(issue({ name: 'leaf', issuer: ca, serial }), [rootCrl, large])).toEqual({
        verdict: 'invalid',
        reasons: ['SIGNER_REVOKED'],
        checks: 4,
      });
    expect(
      await ask(issue({ name: 'leaf', issuer: ca, serial: 1_000_000 + COUNT }), [rootCrl, large]),
    ).toMatchObject({
      verdict: 'valid',
    });
  });

  test('tells who signed it before any entry is read', async () => {
    const head = readCrlHead(large);
    const whole = readCrl(large);
    expect([head.thisUpdate, head.nextUpdate]).toEqual([whole.thisUpdate, whole.nextUpdate]);
    for (const part of ['issuer', 'algorithm', 'signature', 'tbs'] as const)
      expect(sameBytes(head[part], whole[part])).toBe(true);
    const asked = { policy: RFC_5280, crypto: nodeCrypto };
    expect(await isSignedBy(head, readCertificate(ca.certificate), asked)).toBe(true);
    expect(await isSignedBy(head, readCertificate(root.certificate), asked)).toBe(false);
    const spoiled = Uint8Array.from(large);
    spoiled.fill(0xff, spoiled.length / 2, spoiled.length / 2 + 1000);
    expect(codeOf(() => readCrl(spoiled))).toBe('CRL_MALFORMED');
    expect(await isSignedBy(readCrlHead(spoiled), readCertificate(ca.certificate), asked)).toBe(false);
    for (const cut of [large.subarray(0, -1), large.subarray(0, 40), new Uint8Array()])
      expect(codeOf(() => readCrlHead(cut))).toBe('CRL_MALFORMED');
  });

  test('that somebody else signed answers nothing', async () => {
    const forged = Uint8Array.from(large);
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
    const answer = await ask(leaf, [rootCrl, forged]);
    expect(answer).toMatchObject({ verdict: 'undetermined', reasons: ['REVOCATION_UNKNOWN'] });
    expect(answer.checks).toBeLessThanOrEqual(5);
  });

  test('is refused for one entry that is not in its form, and be it the last', () => {
    const last = entries.subarray(entries.length - entries.length / COUNT);
    const at = Buffer.from(large).indexOf(last);
    // 30 len 02 03 serial 17 0d YYMMDD…: the length, the serial number, the month
    for (const [offset, octet] of [
      [1, 0x80],
      [4, 0x00],
      [11, 0x39],
    ] as const) {
      const changed = Uint8Array.from(large);
      changed[at + offset] = octet;
      expect(codeOf(() => readCrl(changed))).toBe('CRL_MALFORMED');
    }
  });

  test('is kept in little more memory than its bytes', () => {
    const before = process.memoryUsage();
    const crl = readCrl(large);
    const after = process.memoryUsage();
    expect(crl.entries.count).toBe(COUNT);
    // a Map of texts took ten times that, before anything was collected
    expect(after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers).toBeLessThan(
      3 * large.length,
    );
  });

  test('finds its entries wherever they stand', () => {
    const read = readCrl(large).entries;
    const own = nameKey(ca.name);
    const serialOf = (i: number) => (1_000_000 + i).toString(16).padStart(6, '0');
    let found = 0;
    for (let i = 0; i < COUNT; i += 100) if (read.find(own, serialOf(i)) !== null) found++;
    expect(found).toBe(COUNT / 100);
    expect(read.find(own, serialOf(COUNT))).toBeNull();
  });
});

function codeOf(read: () => unknown): string {
  try {
    read();
    return 'accepted';
  } catch (error) {
    if (isRefusal(error)) return error.code;
    throw error;
  }
}

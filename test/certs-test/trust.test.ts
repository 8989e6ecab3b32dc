import { createPublicKey, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromBase64 } from '#core/bytes';
import { parseCanonical } from '#core/record/canonical-bytes';
import { openEnvelope, preAuthEncoding, type Envelope } from '#core/sign/envelope';
import { parseStatusFile, parseStatusList, STATUS_PAYLOAD_TYPE, STATUS_TYPE } from '#core/sign/status-list';
import { parseTrustKeys, parseTrustList, TRUST_PAYLOAD_TYPE, type TrustKeys } from '#core/sign/trust-list';
import { keyId } from '#certs-test/envelope';
import { bytesOfText, type Pki } from '#certs-test/pki';
import { readTrustList, reissueTrustList, statusFile } from '#certs-test/trust';
import { testPki, withCopy } from './test-pki.ts';

let pki: Pki;
beforeAll(async () => {
  pki = await testPki();
});

async function readTrustFile(of: Pki) {
  const value = parseCanonical(await readFile(of.files.trust), 1 << 24);
  return openEnvelope(value, TRUST_PAYLOAD_TYPE, 'TRUST_MALFORMED');
}

function signaturesThatHold(envelope: Envelope, keys: readonly string[]): string[] {
  const message = preAuthEncoding(envelope.payloadType, fromBase64(envelope.payload) ?? new Uint8Array());
  return envelope.signatures.flatMap(({ keyid, sig }) => {
    const spki = keys.find((key) => keyId(bytesOfText(key)) === keyid);
    if (!spki) return [];
    const key = createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' });
    return verify('sha256', message, key, Buffer.from(sig, 'base64')) ? [keyid] : [];
  });
}

async function pins(): Promise<TrustKeys> {
  return parseTrustKeys(await readFile(pki.files.trustKeys));
}

describe('trust list of the test PKI', () => {
  it('is canonical, parses, and carries the signatures of two distinct pinned keys of three', async () => {
    const { envelope, unverifiedPayload } = await readTrustFile(pki);
    const { keys, threshold, instance } = await pins();
    expect(parseTrustList(unverifiedPayload)).toMatchObject({ instance: 'test', sequence: 1 });
    expect([instance, threshold, new Set(keys).size]).toEqual(['test', 2, 3]);
    expect(new Set(signaturesThatHold(envelope, keys)).size).toBe(2);
  });

  it('maps every good signer once, by its certificate or by its complete subject', async () => {
    const { signers } = await readTrustList(pki);
    const good = pki.signers.filter(({ quality }) => quality === 'good');
    for (const { kind, unit, row, pkcs12 } of good) {
      const mine = signers.filter(
        (other) => other.kind === kind && other.unit === unit && other[row?.by ?? 'subject'],
      );
      expect(mine.length, unit).toBeGreaterThanOrEqual(1);
      expect(mine[0]?.keyStorage).toBe(pkcs12 === undefined ? 'token' : 'software');
    }
    expect(new Set(signers.map((row) => (row.subject ? 'subject' : 'certificate'))).size).toBe(2);
  });

  it('names the roots of roots.pem and no other', async () => {
    const { roots } = await readTrustList(pki);
    const file = (await readFile(pki.files.roots, 'utf8')).match(/-----BEGIN [^-]+-----([^-]+)/g) ?? [];
    const inFile = file.map((text) => text.replace(/-----.*-----/, '').replace(/\s/g, ''));
    expect(roots.map(({ certificate }) => certificate)).toEqual(inFile);
    expect(roots.map(({ family }) => family)).toEqual(['government', 'national']);
  });

  it('is issued again with changed rows under the next sequence number', async () => {
    await withCopy(pki, async (copy) => {
      const keys = (await pins()).keys;
      await reissueTrustList(copy, (list) => ({ ...list, signers: list.signers.slice(1) }), [2, 3]);
      const { envelope, unverifiedPayload } = await readTrustFile(copy);
      const [before, after] = [await readTrustList(pki), parseTrustList(unverifiedPayload)];
      expect(after.sequence).toBe(before.sequence + 1);
      expect(after.signers).toEqual(before.signers.slice(1));
      expect(signaturesThatHold(envelope, keys)).toHaveLength(2);
    });
  });

  it('names the key that signs status files', async () => {
    const list = {
      type: STATUS_TYPE,
      instance: 'test',
      district: '760',
      sequence: 1,
      issuedAt: '2026-01-01T00:00:00Z',
      nextUpdate: '2026-01-02T00:00:00Z',
      superseded: [],
      withdrawn: [],
      batchesWithdrawn: [],
    } as const;
    const [envelope] = parseStatusFile(
      await statusFile(pki, [{ ...list, superseded: [], withdrawn: [], batchesWithdrawn: [] }]),
    );
    const services = (await readTrustList(pki)).services.filter(({ service }) => service === 'status');
    const opened = openEnvelope(envelope, STATUS_PAYLOAD_TYPE, 'STATUS_MALFORMED');
    expect(parseStatusList(opened.unverifiedPayload)).toEqual(list);
    expect(
      signaturesThatHold(
        opened.envelope,
        services.map(({ key }) => key),
      ),
    ).toHaveLength(1);
  });
});

import { describe, expect, test } from 'vitest';
import { utf8 } from '#core/bytes';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { STATUS_PAYLOAD_TYPE } from '#core/sign/status-list';
import { TRUST_PAYLOAD_TYPE, type TrustKeys } from '#core/sign/trust-list';
import { nodeCrypto } from '#verifier/crypto-node';
import { readStatus } from '#verifier/status/read-status';
import { readTrust } from '#verifier/trust/read-trust';
import { prepareTrust } from '#verifier/trust/trust';
import { verifyEvidence } from '#verifier/index';
import { newKey } from './support/keys.ts';
import { ecEvidence, options, trust } from './support/standard-world.ts';
import {
  AT,
  envelope,
  pins,
  statusFile,
  statusKey,
  statusList,
  trustFile,
  trustKeys,
} from './support/world.ts';

const [first, second, third] = trustKeys;
const crypto = nodeCrypto;

async function codes(
  envelopeBytes: Uint8Array,
  changes: { pins?: TrustKeys | null; highestSequenceSeen?: number } = {},
) {
  const reading = await readTrust({ envelopeBytes, pins, at: AT, crypto, ...changes });
  return { codes: reading.findings.map(({ code }) => code), believed: reading.trust !== null };
}

describe('the trust list', () => {
  test('is believed when any two of three pinned keys signed it', async () => {
    for (const keys of [
      [first, second],
      [second, third],
      [third, first],
      [first, second, third],
    ])
      expect(await codes(trustFile(trust, keys))).toEqual({ codes: [], believed: true });
  });

  test('is not believed on one key, one key twice, or keys that are not pinned', async () => {
    const strangers = [newKey('p256'), newKey('p256')];
    for (const keys of [[first], [first, first], [first, ...strangers], strangers])
      expect(await codes(trustFile(trust, keys))).toEqual({ codes: ['TRUST_UNTRUSTED'], believed: false });
  });

  test('is not believed when a byte of it changes', async () => {
    const good = envelope(TRUST_PAYLOAD_TYPE, trust, [first, second]);
    const changed = canonicalBytes({ ...trust, sequence: 6 });
    const forged = { ...good, payload: Buffer.from(changed).toString('base64') };
    expect(await codes(canonicalBytes(forged))).toEqual({ codes: ['TRUST_UNTRUSTED'], believed: false });
    const swapped = {
      ...good,
      signatures: good.signatures.map(({ keyid }, i) => ({ keyid, sig: good.signatures[1 - i]?.sig ?? '' })),
    };
    expect((await codes(canonicalBytes(swapped))).codes).toEqual(['TRUST_UNTRUSTED']);
  });

  test('needs pins, and pins of its own instance', async () => {
    expect(await codes(trustFile(trust), { pins: null })).toEqual({
      codes: ['TRUST_UNPINNED'],
      believed: false,
    });
    expect((await codes(trustFile(trust), { pins: { ...pins, instance: 'production' } })).codes).toEqual([
      'TRUST_OF_OTHER_INSTANCE',
    ]);
  });

  test('of a lower sequence than was seen is a rollback', async () => {
    expect(await codes(trustFile(trust), { highestSequenceSeen: 6 })).toEqual({
      codes: ['TRUST_STALE'],
      believed: false,
    });
    expect(await codes(trustFile(trust), { highestSequenceSeen: 5 })).toEqual({ codes: [], believed: true });
  });

  test('that is no trust list is told so', async () => {
    const status = canonicalBytes(envelope(STATUS_PAYLOAD_TYPE, statusList(), [first, second]));
    const other = canonicalBytes(envelope(TRUST_PAYLOAD_TYPE, { type: 'x' }, [first, second]));
    const badRoot = {
      ...trust,
      roots: [{ family: 'national', certificate: 'MAMCAQA=', from: '2022-01-01T00:00:00Z' }],
    };
    const unreadableRoot = canonicalBytes(envelope(TRUST_PAYLOAD_TYPE, badRoot, [first, second]));
    for (const bytes of [utf8('{}'), utf8('x'), new Uint8Array(), status, other, unreadableRoot])
      expect(await codes(bytes)).toEqual({ codes: ['TRUST_MALFORMED'], believed: false });
  });

  test('that is not believed leaves good evidence undetermined and bad evidence invalid', async () => {
    const reading = await readTrust({ envelopeBytes: trustFile(trust), pins: null, at: AT, crypto });
    const asked = { ...(await options({ offline: true })), trust: reading };
    expect(await verifyEvidence(canonicalBytes(ecEvidence()), asked)).toMatchObject({
      verdict: 'undetermined',
      reasons: ['TRUST_UNPINNED'],
    });
    const changed = { ...ecEvidence(), record: ecEvidence({ index: 1 }).record };
    expect((await verifyEvidence(canonicalBytes(changed), asked)).reasons).toEqual([
      'PROOF_INVALID',
      'TRUST_UNPINNED',
    ]);
  });
});

describe('the status file', () => {
  const ask = async (fileBytes: Uint8Array, list = trust) => {
    const status = await readStatus({ fileBytes, trust: prepareTrust(list), at: AT, crypto });
    const { verdict, reasons } = await verifyEvidence(canonicalBytes(ecEvidence()), {
      ...(await options()),
      status,
    });
    return [verdict, ...reasons];
  };

  test('counts when the status key in force signed it', async () => {
    expect(await ask(statusFile([statusList(), statusList({ district: '761' })]))).toEqual(['valid']);
  });

  test('does not count when another key signed it, or the key is no longer in force', async () => {
    expect(await ask(statusFile([statusList()], newKey('p256')))).toEqual([
      'undetermined',
      'STATUS_UNTRUSTED',
    ]);
    expect(await ask(statusFile([statusList()], first))).toEqual(['undetermined', 'STATUS_UNTRUSTED']);
    const ended = trust.services.map((row) => ({ ...row, to: '2022-04-30T09:00:00Z' }));
    expect(await ask(statusFile([statusList()]), { ...trust, services: ended })).toEqual([
      'undetermined',
      'STATUS_UNTRUSTED',
    ]);
    const log = trust.services.map((row) => ({ ...row, service: 'log' as const }));
    expect(await ask(statusFile([statusList()]), { ...trust, services: log })).toEqual([
      'undetermined',
      'STATUS_UNTRUSTED',
    ]);
  });

  test('of another instance does not count', async () => {
    expect(await ask(statusFile([statusList({ instance: 'production' })]))).toEqual([
      'undetermined',
      'TRUST_OF_OTHER_INSTANCE',
    ]);
  });

  test('a forged list does not displace the signed one of the district', async () => {
    const good = envelope(STATUS_PAYLOAD_TYPE, statusList(), [statusKey]);
    const forged = envelope(STATUS_PAYLOAD_TYPE, statusList({ sequence: 99 }), [first]);
    expect(await ask(canonicalBytes([forged, good]))).toEqual(['valid']);
  });

  test('that is no status file is told so, offline too', async () => {
    for (const bytes of [
      utf8('[{}]'),
      utf8('x'),
      canonicalBytes([envelope(STATUS_PAYLOAD_TYPE, { type: 'x' }, [statusKey])]),
    ]) {
      expect(await ask(bytes)).toEqual(['undetermined', 'STATUS_MALFORMED']);
      const status = await readStatus({ fileBytes: bytes, trust: prepareTrust(trust), at: AT, crypto });
      const asked = { ...(await options({ offline: true })), status };
      expect((await verifyEvidence(canonicalBytes(ecEvidence()), asked)).verdict).toBe('undetermined');
    }
  });
});

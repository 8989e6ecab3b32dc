import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, hex } from '#core/bytes';
import { CrlEntries, RELEASED } from '#verifier/der/crl-entries';
import { nameKey } from '#verifier/der/name';
import { DerFault } from '#verifier/der/reader';
import { SerialIndex } from '#verifier/der/serial-index';
import { explicit, fromHex, sequence, time, tlv } from '../support/der-write.ts';
import { extension, nameOf, type Extension } from '../support/x509.ts';

const OWN = nameKey(nameOf('own'));
const others = ['a', 'b'] as const;
const INVALIDITY: Extension = ['2.5.29.24', false, fromHex('180f32303235303530313030303030305a')];

/** What an entry is made of; the model below works on this, never on bytes. */
type Plan = {
  readonly serial: string;
  readonly at: string;
  readonly reason: number | null;
  readonly issuer: 'own' | (typeof others)[number] | null;
  readonly isDated: boolean;
  readonly isReversed: boolean;
};

const plan: fc.Arbitrary<Plan> = fc.record({
  serial: fc.constantFrom('00', '01', '7f', '0080', 'ff7f', '80', '0123456789abcdef0123', '01'.repeat(64)),
  at: fc.constantFrom(
    '2025-06-01T00:00:00Z',
    '2024-02-29T23:59:59Z',
    '2050-01-01T00:00:00Z',
    '1999-12-31T00:00:00Z',
  ),
  reason: fc.option(fc.integer({ min: 0, max: 10 })),
  issuer: fc.constantFrom(null, null, null, 'own', ...others),
  isDated: fc.boolean(),
  isReversed: fc.boolean(),
});

function entry({ serial, at, reason, issuer, isDated, isReversed }: Plan): Uint8Array {
  const extensions: Extension[] = [
    ...(reason === null ? [] : [['2.5.29.21', false, tlv(0x0a, Uint8Array.of(reason))] as const]),
    ...(isDated ? [INVALIDITY] : []),
    ...(issuer === null ? [] : [['2.5.29.29', true, sequence(explicit(4, nameOf(issuer)))] as const]),
  ];
  if (isReversed) extensions.reverse();
  const all = extensions.length === 0 ? [] : [sequence(...extensions.map(extension))];
  return sequence(tlv(0x02, fromHex(serial)), time(at), ...all);
}

/** RFC 5280 §5.3.3 and the rules of CrlEntries, written the slow way. */
function expected(plans: readonly Plan[], issuer: string, serial: string) {
  let current = 'own';
  const about: Plan[] = [];
  for (const one of plans) {
    current = one.issuer ?? current;
    if (current === issuer && one.serial === serial) about.push(one);
  }
  const revoking = about.filter(({ reason }) => reason !== 8);
  if (revoking.length === 0) return about.length > 0 ? RELEASED : null;
  return {
    at: revoking.map(({ at }) => at).sort()[0],
    isHarmless: revoking.every(({ reason }) => reason !== null && [0, 3, 4, 5].includes(reason)),
  };
}

describe('the entries of a CRL', () => {
  test('say of every issuer and serial number what a plain reading of them says', () => {
    fc.assert(
      fc.property(fc.array(plan, { maxLength: 40 }), (plans) => {
        const entries = new CrlEntries(concat(...plans.map(entry)), OWN);
        expect(entries.count).toBe(plans.length);
        expect(entries.areUnderstood).toBe(true);
        for (const issuer of ['own', ...others, 'nobody'])
          for (const serial of ['02', ...plans.map((one) => one.serial)])
            expect(entries.find(nameKey(nameOf(issuer)), serial)).toEqual(expected(plans, issuer, serial));
      }),
      { numRuns: 500, seed: 11 },
    );
  });

  test.each<[string, Extension]>([
    ['unknown', ['1.2.3.4', true, fromHex('0500')]],
    ['a date of invalidity', ['2.5.29.24', true, INVALIDITY[2]]],
  ])('are not understood where one holds a critical extension: %s', (_name, critical) => {
    const serial = tlv(0x02, Uint8Array.of(5));
    const at = time('2025-06-01T00:00:00Z');
    const read = (one: Extension) =>
      new CrlEntries(sequence(serial, at, sequence(extension(one))), OWN).areUnderstood;
    expect(read(critical)).toBe(false);
    expect(read([critical[0], false, critical[2]])).toBe(true);
  });

  const reason = extension(['2.5.29.21', false, fromHex('0a0101')]);
  const of = (...extensions: readonly Uint8Array[]) =>
    hex(sequence(fromHex('020105'), time('2025-06-01T00:00:00Z'), sequence(...extensions)));
  const utc = (digits: string) => hex(sequence(fromHex('020105'), tlv(0x17, Buffer.from(digits))));
  const general = (digits: string) => hex(sequence(fromHex('020105'), tlv(0x18, Buffer.from(digits))));

  test.each([
    ['not a SEQUENCE', '31' + utc('250601000000Z').slice(2)],
    ['cut off', utc('250601000000Z').slice(0, -2)],
    ['of a length not minimal', '3081' + utc('250601000000Z').slice(2)],
    ['without a serial number', hex(sequence(time('2025-06-01T00:00:00Z')))],
    ['without a time', hex(sequence(fromHex('020105')))],
    ['with an empty serial number', hex(sequence(fromHex('0200'), time('2025-06-01T00:00:00Z')))],
    ['with a serial number not minimal', hex(sequence(fromHex('02020005'), time('2025-06-01T00:00:00Z')))],
    ['with a negative one not minimal', hex(sequence(fromHex('0202ff85'), time('2025-06-01T00:00:00Z')))],
    [
      'with a serial number too long',
      hex(sequence(tlv(0x02, new Uint8Array(65).fill(1)), time('2025-06-01T00:00:00Z'))),
    ],
    ['of the 30th of February', utc('250230000000Z')],
    ['of the 29th of February in a common year', general('21000229000000Z')],
    ['of month 13', utc('251301000000Z')],
    ['of month 0', utc('250001000000Z')],
    ['of hour 24', utc('250601240000Z')],
    ['of minute 60', utc('250601006000Z')],
    ['of second 60', utc('250601000060Z')],
    ['without a Z', utc('250601000000X')],
    ['of fractions of seconds', general('20250601000000.5Z')],
    ['with a digit that is none', utc('25060100000:Z')],
    [
      'with something after its extensions',
      hex(sequence(fromHex('020105'), time('2025-06-01T00:00:00Z'), sequence(reason), fromHex('0500'))),
    ],
    ['with no extension in its extensions', of()],
    ['with a reason twice', of(reason, reason)],
    ['with a reason of no octets', of(extension(['2.5.29.21', false, fromHex('0a00')]))],
    ['with a negative reason', of(extension(['2.5.29.21', false, fromHex('0a0180')]))],
    ['with a reason not minimal', of(extension(['2.5.29.21', false, fromHex('0a020001')]))],
    ['with a reason of another type', of(extension(['2.5.29.21', false, fromHex('020101')]))],
    ['with more than a reason in it', of(extension(['2.5.29.21', false, fromHex('0a01010500')]))],
    ['with two dates of invalidity', of(extension(INVALIDITY), extension(INVALIDITY))],
    ['with an issuer of two names', of(issuerOf('a', 'b'))],
    ['with an issuer of no name', of(issuerOf())],
  ])('are refused: one %s', (_name, digits) => {
    const good = entry({
      serial: '07',
      at: '2025-06-01T00:00:00Z',
      reason: 1,
      issuer: null,
      isDated: true,
      isReversed: false,
    });
    expect(() => new CrlEntries(fromHex(hex(good) + digits), OWN)).toThrow(DerFault);
    expect(() => new CrlEntries(fromHex(digits + hex(good)), OWN)).toThrow(DerFault);
  });

  test('of more issuers than anybody has are refused, of so many not', () => {
    const one = sequence(
      fromHex('020105'),
      time('2025-06-01T00:00:00Z'),
      sequence(extension(['2.5.29.29', true, sequence(explicit(4, nameOf('?????')))])),
    );
    const most = new Uint8Array(one.length * 65_536);
    for (let i = 0; i < 65_536; i++) {
      most.set(one, i * one.length);
      most.set(Buffer.from(String(i).padStart(5, '0')), i * one.length + one.length - 5);
    }
    const oneMore = sequence(fromHex('020105'), time('2025-06-01T00:00:00Z'), sequence(issuerOf('one more')));
    expect(() => new CrlEntries(concat(most, oneMore), OWN)).toThrow(DerFault);
    const again = sequence(fromHex('020106'), time('2025-06-01T00:00:00Z'), sequence(issuerOf('00000')));
    expect(new CrlEntries(concat(most, again), OWN).find(nameKey(nameOf('00000')), '06')).not.toBeNull();
  });

  test('stay what they were when the caller writes into his bytes', () => {
    const bytes = entry({
      serial: '07',
      at: '2025-06-01T00:00:00Z',
      reason: 1,
      issuer: null,
      isDated: false,
      isReversed: false,
    });
    const entries = new CrlEntries(bytes, OWN);
    bytes.fill(0);
    expect(entries.find(OWN, '07')).toEqual({ at: '2025-06-01T00:00:00Z', isHarmless: false });
  });
});

function issuerOf(...names: readonly string[]): Uint8Array {
  return extension(['2.5.29.29', true, sequence(...names.map((name) => explicit(4, nameOf(name))))]);
}

test('a serial number is found among all that share its chain', () => {
  const serials = Array.from({ length: 100 }, (_, i) => Uint8Array.of(i));
  const index = new SerialIndex(100);
  for (const [number, serial] of serials.entries()) index.add(number, serial, 0, 1);
  for (const [number, serial] of serials.entries()) expect([...index.candidates(serial)]).toContain(number);
  const same = new SerialIndex(100);
  for (const number of serials.keys()) same.add(number, Uint8Array.of(5), 0, 1);
  expect([...same.candidates(Uint8Array.of(5))].sort((a, b) => a - b)).toEqual([...serials.keys()]);
});

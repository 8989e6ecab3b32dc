import { describe, expect, test } from 'vitest';
import { utf8 } from '#core/bytes';
import { ocspAddressesOf } from '#verifier/der/authority-information';
import type { Certificate } from '#verifier/der/certificate';
import { refused } from '../../support/refused.ts';
import { concat } from '#core/bytes';
import { oid, sequence, tlv } from '../support/der-write.ts';

const OCSP = oid('1.3.6.1.5.5.7.48.1');
const ISSUERS = oid('1.3.6.1.5.5.7.48.2');
const uri = (text: string) => tlv(0x86, utf8(text));

/** The reader reads nothing else of a certificate. */
function addressesIn(value: Uint8Array): readonly string[] {
  const extensions = new Map([['1.3.6.1.5.5.7.1.1', { critical: false, value }]]);
  return ocspAddressesOf({ extensions } as unknown as Certificate);
}

describe('where OCSP may be asked', () => {
  test('is every URI of that access method, in order', () => {
    const value = sequence(
      sequence(OCSP, uri('http://a.example/ocsp')),
      sequence(ISSUERS, uri('http://a.example/ca.cer')),
      sequence(OCSP, tlv(0x82, utf8('a.example'))),
      sequence(OCSP, uri('http://b.example')),
    );
    expect(addressesIn(value)).toEqual(['http://a.example/ocsp', 'http://b.example']);
  });

  test('is nowhere where the extension is absent', () => {
    expect(ocspAddressesOf({ extensions: new Map() } as unknown as Certificate)).toEqual([]);
  });

  const good = sequence(OCSP, uri('http://a.example'));
  test.each([
    ['no description', sequence()],
    [
      'something behind a location',
      sequence(sequence(OCSP, uri('http://a.example'), uri('http://b.example'))),
    ],
    ['something behind the list', concat(sequence(good), good)],
    ['no location', sequence(sequence(OCSP))],
    ['no method', sequence(sequence(uri('http://a.example')))],
    ['a location of no known form', sequence(sequence(OCSP, tlv(0x0c, utf8('http://a.example'))))],
    ['letters beyond ASCII', sequence(sequence(OCSP, uri('http://ă.example')))],
    ['more than are looked at', sequence(...Array.from({ length: 65 }, () => good))],
    ['more bytes than are looked at', sequence(sequence(OCSP, uri('a'.repeat(16 * 1024))))],
    ['nothing', new Uint8Array()],
  ])('is refused with %s', (_, value) => {
    expect(refused(() => addressesIn(value)).code).toBe('CERTIFICATE_MALFORMED');
  });
});

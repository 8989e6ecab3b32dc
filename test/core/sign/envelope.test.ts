import { describe, expect, it } from 'vitest';
import { utf8, utf8Text } from '#core/bytes';
import { makeEnvelope, openEnvelope, preAuthEncoding } from '#core/sign/envelope';
import { statusEnvelopeShape } from '#core/sign/status-list';
import { refused } from '../../support/refused.ts';
import { changed } from './samples.ts';

const TYPE = 'application/vnd.kyso.status+json';
const keyid = Buffer.alloc(32, 9).toString('base64url');

describe('a DSSE envelope', () => {
  it('signs the bytes of the specification (secure-systems-lab/dsse, protocol.md)', () => {
    const encoded = preAuthEncoding('http://example.com/HelloWorld', utf8('hello world'));
    expect(utf8Text(encoded)).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('counts bytes, not characters', () => {
    expect(utf8Text(preAuthEncoding('é', utf8('Nguyễn')))).toBe('DSSEv1 2 é 8 Nguyễn');
    expect(utf8Text(preAuthEncoding('', new Uint8Array()))).toBe('DSSEv1 0  0 ');
  });

  const envelope = makeEnvelope(TYPE, { b: 1, a: 2 }, [{ keyid, sig: Uint8Array.of(0x30, 0, 1) }]);

  it('carries canonical bytes and gives them back unverified', () => {
    const { unverifiedPayload } = openEnvelope(envelope, TYPE, 'STATUS_MALFORMED');
    expect(utf8Text(unverifiedPayload)).toBe('{"a":2,"b":1}');
  });

  it('of a status list may be larger than another', () => {
    const large = { ...envelope, payload: 'AAAA'.repeat(6 * 1024 * 1024) };
    expect(refused(() => openEnvelope(large, TYPE, 'STATUS_MALFORMED')).code).toBe('STATUS_MALFORMED');
    const { unverifiedPayload } = openEnvelope(large, TYPE, 'STATUS_MALFORMED', statusEnvelopeShape);
    expect(unverifiedPayload).toHaveLength(18 * 1024 * 1024);
  });

  it.each([
    ['payloadType', 'application/vnd.kyso.trust+json'],
    ['payload', 'e30'],
    ['payload', undefined],
    ['signatures', []],
    ['signatures', Array.from({ length: 17 }, () => ({ keyid, sig: 'MAAA' }))],
    ['signatures.0.keyid', 'short'],
    ['signatures.0.sig', 'MAB='],
    ['signatures.0.cert', 'x'],
    ['extra', 1],
  ])('is refused with %s = %j, under the code of its list', (path, value) => {
    expect(refused(() => openEnvelope(changed(envelope, path, value), TYPE, 'STATUS_MALFORMED')).code).toBe(
      'STATUS_MALFORMED',
    );
    expect(refused(() => openEnvelope(changed(envelope, path, value), TYPE, 'TRUST_MALFORMED')).code).toBe(
      'TRUST_MALFORMED',
    );
  });
});

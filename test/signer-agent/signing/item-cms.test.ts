import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { signerNamed, type Pki } from '#certs-test/pki';
import { utf8 } from '#core/bytes';
import { ITEM_MIME_TYPE } from '#core/sign/item-statement';
import { assembleCms, digestOf, signedAttributes } from '#signer-agent/signing/build-cms';
import { attributesWriter, cmsWriter } from '#signer-agent/signing/item-cms';
import type { SignatureAlgorithm } from '#signer-agent/token/token';
import { readCms } from '#verifier/evidence/read-cms';
import { testPki } from '#test/certs-test/test-pki';
import { certificateOf } from '../support/soft-tokens.ts';
import { bytesOfText } from '#certs-test/pki';

let pki: Pki;
beforeAll(async () => {
  pki = await testPki();
});

const at = new Date('2026-11-22T01:02:03Z');
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Signatures of every length that the algorithm may give. */
function signatures(algorithm: SignatureAlgorithm): Uint8Array[] {
  return Array.from({ length: 40 }, () =>
    algorithm.startsWith('RSA') ? randomBytes(256) : sign('sha256', randomBytes(8), ec.privateKey),
  );
}

describe.each([
  ['RSA-PKCS1-SHA256', 'district-760'],
  ['RSA-PSS-SHA256', 'district-760'],
  ['ECDSA-P256-SHA256', 'district-769'],
  ['ECDSA-P384-SHA384', 'district-769'],
] as const)('items signed with %s', (algorithm, name) => {
  it('have the bytes that are built one by one', () => {
    const signer = certificateOf(signerNamed(pki, name));
    const chain = signerNamed(pki, name).chain.map(bytesOfText);
    const writeAttributes = attributesWriter(algorithm, signer, at);
    const writeCms = cmsWriter({ algorithm, intermediates: chain.slice(0, 1) }, signer);
    for (const [i, signature] of signatures(algorithm).entries()) {
      const statement = utf8(`{"index":${i}}`);
      const attributes = writeAttributes(statement);
      expect(attributes).toEqual(
        Buffer.from(signedAttributes(digestOf(algorithm, statement), ITEM_MIME_TYPE, signer, at)),
      );
      const cms = writeCms(attributes, signature);
      const slow = assembleCms({
        signedAttributes: attributes,
        algorithm,
        signature,
        signer,
        intermediates: chain.slice(0, 1),
      });
      expect(Buffer.compare(cms, slow)).toBe(0);
    }
  });

  it('say that they are items', () => {
    const signer = certificateOf(signerNamed(pki, name));
    const write = cmsWriter({ algorithm, intermediates: [] }, signer);
    const [signature = new Uint8Array()] = signatures(algorithm);
    const { attributes } = readCms(write(attributesWriter(algorithm, signer, at)(utf8('{}')), signature));
    expect(attributes.mimeType).toBe(ITEM_MIME_TYPE);
    expect(attributes.signingTime).toBe('2026-11-22T01:02:03Z');
  });
});

it('a key of the test makes signatures of more than one length', () => {
  expect(createPublicKey(ec.privateKey).asymmetricKeyType).toBe('ec');
  expect(new Set(signatures('ECDSA-P256-SHA256').map(({ length }) => length)).size).toBeGreaterThan(1);
});

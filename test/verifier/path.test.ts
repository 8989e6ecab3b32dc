import { describe, expect, test } from 'vitest';
import type { RefusalCode } from '#core/refusal';
import { statementBytes } from '#core/sign/statement';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCrl } from '#verifier/der/crl';
import type { VerdictWord } from '#verifier/finding';
import { prepareTrust } from '#verifier/trust/trust';
import { verifySignature } from '#verifier/verify-signature';
import { signCms } from './support/cms.ts';
import { fromHex, sequence } from './support/der-write.ts';
import { certificateSignatureIds, newKey, type KeyKind } from './support/keys.ts';
import { list } from './support/standard-world.ts';
import { AT, SIGNED_AT, signerRow, trustList } from './support/world.ts';
import { issue, issueCrl, type CertificateOptions, type Extension, type Holder } from './support/x509.ts';

const statement = statementBytes(list.statement);

/** A chain root → CAs → signer, each link changeable, asked about as a collected signature. */
type Chain = {
  readonly root?: Partial<CertificateOptions>;
  readonly cas?: readonly Partial<CertificateOptions>[];
  readonly signer?: Partial<CertificateOptions>;
  readonly extra?: (cas: readonly Holder[], root: Holder) => readonly Holder[];
  readonly at?: Date;
  readonly kind?: KeyKind;
  readonly signedAt?: string;
  readonly listedRoots?: (root: Holder) => readonly Holder[];
};

async function ask(chain: Chain) {
  const keyKind = chain.kind ?? 'p256';
  const root = issue({ name: 'path root', keyKind, ca: true, ...chain.root });
  const cas: Holder[] = [];
  for (const [i, changes] of (chain.cas ?? [{}]).entries())
    cas.push(issue({ name: `path ca ${i}`, keyKind, ca: true, issuer: cas[i - 1] ?? root, ...changes }));
  const issuer = cas.at(-1) ?? root;
  const signer = issue({ name: 'path signer', keyKind, issuer, ...chain.signer });
  const families = (chain.listedRoots?.(root) ?? [root]).map((one) => ({
    root: one,
    ca: issuer,
    rootCrl: new Uint8Array(),
    caCrl: new Uint8Array(),
  }));
  return verifySignature({
    statementBytes: statement,
    cms: signCms({ statement, signer, signedAt: chain.signedAt ?? SIGNED_AT }),
    extraCertificates: [...cas, ...(chain.extra?.(cas, root) ?? [])].map(({ certificate }) => certificate),
    crls: [root, ...cas].map((one) => readCrl(issueCrl({ issuer: one, from: '2022-04-01T00:00:00Z' }))),
    trust: prepareTrust(trustList(families, [signerRow(signer, issuer)])),
    at: chain.at ?? AT,
    crypto: nodeCrypto,
  });
}

async function expectAnswer(chain: Chain, verdict: VerdictWord, ...codes: RefusalCode[]) {
  const answer = await ask(chain);
  expect({ verdict: answer.verdict, reasons: answer.reasons }).toEqual({ verdict, reasons: codes });
}

const extension = (type: string, critical: boolean, value = sequence()): Extension => [type, critical, value];

test('paths with no, one and three intermediates hold', async () => {
  await expectAnswer({ cas: [] }, 'valid');
  await expectAnswer({}, 'valid');
  await expectAnswer(
    { cas: [{ ca: { pathLength: 2 } }, { ca: { pathLength: 1 } }, { ca: { pathLength: 0 } }] },
    'valid',
  );
  await expectAnswer({ kind: 'p384' }, 'valid');
});

describe('building', () => {
  test('finds the issuer among others of its name', async () => {
    await expectAnswer(
      { extra: (_, root) => [issue({ name: 'path ca 0', ca: true, issuer: root })] },
      'valid',
    );
    const other = issue({ name: 'path root', ca: true });
    await expectAnswer({ listedRoots: (root) => [root, other] }, 'valid');
    await expectAnswer({ extra: () => [other] }, 'valid');
  });

  test('the same certificate twice is one', async () => {
    await expectAnswer({ extra: (cas) => cas }, 'valid');
    await expectAnswer({ extra: (_, root) => [root] }, 'valid');
    await expectAnswer({ listedRoots: (root) => [root, root] }, 'valid');
  });

  test('does not trust a path to no root, a circle, or one that is too long', async () => {
    await expectAnswer({ listedRoots: () => [] }, 'invalid', 'SIGNER_UNTRUSTED');
    const long = Array.from({ length: 9 }, () => ({}));
    await expectAnswer({ cas: long }, 'invalid', 'SIGNER_UNTRUSTED');
    const circle = issue({ name: 'circle', ca: true });
    await expectAnswer({ signer: { issuer: circle }, extra: () => [circle] }, 'invalid', 'SIGNER_UNTRUSTED');
  });

  test('does not trust a signer that is a root itself', async () => {
    const self = issue({ name: 'self', ca: true, keyUsage: fromHex('030201c6') });
    const answer = await verifySignature({
      statementBytes: statement,
      cms: signCms({ statement, signer: self }),
      extraCertificates: [],
      crls: [readCrl(issueCrl({ issuer: self, from: '2022-04-01T00:00:00Z' }))],
      trust: prepareTrust(
        trustList([{ root: self, ca: self, rootCrl: statement, caCrl: statement }], [signerRow(self, self)]),
      ),
      at: AT,
      crypto: nodeCrypto,
    });
    expect(answer.reasons).toEqual(['SIGNER_UNTRUSTED']);
  });
});

describe('signatures and algorithms', () => {
  const stranger = newKey('p256');
  test('refuses a certificate that its issuer did not sign', async () => {
    await expectAnswer({ signer: { signedBy: stranger } }, 'invalid', 'CERTIFICATE_SIGNATURE_INVALID');
    await expectAnswer({ cas: [{ signedBy: stranger }] }, 'invalid', 'CERTIFICATE_SIGNATURE_INVALID');
  });

  test('a root needs no signature: it is listed by its bytes', async () => {
    await expectAnswer({ root: { signedBy: stranger } }, 'valid');
    await expectAnswer({ kind: 'rsa', root: { signature: 'rsa-sha1' } }, 'valid');
  });

  test('refuses SHA-1', async () => {
    await expectAnswer({ kind: 'rsa', signer: { signature: 'rsa-sha1' } }, 'invalid', 'SIGNER_ALGORITHM');
    await expectAnswer({ kind: 'rsa', cas: [{ signature: 'rsa-sha1' }] }, 'invalid', 'SIGNER_ALGORITHM');
  });

  test('accepts certificates signed with PSS', async () => {
    await expectAnswer({ kind: 'rsa', signer: { signature: 'pss' }, cas: [{ signature: 'pss' }] }, 'valid');
  });

  test('refuses a weak or unknown key anywhere in the path', async () => {
    await expectAnswer({ signer: { keyKind: 'rsa-1024' } }, 'invalid', 'SIGNER_ALGORITHM');
    const answer = await ask({ root: { keyKind: 'rsa-1024' } });
    expect(answer.reasons[0]).toBe('SIGNER_ALGORITHM');
    expect((await ask({ signer: { keyKind: 'k256' } })).reasons[0]).toBe('SIGNER_ALGORITHM');
  });

  test('refuses two signature algorithms in one certificate', async () => {
    const innerAlgorithm = certificateSignatureIds['ecdsa-sha384'];
    await expectAnswer({ signer: { innerAlgorithm } }, 'invalid', 'CERTIFICATE_MALFORMED');
  });
});

describe('dates', () => {
  const end = '2022-04-30T08:59:59Z';
  test('refuses a signer that is not yet valid', async () => {
    await expectAnswer({ signer: { from: '2022-04-30T09:00:01Z' } }, 'invalid', 'SIGNER_NOT_YET_VALID');
    await expectAnswer({ signer: { from: '2022-04-30T09:00:00Z' } }, 'valid');
  });

  test('refuses a signer that signed after its end, by its own clock', async () => {
    await expectAnswer(
      { signer: { to: end }, signedAt: '2022-04-30T09:00:00Z' },
      'invalid',
      'SIGNER_EXPIRED',
    );
    await expectAnswer({ signer: { to: '2022-04-30T09:00:00Z' } }, 'valid');
  });

  test('leaves open a signer that ended since', async () => {
    await expectAnswer({ signer: { to: end } }, 'undetermined', 'SIGNER_EXPIRED');
  });

  test('judges authorities too, the root included', async () => {
    await expectAnswer({ cas: [{ to: '2022-04-01T00:00:00Z' }] }, 'invalid', 'CA_EXPIRED');
    await expectAnswer({ root: { to: '2022-04-01T00:00:00Z' } }, 'invalid', 'CA_EXPIRED');
    await expectAnswer({ cas: [{ from: '2022-05-01T00:00:00Z' }] }, 'invalid', 'CA_EXPIRED');
    await expectAnswer({ cas: [{ to: end }] }, 'undetermined', 'CA_EXPIRED');
  });
});

describe('basic constraints and key usage', () => {
  test.each<[string, Partial<CertificateOptions>]>([
    ['is none', { ca: false, keyUsage: fromHex('03020106') }],
    ['may not sign certificates', { keyUsage: fromHex('03020102') }],
    ['has no key usage', { keyUsage: null }],
  ])('refuses a CA that %s', async (_name, changes) => {
    const answer = await ask({ cas: [changes] });
    expect(answer).toMatchObject({ verdict: 'invalid' });
    expect(answer.reasons[0]).toBe('CA_CONSTRAINTS');
  });

  test('refuses a signer that issued a signer', async () => {
    const answer = await ask({ cas: [{}, { ca: false, keyUsage: fromHex('030206c0') }] });
    expect(answer.reasons[0]).toBe('CA_CONSTRAINTS');
  });

  test('refuses a path longer than a CA or the root allows', async () => {
    await expectAnswer({ cas: [{ ca: { pathLength: 0 } }, {}] }, 'invalid', 'CA_CONSTRAINTS');
    await expectAnswer({ root: { ca: { pathLength: 0 } } }, 'invalid', 'CA_CONSTRAINTS');
    await expectAnswer({ root: { ca: { pathLength: 1 } } }, 'valid');
  });

  test.each<[string, Uint8Array | null, boolean]>([
    ['digitalSignature', fromHex('03020780'), true],
    ['nonRepudiation', fromHex('03020640'), true],
    ['key encipherment only', fromHex('03020520'), false],
    ['no key usage', null, false],
  ])('signer with %s', async (_name, keyUsage, accepted) => {
    if (accepted) await expectAnswer({ signer: { keyUsage } }, 'valid');
    else await expectAnswer({ signer: { keyUsage } }, 'invalid', 'SIGNER_KEY_USAGE');
  });

  test.each<[string, Uint8Array]>([
    ['trailing zero bits', fromHex('030205c0')],
    ['no bit at all', fromHex('030100')],
  ])('refuses a key usage with %s', async (_name, keyUsage) => {
    await expectAnswer({ signer: { keyUsage } }, 'invalid', 'CERTIFICATE_MALFORMED');
  });
});

describe('extensions', () => {
  test.each(['2.5.29.30', '2.5.29.33', '2.5.29.36', '2.5.29.54'])(
    'refuses a constraint %s that cannot be read, critical or not',
    async (type) => {
      for (const critical of [true, false])
        await expectAnswer(
          { cas: [{ extensions: [extension(type, critical)] }] },
          'invalid',
          'CERTIFICATE_MALFORMED',
        );
    },
  );

  const purposes = fromHex('300a06082b06010505070304');
  const policies = fromHex('3006300406022a03');

  test('understands purposes and policies, critical or not', async () => {
    for (const critical of [true, false]) {
      const both = [extension('2.5.29.37', critical, purposes), extension('2.5.29.32', critical, policies)];
      await expectAnswer({ signer: { extensions: both } }, 'valid');
    }
  });

  test('leaves open what is critical and not known', async () => {
    const unknown = { extensions: [extension('1.2.3.4', true)] };
    for (const chain of [{ signer: unknown }, { cas: [unknown] }, { root: unknown }])
      await expectAnswer(chain, 'undetermined', 'PATH_NOT_UNDERSTOOD');
  });

  test('passes over what is not critical and constrains nothing', async () => {
    const types = ['1.3.6.1.5.5.7.1.1', '1.2.3.4'];
    await expectAnswer({ signer: { extensions: types.map((type) => extension(type, false)) } }, 'valid');
  });

  test('refuses an extension twice', async () => {
    const twice = [extension('1.2.3.4', false), extension('1.2.3.4', false)];
    await expectAnswer({ signer: { extensions: twice } }, 'invalid', 'CERTIFICATE_MALFORMED');
    await expectAnswer(
      { signer: { extensions: [extension('2.5.29.14', false)] } },
      'invalid',
      'CERTIFICATE_MALFORMED',
    );
  });
});

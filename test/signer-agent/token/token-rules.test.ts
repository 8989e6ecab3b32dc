import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { base64, utf8 } from '#core/bytes';
import type { HostedToken } from '#signer-agent/token/host';
import { readSignerCertificate } from '#signer-agent/token/signer-certificate';
import type { SignatureAlgorithm, SignRequest } from '#signer-agent/token/token';
import { holds, numbered } from '../support/fault-tokens.ts';
import { pinOf } from '../support/soft-tokens.ts';
import { tokenKinds, type Signers, type StartedKind } from '../support/token-kinds.ts';

/** The rules that hold for every kind of token, on every kind. What a kind cannot do is in its row, and shown to be refused. */

const message = utf8('what is signed');
const messages = numbered(5);
const everyAlgorithm: readonly (readonly [keyof Signers, SignatureAlgorithm])[] = [
  ['RSA', 'RSA-PKCS1-SHA256'],
  ['RSA', 'RSA-PSS-SHA256'],
  ['EC', 'ECDSA-P256-SHA256'],
];

describe.each(tokenKinds)('$name', ({ start, algorithms, showsCertificates, pinAfterWrong }) => {
  let kind: StartedKind;
  let token: HostedToken;
  beforeAll(async () => {
    kind = await start();
  });
  afterAll(() => kind.stop());
  beforeEach(() => {
    token = kind.open('RSA');
  });
  afterEach(() => token.close());

  const request = (
    name: keyof Signers = 'RSA',
    algorithm: SignatureAlgorithm = 'RSA-PKCS1-SHA256',
  ): SignRequest => {
    const { serial, certificate } = kind.signers[name];
    return { token: { serial }, certificate, algorithm, message };
  };
  const right = () => pinOf(kind.pin);
  const wrong = () => pinOf('99999999');
  const refusesWith = (code: string) => expect.objectContaining({ code }) as Error;

  /** Opens the one that holds the key of that signer. */
  async function reopen(name: keyof Signers): Promise<void> {
    await token.close();
    token = kind.open(name);
  }

  it('lists its tokens by serial and label without a PIN', async () => {
    const { label, certificate } = kind.signers.RSA;
    const found = (await token.list()).find(({ serial }) => serial === request().token.serial);
    expect(found).toMatchObject({ label, pinPad: false });
    expect(found?.fault).toBeUndefined();
    const shown = found?.certificates.map(base64) ?? [];
    expect(shown.includes(base64(certificate))).toBe(showsCertificates);
    expect(token.tokenOperations).toBe(0);
  });

  it('tells every certificate after login', async () => {
    const certificates = await token.certificates(request().token, right());
    expect(certificates.map(base64)).toContain(base64(kind.signers.RSA.certificate));
    expect(token.tokenOperations).toBe(0);
  });

  it.each(everyAlgorithm)('signs once with an %s key, or refuses: %s', async (name, algorithm) => {
    await reopen(name);
    const asked = request(name, algorithm);
    const listed = (await token.list()).find(({ serial }) => serial === asked.token.serial)?.algorithms;
    expect(listed?.includes(algorithm)).toBe(algorithms.includes(algorithm));
    if (!algorithms.includes(algorithm)) {
      await expect(token.sign(asked, right())).rejects.toThrow(refusesWith('TOKEN_MECHANISM_MISSING'));
      expect(token.tokenOperations).toBe(0);
      return;
    }
    const { signature, otherCertificates } = await token.sign(asked, right());
    expect(await holds(asked, message, signature)).toBe(true);
    expect(token.tokenOperations).toBe(1);
    expect(otherCertificates.map((der) => readSignerCertificate(der).ca)).toEqual([true]);
  });

  it.each([
    ['sign', (unlock: ReturnType<typeof wrong>) => token.sign(request(), unlock)],
    ['openSigner', (unlock: ReturnType<typeof wrong>) => token.openSigner(request(), unlock)],
    ['certificates', (unlock: ReturnType<typeof wrong>) => token.certificates(request().token, unlock)],
  ] as const)('tries a wrong PIN once and never again: %s', async (_, use) => {
    const before = kind.wrongPins?.();
    const unlock = wrong();
    await expect(use(unlock)).rejects.toThrow(refusesWith('PIN_WRONG'));
    expect(token.tokenOperations).toBe(0);
    const states = await token.list();
    expect(states.find(({ serial }) => serial === request().token.serial)?.pin).toBe(pinAfterWrong);
    if (before !== undefined) expect(kind.wrongPins?.()).toBe(before + 1);
    await expect(use(unlock)).rejects.toThrow('a PIN is used once');
    // the right one is another decision of the signer, and makes the count good again
    await token.sign(request(), right());
    const after = await token.list();
    expect(after.find(({ serial }) => serial === request().token.serial)?.pin).toBe('ok');
    if (before !== undefined) expect(kind.wrongPins?.()).toBe(before + 1);
  });

  it.each(everyAlgorithm.filter(([, algorithm]) => algorithms.includes(algorithm)))(
    'signs window after window with one PIN, in order: %s, %s',
    async (name, algorithm) => {
      await reopen(name);
      const asked = request(name, algorithm);
      const signer = await token.openSigner(asked, right());
      expect(signer.otherCertificates.map((der) => readSignerCertificate(der).ca)).toEqual([true]);
      const [first, none, second] = await Promise.all([
        signer.sign(messages.slice(0, 3)),
        signer.sign([]),
        signer.sign(messages.slice(3)),
      ]);
      expect([first.fault, none.fault, second.fault]).toEqual([null, null, null]);
      expect([first.signatures.length, none.signatures.length, second.signatures.length]).toEqual([3, 0, 2]);
      const signatures = [...first.signatures, ...second.signatures];
      for (const [index, signature] of signatures.entries())
        expect(await holds(asked, messages[index] ?? message, signature)).toBe(true);
      expect(token.tokenOperations).toBe(messages.length);
      await signer.close();
    },
  );

  it('stops after the signature in hand, and gives what was signed', async () => {
    const signer = await token.openSigner(request(), right());
    const many = numbered(5000);
    const signing = signer.sign(many);
    await signer.close();
    const { signatures, fault } = await signing;
    expect(fault?.code).toBe('SIGNING_STOPPED');
    expect(signatures.length).toBeLessThan(many.length);
    expect(token.tokenOperations).toBe(signatures.length);
    for (const [index, signature] of signatures.entries())
      expect(await holds(request(), many[index] ?? message, signature)).toBe(true);
    expect(await signer.sign(messages)).toMatchObject({
      signatures: [],
      fault: refusesWith('SIGNING_STOPPED'),
    });
  });

  it('is one signer’s until that one closes', async () => {
    const signer = await token.openSigner(request(), right());
    const order: string[] = [];
    const listing = token.list().then(() => order.push('listed'));
    await signer.sign(messages);
    order.push('signed');
    await signer.close();
    await listing;
    expect(order).toEqual(['signed', 'listed']);
  });

  it('ends the process that was given the PIN', async () => {
    await token.list();
    const listed = token.pid;
    await token.sign(request(), right());
    await token.list();
    expect(token.pid).not.toBe(listed);
  });

  it.each([
    ['a token that is not there', 'TOKEN_ABSENT', () => ({ token: { serial: '0000000000000000' } })],
    [
      'a serial number with another label',
      'TOKEN_ABSENT',
      () => ({ token: { ...request().token, label: 'kyso 769' } }),
    ],
    [
      "a certificate that is not the token's",
      'SIGNER_CERTIFICATE_ABSENT',
      () => ({ certificate: kind.signers.EC.certificate }),
    ],
    [
      'an algorithm of another kind of key',
      'SIGNER_KEY_ABSENT',
      () => ({ algorithm: 'ECDSA-P256-SHA256' as const }),
    ],
  ])('refuses %s: %s', async (_, code, change) => {
    const asked = { ...request(), ...change() };
    await expect(token.sign(asked, right())).rejects.toThrow(refusesWith(code));
    await expect(token.openSigner(asked, right())).rejects.toThrow(refusesWith(code));
    expect(token.tokenOperations).toBe(0);
  });
});

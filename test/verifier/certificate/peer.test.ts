import { describe, expect, test } from 'vitest';
import { makeText, newSigner, usualClaims } from './support/make.ts';
import { ec, judge, rsa } from './support/judge.ts';
import { peerKey, readByPeer } from './support/peer.ts';

describe('packages of others read what we encode', () => {
  test.each([
    ['ES256', ec],
    ['PS256', rsa],
  ])('%s: the signature holds and the content is the same', async (_name, signer) => {
    const text = makeText({ signer });
    const claims = (await readByPeer(text, peerKey(signer.certificate))) as Record<string, unknown>;
    const { payload } = await judge(text);
    expect(claims['1']).toBe('VN');
    expect(claims['-260']).toEqual({ 1: payload });
    expect(payload).toMatchObject({ nam: { fn: 'Nguyễn', gnt: 'VAN<AN' } });
  });

  test.each([
    ['ES256', ec, newSigner('p256')],
    ['PS256', rsa, newSigner('rsa')],
  ])('%s: and refuse it by another key, as we do', async (_name, signer, other) => {
    const text = makeText({ signer, claims: usualClaims(2) });
    await expect(readByPeer(text, peerKey(other.certificate))).rejects.toThrow();
    expect((await judge(text, { signers: [other] })).verdict).toBe('invalid');
  });
});

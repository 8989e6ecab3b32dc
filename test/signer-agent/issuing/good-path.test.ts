import { execFileSync } from 'node:child_process';
import { constants, verify, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { base64url, fromBase64 } from '#core/bytes';
import { ES256, protectedHeader, PS256, sigStructure } from '#core/certificate/cose';
import { sha256 } from '#verifier/crypto-node';
import { pemOf } from '#test/signer-agent/support/soft-tokens';
import { jobOf, lyingApi } from './support/lying-api.ts';
import { evidenceOf, person, trustFolder } from './support/signed-world.ts';
import {
  certificateNamed,
  claimsFor,
  dropMinistryTokens,
  kidNamed,
  ministryTokens,
  work,
  type Scene,
} from './support/worker.ts';

let scene: Scene;
beforeAll(async () => {
  scene = { pki: await ministryTokens(), api: await lyingApi(), trust: trustFolder() };
});
beforeEach(() => {
  scene.api.taken.splice(0);
});
afterEach(() => {
  scene.api.jobs.splice(0);
});
afterAll(async () => {
  await scene.api.close();
  scene.trust.remove();
  dropMinistryTokens(scene.pki);
});

/** What a verifier would have under the signature, made without the worker's code. */
function signedBytes(name: string, claims: Uint8Array): Uint8Array {
  const kid = sha256(certificateNamed(scene.pki, name)).subarray(0, 8);
  return sigStructure(protectedHeader(name === 'ministry-rsa' ? PS256 : ES256, kid), claims);
}

async function issued(name: string) {
  const record = person(1);
  const claims = claimsFor(record);
  const job = jobOf(kidNamed(scene.pki, name), evidenceOf(record), claims);
  scene.api.jobs.push(job);
  await work(scene);
  const [result, ...others] = scene.api.taken;
  if (!result || !('signature' in result)) throw new Error(JSON.stringify(result));
  expect(others).toEqual([]);
  expect(result).toMatchObject({
    certificateId: job.certificateId,
    claimsSha256: base64url(sha256(claims)),
  });
  const signature = fromBase64(result.signature) ?? new Uint8Array();
  return { message: signedBytes(name, claims), signature, certificate: certificateNamed(scene.pki, name) };
}

describe("certificates from the Ministry's HSM", () => {
  it('are ES256 signatures of 64 bytes that node:crypto accepts', async () => {
    const { message, signature, certificate } = await issued('ministry-ec');
    expect(signature).toHaveLength(64);
    const key = { key: new X509Certificate(certificate).publicKey, dsaEncoding: 'ieee-p1363' as const };
    expect(verify('sha256', message, key, signature)).toBe(true);
  });

  it('are PS256 signatures with a salt of 32 that openssl accepts', async () => {
    const { message, signature, certificate } = await issued('ministry-rsa');
    const file = (name: string, content: Uint8Array | string) => {
      const path = join(scene.trust.folder, name);
      writeFileSync(path, content);
      return path;
    };
    const pem = file('certificate.pem', pemOf(certificate));
    const publicKey = execFileSync('openssl', ['x509', '-in', pem, '-pubkey', '-noout']);
    const said = execFileSync('openssl', [
      ...['dgst', '-sha256', '-verify', file('key.pem', publicKey)],
      ...[
        '-sigopt',
        'rsa_padding_mode:pss',
        '-sigopt',
        'rsa_pss_saltlen:32',
        '-sigopt',
        'rsa_mgf1_md:sha256',
      ],
      ...['-signature', file('signature', signature), file('message', message)],
    ]);
    expect(said.toString()).toMatch(/Verified OK/);
    const key = {
      key: new X509Certificate(certificate).publicKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 32,
    };
    expect(verify('sha256', message, key, signature)).toBe(true);
  });

  it('come for every job of many leases, from several sessions at once', async () => {
    const kids = ['ministry-ec', 'ministry-rsa'].map((name) => kidNamed(scene.pki, name));
    const records = Array.from({ length: 60 }, (_, i) => person(i + 100));
    const jobs = records.map((one, i) => jobOf(kids[i % 2] ?? '', evidenceOf(one), claimsFor(one)));
    scene.api.jobs.push(...jobs);
    scene.api.perLease = 17;
    await work(scene, { sessions: 2 });
    scene.api.perLease = 256;
    expect(scene.api.taken.map(({ certificateId }) => certificateId).sort()).toEqual(
      jobs.map(({ certificateId }) => certificateId).sort(),
    );
    expect(scene.api.taken.every((one) => 'signature' in one)).toBe(true);
  });

  it('are made where facility and district signed, and the policy wants both', async () => {
    const record = person(2);
    const evidence = evidenceOf(record, { kinds: ['facility', 'district'] });
    scene.api.jobs.push(jobOf(kidNamed(scene.pki, 'ministry-ec'), evidence, claimsFor(record)));
    expect(await work(scene, { policy: 'both' })).toEqual({ refused: [] });
    expect(scene.api.taken).toEqual([expect.objectContaining({ signature: expect.any(String) as string })]);
  });
});

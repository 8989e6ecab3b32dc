import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ensurePki } from '#certs-test/ensure-pki';
import { pkcs12File } from '#certs-test/pki';
import { parseTrustKeys } from '#core/sign/trust-list';
import { nodeCrypto } from '#verifier/crypto-node';
import { readTrust } from '#verifier/trust/read-trust';
import { withFolder } from './test-pki.ts';

it('puts every key into a file, and says so in the trust list, where no soft token can be had', async () => {
  await withFolder(async (folder) => {
    const options = { districts: ['760', '769'], facilities: ['79-00123'], instance: 'test', software: true };
    const pki = await ensurePki(join(folder, 'pki'), options);
    expect(pki.modulePath).toBe('');
    expect(pki.signers.map(({ name }) => name)).toContain('bad-revoked');
    for (const signer of pki.signers) expect(existsSync(pkcs12File(pki, signer))).toBe(true);
    const { trust } = await readTrust({
      envelopeBytes: await readFile(pki.files.trust),
      pins: parseTrustKeys(await readFile(pki.files.trustKeys)),
      at: new Date(),
      crypto: nodeCrypto,
    });
    const rows = [...(trust?.signers.values() ?? [])].flat();
    expect(new Set(rows.map(({ keyStorage }) => keyStorage))).toEqual(new Set(['software']));
    // found again, not made again
    expect((await ensurePki(join(folder, 'pki'), options)).description.madeAt).toBe(pki.description.madeAt);
  });
});

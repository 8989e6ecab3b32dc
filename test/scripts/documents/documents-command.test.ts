import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTrustList } from '#certs-test/trust';
import type { Pki } from '#certs-test/pki';
import { documentsCommand } from '#scripts/documents/command';
import { readDocumentSigners } from '#verifier/certificate/read-document-signers';
import { nodeCrypto } from '#verifier/crypto-node';
import { prepareTrust } from '#verifier/trust/trust';
import { testPki } from '#test/certs-test/test-pki';

let pki: Pki;
let folder: string;
beforeAll(async () => {
  pki = await testPki();
  folder = mkdtempSync(join(tmpdir(), 'kyso-documents-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string) => join(folder, name);

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const code = await documentsCommand(argv, {
    out: (text) => (said.out += text + '\n'),
    err: (text) => (said.err += text + '\n'),
  });
  return { code, ...said };
}

function described(changes: object = {}): string {
  const { from } = pki.documentSigners.find(({ name }) => name === 'ministry-ec') ?? {};
  const signers = [
    { country: 'VN', certificate: { file: join(pki.files.ministry, 'ministry-ec.der') }, from },
  ];
  const list = { sequence: 1, issuedAt: '2026-01-01T00:00:00Z', nextUpdate: '2099-01-01T00:00:00Z', signers };
  const file = at('description.json');
  writeFileSync(
    file,
    JSON.stringify({ type: 'kyso/document-signers/v1', instance: 'test', ...list, ...changes }),
  );
  return file;
}

describe('kyso documents', () => {
  it('makes and signs a list that the trust list’s key holds for, and shows it', async () => {
    expect(await run('make', described(), '--out', at('list.json'))).toMatchObject({ code: 0, err: '' });
    const signed = await run('sign', at('list.json'), '--key', pki.files.documentSignersKey);
    expect(signed).toMatchObject({ code: 0, err: '' });
    expect((await run('show', at('list.json'))).out).toContain('ministry-ec');
    const trust = prepareTrust(await readTrustList(pki));
    const fileBytes = readFileSync(at('list.json'));
    const reading = await readDocumentSigners({ fileBytes, trust, at: new Date(), crypto: nodeCrypto });
    expect([reading.findings, reading.byKid?.size]).toEqual([[], 1]);
  });

  it('tells every fault of a list at once', async () => {
    const signers = [
      { country: 'VN', certificate: { file: pki.files.countryCa }, from: '2001-01-01T00:00:00Z' },
      { country: 'VN', certificate: 'AAAA', from: '2026-01-01T00:00:00Z', to: '2025-01-01T00:00:00Z' },
    ];
    const { code, err } = await run(
      'make',
      described({ signers, nextUpdate: '2025-01-01T00:00:00Z' }),
      '--out',
      at('bad.json'),
    );
    expect(code).toBe(1);
    for (const fault of [
      '/nextUpdate',
      '/signers/0: outside_certificate_dates',
      '/signers/0: DOCUMENT_SIGNER_USAGE',
      '/signers/1: to_not_after_from',
    ])
      expect(err).toContain(fault);
  });

  it('refuses a list that takes a row away, or steps back', async () => {
    await run('make', described(), '--out', at('previous.json'));
    const { code, err } = await run(
      'make',
      described({ signers: [] }),
      '--previous',
      at('previous.json'),
      '--out',
      at('next.json'),
    );
    expect([code, err]).toEqual([1, expect.stringContaining('row_removed_or_changed') as string]);
    expect(err).toContain('not_above_1');
  });

  it('refuses a key that others may read, a second signature of one key, and a file that is not there', async () => {
    const open = at('open.pem');
    writeFileSync(open, readFileSync(pki.files.documentSignersKey), { mode: 0o644 });
    await run('make', described(), '--out', at('twice.json'));
    expect((await run('sign', at('twice.json'), '--key', open)).err).toContain('TRUST_KEY_NOT_PRIVATE');
    await run('sign', at('twice.json'), '--key', pki.files.documentSignersKey);
    const again = await run('sign', at('twice.json'), '--key', pki.files.documentSignersKey);
    expect([again.code, again.err]).toEqual([
      1,
      expect.stringContaining('DOCUMENT_SIGNERS_MALFORMED') as string,
    ]);
    expect((await run('show', at('none.json'))).code).toBe(2);
  });
});

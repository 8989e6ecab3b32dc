import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pkcs12File } from '#certs-test/pki';
import { parseRecordText } from '#core/record/parse-record';
import { parseEvidence } from '#core/sign/evidence';
import { untilSettled, type Client } from './client.ts';
import type { FileVerdict, OutputFolder } from './output.ts';
import { kyso } from './processes.ts';
import type { DemoStage } from './stage.ts';

export type IssuedCertificates = {
  readonly issued: number;
  /** by the worker or for the record's codes, by code */
  readonly refused: Readonly<Record<string, number>>;
  readonly seconds: number;
};

/** Orders everyone's newest dose, and any others that are asked for; the Ministry's worker signs until nothing waits. */
export async function issueCertificates(
  stage: DemoStage,
  others: readonly { readonly district: string; readonly recordId: string }[],
): Promise<IssuedCertificates> {
  const ministry = await stage.key('ministry');
  const start = performance.now();
  for (const order of [{ scope: 'newest' }, { scope: 'records', records: others }]) {
    const { jobId } = await ministry.must(ministry.post('/v1/issuing/orders', order));
    const ask = () => ministry.must(ministry.get(`/v1/jobs/${String(jobId)}`));
    const { state, reason } = await untilSettled(ask, ['queued', 'running'], () => undefined);
    if (state !== 'done') throw new Error(`ordering certificates failed: ${String(reason)}`);
  }
  await runWorker(stage);
  const { issued, refused } = await ministry.must(ministry.get('/v1/issuing'));
  const seconds = Math.round(performance.now() - start) / 1000;
  return { issued: Number(issued), refused: refused as IssuedCertificates['refused'], seconds };
}

/** `kyso agent issue`: a process of its own, beside the Ministry's HSM (soft tokens apart from those of the units). */
async function runWorker({ folder, pki, apiUrl }: DemoStage): Promise<void> {
  const ran = await kyso(
    [
      ...['agent', 'issue', '--home', join(folder, 'ministry-agent'), '--api', apiUrl],
      ...['--api-key-file', join(folder, 'keys', 'ministry-city'), '--pin-file', pki.files.pin],
      ...['--trust', pki.files.trust, '--trust-keys', pki.files.trustKeys],
      ...['--policy', 'district', '--until-empty', ...keysOf(pki)],
    ],
    { env: pki.ministryEnvironment },
  );
  if (ran.code !== 0) throw new Error(`kyso agent issue ended with ${ran.code}:\n${ran.err}`);
}

function keysOf(pki: DemoStage['pki']): string[] {
  const { documentSigners } = pki.files;
  if (pki.modulePath !== '') return ['--document-signers', documentSigners, '--module', pki.modulePath];
  return pki.documentSigners
    .filter(({ quality }) => quality === 'good')
    .flatMap((signer) => [
      ...['--certificate', join(pki.files.ministry, `${signer.name}.der`)],
      ...['--pkcs12', pkcs12File(pki, signer)],
    ]);
}

export type CertificateFiles = { readonly pdf: string; readonly qr: string; readonly text: string };

/** What the holder gets with code and birth date: the page, its QR and the text in it. */
export async function fetchCertificate(
  office: Client,
  anyone: Client,
  output: OutputFolder,
  evidenceFile: string,
): Promise<CertificateFiles> {
  const record = parseRecordText(parseEvidence(readFileSync(evidenceFile)).record);
  const { certificates } = await office.must(
    office.get(`/v1/districts/${record.residence.district}/records/${record.recordId}/certificates`),
  );
  const issued = (certificates as { state: string; code?: string }[]).find(({ state }) => state === 'issued');
  if (issued?.code === undefined) throw new Error('the record has no certificate');
  const asked = { code: issued.code, birthDate: record.person.birthDate };
  const folder = join(output.dir, 'certificate');
  mkdirSync(folder, { recursive: true });
  const files = {
    pdf: join(folder, 'certificate.pdf'),
    qr: join(folder, 'certificate.png'),
    text: join(folder, 'certificate.txt'),
  };
  const { text } = await anyone.must(anyone.post('/v1/certificates/lookup', asked));
  writeFileSync(files.text, String(text) + '\n');
  for (const [format, file] of [
    ['pdf', files.pdf],
    ['png', files.qr],
  ] as const)
    writeFileSync(file, await anyone.bytes('/v1/certificates/paper', { ...asked, format }));
  return files;
}

/** What a verifier fetches from time to time: who signs certificates, and which were taken back. */
export async function writeCertificateLists(anyone: Client, output: OutputFolder): Promise<void> {
  const folder = revocationsOf(output);
  mkdirSync(folder, { recursive: true });
  writeFileSync(documentSignersOf(output), await textOf(anyone, '/v1/document-signers'));
  const index = await textOf(anyone, '/v1/certificate-revocations');
  writeFileSync(join(folder, 'index.json'), index);
  const { payload } = JSON.parse(index) as { payload: string };
  const { batches } = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as {
    batches: { sha256: string }[];
  };
  for (const { sha256 } of batches)
    writeFileSync(
      join(folder, `${sha256}.json`),
      await textOf(anyone, `/v1/certificate-revocations/${sha256}`),
    );
}

async function textOf(client: Client, path: string): Promise<string> {
  const { status, text } = await client.get(path);
  if (status !== 200) throw new Error(`${path}: ${text}`);
  return text;
}

/** Asks `kyso verify` about certificates, offline. */
export async function verifyCertificates(
  output: OutputFolder,
  files: readonly string[],
): Promise<FileVerdict[]> {
  const { out, err } = await kyso([
    ...['verify', ...files, '--json', '--trust', output.trust, '--trust-keys', output.trustKeys],
    ...['--document-signers', documentSignersOf(output), '--revocations', revocationsOf(output)],
  ]);
  const lines = out.split('\n').filter((line) => line.startsWith('{"file":'));
  if (lines.length !== files.length) throw new Error(`kyso verify: ${err}`);
  return lines.map((line) => JSON.parse(line) as FileVerdict);
}

function documentSignersOf({ dir }: OutputFolder): string {
  return join(dir, 'document-signers.json');
}

function revocationsOf({ dir }: OutputFolder): string {
  return join(dir, 'revocations');
}

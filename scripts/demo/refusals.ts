import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseRecordText } from '#core/record/parse-record';
import { parseEvidence } from '#core/sign/evidence';
import { Readable } from 'node:stream';
import { verifyCertificates, writeCertificateLists, type CertificateFiles } from './certificates.ts';
import type { Client } from './client.ts';
import { verifyFiles, writeStatus, type OutputFolder } from './output.ts';
import type { SampleDose } from './sample-people.ts';
import { signAtAgent, type FrozenBatch } from './sign-unit.ts';
import type { DemoStage } from './stage.ts';

/** One thing that was tried and refused. */
export type Refused = { readonly what: string; readonly code: string };

/** A record whose identity does not match gets no evidence. */
export async function unverifiedRecord(client: Client, district: string): Promise<Refused> {
  const page = await client.must(
    client.get(`/v1/districts/${district}/records?stage=blocked&reason=IDENTITY_WRONG`),
  );
  const [record] = page['records'] as { recordId: string }[];
  if (!record) throw new Error('the sample has no record with a wrong identity');
  const { json } = await client.get(`/v1/evidence/${district}/${record.recordId}`);
  return { what: 'evidence of an unverified record', code: String(json['code']) };
}

/** A signer whose token is fine but whose certificate is not: refused when the signature is collected. */
export async function badSigner(
  stage: DemoStage,
  client: Client,
  batch: FrozenBatch,
  signer: string,
  what: string,
): Promise<Refused> {
  const answer = await signAtAgent(stage, client, batch.batchId, signer);
  if (answer.refused === undefined) throw new Error(`${what} was not refused`);
  return { what, code: answer.refused };
}

/** One letter of a signed name is changed. */
export async function changedRecord(output: OutputFolder, evidenceFile: string): Promise<Refused> {
  const evidence = readFileSync(evidenceFile, 'utf8');
  const changed = evidence.replace(
    /("record":.*?\\"name\\":\\")(.)/,
    (_, head: string, letter: string) => head + (letter === 'N' ? 'M' : 'N'),
  );
  if (changed === evidence) throw new Error('nothing was changed');
  const file = refusedFile(output, 'changed-record.json');
  writeFileSync(file, changed);
  const [answer] = await verifyFiles(output, [file]);
  if (answer?.verdict !== 'invalid') throw new Error('a changed record was not refused');
  return { what: 'a changed record', code: answer.reasons[0] ?? '' };
}

/** A signed record is corrected: its evidence from before says so from then on. */
export async function supersededRecord(
  facility: Client,
  output: OutputFolder,
  evidenceFile: string,
  some: readonly SampleDose[],
): Promise<Refused> {
  const before = readFileSync(evidenceFile);
  const record = parseRecordText(parseEvidence(before).record);
  const dose = some.find(
    ({ row }) =>
      row.name === record.person.name &&
      row.birthDate === record.person.birthDate &&
      row.doseDate === record.dose.date &&
      row.lot === record.dose.lot,
  );
  if (!dose) throw new Error('the record is not among the kept sample rows');
  const corrected = JSON.stringify({ ...dose.row, lot: 'LOT999X' }) + '\n';
  const answer = await facility.must(
    facility.send(
      '/v1/imports',
      'application/x-ndjson',
      Readable.toWeb(Readable.from([Buffer.from(corrected)])) as ReadableStream,
    ),
  );
  if (answer['changed'] !== 1) throw new Error(`the correction was not taken: ${JSON.stringify(answer)}`);
  await writeStatus(facility, output);
  const file = refusedFile(output, 'superseded-record.json');
  writeFileSync(file, before);
  const [verdict] = await verifyFiles(output, [file]);
  if (verdict?.verdict !== 'superseded') throw new Error('a superseded record was not refused');
  return { what: 'a superseded record', code: verdict.reasons[0] ?? '' };
}

/** The certificate of a record that was corrected since is revoked, once the next list is issued: one a minute at most. */
export async function revokedCertificate(
  anyone: Client,
  output: OutputFolder,
  { qr }: CertificateFiles,
): Promise<Refused> {
  for (const end = Date.now() + 90_000; ; await wait(2000)) {
    await writeCertificateLists(anyone, output);
    const [answer] = await verifyCertificates(output, [qr]);
    if (answer?.verdict === 'revoked')
      return { what: 'the certificate of a corrected record', code: answer.reasons[0] ?? '' };
    if (Date.now() > end) throw new Error('the certificate of a corrected record was not refused');
  }
}

function refusedFile(output: OutputFolder, name: string): string {
  const folder = join(output.dir, 'refused');
  mkdirSync(folder, { recursive: true });
  return join(folder, name);
}

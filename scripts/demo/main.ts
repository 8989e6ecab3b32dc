import { join } from 'node:path';
import { Refusal } from '#core/refusal';
import { projectFolder } from '#signing-api/project-folder';
import {
  fetchCertificate,
  issueCertificates,
  verifyCertificates,
  writeCertificateLists,
  type IssuedCertificates,
} from './certificates.ts';
import { attestForeigners, checkIdentities, importFile, writeSample } from './import-sample.ts';
import { readOptions, type DemoOptions } from './options.ts';
import {
  fetchEvidence,
  openOutput,
  verifyFiles,
  writeSignatureAndAskOpenssl,
  writeStatus,
} from './output.ts';
import { stopAll } from './processes.ts';
import {
  badSigner,
  changedRecord,
  revokedCertificate,
  supersededRecord,
  unverifiedRecord,
  type Refused,
} from './refusals.ts';
import { freeze, signUnit, type SignedBatch } from './sign-unit.ts';
import { setStage, type Cast, type DemoStage } from './stage.ts';
import { batchTable, countTable, refusalTable, type Counts } from './tables.ts';

const CAST: Cast = {
  districts: ['760', '769', '771'],
  facilities: [
    { code: '79-00123', name: 'Bệnh viện Quận 1' },
    { code: '79-00208', name: 'Trạm Y tế Phường Thảo Điền' },
    { code: '79-01017', name: 'Phòng khám Đa khoa Sài Gòn', isSmall: true },
  ],
};
const EVIDENCE_PER_DISTRICT = 5;

/** Told on standard error, so that standard output holds the tables and the last JSON line. */
function say(text: string): void {
  process.stderr.write(text + '\n');
}

/** The whole story on real parts: files in, identities checked, lists frozen, signed by tokens, collected, proved offline. */
async function play(stage: DemoStage, options: DemoOptions): Promise<boolean> {
  const cdc = await stage.key('cdc');
  const district = new Map(
    await Promise.all(CAST.districts.map(async (code) => [code, await stage.key('district', code)] as const)),
  );
  const unit = (code: string) => {
    const client = district.get(code);
    if (!client) throw new Error(`no client for ${code}`);
    return client;
  };
  const [own, station, clinic] = await Promise.all([
    stage.key('facility', '79-00123'),
    stage.key('facility', '79-00208'),
    stage.key('facility', '79-01017'),
  ]);

  say(`writing ${options.records} sample records and importing them …`);
  const sample = await writeSample(stage, CAST, options.records);
  await importFile(cdc, sample.platform);
  await importFile(own, sample.facility);
  say('asking the population register (simulator) …');
  await checkIdentities(cdc, say);
  say('the facilities attest their foreigners …');
  for (const facility of [own, station, clinic]) await attestForeigners(facility, CAST.districts);
  const counts = (await cdc.must(cdc.get('/v1/reports/stages'))) as unknown as Counts;

  say('freezing the list of district 760; first the wrong signers try …');
  const refused: Refused[] = [await unverifiedRecord(unit('760'), '760')];
  const first = await freeze(unit('760'), () => say('  …'));
  refused.push(await badSigner(stage, unit('760'), first, 'bad-revoked', 'a revoked signer'));
  refused.push(await badSigner(stage, unit('760'), first, 'district-769', "another district's signer"));
  say('signing: one token operation a list, one a record where a clinic signs them one by one …');
  const batches: SignedBatch[] = [
    await signUnit(stage, unit('760'), '760', 'district-760', { frozen: first }),
    await signUnit(stage, unit('769'), '769', 'district-769'),
    await signUnit(stage, unit('771'), '771', 'district-771'),
    await signUnit(stage, own, '79-00123', 'facility-79-00123'),
    await signUnit(stage, station, '79-00208', 'facility-79-00208'),
    await signUnit(stage, clinic, '79-01017', 'facility-79-01017', { mode: 'each' }),
  ];

  say('fetching evidence and verifying it offline …');
  const output = openOutput(stage, options.out);
  await writeStatus(cdc, output);
  const fromFirst = await fetchEvidence(unit('760'), output, '760', EVIDENCE_PER_DISTRICT + 1);
  for (const code of ['769', '771']) await fetchEvidence(unit(code), output, code, EVIDENCE_PER_DISTRICT);
  const [item = ''] = await fetchEvidence(clinic, output, '760', EVIDENCE_PER_DISTRICT, 'facility');
  const [last = ''] = fromFirst.slice(-1);
  const opensslAgrees = await Promise.all([
    writeSignatureAndAskOpenssl(output, last, 'list'),
    writeSignatureAndAskOpenssl(output, item, 'each'),
  ]).then((answers) => answers.every(Boolean));
  refused.push(await changedRecord(output, last));

  say("the Ministry's worker verifies each record by itself and signs certificates …");
  const asked = { district: '760', recordId: recordIn(last) ?? '' };
  const issued = await issueCertificates(stage, [asked]);
  await writeCertificateLists(cdc, output);
  const certificate = await fetchCertificate(unit('760'), cdc, output, last);
  const [qr, text] = await verifyCertificates(output, [certificate.qr, certificate.text]);
  const certificateHolds = qr?.verdict === 'valid' && text?.verdict === 'valid';

  say('a record is corrected: what was made of it before holds no more, within a minute …');
  refused.push(await supersededRecord(cdc, output, last, sample.some));
  refused.push(await revokedCertificate(cdc, output, certificate));
  const verdicts = await verifyFiles(
    output,
    output.evidence.filter((file) => recordIn(file) !== recordIn(last)),
  );
  const verified = verdicts.filter(({ verdict }) => verdict === 'valid').length;

  say('');
  const tables = [countTable(counts), batchTable(batches), refusalTable(refused)];
  process.stdout.write(tables.join('\n\n') + '\n\n');
  process.stdout.write(
    `${issued.issued} certificates issued in ${issued.seconds.toFixed(1)} s, ${describeRefused(issued.refused)}; one on paper: ${certificate.pdf}, its QR read from the picture and verified offline: ${certificateHolds ? 'valid' : 'FAILED'}\n`,
  );
  process.stdout.write(
    `${verified} of ${verdicts.length} evidence files valid, offline. openssl cms -verify: ${opensslAgrees ? 'success' : 'FAILED'}\n`,
  );
  process.stdout.write(`Everything a stranger needs to check lies in ${options.out}\n`);
  if (options.json)
    process.stdout.write(JSON.stringify(summary(counts, batches, verified, refused, issued)) + '\n');
  return (
    opensslAgrees &&
    certificateHolds &&
    verified === verdicts.length &&
    batches.every(({ mode, count, tokenOperations }) => tokenOperations === (mode === 'each' ? count : 1))
  );
}

function describeRefused(refused: IssuedCertificates['refused']): string {
  const codes = Object.entries(refused).map(([code, n]) => `${n} × ${code}`);
  return codes.length === 0 ? 'none refused' : `refused: ${codes.join(', ')}`;
}

/** The record id that an evidence file is named after. */
function recordIn(file: string): string | undefined {
  return /[0-9a-f-]{36}(?=\.json$)/.exec(file)?.[0];
}

function summary(
  counts: Counts,
  batches: readonly SignedBatch[],
  verified: number,
  refused: readonly Refused[],
  certificates: IssuedCertificates,
): object {
  const byCode: Record<string, number> = {};
  for (const { code } of refused) byCode[code] = (byCode[code] ?? 0) + 1;
  return {
    records: counts.records,
    eligible: counts.eligible,
    blocked: counts.blocked,
    batches: batches.map(({ unit, mode, count, tokenOperations, seconds }) => ({
      unit,
      mode,
      count,
      tokenOperations,
      seconds,
    })),
    verified,
    certificates,
    refused: byCode,
  };
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const stage = await setStage(join(projectFolder(), '.demo'), CAST, say);
  try {
    return (await play(stage, options)) ? 0 : 1;
  } finally {
    await stage.close();
  }
}

let isStopped = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    isStopped = true;
    stopAll();
    process.exitCode = 130;
  });

try {
  process.exitCode = await main();
} catch (error) {
  stopAll();
  const isKnown = error instanceof Refusal;
  // what fails after Ctrl-C fails because of it
  if (isStopped) say('stopped; everything that the demo started has been ended');
  else
    say(
      isKnown
        ? `${error.code}: ${error.texts.vi}\n  ${error.texts.en}\n  ${error.detail ?? ''}`
        : `the demo failed: ${String(error)}`,
    );
  process.exitCode ??= 1;
}

import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ROW_FIELDS, type Row } from '#core/record/row';
import { untilSettled, type Client } from './client.ts';
import { sampleDoses, type SampleDose } from './sample-people.ts';
import type { Cast, DemoStage } from './stage.ts';

/** One dose to be corrected later: its row as imported. */
export type SampleFiles = {
  readonly platform: string;
  readonly facility: string;
  readonly some: readonly SampleDose[];
};

const KEPT = 4000;

/**
 * Writes the sample files as offices have them: the platform's export as CSV, one facility's own system as NDJSON. The register learns
 * the people on the way.
 */
export async function writeSample(stage: DemoStage, cast: Cast, records: number): Promise<SampleFiles> {
  const folder = join(stage.folder, 'files');
  mkdirSync(folder, { recursive: true });
  const files = { platform: join(folder, 'nen-tang.csv'), facility: join(folder, 'co-so.ndjson') };
  const csv = createWriteStream(files.platform);
  const ndjson = createWriteStream(files.facility);
  const fields = ROW_FIELDS.filter((name) => name !== 'rowCode');
  csv.write('\ufeff' + fields.join(';') + '\r\n');
  const own = cast.facilities[0]?.code;
  const some: SampleDose[] = [];
  const doses = sampleDoses({
    records,
    districts: cast.districts,
    facilities: lotsOf(cast, records),
    seed: 20220423,
  });
  for (const dose of doses) {
    if (dose.registered) stage.register.know(dose.registered);
    if (some.length < KEPT) some.push(dose);
    const isOwn = dose.row.facility === own;
    const more = isOwn ? ndjson.write(JSON.stringify(dose.row) + '\n') : csv.write(csvLine(dose.row, fields));
    if (!more) await once(isOwn ? ndjson : csv, 'drain');
  }
  await Promise.all([csv, ndjson].map((file) => new Promise((resolve) => file.end(resolve))));
  return { ...files, some };
}

/** The facilities to draw from: each small one once among so many that it gets a few hundred records at most. */
function lotsOf({ facilities }: Cast, records: number): string[] {
  const codes = (isSmall: boolean) =>
    facilities.filter((one) => (one.isSmall === true) === isSmall).map(({ code }) => code);
  const times = Math.max(5, Math.ceil(records / 1000));
  return [...codes(true), ...Array.from({ length: times }, () => codes(false)).flat()];
}

function csvLine(row: Row, fields: readonly (keyof Row)[]): string {
  return fields.map((name) => `"${(row[name] ?? '').replace(/"/g, '""')}"`).join(';') + '\r\n';
}

export async function importFile(client: Client, file: string): Promise<Record<string, unknown>> {
  const type = file.endsWith('.csv') ? 'text/csv' : 'application/x-ndjson';
  return client.must(
    client.send('/v1/imports', type, Readable.toWeb(createReadStream(file)) as ReadableStream),
  );
}

export async function checkIdentities(client: Client, say: (text: string) => void): Promise<void> {
  const { jobId } = await client.must(client.post('/v1/identity-checks', {}));
  const ask = () => client.must(client.get(`/v1/jobs/${String(jobId)}`));
  const job = await untilSettled(ask, ['queued', 'running'], ({ done, total }) =>
    say(`  ${String(done)} of ${String(total)} people`),
  );
  if (job['state'] !== 'done') throw new Error(`identity checks failed: ${String(job['reason'])}`);
}

/** The facility answers for its foreigners, record by record. */
export async function attestForeigners(client: Client, districts: readonly string[]): Promise<number> {
  let attested = 0;
  for (const district of districts) {
    const path = `/v1/districts/${district}/records?kind=facility&stage=blocked&reason=ATTESTATION_MISSING`;
    for (;;) {
      const { records } = await client.must(client.get(path));
      const ids = (records as { recordId: string }[]).map(({ recordId }) => recordId);
      for (const id of ids) {
        await client.must(client.post(`/v1/districts/${district}/records/${id}/attestations`, {}));
        attested++;
      }
      if (ids.length === 0) break;
    }
  }
  return attested;
}

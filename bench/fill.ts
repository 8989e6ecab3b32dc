import { Readable } from 'node:stream';
import { sampleDoses } from '#scripts/demo/sample-people';
import { startRegisterSimulator, type RegisterSimulator } from '#scripts/register-simulator';
import { readConfig } from '#signing-api/config';
import { readNdjson } from '#signing-api/files/read-ndjson';
import { SourceText } from '#signing-api/files/source';
import { openService } from '#signing-api/open-service';
import { makeApiKey } from '#signing-api/steps/authenticate-key';
import { completeVersions } from '#signing-api/steps/complete-versions';
import { importSource } from '#signing-api/steps/import-source';
import { verifyIdentities } from '#signing-api/steps/verify-identity';

const BLOCK_BYTES = 64 * 1024;
const SYSTEM = '01a2050d-6ec4-7392-9cfd-72fe9dd3fa1a';

/** Clean records of a district, through the real steps: import, register, leaves. @returns a key of the district */
export async function fill(
  env: Readonly<Record<string, string>>,
  records: number,
  seed: number,
  district = '760',
): Promise<string> {
  const register = await startRegisterSimulator();
  const { service, close } = await openService(readConfig({ ...env, KYSO_REGISTER_URL: register.url }));
  try {
    const source = new SourceText(Readable.from(blocks(records, seed, district, register)), 8e9);
    const caller = { keyId: SYSTEM, role: 'operator', unit: null } as const;
    const answer = await importSource(service, caller, readNdjson(source), () => source.sha256());
    if (answer.new !== records) throw new Error(`${answer.new} of ${records} records were taken in`);
    const scope = { district, facility: null };
    await verifyIdentities(service, scope, () => Promise.resolve());
    await completeVersions(service, scope);
    return await makeApiKey(service, 'district', district);
  } finally {
    await close();
    await register.stop();
  }
}

function* blocks(
  records: number,
  seed: number,
  district: string,
  register: RegisterSimulator,
): Generator<Buffer> {
  let text = '';
  for (const { row, registered } of sampleDoses({
    records,
    districts: [district],
    facilities: ['79-00123', '79-00208'],
    seed,
    errors: false,
  })) {
    if (registered) register.know(registered);
    text += JSON.stringify(row) + '\n';
    if (text.length < BLOCK_BYTES) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

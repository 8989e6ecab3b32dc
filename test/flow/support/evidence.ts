import { readFile } from 'node:fs/promises';
import { parseTrustKeys } from '#core/sign/trust-list';
import { nodeCrypto } from '#verifier/crypto-node';
import { verifyEvidence, type VerifyOptions } from '#verifier/index';
import { readStatus } from '#verifier/status/read-status';
import { readTrust } from '#verifier/trust/read-trust';
import type { Verdict } from '#verifier/verdict';
import type { Answer, World } from '../../support/world.ts';

/** Evidence as the CDC fetches it; a holder's copy, as the ward station of where the holder lives prints it. */
export async function fetchEvidence(
  world: World,
  district: string,
  recordId: string,
  copy: 'holder' | 'other' = 'other',
): Promise<Answer> {
  const key =
    copy === 'holder' ? await world.key('ward', await wardOf(world, recordId)) : await world.key('cdc');
  return world.call('GET', `/v1/evidence/${district}/${recordId}?copy=${copy}`, { key });
}

async function wardOf(world: World, recordId: string): Promise<string> {
  const rows = await world.sql<{ ward: string }>('select ward from current_versions where record_id = $1', [
    recordId,
  ]);
  return rows[0]?.ward ?? '';
}

/** What a verifier far away would have: the published trust list, the pins, the API's status lists. */
export async function publicLists(
  world: World,
  { at = new Date(Date.now() + world.clock.offsetMs), offline = false } = {},
): Promise<VerifyOptions> {
  const pins = parseTrustKeys(await readFile(world.pki.files.trustKeys));
  const trust = await readTrust({
    envelopeBytes: Buffer.from((await world.call('GET', '/v1/trust')).text),
    pins,
    at,
    crypto: nodeCrypto,
  });
  if (!trust.trust) throw new Error('the published trust list is not believed');
  const fileBytes = Buffer.from((await world.call('GET', '/v1/status')).text);
  const status = offline ? null : await readStatus({ fileBytes, trust: trust.trust, at, crypto: nodeCrypto });
  return { crypto: nodeCrypto, at, trust, status, crls: [], offline };
}

export async function judge(world: World, evidence: string): Promise<Verdict> {
  return verifyEvidence(Buffer.from(evidence), await publicLists(world));
}

/** Record ids of a batch in leaf order, with their district. */
export async function recordsOf(
  world: World,
  batchId: string,
): Promise<{ recordId: string; district: string; version: number }[]> {
  return world.sql(
    `select record_id as "recordId", district, version from batch_leaves where batch_id = $1 order by leaf_index`,
    [batchId],
  );
}

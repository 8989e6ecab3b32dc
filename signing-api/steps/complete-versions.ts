import { randomBytes } from 'node:crypto';
import { base64url, utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { commitId } from '#core/record/id-commitment';
import { leafText } from '#core/record/leaf';
import { RECORD_TYPE, type RecordDraft, type RecordLeaf } from '#core/record/record';
import { streamLine } from '#core/record/stream-line';
import { Refusal } from '#core/refusal';
import { leafHash } from '#core/tree/hash';
import type { Sealer } from '../sealing.ts';
import type { Service } from '../service.ts';
import {
  completableVersions,
  insertLeaves,
  type CompletableVersion,
  type NewLeaf,
} from '../store/identity.ts';

const PAGE = 2000;

export type CompletionScope = Parameters<typeof completableVersions>[1];

/**
 * Gives every version in scope that is free of problems and has its identity answer the leaf it will be signed with: salts, commitment,
 * leaf bytes and hash are made here, once, and never again.
 * @param signal ends the run between two pages
 */
export async function completeVersions(
  service: Service,
  scope: CompletionScope,
  signal?: AbortSignal,
): Promise<number> {
  let done = 0;
  for await (const page of completableVersions(service.db, scope, PAGE)) {
    const at = service.clock();
    const leaves = page.map((version) => makeLeaf(service, version, at));
    await service.db.transaction((tx) => insertLeaves(tx, leaves));
    done += page.length;
    signal?.throwIfAborted();
  }
  return done;
}

function makeLeaf(service: Service, version: CompletableVersion, at: Date): NewLeaf {
  const { district, recordId } = version;
  const draft = openDraft(service.sealer, version);
  const idSalt = randomBytes(32);
  const record: RecordLeaf = {
    type: RECORD_TYPE,
    recordId,
    version: version.version,
    salt: base64url(randomBytes(32)),
    campaign: draft.campaign,
    person: {
      ...draft.person,
      id: {
        type: draft.id.type,
        commit: commitId(service.crypto.sha256, draft.id.type, draft.id.number, idSalt),
      },
    },
    identity: {
      method: version.isForeign ? 'facility-attested' : 'register',
      answeredAt: instant(version.answeredAt),
      ...(version.reference === null ? {} : { reference: version.reference }),
    },
    residence: draft.residence,
    facility: draft.facility,
    dose: draft.dose,
  };
  const leaf = leafText(record);
  const line = streamLine(leaf, { number: draft.id.number, salt: base64url(idSalt) });
  return {
    district,
    recordId,
    version: version.version,
    leafHash: leafHash(service.crypto.sha256, utf8(leaf)),
    sealedLine: service.sealer.seal(line, lineRowId(recordId, version.version)),
    at,
  };
}

/** The associated data of a sealed stream line. */
export function lineRowId(recordId: string, version: number): string {
  return `line/${recordId}/${version}`;
}

/** @throws Refusal INTERNAL where the version has problems and so no draft */
export function openDraft(
  sealer: Sealer,
  v: { readonly recordId: string; readonly version: number; readonly sealedDraft: Buffer },
): RecordDraft {
  const opened = JSON.parse(
    sealer.open(v.sealedDraft, `draft/${v.recordId}/${v.version}`).toString('utf8'),
  ) as { draft?: RecordDraft };
  if (!opened.draft) throw new Refusal('INTERNAL', { detail: 'a version with problems has no draft' });
  return opened.draft;
}

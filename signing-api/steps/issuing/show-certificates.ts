import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import type { CertificateView, IssuingState } from '#core/wire/issuing';
import { isOwnRecord, type Caller } from '../../caller.ts';
import type { Service } from '../../service.ts';
import { certificatesOfRecord, countIssuing, type CertificateRow } from '../../store/certificates.ts';
import { findPerson } from '../../store/records.ts';
import { issuingKeys } from './choose-key.ts';
import { countPutOff } from './put-off.ts';
import { openHandle } from './secrets.ts';

const REPORT_MS = 60_000;
/** Offices in front of which the holder stands; nobody else is shown what fetches the certificate. */
const HANDS_OUT: readonly Caller['role'][] = ['ward', 'facility', 'district'];

/**
 * The certificates of a record, the newest first, those of its earlier versions and districts too.
 * @throws Refusal RECORD_UNKNOWN, also where the record is another unit's
 */
export async function showCertificates(
  service: Service,
  caller: Caller,
  district: string,
  recordId: string,
): Promise<{ certificates: CertificateView[] }> {
  const record = await findPerson(service.db, district, recordId);
  if (!record || !isOwnRecord(caller, { district, ward: record.ward, facility: record.facility }))
    throw new Refusal('RECORD_UNKNOWN');
  const rows = await certificatesOfRecord(service.db, recordId);
  return { certificates: rows.map((row) => certificateView(service, caller, row)) };
}

export function certificateView(service: Service, caller: Caller, row: CertificateRow): CertificateView {
  const { certificateId, recordId, version, renewal, kid, sealedHandle, issuedAt, expires, revokedAt } = row;
  const state = stateOf(row, service.clock());
  const handle = sealedHandle && openHandle(service.sealer, certificateId, sealedHandle);
  return {
    certificateId,
    recordId,
    version,
    renewal,
    state,
    ...(state === 'refused' && row.refusal !== null ? { refusal: row.refusal } : {}),
    ...(handle ? { uvci: handle.uvci } : {}),
    ...(kid ? { kid: kid.toString('base64url') } : {}),
    ...(issuedAt ? { issuedAt: instant(issuedAt) } : {}),
    ...(expires ? { expiresAt: instant(expires) } : {}),
    ...(revokedAt ? { revokedAt: instant(revokedAt) } : {}),
    ...(handle && state === 'issued' && HANDS_OUT.includes(caller.role) ? { code: handle.code } : {}),
  };
}

function stateOf({ kid, expires, revokedAt, isQueued }: CertificateRow, now: Date): CertificateView['state'] {
  if (!kid) return isQueued ? 'waiting' : 'refused';
  if (revokedAt) return 'revoked';
  return expires && expires <= now ? 'expired' : 'issued';
}

/** @throws Refusal OVERLOADED where counting takes longer than a minute; DOCUMENT_SIGNERS_UNTRUSTED, TRUST_* */
export async function showIssuing(service: Service): Promise<IssuingState> {
  const now = service.clock();
  const { byKid } = await service.documentSigners.reading(await service.trust.trust(now), now);
  const counts = await countIssuing(service.db.within(REPORT_MS), now);
  const issued = new Map(counts.keys.map(({ kid, count }) => [kid.toString('base64url'), count]));
  return {
    waiting: counts.waiting,
    leased: counts.leased,
    issued: counts.issued,
    revoked: counts.revoked,
    refused: Object.fromEntries(counts.refused.map(({ code, count }) => [code, count])),
    waitingFor: countPutOff(service.db, now),
    keys: issuingKeys(byKid ?? new Map()).map(({ kid, from, to }) => ({
      kid,
      from,
      to,
      issued: issued.get(kid) ?? 0,
    })),
  };
}

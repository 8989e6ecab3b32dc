import { base64, base64url } from '#core/bytes';
import { splitStreamLine } from '#core/record/stream-line';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { Refusal } from '#core/refusal';
import { evidenceBytes, EVIDENCE_TYPE, type Evidence } from '#core/sign/evidence';
import { proofFromTiles } from '#core/tree/proof';
import { verifyEvidence } from '#verifier/index';
import { readStatus } from '#verifier/status/read-status';
import { verifySignature } from '#verifier/verify-signature';
import { isOwnRecord, type Caller } from '../caller.ts';
import type { Service } from '../service.ts';
import { attestationsOf, readTile, sealedLineOf, type RecordAttestation } from '../store/batches.ts';
import { findPerson } from '../store/records.ts';
import { lineRowId } from './complete-versions.ts';
import { freshCrls } from './fresh-crls.ts';
import { issueStatus } from './issue-status.ts';

/**
 * Assembles the evidence of a record's newest version on demand, and verifies it before it is handed out.
 * @param copy `holder` carries the opening of the id number; nobody else's copy does
 * @throws Refusal RECORD_UNKNOWN, EVIDENCE_INCOMPLETE, and whatever makes it less than valid now
 */
export async function makeEvidence(
  service: Service,
  caller: Caller,
  district: string,
  recordId: string,
  copy: 'holder' | 'other',
): Promise<Uint8Array> {
  const record = await findPerson(service.db, district, recordId);
  if (!record || !isOwnRecord(caller, { district, ward: record.ward, facility: record.facility }))
    throw new Refusal('RECORD_UNKNOWN');
  const sealed = await sealedLineOf(service.db, district, recordId, record.version);
  const signed = await attestationsOf(service.db, district, recordId, record.version);
  if (!sealed || signed.length === 0) throw new Refusal('EVIDENCE_INCOMPLETE');
  const { leaf, opening } = splitStreamLine(
    service.sealer.open(sealed, lineRowId(recordId, record.version)).toString('utf8'),
  );
  const evidence: Evidence = {
    type: EVIDENCE_TYPE,
    record: leaf,
    attestations: await Promise.all(signed.map((attestation) => toAttestation(service, attestation))),
    material: await materialFor(service, signed),
    ...(copy === 'holder' ? { opening } : {}),
  };
  const bytes = evidenceBytes(evidence);
  await requireValid(service, bytes, district);
  return bytes;
}

async function toAttestation(
  service: Service,
  a: RecordAttestation,
): Promise<Evidence['attestations'][number]> {
  const read = (level: number, tileNo: number) =>
    readTile(service.db, a.batchDistrict, a.batchId, level, tileNo);
  const path = await proofFromTiles(service.crypto.sha256, read, a.leafIndex, a.count);
  return {
    statement: a.statement.toString('utf8'),
    proof: { leafIndex: a.leafIndex, treeSize: a.count, path: path.map(base64url) },
    signature: base64(a.cms),
  };
}

/** What a verifier needs now, and nothing it does not use. Without a proven signing time the judged time is now, so CRLs are today's. */
async function materialFor(
  service: Service,
  signed: readonly RecordAttestation[],
): Promise<Evidence['material']> {
  const at = service.clock();
  const trust = await service.trust.trust(at);
  const crls = await freshCrls(service);
  const extraCertificates = await service.revocation.certificates();
  const certificates = new Set<string>();
  const usedCrls = new Set<string>();
  for (const { statement, cms } of signed) {
    const { used } = await verifySignature({
      statementBytes: statement,
      cms,
      extraCertificates,
      crls,
      trust,
      at,
      crypto: service.crypto,
    });
    for (const der of used.certificates) certificates.add(base64(der));
    for (const der of used.crls) usedCrls.add(base64(der));
  }
  return { certificates: [...certificates], crls: [...usedCrls], ocsp: [] };
}

async function requireValid(service: Service, bytes: Uint8Array, district: string): Promise<void> {
  const at = service.clock();
  const { crypto } = service;
  const reading = await service.trust.reading(at);
  const trust = await service.trust.trust(at);
  const fileBytes = canonicalBytes([await issueStatus(service, district)]);
  const status = await readStatus({ fileBytes, trust, at, crypto });
  const verdict = await verifyEvidence(bytes, {
    crypto,
    at,
    trust: reading,
    status,
    crls: [],
    offline: false,
  });
  const [reason = 'EVIDENCE_INCOMPLETE'] = verdict.reasons;
  if (verdict.verdict !== 'valid') throw new Refusal(reason, { detail: verdict.details.join('; ') });
}

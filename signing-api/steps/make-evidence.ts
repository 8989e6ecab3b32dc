import { base64, base64url } from '#core/bytes';
import { splitStreamLine } from '#core/record/stream-line';
import { Refusal, type RefusalCode } from '#core/refusal';
import { evidenceBytes, EVIDENCE_TYPE, type Evidence } from '#core/sign/evidence';
import { itemWriter } from '#core/sign/item-statement';
import { parseStatement } from '#core/sign/statement';
import { proofFromTiles } from '#core/tree/proof';
import { verifyEvidence } from '#verifier/index';
import { verifySignature } from '#verifier/verify-signature';
import { isOwnRecord, type Caller } from '../caller.ts';
import type { Service } from '../service.ts';
import { attestationsOf, readTile, sealedLineOf, type RecordAttestation } from '../store/batches.ts';
import { findPerson } from '../store/records.ts';
import { lineRowId } from './complete-versions.ts';
import { issueStatus } from './issue-status.ts';
import { judgingNow } from './judging.ts';
import { readHeld } from './status-cache.ts';

/**
 * Assembles the evidence of a record's newest version on demand, and verifies it before it is handed out.
 * @param copy `holder` carries the opening of the id number; nobody else's copy does
 * @throws Refusal FORBIDDEN, RECORD_UNKNOWN, EVIDENCE_INCOMPLETE, and whatever makes it less than valid now
 */
export async function makeEvidence(
  service: Service,
  caller: Caller,
  district: string,
  recordId: string,
  copy: 'holder' | 'other',
): Promise<Uint8Array> {
  // the id number leaves the house only with whom the holder stands in front of
  if (copy === 'holder' && caller.role !== 'ward' && caller.role !== 'facility')
    throw new Refusal('FORBIDDEN');
  const record = await findPerson(service.db, district, recordId);
  if (!record || !isOwnRecord(caller, { district, ward: record.ward, facility: record.facility }))
    throw new Refusal('RECORD_UNKNOWN');
  const sealed = await sealedLineOf(service.db, district, recordId, record.version);
  const signed = await attestationsOf(service.db, district, recordId, record.version);
  if (!sealed || signed.length === 0) throw new Refusal('EVIDENCE_INCOMPLETE');
  const { leaf, opening } = splitStreamLine(
    service.sealer.open(sealed, lineRowId(recordId, record.version)).toString('utf8'),
  );
  const { holding, material } = await judgeNow(service, signed);
  const evidence: Evidence = {
    type: EVIDENCE_TYPE,
    record: leaf,
    attestations: await Promise.all(holding.map((attestation) => toAttestation(service, attestation))),
    material,
    ...(copy === 'holder' ? { opening } : {}),
  };
  const bytes = evidenceBytes(evidence);
  await requireValid(service, bytes, district);
  return bytes;
}

/** An item's statement follows from its list and its leaf; it was never stored. */
function signedStatement(a: RecordAttestation): Uint8Array {
  if (a.mode === 'list') return a.statement;
  const write = itemWriter(parseStatement(a.statement), base64url(a.statementSha256));
  return write({ index: a.leafIndex, leafHash: base64url(a.leafHash) });
}

async function toAttestation(
  service: Service,
  a: RecordAttestation,
): Promise<Evidence['attestations'][number]> {
  const statement = Buffer.from(signedStatement(a)).toString('utf8');
  const signature = base64(a.cms);
  if (a.mode === 'each') return { statement, signature };
  const read = (level: number, tileNo: number) =>
    readTile(service.db, a.batchDistrict, a.batchId, level, tileNo);
  const path = await proofFromTiles(service.crypto.sha256, read, a.leafIndex, a.count);
  const proof = { leafIndex: a.leafIndex, treeSize: a.count, path: path.map(base64url) };
  return { statement, proof, signature };
}

/**
 * The signatures that hold now, and what a verifier needs for them and nothing it does not use. Without a proven signing time the judged
 * time is now, so CRLs and OCSP answers are today's; a signature that no longer holds does not take the other one with it.
 */
async function judgeNow(
  service: Service,
  signed: readonly RecordAttestation[],
): Promise<{ readonly holding: readonly RecordAttestation[]; readonly material: Evidence['material'] }> {
  const judged = await judgingNow(
    service,
    signed.map(({ cms }) => cms),
  );
  const holding: RecordAttestation[] = [];
  const certificates = new Set<string>();
  const crls = new Set<string>();
  const ocsp = new Set<string>();
  let first: RefusalCode | undefined;
  for (const attestation of signed) {
    const { cms } = attestation;
    const statementBytes = signedStatement(attestation);
    const { verdict, reasons, used } = await verifySignature({
      ...judged,
      stamps: 'judged',
      statementBytes,
      cms,
    });
    if (verdict !== 'valid') {
      first ??= reasons[0];
      continue;
    }
    holding.push(attestation);
    for (const der of used.certificates) certificates.add(base64(der));
    for (const der of used.crls) crls.add(base64(der));
    for (const der of used.ocsp) ocsp.add(base64(der));
  }
  if (holding.length === 0)
    throw new Refusal(first ?? 'EVIDENCE_INCOMPLETE', { detail: 'no signature holds now' });
  return { holding, material: { certificates: [...certificates], crls: [...crls], ocsp: [...ocsp] } };
}

async function requireValid(service: Service, bytes: Uint8Array, district: string): Promise<void> {
  const { crypto } = service;
  const list = await issueStatus(service, district);
  // only now: a list that was issued after the judged time is not fresh
  const at = service.clock();
  const reading = await service.trust.reading(at);
  const trust = await service.trust.trust(at);
  const status = await readHeld(service, list, trust, at);
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

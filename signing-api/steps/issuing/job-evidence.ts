import { base64, base64url } from '#core/bytes';
import { canonicalText } from '#core/record/canonical-bytes';
import { refusals, type RefusalCode } from '#core/refusal';
import { EVIDENCE_TYPE, type Attestation, type Evidence } from '#core/sign/evidence';
import { itemWriter } from '#core/sign/item-statement';
import { parseStatement } from '#core/sign/statement';
import { SignatureJudge, type SignatureVerdict } from '#verifier/verify-signature';
import type { Service } from '../../service.ts';
import { findBatch, readTile, type BatchRow } from '../../store/batches.ts';
import type { LeasedAttestation } from '../../store/certificate-jobs.ts';
import { findSignature } from '../../store/signatures.ts';
import { judgingNow } from '../judging.ts';
import { BatchPaths } from './batch-paths.ts';

/** Evidence, or why there is none; `isPassing` where it may well be there later. */
export type JobEvidence =
  { readonly text: string } | { readonly code: RefusalCode; readonly isPassing: boolean };

type Batch = {
  readonly row: BatchRow;
  readonly statement: string;
  readonly paths: BatchPaths;
  readonly item: ReturnType<typeof itemWriter>;
  /** over the list, in `list` mode */
  readonly list: Promise<{ readonly signature: string; readonly verdict: SignatureVerdict } | null>;
};

/**
 * Makes the evidence of many records of few batches: statement, signature and material of a batch are read and judged once. Nothing is
 * verified a second time here: the worker does that alone, and every certificate's record version is asked about again when it is stored.
 */
export class EvidenceMaker {
  readonly #service: Service;
  readonly #judge: SignatureJudge;
  readonly #batches = new Map<string, Promise<Batch | null>>();

  private constructor(service: Service, judge: SignatureJudge) {
    this.#service = service;
    this.#judge = judge;
  }

  /** @param signed all that evidence will be made of: their signers are asked about together */
  static async now(service: Service, signed: readonly LeasedAttestation[]): Promise<EvidenceMaker> {
    const judging = await judgingNow(service, await signaturesOf(service, signed));
    return new EvidenceMaker(service, new SignatureJudge({ ...judging, stamps: 'judged' }));
  }

  /** @param leaf exact leaf bytes, as text */
  async make(leaf: string, signed: readonly LeasedAttestation[]): Promise<JobEvidence> {
    const attestations: Attestation[] = [];
    const certificates = new Set<Uint8Array>();
    const crls = new Set<Uint8Array>();
    const ocsp = new Set<Uint8Array>();
    for (const one of signed) {
      const batch = await this.#batch(one.batchId);
      if (!batch) return { code: 'POLICY_NOT_MET', isPassing: false };
      const made = one.itemCms ? await this.#item(batch, one, one.itemCms) : await this.#listed(batch, one);
      if (!made) return { code: 'POLICY_NOT_MET', isPassing: false };
      const { verdict, reasons, used } = made.verdict;
      if (verdict !== 'valid') return whyNot(reasons);
      attestations.push(made.attestation);
      for (const der of used.certificates) certificates.add(der);
      for (const der of used.crls) crls.add(der);
      for (const der of used.ocsp) ocsp.add(der);
    }
    const material = { certificates: texts(certificates), crls: texts(crls), ocsp: texts(ocsp) };
    const evidence: Evidence = { type: EVIDENCE_TYPE, record: leaf, attestations, material };
    return { text: canonicalText(evidence) };
  }

  async #listed(batch: Batch, { leafIndex }: LeasedAttestation) {
    const list = await batch.list;
    if (!list) return null;
    const proof = { leafIndex, treeSize: batch.row.count, path: await batch.paths.pathOf(leafIndex) };
    const attestation: Attestation = { statement: batch.statement, proof, signature: list.signature };
    return { attestation, verdict: list.verdict };
  }

  async #item(batch: Batch, { leafIndex, leafHash }: LeasedAttestation, cms: Buffer) {
    const statement = batch.item({ index: leafIndex, leafHash: base64url(leafHash) });
    const verdict = await this.#judge.judge(statement, cms);
    const attestation: Attestation = {
      statement: Buffer.from(statement).toString('utf8'),
      signature: cms.toString('base64'),
    };
    return { attestation, verdict };
  }

  #batch(batchId: string): Promise<Batch | null> {
    const known = this.#batches.get(batchId) ?? this.#readBatch(batchId);
    this.#batches.set(batchId, known);
    return known;
  }

  async #readBatch(batchId: string): Promise<Batch | null> {
    const { db, crypto } = this.#service;
    const row = await findBatch(db, batchId);
    if (!row) return null;
    const read = (level: number, tileNo: number) => readTile(db, row.district, batchId, level, tileNo);
    return {
      row,
      statement: row.statement.toString('utf8'),
      paths: new BatchPaths(crypto.sha256, read, row.count),
      item: itemWriter(parseStatement(row.statement), base64url(row.statementSha256)),
      list: row.mode === 'list' ? this.#judgeList(row) : Promise.resolve(null),
    };
  }

  async #judgeList({ district, batchId, statement }: BatchRow) {
    const signature = await findSignature(this.#service.db, district, batchId);
    if (!signature) return null;
    const verdict = await this.#judge.judge(statement, signature.cms);
    return { signature: signature.cms.toString('base64'), verdict };
  }
}

async function signaturesOf({ db }: Service, signed: readonly LeasedAttestation[]): Promise<Uint8Array[]> {
  const items = signed.flatMap(({ itemCms }) => itemCms ?? []);
  const lists: Uint8Array[] = [];
  const listed = signed.filter(({ itemCms }) => itemCms === null);
  for (const batchId of new Set(listed.map((one) => one.batchId))) {
    const batch = await findBatch(db, batchId);
    const signature = batch && (await findSignature(db, batch.district, batchId));
    if (signature) lists.push(signature.cms);
  }
  return [...items, ...lists];
}

/** What a person can put right, such as a CRL that is not fresh, refuses nobody's certificate. */
function whyNot(reasons: readonly RefusalCode[]): JobEvidence {
  const [code = 'POLICY_NOT_MET'] = reasons;
  return { code, isPassing: refusals[code].fixable };
}

const known = new WeakMap<Uint8Array, string>();

/** Each once, also where two paths brought the same bytes. */
function texts(ders: ReadonlySet<Uint8Array>): string[] {
  const each = [...ders].map((der) => {
    const text = known.get(der) ?? base64(der);
    known.set(der, text);
    return text;
  });
  return [...new Set(each)];
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { base64, base64url, utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { canonicalBytes } from '#core/record/canonical-bytes';
import type { RecordLeaf } from '#core/record/record';
import { leafText } from '#core/record/leaf';
import type { Evidence } from '#core/sign/evidence';
import { statementBytes } from '#core/sign/statement';
import type { StatusList } from '#core/sign/status-list';
import type { TrustList } from '#core/sign/trust-list';
import { leafHash } from '#core/tree/hash';
import { sha256 } from '#verifier/crypto-node';
import { signCms } from '#test/verifier/support/cms';
import { named, stamp, timeStamping } from '#test/verifier/support/stamps';
import {
  makeFamily,
  makeList,
  pins,
  proofOf,
  record,
  signerRow,
  statusFile,
  statusKey,
  statusList,
  trustFile,
  trustList,
  type List,
} from '#test/verifier/support/world';
import { issue, issueCrl, type Holder } from '#test/verifier/support/x509';

/** Evidence, trust and status of today, all really signed: what the Ministry's worker judges by. */

const DAY = 86_400_000;
export const days = (count: number) => instant(new Date(Date.now() + count * DAY));

export const family = makeFamily('government', 'p256');
const crls = [family.ca, family.root].map((issuer) => issueCrl({ issuer, from: days(-1), to: days(20) }));
export const district = issue({ name: 'TTYT Quận 1', keyKind: 'p256', issuer: family.ca });
export const facility = issue({ name: 'Bệnh viện Quận 1', keyKind: 'p256', issuer: family.ca });
/** of nobody whom the trust list names */
export const stranger = issue({ name: 'Người lạ', keyKind: 'p256', issuer: family.ca });

const BATCHES = {
  district: '01800000-0000-7000-8000-00000000b001',
  facility: '01800000-0000-7000-8000-00000000b002',
};

/** A record of its own person, complete enough for a certificate. */
export function person(number: number, changes: Partial<RecordLeaf> = {}): RecordLeaf {
  return record(number, {
    person: { ...record(number).person, name: `Nguyễn Văn ${'ABCDEFGH'[number % 8] ?? 'A'}` },
    ...changes,
  });
}

export type Signing = { readonly kinds?: readonly ('district' | 'facility')[]; readonly signer?: Holder };

/** @param kinds whose attestations it has */
export function evidenceOf(one: RecordLeaf, { kinds = ['district'], signer }: Signing = {}): string {
  const evidence: Evidence = {
    type: 'kyso/evidence/v1',
    record: leafText(one),
    attestations: kinds.map((kind) =>
      attestation(makeList([one], statementOf(kind)), signer ?? holderOf(kind)),
    ),
    material: { certificates: [base64(family.ca.certificate)], crls: crls.map(base64), ocsp: [] },
  };
  return new TextDecoder().decode(canonicalBytes(evidence));
}

function statementOf(kind: 'district' | 'facility') {
  const unit =
    kind === 'district'
      ? { code: '760', name: 'Trung tâm Y tế Quận 1' }
      : { code: '79-00123', name: 'Bệnh viện Quận 1' };
  return { kind, unit, batchId: BATCHES[kind], createdAt: days(-1) };
}

function holderOf(kind: 'district' | 'facility'): Holder {
  return kind === 'district' ? district : facility;
}

function attestation(list: List, signer: Holder): Evidence['attestations'][number] {
  const statement = statementBytes(list.statement);
  return {
    statement: new TextDecoder().decode(statement),
    proof: proofOf(list, 0),
    signature: base64(signCms({ statement, signer, signedAt: days(-0.5) })),
  };
}

export function leafOf(one: RecordLeaf): string {
  return base64url(leafHash(sha256, utf8(leafText(one))));
}

/** The trust list of today. */
export function trustToday(changes: Partial<TrustList> = {}): TrustList {
  const from = '2022-01-01T00:00:00Z';
  return trustList(
    [family],
    [signerRow(district, family.ca), signerRow(facility, family.ca, { kind: 'facility', unit: '79-00123' })],
    {
      issuedAt: days(-2),
      nextUpdate: days(60),
      services: [{ service: 'status', key: base64(statusKey.spki), from }],
      ...changes,
    },
  );
}

export function statusToday(changes: Partial<StatusList> = {}): Uint8Array {
  return statusFile([statusList({ issuedAt: days(-0.1), nextUpdate: days(0.9), ...changes })]);
}

export type TrustFolder = {
  readonly folder: string;
  readonly trust: string;
  readonly trustKeys: string;
  /** replaces the trust list */
  readonly write: (list: TrustList) => void;
  readonly remove: () => void;
};

export function trustFolder(list: TrustList = trustToday()): TrustFolder {
  const folder = mkdtempSync(join(tmpdir(), 'kyso-issuing-'));
  const [trust, trustKeys] = [join(folder, 'trust.json'), join(folder, 'trust-keys.json')];
  const write = (other: TrustList) => writeFileSync(trust, trustFile(other));
  write(list);
  writeFileSync(trustKeys, canonicalBytes(pins));
  return { folder, trust, trustKeys, write, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** CRLs that take the district's signer back, as the API would hand them out. */
export function crlRevoking(holder: Holder): Uint8Array {
  return issueCrl({
    issuer: family.ca,
    from: days(-0.01),
    to: days(20),
    revoked: [{ serial: holder.serial, at: days(-0.02) }],
  });
}

/** The newest CRL of the issuing CA, that takes nobody back. */
export function crlInForce(): Uint8Array {
  return issueCrl({ issuer: family.ca, from: days(-0.01), to: days(20) });
}

const authority = issue({ name: 'Dấu thời gian', issuer: family.ca, extensions: [timeStamping] });

/** Signed and stamped three days ago; its CRLs came two days ago and ran out yesterday. */
export function stampedAgo(one: RecordLeaf): {
  readonly evidence: string;
  readonly services: TrustList['services'];
} {
  const evidence = JSON.parse(evidenceOf(one)) as Evidence;
  const list = makeList([one], { ...statementOf('district'), createdAt: days(-4) });
  const statement = statementBytes(list.statement);
  const cms = signCms({ statement, signer: district, signedAt: days(-3.1) });
  const stamped = stamp(cms, { by: authority, chain: [family.ca], at: days(-3) });
  const old = [
    issueCrl({ issuer: family.ca, from: days(-2), to: days(-1) }),
    issueCrl({ issuer: family.root, from: days(-2), to: days(20) }),
  ];
  const attestations = [
    {
      statement: new TextDecoder().decode(statement),
      proof: proofOf(list, 0),
      signature: base64(stamped),
    },
  ];
  const material = { ...evidence.material, crls: old.map(base64) };
  const bytes = canonicalBytes({ ...evidence, attestations, material });
  return { evidence: new TextDecoder().decode(bytes), services: [named(authority)] };
}

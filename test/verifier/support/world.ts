import { base64, base64url, utf8 } from '#core/bytes';
import { commitId } from '#core/record/id-commitment';
import { leafText } from '#core/record/leaf';
import type { RecordLeaf } from '#core/record/record';
import { canonicalBytes, type Json } from '#core/record/canonical-bytes';
import { makeEnvelope, preAuthEncoding } from '#core/sign/envelope';
import type { Evidence } from '#core/sign/evidence';
import { STATUS_PAYLOAD_TYPE, type StatusList } from '#core/sign/status-list';
import { itemStatement, type ItemStatement } from '#core/sign/item-statement';
import { statementBytes, type ListStatement } from '#core/sign/statement';
import { TRUST_PAYLOAD_TYPE, type SignerRow, type TrustKeys, type TrustList } from '#core/sign/trust-list';
import { leafHash, rootOf } from '#core/tree/hash';
import { pathWithin } from '#core/tree/proof';
import { nodeCrypto } from '#verifier/crypto-node';
import { readCrl } from '#verifier/der/crl';
import { verifyEvidence, type VerifyOptions } from '#verifier/index';
import { readStatus } from '#verifier/status/read-status';
import { readTrust } from '#verifier/trust/read-trust';
import { prepareTrust } from '#verifier/trust/trust';
import type { Verdict } from '#verifier/verdict';
import { ITEM_MIME, signCms, type CmsOptions } from './cms.ts';
import { text } from './der-write.ts';
import { newKey, signWith, type KeyKind, type TestKey } from './keys.ts';
import { issue, issueCrl, type Holder } from './x509.ts';

/** A small world to judge in: one root family, two signers, a list of records, trust, status and evidence, all really signed. */

export const AT = new Date('2022-04-30T09:00:00Z');
export const SIGNED_AT = '2022-04-29T08:20:00Z';
const { sha256 } = nodeCrypto;

export type Family = {
  readonly root: Holder;
  readonly ca: Holder;
  readonly rootCrl: Uint8Array;
  readonly caCrl: Uint8Array;
};

export function makeFamily(name: string, kind: KeyKind): Family {
  const root = issue({ name: `${name} root`, keyKind: kind, ca: true });
  const ca = issue({ name: `${name} ca`, keyKind: kind, issuer: root, ca: { pathLength: 0 } });
  const [from, to] = ['2022-04-29T00:00:00Z', '2022-05-29T00:00:00Z'];
  return {
    root,
    ca,
    rootCrl: issueCrl({ issuer: root, from, to }),
    caCrl: issueCrl({ issuer: ca, from, to }),
  };
}

export function record(number: number, changes: Partial<RecordLeaf> = {}): RecordLeaf {
  const salt = base64url(sha256(utf8(`salt ${number}`)));
  return {
    type: 'kyso/record/v1',
    recordId: `01800000-0000-7000-8000-${String(number).padStart(12, '0')}`,
    version: 1,
    salt,
    campaign: 'covid19',
    person: {
      name: 'Nguyễn Văn An',
      birthDate: '1980-01-02',
      sex: 'M',
      nationality: 'VN',
      id: { type: 'CCCD', commit: commitId(sha256, 'CCCD', '079080000001', sha256(utf8(`id ${number}`))) },
    },
    identity: { method: 'register', answeredAt: '2022-04-20T00:00:00Z', reference: 'ref-1' },
    residence: { district: '760', ward: '26734' },
    facility: '79-00123',
    dose: {
      number: 1,
      type: 'primary',
      date: '2021-08-01',
      country: 'VN',
      target: '840539006',
      vaccine: '1119349007',
      product: 'EU/1/20/1528',
      manufacturer: 'ORG-100030215',
      lot: 'FF1234',
    },
    ...changes,
  };
}

export const opening = (number: number) => ({
  number: '079080000001',
  salt: base64url(sha256(utf8(`id ${number}`))),
});

export type List = {
  readonly records: readonly RecordLeaf[];
  readonly hashes: readonly Uint8Array[];
  readonly statement: ListStatement;
};

export function makeList(records: readonly RecordLeaf[], changes: Partial<ListStatement> = {}): List {
  const hashes = records.map((one) => leafHash(sha256, utf8(leafText(one))));
  const statement: ListStatement = {
    type: 'kyso/list/v1',
    instance: 'demo',
    batchId: '01800000-0000-7000-8000-00000000b001',
    kind: 'district',
    mode: 'list',
    unit: { code: '760', name: 'Trung tâm Y tế Quận 1' },
    campaign: 'covid19',
    sequence: 1,
    declaration: 'Xác nhận danh sách.',
    count: records.length,
    root: base64url(rootOf(sha256, hashes)),
    tree: 'rfc9162-sha256',
    recordType: 'kyso/record/v1',
    createdAt: '2022-04-29T08:15:00Z',
    ...changes,
  };
  return { records, hashes, statement };
}

export function proofOf(list: List, index: number) {
  return {
    leafIndex: index,
    treeSize: list.hashes.length,
    path: pathWithin(sha256, list.hashes, index).map(base64url),
  };
}

export type EvidenceOptions = {
  readonly list: List;
  readonly index: number;
  readonly signer: Holder;
  readonly family: Family;
  readonly cms?: Partial<CmsOptions>;
  readonly material?: Partial<Evidence['material']>;
  readonly withOpening?: boolean;
};

/** The signer alone stands in the CMS, the intermediate in the material, unless told otherwise. */
export function makeEvidence({
  list,
  index,
  signer,
  family,
  cms,
  material,
  withOpening,
}: EvidenceOptions): Evidence {
  const statement = statementBytes(list.statement);
  const leaf = list.records[index];
  if (!leaf) throw new RangeError('no such record');
  return {
    type: 'kyso/evidence/v1',
    record: leafText(leaf),
    attestations: [
      {
        statement: new TextDecoder().decode(statement),
        proof: proofOf(list, index),
        signature: base64(signCms({ statement, signer, signedAt: SIGNED_AT, ...cms })),
      },
    ],
    material: {
      certificates: [base64(family.ca.certificate)],
      crls: [base64(family.caCrl), base64(family.rootCrl)],
      ocsp: [],
      ...material,
    },
    ...(withOpening ? { opening: opening(index + 1) } : {}),
  };
}

export const itemMime = { '0.4.0.1733.2.1': text(ITEM_MIME) };

/** @param changes to the statement before it is signed */
export function itemBytes(list: List, index: number, changes: Partial<ItemStatement> = {}): Uint8Array {
  const each: ListStatement = { ...list.statement, mode: 'each' };
  const leaf = base64url(list.hashes[index] ?? new Uint8Array());
  const item = itemStatement(each, base64url(sha256(statementBytes(each))), { index, leafHash: leaf });
  return canonicalBytes({ ...item, ...changes });
}

/** The same record signed by itself, as a list in `each` mode has it. */
export function makeItemEvidence(
  options: EvidenceOptions & { readonly changes?: Partial<ItemStatement> },
): Evidence {
  const { list, index, signer, cms, changes } = options;
  const statement = itemBytes(list, index, changes);
  const signature = signCms({ statement, signer, signedAt: SIGNED_AT, attributes: itemMime, ...cms });
  return {
    ...makeEvidence(options),
    attestations: [{ statement: new TextDecoder().decode(statement), signature: base64(signature) }],
  };
}

export function signerRow(holder: Holder, issuer: Holder, changes: Partial<SignerRow> = {}): SignerRow {
  return {
    issuerKey: base64url(sha256(issuer.key.spki)),
    certificate: base64url(sha256(holder.certificate)),
    kind: 'district',
    unit: '760',
    keyStorage: 'token',
    from: '2022-01-01T00:00:00Z',
    ...changes,
  };
}

export const trustKeys = [newKey('p256'), newKey('p256'), newKey('p256')] as const;
export const statusKey = newKey('p256');

export const pins: TrustKeys = {
  type: 'kyso/trust-keys/v1',
  instance: 'demo',
  threshold: 2,
  keys: trustKeys.map(({ spki }) => base64(spki)),
};

export function trustList(
  families: readonly Family[],
  signers: readonly SignerRow[],
  changes: Partial<TrustList> = {},
): TrustList {
  return {
    type: 'kyso/trust/v1',
    instance: 'demo',
    sequence: 5,
    issuedAt: '2022-04-28T00:00:00Z',
    nextUpdate: '2022-05-28T00:00:00Z',
    roots: families.map(({ root }) => ({
      family: 'government',
      certificate: base64(root.certificate),
      from: '2022-01-01T00:00:00Z',
    })),
    signers: [...signers],
    services: [{ service: 'status', key: base64(statusKey.spki), from: '2022-01-01T00:00:00Z' }],
    algorithms: {
      signatures: ['RSA-PKCS1-SHA256', 'RSA-PSS-SHA256', 'ECDSA-P256-SHA256', 'ECDSA-P384-SHA384'],
      minRsaBits: 2048,
    },
    ...changes,
  };
}

export function statusList(changes: Partial<StatusList> = {}): StatusList {
  return {
    type: 'kyso/status/v1',
    instance: 'demo',
    district: '760',
    sequence: 3,
    issuedAt: '2022-04-30T00:00:00Z',
    nextUpdate: '2022-05-01T00:00:00Z',
    superseded: [],
    withdrawn: [],
    batchesWithdrawn: [],
    ...changes,
  };
}

export function envelope(type: string, payload: Json, keys: readonly TestKey[]) {
  const signed = preAuthEncoding(type, canonicalBytes(payload));
  const signatures = keys.map((key) => ({
    keyid: base64url(sha256(key.spki)),
    sig: signWith(key, 'ecdsa-sha256', signed),
  }));
  return makeEnvelope(type, payload, signatures);
}

export function trustFile(list: TrustList, keys: readonly TestKey[] = trustKeys.slice(0, 2)): Uint8Array {
  return canonicalBytes(envelope(TRUST_PAYLOAD_TYPE, list, keys));
}

export function statusFile(lists: readonly StatusList[], key: TestKey = statusKey): Uint8Array {
  return canonicalBytes(lists.map((list) => envelope(STATUS_PAYLOAD_TYPE, list, [key])));
}

export type Asking = {
  readonly trust: TrustList;
  readonly status?: readonly StatusList[] | null;
  readonly crls?: readonly Uint8Array[];
  readonly at?: Date;
  readonly offline?: boolean;
};

/** Options as the command line makes them, from bytes. */
export async function asking({
  trust,
  status = [statusList()],
  crls = [],
  at = AT,
  offline = false,
}: Asking): Promise<VerifyOptions> {
  const reading = await readTrust({ envelopeBytes: trustFile(trust), pins, at, crypto: nodeCrypto });
  const list = reading.trust ?? prepareTrust(trust);
  return {
    crypto: nodeCrypto,
    at,
    trust: reading,
    status:
      status && (await readStatus({ fileBytes: statusFile(status), trust: list, at, crypto: nodeCrypto })),
    crls: crls.map(readCrl),
    offline,
  };
}

export function judge(evidence: Evidence, options: VerifyOptions): Promise<Verdict> {
  return verifyEvidence(canonicalBytes(evidence), options);
}

import { base64url, fromBase64url, sameBytes } from '#core/bytes';
import type { KeyStorage } from '#core/sign/fields';
import { ITEM_TYPE, parseAnyStatement, type Statement } from '#core/sign/item-statement';
import { shortDigest } from '#core/sign/short-digest';
import type { ChainCache } from './chain-cache.ts';
import { checkCms } from './evidence/check-cms.ts';
import type { CmsForms } from './evidence/cms-forms.ts';
import { keyStorageSuffices } from './evidence/key-storage.ts';
import { mimeTypeAgrees } from './evidence/mime-type.ts';
import { readStampedCms, withoutStamp, type Cms } from './evidence/read-cms.ts';
import { invalid, read, type Finding } from './finding.ts';
import { judgeChain, type ChainInput, type UsedMaterial } from './judge-chain.ts';
import { knownName } from './known-certificate.ts';
import { NO_ANSWERS } from './revocation/check-revocation.ts';
import { judgeProvenTime, type ProvenTime } from './time/judge-proven-time.ts';
import type { Trust } from './trust/trust.ts';
import type { TimeSource } from './verdict.ts';

export type AttestationInput = Omit<ChainInput, 'trust' | 'provenUntil'> & {
  readonly statementBytes: Uint8Array;
  readonly cms: Uint8Array;
  /** null where the trust list may not be believed: then only form and signature value are judged */
  readonly trust: Trust | null;
  /** refuse a signer whose key is not on a token */
  readonly requireToken: boolean;
  /** whether a time stamp in the signature may say when it was made; refused: SIGNATURE_MALFORMED */
  readonly stamps: Stamps;
  readonly chains?: ChainCache | undefined;
  readonly forms?: CmsForms | undefined;
  /** what `statementBytes` say, from whoever wrote them */
  readonly statement?: Statement | undefined;
};

export type Stamps = 'refused' | 'judged';

/** Everything about one statement and its signature that does not depend on a record. */
export type Judgement = {
  readonly findings: readonly Finding[];
  readonly statement: Statement | null;
  /** of the list, which is what the signer saw */
  readonly shortDigest: string;
  readonly signer: { readonly name: string; readonly sha256: string; readonly claimedTime: string } | null;
  readonly keyStorage: KeyStorage | null;
  /** null where no path to a root was found; then nothing can be said about what belongs to it */
  readonly used: UsedMaterial | null;
  /** instant at which path and revocation were judged */
  readonly judgedTime: string;
  readonly timeSource: TimeSource;
};

/** Statement, form, signature, time, path, revocation, unit: in this order, all that is wrong at once. */
export async function judgeAttestation(input: AttestationInput): Promise<Judgement> {
  const { statementBytes, trust, crypto, chains, requireToken } = input;
  const findings: Finding[] = [];
  const statement = input.statement ?? read(() => parseAnyStatement(statementBytes), findings);
  const cms = read(() => readSignature(input), findings);
  if (statement && statement.type !== ITEM_TYPE && statement.mode !== 'list')
    findings.push(invalid('STATEMENT_MALFORMED', 'the list of an each batch is not signed itself'));
  if (statement && trust && statement.instance !== trust.list.instance)
    findings.push(invalid('TRUST_OF_OTHER_INSTANCE', statement.instance));
  if (cms) findings.push(...(await checkCms(cms, statementBytes, crypto)));
  if (cms && statement) findings.push(...mimeTypeAgrees(cms, statement));
  const time =
    cms?.stamp && trust ? await judgeProvenTime(cms.stamp, cms, statement, { ...input, trust }) : NO_STAMP;
  const at = time.provenTime ?? input.at;
  const provenUntil = time.provenTime === null ? undefined : input.at;
  const asked = trust && { ...input, trust, at, provenUntil };
  const chain =
    cms && asked
      ? await (chains ? chains.judge(cms, statement, asked) : judgeChain(cms, statement, asked))
      : null;
  return {
    findings: [
      ...findings,
      ...time.findings,
      ...(chain?.findings ?? []),
      ...(requireToken && chain ? keyStorageSuffices(chain.keyStorage) : []),
    ],
    statement,
    shortDigest: shortDigest(listDigest(statement) ?? crypto.sha256(statementBytes)),
    signer: cms && {
      name: knownName(cms.signer),
      sha256: base64url(crypto.sha256(cms.signer.der)),
      claimedTime: cms.attributes.signingTime,
    },
    keyStorage: chain?.keyStorage ?? null,
    used: chain?.used && time.used ? together(chain.used, time.used) : null,
    judgedTime: at,
    timeSource: time.provenTime === null ? 'now' : 'timestamp',
  };
}

function readSignature({ cms, forms, stamps }: AttestationInput): Cms {
  const found = forms ? forms.read(cms) : readStampedCms(cms);
  return stamps === 'refused' ? withoutStamp(found) : found;
}

const NOTHING: UsedMaterial = { certificates: [], crls: [], ocsp: [], belonging: NO_ANSWERS };
const NO_STAMP: ProvenTime = { findings: [], provenTime: null, used: NOTHING };

/** Each once, the signer's first. */
function together(signer: UsedMaterial, stamp: UsedMaterial): UsedMaterial {
  if (stamp === NOTHING) return signer;
  return {
    certificates: signer.certificates,
    crls: distinct([...signer.crls, ...stamp.crls]),
    ocsp: distinct([...signer.ocsp, ...stamp.ocsp]),
    belonging: {
      crls: [...signer.belonging.crls, ...stamp.belonging.crls],
      ocsp: [...signer.belonging.ocsp, ...stamp.belonging.ocsp],
    },
  };
}

function distinct(ders: readonly Uint8Array[]): Uint8Array[] {
  return ders.filter((der, i) => !ders.slice(0, i).some((before) => sameBytes(before, der)));
}

function listDigest(statement: Statement | null): Uint8Array | null {
  return statement?.type === ITEM_TYPE ? fromBase64url(statement.list) : null;
}

import { base64, sameBytes } from '#core/bytes';
import { instant } from '#core/dates';
import type { Statement } from '#core/sign/item-statement';
import { inPeriod } from '#core/sign/trust-list';
import type { Certificate } from '../der/certificate.ts';
import { readTimeStamp, type TimeStamp } from '../der/time-stamp.ts';
import type { Cms } from '../evidence/read-cms.ts';
import { invalid, read, type Finding } from '../finding.ts';
import type { ChainInput, UsedMaterial } from '../judge-chain.ts';
import { signerPolicy } from '../path/path-policy.ts';
import { usedAnswers } from '../used-answers.ts';
import { rootsAt, type Trust } from '../trust/trust.ts';
import { judgeTimeStamp } from './judge-time-stamp.ts';
import { timeStampForm } from './time-stamp-form.ts';

/** What a signature's time stamp proves. */
export type ProvenTime = {
  readonly findings: readonly Finding[];
  /** an instant at which the signature existed; null where nothing proves one */
  readonly provenTime: string | null;
  /** what judging the stamp took; null where no path of its authority was found */
  readonly used: UsedMaterial | null;
};

/** How far the clocks of whoever wrote the statement and of the authority may differ. */
const MAX_SKEW_SECONDS = 300;

/**
 * Judges the time stamp in a signature (CAdES B-T): its one form, over this signature, by an authority that the trust list names and that
 * has a path to a root, both at the stamp's time. Whatever is wrong with a stamp is found, never passed over: then nothing is proven.
 */
export async function judgeProvenTime(
  token: Uint8Array,
  cms: Cms,
  statement: Pick<Statement, 'createdAt'> | null,
  input: ChainInput,
): Promise<ProvenTime> {
  const findings: Finding[] = [];
  const stamp = read(() => readTimeStamp(token), findings);
  if (!stamp) return { findings, provenTime: null, used: null };
  const { trust, at, crypto, answers } = input;
  const { genTime } = stamp.info;
  const policy = signerPolicy(trust.list.algorithms);
  const answer = await judgeTimeStamp(stamp, {
    data: cms.signature,
    roots: rootsAt(trust, genTime),
    pool: [],
    answers,
    revocation: 'require',
    policy,
    at,
    policies: null,
    crypto,
  });
  const { path, revocation, provenTime } = answer;
  findings.push(...answer.findings.map(ofStamp), ...isAfterStatement(stamp, statement));
  if (!path || !revocation) return { findings, provenTime: null, used: null };
  findings.push(...isListed(trust, path[0], genTime), ...isInForm(token, stamp, path));
  const answered = usedAnswers(revocation);
  findings.push(...answered.findings);
  // a stamp that is not older than its own inaccuracy proves the present, no future
  const proven = provenTime < at ? provenTime : at;
  return {
    findings,
    provenTime: findings.length === 0 ? proven : null,
    used: { certificates: [], ...answered.used },
  };
}

/** What is wrong with the authority is wrong with the stamp: the codes of signers would accuse the signer. */
function ofStamp({ code, verdict, detail }: Finding): Finding {
  const isOwn = code === 'REVOCATION_UNKNOWN' || code.startsWith('TIMESTAMP_');
  const told = detail ?? '';
  return isOwn
    ? { code, verdict, detail: `time stamp: ${told}` }
    : { code: 'TIMESTAMP_INVALID', verdict, detail: `${code}: ${told}` };
}

function isAfterStatement(
  { info: { genTime } }: TimeStamp,
  statement: Pick<Statement, 'createdAt'> | null,
): Finding[] {
  const latest = instant(new Date(Date.parse(genTime) + MAX_SKEW_SECONDS * 1000));
  return statement && statement.createdAt > latest
    ? [invalid('TIMESTAMP_INVALID', `of ${genTime}, older than its statement`)]
    : [];
}

/** The trust list names authorities by their certificates. */
function isListed({ list }: Trust, authority: Certificate, at: string): Finding[] {
  const der = base64(authority.der);
  const isNamed = list.services.some(
    (row) => row.service === 'timestamp' && row.key === der && inPeriod(row, at),
  );
  return isNamed ? [] : [invalid('TIMESTAMP_INVALID', 'the trust list does not name the authority')];
}

function isInForm(token: Uint8Array, stamp: TimeStamp, path: readonly Certificate[]): Finding[] {
  const form = timeStampForm(stamp, path.slice(0, -1));
  return form && sameBytes(form, token)
    ? []
    : [invalid('TIMESTAMP_MALFORMED', 'not in the one form of stamps inside of signatures')];
}

import type { Crypto } from '../crypto-port.ts';
import type { Certificate } from '../der/certificate.ts';
import { invalid, undetermined, worstWord, type Finding } from '../finding.ts';
import {
  checkRevocation,
  NO_ANSWERS,
  type Revocation,
  type RevocationData,
} from '../revocation/check-revocation.ts';
import { PathSearch, type Anchors, type Path } from './candidate-paths.ts';
import { checkedOnce } from './checked-once.ts';
import { judgePath, type JudgedPath } from './judge-path.ts';
import type { PathPolicy } from './path-policy.ts';

export type PathQuestion = Anchors & {
  readonly end: Certificate;
  readonly policy: PathPolicy;
  /** the judged time, an instant */
  readonly at: string;
  /** when the signer says it signed */
  readonly claimedTime: string;
  /** where `at` is a proven time in the past: an instant up to which later answers on revocation count as well */
  readonly answersUntil?: string;
  /** the strict reading of that: answers from before `at` say nothing, and whoever is revoked after it was good at it */
  readonly isProven?: boolean;
  readonly revocation: 'require' | 'if-given' | 'off';
  readonly answers: RevocationData;
  readonly crypto: Crypto;
};

export type PathAnswer = {
  /** null where there is none */
  readonly path: Path | null;
  readonly findings: readonly Finding[];
  readonly revocation: Revocation;
};

const NOTHING: Revocation = { findings: [], consulted: NO_ANSWERS, belonging: NO_ANSWERS };
/** Paths that are judged; a certificate that has more of them is not worth more work. */
const MAX_PATHS = 16;

/** The first path on which everything holds; where there is none, the best of those that were found, with all that is wrong on it. */
export async function findPath(asked: PathQuestion): Promise<PathAnswer> {
  const question = { ...asked, crypto: checkedOnce(asked.crypto) };
  const { end, policy } = question;
  const search = new PathSearch(question, policy.maxLength, question.crypto);
  let best: PathAnswer | null = null;
  let judged = 0;
  for await (const path of search.paths(end)) {
    const answer = await judgeOne(question, path, search);
    if (isGood(answer)) return answer;
    if (!best || isBetter(answer, best)) best = answer;
    if (++judged === MAX_PATHS) break;
  }
  const isCut = judged === MAX_PATHS || search.isExhausted;
  const answer = best ?? (await whyNone(question, search));
  return isCut ? { ...answer, findings: [...answer.findings, CUT] } : answer;
}

const CUT = undetermined('PATH_NOT_UNDERSTOOD', 'more paths than are looked at');

async function judgeOne(question: PathQuestion, path: Path, search: PathSearch): Promise<PathAnswer> {
  const { at, claimedTime, answersUntil, isProven = false, policy, crypto, answers } = question;
  const until = answersUntil === undefined ? {} : { answersUntil, isProven };
  const judged: JudgedPath = { path, at, claimedTime, ...until, policy, crypto };
  const onPath = await judgePath(judged);
  const revocation = isAsked(question) ? await checkRevocation(judged, answers, search) : NOTHING;
  return { path, findings: [...onPath, ...revocation.findings], revocation };
}

function isAsked({ revocation, answers }: PathQuestion): boolean {
  const isGiven = [answers.embedded, answers.handedIn].some(
    ({ crls, ocsp }) => crls.length + ocsp.length > 0,
  );
  return revocation === 'require' || (revocation === 'if-given' && isGiven);
}

/** Where no path holds by its signatures, one by names alone says why. */
async function whyNone(question: PathQuestion, search: PathSearch): Promise<PathAnswer> {
  const path = await search.byNames(question.end);
  if (path) return judgeOne(question, path, search);
  const finding = invalid('SIGNER_UNTRUSTED', 'no path to a root among what was given');
  return { path: null, findings: [finding], revocation: NOTHING };
}

function isGood({ findings }: PathAnswer): boolean {
  return worstWord(findings.map(({ verdict }) => verdict)) === 'valid';
}

function isBetter(a: PathAnswer, b: PathAnswer): boolean {
  const word = (answer: PathAnswer) => worstWord(answer.findings.map(({ verdict }) => verdict));
  return word(a) !== word(b) && worstWord([word(a), word(b)]) === word(b);
}

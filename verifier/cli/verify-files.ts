import { utf8Text } from '#core/bytes';
import { isRefusal, Refusal } from '#core/refusal';
import { EVIDENCE_TYPE } from '#core/sign/evidence';
import { verifyEvidence, type VerifyOptions } from '../index.ts';
import { stateOf } from '../states.ts';
import type { Verdict } from '../verdict.ts';
import { EXIT, exitOf } from './exit-code.ts';
import { inputsOf, type Input, type Stream } from './inputs.ts';
import { readOptions, type Ground } from './judge-options.ts';
import { judgeSignatureFile } from './judge-signature.ts';
import { Progress } from './progress.ts';
import { jsonLine, textReport, type Answer } from './report.ts';
import { Tally } from './tally.ts';

export type VerifyRequest = Ground & {
  /** files, folders, streams (inputs.ts); one signature where there is `content` */
  readonly files: readonly string[];
  /** the statement that was signed */
  readonly content: string | null;
  /** files of certificates that the signature may lack */
  readonly certificates: readonly string[];
  readonly json: boolean;
};

export type VerifyStreams = {
  readonly standardInput: () => Stream;
  readonly print: (text: string) => void;
  readonly say: (text: string) => void;
  /** milliseconds */
  readonly now: () => number;
};

/**
 * Judges one after the other and prints each answer as it comes, then what they come to.
 * @returns the exit code
 * @throws Refusal where something beside what is judged cannot be read: SOURCE_UNREADABLE, SOURCE_TOO_LARGE, CRL_MALFORMED, OCSP_MALFORMED, TRUST_MALFORMED
 */
export async function verifyFiles(request: VerifyRequest, streams: VerifyStreams): Promise<number> {
  const options = await readOptions(request);
  const progress = new Progress(streams.say, streams.now);
  const tally = new Tally();
  for await (const { answer, share } of answers(request, options, streams.standardInput)) {
    streams.print(request.json ? jsonLine(answer) : textReport(answer));
    tally.add(answer);
    progress.step(share);
  }
  if (request.json) streams.print(tally.json());
  else if (tally.count > 1) streams.print(tally.text());
  return tally.exitCode;
}

type Answered = { readonly answer: Answer; readonly share: number | null };

async function* answers(
  { files, content, certificates }: VerifyRequest,
  options: VerifyOptions,
  standardInput: () => Stream,
): AsyncGenerator<Answered> {
  if (content !== null) {
    const [file = ''] = files;
    const judge = () => judgeSignatureFile(file, content, certificates, options);
    yield { answer: await answerOf(file, judge), share: 1 };
    return;
  }
  for await (const input of inputsOf(files, standardInput))
    yield { answer: await answerTo(input, options), share: input.share };
}

async function answerOf(file: string, judge: () => Promise<Verdict>): Promise<Answer> {
  try {
    const verdict = await judge();
    return { file, state: stateOf(verdict), exitCode: exitOf(verdict.verdict), verdict };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return unreadable(file, error);
  }
}

async function answerTo({ name, bytes }: Input, options: VerifyOptions): Promise<Answer> {
  if (bytes instanceof Refusal) return unreadable(name, bytes);
  const answer = await answerOf(name, () => verifyEvidence(bytes, options));
  const wasRead = answer.verdict.attestations.length > 0;
  if (wasRead || looksLikeEvidence(bytes)) return answer;
  return { ...answer, state: 'unreadable', exitCode: EXIT.unreadable };
}

function unreadable(file: string, { code, detail }: Refusal): Answer {
  const details = [`${code}: ${detail ?? ''}`];
  const verdict = { verdict: 'undetermined', reasons: [code], details, attestations: [] } as const;
  return { file, state: 'unreadable', exitCode: EXIT.unreadable, verdict };
}

/** A file that is not evidence at all is the wrong file; evidence that was damaged is not valid. */
function looksLikeEvidence(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(utf8Text(bytes) ?? '');
    return typeof value === 'object' && value !== null && 'type' in value && value.type === EVIDENCE_TYPE;
  } catch {
    return false;
  }
}

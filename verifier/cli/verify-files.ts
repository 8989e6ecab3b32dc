import { utf8Text } from '#core/bytes';
import { isRefusal, Refusal } from '#core/refusal';
import { EVIDENCE_TYPE } from '#core/sign/evidence';
import { verifyCertificate } from '../certificate/verify-certificate.ts';
import { verifyEvidence, type VerifyOptions } from '../index.ts';
import { stateOf } from '../states.ts';
import { certificateTexts } from './certificate-texts.ts';
import { EXIT, exitOf } from './exit-code.ts';
import { inputsOf, type Input, type Stream } from './inputs.ts';
import { readOptions, type Ground, type JudgeOptions } from './judge-options.ts';
import { judgeSignatureFile } from './judge-signature.ts';
import { Progress } from './progress.ts';
import { jsonLine, textReport, type Answer, type Judged } from './report.ts';
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
  options: JudgeOptions,
  standardInput: () => Stream,
): AsyncGenerator<Answered> {
  if (content !== null) {
    const [file = ''] = files;
    const judge = () => judgeSignatureFile(file, content, certificates, options);
    yield { answer: await answerOf(file, judge), share: 1 };
    return;
  }
  for await (const input of inputsOf(files, standardInput))
    for await (const answer of answersTo(input, options)) yield { answer, share: input.share };
}

/** One answer, or one for each certificate in a picture. */
async function* answersTo({ name, bytes }: Input, options: JudgeOptions): AsyncGenerator<Answer> {
  const texts = bytes instanceof Refusal ? bytes : await certificateTexts(bytes);
  if (texts instanceof Refusal) yield unreadable(name, texts);
  else if (texts === null) yield await judgeEvidence(name, bytes as Uint8Array, options);
  else
    for (const [i, text] of texts.entries())
      yield await answerOf(texts.length === 1 ? name : `${name}#${i + 1}`, () =>
        verifyCertificate({ text }, options),
      );
}

async function answerOf(file: string, judge: () => Promise<Judged>): Promise<Answer> {
  try {
    const verdict = await judge();
    const state = stateOf(verdict);
    return {
      file,
      state,
      exitCode: state === 'unreadable' ? EXIT.unreadable : exitOf(verdict.verdict),
      verdict,
    };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return unreadable(file, error);
  }
}

async function judgeEvidence(name: string, bytes: Uint8Array, options: VerifyOptions): Promise<Answer> {
  const answer = await answerOf(name, () => verifyEvidence(bytes, options));
  const wasRead = 'attestations' in answer.verdict && answer.verdict.attestations.length > 0;
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

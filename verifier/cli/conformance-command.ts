import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { isRefusal } from '#core/refusal';
import type { Answer } from './conformance/answer.ts';
import { cmsCase, judgeCmsCase } from './conformance/cms.ts';
import { dccCase, judgeDccCase } from './conformance/dcc.ts';
import { judgeMerkleCase, merkleCase } from './conformance/merkle.ts';
import { judgeOcspCase, ocspCase } from './conformance/ocsp.ts';
import { judgePathCase, pathCase } from './conformance/path.ts';
import { judgeSignatureCase, signatureCase } from './conformance/signature.ts';
import { judgeTimestampCase, timestampCase } from './conformance/timestamp.ts';

type Judge = (given: unknown) => Promise<Answer>;

function kind<S extends z.ZodType>(shape: S, judge: (given: z.infer<S>) => Promise<Answer>): Judge {
  return (given) => judge(shape.parse(given));
}

/** Formats §9: the kinds of cases that vectors from anywhere may hold. */
const kinds: Readonly<Record<string, Judge>> = {
  path: kind(pathCase, judgePathCase),
  cms: kind(cmsCase, judgeCmsCase),
  ocsp: kind(ocspCase, judgeOcspCase),
  timestamp: kind(timestampCase, judgeTimestampCase),
  signature: kind(signatureCase, judgeSignatureCase),
  merkle: kind(merkleCase, judgeMerkleCase),
  dcc: kind(dccCase, judgeDccCase),
};

/**
 * `kyso conformance <kind>`: one JSON case a line on standard input, one JSON verdict a line on standard output, in the same order. A
 * case that cannot be read gets its verdict like any other: nothing stops the run.
 * @returns the exit code: 0 when every line was answered, 2 for a kind that is not known
 */
export async function conformanceCommand(
  argv: readonly string[],
  input: Readable = process.stdin,
  write: (line: string) => void = (line) => void process.stdout.write(line + '\n'),
): Promise<number> {
  const judge = kinds[argv[0] ?? ''];
  if (!judge || argv.length !== 1) {
    process.stderr.write(`kyso conformance ${Object.keys(kinds).join(' | ')} < cases.ndjson\n`);
    return 2;
  }
  for await (const line of createInterface({ input, crlfDelay: Infinity }))
    if (line.trim() !== '') write(JSON.stringify(await answerLine(line, judge)));
  return 0;
}

async function answerLine(line: string, judge: Judge): Promise<object> {
  let given: unknown;
  try {
    given = JSON.parse(line);
  } catch {
    return { id: null, verdict: 'undetermined', reasons: ['REQUEST_MALFORMED'] };
  }
  const id = typeof given === 'object' && given !== null && 'id' in given ? given.id : null;
  return { id, ...(await answer(given, judge)) };
}

/** What the judged thing itself is refused for is `invalid`; a case that is not one is `undetermined`. */
async function answer(given: unknown, judge: Judge): Promise<Answer> {
  try {
    return await judge(given);
  } catch (error) {
    if (isRefusal(error))
      return { verdict: 'invalid', reasons: [error.code], details: error.detail ? [error.detail] : [] };
    if (error instanceof z.ZodError)
      return {
        verdict: 'undetermined',
        reasons: ['REQUEST_MALFORMED'],
        details: error.issues.map(({ path }) => path.join('.')),
      };
    return { verdict: 'undetermined', reasons: ['INTERNAL'] };
  }
}

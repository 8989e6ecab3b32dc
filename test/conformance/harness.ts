import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { conformanceCommand } from '#verifier/cli/conformance-command';

/** A case for the harness and what may come out of it. */
export type Expected = {
  readonly given: { readonly id: string; readonly [member: string]: unknown };
  readonly verdicts: readonly string[];
  /** members of the answer that must be so; of an object, the members named here */
  readonly members?: Readonly<Record<string, unknown>>;
};

export type Answered = { readonly id: string; readonly verdict: string; readonly reasons: readonly string[] };

export type Report = {
  readonly cases: number;
  /** each with what was wanted in its place */
  readonly wrong: readonly object[];
};

/** Cases through the command, as anyone would send them: lines in, lines out. */
export async function runCases(kind: string, cases: readonly Expected[]): Promise<Report> {
  const answers: Answered[] = [];
  const lines = Readable.from(cases.map(({ given }) => JSON.stringify(given) + '\n'));
  const code = await conformanceCommand(
    [kind],
    lines,
    (line) => void answers.push(JSON.parse(line) as Answered),
  );
  if (code !== 0 || answers.length !== cases.length)
    throw new Error(`${kind}: ${answers.length} answers to ${cases.length} cases, exit code ${code}`);
  const wrong = answers.flatMap((answer, i) => {
    const { given, verdicts = [], members = {} } = cases[i] ?? { given: { id: '' } };
    const isRight = answer.id === given.id && verdicts.includes(answer.verdict) && contains(answer, members);
    return isRight ? [] : [{ ...answer, wanted: { verdicts, ...members } }];
  });
  return { cases: cases.length, wrong };
}

function contains(found: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted))
    return isDeepStrictEqual(found, wanted);
  if (typeof found !== 'object' || found === null) return false;
  const members = new Map(Object.entries(found));
  return Object.entries(wanted).every(([name, value]) => contains(members.get(name), value));
}

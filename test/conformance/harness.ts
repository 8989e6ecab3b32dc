import { Readable } from 'node:stream';
import { conformanceCommand } from '#verifier/cli/conformance-command';

/** A case for the harness and what may come out of it. */
export type Expected = {
  readonly given: { readonly id: string; readonly [member: string]: unknown };
  readonly verdicts: readonly string[];
};

export type Answered = { readonly id: string; readonly verdict: string; readonly reasons: readonly string[] };

export type Report = {
  readonly cases: number;
  readonly wrong: readonly (Answered & { readonly wanted: readonly string[] })[];
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
    const { given, verdicts = [] } = cases[i] ?? { given: { id: '' } };
    return answer.id === given.id && verdicts.includes(answer.verdict)
      ? []
      : [{ ...answer, wanted: verdicts }];
  });
  return { cases: cases.length, wrong };
}

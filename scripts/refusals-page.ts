import { refusals, type RefusalCode } from '#core/refusal';
import { refusalTexts } from '#core/refusal-texts';

/** docs/refusals.md: every way in which kyso says no. */
export function refusalsPage(): string {
  const rows = (Object.keys(refusals) as RefusalCode[]).map((code) => {
    const { http, fixable } = refusals[code];
    const { vi, en } = refusalTexts[code];
    return `| ${code} | ${http} | ${fixable ? 'yes' : 'no'} | ${vi} | ${en} |`;
  });
  return [
    '# Refusals',
    '',
    'The closed list of codes, made from core/refusal.ts by `npm run docs`. "Fixable": a person can put it right and try again.',
    'The API answers with the HTTP status and an `application/problem+json` document that carries the code and both texts.',
    '',
    '| code | HTTP | fixable | Tiếng Việt | English |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

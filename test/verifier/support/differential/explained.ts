import type { Difference } from './compare.ts';

/** The kinds of differences of docs/differences.md. @returns the kind, or null where it is not known */
export function explanationOf(difference: Difference): string | null {
  return kinds.find(([, holds]) => holds(difference))?.[0] ?? null;
}

/** OpenSSL accepts, and we refuse for this change with this code. */
function isStricter({ changes, ours, openssl }: Difference, change: string, code: string): boolean {
  return openssl === 'OK' && changes.includes(change) && ours.split(' ').includes(code);
}

const kinds: readonly (readonly [string, (difference: Difference) => boolean])[] = [
  [
    'wildcard over an excluded host',
    (one) => isStricter(one, 'wildcard over an excluded host', 'PATH_NAMES'),
  ],
  ['empty name constraints', (one) => isStricter(one, 'CA with a broken extension', 'CERTIFICATE_MALFORMED')],
];

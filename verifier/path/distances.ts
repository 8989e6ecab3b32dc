import type { Certificate } from '../der/certificate.ts';
import { nameKey } from '../der/name.ts';

/**
 * How many certificates stand between each name and a root, by names alone: the least that any path needs.
 * @returns by nameKey, 0 for the roots' own names; a name from which no root can be reached is absent
 */
export function distancesTo(
  roots: readonly Certificate[],
  certificates: readonly Certificate[],
): ReadonlyMap<string, number> {
  const byIssuer = new Map<string, Set<string>>();
  for (const { issuer, subject } of certificates) {
    const subjects = byIssuer.get(nameKey(issuer)) ?? new Set();
    byIssuer.set(nameKey(issuer), subjects.add(nameKey(subject)));
  }
  const distances = new Map(roots.map(({ subject }) => [nameKey(subject), 0]));
  // a Map goes on to what is added on the way, so that the nearest are visited first
  for (const [name, distance] of distances)
    for (const below of byIssuer.get(name) ?? [])
      if (!distances.has(below)) distances.set(below, distance + 1);
  return distances;
}

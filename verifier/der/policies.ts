import type { Certificate } from './certificate.ts';
import { EXTENSION } from './extensions.ts';
import { readDer } from './refuse.ts';
import { context, DerFault, TAG } from './reader.ts';
import { oidText, smallInteger } from './values.ts';

/** What certificates say of policies (RFC 5280 §4.2.1.4, .5, .11, .14), each read when a rule asks. @throws Refusal CERTIFICATE_MALFORMED */

export const ANY_POLICY = '2.5.29.32.0';
const MAX_BYTES = 16 * 1024;

/** The policies, or null where the extension is absent. Qualifiers are for people and not read. */
export function policiesOf({ extensions }: Certificate): readonly string[] | null {
  const value = extensions.get(EXTENSION.certificatePolicies)?.value;
  if (!value) return null;
  return readDer(value, MAX_BYTES, 'CERTIFICATE_MALFORMED', (reader) => {
    const list = reader.enter(TAG.sequence);
    const policies: string[] = [];
    do {
      const information = list.enter(TAG.sequence);
      policies.push(oidText(information.content(TAG.oid)));
      if (!information.done) information.content(TAG.sequence);
      information.finish();
    } while (!list.done);
    if (new Set(policies).size < policies.length) throw new DerFault('a policy twice');
    return policies;
  });
}

/** issuer domain policy → subject domain policies */
export function policyMappingsOf({ extensions }: Certificate): ReadonlyMap<string, ReadonlySet<string>> {
  const value = extensions.get(EXTENSION.policyMappings)?.value;
  const mappings = new Map<string, Set<string>>();
  if (!value) return mappings;
  return readDer(value, MAX_BYTES, 'CERTIFICATE_MALFORMED', (reader) => {
    const list = reader.enter(TAG.sequence);
    do {
      const pair = list.enter(TAG.sequence);
      const from = oidText(pair.content(TAG.oid));
      const to = oidText(pair.content(TAG.oid));
      pair.finish();
      mappings.set(from, (mappings.get(from) ?? new Set()).add(to));
    } while (!list.done);
    return mappings;
  });
}

export type PolicyConstraints = {
  /** certificates that may follow before a policy is required; null where nothing is said */
  readonly requireExplicit: number | null;
  readonly inhibitMapping: number | null;
};

export function policyConstraintsOf({ extensions }: Certificate): PolicyConstraints {
  const value = extensions.get(EXTENSION.policyConstraints)?.value;
  if (!value) return { requireExplicit: null, inhibitMapping: null };
  return readDer(value, MAX_BYTES, 'CERTIFICATE_MALFORMED', (reader) => {
    const both = reader.enter(TAG.sequence);
    if (both.done) throw new DerFault('empty policyConstraints');
    const requireExplicit = both.next === context(0) ? smallInteger(both.content(context(0))) : null;
    const inhibitMapping = both.next === context(1) ? smallInteger(both.content(context(1))) : null;
    both.finish();
    return { requireExplicit, inhibitMapping };
  });
}

/** Certificates that may follow before anyPolicy counts no more; null where nothing is said. */
export function inhibitAnyPolicyOf({ extensions }: Certificate): number | null {
  const value = extensions.get(EXTENSION.inhibitAnyPolicy)?.value;
  return value
    ? readDer(value, MAX_BYTES, 'CERTIFICATE_MALFORMED', (reader) =>
        smallInteger(reader.content(TAG.integer)),
      )
    : null;
}

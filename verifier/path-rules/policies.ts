import { sameName } from '../der/name.ts';
import type { Certificate } from '../der/certificate.ts';
import {
  ANY_POLICY,
  inhibitAnyPolicyOf,
  policiesOf,
  policyConstraintsOf,
  policyMappingsOf,
} from '../der/policies.ts';
import { invalid, read, type Finding } from '../finding.ts';
import type { JudgedPath } from '../path/judge-path.ts';
import type { InitialPolicies } from '../path/path-policy.ts';

/**
 * A policy that is valid at one depth. RFC 5280's tree grows exponentially where its branches repeat; RFC 9618 keeps each policy once a
 * depth, with all its parents, and comes to the same answers.
 */
type Node = { expected: ReadonlySet<string>; readonly parents: Set<string> };
type Level = Map<string, Node>;

/** RFC 5280 §6.1.2 to §6.1.5 on policies: mappings, constraints, anyPolicy, and whether a policy that the caller accepts is left. */
export function policiesHold({ path, policy }: JudgedPath): Finding[] {
  const findings: Finding[] = [];
  read(() => new PolicyWalk(path.length - 1, policy.policies).judge(path, findings), findings);
  return findings;
}

class PolicyWalk {
  readonly #initial: InitialPolicies;
  #explicit: number;
  #mapping: number;
  #any: number;
  readonly #levels: Level[] = [
    new Map([[ANY_POLICY, { expected: new Set([ANY_POLICY]), parents: new Set<string>() }]]),
  ];
  /** no policy is valid for the path as a whole */
  #isNull = false;

  constructor(length: number, initial: InitialPolicies) {
    this.#initial = initial;
    this.#explicit = initial.explicit ? 0 : length + 1;
    this.#mapping = initial.inhibitMapping ? 0 : length + 1;
    this.#any = initial.inhibitAny ? 0 : length + 1;
  }

  judge(path: readonly Certificate[], findings: Finding[]): void {
    // from the anchor to the signer; the anchor itself says nothing about policies (RFC 5280 §6.1.1 (d))
    const certificates = path.slice(0, -1).reverse();
    for (const [i, certificate] of certificates.entries()) {
      const isLast = i === certificates.length - 1;
      this.#take(certificate, isLast);
      if (this.#explicit === 0 && this.#isNull) return void findings.push(refused('no policy is left'));
      if (isLast) this.#wrapUp(certificate);
      else if (!this.#prepare(certificate)) return void findings.push(refused('anyPolicy is mapped'));
    }
    if (this.#explicit === 0 && !this.#acceptable()) findings.push(refused('no policy that is accepted'));
  }

  /** §6.1.3 (d), (e) */
  #take(certificate: Certificate, isLast: boolean): void {
    const policies = policiesOf(certificate);
    if (!policies || this.#isNull) {
      this.#isNull = true;
      return;
    }
    const above = this.#levels.at(-1) ?? new Map<string, Node>();
    const level: Level = new Map();
    const expecting = whoExpects(above);
    for (const policy of policies.filter((one) => one !== ANY_POLICY)) {
      const parents = expecting.get(policy) ?? (above.has(ANY_POLICY) ? [ANY_POLICY] : []);
      if (parents.length > 0) level.set(policy, { expected: new Set([policy]), parents: new Set(parents) });
    }
    const anyCounts = this.#any > 0 || (!isLast && isSelfIssued(certificate));
    if (policies.includes(ANY_POLICY) && anyCounts) takeAny(above, level);
    this.#levels.push(level);
    this.#isNull = level.size === 0;
  }

  /** §6.1.4 (a), (b), (h) to (j). @returns false where anyPolicy is mapped */
  #prepare(certificate: Certificate): boolean {
    const mappings = policyMappingsOf(certificate);
    if (mappings.has(ANY_POLICY) || [...mappings.values()].some((to) => to.has(ANY_POLICY))) return false;
    if (!this.#isNull) this.#map(mappings);
    if (!isSelfIssued(certificate)) {
      this.#explicit = Math.max(0, this.#explicit - 1);
      this.#mapping = Math.max(0, this.#mapping - 1);
      this.#any = Math.max(0, this.#any - 1);
    }
    const { requireExplicit, inhibitMapping } = policyConstraintsOf(certificate);
    this.#explicit = Math.min(this.#explicit, requireExplicit ?? Infinity);
    this.#mapping = Math.min(this.#mapping, inhibitMapping ?? Infinity);
    this.#any = Math.min(this.#any, inhibitAnyPolicyOf(certificate) ?? Infinity);
    return true;
  }

  #map(mappings: ReadonlyMap<string, ReadonlySet<string>>): void {
    const level = this.#levels.at(-1) ?? new Map<string, Node>();
    for (const [from, to] of mappings) {
      const node = level.get(from);
      if (this.#mapping === 0) level.delete(from);
      else if (node) node.expected = to;
      else if (level.has(ANY_POLICY)) level.set(from, { expected: to, parents: new Set([ANY_POLICY]) });
    }
    this.#isNull = level.size === 0;
  }

  /** §6.1.5 (a), (b) */
  #wrapUp(certificate: Certificate): void {
    this.#explicit = Math.max(0, this.#explicit - 1);
    if (policyConstraintsOf(certificate).requireExplicit === 0) this.#explicit = 0;
  }

  /** §6.1.5 (g): whether a policy of the last depth goes back to one that the caller accepts. */
  #acceptable(): boolean {
    const { set } = this.#initial;
    if (this.#isNull) return false;
    if (!set) return true;
    const last = this.#levels.length - 1;
    return [...(this.#levels[last] ?? [])].some(([policy]) => this.#comesFrom(last, policy, set));
  }

  /** Whether the policy stands below an accepted one of the anchor's own domain, or is any policy all the way up. */
  #comesFrom(
    depth: number,
    policy: string,
    accepted: ReadonlySet<string>,
    seen = new Map<string, boolean>(),
  ): boolean {
    const key = `${depth} ${policy}`;
    const known = seen.get(key);
    if (known !== undefined) return known;
    const parents = this.#levels[depth]?.get(policy)?.parents ?? new Set();
    const answer =
      policy === ANY_POLICY
        ? true
        : [...parents].some((parent) =>
            parent === ANY_POLICY ? accepted.has(policy) : this.#comesFrom(depth - 1, parent, accepted, seen),
          );
    seen.set(key, answer);
    return answer;
  }
}

/** Which policies of a depth expect one below it: found once, because certificates may hold thousands. */
function whoExpects(level: Level): ReadonlyMap<string, readonly string[]> {
  const expecting = new Map<string, string[]>();
  for (const [name, { expected }] of level)
    for (const policy of expected) {
      const names = expecting.get(policy);
      if (names) names.push(name);
      else expecting.set(policy, [name]);
    }
  return expecting;
}

/** §6.1.3 (d)(2): anyPolicy stands for every expected policy that no other stands for. */
function takeAny(above: Level, level: Level): void {
  for (const [parent, { expected }] of above)
    for (const policy of expected) {
      const node = level.get(policy);
      if (!node) level.set(policy, { expected: new Set([policy]), parents: new Set([parent]) });
      else node.parents.add(parent);
    }
}

export function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return sameName(subject, issuer);
}

function refused(detail: string): Finding {
  return invalid('PATH_POLICY', detail);
}

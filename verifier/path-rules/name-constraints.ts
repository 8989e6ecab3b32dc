import type { Certificate } from '../der/certificate.ts';
import { noNames, type GeneralNames } from '../der/general-name.ts';
import { comparableRdns, emailsIn, isEmptyName } from '../der/name.ts';
import { nameConstraintsOf, subjectAltNamesOf } from '../der/name-constraints.ts';
import { invalid, read, undetermined, type Finding } from '../finding.ts';
import type { JudgedPath } from '../path/judge-path.ts';
import {
  addressWithin,
  emailWithin,
  hostOf,
  hostWithin,
  isEmail,
  isHost,
  uriWithin,
  wildcardReaches,
} from './name-forms.ts';
import { isSelfIssued } from './policies.ts';

/**
 * RFC 5280 §4.2.1.10, §6.1.3 (b), (c): every name below a CA lies in one of the subtrees that it permits for that form, and in none that
 * it excludes. Self-issued certificates on the way are not held to it.
 */
export function namesWithinConstraints({ path }: JudgedPath): Finding[] {
  const findings: Finding[] = [];
  let comparisons = 0;
  // the anchor's own constraints bind as well: stricter than RFC 5280, which reads nothing of it but name and key
  for (const [i, authority] of path.entries()) {
    if (i === 0) continue;
    const constraints = read(() => nameConstraintsOf(authority), findings);
    if (!constraints) continue;
    for (const [j, below] of path.slice(0, i).entries()) {
      if (j > 0 && isSelfIssued(below)) continue;
      const names = read(() => namesOf(below), findings);
      if (!names) continue;
      comparisons += count(names) * (count(constraints.permitted) + count(constraints.excluded));
      if (comparisons > MAX_COMPARISONS)
        return [...findings, undetermined('PATH_NOT_UNDERSTOOD', 'more names than are compared')];
      const fault =
        permittedFault(names, constraints.permitted) ?? excludedFault(names, constraints.excluded);
      if (fault === UNKNOWN)
        findings.push(undetermined('PATH_NOT_UNDERSTOOD', 'constraint on a form of name that is not known'));
      else if (fault) findings.push(invalid('PATH_NAMES', `${fault} of certificate ${j}`));
    }
  }
  return findings;
}

const UNKNOWN = 'unknown form';

/** Of names with subtrees along a path; honest ones take some hundred. */
const MAX_COMPARISONS = 1 << 16;

function count({ emails, hosts, uris, addresses, directory, others }: GeneralNames): number {
  return [emails, hosts, uris, addresses, directory, others].reduce((sum, { length }) => sum + length, 0);
}

/**
 * Subject, alternative names, and the subject's e-mail addresses: also where there are alternative names, else any of these would hide
 * them. Stricter than RFC 5280, as OpenSSL is.
 */
function namesOf(certificate: Certificate): GeneralNames {
  const { subject } = certificate;
  const { directory, emails, ...others } = subjectAltNamesOf(certificate) ?? noNames();
  return {
    ...others,
    emails: [...emails, ...emailsIn(subject)],
    directory: isEmptyName(subject) ? directory : [subject, ...directory],
  };
}

function permittedFault(names: GeneralNames, permitted: GeneralNames): string | null {
  if (permitted.others.some((tag) => names.others.includes(tag))) return UNKNOWN;
  for (const form of forms(names, permitted))
    if (form.subtrees > 0 && !form.allWithin) return `${form.name} not permitted`;
  return null;
}

function excludedFault(names: GeneralNames, excluded: GeneralNames): string | null {
  if (excluded.others.some((tag) => names.others.includes(tag))) return UNKNOWN;
  return forms(names, excluded).find(({ anyWithin }) => anyWithin)?.name ?? null;
}

function forms(names: GeneralNames, subtrees: GeneralNames) {
  return [
    form('directory name', names.directory, subtrees.directory, directoryWithin),
    form('e-mail address', names.emails, subtrees.emails, emailWithin, isEmail),
    form('host name', names.hosts, subtrees.hosts, hostWithin, isHost, wildcardReaches),
    form('URI', names.uris, subtrees.uris, uriWithin, (uri) => hostOf(uri) !== null),
    form('IP address', names.addresses, subtrees.addresses, addressWithin),
  ];
}

function form<T>(
  name: string,
  names: readonly T[],
  subtrees: readonly T[],
  within: (name: T, subtree: T) => boolean,
  // a name that cannot be held against a subtree is outside of what is permitted, and inside of what is excluded
  isReadable: (name: T) => boolean = () => true,
  reaches: (name: T, subtree: T) => boolean = () => false,
) {
  const isWithin = (one: T) => isReadable(one) && subtrees.some((subtree) => within(one, subtree));
  const mayBeWithin = (one: T) =>
    subtrees.length > 0 &&
    (!isReadable(one) || subtrees.some((subtree) => within(one, subtree) || reaches(one, subtree)));
  return {
    name,
    subtrees: subtrees.length,
    get allWithin() {
      return names.every(isWithin);
    },
    get anyWithin() {
      return names.some(mayBeWithin);
    },
  };
}

function directoryWithin(name: Uint8Array, subtree: Uint8Array): boolean {
  const rdns = comparableRdns(name);
  return comparableRdns(subtree).every((rdn, i) => rdns[i] === rdn);
}

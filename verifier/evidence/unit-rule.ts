import type { RecordLeaf } from '#core/record/record';
import type { KeyStorage } from '#core/sign/fields';
import type { Statement } from '#core/sign/item-statement';
import type { SignerRow } from '#core/sign/trust-list';
import { invalid, type Finding } from '../finding.ts';

/**
 * The unit rule, the signer's half (formats §4): the trust list maps the signer certificate to exactly the statement's unit and kind.
 * @param rows of the trust list that speak for the signer certificate at the judged time
 */
export function unitRuleForSigner(
  rows: readonly SignerRow[],
  statement: Pick<Statement, 'kind' | 'unit'> | null,
): { readonly findings: readonly Finding[]; readonly keyStorage: KeyStorage | null } {
  const [first] = rows;
  if (!first)
    return {
      findings: [invalid('SIGNER_UNTRUSTED', 'no row of the trust list names the signer certificate')],
      keyStorage: null,
    };
  const named = statement
    ? rows.filter(({ kind, unit }) => kind === statement.kind && unit === statement.unit.code)
    : [first];
  // where two rows differ on where the key lies, the weaker one is believed
  const row = named.find(({ keyStorage }) => keyStorage === 'software') ?? named[0];
  if (!row)
    return {
      findings: [invalid('SIGNER_OF_OTHER_UNIT', `signer of ${first.kind} ${first.unit}`)],
      keyStorage: first.keyStorage,
    };
  return { findings: [], keyStorage: row.keyStorage };
}

/** The unit rule, the record's half: a district speaks for who lives there, a facility for what it did. */
export function unitRuleForRecord(record: RecordLeaf, statement: Statement): Finding[] {
  const unit = statement.kind === 'district' ? record.residence.district : record.facility;
  return unit === statement.unit.code
    ? []
    : [invalid('SIGNER_OF_OTHER_UNIT', `the record belongs to ${statement.kind} ${unit}`)];
}

import { utf8Text } from '../bytes.ts';
import { Refusal, type Fault } from '../refusal.ts';
import * as field from './fields.ts';
import { leafText } from './leaf.ts';
import { readPlainLeaf } from './leaf-pattern.ts';
import { RECORD_TYPE, type RecordLeaf } from './record.ts';

/** A leaf is a few hundred bytes; this bounds what is parsed. */
export const MAX_LEAF_BYTES = 4096;

/**
 * Reads leaf bytes as received and proves that they are the one spelling of an acceptable record: every field is of its form, and
 * writing the record again gives the same bytes, so there is no unknown member, duplicate key, other order or other spelling.
 * @throws Refusal INPUT_TOO_LARGE, NOT_CANONICAL, RECORD_MALFORMED (all faults at once, located by JSON pointer)
 */
export function parseRecord(bytes: Uint8Array): RecordLeaf {
  if (bytes.length > MAX_LEAF_BYTES) throw new Refusal('INPUT_TOO_LARGE', { detail: 'leaf' });
  const text = utf8Text(bytes);
  if (text === null) throw new Refusal('NOT_CANONICAL', { detail: 'leaf is not UTF-8' });
  return parseRecordText(text);
}

/** As parseRecord, for text that was decoded strictly from UTF-8. */
export function parseRecordText(text: string): RecordLeaf {
  if (text.length > MAX_LEAF_BYTES) throw new Refusal('INPUT_TOO_LARGE', { detail: 'leaf' });
  const plain = readPlainLeaf(text);
  if (plain && hasRealDatesAndNames(plain)) return plain;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Refusal('NOT_CANONICAL', { detail: 'leaf is not JSON', cause });
  }
  const faults = recordFaults(value);
  if (faults.length > 0)
    throw new Refusal('RECORD_MALFORMED', { detail: faults.map((f) => f.at).join(' '), faults });
  const record = value as RecordLeaf;
  if (leafText(record) !== text)
    throw new Refusal('NOT_CANONICAL', { detail: 'leaf is not canonical or has unknown members' });
  return record;
}

/** What the layout's pattern cannot tell. */
function hasRealDatesAndNames({ dose, identity, person }: RecordLeaf): boolean {
  return (
    field.isDay(dose.date) &&
    field.isTime(identity.answeredAt) &&
    field.isBirthDate(person.birthDate) &&
    field.isName(person.name) &&
    (person.familyName === undefined || field.isName(person.familyName))
  );
}

type Members = Readonly<Record<string, unknown>>;

function members(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}

/** Every fault of a value that should be a RecordLeaf; unknown members show up later, as another spelling. */
function recordFaults(value: unknown): Fault[] {
  const r = members(value);
  const person = members(r['person']);
  const id = members(person['id']);
  const identity = members(r['identity']);
  const residence = members(r['residence']);
  const dose = members(r['dose']);
  const faults: Fault[] = [];
  const check = (ok: boolean, at: string) => {
    if (!ok) faults.push({ at, code: 'RECORD_MALFORMED' });
  };
  const optional = (value: unknown, rule: (value: unknown) => boolean) => value === undefined || rule(value);
  check(r['type'] === RECORD_TYPE, '/type');
  check(field.isRecordId(r['recordId']), '/recordId');
  check(field.isVersion(r['version']), '/version');
  check(field.isDigest(r['salt']), '/salt');
  check(field.isCampaign(r['campaign']), '/campaign');
  check(field.isName(person['name']), '/person/name');
  check(optional(person['familyName'], field.isName), '/person/familyName');
  check(field.isBirthDate(person['birthDate']), '/person/birthDate');
  check(field.isSex(person['sex']), '/person/sex');
  check(field.isCountry(person['nationality']), '/person/nationality');
  check(field.isIdType(id['type']), '/person/id/type');
  check(field.isDigest(id['commit']), '/person/id/commit');
  check(field.isIdentityMethod(identity['method']), '/identity/method');
  check(field.isTime(identity['answeredAt']), '/identity/answeredAt');
  check(optional(identity['reference'], field.isReference), '/identity/reference');
  check(field.isDistrict(residence['district']), '/residence/district');
  check(field.isWard(residence['ward']), '/residence/ward');
  check(field.isFacility(r['facility']), '/facility');
  check(field.isDoseNumber(dose['number']), '/dose/number');
  check(field.isDoseType(dose['type']), '/dose/type');
  check(field.isDay(dose['date']), '/dose/date');
  check(field.isCountry(dose['country']), '/dose/country');
  check(field.isCode(dose['target']), '/dose/target');
  check(field.isCode(dose['vaccine']), '/dose/vaccine');
  check(field.isCode(dose['product']), '/dose/product');
  check(field.isCode(dose['manufacturer']), '/dose/manufacturer');
  check(optional(dose['lot'], field.isLot), '/dose/lot');
  return faults;
}

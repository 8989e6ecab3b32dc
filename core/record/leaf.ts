import { utf8 } from '../bytes.ts';
import type { RecordLeaf } from './record.ts';

/**
 * The leaf bytes of a record as text: RFC 8785 of `kyso/record/v1`, members in fixed (sorted) order. Equal to `canonicalize` for
 * every acceptable record (a property test holds it to that) and several times faster on a district's list.
 */
export function leafText(r: RecordLeaf): string {
  const { dose, identity, person } = r;
  const s = JSON.stringify;
  return (
    `{"campaign":${s(r.campaign)},"dose":{"country":${s(dose.country)},"date":${s(dose.date)}` +
    (dose.lot === undefined ? '' : `,"lot":${s(dose.lot)}`) +
    `,"manufacturer":${s(dose.manufacturer)},"number":${s(dose.number)},"product":${s(dose.product)}` +
    `,"target":${s(dose.target)},"type":${s(dose.type)},"vaccine":${s(dose.vaccine)}}` +
    `,"facility":${s(r.facility)},"identity":{"answeredAt":${s(identity.answeredAt)},"method":${s(identity.method)}` +
    (identity.reference === undefined ? '' : `,"reference":${s(identity.reference)}`) +
    `},"person":{"birthDate":${s(person.birthDate)}` +
    (person.familyName === undefined ? '' : `,"familyName":${s(person.familyName)}`) +
    `,"id":{"commit":${s(person.id.commit)},"type":${s(person.id.type)}},"name":${s(person.name)}` +
    `,"nationality":${s(person.nationality)},"sex":${s(person.sex)}},"recordId":${s(r.recordId)}` +
    `,"residence":{"district":${s(r.residence.district)},"ward":${s(r.residence.ward)}},"salt":${s(r.salt)}` +
    `,"type":${s(r.type)},"version":${s(r.version)}}`
  );
}

export function leafBytes(record: RecordLeaf): Uint8Array {
  return utf8(leafText(record));
}

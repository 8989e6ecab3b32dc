import { districts, wardName } from '#core/record/places';
import type { DoseType } from '#core/record/record';
import type { FoundRecord } from '../signing/door.ts';
import { day, number } from './figures.ts';

export const doseNames: Record<DoseType, string> = {
  primary: 'cơ bản',
  additional: 'bổ sung',
  booster1: 'nhắc lần 1',
  booster2: 'nhắc lần 2',
};

const sexNames = { M: 'nam', F: 'nữ', X: 'khác' } as const;

/** A record on one line, the id number masked: for the sample and for what was found. */
export function recordLine({ index, leaf: { record, opening } }: FoundRecord): string {
  const { person, dose } = record;
  return [
    `số ${number(index + 1)}`,
    person.name,
    day(person.birthDate),
    `${person.id.type} ${masked(opening.number)}`,
    `mũi ${dose.number} ${doseNames[dose.type]} ${day(dose.date)} ${dose.product} lô ${dose.lot ?? '–'}`,
    `cơ sở ${record.facility}`,
    place(record.residence),
  ].join(' · ');
}

/** All of a record that the signer asked to see, as far as it is for people. */
export function recordText({ index, leaf: { record, opening } }: FoundRecord): string {
  const { person, dose, identity } = record;
  const isRegister = identity.method === 'register';
  return [
    '',
    `  Hồ sơ số ${number(index + 1)}`,
    `    Họ tên       ${person.name}`,
    `    Ngày sinh    ${day(person.birthDate)}`,
    `    Giới tính    ${sexNames[person.sex]}`,
    `    Quốc tịch    ${person.nationality}`,
    `    Giấy tờ      ${person.id.type} ${opening.number}`,
    `    Xác thực     ${isRegister ? 'CSDLQG về dân cư' : 'cơ sở tiêm xác nhận'}, ${identity.answeredAt}`,
    `    Nơi ở        ${place(record.residence)}`,
    `    Mũi tiêm     mũi ${dose.number} ${doseNames[dose.type]}, ngày ${day(dose.date)}, nước ${dose.country}`,
    `    Vắc xin      ${dose.product}, nhà sản xuất ${dose.manufacturer}, lô ${dose.lot ?? '–'}`,
    `    Mã vắc xin   ${dose.vaccine}, bệnh ${dose.target}`,
    `    Cơ sở tiêm   ${record.facility}`,
    `    Mã hồ sơ     ${record.recordId}, phiên bản ${record.version}`,
    '',
  ].join('\n');
}

function place({ district, ward }: FoundRecord['leaf']['record']['residence']): string {
  return `${wardName(ward) ?? ward}, ${districts.get(district)?.name ?? district}`;
}

function masked(idNumber: string): string {
  return idNumber.slice(-3).padStart(idNumber.length, '*');
}

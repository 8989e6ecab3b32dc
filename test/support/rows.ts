import type { Row } from '#core/record/row';

/** A clean row of a made-up person, whose number tells the same sex, year and century. */
export const sampleRow = {
  doseId: 'NT-1',
  name: 'Nguyễn Văn An',
  familyName: 'Nguyễn',
  birthDate: '1980-01-02',
  sex: 'M',
  nationality: 'VN',
  idType: 'CCCD',
  idNumber: '079080000001',
  ward: '26734',
  district: '760',
  facility: '79-00123',
  doseNumber: '1',
  doseType: 'primary',
  doseDate: '2021-08-01',
  country: 'VN',
  target: '840539006',
  vaccine: '1119349007',
  product: 'EU/1/20/1528',
  manufacturer: 'ORG-100030215',
  lot: 'FF1234',
} as const satisfies Row;

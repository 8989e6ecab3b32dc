import type { KeyStorage } from '#core/sign/fields';
import type { KeyKind } from './signing-key.ts';

/** Made-up facilities: public ones certified by the government CA, private ones by a public CA of the national root. */

export type Facility = {
  readonly name: string;
  readonly district: string;
  readonly family: 'government' | 'national';
  readonly keyKind: KeyKind;
  /** `token` unless said */
  readonly keyStorage?: KeyStorage;
};

export const facilityTable: ReadonlyMap<string, Facility> = new Map<string, Facility>([
  [
    '79-00123',
    { name: 'Trạm Y tế Phường Bến Nghé', district: '760', family: 'government', keyKind: 'RSA-2048' },
  ],
  [
    '79-00208',
    { name: 'Trạm Y tế Phường Thảo Điền', district: '769', family: 'government', keyKind: 'P-256' },
  ],
  [
    '79-00311',
    { name: 'Bệnh viện Đa khoa Mẫu Quận 3', district: '770', family: 'government', keyKind: 'RSA-2048' },
  ],
  [
    '79-01017',
    { name: 'Phòng khám Đa khoa Mẫu An Bình', district: '760', family: 'national', keyKind: 'P-256' },
  ],
  [
    '79-01042',
    { name: 'Trung tâm Tiêm chủng Mẫu Hoa Sen', district: '769', family: 'national', keyKind: 'RSA-2048' },
  ],
  [
    '79-01066',
    { name: 'Bệnh viện Tư nhân Mẫu Bình Minh', district: '777', family: 'national', keyKind: 'P-256' },
  ],
  [
    '79-01088',
    {
      name: 'Phòng khám Mẫu Hòa An',
      district: '760',
      family: 'national',
      keyKind: 'RSA-2048',
      keyStorage: 'software',
    },
  ],
  [
    '79-01093',
    {
      name: 'Phòng khám Mẫu Tân Phú',
      district: '769',
      family: 'national',
      keyKind: 'P-256',
      keyStorage: 'software',
    },
  ],
]);

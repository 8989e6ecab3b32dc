import { ISSUER_NAME, SCHEMA_VERSION } from '#core/certificate/hcert';
import { paperFields } from './paper-fields.ts';
import type { SamplePaper } from './paper.ts';
import { WORDS } from './words.ts';

/** A made-up person: what the paper looks like. */
export function samplePaper(): SamplePaper {
  const fields = paperFields(
    {
      ver: SCHEMA_VERSION,
      nam: { fn: 'Nguyễn', gn: 'Thị Mẫu', fnt: 'NGUYEN', gnt: 'THI<MAU' },
      dob: '1980-01-02',
      v: [
        {
          tg: '840539006',
          vp: '1119349007',
          mp: 'EU/1/20/1528',
          ma: 'ORG-100030215',
          dn: 2,
          sd: 2,
          dt: '2021-08-01',
          co: 'VN',
          is: ISSUER_NAME,
          ci: `URN:UVCI:01:VN:${'0'.repeat(32)}`,
        },
      ],
    },
    'VN',
  );
  return {
    kind: 'sample',
    fields,
    issuer: WORDS.sample,
    issuedAt: new Date('2022-04-29T00:00:00Z'),
    expiresAt: new Date('2023-04-29T00:00:00Z'),
  };
}

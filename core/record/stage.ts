import { PROBLEMS, type ProblemCode } from './problems.ts';

/** Where a record stands. records = eligible + batched + signed + Σ blocked, for each kind of signature. */
export const STAGES = ['blocked', 'eligible', 'batched', 'signed'] as const;
export type Stage = (typeof STAGES)[number];

/** Why a record is blocked: one primary reason, the first that applies in this closed order. */
export const REASONS = [
  'WITHDRAWN',
  ...PROBLEMS,
  'RESIDENCE_OUTSIDE',
  'ATTESTATION_MISSING',
  'IDENTITY_PENDING',
  'IDENTITY_WRONG',
  'IDENTITY_UNVERIFIABLE',
  'IDENTITY_EXPIRED',
  'COMPLETION_PENDING',
] as const;
export type BlockReason = (typeof REASONS)[number];

/** Who has to act: a ward station, the ward police, the facility, the population register's queue, kyso itself, or nobody. */
export const STAGE_ACTORS = ['ward', 'police', 'facility', 'register', 'kyso', 'nobody'] as const;
export type Actor = (typeof STAGE_ACTORS)[number];

const cleaning: Record<ProblemCode, Actor> = {
  ID_MISSING: 'ward',
  ID_MALFORMED: 'ward',
  NAME_MISSING: 'ward',
  NAME_MALFORMED: 'ward',
  BIRTH_DATE_MALFORMED: 'ward',
  SEX_MALFORMED: 'ward',
  NATIONALITY_MALFORMED: 'ward',
  RESIDENCE_MALFORMED: 'ward',
  FACILITY_MALFORMED: 'facility',
  DOSE_MALFORMED: 'facility',
};

export const whoActs: Readonly<Record<BlockReason, Actor>> = {
  WITHDRAWN: 'nobody',
  ...cleaning,
  RESIDENCE_OUTSIDE: 'nobody',
  ATTESTATION_MISSING: 'facility',
  IDENTITY_PENDING: 'register',
  IDENTITY_WRONG: 'police',
  IDENTITY_UNVERIFIABLE: 'police',
  IDENTITY_EXPIRED: 'register',
  COMPLETION_PENDING: 'kyso',
};

/** Vietnamese and English words for a reason, for screens and tables. */
export const reasonTexts: Readonly<Record<BlockReason, { readonly vi: string; readonly en: string }>> = {
  WITHDRAWN: { vi: 'Đã rút lại', en: 'withdrawn' },
  ID_MISSING: { vi: 'Chưa có CCCD/CMND', en: 'no id number' },
  ID_MALFORMED: { vi: 'Số giấy tờ sai định dạng', en: 'malformed id number' },
  NAME_MISSING: { vi: 'Thiếu họ tên', en: 'no name' },
  NAME_MALFORMED: { vi: 'Họ tên sai định dạng', en: 'malformed name' },
  BIRTH_DATE_MALFORMED: { vi: 'Ngày sinh sai', en: 'malformed birth date' },
  SEX_MALFORMED: { vi: 'Giới tính sai', en: 'malformed sex' },
  NATIONALITY_MALFORMED: { vi: 'Quốc tịch sai', en: 'malformed nationality' },
  RESIDENCE_MALFORMED: { vi: 'Nơi ở sai', en: 'malformed residence' },
  FACILITY_MALFORMED: { vi: 'Mã cơ sở tiêm sai', en: 'malformed facility' },
  DOSE_MALFORMED: { vi: 'Thông tin mũi tiêm sai', en: 'malformed dose' },
  RESIDENCE_OUTSIDE: { vi: 'Cư trú ngoài thành phố', en: 'lives outside the city' },
  ATTESTATION_MISSING: {
    vi: 'Chờ cơ sở tiêm xác nhận (người nước ngoài)',
    en: 'foreigner, waiting for the facility',
  },
  IDENTITY_PENDING: { vi: 'Chờ xác thực', en: 'waiting for the register' },
  IDENTITY_WRONG: { vi: 'Xác thực sai', en: 'identity does not match' },
  IDENTITY_UNVERIFIABLE: { vi: 'Không xác minh được', en: 'identity cannot be verified' },
  IDENTITY_EXPIRED: { vi: 'Kết quả xác thực đã quá hạn', en: 'identity answer too old' },
  COMPLETION_PENDING: { vi: 'Đang hoàn tất', en: 'being completed' },
};

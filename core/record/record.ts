/** A record is one dose of one person; a leaf is the canonical JSON of one version of it (formats §2). */

export const RECORD_TYPE = 'kyso/record/v1';

export const SEXES = ['M', 'F', 'X'] as const;
export const ID_TYPES = ['CCCD', 'CMND', 'PASSPORT'] as const;
export const DOSE_TYPES = ['primary', 'additional', 'booster1', 'booster2'] as const;
export const IDENTITY_METHODS = ['register', 'facility-attested'] as const;

export type Sex = (typeof SEXES)[number];
export type IdType = (typeof ID_TYPES)[number];
export type DoseType = (typeof DOSE_TYPES)[number];
export type IdentityMethod = (typeof IDENTITY_METHODS)[number];

export type Dose = {
  readonly number: number;
  readonly type: DoseType;
  /** YYYY-MM-DD */
  readonly date: string;
  /** ISO 3166-1 alpha-2 */
  readonly country: string;
  /** disease, SNOMED CT */
  readonly target: string;
  readonly vaccine: string;
  readonly product: string;
  readonly manufacturer: string;
  readonly lot?: string;
};

export type Residence = { readonly district: string; readonly ward: string };

export type RecordLeaf = {
  readonly type: typeof RECORD_TYPE;
  /** UUIDv7, lower case */
  readonly recordId: string;
  readonly version: number;
  /** 32 random bytes, base64url */
  readonly salt: string;
  readonly campaign: string;
  readonly person: {
    readonly name: string;
    readonly familyName?: string;
    /** YYYY-MM-DD or YYYY */
    readonly birthDate: string;
    readonly sex: Sex;
    readonly nationality: string;
    readonly id: {
      readonly type: IdType;
      /** SHA-256, base64url: see id-commitment.ts */ readonly commit: string;
    };
  };
  readonly identity: {
    readonly method: IdentityMethod;
    readonly answeredAt: string;
    readonly reference?: string;
  };
  readonly residence: Residence;
  readonly facility: string;
  readonly dose: Dose;
};

/** What a version says before salt, commitment and identity answer exist. */
export type RecordDraft = {
  readonly campaign: string;
  readonly person: {
    readonly name: string;
    readonly familyName?: string;
    readonly birthDate: string;
    readonly sex: Sex;
    readonly nationality: string;
  };
  readonly id: { readonly type: IdType; readonly number: string };
  readonly residence: Residence;
  readonly facility: string;
  readonly dose: Dose;
};

/** The id number and its salt: for the signing agent and the holder, never in evidence given to others. */
export type IdOpening = { readonly number: string; readonly salt: string };

import { districts } from '#core/record/places';
import { Refusal } from '#core/refusal';
import { facilityTable } from './facilities.ts';

/** What a test PKI holds; whatever is left out means all of it. */
export type PkiOptions = {
  /** district codes whose centres get a signer */
  readonly districts?: readonly string[];
  /** facility codes that get a signer */
  readonly facilities?: readonly string[];
  /** whether there are bad signers too */
  readonly bad?: boolean;
  /** a test instance's name, `demo` unless told */
  readonly instance?: string;
  /** every signer's key in a file: where no soft token can be had */
  readonly software?: boolean | undefined;
  /** where certificates of signers and issuing CAs say that their CRLs are and that OCSP may be asked; unless told they say nothing */
  readonly addresses?: RevocationAddresses | undefined;
};

/** Each the `url` of responders (responders.ts), or of nobody. */
export type RevocationAddresses = { readonly crl?: string | undefined; readonly ocsp?: string | undefined };

type Optional = 'software' | 'addresses';
export type CompletePkiOptions = Required<Omit<PkiOptions, Optional>> & Pick<PkiOptions, Optional>;

/** @throws Refusal CONFIG_INVALID for a code that is not known, and for the production instance */
export function completeOptions(options: PkiOptions): CompletePkiOptions {
  const complete = {
    districts: [...new Set(options.districts ?? districts.keys())].sort(),
    facilities: [...new Set(options.facilities ?? facilityTable.keys())].sort(),
    bad: options.bad ?? true,
    instance: options.instance ?? 'demo',
    ...(options.software === true ? { software: true } : {}),
    ...(options.addresses ? { addresses: options.addresses } : {}),
  };
  const faults = [
    ...complete.districts
      .filter((code) => !districts.has(code))
      .map((at) => ({ at, code: 'DISTRICT_UNKNOWN' })),
    ...complete.facilities
      .filter((code) => !facilityTable.has(code))
      .map((at) => ({ at, code: 'FACILITY_UNKNOWN' })),
    ...(complete.instance === 'production' ? [{ at: 'instance', code: 'PRODUCTION' }] : []),
  ];
  if (faults.length > 0)
    throw new Refusal('CONFIG_INVALID', {
      detail: faults.map(({ at, code }) => `${at} ${code}`).join(', '),
      faults,
    });
  return complete;
}

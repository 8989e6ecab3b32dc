import { Refusal } from '#core/refusal';
import { hex } from '#core/bytes';
import { isInstant } from '#core/dates';
import { ALGORITHM_ID } from './algorithms.ts';
import { readExtensions } from './extensions.ts';
import { readGeneralNames } from './general-name.ts';
import { context, contextOf, DerFault, TAG, type DerReader } from './reader.ts';
import { readDer } from './refuse.ts';
import { readSignedData, type SignerInfo } from './signed-data.ts';
import { integerOctets, oidText, smallInteger } from './values.ts';

/** A time-stamp token (RFC 3161 §2.4.2) as read, nothing about it judged. */
export type TimeStamp = {
  readonly info: TimeStampInfo;
  /** the TSTInfo as it is signed */
  readonly infoBytes: Uint8Array;
  readonly digestAlgorithms: readonly Uint8Array[];
  readonly signer: SignerInfo & { readonly signedAttributes: NonNullable<SignerInfo['signedAttributes']> };
  /** DER */
  readonly certificates: readonly Uint8Array[];
};

export type TimeStampInfo = {
  readonly policy: string;
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly imprint: Uint8Array;
  /** an instant; fractions of a second are cut off */
  readonly genTime: string;
  readonly isFraction: boolean;
  /** seconds, rounded up; 0 where none is given */
  readonly accuracySeconds: number;
  /** hex of the INTEGER's octets */
  readonly nonce: string | null;
};

const MAX_INFO_BYTES = 8 * 1024;
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const HASHES: ReadonlyMap<string, TimeStampInfo['hash']> = new Map([
  [ALGORITHM_ID.sha256, 'sha256'],
  ['300d06096086480165030402010500', 'sha256'],
  [ALGORITHM_ID.sha384, 'sha384'],
  ['300d06096086480165030402020500', 'sha384'],
  [ALGORITHM_ID.sha512, 'sha512'],
  ['300d06096086480165030402030500', 'sha512'],
]);

/** @throws Refusal TIMESTAMP_MALFORMED */
export function readTimeStamp(der: Uint8Array): TimeStamp {
  const signedData = readSignedData(der, 'TIMESTAMP_MALFORMED', false);
  const [signer, ...more] = signedData.signerInfos;
  if (signedData.contentType !== TST_INFO) throw malformed('content type');
  if (!signedData.content) throw malformed('no TSTInfo');
  if (!signer || more.length > 0) throw malformed('exactly one SignerInfo');
  const { signedAttributes } = signer;
  if (!signedAttributes) throw malformed('no signed attributes');
  return {
    info: readDer(signedData.content, MAX_INFO_BYTES, 'TIMESTAMP_MALFORMED', readInfo),
    infoBytes: signedData.content,
    digestAlgorithms: signedData.digestAlgorithms,
    signer: { ...signer, signedAttributes },
    certificates: signedData.certificates ?? [],
  };
}

function malformed(detail: string): Refusal {
  return new Refusal('TIMESTAMP_MALFORMED', { detail });
}

function readInfo(reader: DerReader): TimeStampInfo {
  const info = reader.enter(TAG.sequence);
  if (smallInteger(info.content(TAG.integer)) !== 1) throw new DerFault('version');
  const policy = oidText(info.content(TAG.oid));
  const messageImprint = info.enter(TAG.sequence);
  const hash = HASHES.get(hex(messageImprint.element(TAG.sequence)));
  const imprint = messageImprint.content(TAG.octetString);
  messageImprint.finish();
  if (!hash) throw new DerFault('imprint hash');
  integerOctets(info.content(TAG.integer));
  const { genTime, isFraction } = genTimeOf(info.content(TAG.generalizedTime));
  const accuracy = info.enterIf(TAG.sequence);
  const accuracySeconds = accuracy ? secondsOf(accuracy) : 0;
  if (info.next === TAG.boolean) info.content(TAG.boolean);
  const nonce = info.next === TAG.integer ? hex(integerOctets(info.content(TAG.integer))) : null;
  const name = info.enterIf(contextOf(0));
  if (name) readGeneralNames(name);
  const extensions = info.enterIf(contextOf(1));
  if (extensions && [...readExtensions(extensions).values()].some(({ critical }) => critical))
    throw new DerFault('critical extension');
  info.finish();
  return { policy, hash, imprint, genTime, isFraction, accuracySeconds, nonce };
}

/** GeneralizedTime with fractions, which RFC 3161 §2.4.2 allows here and RFC 5280 does not: no trailing zero, no empty fraction. */
function genTimeOf(content: Uint8Array): Pick<TimeStampInfo, 'genTime' | 'isFraction'> {
  const text = String.fromCharCode(...content.subarray(0, 40));
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d*[1-9])?Z$/.exec(text);
  const [, year, month, day, hour, minute, second] = parts ?? [];
  const instant = `${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`;
  if (!parts || content.length > 40 || !isInstant(instant)) throw new DerFault('genTime');
  return { genTime: instant, isFraction: text.includes('.') };
}

function secondsOf(accuracy: DerReader): number {
  const seconds = accuracy.next === TAG.integer ? smallInteger(accuracy.content(TAG.integer)) : 0;
  const part = (number: number) =>
    accuracy.next === context(number) && smallInteger(accuracy.content(context(number))) > 0;
  const more = [part(0), part(1)].includes(true);
  accuracy.finish();
  return seconds + (more ? 1 : 0);
}

import { fromBase64 } from '#core/bytes';
import { instant } from '#core/dates';
import { parseCanonical } from '#core/record/canonical-bytes';
import { isRefusal, Refusal } from '#core/refusal';
import { openEnvelope } from '#core/sign/envelope';
import { parseTrustList, TRUST_PAYLOAD_TYPE, type TrustKeys } from '#core/sign/trust-list';
import type { Crypto } from '../crypto-port.ts';
import { undetermined, type Finding } from '../finding.ts';
import { ageSeconds } from '../time.ts';
import { countSignatures } from './count-signatures.ts';
import { prepareTrust, type Trust } from './trust.ts';

/**
 * What became of a trust list. `trust` is null where it may not be believed at all; a stale one may, with a finding. A bad trust list
 * says nothing about a record, so it makes `undetermined`, never `invalid`.
 */
export type TrustReading = {
  readonly trust: Trust | null;
  readonly findings: readonly Finding[];
  readonly ageSeconds: number | null;
};

export type TrustInput = {
  /** canonical DSSE envelope, the file trust.json */
  readonly envelopeBytes: Uint8Array;
  /** the pinned keys (parseTrustKeys), or null where there are none */
  readonly pins: TrustKeys | null;
  readonly at: Date;
  /** of this instance; a list with a lower one is a rollback */
  readonly highestSequenceSeen?: number;
  readonly crypto: Crypto;
};

const MAX_ENVELOPE_BYTES = 24 * 1024 * 1024;

/** A trust list whose signatures were judged, whatever the time: for whoever asks again and again. */
export type OpenedTrust = Pick<TrustReading, 'trust' | 'findings'>;

/** Never throws for what stands in the bytes: the findings are TRUST_UNPINNED, _MALFORMED, _UNTRUSTED, _OF_OTHER_INSTANCE, _STALE. */
export async function readTrust(input: TrustInput): Promise<TrustReading> {
  return dateTrust(await openTrust(input), input.at, input.highestSequenceSeen);
}

/** The part of readTrust that does not depend on the time: everything but TRUST_STALE. */
export async function openTrust(
  input: Pick<TrustInput, 'envelopeBytes' | 'pins' | 'crypto'>,
): Promise<OpenedTrust> {
  try {
    return await judgeTrust(input);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return refused(
      undetermined(error.code === 'INPUT_TOO_LARGE' ? error.code : 'TRUST_MALFORMED', error.detail),
    );
  }
}

/** The part of readTrust that depends on the time and on what was seen before. */
export function dateTrust(opened: OpenedTrust, at: Date, highestSequenceSeen = 0): TrustReading {
  const { trust } = opened;
  if (!trust) return { ...opened, ageSeconds: null };
  const { list } = trust;
  if (list.sequence < highestSequenceSeen) {
    const finding = undetermined('TRUST_STALE', `sequence ${list.sequence}, ${highestSequenceSeen} was seen`);
    return { ...refused(finding), ageSeconds: null };
  }
  const now = instant(at);
  const findings = [...opened.findings];
  if (now >= list.nextUpdate) findings.push(undetermined('TRUST_STALE', `next update ${list.nextUpdate}`));
  if (list.issuedAt > now) findings.push(undetermined('TRUST_STALE', `issued only at ${list.issuedAt}`));
  return { trust, findings, ageSeconds: ageSeconds(list.issuedAt, at) };
}

function refused(finding: Finding): OpenedTrust {
  return { trust: null, findings: [finding] };
}

async function judgeTrust({
  envelopeBytes,
  pins,
  crypto,
}: Pick<TrustInput, 'envelopeBytes' | 'pins' | 'crypto'>): Promise<OpenedTrust> {
  const value = parseCanonical(envelopeBytes, MAX_ENVELOPE_BYTES);
  const { envelope, unverifiedPayload } = openEnvelope(value, TRUST_PAYLOAD_TYPE, 'TRUST_MALFORMED');
  if (!pins) return refused(undetermined('TRUST_UNPINNED'));
  const signatures = await countSignatures(envelope, unverifiedPayload, pinnedKeys(pins), crypto);
  if (signatures < pins.threshold)
    return refused(undetermined('TRUST_UNTRUSTED', `${signatures} of ${pins.threshold} pinned keys`));
  const list = parseTrustList(unverifiedPayload);
  if (list.instance !== pins.instance) return refused(undetermined('TRUST_OF_OTHER_INSTANCE', list.instance));
  return { trust: prepareTrust(list), findings: [] };
}

function pinnedKeys(pins: TrustKeys): Uint8Array[] {
  return pins.keys.map((key) => {
    const spki = fromBase64(key);
    if (!spki) throw new Refusal('TRUST_MALFORMED', { detail: 'pinned key' });
    return spki;
  });
}

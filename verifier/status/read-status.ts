import { instant } from '#core/dates';
import { isRefusal } from '#core/refusal';
import { openEnvelope, type Envelope } from '#core/sign/envelope';
import {
  parseStatusFile,
  parseStatusList,
  STATUS_PAYLOAD_TYPE,
  statusEnvelopeShape,
} from '#core/sign/status-list';
import type { Crypto } from '../crypto-port.ts';
import { undetermined, type Finding } from '../finding.ts';
import { countSignatures } from '../trust/count-signatures.ts';
import { serviceKeys } from '../trust/service-keys.ts';
import type { Trust } from '../trust/trust.ts';

/** One district's list as it may be asked. */
export type DistrictStatus = {
  readonly sequence: number;
  readonly issuedAt: string;
  readonly nextUpdate: string;
  readonly superseded: ReadonlySet<string>;
  readonly withdrawn: ReadonlySet<string>;
  readonly batchesWithdrawn: ReadonlySet<string>;
};

/** A status file: per district the newest list that is signed by the status key, or what is wrong with what stands there. */
export type StatusReading = {
  readonly districts: ReadonlyMap<string, DistrictStatus>;
  readonly findings: ReadonlyMap<string, Finding>;
  /** what is wrong with the file as a whole */
  readonly fileFinding: Finding | null;
};

export type StatusInput = {
  /** canonical array of DSSE envelopes, the file status.json */
  readonly fileBytes: Uint8Array;
  readonly trust: Trust;
  readonly at: Date;
  readonly crypto: Crypto;
};

/** Never throws for what stands in the bytes. Freshness is judged where the list is asked (judge-status.ts). */
export async function readStatus({ fileBytes, trust, at, crypto }: StatusInput): Promise<StatusReading> {
  const districts = new Map<string, DistrictStatus>();
  const findings = new Map<string, Finding>();
  try {
    const keys = statusKeys(trust, instant(at));
    for (const envelope of parseStatusFile(fileBytes)) {
      const { list, finding } = await readList(envelope, keys, trust.list.instance, crypto);
      const before = districts.get(list.district);
      if (finding) findings.set(list.district, finding);
      else if (!before || before.sequence < list.sequence) districts.set(list.district, sets(list));
    }
    return { districts, findings, fileFinding: null };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const code = error.code === 'INPUT_TOO_LARGE' ? error.code : 'STATUS_MALFORMED';
    return { districts: new Map(), findings: new Map(), fileFinding: undetermined(code, error.detail) };
  }
}

/** DER SubjectPublicKeyInfos that may sign status lists at an instant. */
export function statusKeys(trust: Trust, at: string): Uint8Array[] {
  return serviceKeys(trust, 'status', at);
}

async function readList(envelope: Envelope, keys: readonly Uint8Array[], instance: string, crypto: Crypto) {
  const { unverifiedPayload } = openEnvelope(
    envelope,
    STATUS_PAYLOAD_TYPE,
    'STATUS_MALFORMED',
    statusEnvelopeShape,
  );
  const signed = (await countSignatures(envelope, unverifiedPayload, keys, crypto)) > 0;
  const list = parseStatusList(unverifiedPayload);
  if (!signed) return { list, finding: undetermined('STATUS_UNTRUSTED') };
  if (list.instance !== instance)
    return { list, finding: undetermined('TRUST_OF_OTHER_INSTANCE', list.instance) };
  return { list, finding: null };
}

function sets(list: ReturnType<typeof parseStatusList>): DistrictStatus {
  const { sequence, issuedAt, nextUpdate } = list;
  return {
    sequence,
    issuedAt,
    nextUpdate,
    superseded: new Set(list.superseded),
    withdrawn: new Set(list.withdrawn),
    batchesWithdrawn: new Set(list.batchesWithdrawn),
  };
}

import { canonicalBytes } from '#core/record/canonical-bytes';
import { isRefusal, Refusal, type Fault } from '#core/refusal';
import { parseTrustList, type TrustList } from '#core/sign/trust-list';
import { faultsAfter, faultsOf } from './check-list.ts';
import { readDescription } from './description.ts';
import { readTrustFile } from './trust-file.ts';

/**
 * `kyso trust make`: the exact bytes to be signed, from a description.
 * @param previous trust list that this one follows
 * @throws Refusal TRUST_MALFORMED with every fault, SOURCE_UNREADABLE
 */
export function makeTrust(description: string, previous: string | null): Uint8Array {
  const { value, faults } = read(description);
  try {
    const bytes = canonicalBytes(value);
    const list = parseTrustList(bytes);
    faults.push(...faultsOf(list), ...(previous === null ? [] : faultsAfter(payloadOf(previous), list)));
    if (faults.length === 0) return bytes;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const isTold = ({ at }: Fault) => faults.some((fault) => at.startsWith(fault.at));
    if (error.faults.length === 0) faults.push({ at: error.detail ?? '', code: error.code });
    faults.push(...error.faults.filter((fault) => !isTold(fault)));
  }
  const detail = faults.map(({ at, code }) => `${at} ${code}`).join(', ');
  throw new Refusal('TRUST_MALFORMED', { detail, faults });
}

function read(path: string): ReturnType<typeof readDescription> {
  try {
    return readDescription(path);
  } catch (cause) {
    const detail = `${path}: ${cause instanceof Error ? cause.message : ''}`;
    throw new Refusal('SOURCE_UNREADABLE', { detail, cause });
  }
}

function payloadOf(path: string): TrustList {
  return readTrustFile(path).list;
}

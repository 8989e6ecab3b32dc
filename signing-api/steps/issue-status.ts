import { base64url } from '#core/bytes';
import { instant } from '#core/dates';
import { canonicalBytes, canonicalText } from '#core/record/canonical-bytes';
import { makeEnvelope, preAuthEncoding, type Envelope } from '#core/sign/envelope';
import { STATUS_PAYLOAD_TYPE, STATUS_TYPE, type StatusList } from '#core/sign/status-list';
import { Refusal } from '#core/refusal';
import type { Service } from '../service.ts';
import { insertStatusList, lastStatusList, readStatus } from '../store/status.ts';

const RENEW_MS = 3_600_000;
const VALID_MS = 24 * 3_600_000;

/**
 * The status list of a district as it stands now: the last one issued where nothing changed within the hour, else a new one with the
 * next sequence number.
 */
export async function issueStatus(service: Service, district: string): Promise<Envelope> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const content = await readStatus(service.db, district);
    const lists = {
      superseded: content.superseded.map(base64url).sort(),
      withdrawn: content.withdrawn.map(base64url).sort(),
      batchesWithdrawn: [...content.batches].sort(),
    };
    const contentSha256 = Buffer.from(service.crypto.sha256(canonicalBytes(lists)));
    const last = await lastStatusList(service.db, district);
    const now = service.clock();
    if (last?.contentSha256.equals(contentSha256) && now.getTime() - last.issuedAt.getTime() < RENEW_MS)
      return JSON.parse(last.envelope) as Envelope;
    const sequence = (last?.sequence ?? 0) + 1;
    const list: StatusList = {
      type: STATUS_TYPE,
      instance: service.config.instance,
      district,
      sequence,
      issuedAt: instant(now),
      nextUpdate: instant(new Date(now.getTime() + VALID_MS)),
      ...lists,
    };
    const { keyid, sign } = service.statusKey;
    const sig = sign(preAuthEncoding(STATUS_PAYLOAD_TYPE, canonicalBytes(list)));
    const envelope = makeEnvelope(STATUS_PAYLOAD_TYPE, list, [{ keyid, sig }]);
    if (
      await insertStatusList(service.db, district, {
        sequence,
        contentSha256,
        issuedAt: now,
        envelope: canonicalText(envelope),
      })
    )
      return envelope;
  }
  throw new Refusal('OVERLOADED', { detail: 'status list' });
}

import { z } from 'zod';
import { Refusal } from '#core/refusal';
import { readShape } from '#core/shape';
import { openEnvelope } from '#core/sign/envelope';
import { parseTrustList, TRUST_PAYLOAD_TYPE } from '#core/sign/trust-list';
import { isOlder, MINIMUM_AGENT_HEADER, parseAgentVersion } from '#core/wire/agent-version';
import type { Enrolment } from '../config.ts';
import { serverDate } from '../signing/check-clock.ts';
import { AGENT_VERSION } from '../version.ts';
import { askServer } from './ask-server.ts';
import { checkLink } from './check-link.ts';
import type { LinkReport } from './report.ts';

const healthShape = z.object({ instance: z.string() });

/**
 * The server that this machine is enrolled at: it answers, is of the enrolled instance, still signs with this agent, and gives a trust list
 * that can be read. Whether that list may be believed, the verifier asks.
 * @returns with the server's time, for the clock; null where it did not say
 */
export async function checkServer({
  api,
  instance,
}: Enrolment): Promise<{ report: LinkReport; time: Date | null }> {
  let time: Date | null = null;
  const report = await checkLink('server', async () => {
    const health = await askServer(api, '/healthz');
    time = serverDate(health.headers);
    const told = readShape(healthShape, health.body, 'API_ANSWER_INVALID').instance;
    demandInstance(told, instance);
    demandVersion(health.headers.get(MINIMUM_AGENT_HEADER));
    const { body } = await askServer(api, '/v1/trust');
    const { unverifiedPayload } = openEnvelope(body, TRUST_PAYLOAD_TYPE, 'TRUST_MALFORMED');
    const trust = parseTrustList(unverifiedPayload);
    demandInstance(trust.instance, instance);
    return {
      facts: [`${api}, hệ thống ${told}`, `danh sách tin cậy số ${trust.sequence}, đến ${trust.nextUpdate}`],
    };
  });
  return { report, time };
}

function demandInstance(told: string, enrolled: string): void {
  if (told !== enrolled) throw new Refusal('TRUST_OF_OTHER_INSTANCE', { detail: `enrolled at ${enrolled}` });
}

/** @param minimum as the server says it; what cannot be read asks for nothing */
function demandVersion(minimum: string | null): void {
  const own = parseAgentVersion(AGENT_VERSION);
  const asked = minimum === null ? null : parseAgentVersion(minimum);
  if (own && asked && isOlder(own, asked))
    throw new Refusal('AGENT_TOO_OLD', { detail: `at least ${asked.join('.')}` });
}

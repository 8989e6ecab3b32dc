import { fromBase64 } from '#core/bytes';
import { AgentApi } from '../api.ts';
import type { Enrolment } from '../config.ts';
import type { Settings } from '../settings.ts';
import { checkRevocation as demandGood } from '../signing/check-revocation.ts';
import type { TokenState } from '../token/token.ts';
import { checkLink } from './check-link.ts';
import type { LinkReport } from './report.ts';

/** Whether the enrolled certificate can be checked for revocation now, as signing will do it, and is good. */
export async function checkRevocation(
  { api: origin, signerCertificate }: Enrolment,
  { revocation: policy }: Settings,
  { certificates }: TokenState,
  at: Date,
): Promise<LinkReport> {
  return checkLink('revocation', async () => {
    const api = new AgentApi(origin);
    const found = await demandGood({
      signer: fromBase64(signerCertificate) ?? new Uint8Array(0),
      otherCertificates: certificates,
      fetchCrl: (issuerKey) => api.crl(issuerKey),
      fetchIssuer: (name) => api.issuer(name),
      at,
      policy,
    });
    return {
      facts: [
        found === 'good'
          ? 'chứng thư chưa bị thu hồi'
          : 'không kiểm tra được; quy định của máy này cho phép ký',
      ],
    };
  });
}

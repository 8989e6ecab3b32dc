import { Refusal } from '#core/refusal';
import { apiOrigin, openHome } from '../config.ts';
import { keysOfFiles } from '../issuing/document-signers.ts';
import { findPlaces, placesInFiles } from '../issuing/find-places.ts';
import type { IssuingKey } from '../issuing/issuing-key.ts';
import { IssuingApi } from '../issuing/issuing-api.ts';
import type { KeyPlace } from '../issuing/login-gate.ts';
import type { Limits } from '../issuing/limits.ts';
import type { Policy } from '../issuing/policy.ts';
import { runIssuing } from '../issuing/run-issuing.ts';
import { readApiKey, type SecretSource } from '../issuing/secret-source.ts';
import { allowModule } from '../token/modules.ts';

export type IssueOptions = {
  readonly home?: string | undefined;
  readonly api: string;
  readonly apiKey: SecretSource;
  readonly pin: SecretSource;
  readonly trust: string;
  readonly trustKeys: string;
  readonly policy: Policy;
  readonly requireToken: boolean;
  /** files; or the signed list of document signers */
  readonly certificates: readonly string[];
  readonly documentSigners?: string | undefined;
  readonly module?: string | undefined;
  readonly tokens: readonly string[];
  readonly pkcs12: readonly string[];
  readonly sessions: number;
  readonly limits: Limits;
  readonly healthPort: number | null;
  readonly untilEmpty: boolean;
  readonly stop: AbortSignal;
  readonly onReady: (healthPort: number | null) => void;
  readonly onRefused: (certificateId: string, refusal: Refusal) => void;
};

/**
 * `kyso agent issue`: the Ministry's worker, until it is told to end.
 * @throws Refusal CONFIG_INVALID; of runIssuing
 */
export async function issueCommand(options: IssueOptions): Promise<void> {
  const { home, api, apiKey, trust, trustKeys, policy, requireToken, sessions, limits } = options;
  await runIssuing({
    home: openHome(home),
    api: new IssuingApi(apiOrigin(api), readApiKey(apiKey)),
    trust,
    trustKeys,
    policy,
    requireToken,
    documentSigners: options.documentSigners,
    places: (listed) => placesOf(options, listed),
    pin: options.pin,
    sessions,
    limits,
    healthPort: options.healthPort,
    untilEmpty: options.untilEmpty,
    stop: options.stop,
    now: () => new Date(),
    onReady: options.onReady,
    onRefused: options.onRefused,
  });
}

async function placesOf(
  options: IssueOptions,
  listed: readonly IssuingKey[] | null,
): Promise<readonly KeyPlace[]> {
  const { certificates, module, tokens, pkcs12 } = options;
  const at = new Date();
  if ((module === undefined) === (pkcs12.length === 0))
    throw new Refusal('CONFIG_INVALID', { detail: 'either --module or --pkcs12' });
  if ((listed === null) === (certificates.length === 0))
    throw new Refusal('CONFIG_INVALID', { detail: 'either --certificate or --document-signers' });
  if (module === undefined) return placesInFiles(keysOfFiles(certificates, at), pkcs12);
  const hsm = { module: allowModule(module), tokens };
  return listed ? findPlaces(listed, hsm, { anyOf: true }) : findPlaces(keysOfFiles(certificates, at), hsm);
}

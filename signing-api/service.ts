import type { Crypto } from '#verifier/crypto-port';
import type { Config } from './config.ts';
import type { DocumentSignersSource } from './document-signers-source.ts';
import type { PopulationRegister } from './outside/population-register.ts';
import type { RevocationFetcher } from './outside/revocation-fetcher.ts';
import type { RevocationSource } from './outside/revocation-folder.ts';
import type { Sealer } from './sealing.ts';
import type { StatusKey } from './status-key.ts';
import type { Database } from './store/database.ts';
import type { TrustSource } from './trust-source.ts';

/** Everything a step needs, handed in; time too. */
export type Service = {
  readonly config: Config;
  readonly db: Database;
  readonly sealer: Sealer;
  readonly crypto: Crypto;
  readonly register: PopulationRegister;
  readonly revocation: RevocationSource;
  /** CRLs and OCSP answers from where certificates say they are */
  readonly fetcher: RevocationFetcher;
  readonly trust: TrustSource;
  readonly statusKey: StatusKey;
  readonly documentSigners: DocumentSignersSource;
  /** null where no revocation lists are issued */
  readonly revocationsKey: StatusKey | null;
  readonly clock: () => Date;
};
